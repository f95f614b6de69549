// What a pair's score would be without certain pieces of its texts, or with a field not known: what the shares of an
// explanation are measured by.
//
// Means    the texts are read again without the pieces, and everything that follows from them is worked out again: words,
//          vectors, what the graph hears, and the need's profile.
// Near     to what matching the changed lists would give, not equal to it: how the profile moves is taken from a sketch of
//          up to 1,024 offerings, and where an endpoint encodes the texts their vectors stay as they were. explain_test
//          holds it against scoring the changed lists.
// Cost     about a millisecond to make, then half a millisecond a question, most of it for what the graph hears.
// Threads  one thread each; the scorer may be shared.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "scoring/pool_scorer.h"

namespace magpie {

// The listing without the bytes of the spans; keywords of which nothing is left go.
ListingRecord WithoutSpans(const ListingRecord& listing, std::span<const Span> spans);

class WhatIf {
 public:
  WhatIf(const PoolScorer& scorer, NeedIndex need, OfferingIndex offering);

  // The score as it stands, as if no constraint and nobody rejected the pair.
  double score() const { return score_; }
  double Without(std::span<const Span> of_need, std::span<const Span> of_offering);
  double WithUnknown(Constraint constraint) const;

  const ConceptSpace::Groups& cues() const { return cues_; }

 private:
  MatchText Read(const ListingRecord& listing, const MatchText& before, std::vector<std::string>* outside) const;
  // The profile of the need over the sketch and the pair's own offering, as they would be.
  TextProfile SketchOf(const MatchText& need, const MatchText& offering, const TextMeasures& of_offering);
  bool InReference() const;
  // The need's profile, moved as its sketch moves.
  TextProfile ProfileOf(const MatchText& need, const MatchText& offering, const TextMeasures& measures);
  double ScoreOf(const MatchText& need, const MatchText& offering, const TextProfile& profile,
                 const TextMeasures& measures, const ConstraintChecks& checks) const;

  const PoolScorer& scorer_;
  const PoolScorer::Candidate need_, offering_;
  const TextProfile& profile_;
  const ConstraintChecks checks_;
  const OfferingBlock& sketch_;
  std::unordered_map<std::uint32_t, std::vector<float>> answers_;  // to a word of the pool, by the sketch's offerings
  TextProfile sketched_;                                           // of the need as it stands
  TextMeasures measures_;
  std::shared_ptr<const PoolScorer::Heard> wanted_, offered_;  // what the graph hears in the texts as they stand
  ConceptSpace::Groups cues_, remedies_;                       // and where it listens after a cut
  double score_ = 0;
};

}  // namespace magpie
