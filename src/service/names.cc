#include "service/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr std::string_view kWorkspaces = "workspaces/";
constexpr std::size_t kMaxIdLength = 63;  // as in a DNS label

// In the order of the enum.
constexpr std::array<std::string_view, 8> kCollections = {"parties",    "needs",    "offerings", "matchRuns",
                                                          "operations", "feedback", "rankers",   "disclosures"};

std::string_view TextOf(Collection collection) {
  return kCollections[static_cast<std::size_t>(collection)];
}

bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool IsLowerOrDigit(char c) {
  return IsLower(c) || (c >= '0' && c <= '9');
}

}  // namespace

bool IsResourceId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdLength && IsLower(id.front()) && IsLowerOrDigit(id.back()) &&
         std::all_of(id.begin(), id.end(), [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

std::string FormatName(std::string_view workspace, Collection collection, std::string_view id) {
  return fmt::format("{}{}/{}/{}", kWorkspaces, workspace, TextOf(collection), id);
}

absl::StatusOr<ResourceName> ParseName(std::string_view name, Collection collection, std::string_view field) {
  const auto fail = [&] {
    return MakeError(Reason::kBadArgument, field,
                     fmt::format("'{}' is not a name of the form workspaces/WORKSPACE/{}/ID, ids being lower-case "
                                 "letters, digits and hyphens, first a letter, at most {} of them",
                                 ToPrintable(name), TextOf(collection), kMaxIdLength));
  };
  if (!name.starts_with(kWorkspaces)) return fail();
  std::string_view rest = name.substr(kWorkspaces.size());
  const std::size_t first = rest.find('/');
  if (first == std::string_view::npos) return fail();
  const std::size_t second = rest.find('/', first + 1);
  if (second == std::string_view::npos) return fail();
  ResourceName result{std::string(rest.substr(0, first)), std::string(rest.substr(second + 1))};
  if (rest.substr(first + 1, second - first - 1) != TextOf(collection) || !IsResourceId(result.workspace) ||
      !IsResourceId(result.id)) {
    return fail();
  }
  return result;
}

std::string IdOfName(std::string_view name) {
  return std::string(name.substr(name.rfind('/') + 1));
}

absl::Status CheckNewId(std::string_view id, std::string_view field) {
  if (IsResourceId(id)) return absl::OkStatus();
  return MakeError(
      Reason::kFieldInvalid, field,
      fmt::format("'{}' cannot be a resource id: lower-case letters, digits and hyphens, first a letter, at "
                  "most {}",
                  ToPrintable(id), kMaxIdLength));
}

absl::StatusOr<std::string> ParseWorkspace(std::string_view parent, std::string_view field) {
  if (!parent.starts_with(kWorkspaces) || !IsResourceId(parent.substr(kWorkspaces.size()))) {
    return MakeError(Reason::kBadArgument, field,
                     fmt::format("'{}' is not a workspace; write workspaces/default or the like", ToPrintable(parent)));
  }
  return std::string(parent.substr(kWorkspaces.size()));
}

std::string MakeId(std::string_view prefix) {
  std::random_device device;
  return fmt::format("{}{:08x}{:08x}", prefix, device(), device());
}

}  // namespace magpie
