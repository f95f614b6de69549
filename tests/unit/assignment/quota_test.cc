#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "magpie/assignment/assignment.h"
#include "problems.h"

namespace magpie {
namespace {

using ::magpie_test::BruteForceGain;
using ::magpie_test::Instance;
using ::magpie_test::RandomInstance;
using ::magpie_test::Shape;
using ::testing::ElementsAre;

// Solves, checks the answer and compares it with all choices. True = there is a choice.
bool Agrees(const Instance& instance, bool nests, std::uint64_t seed) {
  const std::int64_t best = BruteForceGain(instance);
  const auto answer = SolveAssignment(instance.graph, instance.problem, {});
  EXPECT_EQ(answer.ok(), best >= 0) << seed << " " << answer.status();
  if (!answer.ok()) {
    EXPECT_EQ(ReasonOf(answer.status()), Reason::kPlanConflict) << seed << " " << answer.status();
    return false;
  }
  const absl::Status proof = CheckAssignment(instance.graph, instance.problem, *answer);
  EXPECT_TRUE(proof.ok()) << seed << " " << proof;
  EXPECT_EQ(answer->total_gain, best) << seed;
  EXPECT_GE(answer->bound, best) << seed;
  EXPECT_EQ(answer->ending, answer->bound == best ? Ending::kProven : Ending::kGap) << seed;
  if (nests) {
    EXPECT_EQ(answer->ending, Ending::kProven) << seed;
  }
  return true;
}

TEST(QuotaTest, CrossingQuotasAgainstBruteForce) {
  int feasible = 0, infeasible = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    Shape shape;
    shape.left = shape.right = 3 + static_cast<std::int32_t>(seed % 3);
    shape.zeros = seed % 5 == 0;
    shape.groups = static_cast<int>(seed % 2);
    shape.required = seed % 4 == 0 ? 1 : 0;
    shape.excluded = seed % 7 == 0 ? 1 : 0;
    shape.minimums = seed % 3 == 0 ? 1 : 0;
    shape.quotas = 1 + static_cast<int>(seed % 3);
    ++(Agrees(RandomInstance(seed, shape), false, seed) ? feasible : infeasible);
  }
  EXPECT_GT(feasible, 300);
  EXPECT_GT(infeasible, 30);
}

// Each quota is some arcs of one node, or all arcs of some nodes: it nests, and prices prove the optimum.
TEST(QuotaTest, NestingQuotasAreProven) {
  int feasible = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    Shape shape;
    shape.left = shape.right = 5;
    shape.required = seed % 4 == 0 ? 1 : 0;
    shape.excluded = seed % 7 == 0 ? 1 : 0;
    shape.minimums = seed % 3 == 0 ? 1 : 0;
    Instance instance = RandomInstance(seed, shape);
    const auto& [graph, problem] = instance;
    Random random(seed);
    std::vector<Quota> quotas(4);
    for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
      const Arc& arc = graph.arc(a);
      if (arc.left == 1 && problem.gain[static_cast<std::size_t>(a)] >= 8) quotas[0].arcs.push_back(a);
      if (arc.left == 2 || arc.left == 3) quotas[1].arcs.push_back(a);
      if (arc.left >= 1 && arc.left <= 3) quotas[2].arcs.push_back(a);
      if (arc.right == 4 && arc.left % 2 == 0) quotas[3].arcs.push_back(a);
    }
    for (Quota& quota : quotas) {
      quota.minimum = static_cast<std::int32_t>(random.Below(2));
      quota.maximum = quota.minimum + static_cast<std::int32_t>(random.Below(3));
    }
    if (seed % 2 == 0) quotas.resize(3);
    if (seed % 3 == 0) std::swap(quotas[0], quotas[2]);
    instance.problem.quotas = quotas;
    feasible += Agrees(instance, true, seed);
  }
  EXPECT_GT(feasible, 300);
}

TEST(QuotaTest, EmptyQuotasAndAllArcs) {
  Instance instance{*CandidateGraph::Build(2, 2, {{0, 0}, {0, 1}, {1, 0}, {1, 1}}), {}};
  instance.problem.gain = {5, 4, 3, 1};
  instance.problem.need_capacity = instance.problem.offering_capacity = {2, 2};
  instance.problem.quotas = {{{}, 0, 0}, {{0, 1, 2, 3}, 0, 3}, {{0, 3}, 1, 1}};
  const auto answer = SolveAssignment(instance.graph, instance.problem, {});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(answer->arcs, ElementsAre(0, 1, 2));
  EXPECT_TRUE(CheckAssignment(instance.graph, instance.problem, *answer).ok());
  instance.problem.quotas = {{{}, 1, 1}};
  EXPECT_EQ(ReasonOf(SolveAssignment(instance.graph, instance.problem, {}).status()), Reason::kPlanConflict);
}

TEST(QuotaTest, BadQuotasAreRefused) {
  Instance instance{*CandidateGraph::Build(1, 1, {{0, 0}}), {}};
  instance.problem.gain = {5};
  instance.problem.need_capacity = instance.problem.offering_capacity = {1};
  const std::vector<Quota> bad = {{{0}, 2, 1}, {{0}, -1, 1}, {{0, 0}, 0, 1}, {{1}, 0, 1}, {{-1}, 0, 1}};
  for (const Quota& quota : bad) {
    instance.problem.quotas = {quota};
    EXPECT_EQ(ReasonOf(SolveAssignment(instance.graph, instance.problem, {}).status()), Reason::kBadArgument);
  }
}

// Two classes that cross the sides, each with a floor and a ceiling, at the size of a fair.
TEST(QuotaTest, FairSizedQuotasAreKeptWithASmallGap) {
  Shape shape;
  shape.left = 300;
  shape.right = 400;
  shape.arcs_per_left = 12;
  shape.capacity = 3;
  shape.largest_gain = 1'000'000;
  Instance instance = RandomInstance(11, shape);
  Quota west, small;
  for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
    const Arc& arc = instance.graph.arc(a);
    if (arc.left % 4 == 0 && arc.right % 3 == 0) west.arcs.push_back(a);
    if (arc.left % 3 == 0 && arc.right % 5 < 2) small.arcs.push_back(a);
  }
  west.minimum = 60;
  small.minimum = 50;
  small.maximum = 55;
  const auto before = SolveAssignment(instance.graph, instance.problem, {});
  ASSERT_TRUE(before.ok());
  const auto load = [](const Assignment& answer, const Quota& quota) {
    return std::ranges::count_if(answer.arcs, [&](auto a) { return std::ranges::count(quota.arcs, a) > 0; });
  };
  ASSERT_LT(load(*before, west), west.minimum);
  instance.problem.quotas = {west, small};
  const auto answer = SolveAssignment(instance.graph, instance.problem, {});
  ASSERT_TRUE(answer.ok()) << answer.status();
  const absl::Status proof = CheckAssignment(instance.graph, instance.problem, *answer);
  EXPECT_TRUE(proof.ok()) << proof;
  EXPECT_LT(answer->gap(), 0.001);
  EXPECT_LE(answer->total_gain, before->total_gain);
}

TEST(QuotaTest, StopIsHeeded) {
  Shape shape;
  shape.left = shape.right = 100;
  shape.arcs_per_left = 10;
  shape.quotas = 3;
  const Instance instance = RandomInstance(3, shape);
  std::stop_source stop;
  stop.request_stop();
  RunContext context;
  context.stop = stop.get_token();
  EXPECT_EQ(ReasonOf(SolveAssignment(instance.graph, instance.problem, context).status()), Reason::kCancelled);
}

}  // namespace
}  // namespace magpie
