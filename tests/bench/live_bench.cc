// A workspace that goes on changing: how long it takes from the write of one listing to the answer of the first query that
// sees it, and what a renewal in the background makes of that.
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/bench.h"
#include "generate/generator.h"
#include "magpie/engine/engine.h"
#include "magpie/ingest/listing_json.h"
#include "service/workspace.h"

namespace magpie::bench {
namespace {

constexpr double kBarMs = 10;
constexpr int kChanges = 200;  // of each kind
constexpr int kNeedEach = 5;   // every fifth change is one of a need
constexpr std::int64_t kImported = 5'000;
constexpr double kSecondsAListing = 0.0002;
constexpr std::chrono::milliseconds kPause(
    20);                                // between two changes while a renewal runs: others want the machine, too
constexpr double kRenewedShare = 0.06;  // of all listings: a new profile is worth making

struct Size {
  std::string_view name;
  std::int64_t needs, offerings;
};
constexpr Size kSizes[] = {{"S", 4'000, 16'000}, {"M", 20'000, 80'000}, {"L", 100'000, 400'000}};

enum Kind { kCreate, kUpdate, kDelete, kKinds };
constexpr std::string_view kKindNames[] = {"live_create", "live_update", "live_delete"};

double MsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double ResidentMib() {
  std::int64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return static_cast<double>(resident * ::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

double ThreadCpuMs() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

// In milliseconds.
struct Sample {
  double disk = 0;   // a batch of the same row in a store of its own
  double write = 0;  // the catalogue's write, disk included
  double scorer = 0;
  double query = 0;
  double again = 0;  // the same query once more
  double cpu = 0;    // of write, scorer and query
  double seen = 0;   // write and scorer: a query that begins then sees the change
};

double Quantile(const std::vector<Sample>& samples, double Sample::*part, double share) {
  std::vector<double> values;
  for (const Sample& sample : samples) values.push_back(sample.*part);
  const auto at = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size()))) - 1;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

// A workspace of made listings in a folder of its own, removed at the end.
class LiveWorkspace {
 public:
  explicit LiveWorkspace(const Size& size)
      : size_(size),
        generator_(Must(generate::Material::Load(FindModels(""), RunContext())), generate::GeneratorOptions()),
        engine_(Must(Engine::Open(FindModels("")))) {
    std::string pattern = (std::filesystem::temp_directory_path() / "magpie-live-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    workspace_ = Must(Workspace::Open("default", folder_ / "default.db"));
    aside_ = Must(OpenSqliteStore(folder_ / "aside.db", {}));
    next_[0] = size.needs;
    next_[1] = size.offerings;
    Import(Side::kNeed, 0, size.needs, "");
    Import(Side::kOffering, 0, size.offerings, "");
  }
  ~LiveWorkspace() {
    workspace_.reset();
    aside_.reset();
    std::filesystem::remove_all(folder_);
  }
  LiveWorkspace(const LiveWorkspace&) = delete;
  LiveWorkspace& operator=(const LiveWorkspace&) = delete;

  // Writes the generator's listings of these places under their own ids, with `suffix` behind.
  void Import(Side side, std::int64_t begin, std::int64_t end, const std::string& suffix) {
    for (std::int64_t first = begin; first < end; first += kImported) {
      std::vector<ListingRecord> records;
      for (std::int64_t place = first; place < std::min(end, first + kImported); ++place) {
        records.push_back(*generator_.Listing(side, place));
        records.back().id += suffix;
      }
      Must(workspace_->catalogue().ImportListings(records, OnExisting::kReplace, false, {}));
    }
  }

  std::shared_ptr<const Scorer> ScorerNow() {
    return Must(workspace_->ScorerFor(*engine_, workspace_->catalogue().snapshot(), {}, RunContext()));
  }

  // Until nothing is done in the background any more; in seconds.
  double Settle() const {
    const auto start = std::chrono::steady_clock::now();
    while (workspace_->renewing()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return MsSince(start) / 1e3;
  }
  bool renewing() const { return workspace_->renewing(); }

  // One change of a listing, until a question in its words sees it (or, once deleted, does no more).
  Sample Change(Kind kind) {
    const int number = changes_++;
    const Side side = number % kNeedEach == 0 ? Side::kNeed : Side::kOffering;
    std::int64_t& next = next_[side == Side::kOffering];
    ListingRecord record = *generator_.Listing(side, next++);
    Catalogue& catalogue = workspace_->catalogue();
    if (kind != kCreate) {
      const auto before = catalogue.snapshot();
      const auto old = std::as_const(before->listings(side))[static_cast<std::size_t>(number * 37) % 1'000];
      if (kind == kDelete) record = old->record;
      record.id = old->record.id;
    }
    Sample sample;
    const std::string body = ListingToJson(record, true);
    auto start = std::chrono::steady_clock::now();
    Must(aside_->Write({{"offering", record.id, kind == kDelete ? std::nullopt : std::optional(body), std::nullopt}}));
    sample.disk = MsSince(start);
    const double cpu = ThreadCpuMs();
    start = std::chrono::steady_clock::now();
    if (kind == kDelete) {
      if (!catalogue.DeleteListing(side, record.id, std::nullopt, {}).ok()) std::abort();
    } else {
      Must(catalogue.PutListing(record, OnExisting::kReplace, std::nullopt, {}));
    }
    sample.write = MsSince(start);
    start = std::chrono::steady_clock::now();
    const auto scorer = ScorerNow();
    sample.scorer = MsSince(start);
    ListingRecord question;
    question.side = side == Side::kNeed ? Side::kOffering : Side::kNeed;
    question.title = record.title;
    question.description = record.description;
    start = std::chrono::steady_clock::now();
    const std::vector<ScoredPair> found = Must(scorer->RankListing(question, 200));
    sample.query = MsSince(start);
    sample.cpu = ThreadCpuMs() - cpu;
    sample.seen = sample.write + sample.scorer;
    start = std::chrono::steady_clock::now();
    Must(scorer->RankListing(question, 200));
    sample.again = MsSince(start);
    const Snapshot& snapshot = scorer->snapshot();
    const bool seen = std::any_of(found.begin(), found.end(), [&](const ScoredPair& pair) {
      return (side == Side::kNeed ? snapshot.need(pair.need) : snapshot.offering(pair.offering)).record.id == record.id;
    });
    if (seen != (kind != kDelete)) {
      fmt::print(stderr, "live: {} is {}\n", record.id, seen ? "still found" : "not found");
      std::abort();
    }
    return sample;
  }

  const Size& size() const { return size_; }

 private:
  const Size size_;
  const generate::Generator generator_;
  const std::shared_ptr<Engine> engine_;
  std::filesystem::path folder_;
  std::shared_ptr<Workspace> workspace_;
  std::unique_ptr<Store> aside_;
  std::int64_t next_[2];  // places that are not yet taken
  int changes_ = 0;
};

Line MakeLine(const Size& size, std::string item, std::string unit, double ours, double bar, std::string quality) {
  return BarLine("live", std::move(item), std::move(unit), ours, bar,
                 fmt::format("{} listings", size.needs + size.offerings), std::move(quality));
}

Line LineOf(const Size& size, std::string item, const std::vector<Sample>& samples) {
  const auto both = [&](std::string_view name, double Sample::*part) {
    return fmt::format("{} {:.1f} / {:.1f}", name, Quantile(samples, part, 0.5), Quantile(samples, part, 0.99));
  };
  return MakeLine(
      size, std::move(item), "ms", Quantile(samples, &Sample::seen, 0.99), kBarMs,
      fmt::format("p99 of {}, worst {:.1f}; p50 / p99: {} = {} ({}), {}, {}; {}, {}", samples.size(),
                  Quantile(samples, &Sample::seen, 1), both("seen", &Sample::seen), both("write", &Sample::write),
                  both("disk", &Sample::disk), both("scorer", &Sample::scorer), both("query", &Sample::query),
                  both("query again", &Sample::again), both("cpu", &Sample::cpu)));
}

std::vector<Line> LiveLines() {
  const auto* size =
      std::find_if(std::begin(kSizes), std::end(kSizes), [](const Size& s) { return s.name == Sized(); });
  LiveWorkspace live(*size);
  std::vector<Line> lines;
  const double listings = static_cast<double>(size->needs + size->offerings);
  const auto start = std::chrono::steady_clock::now();
  live.ScorerNow();
  const double made = MsSince(start) / 1e3;
  lines.push_back(MakeLine(*size, "live_first_scorer", "s", made, kSecondsAListing * listings,
                           fmt::format("prepared {:.0f} s later, {:.0f} MiB", live.Settle(), ResidentMib())));
  std::vector<Sample> samples[kKinds];
  for (int i = 0; i < kChanges; ++i) {
    for (const Kind kind : {kCreate, kUpdate, kDelete}) samples[kind].push_back(live.Change(kind));
  }
  for (const Kind kind : {kCreate, kUpdate, kDelete}) {
    lines.push_back(LineOf(*size, std::string(kKindNames[kind]), samples[kind]));
  }
  // So much changes at once that it is packed, and a new profile made, beside the questions.
  const double before = ResidentMib();
  ForgetPeak();
  const auto many = static_cast<std::int64_t>(kRenewedShare * listings);
  live.Import(Side::kOffering, 0, many, "-again");
  const auto renewal = std::chrono::steady_clock::now();
  live.ScorerNow();
  const double read = MsSince(renewal) / 1e3;
  lines.push_back(MakeLine(*size, "live_import", "s", read, kSecondsAListing * static_cast<double>(many),
                           fmt::format("{} new ones until the next query sees them, without the write", many)));
  std::vector<Sample> meanwhile, after;
  do {
    meanwhile.push_back(live.Change(static_cast<Kind>(meanwhile.size() % kKinds)));
    std::this_thread::sleep_for(kPause);
  } while (live.renewing());
  const double seconds = MsSince(renewal) / 1e3;
  lines.push_back(LineOf(*size, "live_while_renewed", meanwhile));
  lines.push_back(MakeLine(*size, "live_renewal_memory", "MiB", PeakMib(), 2 * before,
                           fmt::format("{:.0f} before, renewed in {:.0f} s", before, seconds)));
  for (int i = 0; i < kChanges; ++i) after.push_back(live.Change(static_cast<Kind>(i % kKinds)));
  lines.push_back(LineOf(*size, "live_after_renewal", after));
  return lines;
}

}  // namespace

std::vector<Bench> LiveBenches() {
  return {{"live", LiveLines}};
}

}  // namespace magpie::bench
