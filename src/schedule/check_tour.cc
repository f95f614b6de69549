// The judge of tours: ways, windows, and nobody in two places. Nothing of the planner used.
#include <fmt/format.h>

#include <cstdint>

#include "judged_fair.h"

namespace magpie {
namespace {

std::int64_t Way(const Event& event, const std::string& from, const std::string& to) {
  return std::int64_t{60} * TravelMinutes(event, from, to);
}

// From one to the other, whichever comes first, there is time for the way.
bool Apart(const TimeSpan& a, const TimeSpan& b, std::int64_t way) {
  return a.end.unix_seconds + way <= b.start.unix_seconds || b.end.unix_seconds + way <= a.start.unix_seconds;
}

bool SlotIsApart(const Event& event, const EventSlot& slot, const EventStop& stop, const TourVisit& visit) {
  return !slot.start || !slot.end ||
         Apart({*slot.start, *slot.end}, {visit.start, visit.end}, Way(event, PlaceOf(event, slot), stop.place));
}

bool Names(const EventTour& tour, std::int32_t stop) {
  return stop >= 0 && static_cast<std::size_t>(stop) < tour.stops.size();
}

class TourJudge : private JudgedFair {
 public:
  explicit TourJudge(const JudgedFair& fair) : JudgedFair(fair) {}

  std::vector<std::string> Find() {
    if (timetable_.tours.size() != event_.tours.size()) {
      return {fmt::format("{} tours are planned, the event has {}", timetable_.tours.size(), event_.tours.size())};
    }
    for (std::size_t t = 0; t < event_.tours.size(); ++t) EachStopOnce(event_.tours[t], timetable_.tours[t]);
    if (!broken_.empty()) return broken_;
    for (std::size_t t = 0; t < event_.tours.size(); ++t) {
      Ways(event_.tours[t], timetable_.tours[t]);
      Windows(event_.tours[t], timetable_.tours[t]);
      Meetings(event_.tours[t], timetable_.tours[t]);
      for (std::size_t other = 0; other < t; ++other) OtherTour(t, other);
      NothingLeftOut(t);
    }
    return broken_;
  }

 private:
  template <typename... Values>
  void Break(const EventTour& tour, fmt::format_string<Values...> text, Values&&... values) {
    broken_.push_back(fmt::format("{}: {}", tour.id, fmt::format(text, std::forward<Values>(values)...)));
  }

  static const EventStop& Stop(const EventTour& tour, const TourVisit& visit) {
    return tour.stops[static_cast<std::size_t>(visit.stop)];
  }

  void EachStopOnce(const EventTour& tour, const Tour& planned) {
    std::vector<int> seen(tour.stops.size(), 0);
    const auto see = [&](std::int32_t stop) {
      if (!Names(tour, stop)) return Break(tour, "stop {} is none of its stops", stop);
      ++seen[static_cast<std::size_t>(stop)];
    };
    for (const TourVisit& visit : planned.visits) see(visit.stop);
    for (const SkippedStop& skipped : planned.left_out) see(skipped.stop);
    for (std::size_t s = 0; s < seen.size(); ++s) {
      if (seen[s] != 1) Break(tour, "{} is answered {} times", tour.stops[s].place, seen[s]);
    }
  }

  void Ways(const EventTour& tour, const Tour& planned) {
    std::string place = tour.from;
    std::int64_t free = tour.start.unix_seconds;
    for (const TourVisit& visit : planned.visits) {
      const std::string& to = Stop(tour, visit).place;
      if (visit.start.unix_seconds < free + Way(event_, place, to)) {
        Break(tour, "it cannot be at {} in time for {}", to, FormatTime(visit.start));
      }
      place = to;
      free = visit.end.unix_seconds;
    }
    const std::int64_t back = planned.visits.empty() ? free : free + Way(event_, place, tour.to);
    if (planned.back.unix_seconds != back) Break(tour, "it does not end at {}", FormatTime(planned.back));
    if (back > tour.end.unix_seconds) Break(tour, "it ends after {}", FormatTime(tour.end));
  }

  void Windows(const EventTour& tour, const Tour& planned) {
    for (const TourVisit& visit : planned.visits) {
      const EventStop& stop = Stop(tour, visit);
      if (visit.end.unix_seconds - visit.start.unix_seconds != std::int64_t{60} * stop.minutes) {
        Break(tour, "the visit of {} does not take {} minutes", stop.place, stop.minutes);
      }
      const auto holds = [&](const TimeSpan& w) { return w.start <= visit.start && visit.end <= w.end; };
      if (!stop.windows.empty() && std::ranges::none_of(stop.windows, holds)) {
        Break(tour, "{} is not open at {}", stop.place, FormatTime(visit.start));
      }
    }
  }

  static bool Travels(const EventTour& tour, const std::string& person) { return Has(tour.people, person); }

  void Meetings(const EventTour& tour, const Tour& planned) {
    for (const Meeting& m : timetable_.meetings) {
      for (const auto& [what, person] : People(m)) {
        if (!Travels(tour, person->id)) continue;
        for (const TourVisit& visit : planned.visits) {
          if (SlotIsApart(event_, Slot(m), Stop(tour, visit), visit)) continue;
          Break(tour, "{} has a meeting in slot {} and cannot be at {}", person->id, Slot(m).id,
                Stop(tour, visit).place);
        }
      }
    }
  }

  void OtherTour(std::size_t t, std::size_t other) {
    const EventTour &one = event_.tours[t], &two = event_.tours[other];
    const auto shared = std::ranges::find_if(one.people, [&](const auto& id) { return Travels(two, id); });
    if (shared == one.people.end()) return;
    for (const TourVisit& a : timetable_.tours[t].visits) {
      for (const TourVisit& b : timetable_.tours[other].visits) {
        const EventStop &at = Stop(one, a), &there = Stop(two, b);
        if (Apart({a.start, a.end}, {b.start, b.end}, Way(event_, at.place, there.place))) continue;
        Break(one, "{} cannot be at {} and, on tour {}, at {}", *shared, at.place, two.id, there.place);
      }
    }
  }

  // A stop that could be visited between two visits as all else stands. The earliest such time is where something ends
  // or a window opens.
  void NothingLeftOut(std::size_t t) {
    const EventTour& tour = event_.tours[t];
    for (const SkippedStop& skipped : timetable_.tours[t].left_out) {
      const EventStop& stop = tour.stops[static_cast<std::size_t>(skipped.stop)];
      std::vector<std::int64_t> starts = {tour.start.unix_seconds + Way(event_, tour.from, stop.place)};
      for (const TimeSpan& window : stop.windows) starts.push_back(window.start.unix_seconds);
      const std::vector<TimeSpan> taken = Taken(t, stop);
      for (const TimeSpan& span : taken) starts.push_back(span.end.unix_seconds);
      const auto fits = [&](std::int64_t start) { return CouldBeVisited(tour, stop, taken, start); };
      if (std::ranges::any_of(starts, fits)) Break(tour, "{} is left out but could be visited", stop.place);
    }
  }

  // When somebody on the tour is elsewhere, with the way to the stop.
  std::vector<TimeSpan> Taken(std::size_t t, const EventStop& stop) const {
    std::vector<TimeSpan> taken;
    const auto add = [&](TimeSpan span, const std::string& place) {
      span.start.unix_seconds -= Way(event_, place, stop.place);
      span.end.unix_seconds += Way(event_, place, stop.place);
      taken.push_back(span);
    };
    const EventTour& tour = event_.tours[t];
    for (const Meeting& m : timetable_.meetings) {
      const auto people = People(m);
      if (!Slot(m).start || !Slot(m).end ||
          std::ranges::none_of(people, [&](const auto& p) { return Travels(tour, p.second->id); })) {
        continue;
      }
      add({*Slot(m).start, *Slot(m).end}, PlaceOf(event_, Slot(m)));
    }
    for (std::size_t other = 0; other < event_.tours.size(); ++other) {
      const auto both = [&](const std::string& id) { return Travels(event_.tours[other], id); };
      if (other != t && std::ranges::none_of(tour.people, both)) continue;
      for (const TourVisit& visit : timetable_.tours[other].visits) {
        add({visit.start, visit.end}, Stop(event_.tours[other], visit).place);
      }
    }
    return taken;
  }

  bool CouldBeVisited(const EventTour& tour, const EventStop& stop, const std::vector<TimeSpan>& taken,
                      std::int64_t start) const {
    const std::int64_t end = start + std::int64_t{60} * stop.minutes;
    const auto open = [&](const TimeSpan& w) { return w.start.unix_seconds <= start && end <= w.end.unix_seconds; };
    const auto free = [&](const TimeSpan& s) { return end <= s.start.unix_seconds || s.end.unix_seconds <= start; };
    return start >= tour.start.unix_seconds + Way(event_, tour.from, stop.place) &&
           end + Way(event_, stop.place, tour.to) <= tour.end.unix_seconds &&
           (stop.windows.empty() || std::ranges::any_of(stop.windows, open)) && std::ranges::all_of(taken, free);
  }

  std::vector<std::string> broken_;
};

}  // namespace

std::set<std::pair<std::string, std::string>> SlotsOnTours(const Event& event, const Timetable& timetable) {
  std::set<std::pair<std::string, std::string>> on_tour;
  for (std::size_t t = 0; t < std::min(event.tours.size(), timetable.tours.size()); ++t) {
    const EventTour& tour = event.tours[t];
    for (const TourVisit& visit : timetable.tours[t].visits) {
      if (!Names(tour, visit.stop)) continue;
      for (const EventSlot& slot : event.slots) {
        if (SlotIsApart(event, slot, tour.stops[static_cast<std::size_t>(visit.stop)], visit)) continue;
        for (const std::string& person : tour.people) on_tour.emplace(person, slot.id);
      }
    }
  }
  return on_tour;
}

std::vector<std::string> CheckTours(const JudgedFair& fair) {
  return TourJudge(fair).Find();
}

}  // namespace magpie
