#include "magpie/schedule/tour.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "fairs.h"
#include "magpie/base/status.h"
#include "magpie/schedule/timetable_file.h"

namespace magpie {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Time At(int hour, int minute = 0) {
  return {std::int64_t{3600} * hour + 60 * minute, 480};
}

EventStop StopAt(std::string place, int minutes, std::vector<TimeSpan> windows = {}) {
  return {.place = std::move(place), .party = "", .minutes = minutes, .windows = std::move(windows)};
}

EventTour TourOf(std::vector<std::string> people, Time start, Time end, const std::string& place) {
  return {.id = "T",
          .title = "",
          .people = std::move(people),
          .from = place,
          .to = place,
          .start = start,
          .end = end,
          .stops = {}};
}

using Busy = std::vector<std::vector<TimeSpan>>;  // of each stop

// What the rules say, worked out apart from the planner.
void ExpectSound(const Event& event, const EventTour& request, const Busy& busy, const Tour& tour) {
  std::string place = request.from;
  std::int64_t free = request.start.unix_seconds;
  for (const TourVisit& visit : tour.visits) {
    const auto index = static_cast<std::size_t>(visit.stop);
    const EventStop& stop = request.stops[index];
    EXPECT_GE(visit.start.unix_seconds, free + 60 * TravelMinutes(event, place, stop.place));
    EXPECT_EQ(visit.end.unix_seconds - visit.start.unix_seconds, 60 * stop.minutes);
    const auto holds = [&](const TimeSpan& w) { return w.start <= visit.start && visit.end <= w.end; };
    EXPECT_TRUE(stop.windows.empty() || std::ranges::any_of(stop.windows, holds));
    for (const TimeSpan& span : busy[index]) EXPECT_TRUE(visit.end <= span.start || span.end <= visit.start);
    place = stop.place;
    free = visit.end.unix_seconds;
  }
  EXPECT_EQ(tour.back.unix_seconds, tour.visits.empty() ? free : free + 60 * TravelMinutes(event, place, request.to));
  EXPECT_LE(tour.back, request.end);
  EXPECT_EQ(tour.visits.size() + tour.left_out.size(), request.stops.size());
}

// Most stops, then the earliest return, over every order of every part of the stops.
std::pair<int, std::int64_t> BruteForce(const Event& event, const EventTour& request, const Busy& busy) {
  std::vector<int> order(request.stops.size());
  std::iota(order.begin(), order.end(), 0);
  std::pair<int, std::int64_t> best(0, request.start.unix_seconds);
  do {
    std::string place = request.from;
    std::int64_t at = request.start.unix_seconds;
    int visited = 0;
    for (int s : order) {
      const auto index = static_cast<std::size_t>(s);
      const EventStop& stop = request.stops[index];
      at += 60 * TravelMinutes(event, place, stop.place);
      const auto fits = [&] {
        const std::int64_t end = at + 60 * stop.minutes;
        const auto holds = [&](const TimeSpan& w) { return w.start.unix_seconds <= at && end <= w.end.unix_seconds; };
        const auto meets = [&](const TimeSpan& b) { return b.start.unix_seconds < end && at < b.end.unix_seconds; };
        return (stop.windows.empty() || std::ranges::any_of(stop.windows, holds)) &&
               std::ranges::none_of(busy[index], meets);
      };
      while (!fits() && at <= request.end.unix_seconds) at += 60;
      at += 60 * stop.minutes;
      place = stop.place;
      const std::int64_t back = at + 60 * TravelMinutes(event, place, request.to);
      if (back > request.end.unix_seconds) break;
      ++visited;
      if (std::pair(-visited, back) < std::pair(-best.first, best.second)) best = {visited, back};
    }
  } while (std::ranges::next_permutation(order).found);
  return best;
}

TEST(PlanTourTest, EqualsBruteForce) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto below = [&](int bound) { return static_cast<int>(random.Below(static_cast<std::uint64_t>(bound))); };
    Event event;
    EventTour tour = TourOf({}, At(9), At(9 + 2 + below(8)), "p0");
    if (below(2) == 0) tour.to = "p4";
    Busy busy;
    for (int i = 0; i < 5; ++i) {
      for (int j = 0; j < i; ++j) event.travel.push_back({fmt::format("p{}", i), fmt::format("p{}", j), 5 * below(12)});
    }
    for (int i = below(6); i > 0; --i) {
      EventStop stop = StopAt(fmt::format("p{}", below(5)), 15 + 15 * below(4));
      for (int w = below(3); w > 0; --w) {
        const int hour = 9 + below(7);
        stop.windows.push_back({At(hour), At(hour + 1 + below(3))});
      }
      busy.emplace_back();
      if (below(2) == 0) {
        const int hour = 9 + below(7);
        busy.back().push_back({At(hour, 30), At(hour + 1)});
      }
      tour.stops.push_back(std::move(stop));
    }
    const auto planned = PlanTour(event, tour, busy);
    ASSERT_TRUE(planned.ok());
    ExpectSound(event, tour, busy, *planned);
    const auto best = BruteForce(event, tour, busy);
    EXPECT_EQ(std::ssize(planned->visits), best.first);
    EXPECT_EQ(planned->back.unix_seconds, best.second);
  }
}

TEST(PlanTourTest, RefusesWhatIsTooLargeOrEmpty) {
  EventTour tour = TourOf({}, At(9), At(18), "");
  EXPECT_THAT(PlanTour({}, tour)->visits, IsEmpty());
  tour.stops.resize(kMostTourStops);
  EXPECT_TRUE(PlanTour({}, tour).ok());
  EXPECT_EQ(FieldOf(PlanTour({}, tour, Busy(1)).status()), "busy");
  tour.stops.resize(kMostTourStops + 1);
  EXPECT_EQ(ReasonOf(PlanTour({}, tour).status()), Reason::kLimitExceeded);
  tour.stops.resize(1);
  tour.stops[0].minutes = 0;
  EXPECT_EQ(ReasonOf(PlanTour({}, tour).status()), Reason::kBadArgument);
  tour.end = tour.start;
  EXPECT_EQ(ReasonOf(PlanTour({}, tour).status()), Reason::kBadArgument);
}

TEST(PlanTourTest, SaysWhyAStopIsLeftOut) {
  EventTour tour = TourOf({}, At(9), At(11), "");
  tour.stops = {StopAt("a", 60, {{At(8), At(9, 30)}}), StopAt("b", 60, {{At(10), At(11)}}), StopAt("c", 100),
                StopAt("d", 60)};
  const auto planned = PlanTour({}, tour, {{}, {{At(10, 30), At(10, 40)}}, {}, {}});
  ASSERT_TRUE(planned.ok());
  ASSERT_THAT(planned->visits, SizeIs(1));
  EXPECT_EQ(planned->visits[0].stop, 3);
  ASSERT_THAT(planned->left_out, SizeIs(3));
  EXPECT_EQ(planned->left_out[0].reason, SkipReason::kClosed);
  EXPECT_EQ(planned->left_out[1].reason, SkipReason::kPeopleBusy);
  EXPECT_EQ(planned->left_out[2].reason, SkipReason::kNoTime);
  for (const SkippedStop& skipped : planned->left_out) {
    EXPECT_EQ(ParseSkipReason(SkipReasonName(skipped.reason)), skipped.reason);
  }
  EXPECT_EQ(ParseSkipReason("RAIN"), std::nullopt);
}

// A fair at one place, slots of 30 minutes from midnight on (see fairs.h), guests g0, g1, ..., teams t0, t1, ...
Event FairWithWays(int guests, int teams, int slots, int tables) {
  Event event = magpie_test::RandomFair(
      1, {.guests = guests, .teams = teams, .slots_per_session = slots, .tables = tables, .requests = 0});
  event.sessions[0].place = "会场";
  for (int i = 0; i < 12; ++i) event.travel.push_back({"会场", fmt::format("企业{}", i), 30});
  return event;
}

MeetingRequest Ask(std::int32_t person, std::int32_t team) {
  MeetingRequest request;
  request.person = person;
  request.team = team;
  return request;
}

Timetable ScheduleChecked(const Event& event, const std::vector<MeetingRequest>& requests) {
  const auto timetable = ScheduleMeetings(event, requests, 1, {});
  EXPECT_TRUE(timetable.ok()) << timetable.status();
  EXPECT_THAT(CheckTimetable(event, requests, *timetable), IsEmpty());
  return *timetable;
}

// A delegation meets teams and visits six firms: one agenda each, no clash, the ways kept.
TEST(CaseTest, ATourOfSixVisitsBesideMeetings) {
  Event event = FairWithWays(3, 2, 30, 1);
  EventTour tour = TourOf({event.people[0].id, event.people[1].id}, At(1), At(9), "会场");
  for (int i = 0; i < 6; ++i) tour.stops.push_back(StopAt(fmt::format("企业{}", i), 40));
  event.tours = {tour};
  const std::vector<MeetingRequest> requests = {Ask(0, 0), Ask(0, 1), Ask(1, 0), Ask(2, 0)};
  const Timetable timetable = ScheduleChecked(event, requests);
  EXPECT_THAT(timetable.meetings, SizeIs(4));
  ASSERT_THAT(timetable.tours, SizeIs(1));
  EXPECT_THAT(timetable.tours[0].visits, SizeIs(6));
  EXPECT_THAT(timetable.tours[0].left_out, IsEmpty());
  ExpectSound(event, tour, Busy(6), timetable.tours[0]);
  for (const Meeting& m : timetable.meetings) {
    if (m.guest == 2) continue;  // stays at the fair
    const EventSlot& slot = event.slots[static_cast<std::size_t>(m.slot)];
    for (const TourVisit& visit : timetable.tours[0].visits) {
      EXPECT_TRUE(slot.end->unix_seconds + 1800 <= visit.start.unix_seconds ||
                  visit.end.unix_seconds + 1800 <= slot.start->unix_seconds);
    }
  }
}

TEST(ToursInATimetable, GiveWayToFixedMeetingsAndToToursBefore) {
  Event event = FairWithWays(2, 1, 10, 1);
  EventTour first = TourOf({event.people[0].id}, At(0), At(4), "会场");
  first.id = "first";
  first.stops = {StopAt("企业0", 60)};
  EventTour second = first;
  second.id = "second";
  second.stops = {StopAt("企业1", 30)};
  event.travel.push_back({"企业0", "企业1", 20});
  event.tours = {first, second};
  MeetingRequest fixed = Ask(0, 0);
  fixed.required = true;
  fixed.fixed_slot = 1;
  const Timetable timetable = ScheduleChecked(event, {fixed});
  EXPECT_EQ(timetable.meetings[0].slot, 1);
  const Time end = *event.slots[1].end;
  EXPECT_EQ(timetable.tours[0].visits[0].start.unix_seconds, end.unix_seconds + 1800);
  EXPECT_EQ(timetable.tours[1].visits[0].start.unix_seconds,
            timetable.tours[0].visits[0].end.unix_seconds + std::int64_t{60} * 20);
  // Where somebody else may go instead, the tour need not wait.
  fixed.others = {1};
  const Timetable other = ScheduleChecked(event, {fixed});
  EXPECT_EQ(other.meetings[0].guest, 1);
  EXPECT_EQ(other.tours[0].visits[0].start, At(0, 30));
}

TEST(ToursInATimetable, WhoTravelsCannotBeMetAndThatIsSaid) {
  Event event = FairWithWays(2, 1, 4, 1);
  const Time last = *event.slots.back().end;
  for (const std::string& id : {event.people[0].id, event.teams[0].hosts[0]}) {
    EventTour tour = TourOf({id}, At(0), last, "");
    tour.stops = {StopAt("", static_cast<int>(last.unix_seconds / 60))};
    event.tours = {tour};
    const Timetable timetable = ScheduleChecked(event, {Ask(0, 0)});
    ASSERT_THAT(timetable.unplaced, SizeIs(1));
    EXPECT_EQ(timetable.unplaced[0].reason, UnplacedReason::kOnTour);
    MeetingRequest must = Ask(0, 0);
    must.required = true;
    EXPECT_EQ(ReasonOf(ScheduleMeetings(event, {must}, 1, {}).status()), Reason::kPlanConflict);
  }
}

TEST(ToursInATimetable, AreNoIdleTime) {
  Event event = FairWithWays(1, 2, 5, 1);
  event.rules.max_idle_slots = 0;
  EventTour tour = TourOf({event.people[0].id}, *event.slots[1].start, *event.slots[3].end, "会场");
  tour.stops = {StopAt("会场", 1)};
  tour.stops[0].minutes =
      static_cast<int>((event.slots[3].end->unix_seconds - event.slots[1].start->unix_seconds) / 60);
  event.tours = {tour};
  EXPECT_THAT(ScheduleChecked(event, {Ask(0, 0), Ask(0, 1)}).meetings, SizeIs(2));
  for (std::size_t s = 1; s < 4; ++s) event.people[0].absent_slots.push_back(event.slots[s].id);
  event.tours.clear();
  EXPECT_THAT(ScheduleChecked(event, {Ask(0, 0), Ask(0, 1)}).meetings, SizeIs(1));
}

TEST(ToursInATimetable, RandomFairsHoldEveryRule) {
  int visits = 0, left_out = 0, meetings = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    magpie_test::FairShape shape{.guests = 5, .teams = 3, .sessions = 2, .slots_per_session = 4, .requests = 12};
    shape.absences_in_ten = 2;
    shape.hosts_per_team = 2;
    shape.limits = shape.shared_hosts = shape.parallel = shape.hosts_are_guests = seed % 2 == 0;
    shape.real = seed % 3 == 0;
    shape.tours = 1 + static_cast<int>(seed % 4);
    const Event event = magpie_test::RandomFair(seed, shape);
    const auto requests = RequestsOfWishes(event);
    ASSERT_TRUE(requests.ok());
    const auto timetable = ScheduleMeetings(event, *requests, 1, {});
    if (!timetable.ok()) {
      EXPECT_EQ(ReasonOf(timetable.status()), Reason::kPlanConflict) << timetable.status();
      continue;
    }
    EXPECT_THAT(CheckTimetable(event, *requests, *timetable), IsEmpty());
    meetings += static_cast<int>(timetable->meetings.size());
    for (const Tour& tour : timetable->tours) {
      visits += static_cast<int>(tour.visits.size());
      left_out += static_cast<int>(tour.left_out.size());
    }
  }
  EXPECT_GT(visits, 200);
  EXPECT_GT(left_out, 50);
  EXPECT_GT(meetings, 500);
}

// A sound timetable with two tours is damaged in one way, and exactly that must be said.
class JudgeOfTours : public ::testing::Test {
 protected:
  JudgeOfTours() {
    event_ = FairWithWays(2, 1, 12, 1);
    EventTour tour = TourOf({event_.people[0].id}, At(0), At(3), "会场");
    tour.id = "A";
    tour.stops = {StopAt("企业0", 30, {{At(0, 30), At(1, 15)}}), StopAt("企业1", 30), StopAt("企业2", 300)};
    event_.tours.push_back(tour);
    tour.id = "B";
    tour.stops = {StopAt("企业3", 30)};
    event_.tours.push_back(tour);
    requests_ = {Ask(0, 0), Ask(1, 0)};
    timetable_ = ScheduleChecked(event_, requests_);
    EXPECT_THAT(timetable_.meetings, SizeIs(2));
    EXPECT_THAT(timetable_.tours[0].visits, SizeIs(2));
    EXPECT_THAT(timetable_.tours[1].visits, SizeIs(1));
  }

  std::vector<std::string> Check() const { return CheckTimetable(event_, requests_, timetable_); }
  TourVisit& Visit(std::size_t i) { return timetable_.tours[0].visits[i]; }
  static void Shift(TourVisit* visit, int minutes) {
    visit->start.unix_seconds += std::int64_t{60} * minutes;
    visit->end.unix_seconds += std::int64_t{60} * minutes;
  }

  Event event_;
  std::vector<MeetingRequest> requests_;
  Timetable timetable_;
};

TEST_F(JudgeOfTours, ATourIsMissing) {
  timetable_.tours.pop_back();
  EXPECT_THAT(Check(), Contains("tour: 1 tours are planned, the event has 2"));
}

TEST_F(JudgeOfTours, AStopIsForgottenOrVisitedTwice) {
  const SkippedStop skipped = timetable_.tours[0].left_out[0];
  timetable_.tours[0].left_out.clear();
  EXPECT_THAT(Check(), Contains("tour: A: 企业2 is answered 0 times"));
  timetable_.tours[0].left_out = {skipped, skipped};
  EXPECT_THAT(Check(), Contains("tour: A: 企业2 is answered 2 times"));
  timetable_.tours[0].left_out = {{7, SkipReason::kClosed}, skipped};
  EXPECT_THAT(Check(), Contains("tour: A: stop 7 is none of its stops"));
}

TEST_F(JudgeOfTours, TheWayIsLongerThanTheTime) {
  event_.travel.push_back({"企业0", "企业1", 1});
  EXPECT_THAT(Check(), Contains(HasSubstr("tour: A: it cannot be at 企业1 in time for ")));
}

TEST_F(JudgeOfTours, AVisitIsTooShortOrOutsideItsHours) {
  event_.tours[0].stops[1].minutes = 29;
  EXPECT_THAT(Check(), Contains("tour: A: the visit of 企业1 does not take 29 minutes"));
  event_.tours[0].stops[0].windows = {{At(2), At(3)}};
  EXPECT_THAT(Check(), Contains(HasSubstr("tour: A: 企业0 is not open at ")));
}

TEST_F(JudgeOfTours, TheEndIsWrongOrTooLate) {
  --timetable_.tours[0].back.unix_seconds;
  EXPECT_THAT(Check(), Contains(HasSubstr("tour: A: it does not end at ")));
  event_.tours[0].end = At(1);
  EXPECT_THAT(Check(), Contains(HasSubstr("tour: A: it ends after ")));
}

TEST_F(JudgeOfTours, AMeetingIsHeldDuringAVisitOrWithoutTimeForTheWay) {
  Meeting& mine = *std::ranges::find(timetable_.meetings, 0, &Meeting::guest);
  mine.slot = 1;  // 0:30
  EXPECT_THAT(Check(), Contains("tour: A: P0 has a meeting in slot S0-1 and cannot be at 企业0"));
  mine.slot = 3;  // the way back begins
  EXPECT_THAT(Check(), Contains("tour: A: P0 has a meeting in slot S0-3 and cannot be at 企业1"));
}

TEST_F(JudgeOfTours, SomebodyIsOnTwoToursAtOnce) {
  Shift(&timetable_.tours[1].visits[0], -60);
  EXPECT_THAT(Check(), Contains(HasSubstr("tour: B: P0 cannot be at 企业3 and, on tour A, at 企业")));
}

TEST_F(JudgeOfTours, AStopCouldHaveBeenVisited) {
  Tour& b = timetable_.tours[1];
  b.visits.clear();
  b.left_out = {{0, SkipReason::kNoTime}};
  b.back = event_.tours[1].start;
  EXPECT_THAT(Check(), Contains("tour: B: 企业3 is left out but could be visited"));
}

TEST_F(JudgeOfTours, ARequestThatOnlyATourStandsAgainstIsNotForgotten) {
  event_.tours.pop_back();
  event_.tours[0].end = At(24);
  event_.tours[0].stops = {StopAt("企业2", 22 * 60)};
  const Timetable timetable = ScheduleChecked(event_, requests_);
  ASSERT_THAT(timetable.unplaced, SizeIs(1));
  EXPECT_EQ(timetable.unplaced[0].reason, UnplacedReason::kOnTour);
}

TEST_F(JudgeOfTours, AReplanKeepsToursAsTheyWere) {
  // The guest stays away, so that the tour could now do more; it stays as it was told.
  FairChanges changes;
  changes.away = {{1, -1, -1}};
  changes.declined = {0};
  const auto replan = ReplanMeetings(event_, requests_, timetable_, {}, changes, {});
  ASSERT_TRUE(replan.ok()) << replan.status();
  EXPECT_THAT(CheckTimetable(replan->event, replan->requests, replan->timetable), IsEmpty());
  ASSERT_THAT(replan->timetable.tours, SizeIs(2));
  for (std::size_t t = 0; t < 2; ++t) {
    EXPECT_EQ(replan->timetable.tours[t].visits.size(), timetable_.tours[t].visits.size());
    EXPECT_EQ(replan->timetable.tours[t].back, timetable_.tours[t].back);
  }
  timetable_.tours[0].visits[0].stop = 9;
  EXPECT_EQ(FieldOf(ReplanMeetings(event_, requests_, timetable_, {}, changes, {}).status()), "timetable.tours[0]");
  timetable_.tours.pop_back();
  EXPECT_EQ(FieldOf(ReplanMeetings(event_, requests_, timetable_, {}, changes, {}).status()), "timetable.tours");
}

TEST_F(JudgeOfTours, TimetableFilesKeepThem) {
  FairState state;
  state.requests = requests_;
  state.timetable = timetable_;
  const std::string bytes = FairStateToJson(event_, state);
  const auto read = FairStateFromJson(bytes, &event_);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(FairStateToJson(event_, *read), bytes);
  EXPECT_THAT(CheckTimetable(event_, requests_, read->timetable), IsEmpty());
  const auto refused = [&](const std::function<void(nlohmann::json*)>& damage) {
    nlohmann::json json = nlohmann::json::parse(bytes);
    damage(&json["tours"]);
    return FieldOf(FairStateFromJson(json.dump(), &event_).status());
  };
  using Json = nlohmann::json;
  EXPECT_EQ(refused([](Json* tours) { tours->erase(1); }), "tours");
  EXPECT_EQ(refused([](Json* tours) { *tours = 1; }), "tours");
  EXPECT_EQ(refused([](Json* tours) { (*tours)[0]["tour"] = "C"; }), "tours[0].tour");
  EXPECT_EQ(refused([](Json* tours) { tours->push_back((*tours)[0]); }), "tours[2].tour");
  EXPECT_EQ(refused([](Json* tours) { (*tours)[0]["back"] = "late"; }), "tours[0].back");
  EXPECT_EQ(refused([](Json* tours) { (*tours)[0]["visits"][1]["stop"] = 0; }), "tours[0].visits[1].stop");
  EXPECT_EQ(refused([](Json* tours) { (*tours)[0]["visits"][0]["stop"] = 3; }), "tours[0].visits[0].stop");
  EXPECT_EQ(refused([](Json* tours) { (*tours)[0]["visits"][0]["start"] = 5; }), "tours[0].visits[0].start");
  EXPECT_EQ(refused([](Json* tours) { (*tours)[0]["visits"] = 5; }), "tours[0].visits");
  EXPECT_EQ(refused([](Json* tours) { (*tours)[0]["left_out"][0]["reason"] = "RAIN"; }), "tours[0].left_out[0].reason");
  EXPECT_EQ(refused([](Json* tours) { (*tours)[0].erase("left_out"); }), "tours[0].visits");
}

}  // namespace
}  // namespace magpie
