#include "magpie/assignment/kept.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "deadline.h"
#include "magpie/base/status.h"
#include "reduced_problem.h"
#include "sparse.h"

namespace magpie {

static_assert(kMaxKeptGain == SparseSolver::kLargestGain);

struct KeptAssignment::State {
  AssignmentProblem problem;
  ReducedProblem reduced;  // of `problem`; its closed arcs are open here, for capacities may rise
  RunContext no_context;
  Deadline no_deadline{no_context, std::nullopt};
  std::optional<SparseSolver> solver;
  std::vector<bool> excluded;
  std::vector<std::int32_t> broken;  // nodes around the changes since the last Solve
  bool all_broken = true;            // the last one was cut short, or there was none

  absl::Status SetCapacity(std::int32_t node, std::int32_t capacity, std::vector<std::int32_t>* capacities,
                           SideView* side, std::int32_t first_node);
};

// `side` has the capacities beside what required arcs take; first_node is the number of the side's first node.
absl::Status KeptAssignment::State::SetCapacity(std::int32_t node, std::int32_t capacity,
                                                std::vector<std::int32_t>* capacities, SideView* side,
                                                std::int32_t first_node) {
  if (node < 0 || static_cast<std::size_t>(node) >= capacities->size() || capacity < 0) {
    return MakeError(Reason::kBadArgument, "capacity",
                     fmt::format("a capacity of {} for {} {} of {}", capacity, side->name, node, capacities->size()));
  }
  const auto n = static_cast<std::size_t>(node);
  const std::int32_t required = (*capacities)[n] - side->capacity[n];
  if (capacity < required) {
    return MakeError(
        Reason::kPlanConflict, "capacity",
        fmt::format("a capacity of {} for {} {}, which has {} required pairs", capacity, side->name, node, required));
  }
  (*capacities)[n] = capacity;
  side->capacity[n] = capacity - required;
  solver->SetCapacity(first_node + node, capacity - required, &broken);
  return absl::OkStatus();
}

KeptAssignment::KeptAssignment(std::unique_ptr<State> state) : state_(std::move(state)) {}
KeptAssignment::~KeptAssignment() = default;

const AssignmentProblem& KeptAssignment::problem() const {
  return state_->problem;
}

absl::StatusOr<std::unique_ptr<KeptAssignment>> KeptAssignment::Make(const CandidateGraph& graph,
                                                                     AssignmentProblem problem,
                                                                     const RunContext& context) {
  auto state = std::make_unique<State>();
  state->problem = std::move(problem);
  MAGPIE_ASSIGN_OR_RETURN(state->reduced, Reduce(graph, state->problem));
  ReducedProblem& reduced = state->reduced;
  if (!reduced.needs.plain() || !reduced.offerings.plain() || !state->problem.quotas.empty()) {
    return MakeError(Reason::kBadArgument, "problem",
                     "groups, minimums and quotas cannot be kept ready; use SolveAssignment");
  }
  if (reduced.largest_gain > kMaxKeptGain) {
    return MakeError(Reason::kLimitExceeded, "gain",
                     fmt::format("a gain of {}; the largest is {}", reduced.largest_gain, kMaxKeptGain));
  }
  state->excluded.assign(reduced.kind.size(), false);
  for (std::int32_t a : state->problem.excluded) state->excluded[static_cast<std::size_t>(a)] = true;
  const Deadline deadline(context, std::nullopt);
  state->solver.emplace(reduced, context, deadline, true);
  const auto ending = state->solver->Auction(AuctionStep(reduced, 0));
  state->solver->Watch(state->no_context, state->no_deadline);
  if (ending) return context.CheckCancelled();
  auto kept = std::unique_ptr<KeptAssignment>(new KeptAssignment(std::move(state)));
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {  // the auction has no place for closed nodes, repairs have
    if (reduced.KindOf(a) == ArcKind::kClosed) MAGPIE_RETURN_IF_ERROR(kept->SetGain(a, reduced.gain(a)));
  }
  return kept;
}

absl::Status KeptAssignment::SetGain(std::int32_t arc, std::int64_t gain) {
  ReducedProblem& reduced = state_->reduced;
  if (arc < 0 || arc >= reduced.graph->arc_count() || gain < 0) {
    return MakeError(Reason::kBadArgument, "gain",
                     fmt::format("a gain of {} for arc {} of {}", gain, arc, reduced.graph->arc_count()));
  }
  if (gain > kMaxKeptGain) {
    return MakeError(Reason::kLimitExceeded, "gain",
                     fmt::format("a gain of {}; the largest is {}", gain, kMaxKeptGain));
  }
  const auto a = static_cast<std::size_t>(arc);
  state_->problem.gain[a] = gain;
  if (state_->excluded[a] || reduced.kind[a] == ArcKind::kRequired) return absl::OkStatus();
  reduced.kind[a] = gain > 0 ? ArcKind::kOpen : ArcKind::kUnused;
  state_->solver->SetGain(arc, static_cast<std::int32_t>(gain), &state_->broken);
  return absl::OkStatus();
}

absl::Status KeptAssignment::SetNeedCapacity(std::int32_t need, std::int32_t capacity) {
  return state_->SetCapacity(need, capacity, &state_->problem.need_capacity, &state_->reduced.needs, 0);
}

absl::Status KeptAssignment::SetOfferingCapacity(std::int32_t offering, std::int32_t capacity) {
  return state_->SetCapacity(offering, capacity, &state_->problem.offering_capacity, &state_->reduced.offerings,
                             state_->reduced.graph->left_count());
}

absl::StatusOr<Assignment> KeptAssignment::Solve(const RunContext& context,
                                                 std::optional<std::chrono::milliseconds> time_limit) {
  const Deadline deadline(context, time_limit);
  SparseSolver& solver = *state_->solver;
  solver.Watch(context, deadline);
  const auto ending = state_->all_broken ? solver.Repair() : solver.RepairAround(state_->broken);
  solver.Watch(state_->no_context, state_->no_deadline);
  if (ending) solver.Settle();
  state_->all_broken = ending.has_value();
  state_->broken.clear();
  ReducedAnswer answer = solver.Answer(ending.value_or(Ending::kProven));
  answer.tight = !ending;
  return Complete(state_->reduced, std::move(answer));
}

}  // namespace magpie
