// The two scans of a row of the matrix that a dense assignment spends its time in, for each instruction set.
#pragma once

#include <cstdint>

#include "magpie/base/instruction_set.h"

namespace magpie {

// The two largest of gain - price above 0 (0 where there is none); `index` is that of the largest, the lowest on ties,
// -1 where there is none.
struct TwoBest {
  std::int32_t best = 0, second = 0, index = -1;
};

// What a column's key is made of: twice its distance, and its state. So a free column is preferred among those equally
// near, and a closed one is never the nearest.
inline constexpr std::int32_t kColumnFree = 0, kColumnTaken = 1, kColumnClosed = (1 << 30) - 1;
inline constexpr std::int32_t kColumnFar = (1 << 29) - 1;  // the distance of a column that was not reached

struct NearestColumn {
  std::int32_t key = 2 * kColumnFar + kColumnClosed, index = -1;  // the lowest index on ties
};

struct DenseKernels {
  TwoBest (*two_best)(const std::int32_t* gain, const std::int32_t* price, std::int32_t count);
  // Shortens each distance to base - (gain - price) where that is less, noting `row` in `from`; then the nearest column.
  NearestColumn (*relax)(const std::int32_t* gain, const std::int32_t* price, const std::int32_t* state,
                         std::int32_t count, std::int32_t base, std::int32_t row, std::int32_t* distance,
                         std::int32_t* from);
};

extern const DenseKernels kDenseKernelsPlain, kDenseKernelsV3, kDenseKernelsAvx512;
const DenseKernels& DenseKernelsOf(InstructionSet set);

}  // namespace magpie
