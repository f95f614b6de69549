// magpie-generate: lists of needs and offerings of any size, for benches, soak tests and demonstrations. tools/generate
// drives it.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "generate/generator.h"
#include "generate/list_writer.h"
#include "generate/measure.h"
#include "magpie/base/status.h"

namespace magpie::generate {
namespace {

constexpr std::int64_t kMostListings = 1'000'000;

struct Wish {
  std::string models = "models", out, measured;
  std::int64_t needs = 0, offerings = 0;
  double changed_percent = 0;
  bool force = false;
  int threads = 0;
  GeneratorOptions options;
};

absl::Status WriteLists(const Wish& wish, const RunContext& context) {
  const std::filesystem::path out = wish.out;
  for (const char* name : {"needs.jsonl", "offerings.jsonl"}) {
    if (wish.force || !std::filesystem::exists(out / name)) continue;
    return MakeError(Reason::kAlreadyExists, "--out",
                     fmt::format("{} is there already; name another folder, or say --force to write over it",
                                 (out / name).string()));
  }
  std::error_code error;
  std::filesystem::create_directories(out, error);
  if (error) {
    return MakeError(
        Reason::kBadArgument, "--out",
        fmt::format("cannot make the folder {} ({}); name one where you may write", wish.out, error.message()));
  }
  GeneratorOptions options = wish.options;
  options.changed_per_million = static_cast<int>(std::lround(wish.changed_percent * (kMillion / 100)));
  MAGPIE_ASSIGN_OR_RETURN(const std::shared_ptr<const Material> material, Material::Load(wish.models, context));
  const Generator generator(material, options);
  MAGPIE_RETURN_IF_ERROR(WriteList(generator, Side::kNeed, wish.needs, out / "needs.jsonl", context));
  return WriteList(generator, Side::kOffering, wish.offerings, out / "offerings.jsonl", context);
}

int Main(int argc, char** argv) {
  CLI::App app("Makes lists of needs and offerings of any size from models/: the same seed gives the same bytes.",
               "tools/generate");
  Wish wish;
  app.add_option("--needs", wish.needs, "how many needs, up to 1,000,000")
      ->check(CLI::Range(std::int64_t{0}, kMostListings));
  app.add_option("--offerings", wish.offerings, "how many offerings, up to 1,000,000")
      ->check(CLI::Range(std::int64_t{0}, kMostListings));
  app.add_option("--seed", wish.options.seed, "of every choice; another seed, other lists")->capture_default_str();
  auto* const out =
      app.add_option("--out", wish.out, "folder for needs.jsonl and offerings.jsonl; made if it is not there");
  app.add_option("--changed", wish.changed_percent,
                 "share of each list, in per cent, that changes from one round to the next")
      ->check(CLI::Range(0.0, 100.0));
  app.add_option("--round", wish.options.round, "rounds that have passed; 0 = the lists as they were first")
      ->check(CLI::Range(0, 1000));
  app.add_flag("--force", wish.force, "write over lists that are there already");
  app.add_option("--models", wish.models, "folder of the models")->capture_default_str();
  app.add_option("--threads", wish.threads, "0 = as many as the machine has cores; the lists are the same")
      ->capture_default_str();
  auto* const measured =
      app.add_option("--measure", wish.measured,
                     "instead: print the statistics of the lists in this folder (docs/design/generate.md)");
  out->excludes(measured);
  app.footer(
      "Examples:\n"
      "  tools/generate --needs 1000 --offerings 1000 --seed 1 --out build/lists/s\n"
      "  tools/generate --needs 64000 --offerings 154000 --seed 1 --out build/lists/l\n"
      "  tools/generate --needs 64000 --offerings 154000 --seed 1 --changed 1 --round 1 --out build/lists/l-next\n"
      "  tools/generate --measure build/lists/s\n"
      "\n"
      "The first listings of a long list are the short list of the same seed. In each round --changed per cent of the\n"
      "places get another text, another listing or none.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  RunContext context;
  context.threads = wish.threads;
  const bool shows = ::isatty(STDERR_FILENO) != 0;
  if (shows) {
    context.progress = [](std::string_view stage, std::int64_t done, std::int64_t total) {
      fmt::print(stderr, "\r{}: {} of {}{}", stage, done, total, done == total ? "\n" : "");
    };
  }
  if (wish.out.empty() && wish.measured.empty()) {
    fmt::print(stderr, "tools/generate: say --out FOLDER, or see --help\n");
    return 2;
  }
  if (wish.changed_percent == 0 && wish.options.round > 0) {
    fmt::print(stderr, "tools/generate: --round says nothing without --changed PERCENT\n");
    return 2;
  }
  const absl::Status status =
      wish.measured.empty() ? WriteLists(wish, context) : PrintMeasures(wish.measured, wish.models, context);
  if (status.ok()) return 0;
  fmt::print(stderr, "tools/generate: {}\n", ErrorText(status));
  return ReasonOf(status) == Reason::kInternal ? 3 : 2;
}

}  // namespace
}  // namespace magpie::generate

int main(int argc, char** argv) {
  return magpie::generate::Main(argc, argv);
}
