#include "magpie/assignment/fairness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "problems.h"

namespace magpie {
namespace {

using ::magpie_test::Instance;
using ::magpie_test::RandomInstance;
using ::magpie_test::Shape;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(GiniTest, KnownValues) {
  EXPECT_EQ(Gini({}), 0);
  EXPECT_EQ(Gini({0, 0, 0}), 0);
  EXPECT_EQ(Gini({7}), 0);
  EXPECT_NEAR(Gini({3, 3, 3, 3}), 0, 1e-15);
  EXPECT_NEAR(Gini({0, 0, 0, 8}), 0.75, 1e-15);
  EXPECT_NEAR(Gini({1, 3}), 0.25, 1e-15);
}

TEST(GiniTest, IsTheMeanDifferenceOverTwiceTheMean) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    std::vector<std::int64_t> values(1 + random.Below(40));
    for (std::int64_t& value : values) value = static_cast<std::int64_t>(random.Below(1000));
    double difference = 0, sum = 0;
    for (const std::int64_t x : values) {
      sum += static_cast<double>(x);
      for (const std::int64_t y : values) difference += std::abs(static_cast<double>(x - y));
    }
    const double expected = sum == 0 ? 0 : difference / (2 * static_cast<double>(values.size()) * sum);
    EXPECT_NEAR(Gini(values), expected, 1e-12);
  }
}

// Needs 0, 1, 2 and offerings 0, 1, 2; need 2 has only a pair without gain, need 1's party is shared with need 0.
Instance Small() {
  Instance instance{*CandidateGraph::Build(3, 3, {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 2}}), {}};
  instance.problem.gain = {9, 8, 5, 1, 0};
  instance.problem.need_capacity = {2, 1, 1};
  instance.problem.offering_capacity = {1, 2, 1};
  instance.problem.need_groups = {{kUnlimited, -1}, {kUnlimited, -1}};
  instance.problem.need_group = {0, 1, 1};
  return instance;
}

TEST(CertifyFairnessTest, SmallCaseByHand) {
  const Instance instance = Small();
  const std::vector<std::int32_t> chosen = {0, 1, 3};
  const std::vector<ListingClass> classes = {{Side::kNeed, {1, 2}}, {Side::kOffering, {1}}};
  const auto certificate = CertifyFairness(instance.graph, instance.problem, chosen, classes);
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  EXPECT_EQ(certificate->needs.pairs.members, 2);
  EXPECT_EQ(certificate->needs.pairs.hopeless, 1);
  EXPECT_EQ(certificate->needs.pairs.open, 0);
  EXPECT_EQ(certificate->needs.gain.sum, 18);
  EXPECT_EQ(certificate->needs.gain.least, 1);
  EXPECT_EQ(certificate->needs.gain.most, 17);
  EXPECT_THAT(certificate->needs.members_with, ElementsAre(0, 1, 1));
  EXPECT_THAT(certificate->offerings.members_with, ElementsAre(0, 1, 1));
  EXPECT_EQ(certificate->need.index, 1);
  EXPECT_EQ(certificate->need.gain, 1);
  EXPECT_EQ(certificate->offering.index, 0);
  EXPECT_EQ(certificate->offering.gain, 9);
  EXPECT_EQ(certificate->need_group.index, 1);
  EXPECT_EQ(certificate->offering_group.index, -1);
  EXPECT_EQ(certificate->worst_pair, 1);
  EXPECT_DOUBLE_EQ(certificate->classes[0].share_of_listings, 0.5);
  EXPECT_DOUBLE_EQ(certificate->classes[0].share_of_pairs, 1.0 / 3);
  EXPECT_DOUBLE_EQ(certificate->classes[0].share_of_gain, 1.0 / 18);
  EXPECT_DOUBLE_EQ(certificate->classes[1].share_of_pairs, 2.0 / 3);
  EXPECT_EQ(certificate->blocking_count, 0);  // need 1 would rather have offering 0, which prefers need 0
  // Need 1 may hold one pair: of those of need 0, the better would gain it 5 instead of 1.
  EXPECT_EQ(certificate->envy_count, 1);
  EXPECT_EQ(certificate->envy[0].need, 1);
  EXPECT_EQ(certificate->envy[0].of, 0);
  EXPECT_EQ(certificate->envy[0].by, 4);
}

TEST(CertifyFairnessTest, AllEmptyAndAllOpen) {
  const Instance empty{*CandidateGraph::Build(0, 0, {}), {}};
  const auto nobody = CertifyFairness(empty.graph, empty.problem, {}, {});
  ASSERT_TRUE(nobody.ok());
  EXPECT_EQ(nobody->need.index, -1);
  EXPECT_EQ(nobody->needs.pairs.members, 0);
  const Instance instance = Small();
  const auto open = CertifyFairness(instance.graph, instance.problem, {}, {});
  ASSERT_TRUE(open.ok());
  EXPECT_EQ(open->needs.pairs.open, 2);
  EXPECT_EQ(open->need.index, 0);
  EXPECT_EQ(open->worst_pair, 0);
  EXPECT_EQ(open->blocking_count, 4);
}

TEST(CertifyFairnessTest, EnvyIsAsDefinedAndListsAreCut) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Shape shape;
    shape.left = shape.right = 8;
    shape.capacity = 3;
    shape.excluded = 2;
    const Instance instance = RandomInstance(seed, shape);
    const auto& [graph, problem] = instance;
    std::vector<std::int32_t> chosen;
    const auto stable = SolveStable(graph, problem, {}, Side::kNeed, {});
    ASSERT_TRUE(stable.ok());
    chosen = *stable;
    const auto certificate = CertifyFairness(graph, problem, chosen, {}, {}, 1000);
    ASSERT_TRUE(certificate.ok());
    std::int64_t count = 0, largest = 0;
    for (std::int32_t n = 0; n < 8; ++n) {
      for (std::int32_t m = 0; m < 8; ++m) {
        if (m == n) continue;
        std::int64_t own = 0, theirs = 0;
        std::vector<std::int64_t> gains;
        for (const std::int32_t a : chosen) {
          if (graph.arc(a).left == n) own += problem.gain[static_cast<std::size_t>(a)];
          if (graph.arc(a).left != m) continue;
          const std::int32_t same = graph.FindArc(n, graph.arc(a).right);
          if (same < 0 || std::ranges::count(problem.excluded, same) > 0) continue;
          gains.push_back(problem.gain[static_cast<std::size_t>(same)]);
        }
        std::ranges::sort(gains, std::greater<>());
        for (std::size_t i = 0; i < gains.size(); ++i) {
          if (static_cast<std::int32_t>(i) < problem.need_capacity[static_cast<std::size_t>(n)]) theirs += gains[i];
        }
        count += theirs > own;
        largest = std::max(largest, theirs - own);
      }
    }
    EXPECT_EQ(certificate->envy_count, count) << seed;
    if (count > 0) {
      EXPECT_EQ(certificate->envy[0].by, largest);
    }
    const auto cut = CertifyFairness(graph, problem, {}, {}, {}, 2);
    EXPECT_LE(cut->blocking.size(), 2u);
    EXPECT_GT(cut->blocking_count, 2);
  }
}

TEST(CertifyFairnessTest, RefusesClassesThatAreNone) {
  const Instance instance = Small();
  const std::vector<ListingClass> twice = {{Side::kNeed, {1, 1}}};
  const std::vector<ListingClass> outside = {{Side::kOffering, {3}}};
  for (const auto* classes : {&twice, &outside}) {
    const auto certificate = CertifyFairness(instance.graph, instance.problem, {}, *classes);
    EXPECT_EQ(ReasonOf(certificate.status()), Reason::kBadArgument);
    EXPECT_THAT(std::string(certificate.status().message()), HasSubstr("twice or does not exist"));
  }
  EXPECT_EQ(ReasonOf(CertifyFairness(instance.graph, instance.problem, std::vector{0, 0}, {}).status()),
            Reason::kBadArgument);
}

}  // namespace
}  // namespace magpie
