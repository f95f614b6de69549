// The timetable: rounds without an event beside Boost's edge colouring, and a large event with absences.
#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/edge_coloring.hpp>
#include <cstdint>
#include <utility>
#include <vector>

#include "bench/bench.h"
#include "magpie/base/random.h"
#include "magpie/schedule/schedule.h"
#include "unit/schedule/fairs.h"

namespace magpie::bench {
namespace {

constexpr int kSize = 1000, kDegree = 10, kBlockedSlots = 12;

using Pairs = std::vector<std::pair<std::int32_t, std::int32_t>>;

// Every party has `kDegree` meetings, all with different parties. In no order.
Pairs RegularMeetings(std::int32_t size) {
  Random random(7);
  const auto draw = [&](std::size_t below) { return random.Below(below); };
  Pairs meetings;
  std::vector<std::vector<std::int32_t>> met(static_cast<std::size_t>(size));
  std::vector<std::int32_t> right(static_cast<std::size_t>(size));
  for (std::int32_t r = 0; r < size; ++r) right[static_cast<std::size_t>(r)] = r;
  for (int k = 0; k < kDegree; ++k) {
    for (std::size_t i = right.size(); i > 1; --i) std::swap(right[i - 1], right[draw(i)]);
    const auto again = [&](std::size_t l) { return std::ranges::find(met[l], right[l]) != met[l].end(); };
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t l = 0; l < right.size(); ++l) {
        if (!again(l)) continue;
        std::swap(right[l], right[draw(right.size())]);
        moved = true;
      }
    }
    for (std::size_t l = 0; l < right.size(); ++l) {
      met[l].push_back(right[l]);
      meetings.emplace_back(static_cast<std::int32_t>(l), right[l]);
    }
  }
  for (std::size_t i = meetings.size(); i > 1; --i) std::swap(meetings[i - 1], meetings[draw(i)]);
  return meetings;
}

using ColouredGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                                            boost::property<boost::edge_color_t, int>>;

ColouredGraph GraphOf(const Pairs& meetings, std::int32_t size) {
  ColouredGraph graph(static_cast<std::size_t>(2 * size));
  for (const auto& [left, right] : meetings) {
    boost::add_edge(static_cast<std::size_t>(left), static_cast<std::size_t>(size + right), graph);
  }
  return graph;
}

int CountRounds(const std::vector<Round>& rounds) {
  int count = 0;
  for (const Round& round : rounds) count = std::max(count, round.round + 1);
  return count;
}

Line AgainstBoost() {
  const Pairs meetings = RegularMeetings(kSize);
  ColouredGraph graph = GraphOf(meetings, kSize);
  std::vector<Round> rounds;
  const Rounds runs({[&] { rounds = PlanRounds(meetings); },
                     [&] { boost::edge_coloring(graph, boost::get(boost::edge_color, graph)); }});
  int boost_rounds = 0;
  for (const auto edge : boost::make_iterator_range(boost::edges(graph))) {
    boost_rounds = std::max(boost_rounds, boost::get(boost::edge_color, graph, edge) + 1);
  }
  Line line;
  line.group = "assignment";
  line.item = "timetable_boost";
  line.unit = "s";
  line.ours = runs.Median(0).cpu;
  line.anchor = runs.Median(1).cpu;
  line.paired = runs.Ratio(0, 1, 1);
  line.size = fmt::format("{} x {}, {} each", kSize, kSize, kDegree);
  line.quality = fmt::format("{} rounds, Boost {}", CountRounds(rounds), boost_rounds);
  return line;
}

std::vector<Line> Growth() {
  const Pairs small = RegularMeetings(10'000), large = RegularMeetings(100'000);
  std::vector<Round> of_small, of_large;
  const Rounds runs({[&] { of_small = PlanRounds(small); }, [&] { of_large = PlanRounds(large); }});
  const double seconds = runs.Median(1).cpu;
  return {BarLine("assignment", "timetable_rounds", "s", seconds, 1.0, "100k x 100k, 10 each",
                  fmt::format("{} rounds", CountRounds(of_large))),
          BarLine("assignment", "timetable_growth", "x", runs.Ratio(0, 1, 1), 15.0, "10k to 100k, 10 each",
                  fmt::format("{:.4f} s, {} rounds", runs.Median(0).cpu, CountRounds(of_small)))};
}

// 20 % of all (person, slot) blocked, 12 slots: the share of the reported bound, how far the bound is below the sum over
// the smaller side of min(requests, open slots), and the time.
std::vector<Line> Blocked() {
  const magpie_test::LargeFair fair = magpie_test::MakeLargeFair(kSize, kDegree, kBlockedSlots, 20, 1);
  std::int64_t of_guests = 0, of_hosts = 0;
  for (std::size_t p = 0; p < fair.event.people.size(); ++p) {
    const std::int64_t open = kBlockedSlots - std::ssize(fair.event.people[p].absent_slots);
    (p < kSize ? of_guests : of_hosts) += std::min<std::int64_t>(kDegree, open);
  }
  const std::int64_t sum = std::min(of_guests, of_hosts);
  Timetable timetable;
  double cpu = 0;
  MedianSeconds([&] { timetable = Must(ScheduleMeetings(fair.event, fair.requests, 1, {})); }, &cpu);
  const double share = 100.0 * static_cast<double>(timetable.meetings.size()) / timetable.bound.meetings;
  Line placed =
      BarLine("assignment", "timetable_blocked", "%", share, 98.0, "1k x 1k, 12 slots",
              fmt::format("{} of {} meetings, {:.2f} s", timetable.meetings.size(), timetable.bound.meetings, cpu));
  placed.higher_is_better = true;
  return {placed, BarLine("assignment", "timetable_bound", "%",
                          100.0 * static_cast<double>(sum - timetable.bound.meetings) / static_cast<double>(sum), 1.0,
                          "1k x 1k, 12 slots", fmt::format("sum {}", sum))};
}

}  // namespace

std::vector<Bench> TimetableBenches() {
  return {{"assignment", [] { return std::vector{AgainstBoost()}; }}, {"assignment", Growth}, {"assignment", Blocked}};
}

}  // namespace magpie::bench
