#include "magpie/assignment/compare.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "problems.h"
#include "solve_checked.h"

namespace magpie {
namespace {

using ::magpie_test::Instance;
using ::magpie_test::MakeInstance;
using ::magpie_test::RandomInstance;
using ::magpie_test::Shape;
using ::magpie_test::SolveChecked;

struct KeyedRun {
  Instance instance;
  Assignment answer;
  std::vector<std::string> needs, offerings;
  std::vector<std::int64_t> full_gain;

  ComparedAnswer compared() const { return {&instance.graph, &instance.problem, &answer, needs, offerings, full_gain}; }
};

KeyedRun MakeRun(Instance instance) {
  KeyedRun run{std::move(instance), {}, {}, {}, {}};
  for (std::int32_t n = 0; n < run.instance.graph.left_count(); ++n) run.needs.push_back(fmt::format("N{}", n));
  for (std::int32_t n = 0; n < run.instance.graph.right_count(); ++n) run.offerings.push_back(fmt::format("O{}", n));
  run.full_gain = run.instance.problem.gain;
  run.answer = SolveChecked(run.instance);
  return run;
}

std::vector<PairChange> Changed(const KeyedRun& before, const KeyedRun& now) {
  const auto changes = CompareAnswers(before.compared(), now.compared());
  EXPECT_TRUE(changes.ok()) << changes.status();
  std::vector<PairChange> moved;
  for (const PairChange& change : *changes) {
    if (change.fate != PairFate::kStayed) moved.push_back(change);
  }
  return moved;
}

std::string Text(const PairChange& change, const KeyedRun& before, const KeyedRun& now,
                 Language language = Language::kEn) {
  return PairChangeText(change, before.compared(), now.compared(), language);
}

// Need 0 and need 1 both want offering 0; offering 1 is need 1's second choice.
Instance Base() {
  return MakeInstance(2, 2, {{0, 0}, {1, 0}, {1, 1}}, {700'000, 600'000, 300'000});
}

TEST(CompareAnswersTest, NothingChanged) {
  const KeyedRun run = MakeRun(Base());
  const auto changes = CompareAnswers(run.compared(), run.compared());
  ASSERT_TRUE(changes.ok());
  ASSERT_EQ(changes->size(), 2u);
  for (const PairChange& change : *changes) {
    EXPECT_EQ(change.fate, PairFate::kStayed);
    EXPECT_EQ(change.reason, ChangeReason::kSame);
    EXPECT_EQ(change.gain_before, change.gain_now);
  }
  EXPECT_EQ(Text(changes->front(), run, run), "N0 and O0 stay matched (score 0.700, before 0.700).");
}

TEST(CompareAnswersTest, TheOrganisersDecisions) {
  const KeyedRun before = MakeRun(Base());
  Instance struck = Base();
  struck.problem.excluded = {0};
  const KeyedRun now = MakeRun(struck);
  const auto changes = Changed(before, now);
  ASSERT_EQ(changes.size(), 3u);  // N0-O0 and N1-O1 went, N1-O0 came
  EXPECT_EQ(changes[0].reason, ChangeReason::kDecision);
  EXPECT_EQ(Text(changes[0], before, now), "N0 and O0 are no longer matched: as the organiser decided.");
  EXPECT_EQ(changes[1].reason, ChangeReason::kPlace);
  EXPECT_EQ(Text(changes[1], before, now), "N1 and O1 are no longer matched: N1 with O0 (0.600) takes the place.");
  EXPECT_EQ(changes[1].shortfall, now.answer.need_price[1] + now.answer.offering_price[1] - 300'000);
  EXPECT_EQ(changes[2].reason, ChangeReason::kPlace);
  EXPECT_EQ(Text(changes[2], before, now), "N1 and O0 are a new match: N0 with O0 (0.700) gave the place up.");
  EXPECT_EQ(Text(changes[2], before, now, Language::kZh), "N1 与 O0 是新的匹配：N0 与 O0（0.700）让出了名额。");
  const auto back = Changed(now, before);
  EXPECT_EQ(back[1].reason, ChangeReason::kDecision);  // N0-O0 came back, allowed again
}

TEST(CompareAnswersTest, ListingsCandidatesThresholdLimitsAndGains) {
  const KeyedRun before = MakeRun(Base());
  {
    KeyedRun now = MakeRun(MakeInstance(1, 2, {{0, 0}, {0, 1}}, {600'000, 300'000}));
    now.needs = {"N1"};  // N0 left; the numbers moved
    const auto changes = Changed(before, now);
    ASSERT_EQ(changes.size(), 3u);
    EXPECT_EQ(changes[0].reason, ChangeReason::kListing);
    EXPECT_EQ(changes[0].need_key, "N0");
    EXPECT_EQ(Changed(now, before)[1].reason, ChangeReason::kListing);
  }
  {
    const KeyedRun now = MakeRun(MakeInstance(2, 2, {{1, 0}, {1, 1}}, {600'000, 300'000}));
    EXPECT_EQ(Changed(before, now)[0].reason, ChangeReason::kCandidate);
    EXPECT_EQ(Changed(now, before)[1].reason, ChangeReason::kCandidate);
  }
  {
    Instance low = Base();
    low.problem.gain[0] = 0;
    KeyedRun now = MakeRun(low);
    now.full_gain[0] = 200'000;
    const auto changes = Changed(before, now);
    EXPECT_EQ(changes[0].reason, ChangeReason::kThreshold);
    EXPECT_EQ(changes[0].gain_now, 200'000);
  }
  {
    Instance wide = Base();
    wide.problem.offering_capacity[0] = 2;
    wide.problem.need_capacity[1] = 2;
    const KeyedRun now = MakeRun(wide);
    const auto changes = Changed(before, now);
    ASSERT_EQ(changes.size(), 1u);
    EXPECT_EQ(changes[0].reason, ChangeReason::kLimit);
    EXPECT_EQ(Text(changes[0], before, now), "N1 and O0 are a new match: the places of N1 changed from 1 to 2.");
    const auto back = Changed(now, before);
    ASSERT_EQ(back.size(), 1u);
    EXPECT_EQ(Text(back[0], now, before), "N1 and O0 are no longer matched: the places of N1 changed from 2 to 1.");
  }
  {
    Instance better = Base();
    better.problem.gain[0] = 200'000;
    const KeyedRun now = MakeRun(better);
    const auto changes = Changed(before, now);
    EXPECT_EQ(changes[0].reason, ChangeReason::kGain);
    EXPECT_EQ(Text(changes[0], before, now), "N0 and O0 are no longer matched: the score changed from 0.700 to 0.200.");
  }
}

TEST(CompareAnswersTest, KeysAreChecked) {
  KeyedRun run = MakeRun(Base());
  run.needs[1] = "N0";
  EXPECT_EQ(FieldOf(CompareAnswers(run.compared(), run.compared()).status()), "need_keys[1]");
  run.needs.pop_back();
  EXPECT_EQ(ReasonOf(CompareAnswers(run.compared(), run.compared()).status()), Reason::kBadArgument);
}

TEST(CompareAnswersTest, RandomChangesAreAllFoundAndExplained) {
  std::map<ChangeReason, int> reasons;
  for (int round = 0; round < 400; ++round) {
    Random random(static_cast<std::uint64_t>(round) + 5);
    const auto below = [&](std::int32_t bound) {
      return static_cast<std::int32_t>(random.Below(static_cast<std::uint64_t>(bound)));
    };
    Shape shape{.left = 6, .right = 5, .arcs_per_left = 3};
    shape.groups = round % 3;
    shape.excluded = 1;
    const KeyedRun before = MakeRun(RandomInstance(static_cast<std::uint64_t>(round), shape));
    // Some listings leave, and with them the numbers of the others change; then one more thing.
    const auto& old = before.instance;
    const std::int32_t gone = round % 2 == 0 ? below(6) : -1;
    std::vector<Arc> arcs;
    AssignmentProblem problem = old.problem;
    problem.gain.clear();
    problem.excluded.clear();
    if (gone >= 0) {
      problem.need_capacity.erase(problem.need_capacity.begin() + gone);
      if (!problem.need_group.empty()) problem.need_group.erase(problem.need_group.begin() + gone);
    }
    const std::int32_t dropped = round % 7 == 1 ? below(old.graph.arc_count()) : -1;
    for (std::int32_t a = 0; a < old.graph.arc_count(); ++a) {
      Arc arc = old.graph.arc(a);
      if (arc.left == gone || a == dropped) continue;
      if (gone >= 0 && arc.left > gone) --arc.left;
      arcs.push_back(arc);
      problem.gain.push_back(old.problem.gain[static_cast<std::size_t>(a)]);
    }
    const std::size_t some = static_cast<std::size_t>(below(static_cast<std::int32_t>(arcs.size())));
    if (round % 5 == 0) problem.gain[some] = below(21);
    if (round % 5 == 1) problem.excluded.push_back(static_cast<std::int32_t>(some));
    if (round % 5 == 2) problem.offering_capacity[some % 5] = below(3);
    Instance instance{*CandidateGraph::Build(gone >= 0 ? 5 : 6, 5, arcs), problem};
    KeyedRun now = MakeRun(instance);
    if (gone >= 0) {
      now.needs = before.needs;
      now.needs.erase(now.needs.begin() + gone);
    }
    const auto changes = CompareAnswers(before.compared(), now.compared());
    ASSERT_TRUE(changes.ok());
    const auto pairs = [](const KeyedRun& run) {
      std::set<std::pair<std::string, std::string>> set;
      for (std::int32_t a : run.answer.arcs) {
        set.emplace(run.needs[static_cast<std::size_t>(run.instance.graph.arc(a).left)],
                    run.offerings[static_cast<std::size_t>(run.instance.graph.arc(a).right)]);
      }
      return set;
    };
    const auto old_pairs = pairs(before), new_pairs = pairs(now);
    std::set<std::pair<std::string, std::string>> went = old_pairs, came = new_pairs;
    for (const auto& pair : new_pairs) went.erase(pair);
    for (const auto& pair : old_pairs) came.erase(pair);
    for (const PairChange& change : *changes) {
      const std::pair<std::string, std::string> pair(change.need_key, change.offering_key);
      ++reasons[change.reason];
      EXPECT_EQ(went.erase(pair), change.fate == PairFate::kWent ? 1u : 0u);
      EXPECT_EQ(came.erase(pair), change.fate == PairFate::kCame ? 1u : 0u);
      EXPECT_EQ(change.reason == ChangeReason::kSame, change.fate == PairFate::kStayed);
      EXPECT_NE(change.reason, ChangeReason::kOther) << round;
      if (change.reason == ChangeReason::kListing) {
        EXPECT_EQ(pair.first, fmt::format("N{}", gone));
      }
      if (change.reason == ChangeReason::kPlace) {
        // The other pair is chosen in that run only.
        const KeyedRun& run = change.fate == PairFate::kWent ? now : before;
        const Arc& by = run.instance.graph.arc(change.by);
        const std::pair<std::string, std::string> other(run.needs[static_cast<std::size_t>(by.left)],
                                                        run.offerings[static_cast<std::size_t>(by.right)]);
        EXPECT_TRUE((change.fate == PairFate::kWent ? new_pairs : old_pairs).contains(other));
        EXPECT_FALSE((change.fate == PairFate::kWent ? old_pairs : new_pairs).contains(other));
        if (shape.groups == 0) {
          EXPECT_TRUE(other.first == pair.first || other.second == pair.second) << round;
        }
      }
      EXPECT_FALSE(Text(change, before, now, Language::kZh).empty());
    }
    EXPECT_TRUE(went.empty() && came.empty());
  }
  for (ChangeReason reason : {ChangeReason::kListing, ChangeReason::kCandidate, ChangeReason::kDecision,
                              ChangeReason::kLimit, ChangeReason::kGain, ChangeReason::kPlace}) {
    EXPECT_GT(reasons[reason], 5) << ChangeReasonName(reason);
  }
}

TEST(CompareAnswersTest, AThousandByAThousand) {
  Shape shape{.left = 1000, .right = 1000, .arcs_per_left = 10, .groups = 300, .largest_gain = kGainPerScore};
  const KeyedRun before = MakeRun(RandomInstance(1, shape));
  Instance changed = before.instance;
  for (std::size_t a = 0; a < changed.problem.gain.size(); a += 3) changed.problem.gain[a] /= 2;
  const KeyedRun now = MakeRun(changed);
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<PairChange> changes = Changed(before, now);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  EXPECT_GT(changes.size(), 100u);
  printf("compare 1,000 x 1,000: %zu pairs moved, %.3f s\n", changes.size(), seconds.count());
}

}  // namespace
}  // namespace magpie
