#include "vector/accumulate.h"

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

}  // namespace magpie
