// The problem as a circulation, for the network simplex method: any nested groups and minimums.
//
// ground -> need groups -> needs -> offerings -> offering groups -> ground, capacities on the arcs of the tree of
// entities, capacity 1 and cost -gain on the pairs.
//
// Idle arcs  every need-side entity has an arc back to its parent. It changes no optimum (it only forbids negative
//            prices) and gives the method a first tree in which every node can reach the root.
// Minimums   the first `minimum` units through an entity's arc earn a reward above anything that the gains along a
//            cycle can outweigh; its idle arc costs twice the reward, so that flow cannot turn back and earn it.
// Errors     kLimitExceeded where prices with such a reward could leave int64; kPlanConflict where a stop came
//            before the minimums were known to be kept is kCancelled.
#pragma once

#include <absl/status/statusor.h>

#include "deadline.h"
#include "magpie/base/progress.h"
#include "reduced_problem.h"

namespace magpie {

absl::StatusOr<ReducedAnswer> SolveFlow(const ReducedProblem& reduced, const RunContext& context,
                                        const Deadline& deadline);

}  // namespace magpie
