// NFKC, case folding and traditional to simplified in one pass that remembers where each byte came from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace magpie {

struct Normalized {
  std::string text;
  // For each byte of `text` the first byte of the original cluster it came from, and the original's length at the end:
  // size text.size() + 1, never falling. A cluster is what Unicode normalises as one: mostly a single character.
  std::vector<std::uint32_t> source;

  // The end, in the original, of the cluster that gave the byte before `end`; invisible characters behind it included.
  std::uint32_t SourceEnd(std::uint32_t end) const;
};

// Invalid bytes become U+FFFD. Combining marks beyond the 32nd of one cluster start a new one, so that a hostile text
// costs no more than linear time.
Normalized Normalize(std::string_view text);

}  // namespace magpie
