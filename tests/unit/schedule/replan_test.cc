#include "magpie/schedule/replan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <tuple>

#include "fairs.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

using ::magpie_test::FairShape;
using ::magpie_test::LargeFair;
using ::magpie_test::MakeLargeFair;
using ::magpie_test::RandomFair;
using ::testing::IsEmpty;

struct Fair {
  Event event;
  std::vector<MeetingRequest> requests;
  Timetable timetable;
};

Fair Scheduled(Event event) {
  Fair fair;
  fair.requests = *RequestsOfWishes(event);
  auto timetable = ScheduleMeetings(event, fair.requests, 1, {});
  EXPECT_TRUE(timetable.ok()) << timetable.status();
  fair.timetable = *std::move(timetable);
  fair.event = std::move(event);
  return fair;
}

Fair SampleFair() {
  return Scheduled(*ReadEvent(std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/event.json"));
}

bool SamePlace(const Meeting& a, const Meeting& b) {
  return std::tie(a.slot, a.table, a.host, a.guest, a.interpreter) ==
         std::tie(b.slot, b.table, b.host, b.guest, b.interpreter);
}

// Replans and checks what holds for every re-plan.
Replan ReplanChecked(const Fair& fair, const std::vector<MeetingState>& states, const FairChanges& changes) {
  auto answer = ReplanMeetings(fair.event, fair.requests, fair.timetable, states, changes, {});
  EXPECT_TRUE(answer.ok()) << answer.status();
  if (!answer.ok()) return {};
  Replan replan = *std::move(answer);
  EXPECT_THAT(CheckTimetable(replan.event, replan.requests, replan.timetable), IsEmpty());
  EXPECT_EQ(replan.states.size(), replan.timetable.meetings.size());
  EXPECT_EQ(replan.moved + replan.dropped + replan.added, std::ssize(replan.changes));
  std::map<std::int32_t, Meeting> before, after;
  for (const Meeting& m : fair.timetable.meetings) before.emplace(m.request, m);
  for (const Meeting& m : replan.timetable.meetings) after.emplace(m.request, m);
  std::set<std::int32_t> told;
  for (const MeetingChange& change : replan.changes) {
    EXPECT_TRUE(told.insert(change.request).second);
    EXPECT_EQ(change.kind == ChangeKind::kAdded, !before.contains(change.request));
    EXPECT_EQ(change.kind == ChangeKind::kDropped, !after.contains(change.request));
    EXPECT_EQ(change.cause == ChangeCause::kMadeRoom, change.because >= 0);
  }
  const auto start = [&](std::int32_t slot) { return *fair.event.slots[static_cast<std::size_t>(slot)].start; };
  for (std::size_t i = 0; i < fair.timetable.meetings.size(); ++i) {
    const Meeting& m = fair.timetable.meetings[i];
    const bool stays = after.contains(m.request) && SamePlace(m, after[m.request]);
    EXPECT_EQ(stays, !told.contains(m.request));
    if (start(m.slot) < start(changes.now_slot)) {
      EXPECT_TRUE(stays) << "the past changed";
      continue;
    }
    if (states.empty() || states[i] != MeetingState::kConfirmed || stays) continue;
    // A confirmed meeting moved: it could not stand where it stood.
    const EventSlot& slot = replan.event.slots[static_cast<std::size_t>(m.slot)];
    const MeetingRequest& request = fair.requests[static_cast<std::size_t>(m.request)];
    const auto away = [&](std::int32_t person) {
      return person >= 0 &&
             std::ranges::count(replan.event.people[static_cast<std::size_t>(person)].absent_slots, slot.id) > 0;
    };
    const bool lost = std::ranges::count(slot.tables, fair.event.tables[static_cast<std::size_t>(m.table)].id) == 0;
    EXPECT_TRUE(away(request.person) || away(m.host) || lost ||
                replan.requests[static_cast<std::size_t>(m.request)].declined)
        << "request " << m.request;
  }
  for (const Meeting& m : replan.timetable.meetings) {
    const bool past = start(m.slot) < start(changes.now_slot);
    EXPECT_TRUE(!past || before.contains(m.request)) << "the past grew";
  }
  return replan;
}

std::int32_t IndexOfPerson(const Event& event, const std::string& id) {
  return static_cast<std::int32_t>(std::ranges::find(event.people, id, &EventPerson::id) - event.people.begin());
}

const MeetingChange* ChangeOf(const Replan& replan, std::int32_t request) {
  const auto found = std::ranges::find(replan.changes, request, &MeetingChange::request);
  return found == replan.changes.end() ? nullptr : &*found;
}

TEST(ReplanTest, NothingChangedNothingMoves) {
  EXPECT_THAT(ReplanChecked(SampleFair(), {}, {}).changes, IsEmpty());
}

TEST(ReplanTest, AGuestWhoLeftIsDroppedAndNobodyElseMoves) {
  const Fair fair = SampleFair();
  const std::int32_t guest = fair.requests[static_cast<std::size_t>(fair.timetable.meetings[0].request)].person;
  FairChanges changes;
  changes.away = {{guest, -1, -1}};
  const Replan replan = ReplanChecked(fair, {}, changes);
  EXPECT_EQ(replan.moved, 0);
  EXPECT_GE(replan.dropped, 1);
  for (const MeetingChange& change : replan.changes) {
    EXPECT_EQ(change.cause, change.kind == ChangeKind::kDropped ? ChangeCause::kGuestAway : ChangeCause::kSeatFree);
  }
}

// M11 is away all of S2 as it is; now of S1, too. TE has other hosts: meetings keep their slots where one of them is free.
TEST(ReplanTest, AHostWhoIsAwayIsStoodInFor) {
  const Fair fair = SampleFair();
  FairChanges changes;
  changes.away = {{IndexOfPerson(fair.event, "M11"), -1, -1}};
  const Replan replan = ReplanChecked(fair, {}, changes);
  int received = 0;
  for (const Meeting& m : fair.timetable.meetings) {
    if (m.host != changes.away[0].person) continue;
    ++received;
    const MeetingChange* change = ChangeOf(replan, m.request);
    ASSERT_NE(change, nullptr);
    EXPECT_EQ(change->cause, ChangeCause::kHostAway);
  }
  EXPECT_GT(received, 0);
}

TEST(ReplanTest, ThePastStaysAndTheLateGuestIsMovedToLater) {
  const Fair fair = SampleFair();
  FairChanges changes;
  changes.now_slot = 2;
  changes.away = {{fair.requests[static_cast<std::size_t>(fair.timetable.meetings[0].request)].person, -1, 4}};
  ReplanChecked(fair, {}, changes);
}

TEST(ReplanTest, ADeclinedPairIsNotAskedAgain) {
  const Fair fair = SampleFair();
  std::vector<MeetingState> states(fair.timetable.meetings.size(), MeetingState::kConfirmed);
  states[3] = MeetingState::kDeclined;
  const std::int32_t request = fair.timetable.meetings[3].request;
  const Replan replan = ReplanChecked(fair, states, {});
  const MeetingChange* change = ChangeOf(replan, request);
  ASSERT_NE(change, nullptr);
  EXPECT_EQ(change->kind, ChangeKind::kDropped);
  EXPECT_EQ(change->cause, ChangeCause::kDeclined);
  const auto open = std::ranges::find(replan.timetable.unplaced, request, &Unplaced::request);
  ASSERT_NE(open, replan.timetable.unplaced.end());
  EXPECT_EQ(open->reason, UnplacedReason::kDeclined);
}

TEST(ReplanTest, ALostTableMovesItsMeetingsAndANewOneIsUsed) {
  const Fair fair = SampleFair();
  FairChanges changes;
  changes.tables = {{"T1", {}, true}, {"T9", {}, false}};
  const Replan replan = ReplanChecked(fair, {}, changes);
  EXPECT_EQ(replan.timetable.meetings.size(), fair.timetable.meetings.size());
  for (const Meeting& m : fair.timetable.meetings) {
    if (m.table != 0) continue;
    const MeetingChange* change = ChangeOf(replan, m.request);
    ASSERT_NE(change, nullptr);
    EXPECT_EQ(change->cause, ChangeCause::kTableLost);
    EXPECT_EQ(change->after.slot, m.slot);
  }
}

TEST(ReplanTest, ANewMustMeetTakesTheSeatOfALessImportantMeeting) {
  // One team that takes one meeting in its one slot.
  Event event = RandomFair(1, {.guests = 2, .teams = 1, .slots_per_session = 1, .tables = 1, .requests = 0});
  event.wishes = {{"W1", "P0", "TEAM0", 2, "", "", "", false}};
  const Fair fair = Scheduled(event);
  ASSERT_EQ(fair.timetable.meetings.size(), 1u);
  MeetingRequest must = fair.requests[0];
  must.person = 1;
  must.wish = -1;
  FairChanges changes;
  changes.added = {must};
  EXPECT_EQ(ReplanChecked(fair, {}, changes).dropped, 0);  // no more important: it waits
  changes.added[0].required = true;
  const Replan replan = ReplanChecked(fair, {}, changes);
  ASSERT_EQ(replan.changes.size(), 2u);
  EXPECT_EQ(replan.changes[0].kind, ChangeKind::kDropped);
  EXPECT_EQ(replan.changes[0].because, 1);
  EXPECT_EQ(replan.changes[1].cause, ChangeCause::kAsked);
  // A confirmed meeting does not give way.
  const Replan confirmed = ReplanChecked(fair, {MeetingState::kConfirmed}, changes);
  EXPECT_THAT(confirmed.changes, IsEmpty());
  EXPECT_EQ(confirmed.timetable.unplaced.size(), 1u);
}

TEST(ReplanTest, AFixedMeetingWhoseSlotIsLostIsHeldElsewhere) {
  Event event = *ReadEvent(std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/event.json");
  event.fixed = {{"P01", "TA", "S2-3", "T4"}};
  const Fair fair = Scheduled(event);
  FairChanges changes;
  const auto slot =
      static_cast<std::int32_t>(std::ranges::find(event.slots, "S2-3", &EventSlot::id) - event.slots.begin());
  changes.away = {{IndexOfPerson(event, "P01"), slot, slot}};
  const Replan replan = ReplanChecked(fair, {}, changes);
  const MeetingChange* change = ChangeOf(replan, 0);
  ASSERT_NE(change, nullptr);
  EXPECT_EQ(change->kind, ChangeKind::kMoved);
  EXPECT_FALSE(change->kept_promise);
  EXPECT_THAT(replan.event.fixed, IsEmpty());
}

TEST(ReplanTest, RefusesWhatNamesNothing) {
  const Fair fair = SampleFair();
  const auto reason = [&](const FairChanges& changes) {
    return ReasonOf(ReplanMeetings(fair.event, fair.requests, fair.timetable, {}, changes, {}).status());
  };
  FairChanges changes;
  changes.now_slot = 99;
  EXPECT_EQ(reason(changes), Reason::kBadArgument);
  changes = {};
  changes.away = {{99, 0, 0}};
  EXPECT_EQ(reason(changes), Reason::kBadArgument);
  changes.away = {{0, 0, 99}};
  EXPECT_EQ(reason(changes), Reason::kBadArgument);
  changes = {};
  changes.tables = {{"T1", {77}, true}};
  EXPECT_EQ(reason(changes), Reason::kBadArgument);
  changes = {};
  changes.declined = {1000};
  EXPECT_EQ(reason(changes), Reason::kBadArgument);
  changes = {};
  changes.added.emplace_back();
  EXPECT_EQ(reason(changes), Reason::kBadArgument);
  Timetable twice = fair.timetable;
  twice.meetings.push_back(twice.meetings.front());
  EXPECT_EQ(ReasonOf(ReplanMeetings(fair.event, fair.requests, twice, {}, {}, {}).status()), Reason::kBadArgument);
}

TEST(ReplanTest, AMustMeetOfTwoWhomTheEventKeepsApartIsAnsweredAndNotHeld) {
  Event event = RandomFair(1, {.guests = 1, .teams = 1, .requests = 0});
  event.excluded.emplace_back(event.people[0].id, event.teams[0].id);
  FairChanges changes;
  changes.added.emplace_back();
  changes.added[0].person = changes.added[0].team = 0;
  changes.added[0].required = true;
  const Replan replan = ReplanChecked(Scheduled(event), {}, changes);
  ASSERT_EQ(replan.timetable.unplaced.size(), 1u);
  EXPECT_EQ(replan.timetable.unplaced[0].reason, UnplacedReason::kExcluded);
}

TEST(ReplanPropertyTest, EveryReplanPassesTheJudgeAndKeepsWhatItMust) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed * 13);
    const auto below = [&](std::int64_t bound) {
      return static_cast<std::int32_t>(random.Below(static_cast<std::uint64_t>(bound)));
    };
    const FairShape shape{.guests = 4 + below(12),
                          .teams = 2 + below(5),
                          .sessions = 1 + below(2),
                          .slots_per_session = 2 + below(4),
                          .tables = 1 + below(6),
                          .requests = 5 + below(40),
                          .hosts_per_team = below(3),
                          .absences_in_ten = below(4),
                          .limits = below(2) == 0,
                          .demo = below(2) == 0,
                          .excluded = below(3) == 0,
                          .parallel = below(3) == 0,
                          .tours = below(3)};
    Fair fair = Scheduled(RandomFair(seed, shape));
    std::vector<MeetingState> states;
    for (std::size_t i = 0; i < fair.timetable.meetings.size(); ++i) {
      states.push_back(static_cast<MeetingState>(below(4) == 0 ? 3 : below(2)));
    }
    FairChanges changes;
    const auto slots = std::ssize(fair.event.slots);
    changes.now_slot = below(slots);
    for (int i = below(3); i > 0; --i) {
      changes.away.push_back({below(std::ssize(fair.event.people)), below(slots + 1) - 1, below(slots + 1) - 1});
    }
    if (below(2) == 0) {
      const auto& table = fair.event.tables[static_cast<std::size_t>(below(std::ssize(fair.event.tables)))].id;
      changes.tables.push_back({table, {}, true});
    }
    if (below(2) == 0) changes.tables.push_back({"NEW", {below(slots)}, false});
    if (below(2) == 0) changes.declined.push_back(below(std::ssize(fair.requests)));
    for (int i = below(3); i > 0; --i) {
      MeetingRequest request;
      request.person = below(shape.guests);
      request.team = below(shape.teams);
      request.required = below(2) == 0;
      changes.added.push_back(request);
    }
    const Replan replan = ReplanChecked(fair, states, changes);
    // A second time with nothing new changes nothing.
    Fair after{replan.event, replan.requests, replan.timetable};
    FairChanges later;
    later.now_slot = changes.now_slot;
    EXPECT_THAT(ReplanChecked(after, replan.states, later).changes, IsEmpty());
  }
}

TEST(ReplanTest, OneTeamOfAThousandMissesItsFlight) {
  const LargeFair large = MakeLargeFair(1000, 10, 12, 5, 3);
  Fair fair{large.event, large.requests, *ScheduleMeetings(large.event, large.requests, 1, {})};
  FairChanges changes;
  changes.away = {{IndexOfPerson(fair.event, "H17"), -1, 4}};
  const auto start = std::chrono::steady_clock::now();
  const auto replan = ReplanMeetings(fair.event, fair.requests, fair.timetable, {}, changes, {});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(replan.ok());
  EXPECT_LT(took.count(), 1.0);
  EXPECT_THAT(CheckTimetable(replan->event, replan->requests, replan->timetable), IsEmpty());
  EXPECT_LT(replan->changes.size(), 40u);
  RecordProperty("milliseconds", static_cast<int>(took.count() * 1000));
}

// ---- Stand-by ----

TEST(StandByTest, FreePeopleWhoWouldLikeToMeetBestFirst) {
  const Fair fair = SampleFair();
  const std::vector<std::int32_t> count(fair.event.slots.size(), 3);
  const auto pairs = PlanStandBy(fair.event, fair.requests, fair.timetable, {}, count);
  ASSERT_TRUE(pairs.ok()) << pairs.status();
  std::set<std::pair<std::int32_t, std::int32_t>> busy;  // slot, person
  for (const Meeting& m : fair.timetable.meetings) {
    busy.emplace(m.slot, fair.requests[static_cast<std::size_t>(m.request)].person);
    busy.emplace(m.slot, m.host);
  }
  std::map<std::int32_t, int> of_slot;
  std::set<std::int32_t> replaced;
  EXPECT_FALSE(pairs->empty()) << "most teams of the fair are full: their guests are stood by for";
  for (const StandByPair& pair : *pairs) {
    EXPECT_LE(++of_slot[pair.slot], 3);
    EXPECT_TRUE(busy.emplace(pair.slot, fair.requests[static_cast<std::size_t>(pair.request)].person).second);
    if (pair.instead_of < 0) {
      EXPECT_TRUE(busy.emplace(pair.slot, pair.host).second);
    } else {
      // A meeting of the same team in this slot, whose host it is; each is replaced once.
      const auto meeting = std::ranges::find(fair.timetable.meetings, pair.instead_of, &Meeting::request);
      ASSERT_NE(meeting, fair.timetable.meetings.end());
      EXPECT_EQ(meeting->slot, pair.slot);
      EXPECT_EQ(fair.requests[static_cast<std::size_t>(pair.instead_of)].team,
                fair.requests[static_cast<std::size_t>(pair.request)].team);
      EXPECT_TRUE(replaced.insert(pair.instead_of).second);
    }
    EXPECT_GT(std::ranges::count(fair.timetable.unplaced, pair.request, &Unplaced::request), 0);
  }
}

TEST(StandByTest, WaitingRequestsStandBeforeFurtherPairs) {
  Event event = RandomFair(1, {.guests = 3, .teams = 2, .slots_per_session = 1, .tables = 1, .requests = 0});
  event.slots[0].tables = {"T0"};
  event.people.push_back({});
  event.people.back().id = "H9";
  event.teams[1].hosts.push_back("H9");
  event.wishes = {{"W1", "P0", "TEAM0", 1, "", "", "", false}, {"W2", "P1", "TEAM1", 3, "", "", "", false}};
  const Fair fair = Scheduled(event);
  ASSERT_EQ(fair.timetable.meetings.size(), 1u);
  MeetingRequest next = fair.requests[1];
  next.person = 2;
  next.priority = 1;
  MeetingRequest again = fair.requests[0];  // already meets
  const auto pairs = PlanStandBy(fair.event, fair.requests, fair.timetable, {again, next}, {5});
  ASSERT_TRUE(pairs.ok());
  ASSERT_EQ(pairs->size(), 2u);
  EXPECT_EQ((*pairs)[0].request, 1);
  EXPECT_EQ((*pairs)[1].request, 3);
  EXPECT_NE((*pairs)[0].host, (*pairs)[1].host);
  EXPECT_EQ(ReasonOf(PlanStandBy(fair.event, fair.requests, fair.timetable, {}, {}).status()), Reason::kBadArgument);
}

}  // namespace
}  // namespace magpie
