#include "magpie/assignment/assignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/maximum_weighted_matching.hpp>
#include <boost/graph/successive_shortest_path_nonnegative_weights.hpp>
#include <chrono>
#include <map>
#include <numeric>

// Needs what the headers above declare.
#include <boost/graph/find_flow_cost.hpp>

#include "lemon_oracle.h"
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
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<Arc> AllPairs(std::int32_t left, std::int32_t right) {
  std::vector<Arc> arcs;
  for (std::int32_t l = 0; l < left; ++l) {
    for (std::int32_t r = 0; r < right; ++r) arcs.push_back({l, r});
  }
  return arcs;
}

TEST(SolveAssignmentTest, TakesTheBetterPairOfPairsInsteadOfTheBestPair) {
  // Greedy would take 10 and then nothing; 9 + 8 is better.
  const Instance instance = MakeInstance(2, 2, {{0, 0}, {0, 1}, {1, 0}}, {10, 9, 8});
  const Assignment answer = SolveChecked(instance);
  EXPECT_THAT(answer.arcs, ElementsAre(1, 2));
  EXPECT_EQ(answer.total_gain, 17);
}

TEST(SolveAssignmentTest, EmptyProblems) {
  for (const auto& [left, right] : std::vector<std::pair<int, int>>{{0, 0}, {0, 5}, {5, 0}, {3, 3}}) {
    const Assignment answer = SolveChecked(MakeInstance(left, right, {}, {}));
    EXPECT_THAT(answer.arcs, IsEmpty());
    EXPECT_EQ(answer.total_gain, 0);
    EXPECT_EQ(answer.need_price.size(), static_cast<std::size_t>(left));
    EXPECT_EQ(answer.offering_price.size(), static_cast<std::size_t>(right));
  }
}

TEST(SolveAssignmentTest, AllGainsZeroChoosesNothing) {
  EXPECT_THAT(SolveChecked(MakeInstance(4, 4, AllPairs(4, 4), std::vector<std::int64_t>(16, 0))).arcs, IsEmpty());
}

TEST(SolveAssignmentTest, AllGainsEqualFillsEverySeat) {
  const Assignment answer = SolveChecked(MakeInstance(30, 30, AllPairs(30, 30), std::vector<std::int64_t>(900, 7), 3));
  EXPECT_EQ(answer.arcs.size(), 90u);
}

TEST(SolveAssignmentTest, HubWantedByAllIsGivenToTheBest) {
  std::vector<Arc> arcs;
  std::vector<std::int64_t> gain;
  for (std::int32_t l = 0; l < 500; ++l) {
    arcs.push_back({l, 0});
    gain.push_back(1000 + l);
  }
  Instance instance = MakeInstance(500, 1, arcs, gain);
  instance.problem.offering_capacity = {3};
  const Assignment answer = SolveChecked(instance);
  EXPECT_THAT(answer.arcs, ElementsAre(497, 498, 499));
  EXPECT_LE(answer.offering_price[0], 1497);
  EXPECT_GE(answer.offering_price[0], 1496);
}

TEST(SolveAssignmentTest, GainsAtTheLimit) {
  const Assignment answer =
      SolveChecked(MakeInstance(100, 100, AllPairs(100, 100), std::vector<std::int64_t>(10000, kMaxGain), 100));
  EXPECT_EQ(answer.total_gain, 10000 * kMaxGain);
}

TEST(SolveAssignmentTest, ZeroCapacitiesCloseNodesAndGroups) {
  Instance instance = MakeInstance(3, 3, AllPairs(3, 3), {9, 9, 9, 5, 5, 5, 1, 2, 3});
  instance.problem.need_capacity[0] = 0;
  instance.problem.need_groups = {{0, -1}, {kUnlimited, 0}};
  instance.problem.need_group = {-1, 1, -1};  // need 1 lies in a group inside a closed group
  const Assignment answer = SolveChecked(instance);
  EXPECT_THAT(answer.arcs, ElementsAre(8));
}

TEST(SolveAssignmentTest, PartyGroupsHoldTheirListingsTogether) {
  Instance instance = MakeInstance(4, 4, AllPairs(4, 4), std::vector<std::int64_t>(16, 5), 4);
  instance.problem.offering_groups = {{6, -1}, {1, 0}};
  instance.problem.offering_group = {0, 0, 1, 1};
  const Assignment answer = SolveChecked(instance);
  EXPECT_EQ(answer.arcs.size(), 6u);
}

TEST(SolveAssignmentTest, RequiredPairsAreKeptEvenAtNoGain) {
  Instance instance = MakeInstance(2, 2, AllPairs(2, 2), {0, 9, 9, 0});
  instance.problem.required = {0};
  const Assignment answer = SolveChecked(instance);
  EXPECT_THAT(answer.arcs, ElementsAre(0));
}

TEST(SolveAssignmentTest, RequiredPairsBeyondACapacityAreNamed) {
  Instance instance = MakeInstance(2, 2, AllPairs(2, 2), {1, 1, 1, 1}, 2);
  instance.problem.offering_groups = {{1, -1}};
  instance.problem.offering_group = {0, 0};
  instance.problem.required = {1, 2};
  const auto answer = SolveAssignment(instance.graph, instance.problem, {});
  EXPECT_EQ(ReasonOf(answer.status()), Reason::kPlanConflict);
  const std::string message(answer.status().message());
  EXPECT_THAT(message, HasSubstr("need 0 with offering 1"));
  EXPECT_THAT(message, HasSubstr("need 1 with offering 0"));
  EXPECT_THAT(message, HasSubstr("offering group 0"));
}

TEST(SolveAssignmentTest, MinimumsBringTheWorseChoice) {
  Instance instance = MakeInstance(2, 3, AllPairs(2, 3), {9, 1, 1, 9, 1, 2}, 2);
  instance.problem.offering_minimum = {0, 0, 2};
  instance.problem.need_groups = {{2, -1, 2}};
  instance.problem.need_group = {0, 0};
  const Assignment answer = SolveChecked(instance);
  EXPECT_THAT(answer.arcs, ElementsAre(2, 5));
  EXPECT_EQ(answer.bound, 3);
}

TEST(SolveAssignmentTest, MinimumsThatCannotBeKeptAreNamed) {
  Instance instance = MakeInstance(2, 2, {{0, 0}, {1, 0}, {1, 1}}, {5, 5, 0});
  instance.problem.need_minimum = {1, 1};
  const auto answer = SolveAssignment(instance.graph, instance.problem, {});
  EXPECT_EQ(ReasonOf(answer.status()), Reason::kPlanConflict);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("(1 short)"));
}

TEST(SolveAssignmentTest, MinimumsOverTheLargestGains) {
  std::vector<Arc> arcs;
  for (std::int32_t n = 0; n < 1000; ++n) arcs.push_back({n, n});
  Instance instance = MakeInstance(1000, 1000, arcs, std::vector<std::int64_t>(1000, kMaxGain));
  instance.problem.need_minimum = instance.problem.offering_minimum = std::vector<std::int32_t>(1000, 1);
  EXPECT_EQ(ReasonOf(SolveAssignment(instance.graph, instance.problem, {}).status()), Reason::kLimitExceeded);
  instance.problem.gain.assign(1000, kMaxGain / 10'000);
  EXPECT_EQ(SolveChecked(instance).arcs.size(), 1000u);
}

TEST(SolveAssignmentTest, RefusesWhatDoesNotFitTogether) {
  const Instance good = MakeInstance(2, 2, AllPairs(2, 2), {1, 2, 3, 4});
  const std::vector<std::pair<std::string, std::function<void(AssignmentProblem*)>>> breaks = {
      {"gain", [](AssignmentProblem* p) { p->gain.pop_back(); }},
      {"gain[1]", [](AssignmentProblem* p) { p->gain[1] = -1; }},
      {"gain[2]", [](AssignmentProblem* p) { p->gain[2] = kMaxGain + 1; }},
      {"need_capacity", [](AssignmentProblem* p) { p->need_capacity.push_back(1); }},
      {"offering_capacity[1]", [](AssignmentProblem* p) { p->offering_capacity[1] = -3; }},
      {"need_group", [](AssignmentProblem* p) { p->need_group = {-1}; }},
      {"need_group[0]",
       [](AssignmentProblem* p) {
         p->need_group = {0, -1};
       }},
      {"offering_groups[0].parent",
       [](AssignmentProblem* p) {
         p->offering_groups = {{1, 0}};
       }},
      {"offering_groups[0].capacity",
       [](AssignmentProblem* p) {
         p->offering_groups = {{-1, -1}};
       }},
      {"need_minimum", [](AssignmentProblem* p) { p->need_minimum = {1}; }},
      {"need_minimum[0]",
       [](AssignmentProblem* p) {
         p->need_minimum = {-1, 0};
       }},
      {"offering_minimum[1]",
       [](AssignmentProblem* p) {
         p->offering_minimum = {0, 2};
       }},
      {"offering_groups[1].minimum",
       [](AssignmentProblem* p) {
         p->offering_groups = {{}, {1, 0, 2}};
       }},
      {"required", [](AssignmentProblem* p) { p->required = {4}; }},
      {"excluded",
       [](AssignmentProblem* p) {
         p->required = {2};
         p->excluded = {2};
       }},
  };
  for (const auto& [field, damage] : breaks) {
    AssignmentProblem problem = good.problem;
    damage(&problem);
    const auto answer = SolveAssignment(good.graph, problem, {});
    EXPECT_EQ(ReasonOf(answer.status()), Reason::kBadArgument) << field;
    EXPECT_EQ(FieldOf(answer.status()), field);
  }
}

TEST(SolveAssignmentTest, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  RunContext context;
  context.stop = source.get_token();
  const Instance instance = RandomInstance(3, {.left = 200, .right = 200, .arcs_per_left = 20});
  EXPECT_EQ(ReasonOf(SolveAssignment(instance.graph, instance.problem, context).status()), Reason::kCancelled);
}

TEST(SolveAssignmentTest, SameInputSameAnswer) {
  const Instance instance =
      RandomInstance(5, {.left = 60, .right = 60, .arcs_per_left = 10, .groups = 4, .largest_gain = 3});
  const Assignment first = SolveChecked(instance), second = SolveChecked(instance);
  EXPECT_EQ(first.arcs, second.arcs);
  EXPECT_EQ(first.need_price, second.need_price);
  EXPECT_EQ(first.offering_group_price, second.offering_group_price);
}

// Every kind of constraint, small enough to try all subsets.
TEST(AssignmentPropertyTest, EqualsBruteForce) {
  int conflicts = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed * 77);
    const Shape shape{.left = static_cast<std::int32_t>(random.Below(7)),
                      .right = static_cast<std::int32_t>(random.Below(7)),
                      .arcs_per_left = static_cast<std::int32_t>(1 + random.Below(2)),
                      .capacity = static_cast<std::int32_t>(1 + random.Below(3)),
                      .zeros = random.Below(2) == 0,
                      .groups = static_cast<int>(random.Below(4)),
                      .required = static_cast<int>(random.Below(3)),
                      .excluded = static_cast<int>(random.Below(3)),
                      .largest_gain = random.Below(2) == 0 ? 4 : 1000,
                      .minimums = static_cast<int>(random.Below(2) * random.Below(4))};
    const Instance instance = RandomInstance(seed, shape);
    const std::int64_t best = BruteForceGain(instance);
    if (best < 0) {
      ++conflicts;
      EXPECT_EQ(ReasonOf(SolveAssignment(instance.graph, instance.problem, {}).status()), Reason::kPlanConflict);
      continue;
    }
    EXPECT_EQ(SolveChecked(instance).total_gain, best);
  }
  EXPECT_GT(conflicts, 100);  // the seeds do reach that answer
}

TEST(AssignmentPropertyTest, EqualsBoostsMatchingAtCapacityOne) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                                      boost::property<boost::edge_weight_t, std::int64_t>>;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    const auto n = static_cast<std::int32_t>(5 + seed);
    Instance instance = RandomInstance(
        seed, {.left = n, .right = n, .arcs_per_left = 4, .capacity = 1, .largest_gain = seed % 3 == 0 ? 5 : 100000});
    Graph graph(static_cast<std::size_t>(2 * n));
    for (std::int32_t a = 0; a < instance.graph.arc_count(); ++a) {
      const Arc& arc = instance.graph.arc(a);
      boost::add_edge(static_cast<std::size_t>(arc.left), static_cast<std::size_t>(n + arc.right),
                      instance.problem.gain[static_cast<std::size_t>(a)], graph);
    }
    std::vector<boost::graph_traits<Graph>::vertex_descriptor> mate(static_cast<std::size_t>(2 * n));
    boost::maximum_weighted_matching(graph, &mate[0]);
    EXPECT_EQ(SolveChecked(instance).total_gain, boost::matching_weight_sum(graph, &mate[0]));
  }
}

std::int64_t BoostFlowGain(const Instance& instance) {
  using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
  using Graph = boost::adjacency_list<
      boost::vecS, boost::vecS, boost::directedS, boost::no_property,
      boost::property<boost::edge_capacity_t, std::int64_t,
                      boost::property<boost::edge_residual_capacity_t, std::int64_t,
                                      boost::property<boost::edge_reverse_t, Traits::edge_descriptor,
                                                      boost::property<boost::edge_weight_t, std::int64_t>>>>>;
  const auto& [candidates, problem] = instance;
  const auto left = static_cast<std::size_t>(candidates.left_count());
  const std::size_t source = left + static_cast<std::size_t>(candidates.right_count()), sink = source + 1;
  Graph graph(sink + 1);
  const auto add = [&](std::size_t from, std::size_t to, std::int64_t capacity, std::int64_t cost) {
    const auto there = boost::add_edge(from, to, graph).first, back = boost::add_edge(to, from, graph).first;
    boost::put(boost::edge_capacity, graph, there, capacity);
    boost::put(boost::edge_capacity, graph, back, 0);
    boost::put(boost::edge_weight, graph, there, cost);
    boost::put(boost::edge_weight, graph, back, -cost);
    boost::put(boost::edge_reverse, graph, there, back);
    boost::put(boost::edge_reverse, graph, back, there);
  };
  // Costs must not be negative: every unit starts at `top`, whether it is matched or goes past the offerings.
  const std::int64_t top = problem.gain.empty() ? 0 : *std::max_element(problem.gain.begin(), problem.gain.end());
  std::int64_t units = 0;
  for (std::size_t n = 0; n < left; ++n) {
    add(source, n, problem.need_capacity[n], 0);
    add(n, sink, problem.need_capacity[n], top);
    units += problem.need_capacity[n];
  }
  for (std::size_t n = 0; n < problem.offering_capacity.size(); ++n) {
    add(left + n, sink, problem.offering_capacity[n], 0);
  }
  for (std::int32_t a = 0; a < candidates.arc_count(); ++a) {
    add(static_cast<std::size_t>(candidates.arc(a).left), left + static_cast<std::size_t>(candidates.arc(a).right), 1,
        top - problem.gain[static_cast<std::size_t>(a)]);
  }
  boost::successive_shortest_path_nonnegative_weights(graph, source, sink);
  return units * top - boost::find_flow_cost(graph);
}

TEST(AssignmentPropertyTest, EqualsBoostsFlowWithCapacities) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    const auto n = static_cast<std::int32_t>(seed);
    const Instance instance = RandomInstance(
        seed,
        {.left = n, .right = n, .arcs_per_left = 6, .capacity = 4, .zeros = seed % 2 == 0, .largest_gain = 1000000});
    EXPECT_EQ(SolveChecked(instance).total_gain, BoostFlowGain(instance));
  }
}

// The network of the header comment, with LEMON as the judge: nested groups at sizes brute force cannot reach.
std::int64_t LemonGain(const Instance& instance) {
  const auto& [graph, problem] = instance;
  std::vector<magpie_test::FlowArc> arcs;
  int next = 1;
  const auto side = [&](const std::vector<std::int32_t>& capacity, const std::vector<std::int32_t>& group_of,
                        const std::vector<CapacityGroup>& groups, bool down) {
    const int first_group = next;
    next += static_cast<int>(groups.size());
    const int first_node = next;
    next += static_cast<int>(capacity.size());
    const auto add = [&](int around, int inside, std::int64_t c) {
      arcs.push_back(down ? magpie_test::FlowArc{around, inside, c, 0} : magpie_test::FlowArc{inside, around, c, 0});
    };
    for (std::size_t g = 0; g < groups.size(); ++g) {
      add(groups[g].parent < 0 ? 0 : first_group + groups[g].parent, first_group + static_cast<int>(g),
          groups[g].capacity);
    }
    for (std::size_t n = 0; n < capacity.size(); ++n) {
      const int group = group_of.empty() ? -1 : group_of[n];
      add(group < 0 ? 0 : first_group + group, first_node + static_cast<int>(n), capacity[n]);
    }
    return first_node;
  };
  const int needs = side(problem.need_capacity, problem.need_group, problem.need_groups, true);
  const int offerings = side(problem.offering_capacity, problem.offering_group, problem.offering_groups, false);
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    if (std::find(problem.excluded.begin(), problem.excluded.end(), a) != problem.excluded.end()) continue;
    arcs.push_back(
        {needs + graph.arc(a).left, offerings + graph.arc(a).right, 1, -problem.gain[static_cast<std::size_t>(a)]});
  }
  return -magpie_test::LemonLeastCost(next, arcs);
}

TEST(AssignmentPropertyTest, EqualsLemonWithNestedGroups) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const Instance instance = RandomInstance(seed, {.left = static_cast<std::int32_t>(20 + random.Below(200)),
                                                    .right = static_cast<std::int32_t>(20 + random.Below(200)),
                                                    .arcs_per_left = static_cast<std::int32_t>(1 + random.Below(20)),
                                                    .capacity = static_cast<std::int32_t>(1 + random.Below(5)),
                                                    .zeros = seed % 3 == 0,
                                                    .groups = static_cast<int>(random.Below(40)),
                                                    .excluded = static_cast<int>(random.Below(50)),
                                                    .largest_gain = seed % 4 == 0 ? 3 : 1000000});
    EXPECT_EQ(SolveChecked(instance).total_gain, LemonGain(instance));
  }
}

TEST(AssignmentPropertyTest, NumberingDoesNotChangeTheTotal) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    const Instance instance = RandomInstance(
        seed,
        {.left = 30, .right = 40, .arcs_per_left = 8, .capacity = 3, .groups = 5, .excluded = 5, .largest_gain = 50});
    Random random(seed);
    const auto shuffle = [&](std::size_t count) {
      std::vector<std::int32_t> order(count);
      std::iota(order.begin(), order.end(), 0);
      for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.Below(i)]);
      return order;
    };
    const auto left = shuffle(30), right = shuffle(40);
    const auto& [graph, problem] = instance;
    std::map<std::pair<std::int32_t, std::int32_t>, std::int32_t> old_arc;
    std::vector<Arc> arcs;
    for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
      arcs.push_back(
          {left[static_cast<std::size_t>(graph.arc(a).left)], right[static_cast<std::size_t>(graph.arc(a).right)]});
      old_arc[{arcs.back().left, arcs.back().right}] = a;
    }
    Instance other{*CandidateGraph::Build(30, 40, arcs), problem};
    for (std::int32_t a = 0; a < other.graph.arc_count(); ++a) {
      other.problem.gain[static_cast<std::size_t>(a)] =
          problem.gain[static_cast<std::size_t>(old_arc[{other.graph.arc(a).left, other.graph.arc(a).right}])];
    }
    for (std::size_t n = 0; n < 30; ++n) {
      other.problem.need_capacity[static_cast<std::size_t>(left[n])] = problem.need_capacity[n];
      other.problem.need_group[static_cast<std::size_t>(left[n])] = problem.need_group[n];
    }
    for (std::size_t n = 0; n < 40; ++n) {
      other.problem.offering_capacity[static_cast<std::size_t>(right[n])] = problem.offering_capacity[n];
      other.problem.offering_group[static_cast<std::size_t>(right[n])] = problem.offering_group[n];
    }
    for (std::int32_t& a : other.problem.excluded)
      a = other.graph.FindArc(arcs[static_cast<std::size_t>(a)].left, arcs[static_cast<std::size_t>(a)].right);
    EXPECT_EQ(SolveChecked(other).total_gain, SolveChecked(instance).total_gain);
  }
}

TEST(CheckAssignmentTest, CatchesEveryBrokenCondition) {
  Instance instance = MakeInstance(3, 3, AllPairs(3, 3), {9, 8, 0, 7, 7, 7, 5, 0, 6});
  instance.problem.need_groups = {{2, -1}};
  instance.problem.need_group = {0, 0, 0};
  instance.problem.offering_groups = {{2, -1}};
  instance.problem.offering_group = {0, 0, 0};
  instance.problem.excluded = {6};
  const Assignment good = SolveChecked(instance);
  const auto message = [&](const std::function<void(AssignmentProblem*, Assignment*)>& damage) {
    AssignmentProblem problem = instance.problem;
    Assignment answer = good;
    damage(&problem, &answer);
    return std::string(CheckAssignment(instance.graph, problem, answer).message());
  };
  const auto choose = [](Assignment* answer, std::vector<std::int32_t> arcs, std::int64_t gain) {
    answer->arcs = std::move(arcs);
    answer->total_gain = gain;
  };
  EXPECT_THAT(message([](auto*, auto* a) { ++a->total_gain; }), HasSubstr("total gain"));
  EXPECT_THAT(message([](auto*, auto* a) { a->arcs.push_back(99); }), HasSubstr("arc 99"));
  EXPECT_THAT(message([](auto*, auto* a) { std::reverse(a->arcs.begin(), a->arcs.end()); }), HasSubstr("behind"));
  EXPECT_THAT(message([](auto* p, auto*) { p->required = {8}; }), HasSubstr("required arc 8"));
  EXPECT_THAT(message([&](auto*, auto* a) { choose(a, {6}, 5); }), HasSubstr("excluded arc 6"));
  EXPECT_THAT(message([&](auto*, auto* a) { choose(a, {0, 1}, 17); }), HasSubstr("need 0 has 2 matches"));
  EXPECT_THAT(message([&](auto*, auto* a) {
                choose(a, {1, 4}, 15);
                a->offering_price = {0, 0, 0};
              }),
              HasSubstr("offering 1 has 2 matches"));
  EXPECT_THAT(message([&](auto*, auto* a) { choose(a, {0, 4, 8}, 22); }), HasSubstr("need group 0 has 3"));
  EXPECT_THAT(message([](auto* p, auto*) { p->offering_groups[0].capacity = 1; }), HasSubstr("offering group 0 has 2"));
  EXPECT_THAT(message([](auto*, auto* a) { a->need_price[2] += 3; }), HasSubstr("prove a bound of"));
  EXPECT_THAT(message([](auto*, auto* a) { --a->bound; }), HasSubstr("prove a bound of"));
  EXPECT_THAT(message([](auto* p, auto*) { p->need_minimum = {0, 0, 2}; }), HasSubstr("its minimum is 2"));
  EXPECT_THAT(message([](auto* p, auto*) { p->offering_groups[0].minimum = 3; }), HasSubstr("its minimum is 3"));
  EXPECT_THAT(message([](auto*, auto* a) { a->quota_price = {1}; }), HasSubstr("prices for 0 quotas"));
  EXPECT_THAT(message([](auto*, auto* a) { a->offering_price.pop_back(); }), HasSubstr("prices for"));
  EXPECT_THAT(message([&](auto*, auto* a) {
                choose(a, {0, 4}, 16);
                a->need_price = a->offering_price = {5, 5, 5};
                a->bound = 2 * a->bound;
              }),
              HasSubstr("prove a bound of"));
  const auto loose = [&](Ending ending, double epsilon) {
    return message([&](auto*, auto* a) {
      a->need_price = {9, 7, 6};  // as high as the best arc of each: a bound, but not the best
      a->offering_price = {0, 0, 0};
      a->need_group_price = a->offering_group_price = {0};
      a->bound = 22;
      a->ending = ending;
      a->epsilon = epsilon;
    });
  };
  EXPECT_THAT(loose(Ending::kProven, 0), HasSubstr("falls short of its bound"));
  EXPECT_THAT(loose(Ending::kProven, 0.2), HasSubstr("falls short of its bound"));
  EXPECT_THAT(loose(Ending::kProven, 0.3), IsEmpty());
  EXPECT_THAT(loose(Ending::kTimeLimit, 0), IsEmpty());
  EXPECT_THAT(message([](auto* p, auto*) { p->gain[static_cast<std::size_t>(p->excluded[0])] = 100; }), IsEmpty());
}

// The sizes of the design; printed, not judged: a clock is no test.
TEST(SolveAssignmentTest, DesignSizesAreSolvedAndProved) {
  for (const Shape& shape :
       {Shape{.left = 120, .right = 662, .arcs_per_left = 50, .capacity = 3, .largest_gain = kGainPerScore},
        Shape{.left = 10000, .right = 10000, .arcs_per_left = 10, .capacity = 5, .largest_gain = kGainPerScore}}) {
    const Instance instance = RandomInstance(1, shape);
    const auto start = std::chrono::steady_clock::now();
    const Assignment answer = SolveChecked(instance);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    std::cout << shape.left << " x " << shape.right << ", " << instance.graph.arc_count() << " arcs: " << took.count()
              << " ms, " << answer.arcs.size() << " matches\n";
  }
}

}  // namespace
}  // namespace magpie
