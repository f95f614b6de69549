#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "magpie/base/random.h"
#include "magpie/schedule/schedule.h"

namespace magpie {
namespace {

using Pairs = std::vector<std::pair<std::int32_t, std::int32_t>>;

// Every meeting once, in order; nobody twice in a round; no table twice in a round; as many rounds as the busiest has
// meetings.
void ExpectRounds(const Pairs& meetings, const std::vector<Round>& rounds, bool exact = true) {
  ASSERT_EQ(rounds.size(), meetings.size());
  std::map<int, int> left_degree, right_degree;
  std::set<std::pair<int, int>> left_busy, right_busy, tables;
  int last = -1, degree = 0;
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    const Round& r = rounds[i];
    EXPECT_EQ(r.left, meetings[i].first);
    EXPECT_EQ(r.right, meetings[i].second);
    ASSERT_GE(r.round, 0);
    EXPECT_TRUE(left_busy.emplace(r.left, r.round).second) << "left " << r.left << " twice in round " << r.round;
    EXPECT_TRUE(right_busy.emplace(r.right, r.round).second) << "right " << r.right << " twice in round " << r.round;
    EXPECT_TRUE(tables.emplace(r.round, r.table).second) << "table " << r.table << " twice in round " << r.round;
    EXPECT_LT(r.table, static_cast<int>(meetings.size()));
    last = std::max(last, r.round);
    degree = std::max({degree, ++left_degree[r.left], ++right_degree[r.right]});
  }
  EXPECT_TRUE(!exact || last + 1 == degree) << last + 1 << " rounds, the busiest has " << degree << " meetings";
}

TEST(PlanRoundsTest, NothingToPlan) {
  EXPECT_TRUE(PlanRounds({}).empty());
}

TEST(PlanRoundsTest, OneMeeting) {
  ExpectRounds({{5, 9}}, PlanRounds({{5, 9}}));
}

TEST(PlanRoundsTest, TheSamePairThreeTimes) {
  const Pairs meetings = {{1, 2}, {1, 2}, {1, 2}, {3, 2}};
  ExpectRounds(meetings, PlanRounds(meetings));
}

TEST(PlanRoundsTest, AStar) {
  Pairs meetings;
  for (int i = 0; i < 100; ++i) meetings.emplace_back(i, 0);
  ExpectRounds(meetings, PlanRounds(meetings));
}

TEST(PlanRoundsTest, ExactlyTheLargestDegreeOnRandomGraphs) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const std::uint64_t left = 1 + random.Below(12), right = 1 + random.Below(12), count = 1 + random.Below(60);
    const bool skewed = random.Below(2) == 0;
    Pairs meetings;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto l = static_cast<std::int32_t>(skewed ? random.Below(1 + random.Below(left)) : random.Below(left));
      meetings.emplace_back(l * 7, static_cast<std::int32_t>(random.Below(right)));
    }
    ExpectRounds(meetings, PlanRounds(meetings));
  }
}

TEST(PlanRoundsTest, SameInputSameRounds) {
  Random random(4);
  Pairs meetings;
  for (int i = 0; i < 2000; ++i) {
    meetings.emplace_back(static_cast<int>(random.Below(100)), static_cast<int>(random.Below(100)));
  }
  const auto first = PlanRounds(meetings), second = PlanRounds(meetings);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].round, second[i].round);
}

TEST(PlanRoundsTest, PartiesOfBothSidesMeetOnceARound) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Pairs meetings;
    for (int i = 0; i < 40; ++i) {
      const auto a = static_cast<std::int32_t>(random.Below(10)), b = static_cast<std::int32_t>(random.Below(10));
      if (a != b) meetings.emplace_back(a, b);
    }
    const auto rounds = PlanRounds(meetings, true);
    ExpectRounds(meetings, rounds, false);
    std::set<std::pair<int, int>> busy;
    for (const Round& r : rounds) {
      EXPECT_TRUE(busy.emplace(r.left, r.round).second);
      EXPECT_TRUE(busy.emplace(r.right, r.round).second);
    }
  }
}

TEST(PlanRoundsTest, LargeRegularAndSkewedGraphs) {
  for (const int n : {1000, 10000}) {
    Random random(1);
    std::vector<int> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    Pairs regular, skewed;
    for (int k = 0; k < 10; ++k) {
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.Below(i)]);
      for (int i = 0; i < n; ++i) {
        regular.emplace_back(i, order[static_cast<std::size_t>(i)]);
        const double u = random.Uniform();
        skewed.emplace_back(i, static_cast<int>(u * u * u * n));
      }
    }
    for (const Pairs* meetings : {&regular, &skewed}) {
      const auto start = std::chrono::steady_clock::now();
      const auto rounds = PlanRounds(*meetings);
      const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
      std::cout << meetings->size() << " meetings: " << took.count() << " ms\n";
      ExpectRounds(*meetings, rounds);
    }
  }
}

}  // namespace
}  // namespace magpie
