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
  const auto code = [&](float component) {
    return std::clamp((component * inverse + kNoFraction) - kNoFraction, -kLargestCode, kLargestCode);
  };
  for (std::size_t j = 0; j < row.size(); ++j) codes[j] = static_cast<std::int8_t>(code(row[j]));
  constexpr std::size_t kLanes = 4;  // sums side by side
  double lengths[kLanes] = {}, coded_lengths[kLanes] = {}, errors[kLanes] = {};
  const auto add = [&](std::size_t j, std::size_t lane) {
    const double component = row[j], meant = static_cast<double>(coded.scale) * codes[j];
    lengths[lane] += component * component;
    coded_lengths[lane] += meant * meant;
    errors[lane] += (component - meant) * (component - meant);
  };
  std::size_t j = 0;
  for (; j + kLanes <= row.size(); j += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) add(j + lane, lane);
  }
  for (; j < row.size(); ++j) add(j, 0);
  const auto root = [](const double* sums) { return std::sqrt((sums[0] + sums[1]) + (sums[2] + sums[3])) * kUp; };
  coded.length = root(lengths);
  coded.coded_length = root(coded_lengths);
  coded.error = root(errors);
  return coded;
}

}  // namespace magpie
