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
  int minimums = 0;                // how many nodes and groups of each side are given one, within their capacity
  int quotas = 0;                  // of arcs taken at random
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
  const auto minimums = [&](const std::vector<std::int32_t>& capacity, std::vector<std::int32_t>* minimum,
                            std::vector<magpie::CapacityGroup>* of_groups) {
    if (shape.minimums > 0) minimum->assign(capacity.size(), 0);
    for (int i = 0; i < shape.minimums && !capacity.empty(); ++i) {
      if (!of_groups->empty() && below(2) == 0) {
        auto& group = (*of_groups)[static_cast<std::size_t>(below(static_cast<std::int64_t>(of_groups->size())))];
        group.minimum = std::min(group.capacity, 1 + below(3));
      } else {
        const auto n = static_cast<std::size_t>(below(static_cast<std::int64_t>(capacity.size())));
        (*minimum)[n] = std::min(capacity[n], 1 + below(2));
      }
    }
  };
  minimums(problem.need_capacity, &problem.need_minimum, &problem.need_groups);
  minimums(problem.offering_capacity, &problem.offering_minimum, &problem.offering_groups);
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
    for (int q = 0; q < shape.quotas; ++q) {
      magpie::Quota quota;
      for (std::int32_t a = 0; a < static_cast<std::int32_t>(arcs.size()); ++a) {
        if (below(2) == 0) quota.arcs.push_back(a);
      }
      quota.minimum = below(4);
      quota.maximum = quota.minimum + below(4);
      problem.quotas.push_back(quota);
    }
  }
  return instance;
}

// The largest gain over all subsets of arcs that keep every limit, or -1 where none does.
inline std::int64_t BruteForceGain(const Instance& instance) {
  const auto& [graph, problem] = instance;
  std::vector<std::int32_t> need_load(problem.need_capacity.size()), offering_load(problem.offering_capacity.size());
  std::vector<std::int32_t> need_group_load(problem.need_groups.size());
  std::vector<std::int32_t> offering_group_load(problem.offering_groups.size());
  // Whether the node and every group around it are within their capacities after `by` more matches.
  const auto use = [](std::int32_t node, std::int32_t by, std::vector<std::int32_t>* load,
                      const std::vector<std::int32_t>& capacity, const std::vector<std::int32_t>& group_of,
                      const std::vector<magpie::CapacityGroup>& groups, std::vector<std::int32_t>* group_load) {
    const auto n = static_cast<std::size_t>(node);
    bool fits = ((*load)[n] += by) <= capacity[n];
    for (std::int32_t g = group_of.empty() ? -1 : group_of[n]; g >= 0;) {
      const auto& group = groups[static_cast<std::size_t>(g)];
      fits = ((*group_load)[static_cast<std::size_t>(g)] += by) <= group.capacity && fits;
      g = group.parent;
    }
    return fits;
  };
  const auto use_both = [&](std::int32_t a, std::int32_t by) {
    const bool left = use(graph.arc(a).left, by, &need_load, problem.need_capacity, problem.need_group,
                          problem.need_groups, &need_group_load);
    const bool right = use(graph.arc(a).right, by, &offering_load, problem.offering_capacity, problem.offering_group,
                           problem.offering_groups, &offering_group_load);
    return left && right;
  };
  const auto has = [](const std::vector<std::int32_t>& list, std::int32_t a) {
    return std::find(list.begin(), list.end(), a) != list.end();
  };
  const auto enough = [](const std::vector<std::int32_t>& load, const std::vector<std::int32_t>& minimum,
                         const std::vector<std::int32_t>& group_load,
                         const std::vector<magpie::CapacityGroup>& groups) {
    bool all = true;
    for (std::size_t n = 0; n < minimum.size(); ++n) all = all && load[n] >= minimum[n];
    for (std::size_t g = 0; g < groups.size(); ++g) all = all && group_load[g] >= groups[g].minimum;
    return all;
  };
  std::int64_t best = -1;
  std::vector<std::int32_t> chosen;
  const std::function<void(std::int32_t, std::int64_t)> visit = [&](std::int32_t a, std::int64_t gain) {
    if (a == graph.arc_count()) {
      bool kept = true;
      for (const auto& quota : problem.quotas) {
        const auto load = std::count_if(chosen.begin(), chosen.end(), [&](auto c) { return has(quota.arcs, c); });
        kept = kept && load >= quota.minimum && load <= quota.maximum;
      }
      if (kept && enough(need_load, problem.need_minimum, need_group_load, problem.need_groups) &&
          enough(offering_load, problem.offering_minimum, offering_group_load, problem.offering_groups)) {
        best = std::max(best, gain);
      }
      return;
    }
    const bool required = has(problem.required, a);
    if (!required) visit(a + 1, gain);
    const std::int64_t own = problem.gain[static_cast<std::size_t>(a)];
    if (has(problem.excluded, a) || (own == 0 && !required)) return;
    chosen.push_back(a);
    if (use_both(a, 1)) visit(a + 1, gain + own);
    use_both(a, -1);
    chosen.pop_back();
  };
  visit(0, 0);
  return best;
}

}  // namespace magpie_test
