// Plans of the sample fair and of small lists, from lists to timetable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "magpie/base/status.h"
#include "magpie/engine/plan_change.h"
#include "unit/engine/sample_fair.h"
#include "unit/scoring/city.h"

namespace magpie {
namespace {

using PlanTest = SampleFairTest;

// Capacities kept, no pair twice, every listing either matched or open with a reason.
void CheckPlan(const Plan& plan) {
  std::map<std::int32_t, int> of_need, of_offering;
  std::set<std::pair<std::int32_t, std::int32_t>> pairs;
  for (const PlannedMatch& match : plan.matches) {
    EXPECT_TRUE(pairs.emplace(match.pair.need.value, match.pair.offering.value).second);
    ++of_need[match.pair.need.value];
    ++of_offering[match.pair.offering.value];
    EXPECT_FALSE(match.reason.empty());
    if (match.decision == Decision::kNone) {
      EXPECT_GE(match.pair.score, plan.options.threshold);
    }
  }
  for (const auto& [need, count] : of_need) {
    EXPECT_LE(count, plan.snapshot->need(NeedIndex(need)).record.capacity.value_or(plan.options.need_capacity));
  }
  for (const auto& [offering, count] : of_offering) {
    EXPECT_LE(
        count,
        plan.snapshot->offering(OfferingIndex(offering)).record.capacity.value_or(plan.options.offering_capacity));
  }
  std::set<std::int32_t> open_needs, open_offerings;
  for (const PlannedOpen& open : plan.open) {
    EXPECT_FALSE(open.sentence.empty());
    (open.side == Side::kNeed ? open_needs : open_offerings).insert(open.index);
  }
  EXPECT_EQ(open_needs.size() + of_need.size(), static_cast<std::size_t>(plan.snapshot->need_count()));
  EXPECT_EQ(open_offerings.size() + of_offering.size(), static_cast<std::size_t>(plan.snapshot->offering_count()));
}

TEST_F(PlanTest, TheSampleFairWithoutEventBecomesRounds) {
  const auto plan = Make({});
  ASSERT_TRUE(plan.ok()) << plan.status();
  CheckPlan(*plan);
  EXPECT_GT(plan->matches.size(), 100u);
  // Every match is a meeting, and nobody is at two places in one round.
  EXPECT_EQ(plan->meetings.size(), plan->matches.size());
  std::set<std::pair<std::string, std::string>> busy;
  for (const PlannedMeeting& meeting : plan->meetings) {
    EXPECT_TRUE(busy.emplace(meeting.slot, "table " + meeting.table).second);
    if (!meeting.guest_party.empty()) {
      EXPECT_TRUE(busy.emplace(meeting.slot, meeting.guest_party).second);
    }
    if (!meeting.host_party.empty()) {
      EXPECT_TRUE(busy.emplace(meeting.slot, meeting.host_party).second);
    }
  }
}

TEST_F(PlanTest, TheEventGetsItsMeetings) {
  const auto event = ReadEvent(kFair + "event.json");
  ASSERT_TRUE(event.ok()) << event.status();
  const auto plan = Make({}, *event);
  ASSERT_TRUE(plan.ok()) << plan.status();
  CheckPlan(*plan);
  EXPECT_EQ(plan->meetings.size(), 28u);
  std::map<int, int> by_priority;
  for (const PlannedMeeting& meeting : plan->meetings) ++by_priority[meeting.priority];
  EXPECT_EQ(by_priority[1], 5);
  EXPECT_GE(by_priority[2], 23);
  EXPECT_EQ(plan->funnel.meeting_requests, static_cast<std::int64_t>(plan->meetings.size() + plan->unplaced.size()));
  // Most matches lie outside the event, and are matched and marked so.
  std::size_t outside = 0;
  for (const PlannedMatch& match : plan->matches) outside += !match.in_event;
  EXPECT_GT(outside, 50u);
}

TEST_F(PlanTest, ARunsNameDependsOnTheHoursOfItsTours) {
  Event event = *ReadEvent(kFair + "event.json");
  EventTour tour;
  tour.id = "V";
  tour.people = {event.people.front().id};
  tour.start = tour.end = *event.slots.back().end;  // when all meetings are over
  tour.end.unix_seconds += 7200;
  tour.stops = {{.place = "镜片厂", .minutes = 30}};
  event.tours = {tour};
  const auto plan = Make({}, event);
  event.tours[0].start.unix_seconds += 3600;
  const auto later = Make({}, event);
  ASSERT_TRUE(plan.ok() && later.ok());
  ASSERT_TRUE(plan->fair_state);
  ASSERT_EQ(plan->fair_state->timetable.tours.size(), 1u);
  EXPECT_EQ(plan->fair_state->timetable.tours[0].visits.size(), 1u);
  EXPECT_EQ(plan->meetings.size(), later->meetings.size());
  EXPECT_NE(plan->run.run_id, later->run.run_id);
}

TEST_F(PlanTest, TheSamePlanOnAnyThreadCount) {
  const auto one = Make({}, std::nullopt, 1), three = Make({}, std::nullopt, 3);
  ASSERT_TRUE(one.ok() && three.ok());
  ASSERT_EQ(one->matches.size(), three->matches.size());
  for (std::size_t m = 0; m < one->matches.size(); ++m) {
    EXPECT_EQ(one->matches[m].pair.need, three->matches[m].pair.need);
    EXPECT_EQ(one->matches[m].pair.offering, three->matches[m].pair.offering);
    EXPECT_EQ(one->matches[m].pair.score, three->matches[m].pair.score);
    EXPECT_EQ(one->matches[m].reason, three->matches[m].reason);
  }
  EXPECT_EQ(one->run.run_id, three->run.run_id);
}

TEST_F(PlanTest, AllPairsGainAtLeastAsMuch) {
  PlanOptions all;
  all.all_pairs = true;
  const auto some = Make({}), every = Make(all);
  ASSERT_TRUE(some.ok() && every.ok());
  CheckPlan(*every);
  EXPECT_GE(every->total_gain, some->total_gain);
  EXPECT_GT(every->funnel.candidates, some->funnel.candidates);
  // How many were rejected is known only where every pair was scored: here those of one party on both sides.
  EXPECT_FALSE(some->funnel.rejected.has_value());
  std::int64_t same_party = 0;
  for (std::int32_t n = 0; n < fair_->need_count(); ++n) {
    for (std::int32_t o = 0; o < fair_->offering_count(); ++o) {
      const PartyIndex party = fair_->need(NeedIndex(n)).party;
      same_party += party.valid() && party == fair_->offering(OfferingIndex(o)).party;
    }
  }
  EXPECT_EQ(every->funnel.rejected, same_party);
}

TEST_F(PlanTest, DecisionsAreKept) {
  const auto first = Make({});
  ASSERT_TRUE(first.ok());
  const auto ids = [&](const PlannedMatch& match) {
    return std::pair(fair_->need(match.pair.need).record.id, fair_->offering(match.pair.offering).record.id);
  };
  const auto [struck_need, struck_offering] = ids(first->matches.front());
  const auto [locked_need, locked_offering] = ids(first->matches.back());
  const auto added = std::pair(fair_->need(NeedIndex(3)).record.id, fair_->offering(OfferingIndex(600)).record.id);
  PlanOptions options;
  options.decisions = {{struck_need, struck_offering, Decision::kStruck, 2},
                       {locked_need, locked_offering, Decision::kLocked, 3},
                       {added.first, added.second, Decision::kAdded, 4}};
  const auto second = Make(options);
  ASSERT_TRUE(second.ok()) << second.status();
  CheckPlan(*second);
  std::map<std::pair<std::string, std::string>, Decision> now;
  for (const PlannedMatch& match : second->matches) now[ids(match)] = match.decision;
  EXPECT_FALSE(now.contains(std::pair(struck_need, struck_offering)));
  EXPECT_EQ(now.at(std::pair(locked_need, locked_offering)), Decision::kLocked);
  EXPECT_EQ(now.at(added), Decision::kAdded);

  // The difference names what went and what came.
  std::vector<PairDecision> before;
  for (const PlannedMatch& match : first->matches) {
    before.push_back({ids(match).first, ids(match).second, Decision::kNone, 0});
  }
  const std::vector<PlanChange> changes = ComparePlans(before, *second);
  EXPECT_THAT(changes, testing::Contains(testing::AllOf(testing::Field(&PlanChange::need_id, struck_need),
                                                        testing::Field(&PlanChange::offering_id, struck_offering),
                                                        testing::Field(&PlanChange::after, "struck"))));
  EXPECT_THAT(changes, testing::Contains(testing::AllOf(testing::Field(&PlanChange::need_id, added.first),
                                                        testing::Field(&PlanChange::offering_id, added.second),
                                                        testing::Field(&PlanChange::after, "matched"))));
}

TEST_F(PlanTest, ContradictionsAndUnknownIdsAreRefused) {
  const std::string need = fair_->need(NeedIndex(0)).record.id, offering = fair_->offering(OfferingIndex(0)).record.id;
  PlanOptions options;
  options.decisions = {{need, offering, Decision::kLocked, 2}, {need, offering, Decision::kStruck, 9}};
  EXPECT_EQ(ReasonOf(Make(options).status()), Reason::kPlanConflict);
  options.decisions = {{"N9999", offering, Decision::kLocked, 2}};
  EXPECT_EQ(ReasonOf(Make(options).status()), Reason::kNeedNotFound);
  options.decisions = {};
  options.need_capacity = -1;
  EXPECT_EQ(ReasonOf(Make(options).status()), Reason::kBadArgument);
  // More locked pairs than the need has places: the message names pairs, not arcs.
  options = {};
  options.need_capacity = 1;
  options.decisions = {{need, offering, Decision::kLocked, 2},
                       {need, fair_->offering(OfferingIndex(1)).record.id, Decision::kLocked, 3}};
  const absl::Status conflict = Make(options).status();
  EXPECT_EQ(ReasonOf(conflict), Reason::kPlanConflict);
  EXPECT_THAT(std::string(conflict.message()), testing::HasSubstr(need));
}

TEST_F(PlanTest, PartyCapacityHoldsOverAllListingsOfAParty) {
  PlanOptions options;
  options.party_capacity = 2;
  const auto plan = Make(options);
  ASSERT_TRUE(plan.ok()) << plan.status();
  std::map<std::int32_t, int> of_party;
  for (const PlannedMatch& match : plan->matches) {
    const PartyIndex party = fair_->offering(match.pair.offering).party;
    if (party.valid()) ++of_party[party.value];
  }
  for (const auto& [party, count] : of_party) EXPECT_LE(count, 2);
}

TEST_F(PlanTest, EmptyListsMakeAnEmptyPlan) {
  const auto empty = BuildSnapshot({}, {});
  ASSERT_TRUE(empty.ok());
  const auto plan = engine_->MakePlan(*empty, std::nullopt, {}, Scoring(), RunContext{});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->matches.empty());
  EXPECT_TRUE(plan->open.empty());
  EXPECT_FALSE(plan->run.run_id.empty());
}

TEST_F(PlanTest, ACancelledPlanSaysSo) {
  std::stop_source source;
  source.request_stop();
  RunContext context;
  context.stop = source.get_token();
  EXPECT_EQ(ReasonOf(engine_->MakePlan(fair_, std::nullopt, {}, Scoring(), context).status()), Reason::kCancelled);
}

TEST_F(PlanTest, GoingOnFromAnEarlierPlanGivesTheSamePlanAndKeepsWhatHolds) {
  Random random(41);
  auto snapshot = City(120);
  PlanOptions options;
  options.need_capacity = 2;
  options.threshold = 0;
  PlanMemory memory;
  auto first = engine_->MakePlan(snapshot, std::nullopt, options, Scoring(), RunContext(), &memory);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_NE(memory.scorer, nullptr);
  ASSERT_NE(memory.needs, nullptr);
  memory.plan = std::make_shared<const Plan>(*std::move(first));
  const auto seconds = [](const Plan& plan, const std::string& name) {
    for (const auto& [stage, time] : plan.run.stage_seconds) {
      if (stage == name) return time;
    }
    return 0.0;
  };
  for (int round = 0; round < 3; ++round) {
    snapshot = Later(*snapshot, random);
    if (round == 2) options.language = Language::kEn;  // no sentence holds
    PlanMemory only_scorer{.scorer = memory.scorer};
    auto again = engine_->MakePlan(snapshot, std::nullopt, options, Scoring(), RunContext(), &memory);
    ASSERT_TRUE(again.ok()) << again.status();
    const auto anew = engine_->MakePlan(snapshot, std::nullopt, options, Scoring(), RunContext(), &only_scorer);
    ASSERT_TRUE(anew.ok()) << anew.status();
    EXPECT_EQ(again->run.profile_id, memory.plan->run.profile_id);
    EXPECT_EQ(again->run.run_id, anew->run.run_id);
    ASSERT_EQ(again->matches.size(), anew->matches.size());
    for (std::size_t m = 0; m < again->matches.size(); ++m) {
      const PlannedMatch &a = again->matches[m], &b = anew->matches[m];
      EXPECT_EQ(a.pair.need, b.pair.need);
      EXPECT_EQ(a.pair.offering, b.pair.offering);
      EXPECT_EQ(a.pair.score, b.pair.score);
      EXPECT_EQ(a.rank_for_need, b.rank_for_need);
      EXPECT_EQ(a.reason, b.reason);
      ASSERT_EQ(a.evidence.size(), b.evidence.size());
      for (std::size_t e = 0; e < a.evidence.size(); ++e) EXPECT_EQ(a.evidence[e].sentence, b.evidence[e].sentence);
      ASSERT_EQ(a.margins.size(), b.margins.size());
      for (std::size_t e = 0; e < a.margins.size(); ++e) EXPECT_EQ(a.margins[e].sentence, b.margins[e].sentence);
    }
    ASSERT_EQ(again->open.size(), anew->open.size());
    for (std::size_t o = 0; o < again->open.size(); ++o) EXPECT_EQ(again->open[o].sentence, anew->open[o].sentence);
    if (round < 2) {
      EXPECT_LT(2 * seconds(*again, "explain"), seconds(*anew, "explain"));
    }
    memory.plan = std::make_shared<const Plan>(*std::move(again));
  }
}

}  // namespace
}  // namespace magpie
