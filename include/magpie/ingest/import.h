// Reading a list of needs or offerings from a file, row by row: JSONL, CSV (UTF-8, UTF-16, GB18030) or XLSX, known by
// the name's ending, "-" being standard input as JSONL.
//
// Every row of the file ends as exactly one RowReport: imported (then the record went to the sink), duplicate, error,
// blank, heading or closing row. None vanishes.
// Errors  of the whole file: kFileNotFound, kUnsupportedFile (.xls, .docx, WPS: with advice), kBadFile (truncated or
//         foreign), kLimitExceeded (size, expanded size, cell length). Rows before the error have been delivered.
// Cost    one pass; memory of one row, the shared strings of a workbook, and a hash for each row (duplicates).
// Threads one import uses one thread; several may run at once.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/ingest/record.h"

namespace magpie {

enum class RowStatus { kImported, kDuplicate, kError, kBlank, kHeading, kClosing };
std::string_view RowStatusName(RowStatus status);  // "imported", ...

// One line of `magpie check`.
struct RowReport {
  std::string file;
  std::string sheet;
  std::int64_t row = 0;  // as in Provenance
  std::string column;    // the heading as written, or the JSON path; empty where the row as a whole is meant
  RowStatus status = RowStatus::kImported;
  std::string
      reason;  // empty, or an upper-case reason ("AMOUNT_FOREIGN_CURRENCY"); an imported row with a reason is a warning
  std::string value;  // what stood there
  std::string hint;   // a sentence: what is wrong and what to do
};

struct ImportLimits {
  std::uint64_t file_bytes = 2ull << 30;
  std::uint64_t expanded_bytes = 4ull << 30;  // of all parts of a workbook together
  double expansion_ratio = 200.0;             // of one part of a workbook over 1 MiB: above it is taken for a zip bomb
  std::uint64_t cell_bytes = 1u << 20;        // of one cell or one JSONL line's text field
  std::uint64_t line_bytes = 16u << 20;       // of one JSONL line or CSV record
};

struct ImportOptions {
  Side side = Side::kNeed;
  ImportLimits limits;
  // Unusual headings: heading as written -> field name of docs/formats.md ("title", "party.name", "-" = ignore).
  std::map<std::string, std::string> heading_fields;
  std::string label;  // the file's name in reports and ids; empty = the path's last part
  std::string sheet;  // read only this sheet of a workbook; empty = every sheet that has a heading row
};

struct ImportSummary {
  std::int64_t imported = 0;
  std::int64_t duplicates = 0;
  std::int64_t errors = 0;
  std::int64_t blanks = 0;
  std::int64_t headings = 0;  // repeated heading rows (the heading itself, title and note rows are not counted)
  std::int64_t closings = 0;
  std::int64_t warnings = 0;  // imported rows that carry a reason
};

using RecordSink = std::function<absl::Status(ListingRecord&&)>;
using RowSink = std::function<void(const RowReport&)>;

// Reads `path`; each record goes to `records`, each row's fate to `rows` (may be empty). A sink that returns an error
// ends the import with it.
absl::StatusOr<ImportSummary> ImportListings(const std::string& path, const ImportOptions& options,
                                             const RecordSink& records, const RowSink& rows, const RunContext& context);

// A heading-mapping file: lines "heading TAB field" or "heading = field"; '#' starts a comment.
absl::StatusOr<std::map<std::string, std::string>> ReadHeadingFields(const std::string& path);

}  // namespace magpie
