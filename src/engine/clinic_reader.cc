#include "engine/clinic_reader.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "engine/clinic_words.h"
#include "magpie/base/unicode.h"
#include "magpie/knowledge/knowledge_graph.h"

namespace magpie {
namespace {

constexpr std::size_t kClauseTokens = 12;      // at most so many words are quoted behind a cue
constexpr std::size_t kFigureLead = 2;         // words quoted before a figure: 面形 误差 0.1 微米
constexpr std::size_t kBudgetReach = 6;        // words between 预算 and its figure
constexpr std::size_t kLeastModeWord = 12;     // bytes: four Chinese characters; 服务 and 销售 mean too much else
constexpr std::size_t kCharacter = 3;          // bytes of a Chinese character
constexpr std::size_t kShortAbbreviation = 3;  // letters
constexpr std::string_view kLineBreak = "\n";

// "20-80 mm" -> "mm", "2万元" -> "元", "93%" -> "%"; "" for a bare number.
std::string UnitOf(std::string_view measure) {
  const std::string plain = ToNfkc(measure);
  constexpr std::string_view kFigureCharacters = "0123456789.,:/+-~ ";
  std::string_view rest = plain;
  const auto skip = [&](std::string_view sign) {
    if (!rest.starts_with(sign)) return false;
    rest.remove_prefix(sign.size());
    return true;
  };
  while (!rest.empty()) {
    if (kFigureCharacters.find(rest.front()) != std::string_view::npos) {
      rest.remove_prefix(1);
    } else if (!skip("±") && !skip("×") && !skip("−") && !skip("–") && !skip("—") && !skip("‐") && !skip("〜")) {
      break;
    }
  }
  for (std::string_view multiplier : {"余", "多", "万", "亿"}) {
    if (rest.size() > multiplier.size()) skip(multiplier);
  }
  return std::string(rest.substr(0, rest.find_first_of("-~ ")));
}

// The English cues by the stem of their first word.
struct EnglishCue {
  NeedAspect aspect = NeedAspect::kMaterial;
  std::vector<std::string> stems;
};
const std::unordered_map<std::string, std::vector<EnglishCue>>& CuesByStem() {
  static const auto* const cues = [] {
    auto* map = new std::unordered_map<std::string, std::vector<EnglishCue>>;
    const auto add = [&](NeedAspect aspect, std::string_view text) {
      EnglishCue cue{aspect, {}};
      while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        cue.stems.push_back(Stem(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
      }
      (*map)[cue.stems.front()].push_back(std::move(cue));
    };
    for (const AspectCue& cue : EnglishCues()) add(cue.aspect, cue.text);
    // Labels of two words and more; "transfer" alone is of heat as often as of technology.
    for (const Word& word : Words<CooperationMode>()) {
      if (word.en.find(' ') != std::string_view::npos) add(NeedAspect::kMode, word.en);
    }
    return map;
  }();
  return *cues;
}

const std::vector<AspectCue>& AllChineseCues() {
  static const auto* const cues = [] {
    auto* list = new std::vector<AspectCue>(ChineseCues().begin(), ChineseCues().end());
    for (const Word& word : Words<CooperationMode>()) {
      if (word.zh.size() >= kLeastModeWord) list->push_back({NeedAspect::kMode, word.zh});
      for (std::string_view synonym : word.synonyms) {
        const bool chinese = static_cast<unsigned char>(synonym.front()) >= 0x80;
        if (chinese && synonym.size() >= kLeastModeWord) list->push_back({NeedAspect::kMode, synonym});
      }
    }
    return list;
  }();
  return *cues;
}

// One text of a listing.
class FieldReader {
 public:
  FieldReader(Span::Field field, std::string_view text, const Models& models, std::vector<AspectNote>* notes)
      : field_(field), text_(text), analyzed_(models.analyzer->Analyze(text)), graph_(*models.graph), notes_(*notes) {}

  void Read() {
    ReadConcepts();
    ReadFigures();
    ReadChineseCues();
    ReadEnglishCues();
  }

 private:
  const std::vector<Token>& tokens() const { return analyzed_.tokens; }

  void Add(NeedAspect aspect, std::size_t begin, std::size_t end, std::string key = {}) {
    Span span;
    span.field = field_;
    span.begin = static_cast<std::uint32_t>(begin);
    span.end = static_cast<std::uint32_t>(end);
    span.quote = std::string(text_.substr(begin, end - begin));
    notes_.push_back({aspect, std::move(span), std::move(key)});
  }

  // Whether only spaces, hyphens and what else is named stand between a token and the next.
  bool Touch(std::size_t token, std::string_view else_allowed = "") const {
    std::string_view gap = text_.substr(tokens()[token].end, tokens()[token + 1].begin - tokens()[token].end);
    if (!else_allowed.empty() && gap.starts_with(else_allowed)) gap.remove_prefix(else_allowed.size());
    return gap.find_first_not_of(" -") == std::string_view::npos;
  }
  // Whether the clause of a cue that ends at `token` goes on behind it: 要求：收率80%
  bool GoesOn(std::size_t token) const { return Touch(token, "：") || Touch(token, ":"); }
  bool SameSentence(std::size_t first, std::size_t last) const {
    const std::string_view between = text_.substr(tokens()[first].begin, tokens()[last].end - tokens()[first].begin);
    for (std::string_view stop : {"。", "；", "！", "？", ";", "!", "?", ". ", "\n"}) {
      if (between.find(stop) != std::string_view::npos) return false;
    }
    return true;
  }

  NeedAspect AspectOfObject(const Mention& mention) const {
    // What other things are used in is a place of use, unless it is what the title is about.
    const bool place = !graph_.Neighbours(mention.concept_index, Relation::kUsedIn, LinkDirection::kReverse).empty();
    return place && field_ != Span::Field::kTitle ? NeedAspect::kApplication : NeedAspect::kProduct;
  }

  // Whether a mention says what the graph means by it. The last part of a Chinese word is what it is: 葡萄糖 is no grape.
  // Short abbreviations of troubles nearly always stand for something else as well (COD, IC).
  bool IsMeant(const Mention& mention) const {
    if (mention.token_count == 0) return false;
    if (tokens()[mention.first_token + mention.token_count - 1].end != mention.end) return false;
    const std::string_view quote = text_.substr(mention.begin, mention.end - mention.begin);
    const ConceptKind kind = graph_[mention.concept_index].kind;
    const bool abbreviation = quote.size() <= kShortAbbreviation &&
                              std::all_of(quote.begin(), quote.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return !abbreviation || (kind != ConceptKind::kTrouble && kind != ConceptKind::kEffect);
  }

  void ReadConcepts() {
    for (const Mention& mention : graph_.Find(text_, analyzed_)) {
      if (!IsMeant(mention)) continue;
      const std::string key = std::to_string(mention.concept_index.value);
      switch (graph_[mention.concept_index].kind) {
        case ConceptKind::kMaterial:
          Add(NeedAspect::kMaterial, mention.begin, mention.end, key);
          break;
        case ConceptKind::kTechnique:
        case ConceptKind::kEquipment:
          Add(NeedAspect::kMethod, mention.begin, mention.end, key);
          break;
        case ConceptKind::kEffect:
        case ConceptKind::kTrouble:
          Add(NeedAspect::kEffect, mention.begin, mention.end, key);
          break;
        case ConceptKind::kObject:
          Add(AspectOfObject(mention), mention.begin, mention.end, key);
          break;
        default:
          break;  // measures are named without their figure; talent, capital and sites are no aspect
      }
    }
  }

  void ReadFigures() {
    for (std::size_t i = 0; i < tokens().size(); ++i) {
      const Token& token = tokens()[i];
      if (token.kind != TokenKind::kMeasure) continue;
      std::string unit = UnitOf(text_.substr(token.begin, token.end - token.begin));
      const std::string folded = ToNfkcFolded(unit);
      // 2025年 and 3月 are dates, 3年 and 3个月 times.
      const bool year = folded == "年" && analyzed_.word(token).size() == 4 + folded.size();
      const bool date = year || folded == "月" || folded == "日";
      if (date || IsMoneyUnit(folded) || IsHeadCount(folded)) continue;
      std::size_t first = i;
      while (first > 0 && i - first < kFigureLead && Touch(first - 1)) --first;
      Add(NeedAspect::kFigures, tokens()[first].begin, token.end, std::move(unit));
    }
  }

  // A sum of money in the same sentence: "预算：50万", "budget of CNY 500k".
  bool HasSum(std::size_t token) const {
    const std::size_t first = token - std::min(token, kBudgetReach);
    const std::size_t last = std::min(token + kBudgetReach, tokens().size() - 1);
    for (std::size_t i = first; i <= last; ++i) {
      const Token& other = tokens()[i];
      const bool money = other.kind == TokenKind::kNumber ||
                         (other.kind == TokenKind::kMeasure &&
                          IsMoneyUnit(ToNfkcFolded(UnitOf(text_.substr(other.begin, other.end - other.begin)))));
      if (money && SameSentence(std::min(i, token), std::max(i, token))) return true;
    }
    return false;
  }

  // A cue that covers tokens first..last, quoted with the words of its clause that it announces.
  void AddCue(NeedAspect aspect, std::size_t first, std::size_t last, bool behind = false) {
    if (behind) {
      std::size_t begin = first;
      while (begin > 0 && first - begin < kFigureLead + 1 && Touch(begin - 1)) --begin;
      return Add(aspect, tokens()[begin].begin, tokens()[last].end);
    }
    if (aspect == NeedAspect::kBudget && !HasSum(last)) return;
    std::size_t end = last;
    while (end + 1 < tokens().size() && end - last < kClauseTokens && (end == last ? GoesOn(end) : Touch(end))) ++end;
    Add(aspect, tokens()[first].begin, tokens()[end].end);
  }

  void ReadChineseCues() {
    const std::string_view normal = analyzed_.normal;
    for (const AspectCue& cue : AllChineseCues()) {
      for (std::size_t at = normal.find(cue.text); at != std::string_view::npos;
           at = normal.find(cue.text, at + cue.text.size())) {
        const auto ends_before = [](const Token& token, std::size_t place) { return token.normal_end <= place; };
        const auto first = std::lower_bound(tokens().begin(), tokens().end(), at, ends_before);
        const auto last = std::lower_bound(first, tokens().end(), at + cue.text.size() - 1, ends_before);
        if (last == tokens().end()) break;  // cannot be: the cue's characters belong to tokens
        const bool word = first->normal_begin == at && first->normal_end == at + cue.text.size();
        if (cue.text.size() == kCharacter && !word) continue;
        AddCue(cue.aspect, static_cast<std::size_t>(first - tokens().begin()),
               static_cast<std::size_t>(last - tokens().begin()), cue.behind);
      }
    }
  }

  void ReadEnglishCues() {
    std::vector<std::string> stems(tokens().size());
    for (std::size_t i = 0; i < tokens().size(); ++i) {
      if (tokens()[i].kind == TokenKind::kLatin) stems[i] = Stem(analyzed_.word(tokens()[i]));
      // trl7 is one word
      if (tokens()[i].kind == TokenKind::kMixed && analyzed_.word(tokens()[i]).starts_with("trl")) stems[i] = "trl";
    }
    for (std::size_t i = 0; i < tokens().size(); ++i) {
      const auto found = CuesByStem().find(stems[i]);
      if (stems[i].empty() || found == CuesByStem().end()) continue;
      for (const EnglishCue& cue : found->second) {
        const std::size_t count = cue.stems.size();
        if (i + count <= stems.size() &&
            std::equal(cue.stems.begin(), cue.stems.end(), stems.begin() + static_cast<std::ptrdiff_t>(i))) {
          AddCue(cue.aspect, i, i + count - 1);
        }
      }
    }
  }

  const Span::Field field_;
  const std::string_view text_;
  const AnalyzedText analyzed_;
  const KnowledgeGraph& graph_;
  std::vector<AspectNote>& notes_;
};

}  // namespace

std::vector<AspectNote> ReadAspects(const ListingRecord& listing, const Models& models) {
  std::string keywords;
  for (const std::string& keyword : listing.keywords) {
    if (!keywords.empty()) keywords += kLineBreak;
    keywords += keyword;
  }
  std::vector<AspectNote> notes;
  FieldReader(Span::Field::kTitle, listing.title, models, &notes).Read();
  FieldReader(Span::Field::kDescription, listing.description, models, &notes).Read();
  FieldReader(Span::Field::kKeywords, keywords, models, &notes).Read();
  // What the title is about is no place of use further down.
  std::set<std::string_view> titled;
  for (const AspectNote& note : notes) {
    if (note.span.field == Span::Field::kTitle && !note.key.empty()) titled.insert(note.key);
  }
  for (AspectNote& note : notes) {
    if (note.aspect == NeedAspect::kApplication && titled.contains(note.key)) note.aspect = NeedAspect::kProduct;
  }
  // Longer ones first where two begin together.
  const auto order = [](const AspectNote& note) {
    return std::tuple(note.aspect, note.span.field, note.span.begin, ~note.span.end);
  };
  std::stable_sort(notes.begin(), notes.end(),
                   [&](const AspectNote& a, const AspectNote& b) { return order(a) < order(b); });
  return notes;
}

}  // namespace magpie
