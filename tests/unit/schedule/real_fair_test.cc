// What a real fair asks beyond tables and hosts, each rule by a small case, and all of them together on random events.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "fairs.h"
#include "magpie/schedule/schedule.h"

namespace magpie {
namespace {

using ::magpie_test::FairShape;
using ::magpie_test::RandomFair;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Timetable ScheduleChecked(const Event& event, const std::vector<MeetingRequest>& requests) {
  const auto timetable = ScheduleMeetings(event, requests, 1, {});
  EXPECT_TRUE(timetable.ok()) << timetable.status();
  if (!timetable.ok()) return {};
  EXPECT_THAT(CheckTimetable(event, requests, *timetable), IsEmpty());
  return *timetable;
}

MeetingRequest Ask(int person, int team, std::int64_t gain = 0) {
  MeetingRequest request;
  request.person = person;
  request.team = team;
  request.gain = gain;
  return request;
}

Event Fair(int slots, int tables, int guests = 2, int teams = 2) {
  return RandomFair(1, {.guests = guests, .teams = teams, .slots_per_session = slots, .tables = tables, .requests = 0});
}

void AllTables(Event* event) {
  for (EventSlot& slot : event->slots) {
    slot.tables.clear();
    for (const EventTable& table : event->tables) slot.tables.push_back(table.id);
  }
}

TEST(RealFairTest, ATeamReceivesAtItsOwnTableAndNobodyElseDoes) {
  Event event = Fair(2, 2);
  AllTables(&event);
  event.teams[0].table = "T1";
  const Timetable timetable = ScheduleChecked(event, {Ask(0, 0), Ask(1, 0), Ask(0, 1), Ask(1, 1)});
  EXPECT_THAT(timetable.meetings, SizeIs(4));
  for (const Meeting& m : timetable.meetings) EXPECT_EQ(m.table == 1, m.request < 2);
}

TEST(RealFairTest, AnInterpreterHelpsOneMeetingAtATime) {
  Event event = Fair(1, 3);
  AllTables(&event);
  event.rules.common_language = true;
  event.people[0].languages = event.people[1].languages = {"zh"};
  event.people[2].languages = event.people[3].languages = {"ru"};
  const std::vector<MeetingRequest> requests = {Ask(0, 0), Ask(1, 1)};
  EXPECT_EQ(ScheduleChecked(event, requests).unplaced[0].reason, UnplacedReason::kNoInterpreter);
  event.people.emplace_back();
  event.people.back().id = "I";
  event.people.back().interpreter = true;
  event.people.back().languages = {"zh", "en", "ru"};
  const Timetable one = ScheduleChecked(event, requests);
  ASSERT_THAT(one.meetings, SizeIs(1));
  EXPECT_EQ(one.meetings[0].interpreter, 4);
  event.people[3].languages.clear();  // says nothing: no interpreter is called
  EXPECT_THAT(ScheduleChecked(event, requests).meetings, SizeIs(2));
}

TEST(RealFairTest, GuestsHaveBreaksToo) {
  Event event = Fair(3, 1, 1, 3);
  event.rules.max_consecutive_guest = 1;
  EXPECT_THAT(ScheduleChecked(event, {Ask(0, 0), Ask(0, 1), Ask(0, 2)}).meetings, SizeIs(2));
}

TEST(RealFairTest, NobodyWaitsLongerThanAllowed) {
  Event event = Fair(4, 1, 1, 2);
  event.people[1].absent_slots = {"S0-1", "S0-2", "S0-3"};
  event.people[2].absent_slots = {"S0-0", "S0-1", "S0-2"};
  EXPECT_THAT(ScheduleChecked(event, {Ask(0, 0), Ask(0, 1)}).meetings, SizeIs(2));
  event.rules.max_idle_slots = 1;
  EXPECT_THAT(ScheduleChecked(event, {Ask(0, 0), Ask(0, 1)}).meetings, SizeIs(1));
  event.rules.idle_slots_soft = true;
  EXPECT_THAT(ScheduleChecked(event, {Ask(0, 0), Ask(0, 1)}).meetings, SizeIs(2));
  event.people[2].absent_slots = {"S0-0"};
  const Timetable close = ScheduleChecked(event, {Ask(0, 0), Ask(0, 1)});
  EXPECT_EQ(close.meetings[1].slot, 1);
}

// Two places, an hour's way, half an hour between the sessions: who is needed at both cannot come at once.
TEST(RealFairTest, TheWayBetweenPlacesIsKept) {
  Event event =
      RandomFair(1, {.guests = 1, .teams = 2, .sessions = 2, .slots_per_session = 1, .tables = 1, .requests = 0});
  event.slots[1].start = Time{3600, 480};
  event.slots[1].end = Time{5100, 480};
  event.people[1].absent_slots = {"S1-0"};
  event.people[2].absent_slots = {"S0-0"};
  event.sessions[0].place = "甲";
  event.sessions[1].place = "乙";
  EXPECT_THAT(ScheduleChecked(event, {Ask(0, 0), Ask(0, 1)}).meetings, SizeIs(2));
  event.travel = {{"乙", "甲", 60}};
  EXPECT_THAT(ScheduleChecked(event, {Ask(0, 0), Ask(0, 1)}).meetings, SizeIs(1));
  event.travel[0].minutes = 30;
  EXPECT_THAT(ScheduleChecked(event, {Ask(0, 0), Ask(0, 1)}).meetings, SizeIs(2));
}

TEST(RealFairTest, SeatsAreKeptForWalkIns) {
  Event event = Fair(1, 2);
  AllTables(&event);
  EXPECT_THAT(ScheduleChecked(event, {Ask(0, 0), Ask(1, 1)}).meetings, SizeIs(2));
  event.rules.walk_in_tables = 1;
  const Timetable timetable = ScheduleChecked(event, {Ask(0, 0), Ask(1, 1)});
  EXPECT_THAT(timetable.meetings, SizeIs(1));
  EXPECT_EQ(timetable.bound.meetings, 1);
  EXPECT_EQ(timetable.unplaced[0].reason, UnplacedReason::kNoTable);
}

TEST(RealFairTest, WhoeverOfThePartyIsFreeGoes) {
  Event event = Fair(1, 2);
  AllTables(&event);
  event.people[0].party = event.people[1].party = "丙公司";
  for (const char* team : {"TEAM0", "TEAM1"}) {
    event.wishes.emplace_back();
    event.wishes.back().id = team;
    event.wishes.back().team = team;
    event.wishes.back().party = "丙公司";
  }
  const auto requests = *RequestsOfWishes(event);
  const Timetable timetable = ScheduleChecked(event, requests);
  ASSERT_THAT(timetable.meetings, SizeIs(2));
  EXPECT_NE(timetable.meetings[0].guest, timetable.meetings[1].guest);
  event.excluded = {{"P0", "TEAM0"}, {"P0", "TEAM1"}};  // then only the other one can go
  const Timetable one = ScheduleChecked(event, requests);
  ASSERT_THAT(one.meetings, SizeIs(1));
  EXPECT_EQ(one.meetings[0].guest, 1);
}

TEST(RealFairTest, PeopleKeepTheirTables) {
  Event event = Fair(6, 4, 4, 4);
  AllTables(&event);
  std::vector<MeetingRequest> requests;
  for (int g = 0; g < 4; ++g) {
    for (int t = 0; t < 4; ++t) requests.push_back(Ask(g, t));
  }
  std::vector<std::set<int>> tables(4);
  for (const Meeting& m : ScheduleChecked(event, requests).meetings) {
    tables[static_cast<std::size_t>(requests[static_cast<std::size_t>(m.request)].team)].insert(m.table);
  }
  for (const auto& of_team : tables) EXPECT_THAT(of_team, SizeIs(1));
}

TEST(SubstituteTest, TheNextBestPairTakesTheSeatAndTheLossIsTold) {
  Event event = Fair(1, 2, 3, 2);
  AllTables(&event);
  // Both want team 0, which has one slot; the second has two other pairs.
  std::vector<MeetingRequest> requests = {Ask(0, 0, 90), Ask(1, 0, 80), Ask(1, 1, 30), Ask(2, 1, 50)};
  requests[2].instead_of = requests[3].instead_of = 1;
  const Timetable timetable = ScheduleChecked(event, requests);
  ASSERT_THAT(timetable.meetings, SizeIs(2));
  ASSERT_THAT(timetable.substitutions, SizeIs(1));
  EXPECT_EQ(timetable.substitutions[0].request, 1);
  EXPECT_EQ(timetable.substitutions[0].by, 3);
  EXPECT_EQ(timetable.substitutions[0].gain_lost, 30);
  ASSERT_THAT(timetable.unplaced, SizeIs(2));
  EXPECT_EQ(timetable.unplaced[1].reason, UnplacedReason::kNotNeeded);
  EXPECT_EQ(timetable.bound.meetings, 1);
  requests[3].instead_of = 0;  // stands by one that was placed
  EXPECT_EQ(ScheduleChecked(event, requests).substitutions[0].by, 2);
  requests[2].instead_of = 3;
  EXPECT_FALSE(ScheduleMeetings(event, requests, 1, {}).ok());
}

// One person serves two places in two batches: the second batch leaves the first untouched.
TEST(CaseTest, ASecondBatchLeavesTheFirstUntouched) {
  Event event =
      RandomFair(1, {.guests = 6, .teams = 1, .sessions = 2, .slots_per_session = 3, .tables = 1, .requests = 0});
  event.sessions[0].place = "甘肃";
  event.sessions[1].place = "山东";
  event.travel = {{"甘肃", "山东", 600}};
  std::vector<MeetingRequest> requests = {Ask(0, 0), Ask(1, 0), Ask(2, 0)};
  const Timetable first = ScheduleChecked(event, requests);
  ASSERT_THAT(first.meetings, SizeIs(3));
  for (const Meeting& m : first.meetings) {
    MeetingRequest& held = requests[static_cast<std::size_t>(m.request)];
    held.required = true;
    held.fixed_slot = m.slot;
    held.fixed_table = m.table;
  }
  for (int g = 3; g < 6; ++g) requests.push_back(Ask(g, 0));
  const Timetable both = ScheduleChecked(event, requests);
  EXPECT_THAT(both.meetings, SizeIs(6));
  for (const Meeting& m : first.meetings) {
    const auto same = std::ranges::find(both.meetings, m.request, &Meeting::request);
    EXPECT_TRUE(same->slot == m.slot && same->table == m.table);
  }
}

TEST(RealFairPropertyTest, EveryResultPassesTheJudge) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed * 7);
    const auto below = [&](int bound) { return static_cast<int>(random.Below(static_cast<std::uint64_t>(bound))); };
    const Event event = RandomFair(seed, {.guests = 3 + below(8),
                                          .teams = 2 + below(4),
                                          .sessions = 1 + below(2),
                                          .slots_per_session = 2 + below(4),
                                          .tables = 2 + below(4),
                                          .requests = 3 + below(25),
                                          .hosts_per_team = below(3),
                                          .absences_in_ten = below(3),
                                          .limits = below(2) == 0,
                                          .demo = below(2) == 0,
                                          .excluded = below(3) == 0,
                                          .parallel = below(3) == 0,
                                          .real = true});
    std::vector<MeetingRequest> requests = *RequestsOfWishes(event);
    for (std::size_t r = requests.size() / 2; r < requests.size(); ++r) {
      if (below(3) == 0) requests[r].instead_of = below(static_cast<int>(requests.size() / 2));
    }
    const Timetable timetable = ScheduleChecked(event, requests);
    EXPECT_EQ(timetable.meetings.size() + timetable.unplaced.size(), requests.size());
  }
}

}  // namespace
}  // namespace magpie
