// The proof of an assignment, read from its definition alone: nothing of the solver is used here.
#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

absl::Status Broken(const std::string& what) {
  return MakeError(Reason::kInternal, "assignment", what);
}

// Adds to `bound` what a limit of `price` is worth.
void AddLimit(std::int64_t price, std::int32_t capacity, std::int32_t minimum, __int128* bound) {
  *bound += static_cast<__int128>(price) * (price >= 0 ? capacity : minimum);
}

absl::Status CheckLoad(const std::string& name, std::size_t number, std::int64_t load, std::int32_t minimum,
                       std::int32_t capacity) {
  if (load > capacity) {
    return Broken(fmt::format("{} {} has {} matches, its capacity is {}", name, number, load, capacity));
  }
  if (load < minimum) {
    return Broken(fmt::format("{} {} has {} matches, its minimum is {}", name, number, load, minimum));
  }
  return absl::OkStatus();
}

// One side's loads against its limits; adds what its prices are worth to `bound` and the sum of all prices around each
// node to `sums`.
absl::Status CheckSide(const std::string& name, const std::vector<std::int32_t>& matches_of,
                       const std::vector<std::int32_t>& capacity, const std::vector<std::int32_t>& minimum,
                       const std::vector<std::int32_t>& group_of, const std::vector<CapacityGroup>& groups,
                       const std::vector<std::int64_t>& price, const std::vector<std::int64_t>& group_price,
                       __int128* bound, std::vector<__int128>* sums) {
  if (price.size() != capacity.size() || group_price.size() != groups.size()) {
    return Broken(fmt::format("{}: {} prices for {} nodes, {} for {} groups", name, price.size(), capacity.size(),
                              group_price.size(), groups.size()));
  }
  std::vector<std::int64_t> load(groups.size(), 0);
  for (std::size_t n = 0; n < capacity.size(); ++n) {
    const std::int32_t least = minimum.empty() ? 0 : minimum[n];
    MAGPIE_RETURN_IF_ERROR(CheckLoad(name, n, matches_of[n], least, capacity[n]));
    AddLimit(price[n], capacity[n], least, bound);
    sums->push_back(price[n]);
    for (std::int32_t g = group_of.empty() ? -1 : group_of[n]; g >= 0; g = groups[static_cast<std::size_t>(g)].parent) {
      load[static_cast<std::size_t>(g)] += matches_of[n];
      sums->back() += group_price[static_cast<std::size_t>(g)];
    }
  }
  for (std::size_t g = 0; g < groups.size(); ++g) {
    MAGPIE_RETURN_IF_ERROR(CheckLoad(name + " group", g, load[g], groups[g].minimum, groups[g].capacity));
    AddLimit(group_price[g], groups[g].capacity, groups[g].minimum, bound);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAssignment(const CandidateGraph& graph, const AssignmentProblem& problem, const Assignment& answer) {
  const auto arc_count = static_cast<std::size_t>(graph.arc_count());
  std::vector<bool> chosen(arc_count, false), required(arc_count, false), excluded(arc_count, false);
  for (std::int32_t a : problem.required) required[static_cast<std::size_t>(a)] = true;
  for (std::int32_t a : problem.excluded) excluded[static_cast<std::size_t>(a)] = true;
  std::vector<std::int32_t> of_need(static_cast<std::size_t>(graph.left_count()), 0);
  std::vector<std::int32_t> of_offering(static_cast<std::size_t>(graph.right_count()), 0);
  __int128 total = 0;
  std::int32_t before = -1;
  for (std::int32_t a : answer.arcs) {
    if (a <= before || a >= graph.arc_count()) return Broken(fmt::format("arc {} stands behind arc {}", a, before));
    before = a;
    const auto i = static_cast<std::size_t>(a);
    if (excluded[i]) return Broken(fmt::format("the excluded arc {} is chosen", a));
    if (problem.gain[i] == 0 && !required[i]) return Broken(fmt::format("arc {} is chosen but gains nothing", a));
    chosen[i] = true;
    ++of_need[static_cast<std::size_t>(graph.arc(a).left)];
    ++of_offering[static_cast<std::size_t>(graph.arc(a).right)];
    total += problem.gain[i];
  }
  if (total != answer.total_gain) {
    return Broken(fmt::format("the total gain is {}, not {}", static_cast<std::int64_t>(total), answer.total_gain));
  }
  for (std::int32_t a : problem.required) {
    if (!chosen[static_cast<std::size_t>(a)]) return Broken(fmt::format("the required arc {} is left out", a));
  }

  __int128 bound = 0;
  std::vector<__int128> left, right;
  MAGPIE_RETURN_IF_ERROR(CheckSide("need", of_need, problem.need_capacity, problem.need_minimum, problem.need_group,
                                   problem.need_groups, answer.need_price, answer.need_group_price, &bound, &left));
  MAGPIE_RETURN_IF_ERROR(CheckSide("offering", of_offering, problem.offering_capacity, problem.offering_minimum,
                                   problem.offering_group, problem.offering_groups, answer.offering_price,
                                   answer.offering_group_price, &bound, &right));
  if (answer.quota_price.size() != problem.quotas.size()) {
    return Broken(fmt::format("{} prices for {} quotas", answer.quota_price.size(), problem.quotas.size()));
  }
  std::vector<__int128> of_quotas(problem.quotas.empty() ? 0 : arc_count, 0);
  for (std::size_t q = 0; q < problem.quotas.size(); ++q) {
    const Quota& quota = problem.quotas[q];
    std::int64_t load = 0;
    for (std::int32_t a : quota.arcs) {
      load += chosen[static_cast<std::size_t>(a)] ? 1 : 0;
      of_quotas[static_cast<std::size_t>(a)] += answer.quota_price[q];
    }
    MAGPIE_RETURN_IF_ERROR(CheckLoad("quota", q, load, quota.minimum, quota.maximum));
    AddLimit(answer.quota_price[q], quota.maximum, quota.minimum, &bound);
  }
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    const auto i = static_cast<std::size_t>(a);
    if (excluded[i] || (!required[i] && problem.gain[i] == 0)) continue;
    const Arc& arc = graph.arc(a);
    const __int128 left_over = problem.gain[i] - left[static_cast<std::size_t>(arc.left)] -
                               right[static_cast<std::size_t>(arc.right)] - (of_quotas.empty() ? 0 : of_quotas[i]);
    if (required[i] || left_over > 0) bound += left_over;
  }
  if (bound != answer.bound) {
    return Broken(fmt::format("the prices prove a bound of {}, not {}", static_cast<double>(bound), answer.bound));
  }
  if (total > bound) {
    return Broken(fmt::format("the total gain {} exceeds its bound {}", answer.total_gain, answer.bound));
  }
  if (answer.ending == Ending::kProven) {
    const auto allowed = static_cast<std::int64_t>(std::floor(answer.epsilon * static_cast<double>(answer.bound)));
    if (bound - total > allowed) {
      return Broken(fmt::format("the total gain {} is said to be proven, but falls short of its bound {}",
                                answer.total_gain, answer.bound));
    }
  }
  return absl::OkStatus();
}

}  // namespace magpie
