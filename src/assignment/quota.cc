#include "quota.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "arc_family.h"
#include "deadline.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr int kPriceRounds = 60;                 // subgradient steps; more moved no bound of the tests by a thousandth
constexpr std::int64_t kArcVisits = 20'000'000;  // of the search: some ten seconds
constexpr std::int64_t kFewestSteps = 100, kMostSteps = 20'000;
constexpr std::int64_t kPatience = 20;  // times the steps as long as no choice is known

// The problem with its nesting quotas turned into groups, and the way back.
class NestedProblem {
 public:
  static absl::StatusOr<NestedProblem> Make(const ReducedProblem& reduced) {
    NestedProblem nested;
    const AssignmentProblem& problem = *reduced.problem;
    ArcFamily needs(reduced, Side::kNeed), offerings(reduced, Side::kOffering);
    std::int32_t need_quotas = 0, offering_quotas = 0;
    for (const Quota& quota : problem.quotas) {
      std::vector<std::int32_t> arcs;
      for (const std::int32_t a : quota.arcs) {
        if (reduced.KindOf(a) != ArcKind::kUnused) arcs.push_back(a);
      }
      Place place;
      if (needs.Insert(arcs, quota.minimum, quota.maximum)) {
        place = {Place::kNeeds, static_cast<std::size_t>(need_quotas++) + needs.first_quota()};
      } else if (offerings.Insert(arcs, quota.minimum, quota.maximum)) {
        place = {Place::kOfferings, static_cast<std::size_t>(offering_quotas++) + offerings.first_quota()};
      } else {
        place = {Place::kCrosses, nested.crossing.size()};
        nested.crossing.push_back({std::move(arcs), quota.minimum, quota.maximum});
      }
      nested.places_.push_back(place);
    }
    nested.needs_ = needs.Rewrite();
    nested.offerings_ = offerings.Rewrite();

    std::vector<Arc> arcs;
    for (std::int32_t a = 0; a < reduced.graph->arc_count(); ++a) {
      if (reduced.KindOf(a) == ArcKind::kUnused) continue;
      arcs.push_back({nested.needs_.node_of_arc[static_cast<std::size_t>(a)],
                      nested.offerings_.node_of_arc[static_cast<std::size_t>(a)]});
    }
    auto graph = CandidateGraph::Build(static_cast<std::int32_t>(nested.needs_.capacity.size()),
                                       static_cast<std::int32_t>(nested.offerings_.capacity.size()), std::move(arcs));
    if (!graph.ok()) return graph.status();
    nested.graph_.emplace(*std::move(graph));

    AssignmentProblem& flat = nested.problem;
    const auto arc_count = static_cast<std::size_t>(nested.graph_->arc_count());
    flat.gain.resize(arc_count);
    nested.original_.resize(arc_count);
    nested.now_.assign(static_cast<std::size_t>(reduced.graph->arc_count()), -1);
    for (std::int32_t a = 0; a < reduced.graph->arc_count(); ++a) {
      if (reduced.KindOf(a) == ArcKind::kUnused) continue;
      const std::int32_t now = nested.graph_->FindArc(nested.needs_.node_of_arc[static_cast<std::size_t>(a)],
                                                      nested.offerings_.node_of_arc[static_cast<std::size_t>(a)]);
      nested.original_[static_cast<std::size_t>(now)] = a;
      nested.now_[static_cast<std::size_t>(a)] = now;
      flat.gain[static_cast<std::size_t>(now)] = reduced.gain(a);
    }
    for (const std::int32_t a : problem.required) flat.required.push_back(nested.now_[static_cast<std::size_t>(a)]);
    for (Quota& quota : nested.crossing) {
      for (std::int32_t& a : quota.arcs) a = nested.now_[static_cast<std::size_t>(a)];
      std::sort(quota.arcs.begin(), quota.arcs.end());
    }
    flat.need_capacity = nested.needs_.capacity;
    flat.need_minimum = nested.needs_.minimum;
    flat.need_group = nested.needs_.group;
    flat.need_groups = nested.needs_.groups;
    flat.offering_capacity = nested.offerings_.capacity;
    flat.offering_minimum = nested.offerings_.minimum;
    flat.offering_group = nested.offerings_.group;
    flat.offering_groups = nested.offerings_.groups;
    return nested;
  }

  const CandidateGraph& graph() const { return *graph_; }

  // Chosen arcs of the rewritten problem and prices that hold there, as those of the problem itself.
  Assignment Restore(const ReducedProblem& reduced, const std::vector<std::int32_t>& arcs, const Assignment& prices,
                     const std::vector<std::int64_t>& crossing_price) const {
    const AssignmentProblem& whole = *reduced.problem;
    Assignment answer;
    for (const std::int32_t a : arcs) answer.arcs.push_back(original_[static_cast<std::size_t>(a)]);
    std::sort(answer.arcs.begin(), answer.arcs.end());
    for (const std::int32_t a : answer.arcs) answer.total_gain += reduced.gain(a);
    const auto price = [](const ArcFamily::Rewritten& side, const std::vector<std::int64_t>& of_nodes,
                          const std::vector<std::int64_t>& of_groups, std::size_t member) {
      const std::int32_t node = side.node_of_member[member];
      return node >= 0 ? of_nodes[static_cast<std::size_t>(node)]
                       : of_groups[static_cast<std::size_t>(side.group_of_member[member])];
    };
    const auto need = [&](std::size_t m) { return price(needs_, prices.need_price, prices.need_group_price, m); };
    const auto offering = [&](std::size_t m) {
      return price(offerings_, prices.offering_price, prices.offering_group_price, m);
    };
    const std::size_t need_count = whole.need_capacity.size(), offering_count = whole.offering_capacity.size();
    for (std::size_t n = 0; n < need_count; ++n) answer.need_price.push_back(need(n));
    for (std::size_t n = 0; n < offering_count; ++n) answer.offering_price.push_back(offering(n));
    for (std::size_t g = 0; g < whole.need_groups.size(); ++g) answer.need_group_price.push_back(need(need_count + g));
    for (std::size_t g = 0; g < whole.offering_groups.size(); ++g) {
      answer.offering_group_price.push_back(offering(offering_count + g));
    }
    for (const Place& place : places_) {
      answer.quota_price.push_back(place.kind == Place::kNeeds       ? need(place.number)
                                   : place.kind == Place::kOfferings ? offering(place.number)
                                                                     : crossing_price[place.number]);
    }
    answer.bound = BoundOf(reduced, answer);
    return answer;
  }

  AssignmentProblem problem;    // without quotas
  std::vector<Quota> crossing;  // those that nest with neither side, in the rewritten problem's arcs, ascending

 private:
  struct Place {
    enum Kind { kNeeds, kOfferings, kCrosses } kind = kCrosses;
    std::size_t number = 0;  // of a member, or of a crossing quota
  };
  std::optional<CandidateGraph> graph_;
  ArcFamily::Rewritten needs_, offerings_;
  std::vector<Place> places_;           // of each quota
  std::vector<std::int32_t> original_;  // of each rewritten arc
  std::vector<std::int32_t> now_;       // of each original arc, -1 = not usable
};

// The search where quotas cross.
class CrossingSearch {
 public:
  CrossingSearch(const NestedProblem& nested, const RunContext& context, const SolveOptions& options)
      : nested_(nested),
        quotas_(nested.crossing),
        context_{context.stop, {}, context.warning, context.threads},
        report_(context),
        options_(options),
        deadline_(context, options.time_limit),
        problem_(nested.problem),
        state_(nested.problem.gain.size(), kOpen),
        loads_(quotas_.size()),
        price_(quotas_.size(), 0) {
    for (const std::int32_t a : nested.problem.required) state_[static_cast<std::size_t>(a)] = kIn;
    quotas_of_.resize(state_.size());
    for (std::size_t q = 0; q < quotas_.size(); ++q) {
      for (const std::int32_t a : quotas_[q].arcs) {
        quotas_of_[static_cast<std::size_t>(a)].push_back(static_cast<std::int32_t>(q));
      }
    }
    const std::vector<std::int64_t>& gain = nested.problem.gain;
    largest_ = gain.empty() ? 1 : std::max<std::int64_t>(1, *std::max_element(gain.begin(), gain.end()));
    price_limit_ =
        std::min(kMaxGain - largest_, (std::int64_t{1} << 60) / (static_cast<std::int64_t>(state_.size()) + 1) / 2);
    price_limit_ = std::max<std::int64_t>(0, price_limit_) / std::max<std::int64_t>(1, MostQuotasOfAnArc());
  }

  absl::StatusOr<Assignment> Run(const ReducedProblem& reduced) {
    MAGPIE_RETURN_IF_ERROR(Price());
    if (!ended_ && (!found_ || total_ < Needed())) MAGPIE_RETURN_IF_ERROR(Branch());
    if (!found_) {
      if (ended_) return MakeError(Reason::kCancelled, "", "stopped before any choice that keeps the quotas was known");
      if (complete_) return Conflict();
      return MakeError(Reason::kLimitExceeded, "quotas",
                       "no choice that keeps all quotas was found in the steps that the search may take, and it is not "
                       "known whether there is one; lower a quota's minimum or give more candidates");
    }
    Assignment answer = nested_.Restore(reduced, chosen_, proof_, proof_price_);
    const bool close =
        static_cast<double>(answer.bound - answer.total_gain) <= options_.epsilon * static_cast<double>(answer.bound);
    answer.epsilon = options_.epsilon;
    answer.ending = close ? Ending::kProven : ended_ ? *ended_ : Ending::kGap;
    return answer;
  }

  static absl::Status Conflict() {
    return MakeError(Reason::kPlanConflict, "quotas",
                     "no choice keeps all minimums, quotas and required pairs together; lower a minimum, raise a "
                     "maximum or add candidates");
  }

 private:
  static constexpr std::int8_t kOpen = 0, kIn = 1, kOut = 2;

  std::int64_t MostQuotasOfAnArc() const {
    std::size_t most = 0;
    for (const auto& quotas : quotas_of_) most = std::max(most, quotas.size());
    return static_cast<std::int64_t>(most);
  }

  // The total from which on the bound that is known is reached, or near enough.
  std::int64_t Needed() const {
    return bound_ - static_cast<std::int64_t>(options_.epsilon * static_cast<double>(bound_));
  }

  // Solves without the crossing quotas but at their prices; nullopt = there is no choice.
  absl::StatusOr<std::optional<Assignment>> Solve(const std::vector<std::int64_t>& price) {
    problem_.required.clear();
    problem_.excluded.clear();
    for (std::size_t a = 0; a < state_.size(); ++a) {
      std::int64_t gain = nested_.problem.gain[a];
      for (const std::int32_t q : quotas_of_[a]) gain -= price[static_cast<std::size_t>(q)];
      // A pair that costs more than it gains may still be needed for a minimum, and one that gains nothing is none.
      problem_.gain[a] = std::max<std::int64_t>(1, gain);
      if (state_[a] == kIn) problem_.required.push_back(static_cast<std::int32_t>(a));
      if (state_[a] == kOut || (gain <= 0 && !has_minimums_ && state_[a] == kOpen)) {
        problem_.excluded.push_back(static_cast<std::int32_t>(a));
      }
    }
    SolveOptions options;
    options.time_limit = deadline_.Left();
    options.warm = last_ ? &*last_ : nullptr;
    auto answer = SolveAssignment(nested_.graph(), problem_, context_, options);
    if (!answer.ok()) {
      if (ReasonOf(answer.status()) == Reason::kPlanConflict) return std::nullopt;
      return answer.status();
    }
    last_ = *answer;
    std::fill(loads_.begin(), loads_.end(), 0);
    for (const std::int32_t a : answer->arcs) {
      for (const std::int32_t q : quotas_of_[static_cast<std::size_t>(a)]) ++loads_[static_cast<std::size_t>(q)];
    }
    return std::optional<Assignment>(*std::move(answer));
  }

  // What no choice within the present branch can exceed.
  std::int64_t BoundAt(const std::vector<std::int64_t>& price, const Assignment& answer) const {
    __int128 bound = answer.bound;
    // What is required gains its own, not what Solve() made of it.
    for (const std::int32_t a : problem_.required) {
      const auto i = static_cast<std::size_t>(a);
      bound += nested_.problem.gain[i] - problem_.gain[i];
      for (const std::int32_t q : quotas_of_[i]) bound -= price[static_cast<std::size_t>(q)];
    }
    for (std::size_t q = 0; q < quotas_.size(); ++q) {
      bound += static_cast<__int128>(price[q]) * (price[q] >= 0 ? quotas_[q].maximum : quotas_[q].minimum);
    }
    return static_cast<std::int64_t>(std::min<__int128>(bound, std::numeric_limits<std::int64_t>::max()));
  }

  bool Keeps() const {
    for (std::size_t q = 0; q < quotas_.size(); ++q) {
      if (loads_[q] < quotas_[q].minimum || loads_[q] > quotas_[q].maximum) return false;
    }
    return true;
  }

  void Offer(const Assignment& answer) {
    if (!Keeps()) return;
    std::int64_t total = 0;
    for (const std::int32_t a : answer.arcs) total += nested_.problem.gain[static_cast<std::size_t>(a)];
    if (found_ && total <= total_) return;
    found_ = true;
    total_ = total;
    chosen_ = answer.arcs;
  }

  // Subgradient steps on the prices of the quotas; keeps those of the lowest bound.
  absl::Status Price() {
    const auto minimum = [](std::int32_t m) { return m > 0; };
    const auto group_minimum = [](const CapacityGroup& group) { return group.minimum > 0; };
    has_minimums_ = std::ranges::any_of(problem_.need_minimum, minimum) ||
                    std::ranges::any_of(problem_.offering_minimum, minimum) ||
                    std::ranges::any_of(problem_.need_groups, group_minimum) ||
                    std::ranges::any_of(problem_.offering_groups, group_minimum);
    std::vector<double> at(quotas_.size(), 0);
    double scale = 1;
    int idle = 0;
    for (int round = 0; round < kPriceRounds && !ended_; ++round) {
      report_.Report("quotas", round, kPriceRounds);
      std::vector<std::int64_t> price;
      for (const double p : at) price.push_back(std::llround(p));
      MAGPIE_ASSIGN_OR_RETURN(const std::optional<Assignment> answer, Solve(price));
      if (!answer) return Conflict();
      const std::int64_t bound = BoundAt(price, *answer);
      if (round == 0 || bound < bound_) {
        bound_ = bound;
        price_ = proof_price_ = price;
        proof_ = *answer;
        idle = 0;
      } else if (++idle == 4) {
        idle = 0;
        scale /= 2;
        for (std::size_t q = 0; q < at.size(); ++q) at[q] = static_cast<double>(price_[q]);
      }
      Offer(*answer);
      ended_ = deadline_.Reached();
      if (found_ && total_ >= Needed()) return absl::OkStatus();
      double square = 0;
      std::vector<double> slope(quotas_.size());
      for (std::size_t q = 0; q < quotas_.size(); ++q) {
        const double over = static_cast<double>(loads_[q]) - quotas_[q].maximum;
        const double under = static_cast<double>(loads_[q]) - quotas_[q].minimum;
        slope[q] = price[q] > 0 ? over : price[q] < 0 ? under : over > 0 ? over : under < 0 ? under : 0;
        square += slope[q] * slope[q];
      }
      if (square == 0) return absl::OkStatus();  // the lowest bound there is
      // Polyak's step towards what is known, or a little below the bound where nothing is.
      const double toward = found_ ? static_cast<double>(total_) : 0.95 * static_cast<double>(bound_);
      const double distance = std::max(static_cast<double>(bound) - toward, static_cast<double>(largest_));
      for (std::size_t q = 0; q < quotas_.size(); ++q) {
        const auto limit = static_cast<double>(price_limit_);
        at[q] = std::clamp(at[q] + scale * distance * slope[q] / square, quotas_[q].minimum > 0 ? -limit : 0.0,
                           quotas_[q].maximum < kUnlimited ? limit : 0.0);
      }
    }
    return absl::OkStatus();
  }

  // Depth first over the arcs of quotas.
  absl::Status Branch() {
    struct Decision {
      std::int32_t arc;
      bool second;
    };
    std::vector<Decision> decisions;
    const std::int64_t steps =
        std::clamp(kArcVisits / (static_cast<std::int64_t>(state_.size()) + 1), kFewestSteps, kMostSteps);
    for (std::int64_t step = 0; step < (found_ ? steps : steps * kPatience); ++step) {
      ended_ = deadline_.Reached();
      if (ended_) return absl::OkStatus();
      report_.Report("quotas", step, steps);
      MAGPIE_ASSIGN_OR_RETURN(const std::int32_t arc, Look());
      if (found_ && total_ >= Needed()) return absl::OkStatus();
      if (arc >= 0) {
        state_[static_cast<std::size_t>(arc)] = first_;
        decisions.push_back({arc, false});
        continue;
      }
      while (!decisions.empty() && decisions.back().second) {
        state_[static_cast<std::size_t>(decisions.back().arc)] = kOpen;
        decisions.pop_back();
      }
      if (decisions.empty()) {
        complete_ = true;
        return absl::OkStatus();
      }
      decisions.back().second = true;
      std::int8_t& state = state_[static_cast<std::size_t>(decisions.back().arc)];
      state = state == kIn ? kOut : kIn;
    }
    return absl::OkStatus();
  }

  // Solves the present branch. The arc to branch on next (first_ = which way first), -1 = nothing better is in it.
  absl::StatusOr<std::int32_t> Look() {
    for (const Quota& quota : quotas_) {
      std::int32_t in = 0, out = 0;
      for (const std::int32_t a : quota.arcs) {
        in += state_[static_cast<std::size_t>(a)] == kIn;
        out += state_[static_cast<std::size_t>(a)] == kOut;
      }
      if (in > quota.maximum || static_cast<std::int32_t>(quota.arcs.size()) - out < quota.minimum) return -1;
    }
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<Assignment> answer, Solve(price_));
    if (!answer) return -1;
    Offer(*answer);
    const std::int64_t bound = BoundAt(price_, *answer);
    if (found_ && total_ >= bound) return -1;
    std::vector<bool> chosen(state_.size(), false);
    for (const std::int32_t a : answer->arcs) chosen[static_cast<std::size_t>(a)] = true;
    // The quota that is missed by most; where none is, those whose price leaves a gap.
    std::size_t worst = quotas_.size();
    std::int32_t missed_by = 0;
    for (std::size_t q = 0; q < quotas_.size(); ++q) {
      const std::int32_t missed = std::max(loads_[q] - quotas_[q].maximum, quotas_[q].minimum - loads_[q]);
      if (missed > missed_by) {
        missed_by = missed;
        worst = q;
      }
    }
    std::int32_t best = -1;
    const auto better = [&](std::int32_t a) {
      return best < 0 || problem_.gain[static_cast<std::size_t>(a)] > problem_.gain[static_cast<std::size_t>(best)];
    };
    if (worst < quotas_.size()) {
      const bool over = loads_[worst] > quotas_[worst].maximum;
      first_ = over ? kOut : kIn;
      for (const std::int32_t a : quotas_[worst].arcs) {
        if (state_[static_cast<std::size_t>(a)] != kOpen || chosen[static_cast<std::size_t>(a)] != over) continue;
        if (over ? best < 0 || !better(a) : better(a)) best = a;
      }
      return best;
    }
    first_ = kIn;
    for (std::size_t q = 0; q < quotas_.size(); ++q) {
      if (price_[q] == 0) continue;
      for (const std::int32_t a : quotas_[q].arcs) {
        if (state_[static_cast<std::size_t>(a)] == kOpen && better(a)) best = a;
      }
    }
    return best;
  }

  const NestedProblem& nested_;
  const std::vector<Quota>& quotas_;
  const RunContext context_;  // without progress: that of single solves says nothing
  const RunContext& report_;
  const SolveOptions& options_;
  const Deadline deadline_;
  AssignmentProblem problem_;  // with the gains and decisions of the last solve
  std::vector<std::int8_t> state_;
  std::vector<std::vector<std::int32_t>> quotas_of_;  // of each arc
  std::vector<std::int32_t> loads_;                   // of each quota in the last solve
  std::vector<std::int64_t> price_;                   // of the search
  std::optional<Assignment> last_;
  std::int64_t largest_ = 1, price_limit_ = 0;
  bool has_minimums_ = false;
  std::int8_t first_ = kIn;

  bool found_ = false, complete_ = false;
  std::optional<Ending> ended_;
  std::int64_t total_ = 0;
  std::vector<std::int32_t> chosen_;
  std::int64_t bound_ = 0;
  Assignment proof_;  // whose prices give bound_
  std::vector<std::int64_t> proof_price_;
};

}  // namespace

absl::StatusOr<Assignment> SolveWithQuotas(const ReducedProblem& reduced, const RunContext& context,
                                           const SolveOptions& options) {
  MAGPIE_ASSIGN_OR_RETURN(const NestedProblem nested, NestedProblem::Make(reduced));
  if (!nested.crossing.empty()) return CrossingSearch(nested, context, options).Run(reduced);
  SolveOptions nested_options = options;
  nested_options.warm = nullptr;
  auto found = SolveAssignment(nested.graph(), nested.problem, context, nested_options);
  if (!found.ok()) {
    return ReasonOf(found.status()) == Reason::kPlanConflict ? CrossingSearch::Conflict() : found.status();
  }
  Assignment answer = nested.Restore(reduced, found->arcs, *found, {});
  answer.ending = found->ending;
  answer.epsilon = options.epsilon;
  return answer;
}

}  // namespace magpie
