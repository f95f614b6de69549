#include "magpie/retrieval/cluster_index.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "magpie/base/status.h"
#include "unit/retrieval/obvious_top.h"

namespace magpie {
namespace {

constexpr int kDimension = 24;

// Around `centres` points where that is above 0.
std::vector<float> UnitRows(Random& random, int count, int centres) {
  Random fixed(99);
  const auto centre = RandomRows(fixed, std::max(1, centres), kDimension);
  auto rows = RandomRows(random, count, kDimension);
  for (std::size_t i = 0; i < rows.size(); i += kDimension) {
    const std::size_t at = random.Below(static_cast<std::uint64_t>(std::max(1, centres))) * kDimension;
    double squares = 0;
    for (std::size_t j = 0; j < kDimension; ++j) {
      if (centres > 0) rows[i + j] = centre[at + j] + 0.2f * rows[i + j];
      squares += static_cast<double>(rows[i + j]) * static_cast<double>(rows[i + j]);
    }
    for (std::size_t j = 0; j < kDimension; ++j) rows[i + j] /= static_cast<float>(std::sqrt(squares));
  }
  return rows;
}

double Recall(const ClusterIndex& index, std::span<const float> rows, std::span<const float> queries, int top) {
  const auto expected = ObviousTop(queries, rows, kDimension, top);
  std::size_t found = 0;
  for (std::size_t q = 0; q * kDimension < queries.size(); ++q) {
    const auto query = queries.subspan(q * kDimension, kDimension);
    std::set<std::int32_t> ours;
    const auto nearest = *index.Search(query, FloatPairs(query, rows, kDimension), top);
    for (const auto& one : nearest) ours.insert(one.document);
    for (int i = 0; i < top; ++i)
      found += ours.count(expected[q * static_cast<std::size_t>(top) + static_cast<std::size_t>(i)].document);
  }
  return static_cast<double>(found) / static_cast<double>(expected.size());
}

TEST(ClusterIndex, FindsWhatItPromisesWhereRowsLieInClusters) {
  Random random(1);
  const auto rows = UnitRows(random, 8'000, 100), queries = UnitRows(random, 200, 100);
  const auto index = ClusterIndex::Build(rows, kDimension, {}, {});
  ASSERT_TRUE(index.ok()) << ErrorText(index.status());
  EXPECT_TRUE(index->choice().approximate) << index->choice().Text();
  EXPECT_GE(index->choice().recall, 0.995);
  EXPECT_LT(index->choice().rows_read, 4'000);
  EXPECT_GE(Recall(*index, rows, queries, 10), 0.99) << index->choice().Text();
}

TEST(ClusterIndex, ReadsEverythingWhereRowsHaveNoStructure) {
  Random random(2);
  const auto rows = UnitRows(random, 5'000, 0), queries = UnitRows(random, 40, 0);
  const auto index = *ClusterIndex::Build(rows, kDimension, {}, {});
  EXPECT_FALSE(index.choice().approximate) << index.choice().Text();
  std::vector<RankedDocument> found;
  for (std::size_t q = 0; q < 40; ++q) {
    const auto query = std::span(queries).subspan(q * kDimension, kDimension);
    const auto nearest = *index.Search(query, FloatPairs(query, rows, kDimension), 10);
    found.insert(found.end(), nearest.begin(), nearest.end());
  }
  ExpectSame(found, ObviousTop(queries, rows, kDimension, 10), "every row");
}

TEST(ClusterIndex, AllProbesAreTheExactAnswerAndFewerOnlyLeaveOut) {
  Random random(3);
  const auto rows = UnitRows(random, 6'000, 30);
  const auto index = *ClusterIndex::Build(rows, kDimension, {}, {});
  const auto query = std::span(rows).subspan(5 * kDimension, kDimension);
  const FloatPairs exact(query, rows, kDimension);
  const auto all = ObviousTop(query, rows, kDimension, 6'000);
  std::set<std::pair<double, std::int32_t>> scores;
  for (const auto& one : all) scores.emplace(one.score, one.document);
  ExpectSame(*index.Search(query, exact, 20, {}, index.choice().clusters), std::span(all).first(20), "all clusters");
  for (std::int64_t probes : {1, 2, 5}) {
    const auto some = *index.Search(query, exact, 20, {}, probes);
    EXPECT_EQ(some.front().document, 5);
    for (const auto& one : some) EXPECT_TRUE(scores.contains({one.score, one.document}));
  }
}

TEST(ClusterIndex, IsTheSameForEveryNumberOfThreads) {
  Random random(4);
  const auto rows = UnitRows(random, 5'000, 50);
  RunContext one, many;
  one.threads = 1;
  many.threads = 5;
  const auto a = *ClusterIndex::Build(rows, kDimension, {}, one), b = *ClusterIndex::Build(rows, kDimension, {}, many);
  EXPECT_EQ(a.choice().probes, b.choice().probes);
  EXPECT_EQ(a.choice().recall, b.choice().recall);
  EXPECT_EQ(a.choice().rows_read, b.choice().rows_read);
  const auto query = std::span(rows).first(kDimension);
  const FloatPairs exact(query, rows, kDimension);
  ExpectSame(*a.Search(query, exact, 50), *b.Search(query, exact, 50), "threads");
}

TEST(ClusterIndex, TakesFewRowsAndEqualOnesAndRefusesWhatIsNoNumber) {
  for (int count : {0, 1, 20, 5'000}) {
    const std::vector<float> rows(static_cast<std::size_t>(count * kDimension), 0.5f);
    const auto index = *ClusterIndex::Build(rows, kDimension, {}, {});
    const std::vector<float> query(kDimension, 1.0f);
    ExpectSame(*index.Search(query, FloatPairs(query, rows, kDimension), 10), ObviousTop(query, rows, kDimension, 10),
               fmt::format("{} equal rows: {}", count, index.choice().Text()));
  }
  std::vector<float> bad(4 * kDimension, 1.0f);
  bad[2 * kDimension] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(FieldOf(ClusterIndex::Build(bad, kDimension, {}, {}).status()), "rows");
  const auto index = *ClusterIndex::Build(std::span(bad).first(kDimension), kDimension, {}, {});
  const FloatPairs exact(bad, bad, kDimension);
  EXPECT_EQ(FieldOf(index.Search(bad, exact, 1).status()), "queries");
  EXPECT_EQ(FieldOf(index.Search(std::span(bad).first(kDimension), exact, 0).status()), "top");
}

TEST(ClusterIndex, KnowsRowsByTheirNumbersAndLeavesOutWhatIsNotAdmitted) {
  Random random(8);
  const auto rows = UnitRows(random, 6'000, 60), queries = UnitRows(random, 30, 60);
  auto index = *ClusterIndex::Build(rows, kDimension, {}, {});
  ASSERT_TRUE(index.choice().approximate) << index.choice().Text();
  // Numbers three apart, in a table that holds only these rows.
  std::vector<std::int32_t> numbers;
  std::vector<float> table(rows.size() * 3);
  std::vector<std::uint64_t> admitted(6'000 * 3 / 64 + 1);
  for (std::size_t i = 0; i < 6'000; ++i) {
    numbers.push_back(static_cast<std::int32_t>(3 * i));
    std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(i * kDimension), kDimension,
                table.begin() + static_cast<std::ptrdiff_t>(3 * i * kDimension));
    if (i % 10 != 0) admitted[3 * i / 64] |= std::uint64_t{1} << (3 * i % 64);
  }
  std::vector<std::vector<RankedDocument>> before;
  for (std::size_t q = 0; q < queries.size(); q += kDimension) {
    const auto query = std::span(queries).subspan(q, kDimension);
    before.push_back(*index.Search(query, FloatPairs(query, rows, kDimension), 50));
  }
  index.Renumber(numbers);
  EXPECT_GT(index.bytes(), 6'000 * kDimension);
  for (std::size_t q = 0; q < queries.size(); q += kDimension) {
    const auto query = std::span(queries).subspan(q, kDimension);
    const auto all = *index.Search(query, FloatPairs(query, table, kDimension), 50);
    std::vector<RankedDocument> expected = before[q / kDimension];
    for (RankedDocument& one : expected) one.document *= 3;
    ExpectSame(all, expected, "all");
    std::erase_if(expected, [](const RankedDocument& one) { return one.document % 30 == 0; });
    auto some = *index.Search(query, FloatPairs(query, table, kDimension), 50, admitted);
    some.resize(std::min(some.size(), expected.size()));
    ExpectSame(some, expected, "admitted");
  }
}

}  // namespace
}  // namespace magpie
