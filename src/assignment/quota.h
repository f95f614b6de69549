// Assignments with quotas: limits on sets of arcs that may cross the nodes, the groups and each other.
//
// Method  Quotas that nest with a side (arc_family.h) become groups of it and cost nothing: the answer is exact. The
//         others get prices: without them the problem is one without quotas, and its largest gain less what the quotas
//         charge is a bound for every choice (Lagrangian relaxation). The prices are improved by subgradients; then a
//         search branches on the arcs of quotas that are not met, first towards meeting them, and cuts off what the
//         bound shows to be no better. It ends when nothing is left (the answer is optimal, though the prices alone may
//         not prove it: kGap), or after a number of steps that falls with the size of the problem.
// Errors  kPlanConflict  no choice keeps all limits: proven by the search
//         kLimitExceeded the search ended without a choice and without that proof
#pragma once

#include <absl/status/statusor.h>

#include "magpie/assignment/assignment.h"
#include "reduced_problem.h"

namespace magpie {

absl::StatusOr<Assignment> SolveWithQuotas(const ReducedProblem& reduced, const RunContext& context,
                                           const SolveOptions& options);

}  // namespace magpie
