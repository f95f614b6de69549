// Amounts as people write them: "100-300万", "约50万元", "1.2亿", "壹佰贰拾万", "不超过500万", "USD 200k", "面议".
//
// Grammar, units and what is refused stand in docs/formats.md. Nothing is guessed: text that is not wholly understood
// is kUnreadable, apart from remarks in brackets and behind "/" or "+", which go into Amount::note.
// Threads  pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "magpie/base/amount.h"

namespace magpie {

// What a bare figure counts: the heading's "(万元)" is {10'000, "CNY"}.
struct AmountUnit {
  std::int64_t multiplier = 0;  // 0 = not said
  std::string currency;         // ISO 4217; empty = not said
  friend bool operator==(const AmountUnit&, const AmountUnit&) = default;
};
inline constexpr std::int64_t kWan = 10'000;

enum class AmountProblem : std::uint8_t {
  kNone,
  kUnreadable,       // not an amount, nor a word for "open"
  kReversed,         // the low figure is above the high one
  kForeignCurrency,  // another currency than the heading's unit
  kOutOfRange,       // above kMaxCents
  kUnitMissing,      // a bare figure from 10,000 up without a unit anywhere: 万元 or 元?
};

struct ParsedAmount {
  std::optional<Amount> amount;  // nullopt also for 待定, 不限 and an empty text, which are no problem
  AmountProblem problem = AmountProblem::kNone;
  bool unit_assumed = false;  // a bare figure below 10,000 without a unit anywhere was taken as 万元
};

ParsedAmount ParseAmount(std::string_view text, const AmountUnit& unit);

// The unit in a heading or a note: "万元", "预算/亿元", "Budget (CNY 10k)", "price (USD)", "单位：万元".
AmountUnit ParseAmountUnit(std::string_view text);

}  // namespace magpie
