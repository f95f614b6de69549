// Which requests to go for: the best set under the limits that hold whatever the slots are.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "board.h"
#include "magpie/base/progress.h"

namespace magpie {

struct Selection {
  std::vector<bool> chosen;  // of each request
  // Counts by class of the chosen ones. No timetable has more, compared from the first class on. Empty where the
  // weights would not fit (then `chosen` is advice alone).
  std::vector<int> bound;
};

// An assignment problem: each request is one unit from its guest (free slots, limit) to its team (max_meetings, sum of
// max_per_session and of hosts there), all under the number of table slots. Weights make one request of a class
// outweigh all of the later classes, and among equal counts larger gains win.
absl::StatusOr<Selection> SelectRequests(const FairModel& model, const RunContext& context);

}  // namespace magpie
