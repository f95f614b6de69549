// The names and phrasings of the knowledge graph cut into words, so that programs need not cut them at every start:
// models/phrases/phrases.tsv, made from models/knowledge by `magpie-train knowledge`.
//
// Format   first line "knowledge ID dictionary ID"; then a line each: number of the concept TAB name or saying TAB the
//          words that carry meaning, normalised, divided by spaces. By concept, names before sayings; phrases without
//          such a word are left out.
// Threads  a const PhraseTable may be used from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/knowledge/knowledge_graph.h"
#include "magpie/text/model_file.h"

namespace magpie {

class PhraseTable {
 public:
  static constexpr std::string_view kModelKind = "phrases";
  static constexpr int kVersion = 1;

  struct Phrase {
    ConceptIndex concept_index;
    bool saying = false;  // else a name
    std::uint32_t first_word = 0, word_count = 0;
  };

  // The file's text for a graph.
  static std::string Compile(const KnowledgeGraph& graph, const Analyzer& analyzer);

  // Errors: kModelMissing; kModelMismatch where the file is damaged or was made from another graph.
  static absl::StatusOr<PhraseTable> Load(const std::filesystem::path& models, const KnowledgeGraph& graph);

  std::span<const Phrase> phrases() const { return phrases_; }
  // The different words of all phrases, by number.
  std::span<const std::string_view> words() const { return words_; }
  std::span<const std::uint32_t> words_of(const Phrase& phrase) const {
    return std::span(word_numbers_).subspan(phrase.first_word, phrase.word_count);
  }

 private:
  ModelFile file_;  // words_ are views into it
  std::vector<std::string_view> words_;
  std::vector<std::uint32_t> word_numbers_;
  std::vector<Phrase> phrases_;
};

}  // namespace magpie
