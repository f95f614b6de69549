#include "magpie/vector/subwords.h"

#include <algorithm>

#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr std::size_t kLongestLatin = 40;  // longer runs are no words

void AddLatin(std::string_view word, std::vector<Subword>* subwords) {
  const std::string marked = "<" + std::string(word) + ">";
  for (std::size_t size : {4, 5}) {
    for (std::size_t i = 0; i + size <= marked.size(); ++i) {
      subwords->push_back({marked.substr(i, size), SubwordKind::kLatin});
    }
  }
}

}  // namespace

std::vector<Subword> SubwordsOf(std::string_view word) {
  std::vector<Subword> subwords;
  const bool latin = std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (latin) {
    if (!word.empty() && word.size() <= kLongestLatin) AddLatin(word, &subwords);
    return subwords;
  }
  std::vector<std::size_t> starts;  // of the characters of the present run
  const auto add_run = [&](std::size_t end) {
    starts.push_back(end);
    for (std::size_t size = 1; size <= 3; ++size) {
      for (std::size_t i = 0; i + size < starts.size(); ++i) {
        const auto kind = static_cast<SubwordKind>(size - 1);
        subwords.push_back({std::string(word.substr(starts[i], starts[i + size] - starts[i])), kind});
      }
    }
    starts.clear();
  };
  for (std::size_t i = 0; i < word.size();) {
    const std::size_t begin = i;
    if (IsHan(NextCodePoint(word, &i))) {
      starts.push_back(begin);
    } else if (!starts.empty()) {
      add_run(begin);
    }
  }
  if (!starts.empty()) add_run(word.size());
  return subwords;
}

}  // namespace magpie
