#include "json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr std::size_t kShownCodePoints = 80;

// Thrown through the parser to stop it early; never leaves ParseJson.
struct StopParsing {
  RowIssue issue;
};

}  // namespace

std::optional<Json> ParseJson(std::string_view text, RowIssue* error) {
  std::vector<std::vector<std::string>> keys;  // of the objects that are open
  const Json::parser_callback_t watch = [&keys](int depth, Json::parse_event_t event, Json& parsed) {
    switch (event) {
      case Json::parse_event_t::object_start:
        keys.emplace_back();
        [[fallthrough]];
      case Json::parse_event_t::array_start:
        if (depth >= kMaxJsonDepth) {
          throw StopParsing{{"", "JSON_INVALID", "", fmt::format("nests deeper than {} levels", kMaxJsonDepth)}};
        }
        break;
      case Json::parse_event_t::object_end:
        keys.pop_back();
        break;
      case Json::parse_event_t::key: {
        std::string key = parsed.get<std::string>();
        if (std::find(keys.back().begin(), keys.back().end(), key) != keys.back().end()) {
          throw StopParsing{{key, "JSON_DUPLICATE_KEY", key,
                             fmt::format("the member '{}' stands twice in one object; remove one of them", key)}};
        }
        keys.back().push_back(std::move(key));
        break;
      }
      default:
        break;
    }
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), watch);
  } catch (const StopParsing& stop) {
    *error = stop.issue;
  } catch (const Json::exception& exception) {
    // "[json.exception.parse_error.101] parse error at line 1, column 5: ...": the part behind the bracket.
    const std::string_view what = exception.what();
    const std::size_t bracket = what.find("] ");
    *error = {"", "JSON_INVALID", std::string(TakeCodePoints(text, kShownCodePoints)),
              fmt::format("is not valid JSON: {}; write one JSON object a line",
                          bracket == std::string_view::npos ? what : what.substr(bracket + 2))};
  }
  return std::nullopt;
}

absl::StatusOr<Json> ParseDocument(std::string_view text, const std::string& name, std::string_view what) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  RowIssue issue;
  std::optional<Json> root = ParseJson(text, &issue);
  if (root) return *std::move(root);
  // The hint's last clause is advice for lists of one JSON object a line.
  const std::string hint = issue.hint.substr(0, issue.hint.rfind("; write one JSON object"));
  return MakeError(Reason::kBadFile, name, fmt::format("{} {}", what, hint));
}

std::string ShowJson(const Json& value) {
  const std::string text =
      value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string_view head = TakeCodePoints(text, kShownCodePoints);
  return head.size() == text.size() ? text : fmt::format("{}…", head);
}

void JsonReader::Fail(std::string_view member, std::string_view reason, const Json& value, std::string_view hint) {
  if (failed()) return;
  *error_ = {PathOf(member), std::string(reason), ShowJson(value), std::string(hint)};
}

std::string JsonReader::PathOf(std::string_view member) const {
  return path_.empty() ? std::string(member) : fmt::format("{}.{}", path_, member);
}

const Json* JsonReader::Take(std::string_view member) {
  if (failed()) return nullptr;
  const auto found = object_.find(member);
  if (found == object_.end()) return nullptr;
  taken_.emplace_back(member);
  return found->is_null() ? nullptr : &*found;
}

std::optional<std::string> JsonReader::TextOf(std::string_view member, const Json& value) {
  if (!value.is_string()) {
    Fail(member, "FIELD_TYPE", value, fmt::format("is {}, not a text", value.type_name()));
    return std::nullopt;
  }
  const auto& text = value.get_ref<const std::string&>();
  if (text.find('\0') != std::string::npos) {
    Fail(member, "TEXT_HAS_NUL", "", "holds a NUL character; remove it");
    return std::nullopt;
  }
  if (text.size() > cell_bytes_) {
    Fail(member, "CELL_TOO_LONG", value, fmt::format("is longer than the limit of {} bytes; shorten it", cell_bytes_));
    return std::nullopt;
  }
  return ToNfc(TrimSpace(text));
}

void JsonReader::Text(std::string_view member, std::string* out) {
  const Json* value = Take(member);
  if (value == nullptr) return;
  if (std::optional<std::string> text = TextOf(member, *value)) *out = std::move(*text);
}

void JsonReader::Texts(std::string_view member, std::vector<std::string>* out) {
  const Json* value = Take(member);
  if (value == nullptr) return;
  ForEach(member, *value, [&](const std::string& path, const Json& item) {
    std::optional<std::string> text = TextOf(path, item);
    if (text && !text->empty()) out->push_back(std::move(*text));
  });
}

void JsonReader::Flag(std::string_view member, std::optional<bool>* out) {
  const Json* value = Take(member);
  if (value == nullptr) return;
  if (!value->is_boolean()) return Fail(member, "FIELD_TYPE", *value, "must be true or false");
  *out = value->get<bool>();
}

void JsonReader::Integer(std::string_view member, int low, int high, std::optional<int>* out) {
  const Json* value = Take(member);
  if (value == nullptr) return;
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  if (!(number == std::floor(number))) return Fail(member, "FIELD_TYPE", *value, "must be a whole number");
  if (number < low || number > high) {
    return Fail(member, member == "trl" ? "TRL_OUT_OF_RANGE" : "FIELD_INVALID", *value,
                fmt::format("must be from {} to {}", low, high));
  }
  *out = static_cast<int>(number);
}

void JsonReader::Number(std::string_view member, std::optional<double>* out) {
  const Json* value = Take(member);
  if (value == nullptr) return;
  if (!value->is_number()) return Fail(member, "FIELD_TYPE", *value, "must be a number");
  *out = value->get<double>();
}

void JsonReader::Day(std::string_view member, std::optional<Date>* out) {
  const Json* value = Take(member);
  if (value == nullptr) return;
  const std::optional<std::string> text = TextOf(member, *value);
  if (!text || text->empty()) return;
  *out = ParseDate(*text);
  if (!*out) Fail(member, "DATE_UNREADABLE", *value, "is not a date; write it as 2025-03-11");
}

Region JsonReader::RegionOf(std::string_view member, const Json& value) {
  if (value.is_object()) {
    Region region;
    JsonReader reader(value, PathOf(member), cell_bytes_, error_);
    reader.Text("text", &region.text);
    reader.Text("code", &region.code);
    reader.Text("province", &region.province);
    reader.Text("city", &region.city);
    reader.Text("county", &region.county);
    if (!region.code.empty() && !FindRegion(region.code)) {
      reader.Fail("code", "FIELD_INVALID", region.code, "is not a code of GB/T 2260 that Magpie knows");
    }
    return region;
  }
  const std::optional<std::string> text = TextOf(member, value);
  return text && !text->empty() ? ParseRegion(*text) : Region();
}

void JsonReader::Place(std::string_view member, Region* out) {
  if (const Json* value = Take(member)) *out = RegionOf(member, *value);
}

void JsonReader::Places(std::string_view member, std::vector<Region>* out) {
  const Json* value = Take(member);
  if (value == nullptr) return;
  ForEach(member, *value, [&](const std::string& path, const Json& item) {
    Region region = RegionOf(path, item);
    if (!region.empty()) out->push_back(std::move(region));
  });
}

std::optional<int> JsonReader::FindEnum(std::string_view member, const Json& value,
                                        std::span<const magpie::Word> words) {
  const std::optional<std::string> text = TextOf(member, value);
  if (!text || text->empty()) return std::nullopt;
  const std::optional<int> found = FindWord(words, *text);
  if (found) return found;
  std::string names;
  for (const magpie::Word& word : words) names += fmt::format("{}{}", names.empty() ? "" : ", ", word.name);
  Fail(member, "FIELD_INVALID", value, fmt::format("is none of {}", names));
  return std::nullopt;
}

std::string JsonReader::Extra(std::vector<RowIssue>* warnings) {
  const Json* given = Take("extra");
  if (failed()) return "";
  Json extra = Json::object();
  if (given != nullptr) {
    if (!given->is_object()) {
      Fail("extra", "FIELD_TYPE", *given, "must be an object");
      return "";
    }
    extra = *given;
  }
  for (const auto& [member, value] : object_.items()) {
    if (std::find(taken_.begin(), taken_.end(), member) != taken_.end()) continue;
    if (extra.contains(member)) {
      Fail(member, "FIELD_INVALID", value, "stands both here and in 'extra'; remove one");
      return "";
    }
    extra[member] = value;
    if (warnings != nullptr) {
      warnings->push_back({PathOf(member), "MEMBER_UNKNOWN", ShowJson(value),
                           fmt::format("'{}' is no member that Magpie knows; it is kept in 'extra'", PathOf(member))});
    }
  }
  return extra.empty() ? "" : extra.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace magpie
