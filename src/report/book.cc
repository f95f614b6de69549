#include "report/book.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <system_error>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie::report {
namespace {

constexpr std::size_t kSheetNameUnits = 31;

std::size_t Units(char32_t c) {
  return c >= 0x10000 ? 2 : 1;
}

bool IsLegalInXml(char32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  return c != 0xFFFE && c != 0xFFFF;
}

// True where a text starts like "_x0041_", which readers of XLSX take for the character of that number.
bool IsXmlEscape(std::string_view text) {
  return text.size() >= 7 && text[0] == '_' && text[1] == 'x' && text[6] == '_' &&
         std::all_of(text.begin() + 2, text.begin() + 6, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

// The first `units` UTF-16 units of a text.
std::string_view TakeUnits(std::string_view text, std::size_t units) {
  std::size_t offset = 0, used = 0;
  while (offset < text.size()) {
    std::size_t next = offset;
    used += Units(NextCodePoint(text, &next));
    if (used > units) break;
    offset = next;
  }
  return text.substr(0, offset);
}

}  // namespace

std::string CellText(std::string_view text, std::string_view cut_note) {
  std::string out;
  out.reserve(text.size());
  std::size_t units = 0;
  for (std::size_t offset = 0; offset < text.size();) {
    if (IsXmlEscape(text.substr(offset))) {
      out += "_x005F";  // an escaped underscore: the text stays what it is
      units += 6;
    }
    const char32_t c = NextCodePoint(text, &offset);
    units += Units(c);
    AppendCodePoint(IsLegalInXml(c) ? c : U'\xFFFD', &out);
  }
  if (units <= kCellUnits) return out;
  out = TakeUnits(out, kCellUnits - CountCodePoints(cut_note));
  return out += cut_note;
}

std::string SheetNames::Take(std::string_view wanted, std::string_view fallback) {
  std::string name;
  for (std::size_t offset = 0; offset < wanted.size();) {
    const char32_t c = NextCodePoint(wanted, &offset);
    const bool illegal =
        c < 0x20 || (c < 0x80 && std::string_view("[]:*?/\\").find(static_cast<char>(c)) != std::string_view::npos);
    AppendCodePoint(illegal || !IsLegalInXml(c) ? U' ' : c, &name);
  }
  const auto trim = [](std::string_view text) {
    text = TrimSpace(text);
    while (!text.empty() && text.front() == '\'') text.remove_prefix(1);
    while (!text.empty() && text.back() == '\'') text.remove_suffix(1);
    return TrimSpace(text);
  };
  std::string base(trim(TakeUnits(trim(name), kSheetNameUnits)));
  if (base.empty() || ToNfkcFolded(base) == "history") base = fallback;
  std::string candidate = base;
  for (int number = 2; !taken_.insert(ToNfkcFolded(candidate)).second; ++number) {
    const std::string suffix = fmt::format(" ({})", number);
    candidate = std::string(trim(TakeUnits(base, kSheetNameUnits - suffix.size()))) + suffix;
  }
  return candidate;
}

Book::Book(std::filesystem::path path, std::string_view title, std::time_t created, std::string_view cut_note)
    : path_(std::move(path)), temporary_(path_), cut_note_(cut_note) {
  temporary_ += fmt::format(".{}.tmp", ::getpid());
  book_ = workbook_new(temporary_.c_str());
  if (book_ == nullptr) return;
  std::string title_text = CellText(title, ""), author = "Magpie";
  lxw_doc_properties properties = {};
  properties.title = title_text.data();
  properties.author = author.data();
  properties.created = created;
  workbook_set_properties(book_, &properties);

  constexpr lxw_color_t kLine = 0xD0D5D8, kHeadingGround = 0xDCE6ED, kSoft = 0x56636F;
  for (lxw_format*& format : formats_) {
    format = workbook_add_format(book_);
    format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
    format_set_text_wrap(format);
  }
  const auto get = [this](CellStyle style) { return Format(style); };
  for (CellStyle style : {CellStyle::kText, CellStyle::kId, CellStyle::kScore, CellStyle::kCount, CellStyle::kHeading,
                          CellStyle::kLink, CellStyle::kMuted, CellStyle::kStrong}) {
    format_set_border(get(style), LXW_BORDER_THIN);
    format_set_border_color(get(style), kLine);
  }
  format_set_num_format(get(CellStyle::kId), "@");  // an id typed as 007 stays 007
  format_set_num_format(get(CellStyle::kScore), "0.00");
  format_set_num_format(get(CellStyle::kCount), "#,##0");
  format_set_bold(get(CellStyle::kHeading));
  format_set_bg_color(get(CellStyle::kHeading), kHeadingGround);
  format_set_bold(get(CellStyle::kStrong));
  for (const auto& [style, size] : {std::pair(CellStyle::kTitle, 16.0), std::pair(CellStyle::kSection, 12.0)}) {
    format_set_bold(get(style));
    format_set_font_size(get(style), size);
    format_set_font_color(get(style), 0x12344C);
  }
  format_set_font_color(get(CellStyle::kNote), kSoft);
  format_set_font_color(get(CellStyle::kMuted), kSoft);
  format_set_font_color(get(CellStyle::kLink), 0x1D5C89);
  format_set_underline(get(CellStyle::kLink), LXW_UNDERLINE_SINGLE);
}

Book::~Book() {
  if (book_ == nullptr) return;
  // Left without Close(): libxlsxwriter frees only by writing, so the file is written and thrown away.
  workbook_close(book_);
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void Book::Check(lxw_error error) {
  if (error != LXW_NO_ERROR && first_error_ == LXW_NO_ERROR) first_error_ = error;
}

Sheet Book::Add(std::string_view name, std::string_view fallback) {
  std::string legal = names_.Take(name, fallback);
  lxw_worksheet* sheet = workbook_add_worksheet(book_, legal.c_str());
  if (sheet != nullptr) {
    worksheet_set_landscape(sheet);
    worksheet_set_paper(sheet, 9);  // A4
    worksheet_fit_to_pages(sheet, 1, 0);
    worksheet_set_margins(sheet, 0.4, 0.4, 0.5, 0.5);
    worksheet_set_footer(sheet, "&C&P / &N");
  } else {
    Check(LXW_ERROR_SHEETNAME_ALREADY_USED);
  }
  return Sheet(this, sheet, std::move(legal));
}

absl::Status Book::Close() {
  if (book_ == nullptr) return MakeError(Reason::kFileNotFound, path_.string(), "cannot be written; no memory left");
  lxw_error error = workbook_close(book_);
  book_ = nullptr;
  if (error == LXW_NO_ERROR) error = first_error_;
  std::error_code code;
  if (error == LXW_NO_ERROR) std::filesystem::rename(temporary_, path_, code);
  if (error == LXW_NO_ERROR && !code) return absl::OkStatus();
  const std::string why = error != LXW_NO_ERROR ? lxw_strerror(error) : code.message();
  std::filesystem::remove(temporary_, code);
  return MakeError(Reason::kFileNotFound, path_.string(),
                   fmt::format("cannot be written ({}); check the folder, your rights, the free space and whether the "
                               "file is open in another program",
                               why));
}

void Sheet::Text(std::uint32_t row, int column, std::string_view text, CellStyle style) {
  if (sheet_ == nullptr) return;
  const std::string value = CellText(text, book_->cut_note_);
  const auto at = static_cast<lxw_col_t>(column);
  book_->Check(value.empty() ? worksheet_write_blank(sheet_, row, at, book_->Format(style))
                             : worksheet_write_string(sheet_, row, at, value.c_str(), book_->Format(style)));
}

void Sheet::Number(std::uint32_t row, int column, double number, CellStyle style) {
  if (sheet_ == nullptr) return;
  book_->Check(worksheet_write_number(sheet_, row, static_cast<lxw_col_t>(column), number, book_->Format(style)));
}

void Sheet::Link(std::uint32_t row, int column, std::string_view sheet, std::string_view text) {
  if (sheet_ == nullptr) return;
  std::string target = "internal:'";
  for (char c : sheet) target += c == '\'' ? "''" : std::string(1, c);
  target += "'!A1";
  book_->Check(worksheet_write_url(sheet_, row, static_cast<lxw_col_t>(column), target.c_str(),
                                   book_->Format(CellStyle::kLink)));
  Text(row, column, text, CellStyle::kLink);
}

void Sheet::Wide(std::uint32_t row, int first, int last, std::string_view text, CellStyle style) {
  if (sheet_ == nullptr) return;
  book_->Check(worksheet_merge_range(sheet_, row, static_cast<lxw_col_t>(first), row, static_cast<lxw_col_t>(last), "",
                                     book_->Format(style)));
  Text(row, first, text, style);
}

void Sheet::Width(int column, double characters) {
  if (sheet_ == nullptr) return;
  const auto at = static_cast<lxw_col_t>(column);
  book_->Check(worksheet_set_column(sheet_, at, at, characters, nullptr));
}

void Sheet::Height(std::uint32_t row, double points) {
  if (sheet_ != nullptr) book_->Check(worksheet_set_row(sheet_, row, points, nullptr));
}

}  // namespace magpie::report
