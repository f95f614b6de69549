// Unit vectors as whole numbers: every component is rounded to a multiple of 1 / 2^14 and kept in 16 bits, so dot
// products are exact sums and have the same value on every instruction set and in every order.
//
// Shapes   row-major n x dimension; a row of zeros stands for a text or word of which nothing is known.
// Units    Dot() is 2^28 times the cosine; rows must not be longer than 1 (then no sum leaves 32 bits).
// Cost     2 bytes a component; some 30 products a nanosecond with AVX2 or AVX-512, 100 for tiles.
// Threads  const methods may be called from several threads at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace magpie {

class FixedVectors {
 public:
  static constexpr int kBits = 14;
  static constexpr double kDotScale = 1.0 / (1 << (2 * kBits));

  FixedVectors() = default;
  FixedVectors(std::int64_t count, int dimension);

  std::int64_t count() const { return count_; }
  int dimension() const { return dimension_; }

  // Rounds row[dimension()] and keeps it as row `index`.
  void Set(std::int64_t index, std::span<const float> row);
  void SetFixed(std::int64_t index, std::span<const std::int16_t> row);
  std::span<const std::int16_t> row(std::int64_t index) const {
    return {data_.data() + index * dimension_, static_cast<std::size_t>(dimension_)};
  }

  // The dot product with each row, dots[count()].
  void DotAll(std::span<const std::int16_t> query, std::span<std::int32_t> dots) const;

 private:
  std::int64_t count_ = 0;
  int dimension_ = 0;
  std::vector<std::int16_t> data_;
};

// Every query with every row, wherever they lie: dots[q * rows.size() + r]. All hold `dimension` components. Cheapest for
// queries by fours.
void FixedDots(std::span<const std::int16_t* const> queries, std::span<const std::int16_t* const> rows, int dimension,
               std::span<std::int32_t> dots);

// row[i] rounded to a multiple of 1 / 2^14, for queries.
std::vector<std::int16_t> ToFixed(std::span<const float> row);
std::int32_t FixedDot(std::span<const std::int16_t> a, std::span<const std::int16_t> b);

}  // namespace magpie
