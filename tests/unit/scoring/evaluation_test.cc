#include "magpie/scoring/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "magpie/base/status.h"
#include "magpie/scoring/baselines.h"
#include "unit/scoring/fair.h"

namespace magpie {
namespace {

using testing::HasSubstr;

std::vector<OfferingIndex> Order(std::initializer_list<int> offerings) {
  std::vector<OfferingIndex> order;
  for (int o : offerings) order.emplace_back(o);
  return order;
}

TEST(MeasureNeedTest, WorkedByHand) {
  // Judged: 0 -> 3, 1 -> 0, 2 -> 2, 5 -> 3. Order: 4 (not judged), 0, 1, 2, 3, 5.
  const std::vector<Judgement> judged = {
      {OfferingIndex(0), 3}, {OfferingIndex(1), 0}, {OfferingIndex(2), 2}, {OfferingIndex(5), 3}};
  const Measures m = MeasureNeed(Order({4, 0, 1, 2, 3, 5}), judged);
  const double gain = 7 / std::log2(3) + 3 / std::log2(5) + 7 / std::log2(7);
  const double ideal = 7 + 7 / std::log2(3) + 3 / std::log2(4);
  EXPECT_NEAR(m.ndcg10, gain / ideal, 1e-12);
  EXPECT_EQ(m.hit1, 0);
  EXPECT_EQ(m.hit10, 1);
  EXPECT_NEAR(m.decoy3, 1.0 / 3, 1e-12);  // the offering that is not judged is no decoy
  EXPECT_EQ(m.recall10, 1);
  EXPECT_EQ(MeasureNeed(Order({0, 5, 2, 1}), judged).ndcg10, 1);
}

TEST(MeasureNeedTest, AllJudgedZeroIsZeroNotNan) {
  const std::vector<Judgement> judged = {{OfferingIndex(0), 0}};
  EXPECT_EQ(MeasureNeed(Order({0, 1}), judged).ndcg10, 0);
  EXPECT_EQ(MeasureNeed({}, judged).ndcg10, 0);
}

TEST(OrderByScoreTest, TiesByIndexAndJudgedOnly) {
  const std::vector<double> scores = {0.5, 0.9, 0.5, 0.9};
  EXPECT_THAT(OrderByScore(scores, {}, false), testing::ElementsAreArray(Order({1, 3, 0, 2})));
  const std::vector<Judgement> judged = {{OfferingIndex(0), 1}, {OfferingIndex(3), 1}};
  EXPECT_THAT(OrderByScore(scores, judged, true), testing::ElementsAreArray(Order({3, 0})));
}

TEST(ParseJudgementsTest, ErrorsNameTheLine) {
  const Snapshot& fair = *Fair();
  const auto message = [&](std::string_view tsv) {
    const absl::StatusOr<Judgements> read = ParseJudgements(tsv, "q.tsv", fair);
    return read.ok() ? std::string() : ErrorText(read.status());
  };
  EXPECT_EQ(message("\xEF\xBB\xBFN0001\tO0012\t2\r\n\nN0001\tO0013\t3"), "");
  EXPECT_THAT(message("N0001\tO0012\t2\nN9999\tO0012\t2\n"), testing::AllOf(HasSubstr("line 2"), HasSubstr("N9999")));
  EXPECT_THAT(message("N0001\tO9999\t2\n"), testing::AllOf(HasSubstr("line 1"), HasSubstr("O9999")));
  EXPECT_THAT(message("N0001\tO0012\t4\n"), HasSubstr("grade '4'"));
  EXPECT_THAT(message("N0001\tO0012\n"), HasSubstr("2 fields"));
  EXPECT_THAT(message("N0001\tO0012\t1\nN0001\tO0012\t2\n"), testing::AllOf(HasSubstr("line 2"), HasSubstr("twice")));
}

TEST(BootstrapTest, CoversTheMeanAndRepeats) {
  std::vector<double> ours, theirs;
  for (int i = 0; i < 100; ++i) {
    ours.push_back(0.5 + 0.01 * (i % 7));
    theirs.push_back(0.5);
  }
  const Difference a = BootstrapDifference(ours, theirs, 1), b = BootstrapDifference(ours, theirs, 1);
  EXPECT_NEAR(a.mean, 0.0295, 0.001);
  EXPECT_LT(a.low, a.mean);
  EXPECT_GT(a.high, a.mean);
  EXPECT_GT(a.low, 0);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_EQ(BootstrapDifference({}, {}, 1).high, 0);
}

TEST(CompareSystemsTest, RecallCountsOnlyNeedsWithABestOffering) {
  SystemResult ours, theirs;
  for (int i = 0; i < 30; ++i) {
    Measures with_best, without;
    with_best.ndcg10 = 0.8;
    with_best.recall10 = 0.5 + 0.01 * (i % 3);
    with_best.has_best = true;
    ours.by_need.push_back(with_best);
    ours.by_need.push_back(without);
    with_best.ndcg10 = 0.6;
    with_best.recall10 = 0.25;
    theirs.by_need.push_back(with_best);
    theirs.by_need.push_back(without);
  }
  const std::vector<MeasureDifference> differences = CompareSystems(ours, theirs, 1);
  ASSERT_EQ(differences.size(), 7u);
  EXPECT_EQ(differences[0].measure, "nDCG@10");
  EXPECT_NEAR(differences[0].ahead.mean, 0.1, 1e-9);
  EXPECT_LT(differences[0].ahead.low, 0.1);
  EXPECT_GT(differences[0].ahead.high, 0.1);
  EXPECT_EQ(differences[4].measure, "recall@10");
  EXPECT_NEAR(differences[4].ahead.mean, 0.26, 1e-9);
  EXPECT_GT(differences[4].ahead.low, 0.25);
}

// The published figures of the baselines on the sample fair.
TEST(BaselinesTest, GiveThePublishedFigures) {
  const Baselines baselines(*Fair());
  const Judgements judgements = ReadJudgements(FairFolder() + "qrels.tsv", *Fair()).value();
  const double published[] = {0.572, 0.556, 0.571};
  for (int b = 0; b < kBaselineCount; ++b) {
    const auto baseline = static_cast<Baseline>(b);
    const SystemResult result = EvaluateSystem(
                                    BaselineName(baseline), *Fair(), judgements, false,
                                    [&](NeedIndex need) { return baselines.Scores(baseline, need); }, RunContext())
                                    .value();
    EXPECT_NEAR(result.mean.ndcg10, published[b], 0.01) << BaselineName(baseline);
  }
}

TEST(BaselinesTest, EmptyListsAnswer) {
  const auto empty = BuildSnapshot({}, {}).value();
  const Baselines none(*empty);
  const auto one =
      BuildSnapshot({MakeListing(Side::kNeed, "n", "光")}, {MakeListing(Side::kOffering, "o", "光")}).value();
  const Baselines single(*one);
  for (int b = 0; b < kBaselineCount; ++b) {
    const std::vector<double> scores = single.Scores(static_cast<Baseline>(b), NeedIndex(0));
    ASSERT_EQ(scores.size(), 1u);
    EXPECT_GT(scores[0], 0) << b;
  }
}

// Floors well below what is measured, far above the baselines.
TEST(EvaluateRunTest, EngineIsAheadOfEveryBaselineOnTheFair) {
  const Judgements judgements = ReadJudgements(FairFolder() + "qrels.tsv", *Fair()).value();
  const EvaluationReport report = EvaluateRun(*FairScorer(), judgements, EvaluationOptions(), RunContext()).value();
  ASSERT_EQ(report.systems.size(), 4u);
  EXPECT_EQ(report.need_count, 120);
  EXPECT_EQ(report.pair_count, 694);
  EXPECT_GT(report.systems[0].mean.ndcg10, 0.66);
  for (std::size_t i = 1; i < report.systems.size(); ++i) EXPECT_GT(report.systems[i].ahead.low, 0);
  ASSERT_EQ(report.failures.size(), 20u);
  const FailedNeed& worst = report.failures.front();
  EXPECT_EQ(worst.got.size(), 5u);
  ASSERT_FALSE(worst.expected.empty());
  EXPECT_EQ(worst.expected.front().grade, 3);
  EXPECT_LE(worst.ndcg10, report.failures.back().ndcg10);
}

TEST(EvaluateRunTest, ComparesTwoSettingsNeedByNeed) {
  const Judgements judgements = ReadJudgements(FairFolder() + "qrels.tsv", *Fair()).value();
  ScorerOptions without_knowledge;
  without_knowledge.ranker = TestModels().ranker;
  without_knowledge.ranker->weights[static_cast<std::size_t>(Feature::kKnowledge)] = 0;
  const auto other = Scorer::Build(Fair(), TestModels(), without_knowledge, RunContext()).value();
  EvaluationOptions options;
  options.baselines = false;
  options.against = other.get();
  const EvaluationReport report = EvaluateRun(*FairScorer(), judgements, options, RunContext()).value();
  ASSERT_EQ(report.systems.size(), 2u);
  ASSERT_EQ(report.differences.size(), 7u);
  const Difference& ndcg = report.differences[0].ahead;
  EXPECT_NEAR(ndcg.mean, report.systems[0].mean.ndcg10 - report.systems[1].mean.ndcg10, 1e-9);
  EXPECT_GT(ndcg.mean, 0);
  EXPECT_LT(ndcg.low, ndcg.mean);
  EXPECT_GT(ndcg.high, ndcg.mean);

  options.against = FairScorer().get();
  const EvaluationReport same = EvaluateRun(*FairScorer(), judgements, options, RunContext()).value();
  EXPECT_EQ(same.differences[0].ahead.low, 0);
  EXPECT_EQ(same.differences[0].ahead.high, 0);

  const auto elsewhere = MakeScorer({MakeListing(Side::kNeed, "n", "光")}, {MakeListing(Side::kOffering, "o", "光")});
  options.against = elsewhere.get();
  EXPECT_EQ(ReasonOf(EvaluateRun(*FairScorer(), judgements, options, RunContext()).status()), Reason::kBadArgument);
}

}  // namespace
}  // namespace magpie
