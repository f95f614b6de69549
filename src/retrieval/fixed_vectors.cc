#include "magpie/retrieval/fixed_vectors.h"

#include <algorithm>

#include "retrieval/kernels.h"

namespace magpie {
namespace {

static_assert(FixedTiles::kRows == kPanelRows && FixedTiles::kQueries == kFixedQueries);
constexpr int kRows = FixedTiles::kRows, kQueries = FixedTiles::kQueries;

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

std::vector<RankedDocument> FixedVectors::Search(std::span<const std::int16_t> query, int top) const {
  std::vector<std::int32_t> dots(static_cast<std::size_t>(count_));
  DotAll(query, dots);
  std::vector<double> scores(dots.size());
  std::transform(dots.begin(), dots.end(), scores.begin(), [](std::int32_t dot) { return dot * kDotScale; });
  return TopDocuments(scores, top, 0);
}

FixedTiles::FixedTiles(int dimension, std::span<const std::span<const std::int16_t>> rows)
    : count_(static_cast<std::int64_t>(rows.size())),
      tiles_((count_ + kRows - 1) / kRows),
      pairs_((dimension + 1) / 2),
      data_(static_cast<std::size_t>(tiles_ * pairs_ * kRows * 2), std::int16_t{0}) {
  for (std::int64_t i = 0; i < count_; ++i) {
    const std::span<const std::int16_t> row = rows[static_cast<std::size_t>(i)];
    std::int16_t* tile = data_.data() + i / kRows * pairs_ * kRows * 2 + i % kRows * 2;
    for (std::size_t j = 0; j < row.size(); ++j) tile[j / 2 * kRows * 2 + j % 2] = row[j];
  }
}

void FixedTiles::Dot(std::span<const std::span<const std::int16_t>> queries, std::span<std::int32_t> dots) const {
  std::vector<std::int16_t> packed(static_cast<std::size_t>(pairs_ * kQueries * 2), std::int16_t{0});
  for (std::size_t q = 0; q < queries.size() && q < kQueries; ++q) {
    for (std::size_t j = 0; j < queries[q].size(); ++j) packed[j / 2 * kQueries * 2 + q * 2 + j % 2] = queries[q][j];
  }
  ActiveKernels().fixed_tiles(packed.data(), data_.data(), tiles_, pairs_, padded_count(), dots.data());
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
