// A normalised text as an array of characters with their classes: what lexer and segmenter walk over.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace magpie {

enum class CharacterClass : std::uint8_t { kOther, kHan, kLetter, kDigit };

struct Character {
  char32_t point = 0;
  std::uint32_t begin = 0;  // byte in the text
  CharacterClass kind = CharacterClass::kOther;
};

class Characters {
 public:
  explicit Characters(std::string_view text);

  std::size_t size() const { return all_.size() - 1; }
  // Beyond the end stands one character 0 of class kOther, so looking one ahead is always allowed.
  char32_t at(std::size_t i) const { return all_[i].point; }
  CharacterClass kind(std::size_t i) const { return all_[i].kind; }
  std::uint32_t byte(std::size_t i) const { return all_[i].begin; }
  bool is_word(std::size_t i) const { return kind(i) == CharacterClass::kLetter || kind(i) == CharacterClass::kDigit; }

 private:
  std::vector<Character> all_;
};

}  // namespace magpie
