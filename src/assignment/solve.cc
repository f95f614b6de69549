#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "magpie/assignment/assignment.h"
#include "magpie/base/status.h"
#include "network_simplex.h"

namespace magpie {
namespace {

constexpr std::int8_t kFree = 0, kRequired = 1, kExcluded = 2;

absl::Status BadArgument(std::string_view field, std::string_view message) {
  return MakeError(Reason::kBadArgument, field, message);
}

// The nodes and groups of one side as one numbering of entities: nodes first, then groups.
struct SideView {
  std::string_view name;               // "need"
  std::vector<std::int32_t> parent;    // of each entity, -1 = none
  std::vector<std::int64_t> capacity;  // of each entity, less what required arcs take
  std::size_t node_count = 0;

  std::string EntityName(std::size_t entity) const {
    return entity < node_count ? fmt::format("{} {}", name, entity)
                               : fmt::format("{} group {}", name, entity - node_count);
  }
};

absl::StatusOr<SideView> MakeSide(std::string_view name, std::int32_t count, const std::vector<std::int32_t>& capacity,
                                  const std::vector<std::int32_t>& group_of, const std::vector<CapacityGroup>& groups) {
  SideView side;
  side.name = name;
  side.node_count = static_cast<std::size_t>(count);
  if (capacity.size() != side.node_count) {
    return BadArgument(fmt::format("{}_capacity", name),
                       fmt::format("{} capacities for {} nodes", capacity.size(), count));
  }
  if (!group_of.empty() && group_of.size() != side.node_count) {
    return BadArgument(fmt::format("{}_group", name),
                       fmt::format("{} group numbers for {} nodes", group_of.size(), count));
  }
  const auto group_count = static_cast<std::int64_t>(groups.size());
  for (std::size_t i = 0; i < side.node_count; ++i) {
    if (capacity[i] < 0) {
      return BadArgument(fmt::format("{}_capacity[{}]", name, i),
                         fmt::format("capacity {} is negative; use 0 for none", capacity[i]));
    }
    const std::int32_t group = group_of.empty() ? -1 : group_of[i];
    if (group < -1 || group >= group_count) {
      return BadArgument(fmt::format("{}_group[{}]", name, i),
                         fmt::format("group {} of {}; use -1 for none", group, group_count));
    }
    side.capacity.push_back(capacity[i]);
    side.parent.push_back(group < 0 ? -1 : static_cast<std::int32_t>(side.node_count) + group);
  }
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].capacity < 0) {
      return BadArgument(fmt::format("{}_groups[{}].capacity", name, g),
                         fmt::format("capacity {} is negative; use 0 for none", groups[g].capacity));
    }
    if (groups[g].parent < -1 || groups[g].parent >= static_cast<std::int64_t>(g)) {
      return BadArgument(fmt::format("{}_groups[{}].parent", name, g),
                         fmt::format("parent {} must be -1 or smaller than the group's own index", groups[g].parent));
    }
    side.capacity.push_back(groups[g].capacity);
    side.parent.push_back(groups[g].parent < 0 ? -1 : static_cast<std::int32_t>(side.node_count) + groups[g].parent);
  }
  return side;
}

absl::StatusOr<std::vector<std::int8_t>> ArcKinds(const CandidateGraph& graph, const AssignmentProblem& problem) {
  std::vector<std::int8_t> kind(static_cast<std::size_t>(graph.arc_count()), kFree);
  const auto mark = [&](const std::vector<std::int32_t>& arcs, std::int8_t mine, std::string_view field) {
    for (std::int32_t a : arcs) {
      if (a < 0 || a >= graph.arc_count()) {
        return BadArgument(field, fmt::format("arc {} of {}", a, graph.arc_count()));
      }
      std::int8_t& is = kind[static_cast<std::size_t>(a)];
      if (is != kFree && is != mine) {
        return BadArgument(field, fmt::format("arc {} (need {} with offering {}) is both required and excluded", a,
                                              graph.arc(a).left, graph.arc(a).right));
      }
      is = mine;
    }
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(mark(problem.required, kRequired, "required"));
  MAGPIE_RETURN_IF_ERROR(mark(problem.excluded, kExcluded, "excluded"));
  return kind;
}

absl::Status CheckGains(const CandidateGraph& graph, const AssignmentProblem& problem) {
  if (problem.gain.size() != static_cast<std::size_t>(graph.arc_count())) {
    return BadArgument("gain", fmt::format("{} gains for {} arcs", problem.gain.size(), graph.arc_count()));
  }
  __int128 sum = 0;
  for (std::size_t a = 0; a < problem.gain.size(); ++a) {
    if (problem.gain[a] < 0 || problem.gain[a] > kMaxGain) {
      return BadArgument(fmt::format("gain[{}]", a), fmt::format("{} is outside [0, {}]", problem.gain[a], kMaxGain));
    }
    sum += problem.gain[a];
  }
  if (sum > std::numeric_limits<std::int64_t>::max() / 2) {
    return MakeError(Reason::kLimitExceeded, "gain", "the gains together exceed 2^62; use a smaller unit of gain");
  }
  return absl::OkStatus();
}

// Takes the required arcs' share from every capacity that holds `node`.
void TakeRequired(SideView* side, std::int32_t node) {
  for (std::int32_t e = node; e >= 0; e = side->parent[static_cast<std::size_t>(e)]) {
    --side->capacity[static_cast<std::size_t>(e)];
  }
}

// kPlanConflict where required arcs exceed a capacity, with the arcs that do.
absl::Status CheckRequired(const CandidateGraph& graph, const SideView& side, bool left,
                           const std::vector<std::int8_t>& kind) {
  for (std::size_t e = 0; e < side.capacity.size(); ++e) {
    if (side.capacity[e] >= 0) continue;
    std::vector<std::string> names;
    for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
      if (kind[static_cast<std::size_t>(a)] != kRequired) continue;
      const Arc& arc = graph.arc(a);
      std::int32_t inside = left ? arc.left : arc.right;
      while (inside >= 0 && inside != static_cast<std::int32_t>(e)) {
        inside = side.parent[static_cast<std::size_t>(inside)];
      }
      if (inside >= 0) names.push_back(fmt::format("need {} with offering {}", arc.left, arc.right));
    }
    const auto taken = static_cast<std::int64_t>(names.size());
    return MakeError(Reason::kPlanConflict, "required",
                     fmt::format("{} required pairs of {} exceed its capacity of {}: {}; require fewer or raise the "
                                 "capacity",
                                 taken, side.EntityName(e), taken + side.capacity[e], fmt::join(names, "; ")));
  }
  return absl::OkStatus();
}

// The smallest entity around `node` that has no capacity left, -1 = all have room.
std::int32_t ClosedEntity(const SideView& side, std::int32_t node) {
  std::int32_t e = node;
  while (e >= 0 && side.capacity[static_cast<std::size_t>(e)] > 0) e = side.parent[static_cast<std::size_t>(e)];
  return e;
}

// For every entity, whether it or one around it has no capacity left.
std::vector<bool> ClosedEntities(const SideView& side) {
  std::vector<bool> closed(side.capacity.size());
  const auto visit = [&](std::size_t e) {
    const std::int32_t parent = side.parent[e];
    closed[e] = side.capacity[e] == 0 || (parent >= 0 && closed[static_cast<std::size_t>(parent)]);
  };
  for (std::size_t e = side.node_count; e < side.capacity.size(); ++e) visit(e);  // a group's parent stands before it
  for (std::size_t e = 0; e < side.node_count; ++e) visit(e);
  return closed;
}

std::int64_t SumOfPrices(const SideView& side, const std::vector<std::int64_t>& price, std::int32_t node) {
  std::int64_t sum = 0;
  for (std::int32_t e = node; e >= 0; e = side.parent[static_cast<std::size_t>(e)]) {
    sum += price[static_cast<std::size_t>(e)];
  }
  return sum;
}

// The flow network: ground -> need groups -> needs -> offerings -> offering groups -> ground.
//
// Every need-side entity also has an idle arc back to its parent. It changes no optimum (it only forbids negative
// prices), and it gives the simplex method a first tree in which every node can reach the root.
class Network {
 public:
  Network(const SideView& needs, const SideView& offerings, const std::vector<bool>& closed_needs,
          const std::vector<bool>& closed_offerings, std::size_t pair_count)
      : need_count_(static_cast<std::int32_t>(needs.capacity.size())),
        simplex_(1 + need_count_ + static_cast<std::int32_t>(offerings.capacity.size()),
                 2 * needs.capacity.size() + offerings.capacity.size() + pair_count) {
    HangSide(needs, closed_needs, 1, true);
    HangSide(offerings, closed_offerings, 1 + need_count_, false);
  }

  std::int32_t AddPair(std::int32_t need, std::int32_t offering, std::int64_t gain) {
    return simplex_.AddArc(1 + need, 1 + need_count_ + offering, 1, -gain);
  }
  NetworkSimplex& simplex() { return simplex_; }

  // The price of each entity: how far the potential rises over the arc that its capacity bounds.
  std::vector<std::int64_t> Prices(const SideView& side, bool needs) {
    const std::int32_t base = needs ? 1 : 1 + need_count_;
    std::vector<std::int64_t> price(side.capacity.size());
    for (std::size_t e = 0; e < price.size(); ++e) {
      const std::int64_t own = simplex_.potential(base + static_cast<std::int32_t>(e));
      const std::int64_t around = simplex_.potential(side.parent[e] < 0 ? 0 : base + side.parent[e]);
      price[e] = std::max<std::int64_t>(0, needs ? own - around : around - own);
    }
    return price;
  }

 private:
  void HangSide(const SideView& side, const std::vector<bool>& closed, std::int32_t base, bool needs) {
    const auto hang = [&](std::size_t e) {
      const std::int32_t node = base + static_cast<std::int32_t>(e);
      const std::int32_t parent = side.parent[e] < 0 ? 0 : base + side.parent[e];
      // No flow reaches a closed entity; any arc with room keeps its node on the tree.
      if (needs || closed[e]) {
        simplex_.AddTreeArc(node, parent, kUnlimited);
        if (!closed[e]) simplex_.AddArc(parent, node, side.capacity[e], 0);
      } else {
        simplex_.AddTreeArc(node, parent, side.capacity[e]);
      }
    };
    for (std::size_t e = side.node_count; e < side.capacity.size(); ++e) hang(e);
    for (std::size_t e = 0; e < side.node_count; ++e) hang(e);
  }

  std::int32_t need_count_;
  NetworkSimplex simplex_;
};

}  // namespace

absl::StatusOr<Assignment> SolveAssignment(const CandidateGraph& graph, const AssignmentProblem& problem,
                                           const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(CheckGains(graph, problem));
  MAGPIE_ASSIGN_OR_RETURN(SideView needs, MakeSide("need", graph.left_count(), problem.need_capacity,
                                                   problem.need_group, problem.need_groups));
  MAGPIE_ASSIGN_OR_RETURN(SideView offerings, MakeSide("offering", graph.right_count(), problem.offering_capacity,
                                                       problem.offering_group, problem.offering_groups));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<std::int8_t> kind, ArcKinds(graph, problem));

  Assignment answer;
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    if (kind[static_cast<std::size_t>(a)] != kRequired) continue;
    answer.arcs.push_back(a);
    TakeRequired(&needs, graph.arc(a).left);
    TakeRequired(&offerings, graph.arc(a).right);
  }
  MAGPIE_RETURN_IF_ERROR(CheckRequired(graph, needs, true, kind));
  MAGPIE_RETURN_IF_ERROR(CheckRequired(graph, offerings, false, kind));

  const std::vector<bool> closed_needs = ClosedEntities(needs), closed_offerings = ClosedEntities(offerings);
  std::vector<std::int32_t> open;    // free arcs that can be chosen
  std::vector<std::int32_t> closed;  // free arcs that a used-up capacity bars
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    if (kind[static_cast<std::size_t>(a)] != kFree || problem.gain[static_cast<std::size_t>(a)] == 0) continue;
    const bool barred = closed_needs[static_cast<std::size_t>(graph.arc(a).left)] ||
                        closed_offerings[static_cast<std::size_t>(graph.arc(a).right)];
    (barred ? closed : open).push_back(a);
  }
  Network network(needs, offerings, closed_needs, closed_offerings, open.size());
  std::vector<std::int32_t> pair_arc;
  pair_arc.reserve(open.size());
  for (std::int32_t a : open) {
    pair_arc.push_back(
        network.AddPair(graph.arc(a).left, graph.arc(a).right, problem.gain[static_cast<std::size_t>(a)]));
  }
  MAGPIE_RETURN_IF_ERROR(network.simplex().Solve(context));

  for (std::size_t i = 0; i < open.size(); ++i) {
    if (network.simplex().flow(pair_arc[i]) > 0) answer.arcs.push_back(open[i]);
  }
  std::sort(answer.arcs.begin(), answer.arcs.end());
  for (std::int32_t a : answer.arcs) answer.total_gain += problem.gain[static_cast<std::size_t>(a)];

  std::vector<std::int64_t> need_prices = network.Prices(needs, true);
  std::vector<std::int64_t> offering_prices = network.Prices(offerings, false);
  // Capacities that are used up before the free arcs' turn never entered the network: their price is whatever bars
  // the arcs that they bar.
  for (std::int32_t a : closed) {
    const Arc& arc = graph.arc(a);
    const std::int64_t missing = problem.gain[static_cast<std::size_t>(a)] - SumOfPrices(needs, need_prices, arc.left) -
                                 SumOfPrices(offerings, offering_prices, arc.right);
    if (missing <= 0) continue;
    const std::int32_t need = ClosedEntity(needs, arc.left);
    if (need >= 0) {
      need_prices[static_cast<std::size_t>(need)] += missing;
    } else {
      offering_prices[static_cast<std::size_t>(ClosedEntity(offerings, arc.right))] += missing;
    }
  }
  const auto split = [](const SideView& side, const std::vector<std::int64_t>& prices,
                        std::vector<std::int64_t>* of_nodes, std::vector<std::int64_t>* of_groups) {
    const auto middle = prices.begin() + static_cast<std::ptrdiff_t>(side.node_count);
    of_nodes->assign(prices.begin(), middle);
    of_groups->assign(middle, prices.end());
  };
  split(needs, need_prices, &answer.need_price, &answer.need_group_price);
  split(offerings, offering_prices, &answer.offering_price, &answer.offering_group_price);
  return answer;
}

}  // namespace magpie
