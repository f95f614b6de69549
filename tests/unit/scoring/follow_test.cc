// Scorers that follow an earlier one, held against what the earlier profile and a question to it say.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "magpie/base/status.h"
#include "unit/scoring/city.h"

namespace magpie {
namespace {

constexpr int kOfferings = 10'400;  // enough to be followed

std::shared_ptr<const Snapshot> City() {
  static const std::shared_ptr<const Snapshot> snapshot = [] {
    Random random(5);
    std::vector<ListingRecord> needs, offerings;
    for (int i = 0; i < 300; ++i)
      needs.push_back(MakeListing(Side::kNeed, "n" + std::to_string(i), RandomTitle(random)));
    for (int i = 0; i < kOfferings; ++i) {
      offerings.push_back(MakeListing(Side::kOffering, "o" + std::to_string(i), RandomTitle(random)));
    }
    return BuildSnapshot(std::move(needs), std::move(offerings)).value();
  }();
  return snapshot;
}

std::shared_ptr<const Scorer> CityScorer() {
  static const auto scorer =
      Scorer::Build(City(), TestModels(), ScorerOptions(), RunContext()).value()->Renewed(RunContext()).value();
  return scorer;
}

std::shared_ptr<const Scorer> FollowTo(std::shared_ptr<const Snapshot> snapshot, const Scorer& earlier,
                                       const ScorerOptions& options = {}) {
  return Scorer::Build(std::move(snapshot), TestModels(), options, RunContext(), &earlier).value();
}

TEST(Follow, WhatCameIsFoundAndScoredByTheEarlierProfileWhatWentIsGone) {
  const Scorer& earlier = *CityScorer();
  SnapshotBuilder builder(*City());
  const ListingRecord fresh = MakeListing(Side::kOffering, "fresh", "黄铜热交换器超声波防垢装置", "用于循环冷却水");
  const ListingRecord asks = MakeListing(Side::kNeed, "asks", "黄铜热交换器结垢");
  builder.PutListing(fresh);
  builder.PutListing(asks);
  builder.PutListing(MakeListing(Side::kOffering, "o7", "黄铜热交换器结垢清洗"));  // replaced
  builder.RemoveListing(Side::kOffering, builder.FindListing(Side::kOffering, "o3"));
  builder.RemoveListing(Side::kNeed, builder.FindListing(Side::kNeed, "n0"));
  const auto snapshot = std::move(builder).Build(2);
  const auto scorer = FollowTo(snapshot, earlier);
  EXPECT_EQ(scorer->profile_id(), earlier.profile_id());

  // Pairs that stayed have the score that they had, wherever they stand now.
  Random random(9);
  for (int i = 0; i < 200; ++i) {
    const std::string need = "n" + std::to_string(1 + random.Below(299));
    const std::string offering = "o" + std::to_string(10 + random.Below(kOfferings - 10));
    EXPECT_EQ(scorer->Score(snapshot->FindNeed(need), snapshot->FindOffering(offering)).score,
              earlier.Score(City()->FindNeed(need), City()->FindOffering(offering)).score);
  }
  // A need that came is ranked as the same words in a question to the earlier scorer, but for what came or went with it.
  const NeedIndex asked = snapshot->FindNeed("asks");
  const std::vector<ScoredPair> ranked = scorer->Rank(Side::kNeed, asked.value, 200, false);
  const std::vector<ScoredPair> before = earlier.RankListing(asks, 200).value();
  std::map<std::string, double> scores;
  for (const ScoredPair& pair : before) scores[City()->offering(pair.offering).record.id] = pair.score;
  int compared = 0;
  std::set<std::string> found;
  for (const ScoredPair& pair : ranked) {
    const std::string& id = snapshot->offering(pair.offering).record.id;
    found.insert(id);
    if (id == "o7" || !scores.contains(id)) continue;
    EXPECT_EQ(pair.score, scores.at(id)) << id;
    ++compared;
  }
  EXPECT_GT(compared, 100);
  EXPECT_TRUE(found.contains("fresh") && found.contains("o7"));
  EXPECT_FALSE(found.contains("o3"));
  const std::string best = snapshot->offering(ranked.front().offering).record.id;
  EXPECT_TRUE(best == "fresh" || best == "o7") << best;
  // And found from the other side.
  const auto backwards = scorer->Rank(Side::kOffering, snapshot->FindOffering("fresh").value, 3, false);
  ASSERT_FALSE(backwards.empty());
  EXPECT_EQ(backwards.front().need, asked);
}

TEST(Follow, OtherFieldsCostNothingAndCountAtOnce) {
  SnapshotBuilder builder(*City());
  ListingRecord dear = City()->offering(OfferingIndex(5)).record;
  dear.trl = 2;
  builder.PutListing(dear);
  ListingRecord ripe = City()->need(NeedIndex(5)).record;
  ripe.trl = 9;
  ripe.must.Add(Constraint::kTrl);
  builder.PutListing(ripe);
  const auto snapshot = std::move(builder).Build(2);
  const auto scorer = FollowTo(snapshot, *CityScorer());
  EXPECT_EQ(scorer->profile_id(), CityScorer()->profile_id());
  EXPECT_TRUE(scorer->Score(NeedIndex(5), OfferingIndex(5)).rejected);
  EXPECT_FALSE(scorer->wants_renewal());
}

TEST(Follow, AChangedPoolOfFewListingsIsMadeAnew) {
  const auto earlier = MakeScorer({MakeListing(Side::kNeed, "n", "水泵")}, {MakeListing(Side::kOffering, "o", "水泵")});
  SnapshotBuilder builder(earlier->snapshot());
  EXPECT_EQ(FollowTo(std::move(builder).Build(2), *earlier)->profile_id(), earlier->profile_id());
  SnapshotBuilder changed(earlier->snapshot());
  changed.PutListing(MakeListing(Side::kOffering, "p", "轴承"));
  const auto snapshot = std::move(changed).Build(3);
  EXPECT_NE(FollowTo(snapshot, *earlier)->profile_id(), earlier->profile_id());
}

TEST(Follow, RankerAndDayMayChangeTheSeedMayNot) {
  ScorerOptions options;
  options.today = Date(std::chrono::days(20'000));
  options.ranker = TestModels().ranker;
  options.ranker->id = "another";
  const auto other = FollowTo(City(), *CityScorer(), options);
  EXPECT_EQ(other->ranker().id, "another");
  options.seed = 77;
  EXPECT_NE(FollowTo(City(), *CityScorer(), options)->profile_id(), other->profile_id());
}

TEST(Follow, ManyChangesWantARenewalThatKeepsOrRemakesTheProfile) {
  std::shared_ptr<const Scorer> scorer = CityScorer();
  std::shared_ptr<const Snapshot> snapshot = City();
  Random random(11);
  const auto add = [&](int count) {
    SnapshotBuilder builder(*snapshot);
    for (int i = 0; i < count; ++i) {
      builder.PutListing(
          MakeListing(Side::kOffering, "o" + std::to_string(random.Below(kOfferings)), RandomTitle(random)));
    }
    snapshot = std::move(builder).Build(snapshot->version() + 1);
    scorer = FollowTo(snapshot, *scorer);
  };
  add(300);
  EXPECT_FALSE(scorer->wants_renewal());
  add(300);
  EXPECT_EQ(scorer->profile_id(), CityScorer()->profile_id());
  EXPECT_TRUE(scorer->wants_renewal());  // more than a twentieth of the pool
  const auto renewed = scorer->Renewed(RunContext()).value();
  EXPECT_NE(renewed->profile_id(), scorer->profile_id());
  EXPECT_FALSE(renewed->wants_renewal());
  const auto alone = Scorer::Build(snapshot, TestModels(), ScorerOptions(), RunContext()).value();
  EXPECT_EQ(renewed->profile_id(), alone->profile_id());
  EXPECT_EQ(renewed->Score(NeedIndex(1), OfferingIndex(1)).score, alone->Score(NeedIndex(1), OfferingIndex(1)).score);
  add(1'000);
  EXPECT_EQ(scorer->profile_id(), CityScorer()->profile_id());
  add(1'500);  // more than a quarter in all: a pool of its own
  EXPECT_NE(scorer->profile_id(), CityScorer()->profile_id());
}

TEST(Follow, AListingIsVisibleWithinTenMilliseconds) {
  SnapshotBuilder builder(*City());
  builder.PutListing(MakeListing(Side::kOffering, "fresh", "黄铜热交换器超声波防垢装置"));
  const auto snapshot = std::move(builder).Build(2);
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto scorer = FollowTo(snapshot, *CityScorer());
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    EXPECT_TRUE(scorer->snapshot().FindOffering("fresh").valid());
  }
  EXPECT_LT(best, 10);
}

}  // namespace
}  // namespace magpie
