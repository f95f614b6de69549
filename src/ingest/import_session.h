// What one import knows of the whole file: counts, ids and listings seen, and the way to the caller's sinks.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "listing_parser.h"
#include "magpie/ingest/import.h"

namespace magpie {

class ImportSession {
 public:
  ImportSession(const ImportOptions& options, std::string label, const RecordSink& records, const RowSink& rows,
                const RunContext& context);

  const ImportOptions& options() const { return options_; }
  const std::string& label() const { return label_; }
  const ImportSummary& summary() const { return summary_; }

  struct Place {
    std::string_view sheet;  // empty but in workbooks
    std::int64_t row = 0;
  };

  // A row that became no record. Several issues become one report.
  void Report(const Place& place, RowStatus status, const std::vector<RowIssue>& issues = {});

  // A row that became a record: gives it an id if it has none, and delivers it, unless its id was used before (an
  // error) or it repeats an earlier row (a duplicate). Fails where the caller's sink does.
  // `by_text`: the same party and title make a duplicate even where both rows have an id of their own.
  absl::Status Accept(const Place& place, ListingRecord&& listing, bool by_text, std::string_view id_column,
                      const std::vector<RowIssue>& warnings);

  // Call for each row read: reports progress and notices that the caller cancelled.
  absl::Status Tick();

 private:
  struct Key {
    std::uint64_t high, low;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const { return key.low; }
  };
  struct Seen {
    std::int64_t row;
    std::int32_t sheet;
    bool id_given;
  };
  using SeenMap = std::unordered_map<Key, Seen, KeyHash>;

  static Key KeyOf(std::string_view text);
  std::int32_t SheetNumber(std::string_view sheet);
  std::string PlaceText(const Seen& seen) const;

  const ImportOptions& options_;
  const std::string label_, stem_;
  const RecordSink& records_;
  const RowSink& rows_;
  const RunContext& context_;
  ImportSummary summary_;
  std::int64_t ticks_ = 0;
  std::vector<std::string> sheets_;
  SeenMap ids_, listings_;
};

// A value as reports show it: one line's worth of it.
std::string ShowValue(std::string_view value);

}  // namespace magpie
