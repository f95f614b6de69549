#include "text/lexer.h"

#include <algorithm>

#include "text/units.h"

namespace magpie {
namespace {

// Runs without an end (spaceless scripts, keyboard cats) are cut here, so that no term grows without bound.
constexpr std::size_t kLongestRun = 64;
constexpr std::size_t kLongestUnit = 12;  // letters; a longer run is a word
constexpr int kMostUnitParts = 3;         // kg/(m2·s) and the like

// Units of one letter that are too often something else to be taken across a space.
bool DoubtfulAcrossSpace(char32_t c) {
  return c == 'a' || c == 'u' || c == 'd' || c == 'k';
}

bool IsRangeSign(char32_t c) {
  return c == '-' || c == '~' || c == 0x2010 || c == 0x2011 || c == 0x2013 || c == 0x2014 || c == 0x2212 ||
         c == 0x00D7 || c == 0x301C || c == 0xFF5E;
}
bool IsSign(char32_t c) {
  return c == '-' || c == '+' || c == 0x2212 || c == 0x00B1;
}
bool IsDigit(char32_t c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Atom Lexer::Next(std::size_t begin) const {
  const CharacterClass kind = text_.kind(begin);
  if (kind == CharacterClass::kLetter) return Word(begin);
  if (kind == CharacterClass::kDigit) return NumberOrMeasure(begin, begin);
  const bool sign = IsSign(text_.at(begin)) && text_.kind(begin + 1) == CharacterClass::kDigit;
  if (!sign || (begin > 0 && (text_.is_word(begin - 1) || text_.at(begin - 1) == ')'))) return {begin, begin};
  const Atom atom = NumberOrMeasure(begin, begin + 1);
  // Behind a Chinese word the sign is a hyphen (白介素-6) unless the number is a temperature or the like (温度-35℃).
  const bool after_han = begin > 0 && text_.kind(begin - 1) == CharacterClass::kHan;
  return after_han && atom.kind != TokenKind::kMeasure ? Atom{begin, begin} : atom;
}

// 20, 1,000, 0.38, 1.2.3, 1:10, 3/4
std::size_t Lexer::Number(std::size_t begin) const {
  const auto digits_end = [&](std::size_t from) {
    while (from - begin < kLongestRun && IsDigit(text_.at(from))) ++from;
    return from;
  };
  std::size_t end = digits_end(begin);
  while (end < text_.size() && IsDigit(text_.at(end + 1))) {
    const char32_t c = text_.at(end);
    const std::size_t next = digits_end(end + 1);
    const bool group = c == ',' && next - end == 4 && !IsDigit(text_.at(next));
    if (next == end + 1 || !(group || c == '.' || c == ':' || c == '/')) break;
    end = next;
  }
  return end;
}

Atom Lexer::NumberOrMeasure(std::size_t begin, std::size_t digits) const {
  std::size_t end = Number(digits);
  // 3d, 0cr18ni9, 18650a: figures and letters in one run, unless the letters are a unit.
  if (text_.kind(end) == CharacterClass::kLetter) {
    const std::size_t run = RunEnd(end);
    const bool named = IsDictionaryWord(digits, run) && WrittenInCapitals(digits, run);
    if (named || Unit(end) == end) return {digits, run, TokenKind::kMixed};
  }
  bool measure = false;
  const bool is_signed = digits != begin;
  if (const std::size_t unit = Measure(end, is_signed); unit != end) {
    measure = true;
    end = unit;
  }
  // 20-80 mm, 20mm-80mm, 2024-05-01, 10×20×30 mm
  for (int parts = 0; parts < kMostUnitParts; ++parts) {
    std::size_t next = end;
    if (!IsRangeSign(text_.at(next))) break;
    ++next;
    if (IsSign(text_.at(next)) && measure) ++next;
    if (next >= text_.size() || !IsDigit(text_.at(next))) break;
    const std::size_t number = Number(next);
    const std::size_t unit = Measure(number, is_signed);
    if (unit == number && text_.kind(number) == CharacterClass::kLetter) break;
    measure = measure || unit != number;
    end = unit;
  }
  return {begin, end, measure ? TokenKind::kMeasure : TokenKind::kNumber};
}

// The end of the unit behind a number, perhaps across one space; `number_end` where there is none.
std::size_t Lexer::Measure(std::size_t number_end, bool is_signed) const {
  if (const std::size_t end = Unit(number_end); end != number_end) return end;
  if (text_.at(number_end) != ' ') return number_end;
  const std::size_t begin = number_end + 1;
  const std::size_t end = Unit(begin);
  if (end == begin) {
    const bool degrees = is_signed && (text_.at(begin) == 'c' || text_.at(begin) == 'f') && !text_.is_word(begin + 1);
    return degrees ? begin + 1 : number_end;
  }
  if (end == begin + 1 && DoubtfulAcrossSpace(text_.at(begin))) return number_end;
  return end;
}

std::size_t Lexer::SimpleUnit(std::size_t begin) const {
  std::size_t end = begin;
  while (end < text_.size() && end - begin < kLongestUnit && text_.kind(end) == CharacterClass::kLetter) ++end;
  const auto known = [&](std::size_t to) {
    const std::uint32_t from_byte = text_.byte(begin);
    return IsLatinUnit(std::string_view(normalized_.text).substr(from_byte, text_.byte(to) - from_byte));
  };
  if (end == begin) {
    const char32_t c = text_.at(begin);
    if (c == '%' || c == 0x2030) return begin + 1;
    if (c != 0x00B0) return begin;
    const bool scale = (text_.at(begin + 1) == 'c' || text_.at(begin + 1) == 'f') && !text_.is_word(begin + 2);
    return begin + (scale ? 2 : 1);
  }
  if (text_.at(end) == '%' && known(end + 1)) return end + 1;
  if (!known(end)) return begin;
  if ((text_.at(end) == '2' || text_.at(end) == '3') && !text_.is_word(end + 1)) return end + 1;  // m2, m3
  return text_.kind(end) == CharacterClass::kDigit ? begin : end;
}

std::size_t Lexer::Unit(std::size_t begin) const {
  std::size_t end = SimpleUnit(begin);
  if (end == begin) return begin;
  for (int parts = 1; parts < kMostUnitParts; ++parts) {
    const char32_t c = text_.at(end);
    if (c != '/' && c != 0x00B7 && c != 0x22C5) break;
    const std::size_t next = SimpleUnit(end + 1);
    if (next == end + 1) break;
    end = next;
  }
  return end;
}

std::size_t Lexer::RunEnd(std::size_t begin) const {
  std::size_t end = begin;
  while (end - begin < kLongestRun && text_.is_word(end)) ++end;
  return end;
}

// c++, at&t, tcp/ip, gb/t: words of the dictionary with signs inside, `begin` where none begins here.
std::size_t Lexer::DictionaryWord(std::size_t begin) const {
  std::size_t longest = begin;
  std::uint32_t node = Dictionary::kRoot;
  bool has_sign = false;
  for (std::size_t i = begin; i < text_.size(); ++i) {
    if (text_.kind(i) == CharacterClass::kHan) break;
    node = dictionary_.Child(node, text_.at(i));
    if (node == Dictionary::kNone) break;
    has_sign = has_sign || text_.kind(i) == CharacterClass::kOther;
    const bool whole = !text_.is_word(i) || !text_.is_word(i + 1);
    if (has_sign && whole && dictionary_.cost(node) != 0) longest = i + 1;
  }
  return longest;
}

Atom Lexer::Word(std::size_t begin) const {
  if (const std::size_t end = DictionaryWord(begin); end != begin) return {begin, end, TokenKind::kMixed};
  std::size_t end = RunEnd(begin);
  const auto figures = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (text_.kind(i) == CharacterClass::kDigit) return true;
    }
    return false;
  };
  bool mixed = figures(begin, end);
  std::size_t part = begin;
  while (end - begin < kLongestRun) {
    const char32_t c = text_.at(end);
    if (c == '.') {  // pm2.5, v2.0
      if (!IsDigit(text_.at(end - 1)) || !IsDigit(text_.at(end + 1))) break;
    } else if (c == '-') {  // covid-19, x-ray, type-c, ti-6al-4v, but not high-speed
      if (!text_.is_word(end + 1)) break;
      const std::size_t next = RunEnd(end + 1);
      const bool single = end - part == 1 || next - end == 2;
      if (!single && !figures(part, end) && !figures(end + 1, next)) break;
    } else {
      break;
    }
    part = end + 1;
    end = RunEnd(part);
    mixed = mixed || figures(part, end);
  }
  return {begin, end, mixed ? TokenKind::kMixed : TokenKind::kLatin};
}

bool Lexer::WrittenInCapitals(std::size_t begin, std::size_t end) const {
  const std::uint32_t to = normalized_.SourceEnd(text_.byte(end));
  const std::string_view written =
      original_.substr(normalized_.source[text_.byte(begin)], to - normalized_.source[text_.byte(begin)]);
  // Full-width capitals are three bytes each and rare; they count as small letters here.
  return std::any_of(written.begin(), written.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool Lexer::IsDictionaryWord(std::size_t begin, std::size_t end) const {
  std::uint32_t node = Dictionary::kRoot;
  for (std::size_t i = begin; i < end && node != Dictionary::kNone; ++i) node = dictionary_.Child(node, text_.at(i));
  return node != Dictionary::kNone && dictionary_.cost(node) != 0;
}

}  // namespace magpie
