// Turns written links into edges and refuses those that would make the graph wrong.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "knowledge/parser.h"
#include "magpie/knowledge/knowledge_graph.h"

namespace magpie {

// Concepts by their handles.
class Handles {
 public:
  explicit Handles(std::span<const Concept> concepts);

  // Those of `field` if there are any, else those of all fields; ascending.
  std::vector<ConceptIndex> Find(std::string_view zh, std::string_view field) const;

 private:
  std::span<const Concept> concepts_;
  absl::flat_hash_map<std::string_view, std::uint32_t> first_;
  std::vector<std::uint32_t> next_;  // the next concept of the same handle, or kNone
};

struct LinkedGraph {
  KnowledgeGraph::BoostGraph graph;
  std::size_t link_count = 0;
};

absl::StatusOr<LinkedGraph> LinkConcepts(const std::filesystem::path& folder, const KnowledgeText& text,
                                         const Handles& handles);

}  // namespace magpie
