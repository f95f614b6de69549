#include "magpie/schedule/timetable_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "magpie/base/status.h"

namespace magpie {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class TimetableFile : public ::testing::Test {
 protected:
  TimetableFile() {
    auto event = EventFromJson(R"({
      "id": "E", "title": "会", "tables": [{"id": "T1"}, {"id": "T2"}], "sessions": [{"id": "S", "title": "上午"}],
      "slots": [{"id": "S-1", "session": "S", "tables": ["T1", "T2"]}, {"id": "S-2", "session": "S", "tables": ["T1", "T2"]}, {"id": "S-3", "session": "S", "tables": ["T1", "T2"]}],
      "teams": [{"id": "A", "hosts": ["H1", "H2"]}, {"id": "B", "hosts": ["H3"]}],
      "people": [{"id": "P1"}, {"id": "P2"}, {"id": "H1"}, {"id": "H2"}, {"id": "H3"}],
      "wishes": [{"id": "W1", "person": "P1", "team": "A", "priority": 1}, {"id": "W2", "person": "P2", "team": "A"},
                 {"id": "W3", "person": "P2", "team": "B"}],
      "fixed": [{"person": "P1", "team": "A", "slot": "S-2"}]
    })");
    EXPECT_TRUE(event.ok()) << event.status();
    event_ = *event;
    auto requests = RequestsOfWishes(event_);
    EXPECT_TRUE(requests.ok()) << requests.status();
    auto timetable = ScheduleMeetings(event_, *requests, 1, RunContext());
    EXPECT_TRUE(timetable.ok()) << timetable.status();
    state_.requests = *requests;
    state_.timetable = *timetable;
    state_.states.assign(timetable->meetings.size(), MeetingState::kPlanned);
  }

  Replan Again(const FairChanges& changes) {
    auto replan = ReplanMeetings(event_, state_.requests, state_.timetable, state_.states, changes, RunContext());
    EXPECT_TRUE(replan.ok()) << replan.status();
    EXPECT_THAT(CheckTimetable(replan->event, replan->requests, replan->timetable), IsEmpty());
    return *replan;
  }

  Event event_;
  FairState state_;
};

TEST_F(TimetableFile, ComesBackAsItWasWritten) {
  ASSERT_THAT(state_.timetable.meetings, SizeIs(3));
  state_.states[1] = MeetingState::kConfirmed;
  const std::string bytes = FairStateToJson(event_, state_);
  Event event = event_;
  const absl::StatusOr<FairState> read = FairStateFromJson(bytes, &event);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(FairStateToJson(event, *read), bytes);
  EXPECT_EQ(read->states[1], MeetingState::kConfirmed);
  EXPECT_THAT(event.fixed, SizeIs(1));
}

TEST_F(TimetableFile, EveryReasonComesBack) {
  for (int i = 0; i <= static_cast<int>(UnplacedReason::kNotNeeded); ++i) {
    const auto reason = static_cast<UnplacedReason>(i);
    EXPECT_THAT(UnplacedReasonName(reason), Not(IsEmpty()));
    state_.timetable.unplaced = {{0, reason}};
    Event event = event_;
    const absl::StatusOr<FairState> read = FairStateFromJson(FairStateToJson(event_, state_), &event);
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_THAT(read->timetable.unplaced, SizeIs(1));
    EXPECT_EQ(read->timetable.unplaced[0].reason, reason);
  }
}

TEST_F(TimetableFile, GoesOnOverSeveralReplansWithTablesThatCameNew) {
  auto changes = ApplyNews(R"({"now": "S-1", "tables": [{"table": "T9", "new": true}, {"table": "T1"}],
                               "absent": [{"person": "H1", "from": "S-2"}]})",
                           event_, &state_);
  ASSERT_TRUE(changes.ok()) << changes.status();
  Replan first = Again(*changes);
  state_.requests = first.requests;
  state_.timetable = first.timetable;
  state_.states = first.states;
  const std::string bytes = FairStateToJson(first.event, state_);

  auto second = FairStateFromJson(bytes, &event_);
  ASSERT_TRUE(second.ok()) << second.status();
  state_ = *second;
  EXPECT_THAT(state_.tables, SizeIs(2));
  EXPECT_THAT(event_.tables, SizeIs(3));
  changes = ApplyNews(R"({"now": "S-2"})", event_, &state_);
  ASSERT_TRUE(changes.ok()) << changes.status();
  EXPECT_THAT(changes->away, SizeIs(1)) << "what was told before still holds";
  const Replan again = Again(*changes);
  EXPECT_EQ(again.moved + again.dropped + again.added, 0);
}

// A meeting that falls out may leave a wait beyond the limit: that is no reason to move others while the fair goes on.
TEST(ReplanWaits, AreSoftOnceTheFairGoesOn) {
  const auto event = EventFromJson(R"({
    "id": "E", "tables": [{"id": "T1"}], "sessions": [{"id": "S"}],
    "slots": [{"id": "1", "session": "S", "tables": ["T1"]}, {"id": "2", "session": "S", "tables": ["T1"]},
              {"id": "3", "session": "S", "tables": ["T1"]}],
    "teams": [{"id": "A", "hosts": ["H1"]}, {"id": "B", "hosts": ["H2"]}, {"id": "C", "hosts": ["H3"]}],
    "people": [{"id": "P"}, {"id": "H1"}, {"id": "H2"}, {"id": "H3"}],
    "wishes": [{"id": "W1", "person": "P", "team": "A"}, {"id": "W2", "person": "P", "team": "B"},
               {"id": "W3", "person": "P", "team": "C"}],
    "rules": [{"rule": "idle_limit", "max_idle_slots": 0}]
  })");
  ASSERT_TRUE(event.ok()) << event.status();
  const auto requests = *RequestsOfWishes(*event);
  const auto timetable = ScheduleMeetings(*event, requests, 1, RunContext());
  ASSERT_TRUE(timetable.ok()) << timetable.status();
  ASSERT_THAT(timetable->meetings, SizeIs(3));
  FairChanges changes;
  changes.declined = {timetable->meetings[1].request};
  const auto replan = ReplanMeetings(*event, requests, *timetable, {}, changes, RunContext());
  ASSERT_TRUE(replan.ok()) << replan.status();
  EXPECT_THAT(CheckTimetable(replan->event, replan->requests, replan->timetable), IsEmpty());
  EXPECT_EQ(replan->moved, 0);
  EXPECT_EQ(replan->dropped, 1);
}

TEST_F(TimetableFile, NewsMarkMeetingsAndAskForNewOnes) {
  const auto changes = ApplyNews(R"({"now": "S-2", "confirmed": [{"person": "P1", "team": "A"}],
                                     "declined": [{"person": "P2", "team": "B"}],
                                     "must_meet": [{"person": "P1", "team": "B", "need": "N1"}]})",
                                 event_, &state_);
  ASSERT_TRUE(changes.ok()) << changes.status();
  EXPECT_EQ(changes->now_slot, 1);
  EXPECT_THAT(changes->declined, ElementsAre(2));
  ASSERT_THAT(changes->added, SizeIs(1));
  EXPECT_TRUE(changes->added[0].required);
  EXPECT_THAT(state_.states, testing::Contains(MeetingState::kConfirmed));
}

TEST_F(TimetableFile, MistakesAreNamedWithTheirPlace) {
  const auto refused = [&](std::string_view news) { return ApplyNews(news, event_, &state_).status(); };
  EXPECT_EQ(ReasonOf(refused("[]")), Reason::kBadFile);
  EXPECT_EQ(ReasonOf(refused(R"({"absent": [{"person": "nobody"}]})")), Reason::kEventInvalid);
  EXPECT_EQ(FieldOf(refused(R"({"absent": [{"person": "nobody"}]})")), "absent[0].person");
  EXPECT_EQ(FieldOf(refused(R"({"absent": [{"from": "S-1"}]})")), "absent[0].person");
  EXPECT_EQ(FieldOf(refused(R"({"absnt": []})")), "absnt");
  EXPECT_EQ(FieldOf(refused(R"({"absent": [{"person": 7}]})")), "absent[0].person");
  EXPECT_EQ(FieldOf(refused(R"({"held": [{"person": "P1", "team": "B"}]})")), "held[0].person");
  EXPECT_EQ(FieldOf(refused(R"({"now": "S-9"})")), "now");

  Event event = event_;
  EXPECT_EQ(ReasonOf(FairStateFromJson("{", &event).status()), Reason::kBadFile);
  EXPECT_EQ(ReasonOf(FairStateFromJson(R"({"event": "F"})", &event).status()), Reason::kEventInvalid);
  EXPECT_EQ(ReasonOf(FairStateFromJson(R"({"event": "E", "meetings": [{"request": 0}]})", &event).status()),
            Reason::kFieldInvalid);
  EXPECT_THAT(
      ErrorText(FairStateFromJson(R"({"event": "E", "requests": [{"person": "P1", "team": "Z"}]})", &event).status()),
      HasSubstr("\"Z\""));
}

}  // namespace
}  // namespace magpie
