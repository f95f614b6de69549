// Finds the names of concepts in texts: a trie over symbols, where a symbol is a Chinese character, the stem of a word
// of letters and digits, or a sign. Spaces and hyphens are no symbols. The rules stand at KnowledgeGraph::Find.
//
// Cost     one look-up a symbol and step; a step goes on only while some name goes on, so it is linear in the text.
// Threads  a const NameFinder may be used from several threads at once.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "knowledge/symbol_trie.h"
#include "magpie/knowledge/knowledge_graph.h"
#include "magpie/text/analyzer.h"

namespace magpie {

class NameFinder {
 public:
  // `names` = how many will be added, for reserving memory.
  explicit NameFinder(std::size_t names = 0);
  // `written` as the file has it, kept as a view; `normal` is NormalizeText of it. Returns the concepts that already
  // bear a name of the same symbols.
  std::vector<ConceptIndex> Add(std::string_view written, std::string_view normal, ConceptIndex concept_index);

  std::vector<Mention> Find(std::string_view text, const AnalyzedText& analyzed) const;

 private:
  enum class Rule : std::uint8_t {
    kAnywhere,
    kOwnWord,    // one Chinese character: only where the analyzer sees it as a word
    kOneEdge,    // two or three: must not cut words at both ends
    kAsWritten,  // a word of one or two letters
    kCapitals,   // a longer abbreviation: in English texts only with capitals
    kOwnForm,    // a word: as it is or in the other number, not what else has its stem (soil for soiling)
  };
  struct Name {
    ConceptIndex concept_index;
    Rule rule = Rule::kAnywhere;
    std::string_view written;
    std::int32_t next = -1;  // another name of the same symbols
  };
  struct Symbol {
    std::uint32_t id = 0;
    std::uint32_t begin = 0, end = 0;  // bytes of the normalised text
    bool is_word = false;              // letters and digits
    bool is_han = false;
  };
  struct Hit;
  class Search;

  static Rule RuleOf(std::string_view written, std::string_view normal, const std::vector<Symbol>& symbols);

  // The symbol of a word by its stem, and of the words that names hold as they are, to save stemming.
  std::uint32_t SymbolOf(std::string_view word) const;

  absl::flat_hash_map<std::string, std::uint32_t> stems_, words_;
  std::vector<Symbol> scratch_;  // of Add
  SymbolTrie trie_;
  std::vector<std::int32_t> first_name_ = {-1};  // by state; -1 where no name ends
  std::vector<Name> names_;
};

}  // namespace magpie
