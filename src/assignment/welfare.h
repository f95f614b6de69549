// Choices that are good for sums: the largest Nash welfare, or the best for the one whose pairs gain least together.
//
// Method  Both ask for much where little is: a solve with the weights 1 / (sum so far) of each member (Nash), or with
//         weights that grow as its mean sum falls behind (worst off). Every choice that comes up is looked at, the best is
//         improved by exchanges of two pairs between two members.
// Bounds  Nash: the logarithm is concave, so at any mean s of choices (Frank and Wolfe's iterate) no choice exceeds
//         f(s) + max over choices of grad f(s) (y - s). Worst off: the least is at most any weighted mean.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/base/vocabulary.h"

namespace magpie {

enum class Welfare { kNash, kWorstSum };

struct WelfareChoice {
  std::vector<std::int32_t> arcs;  // ascending
  double value = 0;                // sum of log(sum of scores), or the least sum of gains
  double bound = 0;
};

// A stop leaves the best choice so far; kCancelled before the first. Of all choices that serve every member in `served` (they can be served at once).
absl::StatusOr<WelfareChoice> FindWelfare(const CandidateGraph& graph, const AssignmentProblem& problem, Side side,
                                          const std::vector<std::int32_t>& served, Welfare welfare, int rounds,
                                          const RunContext& context);

}  // namespace magpie
