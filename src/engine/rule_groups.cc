#include "engine/rule_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

bool Holds(const Qualification& held, const std::string& title, const Date& today) {
  return ToNfkcFolded(held.title) == ToNfkcFolded(title) && (!held.valid_from || *held.valid_from <= today) &&
         (!held.valid_until || today <= *held.valid_until);
}

bool LiesIn(const PartyRecord& party, const Region& region) {
  return RegionContains(region, party.region) ||
         std::any_of(party.sites.begin(), party.sites.end(),
                     [&](const Site& site) { return RegionContains(region, site.region); });
}

// The conditions of one group, with its ids and parties looked up.
class GroupTest {
 public:
  GroupTest(const RuleGroup& group, const Snapshot& snapshot, const Date& today)
      : group_(group), snapshot_(snapshot), today_(today) {}

  // `place` is the group's, "groups[2]".
  absl::Status LookUp(const std::string& place, const RunContext& context) {
    for (const std::string& id : group_.listings) {
      const bool need = group_.side != Side::kOffering && snapshot_.FindNeed(id).valid();
      const bool offering = group_.side != Side::kNeed && snapshot_.FindOffering(id).valid();
      if (!need && !offering) {
        return MakeError(group_.side == Side::kOffering ? Reason::kOfferingNotFound : Reason::kNeedNotFound,
                         place + ".listings", fmt::format("names \"{}\", which is not in the lists", id));
      }
      if (need) needs_.insert(snapshot_.FindNeed(id).value);
      if (offering) offerings_.insert(snapshot_.FindOffering(id).value);
    }
    for (const std::string& name : group_.parties) {
      const PartyIndex party = snapshot_.FindParty(name);
      if (party.valid()) {
        parties_.insert(party.value);
      } else {
        context.Warn(fmt::format("{}.parties: \"{}\" has no listing", place, name));
      }
    }
    return absl::OkStatus();
  }

  bool Takes(Side side, std::int32_t index, const Listing& listing) const {
    if (group_.side && *group_.side != side) return false;
    if (!group_.listings.empty() && !(side == Side::kNeed ? needs_ : offerings_).contains(index)) return false;
    if (!group_.parties.empty() && !StandsUnder(listing.party)) return false;
    const PartyRecord& party = listing.party.valid() ? snapshot_.party(listing.party).record : listing.record.party;
    return Any(group_.regions, [&](const Region& region) { return LiesIn(party, region); }) &&
           Any(group_.kinds, [&](PartyKind kind) { return party.kind == kind; }) &&
           Any(group_.qualifications,
               [&](const std::string& title) {
                 return std::any_of(party.qualifications.begin(), party.qualifications.end(),
                                    [&](const Qualification& held) { return Holds(held, title, today_); });
               }) &&
           (!group_.first_timer || party.first_timer == group_.first_timer) &&
           (!group_.small || party.small == group_.small);
  }

 private:
  // True where there is no such condition.
  template <typename Value, typename Test>
  static bool Any(const std::vector<Value>& values, const Test& test) {
    return values.empty() || std::any_of(values.begin(), values.end(), test);
  }

  bool StandsUnder(PartyIndex party) const {
    for (; party.valid(); party = snapshot_.party(party).parent) {
      if (parties_.contains(party.value)) return true;
    }
    return false;
  }

  const RuleGroup& group_;
  const Snapshot& snapshot_;
  const Date& today_;
  std::unordered_set<std::int32_t> needs_, offerings_, parties_;
};

// The listings of one end of a rule: one, or all of a party.
absl::StatusOr<std::vector<std::int32_t>> ListingsOf(Side side, const std::string& id, const std::string& party_name,
                                                     const std::string& where, const Snapshot& snapshot,
                                                     const RunContext& context) {
  if (!id.empty()) {
    const std::int32_t index = side == Side::kNeed ? snapshot.FindNeed(id).value : snapshot.FindOffering(id).value;
    if (index >= 0) return std::vector{index};
    return MakeError(side == Side::kNeed ? Reason::kNeedNotFound : Reason::kOfferingNotFound, "rules",
                     fmt::format("{} names {} '{}', which is not in the list", where, WordName(side), id));
  }
  std::vector<std::int32_t> listings;
  const PartyIndex party = snapshot.FindParty(party_name);
  std::int32_t index = 0;
  for (const auto& listing : snapshot.listings(side)) {
    if (party.valid() && listing->party == party) listings.push_back(index);
    ++index;
  }
  if (listings.empty()) context.Warn(fmt::format("{}: \"{}\" has no {}", where, party_name, WordName(side)));
  return listings;
}

}  // namespace

absl::StatusOr<std::vector<GroupMembers>> FindGroupMembers(const PlanRules& rules, const Snapshot& snapshot,
                                                           const Date& today, const RunContext& context) {
  std::vector<GroupMembers> groups;
  for (std::size_t g = 0; g < rules.groups.size(); ++g) {
    const std::string place = fmt::format("groups[{}]", g);
    GroupTest test(rules.groups[g], snapshot, today);
    MAGPIE_RETURN_IF_ERROR(test.LookUp(place, context));
    GroupMembers members;
    for (Side side : {Side::kNeed, Side::kOffering}) {
      std::vector<std::int32_t>& taken = side == Side::kNeed ? members.needs : members.offerings;
      std::int32_t index = 0;
      for (const auto& listing : snapshot.listings(side)) {
        if (test.Takes(side, index, *listing)) taken.push_back(index);
        ++index;
      }
    }
    if (members.needs.empty() && members.offerings.empty()) {
      context.Warn(fmt::format("{} (\"{}\") holds no listing", place, rules.groups[g].name));
    }
    groups.push_back(std::move(members));
  }
  return groups;
}

absl::StatusOr<std::vector<DecidedPair>> DecidedPairs(const PlanOptions& options, const Snapshot& snapshot,
                                                      const RunContext& context) {
  std::vector<DecidedPair> decided;
  for (const PairDecision& row : options.decisions) {
    if (row.decision == Decision::kNone) continue;
    const NeedIndex need = snapshot.FindNeed(row.need_id);
    if (!need.valid()) {
      return MakeError(Reason::kNeedNotFound, "decisions",
                       fmt::format("row {} names need '{}', which is not in the list", row.row, row.need_id));
    }
    const OfferingIndex offering = snapshot.FindOffering(row.offering_id);
    if (!offering.valid()) {
      return MakeError(Reason::kOfferingNotFound, "decisions",
                       fmt::format("row {} names offering '{}', which is not in the list", row.row, row.offering_id));
    }
    decided.push_back({need, offering, row.decision, fmt::format("row {}", row.row)});
  }
  const auto add = [&](const std::vector<RulePair>& pairs, Decision decision) -> absl::Status {
    for (const RulePair& pair : pairs) {
      MAGPIE_ASSIGN_OR_RETURN(const std::vector<std::int32_t> needs,
                              ListingsOf(Side::kNeed, pair.need, pair.need_party, pair.where, snapshot, context));
      MAGPIE_ASSIGN_OR_RETURN(
          const std::vector<std::int32_t> offerings,
          ListingsOf(Side::kOffering, pair.offering, pair.offering_party, pair.where, snapshot, context));
      for (std::int32_t need : needs) {
        for (std::int32_t offering : offerings) {
          decided.push_back({NeedIndex(need), OfferingIndex(offering), decision, pair.where});
        }
      }
    }
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(add(options.rules.must_meet, Decision::kAdded));
  MAGPIE_RETURN_IF_ERROR(add(options.rules.excluded, Decision::kStruck));
  return decided;
}

}  // namespace magpie
