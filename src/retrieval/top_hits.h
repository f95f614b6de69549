// Keeps the best hits of those offered: higher score first, lower document on ties.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "magpie/retrieval/lexical_search.h"

namespace magpie {

class TopHits {
 public:
  explicit TopHits(std::size_t top) : top_(top) {}  // > 0

  // Documents must come in ascending order: the bound is for those that come later, which need a higher score.
  void Offer(std::uint32_t document, std::uint32_t score) {
    if (score < least_) return;
    keys_.push_back(std::uint64_t{score} << 32 | (kLast - document));
    if (keys_.size() >= 2 * top_ + kSlack) Shrink();
  }

  // The least score with which a later document can still come in; at least 1.
  std::uint32_t least() const { return least_; }

  // Brings least() up to date.
  void Shrink() {
    if (keys_.size() < top_) return;
    std::nth_element(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(top_ - 1), keys_.end(),
                     std::greater<>());
    keys_.resize(top_);
    least_ = static_cast<std::uint32_t>(keys_.back() >> 32) + 1;
  }

  std::vector<LexicalHit> Take() {
    std::sort(keys_.begin(), keys_.end(), std::greater<>());
    keys_.resize(std::min(keys_.size(), top_));
    std::vector<LexicalHit> hits;
    hits.reserve(keys_.size());
    for (const std::uint64_t key : keys_) {
      hits.push_back({kLast - static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
    }
    return hits;
  }

 private:
  static constexpr std::uint32_t kLast = ~std::uint32_t{0};
  static constexpr std::size_t kSlack = 64;
  std::size_t top_;
  std::uint32_t least_ = 1;
  std::vector<std::uint64_t> keys_;  // score, then document from the last to the first: all different
};

}  // namespace magpie
