// The parts of a word from which its vector is learned, and from which an unknown word gets one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace magpie {

enum class SubwordKind { kHan1, kHan2, kHan3, kLatin };

struct Subword {
  std::string text;
  SubwordKind kind = SubwordKind::kHan1;
};

// Of each run of Han characters the sequences of one, two and three; of a word of letters a to z, written <word>, the
// sequences of four and five. Figures and signs give none. Repeats stay.
std::vector<Subword> SubwordsOf(std::string_view word);

}  // namespace magpie
