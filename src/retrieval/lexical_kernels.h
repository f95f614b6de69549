// The two inner loops of lexical search that lanes make faster, one version for each instruction set. Whole numbers: all give
// the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "magpie/base/instruction_set.h"

namespace magpie {

struct LexicalKernels {
  // counters[d] += lists[0][d] + lists[1][d] + ...; count is a multiple of 64, no sum leaves 16 bits.
  void (*add)(const std::uint8_t* const* lists, std::size_t list_count, std::uint16_t* counters, std::size_t count);
  // Writes the places d of counters[d] >= least to found[], ascending, and says how many; those whose bit in admitted[] is
  // clear are passed over (null = none is). count is a multiple of 64 up to 2^16; found has room for count.
  std::size_t (*find)(const std::uint16_t* counters, std::size_t count, std::uint16_t least,
                      const std::uint64_t* admitted, std::uint16_t* found);
};

const LexicalKernels& LexicalKernelsFor(InstructionSet set);

}  // namespace magpie
