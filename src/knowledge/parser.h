// Reads the text files of models/knowledge; docs/design/knowledge.md is their definition, tools/lint-knowledge the full
// check. Here only what would make the graph wrong is an error, and the first one ends the reading.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "magpie/knowledge/knowledge_graph.h"

namespace magpie {

// A link as it is written: its other end is still a name.
struct WrittenLink {
  ConceptIndex from;
  Relation relation = Relation::kBroader;
  LinkDirection direction = LinkDirection::kForward;  // kReverse: cured-by
  std::string_view to;
  int line = 0;
};

struct KnowledgeText {
  std::vector<KnowledgeField> fields;
  std::vector<Concept> concepts;
  std::vector<WrittenLink> links;
};

// `bytes` must outlive what is read from them. ParseFields comes before the first ParseConcepts.
absl::Status ParseFields(const std::filesystem::path& path, std::string_view bytes, KnowledgeText* out);
// The name of the file as `file` stands in a Concept; its part before the first dot is the field.
absl::Status ParseConcepts(const std::filesystem::path& path, std::string_view file, std::string_view bytes,
                           KnowledgeText* out);

// "PATH:LINE: what; how to see all that is wrong".
absl::Status KnowledgeError(const std::filesystem::path& path, int line, std::string_view what);

}  // namespace magpie
