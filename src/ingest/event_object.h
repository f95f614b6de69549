// Reads the members of one JSON object of an event or of rules: several names for one member, numbers and flags also as
// text (from workbooks), members that nobody asked for reported.
#pragma once

#include <absl/status/status.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/date.h"
#include "magpie/base/status.h"

namespace magpie {

inline constexpr int kMinutesOfDay = 24 * 60;  // no visit, slot or way takes longer

// The first error and all warnings of one reading; after an error the rest is read on but changes nothing.
struct EventIssues {
  Reason reason = Reason::kEventInvalid;  // of errors
  absl::Status error;
  std::vector<std::string> warnings;

  void Fail(const std::string& where, std::string_view message);
  void Warn(std::string message) { warnings.push_back(std::move(message)); }
  bool failed() const { return !error.ok(); }
};

// "wishes[6].person", "sheet wishes, row 8, person"; the name alone where `where` is empty.
std::string MemberOf(const std::string& where, std::string_view name);

class EventObject {
 public:
  // `value` must outlive the object; one that is no JSON object is an error.
  EventObject(const nlohmann::json& value, std::string where, EventIssues* issues);

  using Names = std::initializer_list<std::string_view>;

  // The first of `names` that is there and not null; nullptr if none is. All of them count as asked for.
  const nlohmann::json* Find(Names names);
  // "" where the member is missing. Numbers count as text: workbooks hold ids such as 12.
  std::string Text(Names names);
  // A list of texts, or one text.
  std::vector<std::string> Texts(Names names);
  std::optional<int> Whole(Names names, int low, int high);
  bool Flag(Names names);
  std::optional<bool> MaybeFlag(Names names);  // nullopt where the member is missing
  std::optional<Time> Instant(Names names);

  const std::string& where() const { return where_; }
  std::string At(std::string_view name) const { return MemberOf(where_, name); }
  // An end that is not after its start is an error.
  void CheckSpan(const std::optional<Time>& start, const std::optional<Time>& end) const;
  // Warns of every member that nobody asked for. The last call on an object.
  void Finish();

 private:
  // The one of them that is there, for messages; the first where none is.
  std::string_view NameOf(Names names) const;
  std::string TextOf(const nlohmann::json& value, std::string_view name);

  const nlohmann::json& value_;
  std::string where_;
  EventIssues* issues_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace magpie
