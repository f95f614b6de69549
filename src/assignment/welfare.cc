#include "welfare.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "around.h"
#include "first_pairs.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr int kExchangePasses = 8;
constexpr double kLargestSum = 0x1p61;  // of the weighted gains
constexpr double kLeastRise = 1e-12;    // of a product, relative: below it an exchange may be rounding

class WelfareSearch {
 public:
  WelfareSearch(const CandidateGraph& graph, const AssignmentProblem& problem, Side side,
                const std::vector<std::int32_t>& served, Welfare welfare)
      : graph_(graph),
        problem_(problem),
        side_(side),
        served_(served),
        welfare_(welfare),
        weighted_(problem),
        chosen_of_left_(static_cast<std::size_t>(graph.left_count())),
        chosen_of_right_(static_cast<std::size_t>(graph.right_count())) {
    const bool needs = side == Side::kNeed;
    auto& minimum = needs ? weighted_.need_minimum : weighted_.offering_minimum;
    minimum.resize(needs ? problem.need_capacity.size() : problem.offering_capacity.size(), 0);
    is_served_.resize(minimum.size(), false);
    for (const std::int32_t n : served) {
      const auto i = static_cast<std::size_t>(n);
      is_served_[i] = true;
      minimum[i] = std::max(1, minimum[i]);
    }
    fixed_.resize(problem.gain.size(), false);
    for (const auto* arcs : {&problem.required, &problem.excluded}) {
      for (const std::int32_t a : *arcs) fixed_[static_cast<std::size_t>(a)] = true;
    }
  }

  absl::StatusOr<WelfareChoice> Run(int rounds, const RunContext& context) {
    std::vector<double> mean;  // of each served member's sum over the choices so far
    best_.bound = std::numeric_limits<double>::infinity();
    if (welfare_ == Welfare::kWorstSum) best_.bound = LeastOfTheMost();
    for (int round = 0; round < rounds; ++round) {
      context.Report("welfare", round, rounds);
      std::vector<double> weight = mean.empty() ? std::vector<double>(served_.size(), 1) : Weights(mean, round);
      double most = 0;  // what no choice's weighted sum exceeds
      const absl::StatusOr<std::vector<std::int32_t>> solved = Solve(weight, context, &most);
      if (round > 0 && ReasonOf(solved.status()) == Reason::kCancelled) return best_;
      MAGPIE_ASSIGN_OR_RETURN(const std::vector<std::int32_t> arcs, solved);
      const std::vector<double> sums = Sums(arcs);
      if (!mean.empty()) Tighten(mean, weight, most);
      Consider(arcs, sums);
      Average(sums, round, &mean);
    }
    const absl::Status improved = Improve(rounds, context);
    if (ReasonOf(improved) != Reason::kCancelled) MAGPIE_RETURN_IF_ERROR(improved);
    return best_;
  }

 private:
  // Of each served member the sum of gains, in scores.
  std::vector<double> Sums(const std::vector<std::int32_t>& arcs) const {
    std::vector<double> of_node(is_served_.size(), 0);
    for (const std::int32_t a : arcs) of_node[static_cast<std::size_t>(NodeOf(graph_.arc(a), side_))] += Score(a);
    std::vector<double> sums;
    for (const std::int32_t n : served_) sums.push_back(of_node[static_cast<std::size_t>(n)]);
    return sums;
  }

  double Score(std::int32_t a) const {
    return static_cast<double>(problem_.gain[static_cast<std::size_t>(a)]) / static_cast<double>(kGainPerScore);
  }

  double Value(const std::vector<double>& sums) const {
    if (welfare_ == Welfare::kWorstSum) return sums.empty() ? 0 : *std::ranges::min_element(sums);
    double value = 0;
    for (const double sum : sums) value += std::log(sum);
    return value;
  }

  // The member who could have least even if all were for it.
  double LeastOfTheMost() const {
    double least = std::numeric_limits<double>::infinity();
    for (const std::int32_t n : served_) {
      std::vector<double> scores;
      const auto add = [&](std::int32_t a) {
        if (!fixed_[static_cast<std::size_t>(a)]) scores.push_back(Score(a));  // a served member has no required pair
      };
      if (side_ == Side::kNeed) {
        const auto [first, last] = graph_.ArcsOfLeft(n);
        for (std::int32_t a = first; a < last; ++a) add(a);
      } else {
        for (const std::int32_t a : graph_.ArcsOfRight(n)) add(a);
      }
      std::ranges::sort(scores, std::greater<>());
      const auto& capacity = side_ == Side::kNeed ? problem_.need_capacity : problem_.offering_capacity;
      const auto count = std::min(scores.size(), static_cast<std::size_t>(capacity[static_cast<std::size_t>(n)]));
      double most = 0;
      for (std::size_t i = 0; i < count; ++i) most += scores[i];
      least = std::min(least, most);
    }
    return least;
  }

  std::vector<double> Weights(const std::vector<double>& mean, int round) const {
    std::vector<double> weight(mean.size());
    if (welfare_ == Welfare::kNash) {
      for (std::size_t i = 0; i < mean.size(); ++i) weight[i] = 1 / mean[i];
      return weight;
    }
    const double least = *std::ranges::min_element(mean);
    double average = 0;
    for (const double m : mean) average += m / static_cast<double>(mean.size());
    const double slope = (2 + round) / average;
    for (std::size_t i = 0; i < mean.size(); ++i) weight[i] = std::exp(-std::min(20.0, slope * (mean[i] - least)));
    return weight;
  }

  // The choice of the largest weighted sum. Others than the served are worth next to nothing: what is left over.
  absl::StatusOr<std::vector<std::int32_t>> Solve(const std::vector<double>& weight, const RunContext& context,
                                                  double* most) {
    std::vector<double> of_node(is_served_.size(), 0);
    for (std::size_t i = 0; i < served_.size(); ++i) of_node[static_cast<std::size_t>(served_[i])] = weight[i];
    double largest = 0;
    for (std::int32_t a = 0; a < graph_.arc_count(); ++a) {
      largest = std::max(largest, Score(a) * of_node[static_cast<std::size_t>(NodeOf(graph_.arc(a), side_))]);
    }
    const double scale = largest == 0 ? 1
                                      : std::min(0.5 * static_cast<double>(kMaxGain) / largest,
                                                 kLargestSum / largest / static_cast<double>(graph_.arc_count()));
    for (std::int32_t a = 0; a < graph_.arc_count(); ++a) {
      const auto i = static_cast<std::size_t>(a);
      if (problem_.gain[i] == 0) continue;
      const double gain = Score(a) * of_node[static_cast<std::size_t>(NodeOf(graph_.arc(a), side_))] * scale;
      weighted_.gain[i] = 1 + static_cast<std::int64_t>(gain);  // never below the true one: the bound stays one
    }
    MAGPIE_ASSIGN_OR_RETURN(Assignment answer, SolveToTheEnd(graph_, weighted_, context));
    *most = static_cast<double>(answer.bound) / scale;
    return std::move(answer.arcs);
  }

  void Tighten(const std::vector<double>& mean, const std::vector<double>& weight, double most) {
    double bound = most;
    if (welfare_ == Welfare::kNash) {
      bound += Value(mean) - static_cast<double>(mean.size());  // weight * mean = 1 each
    } else {
      double sum = 0;
      for (const double w : weight) sum += w;
      bound /= sum;
    }
    best_.bound = std::min(best_.bound, bound);
  }

  void Consider(const std::vector<std::int32_t>& arcs, const std::vector<double>& sums) {
    const double value = Value(sums);
    if (!best_.arcs.empty() && value <= best_.value) return;
    best_.arcs = arcs;
    best_.value = value;
  }

  // Moves the mean towards the new choice: for Nash as far as the welfare rises, else by the classic step.
  void Average(const std::vector<double>& sums, int round, std::vector<double>* mean) const {
    if (mean->empty()) {
      *mean = sums;
      return;
    }
    const auto mixed = [&](double part) {
      std::vector<double> mix(sums.size());
      for (std::size_t i = 0; i < sums.size(); ++i) mix[i] = (1 - part) * (*mean)[i] + part * sums[i];
      return mix;
    };
    double low = 0, high = 1;
    if (welfare_ == Welfare::kWorstSum) {
      low = high = 1.0 / (round + 1);
    }
    for (int i = 0; i < 40 && low < high; ++i) {
      const double a = low + (high - low) / 3, b = high - (high - low) / 3;
      (Value(mixed(a)) < Value(mixed(b)) ? low : high) = Value(mixed(a)) < Value(mixed(b)) ? a : b;
    }
    *mean = mixed((low + high) / 2);
  }

  // From the best choice: weights of its own sums (Nash) and exchanges, as long as they help.
  absl::Status Improve(int rounds, const RunContext& context) {
    if (served_.empty()) return absl::OkStatus();
    for (int round = 0; round < rounds; ++round) {
      MAGPIE_RETURN_IF_ERROR(Exchange(context));
      if (welfare_ != Welfare::kNash) return absl::OkStatus();
      const double before = best_.value;
      const std::vector<double> sums = Sums(best_.arcs);
      double most = 0;
      const std::vector<double> weight = Weights(sums, 0);
      MAGPIE_ASSIGN_OR_RETURN(const std::vector<std::int32_t> arcs, Solve(weight, context, &most));
      Tighten(sums, weight, most);
      Consider(arcs, Sums(arcs));
      if (best_.value <= before) return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  // Two members exchange a pair each where both together are better off by it: all loads stay as they are, so all
  // limits are kept but those of quotas.
  absl::Status Exchange(const RunContext& context) {
    if (!problem_.quotas.empty()) return absl::OkStatus();
    for (auto* lists : {&chosen_of_left_, &chosen_of_right_}) {
      for (auto& list : *lists) list.clear();
    }
    is_chosen_.assign(problem_.gain.size(), false);
    for (const std::int32_t a : best_.arcs) Put(a);
    sum_.assign(is_served_.size(), 0);
    for (const std::int32_t a : best_.arcs) sum_[Member(a)] += Score(a);
    bool moved = true;
    for (int pass = 0; pass < kExchangePasses && moved; ++pass) {
      moved = false;
      MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
      for (std::int32_t wanted = 0; wanted < graph_.arc_count(); ++wanted) {
        if (Usable(wanted)) moved = TryExchange(wanted) || moved;
      }
    }
    std::vector<std::int32_t> arcs;
    for (const auto& list : chosen_of_left_) arcs.insert(arcs.end(), list.begin(), list.end());
    std::sort(arcs.begin(), arcs.end());
    Consider(arcs, Sums(arcs));
    return absl::OkStatus();
  }

  std::size_t Member(std::int32_t a) const { return static_cast<std::size_t>(NodeOf(graph_.arc(a), side_)); }
  bool Usable(std::int32_t a) const {
    const auto i = static_cast<std::size_t>(a);
    return !is_chosen_[i] && !fixed_[i] && problem_.gain[i] > 0;
  }
  void Put(std::int32_t a) {
    is_chosen_[static_cast<std::size_t>(a)] = true;
    chosen_of_left_[static_cast<std::size_t>(graph_.arc(a).left)].push_back(a);
    chosen_of_right_[static_cast<std::size_t>(graph_.arc(a).right)].push_back(a);
  }
  void Take(std::int32_t a) {
    is_chosen_[static_cast<std::size_t>(a)] = false;
    std::erase(chosen_of_left_[static_cast<std::size_t>(graph_.arc(a).left)], a);
    std::erase(chosen_of_right_[static_cast<std::size_t>(graph_.arc(a).right)], a);
  }

  // (l, r) wanted; l gives up (l, x), r gives up (y, r), and (y, x) comes instead.
  bool TryExchange(std::int32_t wanted) {
    const Arc& pair = graph_.arc(wanted);
    for (const std::int32_t of_left : chosen_of_left_[static_cast<std::size_t>(pair.left)]) {
      for (const std::int32_t of_right : chosen_of_right_[static_cast<std::size_t>(pair.right)]) {
        if (fixed_[static_cast<std::size_t>(of_left)] || fixed_[static_cast<std::size_t>(of_right)]) continue;
        const std::int32_t other = graph_.FindArc(graph_.arc(of_right).left, graph_.arc(of_left).right);
        if (other < 0 || !Usable(other)) continue;
        // Who gives up which, seen from the members' side.
        const bool needs = side_ == Side::kNeed;
        const std::size_t one = Member(wanted), two = Member(other);
        if (one == two || !is_served_[one] || !is_served_[two]) continue;
        const double one_after = sum_[one] - Score(needs ? of_left : of_right) + Score(wanted);
        const double two_after = sum_[two] - Score(needs ? of_right : of_left) + Score(other);
        const bool better = welfare_ == Welfare::kNash
                                ? one_after * two_after > sum_[one] * sum_[two] * (1 + kLeastRise)
                                : std::min(one_after, two_after) > std::min(sum_[one], sum_[two]) + kLeastRise;
        if (!better) continue;
        sum_[one] = one_after;
        sum_[two] = two_after;
        const std::int32_t first = of_left, second = of_right;  // the lists change
        Take(first);
        Take(second);
        Put(wanted);
        Put(other);
        return true;
      }
    }
    return false;
  }

  const CandidateGraph& graph_;
  const AssignmentProblem& problem_;
  const Side side_;
  const std::vector<std::int32_t>& served_;
  const Welfare welfare_;
  AssignmentProblem weighted_;  // each served member has a pair at least
  std::vector<bool> is_served_, fixed_;
  WelfareChoice best_;

  std::vector<bool> is_chosen_;  // during exchanges, like the rest
  std::vector<std::vector<std::int32_t>> chosen_of_left_, chosen_of_right_;
  std::vector<double> sum_;
};

}  // namespace

absl::StatusOr<WelfareChoice> FindWelfare(const CandidateGraph& graph, const AssignmentProblem& problem, Side side,
                                          const std::vector<std::int32_t>& served, Welfare welfare, int rounds,
                                          const RunContext& context) {
  return WelfareSearch(graph, problem, side, served, welfare).Run(rounds, context);
}

}  // namespace magpie
