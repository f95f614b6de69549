#include "magpie/retrieval/batch_top.h"

#include <gtest/gtest.h>

#include <limits>

#include "magpie/base/instruction_set.h"
#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "retrieval/kernels.h"
#include "unit/retrieval/obvious_top.h"

namespace magpie {
namespace {

void ExpectObvious(std::span<const float> queries, std::span<const float> documents, int dimension, int top,
                   int threads, const std::string& what) {
  const auto found = BatchTop(queries, documents, dimension, top, Threads(threads));
  ASSERT_TRUE(found.ok()) << what << ": " << ErrorText(found.status());
  ExpectSame(*found, ObviousTop(queries, documents, dimension, top), what);
}

TEST(BatchTop, IsTheObviousRanking) {
  Random random(1);
  for (int dimension : {1, 2, 3, 4, 5, 7, 16, 63, 64, 256, 1'024}) {
    for (int documents : {0, 1, 9, 47, 48, 49, 200, 700}) {
      for (int queries : {0, 1, 7, 8, 25}) {
        const auto q = RandomRows(random, queries, dimension), d = RandomRows(random, documents, dimension);
        for (int top : {1, 10, 300}) {
          ExpectObvious(q, d, dimension, top, 2,
                        fmt::format("dimension {}, {} x {}, top {}", dimension, queries, documents, top));
        }
      }
    }
  }
}

TEST(BatchTop, BreaksTiesByTheLowerNumber) {
  Random random(2);
  // Few different rows, many times over: more equal scores than a selection can keep.
  const auto few = RandomRows(random, 3, 8);
  std::vector<float> documents;
  for (int i = 0; i < 3'000; ++i) {
    const std::size_t row = random.Below(3) * 8;
    documents.insert(documents.end(), few.begin() + static_cast<std::ptrdiff_t>(row),
                     few.begin() + static_cast<std::ptrdiff_t>(row + 8));
  }
  ExpectObvious(RandomRows(random, 20, 8), documents, 8, 10, 1, "three rows");
  // All equal, and all zero.
  ExpectObvious(RandomRows(random, 5, 4), std::vector<float>(4 * 1'000, 0.5f), 4, 7, 2, "all equal");
  ExpectObvious(std::vector<float>(4 * 5), RandomRows(random, 1'000, 4), 4, 7, 2, "queries of zeros");
}

TEST(BatchTop, TellsApartWhatFloatsCannot) {
  // Scores that differ by less than a float sum can tell, best last; and rows of very different lengths.
  constexpr int kDimension = 256;
  Random random(3);
  const auto base = RandomRows(random, 1, kDimension);
  std::vector<float> documents;
  for (int i = 0; i < 2'000; ++i) {
    documents.insert(documents.end(), base.begin(), base.end());
    documents[documents.size() - 1 - random.Below(kDimension)] *= 1 + 0x1.0p-22f;
  }
  ExpectObvious(base, documents, kDimension, 10, 1, "nearly equal");
  auto lengths = RandomRows(random, 900, kDimension);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    lengths[i] *= (i / kDimension) % 3 == 0 ? 1e9f : (i / kDimension) % 3 == 1 ? 1e-9f : 1e-30f;
  }
  ExpectObvious(RandomRows(random, 30, kDimension), lengths, kDimension, 10, 2, "uneven lengths");
  for (float& component : lengths) component *= 1e-15f;  // products below the smallest float
  ExpectObvious(lengths, lengths, kDimension, 5, 2, "tiny");
}

TEST(BatchTop, GivesTheSameBytesForEveryNumberOfThreads) {
  Random random(4);
  const auto queries = RandomRows(random, 400, 96), documents = RandomRows(random, 1'000, 96);
  const auto one = *BatchTop(queries, documents, 96, 10, Threads(1));
  ExpectSame(one, ObviousTop(queries, documents, 96, 10), "one thread");
  for (int threads = 2; threads <= 8; ++threads) {
    ExpectSame(*BatchTop(queries, documents, 96, 10, Threads(threads)), one, fmt::format("{} threads", threads));
  }
}

TEST(BatchTop, RefusesWhatIsNoNumberAndNamesTheRow) {
  const std::vector<float> good(12, 1.0f);
  for (float wrong : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                      -std::numeric_limits<float>::infinity(), 1e30f}) {
    std::vector<float> bad = good;
    bad[7] = wrong;
    const auto queries = BatchTop(bad, good, 3, 1, {});
    EXPECT_EQ(ReasonOf(queries.status()), Reason::kBadArgument);
    EXPECT_EQ(FieldOf(queries.status()), "queries");
    EXPECT_NE(queries.status().message().find("row 2"), std::string::npos) << queries.status().message();
    EXPECT_EQ(FieldOf(BatchTop(good, bad, 3, 1, {}).status()), "documents");
  }
  EXPECT_EQ(FieldOf(BatchTop(good, good, 5, 1, {}).status()), "queries");
  EXPECT_EQ(FieldOf(BatchTop(good, good, 0, 1, {}).status()), "dimension");
  EXPECT_EQ(FieldOf(BatchTop(good, good, 3, 0, {}).status()), "top");
}

TEST(BatchTop, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  RunContext context;
  context.stop = source.get_token();
  EXPECT_EQ(ReasonOf(BatchTop(std::vector<float>(8), std::vector<float>(8), 2, 1, context).status()),
            Reason::kCancelled);
}

TEST(ExactKernels, GiveTheDefinitionToTheLastBit) {
  Random random(4);
  for (int dimension : {1, 2, 3, 4, 5, 8, 63, 256, 1'023}) {
    const auto query = RandomRows(random, 1, dimension), rows = RandomRows(random, 30, dimension);
    const auto all = ObviousTop(query, rows, dimension, 30);
    std::vector<const float*> at;
    for (const RankedDocument& one : all) at.push_back(rows.data() + one.document * dimension);
    for (InstructionSet set : AvailableInstructionSets()) {
      for (std::size_t count = 0; count <= at.size(); ++count) {
        std::vector<double> scores(count);
        KernelsOf(set).exact_dots(query.data(), at.data(), static_cast<std::int64_t>(count), dimension, scores.data());
        for (std::size_t i = 0; i < count; ++i) {
          ASSERT_EQ(scores[i], all[i].score)
              << InstructionSetName(set) << ", " << dimension << ", " << i << " of " << count;
        }
      }
    }
  }
}

}  // namespace
}  // namespace magpie
