// What links a firm's trouble to an institute's technique: the concepts of models/knowledge as a graph, with a finder
// of their names in texts. docs/design/knowledge.md says what the files hold and how they are written.
//
// Terms    concept = one thing of the field with all its names; link = a typed, directed relation of two concepts.
// Order    concepts are numbered by file name, then by line: same files, same numbers.
// Memory   the concepts' texts are views into a copy of the files that the graph keeps; they live as long as the graph.
// Threads  a const KnowledgeGraph may be used from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/index.h"
#include "magpie/text/analyzer.h"

namespace magpie {

using ConceptIndex = Index<struct ConceptTag>;

enum class ConceptKind : std::uint8_t {
  kTrouble,
  kTechnique,
  kObject,
  kMaterial,
  kEquipment,
  kEffect,
  kMeasure,
  kService,
  kTalent,
  kCapital,
  kPlatform,
  kSite,
};

// From the concept that the file names first to the one it links; `cured-by` is read as `cures` the other way round.
enum class Relation : std::uint8_t {
  kBroader,
  kCures,
  kCausedBy,
  kMadeFrom,
  kUsedIn,
  kMeasuredBy,
  kAlternative,  // holds in both directions
};

// As the files spell them: "trouble", "caused-by".
std::string_view ConceptKindName(ConceptKind kind);
std::string_view RelationName(Relation relation);

struct Concept {
  std::string_view zh, en;                         // the handle, and the English name
  std::vector<std::string_view> names_zh;          // the handle first, then its synonyms
  std::vector<std::string_view> names_en;          // the same in English
  std::vector<std::string_view> says_zh, says_en;  // how users put the trouble
  std::vector<std::string_view> ipc;               // "C02F", "C02F 5/08"
  ConceptKind kind = ConceptKind::kTrouble;
  std::string_view field;  // its code: "environment"
  std::string_view file;   // "environment.txt"
  int line = 0;
};

struct KnowledgeField {
  std::string_view code, zh, en;
  std::vector<std::string_view> ipc;  // most telling first; may be empty
};

// A place of a text that names a concept.
struct Mention {
  ConceptIndex concept_index;
  std::uint32_t begin = 0, end = 0;                // bytes of the original text
  std::uint32_t first_token = 0, token_count = 0;  // the tokens of the analyzed text that it touches
  friend bool operator==(const Mention&, const Mention&) = default;
};

enum class LinkDirection : std::uint8_t {
  kForward,  // the concepts that this one cures, is made from, ...
  kReverse,  // the concepts that cure this one, are made from it, ...
};

struct PathStep {
  ConceptIndex from, to;
  Relation relation = Relation::kBroader;
  LinkDirection direction = LinkDirection::kForward;  // kReverse: it is `to` that cures `from`
  friend bool operator==(const PathStep&, const PathStep&) = default;
};

struct Reached {
  ConceptIndex concept_index;
  int cost = 0;
  friend bool operator==(const Reached&, const Reached&) = default;
};

// What a step along a relation costs on a path, in either direction: a cure is the answer itself, a cause or another
// way is next to it, a thing used in the same place says least.
int LinkCost(Relation relation);

class KnowledgeGraph {
 public:
  // Of its entries in models/MANIFEST.json.
  static constexpr std::string_view kModelKind = "knowledge";
  static constexpr int kVersion = 1;

  struct Link {
    Relation relation = Relation::kBroader;
    LinkDirection direction = LinkDirection::kForward;
  };
  // Each link stands twice, forward at the one concept and reverse at the other, so that both can be walked; vertex
  // numbers are the ConceptIndex's.
  using BoostGraph = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, Link, boost::no_property,
                                                        std::uint32_t, std::uint32_t>;

  // Reads all files of models/knowledge. Errors:
  //   kModelMissing   the manifest, or a file that it names, is not there
  //   kModelMismatch  a file's hash is not the manifest's or the manifest does not know the file (both hashes stand in
  //                   the message), or a file is not what docs/design/knowledge.md says ("FILE:LINE: ...")
  static absl::StatusOr<std::shared_ptr<const KnowledgeGraph>> Load(const std::filesystem::path& models);
  // The same without asking the manifest, for the program that writes it.
  static absl::StatusOr<std::shared_ptr<const KnowledgeGraph>> LoadUnstamped(const std::filesystem::path& models);

  KnowledgeGraph(const KnowledgeGraph&) = delete;
  KnowledgeGraph& operator=(const KnowledgeGraph&) = delete;
  ~KnowledgeGraph();

  // "knowledge-" and 12 hexadecimal digits over names and hashes of all files: stands in run.json.
  std::string_view id() const;
  // Names of the files in models/knowledge, fields.txt first, then ascending.
  std::span<const std::string> files() const;
  std::span<const KnowledgeField> fields() const;
  std::span<const Concept> concepts() const;
  const Concept& operator[](ConceptIndex index) const { return concepts()[static_cast<std::size_t>(index.value)]; }
  // Each link counted once.
  std::size_t link_count() const;
  const BoostGraph& boost() const;

  // The concept of that handle; where it stands in several fields, that of `field`; none if that leaves no single one.
  ConceptIndex FindHandle(std::string_view zh, std::string_view field = {}) const;

  // Ascending, each once.
  std::vector<ConceptIndex> Neighbours(ConceptIndex from, Relation relation, LinkDirection direction) const;

  // Every concept that `text` names, in either language; `analyzed` is the analyzer's view of the same text.
  //   Sameness  normalised characters, so width, case and traditional or simplified writing do not count; the words of
  //             an English name by their stems, a name of a single word but for number, abbreviations but for a plural
  //             s. Between words a hyphen is a space; between Chinese characters neither counts.
  //   Words     English names match whole words. Chinese ones may cross the words of the analyzer, but one of a single
  //             character must be a word, and one of two or three must not cut words at both its ends.
  //   Short     abbreviations of one or two letters match only as they are written (pH, AI), longer ones in English
  //             texts only with two capitals or more (LED, not led).
  //   Nested    a name inside a longer name of the same concept is left out, one of another concept is kept. Where
  //             several concepts bear the same name, those written exactly like the text win.
  //   Order     by begin, longer first, then by concept.
  // Cost  the first call makes the finder, 20 to 40 ms; linear in the text: at each place at most as many steps as the longest name is long.
  std::vector<Mention> Find(std::string_view text, const AnalyzedText& analyzed) const;

  // The cheapest way from one concept to another along links in either direction, by LinkCost; empty where they are the
  // same or the way costs more than `most_cost`. Of ways that cost the same, the same graph always gives the same one.
  // Cost  Dijkstra, ended at `to` or at `most_cost`.
  std::vector<PathStep> Path(ConceptIndex from, ConceptIndex to, int most_cost) const;
  // All concepts within `most_cost`, nearest first, then by number; `from` itself at cost 0.
  std::vector<Reached> Within(ConceptIndex from, int most_cost) const;

 private:
  struct Parts;
  explicit KnowledgeGraph(std::unique_ptr<const Parts> parts);
  const std::unique_ptr<const Parts> parts_;
};

}  // namespace magpie
