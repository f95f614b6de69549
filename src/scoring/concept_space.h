// What the knowledge graph hears in a listing: in a need the troubles it complains of, in an offering the remedies it
// names. Both are found by meaning, not by letter, so that 锅炉管老是结垢 is heard as scaling, and the pair is worth
// something where the graph knows that the one cures the other.
//
// Cue      something a need may complain of: a trouble with all its names and phrasings, or the phrasings that stand at
//          a remedy itself.
// Remedy   a concept that cures a trouble, with its names.
// Strength of a cue in a need: over the cue's phrases the largest coverage * cosine^2; of a remedy in an offering:
//          coverage^2 * cosine. Coverage is the share of the phrase's weight (-ln of the words' shares of the corpus)
//          that the listing's words answer, each by relu((cosine - 0.3) / 0.7) to its nearest; the cosine is that of
//          the whole texts. Only the phrases nearest as whole texts are looked at.
// Exact    dot products are whole numbers and sums are taken in one order: a listing has one value everywhere.
// Cost     about 0.2 ms a listing of 40 words.
// Threads  a const ConceptSpace may be used from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/knowledge/knowledge_graph.h"
#include "magpie/knowledge/phrase_table.h"
#include "magpie/retrieval/fixed_vectors.h"
#include "magpie/vector/encoder.h"

namespace magpie {

class ConceptSpace {
 public:
  // A cue or a remedy, and how strongly it is heard.
  struct Heard {
    double strength = 0;
    std::uint32_t id = 0;
    std::uint32_t phrase = 0;  // by which it is heard best
    friend bool operator==(const Heard&, const Heard&) = default;
  };
  // A listing's different words and the whole text, as vectors of the encoder.
  struct Text {
    std::vector<const std::int16_t*> words;
    std::span<const std::int16_t> whole;
  };

  static absl::StatusOr<std::shared_ptr<const ConceptSpace>> Build(std::shared_ptr<const KnowledgeGraph> graph,
                                                                   const PhraseTable& phrases, const Encoder& encoder);

  const KnowledgeGraph& graph() const { return *graph_; }

  // Where to listen: the groups near a text, ascending. A text that differs by a few words is heard among these as it
  // would be among all, bar a faint one now and then, at half the cost.
  using Groups = std::vector<std::uint32_t>;
  Groups CuesNear(const Text& need) const { return Near(cues_, need); }
  Groups RemediesNear(const Text& offering) const { return Near(remedies_, offering); }

  // Strongest first; ties by id. `among` null: all.
  std::vector<Heard> CuesOf(const Text& need, const Groups* among = nullptr) const {
    return among == nullptr ? HearAll(cues_, {&need, 1}).front() : HearAmong(cues_, need, *among);
  }
  // Ascending by id.
  std::vector<Heard> RemediesOf(const Text& offering, const Groups* among = nullptr) const;
  // The same for several listings, at half the cost each.
  std::vector<std::vector<Heard>> CuesOfAll(std::span<const Text> needs) const { return HearAll(cues_, needs); }
  std::vector<std::vector<Heard>> RemediesOfAll(std::span<const Text> offerings) const;

  // What a need asks for: for each remedy the strengths of the cues that it cures, summed. Ascending by id.
  std::vector<Heard> Wanted(std::span<const Heard> cues) const;

  // How well the offering gives what the need asks for: ln(1 + sum of products / 0.01) / 2.
  static double Agreement(std::span<const Heard> wanted, std::span<const Heard> remedies);

  // What one need asks for, laid out for many offerings; Agreement to the last bit.
  class Wish {
   public:
    Wish(const ConceptSpace& space, std::span<const Heard> wanted);
    double Agreement(std::span<const Heard> remedies) const;

   private:
    std::vector<double> strengths_;  // by remedy, 0 where it is not wanted
  };

  // Why a pair agrees: a cue of the need and a remedy of the offering that cures it.
  struct Bridge {
    ConceptIndex trouble, remedy;  // the same where the phrasing stands at the remedy itself
    double product = 0;            // of their strengths
    // Places in the listings' words that the two phrases were heard in, ascending.
    std::vector<std::size_t> need_words, offering_words;
  };
  // The `most` bridges that bring the most, each remedy once; ties by the concepts' numbers. `near` are the need's groups,
  // `remedies` those of the offering.
  std::vector<Bridge> Bridges(const Text& need, const Groups& near, const Text& offering,
                              std::span<const Heard> remedies, std::size_t most) const;
  // The one that brings the most, without the places; none where there is none of kLeastBridge.
  std::optional<Bridge> StrongestBridge(std::span<const Heard> wanted, std::span<const Heard> remedies) const;
  static constexpr double kLeastBridge = 0.004;  // a fainter product is noise

 private:
  static double AgreementOf(double sum);  // of products of strengths

  struct Group {
    ConceptIndex concept_index;
    std::uint32_t first_phrase = 0, end_phrase = 0;
  };
  struct Phrase {
    std::uint32_t first_word = 0, end_word = 0;  // into word_numbers
    double weight = 0;                           // of all its words
  };
  // The cues, or the remedies.
  struct Side {
    std::vector<Group> groups;
    FixedVectors group_vectors;
    std::vector<Phrase> phrases;
    FixedVectors phrase_vectors;
    std::vector<std::uint32_t> word_numbers;
    bool cue = false;
    std::size_t most = 0;  // heard in one listing
  };

  Groups Near(const Side& side, const Text& text) const;
  std::vector<std::vector<Heard>> HearAll(const Side& side, std::span<const Text> texts) const;
  std::vector<Heard> HearAmong(const Side& side, const Text& text, const Groups& among) const;
  // What is heard of the groups nearest to the text.
  std::vector<Heard> HearIn(const Side& side, const Text& text, std::span<const std::uint32_t> nearest) const;
  std::vector<std::size_t> HeardIn(const Side& side, std::uint32_t phrase, const Text& text) const;
  absl::Status Fill(const PhraseTable& table, const Encoder& encoder,
                    std::span<const std::vector<std::uint32_t>> phrases_of_groups, const RunContext& context,
                    Side* side) const;

  std::shared_ptr<const KnowledgeGraph> graph_;
  Side cues_, remedies_;
  std::vector<std::vector<std::uint32_t>> remedies_of_;  // by cue, ascending
  FixedVectors word_vectors_;
  std::vector<double> word_weights_;
};

}  // namespace magpie
