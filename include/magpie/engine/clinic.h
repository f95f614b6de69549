// The need clinic: what a need does not say yet, what to ask the firm, and which candidates the answer tells apart.
//
// Said     an aspect is present where a field of the record says it (trl, amount, modes, indicators), where the text
//          names a concept of the knowledge graph of its kind, or where one of the clinic's cue words stands
//          (docs/design/clinic.md lists the rules). A figure is a number with its unit.
// Asked    a missing aspect has one polite sentence for the firm's engineer, in the language asked for, that quotes the
//          need's own words. Aspects that mean nothing for a kind of resource (the material of a loan) are not asked.
// Ties     findings stand in the order of NeedAspect, spans in the order of the text, groups by how many candidates
//          they add, then by rank: same input, same answer.
// Cost     linear in the texts: one analysis of the need, and one of each of its candidates.
// Threads  every function may be called from several threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/vocabulary.h"
#include "magpie/ingest/record.h"
#include "magpie/scoring/score.h"
#include "magpie/scoring/scorer.h"

namespace magpie {

enum class NeedAspect : std::uint8_t {
  kMaterial,     // of what the thing is made, what is processed
  kMethod,       // what is used today, what was tried, what is preferred
  kEffect,       // what shall become better, or the trouble that shall go
  kProduct,      // the product, part or machine that it is about
  kApplication,  // where the result is used
  kFigures,      // numbers with their units
  kMaturity,     // how ready the technology has to be
  kBudget,       // how much money there is
  kMode,         // way of cooperation
};
inline constexpr int kNeedAspectCount = 9;
std::string_view NeedAspectName(NeedAspect aspect);  // "material", ...

enum class FindingState : std::uint8_t {
  kPresent,
  kMissing,
  kNotAsked,  // not said, and of no use for this kind of resource
};
std::string_view FindingStateName(FindingState state);  // "present", "missing", "not-asked"

// Candidates that say the same of an aspect. One that says several things stands in several groups.
struct CandidateGroup {
  std::string says;                       // "陶瓷膜", "TRL 8", "≤ 50万元"; empty = these say nothing of it
  std::vector<std::string> offering_ids;  // external ids, best first
  friend bool operator==(const CandidateGroup&, const CandidateGroup&) = default;
};

struct NeedFinding {
  NeedAspect aspect = NeedAspect::kMaterial;
  FindingState state = FindingState::kMissing;
  std::string field;        // present: the record's field that says so, "trl"; empty where the text does
  std::string value;        // present: that field's value, for people
  std::vector<Span> spans;  // present: where the text says so, at most five
  std::string question;     // missing: what to ask
  // Missing, and candidates were asked for: at least two groups that say different things, then perhaps the silent
  // ones; empty where the answer tells no candidates apart.
  std::vector<CandidateGroup> groups;
  std::string effect;  // the groups as one sentence
};

struct NeedDiagnosis {
  std::string need_id, title;
  std::vector<NeedFinding> findings;  // one for each aspect, in their order
};

// What a need says and what it does not. Never fails, whatever the texts hold.
NeedDiagnosis DiagnoseNeed(const ListingRecord& need, const Models& models, Language language);

// Adds to each missing aspect what the need's ten best candidates of the scorer say of it, of those alone that `admits` lets
// through where it is set.
void AddCandidateGroups(const Scorer& scorer, NeedIndex need, const Models& models, Language language,
                        NeedDiagnosis* diagnosis, const std::function<bool(const Listing&)>& admits = nullptr);

}  // namespace magpie
