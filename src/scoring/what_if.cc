#include "scoring/what_if.h"

#include <algorithm>
#include <utility>

namespace magpie {
namespace {

std::string WithoutBytes(const std::string& text, Span::Field field, std::span<const Span> spans) {
  std::vector<bool> gone(text.size(), false);
  for (const Span& span : spans) {
    if (span.field != field) continue;
    for (std::size_t i = span.begin; i < span.end && i < text.size(); ++i) gone[i] = true;
  }
  std::string kept;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!gone[i]) kept += text[i];
  }
  return kept;
}

}  // namespace

ListingRecord WithoutSpans(const ListingRecord& listing, std::span<const Span> spans) {
  ListingRecord changed = listing;
  changed.title = WithoutBytes(listing.title, Span::Field::kTitle, spans);
  changed.description = WithoutBytes(listing.description, Span::Field::kDescription, spans);
  std::string keywords;
  for (const std::string& keyword : listing.keywords) keywords += keyword + "\n";
  keywords = WithoutBytes(keywords, Span::Field::kKeywords, spans);
  changed.keywords.clear();
  for (std::size_t begin = 0; begin < keywords.size();) {
    const std::size_t end = keywords.find('\n', begin);
    if (end > begin) changed.keywords.push_back(keywords.substr(begin, end - begin));
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  return changed;
}

WhatIf::WhatIf(const PoolScorer& scorer, NeedIndex need, OfferingIndex offering)
    : scorer_(scorer),
      need_(scorer.CandidateOf(Side::kNeed, need.value)),
      offering_(scorer.CandidateOf(Side::kOffering, offering.value)),
      profile_(scorer.ProfileOf(need)),
      checks_(CheckConstraints(need_.facts, offering_.facts, scorer.options().today)),
      measures_(scorer.MeasureNeed(need, {&offering.value, 1}).front()) {
  if (scorer.concepts() != nullptr) {
    wanted_ = &scorer.HeardOf(Side::kNeed, need.value);
    offered_ = &scorer.HeardOf(Side::kOffering, offering.value);
    cues_ = scorer.concepts()->CuesNear(scorer.HearingOf(*need_.text));
    remedies_ = scorer.concepts()->RemediesNear(scorer.HearingOf(*offering_.text));
  }
  score_ = ScoreOf(*need_.text, *offering_.text, profile_, measures_, checks_);
}

double WhatIf::Without(std::span<const Span> of_need, std::span<const Span> of_offering) {
  // A side that loses nothing stays as it is.
  std::vector<std::string> outside;
  MatchText cut_need, cut_offering;
  if (!of_need.empty()) cut_need = Read(WithoutSpans(*need_.facts.record, of_need), *need_.text, &outside);
  if (!of_offering.empty()) {
    cut_offering = Read(WithoutSpans(*offering_.facts.record, of_offering), *offering_.text, &outside);
  }
  const MatchText& need = of_need.empty() ? *need_.text : cut_need;
  const MatchText& offering = of_offering.empty() ? *offering_.text : cut_offering;
  const WordPool& words = scorer_.pool().words();
  const OfferingBlock block(words, {&offering});
  TextMeasures measures = TextMatcher(words).Measure(need, block).front();
  if (const ConceptSpace* concepts = scorer_.concepts(); concepts != nullptr) {
    measures.knowledge = ConceptSpace::Agreement(
        of_need.empty() ? *wanted_ : concepts->Wanted(concepts->CuesOf(scorer_.HearingOf(need), &cues_)),
        of_offering.empty() ? *offered_ : concepts->RemediesOf(scorer_.HearingOf(offering), &remedies_));
  }
  // The pair itself may be part of the sample, and may well be what stands out of it most.
  const TextProfile profile = scorer_.pool().reference().ProfileWith(need, *offering_.text, offering, measures);
  return ScoreOf(need, offering, profile, measures, checks_);
}

double WhatIf::WithUnknown(Constraint constraint) const {
  ConstraintChecks checks = checks_;
  checks[static_cast<std::size_t>(constraint)] = {};
  return ScoreOf(*need_.text, *offering_.text, profile_, measures_, checks);
}

double WhatIf::ScoreOf(const MatchText& need, const MatchText& offering, const TextProfile& profile,
                       const TextMeasures& measures, const ConstraintChecks& checks) const {
  PoolScorer::Candidate need_side = need_, offering_side = offering_;
  need_side.text = &need;
  offering_side.text = &offering;
  return scorer_.ranker().Score(
      scorer_.ranker().Points(scorer_.FeaturesOf(need_side, offering_side, profile, measures, checks)));
}

MatchText WhatIf::Read(const ListingRecord& listing, const MatchText& before, std::vector<std::string>* outside) const {
  const ListingPool& pool = scorer_.pool();
  const ListingText read = ReadListingText(listing, pool.analyzer());
  MatchText text = pool.ReadWords(read, listing.side, outside);
  text.vector = before.vector;
  text.title_vector = before.title_vector;
  text.own_vector = before.own_vector;
  if (pool.encoder() == nullptr) return text;
  std::vector<std::int16_t>& own = before.own_vector.empty() ? text.vector : text.own_vector;
  own = pool.EncodeOwn(read.analyzed);
  if (before.own_vector.empty() && !before.title_vector.empty()) {
    text.title_vector = pool.EncodeOwn(TitleOf(read.analyzed, listing));
  }
  return text;
}

}  // namespace magpie
