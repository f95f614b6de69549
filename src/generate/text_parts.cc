#include "generate/text_parts.h"

#include <algorithm>
#include <string>

namespace magpie::generate {
namespace {

constexpr std::string_view kClauseEndsZh[] = {"，", "。", "；", "！", "？", "：", "\n", ";"};
constexpr std::string_view kClauseEndsEn[] = {". ", "; ", "! ", "? ", "\n"};
constexpr std::string_view kTitleCutsZh[] = {"与", "及", "、", "，", "：", "和", " "};
constexpr std::string_view kTitleCutsEn[] = {" and ", " with ", ", ", ": ", " for ", "; "};

struct SizeLimits {
  std::size_t least = 0, most = 0;  // bytes
};
constexpr SizeLimits kClauseZh{12, 120}, kClauseEn{20, 200}, kPartZh{12, 60}, kPartEn{10, 60};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

Piece Make(Slot slot, std::string_view text, ConceptKind kind = ConceptKind::kObject) {
  Piece piece;
  piece.slot = slot;
  piece.kind = kind;
  piece.text = text;
  return piece;
}

// Literals and figures. A figure behind a letter belongs to a name (DN630, A4) and stays.
void AppendPlain(std::string_view text, Pattern* pattern) {
  std::size_t literal = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (!IsDigit(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() &&
           (IsDigit(text[end]) || (text[end] == '.' && end + 1 < text.size() && IsDigit(text[end + 1])))) {
      ++end;
    }
    const bool in_name = at > 0 && (IsLetter(text[at - 1]) || text[at - 1] == '-' || text[at - 1] == ',');
    if (!in_name && end - at <= 7) {
      if (at > literal) pattern->push_back(Make(Slot::kLiteral, text.substr(literal, at - literal)));
      pattern->push_back(Make(Slot::kFigure, text.substr(at, end - at)));
      literal = end;
    }
    at = end;
  }
  if (literal < text.size()) pattern->push_back(Make(Slot::kLiteral, text.substr(literal)));
}

// One Chinese character or one short word stands for too many things to be exchanged.
bool IsExchangeable(std::string_view name, ConceptKind kind) {
  const bool is_thing = kind == ConceptKind::kObject || kind == ConceptKind::kMaterial ||
                        kind == ConceptKind::kEquipment || kind == ConceptKind::kTechnique;
  return is_thing && name.size() >= 6;
}

Pattern ToPattern(std::string_view text, std::size_t begin, std::size_t end, std::span<const Mention> mentions,
                  const KnowledgeGraph& graph) {
  Pattern pattern;
  std::size_t at = begin;
  for (const Mention& mention : mentions) {
    if (mention.begin < at || mention.end > end) continue;
    const std::string_view name = text.substr(mention.begin, mention.end - mention.begin);
    const ConceptKind kind = graph[mention.concept_index].kind;
    if (!IsExchangeable(name, kind)) continue;
    AppendPlain(text.substr(at, mention.begin - at), &pattern);
    pattern.push_back(Make(Slot::kNamed, name, kind));
    at = mention.end;
  }
  AppendPlain(text.substr(at, end - at), &pattern);
  return pattern;
}

// A decimal point is no end of a sentence: the ends of English ones hold a space.
std::vector<Pattern> Cut(std::string_view text, std::span<const std::string_view> ends, SizeLimits limits,
                         std::span<const Mention> mentions, const KnowledgeGraph& graph) {
  std::vector<Pattern> patterns;
  std::size_t begin = 0;
  const auto add = [&](std::size_t end) {
    while (begin < end && text[begin] == ' ') ++begin;
    if (end > begin && text[end - 1] == '.') --end;
    const std::size_t size = end > begin ? end - begin : 0;
    if (size >= limits.least && size <= limits.most) patterns.push_back(ToPattern(text, begin, end, mentions, graph));
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto cut =
        std::find_if(ends.begin(), ends.end(), [&](std::string_view end) { return text.substr(at).starts_with(end); });
    if (cut == ends.end()) {
      ++at;
      continue;
    }
    add(at);
    at += cut->size();
    begin = at;
  }
  add(text.size());
  return patterns;
}

}  // namespace

std::vector<Pattern> CutDescription(std::string_view text, Language language, std::span<const Mention> mentions,
                                    const KnowledgeGraph& graph) {
  return language == Language::kZh ? Cut(text, kClauseEndsZh, kClauseZh, mentions, graph)
                                   : Cut(text, kClauseEndsEn, kClauseEn, mentions, graph);
}

std::vector<Pattern> CutTitle(std::string_view text, Language language, std::span<const Mention> mentions,
                              const KnowledgeGraph& graph) {
  return language == Language::kZh ? Cut(text, kTitleCutsZh, kPartZh, mentions, graph)
                                   : Cut(text, kTitleCutsEn, kPartEn, mentions, graph);
}

}  // namespace magpie::generate
