// The Scorer over a snapshot, with what explanation needs to see of it.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "magpie/retrieval/retriever.h"
#include "magpie/scoring/scorer.h"
#include "scoring/concept_space.h"
#include "scoring/constraints.h"
#include "scoring/text_match.h"

namespace magpie {

class PoolScorer final : public Scorer {
 public:
  // Offerings of each language that a need's profile is made from: all up to this many, else as many drawn by seed.
  static constexpr std::size_t kReferenceSample = 1024;

  static absl::StatusOr<std::shared_ptr<const PoolScorer>> Make(std::shared_ptr<const Snapshot> snapshot,
                                                                const Models& models, const ScorerOptions& options,
                                                                const RunContext& context);

  const Snapshot& snapshot() const override { return *snapshot_; }
  std::string profile_id() const override { return profile_id_; }
  std::string encoder_id() const override;
  bool fell_back() const override { return !instead_of_.empty(); }
  std::vector<ScoredPair> Rank(Side side, std::int32_t index, int top, bool all) const override;
  absl::StatusOr<std::vector<std::vector<ScoredPair>>> RankAll(Side side, int top, bool all,
                                                               const RunContext& context) const override;
  absl::StatusOr<std::vector<ScoredPair>> RankListing(const ListingRecord& query, int top) const override;
  ScoredPair Score(NeedIndex need, OfferingIndex offering) const override;
  const Ranker& ranker() const override { return ranker_; }
  std::vector<PairFeatures> Features(NeedIndex need, std::span<const OfferingIndex> offerings) const override;
  Explanation Explain(NeedIndex need, OfferingIndex offering, Audience audience, Language language,
                      std::size_t word_reasons) const override;

  // For explanation.
  const Analyzer& analyzer() const { return *models_.analyzer; }
  const Encoder* encoder() const { return models_.encoder.get(); }
  const Encoder* text_encoder() const { return models_.text_encoder ? models_.text_encoder.get() : encoder(); }
  const WordPool& pool() const { return pool_; }
  const ScorerOptions& options() const { return options_; }
  const MatchText& need_text(NeedIndex need) const { return need_texts_[static_cast<std::size_t>(need.value)]; }
  const MatchText& offering_text(OfferingIndex offering) const {
    return offering_texts_[static_cast<std::size_t>(offering.value)];
  }
  const ConceptSpace* concepts() const { return models_.concepts.get(); }
  std::vector<ConceptSpace::Bridge> BridgesOf(NeedIndex need, const ConceptSpace::Groups& near, OfferingIndex offering,
                                              std::size_t most) const;
  bool Excluded(NeedIndex need, OfferingIndex offering) const;

 private:
  friend class WhatIf;

  // One side of a pair as scoring needs it.
  struct Candidate {
    const MatchText* text = nullptr;
    ListingFacts facts;
    PartyIndex party;
  };

  PoolScorer(std::shared_ptr<const Snapshot> snapshot, const Models& models, ScorerOptions options);
  void DropTextEncoder();  // for good: no pool is ever encoded by two encoders
  absl::Status Analyze(const RunContext& context);
  absl::StatusOr<std::vector<std::vector<std::int16_t>>> EncodeTitles(std::span<const AnalyzedText> titles) const;
  void DrawReference();
  // The text without its vectors; words that the pool does not hold are numbered on in `outside`, so that two texts read
  // one after the other can be compared.
  MatchText ReadWords(const ListingText& read, std::vector<std::string>* outside) const;
  absl::StatusOr<MatchText> ReadQuery(const ListingRecord& query) const;

  Candidate CandidateOf(Side side, std::int32_t index) const;
  // `of_reference` (may be null) receives the measures over the reference sample where they had to be taken.
  const TextProfile& ProfileOf(NeedIndex need, std::vector<TextMeasures>* of_reference = nullptr) const;
  TextProfile ComputeProfile(const MatchText& need, std::vector<TextMeasures>* of_reference) const;
  std::vector<TextMeasures> Measure(const MatchText& need, std::span<const std::int32_t> offerings) const;
  std::vector<TextMeasures> MeasureNeed(NeedIndex need, std::span<const std::int32_t> offerings) const;
  // Some of the reference sample, evenly spread.
  const OfferingBlock& Sketch() const;
  // A text's vector by the built-in encoder, which must be there.
  std::vector<std::int16_t> EncodeOwn(const AnalyzedText& text) const;
  OfferingBlock BlockOf(std::span<const std::int32_t> offerings) const;
  // Scores one need against offerings; indices are filled in where given, else left as they are.
  std::vector<ScoredPair> ScoreNeed(NeedIndex need, std::span<const std::int32_t> offerings) const;
  ScoredPair Combine(const Candidate& need, const Candidate& offering, const TextProfile& profile,
                     const TextMeasures& measures, bool excluded) const;
  PairFeatures FeaturesOf(const Candidate& need, const Candidate& offering, const TextProfile& profile,
                          const TextMeasures& measures, const ConstraintChecks& checks) const;
  // What the graph hears: the remedies that a need wants, those that an offering names. Made when first asked for.
  using Heard = std::vector<ConceptSpace::Heard>;
  ConceptSpace::Text HearingOf(const MatchText& text) const;
  Heard Hear(Side side, const MatchText& text) const;
  std::shared_ptr<const Heard> HeardOf(Side side, std::int32_t index) const;
  // Puts in what the graph makes of the pairs.
  void AddKnowledge(const Heard& wanted, std::span<const std::int32_t> offerings,
                    std::span<TextMeasures> measures) const;
  bool ExcludedByParty(const Candidate& need, const Candidate& offering) const;
  std::vector<std::int32_t> CandidatesOf(Side side, std::int32_t index, bool all) const;
  static void KeepBest(std::vector<ScoredPair>* pairs, int top, Side side);

  std::shared_ptr<const Snapshot> snapshot_;
  Models models_;
  std::string instead_of_;  // the text encoder whose texts the built-in one took over
  ScorerOptions options_;
  Ranker ranker_;
  std::unordered_set<std::uint64_t> excluded_;  // need * 2^32 + offering
  std::vector<MatchText> need_texts_, offering_texts_;
  WordPool pool_;
  LexicalIndex offering_words_;  // TF-IDF, for the score; the retrievers rank by BM25
  Retriever need_retriever_, offering_retriever_;
  std::vector<std::int32_t> reference_;  // offerings, ascending
  OfferingBlock reference_block_;
  mutable std::once_flag sketch_once_;
  mutable OfferingBlock sketch_;  // a few of the reference, for WhatIf
  std::string profile_id_;
  mutable std::once_flag all_once_;
  mutable OfferingBlock all_block_;  // of every offering, made when every pair is asked for
  mutable std::vector<std::atomic<std::shared_ptr<const TextProfile>>> profiles_;  // by need, made when first asked for
  mutable std::vector<std::atomic<std::shared_ptr<const Heard>>> need_heard_, offering_heard_;
};

}  // namespace magpie
