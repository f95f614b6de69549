// Two shapes beyond pairs: every need gets an answer, and one offering goes to whoever wants it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "magpie/assignment/conflict.h"
#include "magpie/assignment/open.h"
#include "magpie/assignment/what_if.h"
#include "magpie/base/status.h"
#include "problems.h"
#include "solve_checked.h"

namespace magpie {
namespace {

using ::magpie_test::BruteForceGain;
using ::magpie_test::Instance;
using ::magpie_test::MakeInstance;
using ::magpie_test::SolveChecked;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Eight firms state problems before a university's teams. Firms 0 to 5 fit teams 0 and 1 well; firms 6 and 7 fit only
// team 0, and badly.
Instance EightFirms(std::int32_t team_capacity) {
  std::vector<Arc> arcs;
  std::vector<std::int64_t> gain;
  for (std::int32_t firm = 0; firm < 8; ++firm) {
    for (std::int32_t team = 0; team < (firm < 6 ? 3 : 1); ++team) {
      arcs.push_back({firm, team});
      gain.push_back(firm < 6 ? 900'000 - 10'000 * firm - (team == 2 ? 500'000 : 0) : 350'000);
    }
  }
  Instance instance = MakeInstance(8, 3, arcs, gain);
  instance.problem.offering_capacity.assign(3, team_capacity);
  return instance;
}

std::set<std::int32_t> Served(const Instance& instance, const Assignment& answer) {
  std::set<std::int32_t> needs;
  for (std::int32_t a : answer.arcs) needs.insert(instance.graph.arc(a).left);
  return needs;
}

TEST(EveryNeedAnsweredTest, TheTotalAloneLeavesFirmsOut) {
  const Instance instance = EightFirms(3);
  const Assignment answer = SolveChecked(instance);
  EXPECT_EQ(Served(instance, answer).size(), 6u);
  const auto open = ExplainOpenNeeds(instance.graph, instance.problem, answer);
  ASSERT_EQ(open.size(), 2u);
  EXPECT_EQ(open[0].node, 6);
  EXPECT_EQ(open[0].reason, OpenReason::kPartnersTaken);
}

TEST(EveryNeedAnsweredTest, AMinimumOfOneServesEverybodyWithinTheTeamsCapacity) {
  Instance instance = EightFirms(3);
  instance.problem.need_minimum.assign(8, 1);
  const Assignment answer = SolveChecked(instance);
  EXPECT_EQ(Served(instance, answer).size(), 8u);
  std::vector<int> load(3, 0);
  for (std::int32_t a : answer.arcs) ++load[static_cast<std::size_t>(instance.graph.arc(a).right)];
  EXPECT_THAT(load, Each(testing::Le(3)));
  EXPECT_EQ(answer.total_gain, BruteForceGain(instance));
  EXPECT_THAT(ExplainOpenNeeds(instance.graph, instance.problem, answer), IsEmpty());
  // What serving firms 6 and 7 costs stands in the prices, and giving up on one of them is a relaxation.
  const auto what_if = AskWhatIf(instance.graph, instance.problem, answer);
  ASSERT_TRUE(what_if.ok());
  const auto given_up = std::find_if(what_if->relaxations.begin(), what_if->relaxations.end(), [](const Relaxation& r) {
    return r.constraint.kind == PlanConstraintKind::kNeedMinimum && r.constraint.index >= 6;
  });
  ASSERT_NE(given_up, what_if->relaxations.end());
  EXPECT_EQ(given_up->gain, 500'000 - 350'000);  // a firm moves from team 2 to team 0
  EXPECT_THAT(given_up->needs_lost, ElementsAre(given_up->constraint.index));
  EXPECT_THAT(given_up->needs_served, IsEmpty());
}

TEST(EveryNeedAnsweredTest, WhereItCannotBeTheConflictIsNamed) {
  Instance instance = EightFirms(1);
  instance.problem.need_minimum.assign(8, 1);
  const ConstraintNames names = [](const PlanConstraint& c) {
    return c.kind == PlanConstraintKind::kNeedMinimum ? fmt::format("第 {} 家企业", c.index + 1)
                                                      : fmt::format("第 {} 组", c.index + 1);
  };
  EXPECT_EQ(ReasonOf(SolveAssignment(instance.graph, instance.problem, {}).status()), Reason::kPlanConflict);
  const auto conflict = FindConflict(instance.graph, instance.problem);
  ASSERT_TRUE(conflict.ok());
  // Both firms that fit team 0 only: the smallest set.
  EXPECT_EQ(
      ConflictText(instance.graph, *conflict, Language::kZh, names),
      "这 3 条不能同时满足：第 1 组最多 1 个匹配；第 7 家企业至少要 1 个匹配；第 8 家企业至少要 1 个匹配。这里至少要 2 "
      "个匹配，而现有候选最多只能给 1 个。放宽其中任何一条即可。");
  instance.problem.need_minimum.pop_back();
  EXPECT_EQ(ReasonOf(FindConflict(instance.graph, instance.problem).status()), Reason::kBadArgument);
}

TEST(OneOfferingToManyTest, EveryBuyerAboveTheThresholdGetsIt) {
  // A health kit wanted by 200 counties; every third cannot pay for it, so the budget has taken its score to 0. Offering
  // 1 is a rival of capacity 2.
  std::vector<Arc> arcs;
  std::vector<std::int64_t> gain, full_gain;
  for (std::int32_t county = 0; county < 200; ++county) {
    for (std::int32_t offering = 0; offering < 2; ++offering) {
      const bool affordable = county % 3 != 0 || offering == 1;
      arcs.push_back({county, offering});
      full_gain.push_back(400'000 + 1'000 * county + 5'000 * offering);
      gain.push_back(affordable ? full_gain.back() : 0);
    }
  }
  Instance instance = MakeInstance(200, 2, arcs, gain);
  instance.problem.offering_capacity = {kUnlimited, 2};
  const Assignment answer = SolveChecked(instance);
  std::int32_t buyers = 0, rival = 0;
  for (std::int32_t a : answer.arcs) ++(instance.graph.arc(a).right == 0 ? buyers : rival);
  EXPECT_EQ(rival, 2);
  EXPECT_EQ(buyers, 133);  // all who can pay: no one is in another's way
  EXPECT_EQ(answer.offering_price[0], 0);
  const auto open = ExplainOpenNeeds(instance.graph, instance.problem, answer, full_gain);
  EXPECT_EQ(open.size(), 65u);  // 67 cannot pay, the two dearest of them took the rival
  for (const Unmatched& entry : open) {
    EXPECT_EQ(entry.node % 3, 0);
    EXPECT_EQ(entry.reason, OpenReason::kPartnersTaken);  // the rival is what they could have had
    const std::int32_t kit = instance.graph.FindArc(entry.node, 0);
    const auto pair = ExplainLeftOut(instance.graph, instance.problem, answer, kit, full_gain);
    ASSERT_TRUE(pair.ok());
    EXPECT_EQ(pair->reason, LeftOutReason::kBelowThreshold);
  }
  // Nobody asks for one place more of the unlimited one.
  const auto what_if = AskWhatIf(instance.graph, instance.problem, answer, {.most_reported = 300, .most_solved = 5});
  ASSERT_TRUE(what_if.ok());
  for (const Relaxation& relaxation : what_if->relaxations) {
    EXPECT_FALSE(relaxation.constraint.kind == PlanConstraintKind::kOfferingCapacity &&
                 relaxation.constraint.index == 0);
  }
}

}  // namespace
}  // namespace magpie
