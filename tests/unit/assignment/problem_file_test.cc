#include "magpie/assignment/problem_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "magpie/base/status.h"
#include "problems.h"

namespace magpie {
namespace {

using ::magpie_test::Instance;
using ::magpie_test::RandomInstance;
using ::magpie_test::Shape;
using ::testing::HasSubstr;

SolvedProblem Solved(std::uint64_t seed) {
  Shape shape{.left = 12, .right = 9, .groups = 2, .required = 1, .excluded = 2, .minimums = 1, .quotas = 2};
  // The first instance from here on whose minimums can be kept.
  for (;; ++seed) {
    Instance instance = RandomInstance(seed, shape);
    const auto answer = SolveAssignment(instance.graph, instance.problem, {});
    if (!answer.ok()) continue;
    SolvedProblem solved{instance.graph, instance.problem, *answer, instance.problem.gain, {}, {}, {}, {}, {}};
    for (std::int32_t n = 0; n < shape.left; ++n) solved.need_keys.push_back(fmt::format("需求{}", n));
    for (std::int32_t n = 0; n < shape.right; ++n) solved.offering_keys.push_back(fmt::format("O{}", n));
    solved.need_group_names.assign(instance.problem.need_groups.size(), "组");
    solved.offering_group_names.assign(instance.problem.offering_groups.size(), "\"group\"");
    solved.quota_names.assign(instance.problem.quotas.size(), "配额");
    return solved;
  }
}

TEST(ProblemFileTest, ComesBackAsItWas) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const SolvedProblem solved = Solved(seed);
    const std::string json = SolvedProblemToJson(solved);
    const auto read = SolvedProblemFromJson(json);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(SolvedProblemToJson(*read), json);
    EXPECT_TRUE(CheckAssignment(read->graph, read->problem, read->answer).ok());
    EXPECT_EQ(read->answer.arcs, solved.answer.arcs);
    EXPECT_EQ(read->answer.bound, solved.answer.bound);
  }
}

TEST(ProblemFileTest, AnAnswerThatWasChangedFailsItsCheck) {
  const SolvedProblem solved = Solved(3);
  ASSERT_FALSE(solved.answer.arcs.empty());
  auto json = nlohmann::ordered_json::parse(SolvedProblemToJson(solved));
  json["answer"]["pairs"].erase(0);
  const auto read = SolvedProblemFromJson(json.dump());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(CheckAssignment(read->graph, read->problem, read->answer).ok());
}

TEST(ProblemFileTest, WhatIsWrongIsNamed) {
  const auto good = nlohmann::ordered_json::parse(SolvedProblemToJson(Solved(5)));
  const auto refused = [&](auto change) {
    nlohmann::ordered_json json = good;
    change(&json);
    return SolvedProblemFromJson(json.dump()).status();
  };
  const auto field = [&](auto change) { return FieldOf(refused(change)); };
  EXPECT_EQ(ReasonOf(SolvedProblemFromJson("").status()), Reason::kBadFile);
  EXPECT_EQ(ReasonOf(SolvedProblemFromJson("[]").status()), Reason::kBadFile);
  EXPECT_EQ(ReasonOf(refused([](auto* j) { (*j)["format"] = "magpie problem 9"; })), Reason::kBadFile);
  EXPECT_EQ(field([](auto* j) { j->erase("required"); }), "required");
  EXPECT_EQ(field([](auto* j) { (*j)["need_capacity"][1] = "three"; }), "need_capacity[1]");
  EXPECT_EQ(field([](auto* j) { (*j)["need_capacity"][1] = 3'000'000'000; }), "need_capacity[1]");
  EXPECT_EQ(field([](auto* j) { (*j)["pairs"][2][2] = 18'446'744'073'709'551'615ull; }), "pairs[2][2]");
  EXPECT_EQ(field([](auto* j) { (*j)["pairs"][2][0] = -1; }), "pairs[2]");
  EXPECT_EQ(field([](auto* j) { (*j)["pairs"][2] = (*j)["pairs"][1]; }), "pairs[2]");
  EXPECT_EQ(field([](auto* j) { (*j)["answer"]["ending"] = "DONE"; }), "answer.ending");
  EXPECT_EQ(field([](auto* j) { (*j)["answer"]["need_price"] = nullptr; }), "answer.need_price");
  EXPECT_EQ(field([](auto* j) { (*j)["quotas"][0].erase("minimum"); }), "quotas[0].minimum");
  EXPECT_THAT(field([](auto* j) { (*j)["quotas"][0]["pairs"] = {1'000'000}; }), HasSubstr("quotas[0]"));
  EXPECT_EQ(ReasonOf(refused([](auto* j) { (*j)["need_capacity"].erase(0); })), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf(refused([](auto* j) { (*j)["excluded"].push_back(-7); })), Reason::kBadArgument);
}

}  // namespace
}  // namespace magpie
