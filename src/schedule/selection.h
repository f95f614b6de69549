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
  int most = 0;  // no timetable has more meetings, whatever their classes
};

// An assignment problem: each request is one unit from its guest to its team, each of whom takes as many as find
// slots (a matching of its requests to the slots where both sides are there) within its limits, all under the number of
// table slots. Weights make one request of a class
// outweigh all of the later classes, and among equal counts larger gains win.
absl::StatusOr<Selection> SelectRequests(const FairModel& model, const RunContext& context);

}  // namespace magpie
