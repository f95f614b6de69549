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

}  // namespace magpie_test
