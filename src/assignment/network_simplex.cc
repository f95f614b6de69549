#include "network_simplex.h"

#include <algorithm>
#include <cmath>

namespace magpie {
namespace {

constexpr std::int8_t kLower = 1, kTree = 0, kUpper = -1;
constexpr std::int64_t kPivotsPerReport = 4096;  // some milliseconds
constexpr std::size_t kSmallestBlock = 16;

}  // namespace

NetworkSimplex::NetworkSimplex(std::int32_t node_count, std::size_t arc_count)
    : nodes_(static_cast<std::size_t>(node_count)) {
  from_.reserve(arc_count);
  to_.reserve(arc_count);
  cost_.reserve(arc_count);
  capacity_.reserve(arc_count);
  flow_.reserve(arc_count);
  state_.reserve(arc_count);
}

std::int32_t NetworkSimplex::AddArc(std::int32_t from, std::int32_t to, std::int64_t capacity, std::int64_t cost) {
  from_.push_back(from);
  to_.push_back(to);
  cost_.push_back(cost);
  capacity_.push_back(capacity);
  flow_.push_back(0);
  state_.push_back(kLower);
  return static_cast<std::int32_t>(from_.size() - 1);
}

std::int32_t NetworkSimplex::AddTreeArc(std::int32_t n, std::int32_t parent, std::int64_t capacity, std::int64_t cost) {
  const std::int32_t arc = AddArc(n, parent, capacity, cost);
  state_[static_cast<std::size_t>(arc)] = kTree;
  Attach(n, parent, arc);
  node(n).depth = node(parent).depth + 1;
  node(n).potential = node(parent).potential - cost;
  return arc;
}

void NetworkSimplex::Attach(std::int32_t n, std::int32_t parent, std::int32_t arc) {
  Node& child = node(n);
  child.parent = parent;
  child.arc = arc;
  child.previous_sibling = -1;
  child.next_sibling = node(parent).first_child;
  if (child.next_sibling >= 0) node(child.next_sibling).previous_sibling = n;
  node(parent).first_child = n;
}

void NetworkSimplex::Detach(std::int32_t n) {
  Node& child = node(n);
  if (child.next_sibling >= 0) node(child.next_sibling).previous_sibling = child.previous_sibling;
  if (child.previous_sibling >= 0) {
    node(child.previous_sibling).next_sibling = child.next_sibling;
  } else {
    node(child.parent).first_child = child.next_sibling;
  }
}

Ending NetworkSimplex::Solve(const RunContext& context, const Deadline& deadline) {
  for (;;) {
    if (const auto ending = deadline.Reached()) return *ending;
    const std::int32_t entering = FindEntering();
    if (entering < 0) return Ending::kProven;
    Pivot(entering);
    if (++pivots_ % kPivotsPerReport == 0) context.Report("assign", pivots_, 0);
  }
}

// Looks through the arcs in blocks, round and round, and takes the worst arc of the first block that has one.
std::int32_t NetworkSimplex::FindEntering() {
  const std::size_t count = from_.size();
  const std::size_t block = std::max(kSmallestBlock, static_cast<std::size_t>(std::sqrt(static_cast<double>(count))));
  std::int64_t worst = 0;
  std::int32_t best = -1;
  std::size_t in_block = 0;
  for (std::size_t seen = 0; seen < count; ++seen) {
    const std::int64_t violation = state_[next_] * ReducedCost(next_);
    if (violation < worst) {
      worst = violation;
      best = static_cast<std::int32_t>(next_);
    }
    if (++next_ == count) next_ = 0;
    if (++in_block == block) {
      if (best >= 0) return best;
      in_block = 0;
    }
  }
  return best;
}

void NetworkSimplex::Pivot(std::int32_t entering) {
  const auto e = static_cast<std::size_t>(entering);
  const bool forward = state_[e] == kLower;
  // Flow is pushed over the entering arc from `first` to `second`, then up to where the two paths meet, and down.
  const std::int32_t first = forward ? from_[e] : to_[e];
  const std::int32_t second = forward ? to_[e] : from_[e];
  std::int32_t a = first, b = second;
  while (a != b) {
    if (node(a).depth >= node(b).depth) {
      a = node(a).parent;
    } else {
      b = node(b).parent;
    }
  }
  const std::int32_t apex = a;

  // Cunningham's rule: the last blocking arc on the cycle, walked from the apex in the direction of the flow.
  std::int64_t delta = capacity_[e];
  std::int32_t leaving = -1;  // the node whose arc to its parent leaves; -1 = the entering arc itself
  bool on_first_side = false;
  for (std::int32_t n = first; n != apex; n = node(n).parent) {
    const auto arc = static_cast<std::size_t>(node(n).arc);
    const std::int64_t room = PointsUp(n) ? flow_[arc] : capacity_[arc] - flow_[arc];
    if (room < delta) {
      delta = room;
      leaving = n;
      on_first_side = true;
    }
  }
  for (std::int32_t n = second; n != apex; n = node(n).parent) {
    const auto arc = static_cast<std::size_t>(node(n).arc);
    const std::int64_t room = PointsUp(n) ? capacity_[arc] - flow_[arc] : flow_[arc];
    if (room <= delta) {
      delta = room;
      leaving = n;
      on_first_side = false;
    }
  }

  if (delta > 0) {
    flow_[e] += forward ? delta : -delta;
    for (std::int32_t n = first; n != apex; n = node(n).parent) {
      flow_[static_cast<std::size_t>(node(n).arc)] += PointsUp(n) ? -delta : delta;
    }
    for (std::int32_t n = second; n != apex; n = node(n).parent) {
      flow_[static_cast<std::size_t>(node(n).arc)] += PointsUp(n) ? delta : -delta;
    }
  }
  if (leaving < 0) {
    state_[e] = forward ? kUpper : kLower;
    return;
  }
  const auto out = static_cast<std::size_t>(node(leaving).arc);
  state_[out] = flow_[out] == 0 ? kLower : kUpper;
  state_[e] = kTree;
  if (on_first_side) {
    MoveSubtree(first, second, leaving, entering);
  } else {
    MoveSubtree(second, first, leaving, entering);
  }
}

// Cuts the subtree of `top`, turns it round so that `inner` is its root and hangs it on `outer` by the entering arc.
void NetworkSimplex::MoveSubtree(std::int32_t inner, std::int32_t outer, std::int32_t top, std::int32_t entering) {
  const auto e = static_cast<std::size_t>(entering);
  const std::int64_t reduced = ReducedCost(e);
  const std::int64_t shift = from_[e] == inner ? -reduced : reduced;

  std::int32_t n = inner, parent = outer, arc = entering;
  for (;;) {
    const std::int32_t old_parent = node(n).parent, old_arc = node(n).arc;
    Detach(n);
    Attach(n, parent, arc);
    if (n == top) break;
    parent = n;
    arc = old_arc;
    n = old_parent;
  }

  n = inner;
  for (;;) {
    node(n).potential += shift;
    node(n).depth = node(node(n).parent).depth + 1;
    if (node(n).first_child >= 0) {
      n = node(n).first_child;
      continue;
    }
    while (n != inner && node(n).next_sibling < 0) n = node(n).parent;
    if (n == inner) return;
    n = node(n).next_sibling;
  }
}

}  // namespace magpie
