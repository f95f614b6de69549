// A set of 32-bit numbers that is emptied at once and filled again, many times.
//
// Cost     Clear() O(1) once it has its room; Insert and Contains some nanoseconds.
// Threads  as a standard container.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace magpie {

class NumberSet {
 public:
  // Empties it and makes room for `most` numbers; more must not be inserted.
  void Clear(std::size_t most) {
    const std::size_t wanted = std::bit_ceil(2 * most + 2);
    if (slots_.size() < wanted || ++round_ == 0) {
      slots_.assign(std::max(wanted, slots_.size()), 0);
      round_ = 1;
    }
  }
  // False where it is there.
  bool Insert(std::uint32_t number) {
    std::uint64_t& slot = slots_[SlotOf(number)];
    if (slot == Mark(number)) return false;
    slot = Mark(number);
    return true;
  }
  bool Contains(std::uint32_t number) const { return !slots_.empty() && slots_[SlotOf(number)] == Mark(number); }

 private:
  std::uint64_t Mark(std::uint32_t number) const { return std::uint64_t{round_} << 32 | number; }
  // Where it is, or would be.
  std::size_t SlotOf(std::uint32_t number) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = (number * 0x9E3779B97F4A7C15u >> 32) & mask;
    while (slots_[at] >> 32 == round_ && slots_[at] != Mark(number)) at = (at + 1) & mask;
    return at;
  }

  std::vector<std::uint64_t> slots_;  // round and number; of another round = free
  std::uint32_t round_ = 0;
};

}  // namespace magpie
