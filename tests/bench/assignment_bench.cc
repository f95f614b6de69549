// Assignment beside LEMON: whole matrices, sparse candidates with capacities, a warm start, growth and memory.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bench/bench.h"
#include "bench/vectors.h"
#include "magpie/assignment/assignment.h"
#include "magpie/assignment/dense.h"
#include "magpie/assignment/kept.h"
#include "magpie/base/random.h"
#ifdef MAGPIE_BENCH_LEMON
#include "unit/assignment/lemon_oracle.h"
#endif

namespace magpie::bench {
namespace {

constexpr std::int32_t kTop = 1'000'000;

struct Sparse {
  CandidateGraph graph;
  AssignmentProblem problem;
};

// 10 candidates a need with gains of 300,000 to 1,000,000, capacity 5 on each side; offerings drawn evenly or with
// favourites, from all or from the need's field alone (every fields-th).
Sparse MakeSparse(std::int32_t side, bool favourites, std::int32_t fields = 1) {
  Random random(42);
  std::vector<Arc> arcs;
  arcs.reserve(static_cast<std::size_t>(side) * 10);
  std::set<std::int32_t> drawn;
  for (std::int32_t need = 0; need < side; ++need) {
    drawn.clear();
    while (drawn.size() < 10) {
      drawn.insert(favourites ? static_cast<std::int32_t>(side * std::pow(random.Uniform(), 2.0))
                              : need % fields + fields * static_cast<std::int32_t>(
                                                             random.Below(static_cast<std::uint64_t>(side / fields))));
    }
    for (std::int32_t offering : drawn) arcs.push_back({need, offering});
  }
  Sparse sparse{Must(CandidateGraph::Build(side, side, std::move(arcs))), {}};
  sparse.problem.gain.resize(static_cast<std::size_t>(side) * 10);
  for (std::int64_t& gain : sparse.problem.gain) gain = 300'000 + static_cast<std::int64_t>(random.Below(700'000));
  sparse.problem.need_capacity.assign(static_cast<std::size_t>(side), 5);
  sparse.problem.offering_capacity = sparse.problem.need_capacity;
  return sparse;
}

// Evenly drawn, or the cosines of listings around common subjects, those below 0 as 0.
std::vector<std::int32_t> MakeMatrix(std::int32_t side, bool similarities) {
  const auto n = static_cast<std::size_t>(side);
  std::vector<std::int32_t> gain(n * n);
  if (!similarities) {
    Random random(42);
    for (std::int32_t& g : gain) g = static_cast<std::int32_t>(random.Below(kTop));
    return gain;
  }
  constexpr int kDimension = 64;
  const std::vector<float> left = MakeVectors(side, kDimension, side / 20, 1);
  const std::vector<float> right = MakeVectors(side, kDimension, side / 20, 2);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      float cosine = 0;
      for (std::size_t k = 0; k < kDimension; ++k) cosine += left[i * kDimension + k] * right[j * kDimension + k];
      gain[i * n + j] = static_cast<std::int32_t>(std::max(0.0F, cosine) * (kTop - 1));
    }
  }
  return gain;
}

double ResidentMib() {
  std::ifstream file("/proc/self/statm");
  std::int64_t pages = 0, resident = 0;
  file >> pages >> resident;
  return static_cast<double>(resident) * 4096 / (1 << 20);
}

// By CPU time: a solver is one thread.
double CpuOf(const std::function<void()>& body) {
  double cpu = 0;
  MedianSeconds(body, &cpu);
  return cpu;
}

Line MakeLine(const std::string& item, double ours, double anchor, std::string size, std::string quality) {
  Line line;
  line.group = "assignment";
  line.item = item;
  line.unit = "cpu-s";
  line.ours = ours;
  line.anchor = anchor;
  line.size = std::move(size);
  line.quality = std::move(quality);
  return line;
}

#ifdef MAGPIE_BENCH_LEMON
using ::magpie_test::FlowArc;
using ::magpie_test::LemonAnchor;
using ::magpie_test::LemonMethod;

// LEMON's runs count once each: they take seconds. The first builds no page that the second finds ready.
struct Anchor {
  double cpu = 0;
  std::int64_t gain = 0;
};

Anchor SolveMatrixByLemon(const std::vector<std::int32_t>& gain, std::int32_t side) {
  std::vector<FlowArc> arcs;
  arcs.reserve(gain.size());
  for (std::int32_t i = 0; i < side; ++i) {
    for (std::int32_t j = 0; j < side; ++j) {
      arcs.push_back(
          {i, side + j, 1,
           kTop - gain[static_cast<std::size_t>(i) * static_cast<std::size_t>(side) + static_cast<std::size_t>(j)]});
    }
  }
  Anchor anchor;
  anchor.cpu = TimeOnce([&] {
                 anchor.gain =
                     std::int64_t{side} * kTop - LemonAnchor(LemonMethod::kNetworkSimplex, 2 * side, side, arcs);
               }).cpu;
  return anchor;
}

Anchor SolveSparseByLemon(const Sparse& sparse, LemonMethod method) {
  const std::int32_t side = sparse.graph.left_count();
  const int source = 2 * side, sink = source + 1;
  std::vector<FlowArc> arcs;
  arcs.reserve(sparse.problem.gain.size() + static_cast<std::size_t>(2 * side) + 1);
  for (std::int32_t n = 0; n < side; ++n) arcs.push_back({source, n, 5, 0});
  for (std::int32_t a = 0; a < sparse.graph.arc_count(); ++a) {
    arcs.push_back({sparse.graph.arc(a).left, side + sparse.graph.arc(a).right, 1,
                    -sparse.problem.gain[static_cast<std::size_t>(a)]});
  }
  for (std::int32_t n = 0; n < side; ++n) arcs.push_back({side + n, sink, 5, 0});
  arcs.push_back({sink, source, 5 * side, 0});
  Anchor anchor;
  anchor.cpu = TimeOnce([&] { anchor.gain = -LemonAnchor(method, sink + 1, 0, arcs); }).cpu;
  return anchor;
}

void AddDense(bool similarities, std::vector<Line>* lines) {
  for (std::int32_t side : {2000, 1000}) {
    const std::vector<std::int32_t> gain = MakeMatrix(side, similarities);
    DenseAssignment answer;
    const double ours = CpuOf([&] { answer = Must(SolveDense(gain, side, side, {})); });
    const Anchor anchor = SolveMatrixByLemon(gain, side);
    const std::string item = side == 2000 ? "" : "- ";
    lines->push_back(MakeLine(item + (similarities ? "dense_similarity_lemon" : "dense_uniform_lemon"), ours,
                              anchor.cpu, fmt::format("{0} x {0}", side),
                              fmt::format("total {}, bar {}", answer.total_gain == anchor.gain ? "equal" : "DIFFERS",
                                          similarities ? 3 : 10)));
  }
}

void AddSparse(bool favourites, std::vector<Line>* lines) {
  constexpr std::int32_t kSide = 100'000;
  const Sparse sparse = MakeSparse(kSide, favourites);
  const Anchor simplex = SolveSparseByLemon(sparse, LemonMethod::kNetworkSimplex);
  const Anchor scaling = SolveSparseByLemon(sparse, LemonMethod::kCostScaling);
  const double anchor = std::min(simplex.cpu, scaling.cpu);
  Assignment exact, near;
  const double ours_exact = CpuOf([&] { exact = Must(SolveAssignment(sparse.graph, sparse.problem, {})); });
  const double ours_near =
      CpuOf([&] { near = Must(SolveAssignment(sparse.graph, sparse.problem, {}, {.epsilon = 0.005})); });
  const std::string size = fmt::format("{0} x {0}, 10 a need", kSide);
  const std::string drawn = favourites ? "favourites" : "evenly drawn", prefix = favourites ? "- " : "";
  const double gap = 1 - static_cast<double>(near.total_gain) / static_cast<double>(exact.total_gain);
  lines->push_back(
      MakeLine(prefix + "sparse_epsilon_lemon", ours_near, anchor, size,
               fmt::format("{}; gap {:.4f} %, certified {:.3f} %, bar 2.9", drawn, 100 * gap, 100 * near.gap())));
  lines->push_back(MakeLine(
      prefix + "sparse_exact_lemon", ours_exact, anchor, size,
      fmt::format("{}; total {}, bar 1; LEMON {:.2f} simplex, {:.2f} scaling", drawn,
                  exact.total_gain == simplex.gain && simplex.gain == scaling.gain && exact.bound == exact.total_gain
                      ? "equal"
                      : "DIFFERS",
                  simplex.cpu, scaling.cpu)));
}
#endif

double MedianOf(std::vector<double> seconds) {
  std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2), seconds.end());
  return seconds[seconds.size() / 2];
}

// One need's or one offering's gains anew, in turn: an assignment that is kept ready, and a new solve that begins at the
// last answer. Each with its answer written down, prices and all.
void AddWarm(std::vector<Line>* lines) {
  constexpr std::int32_t kSide = 100'000;
  constexpr int kChanges = 20;
  Sparse sparse = MakeSparse(kSide, false);
  Assignment before;
  const double full = CpuOf([&] { before = Must(SolveAssignment(sparse.graph, sparse.problem, {})); });
  const std::unique_ptr<KeptAssignment> kept = Must(KeptAssignment::Make(sparse.graph, sparse.problem, {}));
  Must(kept->Solve({}));
  Random random(7);
  bool equal = true;
  std::vector<double> kept_seconds, warm_seconds;
  for (int change = 0; change < kChanges; ++change) {
    const auto node = static_cast<std::int32_t>(random.Below(kSide));
    std::vector<std::int32_t> arcs;
    for (std::int32_t a = 0; a < sparse.graph.arc_count(); ++a) {
      if ((change % 2 == 0 ? sparse.graph.arc(a).left : sparse.graph.arc(a).right) == node) arcs.push_back(a);
    }
    for (std::int32_t a : arcs) {
      sparse.problem.gain[static_cast<std::size_t>(a)] = 300'000 + static_cast<std::int64_t>(random.Below(700'000));
    }
    Assignment warm, answer;
    kept_seconds.push_back(TimeOnce([&] {
                             for (std::int32_t a : arcs) {
                               if (!kept->SetGain(a, sparse.problem.gain[static_cast<std::size_t>(a)]).ok())
                                 std::abort();
                             }
                             answer = Must(kept->Solve({}));
                           }).cpu);
    warm_seconds.push_back(
        TimeOnce([&] { warm = Must(SolveAssignment(sparse.graph, sparse.problem, {}, {.warm = &before})); }).cpu);
    equal = equal && answer.ending == Ending::kProven && answer.total_gain == warm.total_gain &&
            CheckAssignment(sparse.graph, sparse.problem, answer).ok();
    before = std::move(warm);
  }
  equal = equal && before.total_gain == Must(SolveAssignment(sparse.graph, sparse.problem, {})).total_gain;
  const std::string quality =
      fmt::format("median of {} changes of a listing's gains; {}", kChanges, equal ? "all proven" : "NOT PROVEN");
  const std::string size = fmt::format("{0} x {0}, 10 a need", kSide);
  lines->push_back(
      MakeLine("warm_resolve_full", MedianOf(kept_seconds), full, size, "kept ready, " + quality + ", bar 50"));
  lines->push_back(MakeLine("- a new solve", MedianOf(warm_seconds), full, size, "from the last answer, " + quality));
}

void AddGrowthAndMemory(std::vector<Line>* lines) {
  const double before = ResidentMib();
  const Sparse large = MakeSparse(100'000, false);
  ForgetPeak();
  Must(SolveAssignment(large.graph, large.problem, {}));
  const double peak = PeakMib() - before;
  const Sparse small = MakeSparse(10'000, false);
  const Rounds rounds({[&] { Must(SolveAssignment(small.graph, small.problem, {})); },
                       [&] { Must(SolveAssignment(large.graph, large.problem, {})); }});
  lines->push_back(BarLine("assignment", "sparse_growth", "times", rounds.Ratio(0, 1, 1), 20, "10,000 to 100,000",
                           fmt::format("exact: {:.3f} and {:.3f} cpu-s", rounds.Median(0).cpu, rounds.Median(1).cpu)));
  lines->push_back(BarLine("assignment", "sparse_memory", "MiB", peak, 80e6 / (1 << 20), "100,000 x 100,000",
                           "graph, gains and solver together"));
}

// Fields that do not mix, as parts and as a whole. An answer to go on from, however empty, keeps the solver from splitting.
void AddParts(bool groups, std::vector<Line>* lines) {
  const std::int32_t side = groups ? 10'000 : 100'000, fields = side / 200;
  Sparse sparse = MakeSparse(side, false, fields);
  if (groups) {  // parties of five listings of a field take twelve matches together: a problem for the network simplex
    for (std::int32_t n = 0; n < side; ++n)
      sparse.problem.offering_group.push_back(n / (5 * fields) * fields + n % fields);
    sparse.problem.offering_groups.assign(static_cast<std::size_t>(side / 5), {12, -1});
  }
  Assignment nothing;
  nothing.need_price.assign(static_cast<std::size_t>(side), 0);
  nothing.offering_price = nothing.need_price;
  SolveOptions whole;
  whole.warm = &nothing;
  std::int64_t gain = 0, same = 0;
  const Rounds rounds({[&] { gain = Must(SolveAssignment(sparse.graph, sparse.problem, {})).total_gain; },
                       [&] { same = Must(SolveAssignment(sparse.graph, sparse.problem, {}, whole)).total_gain; }});
  Line line = MakeLine(groups ? "- parts_with_groups" : "sparse_parts", rounds.Median(0).wall, rounds.Median(1).wall,
                       fmt::format("{0} x {0} in {1} fields", side, fields),
                       fmt::format("against the whole at once, totals {}", gain == same ? "equal" : "DIFFER"));
  line.unit = "s";
  line.threads = 2;
  lines->push_back(std::move(line));
}

}  // namespace

std::vector<Bench> AssignmentBenches() {
  return {{"assignment", [] {
             std::vector<Line> lines;
             AddGrowthAndMemory(&lines);  // first, before others leave the process large
             AddWarm(&lines);
             for (bool groups : {false, true}) AddParts(groups, &lines);
#ifdef MAGPIE_BENCH_LEMON
             for (bool similarities : {false, true}) AddDense(similarities, &lines);
             for (bool favourites : {false, true}) AddSparse(favourites, &lines);
#else
             fmt::print(stderr, "assignment: LEMON is not installed; its items are left out (tools/install --bench)\n");
#endif
             return lines;
           }}};
}

}  // namespace magpie::bench
