#include "number_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

#include "magpie/base/date.h"

namespace magpie {
namespace {

constexpr double kSerialEnd = 2958466;  // the day after 9999-12-31
constexpr std::int64_t kSecondsPerDay = 86400;

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// A day serial and the seconds in it as text. Excel counts 1900 as a leap year, so serials below 60 are a day off.
std::string FormatSerial(double serial, const NumberFormat& format, bool date1904) {
  auto total = static_cast<std::int64_t>(std::llround(serial * static_cast<double>(kSecondsPerDay)));
  if (!format.time) total = static_cast<std::int64_t>(serial) * kSecondsPerDay;
  const std::int64_t days = total / kSecondsPerDay, seconds = total % kSecondsPerDay;
  std::string clock = fmt::format("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
  if (seconds % 60 != 0) clock += fmt::format(":{:02}", seconds % 60);
  if (!format.date) {
    // A bare time; above a day it is a duration, shown in hours.
    return days == 0 ? clock : fmt::format("{:02}{}", days * 24 + seconds / 3600, clock.substr(2));
  }
  const Date base = date1904 ? Date(std::chrono::year{1904} / 1 / 1) : Date(std::chrono::year{1899} / 12 / 30);
  const std::int64_t leap_fix = !date1904 && serial < 60 ? 1 : 0;
  const std::string date = FormatDate(base + std::chrono::days(total / kSecondsPerDay + leap_fix));
  return format.time ? fmt::format("{} {}", date, clock) : date;
}

}  // namespace

NumberFormat BuiltinNumberFormat(int id) {
  NumberFormat format;
  format.percent = id == 9 || id == 10;
  // 27 to 36 and 50 to 58 are the dates of the Chinese, Japanese and Korean versions; 32 to 35 and 55, 56 vary by
  // language, in the Chinese ones 32, 33, 55 and 56 are times with 时 and 分.
  format.date = (id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) ||
                id == 57 || id == 58;
  format.time = (id >= 18 && id <= 22) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) || id == 55 || id == 56;
  return format;
}

NumberFormat ParseNumberFormat(std::string_view code) {
  NumberFormat format;
  bool figure_seen = false, has_year_or_day = false, has_month = false, has_clock = false;
  const auto literal = [&](std::string_view text) { (figure_seen ? format.suffix : format.prefix) += text; };
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == ';') break;  // the first section is the one of positive numbers
    if (c == '"') {
      const std::size_t end = code.find('"', i + 1);
      literal(code.substr(i + 1, end == std::string_view::npos ? end : end - i - 1));
      if (end == std::string_view::npos) break;
      i = end;
    } else if (c == '\\') {
      if (i + 1 < code.size()) {
        std::size_t length = 1;
        while (i + 1 + length < code.size() && (static_cast<unsigned char>(code[i + 1 + length]) & 0xC0) == 0x80) {
          ++length;
        }
        literal(code.substr(i + 1, length));
        i += length;
      }
    } else if (c == '_' || c == '*') {
      ++i;  // room as wide as the next character, or filled with it
    } else if (c == '[') {
      const std::size_t end = code.find(']', i);
      if (end == std::string_view::npos) break;
      const std::string_view inner = code.substr(i + 1, end - i - 1);
      if (inner.starts_with('$')) {
        literal(inner.substr(
            1, inner.find('-', 1) == std::string_view::npos ? std::string_view::npos : inner.find('-', 1) - 1));
      } else if (!inner.empty() && inner.find_first_not_of("hHmMsS") == std::string_view::npos) {
        has_clock = true;  // elapsed time
      }
      i = end;
    } else if (c == '0' || c == '#' || c == '?') {
      figure_seen = true;
    } else if (c == '%') {
      format.percent = true;
    } else if (Lower(c) == 'g') {
      // "General", also in other languages ("G/通用格式"): a plain figure up to the next literal.
      figure_seen = true;
      while (i + 1 < code.size() && code[i + 1] != '"' && code[i + 1] != ';' && code[i + 1] != '\\') ++i;
    } else if (Lower(c) == 'y' || Lower(c) == 'd' || (Lower(c) == 'e' && !figure_seen)) {
      has_year_or_day = true;
    } else if (Lower(c) == 'm') {
      has_month = true;
    } else if (Lower(c) == 'h' || Lower(c) == 's') {
      has_clock = true;
    } else if (static_cast<unsigned char>(c) >= 0x80 || c == '$') {
      literal(code.substr(i, 1));
    }
  }
  format.date = has_year_or_day || (has_month && !has_clock);
  format.time = has_clock;
  if (format.date || format.time) {
    format.prefix.clear();
    format.suffix.clear();
    format.percent = false;
  }
  return format;
}

std::string PlainNumber(double value) {
  if (value == 0) return "0";
  if (std::fabs(value) >= 1e15 || std::fabs(value) < 1e-9) return fmt::format("{:.15g}", value);
  // 15 significant digits, as a spreadsheet shows them at most, without an exponent.
  const int before_point = std::fabs(value) < 1 ? 1 : static_cast<int>(std::floor(std::log10(std::fabs(value)))) + 1;
  std::string text = fmt::format("{:.{}f}", value, std::max(0, 15 - before_point));
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string FormatNumber(std::string_view stored, const NumberFormat& format, bool date1904) {
  double value = 0;
  const auto [end, error] = std::from_chars(stored.data(), stored.data() + stored.size(), value);
  if (error != std::errc() || end != stored.data() + stored.size() || !std::isfinite(value)) return std::string(stored);
  if ((format.date || format.time) && value >= 0 && value < kSerialEnd) return FormatSerial(value, format, date1904);
  if (format.percent) return PlainNumber(value * 100) + "%";
  return format.prefix + PlainNumber(value) + format.suffix;
}

}  // namespace magpie
