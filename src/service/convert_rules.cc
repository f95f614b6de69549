// Rules of a match run between messages and the core. Reading goes through the reader of rules files, so that both say the
// same about the same mistake.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/service/convert.h"

namespace magpie {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxGroups = 1'000;

void Put(Json* object, const char* member, const std::string& text) {
  if (!text.empty()) (*object)[member] = text;
}

template <typename List>
void PutAll(Json* object, const char* member, const List& list) {
  for (const auto& item : list) (*object)[member].push_back(item);
}

absl::StatusOr<Json> GroupToJson(const v1::MatchRules::Group& group, const std::string& path) {
  Json out = Json::object();
  Put(&out, "name", group.name());
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<Side> side, WordFromProto<Side>(group.side(), path + ".side"));
  if (side) out["side"] = WordName(*side);
  PutAll(&out, "listings", group.listings());
  PutAll(&out, "parties", group.parties());
  PutAll(&out, "regions", group.regions());
  for (int kind : group.kinds()) {
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<PartyKind> word, WordFromProto<PartyKind>(kind, path + ".kinds"));
    if (!word) {
      return MakeError(Reason::kFieldInvalid, path + ".kinds", "an unspecified value has no place in a list");
    }
    out["kinds"].push_back(WordName(*word));
  }
  PutAll(&out, "qualifications", group.qualifications());
  if (group.has_first_timer()) out["first_timer"] = group.first_timer();
  if (group.has_small()) out["small"] = group.small();
  if (group.has_at_least()) out["at_least"] = group.at_least();
  if (group.has_at_most()) out["at_most"] = group.at_most();
  if (group.has_each_at_least()) out["each_at_least"] = group.each_at_least();
  if (group.has_each_at_most()) out["each_at_most"] = group.each_at_most();
  return out;
}

Json PairToJson(const v1::MatchRules::Pair& pair) {
  Json out = Json::object();
  Put(&out, "need", pair.need());
  Put(&out, "need_party", pair.need_party());
  Put(&out, "offering", pair.offering());
  Put(&out, "offering_party", pair.offering_party());
  return out;
}

void PairToProto(const RulePair& pair, v1::MatchRules::Pair* out) {
  out->set_need(pair.need);
  out->set_need_party(pair.need_party);
  out->set_offering(pair.offering);
  out->set_offering_party(pair.offering_party);
}

}  // namespace

absl::StatusOr<PlanRules> FromProto(const v1::MatchRules& rules, std::string_view prefix) {
  if (rules.groups_size() > kMaxGroups) {
    return MakeError(Reason::kFieldInvalid, fmt::format("{}groups", prefix),
                     fmt::format("{} groups; at most {}", rules.groups_size(), kMaxGroups));
  }
  Json json = Json::object();
  for (int g = 0; g < rules.groups_size(); ++g) {
    MAGPIE_ASSIGN_OR_RETURN(Json group, GroupToJson(rules.groups(g), fmt::format("{}groups[{}]", prefix, g)));
    json["groups"].push_back(std::move(group));
  }
  for (const v1::MatchRules::Pair& pair : rules.must_meet()) json["must_meet"].push_back(PairToJson(pair));
  for (const v1::MatchRules::Pair& pair : rules.excluded()) json["excluded"].push_back(PairToJson(pair));
  absl::StatusOr<PlanRules> read = PlanRulesFromJson(json.dump());
  if (read.ok()) return read;
  return MakeError(ReasonOf(read.status()), fmt::format("{}{}", prefix, FieldOf(read.status())),
                   ErrorText(read.status()));
}

v1::MatchRules ToProto(const PlanRules& rules) {
  v1::MatchRules out;
  for (const RuleGroup& group : rules.groups) {
    v1::MatchRules::Group* item = out.add_groups();
    item->set_name(group.name);
    item->set_side(WordToProto<v1::Side>(group.side));
    item->mutable_listings()->Assign(group.listings.begin(), group.listings.end());
    item->mutable_parties()->Assign(group.parties.begin(), group.parties.end());
    for (const Region& region : group.regions) item->add_regions(region.text.empty() ? region.code : region.text);
    for (PartyKind kind : group.kinds) item->add_kinds(WordToProto<v1::PartyKind>(kind));
    item->mutable_qualifications()->Assign(group.qualifications.begin(), group.qualifications.end());
    if (group.first_timer) item->set_first_timer(*group.first_timer);
    if (group.small) item->set_small(*group.small);
    if (group.at_least) item->set_at_least(*group.at_least);
    if (group.at_most) item->set_at_most(*group.at_most);
    if (group.each_at_least) item->set_each_at_least(*group.each_at_least);
    if (group.each_at_most) item->set_each_at_most(*group.each_at_most);
  }
  for (const RulePair& pair : rules.must_meet) PairToProto(pair, out.add_must_meet());
  for (const RulePair& pair : rules.excluded) PairToProto(pair, out.add_excluded());
  return out;
}

}  // namespace magpie
