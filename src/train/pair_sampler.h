// Draws the batches of training: pairs of texts that belong together, all of one kind.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "magpie/base/random.h"
#include "train/text_pool.h"

namespace magpie::train {

struct WeightedWord {
  std::uint32_t word = 0;
  float weight = 0;  // square root of its times in the text
};
using Bag = std::vector<WeightedWord>;

struct Batch {
  // left[i] belongs to right[i]; what `right` holds beyond is nobody's partner: offerings that only look like answers.
  std::vector<Bag> left, right;
};

class PairSampler {
 public:
  PairSampler(const TextPool& pool, std::uint64_t seed);

  // The batch of one step; the same for the same seed, step and neighbourhood.
  Batch Draw(std::uint64_t step, std::size_t size);

  // Vectors of all papers and awards, row-major n x d: later batches are made in part of blocks of texts that lie close
  // together, which makes harder negatives.
  void SetNeighbourhood(std::span<const float> papers, std::span<const float> awards, std::size_t dimension,
                        std::uint64_t seed);

  // The words that stand for a paper or an award in SetNeighbourhood.
  Bag PaperBag(std::size_t paper) const;
  Bag AwardBag(std::size_t award) const;

 private:
  enum class Source { kPapers, kAwards, kClasses, kKeywords, kConcepts, kCures, kLinks, kGroups };
  // Fills both sides from item `item`; false where it has no such pair.
  using Maker = bool (PairSampler::*)(std::size_t item, Random* random, Words* left, Words* right) const;
  struct Kind {
    Source source;
    double share;
    Maker make;
  };
  static std::span<const Kind> Kinds();

  bool TwoPassages(std::size_t item, Random* random, Words* left, Words* right) const;
  bool SummaryAndPassage(std::size_t item, Random* random, Words* left, Words* right) const;
  bool BothLanguages(std::size_t item, Random* random, Words* left, Words* right) const;
  bool AwardTitle(std::size_t item, Random* random, Words* left, Words* right) const;
  bool AwardHalves(std::size_t item, Random* random, Words* left, Words* right) const;
  bool TitleAndAbstract(std::size_t item, Random* random, Words* left, Words* right) const;
  bool AbstractHalves(std::size_t item, Random* random, Words* left, Words* right) const;
  bool ClassTitle(std::size_t item, Random* random, Words* left, Words* right) const;
  bool Keyword(std::size_t item, Random* random, Words* left, Words* right) const;
  bool ClassAndParent(std::size_t item, Random* random, Words* left, Words* right) const;
  bool ConceptNames(std::size_t item, Random* random, Words* left, Words* right) const;
  bool SayingAndName(std::size_t item, Random* random, Words* left, Words* right) const;
  bool TroubleAndCure(std::size_t item, Random* random, Words* left, Words* right) const;
  bool LinkedNames(std::size_t item, Random* random, Words* left, Words* right) const;
  bool NeedAndAnswer(std::size_t item, Random* random, Words* left, Words* right) const;
  bool ListingHalves(std::size_t item, Random* random, Words* left, Words* right) const;

  std::size_t ItemCount(Source source) const;
  std::vector<std::size_t> ItemOrder(const Kind& kind, Random* random, std::size_t size) const;

  const TextPool& pool_;
  const std::uint64_t seed_;
  std::vector<std::uint32_t> paper_order_, award_order_;  // neighbours stand together; empty before SetNeighbourhood
};

}  // namespace magpie::train
