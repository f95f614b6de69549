// The kernel of the encoder.
#pragma once

#include <cstddef>
#include <cstdint>

namespace magpie {

// sum[j] += weight * row[j] for j below n. The same bits on every instruction set: each component is one multiplication
// and one addition, never fused.
void Accumulate(const std::int8_t* row, float weight, std::size_t n, float* sum);

}  // namespace magpie
