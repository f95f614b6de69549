#include "retrieval/rows.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "magpie/base/status.h"

namespace magpie {
namespace {

// Four sums, added in a fixed order.
double Length(const float* row, std::size_t dimension) {
  double sums[4] = {};
  std::size_t j = 0;
  for (; j + 4 <= dimension; j += 4) {
    for (std::size_t i = 0; i < 4; ++i) {
      const double component = row[j + i];
      sums[i] += component * component;
    }
  }
  for (; j < dimension; ++j) sums[0] += static_cast<double>(row[j]) * row[j];
  return std::sqrt((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

}  // namespace

absl::StatusOr<std::vector<double>> RowLengths(std::string_view what, std::span<const float> rows, int dimension) {
  if (dimension < 1 || dimension > kLargestDimension) {
    return MakeError(Reason::kBadArgument, "dimension",
                     fmt::format("is {}; vectors have 1 to {} components", dimension, kLargestDimension));
  }
  const auto columns = static_cast<std::size_t>(dimension);
  if (rows.size() % columns != 0 || rows.size() / columns > std::numeric_limits<std::int32_t>::max()) {
    return MakeError(
        Reason::kBadArgument, what,
        fmt::format("holds {} numbers, which is no table of up to 2^31 - 1 rows of {}", rows.size(), columns));
  }
  std::vector<double> lengths(rows.size() / columns);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    lengths[i] = Length(rows.data() + i * columns, columns);
    if (!(lengths[i] <= kLongestRow)) {
      return MakeError(Reason::kBadArgument, what,
                       fmt::format("row {} has length {}; components are finite numbers and rows no longer than {:g}",
                                   i, lengths[i], kLongestRow));
    }
  }
  return lengths;
}

}  // namespace magpie
