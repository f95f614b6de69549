// A tour: a delegation visits several places (firms, laboratories), in the order that the program finds.
//
// Rules    one visit at a time; each within one of its windows and outside its busy times; between two visits, and from
//          the start and back to it, the way takes TravelMinutes(event, ...).
// Best     as many stops as possible, then the earliest return, then stops of lower numbers first: exact, by dynamic
//          programming over sets of stops (O(2^n n^2 w) for n stops of w windows and busy times).
// Meetings a tour after a timetable: MeetingTimes() gives each stop's busy times. A timetable after a tour: add
//          SlotsDuring() to the absent_slots of everybody on it.
// Errors   kLimitExceeded more than kMostTourStops stops; kBadArgument a visit below one minute, or an end that is not
//          after its start.
// Threads  reads its arguments only.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "magpie/schedule/schedule.h"

namespace magpie {

inline constexpr std::size_t kMostTourStops = 12;

struct TimeSpan {
  Time start, end;
};

struct TourStop {
  std::string place;
  int minutes = 60;               // of the visit
  std::vector<TimeSpan> windows;  // the visit lies within one of them; empty = at any time
  std::vector<TimeSpan> busy;     // the visit overlaps none of them
};

struct TourRequest {
  std::string place;  // where it starts and ends
  Time start, end;
  std::vector<TourStop> stops;
};

struct TourVisit {
  std::int32_t stop = -1;  // index in TourRequest::stops
  Time start, end;
};

struct Tour {
  std::vector<TourVisit> visits;       // in the order of time
  std::vector<std::int32_t> left_out;  // stops that find no time, ascending
  Time back;                           // at TourRequest::place; the start of the tour where nothing is visited
};

absl::StatusOr<Tour> PlanTour(const Event& event, const TourRequest& request);

// When people with meetings cannot be at `place`: their meetings, with the way there before and after.
std::vector<TimeSpan> MeetingTimes(const Event& event, const Timetable& timetable,
                                   const std::vector<std::int32_t>& people, const std::string& place);

// Slots that nobody on the tour can be in, by id: they overlap a visit, or the way between is too long.
std::vector<std::string> SlotsDuring(const Event& event, const TourRequest& request, const Tour& tour);

}  // namespace magpie
