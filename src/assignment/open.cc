#include "magpie/assignment/open.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <utility>

namespace magpie {
namespace {

// Both sides look alike from here: a side's nodes, the groups around them, and the arcs of a node.
class Explainer {
 public:
  Explainer(const CandidateGraph& graph, const AssignmentProblem& problem, const Assignment& answer,
            std::span<const std::int64_t> full_gain)
      : graph_(graph), problem_(problem), answer_(answer), full_gain_(full_gain.empty() ? problem.gain : full_gain) {
    const auto arcs = static_cast<std::size_t>(graph.arc_count());
    chosen_.assign(arcs, false);
    excluded_.assign(arcs, false);
    for (std::int32_t a : answer.arcs) chosen_[static_cast<std::size_t>(a)] = true;
    for (std::int32_t a : problem.excluded) excluded_[static_cast<std::size_t>(a)] = true;
  }

  std::vector<Unmatched> Needs() const {
    std::vector<Unmatched> open;
    std::vector<std::int32_t> arcs;
    for (std::int32_t n = 0; n < graph_.left_count(); ++n) {
      const auto [first, last] = graph_.ArcsOfLeft(n);
      arcs.resize(static_cast<std::size_t>(last - first));
      std::iota(arcs.begin(), arcs.end(), first);
      Explain(n, arcs, problem_.need_capacity, problem_.need_group, problem_.need_groups, answer_.need_group_price,
              &open);
    }
    return open;
  }

  std::vector<Unmatched> Offerings() const {
    std::vector<Unmatched> open;
    for (std::int32_t n = 0; n < graph_.right_count(); ++n) {
      Explain(n, graph_.ArcsOfRight(n), problem_.offering_capacity, problem_.offering_group, problem_.offering_groups,
              answer_.offering_group_price, &open);
    }
    return open;
  }

 private:
  void Explain(std::int32_t node, std::span<const std::int32_t> arcs, const std::vector<std::int32_t>& capacity,
               const std::vector<std::int32_t>& group_of, const std::vector<CapacityGroup>& groups,
               const std::vector<std::int64_t>& group_price, std::vector<Unmatched>* open) const {
    if (std::any_of(arcs.begin(), arcs.end(), [&](std::int32_t a) { return chosen_[static_cast<std::size_t>(a)]; })) {
      return;
    }
    Unmatched entry;
    entry.node = node;
    const auto n = static_cast<std::size_t>(node);
    std::vector<std::int32_t> allowed;
    for (std::int32_t a : arcs) {
      if (!excluded_[static_cast<std::size_t>(a)]) allowed.push_back(a);
    }
    if (arcs.empty()) {
      entry.reason = OpenReason::kNoCandidate;
    } else if (allowed.empty()) {
      entry.reason = OpenReason::kExcluded;
      entry.near_arc = Best(arcs);
    } else if (std::all_of(allowed.begin(), allowed.end(),
                           [&](std::int32_t a) { return problem_.gain[static_cast<std::size_t>(a)] == 0; })) {
      entry.reason = OpenReason::kBelowThreshold;
      entry.near_arc = Best(allowed);
    } else {
      bool own_room = capacity[n] > 0;
      for (std::int32_t g = group_of.empty() ? -1 : group_of[n]; g >= 0;
           g = groups[static_cast<std::size_t>(g)].parent) {
        // A full group with price 0 bars nothing: one place more would not be worth having.
        own_room = own_room && groups[static_cast<std::size_t>(g)].capacity > 0 &&
                   group_price[static_cast<std::size_t>(g)] == 0;
      }
      entry.reason = own_room ? OpenReason::kPartnersTaken : OpenReason::kNoCapacity;
      std::tie(entry.near_arc, entry.shortfall) = Nearest(allowed);
    }
    open->push_back(entry);
  }

  // The arc of the largest full gain, the lower number on ties.
  std::int32_t Best(std::span<const std::int32_t> arcs) const {
    return *std::max_element(arcs.begin(), arcs.end(), [&](std::int32_t a, std::int32_t b) {
      return full_gain_[static_cast<std::size_t>(a)] < full_gain_[static_cast<std::size_t>(b)];
    });
  }

  // The arc that falls least short of its price, then the one of larger gain, then the lower number.
  std::pair<std::int32_t, std::int64_t> Nearest(std::span<const std::int32_t> arcs) const {
    std::int32_t nearest = -1;
    std::int64_t least = 0;
    for (std::int32_t a : arcs) {
      const std::int64_t gain = problem_.gain[static_cast<std::size_t>(a)];
      if (gain == 0) continue;
      const std::int64_t shortfall = PriceOf(a) - gain;
      if (nearest < 0 || shortfall < least ||
          (shortfall == least && gain > problem_.gain[static_cast<std::size_t>(nearest)])) {
        nearest = a;
        least = shortfall;
      }
    }
    return {nearest, least};
  }

  std::int64_t PriceOf(std::int32_t a) const {
    const Arc& arc = graph_.arc(a);
    const auto left = static_cast<std::size_t>(arc.left), right = static_cast<std::size_t>(arc.right);
    std::int64_t price = answer_.need_price[left] + answer_.offering_price[right];
    for (std::int32_t g = problem_.need_group.empty() ? -1 : problem_.need_group[left]; g >= 0;
         g = problem_.need_groups[static_cast<std::size_t>(g)].parent) {
      price += answer_.need_group_price[static_cast<std::size_t>(g)];
    }
    for (std::int32_t g = problem_.offering_group.empty() ? -1 : problem_.offering_group[right]; g >= 0;
         g = problem_.offering_groups[static_cast<std::size_t>(g)].parent) {
      price += answer_.offering_group_price[static_cast<std::size_t>(g)];
    }
    return price;
  }

  const CandidateGraph& graph_;
  const AssignmentProblem& problem_;
  const Assignment& answer_;
  std::span<const std::int64_t> full_gain_;
  std::vector<bool> chosen_, excluded_;
};

}  // namespace

std::string_view OpenReasonName(OpenReason reason) {
  static constexpr std::array<std::string_view, 5> kNames = {"NO_CANDIDATE", "BELOW_THRESHOLD", "NO_CAPACITY",
                                                             "PARTNERS_TAKEN", "EXCLUDED"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::vector<Unmatched> ExplainOpenNeeds(const CandidateGraph& graph, const AssignmentProblem& problem,
                                        const Assignment& answer, std::span<const std::int64_t> full_gain) {
  return Explainer(graph, problem, answer, full_gain).Needs();
}

std::vector<Unmatched> ExplainOpenOfferings(const CandidateGraph& graph, const AssignmentProblem& problem,
                                            const Assignment& answer, std::span<const std::int64_t> full_gain) {
  return Explainer(graph, problem, answer, full_gain).Offerings();
}

}  // namespace magpie
