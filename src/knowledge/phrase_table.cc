#include "magpie/knowledge/phrase_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <utility>

#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::string_view kName = "name", kSaying = "saying";

void AddLine(std::size_t number, std::string_view kind, std::string_view phrase, const Analyzer& analyzer,
             std::string* out) {
  const AnalyzedText text = analyzer.Analyze(phrase);
  std::vector<std::string_view> words;
  for (const Token& token : text.tokens) {
    const std::string_view word = text.word(token);
    if (!IsContentWord(text, token, analyzer) || word.find_first_of(" \t\n") != std::string_view::npos) continue;
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  if (!words.empty()) *out += fmt::format("{}\t{}\t{}\n", number, kind, fmt::join(words, " "));
}

// The part of `line` before `end`; takes it and the mark off.
std::string_view Take(std::string_view* line, char end) {
  const std::size_t at = std::min(line->find(end), line->size());
  const std::string_view part = line->substr(0, at);
  line->remove_prefix(std::min(at + 1, line->size()));
  return part;
}

}  // namespace

std::string PhraseTable::Compile(const KnowledgeGraph& graph, const Analyzer& analyzer) {
  std::string out = fmt::format("knowledge {} dictionary {}\n", graph.id(), analyzer.id());
  for (std::size_t i = 0; i < graph.concepts().size(); ++i) {
    const Concept& of = graph.concepts()[i];
    for (const auto* names : {&of.names_zh, &of.names_en}) {
      for (std::string_view name : *names) AddLine(i, kName, name, analyzer, &out);
    }
    for (const auto* says : {&of.says_zh, &of.says_en}) {
      for (std::string_view saying : *says) AddLine(i, kSaying, saying, analyzer, &out);
    }
  }
  return out;
}

absl::StatusOr<PhraseTable> PhraseTable::Load(const std::filesystem::path& models, const KnowledgeGraph& graph) {
  PhraseTable table;
  MAGPIE_ASSIGN_OR_RETURN(table.file_, OpenModel(models, kModelKind, kVersion));
  std::string_view rest = table.file_.file.bytes();
  const std::string_view head = Take(&rest, '\n');
  if (!head.starts_with(fmt::format("knowledge {} ", graph.id()))) {
    return MakeError(Reason::kModelMismatch, table.file_.path.string(),
                     fmt::format("{} was made from other files than those of knowledge/ ({}, now {}); run tools/train "
                                 "knowledge",
                                 table.file_.path.string(), head, graph.id()));
  }
  std::unordered_map<std::string_view, std::uint32_t> numbers;
  for (int line = 2; !rest.empty(); ++line) {
    std::string_view row = Take(&rest, '\n');
    const std::string_view number = Take(&row, '\t'), kind = Take(&row, '\t');
    std::size_t of = graph.concepts().size();
    std::from_chars(number.data(), number.data() + number.size(), of);
    if (of >= graph.concepts().size() || (kind != kName && kind != kSaying) || row.empty()) {
      return ModelDamaged(table.file_.path, fmt::format("line {} is no phrase", line));
    }
    Phrase phrase{ConceptIndex(static_cast<std::int64_t>(of)), kind == kSaying,
                  static_cast<std::uint32_t>(table.word_numbers_.size()), 0};
    while (!row.empty()) {
      const std::string_view word = Take(&row, ' ');
      const auto [found, is_new] = numbers.try_emplace(word, static_cast<std::uint32_t>(table.words_.size()));
      if (is_new) table.words_.push_back(word);
      table.word_numbers_.push_back(found->second);
      ++phrase.word_count;
    }
    table.phrases_.push_back(phrase);
  }
  return table;
}

}  // namespace magpie
