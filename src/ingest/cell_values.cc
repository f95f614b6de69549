#include "cell_values.h"

#include <array>
#include <charconv>

#include "magpie/base/unicode.h"

namespace magpie {
namespace {

using Text = std::string_view;

struct Stage {
  Text word;
  int trl;
};
// After GB/T 22900 and the usage of fairs; the three that the sample fair fixes are 中试, 示范应用, 产业化. Words that
// hold others stand before them.
constexpr std::array kStages = {
    Stage{"基础研究", 1},
    Stage{"基本原理", 1},
    Stage{"概念验证", 3},
    Stage{"原理验证", 3},
    Stage{"概念", 2},
    Stage{"方案", 2},
    Stage{"实验室", 4},
    Stage{"小试", 5},
    Stage{"中试", 6},
    Stage{"样机", 6},
    Stage{"样品", 6},
    Stage{"原型", 6},
    Stage{"工程化", 7},
    Stage{"试用", 7},
    Stage{"试生产", 8},
    Stage{"小批量", 8},
    Stage{"示范", 8},
    Stage{"产业化", 9},
    Stage{"规模化", 9},
    Stage{"批量", 9},
    Stage{"量产", 9},
    Stage{"成熟应用", 9},
    Stage{"推广应用", 9},
    Stage{"已上市", 9},
    Stage{"basic research", 1},
    Stage{"concept", 2},
    Stage{"laboratory", 4},
    Stage{"lab", 4},
    Stage{"pilot", 6},
    Stage{"prototype", 6},
    Stage{"demonstration", 8},
    Stage{"commercial", 9},
    Stage{"mass production", 9},
};

constexpr std::array<Text, 9> kChineseDigits = {"一", "二", "三", "四", "五", "六", "七", "八", "九"};

}  // namespace

std::vector<std::string> SplitCell(std::string_view text, bool loose) {
  std::vector<std::string> parts;
  std::size_t begin = 0, offset = 0;
  const auto add = [&](std::size_t end) {
    const Text part = TrimSpace(text.substr(begin, end - begin));
    if (!part.empty()) parts.emplace_back(part);
    begin = offset;
  };
  while (offset < text.size()) {
    const std::size_t at = offset;
    const char32_t c = NextCodePoint(text, &offset);
    const bool separator = c == U'、' || c == U'，' || c == U',' || c == U'；' || c == U';' || c == U'|' ||
                           c == U'｜' || c == U'\n' || c == U'\t';
    if (separator || (loose && (c == U'/' || c == U'／' || c == U'+' || c == U'&' || c == U'。'))) add(at);
  }
  add(offset);
  if (!loose) return parts;
  // Chinese words set apart by spaces; English ones ("technical service") hold spaces themselves.
  std::vector<std::string> words;
  for (const std::string& part : parts) {
    std::size_t from = 0, at = 0;
    while (at < part.size()) {
      const std::size_t here = at;
      if (!IsSpace(NextCodePoint(part, &at))) continue;
      std::size_t next = at;
      if (here == from || at >= part.size() || !IsHan(NextCodePoint(part, &next))) continue;
      words.emplace_back(TrimSpace(Text(part).substr(from, here - from)));
      from = at;
    }
    words.emplace_back(TrimSpace(Text(part).substr(from)));
  }
  return words;
}

ParsedTrl ParseTrl(std::string_view text) {
  ParsedTrl parsed;
  std::string plain = ToNfkcFolded(TrimSpace(text));
  if (plain.empty()) return parsed;
  Text rest = plain;
  for (Text prefix : {"技术成熟度", "成熟度", "第"}) {
    if (rest.starts_with(prefix)) rest.remove_prefix(prefix.size());
  }
  if (rest.starts_with("trl")) rest.remove_prefix(3);
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '-' || rest.front() == ':' || rest.front() == '=')) {
    rest.remove_prefix(1);
  }
  for (std::size_t i = 0; i < kChineseDigits.size(); ++i) {
    if (rest == kChineseDigits[i] || rest == std::string(kChineseDigits[i]) + "级") {
      parsed.trl = static_cast<int>(i) + 1;
      return parsed;
    }
  }
  double value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error == std::errc()) {
    Text tail = rest.substr(static_cast<std::size_t>(end - rest.data()));
    for (Text word : {"级", "等级", "level"}) {
      if (tail.starts_with(word)) tail.remove_prefix(word.size());
    }
    // "6-7", "6~7级": the lower one, which is what the offering surely has and the need at least wants.
    const bool range = tail.starts_with("-") || tail.starts_with("~") || tail.starts_with("—") ||
                       tail.starts_with("–") || tail.starts_with("至") || tail.starts_with("到") ||
                       tail.starts_with("及以上") || tail.starts_with("以上") || tail.starts_with("+") ||
                       tail.starts_with("/") || tail.starts_with("(");
    if (tail.empty() || range) {
      if (value >= 1 && value <= 9 && value == static_cast<int>(value)) {
        parsed.trl = static_cast<int>(value);
      } else {
        parsed.out_of_range = true;
      }
    }
    return parsed;
  }
  for (const Stage& stage : kStages) {
    if (plain.find(stage.word) != std::string::npos) {
      parsed.trl = stage.trl;
      return parsed;
    }
  }
  return parsed;
}

std::optional<bool> ParseFlag(std::string_view text) {
  const std::string plain = ToNfkcFolded(TrimSpace(text));
  for (Text word : {"是", "yes", "y", "true", "1", "√", "✓", "有"}) {
    if (plain == word) return true;
  }
  for (Text word : {"否", "no", "n", "false", "0", "×", "无", "不是"}) {
    if (plain == word) return false;
  }
  return std::nullopt;
}

std::optional<Date> ParseCellDate(std::string_view text) {
  text = TrimSpace(text);
  if (const std::optional<Date> date = ParseDate(text)) return date;
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos || text.find(':', space) == std::string_view::npos) return std::nullopt;
  return ParseDate(text.substr(0, space));
}

bool IsErrorValue(std::string_view text) {
  if (!text.starts_with('#')) return false;
  for (Text word : {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!",
                    "#GETTING_DATA", "#FIELD!", "#BLOCKED!"}) {
    if (text == word) return true;
  }
  return false;
}

}  // namespace magpie
