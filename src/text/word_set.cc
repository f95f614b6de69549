#include "text/word_set.h"

#include <algorithm>

namespace magpie {

WordSet MakeWordSet(std::string_view list) {
  WordSet words;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (end > 0) words.insert(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return words;
}

}  // namespace magpie
