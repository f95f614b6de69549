// LEMON's network simplex behind a plain interface: LEMON 1.3.1 does not compile as C++20, so its side is a library of
// its own in C++17.
#pragma once

#include <cstdint>
#include <vector>

namespace magpie_test {

struct FlowArc {
  int from = 0, to = 0;
  std::int64_t capacity = 0, cost = 0;
};

// The least cost of a circulation (flows may be 0, so the answer is at most 0).
std::int64_t LemonLeastCost(int node_count, const std::vector<FlowArc>& arcs);

// The same for the benches' clock, capacities and flows in 32 bits, costs in 64: by network simplex or by cost scaling,
// and with a unit to be sent from each of the first `sources` nodes to one of the next `sources` each.
enum class LemonMethod { kNetworkSimplex, kCostScaling };
std::int64_t LemonAnchor(LemonMethod method, int node_count, int sources, const std::vector<FlowArc>& arcs);

}  // namespace magpie_test
