#include "magpie/base/amount.h"

#include <fmt/format.h>

#include <string_view>

namespace magpie {
namespace {

// cents / unit with as many decimals as needed and no more.
std::string FormatInUnits(std::int64_t cents, std::int64_t unit) {
  const bool negative = cents < 0;
  const std::int64_t magnitude = negative ? -cents : cents;
  std::string text = fmt::format("{}{}", negative ? "-" : "", magnitude / unit);
  std::int64_t rest = magnitude % unit;
  if (rest == 0) return text;
  text += '.';
  for (std::int64_t digit = unit / 10; rest > 0; digit /= 10) {
    text += static_cast<char>('0' + rest / digit);
    rest %= digit;
  }
  return text;
}

std::string WithThousands(std::string digits) {
  const std::size_t end = digits.find('.') == std::string::npos ? digits.size() : digits.find('.');
  const std::size_t begin = digits.starts_with('-') ? 1 : 0;
  for (std::size_t i = end; i > begin + 3;) {
    i -= 3;
    digits.insert(i, ",");
  }
  return digits;
}

}  // namespace

std::string FormatWan(std::int64_t cents) {
  return FormatInUnits(cents, kCentsPerWan);
}

std::string FormatAmount(const Amount& amount, bool chinese) {
  if (amount.negotiable && !amount.has_figure()) return chinese ? "面议" : "negotiable";
  if (!amount.has_figure()) return "";
  const bool yuan = amount.currency == "CNY";
  auto figure = [&](std::int64_t cents) {
    if (yuan && chinese) return FormatWan(cents);
    return WithThousands(FormatInUnits(cents, 100));
  };
  const std::string unit = yuan && chinese ? "万元" : "";
  const std::string prefix = yuan && chinese ? "" : amount.currency + " ";
  std::string text;
  if (!amount.high_cents) {
    text = (chinese ? "至少" : "at least ") + prefix + figure(*amount.low_cents) + unit;
  } else if (!amount.low_cents || (*amount.low_cents == 0 && *amount.high_cents > 0)) {
    text = (chinese ? "不超过" : "up to ") + prefix + figure(*amount.high_cents) + unit;
  } else if (*amount.low_cents == *amount.high_cents) {
    text = prefix + figure(*amount.low_cents) + unit;
  } else {
    text = prefix + figure(*amount.low_cents) + "-" + figure(*amount.high_cents) + unit;
  }
  if (!amount.note.empty()) text += (chinese ? "（" : " (") + amount.note + (chinese ? "）" : ")");
  return text;
}

}  // namespace magpie
