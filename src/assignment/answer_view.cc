#include "answer_view.h"

#include <numeric>
#include <span>

namespace magpie {
namespace {

std::size_t Index(std::int32_t i) {
  return static_cast<std::size_t>(i);
}

std::vector<std::int64_t> PriceSums(const std::vector<std::int64_t>& price, const std::vector<std::int32_t>& group_of,
                                    const std::vector<CapacityGroup>& groups,
                                    const std::vector<std::int64_t>& group_price) {
  std::vector<std::int64_t> sums = price;
  for (std::size_t n = 0; n < group_of.size(); ++n) {
    for (std::int32_t g = group_of[n]; g >= 0; g = groups[Index(g)].parent) sums[n] += group_price[Index(g)];
  }
  return sums;
}

void AddLoad(std::int32_t node, const std::vector<std::int32_t>& group_of, const std::vector<CapacityGroup>& groups,
             std::vector<std::int64_t>* load, std::vector<std::int64_t>* group_load) {
  ++(*load)[Index(node)];
  for (std::int32_t g = group_of.empty() ? -1 : group_of[Index(node)]; g >= 0; g = groups[Index(g)].parent) {
    ++(*group_load)[Index(g)];
  }
}

}  // namespace

AnswerView::AnswerView(const CandidateGraph& graph, const AssignmentProblem& problem, const Assignment& answer)
    : graph_(graph),
      problem_(problem),
      answer_(answer),
      chosen_(Index(graph.arc_count()), false),
      excluded_(chosen_),
      required_(chosen_),
      need_load_(Index(graph.left_count()), 0),
      offering_load_(Index(graph.right_count()), 0),
      need_group_load_(problem.need_groups.size(), 0),
      offering_group_load_(problem.offering_groups.size(), 0),
      quota_load_(problem.quotas.size(), 0),
      need_sum_(PriceSums(answer.need_price, problem.need_group, problem.need_groups, answer.need_group_price)),
      offering_sum_(PriceSums(answer.offering_price, problem.offering_group, problem.offering_groups,
                              answer.offering_group_price)) {
  for (std::int32_t a : problem.excluded) excluded_[Index(a)] = true;
  for (std::int32_t a : problem.required) required_[Index(a)] = true;
  if (!problem.quotas.empty()) quotas_of_.resize(Index(graph.arc_count()));
  for (std::size_t q = 0; q < problem.quotas.size(); ++q) {
    for (std::int32_t a : problem.quotas[q].arcs) quotas_of_[Index(a)].push_back(static_cast<std::int32_t>(q));
  }
  for (std::int32_t a : answer.arcs) {
    chosen_[Index(a)] = true;
    AddLoad(graph.arc(a).left, problem.need_group, problem.need_groups, &need_load_, &need_group_load_);
    AddLoad(graph.arc(a).right, problem.offering_group, problem.offering_groups, &offering_load_,
            &offering_group_load_);
    if (quotas_of_.empty()) continue;
    for (std::int32_t q : quotas_of_[Index(a)]) ++quota_load_[Index(q)];
  }
}

std::vector<LimitView> AnswerView::NeedLimits(std::int32_t need) const {
  std::vector<LimitView> limits = {{{PlanConstraintKind::kNeedCapacity, need, problem_.need_capacity[Index(need)]},
                                    need_load_[Index(need)],
                                    answer_.need_price[Index(need)]}};
  for (std::int32_t g = problem_.need_group.empty() ? -1 : problem_.need_group[Index(need)]; g >= 0;
       g = problem_.need_groups[Index(g)].parent) {
    limits.push_back({{PlanConstraintKind::kNeedGroupCapacity, g, problem_.need_groups[Index(g)].capacity},
                      need_group_load_[Index(g)],
                      answer_.need_group_price[Index(g)]});
  }
  return limits;
}

std::vector<LimitView> AnswerView::OfferingLimits(std::int32_t offering) const {
  std::vector<LimitView> limits = {
      {{PlanConstraintKind::kOfferingCapacity, offering, problem_.offering_capacity[Index(offering)]},
       offering_load_[Index(offering)],
       answer_.offering_price[Index(offering)]}};
  for (std::int32_t g = problem_.offering_group.empty() ? -1 : problem_.offering_group[Index(offering)]; g >= 0;
       g = problem_.offering_groups[Index(g)].parent) {
    limits.push_back({{PlanConstraintKind::kOfferingGroupCapacity, g, problem_.offering_groups[Index(g)].capacity},
                      offering_group_load_[Index(g)],
                      answer_.offering_group_price[Index(g)]});
  }
  return limits;
}

std::vector<LimitView> AnswerView::QuotaLimits(std::int32_t arc) const {
  std::vector<LimitView> limits;
  if (quotas_of_.empty()) return limits;
  for (std::int32_t q : quotas_of_[Index(arc)]) {
    limits.push_back({{PlanConstraintKind::kQuotaMaximum, q, problem_.quotas[Index(q)].maximum},
                      quota_load_[Index(q)],
                      answer_.quota_price[Index(q)]});
  }
  return limits;
}

std::vector<std::int32_t> AnswerView::ArcsInside(const PlanConstraint& capacity) const {
  std::vector<std::int32_t> arcs;
  if (capacity.kind == PlanConstraintKind::kNeedCapacity) {
    const auto [first, last] = graph_.ArcsOfLeft(capacity.index);
    arcs.resize(Index(last - first));
    std::iota(arcs.begin(), arcs.end(), first);
    return arcs;
  }
  if (capacity.kind == PlanConstraintKind::kOfferingCapacity) {
    const std::span<const std::int32_t> of_offering = graph_.ArcsOfRight(capacity.index);
    return {of_offering.begin(), of_offering.end()};
  }
  const bool left = capacity.kind == PlanConstraintKind::kNeedGroupCapacity;
  const std::vector<std::int32_t>& group_of = left ? problem_.need_group : problem_.offering_group;
  const std::vector<CapacityGroup>& groups = left ? problem_.need_groups : problem_.offering_groups;
  for (std::int32_t a = 0; a < graph_.arc_count(); ++a) {
    std::int32_t g = group_of[Index(left ? graph_.arc(a).left : graph_.arc(a).right)];
    while (g >= 0 && g != capacity.index) g = groups[Index(g)].parent;
    if (g >= 0) arcs.push_back(a);
  }
  return arcs;
}

std::int64_t AnswerView::PriceOf(std::int32_t arc) const {
  std::int64_t price = need_sum_[Index(graph_.arc(arc).left)] + offering_sum_[Index(graph_.arc(arc).right)];
  if (quotas_of_.empty()) return price;
  for (std::int32_t q : quotas_of_[Index(arc)]) price += answer_.quota_price[Index(q)];
  return price;
}

}  // namespace magpie
