// What if: what each constraint costs, and which single relaxation would bring whom a partner.
//
// Terms    a relaxation is one place more for a need, an offering, a group or a quota; a minimum one lower; an excluded
//          pair allowed; a required pair set free; a pair below the threshold let in.
// Method   by weak duality the prices of the answer bound what each relaxation can gain; one pass ranks all of them. The
//          best are solved again, and what is reported is the true difference. Of equally good new answers the one that
//          keeps most of the old pairs is taken, so that who loses a partner loses it for this gain.
// Answer   relaxations that gain something, largest first. Nothing that was not solved again gains more than
//          `rest_at_most`; with 0 there the list is complete. Where the answer is not proven (quotas that cross, a
//          search cut short, another objective than the total) the problem is first solved again as it is, for the
//          total, and the differences are from that.
// Errors   those of SolveAssignment; kInternal if a new answer fails its check
// Stop     context.stop and options.time_limit end the re-solving; what is confirmed by then is given, cut_short is set.
// Ties     by kind and number of the constraint: same input, same answer, unless cut short.
// Cost     O(A) and at most options.most_solved re-solves that begin at the answer's prices
// Threads  reads its arguments only.
// Source   docs/design/assignment.md
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/assignment/constraint.h"

namespace magpie {

struct WhatIfOptions {
  std::int32_t most_reported = 10;
  std::int32_t most_solved = 40;  // re-solves; it ends earlier once nothing left can be among the most_reported
  std::optional<std::chrono::milliseconds> time_limit;
  // Gains before those below the threshold were set to 0; empty = no pair was. Pairs with gain 0 here stay out.
  std::span<const std::int64_t> full_gain;
};

struct Relaxation {
  PlanConstraint constraint;             // what is relaxed, as it is now
  std::int64_t at_most = 0;              // what it can gain, by the prices
  std::int64_t gain = 0;                 // what it does gain, total of all pairs, confirmed
  std::vector<std::int32_t> came, went;  // arcs that are chosen only with it, only without it; ascending
  // Listings that were open and get a partner by it; that had one and have none with it. Ascending.
  std::vector<std::int32_t> needs_served, offerings_served, needs_lost, offerings_lost;
};

struct WhatIfAnswer {
  std::vector<Relaxation> relaxations;  // gain > 0, by gain descending
  std::int32_t considered = 0;          // that the prices do not rule out
  std::int32_t solved = 0;
  std::int64_t rest_at_most = 0;
  bool cut_short = false;
};

absl::StatusOr<WhatIfAnswer> AskWhatIf(const CandidateGraph& graph, const AssignmentProblem& problem,
                                       const Assignment& answer, const WhatIfOptions& options = {},
                                       const RunContext& context = {});

// The problem with one constraint relaxed. For kThreshold the pair gets constraint.amount as its gain.
AssignmentProblem Relax(AssignmentProblem problem, const PlanConstraint& constraint);

// "One place more for offering 3 (now 2) would bring 0.830 in total; a partner for need 5; none any more for need 7."
// `names` is asked about listings by constraints of kind kNeedCapacity and kOfferingCapacity.
std::string RelaxationText(const CandidateGraph& graph, const Relaxation& relaxation, Language language,
                           const ConstraintNames& names = {});

}  // namespace magpie
