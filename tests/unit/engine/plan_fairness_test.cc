// Plans under floors, limits and a dial; what they certify, what relaxing one thing would bring, why one cannot be made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "magpie/base/status.h"
#include "unit/engine/sample_fair.h"
#include "unit/scoring/city.h"

namespace magpie {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class FairPlan : public SampleFairTest {
 protected:
  // Offerings are scarce: the needs compete.
  static PlanOptions Scarce() {
    PlanOptions options;
    options.need_capacity = 2;
    options.offering_capacity = 1;
    options.threshold = 0.2;
    options.language = Language::kEn;
    return options;
  }
};

std::map<std::int32_t, int> MatchesOfNeeds(const Plan& plan) {
  std::map<std::int32_t, int> count;
  for (const PlannedMatch& match : plan.matches) ++count[match.pair.need.value];
  return count;
}

TEST_F(FairPlan, CertifiesWhatTheMatchesSay) {
  const auto plan = Make(Scarce());
  ASSERT_TRUE(plan.ok()) << plan.status();
  const PlanFairness& fairness = plan->fairness;
  EXPECT_EQ(fairness.ending, Ending::kProven);
  EXPECT_NEAR(fairness.total, fairness.bound, 1e-9);
  double total = 0;
  std::map<std::int32_t, double> sums;
  for (const PlannedMatch& match : plan->matches) {
    total += match.pair.score;
    sums[match.pair.need.value] += match.pair.score;
  }
  EXPECT_NEAR(fairness.total, total, 1e-3);
  EXPECT_EQ(fairness.certificate.needs.pairs.sum, static_cast<std::int64_t>(plan->matches.size()));
  EXPECT_EQ(fairness.certificate.needs.pairs.open + fairness.certificate.needs.pairs.hopeless,
            std::count_if(plan->open.begin(), plan->open.end(),
                          [](const PlannedOpen& open) { return open.side == Side::kNeed; }));
  ASSERT_GE(fairness.certificate.need.index, 0);
  const double least = static_cast<double>(fairness.certificate.need.gain) / kGainPerScore;
  for (const auto& [need, sum] : sums) EXPECT_GE(sum + 1e-6, least);
  for (const PlannedBlocking& pair : fairness.blocking) {
    EXPECT_GT(pair.need_rise, 0);
    EXPECT_GT(pair.offering_rise, 0);
  }
}

TEST_F(FairPlan, TheDialTradesTotalForTheWorstOff) {
  const auto efficient = Make(Scarce());
  ASSERT_TRUE(efficient.ok()) << efficient.status();
  ASSERT_THAT(efficient->fairness.dial, SizeIs(11));
  for (std::size_t i = 1; i < 11; ++i) {
    EXPECT_LE(efficient->fairness.dial[i].total, efficient->fairness.dial[i - 1].total + 1e-9);
    EXPECT_GE(efficient->fairness.dial[i].worst_pair, efficient->fairness.dial[i - 1].worst_pair);
  }
  PlanOptions options = Scarce();
  options.dial = 1;
  const auto fair = Make(options);
  ASSERT_TRUE(fair.ok()) << fair.status();
  EXPECT_NEAR(fair->fairness.total, efficient->fairness.dial.back().total, 1e-6);
  EXPECT_GE(MatchesOfNeeds(*fair).size(), MatchesOfNeeds(*efficient).size());
  EXPECT_EQ(static_cast<std::int32_t>(MatchesOfNeeds(*fair).size()), fair->fairness.servable);
  EXPECT_NE(fair->run.run_id, efficient->run.run_id);

  options.dial = 0;
  options.objective = Objective::kMaxMin;
  const auto max_min = Make(options);
  ASSERT_TRUE(max_min.ok()) << max_min.status();
  std::map<std::int32_t, double> best;
  for (const PlannedMatch& match : max_min->matches) {
    best[match.pair.need.value] = std::max(best[match.pair.need.value], match.pair.score);
  }
  for (const auto& [need, score] : best) EXPECT_GE(score + 1e-6, max_min->fairness.fair_score);
}

TEST_F(FairPlan, GroupsGetWhatTheRulesPromiseThem) {
  PlanOptions options = Scarce();
  RuleGroup west{.name = "west"};
  west.side = Side::kNeed;
  west.regions = {ParseRegion("西部地区")};
  options.rules.groups = {west};
  const auto free = Make(options);
  ASSERT_TRUE(free.ok()) << free.status();
  ASSERT_THAT(free->fairness.groups, SizeIs(1));
  const std::int64_t unforced = free->fairness.groups[0].exposure.exposure.pairs.sum;

  options.rules.groups[0].at_most = static_cast<int>(unforced) - 2;
  const auto limited = Make(options);
  ASSERT_TRUE(limited.ok()) << limited.status();
  EXPECT_EQ(limited->fairness.groups[0].exposure.exposure.pairs.sum, unforced - 2);
  EXPECT_LT(limited->fairness.total, free->fairness.total);

  // Offerings that came away empty because others bring more are promised a match each, and get it.
  options.rules.groups[0].at_most.reset();
  RuleGroup promised{.name = "promised"};
  promised.side = Side::kOffering;
  promised.each_at_least = 1;
  for (const PlannedOpen& open : free->open) {
    const bool possible = open.side == Side::kOffering && open.reason == OpenReason::kPartnersTaken;
    if (possible && promised.listings.size() < 3) {
      promised.listings.push_back(fair_->offering(OfferingIndex(open.index)).record.id);
    }
  }
  ASSERT_THAT(promised.listings, Not(IsEmpty()));
  options.rules.groups = {promised};
  const auto kept = Make(options);
  ASSERT_TRUE(kept.ok()) << kept.status();
  std::set<std::string> matched;
  for (const PlannedMatch& match : kept->matches) matched.insert(fair_->offering(match.pair.offering).record.id);
  for (const std::string& id : promised.listings) EXPECT_TRUE(matched.contains(id)) << id;
  EXPECT_LE(kept->fairness.total, free->fairness.total);
}

TEST_F(FairPlan, WhatIfsAreConfirmedByAPlanThatIsRelaxed) {
  const auto plan = Make(Scarce());
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_THAT(plan->what_ifs, Not(IsEmpty()));
  EXPECT_LE(plan->what_ifs.size(), 10u);
  for (std::size_t i = 1; i < plan->what_ifs.size(); ++i) {
    EXPECT_LE(plan->what_ifs[i].gain, plan->what_ifs[i - 1].gain);
  }
  const auto one = std::find_if(plan->what_ifs.begin(), plan->what_ifs.end(), [](const PlannedWhatIf& what_if) {
    return what_if.constraint.kind == PlanConstraintKind::kNeedCapacity;
  });
  ASSERT_NE(one, plan->what_ifs.end());
  PlanOptions options = Scarce();
  RuleGroup more{.name = "more"};
  more.side = Side::kNeed;
  more.listings = {fair_->need(NeedIndex(one->constraint.index)).record.id};
  more.each_at_least = options.need_capacity + 1;
  options.rules.groups = {more};
  const auto relaxed = Make(options);
  ASSERT_TRUE(relaxed.ok()) << relaxed.status();
  EXPECT_NEAR(relaxed->fairness.total - plan->fairness.total, one->gain, 1e-5);
  options = Scarce();
  options.what_ifs = 0;
  const auto without = Make(options);
  ASSERT_TRUE(without.ok());
  EXPECT_THAT(without->what_ifs, IsEmpty());
}

TEST_F(FairPlan, WhatCannotBeKeptIsNamed) {
  PlanOptions options = Scarce();
  options.need_minimum = 3;
  const absl::Status conflict = Make(options).status();
  EXPECT_EQ(ReasonOf(conflict), Reason::kPlanConflict);
  EXPECT_THAT(ErrorText(conflict), HasSubstr("need N"));

  options = Scarce();
  RuleGroup west{.name = "west"};
  west.side = Side::kNeed;
  west.regions = {ParseRegion("西部地区")};
  west.at_least = 10'000;
  options.rules.groups = {west};
  const absl::Status floor = Make(options).status();
  EXPECT_EQ(ReasonOf(floor), Reason::kPlanConflict);
  EXPECT_THAT(ErrorText(floor), HasSubstr("\"west\""));

  options = Scarce();
  options.dial = 1.5;
  EXPECT_EQ(ReasonOf(Make(options).status()), Reason::kBadArgument);
  options.dial = 0.5;
  options.objective = Objective::kNash;
  EXPECT_EQ(ReasonOf(Make(options).status()), Reason::kBadArgument);
}

TEST_F(FairPlan, StablePlansLeaveNoBlockingPairAndHonourWishes) {
  PlanOptions options = Scarce();
  options.objective = Objective::kStableNeeds;
  const auto plan = Make(options);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->fairness.certificate.blocking_count, 0);
  EXPECT_LE(plan->fairness.total, plan->fairness.bound);
  ASSERT_NE(plan->problem, nullptr);
  EXPECT_TRUE(CheckAssignment(plan->problem->graph, plan->problem->problem, plan->problem->answer).ok());
  EXPECT_EQ(plan->problem->need_keys.size(), 120u);

  // A need's guest wishes for the team of an offering that the plan gives to nobody of theirs: it comes first for them.
  std::set<std::pair<std::int32_t, std::int32_t>> chosen;
  std::set<std::int32_t> taken;
  for (const PlannedMatch& match : plan->matches) {
    chosen.emplace(match.pair.need.value, match.pair.offering.value);
    taken.insert(match.pair.offering.value);
  }
  const CandidateGraph& graph = plan->problem->graph;
  std::int32_t wished = -1;
  for (std::int32_t a = 0; a < graph.arc_count() && wished < 0; ++a) {
    const Arc& arc = graph.arc(a);
    const bool open = plan->problem->problem.gain[static_cast<std::size_t>(a)] > 0;
    if (open && !chosen.contains({arc.left, arc.right}) && !taken.contains(arc.right)) wished = a;
  }
  ASSERT_GE(wished, 0);
  const std::string need = plan->problem->need_keys[static_cast<std::size_t>(graph.arc(wished).left)];
  const std::string offering = plan->problem->offering_keys[static_cast<std::size_t>(graph.arc(wished).right)];
  Event event;
  event.id = "E";
  event.tables.push_back({.id = "T"});
  event.people.push_back({.id = "P", .needs = {need}});
  event.people.push_back({.id = "H"});
  event.teams.push_back({.id = "A", .offerings = {offering}, .hosts = {"H"}});
  event.wishes.push_back({.id = "W", .person = "P", .team = "A", .priority = 1});
  const auto wishing = engine_->MakePlan(plan->snapshot, event, options, Scoring(), RunContext{});
  ASSERT_TRUE(wishing.ok()) << wishing.status();
  EXPECT_EQ(wishing->fairness.certificate.blocking_count, 0);
  EXPECT_EQ(std::ranges::count_if(wishing->matches,
                                  [&](const PlannedMatch& match) {
                                    return match.pair.need.value == graph.arc(wished).left &&
                                           match.pair.offering.value == graph.arc(wished).right;
                                  }),
            1);

  options.need_minimum = 1;
  EXPECT_EQ(ReasonOf(Make(options).status()), Reason::kBadArgument);
}

TEST_F(FairPlan, ATimeLimitEndsWithAPlanThatHolds) {
  PlanOptions options = Scarce();
  options.objective = Objective::kNash;
  options.time_limit = 0.001;
  const auto plan = Make(options);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_NE(plan->fairness.ending, Ending::kProven);
  EXPECT_THAT(plan->fairness.dial, IsEmpty());
  EXPECT_THAT(plan->what_ifs, IsEmpty());
  EXPECT_FALSE(plan->matches.empty());
  for (double seconds : {0.0, -1.0, 1e9}) {
    options.time_limit = seconds;
    EXPECT_EQ(FieldOf(Make(options).status()), "time_limit") << seconds;
  }
}

TEST_F(FairPlan, OpenListingsNameWhoStandsBeforeThem) {
  const auto plan = Make(Scarce());
  ASSERT_TRUE(plan.ok()) << plan.status();
  int named = 0;
  for (const PlannedOpen& open : plan->open) {
    if (open.reason == OpenReason::kPartnersTaken) named += open.sentence.find("places went to") != std::string::npos;
  }
  EXPECT_GT(named, 0);
}

// Whatever order the lists come in, the plan pairs the same listings.
TEST_F(FairPlan, TheOrderOfTheListsDecidesNothing) {
  Random random(7);
  std::vector<ListingRecord> needs, offerings;
  for (int i = 0; i < 200; ++i) {
    needs.push_back(RandomListing(random, Side::kNeed, "n" + std::to_string(i)));
    offerings.push_back(RandomListing(random, Side::kOffering, "o" + std::to_string(i)));
  }
  const auto shuffle = [&random](std::vector<ListingRecord>* list) {
    for (std::size_t i = list->size(); i > 1; --i) std::swap((*list)[i - 1], (*list)[random.Below(i)]);
  };
  PlanOptions options;
  options.threshold = 0;
  options.offering_capacity = 1;
  options.need_capacity = 2;
  std::set<std::pair<std::string, std::string>> first;
  for (int round = 0; round < 3; ++round) {
    const auto snapshot = *BuildSnapshot(needs, offerings);
    const auto plan = engine_->MakePlan(snapshot, std::nullopt, options, Scoring(), RunContext{});
    ASSERT_TRUE(plan.ok()) << plan.status();
    std::set<std::pair<std::string, std::string>> pairs;
    for (const PlannedMatch& match : plan->matches) {
      pairs.emplace(snapshot->need(match.pair.need).record.id, snapshot->offering(match.pair.offering).record.id);
    }
    ASSERT_GT(pairs.size(), 100u);
    if (round == 0) first = pairs;
    EXPECT_EQ(pairs, first) << round;
    shuffle(&needs);
    shuffle(&offerings);
  }
}

}  // namespace
}  // namespace magpie
