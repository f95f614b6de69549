#include "magpie/schedule/tour.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>
#include <utility>

#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::string PlaceOf(const Event& event, const EventSlot& slot) {
  const auto session = std::ranges::find(event.sessions, slot.session, &EventSession::id);
  return session == event.sessions.end() ? std::string() : session->place;
}

// The earliest start from `from` on at which the visit fits; kNever if none does.
std::int64_t EarliestStart(const TourStop& stop, std::int64_t from) {
  const std::int64_t length = kMinute * stop.minutes;
  const auto after_busy = [&](std::int64_t at) {
    for (bool moved = true; std::exchange(moved, false);) {
      for (const TimeSpan& busy : stop.busy) {
        if (at < busy.end.unix_seconds && busy.start.unix_seconds < at + length) {
          at = busy.end.unix_seconds;
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

absl::Status CheckTour(const TourRequest& request) {
  if (request.stops.size() > kMostTourStops) {
    return MakeError(
        Reason::kLimitExceeded, "stops",
        fmt::format("{} stops; a tour has at most {}: make two of it", request.stops.size(), kMostTourStops));
  }
  if (request.end <= request.start) return MakeError(Reason::kBadArgument, "end", "is not after the start");
  for (std::size_t i = 0; i < request.stops.size(); ++i) {
    if (request.stops[i].minutes < 1) {
      return MakeError(Reason::kBadArgument, fmt::format("stops[{}].minutes", i), "is below one minute");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Tour> PlanTour(const Event& event, const TourRequest& request) {
  MAGPIE_RETURN_IF_ERROR(CheckTour(request));
  const std::size_t n = request.stops.size();
  const std::int64_t begin = request.start.unix_seconds;
  const auto way = [&](const std::string& from, const std::string& to) {
    return kMinute * TravelMinutes(event, from, to);
  };
  // done[set][last] = the earliest end of a tour of exactly these stops that ends at `last`.
  struct State {
    std::int64_t end = kNever, start = 0;
    int before = -1;
  };
  std::vector<State> done((std::size_t{1} << n) * n);
  const auto at = [&](std::size_t set, std::size_t last) -> State& { return done[set * n + last]; };
  const auto visit = [&](std::size_t set, std::size_t next, std::int64_t arrival, int before) {
    const std::int64_t start = EarliestStart(request.stops[next], arrival);
    if (start == kNever) return;
    const std::int64_t end = start + kMinute * request.stops[next].minutes;
    if (end + way(request.stops[next].place, request.place) > request.end.unix_seconds) return;
    State& state = at(set | (std::size_t{1} << next), next);
    if (end < state.end) state = {end, start, before};
  };
  for (std::size_t i = 0; i < n; ++i) visit(0, i, begin + way(request.place, request.stops[i].place), -1);
  std::tuple<int, std::int64_t> best(0, begin);  // stops left out of the count, return
  std::size_t best_set = 0, best_last = 0;
  for (std::size_t set = 1; set < (std::size_t{1} << n); ++set) {
    for (std::size_t last = 0; last < n; ++last) {
      const State state = at(set, last);
      if (state.end == kNever) continue;
      const std::int64_t back = state.end + way(request.stops[last].place, request.place);
      if (const std::tuple now(-std::popcount(set), back); now < best) {
        best = now;
        best_set = set;
        best_last = last;
      }
      for (std::size_t next = 0; next < n; ++next) {
        if ((set >> next) & 1) continue;
        visit(set, next, state.end + way(request.stops[last].place, request.stops[next].place), static_cast<int>(last));
      }
    }
  }
  const auto time = [&](std::int64_t seconds) {
    Time result = request.start;
    result.unix_seconds = seconds;
    return result;
  };
  Tour tour;
  tour.back = time(std::get<1>(best));
  for (std::size_t i = 0; i < n; ++i) {
    if (!((best_set >> i) & 1)) tour.left_out.push_back(static_cast<std::int32_t>(i));
  }
  for (std::size_t set = best_set, last = best_last; set != 0;) {
    const State& state = at(set, last);
    tour.visits.push_back({static_cast<std::int32_t>(last), time(state.start), time(state.end)});
    set &= ~(std::size_t{1} << last);
    last = static_cast<std::size_t>(std::max(0, state.before));
  }
  std::ranges::reverse(tour.visits);
  return tour;
}

std::vector<TimeSpan> MeetingTimes(const Event& event, const Timetable& timetable,
                                   const std::vector<std::int32_t>& people, const std::string& place) {
  std::vector<TimeSpan> times;
  for (const Meeting& m : timetable.meetings) {
    const auto there = [&](std::int32_t person) { return std::ranges::count(people, person) > 0; };
    const EventSlot& slot = event.slots[static_cast<std::size_t>(m.slot)];
    if (!slot.start || !slot.end || !(there(m.guest) || there(m.host) || there(m.interpreter))) continue;
    const std::int64_t way = kMinute * TravelMinutes(event, PlaceOf(event, slot), place);
    TimeSpan span{*slot.start, *slot.end};
    span.start.unix_seconds -= way;
    span.end.unix_seconds += way;
    times.push_back(span);
  }
  return times;
}

std::vector<std::string> SlotsDuring(const Event& event, const TourRequest& request, const Tour& tour) {
  std::vector<std::string> slots;
  for (const EventSlot& slot : event.slots) {
    const auto clashes = [&](const TourVisit& visit) {
      const std::string& place = request.stops[static_cast<std::size_t>(visit.stop)].place;
      const std::int64_t way = kMinute * TravelMinutes(event, PlaceOf(event, slot), place);
      return visit.start.unix_seconds < slot.end->unix_seconds + way &&
             slot.start->unix_seconds < visit.end.unix_seconds + way;
    };
    if (slot.start && slot.end && std::ranges::any_of(tour.visits, clashes)) slots.push_back(slot.id);
  }
  return slots;
}

}  // namespace magpie
