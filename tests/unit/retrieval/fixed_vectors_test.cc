#include "magpie/retrieval/fixed_vectors.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "magpie/base/instruction_set.h"
#include "magpie/base/random.h"
#include "retrieval/kernels.h"

namespace magpie {
namespace {

std::vector<std::int16_t> RandomRow(Random& random, int dimension) {
  std::vector<std::int16_t> row(static_cast<std::size_t>(dimension));
  const double longest = 16'384 / std::sqrt(dimension);
  for (std::int16_t& component : row) component = static_cast<std::int16_t>((random.Uniform() * 2 - 1) * longest);
  return row;
}

std::int32_t ObviousDot(std::span<const std::int16_t> a, std::span<const std::int16_t> b) {
  std::int64_t sum = 0;
  for (std::size_t j = 0; j < a.size(); ++j) sum += std::int64_t{a[j]} * b[j];
  return static_cast<std::int32_t>(sum);
}

TEST(FixedVectors, BlocksAndRowsGiveTheObviousSums) {
  Random random(5);
  for (int dimension : {0, 1, 2, 3, 31, 64, 65, 255, 256, 257, 1'024}) {
    for (std::size_t count : {0, 1, 3, 4, 5, 50, 131}) {  // from 64 KB of rows on in chunks
      for (std::size_t queries : {0, 1, 3, 4, 9}) {
        std::vector<std::vector<std::int16_t>> rows, asked;
        std::vector<const std::int16_t*> row_at, asked_at;
        for (std::size_t i = 0; i < count; ++i) rows.push_back(RandomRow(random, dimension));
        for (std::size_t q = 0; q < queries; ++q) asked.push_back(RandomRow(random, dimension));
        for (const auto& row : rows) row_at.push_back(row.data());
        for (const auto& row : asked) asked_at.push_back(row.data());
        std::vector<std::int32_t> dots(count * queries, -1);
        FixedDots(asked_at, row_at, dimension, dots);
        for (std::size_t q = 0; q < queries; ++q) {
          for (std::size_t i = 0; i < count; ++i) {
            ASSERT_EQ(dots[q * count + i], ObviousDot(asked[q], rows[i])) << "dimension " << dimension << ", row " << i;
            ASSERT_EQ(FixedDot(asked[q], rows[i]), ObviousDot(asked[q], rows[i])) << dimension;
          }
        }
      }
    }
  }
}

TEST(FixedVectors, EveryInstructionSetGivesTheSameSums) {
  Random random(6);
  for (std::int64_t dimension : {1, 2, 33, 256, 1'023}) {
    constexpr std::int64_t kRows = 23;
    const std::vector<std::int16_t> data = RandomRow(random, static_cast<int>((kRows + kFixedQueries) * dimension));
    std::vector<const std::int16_t*> rows, queries;
    for (std::int64_t i = 0; i < kRows; ++i) rows.push_back(data.data() + i * dimension);
    for (std::int64_t q = 0; q < kFixedQueries; ++q) queries.push_back(data.data() + (kRows + q) * dimension);
    std::vector<std::int32_t> first_block, first_rows;
    for (InstructionSet set : AvailableInstructionSets()) {
      const Kernels& kernels = KernelsOf(set);
      std::vector<std::int32_t> block(kRows * kFixedQueries), by_row(kRows);
      std::int32_t* out[kFixedQueries];
      for (std::int64_t q = 0; q < kFixedQueries; ++q) out[q] = block.data() + q * kRows;
      kernels.fixed_block(queries.data(), kFixedQueries, rows.data(), kRows, dimension, out);
      kernels.fixed_rows(queries[0], data.data(), kRows, dimension, by_row.data());
      if (first_block.empty()) {
        first_block = block;
        first_rows = by_row;
      }
      EXPECT_EQ(block, first_block) << InstructionSetName(set) << ", dimension " << dimension;
      EXPECT_EQ(by_row, first_rows) << InstructionSetName(set) << ", dimension " << dimension;
    }
  }
}

TEST(FixedVectors, RoundsToTheNearestEvenOnEveryInstructionSet) {
  constexpr float kUnit = 1.0f / (1 << FixedVectors::kBits);
  const std::vector<float> row = {0,
                                  0.5f * kUnit,
                                  1.5f * kUnit,
                                  -0.5f * kUnit,
                                  -1.5f * kUnit,
                                  2.4f * kUnit,
                                  1,
                                  1.5f,
                                  -7,
                                  std::numeric_limits<float>::quiet_NaN(),
                                  0.25f};
  const std::vector<std::int16_t> expected = {0, 0, 2, 0, -2, 2, 16'384, 16'384, -16'384, 0, 4'096};
  EXPECT_EQ(ToFixed(row), expected);
  for (InstructionSet set : AvailableInstructionSets()) {
    std::vector<std::int16_t> fixed(row.size());
    KernelsOf(set).round_fixed(row.data(), static_cast<std::int64_t>(row.size()), 1 << FixedVectors::kBits,
                               fixed.data());
    EXPECT_EQ(fixed, expected) << InstructionSetName(set);
  }
}

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

TEST(FixedVectors, DotsAreExactSumsAndCloseToTheFloats) {
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

TEST(FixedVectors, WhatIsNoNumberBecomesZero) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(ToFixed(std::vector<float>{nan, 1.0f, -2.0f, 0.5f}), testing::ElementsAre(0, 16384, -16384, 8192));
}

}  // namespace
}  // namespace magpie
