// Reading typed members out of a JSON object, each error with the path of what was wrong.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "listing_parser.h"

namespace magpie {

using Json = nlohmann::json;

// Parses one JSON value: no duplicate keys, at most kMaxJsonDepth levels. nullopt: `error` says why.
inline constexpr int kMaxJsonDepth = 32;
std::optional<Json> ParseJson(std::string_view text, RowIssue* error);

// The JSON value that a whole file holds, a byte order mark before it or not; kBadFile names `name` and says what is wrong
// with `what` ("the event").
absl::StatusOr<Json> ParseDocument(std::string_view text, const std::string& name, std::string_view what);

// A value as it is shown in a report: JSON text, cut to a readable length.
std::string ShowJson(const Json& value);

// Reads the members of one object. After the first error all further reads do nothing.
class JsonReader {
 public:
  JsonReader(const Json& object, std::string path, std::uint64_t cell_bytes, RowIssue* error)
      : object_(object), path_(std::move(path)), cell_bytes_(cell_bytes), error_(error) {}

  bool failed() const { return !error_->reason.empty(); }
  void Fail(std::string_view member, std::string_view reason, const Json& value, std::string_view hint);
  std::string PathOf(std::string_view member) const;

  // The member, or nullptr where it is missing or null; marks it as known.
  const Json* Take(std::string_view member);

  void Text(std::string_view member, std::string* out);
  void Texts(std::string_view member, std::vector<std::string>* out);  // an array, or one text
  void Flag(std::string_view member, std::optional<bool>* out);
  void Integer(std::string_view member, int low, int high, std::optional<int>* out);
  void Number(std::string_view member, std::optional<double>* out);
  void Day(std::string_view member, std::optional<Date>* out);
  void Place(std::string_view member, Region* out);
  void Places(std::string_view member, std::vector<Region>* out);

  template <typename Enum>
  void Word(std::string_view member, std::optional<Enum>* out) {
    const Json* value = Take(member);
    if (value == nullptr) return;
    if (const std::optional<int> found = FindEnum(member, *value, Words<Enum>())) *out = static_cast<Enum>(*found);
  }
  template <typename Enum>
  void WordList(std::string_view member, std::vector<Enum>* out) {
    const Json* value = Take(member);
    if (value == nullptr) return;
    ForEach(member, *value, [&](const std::string& path, const Json& item) {
      if (const std::optional<int> found = FindEnum(path, item, Words<Enum>()))
        out->push_back(static_cast<Enum>(*found));
    });
  }

  // Calls body(path, reader) for each object of an array of objects (or for the one object).
  template <typename Body>
  void Objects(std::string_view member, const Body& body) {
    const Json* value = Take(member);
    if (value == nullptr) return;
    ForEach(member, *value, [&](const std::string& path, const Json& item) { body(path, item); });
  }
  template <typename Body>
  void ForEach(std::string_view member, const Json& value, const Body& body) {
    if (!value.is_array()) return body(std::string(member), value);
    for (std::size_t i = 0; i < value.size() && !failed(); ++i) {
      body(std::string(member) + "[" + std::to_string(i) + "]", value[i]);
    }
  }

  std::optional<std::string> TextOf(std::string_view member, const Json& value);
  Region RegionOf(std::string_view member, const Json& value);

  // Everything not taken, together with the member "extra", as one object's text; empty where there is none.
  // Adds a warning for each member not taken.
  std::string Extra(std::vector<RowIssue>* warnings);

 private:
  std::optional<int> FindEnum(std::string_view member, const Json& value, std::span<const magpie::Word> words);

  const Json& object_;
  std::string path_;
  std::uint64_t cell_bytes_;
  RowIssue* error_;
  std::vector<std::string> taken_;
};

}  // namespace magpie
