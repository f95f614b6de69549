// The Scorer over a snapshot, with what explanation needs to see of it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "magpie/retrieval/listing_index.h"
#include "magpie/scoring/scorer.h"
#include "scoring/constraints.h"
#include "scoring/listing_pool.h"
#include "scoring/shared_search.h"
#include "scoring/turns.h"

namespace magpie {

class PoolScorer final : public Scorer {
 public:
  // Over whatever snapshot, with a pool of its own.
  static absl::StatusOr<std::shared_ptr<const PoolScorer>> Make(std::shared_ptr<const Snapshot> snapshot,
                                                                const Models& models, const ScorerOptions& options,
                                                                const RunContext& context);
  // Under the pool of this one; null where that is not to be followed (Scorer::Build).
  absl::StatusOr<std::shared_ptr<const PoolScorer>> Follow(std::shared_ptr<const Snapshot> snapshot,
                                                           const Models& models, const ScorerOptions& options,
                                                           const RunContext& context) const;
  bool wants_renewal() const override;
  absl::StatusOr<std::shared_ptr<const Scorer>> Renewed(const RunContext& context) const override;
  absl::StatusOr<std::shared_ptr<const Scorer>> Followed(std::shared_ptr<const Snapshot> snapshot,
                                                         const RunContext& context) const override;

  std::string search_report() const override;
  std::int64_t index_bytes() const override { return needs_.index.bytes() + offerings_.index.bytes(); }

  const Snapshot& snapshot() const override { return *snapshot_; }
  Date today() const override { return options_.today; }
  std::string profile_id() const override { return profile_id_; }
  std::string encoder_id() const override;
  bool fell_back() const override { return !pool_->instead_of().empty(); }
  std::vector<ScoredPair> Rank(Side side, std::int32_t index, int top, bool all) const override;
  absl::StatusOr<std::vector<std::vector<ScoredPair>>> RankAll(Side side, int top, bool all, const RunContext& context,
                                                               RunMemory* memory) const override;
  absl::StatusOr<std::vector<ScoredPair>> RankListing(const ListingRecord& query, int top,
                                                      const ListingFilter& filter) const override;
  ScoredPair Score(NeedIndex need, OfferingIndex offering) const override;
  absl::StatusOr<std::vector<SimilarListing>> Similar(const ListingRecord& listing, double least, int top,
                                                      const ListingFilter& filter) const override;
  const Ranker& ranker() const override { return ranker_; }
  std::vector<PairFeatures> Features(NeedIndex need, std::span<const OfferingIndex> offerings) const override;
  Explanation Explain(NeedIndex need, OfferingIndex offering, Audience audience, Language language,
                      std::size_t word_reasons) const override;
  std::vector<BriefReasons> Brief(NeedIndex need, std::span<const OfferingIndex> offerings,
                                  Language language) const override;

  // For explanation.
  const ListingPool& pool() const { return *pool_; }
  const ScorerOptions& options() const { return options_; }
  const PooledText& row(Side side, std::int32_t index) const {
    return *listings(side).rows[static_cast<std::size_t>(index)];
  }
  const ConceptSpace* concepts() const { return pool_->models().concepts.get(); }
  std::vector<ConceptSpace::Bridge> BridgesOf(NeedIndex need, const ConceptSpace::Groups& near, OfferingIndex offering,
                                              std::size_t most) const;
  // Worth naming as missing: a word that offerings use at all, of two characters or more, no number in words.
  bool IsTerm(std::uint32_t word) const;
  ConstraintSet MustOf(const ListingRecord& need) const;  // its own and the run's
  bool Excluded(NeedIndex need, OfferingIndex offering) const;

 private:
  friend class WhatIf;
  class RankRun;  // one RankAll

  // One side of a pair as scoring needs it.
  struct Candidate {
    const MatchText* text = nullptr;
    ListingFacts facts;
    PartyIndex party;
  };

  // What the pool knows of one side's listings, in the snapshot's order and under its order numbers.
  struct PooledSide {
    RowList<PooledText> rows;
    ListingIndex index;
  };

  PoolScorer(std::shared_ptr<const Snapshot> snapshot, const Models& models, ScorerOptions options);
  void Finish();  // before others see it
  absl::Status FindExcluded();
  // Puts what changed since `before` into the copies of its sides; false where too much did (follow.cc).
  absl::StatusOr<bool> TakeChanges(const PoolScorer& before, const RunContext& context);
  const PooledSide& listings(Side side) const { return side == Side::kNeed ? needs_ : offerings_; }
  PooledSide& listings(Side side) { return side == Side::kNeed ? needs_ : offerings_; }

  Candidate CandidateOf(Side side, std::int32_t index) const;
  const TextProfile& ProfileOf(NeedIndex need) const;
  OfferingBlock BlockOf(std::span<const std::int32_t> offerings) const;
  std::vector<TextMeasures> Measure(const MatchText& need, std::span<const std::int32_t> offerings) const;
  // Asks the memory for what scoring reads of some offerings, all at once instead of one by one: they lie all over it.
  void FetchAhead(std::span<const std::int32_t> offerings) const;
  // The measures of a need against some offerings, all that scoring asks for.
  std::vector<TextMeasures> MeasureNeed(NeedIndex need, std::span<const std::int32_t> offerings) const;
  // Scores one need against offerings; indices are filled in where given, else left as they are.
  std::vector<ScoredPair> ScoreNeed(NeedIndex need, std::span<const std::int32_t> offerings) const;
  ScoredPair Combine(const Candidate& need, const Candidate& offering, const TextProfile& profile,
                     const TextMeasures& measures, bool excluded) const;
  PairFeatures FeaturesOf(const Candidate& need, const Candidate& offering, const TextProfile& profile,
                          const TextMeasures& measures, const ConstraintChecks& checks) const;
  // What the graph hears: the remedies that a need wants, those that an offering names. Made when first asked for.
  using Heard = PooledText::Heard;
  ConceptSpace::Text HearingOf(const MatchText& text) const;
  Heard Hear(Side side, const MatchText& text) const;
  const Heard& HeardOf(Side side, std::int32_t index) const;
  // Every listing, every need: for runs that ask for most of them.
  absl::Status HearAll(const RunContext& context) const;
  absl::Status ProfileAll(const RunContext& context) const;
  absl::Status Prepare(const RunContext& context) const;  // all that is made of a listing when it is first asked for
  bool worn() const;                                      // so much has changed that a new profile is worth making
  // Puts in what the graph makes of the pairs.
  void AddKnowledge(const Heard& wanted, std::span<const std::int32_t> offerings,
                    std::span<TextMeasures> measures) const;
  // What a listing's partners must have; needs alone ask for something.
  FacetFilter FilterOf(Side side, std::int32_t index) const;
  bool Barred(const Candidate& need, const Candidate& offering) const;
  // The other side's listings that a text of `side` is scored against, ascending.
  std::vector<std::int32_t> CandidatesOf(Side side, const MatchText& text, const FacetFilter& filter) const;
  std::vector<std::int32_t> Positions(Side side, std::span<const std::int64_t> numbers) const;
  std::vector<std::int32_t> AllOf(Side side) const;
  static Side OtherSide(Side side) { return side == Side::kNeed ? Side::kOffering : Side::kNeed; }
  static void KeepBest(std::vector<ScoredPair>* pairs, int top, Side side);

  const std::shared_ptr<const Snapshot> snapshot_;
  const ScorerOptions options_;
  const Ranker ranker_;
  std::shared_ptr<const ListingPool> pool_;
  PooledSide needs_, offerings_;
  std::int64_t changes_ = 0;                    // listings that came, went or were replaced since the pool was made
  bool prepared_ = false;                       // but for what came since
  std::unordered_set<std::uint64_t> excluded_;  // need * 2^32 + offering
  std::string profile_id_;
  mutable SharedSearch searches_[2];  // of needs, of offerings
  mutable Turns turns_;               // of questions that are scored
  mutable std::once_flag all_once_;
  mutable OfferingBlock all_block_;  // of every offering, made when every pair is asked for
};

}  // namespace magpie
