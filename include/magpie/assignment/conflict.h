// Finds out why a problem cannot be solved at all: constraints that cannot be kept together, none of them superfluous.
//
// Answer   an irreducible set: no choice of pairs keeps all of it, and every set with one constraint less can be kept.
//          There may be other such sets; solve again after changing this one. Pairs that are no candidates, or whose
//          gain is 0 without their being required, can never be chosen; that is given, not a constraint of the set.
// Method   without quotas exact: a circulation with lower bounds, whose violated cut (Hoffman) is filtered one constraint
//          after the other. Quotas that cross make the question hard (NP-complete): a search over single pairs within
//          kMostConflictSteps steps; where it ends without an answer the set is still one that cannot be kept, as far as it
//          is known, but `irreducible` is false.
// Errors   those of SolveAssignment (a minimum above its own capacity is kBadArgument), but never kPlanConflict
// Ties     by the order of PlanConstraint's kinds and numbers: same input, same set.
// Cost     a few flows; measured in docs/design/assignment.md.
// Threads  reads its arguments only.
// Source   Hoffman, Some recent applications of the theory of linear inequalities (1960); Chinneck, Feasibility and
//          Infeasibility in Optimization (2008), deletion filter; Junker, QuickXplain (2004)
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/assignment/constraint.h"

namespace magpie {

inline constexpr std::int64_t kMostConflictSteps = 20'000;  // a few seconds at 1,000 x 1,000

struct Conflict {
  std::vector<PlanConstraint> constraints;  // by kind, then index; empty = the problem can be solved
  bool irreducible = true;
  // The arithmetic behind it, where no quota takes part: the minimums and required pairs of the set ask for `asked`
  // matches at one place, and its limits, with the candidates that are left, allow only `allowed`.
  std::int64_t asked = 0, allowed = 0;
};

absl::StatusOr<Conflict> FindConflict(const CandidateGraph& graph, const AssignmentProblem& problem,
                                      const RunContext& context = {});

// A few sentences: what cannot be kept together, and what to do. "" for an empty conflict.
std::string ConflictText(const CandidateGraph& graph, const Conflict& conflict, Language language,
                         const ConstraintNames& names = {});

}  // namespace magpie
