// What a column of a spreadsheet holds, by its heading: Chinese and English names, with or without brackets and units.
// docs/formats.md lists the names; a test compares the two.
// Threads  constant data.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/vocabulary.h"
#include "magpie/ingest/amount_parser.h"

namespace magpie {

enum class Field : std::uint8_t {
  kUnknown,  // kept in `extra` under its heading
  kIgnored,  // running numbers, and columns that the mapping file sets to "-"
  kId,
  kSide,
  kLanguage,
  kTitle,
  kPartyName,
  kPartyId,
  kPartyAliases,
  kPartyParent,
  kPartyKind,
  kPartyRegion,
  kPartyQualifications,
  kPartyFirstTimer,
  kPartySmall,
  kContactName,
  kContactRole,
  kContactPhone,
  kContactEmail,
  kDescription,
  kKeywords,
  kFields,
  kResource,
  kModes,
  kTrl,
  kAmount,
  kAmountLow,
  kAmountHigh,
  kCurrency,
  kRegions,
  kPartnerKinds,
  kExcludeParties,
  kValidFrom,
  kValidUntil,
  kReview,
  kReviewNote,
  kDisclosure,
  kTextLevel,
  kPartyLevel,
  kContactsLevel,
  kTrade,
  kIpForm,
  kMust,
  kCapacity,
  kTeam,
  kRemark,
};

struct FieldHeadings {
  Field field;
  std::string_view name;  // as a mapping file names it
  // Accepted headings; spaces, brackets with what they hold, and the marks * : _ - . / do not count.
  std::span<const std::string_view> headings;
};
std::span<const FieldHeadings> AllFieldHeadings();

// One column as its heading describes it.
struct Column {
  Field field = Field::kUnknown;
  std::string heading;                   // as written
  bool exact = false;                    // the heading is in the list or the mapping file, not only like one that is
  AmountUnit unit;                       // of an amount
  std::string per;                       // "/年" of "万元/年"
  std::optional<ResourceKind> resource;  // what a title's heading says of all rows: 成果名称, 专家
  bool repeats = false;                  // a party's cell left empty repeats the one above
};

// `mapping` as in ImportOptions::heading_fields.
Column ReadHeading(std::string_view heading, const std::map<std::string, std::string>& mapping);

// All cells of a row as headings.
std::vector<Column> ReadHeadings(const std::vector<std::string>& cells,
                                 const std::map<std::string, std::string>& mapping);

// How much a row looks like the heading of a table.
enum class HeadingLikeness : std::uint8_t {
  kNone,
  kWeak,    // could be one if nothing better follows: a lone title column, or a table without a title
  kStrong,  // names a title and another column, and most of its cells are known
};
HeadingLikeness JudgeHeadings(const std::vector<Column>& columns);

// kBadArgument names a field that does not exist.
absl::Status CheckMapping(const std::map<std::string, std::string>& mapping);

}  // namespace magpie
