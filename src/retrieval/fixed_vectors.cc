#include "magpie/retrieval/fixed_vectors.h"

#include <algorithm>

#include "retrieval/kernels.h"

namespace magpie {
namespace {

constexpr std::size_t kChunkBytes = 32 << 10;

// Rounding may lengthen a unit row by less than a part in a hundred, which 32 bits have room for (2^28 against 2^31).
void RoundRow(std::span<const float> row, std::int16_t* fixed) {
  ActiveKernels().round_fixed(row.data(), static_cast<std::int64_t>(row.size()), 1 << FixedVectors::kBits, fixed);
}

}  // namespace

FixedVectors::FixedVectors(std::int64_t count, int dimension)
    : count_(count), dimension_(dimension), data_(static_cast<std::size_t>(count * dimension), std::int16_t{0}) {}

void FixedVectors::Set(std::int64_t index, std::span<const float> row) {
  RoundRow(row, data_.data() + index * dimension_);
}

void FixedVectors::SetFixed(std::int64_t index, std::span<const std::int16_t> row) {
  std::copy(row.begin(), row.end(), data_.begin() + index * dimension_);
}

void FixedVectors::DotAll(std::span<const std::int16_t> query, std::span<std::int32_t> dots) const {
  ActiveKernels().fixed_rows(query.data(), data_.data(), count_, dimension_, dots.data());
}

void FixedDots(std::span<const std::int16_t* const> queries, std::span<const std::int16_t* const> rows, int dimension,
               std::span<std::int32_t> dots) {
  // By chunks of rows that stay in the first cache while all queries pass.
  const std::size_t fit = kChunkBytes / (sizeof(std::int16_t) * static_cast<std::size_t>(std::max(dimension, 1)));
  const std::size_t chunk = std::max<std::size_t>(fit / 4, 1) * 4;
  for (std::size_t row = 0; row < rows.size(); row += chunk) {
    const std::size_t count = std::min(chunk, rows.size() - row);
    for (std::size_t q = 0; q < queries.size(); q += kFixedQueries) {
      // The last ones together with some again, rather than by themselves.
      const std::size_t left = queries.size() - q;
      const std::size_t first = left > 1 && left < kFixedQueries && q > 0 ? queries.size() - kFixedQueries : q;
      const std::size_t here = std::min<std::size_t>(kFixedQueries, queries.size() - first);
      std::int32_t* out[kFixedQueries];
      for (std::size_t k = 0; k < here; ++k) out[k] = dots.data() + (first + k) * rows.size() + row;
      ActiveKernels().fixed_block(queries.data() + first, static_cast<int>(here), rows.data() + row,
                                  static_cast<std::int64_t>(count), dimension, out);
    }
  }
}

std::vector<std::int16_t> ToFixed(std::span<const float> row) {
  std::vector<std::int16_t> fixed(row.size());
  RoundRow(row, fixed.data());
  return fixed;
}

std::int32_t FixedDot(std::span<const std::int16_t> a, std::span<const std::int16_t> b) {
  std::int32_t dot = 0;
  ActiveKernels().fixed_rows(a.data(), b.data(), 1, static_cast<std::int64_t>(a.size()), &dot);
  return dot;
}

}  // namespace magpie
