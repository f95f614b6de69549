#include "magpie/ingest/workbook.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <utility>

#include "file_kind.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "number_format.h"
#include "xml_part.h"
#include "zip_archive.h"

namespace magpie {
namespace {

constexpr std::int64_t kMaxRow = 1'048'576;             // of the format itself
constexpr std::size_t kMaxColumn = 16'384;              // of the format itself
constexpr std::size_t kMaxMergedColumns = 1'024;        // as far as a merged range lengthens a row
constexpr std::size_t kMaxListEntries = 1'000'000;      // sheets, styles, merged ranges: far above any real file
constexpr std::uint64_t kMaxSharedText = 512ull << 20;  // the one thing that is held in memory as a whole

absl::Status Damaged(std::string_view what) {
  return MakeError(Reason::kBadFile, "", what);
}

// "_x000D_" stands for a character that XML cannot hold; "_x005F_" for the underscore of such a sequence.
std::string DecodeEscapes(std::string_view text) {
  std::string out;
  std::size_t begin = 0;
  for (std::size_t at = text.find("_x"); at != std::string_view::npos; at = text.find("_x", at + 1)) {
    unsigned code = 0;
    if (at + 7 > text.size() || text[at + 6] != '_') continue;
    const auto [end, error] = std::from_chars(text.data() + at + 2, text.data() + at + 6, code, 16);
    if (error != std::errc() || end != text.data() + at + 6 || code == 0 || (code >= 0xD800 && code < 0xE000)) continue;
    out += text.substr(begin, at - begin);
    AppendCodePoint(code, &out);
    begin = at + 7;
    at += 6;
  }
  if (begin == 0) return std::string(text);
  return out += text.substr(begin);
}

// The text of <si> or <is>: all of its <t>, also of rich text runs, but not the phonetic guides.
class RichText {
 public:
  void Start(std::string_view name) {
    if (name == "rPh") ++phonetic_;
    if (name == "t" && phonetic_ == 0) in_text_ = true;
  }
  void End(std::string_view name) {
    if (name == "rPh" && phonetic_ > 0) --phonetic_;
    if (name == "t") in_text_ = false;
  }
  bool wants_text() const { return in_text_; }

 private:
  int phonetic_ = 0;
  bool in_text_ = false;
};

// All shared strings in one block of memory.
class SharedStrings : public XmlHandler {
 public:
  SharedStrings(std::uint64_t cell_bytes) : cell_bytes_(cell_bytes) {}

  absl::Status Start(std::string_view name, const XmlAttributes&) override {
    rich_.Start(name);
    return absl::OkStatus();
  }
  absl::Status End(std::string_view name) override {
    rich_.End(name);
    if (name != "si") return absl::OkStatus();
    if (item_.find("_x") != std::string::npos) item_ = DecodeEscapes(item_);
    text_ += item_;
    item_.clear();
    ends_.push_back(text_.size());
    if (text_.size() + ends_.size() * sizeof(ends_[0]) > kMaxSharedText) {
      return MakeError(Reason::kLimitExceeded, "",
                       fmt::format("holds more than {} MiB of shared texts; split it", kMaxSharedText >> 20));
    }
    return absl::OkStatus();
  }
  absl::Status Text(std::string_view text) override {
    if (!rich_.wants_text()) return absl::OkStatus();
    item_ += text;
    if (item_.size() <= cell_bytes_) return absl::OkStatus();
    return MakeError(Reason::kLimitExceeded, "", fmt::format("has a cell longer than {} bytes", cell_bytes_));
  }

  bool Get(std::size_t index, std::string* out) const {
    if (index >= ends_.size()) return false;
    const std::uint64_t begin = index == 0 ? 0 : ends_[index - 1];
    out->assign(text_, begin, ends_[index] - begin);
    return true;
  }

 private:
  std::uint64_t cell_bytes_;
  RichText rich_;
  std::string item_, text_;
  std::vector<std::uint64_t> ends_;
};

// Style index of a cell -> number format.
class Styles : public XmlHandler {
 public:
  absl::Status Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "numFmt") {
      const char* id = attributes.Find("numFmtId");
      const char* code = attributes.Find("formatCode");
      if (id != nullptr && code != nullptr) custom_[std::atoi(id)] = ParseNumberFormat(code);
    } else if (name == "cellXfs") {
      in_cell_formats_ = true;
    } else if (name == "xf" && in_cell_formats_) {
      const char* id = attributes.Find("numFmtId");
      const int format = id == nullptr ? 0 : std::atoi(id);
      const auto custom = custom_.find(format);
      formats_.push_back(custom != custom_.end() ? custom->second : BuiltinNumberFormat(format));
    }
    if (formats_.size() > kMaxListEntries || custom_.size() > kMaxListEntries) {
      return MakeError(Reason::kLimitExceeded, "", "defines more cell styles than any real workbook");
    }
    return absl::OkStatus();
  }
  absl::Status End(std::string_view name) override {
    if (name == "cellXfs") in_cell_formats_ = false;
    return absl::OkStatus();
  }

  const NumberFormat& Get(std::size_t style) const {
    static const NumberFormat general;
    return style < formats_.size() ? formats_[style] : general;
  }

 private:
  bool in_cell_formats_ = false;
  std::map<int, NumberFormat> custom_;
  std::vector<NumberFormat> formats_;
};

struct Relation {
  std::string type;    // the last part of its URI: "worksheet"
  std::string target;  // path inside the archive
};

class Relations : public XmlHandler {
 public:
  explicit Relations(std::string_view folder) : folder_(folder) {}

  absl::Status Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name != "Relationship") return absl::OkStatus();
    const char* id = attributes.Find("Id");
    const char* type = attributes.Find("Type");
    const char* target = attributes.Find("Target");
    if (id == nullptr || type == nullptr || target == nullptr) return absl::OkStatus();
    if (by_id.size() >= kMaxListEntries) return Damaged("its relations are endless");
    const std::string_view uri(type);
    by_id[id] = {std::string(uri.substr(uri.rfind('/') + 1)), Resolve(target)};
    return absl::OkStatus();
  }

  const Relation* OfType(std::string_view type) const {
    for (const auto& [id, relation] : by_id) {
      if (relation.type == type) return &relation;
    }
    return nullptr;
  }

  std::map<std::string, Relation> by_id;

 private:
  std::string Resolve(std::string_view target) const {
    if (target.starts_with('/')) return std::string(target.substr(1));
    std::string folder = folder_;
    while (target.starts_with("../") || target.starts_with("./")) {
      if (target.starts_with("../")) {
        if (!folder.empty()) folder.pop_back();
        folder.erase(folder.rfind('/') + 1);
        target.remove_prefix(3);
      } else {
        target.remove_prefix(2);
      }
    }
    return folder + std::string(target);
  }

  std::string folder_;  // "xl/", or empty for the root
};

class WorkbookPart : public XmlHandler {
 public:
  struct Sheet {
    std::string name, relation;
  };

  absl::Status Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "workbookPr") {
      const char* flag = attributes.Find("date1904");
      date1904 = flag != nullptr && (std::strcmp(flag, "1") == 0 || std::strcmp(flag, "true") == 0);
    } else if (name == "sheet") {
      const char* sheet_name = attributes.Find("name");
      const char* relation = attributes.FindPrefixed("id");
      if (sheet_name == nullptr || relation == nullptr) return Damaged("its list of sheets is incomplete");
      if (sheets.size() >= kMaxListEntries) return Damaged("its list of sheets is endless");
      sheets.push_back({sheet_name, relation});
    }
    return absl::OkStatus();
  }

  bool date1904 = false;
  std::vector<Sheet> sheets;
};

// "C4" -> row 4, column 2 (from 0). False where the text is no cell reference.
bool ParseCellReference(std::string_view text, std::int64_t* row, std::size_t* column) {
  std::size_t i = 0, number = 0;
  while (i < text.size() && text[i] >= 'A' && text[i] <= 'Z' && number <= kMaxColumn) {
    number = number * 26 + static_cast<std::size_t>(text[i++] - 'A') + 1;
  }
  if (i == 0 || number > kMaxColumn) return false;
  const auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), *row);
  *column = number - 1;
  return error == std::errc() && end == text.data() + text.size() && *row >= 1 && *row <= kMaxRow;
}

struct MergedRange {
  std::int64_t first_row, last_row;
  std::size_t first_column, last_column;
};

// Merged ranges stand behind the rows they merge, so a pass of its own collects them first.
class MergedRanges : public XmlHandler {
 public:
  absl::Status Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name != "mergeCell") return absl::OkStatus();
    const char* reference = attributes.Find("ref");
    if (reference == nullptr) return absl::OkStatus();
    const std::string_view text(reference);
    const std::size_t colon = text.find(':');
    MergedRange range;
    if (colon == std::string_view::npos ||
        !ParseCellReference(text.substr(0, colon), &range.first_row, &range.first_column) ||
        !ParseCellReference(text.substr(colon + 1), &range.last_row, &range.last_column)) {
      return absl::OkStatus();  // a single cell, or nothing that merges
    }
    if (ranges.size() >= kMaxListEntries) {
      return MakeError(Reason::kLimitExceeded, "", "has more merged ranges than any real workbook");
    }
    ranges.push_back(range);
    return absl::OkStatus();
  }

  std::vector<MergedRange> ranges;
};

// Marks the covered cells of rows that come in ascending order.
class MergeMarker {
 public:
  explicit MergeMarker(std::vector<MergedRange> ranges) : ranges_(std::move(ranges)) {
    std::stable_sort(ranges_.begin(), ranges_.end(),
                     [](const MergedRange& a, const MergedRange& b) { return a.first_row < b.first_row; });
  }

  void Mark(WorkbookRow* row) {
    while (next_ < ranges_.size() && ranges_[next_].first_row <= row->row) active_.push_back(ranges_[next_++]);
    std::erase_if(active_, [row](const MergedRange& range) { return range.last_row < row->row; });
    for (const MergedRange& range : active_) {
      // A cell that a range from above covers is part of the row even where the file leaves it out.
      const std::size_t end = std::min(range.last_column + 1, kMaxMergedColumns);
      if (range.first_row < row->row && row->cells.size() < end) row->cells.resize(end);
    }
    row->merged.assign(row->cells.size(), false);
    row->merged_down.assign(row->cells.size(), false);
    for (const MergedRange& range : active_) {
      for (std::size_t c = range.first_column; c <= range.last_column && c < row->cells.size(); ++c) {
        if (range.first_row < row->row || c > range.first_column) row->merged[c] = true;
        if (range.first_row < row->row && c == range.first_column) row->merged_down[c] = true;
      }
    }
  }

 private:
  std::vector<MergedRange> ranges_, active_;
  std::size_t next_ = 0;
};

class SheetRows : public XmlHandler {
 public:
  SheetRows(const SharedStrings& strings, const Styles& styles, bool date1904, const ImportLimits& limits,
            MergeMarker* merges, const std::function<absl::Status(const WorkbookRow&)>& sink)
      : strings_(strings), styles_(styles), date1904_(date1904), limits_(limits), merges_(merges), sink_(sink) {}

  WorkbookRow row;

  absl::Status Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "c") return StartCell(attributes);
    if (name == "row") return StartRow(attributes);
    if (name == "v") in_value_ = true;
    if (name == "f") in_formula_ = has_formula_ = true;
    rich_.Start(name);
    return absl::OkStatus();
  }

  absl::Status End(std::string_view name) override {
    if (name == "c") return EndCell();
    if (name == "row") return EndRow();
    if (name == "v") in_value_ = false;
    if (name == "f") in_formula_ = false;
    rich_.End(name);
    return absl::OkStatus();
  }

  absl::Status Text(std::string_view text) override {
    std::string* target = nullptr;
    if (in_value_) {
      target = &value_;
    } else if (in_formula_) {
      target = &formula_;
    } else if (rich_.wants_text()) {
      target = &inline_text_;
    }
    if (target == nullptr) return absl::OkStatus();
    *target += text;
    return CheckLength(target->size());
  }

 private:
  absl::Status CheckLength(std::size_t size) const {
    if (size <= limits_.cell_bytes) return absl::OkStatus();
    return MakeError(
        Reason::kLimitExceeded, "",
        fmt::format("sheet '{}', row {} has a cell longer than {} bytes", row.sheet, row.row, limits_.cell_bytes));
  }

  absl::Status StartRow(const XmlAttributes& attributes) {
    std::int64_t number = row.row + 1;
    if (const char* text = attributes.Find("r"); text != nullptr) {
      const std::string_view view(text);
      const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), number);
      if (error != std::errc() || end != view.data() + view.size()) number = 0;
    }
    if (number <= row.row || number > kMaxRow) {
      return Damaged(fmt::format("sheet '{}' has the row number {} after row {}", row.sheet, number, row.row));
    }
    row.row = number;
    row.cells.clear();
    row_bytes_ = 0;
    return absl::OkStatus();
  }

  absl::Status StartCell(const XmlAttributes& attributes) {
    value_.clear();
    formula_.clear();
    inline_text_.clear();
    has_formula_ = false;
    const char* type = attributes.Find("t");
    type_ = type == nullptr ? "n" : type;
    const char* style = attributes.Find("s");
    style_ = style == nullptr ? 0 : static_cast<std::size_t>(std::max(0, std::atoi(style)));
    column_ = next_column_at_start();
    if (const char* reference = attributes.Find("r"); reference != nullptr) {
      std::int64_t ignored_row = 0;
      if (!ParseCellReference(reference, &ignored_row, &column_)) {
        return Damaged(fmt::format("sheet '{}', row {} has the cell '{}'", row.sheet, row.row, reference));
      }
    }
    if (column_ >= kMaxColumn) return Damaged(fmt::format("sheet '{}', row {} has too many cells", row.sheet, row.row));
    return absl::OkStatus();
  }

  std::size_t next_column_at_start() const { return row_open_cells_ == 0 ? 0 : column_ + 1; }

  absl::Status EndCell() {
    ++row_open_cells_;
    std::string text = CellText();
    if (text.empty()) return absl::OkStatus();
    row_bytes_ += text.size();
    if (row_bytes_ > limits_.line_bytes) {
      return MakeError(
          Reason::kLimitExceeded, "",
          fmt::format("sheet '{}', row {} is longer than {} bytes", row.sheet, row.row, limits_.line_bytes));
    }
    if (row.cells.size() <= column_) row.cells.resize(column_ + 1);
    row.cells[column_] = std::move(text);
    return absl::OkStatus();
  }

  std::string CellText() {
    if (type_ == "s") {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(value_.data(), value_.data() + value_.size(), index);
      std::string text;
      if (value_.empty()) return text;
      // A string that the file lacks is shown as damage rather than as an empty cell.
      if (error != std::errc() || end != value_.data() + value_.size() || !strings_.Get(index, &text)) return "#REF!";
      return text;
    }
    if (type_ == "inlineStr") return DecodeEscapes(inline_text_);
    if (value_.empty()) return has_formula_ ? "=" + formula_ : "";
    if (type_ == "b") return value_ == "1" || value_ == "true" ? "TRUE" : "FALSE";
    if (type_ == "str") return DecodeEscapes(value_);
    if (type_ == "e") return value_;
    if (type_ == "d") {
      std::string text = value_.substr(0, 16);
      if (text.size() > 10 && text[10] == 'T') text[10] = ' ';
      return text.ends_with(" 00:00") ? text.substr(0, 10) : text;
    }
    return FormatNumber(value_, styles_.Get(style_), date1904_);
  }

  absl::Status EndRow() {
    row_open_cells_ = 0;
    merges_->Mark(&row);
    return sink_(row);
  }

  const SharedStrings& strings_;
  const Styles& styles_;
  const bool date1904_;
  const ImportLimits& limits_;
  MergeMarker* merges_;
  const std::function<absl::Status(const WorkbookRow&)>& sink_;

  RichText rich_;
  std::string type_, value_, formula_, inline_text_;
  std::size_t style_ = 0, column_ = 0, row_open_cells_ = 0;
  std::uint64_t row_bytes_ = 0;
  bool in_value_ = false, in_formula_ = false, has_formula_ = false;
};

std::string FolderOf(std::string_view part) {
  return std::string(part.substr(0, part.rfind('/') + 1));
}

std::string RelationsOf(std::string_view part) {
  const std::string folder = FolderOf(part);
  return fmt::format("{}_rels/{}.rels", folder, part.substr(folder.size()));
}

// Errors from inside a part know no file; errors of the sink are not ours and pass as they are.
absl::Status WithFile(absl::Status status, const std::string& path) {
  const Reason reason = ReasonOf(status);
  if (status.ok() || !FieldOf(status).empty() || (reason != Reason::kBadFile && reason != Reason::kLimitExceeded)) {
    return status;
  }
  return MakeError(reason, path, std::string_view(status.message().data(), status.message().size()));
}

absl::Status ReadSheets(const std::string& path, const ImportLimits& limits,
                        const std::function<absl::Status(const WorkbookRow&)>& sink, const RunContext& context) {
  MAGPIE_ASSIGN_OR_RETURN(ZipArchive archive, ZipArchive::Open(path, limits));
  std::string workbook_part = "xl/workbook.xml";
  if (archive.Has("_rels/.rels")) {
    Relations root("");
    MAGPIE_RETURN_IF_ERROR(ParseXmlPart(&archive, "_rels/.rels", &root));
    if (const Relation* document = root.OfType("officeDocument")) workbook_part = document->target;
  }
  WorkbookPart workbook;
  MAGPIE_RETURN_IF_ERROR(ParseXmlPart(&archive, workbook_part, &workbook));
  Relations relations(FolderOf(workbook_part));
  MAGPIE_RETURN_IF_ERROR(ParseXmlPart(&archive, RelationsOf(workbook_part), &relations));
  SharedStrings strings(limits.cell_bytes);
  Styles styles;
  if (const Relation* part = relations.OfType("sharedStrings")) {
    MAGPIE_RETURN_IF_ERROR(ParseXmlPart(&archive, part->target, &strings));
  }
  if (const Relation* part = relations.OfType("styles")) {
    MAGPIE_RETURN_IF_ERROR(ParseXmlPart(&archive, part->target, &styles));
  }
  int sheet_index = 0;
  std::int64_t rows = 0;
  for (const WorkbookPart::Sheet& sheet : workbook.sheets) {
    const auto relation = relations.by_id.find(sheet.relation);
    if (relation == relations.by_id.end()) {
      return Damaged(fmt::format("its sheet '{}' is missing; save the workbook again", sheet.name));
    }
    if (relation->second.type != "worksheet") continue;  // a chart on a sheet of its own holds no rows
    MergedRanges merged;
    MAGPIE_RETURN_IF_ERROR(ParseXmlPart(&archive, relation->second.target, &merged));
    MergeMarker marker(std::move(merged.ranges));
    const std::function<absl::Status(const WorkbookRow&)> counted = [&](const WorkbookRow& row) {
      if (++rows % 1024 == 0) {
        MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
        context.Report("read", rows, 0);
      }
      return sink(row);
    };
    SheetRows reader(strings, styles, workbook.date1904, limits, &marker, counted);
    reader.row.sheet = sheet.name;
    reader.row.sheet_index = sheet_index++;
    MAGPIE_RETURN_IF_ERROR(ParseXmlPart(&archive, relation->second.target, &reader, /*again=*/true));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadWorkbook(const std::string& path, const ImportLimits& limits,
                          const std::function<absl::Status(const WorkbookRow&)>& sink, const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(CheckWorkbookFile(path, limits));
  return WithFile(ReadSheets(path, limits, sink, context), path);
}

}  // namespace magpie
