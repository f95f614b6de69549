// What scoring says of a pair: a score, its components, and the reasons for and against it in the words of both texts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/index.h"
#include "magpie/base/vocabulary.h"

namespace magpie {

// The components of a score, in the order of the columns of `magpie score`. Each is in [0, 1], higher is better; a
// component that cannot be told (a field is missing) is neutral and never counts against the listing.
enum class Component : std::uint8_t {
  kLexical,    // words in common, weighted by how specific they are
  kSemantic,   // each word of the need against its nearest word of the offering
  kText,       // the two texts as wholes
  kResource,   // kind of resource
  kMode,       // ways of cooperation
  kTrl,        // maturity reached against maturity wanted
  kAmount,     // price against budget
  kRegion,     // place
  kValidity,   // both valid at the same time
  kKnowledge,  // what the offering cures, as the knowledge graph has it, against what the need complains of
};
inline constexpr int kComponentCount = 10;
std::string_view ComponentName(Component component);  // "lexical", ...
std::string_view ComponentLabel(Component component, Language language);

struct ScoredPair {
  NeedIndex need;
  OfferingIndex offering;
  double score = 0;  // [0, 1]
  int grade = 0;     // 0 none, 1 weak, 2 fairly strong, 3 strong
  float components[kComponentCount] = {};
  bool rejected = false;  // a `must` constraint is missed or the pair is excluded; then score and grade are 0
};

// By how much a constraint is met (positive) or missed (negative).
struct Margin {
  Constraint constraint;
  bool known = true;  // false where a field is missing: then it neither helps nor harms
  bool met = true;
  bool must = false;
  double amount = 0;     // in `unit`, positive = to spare, negative = short
  std::string unit;      // "万元", "级", "天", "" for yes-or-no constraints
  std::string sentence;  // in the language asked for: "价格比预算高 0.48 万元"
};

// A piece of a listing's text: bytes [begin, end) of the named field, on character boundaries; keywords count as joined
// by line breaks.
struct Span {
  enum class Field : std::uint8_t { kTitle, kDescription, kKeywords };
  Field field = Field::kTitle;
  std::uint32_t begin = 0, end = 0;
  std::string quote;
};

struct PairReason {
  std::string
      kind;  // "cures", "same-word", "same-figure", "related-word", "missing-word", "excluded" or a constraint's name
  std::string sentence;  // for the reader, in the language asked for
  std::vector<Span> need_spans;
  std::vector<Span> offering_spans;
  double share = 0;  // what the score would lose without this, in [-1, 1]; negative for objections
};

enum class Audience : std::uint8_t { kFirm, kBroker, kOfficial };

struct Explanation {
  ScoredPair pair;
  std::vector<PairReason> evidence;
  std::vector<PairReason> objections;
  std::vector<Margin> margins;
  std::string summary;  // one or two sentences for the audience
};

// Why a pair is worth a look and what stands against it: at most three short reasons each, the weightiest first.
struct BriefReasons {
  std::vector<std::string> evidence, objections;
};

}  // namespace magpie
