#include "magpie/assignment/objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <numeric>

#include "problems.h"

namespace magpie {
namespace {

using ::magpie_test::BruteForceGain;
using ::magpie_test::Instance;
using ::magpie_test::RandomInstance;
using ::magpie_test::Shape;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::int32_t NodeCount(const Instance& instance, Side side) {
  return side == Side::kNeed ? instance.graph.left_count() : instance.graph.right_count();
}
std::size_t NodeOf(const Instance& instance, std::int32_t a, Side side) {
  const Arc& arc = instance.graph.arc(a);
  return static_cast<std::size_t>(side == Side::kNeed ? arc.left : arc.right);
}
std::int64_t GainOf(const Instance& instance, std::int32_t a) {
  return instance.problem.gain[static_cast<std::size_t>(a)];
}

// All choices that keep every limit, by trying every subset: required ones are tried as any other.
std::vector<std::vector<std::int32_t>> AllChoices(const Instance& instance) {
  std::vector<std::vector<std::int32_t>> all;
  for (std::uint32_t mask = 0; mask < 1u << instance.graph.arc_count(); ++mask) {
    Instance one = instance;
    for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
      const bool is_required = std::ranges::count(instance.problem.required, a) > 0;
      const bool is_excluded = std::ranges::count(instance.problem.excluded, a) > 0;
      if (mask >> a & 1) {
        if (!is_required && !is_excluded && GainOf(instance, a) > 0) one.problem.required.push_back(a);
        if (is_excluded || (GainOf(instance, a) == 0 && !is_required)) one.problem.required.clear();
      } else {
        if (!is_excluded) one.problem.excluded.push_back(a);
      }
    }
    std::vector<std::int32_t> chosen;
    for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
      if (mask >> a & 1) chosen.push_back(a);
    }
    std::ranges::sort(one.problem.required);
    if (one.problem.required != chosen) continue;
    bool twice = false;
    for (const std::int32_t a : one.problem.excluded) twice = twice || std::ranges::count(chosen, a) > 0;
    if (!twice && BruteForceGain(one) >= 0) all.push_back(chosen);
  }
  return all;
}

// Best pair and sum of each member of the side (-1 = not a member: it has a required pair).
struct Values {
  std::vector<std::int64_t> best, sum;
};
Values ValuesOf(const Instance& instance, const std::vector<std::int32_t>& chosen, Side side) {
  const auto count = static_cast<std::size_t>(NodeCount(instance, side));
  Values values{std::vector<std::int64_t>(count, 0), std::vector<std::int64_t>(count, 0)};
  for (const std::int32_t a : chosen) {
    const std::size_t n = NodeOf(instance, a, side);
    values.best[n] = std::max(values.best[n], GainOf(instance, a));
    values.sum[n] += GainOf(instance, a);
  }
  for (const std::int32_t a : instance.problem.required) {
    values.best[NodeOf(instance, a, side)] = values.sum[NodeOf(instance, a, side)] = -1;
  }
  return values;
}
std::vector<std::int64_t> SortedBest(const Instance& instance, const std::vector<std::int32_t>& chosen, Side side) {
  std::vector<std::int64_t> best = ValuesOf(instance, chosen, side).best;
  std::erase(best, -1);
  std::ranges::sort(best);
  return best;
}

Instance SmallInstance(std::uint64_t seed) {
  Shape shape;
  shape.left = 3 + static_cast<std::int32_t>(seed % 2);
  shape.right = 3 + static_cast<std::int32_t>(seed / 2 % 2);
  shape.zeros = seed % 5 == 0;
  shape.groups = static_cast<int>(seed % 3);
  shape.required = seed % 4 == 0 ? 1 : 0;
  shape.excluded = seed % 7 == 0 ? 1 : 0;
  shape.minimums = seed % 6 == 0 ? 1 : 0;
  shape.quotas = seed % 9 == 0 ? 1 : 0;
  shape.largest_gain = seed % 3 == 0 ? 3 : 1000;
  return RandomInstance(seed, shape);
}

void ExpectProven(const Instance& instance, const ObjectiveAnswer& answer, std::uint64_t seed) {
  const absl::Status proof = CheckAssignment(instance.graph, answer.problem, answer.assignment);
  EXPECT_TRUE(proof.ok()) << seed << " " << proof;
}

TEST(SolveObjectiveTest, AgainstAllChoices) {
  int compared = 0, lists = 0, sums = 0;
  for (std::uint64_t seed = 0; seed < 240; ++seed) {
    const Instance instance = SmallInstance(seed);
    const Side side = seed % 2 == 0 ? Side::kNeed : Side::kOffering;
    const auto all = AllChoices(instance);
    ObjectiveOptions options;
    options.side = side;
    options.objective = Objective::kMaxMin;
    options.levels = 1000;
    const auto max_min = SolveObjective(instance.graph, instance.problem, options, {});
    ASSERT_EQ(max_min.ok(), !all.empty()) << seed << " " << max_min.status();
    if (all.empty()) {
      EXPECT_EQ(ReasonOf(max_min.status()), Reason::kPlanConflict) << seed;
      continue;
    }
    ++compared;
    // The most members served, and the best that the worst of so many can have.
    std::int64_t servable = 0, fair = 0;
    std::vector<std::int64_t> best_list;
    for (const auto& choice : all) {
      std::vector<std::int64_t> list = SortedBest(instance, choice, side);
      best_list = std::max(best_list, list);
      servable = std::max<std::int64_t>(servable, std::ranges::count_if(list, [](auto v) { return v > 0; }));
    }
    for (const auto& choice : all) {
      const std::vector<std::int64_t> list = SortedBest(instance, choice, side);
      if (servable > 0 && std::ranges::count_if(list, [](auto v) { return v > 0; }) == servable) {
        fair = std::max(fair, list[list.size() - static_cast<std::size_t>(servable)]);
      }
    }
    ExpectProven(instance, *max_min, seed);
    EXPECT_EQ(max_min->servable, servable) << seed;
    EXPECT_EQ(max_min->fair_gain, fair) << seed;
    const std::vector<std::int64_t> list = SortedBest(instance, max_min->assignment.arcs, side);
    if (max_min->all_levels) {
      EXPECT_EQ(list, best_list) << seed;
      ++lists;
    }
    if (servable > 0) {
      EXPECT_EQ(list[list.size() - static_cast<std::size_t>(servable)], fair) << seed;
    }
    EXPECT_EQ(max_min->assignment.total_gain, BruteForceGain({instance.graph, max_min->problem})) << seed;

    // The dial: floors kept by as many as can be served, the total the largest that keeps them.
    options.objective = Objective::kTotal;
    for (const double dial : {0.0, 0.5, 1.0}) {
      options.dial = dial;
      const auto dialled = SolveObjective(instance.graph, instance.problem, options, {});
      ASSERT_TRUE(dialled.ok()) << seed << " " << dialled.status();
      ExpectProven(instance, *dialled, seed);
      EXPECT_EQ(dialled->assignment.total_gain, BruteForceGain({instance.graph, dialled->problem})) << seed;
      EXPECT_GE(static_cast<double>(dialled->floor), dial * static_cast<double>(fair)) << seed;
      const Values values = ValuesOf(instance, dialled->assignment.arcs, side);
      EXPECT_GE(std::ranges::count_if(values.best, [&](auto v) { return v >= dialled->floor && v >= 0; }),
                servable * (dial > 0))
          << seed;
    }
    options.dial = 0;

    // Sums: the choices that serve the same members.
    for (const Objective objective : {Objective::kNash, Objective::kMaxMinSum}) {
      options.objective = objective;
      const auto found = SolveObjective(instance.graph, instance.problem, options, {});
      ASSERT_TRUE(found.ok()) << seed << " " << found.status();
      ExpectProven(instance, *found, seed);
      const Values mine = ValuesOf(instance, found->assignment.arcs, side);
      EXPECT_EQ(std::ranges::count_if(mine.sum, [](auto v) { return v > 0; }), servable) << seed;
      double best_welfare = -1e300, best_least = 0, welfare = 0, least = 1e300;
      for (const auto& choice : all) {
        const Values values = ValuesOf(instance, choice, side);
        double sum = 0, smallest = 1e300;
        bool serves = true;
        for (std::size_t n = 0; n < mine.sum.size(); ++n) {
          if (mine.sum[n] <= 0) continue;
          serves = serves && values.sum[n] > 0;
          if (!serves) break;
          sum += std::log(static_cast<double>(values.sum[n]) / kGainPerScore);
          smallest = std::min(smallest, static_cast<double>(values.sum[n]));
        }
        if (!serves) continue;
        best_welfare = std::max(best_welfare, sum);
        best_least = std::max(best_least, smallest);
        if (choice == found->assignment.arcs) {
          welfare = sum;
          least = smallest;
        }
      }
      if (servable == 0) continue;
      if (objective == Objective::kNash) {
        EXPECT_NEAR(found->welfare, welfare, 1e-9) << seed;
        EXPECT_GE(found->welfare_bound, best_welfare - 1e-9) << seed;
        EXPECT_GE(welfare, best_welfare - 1.0) << seed;
        sums += welfare > best_welfare - 1e-9;
      } else {
        EXPECT_EQ(static_cast<double>(found->worst_sum), least) << seed;
        EXPECT_GE(static_cast<double>(found->worst_sum_bound), best_least) << seed;
        sums += least == best_least;
      }
    }
  }
  EXPECT_GT(compared, 180);
  EXPECT_GT(lists, 140);
  EXPECT_GT(sums, compared * 2 * 9 / 10);  // local optima, nearly always the best
}

TEST(SolveObjectiveTest, NobodyIsLeftEmptyHandedWhereItCanBeHelped) {
  // The largest total gives both offerings to need 0.
  Instance instance{*CandidateGraph::Build(2, 2, {{0, 0}, {0, 1}, {1, 1}}), {}};
  instance.problem.gain = {90, 80, 10};
  instance.problem.need_capacity = {2, 2};
  instance.problem.offering_capacity = {1, 1};
  ObjectiveOptions options;
  EXPECT_THAT(SolveObjective(instance.graph, instance.problem, options, {})->assignment.arcs, ElementsAre(0, 1));
  options.objective = Objective::kMaxMin;
  const auto fair = SolveObjective(instance.graph, instance.problem, options, {});
  EXPECT_THAT(fair->assignment.arcs, ElementsAre(0, 2));
  EXPECT_EQ(fair->fair_gain, 10);
  EXPECT_EQ(fair->servable, 2);
}

TEST(SolveObjectiveTest, ManyEqualGainsAreCountedNotOrdered) {
  // The worst level must occur as seldom as can be: one need at gain 1 instead of two, though the arcs come later.
  Instance instance{*CandidateGraph::Build(2, 2, {{0, 0}, {0, 1}, {1, 0}, {1, 1}}), {}};
  instance.problem.gain = {5, 1, 1, 1};
  instance.problem.need_capacity = instance.problem.offering_capacity = {1, 1};
  ObjectiveOptions options;
  options.objective = Objective::kMaxMin;
  const auto fair = SolveObjective(instance.graph, instance.problem, options, {});
  EXPECT_THAT(fair->assignment.arcs, ElementsAre(0, 3));
  EXPECT_TRUE(fair->all_levels);
}

TEST(SolveObjectiveTest, ExposureFloorsAndShares) {
  Shape shape;
  shape.left = 60;
  shape.right = 50;
  shape.arcs_per_left = 8;
  shape.largest_gain = 1'000'000;
  const Instance instance = RandomInstance(5, shape);
  ObjectiveOptions options;
  ListingClass small{Side::kOffering, {}};
  for (std::int32_t n = 0; n < 50; n += 5) small.nodes.push_back(n);
  const Quota arcs = QuotaOf(instance.graph, small, 0);
  const auto load = [&](const ObjectiveAnswer& answer) {
    return std::ranges::count_if(answer.assignment.arcs, [&](auto a) { return std::ranges::count(arcs.arcs, a) > 0; });
  };
  for (const Objective objective : {Objective::kTotal, Objective::kMaxMin, Objective::kNash}) {
    options.objective = objective;
    options.floors.clear();
    const auto before = SolveObjective(instance.graph, instance.problem, options, {});
    ASSERT_TRUE(before.ok());
    options.floors = {{small, static_cast<std::int32_t>(load(*before)) + 1, 0}};
    const auto floored = SolveObjective(instance.graph, instance.problem, options, {});
    if (floored.ok()) {
      EXPECT_GT(load(*floored), load(*before));
    } else {
      EXPECT_EQ(ReasonOf(floored.status()), Reason::kPlanConflict);
    }
    options.floors = {{small, 0, 0.21}};
    const auto shared = SolveObjective(instance.graph, instance.problem, options, {});
    ASSERT_TRUE(shared.ok()) << shared.status();
    ExpectProven(instance, *shared, 5);
    EXPECT_GE(static_cast<double>(load(*shared)), 0.21 * static_cast<double>(shared->assignment.arcs.size()));
  }
}

TEST(DialCurveTest, WorstRisesTotalFalls) {
  std::vector<double> dials;
  for (int i = 0; i <= 10; ++i) dials.push_back(0.1 * i);
  int moved = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Shape shape;
    shape.left = 40;
    shape.right = 30;
    shape.arcs_per_left = 6;
    shape.groups = static_cast<int>(seed % 3) * 2;
    shape.largest_gain = seed % 2 == 0 ? 1'000'000 : 4;
    const Instance instance = RandomInstance(seed, shape);
    ObjectiveOptions options;
    options.side = seed % 4 < 2 ? Side::kNeed : Side::kOffering;
    const auto curve = DialCurve(instance.graph, instance.problem, dials, options, {});
    ASSERT_TRUE(curve.ok()) << curve.status();
    ASSERT_EQ(curve->size(), dials.size());
    options.objective = Objective::kTotal;
    for (std::size_t i = 0; i < curve->size(); ++i) {
      const DialPoint& point = (*curve)[i];
      ExpectProven(instance, point.answer, seed);
      options.dial = point.dial;
      const auto alone = SolveObjective(instance.graph, instance.problem, options, {});
      EXPECT_EQ(alone->assignment.total_gain, point.answer.assignment.total_gain) << seed << " " << point.dial;
      EXPECT_GE(point.worst_pair, i == 0 ? 0 : alone->floor) << seed;
      if (i == 0) continue;
      const DialPoint& before = (*curve)[i - 1];
      EXPECT_GE(point.worst_pair, before.worst_pair) << seed;
      EXPECT_LE(point.answer.assignment.total_gain, before.answer.assignment.total_gain) << seed;
      if (point.answer.assignment.total_gain < before.answer.assignment.total_gain) {
        EXPECT_FALSE(point.loses.empty()) << seed;
        ++moved;
      }
    }
    EXPECT_EQ(curve->back().worst_pair, curve->back().answer.fair_gain) << seed;
    EXPECT_EQ(curve->back().served, curve->back().answer.servable) << seed;
  }
  EXPECT_GT(moved, 10);
}

TEST(SolveObjectiveTest, NashIsNearItsBoundAtTheSizeOfAFair) {
  Shape shape;
  shape.left = 120;
  shape.right = 200;
  shape.arcs_per_left = 20;
  shape.capacity = 3;
  shape.largest_gain = 1'000'000;
  const Instance instance = RandomInstance(3, shape);
  ObjectiveOptions options;
  const auto total = SolveObjective(instance.graph, instance.problem, options, {});
  options.objective = Objective::kNash;
  const auto nash = SolveObjective(instance.graph, instance.problem, options, {});
  ASSERT_TRUE(nash.ok()) << nash.status();
  ExpectProven(instance, *nash, 3);
  const double members = nash->servable;
  EXPECT_LT((nash->welfare_bound - nash->welfare) / members, 0.01);  // 1 % of the geometric mean
  EXPECT_LE(nash->assignment.total_gain, total->assignment.total_gain);
  options.objective = Objective::kMaxMinSum;
  const auto worst = SolveObjective(instance.graph, instance.problem, options, {});
  ASSERT_TRUE(worst.ok());
  ExpectProven(instance, *worst, 3);
  EXPECT_GE(static_cast<double>(worst->worst_sum), 0.9 * static_cast<double>(worst->worst_sum_bound));
}

TEST(SolveObjectiveTest, StableChoicesAreAnObjective) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Instance instance = RandomInstance(seed, {.left = 20, .right = 15, .arcs_per_left = 6, .groups = 2});
    ObjectiveOptions options;
    Random random(seed);
    for (std::int64_t gain : instance.problem.gain) {
      options.preferences.need_gain.push_back(gain + static_cast<std::int64_t>(random.Below(30)));
      options.preferences.offering_gain.push_back(gain + static_cast<std::int64_t>(random.Below(30)));
    }
    std::array<std::int64_t, 2> needs_have = {};
    for (const Objective objective : {Objective::kStableNeeds, Objective::kStableOfferings}) {
      options.objective = objective;
      const auto answer = SolveObjective(instance.graph, instance.problem, options, {});
      ASSERT_TRUE(answer.ok()) << answer.status();
      const absl::Status check = CheckAssignment(instance.graph, answer->problem, answer->assignment);
      ASSERT_TRUE(check.ok()) << check;
      Preferences wanted = options.preferences;
      for (std::size_t a = 0; a < wanted.need_gain.size(); ++a) {
        if (instance.problem.gain[a] == 0) wanted.need_gain[a] = wanted.offering_gain[a] = 0;
      }
      const auto blocking = BlockingPairs(instance.graph, instance.problem, wanted, answer->assignment.arcs);
      ASSERT_TRUE(blocking.ok());
      EXPECT_THAT(*blocking, IsEmpty());
      for (std::int32_t a : answer->assignment.arcs) {
        needs_have[objective == Objective::kStableNeeds ? 0 : 1] += wanted.need_gain[static_cast<std::size_t>(a)];
      }
    }
    EXPECT_GE(needs_have[0], needs_have[1]);
  }
  Instance floored = RandomInstance(1, {});
  ObjectiveOptions options{.objective = Objective::kStableNeeds};
  options.floors = {{{Side::kNeed, {0}}, 1, 0}};
  EXPECT_EQ(ReasonOf(SolveObjective(floored.graph, floored.problem, options, {}).status()), Reason::kBadArgument);
}

TEST(SolveObjectiveTest, EndsInTimeWithAPlanThatHolds) {
  const Instance instance = RandomInstance(
      7, {.left = 3000, .right = 2000, .arcs_per_left = 30, .groups = 30, .largest_gain = 1'000'000, .quotas = 3});
  for (const Objective objective : {Objective::kTotal, Objective::kMaxMin, Objective::kMaxMinSum, Objective::kNash}) {
    ObjectiveOptions options{.objective = objective};
    options.time_limit = std::chrono::milliseconds(1);
    const auto answer = SolveObjective(instance.graph, instance.problem, options, {});
    if (!answer.ok()) {  // the floors of some objectives are minimums that no moment is long enough to keep
      EXPECT_EQ(ReasonOf(answer.status()), Reason::kCancelled) << answer.status();
      continue;
    }
    const absl::Status check = CheckAssignment(instance.graph, answer->problem, answer->assignment);
    EXPECT_TRUE(check.ok()) << check;
    EXPECT_GE(answer->assignment.bound, answer->assignment.total_gain);
  }
  ObjectiveOptions options;
  options.time_limit = std::chrono::milliseconds(0);
  EXPECT_EQ(ReasonOf(SolveObjective(instance.graph, instance.problem, options, {}).status()), Reason::kBadArgument);
}

TEST(SolveObjectiveTest, EmptyZeroAndRefused) {
  const Instance empty{*CandidateGraph::Build(0, 0, {}), {}};
  Instance zero{*CandidateGraph::Build(1, 1, {{0, 0}}), {}};
  zero.problem.gain = {0};
  zero.problem.need_capacity = zero.problem.offering_capacity = {1};
  for (const Instance& instance : {empty, zero}) {
    for (const Objective objective : {Objective::kTotal, Objective::kMaxMin, Objective::kMaxMinSum, Objective::kNash}) {
      ObjectiveOptions options;
      options.objective = objective;
      const auto answer = SolveObjective(instance.graph, instance.problem, options, {});
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_THAT(answer->assignment.arcs, IsEmpty());
      EXPECT_EQ(answer->servable, 0);
      ExpectProven(instance, *answer, 0);
    }
    ObjectiveOptions options;
    options.dial = 1;
    EXPECT_TRUE(SolveObjective(instance.graph, instance.problem, options, {}).ok());
  }
  const auto refused = [&](const std::function<void(ObjectiveOptions*)>& spoil, const std::string& what) {
    ObjectiveOptions options;
    spoil(&options);
    const auto answer = SolveObjective(zero.graph, zero.problem, options, {});
    EXPECT_EQ(ReasonOf(answer.status()), Reason::kBadArgument) << what;
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr(what));
  };
  refused([](ObjectiveOptions* o) { o->dial = 1.5; }, "1.5 is outside");
  refused([](ObjectiveOptions* o) { o->dial = std::nan(""); }, "nan is outside");
  refused([](ObjectiveOptions* o) { o->dial = 0.5, o->objective = Objective::kNash; }, "total only");
  refused([](ObjectiveOptions* o) { o->levels = 0; }, "at least 1");
  refused([](ObjectiveOptions* o) { o->floors = {{{Side::kNeed, {7}}, 1, 0}}; }, "node 7 of 1");
  refused([](ObjectiveOptions* o) { o->floors = {{{Side::kNeed, {0}}, 0, 2}}; }, "2 is outside");
  const std::vector<double> falling = {0.5, 0.2};
  EXPECT_EQ(ReasonOf(DialCurve(zero.graph, zero.problem, falling, {}, {}).status()), Reason::kBadArgument);
  std::stop_source stop;
  stop.request_stop();
  RunContext context;
  context.stop = stop.get_token();
  for (const Objective objective : {Objective::kMaxMin, Objective::kNash}) {
    ObjectiveOptions options;
    options.objective = objective;
    EXPECT_EQ(ReasonOf(SolveObjective(zero.graph, zero.problem, options, context).status()), Reason::kCancelled);
  }
}

}  // namespace
}  // namespace magpie
