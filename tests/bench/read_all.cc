#include "bench/read_all.h"

namespace magpie::bench {

std::int64_t ReadAll(const std::uint8_t* at, std::int64_t bytes) {
  typedef std::int64_t Words __attribute__((vector_size(64), may_alias));
  Words sums[8] = {};
  for (std::int64_t i = 0; i + 512 <= bytes; i += 512) {
    for (int k = 0; k < 8; ++k) sums[k] += *reinterpret_cast<const Words*>(at + i + k * 64);
  }
  std::int64_t sum = 0;
  for (const Words& one : sums) {
    for (int lane = 0; lane < 8; ++lane) sum += one[lane];
  }
  return sum;
}

}  // namespace magpie::bench
