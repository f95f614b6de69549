#include "retrieval/codes.h"

#include <algorithm>
#include <cmath>

namespace magpie {

CodedRow CodeRow(std::span<const float> row, std::int8_t* codes) {
  constexpr float kLargestCode = 127;
  constexpr float kSmallest = 1e-30f;              // below it 1 / scale leaves the floats
  constexpr float kNoFraction = 1.5f * (1 << 23);  // added and taken away: rounds to the nearest even, without a call
  constexpr double kUp = 1 + 1e-9;                 // covers the roundings of the sums below
  float largest = 0;
  for (float component : row) largest = std::max(largest, std::abs(component));
  CodedRow coded;
  coded.scale = largest < kSmallest ? 0 : largest / kLargestCode;
  const float inverse = largest < kSmallest ? 0 : kLargestCode / largest;
  double lengths[2] = {}, coded_lengths[2] = {}, errors[2] = {};
  for (std::size_t j = 0; j < row.size(); ++j) {
    const float code = std::clamp((row[j] * inverse + kNoFraction) - kNoFraction, -kLargestCode, kLargestCode);
    codes[j] = static_cast<std::int8_t>(code);
    const double component = row[j], meant = static_cast<double>(coded.scale) * static_cast<double>(code);
    lengths[j % 2] += component * component;
    coded_lengths[j % 2] += meant * meant;
    errors[j % 2] += (component - meant) * (component - meant);
  }
  coded.length = std::sqrt(lengths[0] + lengths[1]) * kUp;
  coded.coded_length = std::sqrt(coded_lengths[0] + coded_lengths[1]) * kUp;
  coded.error = std::sqrt(errors[0] + errors[1]) * kUp;
  return coded;
}

}  // namespace magpie
