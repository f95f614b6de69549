#include "magpie/engine/engine.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "engine/plan_builder.h"
#include "magpie/base/date.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

// What a kept scorer was built for: another snapshot or other options make another key.
std::string ScorerKey(const Snapshot& snapshot, const ScorerOptions& options) {
  std::string key =
      fmt::format("{} {} {} {} {} {} {}", static_cast<const void*>(&snapshot), snapshot.version(), options.must.bits(),
                  options.today.time_since_epoch().count(), options.candidates, options.seed, options.built_in_text);
  if (options.ranker) key += "\t" + options.ranker->ToJson();
  for (const auto& [need, offering] : options.excluded) key += fmt::format("\t{}\t{}", need, offering);
  return key;
}

}  // namespace

std::filesystem::path FindModels(const std::filesystem::path& given) {
  if (!given.empty()) return given;
  if (const char* folder = std::getenv("MAGPIE_MODELS"); folder != nullptr && *folder != '\0') return folder;
  std::error_code code;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", code);
  if (!code) {
    const std::filesystem::path installed = program.parent_path().parent_path() / "share" / "magpie" / "models";
    if (std::filesystem::exists(installed / "MANIFEST.json", code)) return installed;
  }
  return MAGPIE_MODELS_FOLDER;
}

absl::StatusOr<std::shared_ptr<Engine>> Engine::Open(const std::filesystem::path& models,
                                                     std::shared_ptr<const Encoder> text_encoder) {
  MAGPIE_ASSIGN_OR_RETURN(Models loaded, LoadModels(models));
  loaded.text_encoder = std::move(text_encoder);
  return std::shared_ptr<Engine>(new Engine(std::move(loaded)));
}

absl::StatusOr<std::shared_ptr<const Scorer>> Engine::ScorerFor(std::shared_ptr<const Snapshot> snapshot,
                                                                const ScorerOptions& options, const RunContext& context,
                                                                const Scorer* earlier) {
  const std::string key = ScorerKey(*snapshot, options);
  {
    const std::lock_guard lock(mutex_);
    if (scorer_ != nullptr && scorer_key_ == key) return scorer_;
  }
  // Built outside the lock: two callers may build the same scorer once each, nobody waits for another's snapshot.
  MAGPIE_ASSIGN_OR_RETURN(std::shared_ptr<const Scorer> scorer,
                          Scorer::Build(std::move(snapshot), models_, options, context, earlier));
  if (scorer->fell_back()) return scorer;
  std::shared_ptr<const Scorer> before;  // goes after the lock is given back
  const std::lock_guard lock(mutex_);
  // The kept scorer owns its snapshot, so the address in the key cannot be taken by another while it is kept.
  before = std::exchange(scorer_, scorer);
  scorer_key_ = key;
  return scorer;
}

absl::StatusOr<Plan> Engine::MakePlan(std::shared_ptr<const Snapshot> snapshot, const std::optional<Event>& event,
                                      const PlanOptions& options, const ScorerOptions& scorer_options,
                                      const RunContext& context, PlanMemory* memory) {
  const Stopwatch whole;
  const Scorer* earlier = memory == nullptr ? nullptr : memory->scorer.get();
  MAGPIE_ASSIGN_OR_RETURN(const std::shared_ptr<const Scorer> scorer,
                          ScorerFor(snapshot, scorer_options, context, earlier));
  if (memory != nullptr) memory->scorer = scorer;
  PlanBuilder builder(*scorer, event, options, context, memory);
  builder.AddStage("build scorer", whole.seconds());
  return builder.Build(std::move(snapshot), models_, scorer_options);
}

}  // namespace magpie
