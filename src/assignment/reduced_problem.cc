#include "reduced_problem.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "magpie/base/status.h"

namespace magpie {
namespace {

absl::Status BadArgument(std::string_view field, std::string_view message) {
  return MakeError(Reason::kBadArgument, field, message);
}

// The limits of one entity, as the caller gave them.
absl::Status CheckLimits(const std::string& capacity_field, const std::string& minimum_field, std::int32_t capacity,
                         std::int32_t minimum) {
  if (capacity < 0) {
    return BadArgument(capacity_field, fmt::format("capacity {} is negative; use 0 for none", capacity));
  }
  if (minimum < 0) return BadArgument(minimum_field, fmt::format("minimum {} is negative; use 0 for none", minimum));
  if (minimum > capacity) {
    return BadArgument(
        minimum_field,
        fmt::format("minimum {} is above the capacity of {}; lower one or raise the other", minimum, capacity));
  }
  return absl::OkStatus();
}

absl::StatusOr<SideView> MakeSide(std::string_view name, std::int32_t count, const std::vector<std::int32_t>& capacity,
                                  const std::vector<std::int32_t>& minimum, const std::vector<std::int32_t>& group_of,
                                  const std::vector<CapacityGroup>& groups) {
  SideView side;
  side.name = name;
  side.node_count = static_cast<std::size_t>(count);
  if (capacity.size() != side.node_count) {
    return BadArgument(fmt::format("{}_capacity", name),
                       fmt::format("{} capacities for {} nodes", capacity.size(), count));
  }
  if (!minimum.empty() && minimum.size() != side.node_count) {
    return BadArgument(fmt::format("{}_minimum", name), fmt::format("{} minimums for {} nodes", minimum.size(), count));
  }
  if (!group_of.empty() && group_of.size() != side.node_count) {
    return BadArgument(fmt::format("{}_group", name),
                       fmt::format("{} group numbers for {} nodes", group_of.size(), count));
  }
  const auto group_count = static_cast<std::int64_t>(groups.size());
  for (std::size_t i = 0; i < side.node_count; ++i) {
    const std::int32_t least = minimum.empty() ? 0 : minimum[i];
    if (capacity[i] < least || least < 0) {
      MAGPIE_RETURN_IF_ERROR(CheckLimits(fmt::format("{}_capacity[{}]", name, i),
                                         fmt::format("{}_minimum[{}]", name, i), capacity[i], least));
    }
    const std::int32_t group = group_of.empty() ? -1 : group_of[i];
    if (group < -1 || group >= group_count) {
      return BadArgument(fmt::format("{}_group[{}]", name, i),
                         fmt::format("group {} of {}; use -1 for none", group, group_count));
    }
  }
  for (std::size_t g = 0; g < groups.size(); ++g) {
    MAGPIE_RETURN_IF_ERROR(CheckLimits(fmt::format("{}_groups[{}].capacity", name, g),
                                       fmt::format("{}_groups[{}].minimum", name, g), groups[g].capacity,
                                       groups[g].minimum));
    if (groups[g].parent < -1 || groups[g].parent >= static_cast<std::int64_t>(g)) {
      return BadArgument(fmt::format("{}_groups[{}].parent", name, g),
                         fmt::format("parent {} must be -1 or smaller than the group's own index", groups[g].parent));
    }
  }

  const auto first_group = static_cast<std::int32_t>(side.node_count);
  side.capacity.reserve(side.node_count + groups.size());
  side.capacity = capacity;
  side.parent.assign(side.node_count, -1);
  for (std::size_t i = 0; i < group_of.size(); ++i) {
    if (group_of[i] >= 0) side.parent[i] = first_group + group_of[i];
  }
  for (const CapacityGroup& group : groups) {
    side.capacity.push_back(group.capacity);
    side.parent.push_back(group.parent < 0 ? -1 : first_group + group.parent);
  }
  const bool node_minimums = std::any_of(minimum.begin(), minimum.end(), [](std::int32_t m) { return m > 0; });
  if (node_minimums || std::any_of(groups.begin(), groups.end(), [](const auto& g) { return g.minimum > 0; })) {
    side.minimum = minimum;
    side.minimum.resize(side.node_count, 0);
    for (const CapacityGroup& group : groups) side.minimum.push_back(group.minimum);
  }
  return side;
}

// Required arcs are counted off the limits of every entity around them.
void TakeRequired(SideView* side, std::int32_t node) {
  for (std::int32_t e = node; e >= 0; e = side->parent[static_cast<std::size_t>(e)]) {
    const auto i = static_cast<std::size_t>(e);
    --side->capacity[i];
    if (!side->minimum.empty() && side->minimum[i] > 0) --side->minimum[i];
  }
}

void FindClosed(SideView* side) {
  side->closed.resize(side->capacity.size());
  const auto visit = [&](std::size_t e) {
    const std::int32_t parent = side->parent[e];
    side->closed[e] = side->capacity[e] == 0 || (parent >= 0 && side->closed[static_cast<std::size_t>(parent)]);
  };
  for (std::size_t e = side->node_count; e < side->capacity.size(); ++e) visit(e);  // a group's parent stands before it
  for (std::size_t e = 0; e < side->node_count; ++e) visit(e);
}

absl::Status MarkKinds(ReducedProblem* reduced) {
  const CandidateGraph& graph = *reduced->graph;
  const auto mark = [&](const std::vector<std::int32_t>& arcs, ArcKind mine, std::string_view field) {
    for (std::int32_t a : arcs) {
      if (a < 0 || a >= graph.arc_count()) return BadArgument(field, fmt::format("arc {} of {}", a, graph.arc_count()));
      ArcKind& is = reduced->kind[static_cast<std::size_t>(a)];
      if (is != ArcKind::kOpen && is != mine) {
        return BadArgument(field, fmt::format("arc {} (need {} with offering {}) is both required and excluded", a,
                                              graph.arc(a).left, graph.arc(a).right));
      }
      is = mine;
    }
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(mark(reduced->problem->required, ArcKind::kRequired, "required"));
  return mark(reduced->problem->excluded, ArcKind::kUnused, "excluded");
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

// kPlanConflict where required arcs exceed a capacity, with the arcs that do.
absl::Status CheckRequired(const ReducedProblem& reduced, const SideView& side, bool left) {
  for (std::size_t e = 0; e < side.capacity.size(); ++e) {
    if (side.capacity[e] >= 0) continue;
    std::vector<std::string> names;
    for (std::int32_t a = 0; a < reduced.graph->arc_count(); ++a) {
      if (reduced.KindOf(a) != ArcKind::kRequired) continue;
      const Arc& arc = reduced.graph->arc(a);
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

// Adds the names of the entities whose load is below their minimum, with what they have and lack.
void NameShort(const SideView& side, const std::vector<std::int32_t>& load, std::vector<std::string>* names) {
  for (std::size_t e = 0; e < side.minimum.size(); ++e) {
    if (load[e] < side.minimum[e]) {
      names->push_back(fmt::format("{} ({} short)", side.EntityName(e), side.minimum[e] - load[e]));
    }
  }
}

absl::Status CheckMinimums(const ReducedProblem& reduced, const std::vector<std::int32_t>& chosen) {
  if (reduced.needs.minimum.empty() && reduced.offerings.minimum.empty()) return absl::OkStatus();
  std::vector<std::int32_t> of_needs(reduced.needs.capacity.size()), of_offerings(reduced.offerings.capacity.size());
  const auto count = [](const SideView& side, std::int32_t node, std::vector<std::int32_t>* load) {
    for (std::int32_t e = node; e >= 0; e = side.parent[static_cast<std::size_t>(e)]) {
      ++(*load)[static_cast<std::size_t>(e)];
    }
  };
  for (std::int32_t a : chosen) {
    count(reduced.needs, reduced.graph->arc(a).left, &of_needs);
    count(reduced.offerings, reduced.graph->arc(a).right, &of_offerings);
  }
  std::vector<std::string> names;
  NameShort(reduced.needs, of_needs, &names);
  NameShort(reduced.offerings, of_offerings, &names);
  if (names.empty()) return absl::OkStatus();
  return MakeError(Reason::kPlanConflict, "minimum",
                   fmt::format("the minimums cannot all be kept; at best these stay short: {}; lower a minimum, raise "
                               "a capacity or add candidates",
                               fmt::join(names, "; ")));
}

}  // namespace

std::string SideView::EntityName(std::size_t entity) const {
  return entity < node_count ? fmt::format("{} {}", name, entity)
                             : fmt::format("{} group {}", name, entity - node_count);
}

std::int32_t SideView::ClosedEntity(std::int32_t node) const {
  std::int32_t e = node;
  while (e >= 0 && capacity[static_cast<std::size_t>(e)] > 0) e = parent[static_cast<std::size_t>(e)];
  return e;
}

std::int64_t SideView::SumOfPrices(const std::vector<std::int64_t>& price, std::int32_t node) const {
  std::int64_t sum = 0;
  for (std::int32_t e = node; e >= 0; e = parent[static_cast<std::size_t>(e)])
    sum += price[static_cast<std::size_t>(e)];
  return sum;
}

absl::StatusOr<ReducedProblem> Reduce(const CandidateGraph& graph, const AssignmentProblem& problem) {
  MAGPIE_RETURN_IF_ERROR(CheckGains(graph, problem));
  ReducedProblem reduced;
  reduced.graph = &graph;
  reduced.problem = &problem;
  MAGPIE_ASSIGN_OR_RETURN(reduced.needs, MakeSide("need", graph.left_count(), problem.need_capacity,
                                                  problem.need_minimum, problem.need_group, problem.need_groups));
  MAGPIE_ASSIGN_OR_RETURN(reduced.offerings,
                          MakeSide("offering", graph.right_count(), problem.offering_capacity, problem.offering_minimum,
                                   problem.offering_group, problem.offering_groups));
  reduced.kind.assign(static_cast<std::size_t>(graph.arc_count()), ArcKind::kOpen);
  MAGPIE_RETURN_IF_ERROR(MarkKinds(&reduced));
  for (std::int32_t a = 0; a < graph.arc_count() && !problem.required.empty(); ++a) {
    if (reduced.KindOf(a) != ArcKind::kRequired) continue;
    TakeRequired(&reduced.needs, graph.arc(a).left);
    TakeRequired(&reduced.offerings, graph.arc(a).right);
  }
  MAGPIE_RETURN_IF_ERROR(CheckRequired(reduced, reduced.needs, true));
  MAGPIE_RETURN_IF_ERROR(CheckRequired(reduced, reduced.offerings, false));
  FindClosed(&reduced.needs);
  FindClosed(&reduced.offerings);
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    ArcKind& kind = reduced.kind[static_cast<std::size_t>(a)];
    if (kind != ArcKind::kOpen) continue;
    const Arc& arc = graph.arc(a);
    if (reduced.gain(a) == 0) {
      kind = ArcKind::kUnused;
    } else if (reduced.needs.closed[static_cast<std::size_t>(arc.left)] ||
               reduced.offerings.closed[static_cast<std::size_t>(arc.right)]) {
      kind = ArcKind::kClosed;
    } else {
      ++reduced.open_count;
      reduced.largest_gain = std::max(reduced.largest_gain, reduced.gain(a));
      reduced.sum_of_gains += reduced.gain(a);
    }
  }
  return reduced;
}

absl::Status CheckQuotas(const CandidateGraph& graph, const AssignmentProblem& problem) {
  std::vector<std::int32_t> seen_in(static_cast<std::size_t>(graph.arc_count()), -1);
  for (std::size_t q = 0; q < problem.quotas.size(); ++q) {
    const Quota& quota = problem.quotas[q];
    if (quota.minimum < 0 || quota.maximum < quota.minimum) {
      return BadArgument(fmt::format("quotas[{}]", q), fmt::format("minimum {} and maximum {}; 0 <= minimum <= maximum",
                                                                   quota.minimum, quota.maximum));
    }
    for (const std::int32_t a : quota.arcs) {
      if (a < 0 || a >= graph.arc_count() || seen_in[static_cast<std::size_t>(a)] == static_cast<std::int32_t>(q)) {
        return BadArgument(fmt::format("quotas[{}].arcs", q),
                           fmt::format("arc {} of {} is given twice or does not exist", a, graph.arc_count()));
      }
      seen_in[static_cast<std::size_t>(a)] = static_cast<std::int32_t>(q);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Assignment> Complete(const ReducedProblem& reduced, ReducedAnswer answer) {
  const CandidateGraph& graph = *reduced.graph;
  MAGPIE_RETURN_IF_ERROR(CheckMinimums(reduced, answer.arcs));
  Assignment whole;
  whole.ending = answer.ending;
  whole.arcs = std::move(answer.arcs);
  const bool any_required = !reduced.problem->required.empty();
  for (std::int32_t a = 0; a < graph.arc_count() && any_required; ++a) {
    if (reduced.KindOf(a) == ArcKind::kRequired) whole.arcs.push_back(a);
  }
  if (!std::is_sorted(whole.arcs.begin(), whole.arcs.end())) std::sort(whole.arcs.begin(), whole.arcs.end());
  for (std::int32_t a : whole.arcs) whole.total_gain += reduced.gain(a);

  // The solvers never saw what is closed: its price is whatever bars the arcs that it bars.
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    if (reduced.KindOf(a) != ArcKind::kClosed) continue;
    const Arc& arc = graph.arc(a);
    const std::int64_t missing = reduced.gain(a) - reduced.needs.SumOfPrices(answer.need_price, arc.left) -
                                 reduced.offerings.SumOfPrices(answer.offering_price, arc.right);
    if (missing <= 0) continue;
    const std::int32_t need = reduced.needs.ClosedEntity(arc.left);
    if (need >= 0) {
      answer.need_price[static_cast<std::size_t>(need)] += missing;
    } else {
      answer.offering_price[static_cast<std::size_t>(reduced.offerings.ClosedEntity(arc.right))] += missing;
    }
  }
  const auto split = [](const SideView& side, std::vector<std::int64_t>* prices, std::vector<std::int64_t>* of_nodes,
                        std::vector<std::int64_t>* of_groups) {
    of_groups->assign(prices->begin() + static_cast<std::ptrdiff_t>(side.node_count), prices->end());
    prices->resize(side.node_count);
    *of_nodes = std::move(*prices);
  };
  split(reduced.needs, &answer.need_price, &whole.need_price, &whole.need_group_price);
  split(reduced.offerings, &answer.offering_price, &whole.offering_price, &whole.offering_group_price);
  whole.quota_price.assign(reduced.problem->quotas.size(), 0);
  whole.bound = answer.tight ? whole.total_gain : BoundOf(reduced, whole);
  return whole;
}

std::int64_t BoundOf(const ReducedProblem& reduced, const Assignment& answer) {
  const AssignmentProblem& problem = *reduced.problem;
  const CandidateGraph& graph = *reduced.graph;
  __int128 bound = 0;
  const auto limits = [&](std::int64_t price, std::int32_t capacity, std::int32_t minimum) {
    bound += static_cast<__int128>(price) * (price >= 0 ? capacity : minimum);
  };
  const auto side = [&](const std::vector<std::int64_t>& price, const std::vector<std::int32_t>& capacity,
                        const std::vector<std::int32_t>& minimum, const std::vector<std::int32_t>& group_of,
                        const std::vector<CapacityGroup>& groups, const std::vector<std::int64_t>& group_price) {
    std::vector<std::int64_t> around = group_price;  // a group's price with those of the groups that hold it
    for (std::size_t g = 0; g < groups.size(); ++g) {
      limits(group_price[g], groups[g].capacity, groups[g].minimum);
      if (groups[g].parent >= 0) around[g] += around[static_cast<std::size_t>(groups[g].parent)];
    }
    std::vector<std::int64_t> sums = price;
    for (std::size_t n = 0; n < price.size(); ++n) {
      limits(price[n], capacity[n], minimum.empty() ? 0 : minimum[n]);
      if (!group_of.empty() && group_of[n] >= 0) sums[n] += around[static_cast<std::size_t>(group_of[n])];
    }
    return sums;
  };
  const std::vector<std::int64_t> left = side(answer.need_price, problem.need_capacity, problem.need_minimum,
                                              problem.need_group, problem.need_groups, answer.need_group_price);
  const std::vector<std::int64_t> right =
      side(answer.offering_price, problem.offering_capacity, problem.offering_minimum, problem.offering_group,
           problem.offering_groups, answer.offering_group_price);
  std::vector<std::int64_t> of_quotas(problem.quotas.empty() ? 0 : problem.gain.size(), 0);
  for (std::size_t q = 0; q < problem.quotas.size(); ++q) {
    limits(answer.quota_price[q], problem.quotas[q].maximum, problem.quotas[q].minimum);
    for (std::int32_t a : problem.quotas[q].arcs) of_quotas[static_cast<std::size_t>(a)] += answer.quota_price[q];
  }
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    const ArcKind kind = reduced.KindOf(a);
    if (kind == ArcKind::kUnused) continue;
    const Arc& arc = graph.arc(a);
    const std::int64_t left_over = reduced.gain(a) - left[static_cast<std::size_t>(arc.left)] -
                                   right[static_cast<std::size_t>(arc.right)] -
                                   (of_quotas.empty() ? 0 : of_quotas[static_cast<std::size_t>(a)]);
    if (left_over > 0 || kind == ArcKind::kRequired) bound += left_over;
  }
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  return bound > kLargest ? kLargest : static_cast<std::int64_t>(bound);
}

}  // namespace magpie
