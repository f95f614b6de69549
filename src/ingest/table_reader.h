// One table of a spreadsheet, row by row: finds its heading below title rows, tells blank, repeated heading and closing
// rows from listings, fills in what repeats the cell above, and turns the rest into records or errors.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "headings.h"
#include "import_session.h"

namespace magpie {

struct TableRow {
  std::int64_t row = 0;            // from 1, as it stands in the file
  std::vector<std::string> cells;  // valid UTF-8 unless `damage` says otherwise
  std::vector<bool> merged_down;   // as in WorkbookRow; may be shorter than cells
  std::optional<RowIssue> damage;  // the row could not be read as it should
};

class TableReader {
 public:
  // `sheet` is empty for CSV, where rows count from the heading (record 0) and a cell beyond the heading's last column
  // is an error; in a workbook it is kept.
  TableReader(ImportSession* session, std::string sheet, bool csv);

  absl::Status Add(TableRow row);
  // At the end of the sheet. True if the sheet had a heading row.
  absl::StatusOr<bool> Finish();

 private:
  absl::Status AddToBuffer(TableRow row);
  absl::Status StartTable(std::size_t buffered_heading);
  void ReportWithoutTable();
  void SetColumns(const TableRow& heading, std::vector<Column> columns);
  bool TakeSecondHeadingRow(const TableRow& row);
  bool IsHeadingAgain(const TableRow& row);
  bool IsClosing(const std::vector<std::string>& cells) const;
  absl::Status AddRow(TableRow row);
  void Repeat(TableRow* row);
  const Column* ColumnOf(Field field) const;
  ImportSession::Place PlaceOf(std::int64_t row) const { return {sheet_, row - (csv_ ? heading_row_ : 0)}; }

  ImportSession* session_;
  const std::string sheet_;
  const bool csv_;
  std::vector<TableRow> buffer_;  // rows before the heading is found
  bool given_up_ = false;         // no heading within the first rows
  bool any_table_row_ = false;    // of a sheet without heading: a row with several cells
  std::vector<Column> columns_;   // empty = no heading yet
  std::int64_t heading_row_ = 0;
  std::int64_t last_row_ = 0;
  AmountUnit note_unit_;            // "单位：万元" above the heading
  std::vector<std::string> above_;  // the row above, what it repeats filled in
  bool above_counts_ = false;       // it was a listing, not a blank or heading row
  bool columns_warned_ = false;     // the unknown columns were named once
};

}  // namespace magpie
