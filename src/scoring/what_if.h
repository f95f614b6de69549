// What a pair's score would be without certain pieces of its texts, or with a field not known: what the shares of an
// explanation are measured by.
//
// Means    the texts are read again without the pieces, and everything that follows from them is worked out again: words,
//          vectors, what the graph hears, and the need's profile.
// Near     to what matching the changed lists would give, not equal to it: statistics of words and terms stay as they were,
//          and so do vectors where an endpoint encodes the texts. explain_test holds it against scoring the changed lists.
// Cost     half a millisecond to make, and a question as much, most of it for what the graph hears.
// Threads  one thread each; the scorer may be shared.
#pragma once

#include <memory>
#include <span>
#include <string>
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
  double ScoreOf(const MatchText& need, const MatchText& offering, const TextProfile& profile,
                 const TextMeasures& measures, const ConstraintChecks& checks) const;

  const PoolScorer& scorer_;
  const PoolScorer::Candidate need_, offering_;
  const TextProfile& profile_;
  const ConstraintChecks checks_;
  TextMeasures measures_;
  const PoolScorer::Heard *wanted_ = nullptr, *offered_ = nullptr;  // what the graph hears in the texts as they stand
  ConceptSpace::Groups cues_, remedies_;                            // and where it listens after a cut
  double score_ = 0;
};

}  // namespace magpie
