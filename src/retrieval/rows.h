// What every search by vector checks and measures of its rows.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace magpie {

constexpr int kLargestDimension = 16'384;  // whole-number sums of codes stay far within 32 bits
constexpr double kLongestRow = 1e15;       // products and sums of floats stay far within their range

// The lengths of the rows of an n x dimension table. kBadArgument where the shape is wrong or a row is longer than
// kLongestRow or holds what is no number; `what` names the table.
absl::StatusOr<std::vector<double>> RowLengths(std::string_view what, std::span<const float> rows, int dimension);

}  // namespace magpie
