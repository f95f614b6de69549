// A problem as the solvers take it: checked, the required arcs chosen and taken off the limits.
//
// Terms   an entity is a node or a group of one side: nodes first, then groups. An entity is closed where it or one
//         around it has no capacity left; an arc is free where it is neither required nor excluded nor without gain,
//         open where it is free and both its nodes are open.
// Errors  those of SolveAssignment.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/assignment/assignment.h"

namespace magpie {

struct SideView {
  std::string_view name;               // "need"
  std::vector<std::int32_t> parent;    // of each entity, -1 = none
  std::vector<std::int32_t> capacity;  // of each entity, less what required arcs take
  std::vector<std::int32_t> minimum;   // of each entity, likewise; empty = none has one
  std::vector<bool> closed;            // of each entity
  std::size_t node_count = 0;

  std::string EntityName(std::size_t entity) const;
  std::int32_t MinimumOf(std::size_t entity) const { return minimum.empty() ? 0 : minimum[entity]; }
  bool plain() const { return capacity.size() == node_count && minimum.empty(); }
  // The smallest entity around `node` that has no capacity left, -1 = all have room.
  std::int32_t ClosedEntity(std::int32_t node) const;
  std::int64_t SumOfPrices(const std::vector<std::int64_t>& price, std::int32_t node) const;
};

enum class ArcKind : std::uint8_t { kOpen, kClosed, kRequired, kUnused };  // kUnused: excluded or without gain

struct ReducedProblem {
  const CandidateGraph* graph = nullptr;
  const AssignmentProblem* problem = nullptr;
  SideView needs, offerings;
  std::vector<ArcKind> kind;  // of each arc
  std::int64_t open_count = 0;
  std::int64_t largest_gain = 0;  // of the open arcs
  std::int64_t sum_of_gains = 0;  // likewise

  std::int64_t gain(std::int32_t arc) const { return problem->gain[static_cast<std::size_t>(arc)]; }
  ArcKind KindOf(std::int32_t arc) const { return kind[static_cast<std::size_t>(arc)]; }
};

// Looks at everything but the quotas, which CheckQuotas looks at.
absl::StatusOr<ReducedProblem> Reduce(const CandidateGraph& graph, const AssignmentProblem& problem);

absl::Status CheckQuotas(const CandidateGraph& graph, const AssignmentProblem& problem);

// What a solver gives back: choices among the open arcs and a price of each entity.
struct ReducedAnswer {
  std::vector<std::int32_t> arcs;  // in any order
  std::vector<std::int64_t> need_price, offering_price;
  Ending ending = Ending::kProven;
  bool tight = false;  // the prices hold every condition of the best: what they prove is the total itself
};

// The answer to the whole problem: the required arcs with it, closed entities priced, total and bound worked out.
// kPlanConflict naming the minimums that are short.
absl::StatusOr<Assignment> Complete(const ReducedProblem& reduced, ReducedAnswer answer);

// What the prices prove, by the definition in assignment.h; the largest number where it would be larger.
std::int64_t BoundOf(const ReducedProblem& reduced, const Assignment& answer);

}  // namespace magpie
