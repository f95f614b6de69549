#include "magpie/base/status.h"
#include "magpie/knowledge/knowledge_graph.h"
#include "magpie/scoring/scorer.h"

namespace magpie {

absl::StatusOr<Models> LoadModels(const std::filesystem::path& folder) {
  Models models;
  MAGPIE_ASSIGN_OR_RETURN(models.analyzer, Analyzer::Load(folder));
  MAGPIE_ASSIGN_OR_RETURN(models.encoder, Encoder::Load(folder));
  MAGPIE_ASSIGN_OR_RETURN(models.graph, KnowledgeGraph::Load(folder));
  return models;
}

std::string EncoderId(const Models& models) {
  std::string id(models.encoder == nullptr ? "none" : models.encoder->id());
  if (models.text_encoder != nullptr) id += "+" + std::string(models.text_encoder->id());
  return id;
}

}  // namespace magpie
