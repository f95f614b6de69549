// Why a pair scores as it does, in the words of both texts. Every reason's share is measured: the score of the pair less
// the one it would have without the pieces of both texts, or the field, that the reason names.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "magpie/base/unicode.h"
#include "scoring/pool_scorer.h"
#include "scoring/summary.h"
#include "scoring/what_if.h"

namespace magpie {
namespace {

constexpr double kRelatedCosine = 0.45;   // two words from here on are shown as related
constexpr std::size_t kMeasuredMore = 1;  // reasons whose share is measured than are shown
constexpr std::size_t kMostBridges = 2;   // of troubles and cures
constexpr std::size_t kMostSpans = 8;     // of one reason on one side

// A listing's text with its content words and where they stand.
class QuotableText {
 public:
  QuotableText(const ListingRecord& listing, const Analyzer& analyzer)
      : description_(listing.title.size() + 1),
        keywords_(description_ + listing.description.size() + 1),
        text_(JoinedText(listing)),
        analyzed_(analyzer.Analyze(text_)) {
    for (std::size_t t = 0; t < analyzed_.tokens.size(); ++t) {
      const Token& token = analyzed_.tokens[t];
      const bool figure = token.kind == TokenKind::kMeasure;
      if (!figure && !IsContentWord(analyzed_, token, analyzer)) continue;
      auto& places = figure ? figures_ : words_;
      const auto at = places.find(analyzed_.word(token));
      if (at != places.end()) {
        at->second.push_back(t);
      } else if (places.size() < kMostWords) {
        places.emplace(analyzed_.word(token), std::vector<std::size_t>{t});
      }
    }
  }

  using Places = std::map<std::string, std::vector<std::size_t>, std::less<>>;  // token numbers, ascending
  const Places& words() const { return words_; }
  const Places& figures() const { return figures_; }
  const std::vector<Token>& tokens() const { return analyzed_.tokens; }
  std::string_view word(std::size_t token) const { return analyzed_.word(analyzed_.tokens[token]); }
  bool Touches(std::size_t token) const {  // the token and the next one, within one field
    return token + 1 < tokens().size() && tokens()[token].end == tokens()[token + 1].begin;
  }
  bool InTitle(std::size_t token) const { return tokens()[token].begin + 1 < description_; }

  // The tokens [first, last] as a span of their field.
  Span Quote(std::size_t first, std::size_t last) const {
    Span span;
    std::size_t begin = tokens()[first].begin, end = tokens()[last].end, start = 0;
    span.quote = text_.substr(begin, end - begin);
    if (begin >= keywords_) {
      span.field = Span::Field::kKeywords;
      start = keywords_;
    } else if (begin >= description_) {
      span.field = Span::Field::kDescription;
      start = description_;
    }
    span.begin = static_cast<std::uint32_t>(begin - start);
    span.end = static_cast<std::uint32_t>(end - start);
    return span;
  }
  // Every place of a word, or of `count` words one after the other.
  std::vector<Span> QuoteAll(const std::vector<std::size_t>& places) const {
    return QuoteAll(places, places.front(), 1);
  }
  std::vector<Span> QuoteAll(const std::vector<std::size_t>& places, std::size_t model, std::size_t count) const {
    std::vector<Span> spans;
    for (std::size_t place : places) {
      std::size_t same = 1;
      while (same < count && Touches(place + same - 1) && word(place + same) == word(model + same)) ++same;
      if (same == count && spans.size() < kMostSpans) spans.push_back(Quote(place, place + count - 1));
    }
    return spans;
  }

 private:
  std::size_t description_, keywords_;  // where the fields start in text_
  std::string text_;
  AnalyzedText analyzed_;
  Places words_, figures_;
};

// The nearest word of the offering for each word of the need.
struct Nearest {
  std::string word;
  double cosine = 0;
};
std::map<std::string, Nearest> FindNearest(const QuotableText& need, const QuotableText& offering,
                                           const Encoder* encoder) {
  std::map<std::string, Nearest> nearest;
  const auto vector_of = [&](const std::string& word) {
    std::vector<float> row(static_cast<std::size_t>(encoder->dimension()));
    encoder->EncodeWord(word, row);
    return ToFixed(row);
  };
  std::vector<std::pair<std::string, std::vector<std::int16_t>>> others;
  if (encoder != nullptr) {
    for (const auto& [word, places] : offering.words()) others.emplace_back(word, vector_of(word));
  }
  for (const auto& [word, places] : need.words()) {
    Nearest& best = nearest[word];
    if (offering.words().contains(word)) {
      best = {word, 1};
      continue;
    }
    if (others.empty()) continue;
    const std::vector<std::int16_t> vector = vector_of(word);
    for (const auto& [other, other_vector] : others) {
      const double cosine = FixedDot(vector, other_vector) * FixedVectors::kDotScale;
      if (cosine > best.cosine) best = {other, cosine};
    }
  }
  return nearest;
}

// Tokens of the need that the offering says in the same order too, as one phrase.
struct Phrase {
  std::size_t first, last;              // tokens of the need
  std::size_t other_first, other_last;  // of the offering
};
std::vector<Phrase> FindPhrases(const QuotableText& need, const QuotableText& offering) {
  std::vector<Phrase> phrases;
  std::unordered_set<std::string> taken;
  for (std::size_t t = 0; t < need.tokens().size(); ++t) {
    const auto at = offering.words().find(need.word(t));
    if (at == offering.words().end() || !need.words().contains(at->first) || taken.contains(at->first)) continue;
    Phrase longest{t, t, at->second.front(), at->second.front()};
    for (std::size_t other : at->second) {
      std::size_t n = 0;
      while (need.Touches(t + n) && offering.Touches(other + n) && need.word(t + n + 1) == offering.word(other + n + 1))
        ++n;
      if (t + n > longest.last) longest = {t, t + n, other, other + n};
    }
    for (std::size_t i = t; i <= longest.last; ++i) taken.insert(std::string(need.word(i)));
    t = longest.last;
    phrases.push_back(longest);
  }
  return phrases;
}

class Explainer {
 public:
  Explainer(const PoolScorer& scorer, NeedIndex need, OfferingIndex offering, Audience audience, Language language,
            std::size_t word_reasons)
      : scorer_(scorer),
        need_(need),
        offering_(offering),
        audience_(audience),
        word_reasons_(word_reasons),
        zh_(language == Language::kZh),
        need_facts_(FactsOf(scorer.snapshot().need(need), scorer.snapshot())),
        offering_facts_(FactsOf(scorer.snapshot().offering(offering), scorer.snapshot())),
        need_text_(*need_facts_.record, scorer.pool().analyzer()),
        offering_text_(*offering_facts_.record, scorer.pool().analyzer()),
        what_if_(scorer, need, offering) {
    explanation_.pair = scorer.Score(need, offering);
    const ConstraintChecks checks = CheckConstraints(need_facts_, offering_facts_, scorer.options().today);
    explanation_.margins =
        DescribeMargins(checks, scorer.MustOf(*need_facts_.record), need_facts_, offering_facts_, language);
    checks_ = checks;
  }

  Explanation Explain() {
    AddBridges();
    AddWords();
    AddFigures();
    AddFields();
    if (scorer_.Excluded(need_, offering_)) {
      AddObjection(
          "excluded",
          Say("这一对已被排除（本方单位，有人要求回避，或其中一条未通过审核）",
              "this pair is excluded (one party on both sides, somebody asked to keep them apart, or one of the "
              "two has not passed review)"),
          -1);
    }
    // Of evidence the words come first, of objections what a contract would stumble over.
    std::stable_sort(explanation_.evidence.begin(), explanation_.evidence.end(),
                     [](const PairReason& a, const PairReason& b) {
                       return IsField(a) != IsField(b) ? IsField(b) : a.share > b.share;
                     });
    std::stable_sort(explanation_.objections.begin(), explanation_.objections.end(),
                     [](const PairReason& a, const PairReason& b) {
                       const bool word_a = a.kind == "missing-word", word_b = b.kind == "missing-word";
                       return word_a != word_b ? word_b : a.share < b.share;
                     });
    explanation_.summary = Summarize(explanation_, *need_facts_.record, *offering_facts_.record, audience_,
                                     zh_ ? Language::kZh : Language::kEn);
    if (audience_ == Audience::kBroker) {
      for (auto* reasons : {&explanation_.evidence, &explanation_.objections}) {
        for (PairReason& reason : *reasons) AppendShare(&reason);
      }
    }
    return std::move(explanation_);
  }

 private:
  static bool IsField(const PairReason& reason) { return ParseWord<Constraint>(reason.kind).has_value(); }

  void AppendShare(PairReason* reason) const {
    const int percent = static_cast<int>(std::lround(100 * reason->share));
    if (percent == 0) return;
    reason->sentence += zh_ ? fmt::format("（{:+}%）", percent) : fmt::format(" ({:+}%)", percent);
  }

  std::string Say(std::string zh, std::string en) const { return zh_ ? std::move(zh) : std::move(en); }

  // What the score would lose without the pieces that the reason quotes.
  void Measure(PairReason* reason) {
    reason->share = what_if_.score() - what_if_.Without(reason->need_spans, reason->offering_spans);
  }

  // Words without which the score would be higher are no evidence, whatever they have in common.
  void AddEvidence(PairReason reason) {
    if (reason.share >= 0) explanation_.evidence.push_back(std::move(reason));
  }
  void AddObjection(std::string kind, std::string sentence, double share) {
    explanation_.objections.push_back({std::move(kind), std::move(sentence), {}, {}, std::min(share, 0.0)});
  }

  // A reason before its share is measured; `worth` says which ones deserve measuring.
  struct WordReason {
    PairReason reason;
    double worth = 0;
  };

  double WeightOf(const std::string& word) const {
    const std::uint32_t id = scorer_.pool().words().Find(word);
    return id == WordPool::kNone ? 0 : scorer_.pool().words().weight(id);
  }

  void AddWords() {
    std::vector<WordReason> answered, missing;
    for (const Phrase& phrase : FindPhrases(need_text_, offering_text_)) {
      WordReason found;
      for (std::size_t t = phrase.first; t <= phrase.last; ++t)
        found.worth += WeightOf(std::string(need_text_.word(t)));
      const std::size_t count = phrase.last - phrase.first + 1;
      const std::string first(need_text_.word(phrase.first));
      found.reason.kind = "same-word";
      found.reason.need_spans = need_text_.QuoteAll(need_text_.words().at(first), phrase.first, count);
      found.reason.offering_spans =
          offering_text_.QuoteAll(offering_text_.words().at(first), phrase.other_first, count);
      const std::string& quote = found.reason.need_spans.front().quote;
      found.reason.sentence = Say(fmt::format("双方都提到“{}”", quote), fmt::format("both mention \"{}\"", quote));
      answered.push_back(std::move(found));
    }
    for (const auto& [word, nearest] : FindNearest(need_text_, offering_text_, scorer_.pool().encoder())) {
      if (offering_text_.words().contains(word)) continue;
      WordReason found;
      found.reason.need_spans = need_text_.QuoteAll(need_text_.words().at(word));
      const std::string& quote = found.reason.need_spans.front().quote;
      if (nearest.cosine >= kRelatedCosine) {
        found.worth = WeightOf(word) * nearest.cosine;
        found.reason.kind = "related-word";
        found.reason.offering_spans = offering_text_.QuoteAll(offering_text_.words().at(nearest.word));
        const std::string& other = found.reason.offering_spans.front().quote;
        found.reason.sentence =
            Say(fmt::format("需求说“{}”，对方说“{}”，意思相近", quote, other),
                fmt::format("the need says \"{}\", the offering \"{}\", which is related", quote, other));
        answered.push_back(std::move(found));
      } else if (nearest.cosine < TextMatcher::kMissingCosine && scorer_.IsTerm(scorer_.pool().words().Find(word))) {
        found.worth = WeightOf(word);
        found.reason.kind = "missing-word";
        found.reason.sentence =
            Say(fmt::format("对方没有提到“{}”", quote), fmt::format("the offering does not mention \"{}\"", quote));
        missing.push_back(std::move(found));
      }
    }
    KeepStrongest(std::move(answered), word_reasons_, 1, &explanation_.evidence);
    KeepStrongest(std::move(missing), word_reasons_ / 2, -1, &explanation_.objections);
  }

  // Measures the shares of the worthiest and keeps the `most` largest of the sign asked for.
  void KeepStrongest(std::vector<WordReason> found, std::size_t most, double sign, std::vector<PairReason>* kept) {
    std::stable_sort(found.begin(), found.end(),
                     [](const WordReason& a, const WordReason& b) { return a.worth > b.worth; });
    found.resize(std::min(found.size(), most + kMeasuredMore));
    for (WordReason& reason : found) Measure(&reason.reason);
    std::erase_if(found, [sign](const WordReason& reason) { return sign * reason.reason.share <= 0; });
    std::stable_sort(found.begin(), found.end(), [sign](const WordReason& a, const WordReason& b) {
      return sign * a.reason.share > sign * b.reason.share;
    });
    found.resize(std::min(found.size(), most));
    for (WordReason& reason : found) kept->push_back(std::move(reason.reason));
  }

  // Every place of some of a listing's words.
  std::vector<Span> QuoteWords(const QuotableText& text, const MatchText& words,
                               const std::vector<std::size_t>& places) const {
    std::vector<Span> spans;
    for (std::size_t place : places) {
      const auto at = text.words().find(scorer_.pool().words().word(words.words[place]));
      if (at == text.words().end()) continue;
      const std::vector<Span> quoted = text.QuoteAll(at->second);
      spans.insert(spans.end(), quoted.begin(), quoted.end());
    }
    return spans;
  }

  // What the knowledge graph knows: the need complains of a trouble that the offering's remedy cures.
  void AddBridges() {
    const std::vector<ConceptSpace::Bridge> bridges =
        scorer_.BridgesOf(need_, what_if_.cues(), offering_, kMostBridges);
    for (const ConceptSpace::Bridge& bridge : bridges) {
      if (bridge.product < ConceptSpace::kLeastBridge || bridge.need_words.empty() || bridge.offering_words.empty())
        continue;
      const KnowledgeGraph& graph = scorer_.concepts()->graph();
      const Concept &trouble = graph[bridge.trouble], &remedy = graph[bridge.remedy];
      PairReason reason;
      reason.kind = "cures";
      reason.need_spans = QuoteWords(need_text_, scorer_.row(Side::kNeed, need_.value).text, bridge.need_words);
      reason.offering_spans =
          QuoteWords(offering_text_, scorer_.row(Side::kOffering, offering_.value).text, bridge.offering_words);
      if (reason.need_spans.empty() || reason.offering_spans.empty()) continue;
      reason.sentence =
          bridge.trouble == bridge.remedy
              ? Say(fmt::format("需求所说正是“{}”要解决的问题", remedy.zh),
                    fmt::format("the need describes what {} is for", remedy.en))
              : Say(fmt::format("需求像是“{}”，对方的“{}”正治此症（{} <- 可治 - {}）", trouble.zh, remedy.zh,
                                trouble.zh, remedy.zh),
                    fmt::format("the need sounds like {}, which the offering's {} cures ({} <- cures - {})", trouble.en,
                                remedy.en, trouble.en, remedy.en));
      Measure(&reason);
      AddEvidence(std::move(reason));
    }
  }

  void AddFigures() {
    for (const auto& [figure, places] : need_text_.figures()) {
      const auto other = offering_text_.figures().find(figure);
      if (other == offering_text_.figures().end()) continue;
      PairReason reason;
      reason.kind = "same-figure";
      reason.need_spans = need_text_.QuoteAll(places);
      reason.offering_spans = offering_text_.QuoteAll(other->second);
      const std::string& quote = reason.need_spans.front().quote;
      reason.sentence =
          Say(fmt::format("双方给出同一个数值：{}", quote), fmt::format("both give the same figure: {}", quote));
      Measure(&reason);
      AddEvidence(std::move(reason));
    }
  }

  // What the need asks for and the offering leaves open is worth a question, though it costs nothing.
  bool AsksInVain(Constraint constraint) const {
    const ListingRecord& need = *need_facts_.record;
    switch (constraint) {
      case Constraint::kTrl:
        return need.trl && !offering_facts_.record->trl;
      case Constraint::kAmount:
        return need.amount && need.amount->has_figure() &&
               !(offering_facts_.record->amount && offering_facts_.record->amount->has_figure());
      case Constraint::kMode:
        return !need.modes.empty() && offering_facts_.record->modes.empty();
      case Constraint::kRegion:
        return !need.regions.empty() && offering_facts_.party->region.empty();
      case Constraint::kPartyKind:
        return !need.partner_kinds.empty() && !offering_facts_.party->kind;
      case Constraint::kResource:
        return need.resource && !offering_facts_.record->resource;
      case Constraint::kValidity:
        return false;
    }
    return false;
  }

  void AddFields() {
    for (const Margin& margin : explanation_.margins) {
      const ConstraintCheck& check = checks_[static_cast<std::size_t>(margin.constraint)];
      const double share = what_if_.score() - what_if_.WithUnknown(margin.constraint);
      const std::string kind(WordName(margin.constraint));
      if ((check.known && check.met) || (!check.known && check.closeness > kNeutral)) {
        AddEvidence({kind, margin.sentence, {}, {}, share});
      } else if (check.known) {
        AddObjection(kind, margin.sentence, margin.must ? -1 : share);
      } else if (AsksInVain(margin.constraint)) {
        AddObjection(kind, margin.sentence, 0);
      }
    }
  }

  const PoolScorer& scorer_;
  const NeedIndex need_;
  const OfferingIndex offering_;
  const Audience audience_;
  const std::size_t word_reasons_;
  const bool zh_;
  const ListingFacts need_facts_, offering_facts_;
  const QuotableText need_text_, offering_text_;
  ConstraintChecks checks_;
  WhatIf what_if_;
  Explanation explanation_;
};

}  // namespace

Explanation PoolScorer::Explain(NeedIndex need, OfferingIndex offering, Audience audience, Language language,
                                std::size_t word_reasons) const {
  return Explainer(*this, need, offering, audience, language, word_reasons).Explain();
}

}  // namespace magpie
