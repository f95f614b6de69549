#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "components.h"
#include "flow.h"
#include "magpie/assignment/assignment.h"
#include "magpie/assignment/dense.h"
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

// Whether the open arcs are one to one and fill at least a quarter of the matrix of the open nodes.
bool IsDense(const ReducedProblem& reduced) {
  const auto open = [](const SideView& side) {
    std::int64_t count = 0;
    for (std::int32_t capacity : side.capacity) {
      if (capacity > 1) return std::int64_t{-1};
      count += capacity;
    }
    return count;
  };
  const std::int64_t rows = open(reduced.needs), columns = open(reduced.offerings);
  return rows > 0 && columns > 0 && reduced.largest_gain <= kMaxDenseGain && rows * columns / 4 <= reduced.open_count;
}

absl::StatusOr<ReducedAnswer> SolveAsMatrix(const ReducedProblem& reduced, const SolveOptions& options,
                                            const RunContext& context) {
  const CandidateGraph& graph = *reduced.graph;
  const auto number_open = [](const SideView& side, std::vector<std::int32_t>* number) {
    std::int32_t next = 0;
    for (std::int32_t capacity : side.capacity) number->push_back(capacity > 0 ? next++ : -1);
    return next;
  };
  std::vector<std::int32_t> row_of, column_of;
  const std::int32_t rows = number_open(reduced.needs, &row_of);
  const std::int32_t columns = number_open(reduced.offerings, &column_of);
  std::vector<std::int32_t> gain(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns), 0);
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    if (reduced.KindOf(a) != ArcKind::kOpen) continue;
    const auto row = static_cast<std::size_t>(row_of[static_cast<std::size_t>(graph.arc(a).left)]);
    const auto column = static_cast<std::size_t>(column_of[static_cast<std::size_t>(graph.arc(a).right)]);
    gain[row * static_cast<std::size_t>(columns) + column] = static_cast<std::int32_t>(reduced.gain(a));
  }
  MAGPIE_ASSIGN_OR_RETURN(const DenseAssignment dense,
                          SolveDense(gain, rows, columns, context, {.time_limit = options.time_limit}));
  ReducedAnswer answer;
  answer.ending = dense.ending;
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    if (reduced.KindOf(a) != ArcKind::kOpen) continue;
    const auto row = static_cast<std::size_t>(row_of[static_cast<std::size_t>(graph.arc(a).left)]);
    if (dense.column_of_row[row] == column_of[static_cast<std::size_t>(graph.arc(a).right)]) answer.arcs.push_back(a);
  }
  const auto spread = [](const std::vector<std::int32_t>& price, const std::vector<std::int32_t>& number) {
    std::vector<std::int64_t> all(number.size(), 0);
    for (std::size_t n = 0; n < number.size(); ++n) {
      if (number[n] >= 0) all[n] = price[static_cast<std::size_t>(number[n])];
    }
    return all;
  };
  answer.need_price = spread(dense.row_price, row_of);
  answer.offering_price = spread(dense.column_price, column_of);
  return answer;
}

absl::StatusOr<ReducedAnswer> SolveReduced(const ReducedProblem& reduced, const SolveOptions& options,
                                           const RunContext& context, const Deadline& deadline) {
  if (!reduced.needs.plain() || !reduced.offerings.plain() || reduced.largest_gain > SparseSolver::kLargestGain) {
    return SolveFlow(reduced, context, deadline);
  }
  if (IsDense(reduced)) return SolveAsMatrix(reduced, options, context);
  return SolveSparse(reduced, options, context, deadline);
}

// The whole at once.
absl::StatusOr<Assignment> SolveWhole(const ReducedProblem& reduced, const SolveOptions& options,
                                      const RunContext& context, const Deadline& deadline) {
  if (!reduced.problem->quotas.empty()) return SolveWithQuotas(reduced, context, options);
  MAGPIE_ASSIGN_OR_RETURN(ReducedAnswer found, SolveReduced(reduced, options, context, deadline));
  const bool cut_short = found.ending != Ending::kProven;
  absl::StatusOr<Assignment> answer = Complete(reduced, std::move(found));
  if (!answer.ok() && cut_short) {
    return MakeError(Reason::kCancelled, "", "the search was cut short before the minimums were known to be kept");
  }
  if (answer.ok()) answer->epsilon = options.epsilon;
  return answer;
}

// Part by part, on context.threads threads. An error speaks of a part's own numbers: the caller asks the whole for it.
absl::StatusOr<Assignment> SolveParts(const ReducedProblem& reduced, const std::vector<ProblemPart>& parts,
                                      const SolveOptions& options, const RunContext& context,
                                      const Deadline& deadline) {
  std::vector<Assignment> answers(parts.size());
  std::atomic<std::int64_t> done = 0;
  // Stops reach the solvers, who then give what they have; the loop itself goes to its end.
  const RunContext quiet{context.stop, {}, context.warning, 1};
  const RunContext loop{{}, {}, {}, context.threads};
  MAGPIE_RETURN_IF_ERROR(ParallelFor(
      loop, static_cast<std::int64_t>(parts.size()), 1, [&](std::int64_t begin, std::int64_t end) -> absl::Status {
        for (std::int64_t p = begin; p < end; ++p) {
          const ProblemPart& part = parts[static_cast<std::size_t>(p)];
          MAGPIE_ASSIGN_OR_RETURN(const ReducedProblem of_part, Reduce(part.graph, part.problem));
          SolveOptions of_part_options = options;
          of_part_options.time_limit = deadline.Left();
          const Deadline part_deadline(quiet, of_part_options.time_limit);
          MAGPIE_ASSIGN_OR_RETURN(answers[static_cast<std::size_t>(p)],
                                  SolveWhole(of_part, of_part_options, quiet, part_deadline));
          context.Report("assign", ++done, static_cast<std::int64_t>(parts.size()));
        }
        return absl::OkStatus();
      }));
  const AssignmentProblem& problem = *reduced.problem;
  Assignment whole;
  whole.epsilon = options.epsilon;
  whole.need_price.assign(problem.need_capacity.size(), 0);
  whole.offering_price.assign(problem.offering_capacity.size(), 0);
  whole.need_group_price.assign(problem.need_groups.size(), 0);
  whole.offering_group_price.assign(problem.offering_groups.size(), 0);
  whole.quota_price.assign(problem.quotas.size(), 0);
  for (std::size_t p = 0; p < parts.size(); ++p) AddPart(parts[p], answers[p], &whole);
  std::sort(whole.arcs.begin(), whole.arcs.end());
  return whole;
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
  MAGPIE_RETURN_IF_ERROR(CheckQuotas(graph, problem));
  if (options.warm == nullptr) {
    if (const std::vector<ProblemPart> parts = SplitProblem(reduced); !parts.empty()) {
      absl::StatusOr<Assignment> answer = SolveParts(reduced, parts, options, context, deadline);
      if (answer.ok()) return answer;
    }
  }
  return SolveWhole(reduced, options, context, deadline);
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
