// Unit vectors of real sentences: titles and descriptions of made listings (generate/generator.h), by the built-in encoder.
#pragma once

#include <cstdint>
#include <vector>

#include "magpie/base/vocabulary.h"

namespace magpie::bench {

struct TextVectors {
  std::vector<float> rows;  // row-major
  int dimension = 0;
};

// Of the listings of that side at places 0 to `count`; the same for the same models.
TextVectors MakeTextVectors(Side side, std::int64_t count);

}  // namespace magpie::bench
