#include "magpie/ingest/amount_parser.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "magpie/base/random.h"

namespace magpie {
namespace {

const AmountUnit kHeadingWan{kWan, "CNY"};
const AmountUnit kHeadingYuan{1, "CNY"};

// "[100, 300]" in 万元 of CNY, "USD [..]" in units of a foreign currency, "open", "negotiable", or the problem.
std::string Show(std::string_view text, const AmountUnit& unit) {
  const ParsedAmount parsed = ParseAmount(text, unit);
  switch (parsed.problem) {
    case AmountProblem::kNone:
      break;
    case AmountProblem::kUnreadable:
      return "unreadable";
    case AmountProblem::kReversed:
      return "reversed";
    case AmountProblem::kForeignCurrency:
      return "foreign";
    case AmountProblem::kOutOfRange:
      return "out of range";
    case AmountProblem::kUnitMissing:
      return "unit missing";
  }
  if (!parsed.amount) return "open";
  const Amount& amount = *parsed.amount;
  if (!amount.has_figure()) return amount.negotiable ? "negotiable" : "nothing";
  const bool yuan = amount.currency == "CNY";
  const auto bound = [&](const std::optional<std::int64_t>& cents) {
    if (!cents) return std::string("-");
    return yuan ? FormatWan(*cents) : fmt::format("{}", static_cast<double>(*cents) / 100);
  };
  std::string shown = fmt::format("[{}, {}]", bound(amount.low_cents), bound(amount.high_cents));
  if (!yuan) shown = amount.currency + " " + shown;
  if (!amount.note.empty()) shown += " " + amount.note;
  return shown;
}

struct Case {
  const char* text;
  const char* shown;
};

TEST(AmountParser, ReadsTheWaysOfTheSampleUnderAHeadingInWan) {
  for (const auto& [text, shown] : {
           Case{"100-200万", "[100, 200]"},
           {"150—300", "[150, 300]"},
           {"１００－３００", "[100, 300]"},
           {"80万元-150万元", "[80, 150]"},
           {"0.3亿-0.6亿", "[3000, 6000]"},
           {"1.2亿", "[12000, 12000]"},
           {"约50万元", "[50, 50]"},
           {"100~250", "[100, 250]"},
           {"300 - 600万元", "[300, 600]"},
           {"150至300万", "[150, 300]"},
           {"三十万到八十万", "[30, 80]"},
           {"20～60万（含税）", "[20, 60] 含税"},
           {"１５０～３００万元", "[150, 300]"},
           {"3000（出让股权约12%）", "[3000, 3000] 出让股权约12%"},
           {"500-800万（借款）", "[500, 800] 借款"},
           {"保费50-100", "[50, 100]"},
           {"1,000,000-3,000,000元", "[100, 300]"},
           {"40-80w", "[40, 80]"},
           {"60－１５０", "[60, 150]"},
           {"15-30万/年", "[15, 30] /年"},
           {"不超过500万", "[0, 500]"},
           {"≤100", "[0, 100]"},
           {"80.0-200.0", "[80, 200]"},
           {"叁佰万-陆佰万元", "[300, 600]"},
           {"80 万 ~ 150 万", "[80, 150]"},
           {"60-120/条线", "[60, 120] /条线"},
           {"1.6-1.98万/套", "[1.6, 1.98] /套"},
           {"0.15亿", "[1500, 1500]"},
           {"壹佰贰拾万元", "[120, 120]"},
           {"130万+销售额3%", "[130, 130] +销售额3%"},
           {"面议", "negotiable"},
           {"待定", "open"},
           {"不限", "open"},
           {"", "open"},
           {" 　", "open"},
           {"柔性引才", "unreadable"},
           {"看规模", "unreadable"},
           {"350-150", "reversed"},
           {"50万美元", "foreign"},
       }) {
    EXPECT_EQ(Show(text, kHeadingWan), shown) << text;
  }
}

TEST(AmountParser, ReadsFurtherWays) {
  for (const auto& [text, shown] : {
           Case{"30万起", "[30, -]"},
           {"50万以上", "[50, -]"},
           {"不低于50万", "[50, -]"},
           {"至少 50 万元", "[50, -]"},
           {"100万+", "[100, -]"},
           {">=20", "[20, -]"},
           {"500万以内", "[0, 500]"},
           {"最高300万", "[0, 300]"},
           {"控制在200万以内", "[0, 200]"},
           {"不低于100万，不超过300万", "[100, 300]"},
           {"100-300万以内", "[100, 300]"},
           {"预算在100-200万之间", "[100, 200]"},
           {"3-5百万", "[300, 500]"},
           {"三到五百万", "[300, 500]"},
           {"5千万", "[5000, 5000]"},
           {"三千五百万", "[3500, 3500]"},
           {"1亿2000万", "[12000, 12000]"},
           {"一亿二千万元", "[12000, 12000]"},
           {"一百零五万", "[105, 105]"},
           {"十万", "[10, 10]"},
           {"二十五", "[25, 25]"},
           {"100——200", "[100, 200]"},
           {"100万-150", "[100, 150]"},
           {"人民币100万元", "[100, 100]"},
           {"￥200,000元", "[20, 20]"},
           {"RMB 1.5 million", "[150, 150]"},
           {"CNY 300k", "[30, 30]"},
           {"100-300（万元）", "[100, 300]"},
           {"（面议）", "negotiable"},
           {"面议（100万左右）", "negotiable"},
           {"negotiable", "negotiable"},
           {"100万元/年，含税", "[100, 100] /年,含税"},
           {"100万每年", "[100, 100] 每年"},
           {"50 to 80", "[50, 80]"},
           {"up to 50", "[0, 50]"},
           {"at least 50", "[50, -]"},
           {"0", "[0, 0]"},
           {"-50", "unreadable"},
           {"100-", "unreadable"},
           {"1-2-3", "unreadable"},
           {"2025-03-05", "unreadable"},
           {"3%", "unreadable"},
           {"1.2.3", "unreadable"},
           {"100万+50万", "unreadable"},
           {"三千五", "unreadable"},
           {"1万2", "unreadable"},
           {"百万", "unreadable"},
           {"#N/A", "unreadable"},
           {"50万 80万", "unreadable"},
           {"9999999999亿", "out of range"},
           {"999999999999999999999999999999999999999999999", "out of range"},
           {"20万港币", "foreign"},
           {"€ 50,000", "foreign"},
       }) {
    EXPECT_EQ(Show(text, kHeadingWan), shown) << text;
  }
}

TEST(AmountParser, KeepsForeignCurrenciesWhereTheHeadingHasNoUnit) {
  for (const auto& [text, shown] : {
           Case{"50万美元", "USD [500000, 500000]"},
           {"USD 200k - 300k", "USD [200000, 300000]"},
           {"$1.5 million", "USD [1500000, 1500000]"},
           {"US$ 100,000-200,000", "USD [100000, 200000]"},
           {"300 000 EUR", "EUR [300000, 300000]"},
           {"5000万日元", "JPY [50000000, 50000000]"},
           {"HK$ 80万", "HKD [800000, 800000]"},
           {"100万人民币", "[100, 100]"},
           {"300-500", "[300, 500]"},
           {"50000", "unit missing"},
           {"50000元", "[5, 5]"},
           {"USD 5 / RMB 30", "USD [5, 5] / RMB 30"},
           {"USD 5 RMB", "unreadable"},
       }) {
    EXPECT_EQ(Show(text, {}), shown) << text;
  }
  EXPECT_TRUE(ParseAmount("300", {}).unit_assumed);
  EXPECT_FALSE(ParseAmount("300万", {}).unit_assumed);
  EXPECT_FALSE(ParseAmount("300", kHeadingWan).unit_assumed);
}

TEST(AmountParser, TakesTheHeadingsUnitForBareFiguresOnly) {
  EXPECT_EQ(Show("300000", kHeadingYuan), "[30, 30]");
  EXPECT_EQ(Show("30万", kHeadingYuan), "[30, 30]");
  EXPECT_EQ(Show("1.5", {100'000'000, "CNY"}), "[15000, 15000]");
  EXPECT_EQ(Show("250", {1'000, "USD"}), "USD [250000, 250000]");
  EXPECT_EQ(Show("USD 250", {1'000, "USD"}), "USD [250000, 250000]");
}

TEST(AmountParser, FindsTheUnitInAHeading) {
  const auto unit = [](std::string_view heading) { return ParseAmountUnit(heading); };
  EXPECT_EQ(unit("预算(万元)"), kHeadingWan);
  EXPECT_EQ(unit("意向价格（万元）"), kHeadingWan);
  EXPECT_EQ(unit("预算(元)"), kHeadingYuan);
  EXPECT_EQ(unit("预算/亿元"), (AmountUnit{100'000'000, "CNY"}));
  EXPECT_EQ(unit("Budget (CNY 10k)"), kHeadingWan);
  EXPECT_EQ(unit("Budget (10,000 CNY)"), kHeadingWan);
  EXPECT_EQ(unit("Budget (RMB)"), kHeadingYuan);
  EXPECT_EQ(unit("price (USD)"), (AmountUnit{1, "USD"}));
  EXPECT_EQ(unit("报价（万美元）"), (AmountUnit{kWan, "USD"}));
  EXPECT_EQ(unit("Price (million EUR)"), (AmountUnit{1'000'000, "EUR"}));
  EXPECT_EQ(unit("预算"), AmountUnit());
  EXPECT_EQ(unit("Wanted academic budget"), AmountUnit());
}

TEST(AmountParser, NeverTakesAnythingForGrantedInNoise) {
  // Random strings of the grammar's own pieces: never a crash, and what is read is in order and in range.
  static constexpr const char* kPieces[] = {"100",  "3.5",  "万", "亿", "元", "-",  "至",   "约",          "不超过",
                                            "以上", "美元", "(",  ")",  "+",  "3%", "，",   "三",          "十",
                                            "百",   "零",   "/",  "年", " ",  "k",  "面议", "\xEF\xBC\x91"};
  for (std::uint64_t seed = 0; seed < 30'000; ++seed) {
    Random random(seed);
    std::string text;
    for (auto n = 1 + random.Below(8); n > 0; --n) text += kPieces[random.Below(std::size(kPieces))];
    const ParsedAmount parsed = ParseAmount(text, seed % 2 == 0 ? kHeadingWan : AmountUnit());
    if (parsed.problem != AmountProblem::kNone || !parsed.amount) continue;
    const Amount& amount = *parsed.amount;
    EXPECT_TRUE(amount.has_figure() || amount.negotiable) << seed << " " << text;
    if (amount.low_cents && amount.high_cents) {
      EXPECT_LE(*amount.low_cents, *amount.high_cents) << seed << " " << text;
    }
    EXPECT_LE(amount.high_cents.value_or(0), kMaxCents);
  }
}

// The slow, obvious twin: formats a figure in every way and reads it again.
TEST(AmountParser, ReadsBackWhatAPersonWouldWrite) {
  static constexpr const char* kDigits[] = {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
  for (int value = 1; value < 10'000; value += 7) {
    std::string chinese;
    bool gap = false;
    for (const auto& [weight, word] : {std::pair{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}}) {
      const int digit = value / weight % 10;
      if (digit == 0) {
        gap = !chinese.empty();
        continue;
      }
      if (gap) chinese += "零";
      gap = false;
      chinese += kDigits[digit];
      chinese += word;
    }
    const std::string expected = fmt::format("[{}, {}]", value, value);
    EXPECT_EQ(Show(chinese + "万元", {}), expected) << chinese;
    EXPECT_EQ(Show(fmt::format("{}", value), kHeadingWan), expected);
    EXPECT_EQ(Show(fmt::format("{}0000元", value), {}), expected);
  }
}

}  // namespace
}  // namespace magpie
