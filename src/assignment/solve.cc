#include <utility>

#include "flow.h"
#include "magpie/assignment/assignment.h"
#include "magpie/base/status.h"
#include "quota.h"
#include "reduced_problem.h"

namespace magpie {

double Assignment::gap() const {
  return bound == 0 ? 0 : static_cast<double>(bound - total_gain) / static_cast<double>(bound);
}

absl::StatusOr<Assignment> SolveAssignment(const CandidateGraph& graph, const AssignmentProblem& problem,
                                           const RunContext& context, const SolveOptions& options) {
  const Deadline deadline(context, options.time_limit);
  MAGPIE_ASSIGN_OR_RETURN(const ReducedProblem reduced, Reduce(graph, problem));
  if (context.cancelled()) return context.CheckCancelled();
  if (!problem.quotas.empty()) return SolveWithQuotas(reduced, context, options);
  MAGPIE_ASSIGN_OR_RETURN(ReducedAnswer found, SolveFlow(reduced, context, deadline));
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
