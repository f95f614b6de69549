// An import with all that it delivered, for the tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/ingest/import.h"

namespace magpie::testing {

struct Imported {
  absl::Status status;
  ImportSummary summary;
  std::vector<ListingRecord> listings;
  std::vector<RowReport> rows;

  // The report of a row; fails the test where there is none, or more than one.
  RowReport Row(std::int64_t row, const std::string& sheet = "") const {
    std::vector<RowReport> found;
    for (const RowReport& report : rows) {
      if (report.row == row && report.sheet == sheet) found.push_back(report);
    }
    EXPECT_EQ(found.size(), 1u) << "row " << row << " of '" << sheet << "'";
    return found.empty() ? RowReport() : found.front();
  }
  const ListingRecord* Listing(std::int64_t row, const std::string& sheet = "") const {
    for (const ListingRecord& listing : listings) {
      if (listing.provenance.row == row && listing.provenance.sheet == sheet) return &listing;
    }
    return nullptr;
  }
};

inline Imported Import(const std::string& path, Side side = Side::kNeed, ImportOptions options = {}) {
  options.side = side;
  Imported imported;
  const absl::StatusOr<ImportSummary> summary = ImportListings(
      path, options,
      [&](ListingRecord&& listing) {
        imported.listings.push_back(std::move(listing));
        return absl::OkStatus();
      },
      [&](const RowReport& row) { imported.rows.push_back(row); }, {});
  imported.status = summary.status();
  if (summary.ok()) {
    imported.summary = *summary;
    EXPECT_EQ(static_cast<std::size_t>(summary->imported), imported.listings.size());
    EXPECT_EQ(static_cast<std::size_t>(summary->imported + summary->duplicates + summary->errors + summary->blanks +
                                       summary->headings + summary->closings),
              imported.rows.size());
  }
  return imported;
}

}  // namespace magpie::testing
