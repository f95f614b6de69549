#include "party_merge.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "magpie/base/unicode.h"
#include "magpie/catalogue/snapshot.h"

namespace magpie {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxConflicts = 100;  // of one party; beyond them nothing is learned any more
constexpr std::size_t kMaxUnited = 100;     // entries of one list, as ValidateParty demands

Json ParseExtra(const std::string& extra_json) {
  Json extra = Json::parse(extra_json.empty() ? "{}" : extra_json, nullptr, /*allow_exceptions=*/false);
  return extra.is_object() ? extra : Json::object();
}

class Merger {
 public:
  Merger(const PartyRecord& mention, std::string_view source, PartyRecord* party)
      : mention_(mention), source_(source), party_(party) {}

  bool Merge() {
    if (party_->id.empty() && !mention_.id.empty()) Set(mention_.id, &party_->id);
    if (party_->name.empty()) {
      Set(mention_.name, &party_->name);
    }
    MergeParent();
    MergeOptional("kind", mention_.kind, &party_->kind, [](PartyKind kind) { return std::string(WordName(kind)); });
    MergeRegion();
    const auto flag = [](bool value) { return std::string(value ? "true" : "false"); };
    MergeOptional("first_timer", mention_.first_timer, &party_->first_timer, flag);
    MergeOptional("small", mention_.small, &party_->small, flag);
    Unite(mention_.sites, &party_->sites);
    Unite(mention_.qualifications, &party_->qualifications);
    Unite(mention_.contacts, &party_->contacts);
    MergeExtra();
    return changed_;
  }

 private:
  template <typename T>
  void Set(const T& value, T* target) {
    if (*target == value) return;
    *target = value;
    changed_ = true;
  }

  void Conflict(std::string_view field, std::string_view value) {
    changed_ |= AddPartyConflict(field, value, source_, party_);
  }

  void MergeParent() {
    if (mention_.parent.empty()) return;
    if (party_->parent.empty()) return Set(mention_.parent, &party_->parent);
    if (PartyKey(party_->parent) != PartyKey(mention_.parent)) Conflict("parent", mention_.parent);
  }

  template <typename T, typename ToText>
  void MergeOptional(std::string_view field, const std::optional<T>& value, std::optional<T>* target,
                     const ToText& to_text) {
    if (!value) return;
    if (!*target) return Set(value, target);
    if (**target != *value) Conflict(field, to_text(*value));
  }

  void MergeRegion() {
    const Region& value = mention_.region;
    Region& target = party_->region;
    if (value.empty() || value == target) return;
    if (target.empty()) return Set(value, &target);
    if (RegionContains(value, target)) return;
    if (RegionContains(target, value)) return Set(value, &target);
    Conflict("region", value.text);
  }

  template <typename T>
  void Unite(const std::vector<T>& values, std::vector<T>* target) {
    for (const T& value : values) {
      if (target->size() >= kMaxUnited || std::find(target->begin(), target->end(), value) != target->end()) continue;
      target->push_back(value);
      changed_ = true;
    }
  }

  void MergeExtra() {
    if (mention_.extra_json.empty() || mention_.extra_json == party_->extra_json) return;
    const Json added = ParseExtra(mention_.extra_json);
    Json extra = ParseExtra(party_->extra_json);
    bool grown = false;
    std::vector<std::pair<std::string, std::string>> conflicts;
    for (const auto& [member, value] : added.items()) {
      if (member == "conflicts") continue;
      const auto [existing, inserted] = extra.emplace(member, value);
      grown |= inserted;
      if (!inserted && *existing != value) conflicts.emplace_back(member, value.dump());
    }
    if (grown) Set(extra.dump(), &party_->extra_json);
    for (const auto& [member, value] : conflicts) Conflict(member, value);
  }

  const PartyRecord& mention_;
  std::string_view source_;
  PartyRecord* party_;
  bool changed_ = false;
};

}  // namespace

bool MergeParty(const PartyRecord& mention, std::string_view source, PartyRecord* party) {
  return Merger(mention, source, party).Merge();
}

bool AddPartyConflict(std::string_view field, std::string_view value, std::string_view source, PartyRecord* party) {
  Json extra = ParseExtra(party->extra_json);
  Json& conflicts = extra["conflicts"];
  if (!conflicts.is_array()) conflicts = Json::array();
  const auto known = [&](const Json& entry) {
    return entry.is_object() && entry.value("field", Json()) == field && entry.value("value", Json()) == value;
  };
  if (conflicts.size() >= kMaxConflicts || std::any_of(conflicts.begin(), conflicts.end(), known)) return false;
  conflicts.push_back({{"field", field}, {"value", value}, {"source", source}});
  party->extra_json = extra.dump(-1, ' ', false, Json::error_handler_t::replace);
  return true;
}

}  // namespace magpie
