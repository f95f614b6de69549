// The solvers against each other and against the clock: sparse and flow, exact and within epsilon, cold and warm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "magpie/assignment/kept.h"
#include "problems.h"

namespace magpie {
namespace {

using ::magpie_test::Instance;
using ::magpie_test::RandomInstance;
using ::magpie_test::Shape;

Assignment SolveChecked(const Instance& instance, const SolveOptions& options = {}, const RunContext& context = {}) {
  auto answer = SolveAssignment(instance.graph, instance.problem, context, options);
  EXPECT_TRUE(answer.ok()) << answer.status();
  if (!answer.ok()) return {};
  const absl::Status proof = CheckAssignment(instance.graph, instance.problem, *answer);
  EXPECT_TRUE(proof.ok()) << proof;
  return *answer;
}

// The same problem with a group that bars nothing, which sends it to the network simplex method.
Instance ByFlow(Instance instance) {
  instance.problem.need_groups = {{}};
  instance.problem.need_group.assign(instance.problem.need_capacity.size(), 0);
  return instance;
}

Shape RandomShape(std::uint64_t seed) {
  Random random(seed);
  return {.left = static_cast<std::int32_t>(1 + random.Below(300)),
          .right = static_cast<std::int32_t>(1 + random.Below(300)),
          .arcs_per_left = static_cast<std::int32_t>(1 + random.Below(30)),
          .capacity = static_cast<std::int32_t>(1 + random.Below(6)),
          .zeros = seed % 3 == 0,
          .required = static_cast<int>(seed % 4 == 0 ? 1 : 0),
          .excluded = static_cast<int>(random.Below(20)),
          .largest_gain = std::int64_t{1} << (1 + seed % 29)};
}

TEST(SparseTest, EqualsFlow) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    const Instance instance = RandomInstance(seed, RandomShape(seed));
    if (!SolveAssignment(instance.graph, instance.problem, {}).ok()) continue;  // a required arc at capacity 0
    EXPECT_EQ(SolveChecked(instance).total_gain, SolveChecked(ByFlow(instance)).total_gain);
  }
}

TEST(MatrixTest, EqualsFlowWithClosedNodesAndDecisions) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Instance instance = RandomInstance(seed, {.left = static_cast<std::int32_t>(20 + seed),
                                              .right = 50,
                                              .arcs_per_left = 60,
                                              .capacity = 1,
                                              .zeros = seed % 2 == 0,
                                              .required = seed % 2 == 0 ? 0 : 1,
                                              .excluded = 30,
                                              .largest_gain = seed % 3 == 0 ? 5 : 1'000'000});
    EXPECT_EQ(SolveChecked(instance).total_gain, SolveChecked(ByFlow(instance)).total_gain);
  }
}

TEST(SparseTest, GainsBeyondItsRangeGoToFlow) {
  Instance instance = RandomInstance(7, {.left = 40, .right = 40, .arcs_per_left = 8, .largest_gain = kMaxGain});
  EXPECT_EQ(SolveChecked(instance).total_gain, SolveChecked(ByFlow(instance)).total_gain);
}

TEST(SparseTest, AllGainsEqualOrNearlySo) {
  for (std::int64_t spread : {0, 1, 100}) {
    SCOPED_TRACE(spread);
    Instance instance = RandomInstance(11, {.left = 300, .right = 250, .arcs_per_left = 12, .capacity = 4});
    Random random(5);
    for (std::int64_t& gain : instance.problem.gain) {
      gain = 900'000 + static_cast<std::int64_t>(random.Below(static_cast<std::uint64_t>(spread) + 1));
    }
    EXPECT_EQ(SolveChecked(instance).total_gain, SolveChecked(ByFlow(instance)).total_gain);
  }
}

TEST(SparseTest, HubsOfLargeCapacity) {
  std::vector<Arc> arcs;
  for (std::int32_t l = 0; l < 5000; ++l) {
    for (std::int32_t r = 0; r < 3; ++r) arcs.push_back({l, r});
  }
  Instance instance{*CandidateGraph::Build(5000, 3, arcs), {}};
  for (std::size_t a = 0; a < arcs.size(); ++a) instance.problem.gain.push_back(a % 2 == 0 ? 1000 : 1 + (a * 37) % 100);
  instance.problem.need_capacity.assign(5000, 2);
  instance.problem.offering_capacity = {2000, 1, kUnlimited};
  EXPECT_EQ(SolveChecked(instance).total_gain, SolveChecked(ByFlow(instance)).total_gain);
}

TEST(SparseTest, ThousandsOfExcludedArcs) {
  Instance instance = RandomInstance(3, {.left = 1500, .right = 1500, .arcs_per_left = 10, .largest_gain = 1000});
  for (std::int32_t a = 0; a < 10'000; ++a) instance.problem.excluded.push_back(a);
  EXPECT_EQ(SolveChecked(instance).total_gain, SolveChecked(ByFlow(instance)).total_gain);
}

TEST(SparseTest, EpsilonBoundsTheGapAndIsProven) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    Shape shape = RandomShape(seed);
    shape.required = 0;
    const Instance instance = RandomInstance(seed, shape);
    const std::int64_t best = SolveChecked(instance).total_gain;
    for (double epsilon : {0.2, 0.01, 0.0001}) {
      const Assignment answer = SolveChecked(instance, {.epsilon = epsilon});
      EXPECT_EQ(answer.ending, Ending::kProven);
      EXPECT_EQ(answer.epsilon, epsilon);
      EXPECT_LE(answer.gap(), epsilon);
      EXPECT_LE(answer.total_gain, best);
      EXPECT_GE(answer.bound, best);
    }
  }
}

TEST(WarmTest, ReachesTheSameTotalAfterAnyChange) {
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    SCOPED_TRACE(seed);
    Shape shape = RandomShape(seed);
    shape.required = 0;
    Instance instance = RandomInstance(seed, shape);
    Assignment before = SolveChecked(instance);
    Random random(seed + 1000);
    for (int change = 0; change < 4; ++change) {
      AssignmentProblem& problem = instance.problem;
      const bool need = random.Below(2) == 0;
      std::vector<std::int32_t>& capacity = need ? problem.need_capacity : problem.offering_capacity;
      const auto node = static_cast<std::int32_t>(random.Below(capacity.size()));
      capacity[static_cast<std::size_t>(node)] = static_cast<std::int32_t>(random.Below(7));
      for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
        if ((need ? instance.graph.arc(a).left : instance.graph.arc(a).right) != node) continue;
        problem.gain[static_cast<std::size_t>(a)] =
            static_cast<std::int64_t>(random.Below(static_cast<std::uint64_t>(shape.largest_gain)));
      }
      const Assignment warm = SolveChecked(instance, {.warm = &before});
      EXPECT_EQ(warm.ending, Ending::kProven);
      EXPECT_EQ(warm.total_gain, SolveChecked(instance).total_gain);
      before = warm;
    }
  }
}

TEST(WarmTest, SurvivesPricesOfAnotherProblem) {
  const Shape shape{.left = 80, .right = 70, .arcs_per_left = 9, .capacity = 3, .largest_gain = 1000};
  const Instance instance = RandomInstance(1, shape), other = RandomInstance(2, shape);
  Assignment before = SolveChecked(other);
  before.offering_price[0] = -5;
  before.offering_price[1] = std::int64_t{1} << 60;
  before.arcs = Renumber(other.graph, before, instance.graph).arcs;
  EXPECT_EQ(SolveChecked(instance, {.warm = &before}).total_gain, SolveChecked(instance).total_gain);
  before.offering_price.pop_back();
  EXPECT_EQ(FieldOf(SolveAssignment(instance.graph, instance.problem, {}, {.warm = &before}).status()), "warm");
}

TEST(WarmTest, RenumberFindsTheSamePairs) {
  const Instance instance = RandomInstance(4, {.left = 30, .right = 30, .arcs_per_left = 6});
  const Assignment answer = SolveChecked(instance);
  std::vector<Arc> kept;
  for (std::int32_t a = 1; a < instance.graph.arc_count(); ++a) kept.push_back(instance.graph.arc(a));
  const CandidateGraph smaller = *CandidateGraph::Build(30, 30, kept);
  const Assignment moved = Renumber(instance.graph, answer, smaller);
  std::vector<std::int32_t> expected;
  for (std::int32_t a : answer.arcs) {
    if (a > 0) expected.push_back(a - 1);
  }
  EXPECT_EQ(moved.arcs, expected);
}

TEST(KeptTest, StaysTheBestThroughAnyChange) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    Shape shape = RandomShape(seed);
    shape.zeros = shape.zeros && shape.required == 0;
    Instance instance = RandomInstance(seed, shape);
    auto kept = KeptAssignment::Make(instance.graph, instance.problem, {});
    ASSERT_TRUE(kept.ok()) << kept.status();
    Random random(seed + 2000);
    for (int change = 0; change < 8; ++change) {
      if (change > 0) {
        const auto need = static_cast<std::int32_t>(random.Below(instance.problem.need_capacity.size()));
        const auto offering = static_cast<std::int32_t>(random.Below(instance.problem.offering_capacity.size()));
        const auto anything = [&] { return static_cast<std::int32_t>(1 + random.Below(7)); };
        if (change % 4 == 0) {
          ASSERT_TRUE((*kept)->SetNeedCapacity(need, anything()).ok());
        }
        if (change % 4 == 1) {
          ASSERT_TRUE((*kept)->SetOfferingCapacity(offering, anything()).ok());
        }
        for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
          const Arc& arc = instance.graph.arc(a);
          if (change % 4 < 2 || (change % 4 == 2 ? arc.left != need : arc.right != offering)) continue;
          const std::int64_t gain =
              random.Below(4) == 0
                  ? 0
                  : static_cast<std::int64_t>(random.Below(static_cast<std::uint64_t>(shape.largest_gain)));
          ASSERT_TRUE((*kept)->SetGain(a, gain).ok());
        }
      }
      const auto answer = (*kept)->Solve({});
      ASSERT_TRUE(answer.ok()) << answer.status();
      const absl::Status proof = CheckAssignment(instance.graph, (*kept)->problem(), *answer);
      ASSERT_TRUE(proof.ok()) << proof;
      EXPECT_EQ(answer->ending, Ending::kProven);
      instance.problem = (*kept)->problem();
      EXPECT_EQ(answer->total_gain, SolveChecked(instance).total_gain);
    }
  }
}

TEST(KeptTest, GoesOnAfterItWasCutShort) {
  const Instance instance =
      RandomInstance(3, {.left = 3000, .right = 3000, .arcs_per_left = 10, .capacity = 4, .largest_gain = 1'000'000});
  auto kept = KeptAssignment::Make(instance.graph, instance.problem, {});
  ASSERT_TRUE(kept.ok());
  const auto cut = (*kept)->Solve({}, std::chrono::milliseconds(0));
  ASSERT_TRUE(cut.ok());
  EXPECT_EQ(cut->ending, Ending::kTimeLimit);
  EXPECT_TRUE(CheckAssignment(instance.graph, instance.problem, *cut).ok());
  EXPECT_EQ((*kept)->Solve({})->total_gain, SolveChecked(instance).total_gain);
}

TEST(KeptTest, RefusesWhatItCannotKeep) {
  Instance instance = RandomInstance(1, {.left = 5, .right = 5, .arcs_per_left = 3});
  EXPECT_EQ(ReasonOf(KeptAssignment::Make(instance.graph, ByFlow(instance).problem, {}).status()),
            Reason::kBadArgument);
  instance.problem.required = {0};
  auto kept = KeptAssignment::Make(instance.graph, instance.problem, {});
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(ReasonOf((*kept)->SetNeedCapacity(instance.graph.arc(0).left, 0)), Reason::kPlanConflict);
  EXPECT_EQ(ReasonOf((*kept)->SetNeedCapacity(5, 1)), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf((*kept)->SetGain(0, -1)), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf((*kept)->SetGain(0, kMaxKeptGain + 1)), Reason::kLimitExceeded);
}

// A stop at each of many moments leaves a feasible choice and a bound that holds.
TEST(StopTest, LeavesTheBestSoFarWithItsBound) {
  const Instance plain =
      RandomInstance(9, {.left = 4000, .right = 4000, .arcs_per_left = 10, .capacity = 3, .largest_gain = 1'000'000});
  for (const Instance& instance : {plain, ByFlow(plain)}) {
    const std::int64_t best = SolveChecked(instance).total_gain;
    int cut_short = 0;
    for (int moment = 1; moment <= 12; ++moment) {
      std::stop_source source;
      RunContext context;
      context.stop = source.get_token();
      int reports = 0;
      context.progress = [&](std::string_view, std::int64_t, std::int64_t) {
        if (++reports == moment) source.request_stop();
      };
      const Assignment answer = SolveChecked(instance, {}, context);
      cut_short += answer.ending == Ending::kStopped ? 1 : 0;
      EXPECT_LE(answer.total_gain, best);
      EXPECT_GE(answer.bound, best);
    }
    EXPECT_GT(cut_short, 3);
  }
}

TEST(StopTest, TimeLimitIsKept) {
  const Instance instance = RandomInstance(
      2, {.left = 20'000, .right = 20'000, .arcs_per_left = 10, .capacity = 5, .largest_gain = 1'000'000});
  const Assignment answer = SolveChecked(instance, {.time_limit = std::chrono::milliseconds(0)});
  EXPECT_EQ(answer.ending, Ending::kTimeLimit);
  EXPECT_GT(answer.bound, 0);
}

TEST(StopTest, MinimumsNotYetKeptAreCancelled) {
  Instance instance = RandomInstance(5, {.left = 500, .right = 500, .arcs_per_left = 10, .capacity = 2});
  instance.problem.need_minimum.assign(500, 1);
  for (std::size_t n = 0; n < 500; ++n) {
    instance.problem.need_minimum[n] = std::min(instance.problem.need_minimum[n], instance.problem.need_capacity[n]);
  }
  const auto answer =
      SolveAssignment(instance.graph, instance.problem, {}, {.time_limit = std::chrono::milliseconds(0)});
  EXPECT_EQ(ReasonOf(answer.status()), Reason::kCancelled);
}

TEST(OptionsTest, EpsilonOutsideItsRangeIsRefused) {
  const Instance instance = RandomInstance(1, {});
  for (double epsilon : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(FieldOf(SolveAssignment(instance.graph, instance.problem, {}, {.epsilon = epsilon}).status()), "epsilon");
  }
}

// Gains are distinct and so large that no two choices gain the same: the pairs must not depend on the numbering.
TEST(NumberingTest, DistinctGainsGiveTheSamePairs) {
  constexpr std::int32_t kSide = 200;
  for (bool flow : {false, true}) {
    Random random(17);
    Instance instance =
        RandomInstance(21, {.left = kSide, .right = kSide, .arcs_per_left = 12, .largest_gain = 500'000'000});
    std::vector<std::int32_t> left(kSide), right(kSide);
    for (auto* order : {&left, &right}) {
      std::iota(order->begin(), order->end(), 0);
      for (std::size_t i = order->size(); i > 1; --i) std::swap((*order)[i - 1], (*order)[random.Below(i)]);
    }
    const auto at = [](const std::vector<std::int32_t>& order, std::int32_t n) {
      return order[static_cast<std::size_t>(n)];
    };
    std::vector<Arc> arcs;
    for (const Arc& arc : instance.graph.arcs()) arcs.push_back({at(left, arc.left), at(right, arc.right)});
    Instance other{*CandidateGraph::Build(kSide, kSide, arcs), instance.problem};
    for (std::size_t a = 0; a < arcs.size(); ++a) {
      other.problem.gain[static_cast<std::size_t>(other.graph.FindArc(arcs[a].left, arcs[a].right))] =
          instance.problem.gain[a];
    }
    for (std::int32_t n = 0; n < kSide; ++n) {
      const auto i = static_cast<std::size_t>(n);
      other.problem.need_capacity[static_cast<std::size_t>(at(left, n))] = instance.problem.need_capacity[i];
      other.problem.offering_capacity[static_cast<std::size_t>(at(right, n))] = instance.problem.offering_capacity[i];
    }
    if (flow) {
      instance = ByFlow(instance);
      other = ByFlow(other);
    }
    std::vector<Arc> pairs, permuted;
    for (std::int32_t a : SolveChecked(instance).arcs) pairs.push_back(arcs[static_cast<std::size_t>(a)]);
    for (std::int32_t a : SolveChecked(other).arcs) permuted.push_back(other.graph.arc(a));
    std::sort(pairs.begin(), pairs.end());
    EXPECT_EQ(pairs, permuted);
  }
}

}  // namespace
}  // namespace magpie
