// A circulation with a lower and an upper bound on each edge, brought to keep its lower bounds by augmenting paths.
//
// Terms   node 0 is the ground. The flow of an edge never exceeds its upper bound; an edge whose flow is below its
//         lower bound is short. Bounds may change at any time by the functions below, and the flow is kept.
// Answer  Repair() raises all edges of `demands` to their lower bounds, or leaves a node set whose incoming lower
//         bounds exceed its outgoing upper bounds (Hoffman): the proof that no circulation exists.
// Ties    by edge numbers.
// Costs   where edges have a cost (of 1; all others 0) and the flow starts from 0, each path is a cheapest one, and so is
//         the flow among those that keep the lower bounds repaired so far.
// Cost    O(E) for each augmenting path without costs; with them O(V * E) at worst, near O(E) in practice.
#pragma once

#include <cstdint>
#include <vector>

namespace magpie {

class BoundedFlow {
 public:
  struct Edge {
    std::int32_t from = 0, to = 0;
    std::int64_t low = 0, up = 0;
  };

  // cost[E], 0 or 1; empty = no edge has one. Lower bounds never exceed upper bounds.
  BoundedFlow(std::int32_t node_count, std::vector<Edge> edges, std::vector<std::int8_t> cost = {});

  const Edge& edge(std::int32_t e) const { return edges_[static_cast<std::size_t>(e)]; }
  std::int64_t flow(std::int32_t e) const { return flow_[static_cast<std::size_t>(e)]; }

  void SetLow(std::int32_t e, std::int64_t low) { edges_[static_cast<std::size_t>(e)].low = low; }
  // At least the flow; to lower it further, Empty() the edge first.
  void SetUp(std::int32_t e, std::int64_t up) { edges_[static_cast<std::size_t>(e)].up = up; }
  // Leads the flow of edge e round it and closes it; false = there is no other way for all of it, and nothing changed.
  // The flow of e is 0 or 1.
  bool Empty(std::int32_t e);

  // Whether every edge of `demands` reaches its lower bound. If not, cut() is a violated set; what was gained is kept.
  bool Repair(const std::vector<std::int32_t>& demands);
  // Of each node: in the violated set of the last Repair() that failed.
  const std::vector<bool>& cut() const { return cut_; }

  const std::vector<std::int64_t>& flows() const { return flow_; }
  void RestoreFlows(std::vector<std::int64_t> flow) { flow_ = std::move(flow); }

 private:
  // Sends up to `amount` along one path in the residual network; 0 = none, and seen_ is what can be reached.
  std::int64_t Augment(std::int32_t from, std::int32_t to, std::int64_t amount);

  std::int64_t Room(std::int32_t step) const;
  std::int32_t Behind(std::int32_t step) const;
  std::int32_t Ahead(std::int32_t step) const;
  void Reach(std::int32_t from, std::int32_t to);  // by fewest edges, until `to` is seen
  void ReachCheaply(std::int32_t from);

  std::vector<Edge> edges_;
  std::vector<std::int8_t> cost_;
  std::vector<std::int64_t> flow_;
  std::vector<std::int32_t> first_;     // of each node, in incident_
  std::vector<std::int32_t> incident_;  // edge e leaving: e; entering: ~e
  std::vector<bool> seen_, cut_;
  std::vector<std::int32_t> reached_by_, queue_, distance_;
};

}  // namespace magpie
