// The whole way from two list files to the best ten partners of every need, stage by stage, how its cost grows, and what
// a run that goes on from an earlier one costs.
#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/bench.h"
#include "catalogue/snapshot_builder.h"
#include "generate/generator.h"
#include "generate/list_writer.h"
#include "magpie/engine/engine.h"
#include "magpie/engine/lists.h"

namespace magpie::bench {
namespace {

// The bar: 64,000 needs among 154,000 offerings in 300 seconds and 3 GiB.
constexpr double kSecondsANeed = 300.0 / 64'000;
constexpr double kMostMib = 3072;
constexpr double kMostIndexBytes = 1228;  // a listing
constexpr double kOneSideBar = 2.1, kBothSidesBar = 4.2;
constexpr double kAgainBar = 4;  // per cent
constexpr int kTop = 10;

struct Size {
  std::string_view name;
  std::int64_t needs, offerings;
};
constexpr Size kSizes[] = {{"S", 1'000, 1'000}, {"M", 10'000, 10'000}, {"L", 64'000, 154'000}};

// A folder of its own with the lists of a size in it, removed at the end.
class TemporaryLists {
 public:
  TemporaryLists(const Size& size, int round) {
    const auto material = Must(generate::Material::Load(FindModels(""), RunContext()));
    generate::GeneratorOptions options;
    options.round = round;
    options.changed_per_million = generate::kMillion / 100;
    const generate::Generator generator(material, options);
    std::string pattern = (std::filesystem::temp_directory_path() / "magpie-pipeline-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    for (const auto& [side, places, file] :
         {std::tuple(Side::kNeed, size.needs, needs()), std::tuple(Side::kOffering, size.offerings, offerings())}) {
      if (!generate::WriteList(generator, side, places, file, RunContext()).ok()) std::abort();
    }
  }
  ~TemporaryLists() { std::filesystem::remove_all(folder_); }
  TemporaryLists(const TemporaryLists&) = delete;
  TemporaryLists& operator=(const TemporaryLists&) = delete;

  std::string needs() const { return (folder_ / "needs.jsonl").string(); }
  std::string offerings() const { return (folder_ / "offerings.jsonl").string(); }

 private:
  std::filesystem::path folder_;
};

// The time from one report of progress to the next is that of the stage which reports.
class StageClock {
 public:
  struct Stage {
    std::string name;
    Timed time;
  };

  void Mark(std::string_view name) {
    const Timed now = Now();
    auto stage = std::find_if(stages_.begin(), stages_.end(), [&](const Stage& s) { return s.name == name; });
    if (stage == stages_.end()) stage = stages_.insert(stages_.end(), {std::string(name), {}});
    stage->time.wall += now.wall - last_.wall;
    stage->time.cpu += now.cpu - last_.cpu;
    last_ = now;
  }
  const std::vector<Stage>& stages() const { return stages_; }
  Timed whole() const { return {last_.wall - start_.wall, last_.cpu - start_.cpu}; }

 private:
  static Timed Now() {
    const auto wall = std::chrono::steady_clock::now().time_since_epoch();
    return {std::chrono::duration<double>(wall).count(), ProcessCpuSeconds()};
  }

  const Timed start_ = Now();
  Timed last_ = start_;
  std::vector<Stage> stages_;
};

struct Run {
  StageClock clock;
  double peak_mib = 0;
  std::size_t pairs = 0;
  std::shared_ptr<Engine> engine;
  ScorerOptions options;
  std::shared_ptr<const Scorer> scorer;
  RunMemory memory;
};

std::shared_ptr<const Snapshot> Read(const TemporaryLists& files) {
  return Must(ReadLists({files.needs(), files.offerings(), {}}, RunContext())).snapshot;
}

// With `remembers` the run leaves what the next one goes on from.
Run RunPipeline(const Size& size, bool remembers) {
  const TemporaryLists files(size, 0);
  ::malloc_trim(0);  // what the generator held
  ForgetPeak();
  Run run;
  RunContext context;
  context.progress = [&](std::string_view stage, std::int64_t, std::int64_t) { run.clock.Mark(stage); };
  run.engine = Must(Engine::Open(FindModels("")));
  run.clock.Mark("models");
  std::shared_ptr<const Snapshot> snapshot = Read(files);
  run.clock.Mark("read");
  run.options.today = *ParseDate("2025-03-01");
  run.scorer = Must(run.engine->ScorerFor(std::move(snapshot), run.options, context));
  const auto ranked = Must(run.scorer->RankAll(Side::kNeed, kTop, false, context, remembers ? &run.memory : nullptr));
  run.clock.Mark("score");
  for (const auto& pairs : ranked) run.pairs += pairs.size();
  run.peak_mib = PeakMib();
  return run;
}

// The snapshot as an import of the later lists leaves it.
std::shared_ptr<const Snapshot> Imported(const Snapshot& before, const Snapshot& lists) {
  SnapshotBuilder builder(before);
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    absl::flat_hash_set<std::string_view> ids;
    for (const auto& listing : lists.listings(side)) {
      ids.insert(listing->record.id);
      const std::int64_t at = builder.FindListing(side, listing->record.id);
      if (at >= 0 && SaysTheSame(listing->record, before.listings(side)[static_cast<std::size_t>(at)]->record))
        continue;
      builder.PutListing(listing->record);
    }
    for (const auto& listing : before.listings(side)) {
      if (ids.contains(listing->record.id)) continue;
      builder.RemoveListing(side, builder.FindListing(side, listing->record.id));
    }
  }
  return std::move(builder).Build(before.version() + 1);
}

bool AreTheSame(const std::vector<std::vector<ScoredPair>>& a, const std::vector<std::vector<ScoredPair>>& b) {
  const auto same_pair = [](const ScoredPair& x, const ScoredPair& y) {
    return x.need == y.need && x.offering == y.offering && x.score == y.score && x.grade == y.grade &&
           std::equal(std::begin(x.components), std::end(x.components), y.components);
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const auto& x, const auto& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), same_pair);
  });
}

Size ChosenSize() {
  return *std::find_if(std::begin(kSizes), std::end(kSizes), [](const Size& size) { return size.name == Sized(); });
}

Line MakeLine(const Size& size, std::string item, std::string unit, double ours, double bar, std::string quality) {
  Line line = BarLine("pipeline", std::move(item), std::move(unit), ours, bar,
                      fmt::format("{} x {}", size.needs, size.offerings), std::move(quality));
  line.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return line;
}

// What a run over lists of which one in a hundred changed costs, in per cent of one that knows nothing, reading aside.
std::vector<Line> AgainLines() {
  const Size size = ChosenSize();
  const Run run = RunPipeline(size, true);
  double whole = 0;
  for (const StageClock::Stage& stage : run.clock.stages()) {
    if (stage.name != "models" && stage.name != "read") whole += stage.time.cpu;
  }
  const TemporaryLists files(size, 1);
  const auto snapshot = Imported(run.scorer->snapshot(), *Read(files));
  RunMemory memory = run.memory;
  StageClock clock;
  RunContext context;
  context.progress = [&](std::string_view stage, std::int64_t, std::int64_t) { clock.Mark(stage); };
  const auto scorer = Must(run.engine->ScorerFor(snapshot, run.options, context, run.scorer.get()));
  clock.Mark("follow");
  const auto again = Must(scorer->RankAll(Side::kNeed, kTop, false, context, &memory));
  clock.Mark("score");
  const double peak = PeakMib();
  const auto anew = Must(scorer->RankAll(Side::kNeed, kTop, false, RunContext()));
  const bool same = AreTheSame(again, anew) && scorer->profile_id() == run.scorer->profile_id();
  std::vector<Line> lines;
  lines.push_back(
      MakeLine(size, "run_again", "%", 100 * clock.whole().cpu / whole, kAgainBar,
               fmt::format("1 % of each list changed; {:.2f} of {:.1f} s of all cores, {:.2f} s by the clock; "
                           "peak {:.0f} MiB, {}",
                           clock.whole().cpu, whole, clock.whole().wall, peak,
                           same ? "the same as anew" : "NOT THE SAME as anew")));
  for (const StageClock::Stage& stage : clock.stages()) {
    lines.push_back(MakeLine(size, "- " + stage.name, "%", 100 * stage.time.cpu / whole, kAgainBar,
                             fmt::format("{:.2f} s of all cores", stage.time.cpu)));
  }
  for (Line& line : lines) line.group = "again";
  return lines;
}

std::vector<Line> PipelineLines() {
  const Size size = ChosenSize();
  const Run run = RunPipeline(size, false);
  const Timed whole = run.clock.whole();
  const double bar = kSecondsANeed * static_cast<double>(size.needs);
  std::vector<Line> lines;
  lines.push_back(
      MakeLine(size, "pipeline", "s", whole.wall, bar,
               fmt::format("{:.1f} s of all cores, {} pairs of {:.3g} M a second", whole.cpu, run.pairs,
                           static_cast<double>(size.needs) * static_cast<double>(size.offerings) / whole.wall / 1e6)));
  for (const StageClock::Stage& stage : run.clock.stages()) {
    lines.push_back(MakeLine(
        size, "- " + stage.name, "s", stage.time.wall, bar,
        fmt::format("{:.1f} s of all cores, {:.0f} % of the whole", stage.time.cpu, 100 * stage.time.cpu / whole.cpu)));
  }
  lines.push_back(MakeLine(
      size, "pipeline_memory", "MiB", run.peak_mib, kMostMib,
      fmt::format("{:.1f} KiB a listing", 1024 * run.peak_mib / static_cast<double>(size.needs + size.offerings))));
  const double listings = static_cast<double>(size.needs + size.offerings);
  lines.push_back(MakeLine(size, "index_memory", "B", static_cast<double>(run.scorer->index_bytes()) / listings,
                           kMostIndexBytes, "a listing: codes, postings, handles, facets"));
  if (size.name == "L") return lines;
  // By the time of all cores, which other work on the machine disturbs least.
  const auto growth = [&](int needs, int offerings) {
    return RunPipeline({"", needs * size.needs, offerings * size.offerings}, false).clock.whole().cpu / whole.cpu;
  };
  lines.push_back(MakeLine(size, "growth_needs_doubled", "x", growth(2, 1), kOneSideBar, "all cores' time"));
  lines.push_back(MakeLine(size, "growth_offerings_doubled", "x", growth(1, 2), kOneSideBar, "all cores' time"));
  lines.push_back(MakeLine(size, "growth_both_doubled", "x", growth(2, 2), kBothSidesBar, "all cores' time"));
  return lines;
}

}  // namespace

bool IsSize(std::string_view name) {
  return std::any_of(std::begin(kSizes), std::end(kSizes), [&](const Size& size) { return size.name == name; });
}

std::vector<Bench> PipelineBenches() {
  return {{"pipeline", PipelineLines}, {"again", AgainLines}};
}

}  // namespace magpie::bench
