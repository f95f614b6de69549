// The words and figures of spreadsheet cells.
// Threads  pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/date.h"
#include "magpie/base/vocabulary.h"

namespace magpie {

// Parts between 、 ， , ； ; | and line breaks, also / and white space where `loose`; trimmed, none empty.
std::vector<std::string> SplitCell(std::string_view text, bool loose);

struct ParsedTrl {
  std::optional<int> trl;
  bool out_of_range = false;  // a figure that is not 1 to 9
};
// "7", "TRL 7", "TRL7级", "七级", "6-7" (the lower), 中试 = 6, 示范应用 = 8, 产业化 = 9, 小试 = 5, 实验室 = 4, ...
ParsedTrl ParseTrl(std::string_view text);

// 是, yes, true, 1, √ and their opposites.
std::optional<bool> ParseFlag(std::string_view text);

// A date, also with a time of day behind it.
std::optional<Date> ParseCellDate(std::string_view text);

// The words of the cell that are in the list; the others go to `unknown`, in the cell's order.
template <typename Enum>
std::vector<Enum> ParseWords(std::string_view text, std::vector<std::string>* unknown) {
  std::vector<Enum> values;
  if (const std::optional<Enum> whole = ParseWord<Enum>(text)) return {*whole};
  for (const std::string& part : SplitCell(text, /*loose=*/true)) {
    if (const std::optional<Enum> value = ParseWord<Enum>(part)) {
      values.push_back(*value);
    } else {
      unknown->push_back(part);
    }
  }
  return values;
}

// "#N/A", "#REF!" and the other errors that a spreadsheet shows in place of a value.
bool IsErrorValue(std::string_view text);

}  // namespace magpie
