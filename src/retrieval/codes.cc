#include "retrieval/codes.h"

#include <algorithm>
#include <cmath>

namespace magpie {

CodedRow CodeRow(std::span<const float> row, std::int8_t* codes) {
  constexpr float kLargestCode = 127;
  constexpr float kSmallest = 1e-30f;              // below it 1 / scale leaves the floats
  constexpr float kNoFraction = 1.5f * (1 << 23);  // added and taken away: rounds to the nearest even, without a call
  constexpr std::size_t kLanes = 8;                // sums side by side
  float largest_of[kLanes] = {}, largest = 0;
  std::size_t j = 0;
  for (; j + kLanes <= row.size(); j += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float size = std::abs(row[j + lane]);
      largest_of[lane] = size > largest_of[lane] ? size : largest_of[lane];
    }
  }
  for (; j < row.size(); ++j) largest = std::max(largest, std::abs(row[j]));
  for (float one : largest_of) largest = std::max(largest, one);

  CodedRow coded;
  if (largest < kSmallest) {
    std::fill_n(codes, row.size(), std::int8_t{0});
    coded.length = coded.error = std::sqrt(static_cast<double>(row.size())) * static_cast<double>(largest) * (1 + 1e-9);
    return coded;
  }
  coded.scale = largest / kLargestCode;
  // In units of the scale, so that no square leaves the floats.
  const float inverse = kLargestCode / largest;
  float squares[kLanes] = {}, coded_squares[kLanes] = {}, error_squares[kLanes] = {};
  const auto add = [&](std::size_t at, std::size_t lane) {
    const float component = row[at] * inverse;
    const float rounded = (component + kNoFraction) - kNoFraction;
    const float code = rounded > kLargestCode ? kLargestCode : rounded < -kLargestCode ? -kLargestCode : rounded;
    codes[at] = static_cast<std::int8_t>(code);
    squares[lane] += component * component;
    coded_squares[lane] += code * code;
    error_squares[lane] += (component - code) * (component - code);
  };
  for (j = 0; j + kLanes <= row.size(); j += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) add(j + lane, lane);
  }
  for (; j < row.size(); ++j) add(j, 0);
  // Up by what the sums may have lost, and the error by what a component may have been moved before it was rounded.
  const double up = 1 + static_cast<double>(row.size() + 32) * 0x1.0p-23;
  const auto root = [&](const float* sums) {
    double sum = 0;
    for (std::size_t lane = 0; lane < kLanes; ++lane) sum += static_cast<double>(sums[lane]);
    return static_cast<double>(coded.scale) * std::sqrt(sum) * up;
  };
  coded.length = root(squares);
  coded.coded_length = root(coded_squares);
  coded.error = root(error_squares) + coded.length * 0x1.0p-21;
  return coded;
}

}  // namespace magpie
