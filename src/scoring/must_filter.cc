#include "scoring/must_filter.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "magpie/scoring/listing_filter.h"
#include "scoring/facet.h"

namespace magpie {
namespace {

constexpr int kLastMonth = 2040 * 12;  // what is valid longer counts as ending then

int MonthOf(Date date) {
  const std::chrono::year_month_day day(date);
  return std::min(static_cast<int>(day.year()) * 12 + static_cast<int>(static_cast<unsigned>(day.month())) - 1,
                  kLastMonth);
}

int PowerOf(std::int64_t cents) {
  return cents <= 0 ? 0 : std::bit_width(static_cast<std::uint64_t>(cents));
}

// A need's most against an offering's least, in CNY.
std::vector<std::uint32_t> Affordable(const ListingRecord& need) {
  const bool comparable = need.amount && need.amount->high_cents && need.amount->currency == "CNY" &&
                          need.resource != ResourceKind::kCapital;
  if (!comparable) return {};
  std::vector<std::uint32_t> group = {Unknown(FacetOf::kPrice)};
  for (int power = 0; power <= PowerOf(*need.amount->high_cents); ++power) {
    group.push_back(Facet(FacetOf::kPrice, power));
  }
  return group;
}

std::vector<std::uint32_t> Reachable(const ListingRecord& need) {
  std::vector<std::uint32_t> group = {Unknown(FacetOf::kPlace)};
  for (const Region& region : need.regions) {
    if (!region.known()) return {};  // a group of provinces, a place abroad, "anywhere"
    group.push_back(Facet(FacetOf::kPlace, region.code));
  }
  return group.size() > 1 ? group : std::vector<std::uint32_t>();
}

std::vector<std::uint32_t> InForce(Date today) {
  std::vector<std::uint32_t> group = {Unknown(FacetOf::kLastMonth)};
  for (int month = MonthOf(today); month <= kLastMonth; ++month) group.push_back(Facet(FacetOf::kLastMonth, month));
  return group;
}

std::vector<std::uint32_t> WayMeets(const ListingRecord& need) {
  if (need.modes.empty()) return {};
  std::vector<std::uint32_t> group = {Unknown(FacetOf::kMode)};
  ListingRecord offering;
  for (const Word& word : Words<CooperationMode>()) {
    const auto mode = static_cast<CooperationMode>(word.value);
    offering.modes = ModeSet();
    offering.modes.Add(mode);
    const ConstraintChecks checks = CheckConstraints({&need, &need.party}, {&offering, &offering.party}, Date());
    if (checks[static_cast<std::size_t>(Constraint::kMode)].met) {
      group.push_back(Facet(FacetOf::kMode, static_cast<int>(mode)));
    }
  }
  return group;
}

// Those of the offerings that may meet one constraint; empty = any.
std::vector<std::uint32_t> GroupOf(Constraint constraint, const ListingRecord& need, Date today) {
  std::vector<std::uint32_t> group;
  switch (constraint) {
    case Constraint::kResource:
      if (need.resource) {
        group = {Unknown(FacetOf::kResource), Facet(FacetOf::kResource, static_cast<int>(*need.resource))};
      }
      break;
    case Constraint::kMode:
      group = WayMeets(need);
      break;
    case Constraint::kRegion:
      group = Reachable(need);
      break;
    case Constraint::kAmount:
      group = Affordable(need);
      break;
    case Constraint::kTrl:
      if (need.trl) group.push_back(Unknown(FacetOf::kTrl));
      for (int trl = need.trl.value_or(10); trl <= 9; ++trl) group.push_back(Facet(FacetOf::kTrl, trl));
      break;
    case Constraint::kValidity:
      group = InForce(today);
      break;
    case Constraint::kPartyKind:
      if (!need.partner_kinds.empty()) group.push_back(Unknown(FacetOf::kHost));
      for (const PartyKind kind : need.partner_kinds) group.push_back(Facet(FacetOf::kHost, static_cast<int>(kind)));
      break;
  }
  return group;
}

}  // namespace

std::vector<std::uint32_t> IndexFacets(const ListingFacts& listing) {
  const ListingRecord& record = *listing.record;
  std::vector<std::uint32_t> facets = FacetsOf(record);
  const auto unknown_unless = [&](bool known, FacetOf of) {
    if (!known) facets.push_back(Unknown(of));
  };
  unknown_unless(record.resource.has_value(), FacetOf::kResource);
  unknown_unless(!record.modes.empty(), FacetOf::kMode);
  unknown_unless(record.trl.has_value(), FacetOf::kTrl);
  unknown_unless(listing.party->kind.has_value(), FacetOf::kHost);
  if (listing.party->kind) facets.push_back(Facet(FacetOf::kHost, static_cast<int>(*listing.party->kind)));
  bool every_place_known = listing.party->region.known();
  AddRegion(FacetOf::kPlace, listing.party->region, &facets);
  for (const Site& site : listing.party->sites) {
    every_place_known = every_place_known && site.region.known();
    AddRegion(FacetOf::kPlace, site.region, &facets);
  }
  unknown_unless(every_place_known, FacetOf::kPlace);
  const bool priced = record.amount && record.amount->low_cents && record.amount->currency == "CNY";
  unknown_unless(priced, FacetOf::kPrice);
  if (priced) facets.push_back(Facet(FacetOf::kPrice, PowerOf(*record.amount->low_cents)));
  unknown_unless(record.valid_until.has_value(), FacetOf::kLastMonth);
  if (record.valid_until) facets.push_back(Facet(FacetOf::kLastMonth, MonthOf(*record.valid_until)));
  std::sort(facets.begin(), facets.end());
  facets.erase(std::unique(facets.begin(), facets.end()), facets.end());
  return facets;
}

FacetFilter MustFilter(const ListingFacts& need, ConstraintSet must, Date today) {
  FacetFilter filter;
  for (const Constraint constraint : must.Values()) {
    std::vector<std::uint32_t> group = GroupOf(constraint, *need.record, today);
    if (!group.empty()) filter.push_back(std::move(group));
  }
  return filter;
}

}  // namespace magpie
