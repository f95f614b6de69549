// Tab-separated values as Magpie writes and reads them: UTF-8, LF, a heading line, no quoting. Inside a field a tab
// becomes "\t", a line break "\n", a carriage return "\r" and a backslash "\\"; reading turns them back.
#pragma once

#include <absl/status/statusor.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace magpie {

std::string TsvEscape(std::string_view field);
std::string TsvUnescape(std::string_view field);

// Appends one line.
void AppendTsvLine(std::span<const std::string_view> fields, std::string* out);
std::vector<std::string> SplitTsvLine(std::string_view line);

// A number as Magpie prints scores and components: fixed, six decimals, "-0.000000" as "0.000000".
std::string FormatScore(double value);

}  // namespace magpie
