#include "magpie/retrieval/fixed_vectors.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The inner loop over rows is compiled for several instruction sets and chosen when the program starts; whole-number sums
// are the same on all of them. Sanitizers instrument code before the choice is made, so they get the plain loops.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define MAGPIE_CLONES __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default"), optimize("O3")))
#else
#define MAGPIE_CLONES
#endif

namespace magpie {
namespace {

MAGPIE_CLONES
void DotRows(const std::int16_t* query, const std::int16_t* rows, std::int64_t count, std::int64_t dimension,
             std::int32_t* dots) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int16_t* row = rows + i * dimension;
    std::int32_t sum = 0;
    for (std::int64_t j = 0; j < dimension; ++j) sum += static_cast<std::int32_t>(query[j]) * row[j];
    dots[i] = sum;
  }
}

constexpr int kRows = FixedTiles::kRows, kQueries = FixedTiles::kQueries;

// dots[q * stride + t * kRows + r] for the tiles; queries[pair][q][2].
void DotTilesPlain(const std::int16_t* queries, const std::int16_t* data, std::int64_t tiles, int pairs,
                   std::int64_t stride, std::int32_t* dots) {
  for (std::int64_t t = 0; t < tiles; ++t) {
    std::int32_t sums[kQueries][kRows] = {};
    for (int p = 0; p < pairs; ++p) {
      const std::int16_t* rows = data + (t * pairs + p) * kRows * 2;
      const std::int16_t* query = queries + p * kQueries * 2;
      for (int q = 0; q < kQueries; ++q) {
        for (int r = 0; r < kRows; ++r) {
          sums[q][r] += static_cast<std::int32_t>(query[2 * q]) * rows[2 * r] +
                        static_cast<std::int32_t>(query[2 * q + 1]) * rows[2 * r + 1];
        }
      }
    }
    for (int q = 0; q < kQueries; ++q) std::copy_n(sums[q], kRows, dots + q * stride + t * kRows);
  }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void DotTilesAvx2(const std::int16_t* queries, const std::int16_t* data,
                                                  std::int64_t tiles, int pairs, std::int64_t stride,
                                                  std::int32_t* dots) {
  const auto both = [](const std::int16_t* components) {  // two components as one 32-bit lane
    std::int32_t lane;
    std::memcpy(&lane, components, sizeof lane);
    return lane;
  };
  for (std::int64_t t = 0; t < tiles; ++t) {
    __m256i s0 = _mm256_setzero_si256(), s1 = s0, s2 = s0, s3 = s0;
    const std::int16_t* rows = data + t * pairs * kRows * 2;
    for (int p = 0; p < pairs; ++p, rows += kRows * 2) {
      const __m256i row = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows));
      const std::int16_t* query = queries + p * kQueries * 2;
      s0 = _mm256_add_epi32(s0, _mm256_madd_epi16(row, _mm256_set1_epi32(both(query))));
      s1 = _mm256_add_epi32(s1, _mm256_madd_epi16(row, _mm256_set1_epi32(both(query + 2))));
      s2 = _mm256_add_epi32(s2, _mm256_madd_epi16(row, _mm256_set1_epi32(both(query + 4))));
      s3 = _mm256_add_epi32(s3, _mm256_madd_epi16(row, _mm256_set1_epi32(both(query + 6))));
    }
    std::int32_t* out = dots + t * kRows;
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), s0);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + stride), s1);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 2 * stride), s2);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 3 * stride), s3);
  }
}
#endif

// A component that is no number counts as 0. Rounding may lengthen a unit row by less than a part in a hundred, which
// 32 bits have room for (2^28 against 2^31).
MAGPIE_CLONES
void RoundRow(const float* row, std::int64_t dimension, std::int16_t* fixed) {
  constexpr float kOne = 1 << FixedVectors::kBits;
  constexpr float kNoFraction = 1.5f * (1 << 23);  // added and taken away: rounds to the nearest even, without a call
  for (std::int64_t j = 0; j < dimension; ++j) {
    const float number = row[j] == row[j] ? row[j] : 0.0f;
    const float component = number > 1.0f ? 1.0f : number < -1.0f ? -1.0f : number;
    fixed[j] = static_cast<std::int16_t>(static_cast<std::int32_t>((component * kOne + kNoFraction) - kNoFraction));
  }
}

}  // namespace

FixedVectors::FixedVectors(std::int64_t count, int dimension)
    : count_(count), dimension_(dimension), data_(static_cast<std::size_t>(count * dimension), std::int16_t{0}) {}

void FixedVectors::Set(std::int64_t index, std::span<const float> row) {
  RoundRow(row.data(), static_cast<std::int64_t>(row.size()), data_.data() + index * dimension_);
}

void FixedVectors::SetFixed(std::int64_t index, std::span<const std::int16_t> row) {
  std::copy(row.begin(), row.end(), data_.begin() + index * dimension_);
}

void FixedVectors::DotAll(std::span<const std::int16_t> query, std::span<std::int32_t> dots) const {
  DotRows(query.data(), data_.data(), count_, dimension_, dots.data());
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
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2");
  if (has_avx2) {
    DotTilesAvx2(packed.data(), data_.data(), tiles_, pairs_, padded_count(), dots.data());
    return;
  }
#endif
  DotTilesPlain(packed.data(), data_.data(), tiles_, pairs_, padded_count(), dots.data());
}

std::vector<std::int16_t> ToFixed(std::span<const float> row) {
  std::vector<std::int16_t> fixed(row.size());
  RoundRow(row.data(), static_cast<std::int64_t>(row.size()), fixed.data());
  return fixed;
}

std::int32_t FixedDot(std::span<const std::int16_t> a, std::span<const std::int16_t> b) {
  std::int32_t dot = 0;
  DotRows(a.data(), b.data(), 1, static_cast<std::int64_t>(a.size()), &dot);
  return dot;
}

}  // namespace magpie
