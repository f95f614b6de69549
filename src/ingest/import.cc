#include "magpie/ingest/import.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <set>

#include "csv_reader.h"
#include "file_kind.h"
#include "headings.h"
#include "import_session.h"
#include "listing_parser.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/ingest/workbook.h"
#include "table_reader.h"
#include "text_source.h"

namespace magpie {
namespace {

constexpr std::uint64_t kMaxMappingBytes = 1u << 20;
constexpr std::size_t kDelimiterSample = 1u << 18;  // bytes from which the delimiter is found out
constexpr int kDelimiterRecords = 60;

absl::Status NoTable(const std::string& path) {
  return MakeError(
      Reason::kBadFile, path,
      "has no heading row with a title column (找不到表头); name it 需求名称, 成果名称 or title (docs/formats.md "
      "lists the headings), or give a mapping file");
}

// ---- JSONL

// Lines of a stream with a limit on their length: what is longer is cut, and said to be.
class LineReader {
 public:
  LineReader(std::istream* stream, std::uint64_t line_bytes) : stream_(*stream), line_bytes_(line_bytes) {}

  bool Next(std::string* line, bool* too_long) {
    line->clear();
    *too_long = false;
    bool any = false;
    for (;;) {
      if (at_ == buffer_.size()) {
        buffer_.resize(1 << 16);
        stream_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
        buffer_.resize(static_cast<std::size_t>(stream_.gcount()));
        at_ = 0;
        if (buffer_.empty()) return any;
      }
      any = true;
      const std::size_t end = buffer_.find('\n', at_);
      const std::string_view piece = std::string_view(buffer_).substr(at_, end == std::string::npos ? end : end - at_);
      if (line->size() + piece.size() > line_bytes_) {
        *too_long = true;
        line->append(piece.substr(0, line_bytes_ - line->size()));
      } else {
        line->append(piece);
      }
      at_ = end == std::string::npos ? buffer_.size() : end + 1;
      if (end != std::string::npos) return true;
    }
  }
  bool failed() const { return stream_.bad(); }

 private:
  std::istream& stream_;
  const std::uint64_t line_bytes_;
  std::string buffer_;
  std::size_t at_ = 0;
};

absl::Status ImportJsonl(const std::string& path, std::istream* stream, ImportSession* session) {
  const ImportLimits& limits = session->options().limits;
  LineReader reader(stream, limits.line_bytes);
  std::string line;
  bool too_long = false;
  std::uint64_t bytes = 0;
  for (std::int64_t row = 1; reader.Next(&line, &too_long); ++row) {
    MAGPIE_RETURN_IF_ERROR(session->Tick());
    bytes += line.size();
    if (bytes > limits.file_bytes) {
      return MakeError(Reason::kLimitExceeded, path,
                       fmt::format("is longer than {} bytes; split it", limits.file_bytes));
    }
    const ImportSession::Place place{"", row};
    std::string_view text = line;
    if (row == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.ends_with('\r')) text.remove_suffix(1);
    RowIssue error;
    std::vector<RowIssue> warnings;
    if (too_long) {
      error = {"", "LINE_TOO_LONG", ShowValue(TakeCodePoints(ToPrintable(text.substr(0, 1000)), 80)),
               fmt::format("the line is longer than {} bytes", limits.line_bytes)};
    } else if (text.find('\0') != std::string_view::npos) {
      error = {"", "TEXT_HAS_NUL", ShowValue(ToPrintable(text.substr(0, text.find('\0')))),
               "the line holds a NUL byte; remove it"};
    } else if (IsValidUtf8(text) && TrimSpace(text).empty()) {
      session->Report(place, RowStatus::kBlank);
      continue;
    } else {
      std::optional<ListingRecord> listing =
          ParseListing(text, session->options().side, limits.cell_bytes, &error, &warnings);
      if (listing) {
        MAGPIE_RETURN_IF_ERROR(session->Accept(place, *std::move(listing), /*by_text=*/false, "id", warnings));
        continue;
      }
    }
    session->Report(place, RowStatus::kError, {error});
  }
  if (reader.failed()) return MakeError(Reason::kFileNotFound, path, "cannot be read to its end; check the disk");
  return absl::OkStatus();
}

// ---- CSV

// The delimiter with which the best heading row comes out; the comma where none does.
char FindDelimiter(const std::string& sample, const ImportOptions& options, const std::string& path) {
  char best = ',';
  std::size_t best_known = 0;
  for (const char delimiter : {',', '\t', ';'}) {
    bool given = false;
    CsvReader reader(
        [&](std::string* text) -> absl::StatusOr<bool> {
          if (given) return false;
          given = true;
          *text += sample;
          return true;
        },
        delimiter, options.limits.line_bytes, path);
    CsvRecord record;
    for (int i = 0; i < kDelimiterRecords; ++i) {
      const absl::StatusOr<bool> more = reader.Next(&record);
      if (!more.ok() || !*more) break;
      const std::vector<Column> columns = ReadHeadings(record.fields, options.heading_fields);
      std::size_t known = 0;
      for (const Column& column : columns) known += column.field != Field::kUnknown || column.exact ? 1 : 0;
      if (known > best_known && columns.size() > 1) {
        best_known = known;
        best = delimiter;
      }
    }
  }
  return best;
}

std::optional<RowIssue> DamageOf(const CsvRecord& record, bool decoded) {
  for (const std::string& field : record.fields) {
    if (!IsValidUtf8(field)) {
      return RowIssue{"", "TEXT_NOT_UTF8", ShowValue(ToPrintable(field)),
                      "holds bytes that are not UTF-8 (乱码); save the file as UTF-8 and correct the cell"};
    }
    if (decoded && field.find("\xEF\xBF\xBD") != std::string::npos) {
      return RowIssue{"", "TEXT_DAMAGED", ShowValue(field),
                      "holds bytes that its encoding does not know (乱码); correct the cell and save as UTF-8"};
    }
    if (field.find('\0') != std::string::npos) {
      return RowIssue{"", "TEXT_HAS_NUL", ShowValue(field.substr(0, field.find('\0'))), "holds a NUL byte; remove it"};
    }
  }
  if (record.stray_quote) {
    return RowIssue{
        "", "QUOTE_MISPLACED", ShowValue(record.fields.front()),
        fmt::format("near line {} text follows a closing quote; double the quotes inside a quoted cell", record.line)};
  }
  return std::nullopt;
}

// Damaged bytes must not reach the table, whose texts are valid UTF-8.
void ToValidText(std::vector<std::string>* fields) {
  for (std::string& field : *fields) {
    field = IsValidUtf8(field) ? ToNfc(field) : ToPrintable(field);
  }
}

absl::Status ImportCsv(const std::string& path, ImportSession* session) {
  MAGPIE_ASSIGN_OR_RETURN(TextSource source, TextSource::Open(path));
  std::string sample;
  while (sample.size() < kDelimiterSample) {
    MAGPIE_ASSIGN_OR_RETURN(const bool more, source.Read(&sample));
    if (!more) break;
  }
  const ImportOptions& options = session->options();
  const char delimiter = FindDelimiter(sample, options, path);
  bool sample_given = false;
  CsvReader reader(
      [&](std::string* text) -> absl::StatusOr<bool> {
        if (sample_given) return source.Read(text);
        sample_given = true;
        *text += sample;
        sample = std::string();
        return true;
      },
      delimiter, options.limits.line_bytes, path);
  TableReader table(session, "", /*csv=*/true);
  CsvRecord record;
  for (std::int64_t row = 1;; ++row) {
    MAGPIE_ASSIGN_OR_RETURN(const bool more, reader.Next(&record));
    if (!more) break;
    TableRow table_row;
    table_row.row = row;
    table_row.damage = DamageOf(record, source.encoding() != TextEncoding::kUtf8);
    ToValidText(&record.fields);
    table_row.cells = std::move(record.fields);
    MAGPIE_RETURN_IF_ERROR(table.Add(std::move(table_row)));
  }
  MAGPIE_ASSIGN_OR_RETURN(const bool has_table, table.Finish());
  return has_table ? absl::OkStatus() : NoTable(path);
}

// ---- XLSX

absl::Status ImportWorkbook(const std::string& path, ImportSession* session, const RunContext& context) {
  const ImportOptions& options = session->options();
  std::unique_ptr<TableReader> table;
  std::string sheet;
  std::set<std::string> sheets;
  bool any_table = false, sheet_found = false;
  const auto finish = [&]() -> absl::Status {
    if (!table) return absl::OkStatus();
    MAGPIE_ASSIGN_OR_RETURN(const bool has_table, table->Finish());
    any_table = any_table || has_table;
    table.reset();
    return absl::OkStatus();
  };
  const absl::Status read = ReadWorkbook(
      path, options.limits,
      [&](const WorkbookRow& row) -> absl::Status {
        sheets.insert(row.sheet);
        if (!options.sheet.empty() && row.sheet != options.sheet) return absl::OkStatus();
        sheet_found = true;
        if (!table || row.sheet != sheet) {
          MAGPIE_RETURN_IF_ERROR(finish());
          sheet = row.sheet;
          table = std::make_unique<TableReader>(session, sheet, /*csv=*/false);
        }
        TableRow table_row;
        table_row.row = row.row;
        table_row.merged_down = row.merged_down;
        table_row.cells = row.cells;
        for (std::string& cell : table_row.cells) {
          if (cell.find('\r') != std::string::npos) std::erase(cell, '\r');
          cell = ToNfc(cell);
        }
        return table->Add(std::move(table_row));
      },
      context);
  MAGPIE_RETURN_IF_ERROR(read);
  MAGPIE_RETURN_IF_ERROR(finish());
  if (!options.sheet.empty() && !sheet_found) {
    std::string names;
    for (const std::string& name : sheets) names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
    return MakeError(Reason::kBadArgument, path,
                     fmt::format("has no rows in a sheet '{}'; its sheets are {}", options.sheet, names));
  }
  return any_table ? absl::OkStatus() : NoTable(path);
}

}  // namespace

std::string_view RowStatusName(RowStatus status) {
  switch (status) {
    case RowStatus::kImported:
      return "imported";
    case RowStatus::kDuplicate:
      return "duplicate";
    case RowStatus::kError:
      return "error";
    case RowStatus::kBlank:
      return "blank";
    case RowStatus::kHeading:
      return "heading";
    case RowStatus::kClosing:
      return "closing";
  }
  return "";
}

absl::StatusOr<ImportSummary> ImportListings(const std::string& path, const ImportOptions& options,
                                             const RecordSink& records, const RowSink& rows,
                                             const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(CheckMapping(options.heading_fields));
  ImportSession session(options, options.label.empty() ? FileLabel(path) : options.label, records, rows, context);
  if (path == "-") {
    MAGPIE_RETURN_IF_ERROR(ImportJsonl(path, &std::cin, &session));
    return session.summary();
  }
  MAGPIE_ASSIGN_OR_RETURN(const ListFormat format, DetectListFormat(path, options.limits));
  switch (format) {
    case ListFormat::kJsonl: {
      std::ifstream stream(path, std::ios::binary);
      MAGPIE_RETURN_IF_ERROR(ImportJsonl(path, &stream, &session));
      break;
    }
    case ListFormat::kCsv:
      MAGPIE_RETURN_IF_ERROR(ImportCsv(path, &session));
      break;
    case ListFormat::kWorkbook:
      MAGPIE_RETURN_IF_ERROR(ImportWorkbook(path, &session, context));
      break;
  }
  return session.summary();
}

absl::StatusOr<std::map<std::string, std::string>> ReadHeadingFields(const std::string& path) {
  MAGPIE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxMappingBytes));
  if (!IsValidUtf8(bytes)) return MakeError(Reason::kBadFile, path, "is not UTF-8; save the mapping file as UTF-8");
  std::map<std::string, std::string> mapping;
  std::string_view rest = bytes;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = TrimSpace(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.empty() || line.front() == '#') continue;
    std::size_t separator = line.find('\t');
    if (separator == std::string_view::npos) separator = line.rfind('=');
    const std::string heading(TrimSpace(line.substr(0, separator)));
    const std::string field(separator == std::string_view::npos ? "" : TrimSpace(line.substr(separator + 1)));
    if (heading.empty() || field.empty()) {
      return MakeError(Reason::kBadFile, path,
                       fmt::format("line {} is '{}'; write 'heading = field' or 'heading TAB field'", number, line));
    }
    if (!mapping.emplace(heading, field).second) {
      return MakeError(Reason::kBadFile, path, fmt::format("line {} maps '{}' a second time", number, heading));
    }
  }
  MAGPIE_RETURN_IF_ERROR(CheckMapping(mapping));
  return mapping;
}

}  // namespace magpie
