#include "vector/accumulate.h"

#include <algorithm>
#include <cmath>
#include <limits>

// One clone for each instruction set, chosen when the program starts; sanitizers cannot run that early.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define MAGPIE_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MAGPIE_CLONES
#endif

namespace magpie {

MAGPIE_CLONES void Accumulate(const std::int8_t* __restrict row, float weight, std::size_t n, float* __restrict sum) {
  for (std::size_t j = 0; j < n; ++j) sum[j] += weight * static_cast<float>(row[j]);
}

namespace {

constexpr std::size_t kLanes = 8;  // one sum would wait for each addition

MAGPIE_CLONES double SumOfSquares(const float* row, std::size_t n) {
  double sums[kLanes] = {};
  std::size_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double value = row[j + lane];
      sums[lane] += value * value;
    }
  }
  for (; j < n; ++j) sums[j % kLanes] += static_cast<double>(row[j]) * row[j];
  double sum = 0;
  for (double lane : sums) sum += lane;
  return sum;
}

MAGPIE_CLONES void Scale(float factor, std::size_t n, float* row) {
  for (std::size_t j = 0; j < n; ++j) row[j] *= factor;
}

}  // namespace

void Normalize(std::size_t n, float* row) {
  const double squares = SumOfSquares(row, n);
  if (squares <= std::numeric_limits<float>::min()) {
    std::fill_n(row, n, 0.0f);
  } else {
    Scale(static_cast<float>(1.0 / std::sqrt(squares)), n, row);
  }
}

}  // namespace magpie
