// The three rankings that the engine is held against: BM25, TF-IDF and LSA over character bigrams.
//
// Text     title twice, description, keywords, joined without a space, lower-cased, white space removed, as bigrams;
//          the same for needs and offerings.
// BM25     k1 1.2, b 0.75, each different bigram of the need once; statistics of the offerings.
// TF-IDF   1 + ln tf, smoothed idf of the offerings, cosine.
// LSA      200 dimensions of the TF-IDF matrix of needs and offerings together, rows of length 1; cosine. The singular
//          vectors come from a randomised range finder with a fixed seed, ten spare columns and five power iterations
//          (Halko, Martinsson, Tropp 2011), which is what the published figure stands on.
// Threads  a const Baselines may be used from several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "magpie/catalogue/snapshot.h"
#include "magpie/retrieval/lexical_index.h"

namespace magpie {

enum class Baseline : std::uint8_t { kBm25, kTfIdf, kLsa };
inline constexpr int kBaselineCount = 3;
std::string_view BaselineName(Baseline baseline);  // "bm25", "tfidf", "lsa200"

// The bag of character bigrams that all three work on.
TermBag BigramBag(const ListingRecord& listing);

class Baselines {
 public:
  static constexpr int kLsaDimensions = 200;

  // Fits all three; LSA takes about a second for a thousand listings.
  explicit Baselines(const Snapshot& snapshot);

  // A score for every offering.
  std::vector<double> Scores(Baseline baseline, NeedIndex need) const;

 private:
  std::vector<TermBag> needs_;
  LexicalIndex bm25_, tfidf_;
  std::int32_t need_count_ = 0, offering_count_ = 0;
  int lsa_dimension_ = 0;
  std::vector<double> lsa_;  // rows of needs, then offerings; unit length or zero
};

}  // namespace magpie
