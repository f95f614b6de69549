// Cuts a row of atoms into words along the cheapest path through the dictionary's word graph.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "magpie/text/dictionary.h"
#include "text/characters.h"
#include "text/lexer.h"

namespace magpie {

class Segmenter {
 public:
  Segmenter(const Characters& text, const Dictionary& dictionary) : text_(text), dictionary_(dictionary) {}

  // `atoms` follow one another without a gap: single Chinese characters and what the lexer found. Appends the words.
  void Cut(std::span<const Atom> atoms, std::vector<Atom>* words);

 private:
  const Characters& text_;
  const Dictionary& dictionary_;
  std::vector<std::uint64_t> best_;    // for each atom the cost of the cheapest path from it to the end
  std::vector<std::uint32_t> end_of_;  // for each atom the end of the word that begins that path
};

}  // namespace magpie
