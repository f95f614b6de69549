#include "scoring/concept_space.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <thread>
#include <utility>

#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::size_t kGroupsLookedAt = 128;  // nearest to the whole text
constexpr std::size_t kGroupsNear = 384;      // in which those of a text that was changed a little are sought
constexpr std::size_t kPhrasesLookedAt = 96;  // of those, again nearest
constexpr std::size_t kMostCues = 30, kMostRemedies = 60;
constexpr double kLeastCosine = 0.3;  // below it a word does not answer a word of a phrase
constexpr double kShownCosine = 0.5;  // from here on a word of a phrase counts as heard in a word
constexpr double kUnit = 0.01;        // an agreement that is faint
constexpr double kSmallestShare = 1e-6;
constexpr std::size_t kTogether = 16;  // listings or words compared at once
constexpr std::int64_t kBlock = 128;   // words or groups handed to a thread at once

AnalyzedText TextOfWords(std::span<const std::string_view> words, std::span<const std::uint32_t> numbers) {
  AnalyzedText text;
  for (std::uint32_t number : numbers) {
    Token token;
    token.normal_begin = static_cast<std::uint32_t>(text.normal.size());
    text.normal += words[number];
    token.normal_end = static_cast<std::uint32_t>(text.normal.size());
    text.normal += ' ';
    text.tokens.push_back(token);
  }
  return text;
}

// The `most` largest of `dots` above 0, ties by place, in no order.
std::vector<std::uint32_t> Largest(std::span<const std::int32_t> dots, std::size_t most) {
  // The lowest that may be among them, to a 512th of a cosine: few places are left to choose from.
  constexpr int kShift = 2 * FixedVectors::kBits - 9;
  constexpr std::int32_t kLast = 1 << 9;
  std::array<std::uint32_t, kLast + 1> counts{};
  for (std::int32_t dot : dots) ++counts[static_cast<std::size_t>(std::clamp(dot >> kShift, 0, kLast))];
  std::size_t above = 0;
  std::int32_t bucket = kLast;
  for (; bucket > 0 && above < most; --bucket) above += counts[static_cast<std::size_t>(bucket)];
  const std::int32_t least = above < most ? 1 : (bucket + 1) << kShift;

  std::vector<std::uint32_t> order(dots.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < dots.size(); ++i) {
    order[count] = static_cast<std::uint32_t>(i);
    count += dots[i] >= least;
  }
  order.resize(count);
  const auto nearer = [&](std::uint32_t a, std::uint32_t b) { return dots[a] != dots[b] ? dots[a] > dots[b] : a < b; };
  if (order.size() > most) {
    std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most), order.end(), nearer);
    order.resize(most);
  }
  return order;
}

// The largest of the values, at least 0.
std::int32_t LargestOf(std::span<const std::int32_t> values) {
  std::int32_t largest = 0;
  for (std::int32_t value : values) largest = largest < value ? value : largest;
  return largest;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ConceptSpace>> ConceptSpace::Build(std::shared_ptr<const KnowledgeGraph> graph,
                                                                        const PhraseTable& table,
                                                                        const Encoder& encoder) {
  auto space = std::make_shared<ConceptSpace>();
  space->graph_ = std::move(graph);
  const std::size_t concepts = space->graph_->concepts().size();
  std::vector<std::vector<std::uint32_t>> names(concepts), sayings(concepts);
  for (std::uint32_t p = 0; p < table.phrases().size(); ++p) {
    const PhraseTable::Phrase& phrase = table.phrases()[p];
    (phrase.saying ? sayings : names)[static_cast<std::size_t>(phrase.concept_index.value)].push_back(p);
  }
  std::vector<std::vector<ConceptIndex>> cures(concepts);  // by cue's concept: the remedies
  std::vector<std::uint32_t> remedy_of(concepts, 0xFFFFFFFF);
  std::vector<bool> is_remedy(concepts, false);
  for (std::size_t c = 0; c < concepts; ++c) {
    const ConceptIndex index(static_cast<std::int64_t>(c));
    if (space->graph_->concepts()[c].kind == ConceptKind::kTrouble) {
      cures[c] = space->graph_->Neighbours(index, Relation::kCures, LinkDirection::kReverse);
    } else if (!sayings[c].empty()) {
      cures[c] = {index};
    }
    for (ConceptIndex remedy : cures[c]) is_remedy[static_cast<std::size_t>(remedy.value)] = true;
  }
  std::vector<std::vector<std::uint32_t>> of_cues, of_remedies;
  for (std::size_t c = 0; c < concepts; ++c) {
    if (!is_remedy[c] || names[c].empty()) continue;
    remedy_of[c] = static_cast<std::uint32_t>(of_remedies.size());
    space->remedies_.groups.push_back({ConceptIndex(static_cast<std::int64_t>(c))});
    of_remedies.push_back(names[c]);
  }
  for (std::size_t c = 0; c < concepts; ++c) {
    std::vector<std::uint32_t> phrases = sayings[c], remedies;
    if (space->graph_->concepts()[c].kind == ConceptKind::kTrouble) {
      phrases.insert(phrases.begin(), names[c].begin(), names[c].end());
    }
    for (ConceptIndex remedy : cures[c]) {
      const std::uint32_t id = remedy_of[static_cast<std::size_t>(remedy.value)];
      if (id != 0xFFFFFFFF) remedies.push_back(id);
    }
    if (phrases.empty() || remedies.empty()) continue;
    space->cues_.groups.push_back({ConceptIndex(static_cast<std::int64_t>(c))});
    of_cues.push_back(std::move(phrases));
    space->remedies_of_.push_back(std::move(remedies));
  }

  std::vector<bool> is_used(table.words().size(), false);  // words of names that nothing cures are left out
  for (const auto* groups : {&of_cues, &of_remedies}) {
    for (const std::vector<std::uint32_t>& phrases : *groups) {
      for (std::uint32_t p : phrases) {
        for (std::uint32_t word : table.words_of(table.phrases()[p])) is_used[word] = true;
      }
    }
  }
  const auto words = static_cast<std::int64_t>(table.words().size());
  space->word_vectors_ = FixedVectors(words, encoder.dimension());
  space->word_weights_.resize(table.words().size());
  RunContext context;
  context.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  MAGPIE_RETURN_IF_ERROR(ParallelFor(context, words, kBlock, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> row(static_cast<std::size_t>(encoder.dimension()));
    for (std::int64_t w = begin; w < end; ++w) {
      if (!is_used[static_cast<std::size_t>(w)]) continue;
      const std::string_view word = table.words()[static_cast<std::size_t>(w)];
      encoder.EncodeWord(word, row);
      space->word_vectors_.Set(w, row);
      space->word_weights_[static_cast<std::size_t>(w)] =
          -std::log(std::clamp(encoder.WordShare(word), kSmallestShare, 1.0));
    }
    return absl::OkStatus();
  }));
  space->cues_.cue = true;
  space->cues_.most = kMostCues;
  space->remedies_.most = kMostRemedies;
  MAGPIE_RETURN_IF_ERROR(space->Fill(table, encoder, of_cues, context, &space->cues_));
  MAGPIE_RETURN_IF_ERROR(space->Fill(table, encoder, of_remedies, context, &space->remedies_));
  return space;
}

absl::Status ConceptSpace::Fill(const PhraseTable& table, const Encoder& encoder,
                                std::span<const std::vector<std::uint32_t>> phrases_of_groups,
                                const RunContext& context, Side* side) const {
  for (std::size_t g = 0; g < phrases_of_groups.size(); ++g) {
    side->groups[g].first_phrase = static_cast<std::uint32_t>(side->phrases.size());
    for (std::uint32_t p : phrases_of_groups[g]) {
      const std::span<const std::uint32_t> numbers = table.words_of(table.phrases()[p]);
      Phrase phrase;
      phrase.first_word = static_cast<std::uint32_t>(side->word_numbers.size());
      side->word_numbers.insert(side->word_numbers.end(), numbers.begin(), numbers.end());
      phrase.end_word = static_cast<std::uint32_t>(side->word_numbers.size());
      for (std::uint32_t word : numbers) phrase.weight += word_weights_[word];
      side->phrases.push_back(phrase);
    }
    side->groups[g].end_phrase = static_cast<std::uint32_t>(side->phrases.size());
  }
  const auto d = static_cast<std::size_t>(encoder.dimension());
  side->phrase_vectors = FixedVectors(static_cast<std::int64_t>(side->phrases.size()), encoder.dimension());
  side->group_vectors = FixedVectors(static_cast<std::int64_t>(side->groups.size()), encoder.dimension());
  return ParallelFor(
      context, static_cast<std::int64_t>(side->groups.size()), kBlock, [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> rows, sum(d);
        for (std::int64_t g = begin; g < end; ++g) {
          const Group& group = side->groups[static_cast<std::size_t>(g)];
          std::vector<AnalyzedText> texts;
          for (std::uint32_t p = group.first_phrase; p < group.end_phrase; ++p) {
            const Phrase& phrase = side->phrases[p];
            texts.push_back(TextOfWords(
                table.words(),
                std::span(side->word_numbers).subspan(phrase.first_word, phrase.end_word - phrase.first_word)));
          }
          std::vector<const AnalyzedText*> pointers;
          for (const AnalyzedText& text : texts) pointers.push_back(&text);
          rows.resize(texts.size() * d);
          MAGPIE_RETURN_IF_ERROR(encoder.Encode(pointers, rows, RunContext()));
          std::fill(sum.begin(), sum.end(), 0.0f);
          for (std::size_t p = 0; p < texts.size(); ++p) {
            const std::span<const float> row = std::span(rows).subspan(p * d, d);
            side->phrase_vectors.Set(static_cast<std::int64_t>(group.first_phrase + p), row);
            for (std::size_t j = 0; j < d; ++j) sum[j] += row[j];
          }
          const float length = std::sqrt(std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0f));
          if (length > 0) {
            for (float& value : sum) value /= length;
          }
          side->group_vectors.Set(g, sum);
        }
        return absl::OkStatus();
      });
}

ConceptSpace::Groups ConceptSpace::Near(const Side& side, const Text& text) const {
  if (text.whole.empty() || side.groups.empty()) return {};
  std::vector<std::int32_t> dots(side.groups.size());
  side.group_vectors.DotAll(text.whole, dots);
  Groups groups = Largest(dots, kGroupsNear);
  std::sort(groups.begin(), groups.end());
  return groups;
}

std::vector<std::vector<ConceptSpace::Heard>> ConceptSpace::HearAll(const Side& side,
                                                                    std::span<const Text> texts) const {
  std::vector<std::vector<Heard>> heard(texts.size());
  std::vector<std::size_t> spoken;  // texts that say anything
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].words.empty() && !texts[i].whole.empty() && !side.groups.empty()) spoken.push_back(i);
  }
  const std::size_t groups = side.groups.size();
  std::vector<const std::int16_t*> rows, wholes;
  for (std::size_t g = 0; g < groups; ++g) rows.push_back(side.group_vectors.row(static_cast<std::int64_t>(g)).data());
  for (std::size_t i : spoken) wholes.push_back(texts[i].whole.data());
  std::vector<std::int32_t> dots(groups * kTogether);
  for (std::size_t first = 0; first < spoken.size(); first += kTogether) {
    const std::size_t count = std::min(kTogether, spoken.size() - first);
    FixedDots(std::span(wholes).subspan(first, count), rows, side.group_vectors.dimension(), dots);
    for (std::size_t q = 0; q < count; ++q) {
      const std::size_t i = spoken[first + q];
      heard[i] = HearIn(side, texts[i], Largest(std::span(dots).subspan(q * groups, groups), kGroupsLookedAt));
    }
  }
  return heard;
}

std::vector<ConceptSpace::Heard> ConceptSpace::HearAmong(const Side& side, const Text& text,
                                                         const Groups& among) const {
  if (text.words.empty() || text.whole.empty() || side.groups.empty()) return {};
  std::vector<std::int32_t> dots(among.size());
  std::vector<const std::int16_t*> rows;
  for (std::uint32_t group : among) rows.push_back(side.group_vectors.row(group).data());
  const std::int16_t* whole = text.whole.data();
  FixedDots({&whole, 1}, rows, side.group_vectors.dimension(), dots);
  std::vector<std::uint32_t> nearest = Largest(dots, kGroupsLookedAt);
  for (std::uint32_t& group : nearest) group = among[group];
  return HearIn(side, text, nearest);
}

std::vector<ConceptSpace::Heard> ConceptSpace::HearIn(const Side& side, const Text& text,
                                                      std::span<const std::uint32_t> nearest) const {
  struct Near {
    std::uint32_t group, phrase;
    std::int32_t dot;
  };
  std::vector<Near> near;
  std::vector<const std::int16_t*> phrases;
  for (std::uint32_t g : nearest) {
    for (std::uint32_t p = side.groups[g].first_phrase; p < side.groups[g].end_phrase; ++p) {
      near.push_back({g, p, 0});
      phrases.push_back(side.phrase_vectors.row(p).data());
    }
  }
  const std::int16_t* whole = text.whole.data();
  std::vector<std::int32_t> of_phrases(phrases.size());
  FixedDots({&whole, 1}, phrases, side.phrase_vectors.dimension(), of_phrases);
  for (std::size_t i = 0; i < near.size(); ++i) near[i].dot = of_phrases[i];
  std::erase_if(near, [](const Near& phrase) { return phrase.dot <= 0; });
  const auto nearer = [](const Near& a, const Near& b) { return a.dot != b.dot ? a.dot > b.dot : a.phrase < b.phrase; };
  if (near.size() > kPhrasesLookedAt) {
    std::nth_element(near.begin(), near.begin() + kPhrasesLookedAt, near.end(), nearer);
    near.resize(kPhrasesLookedAt);
  }

  // Each different word of these phrases against the listing's words, some at a time.
  constexpr std::uint32_t kFree = 0xFFFFFFFF;
  thread_local std::vector<std::uint32_t> place_of_word;  // in `words`; all kFree between two calls
  if (place_of_word.size() < word_weights_.size()) place_of_word.resize(word_weights_.size(), kFree);
  std::vector<std::uint32_t> words;
  for (const Near& phrase : near) {
    for (std::uint32_t w = side.phrases[phrase.phrase].first_word; w < side.phrases[phrase.phrase].end_word; ++w) {
      std::uint32_t& place = place_of_word[side.word_numbers[w]];
      if (place != kFree) continue;
      place = static_cast<std::uint32_t>(words.size());
      words.push_back(side.word_numbers[w]);
    }
  }
  const int dimension = word_vectors_.dimension();
  std::vector<std::int32_t> dots(kTogether * text.words.size());
  std::vector<double> answered(words.size());  // the word's weight times how well it is answered
  for (std::size_t first = 0; first < words.size(); first += kTogether) {
    const std::size_t count = std::min(kTogether, words.size() - first);
    const std::int16_t* queries[kTogether];
    for (std::size_t q = 0; q < count; ++q) queries[q] = word_vectors_.row(words[first + q]).data();
    FixedDots({queries, count}, text.words, dimension, dots);
    for (std::size_t q = 0; q < count; ++q) {
      const double cosine =
          LargestOf(std::span(dots).subspan(q * text.words.size(), text.words.size())) * FixedVectors::kDotScale;
      answered[first + q] =
          word_weights_[words[first + q]] * std::clamp((cosine - kLeastCosine) / (1 - kLeastCosine), 0.0, 1.0);
    }
  }

  std::vector<Heard> heard;
  std::sort(near.begin(), near.end(), [](const Near& a, const Near& b) { return a.phrase < b.phrase; });
  for (const Near& at : near) {
    const Phrase& phrase = side.phrases[at.phrase];
    double coverage = 0;
    for (std::uint32_t w = phrase.first_word; w < phrase.end_word; ++w) {
      coverage += answered[place_of_word[side.word_numbers[w]]];
    }
    coverage /= phrase.weight;
    const double cosine = std::min(1.0, at.dot * FixedVectors::kDotScale);
    const double strength = side.cue ? coverage * cosine * cosine : coverage * coverage * cosine;
    // Phrases of a group stand together.
    if (heard.empty() || heard.back().id != at.group) heard.push_back({0, at.group, at.phrase});
    if (strength > heard.back().strength) {
      heard.back().strength = strength;
      heard.back().phrase = at.phrase;
    }
  }
  for (std::uint32_t word : words) place_of_word[word] = kFree;
  std::erase_if(heard, [](const Heard& group) { return group.strength <= 0; });
  std::sort(heard.begin(), heard.end(), [](const Heard& a, const Heard& b) {
    return a.strength != b.strength ? a.strength > b.strength : a.id < b.id;
  });
  heard.resize(std::min(heard.size(), side.most));
  return heard;
}

std::vector<ConceptSpace::Heard> ConceptSpace::RemediesOf(const Text& offering, const Groups* among) const {
  if (among == nullptr) return RemediesOfAll({&offering, 1}).front();
  std::vector<Heard> heard = HearAmong(remedies_, offering, *among);
  std::sort(heard.begin(), heard.end(), [](const Heard& a, const Heard& b) { return a.id < b.id; });
  return heard;
}

std::vector<std::vector<ConceptSpace::Heard>> ConceptSpace::RemediesOfAll(std::span<const Text> offerings) const {
  std::vector<std::vector<Heard>> all = HearAll(remedies_, offerings);
  for (std::vector<Heard>& heard : all) {
    std::sort(heard.begin(), heard.end(), [](const Heard& a, const Heard& b) { return a.id < b.id; });
  }
  return all;
}

std::vector<ConceptSpace::Heard> ConceptSpace::Wanted(std::span<const Heard> cues) const {
  std::vector<Heard> each, wanted;
  for (const Heard& cue : cues) {
    for (std::uint32_t remedy : remedies_of_[cue.id]) each.push_back({cue.strength, remedy, cue.phrase});
  }
  std::stable_sort(each.begin(), each.end(), [](const Heard& a, const Heard& b) { return a.id < b.id; });
  for (const Heard& one : each) {
    if (wanted.empty() || wanted.back().id != one.id) wanted.push_back({0, one.id, one.phrase});
    wanted.back().strength += one.strength;
  }
  return wanted;
}

std::vector<std::size_t> ConceptSpace::HeardIn(const Side& side, std::uint32_t phrase, const Text& text) const {
  std::vector<std::size_t> places;
  for (std::uint32_t w = side.phrases[phrase].first_word; w < side.phrases[phrase].end_word; ++w) {
    std::size_t best = 0;
    std::int32_t nearest = 0;
    for (std::size_t i = 0; i < text.words.size(); ++i) {
      const std::int32_t dot = FixedDot(word_vectors_.row(side.word_numbers[w]),
                                        {text.words[i], static_cast<std::size_t>(word_vectors_.dimension())});
      if (dot > nearest) {
        nearest = dot;
        best = i;
      }
    }
    if (nearest * FixedVectors::kDotScale >= kShownCosine) places.push_back(best);
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

std::vector<ConceptSpace::Bridge> ConceptSpace::Bridges(const Text& need, const Groups& near, const Text& offering,
                                                        std::span<const Heard> remedies, std::size_t most) const {
  struct Found {
    double product;
    const Heard *cue, *remedy;
  };
  const std::vector<Heard> cues = CuesOf(need, &near);
  std::vector<Found> found;
  for (const Heard& cue : cues) {
    for (std::uint32_t id : remedies_of_[cue.id]) {
      const auto at = std::lower_bound(remedies.begin(), remedies.end(), id,
                                       [](const Heard& remedy, std::uint32_t value) { return remedy.id < value; });
      if (at != remedies.end() && at->id == id) found.push_back({cue.strength * at->strength, &cue, &*at});
    }
  }
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    if (a.product != b.product) return a.product > b.product;
    return a.cue->id != b.cue->id ? a.cue->id < b.cue->id : a.remedy->id < b.remedy->id;
  });
  std::vector<Bridge> bridges;
  for (const Found& one : found) {
    if (bridges.size() == most) break;
    const ConceptIndex trouble = cues_.groups[one.cue->id].concept_index;
    const ConceptIndex remedy = remedies_.groups[one.remedy->id].concept_index;
    if (std::any_of(bridges.begin(), bridges.end(), [&](const Bridge& bridge) { return bridge.remedy == remedy; })) {
      continue;
    }
    bridges.push_back({trouble, remedy, one.product, HeardIn(cues_, one.cue->phrase, need),
                       HeardIn(remedies_, one.remedy->phrase, offering)});
  }
  return bridges;
}

std::optional<ConceptSpace::Bridge> ConceptSpace::StrongestBridge(std::span<const Heard> wanted,
                                                                  std::span<const Heard> remedies) const {
  std::optional<Bridge> strongest;
  auto want = wanted.begin();
  for (const Heard& remedy : remedies) {
    while (want != wanted.end() && want->id < remedy.id) ++want;
    if (want == wanted.end()) break;
    const double product = want->strength * remedy.strength;
    if (want->id != remedy.id || product < (strongest ? strongest->product : kLeastBridge)) continue;
    const auto after =
        std::upper_bound(cues_.groups.begin(), cues_.groups.end(), want->phrase,
                         [](std::uint32_t phrase, const Group& group) { return phrase < group.first_phrase; });
    strongest = {(after - 1)->concept_index, remedies_.groups[remedy.id].concept_index, product, {}, {}};
  }
  return strongest;
}

double ConceptSpace::AgreementOf(double sum) {
  return std::log1p(sum / kUnit) / 2;
}

double ConceptSpace::Agreement(std::span<const Heard> wanted, std::span<const Heard> remedies) {
  double sum = 0;
  auto want = wanted.begin();
  for (const Heard& remedy : remedies) {
    while (want != wanted.end() && want->id < remedy.id) ++want;
    if (want == wanted.end()) break;
    if (want->id == remedy.id) sum += want->strength * remedy.strength;
  }
  return AgreementOf(sum);
}

ConceptSpace::Wish::Wish(const ConceptSpace& space, std::span<const Heard> wanted)
    : strengths_(space.remedies_.groups.size()) {
  for (const Heard& want : wanted) strengths_[want.id] = want.strength;
}

double ConceptSpace::Wish::Agreement(std::span<const Heard> remedies) const {
  double sum = 0;
  for (const Heard& remedy : remedies) sum += strengths_[remedy.id] * remedy.strength;
  return AgreementOf(sum);
}

}  // namespace magpie
