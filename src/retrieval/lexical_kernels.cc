#include "retrieval/lexical_kernels.h"

#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace magpie {
namespace {

constexpr std::size_t kWord = 64;  // documents of a word of a bitmap

inline std::size_t Write(std::uint64_t places, std::size_t base, std::uint16_t* found) {
  std::size_t written = 0;
  for (; places != 0; places &= places - 1) {
    found[written++] = static_cast<std::uint16_t>(base + static_cast<std::size_t>(std::countr_zero(places)));
  }
  return written;
}

void AddPlain(const std::uint8_t* const* lists, std::size_t list_count, std::uint16_t* counters, std::size_t count) {
  for (std::size_t l = 0; l < list_count; ++l) {
    for (std::size_t d = 0; d < count; ++d) counters[d] = static_cast<std::uint16_t>(counters[d] + lists[l][d]);
  }
}

std::size_t FindPlain(const std::uint16_t* counters, std::size_t count, std::uint16_t least,
                      const std::uint64_t* admitted, std::uint16_t* found) {
  std::size_t written = 0;
  for (std::size_t base = 0; base < count; base += kWord) {
    const std::uint64_t asked = admitted == nullptr ? ~std::uint64_t{0} : admitted[base / kWord];
    if (asked == 0) continue;
    std::uint64_t places = 0;
    for (std::size_t d = 0; d < kWord; ++d) places |= std::uint64_t{counters[base + d] >= least} << d;
    written += Write(places & asked, base, found + written);
  }
  return written;
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) void AddAvx2(const std::uint8_t* const* lists, std::size_t list_count,
                                             std::uint16_t* counters, std::size_t count) {
  for (std::size_t d = 0; d < count; d += 32) {
    __m256i* const low = reinterpret_cast<__m256i*>(counters + d);
    __m256i* const high = low + 1;
    __m256i a = _mm256_loadu_si256(low), b = _mm256_loadu_si256(high);
    for (std::size_t l = 0; l < list_count; ++l) {
      const __m128i* const impacts = reinterpret_cast<const __m128i*>(lists[l] + d);
      a = _mm256_add_epi16(a, _mm256_cvtepu8_epi16(_mm_loadu_si128(impacts)));
      b = _mm256_add_epi16(b, _mm256_cvtepu8_epi16(_mm_loadu_si128(impacts + 1)));
    }
    _mm256_storeu_si256(low, a);
    _mm256_storeu_si256(high, b);
  }
}

__attribute__((target("avx2"))) std::size_t FindAvx2(const std::uint16_t* counters, std::size_t count,
                                                     std::uint16_t least, const std::uint64_t* admitted,
                                                     std::uint16_t* found) {
  const __m256i limit = _mm256_set1_epi16(static_cast<short>(least));
  std::size_t written = 0;
  for (std::size_t base = 0; base < count; base += kWord) {
    const std::uint64_t asked = admitted == nullptr ? ~std::uint64_t{0} : admitted[base / kWord];
    if (asked == 0) continue;
    std::uint64_t places = 0;
    for (std::size_t half = 0; half < 2; ++half) {
      const __m256i* const at = reinterpret_cast<const __m256i*>(counters + base + half * 32);
      const __m256i a = _mm256_loadu_si256(at), b = _mm256_loadu_si256(at + 1);
      const __m256i a_found = _mm256_cmpeq_epi16(_mm256_max_epu16(a, limit), a);
      const __m256i b_found = _mm256_cmpeq_epi16(_mm256_max_epu16(b, limit), b);
      // Packing works by halves of 128 bits; the permutation puts the quarters in order.
      const __m256i both = _mm256_permute4x64_epi64(_mm256_packs_epi16(a_found, b_found), 0xD8);
      places |= std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(both))} << (half * 32);
    }
    written += Write(places & asked, base, found + written);
  }
  return written;
}

__attribute__((target("avx512f,avx512bw"))) void AddAvx512(const std::uint8_t* const* lists, std::size_t list_count,
                                                           std::uint16_t* counters, std::size_t count) {
  for (std::size_t d = 0; d < count; d += 64) {
    __m512i a = _mm512_loadu_si512(counters + d), b = _mm512_loadu_si512(counters + d + 32);
    for (std::size_t l = 0; l < list_count; ++l) {
      const __m256i* const impacts = reinterpret_cast<const __m256i*>(lists[l] + d);
      a = _mm512_add_epi16(a, _mm512_cvtepu8_epi16(_mm256_loadu_si256(impacts)));
      b = _mm512_add_epi16(b, _mm512_cvtepu8_epi16(_mm256_loadu_si256(impacts + 1)));
    }
    _mm512_storeu_si512(counters + d, a);
    _mm512_storeu_si512(counters + d + 32, b);
  }
}

__attribute__((target("avx512f,avx512bw"))) std::size_t FindAvx512(const std::uint16_t* counters, std::size_t count,
                                                                   std::uint16_t least, const std::uint64_t* admitted,
                                                                   std::uint16_t* found) {
  const __m512i limit = _mm512_set1_epi16(static_cast<short>(least));
  std::size_t written = 0;
  for (std::size_t base = 0; base < count; base += kWord) {
    const std::uint64_t asked = admitted == nullptr ? ~std::uint64_t{0} : admitted[base / kWord];
    if (asked == 0) continue;
    const std::uint64_t low = _mm512_cmpge_epu16_mask(_mm512_loadu_si512(counters + base), limit);
    const std::uint64_t high = _mm512_cmpge_epu16_mask(_mm512_loadu_si512(counters + base + 32), limit);
    written += Write((low | high << 32) & asked, base, found + written);
  }
  return written;
}

#endif

}  // namespace

const LexicalKernels& LexicalKernelsFor([[maybe_unused]] InstructionSet set) {
#if defined(__x86_64__)
  static constexpr LexicalKernels kAvx512Kernels = {AddAvx512, FindAvx512}, kAvx2Kernels = {AddAvx2, FindAvx2};
  if (set >= InstructionSet::kAvx512) return kAvx512Kernels;
  if (set >= InstructionSet::kV3) return kAvx2Kernels;
#endif
  static constexpr LexicalKernels kPlainKernels = {AddPlain, FindPlain};
  return kPlainKernels;
}

}  // namespace magpie
