#include "magpie/retrieval/retriever.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "magpie/base/random.h"

namespace magpie {
namespace {

std::vector<float> RandomUnit(Random* random, int dimension) {
  std::vector<float> row;
  double squares = 0;
  for (int j = 0; j < dimension; ++j) {
    row.push_back(static_cast<float>(random->Uniform() * 2 - 1));
    squares += row.back() * row.back();
  }
  for (float& x : row) x = static_cast<float>(x / std::sqrt(squares));
  return row;
}

TEST(FixedVectorsTest, DotsAreExactSumsAndCloseToTheFloats) {
  for (int dimension : {1, 3, 16, 31, 128, 256}) {
    Random random(static_cast<std::uint64_t>(dimension));
    FixedVectors vectors(50, dimension);
    std::vector<std::vector<float>> rows;
    for (int i = 0; i < 50; ++i) {
      rows.push_back(RandomUnit(&random, dimension));
      vectors.Set(i, rows.back());
    }
    const std::vector<float> query = RandomUnit(&random, dimension);
    const std::vector<std::int16_t> fixed = ToFixed(query);
    std::vector<std::int32_t> all(50);
    vectors.DotAll(fixed, all);
    for (std::size_t i = 0; i < 50; ++i) {
      std::int64_t exact = 0;
      double cosine = 0;
      const std::span<const std::int16_t> row = vectors.row(static_cast<std::int64_t>(i));
      for (std::size_t j = 0; j < row.size(); ++j) {
        exact += static_cast<std::int64_t>(row[j]) * fixed[j];
        cosine += static_cast<double>(rows[i][j]) * query[j];
      }
      EXPECT_EQ(all[i], exact);
      EXPECT_EQ(all[i], FixedDot(row, fixed));
      EXPECT_NEAR(all[i] * FixedVectors::kDotScale, cosine, 2e-3);
    }
  }
}

TEST(FixedVectorsTest, WhatIsNoNumberBecomesZero) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(ToFixed(std::vector<float>{nan, 1.0f, -2.0f, 0.5f}), testing::ElementsAre(0, 16384, -16384, 8192));
}

TEST(FixedVectorsTest, NoDimensionAndNoRows) {
  FixedVectors vectors(3, 0);
  EXPECT_TRUE(vectors.Search({}, 5).empty());
  EXPECT_TRUE(FixedVectors().Search({}, 5).empty());
}

TEST(TakeInTurnTest, AlternatesAndSkipsWhatIsTaken) {
  const std::vector<RankedDocument> words = {{4, 9}, {1, 8}, {2, 7}};
  const std::vector<RankedDocument> vectors = {{1, .9}, {4, .8}, {7, .7}, {8, .6}};
  EXPECT_THAT(TakeInTurn(words, vectors, 10), testing::ElementsAre(4, 1, 2, 7, 8));
  EXPECT_THAT(TakeInTurn(words, vectors, 3), testing::ElementsAre(4, 1, 2));
  EXPECT_THAT(TakeInTurn(words, {}, 2), testing::ElementsAre(4, 1));
  EXPECT_THAT(TakeInTurn({}, {}, 2), testing::IsEmpty());
}

TEST(RetrieverTest, FindsTheBestOfBothRankingsAndAllWhereFewAreThere) {
  Random random(3);
  std::vector<TermBag> bags;
  FixedVectors vectors(200, 32);
  for (int d = 0; d < 200; ++d) {
    std::vector<std::uint64_t> terms;
    for (int i = 0; i < 12; ++i) terms.push_back(random.Below(300));
    bags.push_back(MakeTermBag(std::move(terms)));
    vectors.Set(d, RandomUnit(&random, 32));
  }
  const Retriever retriever(bags, vectors);
  for (int q = 0; q < 20; ++q) {
    const TermBag& bag = bags[random.Below(200)];
    const std::vector<std::int16_t> vector = ToFixed(RandomUnit(&random, 32));
    const std::vector<std::int32_t> taken = retriever.Candidates(bag, vector, 20);
    EXPECT_EQ(taken.size(), 20u);
    EXPECT_TRUE(std::is_sorted(taken.begin(), taken.end()));
    EXPECT_EQ(std::set<std::int32_t>(taken.begin(), taken.end()).size(), 20u);
    for (const RankedDocument& best : retriever.lexical().Search(bag, 10)) {
      EXPECT_THAT(taken, testing::Contains(best.document));
    }
    for (const RankedDocument& best : retriever.vectors().Search(vector, 10)) {
      EXPECT_THAT(taken, testing::Contains(best.document));
    }
  }
  EXPECT_EQ(retriever.Candidates({}, {}, 200).size(), 200u);
  EXPECT_TRUE(Retriever(std::vector<TermBag>{}, FixedVectors()).Candidates({}, {}, 5).empty());
}

}  // namespace
}  // namespace magpie
