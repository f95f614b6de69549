// What every search by vector checks and measures of its rows.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <vector>

namespace magpie {

constexpr int kLargestDimension = 16'384;  // whole-number sums of codes stay far within 32 bits
constexpr double kLongestRow = 1e15;       // products and sums of floats stay far within their range

// The lengths of the rows of an n x dimension table. kBadArgument where the shape is wrong or a row is longer than
// kLongestRow or holds what is no number; `what` names the table.
absl::StatusOr<std::vector<double>> RowLengths(std::string_view what, std::span<const float> rows, int dimension);

// Memory that starts at a multiple of a cache line and a vector. Zeros.
struct FreeAligned {
  void operator()(void* at) const { std::free(at); }
};
template <typename T>
using AlignedArray = std::unique_ptr<T[], FreeAligned>;
template <typename T>
AlignedArray<T> MakeAligned(std::int64_t count) {
  constexpr std::size_t kLine = 64;
  const std::size_t bytes = (static_cast<std::size_t>(count) * sizeof(T) + kLine) / kLine * kLine;  // never none
  void* const at = std::aligned_alloc(kLine, bytes);
  if (at == nullptr) throw std::bad_alloc();
  return AlignedArray<T>(static_cast<T*>(std::memset(at, 0, bytes)));
}

}  // namespace magpie
