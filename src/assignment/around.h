// Walks over one side of a problem, for code that treats both sides alike.
#pragma once

#include "magpie/assignment/assignment.h"
#include "magpie/base/vocabulary.h"
#include "reduced_problem.h"

namespace magpie {

// Calls visit(entity) for the node and every group around it, the smallest first.
template <typename Visit>
void Around(const SideView& side, std::int32_t node, Visit visit) {
  for (std::int32_t e = node; e >= 0; e = side.parent[static_cast<std::size_t>(e)]) visit(static_cast<std::size_t>(e));
}

inline std::int32_t NodeOf(const Arc& arc, Side side) {
  return side == Side::kNeed ? arc.left : arc.right;
}

inline Side OtherSide(Side side) {
  return side == Side::kNeed ? Side::kOffering : Side::kNeed;
}

inline const SideView& ViewOf(const ReducedProblem& reduced, Side side) {
  return side == Side::kNeed ? reduced.needs : reduced.offerings;
}

}  // namespace magpie
