// What an organiser asks of a plan beyond capacities: groups of listings with floors and limits, pairs that must meet,
// pairs that must not. Read from rules.json; docs/formats.md lists every member.
//
// Terms   a group holds the listings that meet all of its conditions; a condition with several values is met by any of
//         them. A floor is a least number of matches, a limit a most.
// Checked every group has a name of its own, at least one condition, at least one floor or limit or nothing at all
//         (then it is only reported on), and no floor above its limit. Listings and parties are looked up later, in
//         the lists that the rules are used with.
// Errors  kFieldInvalid names the place ("groups[2].at_least") and what contradicts what; kBadFile a file that is no
//         JSON; kUnsupportedFile another kind of file; kFileNotFound.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/region.h"
#include "magpie/base/vocabulary.h"

namespace magpie {

struct RuleGroup {
  std::string name;
  // Conditions; empty = any.
  std::optional<Side> side;
  std::vector<std::string> listings;  // ids
  std::vector<std::string> parties;   // ids or names; a body holds what its children offer and need
  std::vector<Region> regions;        // of the party or one of its sites
  std::vector<PartyKind> kinds;
  std::vector<std::string> qualifications;  // held on the day of the plan
  std::optional<bool> first_timer, small;
  // Matches of all its listings together, and of each one.
  std::optional<int> at_least, at_most, each_at_least, each_at_most;
};

// Two sides of which at least one listing or party is named on each.
struct RulePair {
  std::string need, need_party;
  std::string offering, offering_party;
  std::string where;  // "excluded[3]", for messages about it
};

struct PlanRules {
  std::vector<RuleGroup> groups;
  std::vector<RulePair> must_meet;    // each names a need and an offering
  std::vector<RulePair> excluded;     // a party stands for all its listings
  std::vector<std::string> warnings;  // members that were left out because they are not understood, with their path

  bool empty() const { return groups.empty() && must_meet.empty() && excluded.empty(); }
};

absl::StatusOr<PlanRules> ReadPlanRules(const std::string& path);
absl::StatusOr<PlanRules> PlanRulesFromJson(std::string_view json);

}  // namespace magpie
