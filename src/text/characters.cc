#include "text/characters.h"

#include <unicode/uchar.h>

#include <memory>

#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr char32_t kBmp = 0x10000;

CharacterClass Classify(char32_t c) {
  if (c >= '0' && c <= '9') return CharacterClass::kDigit;
  if (IsHan(c)) return CharacterClass::kHan;
  const auto point = static_cast<UChar32>(c);
  constexpr std::uint32_t kWordMask = U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK;  // other scripts' digits: as letters
  return (U_GET_GC_MASK(point) & kWordMask) != 0 ? CharacterClass::kLetter : CharacterClass::kOther;
}

const CharacterClass* BmpClasses() {
  static const std::unique_ptr<CharacterClass[]> classes = [] {
    std::unique_ptr<CharacterClass[]> table(new CharacterClass[kBmp]);
    for (char32_t c = 0; c < kBmp; ++c) table[c] = Classify(c);
    return table;
  }();
  return classes.get();
}

}  // namespace

Characters::Characters(std::string_view text) {
  const CharacterClass* const classes = BmpClasses();
  all_.reserve(text.size() / 2 + 2);
  for (std::size_t i = 0; i < text.size();) {
    const auto begin = static_cast<std::uint32_t>(i);
    const auto byte = static_cast<unsigned char>(text[i]);
    const char32_t c = byte < 0x80 ? (++i, byte) : NextCodePoint(text, &i);
    all_.push_back({c, begin, c < kBmp ? classes[c] : Classify(c)});
  }
  all_.push_back({0, static_cast<std::uint32_t>(text.size()), CharacterClass::kOther});
}

}  // namespace magpie
