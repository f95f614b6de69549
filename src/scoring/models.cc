#include "magpie/base/status.h"
#include "magpie/scoring/scorer.h"

namespace magpie {

absl::StatusOr<Models> LoadModels(const std::filesystem::path& folder) {
  Models models;
  MAGPIE_ASSIGN_OR_RETURN(models.analyzer, Analyzer::Load(folder));
  MAGPIE_ASSIGN_OR_RETURN(models.encoder, Encoder::Load(folder));
  return models;
}

}  // namespace magpie
