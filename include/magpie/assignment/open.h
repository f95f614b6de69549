// Why a listing stayed without a match and what came nearest; why one pair was left out.
//
// Terms    a limit bars a pair where it is full and one place more would be worth having (price > 0).
// Shapes   nodes and arcs are those of the graph that the answer belongs to (assignment.h).
// Errors   none of the answer: it is one that CheckAssignment accepts.
// Ties     the lower arc number.
// Cost     O(A + L + R + arcs of all quotas).
// Threads  reads its arguments only; call it from several threads at once.
// Source   docs/design/assignment.md
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/assignment/constraint.h"

namespace magpie {

enum class OpenReason {
  kNoCandidate,     // no pair of it was worth scoring, or all were rejected
  kBelowThreshold,  // its best pair lies below the threshold for a match
  kNoCapacity,      // its own capacity (or its party's) is 0 or was used up
  kPartnersTaken,   // every candidate partner was given to pairs that gain more
  kExcluded,        // all its candidates are excluded
  kQuotaFull,       // it and the nearest partner have room, but a quota for such pairs is used up
};
std::string_view OpenReasonName(OpenReason reason);  // "PARTNERS_TAKEN"

// A listing without a match, why, and the pair that came nearest (-1 = none). For kPartnersTaken, kNoCapacity and
// kQuotaFull it is the pair that falls least short of its price, by `shortfall` = P(left) + P(right) + Q(arc) - gain
// (0 = it ties with what was chosen, or the answer is not proven); for kBelowThreshold and kExcluded it is the best
// pair, and shortfall is 0.
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

enum class LeftOutReason {
  kChosen,          // it is not left out
  kExcluded,        // the organiser excluded it
  kBelowThreshold,  // its gain is 0
  kNeedFull,        // the need, or a group around it, has its places taken by pairs worth more
  kOfferingFull,    // the offering, or a group around it, likewise
  kBothFull,
  kQuotaFull,  // both have room, a quota is full
  kNotProven,  // nothing bars it: the search was cut short, or quotas cross
};
std::string_view LeftOutReasonName(LeftOutReason reason);  // "NEED_FULL"

// Why one pair is not in the answer.
struct LeftOut {
  std::int32_t arc = -1;
  LeftOutReason reason = LeftOutReason::kChosen;
  std::int64_t gain = 0;       // by full_gain
  std::int64_t price = 0;      // P(left) + P(right) + Q(arc): what a pair there has to gain
  std::int64_t shortfall = 0;  // how much more it would have to gain, >= 0; for kBelowThreshold and kExcluded too
  // The limits that bar it, the dearest first, and what one place more there is worth at most, each.
  std::vector<PlanConstraint> bars;
  std::vector<std::int64_t> bar_price;
  // The chosen pairs that stand before it: those of the need (or of the group around it that bars) and those of the
  // offering (likewise), largest gain first. Empty where that side has room.
  std::vector<std::int32_t> before_need, before_offering;
};
// kBadArgument for a number that is no arc.
absl::StatusOr<LeftOut> ExplainLeftOut(const CandidateGraph& graph, const AssignmentProblem& problem,
                                       const Assignment& answer, std::int32_t arc,
                                       std::span<const std::int64_t> full_gain = {});

// "Need 2 with offering 0 was left out: offering 0 takes at most 2 matches, and these stand before it: need 0 with
// offering 0 (0.910), need 1 with offering 0 (0.900). It would have to gain 0.030 more." `gain` are the problem's gains.
std::string LeftOutText(const CandidateGraph& graph, const LeftOut& pair, std::span<const std::int64_t> gain,
                        Language language, const ConstraintNames& names = {});

}  // namespace magpie
