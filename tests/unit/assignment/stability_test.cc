#include "magpie/assignment/stability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "problems.h"

namespace magpie {
namespace {

using ::magpie_test::Instance;
using ::magpie_test::RandomInstance;
using ::magpie_test::Shape;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Preferences RandomPreferences(const Instance& instance, std::uint64_t seed, std::uint64_t largest) {
  Random random(seed);
  Preferences preferences;
  for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
    preferences.need_gain.push_back(static_cast<std::int64_t>(random.Below(largest + 1)));
    preferences.offering_gain.push_back(static_cast<std::int64_t>(random.Below(largest + 1)));
  }
  return preferences;
}

// The definition, slow and obvious: one side of a problem with its limits.
struct Twin {
  const Instance& instance;
  const Preferences& preferences;

  bool InSubtree(Side side, std::int32_t a, std::int32_t group) const {  // group -1 - n = node n
    const Arc& arc = instance.graph.arc(a);
    const AssignmentProblem& p = instance.problem;
    const std::int32_t node = side == Side::kNeed ? arc.left : arc.right;
    if (group < 0) return node == -1 - group;
    const auto& of = side == Side::kNeed ? p.need_group : p.offering_group;
    const auto& groups = side == Side::kNeed ? p.need_groups : p.offering_groups;
    for (std::int32_t g = of.empty() ? -1 : of[static_cast<std::size_t>(node)]; g >= 0;
         g = groups[static_cast<std::size_t>(g)].parent) {
      if (g == group) return true;
    }
    return false;
  }
  bool Prefers(Side side, std::int32_t a, std::int32_t b) const {
    const auto& gain = side == Side::kNeed ? preferences.need_gain : preferences.offering_gain;
    const std::int64_t x = gain[static_cast<std::size_t>(a)], y = gain[static_cast<std::size_t>(b)];
    return x != y ? x > y : a < b;
  }
  bool Required(std::int32_t a) const { return std::ranges::count(instance.problem.required, a) > 0; }
  // Calls visit(entity, capacity) for all nodes and groups of a side.
  void Entities(Side side, const std::function<void(std::int32_t, std::int32_t)>& visit) const {
    const AssignmentProblem& p = instance.problem;
    const auto& capacity = side == Side::kNeed ? p.need_capacity : p.offering_capacity;
    const auto& groups = side == Side::kNeed ? p.need_groups : p.offering_groups;
    for (std::size_t n = 0; n < capacity.size(); ++n) visit(-1 - static_cast<std::int32_t>(n), capacity[n]);
    for (std::size_t g = 0; g < groups.size(); ++g) visit(static_cast<std::int32_t>(g), groups[g].capacity);
  }
  bool Fits(const std::vector<std::int32_t>& chosen) const {
    bool fits = true;
    for (const Side side : {Side::kNeed, Side::kOffering}) {
      Entities(side, [&](std::int32_t entity, std::int32_t capacity) {
        fits = fits && std::ranges::count_if(chosen, [&](auto a) { return InSubtree(side, a, entity); }) <= capacity;
      });
    }
    return fits;
  }
  bool Wants(Side side, std::int32_t a, const std::vector<std::int32_t>& chosen) const {
    bool wants = true;
    Entities(side, [&](std::int32_t entity, std::int32_t capacity) {
      if (!InSubtree(side, a, entity)) return;
      const auto stays = [&](std::int32_t b) {
        return InSubtree(side, b, entity) && (Required(b) || Prefers(side, b, a));
      };
      wants = wants && std::ranges::count_if(chosen, stays) < capacity;
    });
    return wants;
  }
  bool Acceptable(std::int32_t a) const {
    return preferences.need_gain[static_cast<std::size_t>(a)] > 0 &&
           preferences.offering_gain[static_cast<std::size_t>(a)] > 0 &&
           std::ranges::count(instance.problem.excluded, a) == 0;
  }
  std::vector<std::int32_t> Blocking(const std::vector<std::int32_t>& chosen) const {
    std::vector<std::int32_t> blocking;
    for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
      if (std::ranges::count(chosen, a) > 0 || !Acceptable(a) || Required(a)) continue;
      if (Wants(Side::kNeed, a, chosen) && Wants(Side::kOffering, a, chosen)) blocking.push_back(a);
    }
    return blocking;
  }
  // All stable choices, by trying every subset.
  std::vector<std::vector<std::int32_t>> AllStable() const {
    std::vector<std::vector<std::int32_t>> all;
    for (std::uint32_t mask = 0; mask < 1u << instance.graph.arc_count(); ++mask) {
      std::vector<std::int32_t> chosen;
      bool allowed = true;
      for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
        const bool in = mask >> a & 1;
        if (in) chosen.push_back(a);
        allowed = allowed && (in ? Required(a) || Acceptable(a) : !Required(a));
      }
      if (allowed && Fits(chosen) && Blocking(chosen).empty()) all.push_back(chosen);
    }
    return all;
  }
};

TEST(SolveStableTest, NeedsOrOfferingsGetTheirBest) {
  // Each need prefers the offering of its own number, each offering the other need: two stable choices.
  Instance instance{*CandidateGraph::Build(2, 2, {{0, 0}, {0, 1}, {1, 0}, {1, 1}}), {}};
  instance.problem.gain = {9, 9, 9, 9};
  instance.problem.need_capacity = instance.problem.offering_capacity = {1, 1};
  const Preferences preferences{{2, 1, 1, 2}, {1, 2, 2, 1}};
  EXPECT_THAT(*SolveStable(instance.graph, instance.problem, preferences, Side::kNeed, {}), ElementsAre(0, 3));
  EXPECT_THAT(*SolveStable(instance.graph, instance.problem, preferences, Side::kOffering, {}), ElementsAre(1, 2));
  const auto blocking = BlockingPairs(instance.graph, instance.problem, preferences, std::vector{1});
  ASSERT_TRUE(blocking.ok());
  ASSERT_EQ(blocking->size(), 2u);  // 2 has room on both sides; 3 too, and gains as much
  EXPECT_EQ((*blocking)[0].arc, 2);
  EXPECT_EQ((*blocking)[0].need_rise, 1);
  EXPECT_EQ((*blocking)[0].offering_rise, 2);
}

TEST(SolveStableTest, LeavesNoBlockingPairAndIsTheBestOfAllStableChoices) {
  int compared = 0, choices = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    Shape shape;
    shape.left = shape.right = 3 + static_cast<std::int32_t>(seed % 2);
    shape.zeros = seed % 5 == 0;
    shape.groups = static_cast<int>(seed % 3);
    shape.required = seed % 4 == 0 ? 1 : 0;
    shape.excluded = seed % 7 == 0 ? 1 : 0;
    const Instance instance = RandomInstance(seed, shape);
    const Preferences preferences = RandomPreferences(instance, seed + 1000, seed % 2 == 0 ? 3 : 1000);
    const auto needs_best = SolveStable(instance.graph, instance.problem, preferences, Side::kNeed, {});
    const auto offerings_best = SolveStable(instance.graph, instance.problem, preferences, Side::kOffering, {});
    ASSERT_EQ(needs_best.ok(), offerings_best.ok());
    if (!needs_best.ok()) {
      EXPECT_EQ(ReasonOf(needs_best.status()), Reason::kPlanConflict) << needs_best.status();
      continue;
    }
    const Twin twin{instance, preferences};
    const auto all = twin.AllStable();
    ASSERT_FALSE(all.empty());
    choices += static_cast<int>(all.size());
    for (const auto& [side, best] :
         {std::pair{Side::kNeed, &*needs_best}, std::pair{Side::kOffering, &*offerings_best}}) {
      EXPECT_EQ(std::ranges::count(all, *best), 1) << seed;
      // Offered all pairs of all stable choices, the proposing side would hold just these.
      for (const auto& other : all) {
        EXPECT_EQ(other.size(), best->size()) << seed;
        for (const std::int32_t a : other) {
          if (std::ranges::count(*best, a) == 0) {
            EXPECT_FALSE(twin.Wants(side, a, *best)) << seed;
          }
        }
      }
      EXPECT_EQ(BlockingPairs(instance.graph, instance.problem, preferences, *best)->size(), 0u);
    }
    // Any feasible choice, stable or not: the same blocking pairs as by definition.
    std::vector<std::int32_t> chosen = *needs_best;
    Random random(seed);
    std::erase_if(chosen, [&](std::int32_t a) { return !twin.Required(a) && random.Below(2) == 0; });
    const auto blocking = BlockingPairs(instance.graph, instance.problem, preferences, chosen);
    ASSERT_TRUE(blocking.ok());
    std::vector<std::int32_t> arcs;
    for (const BlockingPair& pair : *blocking) arcs.push_back(pair.arc);
    std::ranges::sort(arcs);
    EXPECT_EQ(arcs, twin.Blocking(chosen)) << seed;
    ++compared;
  }
  EXPECT_GT(compared, 500);
  EXPECT_GT(choices, compared + 20);  // or the choice of the side would mean nothing
}

TEST(SolveStableTest, LargeMarketsAreStable) {
  for (const int groups : {0, 20}) {
    Shape shape;
    shape.left = 3000;
    shape.right = 2000;
    shape.arcs_per_left = 20;
    shape.capacity = 4;
    shape.groups = groups;
    const Instance instance = RandomInstance(7, shape);
    const Preferences preferences = RandomPreferences(instance, 8, 1'000'000);
    for (const Side side : {Side::kNeed, Side::kOffering}) {
      const auto stable = SolveStable(instance.graph, instance.problem, preferences, side, {});
      ASSERT_TRUE(stable.ok());
      EXPECT_GT(stable->size(), groups == 0 ? 4000u : 500u);
      EXPECT_EQ(BlockingPairs(instance.graph, instance.problem, preferences, *stable)->size(), 0u) << groups;
    }
  }
}

TEST(SolveStableTest, RefusesWhatStabilityCannotKeep) {
  const auto refused = [](const std::function<void(Instance*, Preferences*)>& spoil, std::string_view what) {
    Instance instance{*CandidateGraph::Build(1, 1, {{0, 0}}), {}};
    instance.problem.gain = {5};
    instance.problem.need_capacity = instance.problem.offering_capacity = {1};
    Preferences preferences;
    spoil(&instance, &preferences);
    const auto stable = SolveStable(instance.graph, instance.problem, preferences, Side::kNeed, {});
    EXPECT_EQ(ReasonOf(stable.status()), Reason::kBadArgument) << what;
    EXPECT_THAT(std::string(stable.status().message()), HasSubstr(std::string(what)));
  };
  refused([](Instance* i, Preferences*) { i->problem.need_minimum = {1}; }, "minimum");
  refused([](Instance* i, Preferences*) { i->problem.quotas = {{{0}, 0, 1}}; }, "quotas");
  refused([](Instance*, Preferences* p) { p->need_gain = {1, 2}; }, "2 gains for 1 arcs");
  refused([](Instance*, Preferences* p) { p->offering_gain = {-1}; }, "-1 is outside");
  std::stop_source stop;
  stop.request_stop();
  Shape shape;
  shape.left = shape.right = 500;
  shape.arcs_per_left = 20;
  const Instance instance = RandomInstance(1, shape);
  EXPECT_EQ(ReasonOf(SolveStable(instance.graph, instance.problem, {}, Side::kNeed, {stop.get_token()}).status()),
            Reason::kCancelled);
}

}  // namespace
}  // namespace magpie
