#include "lemon_oracle.h"

#include <lemon/cost_scaling.h>
#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

#include <stdexcept>

namespace magpie_test {

std::int64_t LemonLeastCost(int node_count, const std::vector<FlowArc>& arcs) {
  lemon::SmartDigraph graph;
  graph.reserveNode(node_count);
  graph.reserveArc(static_cast<int>(arcs.size()));
  std::vector<lemon::SmartDigraph::Node> nodes;
  for (int n = 0; n < node_count; ++n) nodes.push_back(graph.addNode());
  lemon::SmartDigraph::ArcMap<std::int64_t> capacity(graph), cost(graph);
  for (const FlowArc& arc : arcs) {
    const auto a = graph.addArc(nodes[static_cast<std::size_t>(arc.from)], nodes[static_cast<std::size_t>(arc.to)]);
    capacity[a] = arc.capacity;
    cost[a] = arc.cost;
  }
  lemon::NetworkSimplex<lemon::SmartDigraph, std::int64_t, std::int64_t> simplex(graph);
  simplex.upperMap(capacity).costMap(cost);
  if (simplex.run() != simplex.OPTIMAL) throw std::runtime_error("LEMON found no optimum");
  return simplex.totalCost<std::int64_t>();
}

namespace {

template <typename Solver>
std::int64_t Run(int node_count, int sources, const std::vector<FlowArc>& arcs) {
  lemon::SmartDigraph graph;
  graph.reserveNode(node_count);
  graph.reserveArc(static_cast<int>(arcs.size()));
  std::vector<lemon::SmartDigraph::Node> nodes;
  for (int n = 0; n < node_count; ++n) nodes.push_back(graph.addNode());
  lemon::SmartDigraph::ArcMap<int> capacity(graph);
  lemon::SmartDigraph::ArcMap<std::int64_t> cost(graph);
  for (const FlowArc& arc : arcs) {
    const auto a = graph.addArc(nodes[static_cast<std::size_t>(arc.from)], nodes[static_cast<std::size_t>(arc.to)]);
    capacity[a] = static_cast<int>(arc.capacity);
    cost[a] = arc.cost;
  }
  lemon::SmartDigraph::NodeMap<int> supply(graph, 0);
  for (int n = 0; n < sources; ++n) {
    supply[nodes[static_cast<std::size_t>(n)]] = 1;
    supply[nodes[static_cast<std::size_t>(sources + n)]] = -1;
  }
  Solver solver(graph);
  solver.upperMap(capacity).costMap(cost).supplyMap(supply);
  if (solver.run() != solver.OPTIMAL) throw std::runtime_error("LEMON found no optimum");
  return solver.template totalCost<std::int64_t>();
}

}  // namespace

std::int64_t LemonAnchor(LemonMethod method, int node_count, int sources, const std::vector<FlowArc>& arcs) {
  return method == LemonMethod::kNetworkSimplex
             ? Run<lemon::NetworkSimplex<lemon::SmartDigraph, int, std::int64_t>>(node_count, sources, arcs)
             : Run<lemon::CostScaling<lemon::SmartDigraph, int, std::int64_t>>(node_count, sources, arcs);
}

}  // namespace magpie_test
