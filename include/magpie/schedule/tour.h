// Tours: a delegation visits several places (firms, laboratories), in the order and at the hours that the program finds.
//
// Rules    one visit at a time; each within one of its windows and outside its busy times; between two visits, from the
//          start and to the end, the way takes TravelMinutes(event, ...).
// Best     as many stops as possible, then the earliest end, then stops of lower numbers first: exact, by dynamic
//          programming over sets of stops (O(2^n n^2 w) for n stops of w windows and busy times).
// Meetings a tour goes first: it gives way only to meetings that are fixed to a slot and to the tours before it in the
//          event; then nobody on it has a meeting that a visit, with the way, keeps him from. Absences are told of
//          slots: a tour goes on with those who are there.
// Errors   kLimitExceeded more than kMostTourStops stops; kBadArgument a visit below one minute, an end that is not
//          after its start, or busy times of other stops; kCancelled.
// Threads  reads its arguments only.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/ingest/event.h"

namespace magpie {

struct MeetingRequest;

struct TourVisit {
  std::int32_t stop = -1;  // index in EventTour::stops
  Time start, end;
};

enum class SkipReason {
  kClosed,      // no window of the stop leaves time for the visit between the tour's start and end
  kPeopleBusy,  // fixed meetings, or another tour, of those who travel take the time in which it could be
  kNoTime,      // it could be visited, but not besides the others
};
std::string_view SkipReasonName(SkipReason reason);  // "CLOSED"
std::optional<SkipReason> ParseSkipReason(std::string_view name);

struct SkippedStop {
  std::int32_t stop = -1;
  SkipReason reason = SkipReason::kNoTime;
};

struct Tour {
  std::vector<TourVisit> visits;      // in the order of time
  std::vector<SkippedStop> left_out;  // stops that find no time, ascending
  Time back;                          // at EventTour::to; the start of the tour where nothing is visited
};

// `busy` has the busy times of each stop, or is empty.
absl::StatusOr<Tour> PlanTour(const Event& event, const EventTour& tour,
                              const std::vector<std::vector<TimeSpan>>& busy = {});

// All tours of the event, each besides those before it and besides the requests that are required in a slot.
absl::StatusOr<std::vector<Tour>> PlanTours(const Event& event, const std::vector<MeetingRequest>& requests,
                                            const RunContext& context);

// Slots that nobody on the tour can be in, by id: they overlap a visit, or the way between is too long.
std::vector<std::string> SlotsDuring(const Event& event, const EventTour& tour, const Tour& planned);

}  // namespace magpie
