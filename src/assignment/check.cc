// The proof of an assignment, read from its definition alone: nothing of the solver is used here.
#include <fmt/format.h>

#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

absl::Status Broken(const std::string& what) {
  return MakeError(Reason::kInternal, "assignment", what);
}

// One side's load, capacity and price, tested on its own.
absl::Status CheckSide(const char* name, const std::vector<std::int32_t>& partners_of,
                       const std::vector<std::int32_t>& capacity, const std::vector<std::int32_t>& group_of,
                       const std::vector<CapacityGroup>& groups, const std::vector<std::int64_t>& price,
                       const std::vector<std::int64_t>& group_price) {
  if (price.size() != capacity.size() || group_price.size() != groups.size()) {
    return Broken(fmt::format("{}: {} prices for {} nodes, {} for {} groups", name, price.size(), capacity.size(),
                              group_price.size(), groups.size()));
  }
  std::vector<std::int64_t> load(groups.size(), 0);
  for (std::size_t n = 0; n < capacity.size(); ++n) {
    if (partners_of[n] > capacity[n]) {
      return Broken(fmt::format("{} {} has {} matches, its capacity is {}", name, n, partners_of[n], capacity[n]));
    }
    if (price[n] < 0) return Broken(fmt::format("{} {} has the negative price {}", name, n, price[n]));
    if (partners_of[n] < capacity[n] && price[n] != 0) {
      return Broken(fmt::format("{} {} has room left and the price {}", name, n, price[n]));
    }
    for (std::int32_t g = group_of.empty() ? -1 : group_of[n]; g >= 0; g = groups[static_cast<std::size_t>(g)].parent) {
      load[static_cast<std::size_t>(g)] += partners_of[n];
    }
  }
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (load[g] > groups[g].capacity) {
      return Broken(
          fmt::format("{} group {} has {} matches, its capacity is {}", name, g, load[g], groups[g].capacity));
    }
    if (group_price[g] < 0)
      return Broken(fmt::format("{} group {} has the negative price {}", name, g, group_price[g]));
    if (load[g] < groups[g].capacity && group_price[g] != 0) {
      return Broken(fmt::format("{} group {} has room left and the price {}", name, g, group_price[g]));
    }
  }
  return absl::OkStatus();
}

std::vector<std::int64_t> PriceSums(const std::vector<std::int64_t>& price, const std::vector<std::int32_t>& group_of,
                                    const std::vector<CapacityGroup>& groups,
                                    const std::vector<std::int64_t>& group_price) {
  std::vector<std::int64_t> sums = price;
  for (std::size_t n = 0; n < sums.size() && !group_of.empty(); ++n) {
    for (std::int32_t g = group_of[n]; g >= 0; g = groups[static_cast<std::size_t>(g)].parent) {
      sums[n] += group_price[static_cast<std::size_t>(g)];
    }
  }
  return sums;
}

}  // namespace

absl::Status CheckAssignment(const CandidateGraph& graph, const AssignmentProblem& problem, const Assignment& answer) {
  std::vector<bool> chosen(static_cast<std::size_t>(graph.arc_count()), false);
  std::vector<bool> bound = chosen;  // required or excluded
  std::vector<std::int32_t> of_need(static_cast<std::size_t>(graph.left_count()), 0);
  std::vector<std::int32_t> of_offering(static_cast<std::size_t>(graph.right_count()), 0);
  std::int64_t total = 0;
  std::int32_t before = -1;
  for (std::int32_t a : answer.arcs) {
    if (a <= before || a >= graph.arc_count()) return Broken(fmt::format("arc {} stands behind arc {}", a, before));
    before = a;
    chosen[static_cast<std::size_t>(a)] = true;
    ++of_need[static_cast<std::size_t>(graph.arc(a).left)];
    ++of_offering[static_cast<std::size_t>(graph.arc(a).right)];
    total += problem.gain[static_cast<std::size_t>(a)];
  }
  if (total != answer.total_gain) {
    return Broken(fmt::format("the total gain is {}, not {}", total, answer.total_gain));
  }
  std::vector<bool> required = bound;
  for (std::int32_t a : problem.required) {
    bound[static_cast<std::size_t>(a)] = required[static_cast<std::size_t>(a)] = true;
    if (!chosen[static_cast<std::size_t>(a)]) return Broken(fmt::format("the required arc {} is left out", a));
  }
  for (std::int32_t a : problem.excluded) {
    bound[static_cast<std::size_t>(a)] = true;
    if (chosen[static_cast<std::size_t>(a)]) return Broken(fmt::format("the excluded arc {} is chosen", a));
  }
  MAGPIE_RETURN_IF_ERROR(CheckSide("need", of_need, problem.need_capacity, problem.need_group, problem.need_groups,
                                   answer.need_price, answer.need_group_price));
  MAGPIE_RETURN_IF_ERROR(CheckSide("offering", of_offering, problem.offering_capacity, problem.offering_group,
                                   problem.offering_groups, answer.offering_price, answer.offering_group_price));
  const std::vector<std::int64_t> left =
      PriceSums(answer.need_price, problem.need_group, problem.need_groups, answer.need_group_price);
  const std::vector<std::int64_t> right =
      PriceSums(answer.offering_price, problem.offering_group, problem.offering_groups, answer.offering_group_price);
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    const auto i = static_cast<std::size_t>(a);
    if (bound[i]) continue;
    const std::int64_t gain = problem.gain[i];
    const std::int64_t price =
        left[static_cast<std::size_t>(graph.arc(a).left)] + right[static_cast<std::size_t>(graph.arc(a).right)];
    if (chosen[i] && gain == 0) return Broken(fmt::format("arc {} is chosen but gains nothing", a));
    if (chosen[i] && price > gain) {
      return Broken(fmt::format("arc {} is chosen, but its price {} exceeds its gain {}", a, price, gain));
    }
    if (!chosen[i] && price < gain) {
      return Broken(fmt::format("arc {} is left out, but its gain {} exceeds its price {}", a, gain, price));
    }
  }
  return absl::OkStatus();
}

}  // namespace magpie
