// One line of JSON as a listing, with everything that a row report needs to say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/ingest/amount_parser.h"
#include "magpie/ingest/record.h"

namespace magpie {

// What is wrong with one place of a row, or worth a warning.
struct RowIssue {
  std::string column;  // heading as written, or JSON path
  std::string reason;  // "AMOUNT_REVERSED"; docs/formats.md lists all
  std::string value;
  std::string hint;
};

// nullopt: `error` says why. `cell_bytes` limits each text.
std::optional<ListingRecord> ParseListing(std::string_view line, Side side, std::uint64_t cell_bytes, RowIssue* error,
                                          std::vector<RowIssue>* warnings);

// An id that a user gave: any UTF-8 without tab, line break or other control character.
bool IsUserId(std::string_view id);

// The reason and hint for an amount that could not be used; empty for kNone.
struct AmountComplaint {
  std::string_view reason, hint;
};
AmountComplaint ComplaintOf(AmountProblem problem);

}  // namespace magpie
