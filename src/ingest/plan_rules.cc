#include "magpie/ingest/plan_rules.h"

#include <fmt/format.h>

#include <functional>
#include <set>
#include <utility>

#include "event_object.h"
#include "file_kind.h"
#include "json_reader.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr std::uint64_t kRulesBytes = 64u << 20;
constexpr int kManyMatches = 1'000'000'000;

class RulesBuilder {
 public:
  absl::StatusOr<PlanRules> Build(const Json& root) {
    issues_.reason = Reason::kFieldInvalid;
    EventObject object(root, "", &issues_);
    ForEach(&object, "groups", [this](EventObject* o) { rules_.groups.push_back(ReadGroup(o)); });
    ForEach(&object, "must_meet", [this](EventObject* o) { rules_.must_meet.push_back(ReadPair(o, true)); });
    ForEach(&object, "excluded", [this](EventObject* o) { rules_.excluded.push_back(ReadPair(o, false)); });
    object.Finish();
    if (issues_.failed()) return issues_.error;
    rules_.warnings = std::move(issues_.warnings);
    return std::move(rules_);
  }

 private:
  void ForEach(EventObject* owner, std::string_view name, const std::function<void(EventObject*)>& body) {
    const Json* list = owner->Find({name});
    if (list == nullptr) return;
    if (!list->is_array()) return issues_.Fail(owner->At(name), "is not a list; write [ ... ]");
    for (std::size_t i = 0; i < list->size() && !issues_.failed(); ++i) {
      EventObject item((*list)[i], fmt::format("{}[{}]", name, i), &issues_);
      body(&item);
      item.Finish();
    }
  }

  template <typename Enum>
  std::optional<Enum> WordOf(EventObject* object, std::string_view member, const std::string& text) {
    const std::optional<Enum> value = ParseWord<Enum>(text);
    if (value) return value;
    std::string known;
    for (const Word& word : Words<Enum>()) known += fmt::format("{}{}", known.empty() ? "" : ", ", word.name);
    issues_.Fail(object->At(member), fmt::format("is \"{}\"; write one of {}", text, known));
    return std::nullopt;
  }

  RuleGroup ReadGroup(EventObject* object) {
    RuleGroup group;
    group.name = object->Text({"name"});
    if (group.name.empty()) issues_.Fail(object->At("name"), "is missing; the report calls the group by it");
    if (!names_.insert(group.name).second) {
      issues_.Fail(object->At("name"), fmt::format("is \"{}\", as is that of another group", group.name));
    }
    if (const std::string side = object->Text({"side"}); !side.empty()) group.side = WordOf<Side>(object, "side", side);
    group.listings = object->Texts({"listings"});
    group.parties = object->Texts({"parties"});
    for (const std::string& region : object->Texts({"regions"})) {
      group.regions.push_back(ParseRegion(region));
      if (!group.regions.back().known() && FindRegionGroup(region) == nullptr) {
        issues_.Warn(fmt::format("{}: \"{}\" is no region that Magpie knows; it is compared as a text",
                                 object->At("regions"), region));
      }
    }
    for (const std::string& kind : object->Texts({"kinds"})) {
      if (const auto value = WordOf<PartyKind>(object, "kinds", kind)) group.kinds.push_back(*value);
    }
    group.qualifications = object->Texts({"qualifications"});
    group.first_timer = object->MaybeFlag({"first_timer"});
    group.small = object->MaybeFlag({"small"});
    group.at_least = object->Whole({"at_least"}, 0, kManyMatches);
    group.at_most = object->Whole({"at_most"}, 0, kManyMatches);
    group.each_at_least = object->Whole({"each_at_least"}, 0, kManyMatches);
    group.each_at_most = object->Whole({"each_at_most"}, 0, kManyMatches);
    if (!group.side && group.listings.empty() && group.parties.empty() && group.regions.empty() &&
        group.kinds.empty() && group.qualifications.empty() && !group.first_timer && !group.small) {
      issues_.Fail(object->where(),
                   "has no condition; say which listings it holds by side, listings, parties, regions, kinds, "
                   "qualifications, first_timer or small");
    }
    CheckOrder(object, "at_least", group.at_least, group.at_most);
    CheckOrder(object, "each_at_least", group.each_at_least, group.each_at_most);
    return group;
  }

  void CheckOrder(EventObject* object, std::string_view name, std::optional<int> least, std::optional<int> most) {
    if (least && most && *least > *most) {
      issues_.Fail(object->At(name), fmt::format("is {}, more than the most, {}", *least, *most));
    }
  }

  RulePair ReadPair(EventObject* object, bool listings_only) {
    RulePair pair;
    pair.where = object->where();
    pair.need = object->Text({"need"});
    pair.offering = object->Text({"offering"});
    if (!listings_only) {
      pair.need_party = object->Text({"need_party"});
      pair.offering_party = object->Text({"offering_party"});
    }
    const auto check = [&](std::string_view side, const std::string& listing, const std::string& party) {
      if (listing.empty() == party.empty()) {
        issues_.Fail(object->At(side), listing.empty() ? (listings_only ? "is missing; give the listing's id"
                                                                        : "is missing; name a listing or its party")
                                                       : "and the party are both given; keep one of them");
      }
    };
    check("need", pair.need, pair.need_party);
    check("offering", pair.offering, pair.offering_party);
    return pair;
  }

  EventIssues issues_;
  PlanRules rules_;
  std::set<std::string> names_;
};

absl::StatusOr<PlanRules> RulesFromText(std::string_view text, const std::string& name) {
  MAGPIE_ASSIGN_OR_RETURN(const Json root, ParseDocument(text, name, "the rules"));
  return RulesBuilder().Build(root);
}

}  // namespace

absl::StatusOr<PlanRules> PlanRulesFromJson(std::string_view json) {
  return RulesFromText(json, "rules");
}

absl::StatusOr<PlanRules> ReadPlanRules(const std::string& path) {
  const std::string ending = ToNfkcFolded(std::filesystem::path(path).extension().string());
  if (ending != ".json") {
    return MakeError(Reason::kUnsupportedFile, path, fmt::format("rules are read from .json, not from \"{}\"", ending));
  }
  MAGPIE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kRulesBytes));
  return RulesFromText(text, FileLabel(path));
}

}  // namespace magpie
