// The offerings that needs' profiles are made from: a fixed sample of the pool, laid out so that a profile costs some tens
// of microseconds.
//
// Sample   up to 1,024 offerings of each language, the caller's choice; they are kept here, also where the catalogue lets
//          them go.
// Words    how a word is answered by each of them is worked out once, kept where there is room (kMostKept), and summed for
//          each need that says it. Room is held for the words that most needs of the pool say; other words take the rest.
// Threads  a const ReferenceSample may be used from several threads at once.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "scoring/text_match.h"

namespace magpie {

class ReferenceSample {
 public:
  static constexpr std::size_t kMostKept = 192u << 20;  // bytes

  ReferenceSample(const WordPool& pool, std::vector<std::shared_ptr<const MatchText>> offerings);
  ~ReferenceSample();
  ReferenceSample(const ReferenceSample&) = delete;
  ReferenceSample& operator=(const ReferenceSample&) = delete;

  TextProfile Profile(const MatchText& need) const;
  // The same for several needs, at less cost each: words that are not kept are worked out together.
  std::vector<TextProfile> Profiles(std::span<const MatchText* const> needs) const;

  // The profile as it would be if one offering of the sample read like `changed`, whose measures those are; `offering`
  // need not be of the sample.
  TextProfile ProfileWith(const MatchText& need, const MatchText& offering, const MatchText& changed,
                          const TextMeasures& measures) const;

 private:
  struct Posting {
    std::uint32_t offering;
    float weight;
  };

  // How each word of some needs is answered by each offering.
  struct Answers {
    std::vector<std::vector<const float*>> rows;  // by need, by its words
    std::vector<std::vector<float>> mine;         // those that are not kept
  };

  // By need, by offering.
  std::vector<std::vector<TextMeasures>> Measure(std::span<const MatchText* const> needs) const;
  Answers AnswersOf(std::span<const MatchText* const> needs) const;
  std::vector<double> MeasureWords(const MatchText& need, std::span<const float* const> rows) const;
  std::vector<double> MeasureTerms(const MatchText& need) const;
  void HoldRoom();
  // The answers to a word of the pool, kept if there is room; `mine` owns them where not.
  const float* Keep(std::uint32_t word, std::vector<float> answers, std::vector<std::vector<float>>* mine) const;

  const WordPool& pool_;
  std::vector<std::shared_ptr<const MatchText>> offerings_;
  std::vector<SampledText> sampled_;
  OfferingBlock block_;
  absl::flat_hash_map<std::uint64_t, std::uint32_t> list_of_term_;
  std::vector<std::uint32_t> first_;  // size lists + 1, into postings_
  std::vector<Posting> postings_;
  mutable std::vector<std::atomic<const float*>> kept_;  // by word: answers[offerings], or null
  std::int32_t least_asked_ = 1;                         // words that so many needs say are kept for sure
  mutable std::atomic<std::size_t> room_left_ = 0;       // rows of other words that may be kept
};

}  // namespace magpie
