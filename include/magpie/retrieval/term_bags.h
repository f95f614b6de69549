// Bags of terms that lie side by side, or wherever pointers say: a view, made without copying; the bags must stay.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>

#include "magpie/retrieval/lexical_index.h"

namespace magpie {

class TermBags {
 public:
  TermBags() = default;
  template <typename Bags>
  requires std::convertible_to<const Bags&, std::span<const TermBag>> TermBags(const Bags& bags)
      : bags_(std::span<const TermBag>(bags).data()), size_(std::size(bags)) {}
  template <typename Pointers>
  requires std::convertible_to<const Pointers&, std::span<const TermBag* const>> TermBags(const Pointers& pointers)
      : pointers_(std::span<const TermBag* const>(pointers).data()), size_(std::size(pointers)) {}

  std::size_t size() const { return size_; }
  const TermBag& operator[](std::size_t i) const { return pointers_ != nullptr ? *pointers_[i] : bags_[i]; }
  TermBags subspan(std::size_t first, std::size_t count) const {
    TermBags part;
    part.bags_ = bags_ == nullptr ? nullptr : bags_ + first;
    part.pointers_ = pointers_ == nullptr ? nullptr : pointers_ + first;
    part.size_ = count;
    return part;
  }

 private:
  const TermBag* bags_ = nullptr;
  const TermBag* const* pointers_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace magpie
