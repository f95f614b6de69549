// Row numbers that cannot be mixed up: a NeedIndex is not an OfferingIndex is not a PartyIndex.
#pragma once

#include <compare>
#include <cstdint>

namespace magpie {

template <typename Tag>
struct Index {
  std::int32_t value = -1;  // -1 = none
  constexpr Index() = default;
  constexpr explicit Index(std::int64_t v) : value(static_cast<std::int32_t>(v)) {}
  constexpr bool valid() const { return value >= 0; }
  friend constexpr auto operator<=>(Index, Index) = default;
};

using NeedIndex = Index<struct NeedTag>;
using OfferingIndex = Index<struct OfferingTag>;
using PartyIndex = Index<struct PartyTag>;

}  // namespace magpie
