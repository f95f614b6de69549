// Amounts, dates, TSV fields, hashes and parallel loops.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <numeric>

#include "magpie/base/amount.h"
#include "magpie/base/date.h"
#include "magpie/base/files.h"
#include "magpie/base/progress.h"
#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"

namespace magpie {
namespace {

Amount Range(std::int64_t low_wan, std::int64_t high_wan) {
  Amount amount;
  amount.low_cents = low_wan * kCentsPerWan;
  amount.high_cents = high_wan * kCentsPerWan;
  return amount;
}

TEST(Amount, ReadsLikeASpreadsheet) {
  EXPECT_EQ(FormatAmount(Range(100, 300), true), "100-300万元");
  EXPECT_EQ(FormatAmount(Range(50, 50), true), "50万元");
  EXPECT_EQ(FormatAmount(Range(0, 500), true), "不超过500万元");
  EXPECT_EQ(FormatAmount(Range(100, 300), false), "CNY 1,000,000-3,000,000");
  EXPECT_EQ(FormatWan(1'980'000), "1.98");
  EXPECT_EQ(FormatWan(1), "0.000001");
  Amount open;
  open.negotiable = true;
  EXPECT_EQ(FormatAmount(open, true), "面议");
  Amount dollars;
  dollars.currency = "USD";
  dollars.low_cents = 20'000'050;
  EXPECT_EQ(FormatAmount(dollars, false), "at least USD 200,000.5");
}

TEST(Date, ReadsTheSpellingsOfLists) {
  for (const char* text : {"2025-03-11", "2025/3/11", "2025.3.11", "2025年3月11日", "20250311", "２０２５-０３-１１"}) {
    const std::optional<Date> date = ParseDate(text);
    ASSERT_TRUE(date.has_value()) << text;
    EXPECT_EQ(FormatDate(*date), "2025-03-11") << text;
  }
  EXPECT_EQ(FormatDate(*ParseDate("2025年3月")), "2025-03-01");
  for (const char* text : {"2025-02-29", "2025-13-01", "25-3-11", "soon", "", "2025-3-11-2", "2025"}) {
    EXPECT_FALSE(ParseDate(text).has_value()) << text;
  }
}

TEST(Time, KeepsItsOffset) {
  const std::optional<Time> time = ParseTime("2025-03-11T14:00:00+08:00");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(time->unix_seconds, 1'741'672'800);
  EXPECT_EQ(FormatTime(*time), "2025-03-11T14:00:00+08:00");
  EXPECT_EQ(FormatClock(*time), "14:00");
  EXPECT_EQ(*ParseTime("2025-03-11 14:00"), *time);
  EXPECT_EQ(ParseTime("2025-03-11T06:00:00Z")->unix_seconds, time->unix_seconds);
  EXPECT_FALSE(ParseTime("2025-03-11T25:00:00Z").has_value());
  EXPECT_FALSE(ParseTime("2025-03-11T14:00:00+08:00x").has_value());
}

TEST(Tsv, EscapingIsTurnedBack) {
  Random random(3);
  const std::string alphabet = "a\t\n\r\\n鹊";
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (std::uint64_t i = random.Below(9); i > 0; --i) text += alphabet[random.Below(6)];
    const std::string escaped = TsvEscape(text);
    EXPECT_EQ(escaped.find_first_of("\t\n\r"), std::string::npos);
    EXPECT_EQ(TsvUnescape(escaped), text);
  }
  EXPECT_EQ(FormatScore(-1e-9), "0.000000");
  EXPECT_EQ(FormatScore(0.5), "0.500000");
}

TEST(Files, WritesWholeFilesAndHashesThem) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "magpie_files_test";
  ASSERT_TRUE(WriteFile(path, "abc").ok());
  EXPECT_EQ(*ReadFile(path, 3), "abc");
  EXPECT_EQ(ReasonOf(ReadFile(path, 2).status()), Reason::kLimitExceeded);
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(*Sha256HexOfFile(path), Sha256Hex("abc"));
  const auto mapped = MappedFile::Open(path);
  ASSERT_TRUE(mapped.ok());
  EXPECT_EQ(mapped->bytes(), "abc");
  std::filesystem::remove(path);
  EXPECT_EQ(ReasonOf(ReadFile(path, 2).status()), Reason::kFileNotFound);
  EXPECT_EQ(ReasonOf(WriteFile("/no/such/folder/file", "x")), Reason::kFileNotFound);
}

TEST(ParallelFor, CoversEveryRowOnceForAnyThreadCount) {
  for (int threads = 1; threads <= 8; ++threads) {
    RunContext context;
    context.threads = threads;
    std::vector<int> seen(1'003, 0);
    const absl::Status status = ParallelFor(context, 1'003, 10, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok());
    EXPECT_EQ(std::accumulate(seen.begin(), seen.end(), 0), 1'003);
    EXPECT_EQ(*std::max_element(seen.begin(), seen.end()), 1);
  }
}

TEST(ParallelFor, StopsWhenAskedAndPassesErrorsOn) {
  std::stop_source source;
  RunContext context;
  context.stop = source.get_token();
  std::atomic<int> blocks{0};
  const absl::Status stopped = ParallelFor(context, 1'000'000, 1, [&](std::int64_t, std::int64_t) {
    if (++blocks == 5) source.request_stop();
    return absl::OkStatus();
  });
  EXPECT_EQ(ReasonOf(stopped), Reason::kCancelled);
  EXPECT_LT(blocks.load(), 100);
  const absl::Status failed = ParallelFor(RunContext{}, 100, 1, [&](std::int64_t begin, std::int64_t) {
    return begin == 3 ? MakeError(Reason::kBadArgument, "row", "3") : absl::OkStatus();
  });
  EXPECT_EQ(ReasonOf(failed), Reason::kBadArgument);
  EXPECT_TRUE(ParallelFor(RunContext{}, 0, 1, [](std::int64_t, std::int64_t) { return absl::OkStatus(); }).ok());
}

}  // namespace
}  // namespace magpie
