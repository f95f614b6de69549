// Random assignment problems for the tests, and the slow obvious twin.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/base/random.h"
#include "magpie/base/status.h"

namespace magpie_test {

struct Instance {
  magpie::CandidateGraph graph;
  magpie::AssignmentProblem problem;
};

struct Shape {
  std::int32_t left = 5, right = 5;
  std::int32_t arcs_per_left = 3;
  std::int32_t capacity = 2;  // the largest one; 0 occurs too when there are zeros
  bool zeros = false;
  int groups = 0;  // of each side, nested at random
  int required = 0, excluded = 0;
  std::int64_t largest_gain = 20;  // small: many ties
};

inline Instance RandomInstance(std::uint64_t seed, const Shape& shape) {
  magpie::Random random(seed);
  const auto below = [&](std::int64_t bound) {
    return static_cast<std::int32_t>(random.Below(static_cast<std::uint64_t>(bound)));
  };
  std::set<std::pair<std::int32_t, std::int32_t>> pairs;
  for (std::int32_t l = 0; l < shape.left && shape.right > 0; ++l) {
    for (std::int32_t k = 0; k < shape.arcs_per_left; ++k) pairs.emplace(l, below(shape.right));
  }
  std::vector<magpie::Arc> arcs;
  for (const auto& [l, r] : pairs) arcs.push_back({l, r});
  Instance instance{*magpie::CandidateGraph::Build(shape.left, shape.right, arcs), {}};
  auto& problem = instance.problem;
  for (std::size_t a = 0; a < arcs.size(); ++a) {
    problem.gain.push_back(static_cast<std::int64_t>(random.Below(static_cast<std::uint64_t>(shape.largest_gain) + 1)));
  }
  const auto capacities = [&](std::int32_t count) {
    std::vector<std::int32_t> capacity;
    for (std::int32_t i = 0; i < count; ++i) {
      capacity.push_back(shape.zeros ? below(shape.capacity + 1) : 1 + below(shape.capacity));
    }
    return capacity;
  };
  problem.need_capacity = capacities(shape.left);
  problem.offering_capacity = capacities(shape.right);
  const auto groups = [&](std::int32_t count, std::vector<magpie::CapacityGroup>* out, std::vector<std::int32_t>* of) {
    for (int g = 0; g < shape.groups; ++g) {
      out->push_back({(shape.zeros ? 0 : 1) + below(std::max(1, count * shape.capacity / 2)), below(g + 1) - 1});
    }
    for (std::int32_t i = 0; i < count && shape.groups > 0; ++i) of->push_back(below(shape.groups + 1) - 1);
  };
  groups(shape.left, &problem.need_groups, &problem.need_group);
  groups(shape.right, &problem.offering_groups, &problem.offering_group);
  if (!arcs.empty()) {
    std::set<std::int32_t> taken;
    const auto pick = [&](int count, std::vector<std::int32_t>* out) {
      for (int i = 0; i < count; ++i) {
        const std::int32_t a = below(static_cast<std::int64_t>(arcs.size()));
        if (taken.insert(a).second) out->push_back(a);
      }
    };
    pick(shape.required, &problem.required);
    pick(shape.excluded, &problem.excluded);
  }
  return instance;
}

// The largest gain over all subsets of arcs, or -1 where the required arcs do not fit.
inline std::int64_t BruteForceGain(const Instance& instance) {
  const auto& [graph, problem] = instance;
  std::vector<std::int32_t> need_room = problem.need_capacity, offering_room = problem.offering_capacity;
  std::vector<std::int32_t> need_group_room, offering_group_room;
  for (const auto& group : problem.need_groups) need_group_room.push_back(group.capacity);
  for (const auto& group : problem.offering_groups) offering_group_room.push_back(group.capacity);
  const auto use = [](std::int32_t node, std::int32_t by, std::vector<std::int32_t>* room,
                      const std::vector<std::int32_t>& group_of, const std::vector<magpie::CapacityGroup>& groups,
                      std::vector<std::int32_t>* group_room) {
    bool fits = ((*room)[static_cast<std::size_t>(node)] -= by) >= 0;
    for (std::int32_t g = group_of.empty() ? -1 : group_of[static_cast<std::size_t>(node)]; g >= 0;
         g = groups[static_cast<std::size_t>(g)].parent) {
      fits = ((*group_room)[static_cast<std::size_t>(g)] -= by) >= 0 && fits;
    }
    return fits;
  };
  const auto use_both = [&](std::int32_t a, std::int32_t by) {
    const bool left = use(graph.arc(a).left, by, &need_room, problem.need_group, problem.need_groups, &need_group_room);
    const bool right = use(graph.arc(a).right, by, &offering_room, problem.offering_group, problem.offering_groups,
                           &offering_group_room);
    return left && right;
  };
  const auto has = [](const std::vector<std::int32_t>& list, std::int32_t a) {
    return std::find(list.begin(), list.end(), a) != list.end();
  };
  std::int64_t best = -1;
  const std::function<void(std::int32_t, std::int64_t)> visit = [&](std::int32_t a, std::int64_t gain) {
    if (a == graph.arc_count()) {
      best = std::max(best, gain);
      return;
    }
    if (!has(problem.required, a)) visit(a + 1, gain);
    if (has(problem.excluded, a)) return;
    if (use_both(a, 1)) visit(a + 1, gain + problem.gain[static_cast<std::size_t>(a)]);
    use_both(a, -1);
  };
  visit(0, 0);
  return best;
}

}  // namespace magpie_test
