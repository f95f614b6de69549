// A listing's text as the pool knows it: words as numbers, terms, vectors; and what one pair of them measures.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "magpie/retrieval/fixed_vectors.h"
#include "magpie/retrieval/lexical_index.h"
#include "scoring/listing_text.h"
#include "scoring/word_pool.h"

namespace magpie {

// Words that the pool does not hold have the numbers kOutside + 0, 1, ..., with their vectors in `extra`. Two such texts
// can be compared only where they were numbered together.
struct MatchText {
  static constexpr std::uint32_t kOutside = 0x80000000;

  std::vector<std::uint32_t> words;
  std::vector<double> weights;  // of the words of a need
  TermBag terms;
  std::vector<double> question_weights;    // of the terms, in a need
  std::vector<float> document_weights;     // of the terms, in an offering
  std::vector<std::int16_t> vector;        // of the whole text; zeros or empty = not known
  std::vector<std::int16_t> title_vector;  // of a need's title, by the same encoder
  std::vector<std::int16_t> own_vector;    // by the built-in encoder, where another one made `vector`; else empty
  double length = 0;
  TextLanguage language = TextLanguage::kChinese;
  FixedVectors extra;

  const std::int16_t* WordVector(const WordPool& pool, std::uint32_t word) const {
    return word < kOutside ? pool.vector(word) : extra.row(word - kOutside).data();
  }
};

// log(5 + words), the length that `semantic` grows with.
inline double LogLength(const MatchText& text) {
  return std::log(5 + text.length);
}

// lexical   TF-IDF cosine over words and Chinese bigrams.
// semantic  each word of the need against its nearest word of the offering: sum over the need's words of weight *
//           relu((cosine - 0.15) / 0.85), divided by the sum of the weights; a word the offering also says counts 1.
// text      cosine of the two texts' vectors.
// title     cosine of the need's title with the whole offering: long needs hide what they are about.
struct TextMeasures {
  double lexical = 0;
  double semantic = 0;
  double text = 0;
  double title = 0;
  double shared = 0;     // the share of the need's weight that the offering says in the same words
  double knowledge = 0;  // ConceptSpace::Agreement; put in by the scorer, not by the matcher
};

}  // namespace magpie
