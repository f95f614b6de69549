// What models/knowledge and models/examples teach: names of concepts, what users say, what cures what, and judged groups.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "magpie/knowledge/knowledge_graph.h"

namespace magpie::train {

struct ConceptLesson {
  std::vector<std::string> names_zh, names_en, says;
};

// A judged group, each listing as one text.
struct GroupLesson {
  std::string need;
  std::vector<std::string> answers, decoys;                     // grade 3, grade 0
  std::vector<std::pair<std::string, std::string>> title_body;  // of its listings of every grade that have both
};

struct Lessons {
  std::vector<ConceptLesson> concepts;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> cures;  // trouble, what cures it: places in `concepts`
  std::vector<std::pair<std::uint32_t, std::uint32_t>> links;  // of the other relations
  std::vector<GroupLesson> groups;
};

// Which groups of models/examples an encoder learns from: never those of the held-out fields, on which results are
// reported. A ranker fitted on what the encoder knows by heart would trust it too much, so the encoder that the ranker is
// fitted with learns without the ranker's groups, every fourth (number divisible by 4), and the one that ships with all.
enum class Taught { kWithoutRankers, kAll };
bool IsForEncoder(std::string_view field, std::string_view group, Taught taught);

// Groups that are not for the encoder are left out. Errors: kBadFile naming file and line.
absl::StatusOr<Lessons> ReadLessons(const KnowledgeGraph& graph, const std::filesystem::path& examples, Taught taught);

}  // namespace magpie::train
