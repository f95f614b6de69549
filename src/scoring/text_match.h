// The part of a score that comes from the texts: three raw measures of a pair and what they are worth for one need.
//
// lexical   TF-IDF cosine over words and Chinese bigrams.
// semantic  each word of the need against its nearest word of the offering: sum over the need's words of weight *
//           relu((cosine - 0.15) / 0.85), divided by the sum of the weights; a word the offering also says counts 1.
// text      cosine of the two texts' vectors.
// title     cosine of the need's title with the whole offering: long needs hide what they are about.
//
// A raw measure means little by itself: a need of common words is near to everything, a long offering too, and texts
// of another language lie farther off. So each need has a profile: mean and deviation of each measure over a sample of
// the pool, separately for the offerings in each language, with the part of `semantic` that is linear in the log of
// the offering's length taken out. Small pools are evened out with the figures of an ordinary pool.
// Exact     all sums are taken in the same order however pairs are batched, so a pair has one value.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "magpie/retrieval/fixed_vectors.h"
#include "magpie/retrieval/lexical_index.h"
#include "scoring/listing_text.h"
#include "scoring/word_pool.h"

namespace magpie {

// A listing's text with its words as numbers of the pool; words the pool does not hold are numbered on from
// pool.word_count(), with their vectors in `extra`.
struct MatchText {
  std::vector<std::uint32_t> words;
  std::vector<double> weights;  // of the words; only needs use them
  TermBag terms;
  std::vector<std::int16_t> vector;        // of the whole text; zeros or empty = not known
  std::vector<std::int16_t> title_vector;  // of a need's title, by the same encoder
  std::vector<std::int16_t> own_vector;    // by the built-in encoder, where another one made `vector`; else empty
  double length = 0;
  TextLanguage language = TextLanguage::kChinese;
  FixedVectors extra;

  std::span<const std::int16_t> WordVector(const WordPool& pool, std::uint32_t word) const {
    return word < pool.word_count() ? pool.vectors().row(word) : extra.row(word - pool.word_count());
  }
};

struct TextMeasures {
  double lexical = 0;
  double semantic = 0;
  double text = 0;
  double title = 0;
  double shared = 0;     // the share of the need's weight that the offering says in the same words
  double knowledge = 0;  // ConceptSpace::Agreement; put in by the scorer, not by the matcher
};

// Mean and deviation of one measure; `slope` is per unit of LengthOf(offering).
struct Norm {
  double mean = 0, deviation = 1, slope = 0, centre = 0;
  double Z(double value, double length) const { return (value - mean - slope * (length - centre)) / deviation; }
};

struct TextProfile {
  std::array<Norm, kTextLanguages> lexical, semantic, text, title;  // by the offering's language
};

// log(5 + words), the length that `semantic` grows with.
double LogLength(const MatchText& text);

// Some offerings with their different words laid out for comparison, so that each is compared once with each word of a
// need. Building one sorts the offerings' words; blocks that are asked again and again are worth keeping.
class OfferingBlock {
 public:
  OfferingBlock() = default;
  // documents[i] is the number of offerings[i] in the index; empty where they are not in it. The texts must stay where
  // they are.
  OfferingBlock(const WordPool& pool, std::vector<const MatchText*> offerings, std::vector<std::int32_t> documents);

  std::span<const MatchText* const> offerings() const { return offerings_; }
  std::span<const std::int32_t> documents() const { return documents_; }

 private:
  friend class TextMatcher;
  std::vector<const MatchText*> offerings_;
  std::vector<std::int32_t> documents_;
  std::vector<std::uint32_t> words_;   // distinct, ascending
  std::vector<std::uint32_t> first_;   // size words + 1, into holders_
  std::vector<std::int32_t> holders_;  // places of the offerings that say the word
  FixedTiles tiles_;                   // of the words
};

// The measures of one need against the offerings of a block.
class TextMatcher {
 public:
  TextMatcher(const WordPool& pool, const LexicalIndex& offering_index) : pool_(pool), index_(offering_index) {}

  std::vector<TextMeasures> Measure(const MatchText& need, const OfferingBlock& block) const;

  // How well each word of the need is answered by each offering of the block, in [0, 1]: what `semantic` sums. By word,
  // then by offering; cheapest for many words at once.
  std::vector<std::vector<float>> Answers(const MatchText& need, std::span<const std::uint32_t> words,
                                          const OfferingBlock& block) const;

 private:
  // The dot of a need's word with the nearest word of each offering, kSameWord where that is the word itself. `dots` are
  // those with the block's words and are overwritten.
  static void FindBest(std::uint32_t word, const OfferingBlock& block, std::span<std::int32_t> dots,
                       std::span<std::int32_t> best);
  void MeasureWords(const MatchText& need, const OfferingBlock& block, std::span<TextMeasures> measures) const;
  void MeasureTerms(const MatchText& need, const OfferingBlock& block, std::span<TextMeasures> measures) const;

  const WordPool& pool_;
  const LexicalIndex& index_;
};

// The profile of a need from its measures over a sample of offerings, each counted `times` (empty = once).
TextProfile MakeProfile(TextLanguage need_language, std::span<const MatchText* const> sample,
                        std::span<const TextMeasures> measures, std::span<const double> times = {});

}  // namespace magpie
