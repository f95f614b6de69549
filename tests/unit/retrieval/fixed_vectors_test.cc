#include "magpie/retrieval/fixed_vectors.h"

#include <gtest/gtest.h>

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

TEST(FixedVectors, TilesAndRowsGiveTheObviousSums) {
  Random random(5);
  for (int dimension : {1, 2, 3, 31, 64, 65, 255, 256, 257, 1'024}) {
    for (int count : {0, 1, 15, 16, 17, 50, 100}) {
      std::vector<std::vector<std::int16_t>> rows;
      for (int i = 0; i < count; ++i) rows.push_back(RandomRow(random, dimension));
      const std::vector<std::span<const std::int16_t>> views(rows.begin(), rows.end());
      const FixedTiles tiles(dimension, views);
      for (std::size_t queries = 1; queries <= FixedTiles::kQueries; ++queries) {
        std::vector<std::vector<std::int16_t>> query;
        for (std::size_t q = 0; q < queries; ++q) query.push_back(RandomRow(random, dimension));
        const std::vector<std::span<const std::int16_t>> asked(query.begin(), query.end());
        std::vector<std::int32_t> dots(static_cast<std::size_t>(tiles.padded_count() * FixedTiles::kQueries), -1);
        tiles.Dot(asked, dots);
        for (std::size_t q = 0; q < queries; ++q) {
          for (std::int64_t i = 0; i < tiles.padded_count(); ++i) {
            const std::int32_t expected = i < count ? ObviousDot(query[q], rows[static_cast<std::size_t>(i)]) : 0;
            ASSERT_EQ(dots[q * static_cast<std::size_t>(tiles.padded_count()) + static_cast<std::size_t>(i)], expected)
                << "dimension " << dimension << ", row " << i << " of " << count;
          }
        }
        if (count > 0) {
          ASSERT_EQ(FixedDot(query[0], rows[0]), ObviousDot(query[0], rows[0])) << dimension;
        }
      }
    }
  }
}

TEST(FixedVectors, EveryInstructionSetGivesTheSameSums) {
  Random random(6);
  for (std::int64_t dimension : {1, 2, 33, 256, 1'023}) {
    constexpr std::int64_t kTiles = 7, kStride = kTiles * kPanelRows;
    const std::int64_t pairs = (dimension + 1) / 2;
    const std::vector<std::int16_t> tiles = RandomRow(random, static_cast<int>(kStride * pairs * 2));
    const std::vector<std::int16_t> queries = RandomRow(random, static_cast<int>(kFixedQueries * pairs * 2));
    std::vector<std::int32_t> first_tiles, first_rows;
    for (InstructionSet set : AvailableInstructionSets()) {
      const Kernels& kernels = KernelsOf(set);
      std::vector<std::int32_t> dots(kStride * kFixedQueries), rows(kStride);
      kernels.fixed_tiles(queries.data(), tiles.data(), kTiles, pairs, kStride, dots.data());
      kernels.fixed_rows(queries.data(), tiles.data(), kStride, dimension, rows.data());
      if (first_tiles.empty()) {
        first_tiles = dots;
        first_rows = rows;
      }
      EXPECT_EQ(dots, first_tiles) << InstructionSetName(set) << ", dimension " << dimension;
      EXPECT_EQ(rows, first_rows) << InstructionSetName(set) << ", dimension " << dimension;
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

}  // namespace
}  // namespace magpie
