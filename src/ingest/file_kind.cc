#include "file_kind.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "zip_archive.h"

namespace magpie {
namespace {

constexpr std::string_view kAccepted = "Magpie reads .xlsx, .csv and .jsonl";
constexpr std::size_t kHeadBytes = 4096;

// Endings of files that people send although Magpie cannot read them.
struct ForeignEnding {
  std::string_view ending;
  std::string_view what;
  std::string_view advice;
};
constexpr std::string_view kSaveAs = "open it and save it as .xlsx (Excel workbook) or .csv";
constexpr std::string_view kCopyTable = "copy its table into a spreadsheet and save that as .xlsx";
constexpr std::array kForeignEndings = {
    ForeignEnding{".xls", "an old Excel workbook", kSaveAs},
    ForeignEnding{".xlsb", "a binary Excel workbook", kSaveAs},
    ForeignEnding{".xlt", "an old Excel template", kSaveAs},
    ForeignEnding{".et", "a WPS spreadsheet", kSaveAs},
    ForeignEnding{".ett", "a WPS spreadsheet template", kSaveAs},
    ForeignEnding{".ods", "an OpenDocument spreadsheet", kSaveAs},
    ForeignEnding{".numbers", "an Apple Numbers spreadsheet", "export it from Numbers as Excel (.xlsx) or CSV"},
    ForeignEnding{".doc", "a Word document", kCopyTable},
    ForeignEnding{".docx", "a Word document", kCopyTable},
    ForeignEnding{".wps", "a WPS document", kCopyTable},
    ForeignEnding{".ppt", "a presentation", kCopyTable},
    ForeignEnding{".pptx", "a presentation", kCopyTable},
    ForeignEnding{".dps", "a WPS presentation", kCopyTable},
    ForeignEnding{".pdf", "a PDF document", "ask for the spreadsheet it was made from, or copy its table into one"},
    ForeignEnding{".html", "a web page", kCopyTable},
    ForeignEnding{".htm", "a web page", kCopyTable},
    ForeignEnding{".xml", "an XML file", kSaveAs},
    ForeignEnding{".json", "a JSON file", "write one object a line and name it .jsonl"},
    ForeignEnding{".zip", "a zip archive", "unpack it and give the files inside"},
    ForeignEnding{".rar", "an archive", "unpack it and give the files inside"},
    ForeignEnding{".7z", "an archive", "unpack it and give the files inside"},
    ForeignEnding{".gz", "a compressed file", "unpack it first"},
    ForeignEnding{".jpg", "a picture", "ask for the spreadsheet it was made from"},
    ForeignEnding{".png", "a picture", "ask for the spreadsheet it was made from"},
};

enum class Content : std::uint8_t { kEmpty, kZip, kOle, kPdf, kMarkup, kRar, kGzip, kPicture, kText };

struct ContentSign {
  std::string_view magic;
  Content content;
};
using namespace std::string_view_literals;
constexpr std::array kContentSigns = {
    ContentSign{"PK\x03\x04"sv, Content::kZip},
    ContentSign{"PK\x05\x06"sv, Content::kZip},
    ContentSign{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, Content::kOle},
    ContentSign{"%PDF"sv, Content::kPdf},
    ContentSign{"Rar!"sv, Content::kRar},
    ContentSign{"7z\xBC\xAF\x27\x1C"sv, Content::kRar},
    ContentSign{"\x1F\x8B"sv, Content::kGzip},
    ContentSign{"\xFF\xD8\xFF"sv, Content::kPicture},
    ContentSign{"\x89PNG"sv, Content::kPicture},
};

Content ContentOf(std::string_view head) {
  if (head.empty()) return Content::kEmpty;
  for (const ContentSign& sign : kContentSigns) {
    if (head.starts_with(sign.magic)) return sign.content;
  }
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && head[first] == '<') {
    const std::string start = ToNfkcFolded(ToPrintable(head.substr(first, 64)));
    for (std::string_view sign : {"<!doctype", "<html", "<table", "<?xml", "<meta"}) {
      if (start.starts_with(sign)) return Content::kMarkup;
    }
  }
  return Content::kText;
}

std::string_view Describe(Content content) {
  switch (content) {
    case Content::kEmpty:
      return "empty";
    case Content::kZip:
      return "a zip archive or a new Office file";
    case Content::kOle:
      return "an old Excel, Word or WPS file, or a workbook with a password";
    case Content::kPdf:
      return "a PDF document";
    case Content::kMarkup:
      return "a web page or XML file";
    case Content::kRar:
      return "an archive";
    case Content::kGzip:
      return "a compressed file";
    case Content::kPicture:
      return "a picture";
    case Content::kText:
      return "plain text";
  }
  return "";
}

std::string EndingOf(const std::string& path) {
  std::string ending = std::filesystem::path(path).extension().string();
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return ending;
}

absl::StatusOr<std::string> ReadHead(const std::string& path, const ImportLimits& limits) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code)) {
    return MakeError(Reason::kFileNotFound, path, "is a folder, not a file; name a file inside it");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return MakeError(Reason::kFileNotFound, path, "cannot be read; check the path and your right to read it");
  }
  const std::uint64_t size = std::filesystem::file_size(path, code);
  if (!code && size > limits.file_bytes) {
    return MakeError(Reason::kLimitExceeded, path,
                     fmt::format("is {} bytes long, more than the limit of {}; split it", size, limits.file_bytes));
  }
  std::string head(kHeadBytes, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  if (head.empty()) return MakeError(Reason::kBadFile, path, "is empty; save or fetch it again");
  return head;
}

absl::Status OldOffice(const std::string& path) {
  return MakeError(
      Reason::kUnsupportedFile, path,
      fmt::format("is {}, whatever its name says; {}, without a password", Describe(Content::kOle), kSaveAs));
}

// A zip archive that is no workbook: which kind of file it is, from the parts inside.
absl::Status CheckZipParts(const std::string& path, const ImportLimits& limits) {
  struct Sign {
    std::string_view part, what, advice;
  };
  static constexpr std::array kSigns = {
      Sign{"xl/workbook.bin", "a binary Excel workbook (.xlsb)", kSaveAs},
      Sign{"word/document.xml", "a Word document (.docx)", kCopyTable},
      Sign{"ppt/presentation.xml", "a presentation (.pptx)", kCopyTable},
      Sign{"content.xml", "an OpenDocument file", kSaveAs},
      Sign{"Index/Document.iwa", "an Apple iWork file", "export it as Excel (.xlsx) or CSV"},
  };
  MAGPIE_ASSIGN_OR_RETURN(const ZipArchive archive, ZipArchive::Open(path, limits));
  if (archive.Has("xl/workbook.xml")) return absl::OkStatus();
  for (const Sign& sign : kSigns) {
    if (archive.Has(sign.part)) {
      return MakeError(Reason::kUnsupportedFile, path, fmt::format("is {}; {}", sign.what, sign.advice));
    }
  }
  if (archive.Has("_rels/.rels") && archive.Has("[Content_Types].xml")) return absl::OkStatus();
  return MakeError(
      Reason::kBadFile, path,
      fmt::format("is a zip archive without a workbook inside; unpack it if it holds one ({})", kAccepted));
}

absl::Status CheckWorkbookHead(const std::string& path, std::string_view head, const ImportLimits& limits) {
  const Content content = ContentOf(head);
  if (content == Content::kZip) return CheckZipParts(path, limits);
  if (content == Content::kOle) return OldOffice(path);
  return MakeError(
      Reason::kBadFile, path,
      fmt::format(
          "is {}, not a workbook; {}", Describe(content),
          content == Content::kText ? "if it is a table, give it the ending .csv, if JSON lines, .jsonl" : kSaveAs));
}

// Text formats: anything that shows itself as something else is refused, the rest is for the reader to judge.
absl::Status CheckTextHead(const std::string& path, std::string_view head, std::string_view ending) {
  const Content content = ContentOf(head);
  if (content == Content::kText) return absl::OkStatus();
  if (content == Content::kOle) return OldOffice(path);
  return MakeError(Reason::kBadFile, path,
                   fmt::format("is {}, not the {} file that its ending says; {}", Describe(content), ending,
                               content == Content::kZip ? "if it is a workbook, give it the ending .xlsx" : kSaveAs));
}

}  // namespace

absl::StatusOr<ListFormat> DetectListFormat(const std::string& path, const ImportLimits& limits) {
  const std::string ending = EndingOf(path);
  const bool jsonl = ending == ".jsonl" || ending == ".ndjson";
  const bool csv = ending == ".csv" || ending == ".tsv" || ending == ".txt";
  const bool workbook = ending == ".xlsx" || ending == ".xlsm";
  MAGPIE_ASSIGN_OR_RETURN(const std::string head, ReadHead(path, limits));
  if (jsonl || csv) {
    MAGPIE_RETURN_IF_ERROR(CheckTextHead(path, head, ending));
    return jsonl ? ListFormat::kJsonl : ListFormat::kCsv;
  }
  if (workbook) {
    MAGPIE_RETURN_IF_ERROR(CheckWorkbookHead(path, head, limits));
    return ListFormat::kWorkbook;
  }
  for (const ForeignEnding& foreign : kForeignEndings) {
    if (ending == foreign.ending) {
      return MakeError(Reason::kUnsupportedFile, path,
                       fmt::format("is {}, which Magpie does not read: {}", foreign.what, foreign.advice));
    }
  }
  return MakeError(
      Reason::kUnsupportedFile, path,
      fmt::format("has {}; {}: rename it if it is one of these, else save it as .xlsx or .csv",
                  ending.empty() ? "no ending" : fmt::format("the unknown ending '{}'", ending), kAccepted));
}

absl::Status CheckWorkbookFile(const std::string& path, const ImportLimits& limits) {
  MAGPIE_ASSIGN_OR_RETURN(const std::string head, ReadHead(path, limits));
  return CheckWorkbookHead(path, head, limits);
}

std::string FileLabel(std::string_view path) {
  const std::size_t slash = path.find_last_of('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

std::string FileStem(std::string_view label) {
  const std::size_t dot = label.rfind('.');
  return std::string(dot == std::string_view::npos || dot == 0 ? label : label.substr(0, dot));
}

}  // namespace magpie
