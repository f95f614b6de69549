#include "magpie/retrieval/exact_rows.h"

#include <algorithm>

#include "retrieval/kernels.h"

namespace magpie {

void FloatPairs::Score(std::int64_t query, std::span<const std::int32_t> documents, std::span<double> scores) const {
  constexpr std::size_t kAtOnce = 64;
  const float* rows[kAtOnce];
  for (std::size_t first = 0; first < documents.size(); first += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, documents.size() - first);
    for (std::size_t i = 0; i < count; ++i) rows[i] = documents_.data() + documents[first + i] * dimension_;
    ActiveKernels().exact_dots(queries_.data() + query * dimension_, rows, static_cast<std::int64_t>(count), dimension_,
                               scores.data() + first);
  }
}

void FixedPairs::Score(std::int64_t query, std::span<const std::int32_t> documents, std::span<double> scores) const {
  const auto dimension = static_cast<std::size_t>(documents_.dimension());
  const std::span<const std::int16_t> row = queries_.subspan(static_cast<std::size_t>(query) * dimension, dimension);
  for (std::size_t i = 0; i < documents.size(); ++i) {
    scores[i] = FixedDot(row, documents_.row(documents[i])) * FixedVectors::kDotScale;
  }
}

}  // namespace magpie
