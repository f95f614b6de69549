// What a listing must have to be found.
//
// An empty list asks for nothing; a listing that does not say is kept out.
// Threads  a const ListingFilter may be used from several threads at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "magpie/base/region.h"
#include "magpie/ingest/record.h"

namespace magpie {

struct ListingFilter {
  std::vector<ResourceKind> resources;      // one of these
  std::vector<CooperationMode> modes;       // at least one of these
  std::vector<Region> regions;              // the party's seat or one of the listing's regions lies in one of these
  std::vector<PartyKind> party_kinds;       // the party is one of these
  std::optional<int> min_trl;               // readiness at least this
  std::vector<std::string> field_prefixes;  // one of the listing's fields begins with one of these
  bool open_text = false;                   // everybody may read its text

  bool everything() const;
  // The definition.
  bool Keeps(const ListingRecord& listing) const;
};

// The same for an index, which knows of a listing only a few numbers: a listing that the filter keeps has one facet of each
// group (one that has may still be dropped by Keeps, hardly ever).
std::vector<std::uint32_t> FacetsOf(const ListingRecord& listing);
std::vector<std::vector<std::uint32_t>> FacetGroups(const ListingFilter& filter);

}  // namespace magpie
