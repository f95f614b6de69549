// How a plan differs from the pairs of an earlier one.
#pragma once

#include <vector>

#include "magpie/engine/plan.h"

namespace magpie {

// `before` are the pairs that stood in the earlier plan, in its order, `plan` the new one. The answer lists the pairs
// that went, in the order of `before`, then those that came, in the plan's order; pairs that stayed are not listed.
std::vector<PlanChange> ComparePlans(const std::vector<PairDecision>& before, const Plan& plan);

}  // namespace magpie
