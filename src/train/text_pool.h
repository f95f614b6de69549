// The corpus cut into words: each text a row of word numbers, with the counts that weights and shares come from.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/text/analyzer.h"
#include "train/corpus.h"
#include "train/lessons.h"

namespace magpie::train {

using Words = std::vector<std::uint32_t>;  // word numbers in the order of the text; bare numbers and measures left out

struct PaperWords {
  Words title, abstract_zh, abstract_en, keywords_zh, keywords_en;
  std::vector<Words> passages;
};
struct AwardWords {
  Words title, abstract_en;
};
struct ClassWords {
  Words zh, en;
  std::int32_t parent = -1;  // its number in `classes`
};
struct KeywordWords {
  Words zh, en;
};

// Texts from models/knowledge and models/examples.
struct ConceptWords {
  std::vector<Words> names_zh, names_en, says;
};
struct GroupWords {
  Words need;
  std::vector<Words> answers, decoys;
  std::vector<std::pair<Words, Words>> title_body;
};
struct LessonWords {
  std::vector<ConceptWords> concepts;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> cures;  // trouble, what cures it
  std::vector<std::pair<std::uint32_t, std::uint32_t>> links;  // of the other kinds
  std::vector<GroupWords> groups;
};

struct TextPool {
  std::vector<std::string> words;     // by number
  std::vector<std::uint32_t> counts;  // how often each occurs
  std::vector<std::uint32_t> texts;   // in how many texts each occurs
  std::uint32_t text_count = 0;
  std::vector<PaperWords> papers;
  std::vector<AwardWords> awards;
  std::vector<ClassWords> classes;
  std::vector<KeywordWords> keywords;
  LessonWords lessons;
};

// Same pool whatever the number of threads.
absl::StatusOr<TextPool> MakeTextPool(const Corpus& corpus, const Lessons& lessons, const Analyzer& analyzer,
                                      const RunContext& context);

}  // namespace magpie::train
