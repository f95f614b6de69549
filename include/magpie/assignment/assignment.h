// Chooses which candidate pairs become matches: largest total gain, nobody above capacity.
//
// Terms    left = needs [0, L), right = offerings [0, R), arc = one scored pair [0, A). A group is a set of nodes of
//          one side with a capacity of its own: a party (all its listings), a team (some of them). Groups of one side
//          nest or are disjoint: each node lies in at most one group, each group in at most one larger one.
// Shapes   gain[A]; need_capacity[L]; offering_capacity[R]; need_group[L], offering_group[R]: index of a group or -1.
// Units    gain = llround(score * kGainPerScore), in [0, kMaxGain]; an open need gains 0, so an arc of gain 0 is never
//          chosen unless it is required.
// Answer   the chosen arcs in ascending order and their proof: price >= 0 of each node and each group such that, with
//          P(n) the sum of the prices of n and of all groups that hold it, P(left) + P(right) >= gain for every free
//          arc left out, <= gain for every free arc chosen; a node or group with room left has price 0. Arcs that
//          are required or excluded are outside the proof. CheckAssignment tests all of it apart from the solver.
//          A need without a match is part of the answer (Unmatched with a reason), not an error.
// Errors   kBadArgument  a size differs from its shape, a capacity < 0, a gain outside its range, groups that do not
//                        nest, an arc both required and excluded
//          kLimitExceeded gains that together exceed 2^62
//          kPlanConflict required arcs that together exceed a capacity; the message names them
//          kCancelled    context.stop was requested
// Ties     among assignments of equal gain: the order of arcs decides (lower numbers preferred by the search), so the
//          same input gives the same answer whatever the thread count.
// Cost     measured in docs/design.md: near O(A^1.5) time on listings' graphs, O(A + L + R) memory (33 bytes an arc,
//          150 a node).
// Threads  reads its arguments only; call it from several threads at once.
// Source   Ahuja, Magnanti, Orlin, Network Flows (1993), chapter 11, network simplex with strongly feasible trees.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/graph/candidate_graph.h"

namespace magpie {

inline constexpr std::int64_t kGainPerScore = 1'000'000;     // a millionth of a score is below any meaning
inline constexpr std::int64_t kMaxGain = 1'000'000'000'000;  // sums of a million arcs stay within int64
inline constexpr std::int32_t kUnlimited = 2'000'000'000;

struct CapacityGroup {
  std::int32_t capacity = kUnlimited;
  std::int32_t parent = -1;  // index of the larger group of the same side, always smaller than the own index
};

struct AssignmentProblem {
  std::vector<std::int64_t> gain;
  std::vector<std::int32_t> need_capacity;
  std::vector<std::int32_t> offering_capacity;
  std::vector<CapacityGroup> need_groups;
  std::vector<CapacityGroup> offering_groups;
  std::vector<std::int32_t> need_group;      // empty = no groups on this side
  std::vector<std::int32_t> offering_group;  // empty = no groups on this side
  std::vector<std::int32_t> required;        // arcs that must be chosen
  std::vector<std::int32_t> excluded;        // arcs that must not be chosen
};

struct Assignment {
  std::vector<std::int32_t> arcs;  // chosen, ascending
  std::int64_t total_gain = 0;
  std::vector<std::int64_t> need_price, offering_price, need_group_price, offering_group_price;
};

absl::StatusOr<Assignment> SolveAssignment(const CandidateGraph& graph, const AssignmentProblem& problem,
                                           const RunContext& context);

// OK, or kInternal naming the first condition of the answer that does not hold. Shares no code with the solver.
absl::Status CheckAssignment(const CandidateGraph& graph, const AssignmentProblem& problem, const Assignment& answer);

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
