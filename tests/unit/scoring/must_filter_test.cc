#include "scoring/must_filter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "magpie/base/random.h"
#include "unit/scoring/fair.h"

namespace magpie {
namespace {

constexpr Date kToday = Date(std::chrono::days(20'000));

bool Admits(const FacetFilter& filter, const std::vector<std::uint32_t>& facets) {
  return std::all_of(filter.begin(), filter.end(), [&](const auto& group) {
    return std::any_of(group.begin(), group.end(),
                       [&](std::uint32_t facet) { return std::binary_search(facets.begin(), facets.end(), facet); });
  });
}

std::optional<Amount> RandomAmount(Random& random) {
  if (random.Below(4) == 0) return std::nullopt;
  Amount amount;
  if (random.Below(8) == 0) amount.currency = "USD";
  const auto low = static_cast<std::int64_t>(random.Below(300) * kCentsPerWan);
  if (random.Below(4) != 0) amount.low_cents = low;
  if (random.Below(4) != 0) amount.high_cents = low + static_cast<std::int64_t>(random.Below(200) * kCentsPerWan);
  if (!amount.has_figure()) amount.negotiable = true;
  return amount;
}

Region RandomRegion(Random& random) {
  static const std::vector<std::string> texts = {"浙江省宁波市", "浙江省", "宁波市余姚", "全国",   "不限", "哈萨克斯坦",
                                                 "长三角",       "上海市", "江苏省南京", "某某园", ""};
  return ParseRegion(texts[random.Below(texts.size())]);
}

ListingRecord RandomListing(Random& random, Side side) {
  ListingRecord listing = MakeListing(side, "x", "水泵");
  if (random.Below(4) != 0) listing.resource = static_cast<ResourceKind>(random.Below(Words<ResourceKind>().size()));
  for (std::uint64_t i = random.Below(3); i > 0; --i) {
    listing.modes.Add(static_cast<CooperationMode>(random.Below(Words<CooperationMode>().size())));
  }
  if (random.Below(4) != 0) listing.trl = 1 + static_cast<int>(random.Below(9));
  listing.amount = RandomAmount(random);
  for (std::uint64_t i = random.Below(3); i > 0; --i) listing.regions.push_back(RandomRegion(random));
  for (std::uint64_t i = random.Below(3); i > 0; --i) {
    listing.partner_kinds.push_back(static_cast<PartyKind>(random.Below(Words<PartyKind>().size())));
  }
  if (random.Below(2) == 0) listing.valid_from = kToday + std::chrono::days(random.Below(200)) - std::chrono::days(100);
  if (random.Below(2) == 0) {
    listing.valid_until = kToday + std::chrono::days(random.Below(9'000)) - std::chrono::days(100);
  }
  listing.party.name = "某某";
  if (random.Below(4) != 0) listing.party.kind = static_cast<PartyKind>(random.Below(Words<PartyKind>().size()));
  listing.party.region = RandomRegion(random);
  for (std::uint64_t i = random.Below(3); i > 0; --i) listing.party.sites.push_back({{}, "", RandomRegion(random)});
  return listing;
}

TEST(MustFilter, AdmitsWhateverTheConstraintsLetPassAndFewOthers) {
  Random random(31);
  std::vector<ListingRecord> needs, offerings;
  for (int i = 0; i < 300; ++i) {
    needs.push_back(RandomListing(random, Side::kNeed));
    offerings.push_back(RandomListing(random, Side::kOffering));
  }
  for (const Word& word : Words<Constraint>()) {
    ConstraintSet must;
    must.Add(static_cast<Constraint>(word.value));
    int passed = 0, rejected = 0, admitted = 0;
    for (const ListingRecord& need : needs) {
      const ListingFacts need_facts{&need, &need.party};
      const FacetFilter filter = MustFilter(need_facts, must, kToday);
      for (const ListingRecord& offering : offerings) {
        const ListingFacts facts{&offering, &offering.party};
        const bool passes = !MissesMust(CheckConstraints(need_facts, facts, kToday), must);
        const bool admits = Admits(filter, IndexFacets(facts));
        EXPECT_TRUE(admits || !passes) << word.name;
        ++(passes ? passed : rejected);
        admitted += admits ? 1 : 0;
      }
    }
    EXPECT_GT(rejected, 1000) << word.name;
    // Of those that are rejected, a part is kept out: all by what is compared word for word.
    EXPECT_LT(admitted - passed, 0.95 * rejected) << word.name;
    if (word.name == "resource" || word.name == "mode" || word.name == "trl" || word.name == "party_kind") {
      EXPECT_EQ(admitted, passed) << word.name;
    }
  }
}

TEST(MustFilter, CandidatesAreChosenAmongThoseThatMayPass) {
  // 300 pumps that are nearer, and cost too much.
  std::vector<ListingRecord> offerings;
  for (int i = 0; i < 300; ++i) {
    offerings.push_back(MakeListing(Side::kOffering, "o" + std::to_string(i), "节能水泵 " + std::to_string(i % 7)));
    offerings.back().amount = Amount{.low_cents = 900 * kCentsPerWan, .high_cents = 900 * kCentsPerWan};
  }
  offerings.push_back(MakeListing(Side::kOffering, "cheap", "泵站改造"));
  offerings.back().amount = Amount{.low_cents = 5 * kCentsPerWan, .high_cents = 5 * kCentsPerWan};
  ListingRecord need = MakeListing(Side::kNeed, "n", "节能水泵");
  need.amount = Amount{.low_cents = 0, .high_cents = 10 * kCentsPerWan};
  need.must.Add(Constraint::kAmount);
  const ListingRecord free_need = MakeListing(Side::kNeed, "free", "节能水泵");
  ScorerOptions options;
  options.candidates = 20;
  const auto scorer = MakeScorer({need, free_need}, offerings, options);
  const auto all = scorer->RankAll(Side::kNeed, 10, false, RunContext()).value();
  ASSERT_EQ(all[0].size(), 1u);
  EXPECT_EQ(scorer->snapshot().offering(all[0][0].offering).record.id, "cheap");
  EXPECT_EQ(all[1].size(), 10u);
  for (std::int32_t n = 0; n < 2; ++n) {
    const auto one = scorer->Rank(Side::kNeed, n, 10, false);
    ASSERT_EQ(one.size(), all[static_cast<std::size_t>(n)].size());
    EXPECT_EQ(one[0].offering, all[static_cast<std::size_t>(n)][0].offering);
  }
  const auto asked = scorer->RankListing(need, 10).value();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].offering, all[0][0].offering);
}

}  // namespace
}  // namespace magpie
