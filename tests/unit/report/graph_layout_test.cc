#include "report/graph_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "magpie/base/random.h"

namespace magpie::report {
namespace {

std::vector<Curve> RandomCurves(int left, int right, int count, std::uint64_t seed) {
  Random random(seed);
  std::vector<Curve> curves;
  for (int i = 0; i < count; ++i) {
    curves.push_back({.left = static_cast<std::int32_t>(random.Below(static_cast<std::uint64_t>(left))),
                      .right = static_cast<std::int32_t>(random.Below(static_cast<std::uint64_t>(right))),
                      .weight = 0.5,
                      .tag = i});
  }
  return curves;
}

TEST(GraphLayout, UntanglesAReversedLadder) {
  std::vector<Curve> curves;
  for (int i = 0; i < 10; ++i) curves.push_back({.left = i, .right = 9 - i, .tag = i});
  EXPECT_EQ(CountCrossings(OrderBlock(curves)), 0);
}

TEST(GraphLayout, NeverHasMoreCrossingsThanTheOrderOfTheList) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<Curve> curves = RandomCurves(20, 30, 40, seed);
    Block plain;
    plain.curves = curves;
    std::set<std::int32_t> left, right;
    for (const Curve& curve : curves) {
      left.insert(curve.left);
      right.insert(curve.right);
    }
    plain.left.assign(left.begin(), left.end());
    plain.right.assign(right.begin(), right.end());
    const Block ordered = OrderBlock(curves);
    EXPECT_LE(CountCrossings(ordered), CountCrossings(plain));
    EXPECT_TRUE(std::is_permutation(ordered.left.begin(), ordered.left.end(), plain.left.begin(), plain.left.end()));
    EXPECT_TRUE(
        std::is_permutation(ordered.right.begin(), ordered.right.end(), plain.right.begin(), plain.right.end()));
  }
}

TEST(GraphLayout, PanelsHoldEveryCurveOnceAndKeepTheirHeight) {
  constexpr std::size_t kRows = 12;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<Curve> curves = RandomCurves(60, 90, 150, seed);
    std::multiset<std::int32_t> drawn;
    std::map<std::int32_t, std::size_t> panel_of_left;
    const auto panels = LayPanels(curves, kRows);
    for (std::size_t p = 0; p < panels.size(); ++p) {
      std::size_t rows = 0;
      for (const Block& block : panels[p]) {
        rows += block.rows();
        for (const Curve& curve : block.curves) {
          drawn.insert(curve.tag);
          EXPECT_NE(std::find(block.left.begin(), block.left.end(), curve.left), block.left.end());
          EXPECT_NE(std::find(block.right.begin(), block.right.end(), curve.right), block.right.end());
        }
        // A need stands in one panel only, with all of its partners.
        for (std::int32_t node : block.left) EXPECT_TRUE(panel_of_left.emplace(node, p).second) << node;
      }
      EXPECT_LE(rows, kRows);
    }
    EXPECT_EQ(drawn.size(), curves.size());
    EXPECT_EQ(std::set<std::int32_t>(drawn.begin(), drawn.end()).size(), curves.size());
  }
}

TEST(GraphLayout, NothingGivesNoPanel) {
  EXPECT_TRUE(LayPanels({}, 10).empty());
}

}  // namespace
}  // namespace magpie::report
