#include "table_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "table_record.h"

namespace magpie {
namespace {

constexpr std::size_t kMaxRowsAboveHeading = 50;  // that hold something
constexpr std::size_t kMaxHeadingCellBytes = 160;
constexpr std::int64_t kMaxGapRows = 1'000;  // a longer gap between rows of a workbook is reported as one row
constexpr std::size_t kTableCells = 3;       // a row with as many cells is more than a line of text

bool IsBlank(const std::vector<std::string>& cells) {
  return std::all_of(cells.begin(), cells.end(), [](const std::string& cell) { return cell.empty(); });
}

std::size_t CountFilled(const std::vector<std::string>& cells) {
  return static_cast<std::size_t>(
      std::count_if(cells.begin(), cells.end(), [](const std::string& cell) { return !cell.empty(); }));
}

bool IsDitto(std::string_view cell) {
  for (std::string_view word : {"同上", "同前", "〃", "″", "\"", "ditto", "Ditto", "as above", "As above"}) {
    if (cell == word) return true;
  }
  return false;
}

// "C" for column 2.
std::string ColumnLetters(std::size_t column) {
  std::string letters;
  for (std::size_t number = column + 1; number > 0; number = (number - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (number - 1) % 26));
  }
  return letters;
}

// "单位：万元" in a title or note row; {} where the text says no unit.
AmountUnit NoteUnit(std::string_view cell) {
  const std::string plain = ToNfkc(cell);
  const std::size_t at = plain.find("单位:");
  const std::size_t english = ToNfkcFolded(cell).find("unit:");
  if (at != std::string::npos) {
    return ParseAmountUnit(TakeCodePoints(std::string_view(plain).substr(at + std::string_view("单位:").size()), 12));
  }
  if (english != std::string::npos && english < plain.size()) {
    return ParseAmountUnit(TakeCodePoints(std::string_view(plain).substr(english), 24));
  }
  return {};
}

// Words that a closing row begins with. The first group stands for itself; the second only before a colon, a figure or
// the cell's end, since a title may begin so.
constexpr std::array<std::string_view, 12> kClosingWords = {"填报说明", "填表说明", "填写说明", "填表人",
                                                            "填报人",   "填报单位", "填报日期", "制表",
                                                            "审核人",   "联系电话", "注意事项", "以上共"};
constexpr std::array<std::string_view, 16> kClosingStarts = {"合计", "总计",     "小计", "共计", "总数", "汇总",
                                                             "说明", "备注",     "注",   "附",   "共",   "total",
                                                             "sum",  "subtotal", "note", "notes"};

bool BeginsClosing(std::string_view cell) {
  const std::string text = ToNfkcFolded(cell);
  std::string_view rest = text;
  // 合 计 is often spaced out to fill its cell.
  std::string compact;
  for (char c : rest) {
    if (c != ' ') compact += c;
  }
  rest = compact;
  for (std::string_view word : kClosingWords) {
    if (rest.starts_with(word)) return true;
  }
  for (std::string_view word : kClosingStarts) {
    if (!rest.starts_with(word)) continue;
    const std::string_view after = rest.substr(word.size());
    if (after.empty() || std::string_view(":;,.0123456789(").find(after.front()) != std::string_view::npos ||
        after.starts_with("。") || after.starts_with("共") || after.starts_with("金额") || after.starts_with("项")) {
      return true;
    }
  }
  return false;
}

}  // namespace

TableReader::TableReader(ImportSession* session, std::string sheet, bool csv)
    : session_(session), sheet_(std::move(sheet)), csv_(csv) {}

absl::Status TableReader::Add(TableRow row) {
  for (std::string& cell : row.cells) {
    if (std::string_view trimmed = TrimSpace(cell); trimmed.size() != cell.size()) cell = std::string(trimmed);
  }
  // Rows that a workbook leaves out are blank rows to a reader.
  const std::int64_t gap = csv_ ? 0 : row.row - last_row_ - 1;
  if (gap > 0 && !columns_.empty()) {
    above_counts_ = false;
    if (gap <= kMaxGapRows) {
      for (std::int64_t blank = last_row_ + 1; blank < row.row; ++blank) {
        session_->Report(PlaceOf(blank), RowStatus::kBlank);
      }
    } else {
      session_->Report(PlaceOf(last_row_ + 1), RowStatus::kBlank,
                       {{"", "", "", fmt::format("rows {} to {} are blank", last_row_ + 1, row.row - 1)}});
    }
  }
  last_row_ = row.row;
  return columns_.empty() ? AddToBuffer(std::move(row)) : AddRow(std::move(row));
}

absl::Status TableReader::AddToBuffer(TableRow row) {
  if (given_up_) {
    buffer_.push_back(std::move(row));
    ReportWithoutTable();
    return absl::OkStatus();
  }
  const HeadingLikeness likeness =
      row.damage ? HeadingLikeness::kNone : JudgeHeadings(ReadHeadings(row.cells, session_->options().heading_fields));
  any_table_row_ = any_table_row_ || CountFilled(row.cells) >= kTableCells;
  buffer_.push_back(std::move(row));
  if (likeness == HeadingLikeness::kStrong) return StartTable(buffer_.size() - 1);
  const auto filled =
      std::count_if(buffer_.begin(), buffer_.end(), [](const TableRow& buffered) { return !IsBlank(buffered.cells); });
  if (static_cast<std::size_t>(filled) < kMaxRowsAboveHeading && buffer_.size() < 2 * kMaxRowsAboveHeading) {
    return absl::OkStatus();
  }
  // No row names both a title and something else: the best of what there is.
  for (std::size_t i = 0; i < buffer_.size(); ++i) {
    if (JudgeHeadings(ReadHeadings(buffer_[i].cells, session_->options().heading_fields)) != HeadingLikeness::kNone) {
      return StartTable(i);
    }
  }
  given_up_ = true;
  ReportWithoutTable();
  return absl::OkStatus();
}

absl::Status TableReader::StartTable(std::size_t buffered_heading) {
  std::vector<TableRow> rows = std::move(buffer_);
  buffer_.clear();
  for (std::size_t i = 0; i < buffered_heading; ++i) {
    for (const std::string& cell : rows[i].cells) {
      if (const AmountUnit unit = NoteUnit(cell); unit.multiplier > 0) note_unit_ = unit;
    }
  }
  const TableRow& heading = rows[buffered_heading];
  heading_row_ = heading.row;
  SetColumns(heading, ReadHeadings(heading.cells, session_->options().heading_fields));
  for (std::size_t i = buffered_heading + 1; i < rows.size(); ++i) MAGPIE_RETURN_IF_ERROR(AddRow(std::move(rows[i])));
  return absl::OkStatus();
}

void TableReader::SetColumns(const TableRow& heading, std::vector<Column> columns) {
  columns_ = std::move(columns);
  above_.assign(columns_.size(), "");
  above_counts_ = false;
  columns_warned_ = false;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (heading.cells[i].empty()) columns_[i].heading = fmt::format("column {}", ColumnLetters(i));
  }
}

// A sheet of text, such as a cover or the rules for filling in the form, is no table with errors.
void TableReader::ReportWithoutTable() {
  for (const TableRow& row : buffer_) {
    const ImportSession::Place place{sheet_, row.row};
    if (row.damage) {
      session_->Report(place, RowStatus::kError, {*row.damage});
    } else if (IsBlank(row.cells)) {
      session_->Report(place, RowStatus::kBlank);
    } else {
      const auto first =
          std::find_if(row.cells.begin(), row.cells.end(), [](const std::string& cell) { return !cell.empty(); });
      session_->Report(
          place, any_table_row_ ? RowStatus::kError : RowStatus::kHeading,
          {{"", "NO_HEADING", *first,
            "no heading row with a title column was found (找不到表头); name it 需求名称, 成果名称 or title, "
            "or use a mapping file"}});
    }
  }
  buffer_.clear();
}

absl::StatusOr<bool> TableReader::Finish() {
  for (std::size_t i = 0; columns_.empty() && !given_up_ && i < buffer_.size(); ++i) {
    if (JudgeHeadings(ReadHeadings(buffer_[i].cells, session_->options().heading_fields)) != HeadingLikeness::kNone) {
      MAGPIE_RETURN_IF_ERROR(StartTable(i));
    }
  }
  ReportWithoutTable();
  return !columns_.empty();
}

const Column* TableReader::ColumnOf(Field field) const {
  for (const Column& column : columns_) {
    if (column.field == field) return &column;
  }
  return nullptr;
}

// The second row of a heading whose title cell spans two rows: "预算" above "下限" and "上限".
bool TableReader::TakeSecondHeadingRow(const TableRow& row) {
  if (row.row != heading_row_ + 1) return false;
  const Column* title = ColumnOf(Field::kTitle);
  const auto column = static_cast<std::size_t>(title == nullptr ? 0 : title - columns_.data());
  if (title == nullptr || column >= row.merged_down.size() || !row.merged_down[column] || !row.cells[column].empty()) {
    return false;
  }
  std::vector<std::string> headings;
  std::string group;
  for (std::size_t i = 0; i < std::max(columns_.size(), row.cells.size()); ++i) {
    std::string upper = i < columns_.size() ? columns_[i].heading : "";
    if (upper.starts_with("column ")) upper.clear();
    if (!upper.empty()) group = upper;
    const std::string lower = i < row.cells.size() ? row.cells[i] : "";
    headings.push_back(lower.empty() ? upper : group + lower);
  }
  TableRow heading;
  heading.row = row.row;
  heading.cells = headings;
  SetColumns(heading, ReadHeadings(headings, session_->options().heading_fields));
  // What only its own word tells ("联系方式" above "邮箱") goes by that word.
  for (std::size_t i = 0; i < columns_.size() && i < row.cells.size(); ++i) {
    if (row.cells[i].empty() || columns_[i].exact) continue;
    Column alone = ReadHeading(row.cells[i], session_->options().heading_fields);
    if (!alone.exact || ColumnOf(alone.field) != nullptr) continue;
    alone.heading = columns_[i].heading;
    columns_[i] = std::move(alone);
  }
  return true;
}

bool TableReader::IsHeadingAgain(const TableRow& row) {
  for (const std::string& cell : row.cells) {
    if (cell.size() > kMaxHeadingCellBytes) return false;
  }
  // The same texts as above, or a second table below the first.
  std::size_t same = 0, filled = 0;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    if (row.cells[i].empty()) continue;
    ++filled;
    same += i < columns_.size() && row.cells[i] == columns_[i].heading ? 1 : 0;
  }
  if (same >= 2 && same * 2 > filled) return true;
  if (filled < kTableCells) return false;
  std::vector<Column> columns = ReadHeadings(row.cells, session_->options().heading_fields);
  const auto exact = std::count_if(columns.begin(), columns.end(), [](const Column& column) { return column.exact; });
  if (JudgeHeadings(columns) != HeadingLikeness::kStrong || static_cast<std::size_t>(exact) * 3 < filled * 2) {
    return false;
  }
  SetColumns(row, std::move(columns));
  return true;
}

bool TableReader::IsClosing(const std::vector<std::string>& cells) const {
  const auto first = std::find_if(cells.begin(), cells.end(), [](const std::string& cell) { return !cell.empty(); });
  if (first == cells.end() || !BeginsClosing(*first)) return false;
  const Column* title = ColumnOf(Field::kTitle);
  if (title == nullptr) return CountFilled(cells) == 1;
  const auto column = static_cast<std::size_t>(title - columns_.data());
  const std::string& title_cell = cells[column];
  return title_cell.empty() || (&title_cell == &*first && CountFilled(cells) <= 2);
}

// Fills in what stands for the cell above: 同上, merged cells, and an empty party with its empty region.
void TableReader::Repeat(TableRow* row) {
  bool party_repeated = false;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::string& cell = row->cells[i];
    const bool merged = i < row->merged_down.size() && row->merged_down[i];
    const bool party = columns_[i].field == Field::kPartyName;
    if (cell.empty() ? merged || (party && columns_[i].repeats && above_counts_) : IsDitto(cell) && above_counts_) {
      cell = above_[i];
      party_repeated = party_repeated || party;
    } else if (party && IsDitto(cell)) {
      cell.clear();  // nothing stands above: no party is called 同上
    }
  }
  if (!party_repeated || !above_counts_) return;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Field field = columns_[i].field;
    if ((field == Field::kPartyRegion || field == Field::kPartyKind || field == Field::kPartyId) &&
        row->cells[i].empty()) {
      row->cells[i] = above_[i];
    }
  }
}

absl::Status TableReader::AddRow(TableRow row) {
  MAGPIE_RETURN_IF_ERROR(session_->Tick());
  const ImportSession::Place place = PlaceOf(row.row);
  const auto skip = [&](RowStatus status) {
    session_->Report(place, status);
    above_counts_ = false;
    return absl::OkStatus();
  };
  if (row.damage) {
    session_->Report(place, RowStatus::kError, {*row.damage});
    above_counts_ = false;
    return absl::OkStatus();
  }
  if (!csv_ && TakeSecondHeadingRow(row)) return absl::OkStatus();
  if (IsBlank(row.cells)) return skip(RowStatus::kBlank);
  if (IsHeadingAgain(row)) return skip(RowStatus::kHeading);
  for (std::size_t i = columns_.size(); i < row.cells.size(); ++i) {
    if (row.cells[i].empty()) continue;
    if (csv_) {
      session_->Report(place, RowStatus::kError,
                       {{"", "CELLS_BEYOND_HEADING", row.cells[i],
                         fmt::format("the row has {} cells, the heading {} (列数多于表头); put a cell that holds the "
                                     "delimiter in double quotes",
                                     row.cells.size(), columns_.size())}});
      above_counts_ = false;
      return absl::OkStatus();
    }
    for (std::size_t c = columns_.size(); c <= i; ++c) {
      columns_.emplace_back().heading = fmt::format("column {}", ColumnLetters(c));
    }
    columns_warned_ = false;
  }
  row.cells.resize(columns_.size());
  above_.resize(columns_.size());
  if (IsClosing(row.cells)) return skip(RowStatus::kClosing);
  // A row with nothing but its running number is a form's empty line.
  bool content = false;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    content = content || (!row.cells[i].empty() && columns_[i].field != Field::kIgnored);
  }
  if (!content) return skip(RowStatus::kBlank);

  Repeat(&row);
  const ImportOptions& options = session_->options();
  TableRecord record = MakeTableRecord(row.cells, columns_, options.side, note_unit_, options.limits.cell_bytes);
  if (!columns_warned_ && record.errors.empty()) {
    // Once for the table, at the first record that has something there.
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].field != Field::kUnknown || columns_[i].exact || row.cells[i].empty()) continue;
      columns_warned_ = true;
      record.warnings.push_back({columns_[i].heading, "COLUMN_UNKNOWN", row.cells[i],
                                 fmt::format("the column '{}' is not known; its cells are kept in 'extra', or name its "
                                             "field in a mapping file",
                                             columns_[i].heading)});
    }
  }
  above_ = std::move(row.cells);
  above_counts_ = true;
  if (!record.errors.empty()) {
    session_->Report(place, RowStatus::kError, record.errors);
    return absl::OkStatus();
  }
  const Column* id = ColumnOf(Field::kId);
  return session_->Accept(place, std::move(record.listing), /*by_text=*/true, id == nullptr ? "" : id->heading,
                          record.warnings);
}

}  // namespace magpie
