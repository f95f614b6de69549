// What listings are made of: the topics of models/knowledge and the texts of models/examples, taken apart.
//
// A topic is a trouble with what cures it and what it has to do with. A text of the examples is kept as clauses and
// parts of its title, each a pattern whose figures and concepts may be exchanged; near a topic are those texts of its
// field whose vectors are most like the topic's names.
// Threads  a const Material may be used from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "generate/grammar.h"
#include "magpie/base/progress.h"
#include "magpie/base/vocabulary.h"
#include "magpie/knowledge/knowledge_graph.h"

namespace magpie::generate {

// A title and description of models/examples.
struct SourceText {
  std::vector<Pattern> clauses;  // of the description, in its order; Chinese clauses, English sentences
  std::vector<Pattern> parts;    // of the title
};

template <typename T>
using BySideAndLanguage = std::array<std::array<T, 2>, 2>;

struct Topic {
  std::uint32_t trouble = 0;
  std::uint32_t field = 0;
  ResourceKind resource = ResourceKind::kTechnology;
  std::vector<std::uint32_t> cures, objects, causes, materials, equipment,
      measures;                                        // concepts; only cures never empty
  BySideAndLanguage<std::vector<std::uint32_t>> near;  // texts
};

// Something offered that cures no trouble of the graph, with the topic nearest to it.
struct LooseOffer {
  std::uint32_t offered = 0;
  std::uint32_t topic = 0;
};

class Material {
 public:
  // Errors: those of KnowledgeGraph::Load and Analyzer::Load, kFileNotFound and kBadFile for the examples.
  static absl::StatusOr<std::shared_ptr<const Material>> Load(const std::filesystem::path& models,
                                                              const RunContext& context);

  const KnowledgeGraph& graph() const { return *graph_; }
  const Grammar& grammar(Language language) const { return grammars_[static_cast<std::size_t>(language)]; }
  const std::vector<Topic>& topics() const { return topics_; }
  const std::vector<LooseOffer>& loose() const { return loose_; }
  // All but the troubles.
  const std::vector<std::uint32_t>& concepts_of_field(std::uint32_t field) const { return concepts_[field]; }
  const std::vector<std::uint32_t>& texts_of_field(std::uint32_t field, Side side, Language language) const {
    return fields_[field][static_cast<std::size_t>(side)][static_cast<std::size_t>(language)];
  }
  const std::vector<SourceText>& texts(Side side, Language language) const {
    return texts_[static_cast<std::size_t>(side)][static_cast<std::size_t>(language)];
  }

 private:
  friend class MaterialReader;
  std::shared_ptr<const KnowledgeGraph> graph_;
  std::array<Grammar, 2> grammars_;
  std::vector<Topic> topics_;
  std::vector<LooseOffer> loose_;
  std::vector<BySideAndLanguage<std::vector<std::uint32_t>>> fields_;  // texts
  std::vector<std::vector<std::uint32_t>> concepts_;
  BySideAndLanguage<std::vector<SourceText>> texts_;
};

}  // namespace magpie::generate
