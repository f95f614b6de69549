// The frame of all benches: an item measures something beside its anchor, five times, and prints one line.
#pragma once

#include <absl/status/statusor.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace magpie::bench {

// How many times better than the anchor an item is: ratio 1 = equal, higher is better. The anchor is another program
// measured in the same run, or the bar that the project has set itself (then anchor_is_bar).
struct Line {
  std::string group, item, unit, size, quality;
  double ours = 0, anchor = 0;
  double paired = 0;  // the ratio as the median of neighbours', where it was taken (Rounds); 0 = of the two medians
  bool higher_is_better = false;
  bool anchor_is_bar = false;
  int threads = 1;
  double ratio() const { return paired > 0 ? paired : higher_is_better ? ours / anchor : anchor / ours; }
};

// A line against a bar; the caller fills in what else it has.
inline Line BarLine(std::string group, std::string item, std::string unit, double ours, double bar, std::string size,
                    std::string quality) {
  Line line;
  line.group = std::move(group);
  line.item = std::move(item);
  line.unit = std::move(unit);
  line.ours = ours;
  line.anchor = bar;
  line.anchor_is_bar = true;
  line.size = std::move(size);
  line.quality = std::move(quality);
  return line;
}

struct Bench {
  std::string_view group;
  std::function<std::vector<Line>()> run;
};

// Every bench of the program, in the order of its table.
std::vector<Bench> AllBenches();

// The median of five runs of `body` in seconds of wall time; `cpu` (may be null) receives that of the process.
double MedianSeconds(const std::function<void()>& body, double* cpu = nullptr);

struct Timed {
  double wall = 0, cpu = 0;  // seconds; cpu is that of the whole process
};
Timed TimeOnce(const std::function<void()>& body);
// Five rounds of all bodies in turn, after one that does not count: whatever else the machine does meets each of them alike.
// Before each the program rests until the threads of the one before have gone to sleep: those of OpenMP and OpenBLAS go on
// asking for work for some 30 ms.
class Rounds {
 public:
  explicit Rounds(const std::vector<std::function<void()>>& bodies);

  Timed Median(std::size_t body) const;
  // How many times longer `anchor` takes than `ours`: the median over the rounds of the ratio within each, which a machine that
  // is faster now and slower then does not move. By CPU time where `threads` is 1, else by the clock.
  double Ratio(std::size_t ours, std::size_t anchor, int threads) const;

 private:
  std::vector<std::vector<Timed>> runs_;  // of each body
};
// The medians alone.
std::vector<Timed> Interleave(const std::vector<std::function<void()>>& bodies);

double ProcessCpuSeconds();

// The largest resident memory of the process since it began, or since ForgetPeak(), in MiB.
double PeakMib();
void ForgetPeak();

// The size that was asked for, by --size or else MAGPIE_BENCH_SIZE: S, M (the default) or L.
const std::string& Sized();
bool IsSize(std::string_view name);

std::vector<Bench> AssignmentBenches();
std::vector<Bench> FairBenches();
std::vector<Bench> ImportBenches();
std::vector<Bench> LiveBenches();
std::vector<Bench> PipelineBenches();
std::vector<Bench> PlanBenches();
std::vector<Bench> ReadingBenches();
std::vector<Bench> RetrievalBenches();
std::vector<Bench> RetrievalLexicalBenches();
std::vector<Bench> ServiceBenches();
std::vector<Bench> TimetableBenches();

// The value, or the end of the run with the error printed: a bench whose input is missing has nothing to say.
template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    fmt::print(stderr, "{}\n", std::string(value.status().message()));
    std::abort();
  }
  return *std::move(value);
}

}  // namespace magpie::bench
