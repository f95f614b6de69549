#include "import_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "file_kind.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr std::size_t kShownCodePoints = 80;
constexpr std::int64_t kTickRows = 1024;

void Append(std::string_view text, std::string_view separator, std::string* out) {
  if (text.empty() || *out == text) return;
  if (!out->empty()) *out += separator;
  *out += text;
}

// A generated id is a user's id too, so what an id may not hold is left out of it.
std::string IdPart(std::string_view text) {
  std::string part;
  for (char c : text) part += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return part;
}

}  // namespace

std::string ShowValue(std::string_view value) {
  const std::string_view head = TakeCodePoints(value, kShownCodePoints);
  return head.size() == value.size() ? std::string(value) : fmt::format("{}…", head);
}

ImportSession::ImportSession(const ImportOptions& options, std::string label, const RecordSink& records,
                             const RowSink& rows, const RunContext& context)
    : options_(options),
      label_(std::move(label)),
      stem_(IdPart(label_ == "-" ? "stdin" : FileStem(label_))),
      records_(records),
      rows_(rows),
      context_(context) {}

void ImportSession::Report(const Place& place, RowStatus status, const std::vector<RowIssue>& issues) {
  switch (status) {
    case RowStatus::kImported:
      ++summary_.imported;
      if (!issues.empty()) ++summary_.warnings;
      break;
    case RowStatus::kDuplicate:
      ++summary_.duplicates;
      break;
    case RowStatus::kError:
      ++summary_.errors;
      break;
    case RowStatus::kBlank:
      ++summary_.blanks;
      break;
    case RowStatus::kHeading:
      ++summary_.headings;
      break;
    case RowStatus::kClosing:
      ++summary_.closings;
      break;
  }
  if (!rows_) return;
  RowReport report;
  report.file = label_;
  report.sheet = place.sheet;
  report.row = place.row;
  report.status = status;
  for (const RowIssue& issue : issues) {
    Append(issue.column, "; ", &report.column);
    Append(issue.reason, "; ", &report.reason);
    Append(ShowValue(issue.value), "; ", &report.value);
    Append(issue.hint, "; ", &report.hint);
  }
  rows_(report);
}

ImportSession::Key ImportSession::KeyOf(std::string_view text) {
  // 128 bits: two different rows of one file do not meet by chance.
  return {StableHash(text, 1), StableHash(text, 2)};
}

std::int32_t ImportSession::SheetNumber(std::string_view sheet) {
  const auto number = static_cast<std::int32_t>(std::find(sheets_.begin(), sheets_.end(), sheet) - sheets_.begin());
  if (static_cast<std::size_t>(number) == sheets_.size()) sheets_.emplace_back(sheet);
  return number;
}

std::string ImportSession::PlaceText(const Seen& seen) const {
  const std::string& sheet = sheets_[static_cast<std::size_t>(seen.sheet)];
  return sheet.empty() ? fmt::format("row {}", seen.row) : fmt::format("sheet {}, row {}", sheet, seen.row);
}

absl::Status ImportSession::Accept(const Place& place, ListingRecord&& listing, bool by_text,
                                   std::string_view id_column, const std::vector<RowIssue>& warnings) {
  listing.provenance = {label_, std::string(place.sheet), place.row};
  listing.id_given = !listing.id.empty();
  if (!listing.id_given) {
    listing.id = place.sheet.empty() ? fmt::format("{}/{}", stem_, place.row)
                                     : fmt::format("{}/{}/{}", stem_, IdPart(place.sheet), place.row);
  }
  const Seen here{place.row, SheetNumber(place.sheet), listing.id_given};
  const Key id_key = KeyOf(listing.id);
  if (const auto seen = ids_.find(id_key); seen != ids_.end()) {
    Report(place, RowStatus::kError,
           {{std::string(id_column), "ID_USED_TWICE", listing.id,
             fmt::format("the id was first used in {} (编号重复); give each row an id of its own, or map the column to "
                         "'-' if it is only a running number",
                         PlaceText(seen->second))}});
    return absl::OkStatus();
  }
  if (!listing.party.name.empty()) {
    const Key text_key = KeyOf(listing.party.name + '\x1F' + listing.title);
    const auto [seen, fresh] = listings_.emplace(text_key, here);
    if (!fresh && (by_text || !here.id_given || !seen->second.id_given)) {
      Report(place, RowStatus::kDuplicate,
             {{"", "DUPLICATE", listing.title,
               fmt::format("the same party and title as {} (与之重复); not imported again", PlaceText(seen->second))}});
      return absl::OkStatus();
    }
  }
  ids_.emplace(id_key, here);
  MAGPIE_RETURN_IF_ERROR(records_(std::move(listing)));
  Report(place, RowStatus::kImported, warnings);
  return absl::OkStatus();
}

absl::Status ImportSession::Tick() {
  if (++ticks_ % kTickRows != 0) return absl::OkStatus();
  context_.Report("read", ticks_, 0);
  return context_.CheckCancelled();
}

}  // namespace magpie
