#include "magpie/vector/vector_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "magpie/vector/subwords.h"
#include "vector/accumulate.h"

namespace magpie {
namespace {

using ::testing::UnorderedElementsAre;

std::vector<VectorRow> SomeRows(int count, int dimension, std::uint64_t seed) {
  Random random(seed);
  std::vector<VectorRow> rows;
  for (int i = 0; i < count; ++i) {
    VectorRow& row = rows.emplace_back();
    row.key = VectorTable::WordKey("word" + std::to_string(i));
    row.share = static_cast<float>(random.Uniform() * 0.5 + 0.001);
    for (int j = 0; j < dimension; ++j) row.components.push_back(static_cast<float>(random.Uniform() - 0.5));
  }
  return rows;
}

TEST(VectorTable, GivesBackWhatWasWritten) {
  const std::vector<VectorRow> rows = SomeRows(1000, 24, 5);
  const std::string bytes = BuildVectorTable(rows, 24, 777);
  const VectorTable table = *VectorTable::Open(bytes, "test");
  EXPECT_EQ(table.dimension(), 24);
  EXPECT_EQ(table.row_count(), 1000u);
  EXPECT_EQ(table.text_count(), 777u);
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t row = table.FindWord("word" + std::to_string(i));
    ASSERT_NE(row, VectorTable::kNone);
    EXPECT_EQ(table.share(row), rows[static_cast<std::size_t>(i)].share);
    EXPECT_LE(table.smallest_share(), table.share(row));
    for (std::size_t j = 0; j < 24; ++j) {
      // Half a step of rounding at most.
      EXPECT_NEAR(table.scale(row) * static_cast<float>(table.components(row)[j]),
                  rows[static_cast<std::size_t>(i)].components[j], table.scale(row) * 0.501f);
    }
  }
  EXPECT_EQ(table.FindWord("word1000"), VectorTable::kNone);
  EXPECT_EQ(table.FindSubword("word1"), VectorTable::kNone) << "words and their parts do not mix";
}

TEST(VectorTable, HoldsNothingWhenEmpty) {
  const std::string bytes = BuildVectorTable({}, 8, 0);
  const VectorTable table = *VectorTable::Open(bytes, "test");
  EXPECT_EQ(table.FindWord("a"), VectorTable::kNone);
}

TEST(VectorTable, RefusesDamage) {
  const std::string whole = BuildVectorTable(SomeRows(20, 8, 1), 8, 5);
  const auto refuses = [](const std::string& bytes) {
    return ReasonOf(VectorTable::Open(bytes, "test").status()) == Reason::kModelMismatch;
  };
  for (std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{64}, whole.size() - 1}) {
    EXPECT_TRUE(refuses(whole.substr(0, size))) << size;
  }
  EXPECT_TRUE(refuses(whole + "x"));
  for (std::size_t byte : {0, 8, 12, 16, 24}) {  // magic, version, dimension, rows, slots
    std::string damaged = whole;
    damaged[byte] = static_cast<char>(damaged[byte] + 1);
    EXPECT_TRUE(refuses(damaged)) << byte;
  }
  std::string damaged = whole;
  const std::size_t slots = 32;
  for (std::size_t slot = 0; slot < slots; ++slot) damaged[64 + 8 * slots + 4 * slot + 3] = '\x7f';
  EXPECT_TRUE(refuses(damaged)) << "rows out of range";
}

TEST(Subwords, AreSequencesOfHanAndOfLetters) {
  const auto texts = [](std::string_view word) {
    std::vector<std::string> all;
    for (const Subword& subword : SubwordsOf(word)) all.push_back(subword.text);
    return all;
  };
  EXPECT_THAT(texts("锂电池"), UnorderedElementsAre("锂", "电", "池", "锂电", "电池", "锂电池"));
  EXPECT_THAT(texts("3d打印"), UnorderedElementsAre("打", "印", "打印"));
  EXPECT_THAT(texts("laser"), UnorderedElementsAre("<las", "lase", "aser", "ser>", "<lase", "laser", "aser>"));
  EXPECT_THAT(texts("b"), UnorderedElementsAre());
  EXPECT_THAT(texts("pm2.5"), UnorderedElementsAre());
  EXPECT_THAT(texts(""), UnorderedElementsAre());
}

TEST(Accumulate, EqualsTheSlowLoop) {
  Random random(3);
  for (std::size_t n : {1, 7, 16, 128, 131}) {
    std::vector<std::int8_t> row(n);
    std::vector<float> sum(n), slow(n);
    for (std::size_t j = 0; j < n; ++j) {
      row[j] = static_cast<std::int8_t>(static_cast<int>(random.Below(255)) - 127);
      sum[j] = slow[j] = static_cast<float>(random.Uniform());
    }
    const auto weight = static_cast<float>(random.Uniform());
    Accumulate(row.data(), weight, n, sum.data());
    for (std::size_t j = 0; j < n; ++j) {
      const volatile float product = weight * static_cast<float>(row[j]);  // rounded by itself
      EXPECT_EQ(sum[j], slow[j] + product) << n << " " << j;
    }
  }
}

}  // namespace
}  // namespace magpie
