// The obvious twin of every search by vector: all scores, sorted.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/base/random.h"
#include "magpie/retrieval/lexical_index.h"

namespace magpie {

inline RunContext Threads(int threads) {
  RunContext context;
  context.threads = threads;
  return context;
}

// Components in [-1, 1).
inline std::vector<float> RandomRows(Random& random, int count, int dimension) {
  std::vector<float> rows(static_cast<std::size_t>(count * dimension));
  for (float& component : rows) component = static_cast<float>(random.Uniform() * 2 - 1);
  return rows;
}

// `admitted` may be empty: then every document is.
inline std::vector<RankedDocument> ObviousTop(std::span<const float> queries, std::span<const float> documents,
                                              int dimension, int top, const std::vector<bool>& admitted = {}) {
  const auto columns = static_cast<std::size_t>(dimension);
  std::vector<RankedDocument> answer;
  for (std::size_t q = 0; q < queries.size() / columns; ++q) {
    std::vector<RankedDocument> all;
    for (std::size_t d = 0; d < documents.size() / columns; ++d) {
      if (!admitted.empty() && !admitted[d]) continue;
      double score = 0;
      for (std::size_t j = 0; j < columns; ++j) {
        score += static_cast<double>(queries[q * columns + j]) * static_cast<double>(documents[d * columns + j]);
      }
      all.push_back({static_cast<std::int32_t>(d), score});
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    all.resize(std::min(all.size(), static_cast<std::size_t>(top)));
    answer.insert(answer.end(), all.begin(), all.end());
  }
  return answer;
}

inline void ExpectSame(std::span<const RankedDocument> found, std::span<const RankedDocument> expected,
                       const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].document, expected[i].document) << what << ", place " << i;
    ASSERT_EQ(found[i].score, expected[i].score) << what << ", place " << i;
  }
}

}  // namespace magpie
