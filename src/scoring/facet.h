// The numbers by which an index knows what a listing has (ListingIndex).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/files.h"
#include "magpie/base/region.h"

namespace magpie {

// What a facet is of: the same number may mean one thing as a mode and another as a kind of party. The first are those of the
// listing itself, which filters of searches ask for; the others are of the party as the catalogue knows it, of money and time,
// and of what is not known, which constraints ask for (must_filter.h).
enum class FacetOf : std::uint8_t {
  kResource,
  kMode,
  kRegion,
  kPartyKind,
  kTrl,
  kField,
  kOpenText,
  kHost,
  kPlace,
  kPrice,
  kLastMonth,
  kUnknown,
};

inline std::uint32_t Facet(FacetOf of, std::string_view value) {
  return static_cast<std::uint32_t>(StableHash(static_cast<char>('a' + static_cast<int>(of)) + std::string(value)));
}
inline std::uint32_t Facet(FacetOf of, int value) {
  return Facet(of, std::to_string(value));
}
inline std::uint32_t Unknown(FacetOf of) {
  return Facet(FacetOf::kUnknown, static_cast<int>(of));
}

// The region and those that it lies in; nothing where it has no code.
inline void AddRegion(FacetOf of, const Region& region, std::vector<std::uint32_t>* facets) {
  if (!region.known()) return;
  for (const std::string& code :
       {region.code, region.code.substr(0, 4) + "00", region.code.substr(0, 2) + "0000", std::string("100000")}) {
    facets->push_back(Facet(of, code));
  }
}

}  // namespace magpie
