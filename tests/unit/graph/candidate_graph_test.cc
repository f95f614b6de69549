#include "magpie/graph/candidate_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "magpie/base/random.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(CandidateGraphTest, SortsArcsAndFindsThemFromBothSides) {
  const auto graph = CandidateGraph::Build(3, 4, {{2, 0}, {0, 3}, {0, 1}, {2, 3}});
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_THAT(graph->arcs(), ElementsAre(Arc{0, 1}, Arc{0, 3}, Arc{2, 0}, Arc{2, 3}));
  EXPECT_EQ(graph->ArcsOfLeft(0), (std::pair<std::int32_t, std::int32_t>{0, 2}));
  EXPECT_EQ(graph->ArcsOfLeft(1), (std::pair<std::int32_t, std::int32_t>{2, 2}));
  EXPECT_THAT(graph->ArcsOfRight(3), ElementsAre(1, 3));
  EXPECT_THAT(graph->ArcsOfRight(2), IsEmpty());
  EXPECT_EQ(graph->FindArc(2, 3), 3);
  EXPECT_EQ(graph->FindArc(2, 1), -1);
  EXPECT_EQ(graph->FindArc(-1, 1), -1);
  EXPECT_EQ(graph->FindArc(3, 1), -1);
}

TEST(CandidateGraphTest, EmptySidesAreGraphsToo) {
  const auto none = CandidateGraph::Build(0, 0, {});
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->arc_count(), 0);
  EXPECT_EQ(boost::num_vertices(none->boost()), 0u);
  const auto left_only = CandidateGraph::Build(5, 0, {});
  ASSERT_TRUE(left_only.ok());
  EXPECT_EQ(left_only->ArcsOfLeft(4).first, left_only->ArcsOfLeft(4).second);
  EXPECT_EQ(boost::num_vertices(left_only->boost()), 5u);
}

TEST(CandidateGraphTest, RefusesArcsThatAreNotOfTheGraph) {
  for (const Arc arc : {Arc{-1, 0}, Arc{2, 0}, Arc{0, -1}, Arc{0, 3}}) {
    const auto graph = CandidateGraph::Build(2, 3, {arc});
    EXPECT_EQ(ReasonOf(graph.status()), Reason::kBadArgument) << arc.left << ' ' << arc.right;
  }
  const auto twice = CandidateGraph::Build(2, 3, {{1, 2}, {0, 0}, {1, 2}});
  EXPECT_EQ(ReasonOf(twice.status()), Reason::kBadArgument);
  EXPECT_THAT(std::string(twice.status().message()), HasSubstr("(1, 2)"));
  EXPECT_EQ(ReasonOf(CandidateGraph::Build(-1, 3, {}).status()), Reason::kBadArgument);
}

// Boost's view has the same arcs under the same numbers, the right nodes behind the left ones.
TEST(CandidateGraphTest, BoostGraphAgreesOnRandomGraphs) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto left = static_cast<std::int32_t>(1 + random.Below(8));
    const auto right = static_cast<std::int32_t>(1 + random.Below(8));
    std::vector<Arc> arcs;
    for (std::int32_t l = 0; l < left; ++l) {
      for (std::int32_t r = 0; r < right; ++r) {
        if (random.Below(2) == 0) arcs.push_back({l, r});
      }
    }
    std::vector<Arc> shuffled = arcs;
    for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[random.Below(i)]);
    const auto graph = CandidateGraph::Build(left, right, shuffled);
    ASSERT_TRUE(graph.ok());
    EXPECT_TRUE(std::ranges::equal(graph->arcs(), arcs));
    const auto& view = graph->boost();
    const auto index = boost::get(boost::edge_index, view);
    ASSERT_EQ(boost::num_edges(view), arcs.size());
    std::size_t seen = 0;
    for (auto [edge, end] = boost::edges(view); edge != end; ++edge, ++seen) {
      const Arc& arc = graph->arc(static_cast<std::int32_t>(get(index, *edge)));
      EXPECT_EQ(boost::source(*edge, view), static_cast<std::uint32_t>(arc.left));
      EXPECT_EQ(boost::target(*edge, view), static_cast<std::uint32_t>(left + arc.right));
    }
    EXPECT_EQ(seen, arcs.size());
    std::size_t from_right = 0;
    for (std::int32_t r = 0; r < right; ++r) {
      const auto of_right = graph->ArcsOfRight(r);
      EXPECT_TRUE(std::ranges::is_sorted(of_right));
      for (std::int32_t a : of_right) EXPECT_EQ(graph->arc(a).right, r);
      from_right += of_right.size();
    }
    EXPECT_EQ(from_right, arcs.size());
  }
}

}  // namespace
}  // namespace magpie
