#include "magpie/retrieval/coded_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "magpie/base/instruction_set.h"
#include "magpie/base/status.h"
#include "retrieval/codes.h"
#include "retrieval/kernels.h"
#include "unit/retrieval/obvious_top.h"

namespace magpie {
namespace {

// Documents cut into segments of `rows`, with filters where `admitted` is not empty.
struct Cut {
  std::vector<std::shared_ptr<const CodedSegment>> segments;
  std::vector<std::vector<std::uint64_t>> words;
  std::vector<SegmentView> views;

  Cut(std::span<const float> documents, int dimension, std::size_t rows, const std::vector<bool>& admitted) {
    const auto columns = static_cast<std::size_t>(dimension);
    const std::size_t count = documents.size() / columns;
    for (std::size_t first = 0; first < count; first += rows) {
      const std::size_t here = std::min(rows, count - first);
      segments.push_back(*CodedSegment::Make(documents.subspan(first * columns, here * columns), dimension));
      words.emplace_back();
      if (!admitted.empty()) {
        words.back().resize((here + 63) / 64);
        for (std::size_t i = 0; i < words.back().size() * 64; ++i) {  // bits beyond the last row are not looked at
          if (i >= here || admitted[first + i]) words.back()[i / 64] |= std::uint64_t{1} << (i % 64);
        }
      }
    }
    for (std::size_t s = 0; s < segments.size(); ++s) {
      views.push_back({segments[s].get(), static_cast<std::int32_t>(s * rows), words[s]});
    }
  }
};

void ExpectObvious(std::span<const float> queries, std::span<const float> documents, int dimension, int top,
                   std::size_t rows, const std::vector<bool>& admitted, int threads, const std::string& what) {
  const Cut cut(documents, dimension, rows, admitted);
  const FloatPairs exact(queries, documents, dimension);
  const auto found = SearchCoded(queries, dimension, cut.views, exact, top, Threads(threads));
  ASSERT_TRUE(found.ok()) << what << ": " << ErrorText(found.status());
  ExpectSame(*found, ObviousTop(queries, documents, dimension, top, admitted), what);
}

TEST(CodedSearch, IsTheObviousRanking) {
  Random random(1);
  for (int dimension : {1, 2, 3, 4, 5, 31, 64, 255, 256, 1'024}) {
    for (int documents : {0, 1, 15, 16, 17, 48, 49, 130, 1'000}) {
      const auto d = RandomRows(random, documents, dimension);
      for (int queries : {0, 1, 2, 7, 8, 9, 30}) {
        const auto q = RandomRows(random, queries, dimension);
        for (int top : {1, 10, 200}) {
          ExpectObvious(q, d, dimension, top, 1'000, {}, 1,
                        fmt::format("dimension {}, {} x {}, top {}", dimension, queries, documents, top));
        }
      }
    }
  }
}

TEST(CodedSearch, RanksOnlyWhatIsAdmittedAcrossSegments) {
  Random random(2);
  for (double share : {0.0, 0.002, 0.05, 0.5, 0.99}) {
    for (std::size_t rows : {64, 100, 333, 3'000}) {
      const auto documents = RandomRows(random, 1'500, 32);
      std::vector<bool> admitted(1'500);
      for (std::size_t i = 0; i < admitted.size(); ++i) admitted[i] = random.Uniform() < share;
      for (int queries : {1, 5, 40}) {
        ExpectObvious(RandomRows(random, queries, 32), documents, 32, 10, rows, admitted, 2,
                      fmt::format("share {}, segments of {}, {} queries", share, rows, queries));
      }
    }
  }
}

// The sample that raises the first thresholds is taken from the first segment that has room for it, wherever the best rows are.
TEST(CodedSearch, IsTheObviousRankingWhereverTheBestRowsLie) {
  Random random(9);
  for (const bool best_first : {false, true}) {
    auto documents = RandomRows(random, 4'000, 20);
    for (std::size_t i = 0; i < documents.size(); ++i) {
      const std::size_t row = i / 20;
      documents[i] *= static_cast<float>(best_first ? 4'000 - row : row) / 4'000;
    }
    std::vector<bool> admitted(4'000, true);
    for (std::size_t i = 0; i < 2'000; ++i) admitted[i] = i % 97 != 0;  // some tiles whole, some not
    for (int top : {1, 10, 33, 200}) {
      for (std::size_t rows : {100, 1'500, 4'000}) {
        const auto queries = RandomRows(random, 50, 20);
        ExpectObvious(queries, documents, 20, top, rows, {}, 2, fmt::format("all, top {}, cut at {}", top, rows));
        ExpectObvious(queries, documents, 20, top, rows, admitted, 2, fmt::format("some, top {}, {}", top, rows));
      }
    }
  }
}

TEST(CodedSearch, BreaksTiesByTheLowerNumber) {
  Random random(3);
  const auto few = RandomRows(random, 3, 8);
  std::vector<float> documents;
  for (int i = 0; i < 3'000; ++i) {
    const auto row = few.begin() + static_cast<std::ptrdiff_t>(random.Below(3) * 8);
    documents.insert(documents.end(), row, row + 8);
  }
  for (int queries : {1, 20}) {
    ExpectObvious(RandomRows(random, queries, 8), documents, 8, 10, 700, {}, 1, "three rows");
    ExpectObvious(std::vector<float>(static_cast<std::size_t>(queries) * 8), documents, 8, 10, 700, {}, 1, "zeros");
    ExpectObvious(RandomRows(random, queries, 8), std::vector<float>(8 * 900, 0.25f), 8, 10, 700, {}, 1, "all equal");
    ExpectObvious(RandomRows(random, queries, 8), std::vector<float>(8 * 900), 8, 10, 700, {}, 1, "documents of zeros");
  }
}

TEST(CodedSearch, KeepsWithinBoundsRowsOfVeryDifferentLengths) {
  Random random(4);
  auto documents = RandomRows(random, 900, 64);
  for (std::size_t i = 0; i < documents.size(); ++i) {
    documents[i] *= (i / 64) % 3 == 0 ? 1e9f : (i / 64) % 3 == 1 ? 1e-9f : 1e-33f;
    if (i % 64 == 5) documents[i] *= 1'000;  // one component far beyond the others
  }
  for (int queries : {1, 20}) {
    ExpectObvious(RandomRows(random, queries, 64), documents, 64, 10, 256, {}, 1, "uneven");
    auto tiny = RandomRows(random, queries, 64);
    for (float& component : tiny) component *= 1e-38f;
    ExpectObvious(tiny, documents, 64, 10, 256, {}, 1, "tiny queries");
  }
}

TEST(CodedSearch, RanksFixedRowsByTheirWholeNumbers) {
  constexpr int kDimension = 40, kDocuments = 500, kQueries = 12, kTop = 25;
  Random random(5);
  FixedVectors documents(kDocuments, kDimension);
  std::vector<std::int16_t> rows, queries;
  std::vector<float> query_floats;
  for (int i = 0; i < kDocuments + kQueries; ++i) {
    auto row = RandomRows(random, 1, kDimension);
    for (float& component : row) component /= 7;
    const std::vector<std::int16_t> fixed = ToFixed(row);
    if (i < kDocuments) {
      documents.Set(i, row);
      rows.insert(rows.end(), fixed.begin(), fixed.end());
    } else {
      queries.insert(queries.end(), fixed.begin(), fixed.end());
      for (std::int16_t component : fixed) query_floats.push_back(component * (1.0f / (1 << FixedVectors::kBits)));
    }
  }
  const auto segment = *CodedSegment::Make(std::span<const std::int16_t>(rows), kDimension);
  const SegmentView view{segment.get(), 0, {}};
  const FixedPairs exact(queries, documents);
  const auto found = *SearchCoded(query_floats, kDimension, {&view, 1}, exact, kTop, {});
  std::vector<RankedDocument> expected;
  for (int q = 0; q < kQueries; ++q) {
    std::vector<std::int32_t> dots(kDocuments);
    documents.DotAll(std::span(queries).subspan(static_cast<std::size_t>(q) * kDimension, kDimension), dots);
    std::vector<double> scores(dots.size());
    std::transform(dots.begin(), dots.end(), scores.begin(),
                   [](std::int32_t dot) { return dot * FixedVectors::kDotScale; });
    for (const RankedDocument& one : TopDocuments(scores, kTop, -2)) expected.push_back(one);
  }
  ExpectSame(found, expected, "fixed rows");
}

TEST(CodedSearch, GivesTheSameBytesForEveryNumberOfThreads) {
  Random random(6);
  const auto queries = RandomRows(random, 300, 48), documents = RandomRows(random, 2'000, 48);
  const Cut cut(documents, 48, 600, {});
  const FloatPairs exact(queries, documents, 48);
  const auto one = *SearchCoded(queries, 48, cut.views, exact, 10, Threads(1));
  for (int threads = 2; threads <= 8; ++threads) {
    ExpectSame(*SearchCoded(queries, 48, cut.views, exact, 10, Threads(threads)), one,
               fmt::format("{} threads", threads));
  }
}

TEST(CodedSearch, RefusesWhatIsNoNumberAndWhatDoesNotFit) {
  std::vector<float> bad(12, 1.0f);
  bad[10] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(CodedSegment::Make(std::span<const float>(bad), 3).status().message().find("row 3"), std::string::npos);
  const std::vector<float> good(12, 1.0f);
  const auto segment = *CodedSegment::Make(std::span<const float>(good), 3);
  const FloatPairs exact(good, good, 3);
  const std::uint64_t word = 0;
  const auto ask = [&](std::span<const float> queries, int dimension, SegmentView view, int top) {
    return SearchCoded(queries, dimension, {&view, 1}, exact, top, {}).status();
  };
  EXPECT_TRUE(ask(good, 3, {segment.get(), 0, {&word, 1}}, 1).ok());
  EXPECT_EQ(FieldOf(ask(bad, 3, {segment.get(), 0, {}}, 1)), "queries");
  EXPECT_EQ(FieldOf(ask(good, 4, {segment.get(), 0, {}}, 1)), "segments");
  EXPECT_EQ(FieldOf(ask(good, 3, {segment.get(), 0, {}}, 0)), "top");
  const auto long_segment = *CodedSegment::Make(std::vector<float>(100 * 3), 3);
  EXPECT_EQ(FieldOf(ask(good, 3, {long_segment.get(), 0, {&word, 1}}, 1)), "segments");
  EXPECT_EQ(FieldOf(CodedSegment::Make(std::vector<float>(CodedSegment::kMostRows + 1), 1).status()), "rows");
}

TEST(Codes, TheErrorIsThatOfTheRow) {
  Random random(7);
  for (int dimension : {1, 3, 64, 500}) {
    const auto row = RandomRows(random, 1, dimension);
    std::vector<std::int8_t> codes(row.size());
    const CodedRow coded = CodeRow(row, codes.data());
    double error = 0, length = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      const double component = row[j], meant = static_cast<double>(coded.scale) * codes[j];
      EXPECT_LE(std::abs(component - meant), static_cast<double>(coded.scale) * 0.5001);
      error += (component - meant) * (component - meant);
      length += component * component;
    }
    EXPECT_GE(coded.error, std::sqrt(error));
    EXPECT_NEAR(coded.error, std::sqrt(error), 1e-5 * std::sqrt(length) * std::sqrt(dimension));
    EXPECT_GE(coded.length, std::sqrt(length));
    EXPECT_NEAR(coded.length, std::sqrt(length), 1e-5 * std::sqrt(length) * std::sqrt(dimension));
  }
}

// Whole-number sums are the obvious ones on every instruction set, in tiles and alone, to the last bit of their values.
TEST(CodeKernels, GiveTheObviousSums) {
  Random random(8);
  for (std::int64_t quads : {1, 2, 3, 7, 8, 9, 64, 256}) {
    constexpr std::int64_t kPanels = 7;
    std::vector<std::uint8_t> rows(static_cast<std::size_t>((kPanels + 3) * kPanelRows * quads * kQuad));
    for (std::uint8_t& code : rows) code = static_cast<std::uint8_t>(1 + random.Below(255));
    std::vector<float> scales((kPanels + 3) * kPanelRows);
    for (float& scale : scales) scale = static_cast<float>(random.Uniform());
    std::vector<std::int8_t> codes(static_cast<std::size_t>(8 * quads * kQuad));
    for (std::int8_t& code : codes) code = static_cast<std::int8_t>(static_cast<int>(random.Below(255)) - 127);
    std::vector<std::int32_t> offsets(8);
    const auto expected = [&](std::int64_t query, std::int64_t row) {
      std::int32_t sum = 0;
      for (std::int64_t j = 0; j < quads * kQuad; ++j) {
        const std::int64_t at =
            ((row / kPanelRows * quads + j / kQuad) * kPanelRows + row % kPanelRows) * kQuad + j % kQuad;
        sum += codes[static_cast<std::size_t>(query * quads * kQuad + j)] *
               (rows[static_cast<std::size_t>(at)] - kCodeZero);
      }
      return static_cast<float>(sum) * scales[static_cast<std::size_t>(row)];
    };
    for (std::size_t q = 0; q < 8; ++q) {
      for (std::int64_t j = 0; j < quads * kQuad; ++j) {
        offsets[q] -= kCodeZero * codes[q * static_cast<std::size_t>(quads * kQuad) + static_cast<std::size_t>(j)];
      }
    }
    for (InstructionSet set : AvailableInstructionSets()) {
      const Kernels& kernels = KernelsOf(set);
      const std::string what = fmt::format("{}, {} quads", InstructionSetName(set), quads);
      const int tile_rows = kernels.code_panels * kPanelRows;
      std::vector<std::int8_t> packed(static_cast<std::size_t>(8 * quads * 8));
      std::vector<TileHit> hits(static_cast<std::size_t>(kernels.code_queries * tile_rows));
      const std::vector<float> least(8, -std::numeric_limits<float>::infinity());
      kernels.pack_code_queries(codes.data(), kernels.code_queries, quads, kernels.code_queries, packed.data());
      ASSERT_EQ(kernels.code_tile(packed.data(), offsets.data(), rows.data(), scales.data(), quads, least.data(),
                                  hits.data()),
                std::ssize(hits))
          << what;
      std::vector<float> peaks(hits.size());  // that begin as the values of the next tile: some of them stay
      for (const TileHit& hit : hits) {
        ASSERT_EQ(hit.value, expected(hit.query, hit.row)) << what;
        peaks[static_cast<std::size_t>(hit.query * tile_rows + hit.row)] = expected(hit.query, hit.row + tile_rows);
      }
      kernels.code_peaks(packed.data(), offsets.data(), rows.data(), scales.data(), quads, peaks.data());
      for (const TileHit& hit : hits) {
        ASSERT_EQ(peaks[static_cast<std::size_t>(hit.query * tile_rows + hit.row)],
                  std::max(hit.value, expected(hit.query, hit.row + tile_rows)))
            << what;
      }

      // Alone: the threshold lets only rows at least as good as the median through.
      kernels.pack_code_queries(codes.data(), 1, quads, 1, packed.data());
      std::vector<float> values;
      for (std::int64_t row = 0; row < kPanels * kPanelRows; ++row) values.push_back(expected(0, row));
      std::vector<float> sorted = values;
      std::sort(sorted.begin(), sorted.end());
      const float median = sorted[sorted.size() / 2];
      std::size_t seen = 0;
      for (std::int64_t panel = 0; panel < kPanels;) {
        int found = 0;
        panel = kernels.code_scan(packed.data(), offsets[0], rows.data(), scales.data(), quads, panel, kPanels, median,
                                  hits.data(), &found);
        for (int i = 0; i < found; ++i) {
          const TileHit& hit = hits[static_cast<std::size_t>(i)];
          ASSERT_EQ(hit.value, values[static_cast<std::size_t>((panel - 1) * kPanelRows + hit.row)]) << what;
          ++seen;
        }
      }
      ASSERT_EQ(seen, static_cast<std::size_t>(
                          std::count_if(values.begin(), values.end(), [&](float value) { return value >= median; })))
          << what;
    }
  }
}

}  // namespace
}  // namespace magpie
