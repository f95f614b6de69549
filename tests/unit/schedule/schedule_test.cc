#include "magpie/schedule/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fairs.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

using ::magpie_test::BruteForceCounts;
using ::magpie_test::CountsByPriority;
using ::magpie_test::FairShape;
using ::magpie_test::LargeFair;
using ::magpie_test::MakeLargeFair;
using ::magpie_test::RandomFair;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Event SampleFair() {
  auto event = ReadEvent(std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/event.json");
  EXPECT_TRUE(event.ok()) << event.status();
  return *std::move(event);
}

std::vector<MeetingRequest> Requests(const Event& event) {
  auto requests = RequestsOfWishes(event);
  EXPECT_TRUE(requests.ok()) << requests.status();
  return *std::move(requests);
}

Timetable ScheduleChecked(const Event& event, const std::vector<MeetingRequest>& requests, std::uint64_t seed = 1) {
  const auto timetable = ScheduleMeetings(event, requests, seed, {});
  EXPECT_TRUE(timetable.ok()) << timetable.status();
  if (!timetable.ok()) return {};
  EXPECT_THAT(CheckTimetable(event, requests, *timetable), IsEmpty());
  return *timetable;
}

// One guest, one team with one host, one session of `slots` slots with one table.
Event SmallFair(int slots) {
  Event event;
  event.sessions.push_back({"S", "", "", {}, {}, {}});
  event.tables.push_back({"T", "", false});
  for (int s = 0; s < slots; ++s) event.slots.push_back({"s" + std::to_string(s), "S", {}, {}, {"T"}});
  for (const char* id : {"P1", "P2", "H1", "H2"}) {
    event.people.emplace_back();
    event.people.back().id = id;
  }
  event.teams.emplace_back();
  event.teams.back().id = "A";
  event.teams.back().hosts = {"H1"};
  event.teams.emplace_back();
  event.teams.back().id = "B";
  event.teams.back().hosts = {"H2"};
  return event;
}

MeetingRequest Ask(int person, int team, int priority = 2) {
  MeetingRequest request;
  request.person = person;
  request.team = team;
  request.priority = priority;
  return request;
}

TEST(ScheduleMeetingsTest, SampleFairReachesWhatItsReadmeSaysIsPossible) {
  const Event event = SampleFair();
  const auto requests = Requests(event);
  const Timetable timetable = ScheduleChecked(event, requests);
  EXPECT_EQ(timetable.meetings.size(), 28u);
  EXPECT_EQ(timetable.unplaced.size(), 27u);
  EXPECT_THAT(CountsByPriority(requests, timetable), ElementsAre(5, 23, 0, 0));
  for (const Unplaced& open : timetable.unplaced) EXPECT_EQ(open.reason, UnplacedReason::kTeamFull);
}

TEST(ScheduleMeetingsTest, SampleFairWhateverSeedAndOrder) {
  const Event event = SampleFair();
  const auto requests = Requests(event);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::vector<MeetingRequest> shuffled = requests;
    for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[random.Below(i)]);
    const Timetable timetable = ScheduleChecked(event, shuffled, seed);
    EXPECT_THAT(CountsByPriority(shuffled, timetable), ElementsAre(5, 23, 0, 0));
  }
}

TEST(ScheduleMeetingsTest, NoRequestsNoMeetings) {
  const Event event = SmallFair(2);
  const Timetable timetable = ScheduleChecked(event, {});
  EXPECT_THAT(timetable.meetings, IsEmpty());
  EXPECT_THAT(timetable.unplaced, IsEmpty());
}

TEST(ScheduleMeetingsTest, HigherPriorityIsNotDisplaced) {
  const Event event = SmallFair(1);
  const Timetable timetable = ScheduleChecked(event, {Ask(0, 0, 3), Ask(1, 1, 2), Ask(0, 1, 4)});
  ASSERT_EQ(timetable.meetings.size(), 1u);
  EXPECT_EQ(timetable.meetings[0].request, 1);
}

TEST(ScheduleMeetingsTest, WithinOnePriorityMoreGainGoesFirst) {
  const Event event = SmallFair(1);
  std::vector<MeetingRequest> requests = {Ask(0, 0), Ask(1, 1), Ask(1, 0)};
  requests[0].gain = 10;
  requests[1].gain = 30;
  requests[2].gain = 20;
  const Timetable timetable = ScheduleChecked(event, requests);
  ASSERT_EQ(timetable.meetings.size(), 1u);
  EXPECT_EQ(timetable.meetings[0].request, 1);
}

TEST(ScheduleMeetingsTest, EveryReasonForAnOpenRequest) {
  const auto reason = [](const Event& event, const std::vector<MeetingRequest>& requests, std::int32_t request) {
    const Timetable timetable = ScheduleChecked(event, requests);
    for (const Unplaced& open : timetable.unplaced) {
      if (open.request == request) return std::string(UnplacedReasonName(open.reason));
    }
    return std::string("PLACED");
  };
  Event event = SmallFair(2);
  EXPECT_EQ(reason(event, {Ask(0, 0)}, 0), "PLACED");
  event.teams[0].max_meetings = 1;
  EXPECT_EQ(reason(event, {Ask(0, 0, 1), Ask(1, 0)}, 1), "TEAM_FULL");
  event = SmallFair(2);
  event.teams[0].max_per_session = 1;
  EXPECT_EQ(reason(event, {Ask(0, 0, 1), Ask(1, 0)}, 1), "TEAM_FULL");
  event = SmallFair(1);
  EXPECT_EQ(reason(event, {Ask(0, 0, 1), Ask(1, 1)}, 1), "NO_TABLE");
  event = SmallFair(1);
  event.slots[0].tables = {"T", "T2"};
  event.tables.push_back({"T2", "", true});
  event.rules.demo_tables = {"T2"};
  std::vector<MeetingRequest> two_demos = {Ask(0, 0, 1), Ask(1, 1)};
  two_demos[0].demo_table = two_demos[1].demo_table = true;
  EXPECT_EQ(reason(event, two_demos, 1), "NO_TABLE");
  EXPECT_EQ(reason(event, {Ask(0, 0, 1), Ask(0, 1)}, 1), "PERSON_BUSY");
  EXPECT_EQ(reason(event, {Ask(0, 0, 1), Ask(1, 0)}, 1), "NO_HOST");
  event = SmallFair(2);
  event.rules.max_consecutive = 1;
  EXPECT_EQ(reason(event, {Ask(0, 0, 1), Ask(1, 0)}, 1), "NO_HOST");
  event = SmallFair(3);
  event.people[0].max_meetings = 1;
  EXPECT_EQ(reason(event, {Ask(0, 0, 1), Ask(0, 1)}, 1), "PERSON_BUSY");
  event = SmallFair(2);
  event.people[0].absent_slots = {"s0"};
  event.people[2].absent_slots = {"s1"};
  EXPECT_EQ(reason(event, {Ask(0, 0)}, 0), "ABSENT");
  event = SmallFair(2);
  event.excluded = {{"P1", "A"}};
  EXPECT_EQ(reason(event, {Ask(0, 0)}, 0), "EXCLUDED");
}

TEST(ScheduleMeetingsTest, FixedMeetingsStayWhereTheyAre) {
  Event event = SampleFair();
  event.fixed = {{"P01", "TA", "S2-3", "T4"}, {"P20", "TC", "S1-2", ""}, {"P22", "TA", "", "T1"}};
  const auto requests = Requests(event);
  ASSERT_EQ(requests.size(), 56u);  // the last one was nobody's wish
  EXPECT_TRUE(requests[0].required);
  EXPECT_EQ(event.slots[static_cast<std::size_t>(requests[0].fixed_slot)].id, "S2-3");
  EXPECT_TRUE(requests.back().required);
  EXPECT_EQ(requests.back().wish, -1);
  const Timetable timetable = ScheduleChecked(event, requests);
  EXPECT_EQ(timetable.meetings.size(), 28u);
}

TEST(RequestsOfWishesTest, WishesOfNobodyAreNamed) {
  Event event = SampleFair();
  event.wishes[2].person = "P99";
  const auto requests = RequestsOfWishes(event);
  EXPECT_EQ(ReasonOf(requests.status()), Reason::kEventInvalid);
  EXPECT_THAT(ErrorText(requests.status()), AllOf(HasSubstr("wish W03, person"), HasSubstr("P99")));
}

TEST(ScheduleMeetingsTest, ContradictionsAreNamed) {
  const auto message = [](const Event& event) {
    const auto timetable = ScheduleMeetings(event, Requests(event), 1, {});
    EXPECT_EQ(ReasonOf(timetable.status()), Reason::kPlanConflict) << timetable.status();
    return std::string(timetable.status().message());
  };
  Event event = SampleFair();
  event.fixed = {{"P01", "TA", "S1-1", "T4"}, {"P03", "TA", "S1-1", "T4"}};
  EXPECT_THAT(message(event), AllOf(HasSubstr("P01"), HasSubstr("P03"), HasSubstr("S1-1"), HasSubstr("T4")));
  event = SampleFair();
  event.fixed = {{"P01", "TA", "S1-1", ""}, {"P01", "TB", "S1-1", ""}};
  EXPECT_THAT(message(event), AllOf(HasSubstr("TA"), HasSubstr("TB")));
  event = SampleFair();
  event.fixed = {{"P05", "TC", "S2-3", ""}};  // P05 is away then
  EXPECT_THAT(message(event), HasSubstr("never there together"));
  event = SampleFair();
  event.fixed = {{"P01", "TA", "", ""}};
  event.excluded = {{"P01", "TA"}};
  EXPECT_THAT(message(event), HasSubstr("excluded"));
  event = SampleFair();
  for (auto& person : event.people) {
    if (person.id != "P01") continue;
    for (const auto& slot : event.slots) person.absent_slots.push_back(slot.id);
  }
  EXPECT_THAT(message(event), AllOf(HasSubstr("wish W01"), HasSubstr("P01 with team TA")));
  event.stated_rules.clear();
  event.rules.priority_one_required = false;  // then it is a loss, not a contradiction
  const auto requests = Requests(event);
  EXPECT_THAT(CountsByPriority(requests, ScheduleChecked(event, requests))[0], 4);
}

TEST(ScheduleMeetingsTest, RefusesRequestsThatNameNothing) {
  const Event event = SmallFair(1);
  for (const auto& [person, team, priority] :
       std::vector<std::tuple<int, int, int>>{{-1, 0, 2}, {9, 0, 2}, {0, 7, 2}, {0, 0, 0}, {0, 0, 5}}) {
    const auto timetable = ScheduleMeetings(event, {Ask(person, team, priority)}, 1, {});
    EXPECT_EQ(ReasonOf(timetable.status()), Reason::kBadArgument);
  }
}

TEST(ScheduleMeetingsTest, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  RunContext context;
  context.stop = source.get_token();
  const Event event = SampleFair();
  EXPECT_EQ(ReasonOf(ScheduleMeetings(event, Requests(event), 1, context).status()), Reason::kCancelled);
}

TEST(ScheduleMeetingsTest, ATeamWithoutHostsReceivesOneGuestAtATime) {
  Event event = SmallFair(1);
  event.slots[0].tables = {"T", "T2"};
  event.tables.push_back({"T2", "", false});
  event.teams[0].hosts.clear();
  const Timetable timetable = ScheduleChecked(event, {Ask(0, 0), Ask(1, 0)});
  ASSERT_EQ(timetable.meetings.size(), 1u);
  EXPECT_EQ(timetable.meetings[0].host, -1);
  EXPECT_EQ(timetable.unplaced[0].reason, UnplacedReason::kNoHost);
}

TEST(ScheduleMeetingsTest, HostsCanBeGuestsButNotAtOnce) {
  Event event = SmallFair(1);
  event.slots[0].tables = {"T", "T2"};
  event.tables.push_back({"T2", "", false});
  // H1 would visit team B while P1 visits H1's own team.
  EXPECT_EQ(ScheduleChecked(event, {Ask(0, 0), Ask(2, 1)}).meetings.size(), 1u);
  event.slots.push_back({"s1", "S", {}, {}, {"T"}});
  EXPECT_EQ(ScheduleChecked(event, {Ask(0, 0), Ask(2, 1)}).meetings.size(), 2u);
}

TEST(SchedulePropertyTest, EqualsBruteForceOnTinyEvents) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed * 31);
    const FairShape shape{.guests = 3,
                          .teams = 2,
                          .sessions = static_cast<int>(1 + random.Below(2)),
                          .slots_per_session = static_cast<int>(1 + random.Below(2)),
                          .tables = static_cast<int>(1 + random.Below(2)),
                          .requests = static_cast<int>(2 + random.Below(4)),
                          .hosts_per_team = static_cast<int>(1 + random.Below(2)),
                          .absences_in_ten = static_cast<int>(random.Below(4)),
                          .limits = random.Below(2) == 0,
                          .demo = random.Below(2) == 0,
                          .shared_hosts = random.Below(2) == 0,
                          .excluded = random.Below(4) == 0};
    const Event event = RandomFair(seed, shape);
    const auto requests = Requests(event);
    const Timetable timetable = ScheduleChecked(event, requests, seed);
    const std::vector<int> best = BruteForceCounts(event, requests);
    EXPECT_EQ(CountsByPriority(requests, timetable), best);
    const std::vector<int> bound(timetable.bound.by_class.begin() + 1, timetable.bound.by_class.end());
    EXPECT_GE(bound, best);
  }
}

TEST(SchedulePropertyTest, EveryResultPassesTheJudge) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed * 17);
    const FairShape shape{.guests = static_cast<int>(5 + random.Below(20)),
                          .teams = static_cast<int>(2 + random.Below(6)),
                          .sessions = static_cast<int>(1 + random.Below(3)),
                          .slots_per_session = static_cast<int>(2 + random.Below(4)),
                          .tables = static_cast<int>(1 + random.Below(6)),
                          .requests = static_cast<int>(5 + random.Below(60)),
                          .hosts_per_team = static_cast<int>(random.Below(4)),
                          .absences_in_ten = static_cast<int>(random.Below(5)),
                          .limits = random.Below(2) == 0,
                          .demo = random.Below(2) == 0,
                          .shared_hosts = false,
                          .excluded = random.Below(2) == 0,
                          .parallel = random.Below(2) == 0,
                          .hosts_are_guests = false};
    const Event event = RandomFair(seed, shape);
    const auto requests = Requests(event);
    const Timetable first = ScheduleChecked(event, requests, seed);
    const Timetable second = ScheduleChecked(event, requests, seed);
    ASSERT_EQ(first.meetings.size(), second.meetings.size());
    for (std::size_t i = 0; i < first.meetings.size(); ++i) {
      EXPECT_EQ(first.meetings[i].request, second.meetings[i].request);
      EXPECT_EQ(first.meetings[i].slot, second.meetings[i].slot);
      EXPECT_EQ(first.meetings[i].table, second.meetings[i].table);
      EXPECT_EQ(first.meetings[i].host, second.meetings[i].host);
    }
    std::vector<MeetingRequest> shuffled = requests;
    for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[random.Below(i)]);
    EXPECT_EQ(CountsByPriority(shuffled, ScheduleChecked(event, shuffled, seed)), CountsByPriority(requests, first));
  }
}

// 1,000 guests with ten meetings each at 1,000 booths: every slot full in the tight one.
TEST(ScheduleMeetingsTest, LargeEventsArePlacedWhole) {
  for (const int slots : {10, 12, 20}) {
    const LargeFair fair = MakeLargeFair(1000, 10, slots, 0, 7);
    EXPECT_EQ(ScheduleChecked(fair.event, fair.requests).meetings.size(), 10000u);
  }
}

TEST(ScheduleMeetingsTest, LargeEventsWithAbsencesComeCloseToTheirBound) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const LargeFair fair = MakeLargeFair(seed == 1 ? 1000 : 300, 10, 12, 20, seed);
    const Timetable timetable = ScheduleChecked(fair.event, fair.requests, seed);
    EXPECT_GE(static_cast<double>(timetable.meetings.size()), 0.98 * timetable.bound.meetings);
    std::int64_t of_guests = 0, of_hosts = 0;
    for (std::size_t p = 0; p < fair.event.people.size(); ++p) {
      const std::int64_t open = 12 - std::ssize(fair.event.people[p].absent_slots);
      (p < fair.event.people.size() / 2 ? of_guests : of_hosts) += std::min<std::int64_t>(10, open);
    }
    EXPECT_GE(timetable.bound.meetings, 0.99 * static_cast<double>(std::min(of_guests, of_hosts)));
  }
}

}  // namespace
}  // namespace magpie
