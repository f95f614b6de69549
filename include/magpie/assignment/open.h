// Why a listing stayed without a match, and what came nearest.
//
// Shapes   nodes and arcs are those of the graph that the answer belongs to (assignment.h).
// Errors   none: the answer is one that CheckAssignment accepts.
// Ties     the lower arc number.
// Cost     O(A + L + R).
// Threads  reads its arguments only; call it from several threads at once.
// Source   docs/design/assignment.md
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "magpie/assignment/assignment.h"

namespace magpie {

enum class OpenReason {
  kNoCandidate,     // no pair of it was worth scoring, or all were rejected
  kBelowThreshold,  // its best pair lies below the threshold for a match
  kNoCapacity,      // its own capacity (or its party's) is 0 or was used up
  kPartnersTaken,   // every candidate partner was given to pairs that gain more
  kExcluded,        // all its candidates are excluded
};
std::string_view OpenReasonName(OpenReason reason);  // "PARTNERS_TAKEN"

// A listing without a match, why, and the pair that came nearest (-1 = none). For kPartnersTaken and kNoCapacity it is
// the pair that falls least short of its price, by `shortfall` = P(left) + P(right) - gain >= 0 (0 = it ties with what
// was chosen); for kBelowThreshold and kExcluded it is the best pair, and shortfall is 0.
struct Unmatched {
  std::int32_t node = 0;
  OpenReason reason = OpenReason::kNoCandidate;
  std::int32_t near_arc = -1;
  std::int64_t shortfall = 0;
};

// The open nodes of a side, ascending. A caller that set the gains below its threshold to 0 gives the gains before
// that as `full_gain`[A], by which the best pair below the threshold is found; empty = the problem's own gains.
std::vector<Unmatched> ExplainOpenNeeds(const CandidateGraph& graph, const AssignmentProblem& problem,
                                        const Assignment& answer, std::span<const std::int64_t> full_gain = {});
std::vector<Unmatched> ExplainOpenOfferings(const CandidateGraph& graph, const AssignmentProblem& problem,
                                            const Assignment& answer, std::span<const std::int64_t> full_gain = {});

}  // namespace magpie
