// The two messy spreadsheets of the sample fair against the tables in its README.md, row by row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "magpie/base/tsv.h"
#include "magpie/base/unicode.h"
#include "magpie/ingest/listing_json.h"
#include "unit/ingest/import_test_util.h"

namespace magpie {
namespace {

using magpie::testing::Import;
using magpie::testing::Imported;
using ::testing::HasSubstr;

const std::string kFolder = std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/";

// A line of one of README's tables: "| 13 | import | O0034 | 9 | [1.6, 1.98] |".
struct Expected {
  std::int64_t row = 0;
  std::string result, listing, trl, amount_or_reason;
};

std::vector<Expected> ReadTable(const std::string& heading_line) {
  std::ifstream file(kFolder + "README.md");
  std::vector<Expected> rows;
  std::string line;
  for (bool inside = false, first = true; std::getline(file, line);) {
    if (line == heading_line && first) {
      inside = true;
      first = false;
      continue;
    }
    if (!inside) continue;
    if (line.empty()) break;
    if (line.starts_with("|---")) continue;
    std::vector<std::string> cells;
    std::stringstream stream(line.substr(1));
    for (std::string cell; std::getline(stream, cell, '|');) cells.emplace_back(TrimSpace(cell));
    const bool has_trl = cells.size() > 4;
    rows.push_back({std::stoll(cells[0]), cells[1], cells[2], has_trl ? cells[3] : "", cells[has_trl ? 4 : 3]});
  }
  return rows;
}

// The sheet 专家 has the same heading line as the CSV but for one word, so it is named by its own.
const std::string kCsvTable = "| record | result | listing | amount or reason |";
const std::string kResultsTable = "| row | result | listing | trl | amount or reason |";
const std::string kExpertsTable = "| row | result | listing | amount or reason |";

std::map<std::string, ListingRecord> ReadListings(const std::string& name, Side side) {
  std::map<std::string, ListingRecord> listings;
  std::ifstream file(kFolder + name);
  for (std::string line; std::getline(file, line);) {
    absl::StatusOr<ListingRecord> listing = ListingFromJson(line, side, nullptr);
    EXPECT_TRUE(listing.ok()) << listing.status().message();
    if (listing.ok()) listings[listing->id] = *listing;
  }
  return listings;
}

std::string AmountText(const ListingRecord& listing) {
  if (!listing.amount || !listing.amount->has_figure()) return "-";
  EXPECT_EQ(listing.amount->currency, "CNY");
  return "[" + FormatWan(*listing.amount->low_cents) + ", " + FormatWan(*listing.amount->high_cents) + "]";
}

std::string StatusWord(const std::string& result) {
  static const std::map<std::string, std::string> words = {
      {"import", "imported"}, {"heading again", "heading"}, {"closing row", "closing"}};
  const auto found = words.find(result);
  return found == words.end() ? result : found->second;
}

void Compare(const Imported& imported, const std::string& sheet, const std::vector<Expected>& table,
             const std::map<std::string, ListingRecord>& listings) {
  ASSERT_FALSE(table.empty());
  for (const Expected& expected : table) {
    SCOPED_TRACE("row " + std::to_string(expected.row) + " " + expected.listing);
    const RowReport report = imported.Row(expected.row, sheet);
    EXPECT_EQ(RowStatusName(report.status), StatusWord(expected.result)) << report.reason << " " << report.hint;
    if (expected.result == "duplicate") {
      EXPECT_THAT(report.hint,
                  HasSubstr("row " + expected.amount_or_reason.substr(expected.amount_or_reason.rfind(' ') + 1)));
    }
    if (expected.result != "import") continue;
    const ListingRecord* listing = imported.Listing(expected.row, sheet);
    ASSERT_NE(listing, nullptr);
    const ListingRecord& original = listings.at(expected.listing);
    EXPECT_EQ(listing->title, original.title);
    EXPECT_EQ(listing->description, original.description);
    EXPECT_EQ(listing->party.name, original.party.name);
    EXPECT_EQ(AmountText(*listing), expected.amount_or_reason);
    // The experts' sheet names some of the modes only.
    EXPECT_FALSE(listing->modes.empty());
    EXPECT_EQ(listing->modes.bits() & ~original.modes.bits(), 0u);
    if (sheet != "专家") {
      EXPECT_EQ(listing->modes, original.modes);
    }
    if (!expected.trl.empty()) {
      EXPECT_EQ(listing->trl, std::stoi(expected.trl));
    }
    if (listing->resource) {
      EXPECT_EQ(listing->resource, original.resource);
    }
    EXPECT_TRUE(RegionContains(listing->party.region, original.party.region) ||
                RegionContains(original.party.region, listing->party.region))
        << listing->party.region.text << " " << original.party.region.text;
    EXPECT_FALSE(listing->id_given);
  }
}

TEST(SampleFair, NeedsAsCsv) {
  const Imported imported = Import(kFolder + "需求清单.csv");
  ASSERT_TRUE(imported.status.ok()) << imported.status.message();
  EXPECT_EQ(imported.rows.size(), 47u);
  EXPECT_EQ(imported.summary.imported, 35);
  EXPECT_EQ(imported.summary.duplicates, 1);
  EXPECT_EQ(imported.summary.errors, 5);
  EXPECT_EQ(imported.summary.blanks, 3);
  EXPECT_EQ(imported.summary.headings, 1);
  EXPECT_EQ(imported.summary.closings, 2);
  EXPECT_EQ(imported.summary.warnings, 1);
  Compare(imported, "", ReadTable(kCsvTable), ReadListings("needs.jsonl", Side::kNeed));
  EXPECT_EQ(imported.listings[0].id, "需求清单/1");

  const auto error = [&](std::int64_t row, std::string_view column, std::string_view reason, std::string_view value) {
    const RowReport report = imported.Row(row);
    EXPECT_EQ(report.file, "需求清单.csv");
    EXPECT_EQ(report.column, column);
    EXPECT_EQ(report.reason, reason);
    EXPECT_EQ(report.value, value);
    EXPECT_FALSE(report.hint.empty());
  };
  error(33, "需求名称", "TITLE_MISSING", "");
  error(34, "预算(万元)", "AMOUNT_UNREADABLE", "柔性引才");
  error(35, "预算(万元)", "AMOUNT_REVERSED", "350-150");
  error(36, "预算(万元)", "AMOUNT_FOREIGN_CURRENCY", "50万美元");
  error(43, "企业名称", "PARTY_MISSING", "");
  error(45, "所在地", "REGION_PROVINCE_ONLY", "青海");

  EXPECT_EQ(imported.Listing(5)->party.name, imported.Listing(4)->party.name);
  EXPECT_EQ(imported.Listing(5)->party.region.code, "640200");
  EXPECT_EQ(imported.Listing(19)->party.contacts[0].name, "丁博士");  // 同上
  EXPECT_TRUE(imported.Listing(9)->amount->negotiable);
  EXPECT_EQ(imported.Listing(37)->amount->note, "/年");
  EXPECT_EQ(imported.Listing(7)->remark, "急！");
}

TEST(SampleFair, OfferingsAsWorkbook) {
  const Imported imported = Import(kFolder + "资源清单.xlsx", Side::kOffering);
  ASSERT_TRUE(imported.status.ok()) << imported.status.message();
  EXPECT_EQ(imported.rows.size(), 30u + 14u);
  EXPECT_EQ(imported.summary.imported, 24 + 11);
  EXPECT_EQ(imported.summary.duplicates, 2);
  EXPECT_EQ(imported.summary.errors, 3 + 1);
  EXPECT_EQ(imported.summary.blanks, 2);
  EXPECT_EQ(imported.summary.headings, 0);
  EXPECT_EQ(imported.summary.closings, 1);
  const std::map<std::string, ListingRecord> listings = ReadListings("offerings.jsonl", Side::kOffering);
  Compare(imported, "成果", ReadTable(kResultsTable), listings);
  Compare(imported, "专家", ReadTable(kExpertsTable), listings);
  EXPECT_EQ(imported.listings[0].id, "资源清单/成果/4");
  EXPECT_EQ(imported.Row(30, "成果").reason, "TITLE_MISSING");
  EXPECT_EQ(imported.Row(31, "成果").reason, "TRL_OUT_OF_RANGE");
  EXPECT_EQ(imported.Row(31, "成果").value, "TRL12");
  EXPECT_EQ(imported.Row(32, "成果").reason, "AMOUNT_UNREADABLE");
  EXPECT_EQ(imported.Row(32, "成果").column, "意向价格（万元）");
  EXPECT_EQ(imported.Row(16, "专家").reason, "PARTY_MISSING");
  EXPECT_EQ(imported.Listing(13, "成果")->amount->note, "/套");
  EXPECT_EQ(imported.Listing(28, "成果")->amount->note, "+销售额3%");
  EXPECT_EQ(imported.Listing(3, "专家")->resource, ResourceKind::kTalent);
  EXPECT_EQ(imported.Listing(13, "专家")->remark, "每年到岗天数：驻场12个月；4人团队");
}

TEST(SampleFair, TheGradedSetImportsWithoutALoss) {
  const Imported needs = Import(kFolder + "needs.jsonl");
  EXPECT_EQ(needs.summary.imported, 120);
  EXPECT_EQ(needs.rows.size(), 120u);
  EXPECT_EQ(needs.summary.warnings, 0);
  const Imported offerings = Import(kFolder + "offerings.jsonl", Side::kOffering);
  EXPECT_EQ(offerings.summary.imported, 662);
  EXPECT_EQ(offerings.rows.size(), 662u);
  EXPECT_EQ(offerings.listings[0].provenance.row, 1);
}

}  // namespace
}  // namespace magpie
