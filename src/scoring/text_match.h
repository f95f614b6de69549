// The part of a score that comes from the texts: the measures of a pair and what they are worth for one need.
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

#include "scoring/match_text.h"

namespace magpie {

// Mean and deviation of one measure; `slope` is per unit of LengthOf(offering).
struct Norm {
  double mean = 0, deviation = 1, slope = 0, centre = 0;
  double Z(double value, double length) const { return (value - mean - slope * (length - centre)) / deviation; }
};

struct TextProfile {
  std::array<Norm, kTextLanguages> lexical, semantic, text, title;  // by the offering's language
};

// Some offerings with their different words laid out for comparison, so that each is compared once with each word of a
// need. Blocks that are asked again and again are worth keeping. The texts must stay where they are.
class OfferingBlock {
 public:
  OfferingBlock() = default;
  OfferingBlock(const WordPool& pool, std::vector<const MatchText*> offerings);

  std::span<const MatchText* const> offerings() const { return offerings_; }

 private:
  friend class TextMatcher;
  std::vector<const MatchText*> offerings_;
  std::vector<std::uint32_t> words_;          // distinct, in order of first mention
  std::vector<std::uint32_t> first_;          // size words + 1, into holders_
  std::vector<std::int32_t> holders_;         // places of the offerings that say the word
  std::vector<const std::int16_t*> vectors_;  // of the words
};

// Puts in what the vectors of whole texts and titles say: measures[need][offering].
void MeasureVectors(std::span<const MatchText* const> needs, std::span<const MatchText* const> offerings,
                    std::span<std::vector<TextMeasures>> measures);

// The measures of one need against the offerings of a block.
class TextMatcher {
 public:
  static constexpr double kMissingCosine = 0.35;  // below it nothing in the offering answers a word of the need

  explicit TextMatcher(const WordPool& pool) : pool_(pool) {}

  std::vector<TextMeasures> Measure(const MatchText& need, const OfferingBlock& block) const;

  // A word of a need, with its vector.
  struct Word {
    std::uint32_t number;
    const std::int16_t* vector;
  };
  std::vector<Word> WordsOf(const MatchText& need) const;

  // How well each word is answered by each offering of the block, in [0, 1]: what `semantic` sums. By word, then by
  // offering; cheapest for many words at once.
  std::vector<std::vector<float>> Answers(std::span<const Word> words, const OfferingBlock& block) const;
  static double AnswerOf(double cosine);  // of a word that is not the same

 private:
  // Raises best[offering] to the dot of a need's word with the nearest of the offering's words, kSameWord where that is the
  // word itself. `dots` are those with the block's words from `first` on.
  static void RaiseBest(std::uint32_t word, const OfferingBlock& block, std::size_t first,
                        std::span<const std::int32_t> dots, std::span<std::int32_t> best);
  // Calls use(place in `words`, best) for each word in turn, best[offerings] as RaiseBest leaves it.
  template <typename Use>
  void ForEachWord(std::span<const Word> words, const OfferingBlock& block, const Use& use) const;

  const WordPool& pool_;
};

// What a profile asks of an offering besides its measures.
struct SampledText {
  TextLanguage language = TextLanguage::kChinese;
  double log_length = 0;
};

// The profile of a need from its measures over a sample of offerings.
TextProfile MakeProfile(TextLanguage need_language, std::span<const SampledText> sample,
                        std::span<const TextMeasures> measures);

}  // namespace magpie
