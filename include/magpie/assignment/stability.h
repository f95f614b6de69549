// Stable matches: no need and offering that both would rather have each other than what they hold.
//
// Terms    as in assignment.h. A choice is stable where no pair blocks it. A pair left out blocks where each side, if it
//          got the pair, would still hold it: no capacity around it (node, group, group of groups) is used up by pairs
//          that this side prefers. Without groups that is the usual meaning: each has room or holds a worse partner.
//          A group prefers as its members do together: of two pairs of different members, the one of higher gain to
//          that side. Required pairs are kept whatever else comes and nobody gives them up for another.
// Shapes   need_gain[A], offering_gain[A]: what an arc is worth to either side; empty = the problem's gain.
// Units    those of gain. A pair that gains 0 to one of the two is no pair.
// Answer   SolveStable: the stable choice that is best for `proposing`: every proposer (every top group, if there are
//          groups) holds its best of all stable choices at once. BlockingPairs: none for it.
// Errors   kBadArgument  sizes, capacities, groups, gains below 0; minimums and quotas: stable choices know none (all of
//                        them fill the same places, so no stable choice meets what one of them misses)
//          kPlanConflict required arcs exceed a capacity
//          kCancelled    context.stop was requested
// Ties     the lower arc number is preferred by both sides.
// Cost     O(A (D log A)) time for D = how deep the groups nest + 1, O(A D) memory.
// Threads  reads its arguments only; call it from several threads at once.
// Source   Roth, Stability and polarization of interests in job matching (1984): many-to-many deferred acceptance;
//          Fleiner, A fixed-point approach to stable matchings and some applications (2003): groups that nest are a
//          laminar matroid of each side, and deferred acceptance by the greedy choice of each finds the optimal kernel.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/base/vocabulary.h"

namespace magpie {

struct Preferences {
  std::vector<std::int64_t> need_gain;
  std::vector<std::int64_t> offering_gain;
};

// The chosen arcs, ascending.
absl::StatusOr<std::vector<std::int32_t>> SolveStable(const CandidateGraph& graph, const AssignmentProblem& problem,
                                                      const Preferences& preferences, Side proposing,
                                                      const RunContext& context);

struct BlockingPair {
  std::int32_t arc = 0;
  std::int64_t need_rise = 0;  // what the need would gain over the pair it would give up (all of it where it has room)
  std::int64_t offering_rise = 0;  // likewise
};

// The pairs that block `chosen` (distinct arcs that keep all capacities), the largest sum of both rises first, then the
// lower arc.
absl::StatusOr<std::vector<BlockingPair>> BlockingPairs(const CandidateGraph& graph, const AssignmentProblem& problem,
                                                        const Preferences& preferences,
                                                        std::span<const std::int32_t> chosen);

}  // namespace magpie
