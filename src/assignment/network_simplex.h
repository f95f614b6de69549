// A circulation of least cost through a network, by the primal network simplex method.
//
// Terms   node 0 is the root (the ground that every flow starts from and returns to). Arcs have capacity and cost per
//         unit; flows are whole numbers in [0, capacity]. A potential is a node's dual value; the reduced cost of an
//         arc is cost + potential(from) - potential(to).
// Answer  at the end every arc with room left has a reduced cost >= 0 and every arc that carries flow one <= 0: the
//         proof that no cheaper circulation exists.
// Start   the caller hangs every node but the root on the tree by an arc to its parent that has room upwards; with all
//         flows 0 this is a strongly feasible tree, and Cunningham's rule for the leaving arc keeps it so: the method
//         cannot cycle.
// Ties    the entering arc is the worst of a block of arcs, the lower number on ties: same input, same answer.
// Cost    a pivot costs O(length of the cycle + moved subtree); memory 33 bytes an arc, 40 a node.
// Source  Ahuja, Magnanti, Orlin, Network Flows (1993), sections 11.5 to 11.6; Cunningham, A network simplex method
//         (1976).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "deadline.h"
#include "magpie/base/progress.h"

namespace magpie {

class NetworkSimplex {
 public:
  explicit NetworkSimplex(std::int32_t node_count, std::size_t arc_count);

  // Both return the arc's number. AddTreeArc hangs `node` under `parent`, which must already hang on the root, and
  // needs capacity > 0.
  std::int32_t AddArc(std::int32_t from, std::int32_t to, std::int64_t capacity, std::int64_t cost);
  std::int32_t AddTreeArc(std::int32_t node, std::int32_t parent, std::int64_t capacity, std::int64_t cost);

  // The flows are a circulation within the capacities whenever it ends; kProven = of least cost.
  Ending Solve(const RunContext& context, const Deadline& deadline);

  std::int64_t flow(std::int32_t arc) const { return flow_[static_cast<std::size_t>(arc)]; }
  std::int64_t potential(std::int32_t node) const { return nodes_[static_cast<std::size_t>(node)].potential; }
  std::int64_t pivots() const { return pivots_; }

 private:
  struct Node {
    std::int64_t potential = 0;
    std::int32_t parent = -1;
    std::int32_t arc = -1;  // to the parent; its own direction says whether it points up
    std::int32_t depth = 0;
    std::int32_t first_child = -1, next_sibling = -1, previous_sibling = -1;
  };

  Node& node(std::int32_t n) { return nodes_[static_cast<std::size_t>(n)]; }
  bool PointsUp(std::int32_t n) { return from_[static_cast<std::size_t>(node(n).arc)] == n; }
  std::int64_t ReducedCost(std::size_t arc) const {
    return cost_[arc] + nodes_[static_cast<std::size_t>(from_[arc])].potential -
           nodes_[static_cast<std::size_t>(to_[arc])].potential;
  }
  void Attach(std::int32_t n, std::int32_t parent, std::int32_t arc);
  void Detach(std::int32_t n);
  std::int32_t FindEntering();
  void Pivot(std::int32_t entering);
  void MoveSubtree(std::int32_t inner, std::int32_t outer, std::int32_t top, std::int32_t entering);

  // state_: at the lower bound (1), in the tree (0), at the upper bound (-1): an arc may enter where state * reduced
  // cost < 0.
  std::vector<std::int32_t> from_, to_;
  std::vector<std::int64_t> cost_, capacity_, flow_;
  std::vector<std::int8_t> state_;
  std::vector<Node> nodes_;
  std::size_t next_ = 0;  // where the search for an entering arc goes on
  std::int64_t pivots_ = 0;
};

}  // namespace magpie
