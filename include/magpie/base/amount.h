// Amounts of money: a range in one currency, never converted silently.
//
// Units   low_cents and high_cents are hundredths of the currency (1 万元 = 1,000,000 cents), within +-4e16 (so that
//         sums of a hundred stay in int64). A single figure has low == high, "at most x" has low = 0, "at least x"
//         has no high.
// 面议    is `negotiable` with neither bound: not zero, and not the same as a missing amount.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace magpie {

inline constexpr std::int64_t kCentsPerYuan = 100;
inline constexpr std::int64_t kCentsPerWan = 10'000 * kCentsPerYuan;
inline constexpr std::int64_t kMaxCents = 40'000'000'000'000'000;  // 4e16 cents = 400 万亿 yuan, far above any deal

struct Amount {
  std::optional<std::int64_t> low_cents;
  std::optional<std::int64_t> high_cents;
  std::string currency = "CNY";  // ISO 4217
  bool negotiable = false;
  std::string note;  // what the text says besides: "/年", "+销售额3%"

  bool has_figure() const { return low_cents.has_value() || high_cents.has_value(); }
  friend bool operator==(const Amount&, const Amount&) = default;
};

// "100-300万元", "不超过500万元", "至少30万元", "面议", "USD 200,000": for people, in Chinese or English units.
std::string FormatAmount(const Amount& amount, bool chinese);

// A number of cents as 万元 without trailing zeros: 1980000 -> "1.98".
std::string FormatWan(std::int64_t cents);

}  // namespace magpie
