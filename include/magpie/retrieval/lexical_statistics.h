// What a collection knows about its terms, frozen when it is made: how many documents there are, how long they are on
// average, how many hold each term. Every segment and every query under the same statistics weighs a term of a document
// the same, whenever the document came.
//
// Impact   what one term adds to a document's score, a whole number from 1 to 255: the BM25 weight of lexical_index.h as a
//          share of the largest there is, idf(1) * (k1 + 1), in 255ths. Both factors, idf / idf(1) and
//          tf / (tf + k1 * (1 - b + b * length / mean)), are first rounded to multiples of 1 / 2^16 (half up), their product
//          then to the nearest 255th (half up) and to 1 where it is less: no term that is there counts nothing.
// Score    the sum of the impacts of the query's distinct terms: a whole number, the same in every order.
// Rare     a term held by one document or by none is not kept; it weighs as one held by one document (so does a term that
//          came after the statistics were made).
// Cost     making them some 50 ns a term of a document; 13 bytes a term that two documents or more hold.
// Threads  const methods may be called from several threads at once.
// Source   lexical_index.h; impacts as in Anh and Moffat, Pruned Query Evaluation Using Pre-Computed Impacts (2006).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "magpie/retrieval/lexical_index.h"
#include "magpie/retrieval/term_bags.h"
#include "magpie/retrieval/term_directory.h"

namespace magpie {

class LexicalStatistics {
 public:
  static constexpr std::uint32_t kWhole = 1 << 16;  // of the two factors below
  static constexpr std::uint32_t kMostImpact = 255;

  // Of no documents: all terms weigh the same.
  LexicalStatistics() : LexicalStatistics(TermBags()) {}
  explicit LexicalStatistics(TermBags documents, Bm25Parameters parameters = {});

  std::int64_t document_count() const { return document_count_; }
  double mean_length() const { return mean_length_; }
  // How many documents hold the term, at least 1.
  std::uint32_t Frequency(std::uint64_t term) const;
  // Terms that two documents or more hold.
  const TermDirectory& terms() const { return terms_; }
  std::uint32_t FrequencyOf(std::uint32_t number) const { return frequencies_[number]; }

  // What one point of a score is worth in BM25.
  double unit() const;

  // idf / idf(1) of a term with this frequency, in parts of kWhole.
  std::uint32_t Rarity(std::uint32_t frequency) const { return rarity_[std::min<std::size_t>(frequency, most_)]; }
  // k1 * (1 - b + b * length / mean) of a document.
  double Damping(const TermBag& document) const;
  // tf / (tf + damping), in parts of kWhole.
  static std::uint32_t Saturation(std::uint32_t count, double damping) {
    return static_cast<std::uint32_t>(count / (count + damping) * kWhole + 0.5);
  }
  static std::uint8_t Impact(std::uint32_t rarity, std::uint32_t saturation) {
    const std::uint64_t product = std::uint64_t{kMostImpact} * rarity * saturation;  // below 2^40
    return static_cast<std::uint8_t>(std::max<std::uint64_t>(1, (product + (std::uint64_t{1} << 31)) >> 32));
  }

  std::int64_t bytes() const;

 private:
  double Idf(double frequency) const;

  Bm25Parameters parameters_;
  std::int64_t document_count_ = 0;
  double mean_length_ = 1;
  TermDirectory terms_;
  std::vector<std::uint32_t> frequencies_;  // of terms_
  std::vector<std::uint32_t> rarity_;       // by frequency, up to most_
  std::size_t most_ = 1;                    // the largest frequency
};

}  // namespace magpie
