#include "magpie/assignment/what_if.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

#include "answer_view.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

std::size_t Index(std::int32_t i) {
  return static_cast<std::size_t>(i);
}

// All relaxations that the prices do not rule out, with what they can gain at most.
class Candidates {
 public:
  Candidates(const AnswerView& view, std::span<const std::int64_t> full_gain) : slack_(view.answer().bound) {
    const AssignmentProblem& problem = view.problem();
    const Assignment& answer = view.answer();
    slack_ -= answer.total_gain;
    AddSide(answer.need_price, problem.need_capacity, problem.need_minimum, PlanConstraintKind::kNeedCapacity,
            PlanConstraintKind::kNeedMinimum);
    AddSide(answer.offering_price, problem.offering_capacity, problem.offering_minimum,
            PlanConstraintKind::kOfferingCapacity, PlanConstraintKind::kOfferingMinimum);
    AddGroups(answer.need_group_price, problem.need_groups, PlanConstraintKind::kNeedGroupCapacity,
              PlanConstraintKind::kNeedGroupMinimum);
    AddGroups(answer.offering_group_price, problem.offering_groups, PlanConstraintKind::kOfferingGroupCapacity,
              PlanConstraintKind::kOfferingGroupMinimum);
    for (std::size_t q = 0; q < problem.quotas.size(); ++q) {
      AddLimits(q, answer.quota_price[q], problem.quotas[q].maximum, problem.quotas[q].minimum,
                PlanConstraintKind::kQuotaMaximum, PlanConstraintKind::kQuotaMinimum);
    }
    for (std::int32_t a : problem.required) {
      Add(PlanConstraintKind::kRequired, Index(a), 0, view.PriceOf(a) - view.gain(a));
    }
    for (std::int32_t a : problem.excluded) {
      if (view.gain(a) > 0) Add(PlanConstraintKind::kExcluded, Index(a), 0, view.gain(a) - view.PriceOf(a));
    }
    for (std::size_t a = 0; a < full_gain.size(); ++a) {
      const auto arc = static_cast<std::int32_t>(a);
      if (view.gain(arc) > 0 || full_gain[a] == 0 || view.excluded(arc) || view.required(arc)) continue;
      Add(PlanConstraintKind::kThreshold, a, full_gain[a], full_gain[a] - view.PriceOf(arc));
    }
    std::sort(list_.begin(), list_.end(), [](const Relaxation& a, const Relaxation& b) {
      return std::tie(b.at_most, a.constraint.kind, a.constraint.index) <
             std::tie(a.at_most, b.constraint.kind, b.constraint.index);
    });
  }

  const std::vector<Relaxation>& list() const { return list_; }

 private:
  void Add(PlanConstraintKind kind, std::size_t index, std::int64_t amount, std::int64_t worth) {
    Relaxation relaxation;
    relaxation.constraint = {kind, static_cast<std::int32_t>(index), amount};
    relaxation.at_most = slack_ + std::max<std::int64_t>(0, worth);
    if (relaxation.at_most > 0) list_.push_back(std::move(relaxation));
  }

  // A place more is worth a price above 0 at most, a place less asked for a price below 0.
  void AddLimits(std::size_t index, std::int64_t price, std::int32_t capacity, std::int32_t minimum,
                 PlanConstraintKind capacity_kind, PlanConstraintKind minimum_kind) {
    if (capacity < kUnlimited) Add(capacity_kind, index, capacity, price);
    if (minimum > 0) Add(minimum_kind, index, minimum, -price);
  }

  void AddSide(const std::vector<std::int64_t>& price, const std::vector<std::int32_t>& capacity,
               const std::vector<std::int32_t>& minimum, PlanConstraintKind capacity_kind,
               PlanConstraintKind minimum_kind) {
    for (std::size_t n = 0; n < capacity.size(); ++n) {
      AddLimits(n, price[n], capacity[n], minimum.empty() ? 0 : minimum[n], capacity_kind, minimum_kind);
    }
  }

  void AddGroups(const std::vector<std::int64_t>& price, const std::vector<CapacityGroup>& groups,
                 PlanConstraintKind capacity_kind, PlanConstraintKind minimum_kind) {
    for (std::size_t g = 0; g < groups.size(); ++g) {
      AddLimits(g, price[g], groups[g].capacity, groups[g].minimum, capacity_kind, minimum_kind);
    }
  }

  std::int64_t slack_;  // of an answer that is not proven
  std::vector<Relaxation> list_;
};

// Solves relaxed problems with gains scaled by `factor`, plus 1 for each pair of the old answer: of answers of the same
// total the one with most old pairs is best.
class Resolver {
 public:
  Resolver(const CandidateGraph& graph, const AssignmentProblem& problem, const Assignment& answer)
      : graph_(graph), scaled_(problem), warm_(answer) {
    const auto pairs = static_cast<std::int64_t>(answer.arcs.size());
    const std::int64_t largest = problem.gain.empty() ? 0 : *std::max_element(problem.gain.begin(), problem.gain.end());
    __int128 sum = 0;
    for (std::int64_t gain : problem.gain) sum += gain;
    // Gains too large to be scaled are solved as they are; then ties may move pairs that need not move.
    if (largest < kMaxGain / (pairs + 2) &&
        (sum + kMaxGain) * (pairs + 2) < std::numeric_limits<std::int64_t>::max() / 2) {
      factor_ = pairs + 1;
    }
    if (factor_ == 1) return;
    for (std::int64_t& gain : scaled_.gain) gain *= factor_;
    for (std::int32_t a : answer.arcs) {
      // A required pair stands by itself, and one without gain must not become worth choosing.
      if (problem.gain[Index(a)] > 0) ++scaled_.gain[Index(a)];
    }
    for (auto* prices : {&warm_.need_price, &warm_.offering_price, &warm_.need_group_price, &warm_.offering_group_price,
                         &warm_.quota_price}) {
      for (std::int64_t& price : *prices) price *= factor_;
    }
  }

  absl::StatusOr<Assignment> Solve(PlanConstraint constraint, std::optional<std::chrono::milliseconds> time_limit,
                                   const RunContext& context) const {
    constraint.amount *= constraint.kind == PlanConstraintKind::kThreshold ? factor_ : 1;
    const AssignmentProblem relaxed = Relax(scaled_, constraint);
    SolveOptions options;
    options.time_limit = time_limit;
    options.warm = &warm_;
    MAGPIE_ASSIGN_OR_RETURN(Assignment found, SolveAssignment(graph_, relaxed, context, options));
    MAGPIE_RETURN_IF_ERROR(CheckAssignment(graph_, relaxed, found));
    return found;
  }

 private:
  const CandidateGraph& graph_;
  AssignmentProblem scaled_;
  Assignment warm_;
  std::int64_t factor_ = 1;
};

// The nodes that occur in `arcs` and not in `others`.
std::vector<std::int32_t> OnlyIn(const CandidateGraph& graph, const std::vector<std::int32_t>& arcs,
                                 const std::vector<std::int32_t>& others, std::int32_t Arc::*end) {
  const auto ends = [&](const std::vector<std::int32_t>& list) {
    std::vector<std::int32_t> nodes;
    for (std::int32_t a : list) nodes.push_back(graph.arc(a).*end);
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    return nodes;
  };
  const std::vector<std::int32_t> mine = ends(arcs), theirs = ends(others);
  std::vector<std::int32_t> only;
  std::set_difference(mine.begin(), mine.end(), theirs.begin(), theirs.end(), std::back_inserter(only));
  return only;
}

void FillDifference(const CandidateGraph& graph, const std::vector<std::int32_t>& before,
                    const std::vector<std::int32_t>& now, Relaxation* relaxation) {
  std::set_difference(now.begin(), now.end(), before.begin(), before.end(), std::back_inserter(relaxation->came));
  std::set_difference(before.begin(), before.end(), now.begin(), now.end(), std::back_inserter(relaxation->went));
  relaxation->needs_served = OnlyIn(graph, now, before, &Arc::left);
  relaxation->needs_lost = OnlyIn(graph, before, now, &Arc::left);
  relaxation->offerings_served = OnlyIn(graph, now, before, &Arc::right);
  relaxation->offerings_lost = OnlyIn(graph, before, now, &Arc::right);
}

}  // namespace

AssignmentProblem Relax(AssignmentProblem problem, const PlanConstraint& constraint) {
  const std::size_t i = Index(constraint.index);
  switch (constraint.kind) {
    case PlanConstraintKind::kNeedCapacity:
      ++problem.need_capacity[i];
      break;
    case PlanConstraintKind::kOfferingCapacity:
      ++problem.offering_capacity[i];
      break;
    case PlanConstraintKind::kNeedGroupCapacity:
      ++problem.need_groups[i].capacity;
      break;
    case PlanConstraintKind::kOfferingGroupCapacity:
      ++problem.offering_groups[i].capacity;
      break;
    case PlanConstraintKind::kNeedMinimum:
      --problem.need_minimum[i];
      break;
    case PlanConstraintKind::kOfferingMinimum:
      --problem.offering_minimum[i];
      break;
    case PlanConstraintKind::kNeedGroupMinimum:
      --problem.need_groups[i].minimum;
      break;
    case PlanConstraintKind::kOfferingGroupMinimum:
      --problem.offering_groups[i].minimum;
      break;
    case PlanConstraintKind::kQuotaMaximum:
      ++problem.quotas[i].maximum;
      break;
    case PlanConstraintKind::kQuotaMinimum:
      --problem.quotas[i].minimum;
      break;
    case PlanConstraintKind::kRequired:
      std::erase(problem.required, constraint.index);
      break;
    case PlanConstraintKind::kExcluded:
      std::erase(problem.excluded, constraint.index);
      break;
    case PlanConstraintKind::kThreshold:
      problem.gain[i] = constraint.amount;
      break;
  }
  return problem;
}

absl::StatusOr<WhatIfAnswer> AskWhatIf(const CandidateGraph& graph, const AssignmentProblem& problem,
                                       const Assignment& answer, const WhatIfOptions& options,
                                       const RunContext& context) {
  if (!options.full_gain.empty() && options.full_gain.size() != problem.gain.size()) {
    return MakeError(Reason::kBadArgument, "full_gain",
                     fmt::format("{} gains for {} arcs", options.full_gain.size(), problem.gain.size()));
  }
  const auto begin = std::chrono::steady_clock::now();
  // Of what is not proven the relaxed problem may gain by better search alone: the same search without relaxation is
  // what it is measured by.
  Assignment base = answer;
  if (base.bound > base.total_gain) {
    SolveOptions again;
    again.warm = &answer;
    again.time_limit = options.time_limit;
    absl::StatusOr<Assignment> found = SolveAssignment(graph, problem, context, again);
    if (!found.ok() && ReasonOf(found.status()) == Reason::kCancelled) return WhatIfAnswer{.cut_short = true};
    if (!found.ok()) return found.status();
    if (found->total_gain >= base.total_gain) base = *std::move(found);
  }
  const AnswerView view(graph, problem, base);
  const std::vector<Relaxation> candidates = Candidates(view, options.full_gain).list();
  const Resolver resolver(graph, problem, base);
  WhatIfAnswer result;
  result.considered = static_cast<std::int32_t>(candidates.size());
  std::vector<std::int64_t> gains;  // confirmed, descending
  std::size_t next = 0;
  const auto most_reported = static_cast<std::size_t>(std::max(0, options.most_reported));
  for (; next < candidates.size() && result.solved < options.most_solved; ++next) {
    const bool settled =
        most_reported == 0 || (gains.size() >= most_reported && gains[most_reported - 1] >= candidates[next].at_most);
    if (settled) break;
    std::optional<std::chrono::milliseconds> left;
    if (options.time_limit) {
      left = *options.time_limit -
             std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    }
    if (context.cancelled() || (left && left->count() <= 0)) {
      result.cut_short = true;
      break;
    }
    context.Report("what-if", result.solved, options.most_solved);
    const absl::StatusOr<Assignment> found = resolver.Solve(candidates[next].constraint, left, context);
    const bool unfinished = found.ok() ? found->ending == Ending::kStopped || found->ending == Ending::kTimeLimit
                                       : ReasonOf(found.status()) == Reason::kCancelled;
    if (unfinished) {
      result.cut_short = true;
      break;
    }
    if (!found.ok()) return found.status();
    ++result.solved;
    Relaxation relaxation = candidates[next];
    for (std::int32_t a : found->arcs) {
      const bool let_in =
          relaxation.constraint.kind == PlanConstraintKind::kThreshold && a == relaxation.constraint.index;
      relaxation.gain += let_in ? relaxation.constraint.amount : view.gain(a);
    }
    relaxation.gain -= base.total_gain;
    if (relaxation.gain <= 0) continue;
    FillDifference(graph, base.arcs, found->arcs, &relaxation);
    gains.insert(std::upper_bound(gains.begin(), gains.end(), relaxation.gain, std::greater<>()), relaxation.gain);
    result.relaxations.push_back(std::move(relaxation));
  }
  result.rest_at_most = next < candidates.size() ? candidates[next].at_most : 0;
  std::stable_sort(result.relaxations.begin(), result.relaxations.end(),
                   [](const Relaxation& a, const Relaxation& b) { return a.gain > b.gain; });
  if (result.relaxations.size() > most_reported) result.relaxations.resize(most_reported);
  return result;
}

}  // namespace magpie
