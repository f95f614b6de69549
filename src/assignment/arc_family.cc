#include "arc_family.h"

#include <algorithm>

#include "around.h"

namespace magpie {

ArcFamily::ArcFamily(const ReducedProblem& reduced, Side side) {
  const AssignmentProblem& problem = *reduced.problem;
  const bool needs = side == Side::kNeed;
  const SideView& view = ViewOf(reduced, side);
  const auto& capacity = needs ? problem.need_capacity : problem.offering_capacity;
  const auto& minimum = needs ? problem.need_minimum : problem.offering_minimum;
  node_count_ = view.node_count;
  for (std::size_t n = 0; n < node_count_; ++n) {
    members_.push_back({view.parent[n], minimum.empty() ? 0 : minimum[n], capacity[n], 0});
  }
  for (const CapacityGroup& group : needs ? problem.need_groups : problem.offering_groups) {
    members_.push_back({view.parent[members_.size()], group.minimum, group.capacity, 0});
  }
  first_quota_ = members_.size();
  for (std::int32_t a = 0; a < reduced.graph->arc_count(); ++a) {
    const bool usable = reduced.KindOf(a) != ArcKind::kUnused;
    smallest_.push_back(usable ? NodeOf(reduced.graph->arc(a), side) : -1);
    if (usable) Around(view, smallest_.back(), [&](std::size_t m) { ++members_[m].size; });
  }
}

bool ArcFamily::Insert(std::span<const std::int32_t> arcs, std::int32_t minimum, std::int32_t maximum) {
  std::vector<std::int64_t> inside(members_.size(), 0);  // how many of the quota's arcs each member has
  std::vector<std::int32_t> touched;
  for (const std::int32_t a : arcs) {
    for (std::int32_t m = smallest_[static_cast<std::size_t>(a)]; m >= 0;
         m = members_[static_cast<std::size_t>(m)].parent) {
      if (inside[static_cast<std::size_t>(m)]++ == 0) touched.push_back(m);
    }
  }
  const auto size = static_cast<std::int64_t>(arcs.size());
  const auto lies_inside = [&](std::int32_t m) {
    return m >= 0 && inside[static_cast<std::size_t>(m)] == members_[static_cast<std::size_t>(m)].size;
  };
  for (const std::int32_t m : touched) {
    if (!lies_inside(m) && inside[static_cast<std::size_t>(m)] != size) return false;
  }
  // What holds the quota is a chain: the smallest of it is around what hung on it before.
  const auto quota = static_cast<std::int32_t>(members_.size());
  std::int32_t around = -1;
  for (const std::int32_t m : touched) {
    Member& member = members_[static_cast<std::size_t>(m)];
    if (lies_inside(m) && !lies_inside(member.parent)) {
      around = member.parent;
      member.parent = quota;
    }
  }
  for (const std::int32_t a : arcs) {
    std::int32_t& smallest = smallest_[static_cast<std::size_t>(a)];
    if (!lies_inside(smallest)) {
      around = smallest;
      smallest = quota;
    }
  }
  members_.push_back({around, minimum, maximum, size});
  return true;
}

ArcFamily::Rewritten ArcFamily::Rewrite() const {
  std::vector<bool> has_children(members_.size(), false), has_arcs(members_.size(), false);
  for (const Member& member : members_) {
    if (member.parent >= 0) has_children[static_cast<std::size_t>(member.parent)] = true;
  }
  for (const std::int32_t m : smallest_) {
    if (m >= 0) has_arcs[static_cast<std::size_t>(m)] = true;
  }
  Rewritten side;
  side.group_of_member.assign(members_.size(), -1);
  side.node_of_member.assign(members_.size(), -1);
  // Groups: every member around another, those around it first.
  const auto add_group = [&](auto&& self, std::int32_t m) -> std::int32_t {
    if (m < 0) return -1;
    std::int32_t& number = side.group_of_member[static_cast<std::size_t>(m)];
    if (number < 0) {
      const Member& member = members_[static_cast<std::size_t>(m)];
      const std::int32_t parent = self(self, member.parent);
      number = static_cast<std::int32_t>(side.groups.size());
      side.groups.push_back({member.maximum, parent, member.minimum});
    }
    return number;
  };
  for (std::size_t m = 0; m < members_.size(); ++m) {
    if (has_children[m]) add_group(add_group, static_cast<std::int32_t>(m));
  }
  // Nodes: first those of the problem, so that they keep their numbers, then quotas and what quotas left of a member.
  std::vector<std::int32_t> node_of_arcs(members_.size(), -1);
  for (std::size_t m = 0; m < members_.size(); ++m) {
    if (has_children[m] && !has_arcs[m] && m >= node_count_) continue;
    node_of_arcs[m] = static_cast<std::int32_t>(side.capacity.size());
    if (has_children[m]) {
      side.capacity.push_back(kUnlimited);
      side.minimum.push_back(0);
      side.group.push_back(side.group_of_member[m]);
    } else {
      side.node_of_member[m] = node_of_arcs[m];
      side.capacity.push_back(members_[m].maximum);
      side.minimum.push_back(members_[m].minimum);
      side.group.push_back(members_[m].parent < 0 ? -1
                                                  : side.group_of_member[static_cast<std::size_t>(members_[m].parent)]);
    }
  }
  for (const std::int32_t m : smallest_)
    side.node_of_arc.push_back(m < 0 ? -1 : node_of_arcs[static_cast<std::size_t>(m)]);
  return side;
}

}  // namespace magpie
