// Short reasons for many pairs: words, the strongest bridge of the graph and fields, as scoring sees them.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "magpie/base/unicode.h"
#include "scoring/pool_scorer.h"

namespace magpie {
namespace {

constexpr std::size_t kMostReasons = 3;
constexpr std::size_t kMostWordsNamed = 3;
// What a broker asks first; a kind of resource that agrees says least.
constexpr Constraint kFieldOrder[] = {Constraint::kAmount,  Constraint::kTrl,      Constraint::kMode,
                                      Constraint::kRegion,  Constraint::kValidity, Constraint::kPartyKind,
                                      Constraint::kResource};

struct WeighedWord {
  double weight;
  std::string_view word;
};

// The words that weigh most, quoted: “水垢”“锅炉”; "scale", "boiler".
std::string Named(std::vector<WeighedWord> words, bool zh) {
  std::stable_sort(words.begin(), words.end(),
                   [](const WeighedWord& a, const WeighedWord& b) { return a.weight > b.weight; });
  words.resize(std::min(words.size(), kMostWordsNamed));
  std::string named;
  for (const WeighedWord& word : words) {
    if (!zh && !named.empty()) named += ", ";
    named += zh ? fmt::format("“{}”", word.word) : fmt::format("\"{}\"", word.word);
  }
  return named;
}

}  // namespace

bool PoolScorer::IsTerm(std::uint32_t word) const {
  constexpr std::u32string_view kNumerals = U"一二两三四五六七八九十百千万亿几半";
  if (word >= MatchText::kOutside || pool_->words().frequency(word) == 0) return false;
  const std::string& text = pool_->words().word(word);
  std::size_t offset = 0;
  return CountCodePoints(text) >= 2 && kNumerals.find(NextCodePoint(text, &offset)) == std::u32string_view::npos;
}

std::vector<BriefReasons> PoolScorer::Brief(NeedIndex need, std::span<const OfferingIndex> offerings,
                                            Language language) const {
  const bool zh = language == Language::kZh;
  std::vector<std::int32_t> indices;
  for (OfferingIndex offering : offerings) indices.push_back(offering.value);
  const MatchText& asked = row(Side::kNeed, need.value).text;
  const TextMatcher matcher(pool_->words());
  const std::vector<std::vector<float>> answers = matcher.Answers(matcher.WordsOf(asked), BlockOf(indices));
  const Candidate need_side = CandidateOf(Side::kNeed, need.value);
  const ConstraintSet must = MustOf(*need_side.facts.record);

  std::vector<BriefReasons> reasons(offerings.size());
  for (std::size_t i = 0; i < offerings.size(); ++i) {
    const Candidate offering = CandidateOf(Side::kOffering, indices[i]);
    BriefReasons& brief = reasons[i];
    if (concepts() != nullptr) {
      const std::optional<ConceptSpace::Bridge> bridge =
          concepts()->StrongestBridge(HeardOf(Side::kNeed, need.value), HeardOf(Side::kOffering, indices[i]));
      if (bridge) {
        const Concept &trouble = concepts()->graph()[bridge->trouble], &remedy = concepts()->graph()[bridge->remedy];
        const bool same = bridge->trouble == bridge->remedy;
        brief.evidence.push_back(zh ? (same ? fmt::format("正是“{}”要解决的问题", remedy.zh)
                                            : fmt::format("“{}”可治“{}”", remedy.zh, trouble.zh))
                                    : (same ? fmt::format("this is what {} is for", remedy.en)
                                            : fmt::format("{} cures {}", remedy.en, trouble.en)));
      }
    }
    std::vector<WeighedWord> said, missing;
    const std::vector<std::uint32_t>& words = offering.text->words;
    for (std::size_t w = 0; w < asked.words.size(); ++w) {
      const std::uint32_t word = asked.words[w];
      if (answers[w][i] == 1.0f && std::find(words.begin(), words.end(), word) != words.end()) {
        said.push_back({asked.weights[w], pool_->words().word(word)});
      } else if (answers[w][i] < TextMatcher::AnswerOf(TextMatcher::kMissingCosine) && IsTerm(word)) {
        missing.push_back({asked.weights[w], pool_->words().word(word)});
      }
    }
    if (!said.empty()) {
      const std::string named = Named(std::move(said), zh);
      brief.evidence.push_back(zh ? fmt::format("双方都提到{}", named) : fmt::format("both mention {}", named));
    }

    const std::vector<Margin> margins =
        DescribeMargins(CheckConstraints(need_side.facts, offering.facts, options_.today), must, need_side.facts,
                        offering.facts, language);
    for (const Constraint constraint : kFieldOrder) {
      const Margin& margin =
          *std::find_if(margins.begin(), margins.end(), [&](const Margin& m) { return m.constraint == constraint; });
      if (margin.known) (margin.met ? brief.evidence : brief.objections).push_back(margin.sentence);
    }
    if (!missing.empty()) {
      const std::string named = Named(std::move(missing), zh);
      brief.objections.push_back(zh ? fmt::format("对方没有提到{}", named)
                                    : fmt::format("the offering does not mention {}", named));
    }
    for (auto* kept : {&brief.evidence, &brief.objections}) kept->resize(std::min(kept->size(), kMostReasons));
  }
  return reasons;
}

}  // namespace magpie
