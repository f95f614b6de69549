#include "magpie/assignment/conflict.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "problems.h"

namespace magpie {
namespace {

using ::magpie_test::Instance;
using ::magpie_test::RandomInstance;
using ::magpie_test::Shape;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

bool IsIn(const std::vector<PlanConstraint>& kept, PlanConstraintKind kind, std::int32_t index) {
  return std::any_of(kept.begin(), kept.end(),
                     [&](const PlanConstraint& c) { return c.kind == kind && c.index == index; });
}

// Every constraint of the problem; what FindConflict may name.
std::vector<PlanConstraint> AllConstraints(const Instance& instance) {
  const AssignmentProblem& problem = instance.problem;
  std::vector<PlanConstraint> all;
  const auto add = [&](PlanConstraintKind kind, std::size_t index, std::int64_t amount) {
    all.push_back({kind, static_cast<std::int32_t>(index), amount});
  };
  for (std::size_t n = 0; n < problem.need_capacity.size(); ++n) {
    add(PlanConstraintKind::kNeedCapacity, n, problem.need_capacity[n]);
    if (!problem.need_minimum.empty()) add(PlanConstraintKind::kNeedMinimum, n, problem.need_minimum[n]);
  }
  for (std::size_t n = 0; n < problem.offering_capacity.size(); ++n) {
    add(PlanConstraintKind::kOfferingCapacity, n, problem.offering_capacity[n]);
    if (!problem.offering_minimum.empty()) add(PlanConstraintKind::kOfferingMinimum, n, problem.offering_minimum[n]);
  }
  for (std::size_t g = 0; g < problem.need_groups.size(); ++g) {
    add(PlanConstraintKind::kNeedGroupCapacity, g, problem.need_groups[g].capacity);
    add(PlanConstraintKind::kNeedGroupMinimum, g, problem.need_groups[g].minimum);
  }
  for (std::size_t g = 0; g < problem.offering_groups.size(); ++g) {
    add(PlanConstraintKind::kOfferingGroupCapacity, g, problem.offering_groups[g].capacity);
    add(PlanConstraintKind::kOfferingGroupMinimum, g, problem.offering_groups[g].minimum);
  }
  for (std::size_t q = 0; q < problem.quotas.size(); ++q) {
    add(PlanConstraintKind::kQuotaMaximum, q, problem.quotas[q].maximum);
    add(PlanConstraintKind::kQuotaMinimum, q, problem.quotas[q].minimum);
  }
  for (std::int32_t a : problem.required) add(PlanConstraintKind::kRequired, static_cast<std::size_t>(a), 0);
  for (std::int32_t a : problem.excluded) add(PlanConstraintKind::kExcluded, static_cast<std::size_t>(a), 0);
  return all;
}

// Whether some set of arcs keeps all of `kept`, by trying every set.
bool CanKeep(const Instance& instance, const std::vector<PlanConstraint>& kept) {
  const auto& [graph, problem] = instance;
  std::vector<std::int32_t> usable;
  const auto has = [](const std::vector<std::int32_t>& list, std::int32_t a) {
    return std::find(list.begin(), list.end(), a) != list.end();
  };
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    if (IsIn(kept, PlanConstraintKind::kExcluded, a)) continue;
    if (problem.gain[static_cast<std::size_t>(a)] > 0 || has(problem.required, a)) usable.push_back(a);
  }
  const auto around = [](const std::vector<std::int32_t>& group_of, const std::vector<CapacityGroup>& groups,
                         std::int32_t node, std::int32_t group) {
    for (std::int32_t g = group_of.empty() ? -1 : group_of[static_cast<std::size_t>(node)]; g >= 0;
         g = groups[static_cast<std::size_t>(g)].parent) {
      if (g == group) return true;
    }
    return false;
  };
  for (std::size_t set = 0; set < std::size_t{1} << usable.size(); ++set) {
    bool good = true;
    for (const PlanConstraint& c : kept) {
      std::int64_t load = 0;
      for (std::size_t i = 0; i < usable.size(); ++i) {
        if ((set >> i & 1) == 0) continue;
        const Arc& arc = graph.arc(usable[i]);
        switch (c.kind) {
          case PlanConstraintKind::kNeedCapacity:
          case PlanConstraintKind::kNeedMinimum:
            load += arc.left == c.index ? 1 : 0;
            break;
          case PlanConstraintKind::kOfferingCapacity:
          case PlanConstraintKind::kOfferingMinimum:
            load += arc.right == c.index ? 1 : 0;
            break;
          case PlanConstraintKind::kNeedGroupCapacity:
          case PlanConstraintKind::kNeedGroupMinimum:
            load += around(problem.need_group, problem.need_groups, arc.left, c.index) ? 1 : 0;
            break;
          case PlanConstraintKind::kOfferingGroupCapacity:
          case PlanConstraintKind::kOfferingGroupMinimum:
            load += around(problem.offering_group, problem.offering_groups, arc.right, c.index) ? 1 : 0;
            break;
          case PlanConstraintKind::kQuotaMaximum:
          case PlanConstraintKind::kQuotaMinimum:
            load += has(problem.quotas[static_cast<std::size_t>(c.index)].arcs, usable[i]) ? 1 : 0;
            break;
          default:
            load += usable[i] == c.index ? 1 : 0;
        }
      }
      const bool minimum =
          c.kind == PlanConstraintKind::kNeedMinimum || c.kind == PlanConstraintKind::kOfferingMinimum ||
          c.kind == PlanConstraintKind::kNeedGroupMinimum || c.kind == PlanConstraintKind::kOfferingGroupMinimum ||
          c.kind == PlanConstraintKind::kQuotaMinimum;
      if (c.kind == PlanConstraintKind::kRequired) {
        good = good && load == 1;
      } else if (c.kind != PlanConstraintKind::kExcluded) {
        good = good && (minimum ? load >= c.amount : load <= c.amount);
      }
    }
    if (good) return true;
  }
  return false;
}

Instance TightInstance(std::uint64_t seed, int quotas) {
  Random random(seed ^ 0x5151);
  const auto below = [&](int bound) {
    return static_cast<std::int32_t>(random.Below(static_cast<std::uint64_t>(bound)));
  };
  Shape shape;
  shape.left = 2 + below(3);
  shape.right = 2 + below(3);
  shape.arcs_per_left = 1 + below(3);
  shape.zeros = below(3) == 0;
  shape.groups = below(3);
  shape.required = below(3);
  shape.excluded = below(3);
  shape.largest_gain = 4;
  Instance instance = RandomInstance(seed, shape);
  AssignmentProblem& problem = instance.problem;
  for (std::int32_t capacity : problem.need_capacity) problem.need_minimum.push_back(below(std::min(capacity, 2) + 1));
  for (std::int32_t capacity : problem.offering_capacity) {
    problem.offering_minimum.push_back(below(4) == 0 ? below(capacity + 1) : 0);
  }
  for (auto* groups : {&problem.need_groups, &problem.offering_groups}) {
    for (CapacityGroup& group : *groups) group.minimum = below(2) == 0 ? below(std::min(group.capacity, 3) + 1) : 0;
  }
  for (int q = 0; q < quotas && instance.graph.arc_count() > 0; ++q) {
    Quota quota;
    for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
      if (below(2) == 0) quota.arcs.push_back(a);
    }
    quota.minimum = below(4);
    quota.maximum = quota.minimum + below(2);
    problem.quotas.push_back(quota);
  }
  return instance;
}

void ExpectIrreducible(const Instance& instance, int round, int* conflicts) {
  const auto conflict = FindConflict(instance.graph, instance.problem);
  ASSERT_TRUE(conflict.ok()) << conflict.status();
  EXPECT_TRUE(conflict->irreducible);
  const std::vector<PlanConstraint> all = AllConstraints(instance);
  EXPECT_EQ(conflict->constraints.empty(), CanKeep(instance, all)) << round;
  if (conflict->constraints.empty()) return;
  ++*conflicts;
  for (const PlanConstraint& c : conflict->constraints) {
    EXPECT_NE(std::find(all.begin(), all.end(), c), all.end()) << round << " " << PlanConstraintKindName(c.kind);
  }
  EXPECT_FALSE(CanKeep(instance, conflict->constraints)) << round;
  for (std::size_t i = 0; i < conflict->constraints.size(); ++i) {
    std::vector<PlanConstraint> less = conflict->constraints;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_TRUE(CanKeep(instance, less)) << round << ": " << i << " is superfluous";
  }
}

TEST(FindConflictTest, TheSetCannotBeKeptAndEveryConstraintOfItIsNeeded) {
  int conflicts = 0;
  for (int round = 0; round < 1500; ++round) {
    ExpectIrreducible(TightInstance(static_cast<std::uint64_t>(round), 0), round, &conflicts);
  }
  EXPECT_GT(conflicts, 300);
  EXPECT_LT(conflicts, 1400);
}

TEST(FindConflictTest, WithQuotasThatCross) {
  int conflicts = 0;
  for (int round = 0; round < 600; ++round) {
    ExpectIrreducible(TightInstance(static_cast<std::uint64_t>(round) + 9000, 1 + round % 3), round, &conflicts);
  }
  EXPECT_GT(conflicts, 200);
}

Instance Problems(std::int32_t needs, std::int32_t offerings, std::vector<Arc> arcs) {
  const std::size_t count = arcs.size();
  Instance instance{*CandidateGraph::Build(needs, offerings, std::move(arcs)), {}};
  instance.problem.gain.assign(count, 10);
  instance.problem.need_capacity.assign(static_cast<std::size_t>(needs), 3);
  instance.problem.offering_capacity.assign(static_cast<std::size_t>(offerings), 1);
  return instance;
}

TEST(FindConflictTest, ThreeNeedsThatAllDependOnTwoTeams) {
  Instance instance = Problems(4, 3, {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 1}, {3, 2}});
  instance.problem.need_minimum = {1, 1, 1, 1};
  const auto conflict = FindConflict(instance.graph, instance.problem);
  ASSERT_TRUE(conflict.ok());
  EXPECT_THAT(conflict->constraints, ElementsAre(PlanConstraint{PlanConstraintKind::kOfferingCapacity, 0, 1},
                                                 PlanConstraint{PlanConstraintKind::kOfferingCapacity, 1, 1},
                                                 PlanConstraint{PlanConstraintKind::kNeedMinimum, 0, 1},
                                                 PlanConstraint{PlanConstraintKind::kNeedMinimum, 1, 1},
                                                 PlanConstraint{PlanConstraintKind::kNeedMinimum, 2, 1}));
  EXPECT_EQ(conflict->asked, 3);
  EXPECT_EQ(conflict->allowed, 2);
  EXPECT_EQ(ConflictText(instance.graph, *conflict, Language::kEn),
            "These 5 cannot be kept together: offering 0 takes at most 1 match; offering 1 takes at most 1 match; need "
            "0 asks for at least 1 match; need 1 asks for at least 1 match; need 2 asks for at least 1 match. 3 "
            "matches are asked for where the candidates allow 2. Give way in any one of them.");
  const ConstraintNames names = [](const PlanConstraint& c) {
    return c.kind == PlanConstraintKind::kNeedMinimum ? fmt::format("第{}家企业", c.index + 1)
                                                      : fmt::format("专家组{}", c.index + 1);
  };
  EXPECT_EQ(
      ConflictText(instance.graph, *conflict, Language::kZh, names),
      "这 5 条不能同时满足：专家组1 最多 1 个匹配；专家组2 最多 1 个匹配；第1家企业至少要 1 个匹配；第2家企业至少要 1 "
      "个匹配；第3家企业至少要 1 个匹配。这里至少要 3 个匹配，而现有候选最多只能给 2 个。放宽其中任何一条即可。");
}

TEST(FindConflictTest, AMinimumWithoutEnoughCandidatesStandsAlone) {
  Instance instance = Problems(2, 2, {{0, 0}, {1, 1}});
  instance.problem.need_minimum = {2, 0};
  const auto conflict = FindConflict(instance.graph, instance.problem);
  ASSERT_TRUE(conflict.ok());
  EXPECT_THAT(conflict->constraints, ElementsAre(PlanConstraint{PlanConstraintKind::kNeedMinimum, 0, 2}));
  EXPECT_EQ(ConflictText(instance.graph, *conflict, Language::kEn),
            "This cannot be kept: need 0 asks for at least 2 matches. 2 matches are asked for where the candidates "
            "allow 1. Give way in it, or add candidates.");
}

TEST(FindConflictTest, ExcludedAndRequiredPairsAreNamed) {
  Instance instance = Problems(2, 2, {{0, 0}, {1, 0}, {1, 1}});
  instance.problem.required = {0};
  instance.problem.excluded = {2};
  instance.problem.need_minimum = {0, 1};
  const auto conflict = FindConflict(instance.graph, instance.problem);
  ASSERT_TRUE(conflict.ok());
  EXPECT_THAT(conflict->constraints, ElementsAre(PlanConstraint{PlanConstraintKind::kOfferingCapacity, 0, 1},
                                                 PlanConstraint{PlanConstraintKind::kNeedMinimum, 1, 1},
                                                 PlanConstraint{PlanConstraintKind::kRequired, 0, 0},
                                                 PlanConstraint{PlanConstraintKind::kExcluded, 2, 0}));
  EXPECT_THAT(ConflictText(instance.graph, *conflict, Language::kEn),
              HasSubstr("need 0 with offering 0 must be matched"));
}

TEST(FindConflictTest, NothingToExplain) {
  const Instance instance = Problems(2, 2, {{0, 0}, {1, 1}});
  const auto conflict = FindConflict(instance.graph, instance.problem);
  ASSERT_TRUE(conflict.ok());
  EXPECT_THAT(conflict->constraints, IsEmpty());
  EXPECT_EQ(ConflictText(instance.graph, *conflict, Language::kEn), "");
}

TEST(FindConflictTest, WrongShapesAreErrors) {
  Instance instance = Problems(2, 2, {{0, 0}, {1, 1}});
  instance.problem.quotas = {{{5}, 0, 1}};
  EXPECT_EQ(ReasonOf(FindConflict(instance.graph, instance.problem).status()), Reason::kBadArgument);
  instance.problem.quotas.clear();
  instance.problem.need_minimum = {1};
  EXPECT_EQ(ReasonOf(FindConflict(instance.graph, instance.problem).status()), Reason::kBadArgument);
}

double Seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST(FindConflictTest, AThousandByAThousand) {
  Shape shape;
  shape.left = shape.right = 1000;
  shape.arcs_per_left = 10;
  shape.capacity = 1;
  shape.largest_gain = 1000;
  // Every other need closed and all offerings asked for: a small set. All needs asked for twice: a set of hundreds.
  for (const bool wide : {false, true}) {
    Instance instance = RandomInstance(3, shape);
    AssignmentProblem& problem = instance.problem;
    if (wide) {
      problem.need_capacity.assign(1000, 2);
      problem.need_minimum.assign(1000, 2);
    } else {
      problem.offering_minimum.assign(1000, 1);
      for (std::size_t n = 0; n < 1000; n += 2) problem.need_capacity[n] = 0;
    }
    Conflict conflict;
    const double seconds = Seconds([&] { conflict = *FindConflict(instance.graph, instance.problem); });
    EXPECT_GT(conflict.constraints.size(), 0u);
    printf("conflict 1,000 x 1,000 %s: %zu constraints, %.3f s\n", wide ? "wide" : "narrow",
           conflict.constraints.size(), seconds);
    EXPECT_EQ(conflict.constraints.size() > 100, wide);
    EXPECT_GT(conflict.asked, conflict.allowed);
  }
}

TEST(FindConflictTest, QuotasAtAThousandByAThousand) {
  Shape shape;
  shape.left = shape.right = 1000;
  shape.arcs_per_left = 10;
  shape.largest_gain = 1000;
  Instance instance = RandomInstance(4, shape);
  Quota western;  // all pairs of the first 30 needs
  for (std::int32_t a = 0; instance.graph.arc(a).left < 30; ++a) western.arcs.push_back(a);
  western.minimum = 100;
  std::int64_t most = 0;
  for (std::size_t n = 0; n < 30; ++n) most += instance.problem.need_capacity[n];
  ASSERT_LT(most, 100);
  instance.problem.quotas = {western};
  Conflict conflict;
  const double seconds = Seconds([&] { conflict = *FindConflict(instance.graph, instance.problem); });
  EXPECT_TRUE(conflict.irreducible);
  EXPECT_TRUE(IsIn(conflict.constraints, PlanConstraintKind::kQuotaMinimum, 0));
  printf("conflict with a quota: %zu constraints, %.3f s\n", conflict.constraints.size(), seconds);
}

TEST(FindConflictTest, HardCrossingQuotasEndInTime) {
  // Fifteen random sets of pairs ask for more than fifteen others, which overlap them, let through.
  Shape shape{.left = 200, .right = 200, .arcs_per_left = 10, .capacity = 3, .largest_gain = 1000};
  Instance instance = RandomInstance(5, shape);
  Random random(17);
  for (int q = 0; q < 30; ++q) {
    Quota quota;
    for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
      if (random.Below(3) == 0) quota.arcs.push_back(a);
    }
    quota.minimum = q % 2 == 0 ? 150 : 0;
    quota.maximum = q % 2 == 0 ? kUnlimited : 30;
    instance.problem.quotas.push_back(quota);
  }
  Conflict conflict;
  const double seconds = Seconds([&] { conflict = *FindConflict(instance.graph, instance.problem); });
  EXPECT_FALSE(conflict.constraints.empty());
  printf("conflict of 30 crossing quotas: %zu constraints, irreducible %d, %.3f s\n", conflict.constraints.size(),
         conflict.irreducible, seconds);
  RunContext context;
  std::stop_source stop;
  context.stop = stop.get_token();
  stop.request_stop();
  EXPECT_EQ(ReasonOf(FindConflict(instance.graph, instance.problem, context).status()), Reason::kCancelled);
}

}  // namespace
}  // namespace magpie
