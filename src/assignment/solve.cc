#include <fmt/format.h>

#include <utility>

#include "flow.h"
#include "magpie/assignment/assignment.h"
#include "magpie/base/status.h"
#include "quota.h"
#include "reduced_problem.h"
#include "sparse.h"

namespace magpie {
namespace {

absl::Status CheckOptions(const AssignmentProblem& problem, const SolveOptions& options) {
  if (!(options.epsilon >= 0 && options.epsilon < 1)) {
    return MakeError(Reason::kBadArgument, "epsilon", fmt::format("{} is outside [0, 1)", options.epsilon));
  }
  const Assignment* warm = options.warm;
  if (warm != nullptr && (warm->need_price.size() != problem.need_capacity.size() ||
                          warm->offering_price.size() != problem.offering_capacity.size())) {
    return MakeError(
        Reason::kBadArgument, "warm",
        fmt::format("an answer of {} x {} nodes for a problem of {} x {}", warm->need_price.size(),
                    warm->offering_price.size(), problem.need_capacity.size(), problem.offering_capacity.size()));
  }
  return absl::OkStatus();
}

}  // namespace

double Assignment::gap() const {
  return bound == 0 ? 0 : static_cast<double>(bound - total_gain) / static_cast<double>(bound);
}

absl::StatusOr<Assignment> SolveAssignment(const CandidateGraph& graph, const AssignmentProblem& problem,
                                           const RunContext& context, const SolveOptions& options) {
  const Deadline deadline(context, options.time_limit);
  MAGPIE_ASSIGN_OR_RETURN(const ReducedProblem reduced, Reduce(graph, problem));
  if (context.cancelled()) return context.CheckCancelled();
  MAGPIE_RETURN_IF_ERROR(CheckOptions(problem, options));
  if (!problem.quotas.empty()) return SolveWithQuotas(reduced, context, options);
  const bool plain =
      reduced.needs.plain() && reduced.offerings.plain() && reduced.largest_gain <= SparseSolver::kLargestGain;
  MAGPIE_ASSIGN_OR_RETURN(ReducedAnswer found, plain ? SolveSparse(reduced, options, context, deadline)
                                                     : SolveFlow(reduced, context, deadline));
  const bool cut_short = found.ending != Ending::kProven;
  absl::StatusOr<Assignment> answer = Complete(reduced, std::move(found));
  if (!answer.ok() && cut_short) {
    return MakeError(Reason::kCancelled, "", "the search was cut short before the minimums were known to be kept");
  }
  if (answer.ok()) answer->epsilon = options.epsilon;
  return answer;
}

Assignment Renumber(const CandidateGraph& before, const Assignment& answer, const CandidateGraph& now) {
  Assignment moved = answer;
  moved.arcs.clear();
  for (std::int32_t a : answer.arcs) {
    const std::int32_t arc = now.FindArc(before.arc(a).left, before.arc(a).right);
    if (arc >= 0) moved.arcs.push_back(arc);
  }
  return moved;
}

}  // namespace magpie
