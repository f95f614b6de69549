// magpie_bench [--json] [--size S|M|L] [GROUP]: prints the table, or a JSON line an item.
#include <fmt/format.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/bench.h"

namespace magpie::bench {
namespace {

constexpr int kRepeats = 5;

std::string& SizeAskedFor() {
  static std::string size = "M";
  return size;
}

// Of each by itself.
Timed MedianOf(std::array<Timed, kRepeats> runs) {
  const auto middle = runs.begin() + kRepeats / 2;
  std::nth_element(runs.begin(), middle, runs.end(), [](const Timed& a, const Timed& b) { return a.wall < b.wall; });
  const double wall = middle->wall;
  std::nth_element(runs.begin(), middle, runs.end(), [](const Timed& a, const Timed& b) { return a.cpu < b.cpu; });
  return {wall, middle->cpu};
}

void Print(const Line& line, bool json) {
  if (json) {
    nlohmann::ordered_json object = {{"item", line.item},       {"ours", line.ours},
                                     {"anchor", line.anchor},   {"ratio", line.ratio()},
                                     {"group", line.group},     {"unit", line.unit},
                                     {"threads", line.threads}, {"size", line.size},
                                     {"quality", line.quality}, {"anchor_is_bar", line.anchor_is_bar}};
    fmt::print("{}\n", object.dump());
  } else {
    fmt::print("{:<10} {:<24} {:>14.4g} {:>14.4g}{} {:>8.2f}  {:<8} {:<22} {}\n", line.group, line.item, line.ours,
               line.anchor, line.anchor_is_bar ? "*" : " ", line.ratio(), line.unit, line.size, line.quality);
  }
  std::fflush(stdout);
}

}  // namespace

Timed TimeOnce(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  const double cpu_start = ProcessCpuSeconds();
  body();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          ProcessCpuSeconds() - cpu_start};
}

double MedianSeconds(const std::function<void()>& body, double* cpu) {
  std::array<Timed, kRepeats> runs;
  for (Timed& run : runs) run = TimeOnce(body);
  const Timed median = MedianOf(runs);
  if (cpu != nullptr) *cpu = median.cpu;
  return median.wall;
}

Rounds::Rounds(const std::vector<std::function<void()>>& bodies) : runs_(bodies.size()) {
  constexpr std::chrono::milliseconds kRest(60);
  for (int round = -1; round < kRepeats; ++round) {
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      std::this_thread::sleep_for(kRest);
      const Timed timed = TimeOnce(bodies[i]);
      if (round >= 0) runs_[i].push_back(timed);
    }
  }
}

Timed Rounds::Median(std::size_t body) const {
  std::array<Timed, kRepeats> runs;
  std::copy(runs_[body].begin(), runs_[body].end(), runs.begin());
  return MedianOf(runs);
}

double Rounds::Ratio(std::size_t ours, std::size_t anchor, int threads) const {
  std::vector<double> ratios;
  for (std::size_t round = 0; round < runs_[ours].size(); ++round) {
    const Timed &a = runs_[ours][round], &b = runs_[anchor][round];
    ratios.push_back(threads == 1 ? b.cpu / a.cpu : b.wall / a.wall);
  }
  std::nth_element(ratios.begin(), ratios.begin() + kRepeats / 2, ratios.end());
  return ratios[kRepeats / 2];
}

std::vector<Timed> Interleave(const std::vector<std::function<void()>>& bodies) {
  const Rounds rounds(bodies);
  std::vector<Timed> medians;
  for (std::size_t i = 0; i < bodies.size(); ++i) medians.push_back(rounds.Median(i));
  return medians;
}

double ProcessCpuSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void ForgetPeak() {
  std::ofstream("/proc/self/clear_refs") << 5;
}

const std::string& Sized() {
  return SizeAskedFor();
}

double PeakMib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

std::vector<Bench> AllBenches() {
  std::vector<Bench> all;
  for (auto make : {ImportBenches, ReadingBenches, PlanBenches, RetrievalBenches, RetrievalLexicalBenches,
                    PipelineBenches, TimetableBenches, LiveBenches, ServiceBenches, AssignmentBenches, FairBenches}) {
    for (Bench& bench : make()) all.push_back(std::move(bench));
  }
  return all;
}

int Main(int argc, char** argv) {
  bool json = false;
  std::string group;
  if (const char* size = std::getenv("MAGPIE_BENCH_SIZE"); size != nullptr) SizeAskedFor() = size;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--json") {
      json = true;
    } else if (std::string_view(argv[i]) == "--size" && i + 1 < argc) {
      SizeAskedFor() = argv[++i];
    } else {
      group = argv[i];
    }
  }
  if (!IsSize(Sized())) {
    fmt::print(stderr, "magpie_bench: there is no size '{}'; the sizes are S, M and L\n", Sized());
    return 2;
  }
  const std::vector<Bench> benches = AllBenches();
  const bool known = group.empty() || std::any_of(benches.begin(), benches.end(),
                                                  [&](const auto& bench) { return bench.group == group; });
  if (!known) {
    fmt::print(stderr,
               "magpie_bench: there is no group '{}'; the groups are import, reading, plan, retrieval, pipeline, "
               "assignment, again, live and service\n",
               group);
    return 2;
  }
  if (!json) {
    fmt::print("{:<10} {:<24} {:>14} {:>15} {:>8}  {:<8} {:<22} {}   (* = the anchor is a bar)\n", "group", "item",
               "ours", "anchor", "ratio", "unit", "size", "quality");
  }
  for (const Bench& bench : benches) {
    if (!group.empty() && bench.group != group) continue;
    for (const Line& line : bench.run()) Print(line, json);
  }
  return 0;
}

}  // namespace magpie::bench

int main(int argc, char** argv) {
  return magpie::bench::Main(argc, argv);
}
