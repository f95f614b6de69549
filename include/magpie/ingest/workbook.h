// Reads an XLSX workbook row by row, without building the document.
//
// Cells come as the text a person sees as far as that can be told: numbers without needless digits, dates (by their
// number format) as 2025-03-11, booleans as TRUE/FALSE, formulas as their stored result. Cells of a merged range other
// than its first come empty and are marked.
// Errors  kBadFile (not a zip, truncated, no workbook inside), kLimitExceeded (expanded size, ratio, cell length).
// Cost    one pass over each sheet; memory of the shared strings and one row.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/ingest/import.h"

namespace magpie {

struct WorkbookRow {
  std::string sheet;
  int sheet_index = 0;             // from 0
  std::int64_t row = 0;            // from 1, as Excel shows it
  std::vector<std::string> cells;  // up to the last cell that is not empty, or that a range from above covers
  std::vector<bool> merged;        // size of cells: true = covered by a merged range's first cell elsewhere
  std::vector<bool> merged_down;   // of these, those whose range has its first cell above in the same column
};

// Calls `sink` for each row that the file holds (gaps between rows are not reported); a sink that returns an error
// ends the reading with it.
absl::Status ReadWorkbook(const std::string& path, const ImportLimits& limits,
                          const std::function<absl::Status(const WorkbookRow&)>& sink, const RunContext& context);

}  // namespace magpie
