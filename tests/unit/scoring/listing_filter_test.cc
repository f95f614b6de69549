#include "magpie/scoring/listing_filter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "magpie/base/random.h"
#include "unit/scoring/fair.h"

namespace magpie {
namespace {

// Whether the listing's facets hold one of each group.
bool Admits(const std::vector<std::vector<std::uint32_t>>& groups, const std::vector<std::uint32_t>& facets) {
  return std::all_of(groups.begin(), groups.end(), [&](const auto& group) {
    return std::any_of(group.begin(), group.end(),
                       [&](std::uint32_t facet) { return std::binary_search(facets.begin(), facets.end(), facet); });
  });
}

ListingFilter RandomFilter(Random& random, const std::vector<ListingRecord>& listings) {
  const ListingRecord& like = listings[random.Below(listings.size())];
  ListingFilter filter;
  if (random.Below(3) == 0 && like.resource) filter.resources = {*like.resource, ResourceKind::kCapital};
  if (random.Below(3) == 0) filter.modes = {CooperationMode::kLicense, CooperationMode::kCoDevelopment};
  if (random.Below(3) == 0 && like.party.kind) filter.party_kinds = {*like.party.kind};
  if (random.Below(3) == 0) filter.min_trl = 1 + static_cast<int>(random.Below(9));
  if (random.Below(3) == 0) filter.regions = {*FindRegion(random.Below(2) == 0 ? "330000" : "100000")};
  if (random.Below(4) == 0 && like.party.region.known()) filter.regions.push_back(like.party.region);
  if (random.Below(3) == 0 && !like.fields.empty()) {
    filter.field_prefixes = {like.fields.front().substr(0, 1 + random.Below(4))};
  }
  return filter;
}

TEST(ListingFilter, FacetsAdmitWhatTheDefinitionKeeps) {
  Random random(3);
  std::vector<ListingRecord> listings = ReadListings(FairFolder() + "offerings.jsonl", Side::kOffering);
  for (std::size_t i = 0; i < listings.size(); i += 3) listings[i].fields = {"H01M10", "C02F"};
  int kept = 0, dropped = 0;
  for (int round = 0; round < 60; ++round) {
    const ListingFilter filter = RandomFilter(random, listings);
    const auto groups = FacetGroups(filter);
    EXPECT_EQ(filter.everything(), groups.empty());
    for (const ListingRecord& listing : listings) {
      EXPECT_EQ(filter.Keeps(listing), Admits(groups, FacetsOf(listing))) << listing.id;
      ++(filter.Keeps(listing) ? kept : dropped);
    }
  }
  EXPECT_GT(kept, 1000);
  EXPECT_GT(dropped, 1000);
}

TEST(ListingFilter, APlaceWithoutACodeIsLeftToTheDefinition) {
  ListingFilter filter;
  Region group;
  group.text = "长三角";
  filter.regions = {group};
  EXPECT_TRUE(FacetGroups(filter).empty());
  EXPECT_FALSE(filter.everything());
  ListingRecord ningbo = MakeListing(Side::kOffering, "o", "水泵");
  ningbo.party.region = *FindRegion("330200");
  EXPECT_TRUE(filter.Keeps(ningbo));
}

TEST(ListingFilter, IsAppliedBeforeCandidatesAreChosen) {
  // 300 pumps nearer to the question than the only ripe one; without the filter pushed down it would not be among 20.
  std::vector<ListingRecord> offerings;
  for (int i = 0; i < 300; ++i) {
    offerings.push_back(MakeListing(Side::kOffering, "o" + std::to_string(i), "节能水泵 " + std::to_string(i % 7)));
    offerings.back().trl = 4;
  }
  offerings.push_back(MakeListing(Side::kOffering, "ripe", "泵站改造"));
  offerings.back().trl = 9;
  ScorerOptions options;
  options.candidates = 20;
  const auto scorer = MakeScorer({}, offerings, options);
  ListingFilter filter;
  filter.min_trl = 8;
  const auto ranked = scorer->RankListing(MakeListing(Side::kNeed, "", "节能水泵"), 10, filter).value();
  ASSERT_EQ(ranked.size(), 1u);
  EXPECT_EQ(scorer->snapshot().offering(ranked.front().offering).record.id, "ripe");
}

}  // namespace
}  // namespace magpie
