#include "magpie/schedule/no_show.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "magpie/base/random.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(BinomialOddsTest, AreThoseOfThePascalTriangle) {
  for (double p : {0.0, 0.05, 0.3, 0.5, 0.9, 1.0}) {
    std::vector<double> row = {1};
    for (std::int32_t n = 0; n <= 40; ++n) {
      const std::vector<double> odds = BinomialOdds(n, p);
      ASSERT_EQ(odds.size(), row.size());
      for (std::size_t k = 0; k < row.size(); ++k) EXPECT_NEAR(odds[k], row[k], 1e-12) << n << " " << k << " " << p;
      row.push_back(0);
      for (std::size_t k = row.size(); k-- > 1;) row[k] = row[k] * (1 - p) + row[k - 1] * p;
      row[0] *= 1 - p;
    }
  }
}

TEST(BinomialOddsTest, LargeNumbersNeitherVanishNorOverflow) {
  const std::vector<double> odds = BinomialOdds(100'000, 0.85);
  EXPECT_NEAR(std::accumulate(odds.begin(), odds.end(), 0.0), 1, 1e-9);
  EXPECT_NEAR(ChanceOfAtLeast(85'000, 100'000, 0.85), 0.5, 0.01);
  EXPECT_EQ(ChanceOfAtLeast(0, 5, 0.1), 1);
  EXPECT_EQ(ChanceOfAtLeast(6, 5, 1), 0);
  EXPECT_NEAR(ChanceOfAtLeast(9, 10, 0.9), 10 * std::pow(0.9, 9) * 0.1 + std::pow(0.9, 10), 1e-12);
}

TEST(EstimateNoShowTest, OwnNumbersOutweighThePrior) {
  const auto none = EstimateNoShow({0, 0}, {0.2, 10});
  ASSERT_TRUE(none.ok());
  EXPECT_DOUBLE_EQ(none->expected, 0.2);
  const auto many = EstimateNoShow({1000, 50}, {0.2, 10});
  ASSERT_TRUE(many.ok());
  EXPECT_DOUBLE_EQ(many->expected, 52.0 / 1010);
  EXPECT_GT(many->cautious, many->expected);
  EXPECT_LT(many->cautious, 0.065);
  EXPECT_GT(none->cautious, 0.3);
}

TEST(EstimateNoShowTest, CautiousIsTheQuantileOfTheBetaDistribution) {
  // Beta(1, 1) is uniform, so its quantile is the confidence itself.
  const auto rate = EstimateNoShow({0, 0}, {0.5, 2}, 0.9);
  ASSERT_TRUE(rate.ok());
  EXPECT_NEAR(rate->cautious, 0.9, 1e-12);
}

TEST(EstimateNoShowTest, RefusesWhatIsNoHistory) {
  EXPECT_EQ(ReasonOf(EstimateNoShow({5, 6}).status()), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf(EstimateNoShow({-1, 0}).status()), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf(EstimateNoShow({5, 1}, {kNaN, 1}).status()), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf(EstimateNoShow({5, 1}, {0.1, 0}).status()), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf(EstimateNoShow({5, 1}, {}, 1).status()), Reason::kBadArgument);
}

// The probability that `pairs` stand-by pairs replace all meetings that fall out, by looking at every outcome.
double ObviousStandBy(const std::vector<double>& fall_out, double stand_by_fall_out, std::int32_t pairs) {
  const std::size_t meetings = fall_out.size(), all = meetings + static_cast<std::size_t>(pairs);
  double sum = 0;
  for (std::size_t gone = 0; gone < std::size_t{1} << all; ++gone) {
    double odds = 1;
    int empty = 0;
    for (std::size_t i = 0; i < all; ++i) {
      const double rate = i < meetings ? fall_out[i] : stand_by_fall_out;
      const bool out = (gone >> i & 1) != 0;
      odds *= out ? rate : 1 - rate;
      empty += i < meetings ? (out ? 1 : 0) : (out ? 0 : -1);
    }
    if (empty <= 0) sum += odds;
  }
  return sum;
}

TEST(StandByPairsTest, IsTheSmallestNumberThatIsEnough) {
  Random random(5);
  for (int round = 0; round < 60; ++round) {
    std::vector<double> fall_out(random.Below(8));
    double mean = 0;
    for (double& rate : fall_out) {
      rate = random.Below(6) == 0 ? static_cast<double>(random.Below(2)) : 0.4 * random.Uniform();
      mean += rate;
    }
    const double own = 0.3 * random.Uniform(), probability = 0.5 + 0.4 * random.Uniform();
    const auto answer = StandByPairs(fall_out, own, probability);
    ASSERT_TRUE(answer.ok());
    EXPECT_NEAR(answer->expected_empty, mean, 1e-12);
    EXPECT_GE(answer->probability, probability);
    if (fall_out.size() + static_cast<std::size_t>(answer->pairs) > 18) continue;
    EXPECT_NEAR(answer->probability, ObviousStandBy(fall_out, own, answer->pairs), 1e-9);
    if (answer->pairs > 0) {
      EXPECT_LT(ObviousStandBy(fall_out, own, answer->pairs - 1), probability);
    }
  }
}

TEST(StandByPairsTest, AFairOfTwentyTables) {
  // 15 % of the guests and 5 % of the teams stay away: near 4 tables of 20 would be empty.
  const std::vector<double> fall_out(20, FallOut(0.15, 0.05));
  const auto answer = StandByPairs(fall_out, FallOut(0.15, 0.05), 0.95);
  ASSERT_TRUE(answer.ok());
  EXPECT_NEAR(answer->expected_empty, 3.85, 1e-9);
  EXPECT_EQ(answer->pairs, 9);
}

TEST(StandByPairsTest, NobodyFallsOutOrNoMeetings) {
  EXPECT_EQ(StandByPairs({}, 0.5, 0.9)->pairs, 0);
  EXPECT_EQ(StandByPairs(std::vector<double>(5, 0.0), 0.5, 0.999999)->pairs, 0);
  EXPECT_EQ(StandByPairs(std::vector<double>(5, 1.0), 0, 0.999999)->pairs, 5);
}

TEST(StandByPairsTest, RefusesWhatIsNoProbability) {
  const std::vector<double> fine = {0.1}, bad = {0.1, kNaN}, large = {1.5};
  EXPECT_EQ(ReasonOf(StandByPairs(bad, 0.1, 0.9).status()), Reason::kBadArgument);
  EXPECT_EQ(FieldOf(StandByPairs(bad, 0.1, 0.9).status()), "fall_out[1]");
  EXPECT_EQ(ReasonOf(StandByPairs(large, 0.1, 0.9).status()), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf(StandByPairs(fine, 1, 0.9).status()), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf(StandByPairs(fine, 0.1, 1).status()), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf(StandByPairs(fine, 0.1, kNaN).status()), Reason::kBadArgument);
}

}  // namespace
}  // namespace magpie
