#include "magpie/base/status.h"
#include "magpie/scoring/scorer.h"

namespace magpie {

absl::StatusOr<Models> LoadModels(const std::filesystem::path& folder) {
  Models models;
  MAGPIE_ASSIGN_OR_RETURN(models.analyzer, Analyzer::Load(folder));
  absl::StatusOr<std::shared_ptr<const Encoder>> encoder = Encoder::Load(folder);
  if (encoder.ok()) {
    models.encoder = *std::move(encoder);
  } else if (ReasonOf(encoder.status()) != Reason::kModelMissing) {
    return encoder.status();
  }
  return models;
}

}  // namespace magpie
