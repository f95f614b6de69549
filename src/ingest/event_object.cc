#include "event_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "magpie/base/unicode.h"

namespace magpie {
namespace {

using nlohmann::json;

constexpr std::size_t kShownCodePoints = 60;

const json& EmptyObject() {
  static const json kEmpty = json::object();
  return kEmpty;
}

std::string Show(const json& value) {
  const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return std::string(TakeCodePoints(text, kShownCodePoints));
}

}  // namespace

void EventIssues::Fail(const std::string& where, std::string_view message) {
  if (error.ok()) error = MakeError(reason, where, message);
}

std::string MemberOf(const std::string& where, std::string_view name) {
  if (where.empty()) return std::string(name);
  return where.starts_with("sheet ") ? fmt::format("{}, {}", where, name) : fmt::format("{}.{}", where, name);
}

EventObject::EventObject(const json& value, std::string where, EventIssues* issues)
    : value_(value.is_object() ? value : EmptyObject()), where_(std::move(where)), issues_(issues) {
  if (!value.is_object()) issues_->Fail(where_, fmt::format("is {}, not an object with members", Show(value)));
}

const json* EventObject::Find(Names names) {
  const json* found = nullptr;
  for (std::string_view name : names) {
    asked_.emplace(name);
    const auto member = value_.find(name);
    if (found == nullptr && member != value_.end() && !member->is_null()) found = &*member;
  }
  return found;
}

std::string_view EventObject::NameOf(Names names) const {
  const auto there = std::ranges::find_if(names, [&](std::string_view name) { return value_.contains(name); });
  return there == names.end() ? *names.begin() : *there;
}

std::string EventObject::TextOf(const json& value, std::string_view name) {
  if (value.is_string()) return ToNfc(TrimSpace(value.get_ref<const std::string&>()));
  if (value.is_number_integer()) return value.dump();
  issues_->Fail(At(name), fmt::format("is {}; write a text", Show(value)));
  return {};
}

std::string EventObject::Text(Names names) {
  const json* value = Find(names);
  return value == nullptr ? std::string() : TextOf(*value, NameOf(names));
}

std::vector<std::string> EventObject::Texts(Names names) {
  std::vector<std::string> texts;
  const json* value = Find(names);
  if (value == nullptr) return texts;
  const auto add = [&](const json& item) {
    std::string text = TextOf(item, NameOf(names));
    if (!text.empty()) texts.push_back(std::move(text));
  };
  if (value->is_array()) {
    for (const json& item : *value) add(item);
  } else {
    add(*value);
  }
  return texts;
}

std::optional<int> EventObject::Whole(Names names, int low, int high) {
  const json* value = Find(names);
  if (value == nullptr) return std::nullopt;
  std::optional<std::int64_t> number;
  if (value->is_number_integer()) {
    number = value->is_number_unsigned() && value->get<std::uint64_t>() > 1'000'000'000'000
                 ? std::int64_t{1'000'000'000'000}
                 : value->get<std::int64_t>();
  } else if (value->is_string()) {
    const std::string text = ToNfkc(TrimSpace(value->get_ref<const std::string&>()));
    if (text.empty()) return std::nullopt;
    std::int64_t parsed = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (code == std::errc() && end == text.data() + text.size()) number = parsed;
  }
  if (!number || *number < low || *number > high) {
    issues_->Fail(At(NameOf(names)), fmt::format("is {}; write a whole number from {} to {}", Show(*value), low, high));
    return std::nullopt;
  }
  return static_cast<int>(*number);
}

bool EventObject::Flag(Names names) {
  static const std::set<std::string, std::less<>> kYes = {"true", "yes", "y", "1", "是", "有", "需要", "√", "✓", "✔"};
  static const std::set<std::string, std::less<>> kNo = {"", "false", "no", "n", "0", "否", "无", "不需要", "×", "-"};
  const json* value = Find(names);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_number_integer() && (*value == 0 || *value == 1)) return *value == 1;
  if (value->is_string()) {
    const std::string text = ToNfkcFolded(TrimSpace(value->get_ref<const std::string&>()));
    if (kYes.contains(text)) return true;
    if (kNo.contains(text)) return false;
  }
  issues_->Fail(At(NameOf(names)), fmt::format("is {}; write true or false (是 or 否)", Show(*value)));
  return false;
}

std::optional<bool> EventObject::MaybeFlag(Names names) {
  if (Find(names) == nullptr) return std::nullopt;
  return Flag(names);
}

std::optional<Time> EventObject::Instant(Names names) {
  const std::string text = Text(names);
  if (text.empty()) return std::nullopt;
  const std::optional<Time> time = ParseTime(text);
  if (!time) {
    issues_->Fail(At(NameOf(names)),
                  fmt::format("\"{}\" is no time; write 2025-03-11T14:00:00+08:00 or 2025-03-11 14:00", text));
  }
  return time;
}

void EventObject::CheckSpan(const std::optional<Time>& start, const std::optional<Time>& end) const {
  if (start && end && *end <= *start) {
    issues_->Fail(At("end"), fmt::format("{} is not after the start, {}", FormatTime(*end), FormatTime(*start)));
  }
}

void EventObject::Finish() {
  for (const auto& [name, member] : value_.items()) {
    if (!asked_.contains(name)) {
      issues_->Warn(fmt::format("{}: the member is not known and was left out ({})", At(name), Show(member)));
    }
  }
}

}  // namespace magpie
