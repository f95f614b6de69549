// Finds the units of a text that segmentation must not cut: runs of letters and figures, numbers, measures.
#pragma once

#include <cstddef>
#include <string_view>

#include "magpie/text/analyzer.h"
#include "magpie/text/dictionary.h"
#include "text/characters.h"
#include "text/normalize.h"

namespace magpie {

struct Atom {
  std::size_t begin = 0, end = 0;  // characters
  TokenKind kind = TokenKind::kLatin;
};

class Lexer {
 public:
  // `original` is the text before normalisation: 5G and 5g differ only there.
  Lexer(const Characters& text, const Normalized& normalized, std::string_view original, const Dictionary& dictionary)
      : text_(text), normalized_(normalized), original_(original), dictionary_(dictionary) {}

  // The atom that begins at a letter, a figure or a sign before a figure; end == begin where none does.
  Atom Next(std::size_t begin) const;

  // The end of the unit of measure in Latin letters or % that begins here (mm, t/h, °c, kg/m3), or `begin`.
  std::size_t Unit(std::size_t begin) const;

 private:
  std::size_t Number(std::size_t begin) const;
  Atom NumberOrMeasure(std::size_t begin, std::size_t digits) const;
  std::size_t Measure(std::size_t number_end, bool is_signed) const;
  std::size_t SimpleUnit(std::size_t begin) const;
  Atom Word(std::size_t begin) const;
  std::size_t DictionaryWord(std::size_t begin) const;
  std::size_t RunEnd(std::size_t begin) const;
  bool WrittenInCapitals(std::size_t begin, std::size_t end) const;
  bool IsDictionaryWord(std::size_t begin, std::size_t end) const;

  const Characters& text_;
  const Normalized& normalized_;
  const std::string_view original_;
  const Dictionary& dictionary_;
};

}  // namespace magpie
