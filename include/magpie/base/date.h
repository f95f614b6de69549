// Calendar dates and times as files write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace magpie {

using Date = std::chrono::sys_days;

// "2025-03-11", "2025/3/11", "2025.3.11", "2025年3月11日", "20250311", "2025-03" (its first day).
std::optional<Date> ParseDate(std::string_view text);
std::string FormatDate(Date date);  // "2025-03-11"
Date Today();                       // in UTC+8, where the fairs are

// An instant with the offset it was written with: "2025-03-11T14:00:00+08:00".
struct Time {
  std::int64_t unix_seconds = 0;
  int offset_minutes = 8 * 60;
  friend bool operator==(const Time&, const Time&) = default;
  friend auto operator<=>(const Time& a, const Time& b) { return a.unix_seconds <=> b.unix_seconds; }
};

// RFC 3339, also "2025-03-11 14:00" (then UTC+8).
std::optional<Time> ParseTime(std::string_view text);
std::string FormatTime(const Time& time);   // RFC 3339
std::string FormatClock(const Time& time);  // "14:00"
Time Now();

}  // namespace magpie
