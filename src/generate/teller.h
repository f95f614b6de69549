// Writes the texts of one listing: patterns of the grammar and clauses of the examples, filled with what the listing is
// about, up to a wanted length.
// Threads  a Teller belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "generate/material.h"
#include "generate/parties.h"
#include "generate/sampling.h"

namespace magpie::generate {

inline constexpr std::uint32_t kNoConcept = 0xFFFFFFFF;

// What a listing is about; the graph may name no object, material and so on for it.
struct Subject {
  Side side = Side::kNeed;
  Language language = Language::kZh;
  const Topic* topic = nullptr;
  std::uint32_t cure = 0;
  std::uint32_t cure2 = kNoConcept, object = kNoConcept, material = kNoConcept, equipment = kNoConcept,
                measure = kNoConcept, cause = kNoConcept;
};

// Characters, not bytes.
std::size_t CountCharacters(std::string_view text);

class Teller {
 public:
  Teller(const Material& material, const Subject& subject, const Places& places, Random* random);

  // Of several tries the one whose length is nearest to the wanted one, in characters.
  std::string Title(int length);
  std::string Description(int length);
  // A sentence such as ends a listing: terms, budget.
  std::string Terms();
  // Names of concepts, and how they are named differs from listing to listing.
  std::string Name(std::uint32_t concept_number);

 private:
  const Grammar& grammar() const { return material_.grammar(subject_.language); }
  bool chinese() const { return subject_.language == Language::kZh; }
  bool IsTechnology() const { return subject_.topic->resource == ResourceKind::kTechnology; }

  // A line of the section that the listing has something to say for, and that it has not told yet.
  const Pattern& DrawLine(Section section);
  void Tell(const Pattern& pattern, std::string* out);
  void TellPiece(const Piece& piece, std::string* out);
  void TellNamed(const Piece& piece, std::string* out);
  void TellIndicator(Slot slot, std::string* out);
  void TellSays(std::string* out);
  // Up to four clauses, or one sentence, of a text near the topic or else of its field, all of the text only
  // where `whole`; false where there is none.
  bool TellClauses(bool whole, std::string* out);
  const SourceText* DrawText();
  bool IsNew(const Pattern* pattern);  // and remembers it
  void Sentence(std::size_t written, std::size_t wanted, std::string* out);

  const Material& material_;
  const Subject& subject_;
  const Places& places_;
  Random& random_;
  std::uint64_t missing_ = 0;         // slots that the subject says nothing for
  std::size_t said_ = 0, first_ = 0;  // how many ways to put the trouble were used, from which on
  bool has_names_ = false;
  std::vector<const Pattern*> told_;
};

}  // namespace magpie::generate
