// The kernels of the encoder.
#pragma once

#include <cstddef>
#include <cstdint>

namespace magpie {

// sum[j] += weight * row[j] for j below n. The same bits on every instruction set: each component is one multiplication
// and one addition, never fused.
void Accumulate(const std::int8_t* row, float weight, std::size_t n, float* sum);

// Brings the row to length 1; one that is as good as nothing becomes zeros. Squares are summed in double precision in
// kLanes sums, which are added in a fixed order: the same bits on every instruction set.
void Normalize(std::size_t n, float* row);

}  // namespace magpie
