// What a file is, by its ending and by its first bytes, and the advice for the kinds that Magpie does not read.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "magpie/ingest/import.h"

namespace magpie {

enum class ListFormat : std::uint8_t { kJsonl, kCsv, kWorkbook };

// The format of a list file, its content checked against its ending.
// Errors  kFileNotFound (also a folder), kBadFile (empty, or the content is of another kind than the ending says),
//         kUnsupportedFile (.xls, .docx, WPS, ...), kLimitExceeded (larger than limits.file_bytes).
absl::StatusOr<ListFormat> DetectListFormat(const std::string& path, const ImportLimits& limits);

// OK if the file's content can be an XLSX workbook; else the errors above.
absl::Status CheckWorkbookFile(const std::string& path, const ImportLimits& limits);

// The path's last part, and that without its ending.
std::string FileLabel(std::string_view path);
std::string FileStem(std::string_view label);

}  // namespace magpie
