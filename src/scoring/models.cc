#include <future>

#include "magpie/base/status.h"
#include "magpie/scoring/scorer.h"
#include "scoring/concept_space.h"

namespace magpie {

absl::StatusOr<Models> LoadModels(const std::filesystem::path& folder) {
  Models models;
  MAGPIE_ASSIGN_OR_RETURN(models.analyzer, Analyzer::Load(folder));
  // The graph takes as long as all the rest, and neither needs the other.
  std::future<absl::StatusOr<std::shared_ptr<const KnowledgeGraph>>> graph =
      std::async(std::launch::async, [&folder] { return KnowledgeGraph::Load(folder); });
  MAGPIE_ASSIGN_OR_RETURN(models.encoder, Encoder::Load(folder));
  MAGPIE_ASSIGN_OR_RETURN(models.graph, graph.get());
  MAGPIE_ASSIGN_OR_RETURN(const PhraseTable phrases, PhraseTable::Load(folder, *models.graph));
  MAGPIE_ASSIGN_OR_RETURN(models.concepts, ConceptSpace::Build(models.graph, phrases, *models.encoder));
  MAGPIE_ASSIGN_OR_RETURN(models.ranker, Ranker::Load(folder));
  return models;
}

std::string EncoderId(const Models& models) {
  std::string id(models.encoder == nullptr ? "none" : models.encoder->id());
  if (models.text_encoder != nullptr) id += "+" + std::string(models.text_encoder->id());
  return id;
}

}  // namespace magpie
