#include "magpie/assignment/what_if.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "problems.h"
#include "solve_checked.h"

namespace magpie {
namespace {

using ::magpie_test::BruteForceGain;
using ::magpie_test::Instance;
using ::magpie_test::MakeInstance;
using ::magpie_test::RandomInstance;
using ::magpie_test::Shape;
using ::magpie_test::SolveChecked;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Every single relaxation that the header names, whatever it is worth.
std::vector<PlanConstraint> AllRelaxations(const Instance& instance, const std::vector<std::int64_t>& full_gain) {
  const AssignmentProblem& problem = instance.problem;
  std::vector<PlanConstraint> all;
  const auto add = [&](PlanConstraintKind kind, std::size_t index, std::int64_t amount) {
    all.push_back({kind, static_cast<std::int32_t>(index), amount});
  };
  const auto side = [&](const auto& capacity, const auto& minimum, PlanConstraintKind more, PlanConstraintKind less) {
    for (std::size_t n = 0; n < capacity.size(); ++n) {
      add(more, n, capacity[n]);
      if (!minimum.empty() && minimum[n] > 0) add(less, n, minimum[n]);
    }
  };
  side(problem.need_capacity, problem.need_minimum, PlanConstraintKind::kNeedCapacity,
       PlanConstraintKind::kNeedMinimum);
  side(problem.offering_capacity, problem.offering_minimum, PlanConstraintKind::kOfferingCapacity,
       PlanConstraintKind::kOfferingMinimum);
  for (std::size_t g = 0; g < problem.need_groups.size(); ++g) {
    add(PlanConstraintKind::kNeedGroupCapacity, g, problem.need_groups[g].capacity);
    if (problem.need_groups[g].minimum > 0)
      add(PlanConstraintKind::kNeedGroupMinimum, g, problem.need_groups[g].minimum);
  }
  for (std::size_t g = 0; g < problem.offering_groups.size(); ++g) {
    add(PlanConstraintKind::kOfferingGroupCapacity, g, problem.offering_groups[g].capacity);
    if (problem.offering_groups[g].minimum > 0) {
      add(PlanConstraintKind::kOfferingGroupMinimum, g, problem.offering_groups[g].minimum);
    }
  }
  for (std::size_t q = 0; q < problem.quotas.size(); ++q) {
    add(PlanConstraintKind::kQuotaMaximum, q, problem.quotas[q].maximum);
    if (problem.quotas[q].minimum > 0) add(PlanConstraintKind::kQuotaMinimum, q, problem.quotas[q].minimum);
  }
  for (std::int32_t a : problem.required) add(PlanConstraintKind::kRequired, static_cast<std::size_t>(a), 0);
  for (std::int32_t a : problem.excluded) add(PlanConstraintKind::kExcluded, static_cast<std::size_t>(a), 0);
  for (std::size_t a = 0; a < full_gain.size(); ++a) {
    const bool required = std::find(problem.required.begin(), problem.required.end(), static_cast<std::int32_t>(a)) !=
                          problem.required.end();  // it is in already
    if (problem.gain[a] < full_gain[a] && !required) add(PlanConstraintKind::kThreshold, a, full_gain[a]);
  }
  return all;
}

TEST(AskWhatIfTest, ReportsEveryRelaxationThatGainsWithItsTrueGain) {
  int gaining = 0;
  std::map<PlanConstraintKind, int> kinds;
  for (int round = 0; round < 400; ++round) {
    Random random(static_cast<std::uint64_t>(round) + 77);
    Shape shape;
    shape.left = 3 + round % 3;
    shape.right = 3 + round % 2;
    shape.zeros = round % 4 == 0;
    shape.groups = round % 3;
    shape.required = round % 2;
    shape.excluded = 1 + round % 2;
    shape.largest_gain = round % 5 == 0 ? 2 : 20;
    Instance instance = RandomInstance(static_cast<std::uint64_t>(round), shape);
    AssignmentProblem& problem = instance.problem;
    if (round % 2 == 0) {
      for (std::int32_t capacity : problem.need_capacity) {
        problem.need_minimum.push_back(random.Below(3) == 0 ? std::min(capacity, 1) : 0);
      }
      for (std::int32_t capacity : problem.offering_capacity) {
        problem.offering_minimum.push_back(random.Below(3) == 0 ? std::min(capacity, 1) : 0);
      }
      for (CapacityGroup& group : problem.offering_groups) group.minimum = std::min(group.capacity, 1);
    }
    if (round % 8 == 3) {
      // A quota of whole needs stands beside the groups.
      Quota quota;
      for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
        if (instance.graph.arc(a).left < 2) quota.arcs.push_back(a);
      }
      quota.maximum = 1;
      problem.quotas.push_back(quota);
    }
    const std::vector<std::int64_t> full_gain = problem.gain;
    for (std::int64_t& gain : problem.gain) gain = gain < shape.largest_gain / 3 ? 0 : gain;
    const auto answer = SolveAssignment(instance.graph, problem, {});
    if (!answer.ok() || answer->ending != Ending::kProven) continue;
    ASSERT_TRUE(CheckAssignment(instance.graph, problem, *answer).ok());
    ASSERT_EQ(answer->total_gain, BruteForceGain(instance));

    const auto what_if = AskWhatIf(instance.graph, problem, *answer,
                                   {.most_reported = 1000, .most_solved = 1000, .full_gain = full_gain});
    ASSERT_TRUE(what_if.ok()) << what_if.status();
    EXPECT_EQ(what_if->rest_at_most, 0);
    EXPECT_FALSE(what_if->cut_short);
    std::size_t expected = 0;
    for (const PlanConstraint& constraint : AllRelaxations(instance, full_gain)) {
      const Instance relaxed{instance.graph, Relax(problem, constraint)};
      const std::int64_t truth = BruteForceGain(relaxed) - answer->total_gain;
      const auto found = std::find_if(what_if->relaxations.begin(), what_if->relaxations.end(),
                                      [&](const Relaxation& r) { return r.constraint == constraint; });
      if (truth == 0) {
        EXPECT_EQ(found, what_if->relaxations.end());
        continue;
      }
      ++expected;
      ++kinds[constraint.kind];
      ASSERT_NE(found, what_if->relaxations.end()) << round << " " << PlanConstraintKindName(constraint.kind);
      EXPECT_EQ(found->gain, truth) << round;
      EXPECT_GE(found->at_most, truth) << round;
      std::int64_t difference = 0;
      const auto gain_of = [&](std::int32_t a) { return relaxed.problem.gain[static_cast<std::size_t>(a)]; };
      for (std::int32_t a : found->came) difference += gain_of(a);
      for (std::int32_t a : found->went) difference -= gain_of(a);
      EXPECT_EQ(difference, truth) << round;
    }
    EXPECT_EQ(what_if->relaxations.size(), expected) << round;
    gaining += static_cast<int>(expected);
  }
  EXPECT_GT(gaining, 500);
  for (PlanConstraintKind kind :
       {PlanConstraintKind::kNeedCapacity, PlanConstraintKind::kOfferingCapacity,
        PlanConstraintKind::kNeedGroupCapacity, PlanConstraintKind::kOfferingGroupCapacity,
        PlanConstraintKind::kNeedMinimum, PlanConstraintKind::kOfferingMinimum, PlanConstraintKind::kQuotaMaximum,
        PlanConstraintKind::kRequired, PlanConstraintKind::kExcluded, PlanConstraintKind::kThreshold}) {
    EXPECT_GT(kinds[kind], 0) << PlanConstraintKindName(kind);
  }
}

TEST(AskWhatIfTest, WithQuotasThatCrossNothingIsPromisedThatIsNotThere) {
  int reported = 0;
  for (int round = 0; round < 120; ++round) {
    Random random(static_cast<std::uint64_t>(round) + 321);
    Instance instance = RandomInstance(static_cast<std::uint64_t>(round) + 50, {.left = 4, .right = 4});
    for (int q = 0; q < 2; ++q) {
      Quota quota;
      for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
        if (random.Below(2) == 0) quota.arcs.push_back(a);
      }
      quota.minimum = static_cast<std::int32_t>(random.Below(2));
      quota.maximum = quota.minimum + 1;
      instance.problem.quotas.push_back(quota);
    }
    const auto answer = SolveAssignment(instance.graph, instance.problem, {});
    if (!answer.ok()) continue;
    const auto what_if =
        AskWhatIf(instance.graph, instance.problem, *answer, {.most_reported = 100, .most_solved = 100});
    ASSERT_TRUE(what_if.ok()) << what_if.status();
    const std::int64_t best = BruteForceGain(instance);
    for (const Relaxation& relaxation : what_if->relaxations) {
      ++reported;
      const Instance relaxed{instance.graph, Relax(instance.problem, relaxation.constraint)};
      EXPECT_LE(answer->total_gain + relaxation.gain, BruteForceGain(relaxed)) << round;
      EXPECT_GE(relaxation.at_most, BruteForceGain(relaxed) - best) << round;
    }
  }
  EXPECT_GT(reported, 100);
}

TEST(AskWhatIfTest, KeepsAllOldPairsThatCanStay) {
  // All gains are equal: whoever gets the new place, nobody needs to move.
  const Instance instance =
      MakeInstance(7, 3, {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 1}, {2, 2}, {3, 2}, {4, 0}, {5, 2}, {6, 1}},
                   std::vector<std::int64_t>(10, 500'000));
  const Assignment answer = SolveChecked(instance);
  const auto what_if = AskWhatIf(instance.graph, instance.problem, answer);
  ASSERT_TRUE(what_if.ok());
  ASSERT_EQ(what_if->relaxations.size(), 3u);
  for (const Relaxation& relaxation : what_if->relaxations) {
    EXPECT_EQ(relaxation.constraint.kind, PlanConstraintKind::kOfferingCapacity);
    EXPECT_EQ(relaxation.gain, 500'000);
    EXPECT_EQ(relaxation.came.size(), 1u);
    EXPECT_THAT(relaxation.went, IsEmpty());
    EXPECT_EQ(relaxation.needs_served.size(), 1u);
    EXPECT_THAT(relaxation.needs_lost, IsEmpty());
  }
}

TEST(AskWhatIfTest, SaysWhoGetsAndWhoLosesAPartner) {
  // A required pair of little gain holds the place that need 1 would fill better.
  Instance instance = MakeInstance(2, 1, {{0, 0}, {1, 0}}, {100'000, 930'000});
  instance.problem.required = {0};
  const Assignment answer = SolveChecked(instance);
  const auto what_if = AskWhatIf(instance.graph, instance.problem, answer);
  ASSERT_TRUE(what_if.ok());
  ASSERT_EQ(what_if->relaxations.size(), 2u);
  EXPECT_EQ(RelaxationText(instance.graph, what_if->relaxations[0], Language::kEn),
            "One place more for offering 0 (now 1) would bring 0.930 in total; a partner for need 1.");
  EXPECT_EQ(
      RelaxationText(instance.graph, what_if->relaxations[1], Language::kEn),
      "No longer requiring need 0 with offering 0 would bring 0.830 in total; a partner for need 1; none any more "
      "for need 0.");
  const ConstraintNames names = [](const PlanConstraint& c) {
    return c.kind == PlanConstraintKind::kNeedCapacity ? fmt::format("企业{}", c.index) : "";
  };
  EXPECT_EQ(RelaxationText(instance.graph, what_if->relaxations[0], Language::kZh, names),
            "成果 0多给一个名额（现为 1），总匹配度可增加 0.930；得到匹配的有：企业1。");
}

TEST(AskWhatIfTest, StopsWhenNothingLeftCanBeAmongTheBest) {
  const Instance instance =
      RandomInstance(8, {.left = 60, .right = 40, .arcs_per_left = 8, .largest_gain = kGainPerScore});
  const Assignment answer = SolveChecked(instance);
  const auto all = AskWhatIf(instance.graph, instance.problem, answer, {.most_reported = 1000, .most_solved = 1000});
  const auto few = AskWhatIf(instance.graph, instance.problem, answer, {.most_reported = 3, .most_solved = 1000});
  ASSERT_TRUE(all.ok() && few.ok());
  ASSERT_EQ(few->relaxations.size(), 3u);
  EXPECT_LT(few->solved, all->solved);
  EXPECT_EQ(few->considered, all->considered);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(few->relaxations[i].gain, all->relaxations[i].gain);
  EXPECT_LE(few->rest_at_most, few->relaxations[2].gain);
  const auto bounded = AskWhatIf(instance.graph, instance.problem, answer, {.most_reported = 1000, .most_solved = 5});
  ASSERT_TRUE(bounded.ok());
  EXPECT_EQ(bounded->solved, 5);
  EXPECT_GT(bounded->rest_at_most, 0);
}

TEST(AskWhatIfTest, AStopGivesWhatIsConfirmed) {
  const Instance instance =
      RandomInstance(9, {.left = 60, .right = 40, .arcs_per_left = 8, .largest_gain = kGainPerScore});
  const Assignment answer = SolveChecked(instance);
  std::stop_source source;
  RunContext context;
  context.stop = source.get_token();
  context.progress = [&](std::string_view stage, std::int64_t done, std::int64_t) {
    if (stage == "what-if" && done == 2) source.request_stop();
  };
  const auto what_if = AskWhatIf(instance.graph, instance.problem, answer, {.most_reported = 1000}, context);
  ASSERT_TRUE(what_if.ok());
  EXPECT_TRUE(what_if->cut_short);
  EXPECT_EQ(what_if->solved, 2);
}

TEST(AskWhatIfTest, NothingToGainAndWrongSizes) {
  const Instance instance = MakeInstance(2, 2, {{0, 0}, {1, 1}}, {5, 5});
  const Assignment answer = SolveChecked(instance);
  const auto what_if = AskWhatIf(instance.graph, instance.problem, answer);
  ASSERT_TRUE(what_if.ok());
  EXPECT_THAT(what_if->relaxations, IsEmpty());
  const std::vector<std::int64_t> short_list = {1};
  EXPECT_EQ(FieldOf(AskWhatIf(instance.graph, instance.problem, answer, {.full_gain = short_list}).status()),
            "full_gain");
}

TEST(AskWhatIfTest, GainsAtTheLimitAndTheSameBytesTwice) {
  Instance instance = RandomInstance(11, {.left = 40, .right = 20, .arcs_per_left = 6, .largest_gain = 1000});
  for (std::int64_t& gain : instance.problem.gain) gain = kMaxGain - gain;
  const Assignment answer = SolveChecked(instance);
  const auto first = AskWhatIf(instance.graph, instance.problem, answer);
  const auto second = AskWhatIf(instance.graph, instance.problem, answer);
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_EQ(first->relaxations.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) {
    const Relaxation& relaxation = first->relaxations[i];
    EXPECT_EQ(relaxation.constraint, second->relaxations[i].constraint);
    EXPECT_EQ(relaxation.came, second->relaxations[i].came);
    const Instance relaxed{instance.graph, Relax(instance.problem, relaxation.constraint)};
    EXPECT_EQ(SolveChecked(relaxed).total_gain - answer.total_gain, relaxation.gain);
  }
}

TEST(AskWhatIfTest, AnotherObjectiveIsMeasuredByTheTotalOfTheSameProblem) {
  // Two needs, one offering of one place; a balanced choice took the pair that gains less.
  const Instance instance = MakeInstance(2, 1, {{0, 0}, {1, 0}}, {100'000, 930'000});
  Assignment answer = SolveChecked(instance);
  answer.arcs = {0};
  answer.total_gain = 100'000;
  const auto what_if = AskWhatIf(instance.graph, instance.problem, answer);
  ASSERT_TRUE(what_if.ok());
  ASSERT_EQ(what_if->relaxations.size(), 1u);
  EXPECT_EQ(what_if->relaxations[0].gain, 100'000);  // not 930'000, which needs no relaxation
}

TEST(AskWhatIfTest, AThousandByAThousand) {
  const Instance instance =
      RandomInstance(10, {.left = 1000, .right = 1000, .arcs_per_left = 10, .largest_gain = kGainPerScore});
  const Assignment answer = SolveChecked(instance);
  const auto begin = std::chrono::steady_clock::now();
  const auto what_if = AskWhatIf(instance.graph, instance.problem, answer);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  ASSERT_TRUE(what_if.ok());
  EXPECT_EQ(what_if->relaxations.size(), 10u);
  printf("what if 1,000 x 1,000: %d candidates, %d solved, %.3f s\n", what_if->considered, what_if->solved,
         seconds.count());
}

}  // namespace
}  // namespace magpie
