#include "magpie/scoring/listing_filter.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "magpie/ingest/disclosure.h"
#include "scoring/facet.h"

namespace magpie {
namespace {

constexpr std::size_t kLongestPrefix = 16;  // bytes of a field that its facets tell apart

template <typename Values, typename Value>
bool Holds(const Values& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

bool ListingFilter::everything() const {
  return resources.empty() && modes.empty() && regions.empty() && party_kinds.empty() && !min_trl &&
         field_prefixes.empty() && !open_text;
}

bool ListingFilter::Keeps(const ListingRecord& listing) const {
  if (open_text && TextLevel(listing) != Level::kOpen) return false;
  if (!resources.empty() && !(listing.resource && Holds(resources, *listing.resource))) return false;
  if (!party_kinds.empty() && !(listing.party.kind && Holds(party_kinds, *listing.party.kind))) return false;
  if (min_trl && !(listing.trl && *listing.trl >= *min_trl)) return false;
  if (!modes.empty()) {
    const auto offered = listing.modes.Values();
    if (!std::any_of(offered.begin(), offered.end(), [&](CooperationMode mode) { return Holds(modes, mode); })) {
      return false;
    }
  }
  if (!regions.empty()) {
    const auto lies_in = [&](const Region& inner) {
      return inner.known() && std::any_of(regions.begin(), regions.end(),
                                          [&](const Region& outer) { return RegionContains(outer, inner); });
    };
    if (!lies_in(listing.party.region) && !std::any_of(listing.regions.begin(), listing.regions.end(), lies_in)) {
      return false;
    }
  }
  return field_prefixes.empty() ||
         std::any_of(listing.fields.begin(), listing.fields.end(), [&](const std::string& field) {
           return std::any_of(field_prefixes.begin(), field_prefixes.end(),
                              [&](const std::string& prefix) { return field.starts_with(prefix); });
         });
}

std::vector<std::uint32_t> FacetsOf(const ListingRecord& listing) {
  std::vector<std::uint32_t> facets;
  if (listing.resource) facets.push_back(Facet(FacetOf::kResource, static_cast<int>(*listing.resource)));
  if (listing.party.kind) facets.push_back(Facet(FacetOf::kPartyKind, static_cast<int>(*listing.party.kind)));
  if (listing.trl) facets.push_back(Facet(FacetOf::kTrl, *listing.trl));
  for (CooperationMode mode : listing.modes.Values()) facets.push_back(Facet(FacetOf::kMode, static_cast<int>(mode)));
  if (TextLevel(listing) == Level::kOpen) facets.push_back(Facet(FacetOf::kOpenText, 1));
  AddRegion(FacetOf::kRegion, listing.party.region, &facets);
  for (const Region& region : listing.regions) AddRegion(FacetOf::kRegion, region, &facets);
  for (const std::string& field : listing.fields) {
    for (std::size_t length = 0; length <= std::min(field.size(), kLongestPrefix); ++length) {
      facets.push_back(Facet(FacetOf::kField, std::string_view(field).substr(0, length)));
    }
  }
  std::sort(facets.begin(), facets.end());
  facets.erase(std::unique(facets.begin(), facets.end()), facets.end());
  return facets;
}

std::vector<std::vector<std::uint32_t>> FacetGroups(const ListingFilter& filter) {
  std::vector<std::vector<std::uint32_t>> groups;
  const auto add = [&](std::vector<std::uint32_t> group) {
    if (!group.empty()) groups.push_back(std::move(group));
  };
  std::vector<std::uint32_t> group;
  if (filter.open_text) group.push_back(Facet(FacetOf::kOpenText, 1));
  add(std::move(group));
  group = {};
  for (ResourceKind kind : filter.resources) group.push_back(Facet(FacetOf::kResource, static_cast<int>(kind)));
  add(std::move(group));
  group = {};
  for (CooperationMode mode : filter.modes) group.push_back(Facet(FacetOf::kMode, static_cast<int>(mode)));
  add(std::move(group));
  group = {};
  for (const Region& region : filter.regions) group.push_back(Facet(FacetOf::kRegion, region.code));
  // What has no code ("长三角", a city abroad) is left to Keeps.
  if (std::any_of(filter.regions.begin(), filter.regions.end(), [](const Region& region) { return !region.known(); })) {
    group = {};
  }
  add(std::move(group));
  group = {};
  for (PartyKind kind : filter.party_kinds) group.push_back(Facet(FacetOf::kPartyKind, static_cast<int>(kind)));
  add(std::move(group));
  group = {};
  for (int trl = filter.min_trl.value_or(10); trl <= 9; ++trl) group.push_back(Facet(FacetOf::kTrl, trl));
  add(std::move(group));
  group = {};
  for (const std::string& prefix : filter.field_prefixes) {
    group.push_back(Facet(FacetOf::kField, std::string_view(prefix).substr(0, kLongestPrefix)));
  }
  add(std::move(group));
  return groups;
}

}  // namespace magpie
