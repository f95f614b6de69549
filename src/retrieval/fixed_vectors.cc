#include "magpie/retrieval/fixed_vectors.h"

#include <algorithm>
#include <cmath>

// The inner loops are compiled for several instruction sets and chosen when the program starts; whole-number sums are
// the same on all of them. Sanitizers instrument code before the choice is made, so they get the plain loops.
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

MAGPIE_CLONES
void DotListed(const std::int16_t* query, const std::int16_t* rows, const std::uint32_t* list, std::int64_t count,
               std::int64_t dimension, std::int32_t* dots) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int16_t* row = rows + static_cast<std::int64_t>(list[i]) * dimension;
    std::int32_t sum = 0;
    for (std::int64_t j = 0; j < dimension; ++j) sum += static_cast<std::int32_t>(query[j]) * row[j];
    dots[i] = sum;
  }
}

// A component that is no number counts as 0. Rounding may lengthen a unit row by less than a part in a hundred, which
// 32 bits have room for (2^28 against 2^31).
std::int16_t Round(float component) {
  constexpr float kOne = 1 << FixedVectors::kBits;
  if (!(std::abs(component) <= 1.0f)) component = std::isnan(component) ? 0.0f : std::copysign(1.0f, component);
  return static_cast<std::int16_t>(std::lrintf(component * kOne));
}

}  // namespace

FixedVectors::FixedVectors(std::int64_t count, int dimension)
    : count_(count), dimension_(dimension), data_(static_cast<std::size_t>(count * dimension), std::int16_t{0}) {}

void FixedVectors::Set(std::int64_t index, std::span<const float> row) {
  std::transform(row.begin(), row.end(), data_.begin() + index * dimension_, Round);
}

void FixedVectors::DotAll(std::span<const std::int16_t> query, std::span<std::int32_t> dots) const {
  DotRows(query.data(), data_.data(), count_, dimension_, dots.data());
}

void FixedVectors::DotSome(std::span<const std::int16_t> query, std::span<const std::uint32_t> rows,
                           std::span<std::int32_t> dots) const {
  DotListed(query.data(), data_.data(), rows.data(), static_cast<std::int64_t>(rows.size()), dimension_, dots.data());
}

std::vector<RankedDocument> FixedVectors::Search(std::span<const std::int16_t> query, int top) const {
  std::vector<std::int32_t> dots(static_cast<std::size_t>(count_));
  DotAll(query, dots);
  std::vector<double> scores(dots.size());
  std::transform(dots.begin(), dots.end(), scores.begin(), [](std::int32_t dot) { return dot * kDotScale; });
  return TopDocuments(scores, top, 0);
}

std::vector<std::int16_t> ToFixed(std::span<const float> row) {
  std::vector<std::int16_t> fixed(row.size());
  std::transform(row.begin(), row.end(), fixed.begin(), Round);
  return fixed;
}

std::int32_t FixedDot(std::span<const std::int16_t> a, std::span<const std::int16_t> b) {
  std::int32_t dot = 0;
  DotRows(a.data(), b.data(), 1, static_cast<std::int64_t>(a.size()), &dot);
  return dot;
}

}  // namespace magpie
