// Random choices that are the same on every machine: whole numbers only, tables made once, and a generator of its own for
// every question, so that what one listing is asked never shifts what another answers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "magpie/base/random.h"

namespace magpie::generate {

// What a generator is for; part of its seed.
enum class Purpose : std::uint64_t { kClass, kSubject, kText, kFields, kParty, kAgain, kRound, kEdit, kName, kRank };

inline std::uint64_t MixTwo(std::uint64_t a, std::uint64_t b) {
  return Random(a ^ (b * 0xD1B54A32D192ED03u)).Next();
}
inline Random RandomFor(std::uint64_t seed, Purpose purpose, std::uint64_t side, std::uint64_t number) {
  return Random(MixTwo(MixTwo(seed, static_cast<std::uint64_t>(purpose) * 2 + side), number));
}

inline bool Chance(int per_mille, Random* random) {
  return random->Below(1000) < static_cast<std::uint64_t>(per_mille);
}

template <typename Range>
const auto& OneOf(const Range& range, Random* random) {
  return range[random->Below(std::size(range))];
}

// The place of a weight, in proportion to it. The weights must not all be zero.
inline std::size_t DrawWeighted(std::span<const int> weights, Random* random) {
  std::uint64_t total = 0;
  for (const int weight : weights) total += static_cast<std::uint64_t>(weight);
  std::uint64_t left = random->Below(total);
  std::size_t place = 0;
  for (; left >= static_cast<std::uint64_t>(weights[place]); ++place)
    left -= static_cast<std::uint64_t>(weights[place]);
  return place;
}

// A value of a distribution that is given by its quantiles at equal distances, linear between them.
inline int DrawQuantile(std::span<const int> quantiles, Random* random) {
  constexpr std::uint64_t kSteps = 1024;
  const std::uint64_t place = random->Below((quantiles.size() - 1) * kSteps);
  const std::size_t at = place / kSteps;
  const std::int64_t low = quantiles[at], high = quantiles[at + 1];
  return static_cast<int>(low +
                          (high - low) * static_cast<std::int64_t>(place % kSteps) / static_cast<std::int64_t>(kSteps));
}

// Ranks from 0 with a weight of 1 / (rank + 1 + shift): Zipf's law, flattened among the first (Mandelbrot).
class Zipf {
 public:
  Zipf() = default;
  Zipf(std::size_t size, std::uint64_t shift) {
    std::uint64_t sum = 0;
    for (std::size_t rank = 0; rank < size; ++rank) cumulative_.push_back(sum += (1ull << 40) / (rank + 1 + shift));
  }
  std::size_t Draw(Random* random) const {
    const std::uint64_t at = random->Below(cumulative_.back());
    return static_cast<std::size_t>(std::upper_bound(cumulative_.begin(), cumulative_.end(), at) - cumulative_.begin());
  }

 private:
  std::vector<std::uint64_t> cumulative_;
};

}  // namespace magpie::generate
