#include <unicode/uchar.h>

#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/unicode.h"
#include "magpie/text/analyzer.h"

namespace magpie {

std::string_view GuessLanguage(std::string_view text) {
  std::size_t han = 0, letters = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = NextCodePoint(text, &i);
    if (IsHan(c)) {
      ++han;
    } else if (u_isalpha(static_cast<UChar32>(c))) {
      ++letters;
    }
  }
  return han > 0 && han * 5 >= han + letters ? "zh" : "en";
}

std::vector<std::string> CharacterBigrams(std::string_view text) {
  std::vector<std::string> characters;
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = NextCodePoint(text, &i);
    if (IsSpace(c)) continue;
    AppendCodePoint(static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))), &characters.emplace_back());
  }
  if (characters.size() < 2) return characters;
  std::vector<std::string> bigrams;
  bigrams.reserve(characters.size() - 1);
  for (std::size_t i = 0; i + 1 < characters.size(); ++i) bigrams.push_back(characters[i] + characters[i + 1]);
  return bigrams;
}

}  // namespace magpie
