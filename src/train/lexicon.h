// Which parts each word of the corpus is learned from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/text_pool.h"

namespace magpie::train {

struct Lexicon {
  // Word w consists of the parts part_of[first_part[w]] .. part_of[first_part[w + 1]]; none for words too rare to
  // learn.
  std::vector<std::uint32_t> first_part;
  std::vector<std::uint32_t> part_of;

  std::vector<float> start_weight;         // for each part the u it starts from
  std::vector<std::uint64_t> part_counts;  // how often it occurs in the corpus
  std::vector<std::string> subwords;       // the text of part i + whole_words; the first parts are whole words
  std::uint32_t whole_words = 0;

  std::size_t part_count() const { return start_weight.size(); }
};

Lexicon MakeLexicon(const TextPool& pool);

}  // namespace magpie::train
