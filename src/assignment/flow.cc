#include "flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "magpie/base/status.h"
#include "network_simplex.h"

namespace magpie {
namespace {

std::int64_t MinimumCount(const SideView& side) {
  return std::count_if(side.minimum.begin(), side.minimum.end(), [](std::int32_t m) { return m > 0; });
}

// Above what the gains along a simple cycle can change: it leaves each need and enters each at most once. 0 where no
// minimum needs one.
absl::StatusOr<std::int64_t> RewardFor(const ReducedProblem& reduced) {
  const std::int64_t minimums = MinimumCount(reduced.needs) + MinimumCount(reduced.offerings);
  if (minimums == 0) return 0;
  const auto smaller_side =
      static_cast<__int128>(std::min(reduced.needs.node_count, reduced.offerings.node_count)) * reduced.largest_gain;
  const __int128 reward = std::min<__int128>(smaller_side, reduced.sum_of_gains) + 1;
  // A path of the tree meets each entity's arcs at most once, each worth at most twice the reward.
  const __int128 longest =
      (2 * reward) * (minimums + 1) +
      static_cast<__int128>(reduced.needs.capacity.size() + reduced.offerings.capacity.size()) * reduced.largest_gain;
  if (longest > std::numeric_limits<std::int64_t>::max() / 4) {
    return MakeError(Reason::kLimitExceeded, "minimum",
                     fmt::format("{} minimums over gains of up to {} leave the range of prices; use a smaller unit of "
                                 "gain or fewer minimums",
                                 minimums, reduced.largest_gain));
  }
  return static_cast<std::int64_t>(reward);
}

class Network {
 public:
  Network(const ReducedProblem& reduced, std::int64_t reward)
      : reward_(reward),
        need_count_(static_cast<std::int32_t>(reduced.needs.capacity.size())),
        simplex_(1 + need_count_ + static_cast<std::int32_t>(reduced.offerings.capacity.size()),
                 3 * reduced.needs.capacity.size() + 2 * reduced.offerings.capacity.size() +
                     static_cast<std::size_t>(reduced.open_count)) {
    HangSide(reduced.needs, 1, true);
    HangSide(reduced.offerings, 1 + need_count_, false);
    first_pair_ = -1;
    for (std::int32_t a = 0; a < reduced.graph->arc_count(); ++a) {
      if (reduced.KindOf(a) != ArcKind::kOpen) continue;
      const Arc& arc = reduced.graph->arc(a);
      const std::int32_t added = simplex_.AddArc(1 + arc.left, 1 + need_count_ + arc.right, 1, -reduced.gain(a));
      if (first_pair_ < 0) first_pair_ = added;
    }
  }

  NetworkSimplex& simplex() { return simplex_; }

  std::vector<std::int32_t> Chosen(const ReducedProblem& reduced) const {
    std::vector<std::int32_t> chosen;
    std::int32_t pair = first_pair_;
    for (std::int32_t a = 0; a < reduced.graph->arc_count(); ++a) {
      if (reduced.KindOf(a) == ArcKind::kOpen && simplex_.flow(pair++) > 0) chosen.push_back(a);
    }
    return chosen;
  }

  // The price of each entity: how far the potential rises over the arc that its capacity bounds; below 0 only where a
  // minimum holds it there.
  std::vector<std::int64_t> Prices(const SideView& side, bool needs) const {
    const std::int32_t base = needs ? 1 : 1 + need_count_;
    std::vector<std::int64_t> price(side.capacity.size());
    for (std::size_t e = 0; e < price.size(); ++e) {
      const std::int64_t own = simplex_.potential(base + static_cast<std::int32_t>(e));
      const std::int64_t around = simplex_.potential(side.parent[e] < 0 ? 0 : base + side.parent[e]);
      price[e] = needs ? own - around : around - own;
      if (side.MinimumOf(e) == 0) price[e] = std::max<std::int64_t>(0, price[e]);
    }
    return price;
  }

 private:
  void HangSide(const SideView& side, std::int32_t base, bool needs) {
    const auto hang = [&](std::size_t e) {
      const std::int32_t node = base + static_cast<std::int32_t>(e);
      const std::int32_t parent = side.parent[e] < 0 ? 0 : base + side.parent[e];
      const std::int32_t minimum = side.MinimumOf(e), room = side.capacity[e] - minimum;
      if (side.closed[e]) {  // no flow reaches it; any arc with room keeps its node on the tree
        simplex_.AddTreeArc(node, parent, kUnlimited, 0);
      } else if (needs) {
        simplex_.AddTreeArc(node, parent, kUnlimited, minimum > 0 ? 2 * reward_ : 0);
        if (minimum > 0) simplex_.AddArc(parent, node, minimum, -reward_);
        if (room > 0) simplex_.AddArc(parent, node, room, 0);
      } else if (minimum > 0) {
        simplex_.AddTreeArc(node, parent, minimum, -reward_);
        if (room > 0) simplex_.AddArc(node, parent, room, 0);
      } else {
        simplex_.AddTreeArc(node, parent, room, 0);
      }
    };
    for (std::size_t e = side.node_count; e < side.capacity.size(); ++e) hang(e);
    for (std::size_t e = 0; e < side.node_count; ++e) hang(e);
  }

  std::int64_t reward_;
  std::int32_t need_count_;
  std::int32_t first_pair_ = -1;
  NetworkSimplex simplex_;
};

}  // namespace

absl::StatusOr<ReducedAnswer> SolveFlow(const ReducedProblem& reduced, const RunContext& context,
                                        const Deadline& deadline) {
  MAGPIE_ASSIGN_OR_RETURN(const std::int64_t reward, RewardFor(reduced));
  Network network(reduced, reward);
  ReducedAnswer answer;
  answer.ending = network.simplex().Solve(context, deadline);
  answer.arcs = network.Chosen(reduced);
  answer.need_price = network.Prices(reduced.needs, true);
  answer.offering_price = network.Prices(reduced.offerings, false);
  return answer;
}

}  // namespace magpie
