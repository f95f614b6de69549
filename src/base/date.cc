#include "magpie/base/date.h"

#include <fmt/format.h>

#include <array>

#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr int kFairOffsetMinutes = 8 * 60;

std::optional<Date> MakeDate(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year < 1000 || year > 9999 || month < 1 || day < 1 || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

// The runs of digits of a text whose other characters are all among the separators of dates; nullopt otherwise.
struct DigitRuns {
  std::array<int, 3> value{};
  std::array<int, 3> length{};
  int count = 0;
};
std::optional<DigitRuns> ReadDigitRuns(std::string_view text) {
  static constexpr std::string_view kSeparators[] = {"-", "/", ".", "年", "月", "日", " "};
  DigitRuns runs;
  bool in_run = false;
  while (!text.empty()) {
    if (text[0] >= '0' && text[0] <= '9') {
      if (!in_run) {
        if (runs.count == 3) return std::nullopt;
        ++runs.count;
        in_run = true;
      }
      const auto i = static_cast<std::size_t>(runs.count - 1);
      if (++runs.length[i] > 8) return std::nullopt;
      runs.value[i] = runs.value[i] * 10 + (text[0] - '0');
      text.remove_prefix(1);
      continue;
    }
    in_run = false;
    bool known = false;
    for (std::string_view separator : kSeparators) {
      if (text.starts_with(separator)) {
        text.remove_prefix(separator.size());
        known = true;
        break;
      }
    }
    if (!known) return std::nullopt;
  }
  return runs;
}

bool ReadNumber(std::string_view* text, std::size_t digits, int* value) {
  if (text->size() < digits) return false;
  *value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = (*text)[i];
    if (c < '0' || c > '9') return false;
    *value = *value * 10 + (c - '0');
  }
  text->remove_prefix(digits);
  return true;
}

bool ReadChar(std::string_view* text, std::string_view choices) {
  if (text->empty() || choices.find(text->front()) == std::string_view::npos) return false;
  text->remove_prefix(1);
  return true;
}

}  // namespace

std::optional<Date> ParseDate(std::string_view text) {
  const std::string plain = ToNfkc(TrimSpace(text));
  const std::optional<DigitRuns> runs = ReadDigitRuns(plain);
  if (!runs) return std::nullopt;
  if (runs->count == 1 && runs->length[0] == 8) {
    return MakeDate(runs->value[0] / 10000, runs->value[0] / 100 % 100, runs->value[0] % 100);
  }
  if (runs->count < 2 || runs->length[0] != 4 || runs->length[1] > 2 || runs->length[2] > 2) return std::nullopt;
  return MakeDate(runs->value[0], runs->value[1], runs->count == 3 ? runs->value[2] : 1);
}

std::string FormatDate(Date date) {
  const std::chrono::year_month_day day(date);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

Date Today() {
  const auto now = std::chrono::system_clock::now() + std::chrono::minutes(kFairOffsetMinutes);
  return std::chrono::floor<std::chrono::days>(now);
}

std::optional<Time> ParseTime(std::string_view text) {
  text = TrimSpace(text);
  int year, month, day, hour, minute, second = 0;
  if (!ReadNumber(&text, 4, &year) || !ReadChar(&text, "-/") || !ReadNumber(&text, 2, &month) ||
      !ReadChar(&text, "-/") || !ReadNumber(&text, 2, &day) || !ReadChar(&text, "Tt ") ||
      !ReadNumber(&text, 2, &hour) || !ReadChar(&text, ":") || !ReadNumber(&text, 2, &minute)) {
    return std::nullopt;
  }
  if (ReadChar(&text, ":") && !ReadNumber(&text, 2, &second)) return std::nullopt;
  if (ReadChar(&text, ".")) {
    while (ReadChar(&text, "0123456789")) {
    }
  }
  Time time;
  time.offset_minutes = kFairOffsetMinutes;
  if (ReadChar(&text, "Zz")) {
    time.offset_minutes = 0;
  } else if (!text.empty()) {
    const int sign = text.front() == '-' ? -1 : 1;
    int offset_hour, offset_minute;
    if (!ReadChar(&text, "+-") || !ReadNumber(&text, 2, &offset_hour) || !ReadChar(&text, ":") ||
        !ReadNumber(&text, 2, &offset_minute) || offset_hour > 18 || offset_minute > 59) {
      return std::nullopt;
    }
    time.offset_minutes = sign * (offset_hour * 60 + offset_minute);
  }
  const std::optional<Date> date = MakeDate(year, month, day);
  if (!text.empty() || !date || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const std::int64_t days = date->time_since_epoch().count();
  time.unix_seconds = ((days * 24 + hour) * 60 + minute - time.offset_minutes) * 60 + second;
  return time;
}

std::string FormatTime(const Time& time) {
  const std::chrono::sys_seconds local{
      std::chrono::seconds(time.unix_seconds + std::int64_t{60} * time.offset_minutes)};
  const Date date = std::chrono::floor<std::chrono::days>(local);
  const std::int64_t second = (local - date).count();
  const int offset = time.offset_minutes < 0 ? -time.offset_minutes : time.offset_minutes;
  return fmt::format("{}T{:02}:{:02}:{:02}{}{:02}:{:02}", FormatDate(date), second / 3600, second / 60 % 60,
                     second % 60, time.offset_minutes < 0 ? '-' : '+', offset / 60, offset % 60);
}

std::string FormatClock(const Time& time) {
  return FormatTime(time).substr(11, 5);
}

Time Now() {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return {now.time_since_epoch().count(), kFairOffsetMinutes};
}

}  // namespace magpie
