// The whole way from two list files to the best ten partners of every need, stage by stage, and how its cost grows.
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
#include "generate/generator.h"
#include "generate/list_writer.h"
#include "magpie/engine/engine.h"
#include "magpie/engine/lists.h"

namespace magpie::bench {
namespace {

// The bar: 64,000 needs among 154,000 offerings in 300 seconds and 3 GiB.
constexpr double kSecondsANeed = 300.0 / 64'000;
constexpr double kMostMib = 3072;
constexpr double kOneSideBar = 2.1, kBothSidesBar = 4.2;
constexpr int kTop = 10;

struct Size {
  std::string_view name;
  std::int64_t needs, offerings;
};
constexpr Size kSizes[] = {{"S", 1'000, 1'000}, {"M", 10'000, 10'000}, {"L", 64'000, 154'000}};

// A folder of its own with the lists of a size in it, removed at the end.
class TemporaryLists {
 public:
  explicit TemporaryLists(const Size& size) {
    const auto material = Must(generate::Material::Load(FindModels(""), RunContext()));
    const generate::Generator generator(material, generate::GeneratorOptions());
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
};

Run RunPipeline(const Size& size) {
  const TemporaryLists files(size);
  ::malloc_trim(0);  // what the generator held
  ForgetPeak();
  Run run;
  RunContext context;
  context.progress = [&](std::string_view stage, std::int64_t, std::int64_t) { run.clock.Mark(stage); };
  const auto engine = Must(Engine::Open(FindModels("")));
  run.clock.Mark("models");
  std::shared_ptr<const Snapshot> snapshot;
  {
    RunContext reading;  // its reports are of either file
    const Lists lists = Must(ReadLists({files.needs(), files.offerings(), {}}, reading));
    snapshot = lists.snapshot;
  }
  run.clock.Mark("read");
  ScorerOptions options;
  options.today = *ParseDate("2025-03-01");
  const auto scorer = Must(engine->ScorerFor(std::move(snapshot), options, context));
  const auto ranked = Must(scorer->RankAll(Side::kNeed, kTop, false, context));
  run.clock.Mark("score");
  for (const auto& pairs : ranked) run.pairs += pairs.size();
  run.peak_mib = PeakMib();
  return run;
}

Line MakeLine(const Size& size, std::string item, std::string unit, double ours, double bar, std::string quality) {
  Line line;
  line.group = "pipeline";
  line.item = std::move(item);
  line.unit = std::move(unit);
  line.ours = ours;
  line.anchor = bar;
  line.anchor_is_bar = true;
  line.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  line.size = fmt::format("{} x {}", size.needs, size.offerings);
  line.quality = std::move(quality);
  return line;
}

std::vector<Line> PipelineLines() {
  const auto* size =
      std::find_if(std::begin(kSizes), std::end(kSizes), [](const Size& s) { return s.name == Sized(); });
  const Run run = RunPipeline(*size);
  const Timed whole = run.clock.whole();
  const double bar = kSecondsANeed * static_cast<double>(size->needs);
  std::vector<Line> lines;
  lines.push_back(MakeLine(
      *size, "pipeline", "s", whole.wall, bar,
      fmt::format("{:.1f} s of all cores, {} pairs of {:.3g} M a second", whole.cpu, run.pairs,
                  static_cast<double>(size->needs) * static_cast<double>(size->offerings) / whole.wall / 1e6)));
  for (const StageClock::Stage& stage : run.clock.stages()) {
    lines.push_back(MakeLine(
        *size, "- " + stage.name, "s", stage.time.wall, bar,
        fmt::format("{:.1f} s of all cores, {:.0f} % of the whole", stage.time.cpu, 100 * stage.time.cpu / whole.cpu)));
  }
  lines.push_back(MakeLine(
      *size, "pipeline_memory", "MiB", run.peak_mib, kMostMib,
      fmt::format("{:.1f} KiB a listing", 1024 * run.peak_mib / static_cast<double>(size->needs + size->offerings))));
  if (size->name == "L") return lines;
  // By the time of all cores, which other work on the machine disturbs least.
  const auto growth = [&](int needs, int offerings) {
    return RunPipeline({"", needs * size->needs, offerings * size->offerings}).clock.whole().cpu / whole.cpu;
  };
  lines.push_back(MakeLine(*size, "growth_needs_doubled", "x", growth(2, 1), kOneSideBar, "all cores' time"));
  lines.push_back(MakeLine(*size, "growth_offerings_doubled", "x", growth(1, 2), kOneSideBar, "all cores' time"));
  lines.push_back(MakeLine(*size, "growth_both_doubled", "x", growth(2, 2), kBothSidesBar, "all cores' time"));
  return lines;
}

}  // namespace

bool IsSize(std::string_view name) {
  return std::any_of(std::begin(kSizes), std::end(kSizes), [&](const Size& size) { return size.name == name; });
}

std::vector<Bench> PipelineBenches() {
  return {{"pipeline", PipelineLines}};
}

}  // namespace magpie::bench
