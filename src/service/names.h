// Resource names: workspaces/{workspace}/{collection}/{id}.
// Errors  kBadArgument with the field that held the name.
// Threads every function may be called from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "magpie/base/vocabulary.h"

namespace magpie {

enum class Collection { kParties, kNeeds, kOfferings, kMatchRuns, kOperations, kFeedback, kRankers, kDisclosures };

inline Collection CollectionOf(Side side) {
  return side == Side::kNeed ? Collection::kNeeds : Collection::kOfferings;
}

struct ResourceName {
  std::string workspace;
  std::string id;
};

// [a-z]([a-z0-9-]{0,61}[a-z0-9])?
bool IsResourceId(std::string_view id);

std::string FormatName(std::string_view workspace, Collection collection, std::string_view id);

// `name` must be of `collection`; `field` is where the request holds it.
absl::StatusOr<ResourceName> ParseName(std::string_view name, Collection collection, std::string_view field);

// The last part of a name that was checked before.
std::string IdOfName(std::string_view name);

// "workspaces/default" -> "default".
absl::StatusOr<std::string> ParseWorkspace(std::string_view parent, std::string_view field);

// The id that a caller chose for a new resource in `field`; kFieldInvalid where it cannot be one.
absl::Status CheckNewId(std::string_view id, std::string_view field);

// A fresh id for a resource that the server names: PREFIX and 16 random hexadecimal digits.
std::string MakeId(std::string_view prefix);

}  // namespace magpie
