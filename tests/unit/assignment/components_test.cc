// Problems that fall into parts: the answer is that of the parts, whatever the threads and the order of the listings.
#include "assignment/components.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "magpie/assignment/assignment.h"
#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "problems.h"

namespace magpie {
namespace {

using ::magpie_test::Instance;
using ::magpie_test::RandomInstance;
using ::magpie_test::Shape;
using ::testing::HasSubstr;

// Blocks beside each other, their listings dealt out like cards, so that numbers of different blocks mix.
Instance Deal(const std::vector<Instance>& blocks, std::uint64_t seed) {
  Random random(seed);
  const auto places = [&](auto count_of) {
    std::int32_t total = 0;
    for (const Instance& block : blocks) total += count_of(block);
    std::vector<std::int32_t> cards(static_cast<std::size_t>(total));
    std::iota(cards.begin(), cards.end(), 0);
    for (std::size_t i = cards.size(); i > 1; --i) std::swap(cards[i - 1], cards[random.Below(i)]);
    return cards;
  };
  const auto lefts = places([](const Instance& block) { return block.graph.left_count(); });
  const auto rights = places([](const Instance& block) { return block.graph.right_count(); });
  AssignmentProblem whole;
  whole.need_capacity.resize(lefts.size());
  whole.offering_capacity.resize(rights.size());
  whole.need_minimum.resize(lefts.size());
  whole.offering_minimum.resize(rights.size());
  whole.need_group.assign(lefts.size(), -1);
  whole.offering_group.assign(rights.size(), -1);
  struct Placed {
    Arc arc;
    std::size_t block;
    std::int32_t number;
  };
  std::vector<Placed> placed;
  std::size_t left = 0, right = 0;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const AssignmentProblem& p = blocks[b].problem;
    const auto side = [&](const std::vector<std::int32_t>& cards, std::size_t first,
                          const std::vector<std::int32_t>& capacity, const std::vector<std::int32_t>& minimum,
                          const std::vector<std::int32_t>& group, const std::vector<CapacityGroup>& groups,
                          std::vector<std::int32_t>* to_capacity, std::vector<std::int32_t>* to_minimum,
                          std::vector<std::int32_t>* to_group, std::vector<CapacityGroup>* to_groups) {
      const auto base = static_cast<std::int32_t>(to_groups->size());
      for (CapacityGroup g : groups) {
        if (g.parent >= 0) g.parent += base;
        to_groups->push_back(g);
      }
      for (std::size_t n = 0; n < capacity.size(); ++n) {
        const auto at = static_cast<std::size_t>(cards[first + n]);
        (*to_capacity)[at] = capacity[n];
        (*to_minimum)[at] = minimum.empty() ? 0 : minimum[n];
        (*to_group)[at] = group.empty() || group[n] < 0 ? -1 : base + group[n];
      }
    };
    side(lefts, left, p.need_capacity, p.need_minimum, p.need_group, p.need_groups, &whole.need_capacity,
         &whole.need_minimum, &whole.need_group, &whole.need_groups);
    side(rights, right, p.offering_capacity, p.offering_minimum, p.offering_group, p.offering_groups,
         &whole.offering_capacity, &whole.offering_minimum, &whole.offering_group, &whole.offering_groups);
    for (std::int32_t a = 0; a < blocks[b].graph.arc_count(); ++a) {
      const Arc& arc = blocks[b].graph.arc(a);
      placed.push_back(
          {{lefts[left + static_cast<std::size_t>(arc.left)], rights[right + static_cast<std::size_t>(arc.right)]},
           b,
           a});
    }
    left += p.need_capacity.size();
    right += p.offering_capacity.size();
  }
  std::sort(placed.begin(), placed.end(), [](const Placed& x, const Placed& y) { return x.arc < y.arc; });
  std::vector<Arc> arcs;
  std::vector<std::vector<std::int32_t>> number(blocks.size());
  for (std::size_t b = 0; b < blocks.size(); ++b)
    number[b].resize(static_cast<std::size_t>(blocks[b].graph.arc_count()));
  for (const Placed& one : placed) {
    number[one.block][static_cast<std::size_t>(one.number)] = static_cast<std::int32_t>(arcs.size());
    arcs.push_back(one.arc);
    whole.gain.push_back(blocks[one.block].problem.gain[static_cast<std::size_t>(one.number)]);
  }
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const AssignmentProblem& p = blocks[b].problem;
    for (std::int32_t a : p.required) whole.required.push_back(number[b][static_cast<std::size_t>(a)]);
    for (std::int32_t a : p.excluded) whole.excluded.push_back(number[b][static_cast<std::size_t>(a)]);
    for (const Quota& quota : p.quotas) {
      Quota& moved = whole.quotas.emplace_back(Quota{{}, quota.minimum, quota.maximum});
      for (std::int32_t a : quota.arcs) moved.arcs.push_back(number[b][static_cast<std::size_t>(a)]);
    }
  }
  return {*CandidateGraph::Build(static_cast<std::int32_t>(lefts.size()), static_cast<std::int32_t>(rights.size()),
                                 std::move(arcs)),
          std::move(whole)};
}

struct Blocks {
  std::vector<Instance> blocks;
  std::int64_t total = 0;
};

// Blocks that can be solved, each below the size that is ever split.
Blocks Solvable(const Shape& shape, std::size_t count, std::uint64_t seed) {
  Blocks made;
  for (; made.blocks.size() < count; ++seed) {
    Instance block = RandomInstance(seed, shape);
    const auto answer = SolveAssignment(block.graph, block.problem, {});
    if (!answer.ok() || answer->ending != Ending::kProven) continue;
    made.total += answer->total_gain;
    made.blocks.push_back(std::move(block));
  }
  return made;
}

TEST(PartsTest, GainWhatTheyGainApart) {
  const Shape shapes[] = {
      {.left = 30, .right = 25, .arcs_per_left = 5, .zeros = true, .largest_gain = 1'000},
      {.left = 30, .right = 25, .arcs_per_left = 5, .groups = 3, .required = 1, .excluded = 3, .minimums = 2},
      {.left = 30, .right = 25, .arcs_per_left = 5, .groups = 2, .largest_gain = 50, .quotas = 1},
  };
  for (const Shape& shape : shapes) {
    const Blocks made = Solvable(shape, 60, 100);
    const Instance whole = Deal(made.blocks, 5);
    const auto reduced = Reduce(whole.graph, whole.problem);
    ASSERT_TRUE(reduced.ok());
    EXPECT_GE(SplitProblem(*reduced).size(), made.blocks.size());
    std::optional<Assignment> first;
    for (const int threads : {1, 2, 3, 8}) {
      RunContext context;
      context.threads = threads;
      const auto answer = SolveAssignment(whole.graph, whole.problem, context);
      ASSERT_TRUE(answer.ok()) << answer.status();
      const absl::Status check = CheckAssignment(whole.graph, whole.problem, *answer);
      ASSERT_TRUE(check.ok()) << check;
      EXPECT_EQ(answer->total_gain, made.total);
      EXPECT_EQ(answer->ending, Ending::kProven);
      if (!first) first = *answer;
      EXPECT_EQ(answer->arcs, first->arcs);
      EXPECT_EQ(answer->need_price, first->need_price);
      EXPECT_EQ(answer->offering_group_price, first->offering_group_price);
    }
    const auto nearly = SolveAssignment(whole.graph, whole.problem, {}, {.epsilon = 0.05});
    ASSERT_TRUE(nearly.ok()) << nearly.status();
    EXPECT_TRUE(CheckAssignment(whole.graph, whole.problem, *nearly).ok());
  }
}

TEST(PartsTest, AnErrorSpeaksOfTheWholesNumbers) {
  Blocks made = Solvable({.left = 30, .right = 25, .arcs_per_left = 5, .largest_gain = 1'000}, 30, 7);
  Instance whole = Deal(made.blocks, 5);
  // A need whose offerings all take nobody any more.
  const std::int32_t need = 417;
  const auto [first, last] = whole.graph.ArcsOfLeft(need);
  ASSERT_LT(first, last);
  for (std::int32_t a = first; a < last; ++a) {
    whole.problem.offering_capacity[static_cast<std::size_t>(whole.graph.arc(a).right)] = 0;
    whole.problem.gain[static_cast<std::size_t>(a)] = 1;
  }
  whole.problem.need_capacity[need] = whole.problem.need_minimum[need] = 1;
  const auto answer = SolveAssignment(whole.graph, whole.problem, {});
  EXPECT_EQ(ReasonOf(answer.status()), Reason::kPlanConflict);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("417"));
}

TEST(PartsTest, EndInTimeWithWhatTheyHave) {
  const Blocks made = Solvable({.left = 60, .right = 50, .arcs_per_left = 20, .largest_gain = 1'000'000}, 200, 7);
  const Instance whole = Deal(made.blocks, 5);
  const auto answer = SolveAssignment(whole.graph, whole.problem, {}, {.time_limit = std::chrono::milliseconds(1)});
  ASSERT_TRUE(answer.ok()) << answer.status();
  const absl::Status check = CheckAssignment(whole.graph, whole.problem, *answer);
  EXPECT_TRUE(check.ok()) << check;
}

}  // namespace
}  // namespace magpie
