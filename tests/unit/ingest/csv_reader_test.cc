#include "ingest/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "magpie/base/random.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Rows = std::vector<std::vector<std::string>>;

struct Read {
  Rows rows;
  std::vector<CsvRecord> records;
  absl::Status status;
};

// Hands the text over in pieces of `piece` bytes.
Read ReadAll(const std::string& text, char delimiter = ',', std::size_t piece = 7, std::uint64_t limit = 1 << 20) {
  std::size_t at = 0;
  CsvReader reader(
      [&](std::string* out) -> absl::StatusOr<bool> {
        if (at >= text.size()) return false;
        *out += text.substr(at, piece);
        at += piece;
        return true;
      },
      delimiter, limit, "file.csv");
  Read read;
  for (CsvRecord record;;) {
    const absl::StatusOr<bool> more = reader.Next(&record);
    if (!more.ok()) read.status = more.status();
    if (!more.ok() || !*more) return read;
    read.rows.push_back(record.fields);
    read.records.push_back(record);
  }
}

TEST(CsvReader, ReadsWhatRfc4180Allows) {
  EXPECT_EQ(ReadAll("a,b\r\n1,\"2,\"\"x\"\"\r\ny\"\r\n").rows, (Rows{{"a", "b"}, {"1", "2,\"x\"\ny"}}));
  EXPECT_EQ(ReadAll("a\nb").rows, (Rows{{"a"}, {"b"}}));
  EXPECT_EQ(ReadAll("a\rb\r").rows, (Rows{{"a"}, {"b"}}));
  EXPECT_EQ(ReadAll("a,\n\n,b").rows, (Rows{{"a", ""}, {""}, {"", "b"}}));
  EXPECT_EQ(ReadAll("").rows, Rows());
  EXPECT_EQ(ReadAll("\"\"").rows, (Rows{{""}}));
  EXPECT_EQ(ReadAll("a b\"c,d").rows, (Rows{{"a b\"c", "d"}}));
  EXPECT_EQ(ReadAll("x;y\t1;z", ';').rows, (Rows{{"x", "y\t1", "z"}}));
}

TEST(CsvReader, CountsLinesAndNamesWhereAQuoteOpened) {
  const Read read = ReadAll("a,b\n1,\"two\nlines\"\n3,\"open\nand\nmore\n");
  ASSERT_EQ(read.records.size(), 2u);
  EXPECT_EQ(read.records[1].line, 2);
  EXPECT_EQ(ReasonOf(read.status), Reason::kBadFile);
  EXPECT_THAT(std::string(read.status.message()), HasSubstr("record 3 (line 4)"));
  EXPECT_THAT(std::string(read.status.message()), HasSubstr("opens on line 4"));
}

TEST(CsvReader, MarksStrayQuotesAndLimitsRecords) {
  EXPECT_TRUE(ReadAll("\"a\"b,c").records[0].stray_quote);
  EXPECT_FALSE(ReadAll("\"a\"\"b\",c").records[0].stray_quote);
  const Read read = ReadAll("a\n\"" + std::string(500, 'x'), ',', 16, 100);
  EXPECT_EQ(ReasonOf(read.status), Reason::kLimitExceeded);
  EXPECT_EQ(read.rows, (Rows{{"a"}}));
}

TEST(CsvReader, ReadsBackWhatWasWritten) {
  static constexpr const char* kPieces[] = {"a", ",", "\"", "\n", "需", ";", "\t", " ", "x\"y"};
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    Random random(seed);
    const char delimiter = ",;\t"[random.Below(3)];
    const char* line_end = random.Below(2) == 0 ? "\n" : "\r\n";
    Rows rows(1 + random.Below(4));
    std::string text;
    for (std::vector<std::string>& row : rows) {
      row.resize(1 + random.Below(4));
      for (std::size_t i = 0; i < row.size(); ++i) {
        for (auto n = random.Below(4); n > 0; --n) row[i] += kPieces[random.Below(std::size(kPieces))];
        std::string quoted = "\"";
        for (char c : row[i]) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
        if (i > 0) text += delimiter;
        text += quoted + "\"";
      }
      text += line_end;
    }
    ASSERT_EQ(ReadAll(text, delimiter, 1 + random.Below(9)).rows, rows) << "seed " << seed << "\n" << text;
  }
}

}  // namespace
}  // namespace magpie
