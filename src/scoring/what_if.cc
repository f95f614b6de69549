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

// `norm` as far as it moved from `before` to `after`.
Norm Moved(Norm norm, const Norm& before, const Norm& after) {
  norm.mean += after.mean - before.mean;
  norm.slope += after.slope - before.slope;
  norm.deviation *= after.deviation / before.deviation;
  return norm;
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
      sketch_(scorer.Sketch()),
      measures_(scorer.MeasureNeed(need, {&offering.value, 1}).front()) {
  sketched_ = SketchOf(*need_.text, *offering_.text, measures_);
  if (scorer.concepts() != nullptr) {
    wanted_ = scorer.HeardOf(Side::kNeed, need.value);
    offered_ = scorer.HeardOf(Side::kOffering, offering.value);
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
  const OfferingBlock block(scorer_.pool(), {&offering}, {});
  TextMeasures measures = TextMatcher(scorer_.pool(), scorer_.offering_words_).Measure(need, block).front();
  if (const ConceptSpace* concepts = scorer_.concepts(); concepts != nullptr) {
    measures.knowledge = ConceptSpace::Agreement(
        of_need.empty() ? *wanted_ : concepts->Wanted(concepts->CuesOf(scorer_.HearingOf(need), &cues_)),
        of_offering.empty() ? *offered_ : concepts->RemediesOf(scorer_.HearingOf(offering), &remedies_));
  }
  return ScoreOf(need, offering, ProfileOf(need, offering, measures), measures, checks_);
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
  const ListingText read = ReadListingText(listing, scorer_.analyzer());
  MatchText text = scorer_.ReadWords(read, outside);
  text.vector = before.vector;
  text.title_vector = before.title_vector;
  text.own_vector = before.own_vector;
  if (scorer_.encoder() == nullptr) return text;
  std::vector<std::int16_t>& own = before.own_vector.empty() ? text.vector : text.own_vector;
  own = scorer_.EncodeOwn(read.analyzed);
  if (before.own_vector.empty() && !before.title_vector.empty()) {
    text.title_vector = scorer_.EncodeOwn(TitleOf(read.analyzed, listing));
  }
  return text;
}

TextProfile WhatIf::SketchOf(const MatchText& need, const MatchText& offering, const TextMeasures& of_offering) {
  const TextMatcher matcher(scorer_.pool(), scorer_.offering_words_);
  const std::span<const MatchText* const> offerings = sketch_.offerings();
  std::vector<TextMeasures> measures(offerings.size());
  std::vector<double> lexical(static_cast<std::size_t>(scorer_.offering_words_.document_count()));
  scorer_.offering_words_.ScoreAll(need.terms, lexical);
  // Words outside the pool are numbered anew in each text; the others are asked for once.
  std::vector<std::uint32_t> unasked;
  for (std::uint32_t word : need.words) {
    if (word >= scorer_.pool().word_count() || !answers_.contains(word)) unasked.push_back(word);
  }
  std::vector<std::vector<float>> fresh = matcher.Answers(need, unasked, sketch_);
  for (std::size_t i = 0; i < unasked.size(); ++i) answers_[unasked[i]] = std::move(fresh[i]);
  double total = 0;
  for (std::size_t w = 0; w < need.words.size(); ++w) {
    const std::vector<float>& answers = answers_.at(need.words[w]);
    for (std::size_t i = 0; i < offerings.size(); ++i) measures[i].semantic += need.weights[w] * answers[i];
    total += need.weights[w];
  }
  for (std::size_t i = 0; i < offerings.size(); ++i) {
    const std::vector<std::int16_t>& vector = offerings[i]->vector;
    if (total > 0) measures[i].semantic /= total;
    measures[i].lexical = lexical[static_cast<std::size_t>(sketch_.documents()[i])];
    if (vector.size() == need.vector.size()) measures[i].text = FixedDot(need.vector, vector) * FixedVectors::kDotScale;
    if (vector.size() == need.title_vector.size()) {
      measures[i].title = FixedDot(need.title_vector, vector) * FixedVectors::kDotScale;
    }
  }
  // The pair itself is part of the pool and may well be what stands out of it most.
  const double each = static_cast<double>(scorer_.reference_.size()) / static_cast<double>(offerings.size());
  std::vector<const MatchText*> sample(offerings.begin(), offerings.end());
  std::vector<double> times;
  for (const MatchText* other : offerings) times.push_back(other == offering_.text ? 0 : each);
  if (InReference()) {
    sample.push_back(&offering);
    measures.push_back(of_offering);
    times.push_back(1);
  }
  return MakeProfile(need.language, sample, measures, times);
}

bool WhatIf::InReference() const {
  const auto at = static_cast<std::int32_t>(offering_.text - scorer_.offering_texts_.data());
  return std::binary_search(scorer_.reference_.begin(), scorer_.reference_.end(), at);
}

TextProfile WhatIf::ProfileOf(const MatchText& need, const MatchText& offering, const TextMeasures& measures) {
  const TextProfile after = SketchOf(need, offering, measures);
  TextProfile profile = profile_;
  for (std::size_t l = 0; l < kTextLanguages; ++l) {
    profile.lexical[l] = Moved(profile.lexical[l], sketched_.lexical[l], after.lexical[l]);
    profile.semantic[l] = Moved(profile.semantic[l], sketched_.semantic[l], after.semantic[l]);
    profile.text[l] = Moved(profile.text[l], sketched_.text[l], after.text[l]);
    profile.title[l] = Moved(profile.title[l], sketched_.title[l], after.title[l]);
  }
  return profile;
}

}  // namespace magpie
