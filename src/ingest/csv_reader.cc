#include "csv_reader.h"

#include <fmt/format.h>

#include "magpie/base/status.h"

namespace magpie {

absl::StatusOr<bool> CsvReader::More() {
  if (at_ < buffer_.size()) return true;
  buffer_.clear();
  at_ = 0;
  while (!ended_ && buffer_.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(const bool more, refill_(&buffer_));
    ended_ = !more;
  }
  return !buffer_.empty();
}

absl::StatusOr<bool> CsvReader::Next(CsvRecord* record) {
  record->fields.clear();
  record->line = line_;
  record->stray_quote = false;
  MAGPIE_ASSIGN_OR_RETURN(const bool any, More());
  if (!any) return false;
  ++record_number_;

  enum class State : std::uint8_t { kFieldStart, kPlain, kQuoted, kQuoteInQuoted };
  State state = State::kFieldStart;
  bool after_return = false;  // the last character was a CR inside quotes
  std::uint64_t bytes = 0;
  std::int64_t quote_line = line_;
  std::string field;
  const auto end_field = [&] {
    record->fields.push_back(std::move(field));
    field.clear();
    state = State::kFieldStart;
  };
  for (;;) {
    MAGPIE_ASSIGN_OR_RETURN(const bool more, More());
    if (!more) {
      if (state == State::kQuoted) {
        return MakeError(Reason::kBadFile, path_,
                         fmt::format("record {} (line {}): a quote opens on line {} and is never closed; close it, or "
                                     "double it if it belongs to the text",
                                     record_number_, record->line, quote_line));
      }
      end_field();
      return true;
    }
    const char c = buffer_[at_++];
    if (++bytes > record_bytes_) {
      return MakeError(
          Reason::kLimitExceeded, path_,
          fmt::format("record {} (line {}) is longer than {} bytes{}", record_number_, record->line, record_bytes_,
                      state == State::kQuoted
                          ? fmt::format("; the quote that opens on line {} may lack its end", quote_line)
                          : ""));
    }
    if (state == State::kQuoted) {
      if (c == '"') {
        state = State::kQuoteInQuoted;
      } else if (c == '\r') {
        field += '\n';
        ++line_;
      } else if (c == '\n') {
        if (!after_return) {
          field += '\n';
          ++line_;
        }
      } else {
        field += c;
      }
      after_return = c == '\r';
      continue;
    }
    if (state == State::kQuoteInQuoted && c == '"') {
      field += '"';
      state = State::kQuoted;
      continue;
    }
    if (c == delimiter_) {
      end_field();
    } else if (c == '\n' || c == '\r') {
      ++line_;
      if (c == '\r') {
        MAGPIE_ASSIGN_OR_RETURN(const bool follows, More());
        if (follows && buffer_[at_] == '\n') ++at_;
      }
      end_field();
      return true;
    } else if (c == '"' && state == State::kFieldStart) {
      state = State::kQuoted;
      quote_line = line_;
      after_return = false;
    } else {
      if (state == State::kQuoteInQuoted) record->stray_quote = true;
      if (state != State::kQuoteInQuoted) state = State::kPlain;
      field += c;
    }
  }
}

}  // namespace magpie
