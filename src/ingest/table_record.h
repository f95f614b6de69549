// The cells of one table row as a record, and what is wrong with them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "headings.h"
#include "listing_parser.h"
#include "magpie/ingest/record.h"

namespace magpie {

struct TableRecord {
  ListingRecord listing;
  std::vector<RowIssue> errors;  // any = the row is no record
  std::vector<RowIssue> warnings;
};

// `cells` are trimmed and as many as `columns`; `note_unit` is the unit of amounts whose heading names none.
TableRecord MakeTableRecord(const std::vector<std::string>& cells, const std::vector<Column>& columns, Side side,
                            const AmountUnit& note_unit, std::uint64_t cell_bytes);

}  // namespace magpie
