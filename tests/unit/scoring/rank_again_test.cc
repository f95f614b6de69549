// Runs that go on from earlier ones, held against runs that know nothing.
#include <gtest/gtest.h>

#include <ctime>

#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "unit/scoring/city.h"

namespace magpie {
namespace {

void ExpectTheSame(const std::vector<std::vector<ScoredPair>>& a, const std::vector<std::vector<ScoredPair>>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].size(), b[i].size()) << i;
    for (std::size_t p = 0; p < a[i].size(); ++p) {
      ASSERT_EQ(a[i][p].need, b[i][p].need) << i << " " << p;
      ASSERT_EQ(a[i][p].offering, b[i][p].offering) << i << " " << p;
      ASSERT_EQ(a[i][p].score, b[i][p].score) << i << " " << p;
      ASSERT_EQ(a[i][p].grade, b[i][p].grade);
      ASSERT_TRUE(std::equal(std::begin(a[i][p].components), std::end(a[i][p].components), b[i][p].components));
    }
  }
}

class RankAgain : public testing::TestWithParam<Side> {};

TEST_P(RankAgain, GivesWhatARunThatKnowsNothingGivesAndCostsLess) {
  const Side side = GetParam();
  Random random(22);
  std::shared_ptr<const Snapshot> snapshot = City(1'000);
  ScorerOptions options;
  options.today = Date(std::chrono::days(20'001));
  options.candidates = 60;
  std::shared_ptr<const Scorer> scorer = Scorer::Build(snapshot, TestModels(), options, RunContext()).value();
  RunMemory memory;
  const auto first = scorer->RankAll(side, 10, false, RunContext(), &memory).value();
  ASSERT_NE(memory, nullptr);
  ExpectTheSame(first, scorer->RankAll(side, 10, false, RunContext()).value());
  std::clock_t anew = 0, again = 0;
  for (int round = 0; round < 6; ++round) {
    snapshot = Later(*snapshot, random);
    if (round == 2) options.today += std::chrono::days(5);
    if (round == 3) {
      options.ranker = TestModels().ranker;
      options.ranker->weights[0] *= 1.1;
    }
    const std::string profile = scorer->profile_id();
    scorer = Scorer::Build(snapshot, TestModels(), options, RunContext(), scorer.get()).value();
    if (round != 3) {
      ASSERT_EQ(scorer->profile_id(), profile);
    }
    const std::clock_t start = std::clock();
    const auto found = scorer->RankAll(side, 10, false, RunContext(), &memory).value();
    const std::clock_t middle = std::clock();
    ExpectTheSame(found, scorer->RankAll(side, 10, false, RunContext()).value());
    if (round < 2 || round > 3) {  // where no score has changed but for those of changed listings
      again += middle - start;
      anew += std::clock() - middle;
    }
  }
  EXPECT_LT(3 * again, anew);
}

INSTANTIATE_TEST_SUITE_P(BothSides, RankAgain, testing::Values(Side::kNeed, Side::kOffering),
                         [](const auto& of) { return of.param == Side::kNeed ? "Needs" : "Offerings"; });

TEST(RankAgainTest, AnotherPoolAnotherTopAndAllPairsAreNoTrouble) {
  Random random(23);
  std::vector<ListingRecord> needs, offerings;
  for (int i = 0; i < 30; ++i) needs.push_back(RandomListing(random, Side::kNeed, "n" + std::to_string(i)));
  for (int i = 0; i < 90; ++i) offerings.push_back(RandomListing(random, Side::kOffering, "o" + std::to_string(i)));
  ScorerOptions options;
  options.candidates = 20;
  const auto scorer = MakeScorer(needs, offerings, options);
  RunMemory memory;
  const auto rank = [&](const Scorer& with, Side side, int top, bool all) {
    ExpectTheSame(with.RankAll(side, top, all, RunContext(), &memory).value(),
                  with.RankAll(side, top, all, RunContext()).value());
  };
  rank(*scorer, Side::kNeed, 0, false);
  rank(*scorer, Side::kNeed, 3, false);
  rank(*scorer, Side::kNeed, 15, false);     // more than is kept
  rank(*scorer, Side::kNeed, 1000, false);   // more than there are
  rank(*scorer, Side::kOffering, 5, false);  // the other side
  rank(*scorer, Side::kOffering, 5, true);
  offerings.resize(15);  // another pool, of which all are candidates
  const auto other = MakeScorer(needs, offerings, options);
  rank(*other, Side::kOffering, 5, false);
  rank(*other, Side::kNeed, 5, false);
  rank(*other, Side::kNeed, 5, false);
}

TEST(RankAgainTest, APartyThatSaysSomethingElseCounts) {
  std::shared_ptr<const Snapshot> snapshot = City(1'000);
  std::shared_ptr<const Scorer> scorer = Scorer::Build(snapshot, TestModels(), ScorerOptions(), RunContext()).value();
  RunMemory memory;
  ASSERT_TRUE(scorer->RankAll(Side::kNeed, 10, false, RunContext(), &memory).ok());
  // The party of many listings gets a name that a need keeps away from.
  SnapshotBuilder builder(*snapshot);
  ListingRecord need = snapshot->need(NeedIndex(0)).record;
  need.exclude_parties = {"别名"};
  builder.PutListing(need);
  snapshot = std::move(builder).Build(2);
  scorer = Scorer::Build(snapshot, TestModels(), ScorerOptions(), RunContext(), scorer.get()).value();
  const auto before = scorer->RankAll(Side::kNeed, 10, false, RunContext(), &memory).value();
  SnapshotBuilder renamed(*snapshot);
  const PartyIndex party = snapshot->offering(before[0][0].offering).party;
  PartyRecord record = snapshot->party(party).record;
  record.aliases.push_back("别名");
  ASSERT_TRUE(renamed.PutParty(record, party).ok());
  snapshot = std::move(renamed).Build(3);
  scorer = Scorer::Build(snapshot, TestModels(), ScorerOptions(), RunContext(), scorer.get()).value();
  const auto after = scorer->RankAll(Side::kNeed, 10, false, RunContext(), &memory).value();
  EXPECT_NE(after[0][0].offering, before[0][0].offering);
  ExpectTheSame(after, scorer->RankAll(Side::kNeed, 10, false, RunContext()).value());
}

// Fewer needs than candidates: every need is scored against every offering, in whatever order these are worked off.
TEST(RankAgainTest, APairHasOneScoreHoweverManyAreScoredTogether) {
  Random random(41);
  std::shared_ptr<const Snapshot> snapshot = City(120);
  std::shared_ptr<const Scorer> scorer = Scorer::Build(snapshot, TestModels(), ScorerOptions(), RunContext()).value();
  RunMemory memory;
  ASSERT_TRUE(scorer->RankAll(Side::kOffering, 10, false, RunContext(), &memory).ok());
  snapshot = Later(*snapshot, random);
  scorer = Scorer::Build(snapshot, TestModels(), ScorerOptions(), RunContext(), scorer.get()).value();
  const auto again = scorer->RankAll(Side::kOffering, 10, false, RunContext(), &memory).value();
  ExpectTheSame(again, scorer->RankAll(Side::kOffering, 10, false, RunContext()).value());
  for (std::size_t i = 0; i < again.size(); i += 10) {
    for (const ScoredPair& pair : again[i]) {
      ASSERT_EQ(pair.score, scorer->Score(pair.need, pair.offering).score);
    }
  }
}

}  // namespace
}  // namespace magpie
