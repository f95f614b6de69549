// The inner loops over vectors, once for each instruction set.
//
// kernel_source.h holds them as plain functions over pointers; each kernels_*.cc compiles that source with the flags of its
// set and fills one table. Nothing inline of another library stands in it: a copy made for a wide set could be linked into
// code that runs anywhere.
// Panels   operands lie packed so that a loop reads them in order:
//          floats  packed[j * width + r]: component j of row r of a panel of `width` rows; a query panel likewise.
//          codes   [panel][quad][16 rows][4 components], one byte a component, 128 added (so that it is never negative).
// Answers  code and fixed sums are whole numbers, the same on every set. Float sums are not: they only pick out what
//          ExactDots then computes in one order.
#pragma once

#include <cstdint>

namespace magpie {

enum class InstructionSet : std::
    uint8_t;  // magpie/base/instruction_set.h, which the kernels themselves must not include

constexpr int kPanelRows = 16;    // of codes
constexpr int kQuad = 4;          // components that a code panel keeps together
constexpr int kCodeZero = 128;    // added to a code, so that it is never negative
constexpr int kFixedQueries = 4;  // that one pass over fixed rows compares

// One product that is not below what its query asks for.
struct TileHit {
  std::int32_t query = 0;  // of the panel
  std::int32_t row = 0;    // of the panel or panels
  float value = 0;
};

struct Kernels {
  // Products of one query panel with one panel of rows, float sums in some order. least[float_queries]; at most
  // float_queries * float_rows hits. Returns their number.
  int float_queries, float_rows;
  int (*float_tile)(const float* queries, const float* rows, std::int64_t dimension, const float* least, TileHit* hits);
  // packed[j * width + r] = rows[r * dimension + j] for count <= width rows; the rest is zero.
  void (*pack_floats)(const float* rows, std::int64_t count, std::int64_t dimension, std::int64_t width, float* packed);

  // scores[i] = the sum in double, component by component, of query * rows[i].
  void (*exact_dots)(const float* query, const float* const* rows, std::int64_t count, std::int64_t dimension,
                     double* scores);

  // Codes: value = scales[row] * the whole-number dot product. `queries` as pack_code_queries writes them, for
  // code_queries rows of 4 * quads codes: code_query_bytes a quad and query, 8 at most. offsets[q] = -128 * the sum of q's codes.
  // code_tile compares code_panels panels at once, scales[code_panels * 16]; code_peaks raises peaks[q * code_panels * 16 + i]
  // to query q's value with row i of them, where that is larger; code_scan compares one query (packed with width 1)
  // with panels [first, last) until one has a hit: it returns the panel after it, or last.
  int code_queries, code_panels, code_query_bytes;
  void (*pack_code_queries)(const std::int8_t* queries, std::int64_t count, std::int64_t quads, std::int64_t width,
                            std::int8_t* packed);
  int (*code_tile)(const std::int8_t* queries, const std::int32_t* offsets, const std::uint8_t* rows,
                   const float* scales, std::int64_t quads, const float* least, TileHit* hits);
  void (*code_peaks)(const std::int8_t* queries, const std::int32_t* offsets, const std::uint8_t* rows,
                     const float* scales, std::int64_t quads, float* peaks);
  std::int64_t (*code_scan)(const std::int8_t* query, std::int32_t offset, const std::uint8_t* panels,
                            const float* scales, std::int64_t quads, std::int64_t first, std::int64_t last, float least,
                            TileHit* hits, int* hit_count);

  // dots[q][i] of at most kFixedQueries queries (cheapest for as many) with count rows, wherever they lie.
  void (*fixed_block)(const std::int16_t* const* queries, int query_count, const std::int16_t* const* rows,
                      std::int64_t count, std::int64_t dimension, std::int32_t* const* dots);
  // dots[i] of one query with count rows of `dimension` components.
  void (*fixed_rows)(const std::int16_t* query, const std::int16_t* rows, std::int64_t count, std::int64_t dimension,
                     std::int32_t* dots);
  // fixed[j] = row[j] * one, rounded to the nearest even; what is no number counts as 0, what is beyond 1 as 1.
  void (*round_fixed)(const float* row, std::int64_t dimension, float one, std::int16_t* fixed);
};

extern const Kernels kKernelsPlain;
#if defined(__x86_64__)
extern const Kernels kKernelsV2, kKernelsV3, kKernelsAvx512, kKernelsAvx512Vnni;
#endif

const Kernels& KernelsOf(InstructionSet set);  // one of AvailableInstructionSets()
const Kernels& ActiveKernels();                // those of ActiveInstructionSet()

}  // namespace magpie
