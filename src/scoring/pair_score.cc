// What one pair is worth: its features, what the knowledge graph hears in it, its score, and its points after a change.
#include <algorithm>
#include <utility>

#include "magpie/base/status.h"
#include "scoring/pool_scorer.h"
#include "scoring/progress_counter.h"

namespace magpie {
namespace {

constexpr std::int64_t kHeardTogether = 16, kProfiledTogether = 16;
constexpr std::size_t kWorthLayingOut = 8;  // offerings
constexpr double kFullKnowledge = 2;        // shown as 1: a trouble and its cure, each heard clearly

bool HasWords(const MatchText& need, const MatchText& offering) {
  return !need.words.empty() && !offering.words.empty();
}

}  // namespace

PairFeatures PoolScorer::FeaturesOf(const Candidate& need, const Candidate& offering, const TextProfile& profile,
                                    const TextMeasures& measures, const ConstraintChecks& checks) const {
  PairFeatures features{};
  const auto set = [&](Feature feature, double value) { features[static_cast<std::size_t>(feature)] = value; };
  if (HasWords(*need.text, *offering.text)) {
    const auto language = static_cast<std::size_t>(offering.text->language);
    set(Feature::kSemantic, profile.semantic[language].Z(measures.semantic, LogLength(*offering.text)));
    set(Feature::kText, profile.text[language].Z(measures.text, 0));
    set(Feature::kTitle, profile.title[language].Z(measures.title, 0));
    if (need.text->language == offering.text->language) {
      set(Feature::kLexical, profile.lexical[language].Z(measures.lexical, 0));
    }
  }
  set(Feature::kKnowledge, measures.knowledge);
  const auto set_field = [&](Feature feature, Constraint constraint) {
    set(feature, checks[static_cast<std::size_t>(constraint)].closeness - kNeutral);
  };
  // Who does not name the kind of resource means the usual one: the lists that rankers are fitted on always name it, and
  // without this a list that never does would look as if nothing fitted.
  const ConstraintCheck& resource = checks[static_cast<std::size_t>(Constraint::kResource)];
  set(Feature::kResource, (resource.known ? resource.closeness : 1) - kNeutral);
  set_field(Feature::kMode, Constraint::kMode);
  set_field(Feature::kTrl, Constraint::kTrl);
  set_field(Feature::kAmount, Constraint::kAmount);
  set_field(Feature::kRegion, Constraint::kRegion);
  set_field(Feature::kValidity, Constraint::kValidity);
  return features;
}

ConceptSpace::Text PoolScorer::HearingOf(const MatchText& text) const {
  ConceptSpace::Text listing;
  for (std::uint32_t word : text.words) listing.words.push_back(text.WordVector(pool_->words(), word));
  listing.whole = text.own_vector.empty() ? text.vector : text.own_vector;
  return listing;
}

std::vector<ConceptSpace::Bridge> PoolScorer::BridgesOf(NeedIndex need, const ConceptSpace::Groups& near,
                                                        OfferingIndex offering, std::size_t most) const {
  if (concepts() == nullptr) return {};
  return concepts()->Bridges(HearingOf(row(Side::kNeed, need.value).text), near,
                             HearingOf(row(Side::kOffering, offering.value).text),
                             HeardOf(Side::kOffering, offering.value), most);
}

PoolScorer::Heard PoolScorer::Hear(Side side, const MatchText& text) const {
  if (concepts() == nullptr) return {};
  const ConceptSpace::Text listing = HearingOf(text);
  if (side == Side::kOffering) return concepts()->RemediesOf(listing);
  return concepts()->Wanted(concepts()->CuesOf(listing));
}

const PoolScorer::Heard& PoolScorer::HeardOf(Side side, std::int32_t index) const {
  const PooledText& pooled = row(side, index);
  const Heard* heard = pooled.heard.get();
  return heard != nullptr ? *heard : pooled.heard.Keep(Hear(side, pooled.text));
}

absl::Status PoolScorer::HearAll(const RunContext& context) const {
  if (concepts() == nullptr) return absl::OkStatus();
  ProgressCounter progress(context, "hear", static_cast<std::int64_t>(needs_.rows.size() + offerings_.rows.size()));
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    // Gathered first: where few came they are still heard together.
    std::vector<const PooledText*> unheard;
    for (const auto& pooled : listings(side).rows) {
      if (pooled->heard.get() == nullptr) unheard.push_back(pooled.get());
    }
    progress.Add(static_cast<std::int64_t>(listings(side).rows.size() - unheard.size()));
    MAGPIE_RETURN_IF_ERROR(
        ParallelFor(context, std::ssize(unheard), kHeardTogether, [&](std::int64_t begin, std::int64_t end) {
          std::vector<ConceptSpace::Text> texts;
          for (std::int64_t i = begin; i < end; ++i) {
            texts.push_back(HearingOf(unheard[static_cast<std::size_t>(i)]->text));
          }
          std::vector<Heard> heard =
              side == Side::kNeed ? concepts()->CuesOfAll(texts) : concepts()->RemediesOfAll(texts);
          for (std::size_t i = 0; i < heard.size(); ++i) {
            if (side == Side::kNeed) heard[i] = concepts()->Wanted(heard[i]);
            heard[i].shrink_to_fit();
            unheard[static_cast<std::size_t>(begin) + i]->heard.Keep(std::move(heard[i]));
          }
          progress.Add(end - begin);
          return absl::OkStatus();
        }));
  }
  return absl::OkStatus();
}

absl::Status PoolScorer::ProfileAll(const RunContext& context) const {
  ProgressCounter progress(context, "profile", static_cast<std::int64_t>(needs_.rows.size()));
  std::vector<const PooledText*> unknown;
  for (const auto& pooled : needs_.rows) {
    if (pooled->profile.get() == nullptr) unknown.push_back(pooled.get());
  }
  progress.Add(static_cast<std::int64_t>(needs_.rows.size() - unknown.size()));
  return ParallelFor(context, std::ssize(unknown), kProfiledTogether, [&](std::int64_t begin, std::int64_t end) {
    std::vector<const MatchText*> texts;
    for (std::int64_t i = begin; i < end; ++i) texts.push_back(&unknown[static_cast<std::size_t>(i)]->text);
    std::vector<TextProfile> profiles = pool_->reference().Profiles(texts);
    for (std::size_t i = 0; i < profiles.size(); ++i) {
      unknown[static_cast<std::size_t>(begin) + i]->profile.Keep(std::move(profiles[i]));
    }
    progress.Add(end - begin);
    return absl::OkStatus();
  });
}

void PoolScorer::AddKnowledge(const Heard& wanted, std::span<const std::int32_t> offerings,
                              std::span<TextMeasures> measures) const {
  if (wanted.empty()) return;
  if (offerings.size() < kWorthLayingOut) {
    for (std::size_t i = 0; i < offerings.size(); ++i) {
      measures[i].knowledge = ConceptSpace::Agreement(wanted, HeardOf(Side::kOffering, offerings[i]));
    }
    return;
  }
  const ConceptSpace::Wish wish(*concepts(), wanted);
  for (std::size_t i = 0; i < offerings.size(); ++i) {
    measures[i].knowledge = wish.Agreement(HeardOf(Side::kOffering, offerings[i]));
  }
}

ScoredPair PoolScorer::Combine(const Candidate& need, const Candidate& offering, const TextProfile& profile,
                               const TextMeasures& measures, bool excluded) const {
  ScoredPair pair;
  const ConstraintChecks checks = CheckConstraints(need.facts, offering.facts, options_.today);
  const auto set = [&](Component component, double value) {
    pair.components[static_cast<std::size_t>(component)] = static_cast<float>(std::clamp(value, 0.0, 1.0));
  };
  const auto set_field = [&](Component component, Constraint constraint) {
    set(component, checks[static_cast<std::size_t>(constraint)].closeness);
  };
  const bool has_words = HasWords(*need.text, *offering.text);
  set(Component::kLexical, has_words ? measures.shared : kNeutral);
  set(Component::kSemantic, has_words ? measures.semantic : kNeutral);
  set(Component::kText, has_words ? measures.text : kNeutral);
  set(Component::kKnowledge, measures.knowledge / kFullKnowledge);
  set_field(Component::kResource, Constraint::kResource);
  set_field(Component::kMode, Constraint::kMode);
  set_field(Component::kTrl, Constraint::kTrl);
  set_field(Component::kAmount, Constraint::kAmount);
  set_field(Component::kRegion, Constraint::kRegion);
  set_field(Component::kValidity, Constraint::kValidity);

  pair.rejected = excluded || Barred(need, offering) || MissesMust(checks, MustOf(*need.facts.record));
  if (pair.rejected) return pair;
  const double points = ranker_.Points(FeaturesOf(need, offering, profile, measures, checks));
  pair.score = ranker_.Score(points);
  pair.grade = ranker_.Grade(points);
  return pair;
}

}  // namespace magpie
