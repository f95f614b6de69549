#include "magpie/scoring/scorer.h"

#include <absl/strings/ascii.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "scoring/listing_text.h"
#include "unit/scoring/fair.h"

namespace magpie {
namespace {

bool Same(const ScoredPair& a, const ScoredPair& b) {
  return a.need == b.need && a.offering == b.offering && a.score == b.score && a.grade == b.grade &&
         a.rejected == b.rejected && std::equal(std::begin(a.components), std::end(a.components), b.components);
}

void ExpectSame(const std::vector<std::vector<ScoredPair>>& a, const std::vector<std::vector<ScoredPair>>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].size(), b[i].size());
    for (std::size_t j = 0; j < a[i].size(); ++j) EXPECT_TRUE(Same(a[i][j], b[i][j])) << i << ' ' << j;
  }
}

void ExpectSound(const ScoredPair& pair) {
  EXPECT_TRUE(pair.score >= 0 && pair.score <= 1) << pair.score;
  EXPECT_TRUE(pair.grade >= 0 && pair.grade <= 3);
  for (float component : pair.components) EXPECT_TRUE(component >= 0 && component <= 1) << component;
}

// Both texts in small letters.
struct SmallTexts {
  std::string need, offering;
  SmallTexts(const ListingRecord& a, const ListingRecord& b)
      : need(absl::AsciiStrToLower(JoinedText(a))), offering(absl::AsciiStrToLower(JoinedText(b))) {}
};

// What stands between “ and ”.
std::vector<std::string> Quoted(const std::string& sentence) {
  constexpr std::string_view kOpen = "“", kClose = "”";
  std::vector<std::string> quoted;
  for (std::size_t at = sentence.find(kOpen); at != std::string::npos; at = sentence.find(kOpen, at)) {
    at += kOpen.size();
    quoted.push_back(sentence.substr(at, sentence.find(kClose, at) - at));
  }
  return quoted;
}

TEST(ScorerTest, APairHasOneScoreInEveryCommandAndDirection) {
  const Scorer& scorer = *FairScorer();
  const auto by_need = scorer.RankAll(Side::kNeed, 662, true, RunContext()).value();
  const auto by_offering = scorer.RankAll(Side::kOffering, 120, true, RunContext()).value();
  const auto candidates = scorer.RankAll(Side::kNeed, 30, false, RunContext()).value();
  std::vector<std::vector<const ScoredPair*>> table(120, std::vector<const ScoredPair*>(662, nullptr));
  for (const auto& pairs : by_need) {
    for (const ScoredPair& pair : pairs) {
      table[static_cast<std::size_t>(pair.need.value)][static_cast<std::size_t>(pair.offering.value)] = &pair;
      ExpectSound(pair);
    }
  }
  const auto in_table = [&](const ScoredPair& pair) {
    return table[static_cast<std::size_t>(pair.need.value)][static_cast<std::size_t>(pair.offering.value)];
  };
  for (const auto& pairs : by_offering) {
    for (const ScoredPair& pair : pairs) EXPECT_TRUE(in_table(pair) != nullptr && Same(pair, *in_table(pair)));
  }
  for (const auto& pairs : candidates) {
    EXPECT_EQ(pairs.size(), 30u);
    for (const ScoredPair& pair : pairs) EXPECT_TRUE(Same(pair, *in_table(pair)));
  }
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    const NeedIndex need(static_cast<std::int64_t>(random.Below(120)));
    const OfferingIndex offering(static_cast<std::int64_t>(random.Below(662)));
    const ScoredPair pair = scorer.Score(need, offering);
    ASSERT_FALSE(pair.rejected);
    EXPECT_TRUE(Same(pair, *in_table(pair)));
  }
  const std::vector<ScoredPair> one = scorer.Rank(Side::kOffering, 17, 10, false);
  for (const ScoredPair& pair : one) EXPECT_TRUE(Same(pair, *in_table(pair)));
}

TEST(ScorerTest, SameBytesOnAnyNumberOfThreads) {
  std::vector<std::vector<ScoredPair>> first;
  for (int threads = 1; threads <= 4; ++threads) {
    RunContext context;
    context.threads = threads;
    const auto scorer = Scorer::Build(Fair(), TestModels(), ScorerOptions(), context).value();

    if (threads == 1) first = scorer->RankAll(Side::kNeed, 10, true, context).value();
    ExpectSame(scorer->RankAll(Side::kNeed, 10, true, context).value(), first);
  }
}

TEST(ScorerTest, RankedBestFirstTiesByIndexRejectedLeftOut) {
  // Two offerings of the same words, apart from their place in the list.
  const auto scorer =
      MakeScorer({MakeListing(Side::kNeed, "n", "冷却水管道结垢怎么清洗", "循环冷却水结垢，换热效率下降")},
                 {MakeListing(Side::kOffering, "o1", "葡萄种植技术"),
                  MakeListing(Side::kOffering, "o2", "循环冷却水阻垢剂", "防止管道结垢"),
                  MakeListing(Side::kOffering, "o3", "循环冷却水阻垢剂", "防止管道结垢")});
  const std::vector<ScoredPair> ranked = scorer->Rank(Side::kNeed, 0, 10, true);
  ASSERT_EQ(ranked.size(), 3u);
  EXPECT_EQ(ranked[0].offering.value, 1);
  EXPECT_EQ(ranked[1].offering.value, 2);
  EXPECT_EQ(ranked[0].score, ranked[1].score);
  EXPECT_GT(ranked[1].score, ranked[2].score);
  EXPECT_TRUE(scorer->Rank(Side::kNeed, 0, 0, true).empty());
}

TEST(ScorerTest, OnlyMustRejects) {
  ListingRecord need = MakeListing(Side::kNeed, "n", "激光焊接设备");
  need.trl = 8;
  ListingRecord offering = MakeListing(Side::kOffering, "o", "激光焊接设备");
  offering.trl = 7;
  EXPECT_FALSE(MakeScorer({need}, {offering})->Score(NeedIndex(0), OfferingIndex(0)).rejected);
  ListingRecord strict = need;
  strict.must.Add(Constraint::kTrl);
  const ScoredPair rejected = MakeScorer({strict}, {offering})->Score(NeedIndex(0), OfferingIndex(0));
  EXPECT_TRUE(rejected.rejected);
  EXPECT_EQ(rejected.score, 0);
  EXPECT_EQ(rejected.grade, 0);
  EXPECT_TRUE(MakeScorer({strict}, {offering})->Rank(Side::kNeed, 0, 5, true).empty());
  ScorerOptions organiser;
  organiser.must.Add(Constraint::kTrl);
  EXPECT_TRUE(MakeScorer({need}, {offering}, organiser)->Score(NeedIndex(0), OfferingIndex(0)).rejected);
  offering.trl.reset();  // a missing field never rejects
  EXPECT_FALSE(MakeScorer({strict}, {offering}, organiser)->Score(NeedIndex(0), OfferingIndex(0)).rejected);
}

TEST(ScorerTest, ExclusionsReject) {
  ListingRecord need = MakeListing(Side::kNeed, "n", "激光焊接设备");
  need.party.name = "宁波甲公司";
  ListingRecord offering = MakeListing(Side::kOffering, "o", "激光焊接设备");
  offering.party.name = "西安乙研究所";
  const auto rejected = [](const ListingRecord& n, const ListingRecord& o, const ScorerOptions& options = {}) {
    return MakeScorer({n}, {o}, options)->Score(NeedIndex(0), OfferingIndex(0)).rejected;
  };
  EXPECT_FALSE(rejected(need, offering));
  ListingRecord shy = need;
  shy.exclude_parties = {" 西安乙研究所 "};
  EXPECT_TRUE(rejected(shy, offering));
  ListingRecord wary = offering;
  wary.exclude_parties = {"宁波甲公司"};
  EXPECT_TRUE(rejected(need, wary));
  ListingRecord own = offering;
  own.party.name = need.party.name;
  EXPECT_TRUE(rejected(need, own));
  ScorerOptions options;
  options.excluded = {{"n", "o"}};
  EXPECT_TRUE(rejected(need, offering, options));
  options.excluded = {{"n", "nobody"}};
  const auto scorer = Scorer::Build(BuildSnapshot({need}, {offering}).value(), TestModels(), options, RunContext());
  ASSERT_FALSE(scorer.ok());
  EXPECT_EQ(ReasonOf(scorer.status()), Reason::kOfferingNotFound);
}

TEST(ScorerTest, MissingFieldsAreNeutral) {
  ListingRecord bare = MakeListing(Side::kOffering, "o", "激光焊接设备");
  const auto scorer = MakeScorer({MakeListing(Side::kNeed, "n", "激光焊接设备")}, {bare});
  const ScoredPair pair = scorer->Score(NeedIndex(0), OfferingIndex(0));
  for (Component component : {Component::kResource, Component::kMode, Component::kTrl, Component::kAmount,
                              Component::kRegion, Component::kValidity}) {
    EXPECT_EQ(pair.components[static_cast<std::size_t>(component)], 0.5f) << ComponentName(component);
  }
}

TEST(ScorerTest, RankListingAgreesWithTheListingInThePool) {
  const Scorer& scorer = *FairScorer();
  for (std::int32_t n : {0, 5, 77}) {
    const std::vector<ScoredPair> inside = scorer.Rank(Side::kNeed, n, 10, false);
    const auto outside = scorer.RankListing(Fair()->need(NeedIndex(n)).record, 10).value();
    ASSERT_EQ(outside.size(), inside.size());
    for (std::size_t i = 0; i < inside.size(); ++i) {
      EXPECT_EQ(outside[i].offering, inside[i].offering);
      EXPECT_NEAR(outside[i].score, inside[i].score, 1e-9);
      EXPECT_FALSE(outside[i].need.valid());
    }
  }
  for (std::int32_t o : {3, 400}) {
    const std::vector<ScoredPair> inside = scorer.Rank(Side::kOffering, o, 5, false);
    const auto outside = scorer.RankListing(Fair()->offering(OfferingIndex(o)).record, 5).value();
    ASSERT_EQ(outside.size(), inside.size());
    for (std::size_t i = 0; i < inside.size(); ++i) {
      EXPECT_EQ(outside[i].need, inside[i].need);
      EXPECT_NEAR(outside[i].score, inside[i].score, 1e-9);
    }
  }
}

TEST(ScorerTest, FreeTextQuestionWithWordsNobodySaid) {
  const auto ranked =
      FairScorer()->RankListing(MakeListing(Side::kNeed, "", "qwxzv 水轮机 裂纹 zzyzx 补焊"), 5).value();
  ASSERT_EQ(ranked.size(), 5u);
  EXPECT_EQ(Fair()->offering(ranked[0].offering).record.id, "O0001");
}

TEST(ScorerTest, StrangeListingsAreAnswered) {
  std::string large;
  Random random(9);
  while (large.size() < 1'000'000) {
    large += "word" + std::to_string(random.Below(100'000)) + " 冷却水结垢 ";
  }
  std::vector<ListingRecord> needs = {
      MakeListing(Side::kNeed, "symbols", "★※→（）!!"), MakeListing(Side::kNeed, "title", "水"),
      MakeListing(Side::kNeed, "long", "长文", large),
      MakeListing(Side::kNeed, "russian", "Очистка охлаждающей воды от накипи", "Трубопровод, накипь, теплообмен"),
      MakeListing(Side::kNeed, "figures", "12345 67 8.9%")};
  std::vector<ListingRecord> offerings;
  for (ListingRecord record : needs) {
    record.side = Side::kOffering;
    offerings.push_back(std::move(record));
  }
  const auto scorer = MakeScorer(needs, offerings);
  for (Side side : {Side::kNeed, Side::kOffering}) {
    const auto ranked = scorer->RankAll(side, 10, true, RunContext()).value();
    for (const auto& pairs : ranked) {
      EXPECT_EQ(pairs.size(), 5u);
      for (const ScoredPair& pair : pairs) ExpectSound(pair);
    }
  }
  for (const ListingRecord& query : needs) {
    const auto ranked = FairScorer()->RankListing(query, 3).value();
    for (const ScoredPair& pair : ranked) ExpectSound(pair);
  }
}

TEST(ScorerTest, EmptyListsAnswer) {
  const auto empty = MakeScorer({}, {});
  EXPECT_TRUE(empty->RankAll(Side::kNeed, 10, true, RunContext()).value().empty());
  EXPECT_TRUE(empty->RankListing(MakeListing(Side::kNeed, "", "水"), 10).value().empty());
  const auto needs_only = MakeScorer({MakeListing(Side::kNeed, "n", "水")}, {});
  EXPECT_TRUE(needs_only->Rank(Side::kNeed, 0, 10, false).empty());
  const auto offerings_only = MakeScorer({}, {MakeListing(Side::kOffering, "o", "水")});
  EXPECT_TRUE(offerings_only->Rank(Side::kOffering, 0, 10, false).empty());
  EXPECT_EQ(offerings_only->RankListing(MakeListing(Side::kNeed, "", "水"), 10).value().size(), 1u);
}

TEST(ScorerTest, WithoutEncoderEqualWordsDecide) {
  Models words_only;
  words_only.analyzer = TestModels().analyzer;
  const auto scorer = Scorer::Build(Fair(), words_only, ScorerOptions(), RunContext()).value();
  const auto ranked = scorer->Rank(Side::kNeed, 0, 662, false);
  ASSERT_GE(ranked.size(), 2u);
  EXPECT_GT(ranked.front().score, ranked.back().score);
  for (const ScoredPair& pair : ranked) ExpectSound(pair);
  EXPECT_FALSE(scorer->Explain(ranked[0].need, ranked[0].offering, Audience::kFirm, Language::kEn).evidence.empty());
  EXPECT_EQ(ReasonOf(Scorer::Build(Fair(), Models(), ScorerOptions(), RunContext()).status()), Reason::kModelMissing);
}

TEST(ScorerTest, ProfileIdFollowsTheOfferings) {
  const std::vector<ListingRecord> needs = {MakeListing(Side::kNeed, "n", "水")};
  const std::vector<ListingRecord> one = {MakeListing(Side::kOffering, "o", "水")};
  const std::vector<ListingRecord> other = {MakeListing(Side::kOffering, "o", "水泵")};
  EXPECT_EQ(MakeScorer(needs, one)->profile_id(), MakeScorer({}, one)->profile_id());
  EXPECT_NE(MakeScorer(needs, one)->profile_id(), MakeScorer(needs, other)->profile_id());
}

TEST(ScorerTest, BriefReasonsNameWordsOfBothTextsAndFieldsAsTheyAre) {
  const auto scorer = FairScorer();
  const Snapshot& fair = scorer->snapshot();
  int words = 0, over_budget = 0;
  for (std::int32_t n = 0; n < fair.need_count(); ++n) {
    std::vector<OfferingIndex> offerings;
    for (const ScoredPair& pair : scorer->Rank(Side::kNeed, n, 5, false)) offerings.push_back(pair.offering);
    const NeedIndex need(n);
    const std::vector<BriefReasons> brief = scorer->Brief(need, offerings, Language::kZh);
    ASSERT_EQ(brief.size(), offerings.size());
    for (std::size_t i = 0; i < brief.size(); ++i) {
      EXPECT_LE(brief[i].evidence.size(), 3u);
      EXPECT_LE(brief[i].objections.size(), 3u);
      const BriefReasons alone = scorer->Brief(need, {&offerings[i], 1}, Language::kZh).front();
      EXPECT_EQ(alone.evidence, brief[i].evidence);
      EXPECT_EQ(alone.objections, brief[i].objections);
      const SmallTexts texts(fair.need(need).record, fair.offering(offerings[i]).record);
      for (const std::string& reason : brief[i].evidence) {
        if (!reason.starts_with("双方都提到")) continue;
        for (const std::string& word : Quoted(reason)) {
          ++words;
          EXPECT_NE(texts.need.find(word), std::string::npos) << word << " in " << texts.need;
          EXPECT_NE(texts.offering.find(word), std::string::npos) << word << " in " << texts.offering;
        }
      }
      const Explanation explained = scorer->Explain(need, offerings[i], Audience::kBroker, Language::kZh, 0);
      const auto amount = std::find_if(explained.margins.begin(), explained.margins.end(),
                                       [](const Margin& margin) { return margin.constraint == Constraint::kAmount; });
      const bool missed = amount->known && !amount->met;
      const bool told = !brief[i].objections.empty() && brief[i].objections.front() == amount->sentence;
      EXPECT_EQ(told, missed) << amount->sentence;
      over_budget += missed;
    }
  }
  EXPECT_GT(words, 300);
  EXPECT_GT(over_budget, 5);
}

TEST(ScorerTest, ProgressIsReportedOneCallAtATimeUpToTheTotal) {
  std::atomic<int> inside{0};
  std::int64_t last = 0;
  std::string before;
  RunContext context;
  context.threads = 4;
  context.progress = [&](std::string_view stage, std::int64_t done, std::int64_t total) {
    EXPECT_EQ(inside.fetch_add(1), 0);
    if (stage != before) {  // each stage counts anew, up to its total
      EXPECT_TRUE(stage == "hear" || (stage == "profile" && before == "hear") ||
                  (stage == "find" && before == "profile") || (stage == "score" && before == "find"))
          << stage << " after " << before;
      before = stage;
      last = 0;
    }
    EXPECT_EQ(total, stage == "hear" ? 782 : 120);
    EXPECT_GT(done, last);
    last = done;
    inside.fetch_sub(1);
  };
  ASSERT_TRUE(FairScorer()->RankAll(Side::kNeed, 1, false, context).ok());
  EXPECT_EQ(last, 120);
}

TEST(ScorerTest, LargerPoolsAreProfiledByASampleAndAgreeInEveryWay) {
  // 1,500 short offerings: more than the reference sample.
  Random random(21);
  const std::vector<std::string> words = {"激光", "焊接", "水泵", "清洗",   "阻垢剂",
                                          "轴承", "涂层", "检测", "催化剂", "膜"};
  std::vector<ListingRecord> offerings;
  for (int i = 0; i < 1500; ++i) {
    std::string title;
    for (int w = 0; w < 4; ++w) title += words[random.Below(words.size())];
    offerings.push_back(MakeListing(Side::kOffering, "o" + std::to_string(i), title));
  }
  const auto scorer = MakeScorer({MakeListing(Side::kNeed, "n", "水泵轴承涂层检测")}, offerings);
  const std::vector<ScoredPair> all = scorer->Rank(Side::kNeed, 0, 1500, true);
  ASSERT_EQ(all.size(), 1500u);
  for (const ScoredPair& pair : all) {
    ASSERT_TRUE(Same(pair, scorer->Score(pair.need, pair.offering)));
  }
  const std::vector<ScoredPair> retrieved = scorer->Rank(Side::kNeed, 0, 5, false);
  for (std::size_t i = 0; i < retrieved.size(); ++i) EXPECT_EQ(retrieved[i].score, all[i].score);
}

TEST(ScorerTest, CancelledRunsSayso) {
  std::stop_source stop;
  stop.request_stop();
  RunContext context;
  context.stop = stop.get_token();
  EXPECT_EQ(ReasonOf(Scorer::Build(Fair(), TestModels(), ScorerOptions(), context).status()), Reason::kCancelled);
  EXPECT_EQ(ReasonOf(FairScorer()->RankAll(Side::kNeed, 10, true, context).status()), Reason::kCancelled);
}

}  // namespace
}  // namespace magpie
