// A thin hold on libxlsxwriter: formats by name, texts that cannot break a workbook, the first error kept.
//
// Texts    always written as strings, so that "=1+1" or "-3" in a title stays a title. A text above what a cell holds
//          (32,767 UTF-16 units) is cut with a note; what XML forbids becomes U+FFFD.
// Bytes    the creation date is the caller's, so the same calls give the same file.
#pragma once

#include <absl/status/status.h>
#include <xlsxwriter.h>

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

namespace magpie::report {

inline constexpr std::size_t kCellUnits = 32'767;  // Excel's limit

enum class CellStyle { kText, kId, kScore, kCount, kHeading, kTitle, kSection, kNote, kLink, kMuted, kStrong };

// A text as a cell can hold it; `cut_note` ends it where it had to be cut.
std::string CellText(std::string_view text, std::string_view cut_note);

// Sheet names as Excel wants them: 1 to 31 UTF-16 units, none of []:*?/\, no apostrophe at the ends, not "History",
// unique whatever the case. Taken(name) gives a legal name for any text and remembers it.
class SheetNames {
 public:
  std::string Take(std::string_view wanted, std::string_view fallback);

 private:
  std::set<std::string> taken_;  // folded
};

class Book;

class Sheet {
 public:
  void Text(std::uint32_t row, int column, std::string_view text, CellStyle style = CellStyle::kText);
  void Number(std::uint32_t row, int column, double number, CellStyle style);
  void Link(std::uint32_t row, int column, std::string_view sheet, std::string_view text);
  // One text over several columns.
  void Wide(std::uint32_t row, int first, int last, std::string_view text, CellStyle style);
  void Width(int column, double characters);
  void Height(std::uint32_t row, double points);
  lxw_worksheet* raw() const { return sheet_; }
  const std::string& name() const { return name_; }

 private:
  friend class Book;
  Sheet(Book* book, lxw_worksheet* sheet, std::string name) : book_(book), sheet_(sheet), name_(std::move(name)) {}
  Book* book_;
  lxw_worksheet* sheet_;
  std::string name_;
};

class Book {
 public:
  Book(std::filesystem::path path, std::string_view title, std::time_t created, std::string_view cut_note);
  ~Book();
  Book(const Book&) = delete;
  Book& operator=(const Book&) = delete;

  // A4 across, one page wide; the name is made legal and unique.
  Sheet Add(std::string_view name, std::string_view fallback = "Sheet");
  lxw_workbook* raw() const { return book_; }
  lxw_format* Format(CellStyle style) const { return formats_[static_cast<std::size_t>(style)]; }
  SheetNames& names() { return names_; }

  // Writes beside the target and renames over it.
  absl::Status Close();

 private:
  friend class Sheet;
  void Check(lxw_error error);

  std::filesystem::path path_, temporary_;
  std::string cut_note_;
  SheetNames names_;
  lxw_workbook* book_ = nullptr;
  lxw_format* formats_[11] = {};
  lxw_error first_error_ = LXW_NO_ERROR;
};

}  // namespace magpie::report
