// Between the matches and the timetable: which meetings a plan asks for, and the timetable in names. Private to engine.
#pragma once

#include <absl/status/statusor.h>

#include <span>
#include <vector>

#include "magpie/engine/plan.h"

namespace magpie {

// The wishes of the event, then a request of priority 4 for each match whose two sides are both at the event and whom
// no wish brings together already, then substitutes: for each such match the next best pairs of its need and of its
// offering, of `next_best` (best first), that may take its seat if it cannot be placed. Marks the matches that are in the
// event.
absl::StatusOr<std::vector<MeetingRequest>> CollectRequests(const Event& event, const Snapshot& snapshot,
                                                            std::span<const ScoredPair> next_best,
                                                            std::vector<PlannedMatch>* matches);

// Fills meetings, unplaced and the funnel of `plan` from the timetable.
void FillMeetings(const Event& event, const Snapshot& snapshot, const std::vector<MeetingRequest>& requests,
                  const Timetable& timetable, Language language, Plan* plan);

// Fills stand_by of `plan`.
void FillStandBy(const Event& event, const std::vector<MeetingRequest>& requests, const std::vector<StandByPair>& pairs,
                 Plan* plan);

// Without an event: rounds in which each party has one meeting at most, as few of them as possible.
void FillRounds(const Snapshot& snapshot, Language language, Plan* plan);

}  // namespace magpie
