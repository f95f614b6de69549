#include "retrieval/lexical_kernels.h"

#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"  // of registers that g++ 12's header leaves undefined on purpose
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#endif

namespace magpie {
namespace {

constexpr std::size_t kWord = 64;  // documents of a word of a bitmap

inline std::uint64_t Admitted(const std::uint64_t* admitted, std::size_t base) {
  return admitted == nullptr ? ~std::uint64_t{0} : admitted[base / kWord];
}

// Writes the documents of the word at `base`; scores[64].
inline LexicalFound* Write(std::uint64_t places, std::size_t base, const std::uint16_t* scores, LexicalFound* found) {
  for (; places != 0; places &= places - 1) {
    const auto at = static_cast<std::size_t>(std::countr_zero(places));
    *found++ = {static_cast<std::uint16_t>(base + at), scores[at]};
  }
  return found;
}

std::size_t FindPlain(const std::uint16_t* counters, const DenseSum& dense, std::size_t begin, std::size_t end,
                      std::uint16_t least, const std::uint64_t* admitted, LexicalFound* found) {
  LexicalFound* out = found;
  for (std::size_t base = begin; base < end; base += kWord) {
    const std::uint64_t asked = Admitted(admitted, base);
    if (asked == 0) continue;
    std::uint16_t scores[kWord];
    for (std::size_t d = 0; d < kWord; ++d) scores[d] = counters[base + d];
    for (const std::uint8_t* list : dense.lists()) {
      for (std::size_t d = 0; d < kWord; ++d) scores[d] = static_cast<std::uint16_t>(scores[d] + list[base + d]);
    }
    std::uint64_t places = 0;
    for (std::size_t d = 0; d < kWord; ++d) places |= std::uint64_t{scores[d] >= least} << d;
    out = Write(places & asked, base, scores, out);
  }
  return static_cast<std::size_t>(out - found);
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) std::size_t FindAvx2(const std::uint16_t* counters, const DenseSum& dense,
                                                     std::size_t begin, std::size_t end, std::uint16_t least,
                                                     const std::uint64_t* admitted, LexicalFound* found) {
  const __m256i limit = _mm256_set1_epi16(static_cast<short>(least));
  const std::uint8_t* const* const lists = dense.lists().data();
  LexicalFound* out = found;
  for (std::size_t base = begin; base < end; base += kWord) {
    const std::uint64_t asked = Admitted(admitted, base);
    if (asked == 0) continue;
    const __m256i* const at = reinterpret_cast<const __m256i*>(counters + base);
    __m256i sums[4];
    for (int i = 0; i < 4; ++i) sums[i] = _mm256_loadu_si256(at + i);
    std::size_t l = 0;
    for (const std::size_t last : dense.ends()) {
      __m256i low = _mm256_setzero_si256(), high = low;
      for (; l < last; ++l) {
        const __m256i* const impacts = reinterpret_cast<const __m256i*>(lists[l] + base);
        low = _mm256_add_epi8(low, _mm256_loadu_si256(impacts));
        high = _mm256_add_epi8(high, _mm256_loadu_si256(impacts + 1));
      }
      sums[0] = _mm256_add_epi16(sums[0], _mm256_cvtepu8_epi16(_mm256_castsi256_si128(low)));
      sums[1] = _mm256_add_epi16(sums[1], _mm256_cvtepu8_epi16(_mm256_extracti128_si256(low, 1)));
      sums[2] = _mm256_add_epi16(sums[2], _mm256_cvtepu8_epi16(_mm256_castsi256_si128(high)));
      sums[3] = _mm256_add_epi16(sums[3], _mm256_cvtepu8_epi16(_mm256_extracti128_si256(high, 1)));
    }
    std::uint64_t places = 0;
    for (int half = 0; half < 2; ++half) {
      const __m256i a = sums[2 * half], b = sums[2 * half + 1];
      const __m256i a_found = _mm256_cmpeq_epi16(_mm256_max_epu16(a, limit), a);
      const __m256i b_found = _mm256_cmpeq_epi16(_mm256_max_epu16(b, limit), b);
      // Packing works by halves of 128 bits; the permutation puts the quarters in order.
      const __m256i both = _mm256_permute4x64_epi64(_mm256_packs_epi16(a_found, b_found), 0xD8);
      places |= std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(both))} << (half * 32);
    }
    places &= asked;
    if (places == 0) continue;
    alignas(32) std::uint16_t scores[kWord];
    for (int i = 0; i < 4; ++i) _mm256_store_si256(reinterpret_cast<__m256i*>(scores) + i, sums[i]);
    out = Write(places, base, scores, out);
  }
  return static_cast<std::size_t>(out - found);
}

// `kWords` words from `base` on: as many running sums as the registers hold, so that each list is read in longer pieces.
template <std::size_t kWords>
__attribute__((target("avx512f,avx512bw"))) inline LexicalFound* FindWordsAvx512(const std::uint16_t* counters,
                                                                                 const DenseSum& dense,
                                                                                 std::size_t base, __m512i limit,
                                                                                 const std::uint64_t* admitted,
                                                                                 LexicalFound* out) {
  const std::uint8_t* const* const lists = dense.lists().data();
  __m512i low[kWords], high[kWords];
#pragma GCC unroll 8
  for (std::size_t w = 0; w < kWords; ++w) {
    low[w] = _mm512_loadu_si512(counters + base + w * kWord);
    high[w] = _mm512_loadu_si512(counters + base + w * kWord + 32);
  }
  std::size_t l = 0;
  for (const std::size_t last : dense.ends()) {
    __m512i bytes[kWords];
#pragma GCC unroll 8
    for (std::size_t w = 0; w < kWords; ++w) bytes[w] = _mm512_setzero_si512();
    for (; l < last; ++l) {
      const std::uint8_t* const impacts = lists[l] + base;
#pragma GCC unroll 8
      for (std::size_t w = 0; w < kWords; ++w) {
        bytes[w] = _mm512_add_epi8(bytes[w], _mm512_loadu_si512(impacts + w * kWord));
      }
    }
#pragma GCC unroll 8
    for (std::size_t w = 0; w < kWords; ++w) {
      low[w] = _mm512_add_epi16(low[w], _mm512_cvtepu8_epi16(_mm512_castsi512_si256(bytes[w])));
      high[w] = _mm512_add_epi16(high[w], _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(bytes[w], 1)));
    }
  }
#pragma GCC unroll 8
  for (std::size_t w = 0; w < kWords; ++w) {
    const std::uint64_t low_found = _mm512_cmpge_epu16_mask(low[w], limit);
    const std::uint64_t high_found = _mm512_cmpge_epu16_mask(high[w], limit);
    const std::uint64_t places = (low_found | high_found << 32) & Admitted(admitted, base + w * kWord);
    if (places == 0) continue;
    alignas(64) std::uint16_t scores[kWord];
    _mm512_store_si512(scores, low[w]);
    _mm512_store_si512(scores + 32, high[w]);
    out = Write(places, base + w * kWord, scores, out);
  }
  return out;
}

__attribute__((target("avx512f,avx512bw"))) std::size_t FindAvx512(const std::uint16_t* counters, const DenseSum& dense,
                                                                   std::size_t begin, std::size_t end,
                                                                   std::uint16_t least, const std::uint64_t* admitted,
                                                                   LexicalFound* found) {
  constexpr std::size_t kWide = 8;
  const __m512i limit = _mm512_set1_epi16(static_cast<short>(least));
  LexicalFound* out = found;
  std::size_t base = begin;
  for (; base + kWide * kWord <= end; base += kWide * kWord) {
    out = FindWordsAvx512<kWide>(counters, dense, base, limit, admitted, out);
  }
  for (; base < end; base += kWord) {
    if (Admitted(admitted, base) != 0) out = FindWordsAvx512<1>(counters, dense, base, limit, admitted, out);
  }
  return static_cast<std::size_t>(out - found);
}

#endif

}  // namespace

FindDocuments FindDocumentsFor([[maybe_unused]] InstructionSet set) {
#if defined(__x86_64__)
  if (set >= InstructionSet::kAvx512) return FindAvx512;
  if (set >= InstructionSet::kV3) return FindAvx2;
#endif
  return FindPlain;
}

}  // namespace magpie
