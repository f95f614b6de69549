#include "magpie/schedule/tour.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "fairs.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

Time At(int hour, int minute = 0) {
  return {std::int64_t{3600} * hour + 60 * minute, 480};
}

// What the rules say, worked out apart from the planner.
void ExpectSound(const Event& event, const TourRequest& request, const Tour& tour) {
  std::string place = request.place;
  std::int64_t free = request.start.unix_seconds;
  for (const TourVisit& visit : tour.visits) {
    const TourStop& stop = request.stops[static_cast<std::size_t>(visit.stop)];
    EXPECT_GE(visit.start.unix_seconds, free + 60 * TravelMinutes(event, place, stop.place));
    EXPECT_EQ(visit.end.unix_seconds - visit.start.unix_seconds, 60 * stop.minutes);
    const auto holds = [&](const TimeSpan& w) { return w.start <= visit.start && visit.end <= w.end; };
    EXPECT_TRUE(stop.windows.empty() || std::ranges::any_of(stop.windows, holds));
    for (const TimeSpan& busy : stop.busy) EXPECT_TRUE(visit.end <= busy.start || busy.end <= visit.start);
    place = stop.place;
    free = visit.end.unix_seconds;
  }
  EXPECT_EQ(tour.back.unix_seconds, free + 60 * TravelMinutes(event, place, request.place));
  EXPECT_LE(tour.back, request.end);
  EXPECT_EQ(tour.visits.size() + tour.left_out.size(), request.stops.size());
}

// Most stops, then the earliest return, over every order of every part of the stops.
std::pair<int, std::int64_t> BruteForce(const Event& event, const TourRequest& request) {
  std::vector<int> order(request.stops.size());
  std::iota(order.begin(), order.end(), 0);
  std::pair<int, std::int64_t> best(0, request.start.unix_seconds);
  do {
    std::string place = request.place;
    std::int64_t at = request.start.unix_seconds;
    int visited = 0;
    for (int s : order) {
      const TourStop& stop = request.stops[static_cast<std::size_t>(s)];
      at += 60 * TravelMinutes(event, place, stop.place);
      const auto fits = [&] {
        const std::int64_t end = at + 60 * stop.minutes;
        const auto holds = [&](const TimeSpan& w) { return w.start.unix_seconds <= at && end <= w.end.unix_seconds; };
        const auto meets = [&](const TimeSpan& b) { return b.start.unix_seconds < end && at < b.end.unix_seconds; };
        return (stop.windows.empty() || std::ranges::any_of(stop.windows, holds)) &&
               std::ranges::none_of(stop.busy, meets);
      };
      while (!fits() && at <= request.end.unix_seconds) at += 60;
      at += 60 * stop.minutes;
      place = stop.place;
      const std::int64_t back = at + 60 * TravelMinutes(event, place, request.place);
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
    TourRequest request{"p0", At(9), At(9 + 2 + below(8)), {}};
    for (int i = 0; i < 5; ++i) {
      for (int j = 0; j < i; ++j) event.travel.push_back({fmt::format("p{}", i), fmt::format("p{}", j), 5 * below(12)});
    }
    for (int i = below(6); i > 0; --i) {
      TourStop stop{fmt::format("p{}", below(5)), 15 + 15 * below(4), {}, {}};
      for (int w = below(3); w > 0; --w) {
        const int hour = 9 + below(7);
        stop.windows.push_back({At(hour), At(hour + 1 + below(3))});
      }
      if (below(2) == 0) {
        const int hour = 9 + below(7);
        stop.busy.push_back({At(hour, 30), At(hour + 1)});
      }
      request.stops.push_back(std::move(stop));
    }
    const auto tour = PlanTour(event, request);
    ASSERT_TRUE(tour.ok());
    ExpectSound(event, request, *tour);
    const auto best = BruteForce(event, request);
    EXPECT_EQ(std::ssize(tour->visits), best.first);
    EXPECT_EQ(tour->back.unix_seconds, best.second);
  }
}

TEST(PlanTourTest, RefusesWhatIsTooLargeOrEmpty) {
  TourRequest request{"", At(9), At(18), {}};
  EXPECT_THAT(PlanTour({}, request)->visits, IsEmpty());
  request.stops.resize(kMostTourStops);
  EXPECT_TRUE(PlanTour({}, request).ok());
  request.stops.resize(kMostTourStops + 1);
  EXPECT_EQ(ReasonOf(PlanTour({}, request).status()), Reason::kLimitExceeded);
  request.stops.resize(1);
  request.stops[0].minutes = 0;
  EXPECT_EQ(ReasonOf(PlanTour({}, request).status()), Reason::kBadArgument);
  request.end = request.start;
  EXPECT_EQ(ReasonOf(PlanTour({}, request).status()), Reason::kBadArgument);
}

// A delegation meets teams in the morning and visits six firms: one agenda each, no clash, the ways kept.
TEST(CaseTest, ATourOfSixVisitsBesideMeetings) {
  Event event =
      magpie_test::RandomFair(1, {.guests = 3, .teams = 2, .slots_per_session = 8, .tables = 1, .requests = 0});
  event.sessions[0].place = "会场";
  for (int i = 0; i < 6; ++i) event.travel.push_back({"会场", fmt::format("企业{}", i), 30});
  std::vector<MeetingRequest> requests(2);
  requests[0].person = requests[1].person = 0;
  requests[0].team = 0;
  requests[1].team = 1;
  const auto before = ScheduleMeetings(event, requests, 1, {});
  ASSERT_TRUE(before.ok());
  ASSERT_THAT(before->meetings, SizeIs(2));
  TourRequest request{"会场", At(0), At(9), {}};
  for (int i = 0; i < 6; ++i) {
    const std::string place = fmt::format("企业{}", i);
    request.stops.push_back({place, 40, {}, MeetingTimes(event, *before, {0, 1}, place)});
  }
  const auto tour = PlanTour(event, request);
  ASSERT_TRUE(tour.ok());
  EXPECT_THAT(tour->visits, SizeIs(6));
  ExpectSound(event, request, *tour);
  // The other way round: who is on the tour gets no meeting that clashes with it.
  event.people[0].absent_slots = SlotsDuring(event, request, *tour);
  const auto after = ScheduleMeetings(event, requests, 1, {});
  ASSERT_TRUE(after.ok());
  EXPECT_THAT(after->meetings, SizeIs(2));
  EXPECT_THAT(CheckTimetable(event, requests, *after), IsEmpty());
  for (const Meeting& m : after->meetings) {
    const EventSlot& slot = event.slots[static_cast<std::size_t>(m.slot)];
    for (const TourVisit& visit : tour->visits) {
      EXPECT_TRUE(slot.end->unix_seconds + 1800 <= visit.start.unix_seconds ||
                  visit.end.unix_seconds + 1800 <= slot.start->unix_seconds);
    }
  }
}

}  // namespace
}  // namespace magpie
