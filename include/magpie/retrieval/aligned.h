// Arrays that start at a multiple of a cache line, which is also the widest vector.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace magpie {

struct FreeAligned {
  void operator()(void* at) const { std::free(at); }
};
template <typename T>
using AlignedArray = std::unique_ptr<T[], FreeAligned>;

// Of zeros.
template <typename T>
AlignedArray<T> MakeAligned(std::int64_t count) {
  constexpr std::size_t kLine = 64;
  const std::size_t bytes = (static_cast<std::size_t>(count) * sizeof(T) + kLine) / kLine * kLine;  // never none
  void* const at = std::aligned_alloc(kLine, bytes);
  if (at == nullptr) throw std::bad_alloc();
  return AlignedArray<T>(static_cast<T*>(std::memset(at, 0, bytes)));
}

}  // namespace magpie
