// Chooses which candidate pairs become matches: largest total gain, nobody above capacity or below minimum.
//
// Terms    left = needs [0, L), right = offerings [0, R), arc = one scored pair [0, A). A group is a set of nodes of
//          one side with limits of its own: a party (all its listings), a team (some of them), a person. Groups of one
//          side nest or are disjoint: each node lies in at most one group, each group in at most one larger one. A
//          quota is a set of arcs with limits; quotas may cross groups and each other. Load = how many chosen arcs a
//          node, group or quota has.
// Shapes   gain[A]; need_capacity[L]; offering_capacity[R]; need_minimum[L], offering_minimum[R] or empty = 0;
//          need_group[L], offering_group[R]: index of a group or -1.
// Units    gain = llround(score * kGainPerScore), in [0, kMaxGain]; an open need gains 0, so an arc of gain 0 is never
//          chosen unless it is required.
// Answer   the chosen arcs in ascending order and their proof: a price of each node, group and quota. With P(n) the sum
//          of the prices of n and of all groups that hold it, and Q(a) the sum of the prices of the quotas of arc a,
//          what any feasible choice can gain is at most
//              bound = sum over nodes, groups, quotas of (price >= 0 ? price * capacity : price * minimum)
//                    + sum over free arcs of gain > 0 of max(0, gain - P(left) - P(right) - Q(arc))
//                    + sum over required arcs of (gain - P(left) - P(right) - Q(arc)).
//          total_gain == bound: no choice gains more. CheckAssignment works all of it out apart from the solver.
//          A need without a match is part of the answer (Unmatched with a reason, open.h), not an error.
// Modes    exact unless `epsilon` is set or quotas cross: then bound - total_gain says how much may be missing.
//          Listings that nothing joins are solved apart, on context.threads threads, the answer being the same.
//          Without quotas, minimums and groups another method may solve it than with them; the total is the same.
// Errors   kBadArgument  a size differs from its shape, a capacity or minimum < 0, a minimum above its capacity, a gain
//                        outside its range, groups that do not nest, an arc both required and excluded, epsilon
//                        outside [0, 1), a warm answer of other numbers of nodes
//          kLimitExceeded gains that together exceed 2^62, minimums over gains that leave no room for their prices
//          kPlanConflict the required arcs, minimums and quotas cannot be kept together; the message names some of them
//                        (conflict.h finds an irreducible set)
//          kCancelled    context.stop was requested, or the time was up, before any feasible choice was known
// Ties     among assignments of equal gain: the order of arcs decides (lower numbers preferred by the search), so the
//          same input gives the same answer whatever the thread count; an answer cut short by the clock need not.
// Cost     measured in docs/design/assignment.md.
// Threads  reads its arguments only; call it from several threads at once.
// Source   docs/design/assignment.md
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <optional>
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
  std::int32_t minimum = 0;
};

struct Quota {
  std::vector<std::int32_t> arcs;  // distinct
  std::int32_t minimum = 0;
  std::int32_t maximum = kUnlimited;
};

struct AssignmentProblem {
  std::vector<std::int64_t> gain;
  std::vector<std::int32_t> need_capacity;
  std::vector<std::int32_t> offering_capacity;
  std::vector<std::int32_t> need_minimum;      // empty = no need has one
  std::vector<std::int32_t> offering_minimum;  // empty = no offering has one
  std::vector<CapacityGroup> need_groups;
  std::vector<CapacityGroup> offering_groups;
  std::vector<std::int32_t> need_group;      // empty = no groups on this side
  std::vector<std::int32_t> offering_group;  // empty = no groups on this side
  std::vector<Quota> quotas;
  std::vector<std::int32_t> required;  // arcs that must be chosen
  std::vector<std::int32_t> excluded;  // arcs that must not be chosen
};

// Why the search for something better ended.
enum class Ending {
  kProven,     // the bound is reached, or within epsilon
  kGap,        // quotas cross: the best that was found, with its bound
  kTimeLimit,  // cut short by SolveOptions::time_limit: the best so far, with its bound
  kStopped,    // cut short by RunContext::stop: likewise
};

struct Assignment {
  std::vector<std::int32_t> arcs;  // chosen, ascending
  std::int64_t total_gain = 0;
  std::int64_t bound = 0;  // as worked out from the prices; no choice gains more
  Ending ending = Ending::kProven;
  double epsilon = 0;  // what the solver was asked for: kProven stands for bound - total_gain <= epsilon * bound
  std::vector<std::int64_t> need_price, offering_price, need_group_price, offering_group_price, quota_price;

  double gap() const;  // (bound - total_gain) / bound; 0 where the bound is 0
};

struct SolveOptions {
  double epsilon = 0;  // 0 = exact; else bound - total_gain <= epsilon * bound is good enough
  std::optional<std::chrono::milliseconds> time_limit;
  // An earlier answer for a problem of the same numbers of nodes and groups: the search begins at its prices and arcs.
  // Its arcs are numbers of `graph`; where the graph was built anew, Renumber() them. The answer is as good as without.
  const Assignment* warm = nullptr;
};

absl::StatusOr<Assignment> SolveAssignment(const CandidateGraph& graph, const AssignmentProblem& problem,
                                           const RunContext& context, const SolveOptions& options = {});

// The answer with the numbers that its arcs have in another graph of the same nodes; arcs that are not there are left
// out. O(arcs log degree).
Assignment Renumber(const CandidateGraph& before, const Assignment& answer, const CandidateGraph& now);

// OK, or kInternal naming the first condition of the answer that does not hold. Shares no code with the solver.
absl::Status CheckAssignment(const CandidateGraph& graph, const AssignmentProblem& problem, const Assignment& answer);

}  // namespace magpie
