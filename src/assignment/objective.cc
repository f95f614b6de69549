#include "magpie/assignment/objective.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "around.h"
#include "deadline.h"
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
  if (options.time_limit && options.time_limit->count() <= 0) {
    return bad("time_limit", fmt::format("{} ms; above 0", options.time_limit->count()));
  }
  if (IsStable(options.objective) && !options.floors.empty()) {
    return bad("floors", "stable choices know no floors: all of them fill the same places; leave them out");
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
      : graph_(graph),
        problem_(problem),
        options_(options),
        context_(context),
        deadline_(context, options.time_limit),
        stop_(context.stop, options.time_limit),
        search_{stop_.token(), context.progress, context.warning, context.threads} {}

  absl::StatusOr<ObjectiveAnswer> Solve(double dial) {
    absl::StatusOr<ObjectiveAnswer> answer = SearchFor(dial);
    const bool out_of_time = ReasonOf(answer.status()) == Reason::kCancelled && !context_.cancelled();
    if (!out_of_time) {
      if (answer.ok() && cut_short_) answer->assignment.ending = Ending::kTimeLimit;
      return answer;
    }
    // Not even a first choice of this objective was found: the largest total that the rest of the time allows.
    answer = ObjectiveAnswer();
    answer->problem = problem_;
    MAGPIE_ASSIGN_OR_RETURN(answer->assignment, SolveInTime(problem_));
    answer->assignment.ending = Ending::kTimeLimit;
    return answer;
  }

  absl::Status FindFirst() {
    if (known_) return absl::OkStatus();
    MAGPIE_ASSIGN_OR_RETURN(first_, FindFirstPairs(graph_, problem_, options_.side, search_));
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
  absl::StatusOr<ObjectiveAnswer> SearchFor(double dial) {
    if (options_.objective == Objective::kTotal) return Total(dial);
    if (options_.objective == Objective::kStableNeeds) return Stable(Side::kNeed);
    if (options_.objective == Objective::kStableOfferings) return Stable(Side::kOffering);
    MAGPIE_RETURN_IF_ERROR(FindFirst());
    if (options_.objective == Objective::kMaxMin) return MaxMin();
    return ForSums(options_.objective == Objective::kNash ? Welfare::kNash : Welfare::kWorstSum);
  }

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
    MAGPIE_ASSIGN_OR_RETURN(answer.assignment, SolveInTime(answer.problem));
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
                              FindLevels(graph_, problem_, options_.side, options_.levels, search_));
      answer.levels = levelled.levels;
      answer.all_levels = levelled.all;
      cut_short_ = search_.cancelled();
      floor = std::move(levelled.floor);
    }
    answer.problem = WithFloors(graph_, problem_, options_.side, floor);
    MAGPIE_ASSIGN_OR_RETURN(answer.assignment, SolveInTime(answer.problem));
    return answer;
  }

  // What is left of the time, and at least a tenth of it: the floors were paid for with the rest.
  absl::StatusOr<Assignment> SolveInTime(const AssignmentProblem& problem) const {
    SolveOptions solve;
    if (options_.time_limit) solve.time_limit = std::max(*deadline_.Left(), *options_.time_limit / 10);
    return SolveAssignment(graph_, problem, context_, solve);
  }

  // The choice in place of the one of the largest total, whose prices and bound stay: what the objective costs stands
  // beside it.
  void Take(const std::vector<std::int32_t>& arcs, Assignment* assignment) const {
    assignment->arcs = arcs;
    assignment->total_gain = 0;
    for (const std::int32_t a : arcs) assignment->total_gain += problem_.gain[static_cast<std::size_t>(a)];
    if (assignment->total_gain < assignment->bound) assignment->ending = Ending::kGap;
  }

  absl::StatusOr<ObjectiveAnswer> Stable(Side proposing) {
    ObjectiveAnswer answer;
    answer.problem = problem_;
    Preferences preferences = options_.preferences;
    for (auto* gain : {&preferences.need_gain, &preferences.offering_gain}) {
      if (gain->size() != problem_.gain.size()) continue;  // none given, or refused below
      for (std::size_t a = 0; a < gain->size(); ++a) {
        if (problem_.gain[a] == 0) (*gain)[a] = 0;  // no pair, whatever the two would like
      }
    }
    MAGPIE_ASSIGN_OR_RETURN(const std::vector<std::int32_t> arcs,
                            SolveStable(graph_, problem_, preferences, proposing, context_));
    MAGPIE_ASSIGN_OR_RETURN(answer.assignment, SolveInTime(problem_));
    Take(arcs, &answer.assignment);
    return answer;
  }

  absl::StatusOr<ObjectiveAnswer> ForSums(Welfare welfare) {
    MAGPIE_ASSIGN_OR_RETURN(const WelfareChoice choice, FindWelfare(graph_, problem_, options_.side, first_.served,
                                                                    welfare, options_.rounds, search_));
    cut_short_ = search_.cancelled();
    ObjectiveAnswer answer = WithFirst();
    answer.problem = problem_;
    MAGPIE_ASSIGN_OR_RETURN(answer.assignment, SolveInTime(problem_));
    Take(choice.arcs, &answer.assignment);
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
  const Deadline deadline_;
  const StopAtDeadline stop_;
  const RunContext search_;  // of what ends with the time limit
  FirstPairs first_;
  bool known_ = false;
  bool cut_short_ = false;  // the search for the objective
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
  const absl::Status first = solver.FindFirst();
  if (ReasonOf(first) == Reason::kCancelled && !context.cancelled()) return std::vector<DialPoint>();
  MAGPIE_RETURN_IF_ERROR(first);
  const std::vector<std::int32_t>& served = solver.first().served;
  std::vector<bool> settled(
      static_cast<std::size_t>(options.side == Side::kNeed ? graph.left_count() : graph.right_count()), false);
  for (const std::int32_t a : problem.required)
    settled[static_cast<std::size_t>(NodeOf(graph.arc(a), options.side))] = true;
  std::vector<DialPoint> points;
  Holding before;
  const Deadline deadline(context, options.time_limit);
  for (const double dial : dials) {
    if (!points.empty() && deadline.Reached() == Ending::kTimeLimit) break;
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
