#include "magpie/assignment/open.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "magpie/base/status.h"
#include "problems.h"
#include "solve_checked.h"

namespace magpie {
namespace {

using ::magpie_test::Instance;
using ::magpie_test::MakeInstance;
using ::magpie_test::RandomInstance;
using ::magpie_test::Shape;
using ::magpie_test::SolveChecked;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ExplainOpenTest, EveryReasonWithItsNearMiss) {
  // Offerings 0 and 1; needs: 0 takes offering 0; 1 wants it too; 2 has no pair; 3 is below the threshold; 4 is
  // excluded; 5 has no capacity; 6 shares a full party with need 0 and finds offering 1 free.
  Instance instance =
      MakeInstance(7, 2, {{0, 0}, {1, 0}, {3, 0}, {3, 1}, {4, 1}, {5, 1}, {6, 1}}, {100, 90, 0, 0, 80, 70, 60});
  instance.problem.need_capacity[5] = 0;
  instance.problem.need_groups = {{1, -1}};
  instance.problem.need_group = {0, -1, -1, -1, -1, -1, 0};
  instance.problem.excluded = {4};
  const std::vector<std::int64_t> full = {100, 90, 20, 30, 80, 70, 60};
  const Assignment answer = SolveChecked(instance);
  // 90 + 60 beats 100.
  ASSERT_THAT(answer.arcs, ElementsAre(1, 6));
  const auto open = ExplainOpenNeeds(instance.graph, instance.problem, answer, full);
  ASSERT_EQ(open.size(), 5u);
  const auto is = [](const Unmatched& u, std::int32_t node, OpenReason reason, std::int32_t near) {
    return u.node == node && u.reason == reason && u.near_arc == near;
  };
  EXPECT_TRUE(is(open[0], 0, OpenReason::kNoCapacity, 0) || is(open[0], 0, OpenReason::kPartnersTaken, 0));
  EXPECT_TRUE(is(open[1], 2, OpenReason::kNoCandidate, -1));
  EXPECT_TRUE(is(open[2], 3, OpenReason::kBelowThreshold, 3));
  EXPECT_TRUE(is(open[3], 4, OpenReason::kExcluded, 4));
  EXPECT_TRUE(is(open[4], 5, OpenReason::kNoCapacity, 5));
  EXPECT_THAT(ExplainOpenOfferings(instance.graph, instance.problem, answer), IsEmpty());
}

TEST(ExplainOpenTest, ShortfallIsWhatTheNearMissLacked) {
  const Instance instance = MakeInstance(3, 1, {{0, 0}, {1, 0}, {2, 0}}, {100, 93, 50});
  const Assignment answer = SolveChecked(instance);
  ASSERT_THAT(answer.arcs, ElementsAre(0));
  const auto open = ExplainOpenNeeds(instance.graph, instance.problem, answer);
  ASSERT_EQ(open.size(), 2u);
  EXPECT_EQ(open[0].reason, OpenReason::kPartnersTaken);
  EXPECT_EQ(open[0].near_arc, 1);
  EXPECT_EQ(open[0].shortfall, answer.offering_price[0] - 93);
  EXPECT_EQ(open[1].shortfall - open[0].shortfall, 43);
}

TEST(ExplainOpenTest, NamesAreUpperCaseWords) {
  EXPECT_EQ(OpenReasonName(OpenReason::kNoCandidate), "NO_CANDIDATE");
  EXPECT_EQ(OpenReasonName(OpenReason::kPartnersTaken), "PARTNERS_TAKEN");
  EXPECT_EQ(OpenReasonName(OpenReason::kExcluded), "EXCLUDED");
}

TEST(ExplainLeftOutTest, NamesThePairsThatStandBefore) {
  // Offering 0 takes two; need 3 is left out of it.
  Instance instance = MakeInstance(4, 2, {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {3, 1}}, {100, 90, 80, 70, 5});
  instance.problem.offering_capacity = {2, 1};
  const Assignment answer = SolveChecked(instance);
  ASSERT_THAT(answer.arcs, ElementsAre(0, 1, 4));
  const auto pair = ExplainLeftOut(instance.graph, instance.problem, answer, 2);
  ASSERT_TRUE(pair.ok());
  EXPECT_EQ(pair->reason, LeftOutReason::kOfferingFull);
  EXPECT_EQ(LeftOutReasonName(pair->reason), "OFFERING_FULL");
  EXPECT_THAT(pair->before_offering, ElementsAre(0, 1));
  EXPECT_THAT(pair->before_need, IsEmpty());
  EXPECT_THAT(pair->bars, ElementsAre(PlanConstraint{PlanConstraintKind::kOfferingCapacity, 0, 2}));
  EXPECT_EQ(pair->shortfall, pair->price - 80);
  EXPECT_EQ(ExplainLeftOut(instance.graph, instance.problem, answer, 0)->reason, LeftOutReason::kChosen);
  EXPECT_EQ(ReasonOf(ExplainLeftOut(instance.graph, instance.problem, answer, 5).status()), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf(ExplainLeftOut(instance.graph, instance.problem, answer, -1).status()), Reason::kBadArgument);
}

TEST(ExplainLeftOutTest, SaysItInASentence) {
  Instance instance =
      MakeInstance(4, 2, {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {3, 1}}, {910'000, 900'000, 870'000, 0, 50'000});
  instance.problem.offering_capacity = {2, 1};
  const Assignment answer = SolveChecked(instance);
  const auto text = [&](std::int32_t arc, Language language, const ConstraintNames& names = {}) {
    const auto pair = ExplainLeftOut(instance.graph, instance.problem, answer, arc);
    return LeftOutText(instance.graph, *pair, instance.problem.gain, language, names);
  };
  const std::int64_t lacks = answer.offering_price[0] + answer.need_price[2] - 870'000;
  EXPECT_EQ(
      text(2, Language::kEn),
      fmt::format("need 2 with offering 0 was left out: offering 0 takes at most 2 matches, and these stand before "
                  "it: need 0 with offering 0 (0.910), need 1 with offering 0 (0.900).{}",
                  lacks > 0
                      ? fmt::format(" It would have to gain at least {:.3f} more.", 1e-6 * static_cast<double>(lacks))
                      : ""));
  const ConstraintNames names = [](const PlanConstraint& c) {
    return c.kind == PlanConstraintKind::kRequired ? fmt::format("甲{}与乙", c.index) : "";
  };
  EXPECT_THAT(text(2, Language::kZh, names),
              testing::StartsWith("甲2与乙没有匹配：成果 0 最多 2 个匹配，已给了甲0与乙（0.910）、甲1与乙（0.900）。"));
  EXPECT_EQ(text(0, Language::kEn), "need 0 with offering 0 is matched.");
  EXPECT_THAT(text(3, Language::kEn),
              testing::StartsWith("need 3 with offering 0 was left out: its score of 0.000 lies below"));
}

TEST(ExplainLeftOutTest, GroupsThatBarShowAllTheirPairs) {
  Instance instance = MakeInstance(3, 3, {{0, 0}, {1, 1}, {2, 2}}, {30, 20, 10});
  instance.problem.offering_groups = {{2, -1}};
  instance.problem.offering_group = {0, 0, 0};
  const Assignment answer = SolveChecked(instance);
  const auto pair = ExplainLeftOut(instance.graph, instance.problem, answer, 2);
  ASSERT_TRUE(pair.ok());
  EXPECT_EQ(pair->reason, LeftOutReason::kOfferingFull);
  EXPECT_THAT(pair->bars, ElementsAre(PlanConstraint{PlanConstraintKind::kOfferingGroupCapacity, 0, 2}));
  EXPECT_THAT(pair->before_offering, ElementsAre(0, 1));
  EXPECT_EQ(ExplainOpenNeeds(instance.graph, instance.problem, answer)[0].reason, OpenReason::kPartnersTaken);
  EXPECT_EQ(ExplainOpenOfferings(instance.graph, instance.problem, answer)[0].reason, OpenReason::kNoCapacity);
}

TEST(ExplainLeftOutTest, QuotasThatAreUsedUp) {
  // Solved by hand: the quota of one pair is worth 20, by which the bound is 30 + 10.
  Instance instance = MakeInstance(3, 3, {{0, 0}, {1, 1}, {2, 2}}, {30, 20, 10});
  instance.problem.quotas = {{{0, 1}, 0, 1}};
  Assignment answer;
  answer.arcs = {0, 2};
  answer.total_gain = answer.bound = 40;
  answer.need_price = {10, 0, 10};
  answer.offering_price = {0, 0, 0};
  answer.quota_price = {20};
  const auto pair = ExplainLeftOut(instance.graph, instance.problem, answer, 1);
  ASSERT_TRUE(pair.ok());
  EXPECT_EQ(pair->reason, LeftOutReason::kQuotaFull);
  EXPECT_EQ(pair->shortfall, 0);
  EXPECT_THAT(pair->bars, ElementsAre(PlanConstraint{PlanConstraintKind::kQuotaMaximum, 0, 1}));
  const auto open = ExplainOpenNeeds(instance.graph, instance.problem, answer);
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].reason, OpenReason::kQuotaFull);
  EXPECT_EQ(OpenReasonName(open[0].reason), "QUOTA_FULL");
}

TEST(ExplainLeftOutTest, TheShortfallIsNeverTooLargeAndEveryPairHasAReason) {
  int seen = 0, with_minimum = 0;
  for (int round = 0; round < 150; ++round) {
    Shape shape;
    shape.left = 4 + round % 4;
    shape.right = 3 + round % 3;
    shape.zeros = round % 4 == 0;
    shape.groups = round % 3;
    shape.excluded = 1;
    Instance instance = RandomInstance(static_cast<std::uint64_t>(round), shape);
    AssignmentProblem& problem = instance.problem;
    if (round % 2 == 1) {
      problem.need_minimum.assign(problem.need_capacity.size(), 0);
      for (std::size_t n = 0; n < problem.need_minimum.size(); n += 2) {
        problem.need_minimum[n] = std::min(1, problem.need_capacity[n]);
      }
    }
    const auto solved = SolveAssignment(instance.graph, problem, {});
    if (!solved.ok()) continue;  // the minimums contradict each other
    ASSERT_TRUE(CheckAssignment(instance.graph, problem, *solved).ok());
    for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
      const auto pair = ExplainLeftOut(instance.graph, problem, *solved, a);
      ASSERT_TRUE(pair.ok());
      EXPECT_NE(pair->reason, LeftOutReason::kNotProven) << round << " " << a;
      if (pair->reason == LeftOutReason::kNeedFull || pair->reason == LeftOutReason::kOfferingFull ||
          pair->reason == LeftOutReason::kBothFull) {
        EXPECT_FALSE(pair->bars.empty());
        EXPECT_EQ(pair->bars.size(), pair->bar_price.size());
        // With so much more it still would not have raised the total.
        Instance raised = instance;
        raised.problem.gain[static_cast<std::size_t>(a)] += pair->shortfall;
        EXPECT_EQ(SolveChecked(raised).total_gain, solved->total_gain) << round << " " << a;
        ++seen;
        with_minimum += problem.need_minimum.empty() ? 0 : 1;
      }
    }
  }
  EXPECT_GT(seen, 150);
  EXPECT_GT(with_minimum, 50);
}

}  // namespace
}  // namespace magpie
