// Where the nodes of a bipartite picture stand so that few curves cross, and how a large picture is cut into panels
// that fit a page.
//
// Method   barycentre sweeps (Sugiyama, Tagawa, Toda 1981): each side in turn is sorted by the mean place of its
//          neighbours; of all sweeps the order with the fewest crossings is kept. No proof of the least, and none
//          needed.
// Ties     by number: same input, same picture.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace magpie::report {

// One curve; `weight` (the score) pulls in the means.
struct Curve {
  std::int32_t left = 0, right = 0;  // any numbers, equal ones are one node
  double weight = 1;
  std::int32_t tag = 0;  // the caller's
};

// Curves with the order of their nodes from top to bottom.
struct Block {
  std::vector<std::int32_t> left, right;
  std::vector<Curve> curves;
  std::size_t rows() const { return left.size() > right.size() ? left.size() : right.size(); }
};

Block OrderBlock(std::vector<Curve> curves);

// Pairs of curves that cross in this order.
std::int64_t CountCrossings(const Block& block);

// One block a connected component (in the order of their first left node), those above `rows` cut along their left
// order; then blocks packed into panels of at most `rows` rows together, unless a single left node has more.
std::vector<std::vector<Block>> LayPanels(const std::vector<Curve>& curves, std::size_t rows);

}  // namespace magpie::report
