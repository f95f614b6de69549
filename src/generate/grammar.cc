#include "generate/grammar.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "magpie/base/status.h"

namespace magpie::generate {

extern const std::string_view kGrammarZh, kGrammarEn, kIndicatorsZh, kIndicatorsEn;

namespace {

constexpr std::pair<std::string_view, Slot> kSlotNames[] = {
    {"trouble", Slot::kTrouble}, {"cure", Slot::kCure},         {"cure2", Slot::kCure2},
    {"object", Slot::kObject},   {"material", Slot::kMaterial}, {"equipment", Slot::kEquipment},
    {"measure", Slot::kMeasure}, {"cause", Slot::kCause},       {"says", Slot::kSays},
    {"part", Slot::kPart},       {"field", Slot::kField},       {"place", Slot::kPlace},
    {"place2", Slot::kPlace2},   {"n", Slot::kSmall},           {"n2", Slot::kSmaller},
    {"hundred", Slot::kHundred}, {"pct", Slot::kPercent},       {"dec", Slot::kDecimal},
    {"months", Slot::kMonths},   {"year", Slot::kYear},         {"temp", Slot::kHeat},
    {"wan", Slot::kMoney},       {"figure", Slot::kIndicator},  {"change", Slot::kChange},
    {"limit", Slot::kLimit},     {"town", Slot::kTown},         {"other", Slot::kOther},
    {"model", Slot::kModel},     {"brand", Slot::kBrand},       {"patent", Slot::kPatent},
};

constexpr std::pair<std::string_view, Section> kSectionNames[] = {
    {"title", Section::kTitle},   {"what", Section::kOpening}, {"state", Section::kOpening},
    {"effect", Section::kMiddle}, {"wish", Section::kMiddle},  {"proof", Section::kProof},
    {"tried", Section::kProof},   {"terms", Section::kTerms},  {"service", Section::kService},
    {"names", Section::kNames},
};

std::vector<std::string_view> Split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return parts;
}

bool ReadNumber(std::string_view text, int* number) {
  return std::from_chars(text.data(), text.data() + text.size(), *number).ec == std::errc();
}

absl::Status BadPattern(std::string_view text, std::string_view what) {
  return MakeError(Reason::kInternal, "", fmt::format("the pattern \"{}\" {}", text, what));
}

Piece Literal(std::string_view text) {
  Piece piece;
  piece.text = text;
  return piece;
}

// What stands between a brace and the one that closes it.
absl::StatusOr<Piece> ParseBraces(std::string_view inner) {
  Piece piece;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t at = 0; at <= inner.size(); ++at) {
    const bool ends = at == inner.size();
    if (!ends && inner[at] == '{') ++depth;
    if (!ends && inner[at] == '}') --depth;
    if (!ends && (inner[at] != '|' || depth > 0)) continue;
    MAGPIE_ASSIGN_OR_RETURN(Pattern choice, ParsePattern(inner.substr(begin, at - begin)));
    piece.choices.push_back(std::move(choice));
    begin = at + 1;
  }
  if (piece.choices.size() > 1) {
    piece.slot = Slot::kChoice;
    return piece;
  }
  for (const auto& [name, slot] : kSlotNames) {
    if (name == inner) return Piece{slot, ConceptKind::kObject, {}, {}};
  }
  return BadPattern(inner, "is no slot");
}

std::uint64_t SlotsOf(const Pattern& pattern) {
  std::uint64_t slots = 0;
  for (const Piece& piece : pattern) {
    slots |= SlotBit(piece.slot);
    for (const Pattern& choice : piece.choices) slots |= SlotsOf(choice);
  }
  return slots;
}

}  // namespace

absl::StatusOr<Pattern> ParsePattern(std::string_view text) {
  Pattern pattern;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    if (open > 0) pattern.push_back(Literal(text.substr(0, open)));
    if (open == std::string_view::npos) break;
    int depth = 0;
    std::size_t close = open;
    for (; close < text.size(); ++close) {
      depth += text[close] == '{' ? 1 : text[close] == '}' ? -1 : 0;
      if (depth == 0) break;
    }
    if (close == text.size()) return BadPattern(text, "has a brace that does not close");
    MAGPIE_ASSIGN_OR_RETURN(Piece piece, ParseBraces(text.substr(open + 1, close - open - 1)));
    pattern.push_back(std::move(piece));
    text.remove_prefix(close + 1);
  }
  return pattern;
}

absl::StatusOr<Grammar> LoadGrammar(Language language) {
  const bool chinese = language == Language::kZh;
  Grammar grammar;
  std::vector<Line>* lines = nullptr;
  for (const std::string_view line : Split(chinese ? kGrammarZh : kGrammarEn, '\n')) {
    if (line.empty()) continue;
    if (line.front() != '[') {
      MAGPIE_ASSIGN_OR_RETURN(Pattern pattern, ParsePattern(line));
      const std::uint64_t slots = SlotsOf(pattern);
      lines->push_back({std::move(pattern), slots});
      continue;
    }
    const std::vector<std::string_view> head = Split(line.substr(1, line.size() - 2), ' ');
    const Side side = head.front() == "need" ? Side::kNeed : Side::kOffering;
    for (const auto& [name, section] : kSectionNames) {
      if (name == head.back()) {
        lines = &grammar.lines[static_cast<std::size_t>(side)][static_cast<std::size_t>(section)];
      }
    }
  }
  for (const std::string_view line : Split(chinese ? kIndicatorsZh : kIndicatorsEn, '\n')) {
    if (line.empty()) continue;
    const std::vector<std::string_view> parts = Split(line, '|');
    IndicatorWord word;
    const bool read = parts.size() == 6 && ReadNumber(parts[2], &word.low) && ReadNumber(parts[3], &word.high) &&
                      ReadNumber(parts[4], &word.decimals);
    if (!read) return BadPattern(line, "is no indicator");
    word.name = parts[0];
    word.unit = parts[1];
    word.more_is_better = parts[5] == "+";
    grammar.indicators.push_back(word);
  }
  return grammar;
}

}  // namespace magpie::generate
