#include "magpie/assignment/objective.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "around.h"
#include "first_pairs.h"
#include "magpie/base/status.h"
#include "welfare.h"

namespace magpie {
namespace {

constexpr int kShareRounds = 20;

absl::Status CheckOptions(const CandidateGraph& graph, const ObjectiveOptions& options) {
  const auto bad = [](std::string_view field, const std::string& message) {
    return MakeError(Reason::kBadArgument, field, message);
  };
  if (!(options.dial >= 0 && options.dial <= 1)) {
    return bad("dial", fmt::format("{} is outside [0, 1]", options.dial));
  }
  if (options.dial > 0 && options.objective != Objective::kTotal) {
    return bad("dial", "the dial goes with the objective total only; leave it at 0");
  }
  if (options.levels < 1) return bad("levels", fmt::format("{}; at least 1", options.levels));
  if (options.rounds < 1) return bad("rounds", fmt::format("{}; at least 1", options.rounds));
  for (std::size_t i = 0; i < options.floors.size(); ++i) {
    const ExposureFloor& floor = options.floors[i];
    if (!(floor.share >= 0 && floor.share <= 1)) {
      return bad(fmt::format("floors[{}].share", i), fmt::format("{} is outside [0, 1]", floor.share));
    }
    if (floor.pairs < 0) return bad(fmt::format("floors[{}].pairs", i), fmt::format("{} is negative", floor.pairs));
    const std::int32_t count = floor.listings.side == Side::kNeed ? graph.left_count() : graph.right_count();
    for (const std::int32_t n : floor.listings.nodes) {
      if (n < 0 || n >= count) {
        return bad(fmt::format("floors[{}].listings", i), fmt::format("node {} of {}", n, count));
      }
    }
  }
  return absl::OkStatus();
}

// The sum of gains and the best gain of each node of a side.
struct Holding {
  std::vector<std::int64_t> sum, best;
};
Holding HoldingOf(const CandidateGraph& graph, const AssignmentProblem& problem, const std::vector<std::int32_t>& arcs,
                  Side side) {
  const auto count = static_cast<std::size_t>(side == Side::kNeed ? graph.left_count() : graph.right_count());
  Holding held{std::vector<std::int64_t>(count, 0), std::vector<std::int64_t>(count, 0)};
  for (const std::int32_t a : arcs) {
    const auto n = static_cast<std::size_t>(NodeOf(graph.arc(a), side));
    const std::int64_t gain = problem.gain[static_cast<std::size_t>(a)];
    held.sum[n] += gain;
    held.best[n] = std::max(held.best[n], gain);
  }
  return held;
}

// Solves one objective for a problem that holds all quotas already. `first` is found where it is needed.
class ObjectiveSolver {
 public:
  ObjectiveSolver(const CandidateGraph& graph, const AssignmentProblem& problem, const ObjectiveOptions& options,
                  const RunContext& context)
      : graph_(graph), problem_(problem), options_(options), context_(context) {}

  absl::StatusOr<ObjectiveAnswer> Solve(double dial) {
    if (options_.objective == Objective::kTotal) return Total(dial);
    MAGPIE_RETURN_IF_ERROR(FindFirst());
    if (options_.objective == Objective::kMaxMin) return MaxMin();
    return ForSums(options_.objective == Objective::kNash ? Welfare::kNash : Welfare::kWorstSum);
  }

  absl::Status FindFirst() {
    if (known_) return absl::OkStatus();
    MAGPIE_ASSIGN_OR_RETURN(first_, FindFirstPairs(graph_, problem_, options_.side, context_));
    known_ = true;
    return absl::OkStatus();
  }
  const FirstPairs& first() const { return first_; }

  std::int64_t FloorAt(double dial) const {
    return dial == 0
               ? 0
               : std::min(first_.fair_gain,
                          std::max<std::int64_t>(
                              1, static_cast<std::int64_t>(std::ceil(dial * static_cast<double>(first_.fair_gain)))));
  }

 private:
  absl::StatusOr<ObjectiveAnswer> Total(double dial) {
    ObjectiveAnswer answer;
    if (dial == 0) {
      answer.problem = problem_;
    } else {
      MAGPIE_RETURN_IF_ERROR(FindFirst());
      answer = WithFirst();
      answer.floor = first_.served.empty() ? 0 : FloorAt(dial);
      std::vector<std::int64_t> floor(Members(), 0);
      for (const std::int32_t n : first_.served) floor[static_cast<std::size_t>(n)] = answer.floor;
      answer.problem = WithFloors(graph_, problem_, options_.side, floor);
    }
    MAGPIE_ASSIGN_OR_RETURN(answer.assignment, SolveAssignment(graph_, answer.problem, context_));
    return answer;
  }

  absl::StatusOr<ObjectiveAnswer> MaxMin() {
    ObjectiveAnswer answer = WithFirst();
    answer.floor = first_.fair_gain;
    std::vector<std::int64_t> floor(Members(), 0);
    for (const std::int32_t n : first_.served) floor[static_cast<std::size_t>(n)] = first_.fair_gain;
    answer.levels = first_.served.empty() ? 0 : 1;
    answer.all_levels = first_.served.empty();
    if (problem_.quotas.empty() && !HasMinimums(problem_)) {
      MAGPIE_ASSIGN_OR_RETURN(LevelledPairs levelled,
                              FindLevels(graph_, problem_, options_.side, options_.levels, context_));
      answer.levels = levelled.levels;
      answer.all_levels = levelled.all;
      floor = std::move(levelled.floor);
    }
    answer.problem = WithFloors(graph_, problem_, options_.side, floor);
    MAGPIE_ASSIGN_OR_RETURN(answer.assignment, SolveAssignment(graph_, answer.problem, context_));
    return answer;
  }

  absl::StatusOr<ObjectiveAnswer> ForSums(Welfare welfare) {
    MAGPIE_ASSIGN_OR_RETURN(const WelfareChoice choice, FindWelfare(graph_, problem_, options_.side, first_.served,
                                                                    welfare, options_.rounds, context_));
    ObjectiveAnswer answer = WithFirst();
    answer.problem = problem_;
    // Prices and bound are those of the largest total: what this objective costs stands beside it.
    MAGPIE_ASSIGN_OR_RETURN(answer.assignment, SolveToTheEnd(graph_, problem_, context_));
    answer.assignment.arcs = choice.arcs;
    answer.assignment.total_gain = 0;
    for (const std::int32_t a : choice.arcs) answer.assignment.total_gain += problem_.gain[static_cast<std::size_t>(a)];
    if (answer.assignment.total_gain < answer.assignment.bound) answer.assignment.ending = Ending::kGap;
    if (first_.served.empty()) return answer;
    if (welfare == Welfare::kNash) {
      answer.welfare = choice.value;
      answer.welfare_bound = std::max(choice.value, choice.bound);  // apart by rounding only
    } else {
      const Holding held = HoldingOf(graph_, problem_, choice.arcs, options_.side);
      answer.worst_sum = held.sum[static_cast<std::size_t>(first_.served.front())];
      for (const std::int32_t n : first_.served) {
        answer.worst_sum = std::min(answer.worst_sum, held.sum[static_cast<std::size_t>(n)]);
      }
      answer.worst_sum_bound = std::max(
          answer.worst_sum, static_cast<std::int64_t>(std::ceil(choice.bound * static_cast<double>(kGainPerScore))));
    }
    return answer;
  }

  std::size_t Members() const {
    return static_cast<std::size_t>(options_.side == Side::kNeed ? graph_.left_count() : graph_.right_count());
  }
  ObjectiveAnswer WithFirst() const {
    ObjectiveAnswer answer;
    answer.servable = static_cast<std::int32_t>(first_.served.size());
    answer.fair_gain = first_.fair_gain;
    return answer;
  }

  const CandidateGraph& graph_;
  const AssignmentProblem& problem_;
  const ObjectiveOptions& options_;
  const RunContext& context_;
  FirstPairs first_;
  bool known_ = false;
};

std::vector<const std::vector<std::int32_t>*> ChoicesOf(const ObjectiveAnswer& answer) {
  return {&answer.assignment.arcs};
}
std::vector<const std::vector<std::int32_t>*> ChoicesOf(const std::vector<DialPoint>& points) {
  std::vector<const std::vector<std::int32_t>*> choices;
  for (const DialPoint& point : points) choices.push_back(&point.answer.assignment.arcs);
  return choices;
}

// Runs `solve` on the problem with the exposure floors as quotas. A share asks for pairs of a number that only the
// answer tells: its floor rises until the answer keeps it.
template <typename Solve>
auto WithExposure(const CandidateGraph& graph, const AssignmentProblem& problem, const ObjectiveOptions& options,
                  Solve solve) -> decltype(solve(problem)) {
  AssignmentProblem floored = problem;
  const std::size_t first = problem.quotas.size();
  for (const ExposureFloor& floor : options.floors) {
    floored.quotas.push_back(QuotaOf(graph, floor.listings, floor.pairs));
  }
  for (int round = 0;; ++round) {
    auto answer = solve(floored);
    if (!answer.ok()) return answer;
    bool kept = true;
    for (std::size_t i = 0; i < options.floors.size(); ++i) {
      Quota& quota = floored.quotas[first + i];
      for (const std::vector<std::int32_t>* arcs : ChoicesOf(*answer)) {
        const auto due =
            static_cast<std::int32_t>(std::ceil(options.floors[i].share * static_cast<double>(arcs->size()) - 1e-9));
        if (due <= quota.minimum) continue;
        const auto load =
            std::ranges::count_if(*arcs, [&](std::int32_t a) { return std::ranges::binary_search(quota.arcs, a); });
        if (load >= due) continue;
        kept = false;
        quota.minimum = due;
      }
    }
    if (kept) return answer;
    if (round == kShareRounds) {
      return MakeError(Reason::kLimitExceeded, "floors",
                       "the floors that are shares of all pairs did not settle; give them as numbers of pairs");
    }
  }
}

absl::StatusOr<std::vector<DialPoint>> Curve(const CandidateGraph& graph, const AssignmentProblem& problem,
                                             std::span<const double> dials, const ObjectiveOptions& options,
                                             const RunContext& context) {
  ObjectiveSolver solver(graph, problem, options, context);
  MAGPIE_RETURN_IF_ERROR(solver.FindFirst());
  const std::vector<std::int32_t>& served = solver.first().served;
  std::vector<bool> settled(
      static_cast<std::size_t>(options.side == Side::kNeed ? graph.left_count() : graph.right_count()), false);
  for (const std::int32_t a : problem.required)
    settled[static_cast<std::size_t>(NodeOf(graph.arc(a), options.side))] = true;
  std::vector<DialPoint> points;
  Holding before;
  for (const double dial : dials) {
    context.Report("dial", static_cast<std::int64_t>(points.size()), static_cast<std::int64_t>(dials.size()));
    DialPoint point;
    if (!points.empty() && points.back().worst_pair >= solver.FloorAt(dial)) {
      point = points.back();
      point.gains.clear();
      point.loses.clear();
      point.answer.floor = solver.FloorAt(dial);
    } else {
      MAGPIE_ASSIGN_OR_RETURN(point.answer, solver.Solve(dial));
      MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
    }
    point.dial = dial;
    point.answer.servable = static_cast<std::int32_t>(served.size());
    point.answer.fair_gain = solver.first().fair_gain;
    Holding held = HoldingOf(graph, problem, point.answer.assignment.arcs, options.side);
    point.worst_pair = served.empty() ? 0 : held.best[static_cast<std::size_t>(served.front())];
    for (const std::int32_t n : served) {
      point.worst_pair = std::min(point.worst_pair, held.best[static_cast<std::size_t>(n)]);
    }
    std::vector<std::int64_t> sums;
    point.served = 0;
    for (std::size_t n = 0; n < held.sum.size(); ++n) {
      if (!settled[n]) {
        sums.push_back(held.sum[n]);
        point.served += held.sum[n] > 0;
      }
      if (before.sum.empty() || held.sum[n] == before.sum[n]) continue;
      (held.sum[n] > before.sum[n] ? point.gains : point.loses).push_back(static_cast<std::int32_t>(n));
    }
    point.gini = Gini(std::move(sums));
    before = std::move(held);
    points.push_back(std::move(point));
  }
  return points;
}

}  // namespace

Quota QuotaOf(const CandidateGraph& graph, const ListingClass& listings, std::int32_t minimum, std::int32_t maximum) {
  Quota quota{{}, minimum, maximum};
  std::vector<bool> inside(
      static_cast<std::size_t>(listings.side == Side::kNeed ? graph.left_count() : graph.right_count()), false);
  for (const std::int32_t n : listings.nodes) inside[static_cast<std::size_t>(n)] = true;
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    if (inside[static_cast<std::size_t>(NodeOf(graph.arc(a), listings.side))]) quota.arcs.push_back(a);
  }
  return quota;
}

absl::StatusOr<ObjectiveAnswer> SolveObjective(const CandidateGraph& graph, const AssignmentProblem& problem,
                                               const ObjectiveOptions& options, const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(CheckOptions(graph, options));
  return WithExposure(graph, problem, options, [&](const AssignmentProblem& floored) {
    return ObjectiveSolver(graph, floored, options, context).Solve(options.dial);
  });
}

absl::StatusOr<std::vector<DialPoint>> DialCurve(const CandidateGraph& graph, const AssignmentProblem& problem,
                                                 std::span<const double> dials, const ObjectiveOptions& options,
                                                 const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(CheckOptions(graph, options));
  if (options.objective != Objective::kTotal) {
    return MakeError(Reason::kBadArgument, "objective", "the dial goes with the objective total only");
  }
  double last = 0;
  for (const double dial : dials) {
    if (!(dial >= last && dial <= 1)) {
      return MakeError(Reason::kBadArgument, "dials", fmt::format("{}; dials rise from 0 to 1", dial));
    }
    last = dial;
  }
  return WithExposure(graph, problem, options,
                      [&](const AssignmentProblem& floored) { return Curve(graph, floored, dials, options, context); });
}

}  // namespace magpie
