// Every rule of the judge: a sound timetable is damaged in one way, and exactly that rule must speak.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "magpie/schedule/schedule.h"

namespace magpie {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class CheckTimetableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    event_ = *ReadEvent(std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/event.json");
    requests_ = *RequestsOfWishes(event_);
    timetable_ = *ScheduleMeetings(event_, requests_, 1, {});
    ASSERT_THAT(Check(), IsEmpty());
  }

  std::vector<std::string> Check() const { return CheckTimetable(event_, requests_, timetable_); }
  MeetingRequest& RequestOf(const Meeting& m) { return requests_[static_cast<std::size_t>(m.request)]; }
  int Slot(const std::string& id) const {
    return static_cast<int>(
        std::find_if(event_.slots.begin(), event_.slots.end(), [&](const auto& s) { return s.id == id; }) -
        event_.slots.begin());
  }
  const std::string& SlotId(const Meeting& m) const { return event_.slots[static_cast<std::size_t>(m.slot)].id; }
  EventTeam& TeamOf(const Meeting& m) { return event_.teams[static_cast<std::size_t>(RequestOf(m).team)]; }
  Meeting& MeetingWhere(const std::function<bool(const Meeting&)>& is) {
    const auto found = std::find_if(timetable_.meetings.begin(), timetable_.meetings.end(), is);
    EXPECT_NE(found, timetable_.meetings.end());
    return *found;
  }
  // The guest of `one` goes to the other meeting, too.
  void SendTo(Meeting* other, const Meeting& one) { other->guest = RequestOf(*other).person = one.guest; }
  EventPerson& Person(std::int32_t index) { return event_.people[static_cast<std::size_t>(index)]; }
  void Drop(const Meeting& m) {
    timetable_.unplaced.push_back({m.request, UnplacedReason::kNoTable});
    timetable_.meetings.erase(timetable_.meetings.begin() + (&m - timetable_.meetings.data()));
  }

  Event event_;
  std::vector<MeetingRequest> requests_;
  Timetable timetable_;
};

TEST_F(CheckTimetableTest, TeamOverItsLimit) {
  --*TeamOf(timetable_.meetings[0]).max_meetings;
  EXPECT_THAT(Check(), Contains(StartsWith("C1 (team_max_meetings): team ")));
}

TEST_F(CheckTimetableTest, TeamOverItsLimitOfASession) {
  TeamOf(timetable_.meetings[0]).max_per_session = 0;
  EXPECT_THAT(Check(), Contains(HasSubstr("in session S1, its limit is 0")));
}

TEST_F(CheckTimetableTest, GuestAtTwoTables) {
  const Meeting& one = timetable_.meetings[0];
  Meeting& other = MeetingWhere([&](const Meeting& m) { return m.slot == one.slot && m.request != one.request; });
  SendTo(&other, one);
  EXPECT_THAT(Check(), Contains(StartsWith("C2 (person_one_place): P")));
}

TEST_F(CheckTimetableTest, HostOfTwoTeamsAtTwoTables) {
  // M10 is a host of TD and of TE.
  const auto of_team = [&](const Meeting& m, const char* id) { return TeamOf(m).id == id; };
  for (Meeting& one : timetable_.meetings) {
    for (Meeting& other : timetable_.meetings) {
      if (one.slot != other.slot || !of_team(one, "TD") || !of_team(other, "TE")) continue;
      const auto m10 =
          std::find_if(event_.people.begin(), event_.people.end(), [](const EventPerson& p) { return p.id == "M10"; });
      one.host = other.host = static_cast<int>(m10 - event_.people.begin());
      EXPECT_THAT(Check(), Contains(StartsWith("C2 (person_one_place): M10")));
      return;
    }
  }
  FAIL() << "the teams never receive at once";
}

TEST_F(CheckTimetableTest, SlotsThatOverlapInTimeAreOneTime) {
  const Meeting& one = timetable_.meetings[0];
  Meeting& later = MeetingWhere([&](const Meeting& m) { return m.slot > one.slot; });
  SendTo(&later, one);
  event_.slots[static_cast<std::size_t>(later.slot)].start = event_.slots[static_cast<std::size_t>(one.slot)].start;
  EXPECT_THAT(Check(), Contains(HasSubstr("person_one_place")));
}

TEST_F(CheckTimetableTest, HostOfAnotherTeam) {
  Meeting& one = timetable_.meetings[0];
  one.host = MeetingWhere([&](const Meeting& m) { return RequestOf(m).team != RequestOf(one).team; }).host;
  EXPECT_THAT(Check(), Contains(StartsWith("C3 (host_required)")));
}

TEST_F(CheckTimetableTest, NobodyReceives) {
  timetable_.meetings[3].host = -1;
  EXPECT_THAT(Check(), Contains(HasSubstr("nobody is no host of team")));
}

TEST_F(CheckTimetableTest, TwoAtOnceAtATeamWithoutHosts) {
  const Meeting& one = timetable_.meetings[0];
  Meeting& other = MeetingWhere([&](const Meeting& m) { return m.slot == one.slot && m.request != one.request; });
  RequestOf(other).team = RequestOf(one).team;
  TeamOf(one).hosts.clear();
  for (Meeting& m : timetable_.meetings) {
    if (TeamOf(m).hosts.empty()) m.host = -1;
  }
  EXPECT_THAT(Check(), Contains(HasSubstr("which names no hosts, has two meetings at once")));
}

TEST_F(CheckTimetableTest, AbsentGuest) {
  const Meeting& one = timetable_.meetings[5];
  event_.people[static_cast<std::size_t>(RequestOf(one).person)].absent_slots.push_back(
      event_.slots[static_cast<std::size_t>(one.slot)].id);
  EXPECT_THAT(Check(), Contains(StartsWith("C4 (absence): P")));
}

TEST_F(CheckTimetableTest, AbsentHost) {
  const Meeting& one = timetable_.meetings[5];
  event_.people[static_cast<std::size_t>(one.host)].absent_slots.push_back(
      event_.slots[static_cast<std::size_t>(one.slot)].id);
  EXPECT_THAT(Check(), Contains(StartsWith("C4 (absence): host M")));
}

TEST_F(CheckTimetableTest, TwoMeetingsAtOneTable) {
  Meeting& one = timetable_.meetings[0];
  one.table = MeetingWhere([&](const Meeting& m) { return m.slot == one.slot && m.table != one.table; }).table;
  EXPECT_THAT(Check(), Contains(HasSubstr("has two meetings at once")));
}

TEST_F(CheckTimetableTest, TableThatTheSlotDoesNotHave) {
  Meeting& one = MeetingWhere([&](const Meeting& m) { return m.slot == Slot("S2-1"); });
  one.table = 5;  // T6
  EXPECT_THAT(Check(), Contains(StartsWith("C5 (table_capacity): table T6 is not used in slot S2-1")));
}

TEST_F(CheckTimetableTest, DemonstrationAtAPlainTable) {
  Meeting& one = MeetingWhere([&](const Meeting& m) { return RequestOf(m).demo_table; });
  one.table = 0;
  EXPECT_THAT(Check(), Contains(StartsWith("C6 (demo_table)")));
}

TEST_F(CheckTimetableTest, PriorityOneLeftOut) {
  Drop(MeetingWhere([&](const Meeting& m) { return RequestOf(m).priority == 1; }));
  EXPECT_THAT(Check(), Contains(StartsWith("C7 (published_first)")));
}

TEST_F(CheckTimetableTest, HostWithoutAPause) {
  event_.rules.max_consecutive = 1;
  EXPECT_THAT(Check(), Contains(StartsWith("C8 (consecutive_limit): host M")));
}

TEST_F(CheckTimetableTest, GuestOverTheLimit) {
  event_.people[static_cast<std::size_t>(RequestOf(timetable_.meetings[0]).person)].max_meetings = 0;
  EXPECT_THAT(Check(), Contains(StartsWith("person_max_meetings: P")));
  event_.people[static_cast<std::size_t>(RequestOf(timetable_.meetings[0]).person)].max_meetings.reset();
  event_.rules.default_max_meetings_per_person = 1;
  const Meeting& one = timetable_.meetings[0];
  SendTo(&MeetingWhere([&](const Meeting& m) { return m.slot > one.slot; }), one);
  EXPECT_THAT(Check(), Contains(HasSubstr("has 2 meetings, the limit is 1")));
}

TEST_F(CheckTimetableTest, FixedMeetingElsewhere) {
  RequestOf(timetable_.meetings[0]).fixed_slot = timetable_.meetings.back().slot;
  EXPECT_THAT(Check(), Contains(HasSubstr("is not where it was fixed")));
}

TEST_F(CheckTimetableTest, FixedMeetingOfTheEventNotHeld) {
  const Meeting& one = timetable_.meetings[0];
  const EventPerson& guest = event_.people[static_cast<std::size_t>(RequestOf(one).person)];
  event_.fixed.push_back({guest.id, TeamOf(one).id, "", ""});
  EXPECT_THAT(Check(), IsEmpty());
  event_.fixed.push_back(event_.fixed.back());  // one meeting cannot be two
  EXPECT_THAT(Check(), Contains(HasSubstr("is not held")));
}

TEST_F(CheckTimetableTest, RequiredRequestNotHeld) {
  requests_[static_cast<std::size_t>(timetable_.unplaced[0].request)].required = true;
  EXPECT_THAT(Check(), Contains(HasSubstr("the required request")));
}

TEST_F(CheckTimetableTest, ExcludedPairMeets) {
  const Meeting& one = timetable_.meetings[0];
  event_.excluded.emplace_back(event_.people[static_cast<std::size_t>(RequestOf(one).person)].id, TeamOf(one).id);
  EXPECT_THAT(Check(), Contains(StartsWith("excluded: ")));
}

TEST_F(CheckTimetableTest, RequestAnsweredTwiceOrNever) {
  timetable_.unplaced.push_back({timetable_.meetings[0].request, UnplacedReason::kNoTable});
  EXPECT_THAT(Check(), Contains(HasSubstr("is answered 2 times")));
  timetable_.unplaced.pop_back();
  timetable_.meetings.pop_back();
  EXPECT_THAT(Check(), Contains(HasSubstr("is answered 0 times")));
}

TEST_F(CheckTimetableTest, NumbersThatNameNothing) {
  timetable_.meetings[0].table = 99;
  EXPECT_THAT(Check(), Contains(HasSubstr("table 99")));
}

TEST_F(CheckTimetableTest, SomebodyWhoDidNotAskGoes) {
  Meeting& one = timetable_.meetings[0];
  one.guest = MeetingWhere([&](const Meeting& m) { return m.guest != one.guest; }).guest;
  EXPECT_THAT(Check(), Contains(StartsWith("guest: P")));
}

TEST_F(CheckTimetableTest, MeetingAtTheTableOfAnotherTeam) {
  const Meeting& one = timetable_.meetings[0];
  const Meeting& other = MeetingWhere([&](const Meeting& m) { return RequestOf(m).team != RequestOf(one).team; });
  TeamOf(other).table = event_.tables[static_cast<std::size_t>(one.table)].id;
  EXPECT_THAT(Check(), Contains(StartsWith("own_table: team " + TeamOf(one).id)));
}

TEST_F(CheckTimetableTest, NoTableLeftForWalkIns) {
  event_.rules.walk_in_tables = 3;
  EXPECT_THAT(Check(), Contains(StartsWith("walk_ins: slot S1-1 has ")));
}

TEST_F(CheckTimetableTest, NobodyInterprets) {
  event_.rules.common_language = true;
  Meeting& one = timetable_.meetings[0];
  Person(one.guest).languages = {"zh"};
  Person(one.host).languages = {"ru", "en"};
  EXPECT_THAT(Check(), Contains(HasSubstr("and no interpreter")));
  EventPerson interpreter;
  interpreter.id = "I1";
  interpreter.interpreter = true;
  interpreter.languages = {"zh", "ru"};
  event_.people.push_back(interpreter);
  one.interpreter = static_cast<std::int32_t>(event_.people.size()) - 1;
  EXPECT_THAT(Check(), ::testing::Not(Contains(HasSubstr(fmt::format("slot {}, and", SlotId(one))))));
  event_.people.back().languages = {"zh"};
  EXPECT_THAT(Check(), Contains(HasSubstr("and an unfit interpreter")));
  event_.people.back().languages = {"zh", "ru"};
  event_.people.back().absent_slots = {SlotId(one)};
  EXPECT_THAT(Check(), Contains(HasSubstr("interpreter I1 is absent")));
}

TEST_F(CheckTimetableTest, TheWayIsLongerThanTheTime) {
  event_.sessions[0].place = "A";
  event_.sessions[1].place = "B";
  event_.travel = {{"B", "A", 60 * 24}};
  EXPECT_THAT(Check(), Contains(AllOf(StartsWith("travel_time: "), HasSubstr("from slot S1-"))));
}

TEST_F(CheckTimetableTest, GuestWithoutAPause) {
  event_.rules.max_consecutive_guest = 1;
  const Meeting& one = MeetingWhere([&](const Meeting& m) { return m.slot == Slot("S1-1"); });
  SendTo(&MeetingWhere([&](const Meeting& m) { return m.slot == Slot("S1-2"); }), one);
  EXPECT_THAT(Check(), Contains(HasSubstr("consecutive_limit): guest P")));
}

TEST_F(CheckTimetableTest, GuestWhoWaitsTooLong) {
  const Meeting& one = MeetingWhere([&](const Meeting& m) { return m.slot == Slot("S1-1"); });
  for (Meeting& m : timetable_.meetings) {
    if (m.guest == one.guest && &m != &one) m.guest = RequestOf(m).person = RequestOf(timetable_.meetings[1]).person;
  }
  SendTo(&MeetingWhere([&](const Meeting& m) { return m.slot == Slot("S1-3"); }), one);
  event_.rules.max_idle_slots = 0;
  EXPECT_THAT(Check(), Contains(AllOf(StartsWith("idle_limit: guest P"), HasSubstr("waits 1 slots"))));
  event_.rules.idle_slots_soft = true;
  EXPECT_THAT(Check(), ::testing::Not(Contains(StartsWith("idle_limit"))));
}

TEST_F(CheckTimetableTest, SubstituteThatNobodyNeeds) {
  RequestOf(timetable_.meetings[0]).instead_of = timetable_.meetings[1].request;
  EXPECT_THAT(Check(), Contains(HasSubstr("stands in for request")));
}

TEST_F(CheckTimetableTest, SubstitutionThatIsNotTold) {
  RequestOf(timetable_.meetings[0]).instead_of = timetable_.unplaced[0].request;
  EXPECT_THAT(Check(), Contains(HasSubstr("are not those that were made")));
  timetable_.substitutions = {{timetable_.unplaced[0].request, timetable_.meetings[0].request, 5}};
  EXPECT_THAT(Check(), Contains(HasSubstr("is not 5")));
}

TEST_F(CheckTimetableTest, MoreThanTheBound) {
  --timetable_.bound.meetings;
  EXPECT_THAT(Check(), Contains(StartsWith("bound: 28 meetings exceed")));
  ++timetable_.bound.meetings;
  --timetable_.bound.by_class[0];
  EXPECT_THAT(Check(), Contains(StartsWith("bound: ")));
}

TEST_F(CheckTimetableTest, MeetingsOutOfOrder) {
  std::swap(timetable_.meetings.front(), timetable_.meetings.back());
  EXPECT_THAT(Check(), Contains(HasSubstr("stands before one of an earlier slot")));
}

TEST_F(CheckTimetableTest, RequestThatCouldHaveBeenHeld) {
  Drop(MeetingWhere([&](const Meeting& m) { return RequestOf(m).priority == 2; }));
  EXPECT_THAT(Check(), Contains(HasSubstr("could be held in slot")));
}

}  // namespace
}  // namespace magpie
