// The kernels themselves (kernels.h), written over vectors of the width that the compiler's flags allow and compiled once for
// each instruction set: kernels_*.cc define MAGPIE_KERNEL_TABLE and include this file, which is no header otherwise.
// MAGPIE_PLAIN_KERNELS keeps to what every compiler's own vectors can do, whatever the processor.
#if defined(__x86_64__) && !defined(MAGPIE_PLAIN_KERNELS)
#include <immintrin.h>
#endif

#include <cstdint>

#include "retrieval/kernels.h"

namespace magpie {
namespace {

#if defined(MAGPIE_PLAIN_KERNELS) || !defined(__AVX2__)
constexpr int kBytes = 16;
constexpr int kFloatQueries = 6, kFloatVectors = 2, kCodeQueries = 4, kCodeVectors = 2;
#elif !defined(__AVX512F__)
constexpr int kBytes = 32;
constexpr int kFloatQueries = 6, kFloatVectors = 2, kCodeQueries = 4, kCodeVectors = 2;
#elif !defined(__AVX512VNNI__)
constexpr int kBytes = 64;
constexpr int kFloatQueries = 8, kFloatVectors = 3, kCodeQueries = 8, kCodeVectors = 2;
#else
#define MAGPIE_VNNI
constexpr int kBytes = 64;
constexpr int kFloatQueries = 8, kFloatVectors = 3, kCodeQueries = 8, kCodeVectors = 3;
#endif
constexpr int kLanes = kBytes / 4;  // of 32 bits
constexpr int kFloatRows = kFloatVectors * kLanes;
constexpr int kPanelBytes = kPanelRows * kQuad;  // of one quad
constexpr int kCodePanels = kBytes == kPanelBytes ? kCodeVectors : 1;
constexpr int kPanelVectors = kPanelRows / kLanes;

typedef float Floats __attribute__((vector_size(kBytes), aligned(4), may_alias));
typedef std::int32_t Ints __attribute__((vector_size(kBytes), aligned(1), may_alias));
typedef std::uint16_t Shorts __attribute__((vector_size(kBytes), aligned(1), may_alias));
typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));
typedef double FourDoubles __attribute__((vector_size(32)));
typedef std::int32_t Order __attribute__((vector_size(16)));
typedef std::int32_t Word __attribute__((aligned(1), may_alias));  // two fixed components or four codes

inline __attribute__((always_inline)) Ints Load(const void* at) {
  return *static_cast<const Ints*>(at);
}

inline __attribute__((always_inline)) Ints Spread(const void* word) {
  return Ints{} + *static_cast<const Word*>(word);
}

// A bit for each lane of `values` that is not below `least`.
inline __attribute__((always_inline)) unsigned NotBelow(Floats values, float least) {
#if defined(MAGPIE_PLAIN_KERNELS) || !defined(__SSE2__)
  const Ints is = values >= least;
  unsigned mask = 0;
  for (int lane = 0; lane < kLanes; ++lane) mask |= static_cast<unsigned>(is[lane] & 1) << lane;
  return mask;
#elif defined(__AVX512F__)
  return _mm512_cmp_ps_mask(reinterpret_cast<__m512>(values), _mm512_set1_ps(least), _CMP_GE_OQ);
#elif defined(__AVX2__)
  return static_cast<unsigned>(
      _mm256_movemask_ps(_mm256_cmp_ps(reinterpret_cast<__m256>(values), _mm256_set1_ps(least), _CMP_GE_OQ)));
#else
  return static_cast<unsigned>(_mm_movemask_ps(_mm_cmpge_ps(reinterpret_cast<__m128>(values), _mm_set1_ps(least))));
#endif
}

// sums += a[2i] * b[2i] + a[2i + 1] * b[2i + 1], 16-bit factors with their sign.
inline __attribute__((always_inline)) void AddPairs(Ints& sums, Ints a, Ints b) {
#if defined(MAGPIE_PLAIN_KERNELS) || !defined(__SSE2__)
  sums += ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);
#elif defined(MAGPIE_VNNI)
  asm("vpdpwssd %2, %1, %0" : "+v"(sums) : "v"(a), "v"(b));  // g++ 12 copies the sums that an intrinsic adds to
#elif defined(__AVX512F__)
  sums += reinterpret_cast<Ints>(_mm512_madd_epi16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif defined(__AVX2__)
  sums += reinterpret_cast<Ints>(_mm256_madd_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#else
  sums += reinterpret_cast<Ints>(_mm_madd_epi16(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#endif
}

// One quad of a vector of rows, of a query (as PackCodeQueries wrote it), and the sum of their products lane by lane.
#if defined(MAGPIE_VNNI)
constexpr int kQueryBytes = 4;
typedef Ints RowQuad;
typedef Ints QueryQuad;
inline __attribute__((always_inline)) RowQuad LoadRows(const std::uint8_t* codes) {
  return Load(codes);
}
inline __attribute__((always_inline)) QueryQuad SpreadQuery(const std::int8_t* query) {
  return Spread(query);
}
inline __attribute__((always_inline)) void AddQuad(Ints& sums, RowQuad rows, QueryQuad query) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(rows), "v"(query));
}
#else
constexpr int kQueryBytes = 8;
struct RowQuad {
  Ints even, odd;  // components 0 and 2, 1 and 3, as 16 bits
};
typedef RowQuad QueryQuad;
inline __attribute__((always_inline)) RowQuad LoadRows(const std::uint8_t* codes) {
  const Ints all = Load(codes);
  return {all & 0x00FF00FF, reinterpret_cast<Ints>(reinterpret_cast<Shorts>(all) >> 8)};
}
inline __attribute__((always_inline)) QueryQuad SpreadQuery(const std::int8_t* query) {
  return {Spread(query), Spread(query + 4)};
}
inline __attribute__((always_inline)) void AddQuad(Ints& sums, RowQuad rows, QueryQuad query) {
  AddPairs(sums, rows.even, query.even);
  AddPairs(sums, rows.odd, query.odd);
}
#endif

// Writes the lanes of `values` that are not below `least`, lane 0 being row `row`.
inline __attribute__((always_inline)) int WriteHits(Floats values, float least, int query, int row, TileHit* hits) {
  unsigned mask = NotBelow(values, least);
  if (__builtin_expect(mask == 0, 1)) return 0;
  float lanes[kLanes];
  __builtin_memcpy(lanes, &values, sizeof lanes);
  int count = 0;
  for (; mask != 0; mask &= mask - 1) {
    const int lane = __builtin_ctz(mask);
    hits[count++] = {query, row + lane, lanes[lane]};
  }
  return count;
}

// Apart from the search for hits, whose branches would cost the loop its registers.
__attribute__((noinline)) void FloatSums(const float* queries, const float* rows, std::int64_t dimension,
                                         Floats out[kFloatQueries][kFloatVectors]) {
  Floats sums[kFloatQueries][kFloatVectors];
#pragma GCC unroll 16
  for (int q = 0; q < kFloatQueries; ++q) {
#pragma GCC unroll 16
    for (int v = 0; v < kFloatVectors; ++v) sums[q][v] = Floats{};
  }
  for (std::int64_t j = 0; j < dimension; ++j) {
    Floats row[kFloatVectors];
#pragma GCC unroll 16
    for (int v = 0; v < kFloatVectors; ++v)
      row[v] = *reinterpret_cast<const Floats*>(rows + j * kFloatRows + v * kLanes);
#pragma GCC unroll 16
    for (int q = 0; q < kFloatQueries; ++q) {
      const float component = queries[j * kFloatQueries + q];
#pragma GCC unroll 16
      for (int v = 0; v < kFloatVectors; ++v) sums[q][v] += component * row[v];
    }
  }
#pragma GCC unroll 16
  for (int q = 0; q < kFloatQueries; ++q) {
#pragma GCC unroll 16
    for (int v = 0; v < kFloatVectors; ++v) out[q][v] = sums[q][v];
  }
}

int FloatTile(const float* queries, const float* rows, std::int64_t dimension, const float* least, TileHit* hits) {
  Floats sums[kFloatQueries][kFloatVectors];
  FloatSums(queries, rows, dimension, sums);
  int count = 0;
  for (int q = 0; q < kFloatQueries; ++q) {
    Floats best = sums[q][0];
#pragma GCC unroll 16
    for (int v = 1; v < kFloatVectors; ++v) best = best > sums[q][v] ? best : sums[q][v];
    if (__builtin_expect(NotBelow(best, least[q]) == 0, 1)) continue;
#pragma GCC unroll 16
    for (int v = 0; v < kFloatVectors; ++v) count += WriteHits(sums[q][v], least[q], q, v * kLanes, hits + count);
  }
  return count;
}

// The i-th components of all four rows become line[i].
inline __attribute__((always_inline)) void Transpose(Four line[4]) {
  const Four low01 = __builtin_shuffle(line[0], line[1], Order{0, 4, 1, 5});
  const Four low23 = __builtin_shuffle(line[2], line[3], Order{0, 4, 1, 5});
  const Four high01 = __builtin_shuffle(line[0], line[1], Order{2, 6, 3, 7});
  const Four high23 = __builtin_shuffle(line[2], line[3], Order{2, 6, 3, 7});
  line[0] = __builtin_shuffle(low01, low23, Order{0, 1, 4, 5});
  line[1] = __builtin_shuffle(low01, low23, Order{2, 3, 6, 7});
  line[2] = __builtin_shuffle(high01, high23, Order{0, 1, 4, 5});
  line[3] = __builtin_shuffle(high01, high23, Order{2, 3, 6, 7});
}

void PackFloats(const float* rows, std::int64_t count, std::int64_t dimension, std::int64_t width, float* packed) {
  std::int64_t r = 0;
  for (; r + 4 <= count; r += 4) {
    const float* row = rows + r * dimension;
    std::int64_t j = 0;
    for (; j + 4 <= dimension; j += 4) {
      Four line[4];
      for (int i = 0; i < 4; ++i) line[i] = *reinterpret_cast<const Four*>(row + i * dimension + j);
      Transpose(line);
      for (int i = 0; i < 4; ++i) *reinterpret_cast<Four*>(packed + (j + i) * width + r) = line[i];
    }
    for (; j < dimension; ++j) {
      for (int i = 0; i < 4; ++i) packed[j * width + r + i] = row[i * dimension + j];
    }
  }
  for (; r < width; ++r) {
    for (std::int64_t j = 0; j < dimension; ++j) packed[j * width + r] = r < count ? rows[r * dimension + j] : 0.0f;
  }
}

// sums += component * line, every product exact.
inline __attribute__((always_inline)) void AddProducts(FourDoubles& sums, const Four& component, const Four& line) {
#if !defined(MAGPIE_PLAIN_KERNELS) && defined(__AVX2__)
  sums += reinterpret_cast<FourDoubles>(_mm256_cvtps_pd(reinterpret_cast<__m128>(component))) *
          reinterpret_cast<FourDoubles>(_mm256_cvtps_pd(reinterpret_cast<__m128>(line)));
#else
  sums += __builtin_convertvector(component, FourDoubles) * __builtin_convertvector(line, FourDoubles);
#endif
}

// Four rows in a vector, and groups of four side by side, since each sum waits for its last addition.
template <int kGroups>
inline __attribute__((always_inline)) void ExactGroups(const float* query, const float* const* rows,
                                                       std::int64_t dimension, double* scores) {
  FourDoubles sums[kGroups];
#pragma GCC unroll 16
  for (int g = 0; g < kGroups; ++g) sums[g] = FourDoubles{};
  std::int64_t j = 0;
  for (; j + 4 <= dimension; j += 4) {
#pragma GCC unroll 16
    for (int g = 0; g < kGroups; ++g) {
      Four line[4];
#pragma GCC unroll 16
      for (int r = 0; r < 4; ++r) line[r] = *reinterpret_cast<const Four*>(rows[g * 4 + r] + j);
      Transpose(line);
#pragma GCC unroll 16
      for (int i = 0; i < 4; ++i) {
        const float component = query[j + i];
        AddProducts(sums[g], Four{component, component, component, component}, line[i]);
      }
    }
  }
#pragma GCC unroll 16
  for (int g = 0; g < kGroups; ++g) __builtin_memcpy(scores + g * 4, &sums[g], sizeof sums[g]);
  for (; j < dimension; ++j) {
    for (int r = 0; r < kGroups * 4; ++r) scores[r] += static_cast<double>(query[j]) * rows[r][j];
  }
}

void ExactDots(const float* query, const float* const* rows, std::int64_t count, std::int64_t dimension,
               double* scores) {
  std::int64_t i = 0;
  for (; i + 12 <= count; i += 12) ExactGroups<3>(query, rows + i, dimension, scores + i);
  while (i < count) {
    const std::int64_t here = count - i < 8 ? count - i : 8;
    const float* some[8];
    double of_some[8];
    for (std::int64_t r = 0; r < 8; ++r) some[r] = rows[i + (r < here ? r : 0)];
    if (here <= 4) {
      ExactGroups<1>(query, some, dimension, of_some);
    } else {
      ExactGroups<2>(query, some, dimension, of_some);
    }
    for (std::int64_t r = 0; r < here; ++r) scores[i + r] = of_some[r];
    i += here;
  }
}

void PackCodeQueries(const std::int8_t* queries, std::int64_t count, std::int64_t quads, std::int64_t width,
                     std::int8_t* packed) {
  for (std::int64_t j = 0; j < quads; ++j) {
    for (std::int64_t q = 0; q < width; ++q) {
      std::int8_t* out = packed + (j * width + q) * kQueryBytes;
      const std::int8_t* quad = queries + (q * quads + j) * kQuad;
      for (int i = 0; i < kQuad; ++i) {
        const std::int8_t code = q < count ? quad[i] : std::int8_t{0};
#if defined(MAGPIE_VNNI)
        out[i] = code;
#else
        const std::int16_t wide = code;  // order 0, 2, 1, 3
        __builtin_memcpy(out + (i % 2 * 2 + i / 2) * 2, &wide, sizeof wide);
#endif
      }
    }
  }
}

// Whole-number products of kCodeVectors vectors of rows, `stride` bytes apart, with all queries of a panel. Apart from the
// search for hits as FloatSums is: g++ 12 would copy sums about inside the loop.
__attribute__((noinline)) void CodeSums(const std::int8_t* queries, const std::int32_t* offsets,
                                        const std::uint8_t* rows, std::int64_t stride, std::int64_t quads,
                                        Ints out[kCodeQueries][kCodeVectors]) {
  Ints sums[kCodeQueries][kCodeVectors];
#pragma GCC unroll 16
  for (int q = 0; q < kCodeQueries; ++q) {
#pragma GCC unroll 16
    for (int v = 0; v < kCodeVectors; ++v) sums[q][v] = Ints{} + offsets[q];
  }
  for (std::int64_t j = 0; j < quads; ++j, rows += kPanelBytes, queries += kCodeQueries * kQueryBytes) {
    RowQuad row[kCodeVectors];
#pragma GCC unroll 16
    for (int v = 0; v < kCodeVectors; ++v) row[v] = LoadRows(rows + v * stride);
#pragma GCC unroll 16
    for (int q = 0; q < kCodeQueries; ++q) {
      const QueryQuad quad = SpreadQuery(queries + q * kQueryBytes);
#pragma GCC unroll 16
      for (int v = 0; v < kCodeVectors; ++v) AddQuad(sums[q][v], row[v], quad);
    }
  }
#pragma GCC unroll 16
  for (int q = 0; q < kCodeQueries; ++q) {
#pragma GCC unroll 16
    for (int v = 0; v < kCodeVectors; ++v) out[q][v] = sums[q][v];
  }
}

int CodeTile(const std::int8_t* queries, const std::int32_t* offsets, const std::uint8_t* rows, const float* scales,
             std::int64_t quads, const float* least, TileHit* hits) {
  const std::int64_t stride = kBytes == kPanelBytes ? quads * kPanelBytes : kBytes;  // from vector to vector
  int count = 0;
  for (int first = 0; first < kCodePanels * kPanelRows; first += kCodeVectors * kLanes) {
    Ints sums[kCodeQueries][kCodeVectors];
    CodeSums(queries, offsets, rows + first * kQuad, stride, quads, sums);
    Floats scale[kCodeVectors];
#pragma GCC unroll 16
    for (int v = 0; v < kCodeVectors; ++v) scale[v] = *reinterpret_cast<const Floats*>(scales + first + v * kLanes);
    for (int q = 0; q < kCodeQueries; ++q) {
      Floats values[kCodeVectors];
#pragma GCC unroll 16
      for (int v = 0; v < kCodeVectors; ++v) values[v] = __builtin_convertvector(sums[q][v], Floats) * scale[v];
      Floats best = values[0];
#pragma GCC unroll 16
      for (int v = 1; v < kCodeVectors; ++v) best = best > values[v] ? best : values[v];
      if (__builtin_expect(NotBelow(best, least[q]) == 0, 1)) continue;
#pragma GCC unroll 16
      for (int v = 0; v < kCodeVectors; ++v) {
        count += WriteHits(values[v], least[q], q, first + v * kLanes, hits + count);
      }
    }
  }
  return count;
}

void CodePeaks(const std::int8_t* queries, const std::int32_t* offsets, const std::uint8_t* rows, const float* scales,
               std::int64_t quads, float* peaks) {
  constexpr int kTileRows = kCodePanels * kPanelRows;
  const std::int64_t stride = kBytes == kPanelBytes ? quads * kPanelBytes : kBytes;
  for (int first = 0; first < kTileRows; first += kCodeVectors * kLanes) {
    Ints sums[kCodeQueries][kCodeVectors];
    CodeSums(queries, offsets, rows + first * kQuad, stride, quads, sums);
    for (int q = 0; q < kCodeQueries; ++q) {
      for (int v = 0; v < kCodeVectors; ++v) {
        const int row = first + v * kLanes;
        Floats& peak = *reinterpret_cast<Floats*>(peaks + q * kTileRows + row);
        const Floats values =
            __builtin_convertvector(sums[q][v], Floats) * *reinterpret_cast<const Floats*>(scales + row);
        peak = peak > values ? peak : values;
      }
    }
  }
}

std::int64_t CodeScan(const std::int8_t* query, std::int32_t offset, const std::uint8_t* panels, const float* scales,
                      std::int64_t quads, std::int64_t first, std::int64_t last, float least, TileHit* hits,
                      int* hit_count) {
  constexpr int kAtOnce = 8 / kPanelVectors;  // quads, each with a sum of its own: one sum would wait for each product
  int count = 0;
  std::int64_t panel = first;
  for (; panel < last && count == 0; ++panel) {
    const std::uint8_t* at = panels + panel * quads * kPanelBytes;
    Ints sums[kPanelVectors][kAtOnce];
#pragma GCC unroll 16
    for (int v = 0; v < kPanelVectors; ++v) {
#pragma GCC unroll 16
      for (int i = 0; i < kAtOnce; ++i) sums[v][i] = Ints{};
    }
    std::int64_t j = 0;
    for (; j + kAtOnce <= quads; j += kAtOnce, at += kAtOnce * kPanelBytes) {
#pragma GCC unroll 16
      for (int i = 0; i < kAtOnce; ++i) {
        const QueryQuad quad = SpreadQuery(query + (j + i) * kQueryBytes);
#pragma GCC unroll 16
        for (int v = 0; v < kPanelVectors; ++v) AddQuad(sums[v][i], LoadRows(at + i * kPanelBytes + v * kBytes), quad);
      }
    }
    for (; j < quads; ++j, at += kPanelBytes) {
      const QueryQuad quad = SpreadQuery(query + j * kQueryBytes);
#pragma GCC unroll 16
      for (int v = 0; v < kPanelVectors; ++v) AddQuad(sums[v][0], LoadRows(at + v * kBytes), quad);
    }
#pragma GCC unroll 16
    for (int v = 0; v < kPanelVectors; ++v) {
      Ints sum = sums[v][0] + offset;
#pragma GCC unroll 16
      for (int i = 1; i < kAtOnce; ++i) sum += sums[v][i];
      const Floats values = __builtin_convertvector(sum, Floats) *
                            *reinterpret_cast<const Floats*>(scales + panel * kPanelRows + v * kLanes);
      count += WriteHits(values, least, 0, v * kLanes, hits + count);
    }
  }
  *hit_count = count;
  return panel;
}

// The sums of four vectors' lanes.
inline __attribute__((always_inline)) void SumLanes(Ints a, Ints b, Ints c, Ints d, std::int32_t* out) {
#if !defined(MAGPIE_PLAIN_KERNELS) && defined(__AVX512F__)
  const auto both = [](Ints x, Ints y) {
    return _mm512_add_epi32(_mm512_unpacklo_epi32(reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(y)),
                            _mm512_unpackhi_epi32(reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(y)));
  };
  const __m512i first = both(a, b), second = both(c, d);
  const __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(first, second), _mm512_unpackhi_epi64(first, second));
  const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                   _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1)));
#elif !defined(MAGPIE_PLAIN_KERNELS) && defined(__AVX2__)
  const auto both = [](Ints x, Ints y) {
    return _mm256_hadd_epi32(reinterpret_cast<__m256i>(x), reinterpret_cast<__m256i>(y));
  };
  const __m256i all = _mm256_hadd_epi32(both(a, b), both(c, d));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                   _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1)));
#else
  for (int i = 0; i < 4; ++i) out[i] = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    out[0] += a[lane];
    out[1] += b[lane];
    out[2] += c[lane];
    out[3] += d[lane];
  }
#endif
}

// Four rows with some queries; the components by whole vectors, the last ones one by one.
template <int queries_at_once>
inline __attribute__((always_inline)) void FourRows(const std::int16_t* const* queries, const std::int16_t* const* rows,
                                                    std::int64_t dimension, std::int32_t* const* dots) {
  constexpr int kShorts = kBytes / 2;
  Ints sums[queries_at_once][4];
#pragma GCC unroll 4
  for (int q = 0; q < queries_at_once; ++q) {
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) sums[q][r] = Ints{};
  }
  std::int64_t j = 0;
  for (; j + kShorts <= dimension; j += kShorts) {
    const Ints row0 = Load(rows[0] + j), row1 = Load(rows[1] + j), row2 = Load(rows[2] + j), row3 = Load(rows[3] + j);
#pragma GCC unroll 4
    for (int q = 0; q < queries_at_once; ++q) {
      const Ints query = Load(queries[q] + j);
      AddPairs(sums[q][0], row0, query);
      AddPairs(sums[q][1], row1, query);
      AddPairs(sums[q][2], row2, query);
      AddPairs(sums[q][3], row3, query);
    }
  }
#pragma GCC unroll 4
  for (int q = 0; q < queries_at_once; ++q) {
    SumLanes(sums[q][0], sums[q][1], sums[q][2], sums[q][3], dots[q]);
    for (std::int64_t k = j; k < dimension; ++k) {
      for (int r = 0; r < 4; ++r) dots[q][r] += static_cast<std::int32_t>(queries[q][k]) * rows[r][k];
    }
  }
}

// The queries from `*q` on by so many, against the rows from i on.
template <int queries_at_once>
inline __attribute__((always_inline)) void PassFour(const std::int16_t* const* queries, int query_count,
                                                    const std::int16_t* const* rows, std::int64_t i,
                                                    std::int64_t dimension, std::int32_t* const* dots, int* q) {
  for (; *q + queries_at_once <= query_count; *q += queries_at_once) {
    std::int32_t* out[queries_at_once];
    for (int k = 0; k < queries_at_once; ++k) out[k] = dots[*q + k] + i;
    FourRows<queries_at_once>(queries + *q, rows + i, dimension, out);
  }
}

void FixedBlock(const std::int16_t* const* queries, int query_count, const std::int16_t* const* rows,
                std::int64_t count, std::int64_t dimension, std::int32_t* const* dots) {
  for (std::int64_t i = 0; i + 4 <= count; i += 4) {
    int q = 0;
    // As many at once as there are registers for the sums.
    if constexpr (kBytes == 64) PassFour<kFixedQueries>(queries, query_count, rows, i, dimension, dots, &q);
    PassFour<2>(queries, query_count, rows, i, dimension, dots, &q);
    PassFour<1>(queries, query_count, rows, i, dimension, dots, &q);
  }
  if (const std::int64_t left = count % 4; left > 0) {
    const std::int16_t* last[4];
    for (int r = 0; r < 4; ++r) last[r] = rows[count - left + (r < left ? r : 0)];
    for (int q = 0; q < query_count; ++q) {
      std::int32_t four[4];
      std::int32_t* out[1] = {four};
      FourRows<1>(queries + q, last, dimension, out);
      for (std::int64_t r = 0; r < left; ++r) dots[q][count - left + r] = four[r];
    }
  }
}

void FixedRows(const std::int16_t* query, const std::int16_t* rows, std::int64_t count, std::int64_t dimension,
               std::int32_t* dots) {
  constexpr int kShorts = kBytes / 2;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int16_t* row = rows + i * dimension;
    Ints sums[2] = {};
    std::int64_t j = 0;
    for (; j + 2 * kShorts <= dimension; j += 2 * kShorts) {
      AddPairs(sums[0], Load(query + j), Load(row + j));
      AddPairs(sums[1], Load(query + j + kShorts), Load(row + j + kShorts));
    }
    std::int32_t lanes[kLanes], sum = 0;
    sums[0] += sums[1];
    __builtin_memcpy(lanes, &sums[0], sizeof lanes);
    for (int lane = 0; lane < kLanes; ++lane) sum += lanes[lane];
    for (; j < dimension; ++j) sum += static_cast<std::int32_t>(query[j]) * row[j];
    dots[i] = sum;
  }
}

void RoundFixed(const float* row, std::int64_t dimension, float one, std::int16_t* fixed) {
  constexpr float kNoFraction = 1.5f * (1 << 23);  // added and taken away: rounds to the nearest even, without a call
  for (std::int64_t j = 0; j < dimension; ++j) {
    const float number = row[j] == row[j] ? row[j] : 0.0f;
    const float component = number > 1.0f ? 1.0f : number < -1.0f ? -1.0f : number;
    fixed[j] = static_cast<std::int16_t>(static_cast<std::int32_t>((component * one + kNoFraction) - kNoFraction));
  }
}

}  // namespace

extern const Kernels MAGPIE_KERNEL_TABLE;
const Kernels MAGPIE_KERNEL_TABLE = {kFloatQueries, kFloatRows,  FloatTile,   PackFloats,      ExactDots,
                                     kCodeQueries,  kCodePanels, kQueryBytes, PackCodeQueries, CodeTile,
                                     CodePeaks,     CodeScan,    FixedBlock,  FixedRows,       RoundFixed};

}  // namespace magpie
