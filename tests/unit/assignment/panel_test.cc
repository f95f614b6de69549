#include "magpie/assignment/panel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "magpie/assignment/assignment.h"
#include "magpie/base/random.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

TEST(AssignPanelsTest, PanelsAreFullAndTheTotalIsThatOfTheWholeGraph) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Random random(seed);
    const std::int32_t rows = 20 + static_cast<std::int32_t>(seed), columns = 50;
    std::vector<std::int32_t> score;
    std::vector<Arc> arcs;
    AssignmentProblem whole;
    for (std::int32_t r = 0; r < rows; ++r) {
      for (std::int32_t c = 0; c < columns; ++c) {
        score.push_back(static_cast<std::int32_t>(random.Below(seed % 2 == 0 ? 4 : 10'000)) * (c < 10 ? 90 : 1));
        arcs.push_back({r, c});
        whole.gain.push_back(score.back() + 1);
      }
    }
    whole.need_capacity.assign(static_cast<std::size_t>(rows), 3);
    whole.offering_capacity.assign(static_cast<std::size_t>(columns), 4);
    const auto graph = CandidateGraph::Build(rows, columns, arcs);
    const auto best = SolveAssignment(*graph, whole, {});
    ASSERT_TRUE(best.ok());
    const PanelProblem problem{rows, columns, score, 3, whole.offering_capacity};
    std::int64_t worst_of_total = 0;
    for (const PanelObjective objective : {PanelObjective::kTotal, PanelObjective::kMaxMin}) {
      const auto panels = AssignPanels(problem, objective, {});
      ASSERT_TRUE(panels.ok()) << panels.status();
      EXPECT_EQ(panels->total_bound, best->total_gain - rows * 3) << seed;
      std::vector<std::int32_t> load(static_cast<std::size_t>(columns), 0);
      std::int64_t total = 0, worst = INT64_MAX;
      for (std::int32_t r = 0; r < rows; ++r) {
        std::int64_t sum = 0;
        for (std::int32_t k = 0; k < 3; ++k) {
          const std::int32_t c = panels->columns[static_cast<std::size_t>(3 * r + k)];
          if (k > 0) {
            EXPECT_LT(panels->columns[static_cast<std::size_t>(3 * r + k - 1)], c);
          }
          EXPECT_LE(++load[static_cast<std::size_t>(c)], 4);
          sum += score[static_cast<std::size_t>(r * columns + c)];
        }
        total += sum;
        worst = std::min(worst, sum);
      }
      EXPECT_EQ(panels->total, total);
      EXPECT_EQ(panels->worst, worst);
      EXPECT_LE(panels->worst, panels->worst_bound);
      if (objective == PanelObjective::kTotal) {
        EXPECT_EQ(panels->total, panels->total_bound) << seed;
        worst_of_total = worst;
      } else {
        EXPECT_GE(worst, worst_of_total) << seed;
        EXPECT_LE(total, panels->total_bound);
      }
    }
  }
}

// More rows and columns than a block of the passes over the matrix holds, many of them equal.
TEST(AssignPanelsTest, AreTheSameWhateverTheNumberOfThreads) {
  constexpr std::int32_t kRows = 200, kColumns = 700;
  for (const std::uint64_t different : {1, 5, 100'000}) {
    Random random(different);
    std::vector<std::int32_t> score;
    for (std::int32_t i = 0; i < kRows * kColumns; ++i) {
      // A third of the rows crowd the first columns.
      const bool crowded = (i / kColumns) % 3 == 0 && i % kColumns >= 60;
      score.push_back(static_cast<std::int32_t>(random.Below(different)) / (crowded ? 20 : 1));
    }
    const PanelProblem problem{kRows, kColumns, score, 3, std::vector<std::int32_t>(kColumns, 2)};
    for (const PanelObjective objective : {PanelObjective::kTotal, PanelObjective::kMaxMin}) {
      std::vector<std::int32_t> columns;
      for (int threads = 1; threads <= 8; ++threads) {
        RunContext context;
        context.threads = threads;
        const auto panels = AssignPanels(problem, objective, context);
        ASSERT_TRUE(panels.ok()) << panels.status();
        if (threads == 1) columns = panels->columns;
        EXPECT_EQ(panels->columns, columns) << threads << " threads, " << different << " different scores";
      }
    }
  }
}

TEST(AssignPanelsTest, RefusesAndReportsOpenPlaces) {
  const std::vector<std::int32_t> score(4, 5), forbidden = {5, -1, 5, -1};
  EXPECT_EQ(ReasonOf(AssignPanels({2, 2, forbidden, 2, {2, 2}}, PanelObjective::kTotal, {}).status()),
            Reason::kPlanConflict);
  EXPECT_EQ(ReasonOf(AssignPanels({2, 2, score, 2, {1, 2}}, PanelObjective::kTotal, {}).status()),
            Reason::kPlanConflict);
  EXPECT_EQ(ReasonOf(AssignPanels({2, 3, score, 2, {2, 2}}, PanelObjective::kTotal, {}).status()),
            Reason::kBadArgument);
  EXPECT_TRUE(AssignPanels({0, 2, {}, 2, {2, 2}}, PanelObjective::kMaxMin, {}).ok());
}

}  // namespace
}  // namespace magpie
