// AssignPanels beside PeerReview4All and FairSequence.
#include "unit/assignment/panel_twins.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

#include "magpie/base/random.h"

namespace magpie {
namespace {

using magpie_test::FairSequence;
using magpie_test::PanelRows;
using magpie_test::PanelScore;
using magpie_test::PanelSums;
using magpie_test::PeerReview4All;

constexpr std::int32_t kPerRow = 3;

enum class Scores { kTopics, kCrowdedTopics, kUniform, kFewValues, kEqual };

struct Shape {
  Scores scores = Scores::kUniform;
  bool tight = false;  // as many places as are needed
  int forbidden = 0;   // per cent of the pairs
};

struct Made {
  std::vector<std::int32_t> score, capacity;
};

// Weights of topics, some much larger than the others; three of four `crowded` ones have only the first topic.
std::vector<double> Topics(bool crowded, Random& random) {
  std::vector<double> topics(8);
  const bool narrow = crowded && random.Below(4) > 0;
  double square = 0;
  for (std::size_t t = 0; t < topics.size(); ++t) {
    topics[t] = std::pow(random.Uniform(), 5.0) * (narrow && t > 0 ? 0.05 : 1);
    square += topics[t] * topics[t];
  }
  for (double& topic : topics) topic /= std::sqrt(square);
  return topics;
}

Made MakePanelProblem(const Shape& shape, std::int32_t rows, std::int32_t columns, std::uint64_t seed) {
  Random random(seed);
  Made made;
  std::vector<std::vector<double>> row_topics, column_topics;
  for (std::int32_t r = 0; r < rows; ++r) row_topics.push_back(Topics(shape.scores == Scores::kCrowdedTopics, random));
  for (std::int32_t c = 0; c < columns; ++c) column_topics.push_back(Topics(false, random));
  for (std::int32_t r = 0; r < rows; ++r) {
    for (std::int32_t c = 0; c < columns; ++c) {
      std::int32_t score = 500'000;
      if (shape.scores == Scores::kUniform) score = static_cast<std::int32_t>(random.Below(kMaxPanelScore));
      if (shape.scores == Scores::kFewValues) score = static_cast<std::int32_t>(random.Below(5));
      if (shape.scores == Scores::kTopics || shape.scores == Scores::kCrowdedTopics) {
        const auto& row = row_topics[static_cast<std::size_t>(r)];
        const auto& column = column_topics[static_cast<std::size_t>(c)];
        score = static_cast<std::int32_t>(900'000 * std::inner_product(row.begin(), row.end(), column.begin(), 0.0)) +
                static_cast<std::int32_t>(random.Below(100'000));
      }
      made.score.push_back(static_cast<int>(random.Below(100)) < shape.forbidden ? -1 : score);
    }
  }
  // Tight: the places are spread by lot, at least one a column.
  const std::int32_t places = kPerRow * rows;
  made.capacity.assign(static_cast<std::size_t>(columns), shape.tight ? 0 : (places + columns - 1) / columns + 1);
  for (std::int32_t place = 0; shape.tight && place < places; ++place) {
    const auto column = place < columns ? static_cast<std::uint64_t>(place) : random.Below(made.capacity.size());
    ++made.capacity[column];
  }
  return made;
}

void ExpectFull(const PanelProblem& problem, const PanelRows& panels) {
  std::vector<std::int32_t> room = problem.capacity;
  for (std::int32_t r = 0; r < problem.rows; ++r) {
    std::vector<std::int32_t> panel = panels[static_cast<std::size_t>(r)];
    std::sort(panel.begin(), panel.end());
    EXPECT_EQ(std::unique(panel.begin(), panel.end()) - panel.begin(), problem.per_row);
    for (const std::int32_t c : panel) {
      EXPECT_GE(PanelScore(problem, r, c), 0);
      EXPECT_GE(--room[static_cast<std::size_t>(c)], 0);
    }
  }
}

// Holds AssignPanels against both on `seeds` problems of each shape; PeerReview4All settles its worst rows `iterations`
// times. Returns how many problems could be filled.
int Compare(std::int32_t rows, std::int32_t columns, int iterations, std::uint64_t seeds) {
  int filled = 0;
  for (const Scores scores :
       {Scores::kTopics, Scores::kCrowdedTopics, Scores::kUniform, Scores::kFewValues, Scores::kEqual}) {
    for (const Shape& shape : {Shape{scores}, Shape{scores, true}, Shape{scores, false, 20}, Shape{scores, true, 15}}) {
      std::int64_t ours_where_equal = 0, theirs_where_equal = 0;  // totals, where the worst row has as much
      for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        SCOPED_TRACE(testing::Message() << "scores " << static_cast<int>(scores) << ", tight " << shape.tight << ", "
                                        << shape.forbidden << " % forbidden, seed " << seed);
        const Made made = MakePanelProblem(shape, rows, columns, seed);
        const PanelProblem problem{rows, columns, made.score, kPerRow, made.capacity};
        const auto fair = AssignPanels(problem, PanelObjective::kMaxMin, {});
        const auto best = AssignPanels(problem, PanelObjective::kTotal, {});
        const std::optional<PanelRows> others[] = {PeerReview4All(problem).Run(iterations),
                                                   FairSequence(problem).Run()};
        EXPECT_EQ(best.ok(), fair.ok());
        filled += fair.ok() ? 1 : 0;
        for (const std::optional<PanelRows>& other : others) {
          EXPECT_EQ(other.has_value(), fair.ok()) << fair.status();
          if (!other || !fair.ok() || !best.ok()) continue;
          ExpectFull(problem, *other);
          const std::vector<std::int64_t> sums = PanelSums(problem, *other);
          const std::int64_t worst = *std::ranges::min_element(sums);
          const std::int64_t total = std::accumulate(sums.begin(), sums.end(), std::int64_t{0});
          EXPECT_GE(fair->worst, worst);
          EXPECT_GE(fair->worst_bound, worst);
          EXPECT_GE(best->total, total);
          if (fair->worst > worst) continue;
          EXPECT_GE(fair->total * 100, total * 95);
          ours_where_equal += fair->total;
          theirs_where_equal += total;
        }
      }
      EXPECT_GE(ours_where_equal, theirs_where_equal) << static_cast<int>(scores) << " " << shape.tight;
    }
  }
  return filled;
}

constexpr int kAll = 1'000'000;

TEST(PanelTwinsTest, AreWhatTheirAuthorsDefine) {
  // The largest total is 10 + 2. With one column each, PeerReview4All leaves nobody below 4, while FairSequence lets the
  // row that gains most pick first.
  const std::vector<std::int32_t> score = {10, 4, 5, 2};
  const PanelProblem problem{2, 2, score, 1, {1, 1}};
  EXPECT_EQ(PeerReview4All(problem).Run(kAll), (PanelRows{{1}, {0}}));
  EXPECT_EQ(FairSequence(problem).Run(), (PanelRows{{0}, {1}}));
  // Each row has its own half: 9 at first, then 6.
  const std::vector<std::int32_t> halves = {9, 1, 6, 6, 0, 0, 0, 0, 0, 0, 0, 0, 6, 6, 1, 9};
  EXPECT_EQ(PanelSums({2, 8, halves, 2, std::vector<std::int32_t>(8, 1)},
                      *PeerReview4All({2, 8, halves, 2, std::vector<std::int32_t>(8, 1)}).Run(1)),
            (std::vector<std::int64_t>{15, 15}));
  // Row 0 may have column 0 alone, which row 1 picks first: an exchange gives it back.
  const std::vector<std::int32_t> chain = {3, -1, 9, 8};
  EXPECT_EQ(FairSequence({2, 2, chain, 1, {1, 1}}).Run(), (PanelRows{{0}, {1}}));
  const std::vector<std::int32_t> barred = {3, -1, 9, -1};
  EXPECT_EQ(FairSequence({2, 2, barred, 1, {1, 1}}).Run(), std::nullopt);
  EXPECT_EQ(PeerReview4All({2, 2, barred, 1, {1, 1}}).Run(kAll), std::nullopt);
}

TEST(PanelTwinsTest, FewRowsAreAtLeastAsGood) {
  EXPECT_GT(Compare(6, 5, kAll, 40), 400);
  EXPECT_GT(Compare(12, 8, kAll, 20), 300);
  EXPECT_GT(Compare(20, 12, kAll, 10), 180);
}

TEST(PanelTwinsTest, ManyRowsAreAtLeastAsGood) {
  EXPECT_EQ(Compare(40, 20, 1, 4), 4 * 20);
  EXPECT_EQ(Compare(100, 60, 1, 1), 20);
  EXPECT_EQ(Compare(300, 180, 1, 1), 20);
}

}  // namespace
}  // namespace magpie
