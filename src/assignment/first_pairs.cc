#include "first_pairs.h"

#include <algorithm>
#include <span>
#include <utility>

#include "around.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

std::vector<std::int32_t> RequiredPairs(const CandidateGraph& graph, const AssignmentProblem& problem, Side side) {
  std::vector<std::int32_t> count(
      static_cast<std::size_t>(side == Side::kNeed ? graph.left_count() : graph.right_count()), 0);
  for (const std::int32_t a : problem.required) ++count[static_cast<std::size_t>(NodeOf(graph.arc(a), side))];
  return count;
}

// One pair a member: minimums and quotas are left out, every arc gains 1.
AssignmentProblem OnePairEach(const CandidateGraph& graph, const AssignmentProblem& problem, Side side) {
  AssignmentProblem one = problem;
  one.need_minimum.clear();
  one.offering_minimum.clear();
  one.quotas.clear();
  for (auto* groups : {&one.need_groups, &one.offering_groups}) {
    for (CapacityGroup& group : *groups) group.minimum = 0;
  }
  const std::vector<std::int32_t> required = RequiredPairs(graph, problem, side);
  auto& capacity = side == Side::kNeed ? one.need_capacity : one.offering_capacity;
  for (std::size_t n = 0; n < capacity.size(); ++n) {
    capacity[n] = required[n] > 0 ? required[n] : std::min(1, capacity[n]);
  }
  for (std::int64_t& gain : one.gain) gain = std::min<std::int64_t>(1, gain);
  return one;
}

std::vector<std::int64_t> DifferentGains(const AssignmentProblem& problem) {
  std::vector<std::int64_t> gains = problem.gain;
  std::sort(gains.begin(), gains.end());
  gains.erase(std::unique(gains.begin(), gains.end()), gains.end());
  if (!gains.empty() && gains.front() == 0) gains.erase(gains.begin());
  return gains;
}

class FirstPairSearch {
 public:
  FirstPairSearch(const CandidateGraph& graph, const AssignmentProblem& problem, Side side, const RunContext& context)
      : graph_(graph),
        problem_(problem),
        side_(side),
        context_(context),
        one_(OnePairEach(graph, problem, side)),
        required_(RequiredPairs(graph, problem, side)),
        bare_(problem.quotas.empty() && !HasMinimums(problem)) {}

  // The members that can each have a pair of at least `floor` at once.
  absl::StatusOr<std::vector<std::int32_t>> Served(std::int64_t floor) {
    AssignmentProblem one = one_;
    for (std::size_t a = 0; a < one.gain.size(); ++a) {
      if (problem_.gain[a] < floor) one.gain[a] = 0;
    }
    MAGPIE_ASSIGN_OR_RETURN(const Assignment answer, SolveToTheEnd(graph_, one, context_));
    std::vector<std::int32_t> served;
    for (const std::int32_t a : answer.arcs) {
      const std::int32_t node = NodeOf(graph_.arc(a), side_);
      if (required_[static_cast<std::size_t>(node)] == 0) served.push_back(node);
    }
    std::sort(served.begin(), served.end());
    if (bare_) return served;
    // Minimums and quotas may leave room for fewer. The sets that can be served form a matroid as long as no quota
    // crosses, so that whatever can be added one by one is the largest.
    std::vector<std::int32_t> kept;
    MAGPIE_RETURN_IF_ERROR(Add(served, floor, &kept));
    if (kept.size() < served.size()) {
      std::vector<std::int32_t> others;
      for (std::int32_t n = 0; n < static_cast<std::int32_t>(required_.size()); ++n) {
        if (required_[static_cast<std::size_t>(n)] == 0 && !std::ranges::binary_search(served, n)) others.push_back(n);
      }
      MAGPIE_RETURN_IF_ERROR(Add(others, floor, &kept));
    }
    std::sort(kept.begin(), kept.end());
    return kept;
  }

 private:
  absl::StatusOr<bool> Feasible(const std::vector<std::int32_t>& members, std::int64_t floor) {
    std::vector<std::int64_t> floors(required_.size(), 0);
    for (const std::int32_t n : members) floors[static_cast<std::size_t>(n)] = floor;
    const auto answer = SolveToTheEnd(graph_, WithFloors(graph_, problem_, side_, floors), context_);
    if (answer.ok()) return true;
    if (ReasonOf(answer.status()) == Reason::kPlanConflict) return false;
    return answer.status();
  }

  // Adds those of `members` that can be served beside `kept`: all, or by halves.
  absl::Status Add(std::span<const std::int32_t> members, std::int64_t floor, std::vector<std::int32_t>* kept) {
    if (members.empty()) return absl::OkStatus();
    std::vector<std::int32_t> both = *kept;
    both.insert(both.end(), members.begin(), members.end());
    MAGPIE_ASSIGN_OR_RETURN(const bool feasible, Feasible(both, floor));
    if (feasible) {
      *kept = std::move(both);
      return absl::OkStatus();
    }
    if (members.size() == 1) return absl::OkStatus();
    MAGPIE_RETURN_IF_ERROR(Add(members.first(members.size() / 2), floor, kept));
    return Add(members.subspan(members.size() / 2), floor, kept);
  }

  const CandidateGraph& graph_;
  const AssignmentProblem& problem_;
  const Side side_;
  const RunContext& context_;
  const AssignmentProblem one_;
  const std::vector<std::int32_t> required_;
  const bool bare_;
};

// Cuts the problem down to its choices of the largest gain, all of them and no other.
void KeepOptimal(const CandidateGraph& graph, const Assignment& optimum, AssignmentProblem* problem) {
  const auto cut = [](const std::vector<std::int64_t>& price, std::vector<std::int32_t>* capacity,
                      std::vector<std::int32_t>* minimum, const std::vector<std::int64_t>& group_price,
                      std::vector<CapacityGroup>* groups) {
    minimum->resize(capacity->size(), 0);
    for (std::size_t n = 0; n < price.size(); ++n) {
      if (price[n] > 0) (*minimum)[n] = (*capacity)[n];
      if (price[n] < 0) (*capacity)[n] = (*minimum)[n];
    }
    for (std::size_t g = 0; g < group_price.size(); ++g) {
      if (group_price[g] > 0) (*groups)[g].minimum = (*groups)[g].capacity;
      if (group_price[g] < 0) (*groups)[g].capacity = (*groups)[g].minimum;
    }
  };
  const auto sums = [](std::vector<std::int64_t> price, const std::vector<std::int32_t>& group_of,
                       const std::vector<CapacityGroup>& groups, const std::vector<std::int64_t>& group_price) {
    for (std::size_t n = 0; n < group_of.size(); ++n) {
      for (std::int32_t g = group_of[n]; g >= 0; g = groups[static_cast<std::size_t>(g)].parent) {
        price[n] += group_price[static_cast<std::size_t>(g)];
      }
    }
    return price;
  };
  const auto left = sums(optimum.need_price, problem->need_group, problem->need_groups, optimum.need_group_price);
  const auto right =
      sums(optimum.offering_price, problem->offering_group, problem->offering_groups, optimum.offering_group_price);
  std::vector<bool> settled(problem->gain.size(), false);
  for (const auto* arcs : {&problem->required, &problem->excluded}) {
    for (const std::int32_t a : *arcs) settled[static_cast<std::size_t>(a)] = true;
  }
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    const auto i = static_cast<std::size_t>(a);
    if (settled[i] || problem->gain[i] == 0) continue;
    const std::int64_t left_over = problem->gain[i] - left[static_cast<std::size_t>(graph.arc(a).left)] -
                                   right[static_cast<std::size_t>(graph.arc(a).right)];
    if (left_over < 0) problem->excluded.push_back(a);
    if (left_over > 0) problem->required.push_back(a);
  }
  cut(optimum.need_price, &problem->need_capacity, &problem->need_minimum, optimum.need_group_price,
      &problem->need_groups);
  cut(optimum.offering_price, &problem->offering_capacity, &problem->offering_minimum, optimum.offering_group_price,
      &problem->offering_groups);
}

}  // namespace

absl::StatusOr<Assignment> SolveToTheEnd(const CandidateGraph& graph, const AssignmentProblem& problem,
                                         const RunContext& context) {
  // Without progress: that of a step says nothing about the whole.
  const RunContext quiet{context.stop, {}, context.warning, context.threads};
  absl::StatusOr<Assignment> answer = SolveAssignment(graph, problem, quiet);
  if (answer.ok()) MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
  return answer;
}

bool HasMinimums(const AssignmentProblem& problem) {
  const auto minimum = [](std::int32_t m) { return m > 0; };
  const auto group_minimum = [](const CapacityGroup& group) { return group.minimum > 0; };
  return std::ranges::any_of(problem.need_minimum, minimum) || std::ranges::any_of(problem.offering_minimum, minimum) ||
         std::ranges::any_of(problem.need_groups, group_minimum) ||
         std::ranges::any_of(problem.offering_groups, group_minimum);
}

AssignmentProblem WithFloors(const CandidateGraph& graph, const AssignmentProblem& problem, Side side,
                             const std::vector<std::int64_t>& floor) {
  AssignmentProblem floored = problem;
  std::vector<Quota> quotas(floor.size());
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    const auto node = static_cast<std::size_t>(NodeOf(graph.arc(a), side));
    if (floor[node] > 0 && problem.gain[static_cast<std::size_t>(a)] >= floor[node]) quotas[node].arcs.push_back(a);
  }
  for (std::size_t n = 0; n < floor.size(); ++n) {
    if (floor[n] == 0) continue;
    quotas[n].minimum = 1;
    floored.quotas.push_back(std::move(quotas[n]));
  }
  return floored;
}

absl::StatusOr<FirstPairs> FindFirstPairs(const CandidateGraph& graph, const AssignmentProblem& problem, Side side,
                                          const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(Reduce(graph, problem).status());
  FirstPairSearch search(graph, problem, side, context);
  const std::vector<std::int64_t> gains = DifferentGains(problem);
  FirstPairs first;
  if (gains.empty()) return first;
  MAGPIE_ASSIGN_OR_RETURN(first.served, search.Served(gains.front()));
  if (first.served.empty()) return first;
  std::size_t low = 0, high = gains.size();  // gains[low] serves as many, gains[high] does not
  while (high - low > 1) {
    context.Report("fair", static_cast<std::int64_t>(gains.size() - (high - low)),
                   static_cast<std::int64_t>(gains.size()));
    const std::size_t middle = low + (high - low) / 2;
    MAGPIE_ASSIGN_OR_RETURN(std::vector<std::int32_t> served, search.Served(gains[middle]));
    if (served.size() == first.served.size()) {
      first.served = std::move(served);
      low = middle;
    } else {
      high = middle;
    }
  }
  first.fair_gain = gains[low];
  return first;
}

absl::StatusOr<LevelledPairs> FindLevels(const CandidateGraph& graph, const AssignmentProblem& problem, Side side,
                                         int levels, const RunContext& context) {
  AssignmentProblem face = OnePairEach(graph, problem, side);
  MAGPIE_ASSIGN_OR_RETURN(Assignment answer, SolveToTheEnd(graph, face, context));
  KeepOptimal(graph, answer, &face);
  const std::vector<std::int64_t> gains = DifferentGains(problem);
  LevelledPairs result;
  std::int64_t settled = 0;  // values up to here are
  // The face without the arcs whose gain lies between what is settled and `floor`.
  const auto above = [&](std::int64_t floor) {
    AssignmentProblem higher = face;
    std::vector<bool> kept(face.gain.size(), false);
    for (const auto* arcs : {&face.required, &face.excluded}) {
      for (const std::int32_t a : *arcs) kept[static_cast<std::size_t>(a)] = true;
    }
    for (std::size_t a = 0; a < kept.size(); ++a) {
      const std::int64_t gain = problem.gain[a];
      if (!kept[a] && gain > settled && gain < floor) higher.excluded.push_back(static_cast<std::int32_t>(a));
    }
    return higher;
  };
  const std::vector<std::int32_t> required = RequiredPairs(graph, problem, side);
  const auto is_member = [&](std::int32_t a) {
    return required[static_cast<std::size_t>(NodeOf(graph.arc(a), side))] == 0;
  };
  const auto settle_next = [&]() -> absl::Status {
    // The worst pair that is not settled: it can be had, and what it forces is the least that any choice forces.
    std::int64_t worst = 0;
    for (const std::int32_t a : answer.arcs) {
      const std::int64_t gain = problem.gain[static_cast<std::size_t>(a)];
      if (is_member(a) && gain > settled && (worst == 0 || gain < worst)) worst = gain;
    }
    result.all = worst == 0;
    if (result.all) return absl::OkStatus();
    // Arcs that the face requires put a lid on what can be hoped for.
    std::int64_t lid = gains.back();
    for (const std::int32_t a : face.required) {
      const std::int64_t gain = problem.gain[static_cast<std::size_t>(a)];
      if (is_member(a) && gain > settled) lid = std::min(lid, gain);
    }
    auto low = std::ranges::lower_bound(gains, worst) - gains.begin();
    auto high = std::ranges::upper_bound(gains, lid) - gains.begin();
    while (high - low > 1) {
      const auto middle = low + (high - low) / 2;
      auto better = SolveToTheEnd(graph, above(gains[static_cast<std::size_t>(middle)]), context);
      if (better.ok()) {
        answer = *std::move(better);
        low = middle;
      } else if (ReasonOf(better.status()) == Reason::kPlanConflict) {
        high = middle;
      } else {
        return better.status();
      }
    }
    const std::int64_t value = gains[static_cast<std::size_t>(low)];
    face = above(value);
    // Of all choices that have nothing worse, those that have this least often.
    for (std::size_t a = 0; a < face.gain.size(); ++a) {
      if (problem.gain[a] > 0) face.gain[a] = problem.gain[a] > value ? 2 : 1;
    }
    MAGPIE_ASSIGN_OR_RETURN(answer, SolveToTheEnd(graph, face, context));
    KeepOptimal(graph, answer, &face);
    settled = value;
    ++result.levels;
    return absl::OkStatus();
  };
  bool cut_short = false;
  for (int level = 0; level < levels && !result.all && !cut_short; ++level) {
    context.Report("levels", level, levels);
    const absl::Status status = settle_next();
    cut_short = level > 0 && ReasonOf(status) == Reason::kCancelled;
    if (!cut_short) MAGPIE_RETURN_IF_ERROR(status);
  }
  if (!result.all) {
    result.all = std::ranges::none_of(answer.arcs, [&](std::int32_t a) {
      return is_member(a) && problem.gain[static_cast<std::size_t>(a)] > settled;
    });
  }
  // Of the equally good lists, the one of the largest total.
  face.gain = problem.gain;
  if (!cut_short) {
    MAGPIE_ASSIGN_OR_RETURN(answer, SolveToTheEnd(graph, face, context));
  }
  result.floor.assign(required.size(), 0);
  for (const std::int32_t a : answer.arcs) {
    if (!is_member(a)) continue;
    result.floor[static_cast<std::size_t>(NodeOf(graph.arc(a), side))] =
        std::min(problem.gain[static_cast<std::size_t>(a)], settled);
  }
  return result;
}

}  // namespace magpie
