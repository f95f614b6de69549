// The engine: the one door to Magpie's stages for programs and the service.
//
// An Engine holds the models; scorers are built for a snapshot and kept while the snapshot is the newest one asked for.
// Errors   those of the stages, passed on unchanged.
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "magpie/engine/plan.h"
#include "magpie/scoring/scorer.h"

namespace magpie {

// Where the models are: the argument if it is not empty, else the environment variable MAGPIE_MODELS, else
// share/magpie/models beside the program's folder, else the folder models of the source tree it was built from.
std::filesystem::path FindModels(const std::filesystem::path& given);

// What plans over one catalogue found out, so that the next one, over a later snapshot, works out only what has changed.
// The caller puts the plan in once it is made; the rest is filled in by MakePlan. Some 5 KB a listing.
struct PlanMemory {
  std::shared_ptr<const Scorer> scorer;  // to follow; may be of the snapshot itself
  RunMemory needs, offerings;
  std::shared_ptr<const Plan> plan;
};

class Engine {
 public:
  // `text_encoder` (usually null) does whole texts in the place of the built-in encoder.
  static absl::StatusOr<std::shared_ptr<Engine>> Open(const std::filesystem::path& models,
                                                      std::shared_ptr<const Encoder> text_encoder = nullptr);

  const Models& models() const { return models_; }

  // The scorer over a snapshot; the one built last is kept, so asking again with the same snapshot and options is free.
  // One that fell back to the built-in encoder is not kept: the next one asks the text encoder again. `earlier` as
  // Scorer::Build says.
  absl::StatusOr<std::shared_ptr<const Scorer>> ScorerFor(std::shared_ptr<const Snapshot> snapshot,
                                                          const ScorerOptions& options, const RunContext& context,
                                                          const Scorer* earlier = nullptr);

  // Two lists in, a plan out: scores, assigns, schedules, explains. The answer has passed CheckAssignment and
  // CheckTimetable. import_rows, needs_import, offerings_import, changes and run.inputs are left to the caller. With `memory`
  // (may be null or empty) the plan is the same and costs less.
  absl::StatusOr<Plan> MakePlan(std::shared_ptr<const Snapshot> snapshot, const std::optional<Event>& event,
                                const PlanOptions& options, const ScorerOptions& scorer_options,
                                const RunContext& context, PlanMemory* memory = nullptr);

 private:
  explicit Engine(Models models) : models_(std::move(models)) {}

  Models models_;
  std::mutex mutex_;
  std::shared_ptr<const Scorer> scorer_;
  std::string scorer_key_;
};

}  // namespace magpie
