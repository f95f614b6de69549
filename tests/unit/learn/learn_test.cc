// Fitting a ranker to judgements: what it learns, what it leaves alone, when it refuses.
#include "magpie/learn/learn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learn/fit.h"
#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "unit/scoring/fair.h"

namespace magpie {
namespace {

using ::testing::HasSubstr;

// Needs whose better offerings have more of feature `telling`, and of nothing else.
std::vector<NeedLesson> Lessons(Feature telling, int needs, std::uint64_t seed) {
  Random random(seed);
  std::vector<NeedLesson> lessons(static_cast<std::size_t>(needs));
  for (NeedLesson& lesson : lessons) {
    for (int i = 0; i < 30; ++i) {
      PairLesson pair;
      for (double& feature : pair.features) feature = 2 * random.Uniform() - 1;
      pair.grade = i < 2 ? 3 : i < 4 ? 2 : i < 6 ? 1 : 0;
      pair.features[static_cast<std::size_t>(telling)] += pair.grade;
      lesson.pairs.push_back(pair);
    }
  }
  return lessons;
}
std::vector<const NeedLesson*> Pointers(const std::vector<NeedLesson>& lessons) {
  std::vector<const NeedLesson*> pointers;
  for (const NeedLesson& lesson : lessons) pointers.push_back(&lesson);
  return pointers;
}

TEST(FitTest, FindsTheFeatureThatTells) {
  for (const Feature telling : {Feature::kText, Feature::kKnowledge, Feature::kAmount}) {
    const auto at = static_cast<std::size_t>(telling);
    const std::vector<NeedLesson> lessons = Lessons(telling, 200, 3);
    const Ranker ranker = Fit(Pointers(lessons), Ranker(), 1);
    for (std::size_t f = 0; f < kFeatureCount; ++f) {
      if (f == at) continue;
      EXPECT_GT(ranker.weights[at], 3 * ranker.weights[f]) << f;
    }
    // Grades come back: the median of each grade's points lies in its band.
    int right = 0, all = 0;
    for (const NeedLesson& lesson : lessons) {
      for (const PairLesson& pair : lesson.pairs) {
        right += ranker.Grade(ranker.Points(pair.features)) == pair.grade;
        ++all;
      }
    }
    EXPECT_GT(right, all * 7 / 10);
  }
}

TEST(FitTest, AWeightThatDoesHarmGoesToZeroAndNotBelow) {
  std::vector<NeedLesson> lessons = Lessons(Feature::kText, 100, 5);
  for (NeedLesson& lesson : lessons) {
    for (PairLesson& pair : lesson.pairs) pair.features[0] -= pair.grade;
  }
  const Ranker ranker = Fit(Pointers(lessons), Ranker(), 1);
  EXPECT_EQ(ranker.weights[0], 0);
  for (double weight : ranker.weights) EXPECT_GE(weight, 0);
  EXPECT_LE(ranker.cuts[0], ranker.cuts[1]);
  EXPECT_LE(ranker.cuts[1], ranker.cuts[2]);
}

TEST(FitTest, FewNeedsOrAStrongPriorChangeLittle) {
  const Ranker prior;
  const auto moved = [&](int needs, double shrinkage) {
    const std::vector<NeedLesson> lessons = Lessons(Feature::kText, needs, 11);
    const Ranker ranker = Fit(Pointers(lessons), prior, shrinkage);
    double sum = 0;
    for (std::size_t f = 0; f < kFeatureCount; ++f) sum += std::abs(ranker.weights[f] - prior.weights[f]);
    return sum;
  };
  EXPECT_LT(moved(100, 1e9), 1e-4);
  EXPECT_LT(moved(2, 20), moved(200, 20) / 2);
}

Judgements FairJudgements() {
  return ReadJudgements(FairFolder() + "qrels.tsv", *Fair()).value();
}

TEST(LearnTest, ImprovesHeldOutNeedsOverAPoorRankerWhateverTheThreads) {
  Ranker poor;
  poor.weights = {};
  poor.weights[static_cast<std::size_t>(Feature::kLexical)] = 1;
  RunContext one, many;
  one.threads = 1;
  many.threads = 5;
  const LearnReport report = Learn(*FairScorer(), FairJudgements(), poor, LearnOptions(), one).value();
  EXPECT_EQ(report.needs, 120);
  EXPECT_EQ(report.pairs, 694);
  EXPECT_GT(report.after.ndcg10, report.before.ndcg10 + 0.1);
  EXPECT_GT(report.after.agreement(), 0.4);
  EXPECT_EQ(Learn(*FairScorer(), FairJudgements(), poor, LearnOptions(), many).value().ranker.ToJson(),
            report.ranker.ToJson());
}

TEST(LearnTest, RefusesWithTooLittle) {
  Judgements few = FairJudgements();
  for (std::size_t n = 15; n < few.size(); ++n) few[n].clear();
  const absl::Status status = Learn(*FairScorer(), few, Ranker(), LearnOptions(), RunContext()).status();
  EXPECT_EQ(ReasonOf(status), Reason::kBadArgument);
  EXPECT_THAT(ErrorText(status), HasSubstr("15 judged needs"));
  EXPECT_THAT(ErrorText(status), HasSubstr("stays as it is"));
}

}  // namespace
}  // namespace magpie
