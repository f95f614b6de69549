// An answer looked at with its problem: loads, prices, and the limits around a pair.
//
// Cost    O(A + L + R + arcs of all quotas) to make; then O(limits around the pair) each.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/assignment/constraint.h"

namespace magpie {

// A limit from above around a pair: of its need or offering, of a group around them, of a quota.
struct LimitView {
  PlanConstraint constraint;
  std::int64_t load = 0;
  std::int64_t price = 0;
  bool full() const { return load >= constraint.amount; }
};

class AnswerView {
 public:
  AnswerView(const CandidateGraph& graph, const AssignmentProblem& problem, const Assignment& answer);

  const CandidateGraph& graph() const { return graph_; }
  const AssignmentProblem& problem() const { return problem_; }
  const Assignment& answer() const { return answer_; }

  bool chosen(std::int32_t arc) const { return chosen_[static_cast<std::size_t>(arc)]; }
  bool excluded(std::int32_t arc) const { return excluded_[static_cast<std::size_t>(arc)]; }
  bool required(std::int32_t arc) const { return required_[static_cast<std::size_t>(arc)]; }
  std::int64_t gain(std::int32_t arc) const { return problem_.gain[static_cast<std::size_t>(arc)]; }

  // The limits around a node, the node's own first, then its groups from the inside out.
  std::vector<LimitView> NeedLimits(std::int32_t need) const;
  std::vector<LimitView> OfferingLimits(std::int32_t offering) const;
  std::vector<LimitView> QuotaLimits(std::int32_t arc) const;

  // The arcs that a capacity of a need, an offering or a group counts, chosen or not, ascending; for a group O(A).
  std::vector<std::int32_t> ArcsInside(const PlanConstraint& capacity) const;

  // P(left) + P(right) + Q(arc).
  std::int64_t PriceOf(std::int32_t arc) const;

 private:
  const CandidateGraph& graph_;
  const AssignmentProblem& problem_;
  const Assignment& answer_;
  std::vector<bool> chosen_, excluded_, required_;
  std::vector<std::int64_t> need_load_, offering_load_, need_group_load_, offering_group_load_, quota_load_;
  std::vector<std::int64_t> need_sum_, offering_sum_;  // prices of a node and of all groups around it
  std::vector<std::vector<std::int32_t>> quotas_of_;   // of each arc; empty where there are no quotas
};

}  // namespace magpie
