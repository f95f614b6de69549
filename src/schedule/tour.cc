#include "magpie/schedule/tour.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <tuple>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/schedule/schedule.h"

namespace magpie {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::array<std::string_view, 3> kSkipNames = {"CLOSED", "PEOPLE_BUSY", "NO_TIME"};

std::string PlaceOf(const Event& event, const EventSlot& slot) {
  const auto session = std::ranges::find(event.sessions, slot.session, &EventSession::id);
  return session == event.sessions.end() ? std::string() : session->place;
}

TimeSpan Wider(const TimeSpan& span, std::int64_t by) {
  TimeSpan wider = span;
  wider.start.unix_seconds -= by;
  wider.end.unix_seconds += by;
  return wider;
}

bool Overlap(const TimeSpan& a, const TimeSpan& b) {
  return a.start < b.end && b.start < a.end;
}

// The earliest start from `from` on at which the visit fits; kNever if none does.
std::int64_t EarliestStart(const EventStop& stop, const std::vector<TimeSpan>& busy, std::int64_t from) {
  const std::int64_t length = kMinute * stop.minutes;
  const auto after_busy = [&](std::int64_t at) {
    for (bool moved = true; std::exchange(moved, false);) {
      for (const TimeSpan& span : busy) {
        if (at < span.end.unix_seconds && span.start.unix_seconds < at + length) {
          at = span.end.unix_seconds;
          moved = true;
        }
      }
    }
    return at;
  };
  if (stop.windows.empty()) return after_busy(from);
  std::int64_t best = kNever;
  for (const TimeSpan& window : stop.windows) {
    const std::int64_t at = after_busy(std::max(from, window.start.unix_seconds));
    if (at + length <= window.end.unix_seconds) best = std::min(best, at);
  }
  return best;
}

absl::Status CheckTour(const EventTour& tour, const std::vector<std::vector<TimeSpan>>& busy) {
  if (tour.stops.size() > kMostTourStops) {
    return MakeError(Reason::kLimitExceeded, "stops",
                     fmt::format("{} stops; a tour has at most {}: make two of it", tour.stops.size(), kMostTourStops));
  }
  if (tour.end <= tour.start) return MakeError(Reason::kBadArgument, "end", "is not after the start");
  for (std::size_t i = 0; i < tour.stops.size(); ++i) {
    if (tour.stops[i].minutes < 1) {
      return MakeError(Reason::kBadArgument, fmt::format("stops[{}].minutes", i), "is below one minute");
    }
  }
  if (!busy.empty() && busy.size() != tour.stops.size()) {
    return MakeError(Reason::kBadArgument, "busy",
                     fmt::format("has {} entries for {} stops", busy.size(), tour.stops.size()));
  }
  return absl::OkStatus();
}

std::int64_t Way(const Event& event, const std::string& from, const std::string& to) {
  return kMinute * TravelMinutes(event, from, to);
}

// The stop fits between start and end of the tour if no other is visited.
bool FitsAlone(const Event& event, const EventTour& tour, const EventStop& stop, const std::vector<TimeSpan>& busy) {
  const std::int64_t at = EarliestStart(stop, busy, tour.start.unix_seconds + Way(event, tour.from, stop.place));
  return at != kNever && at + kMinute * stop.minutes + Way(event, stop.place, tour.to) <= tour.end.unix_seconds;
}

// Any of the people that the request may bring together is on the tour, and nobody else could go instead.
bool NeedsSomebodyOf(const Event& event, const EventTour& tour, const MeetingRequest& request) {
  const auto travels = [&](const std::string& id) { return std::ranges::count(tour.people, id) > 0; };
  const auto guest = [&](std::int32_t person) { return travels(event.people[static_cast<std::size_t>(person)].id); };
  const auto& hosts = event.teams[static_cast<std::size_t>(request.team)].hosts;
  return (guest(request.person) && std::ranges::all_of(request.others, guest)) ||
         (!hosts.empty() && std::ranges::all_of(hosts, travels));
}

// When those who travel cannot be at `place`: fixed meetings and visits of the tours before, with the way there.
std::vector<TimeSpan> BusyTimes(const Event& event, const std::vector<MeetingRequest>& requests,
                                const std::vector<Tour>& before, const EventTour& tour, const std::string& place) {
  std::vector<TimeSpan> busy;
  for (const MeetingRequest& request : requests) {
    if (!request.required || request.fixed_slot < 0 || !NeedsSomebodyOf(event, tour, request)) continue;
    const EventSlot& slot = event.slots[static_cast<std::size_t>(request.fixed_slot)];
    if (slot.start && slot.end)
      busy.push_back(Wider({*slot.start, *slot.end}, Way(event, PlaceOf(event, slot), place)));
  }
  for (std::size_t t = 0; t < before.size(); ++t) {
    const EventTour& other = event.tours[t];
    const auto both = [&](const std::string& id) { return std::ranges::count(tour.people, id) > 0; };
    if (std::ranges::none_of(other.people, both)) continue;
    for (const TourVisit& visit : before[t].visits) {
      const std::string& at = other.stops[static_cast<std::size_t>(visit.stop)].place;
      busy.push_back(Wider({visit.start, visit.end}, Way(event, at, place)));
    }
  }
  return busy;
}

}  // namespace

std::string_view SkipReasonName(SkipReason reason) {
  return kSkipNames[static_cast<std::size_t>(reason)];
}

std::optional<SkipReason> ParseSkipReason(std::string_view name) {
  const auto found = std::ranges::find(kSkipNames, name);
  if (found == kSkipNames.end()) return std::nullopt;
  return static_cast<SkipReason>(found - kSkipNames.begin());
}

absl::StatusOr<Tour> PlanTour(const Event& event, const EventTour& tour,
                              const std::vector<std::vector<TimeSpan>>& busy) {
  MAGPIE_RETURN_IF_ERROR(CheckTour(tour, busy));
  static const std::vector<TimeSpan> kNone;
  const auto busy_at = [&](std::size_t stop) -> const std::vector<TimeSpan>& {
    return busy.empty() ? kNone : busy[stop];
  };
  const std::size_t n = tour.stops.size();
  std::vector<std::int64_t> ways;  // of stops i and j: ways[i * n + j]
  for (const EventStop& one : tour.stops) {
    for (const EventStop& other : tour.stops) ways.push_back(Way(event, one.place, other.place));
  }
  std::vector<std::int64_t> way_out, way_back;  // of each stop, to and from
  for (const EventStop& stop : tour.stops) {
    way_out.push_back(Way(event, tour.from, stop.place));
    way_back.push_back(Way(event, stop.place, tour.to));
  }
  const std::int64_t begin = tour.start.unix_seconds;
  // done[set][last] = the earliest end of a tour of exactly these stops that ends at `last`.
  struct State {
    std::int64_t end = kNever, start = 0;
    int before = -1;
  };
  std::vector<State> done((std::size_t{1} << n) * n);
  const auto at = [&](std::size_t set, std::size_t last) -> State& { return done[set * n + last]; };
  const auto visit = [&](std::size_t set, std::size_t next, std::int64_t arrival, int before) {
    const EventStop& stop = tour.stops[next];
    const std::int64_t start = EarliestStart(stop, busy_at(next), arrival);
    if (start == kNever) return;
    const std::int64_t end = start + kMinute * stop.minutes;
    if (end + way_back[next] > tour.end.unix_seconds) return;
    State& state = at(set | (std::size_t{1} << next), next);
    if (end < state.end) state = {end, start, before};
  };
  for (std::size_t i = 0; i < n; ++i) visit(0, i, begin + way_out[i], -1);
  std::tuple<int, std::int64_t> best(0, begin);  // minus the stops visited; the end
  std::size_t best_set = 0, best_last = 0;
  for (std::size_t set = 1; set < (std::size_t{1} << n); ++set) {
    for (std::size_t last = 0; last < n; ++last) {
      const State state = at(set, last);
      if (state.end == kNever) continue;
      const std::int64_t back = state.end + way_back[last];
      if (const std::tuple now(-std::popcount(set), back); now < best) {
        best = now;
        best_set = set;
        best_last = last;
      }
      for (std::size_t next = 0; next < n; ++next) {
        if ((set >> next) & 1) continue;
        visit(set, next, state.end + ways[last * n + next], static_cast<int>(last));
      }
    }
  }
  const auto time = [&](std::int64_t seconds) {
    Time result = tour.start;
    result.unix_seconds = seconds;
    return result;
  };
  Tour planned;
  planned.back = time(std::get<1>(best));
  for (std::size_t i = 0; i < n; ++i) {
    if ((best_set >> i) & 1) continue;
    const SkipReason reason = !FitsAlone(event, tour, tour.stops[i], kNone)        ? SkipReason::kClosed
                              : !FitsAlone(event, tour, tour.stops[i], busy_at(i)) ? SkipReason::kPeopleBusy
                                                                                   : SkipReason::kNoTime;
    planned.left_out.push_back({static_cast<std::int32_t>(i), reason});
  }
  for (std::size_t set = best_set, last = best_last; set != 0;) {
    const State& state = at(set, last);
    planned.visits.push_back({static_cast<std::int32_t>(last), time(state.start), time(state.end)});
    set &= ~(std::size_t{1} << last);
    last = static_cast<std::size_t>(std::max(0, state.before));
  }
  std::ranges::reverse(planned.visits);
  return planned;
}

absl::StatusOr<std::vector<Tour>> PlanTours(const Event& event, const std::vector<MeetingRequest>& requests,
                                            const RunContext& context) {
  std::vector<Tour> tours;
  for (const EventTour& tour : event.tours) {
    MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
    std::vector<std::vector<TimeSpan>> busy;
    for (const EventStop& stop : tour.stops) busy.push_back(BusyTimes(event, requests, tours, tour, stop.place));
    MAGPIE_ASSIGN_OR_RETURN(Tour planned, PlanTour(event, tour, busy));
    tours.push_back(std::move(planned));
  }
  return tours;
}

std::vector<std::string> SlotsDuring(const Event& event, const EventTour& tour, const Tour& planned) {
  std::vector<std::string> slots;
  for (const EventSlot& slot : event.slots) {
    if (!slot.start || !slot.end) continue;
    const auto clashes = [&](const TourVisit& visit) {
      const std::string& place = tour.stops[static_cast<std::size_t>(visit.stop)].place;
      return Overlap(Wider({*slot.start, *slot.end}, Way(event, PlaceOf(event, slot), place)),
                     {visit.start, visit.end});
    };
    if (std::ranges::any_of(planned.visits, clashes)) slots.push_back(slot.id);
  }
  return slots;
}

}  // namespace magpie
