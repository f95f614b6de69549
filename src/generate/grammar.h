// Patterns: texts with slots and alternatives, from which listings are put together.
//
// Form     "{a|b}" is one of the alternatives (they may hold slots, and one may be empty), "{cure}" is a slot. A section
//          of patterns begins with "[need title]". Patterns that were read off a text of models/examples have two slots
//          more, which keep what stood there: a figure and a concept.
#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/vocabulary.h"
#include "magpie/knowledge/knowledge_graph.h"

namespace magpie::generate {

enum class Slot : std::uint8_t {
  kLiteral,   // `text` as it is
  kChoice,    // one of `choices`
  kFigure,    // read off a text: a figure like `text`
  kNamed,     // read off a text: a concept of `kind`, there `text`
  kTrouble,   // the trouble that the listing is about
  kCure,      // what cures it; in an offering what is offered
  kCure2,     // another cure
  kObject,    // what it appears in
  kMaterial,  // this and the next three as the graph names them for the trouble or its cure
  kEquipment,
  kMeasure,
  kCause,
  kSays,       // how a user puts the trouble
  kPart,       // a part of a title of models/examples
  kField,      // the field's name
  kPlace,      // a province
  kPlace2,     // another one
  kTown,       // a county or district; in English a province
  kOther,      // any concept of the field
  kModel,      // "HX-350B": no other listing has it
  kBrand,      // an invented trade name, in letters
  kPatent,     // digits as of a patent's number
  kSmall,      // 2 to 40
  kSmaller,    // 1 to 3
  kHundred,    // 100 to 9,900
  kPercent,    // 5 to 95
  kDecimal,    // 0.1 to 4.9
  kMonths,     // 2 to 36
  kYear,       // 2012 to 2025
  kHeat,       // -40 to 1,400 degrees
  kMoney,      // 2 to 3,000
  kIndicator,  // "能耗75kWh/t"
  kChange,     // "能耗由120kWh/t降到75kWh/t"
  kLimit,      // "能耗不超过75kWh/t"
};

struct Piece {
  Slot slot = Slot::kLiteral;
  ConceptKind kind = ConceptKind::kObject;
  std::string text;
  std::vector<std::vector<Piece>> choices;
};
using Pattern = std::vector<Piece>;

// A pattern of the grammar, and which slots it has: it is told only of a listing that has something to say for each.
struct Line {
  Pattern pattern;
  std::uint64_t slots = 0;  // a bit for each Slot
};
inline std::uint64_t SlotBit(Slot slot) {
  return std::uint64_t{1} << static_cast<int>(slot);
}

enum class Section : std::uint8_t { kTitle, kOpening, kMiddle, kProof, kTerms, kNames, kService };
inline constexpr std::size_t kSectionCount = 7;

// A figure that texts of the trade name: "能耗", "kWh/t", 4 to 900.
struct IndicatorWord {
  std::string_view name, unit;
  int low = 0, high = 0, decimals = 0;
  bool more_is_better = false;
};

struct Grammar {
  std::array<std::array<std::vector<Line>, kSectionCount>, 2> lines;  // by side, section
  std::vector<IndicatorWord> indicators;

  const std::vector<Line>& of(Side side, Section section) const {
    return lines[static_cast<std::size_t>(side)][static_cast<std::size_t>(section)];
  }
};

// Errors: kInternal where a pattern names a slot that there is not, or its braces do not close.
absl::StatusOr<Pattern> ParsePattern(std::string_view text);
absl::StatusOr<Grammar> LoadGrammar(Language language);

}  // namespace magpie::generate
