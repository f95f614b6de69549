// Comma-separated values as RFC 4180 has them, also with semicolons or tabs and with LF, CR LF or CR line ends.
// Errors  kBadFile for a quote that is never closed, naming the record and line where it opened; kLimitExceeded for a
//         record longer than the limit.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace magpie {

struct CsvRecord {
  std::vector<std::string> fields;  // line ends inside quotes come as LF
  std::int64_t line = 0;            // of the file, from 1, where the record begins
  bool stray_quote = false;         // text stands behind a closing quote: the cell's own quotes were not doubled
};

class CsvReader {
 public:
  // `refill` appends the next text; false at the end.
  using Refill = std::function<absl::StatusOr<bool>(std::string*)>;
  CsvReader(Refill refill, char delimiter, std::uint64_t record_bytes, std::string path)
      : refill_(std::move(refill)), delimiter_(delimiter), record_bytes_(record_bytes), path_(std::move(path)) {}

  // Reads the next record; false at the end of the text.
  absl::StatusOr<bool> Next(CsvRecord* record);

 private:
  absl::StatusOr<bool> More();

  Refill refill_;
  char delimiter_;
  std::uint64_t record_bytes_;
  std::string path_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1, record_number_ = 0;
  bool ended_ = false;
};

}  // namespace magpie
