// The rules of an event: what they set, and what contradicts them.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "event_reader.h"

namespace magpie {
namespace {

constexpr int kMany = 1'000'000;

// A whole number that the rule cannot do without.
int Needed(EventObject* object, EventIssues* issues, std::string_view member, int low, std::string_view says) {
  const std::optional<int> number = object->Whole({member}, low, kMany);
  if (!number) issues->Fail(object->At(member), fmt::format("is missing; say how many {}", says));
  return number.value_or(0);
}

// What is missing for any meeting at all.
void CheckHoldable(const Event& event, EventIssues* issues) {
  if (event.slots.empty()) {
    issues->Fail("slots",
                 "the event has no slots, so no meeting can be held; list slots, or give each session start, end and "
                 "slot_minutes");
  } else if (event.tables.empty()) {
    issues->Fail("tables", "the event has no tables, so no meeting can be held; list tables or say how many");
  } else if (std::all_of(event.slots.begin(), event.slots.end(),
                         [](const EventSlot& slot) { return slot.tables.empty(); })) {
    issues->Fail("slots", "no slot has a table, so no meeting can be held; list tables in the slots");
  } else if (event.teams.empty()) {
    issues->Fail("teams", "the event has no teams, so nobody can be met; list teams with their hosts");
  } else if (event.people.empty()) {
    issues->Fail("attendees", "the event has no people, so nobody can meet; list attendees");
  }
}

}  // namespace

void ReadEventRule(EventObject* object, EventIssues* issues, Event* event, DemoRule* demo) {
  static const std::set<std::string, std::less<>> kAlwaysKept = {
      "team_max_meetings", "person_one_place", "host_required", "absence",
      "table_capacity",    "own_table",        "travel_time"};
  EventRules& rules = event->rules;
  EventRuleText stated;
  stated.id = object->Text({"id"});
  stated.rule = object->Text({"rule"});
  stated.text = object->Text({"text"});
  if (stated.rule == "demo_table") {
    *demo = {true, object->Texts({"tables"}), object->where()};
  } else if (stated.rule == "published_first") {
    rules.priority_one_required = true;
  } else if (stated.rule == "consecutive_limit") {
    const std::optional<int> guests = object->Whole({"max_consecutive_guest"}, 1, kMany);
    rules.max_consecutive_guest = guests.value_or(0);
    if (!guests || object->Find({"max_consecutive"}) != nullptr) {
      rules.max_consecutive = Needed(object, issues, "max_consecutive", 1, "slots in a row are allowed");
    }
  } else if (stated.rule == "person_max_meetings") {
    rules.default_max_meetings_per_person = Needed(object, issues, "max_meetings", 1, "meetings a guest may have");
  } else if (stated.rule == "idle_limit") {
    rules.max_idle_slots = Needed(object, issues, "max_idle_slots", 0, "slots a guest may wait");
    rules.idle_slots_soft = object->Flag({"soft"});
  } else if (stated.rule == "language") {
    rules.common_language = true;
  } else if (stated.rule == "walk_ins") {
    rules.walk_in_tables = Needed(object, issues, "kept_tables", 0, "tables of each slot stay free");
  } else if (!kAlwaysKept.contains(stated.rule)) {
    issues->Warn(fmt::format("{}: the rule \"{}\" is not known and is NOT kept{}", object->where(), stated.rule,
                             stated.text.empty() ? "" : fmt::format(" ({})", stated.text)));
  }
  event->stated_rules.push_back(std::move(stated));
}

void CheckEvent(const Event& event, EventIssues* issues) {
  CheckHoldable(event, issues);
  const EventRules& rules = event.rules;
  std::set<std::string> own;
  for (const EventTeam& team : event.teams) own.insert(team.table);
  if (rules.walk_in_tables > 0) {
    const auto nothing_left = [&](const EventSlot& slot) {
      return std::ranges::count_if(slot.tables, [&](const auto& id) { return !own.contains(id); }) <=
             rules.walk_in_tables;
    };
    const bool others = std::ranges::any_of(event.teams, [](const EventTeam& team) { return team.table.empty(); });
    if (others && std::ranges::all_of(event.slots, nothing_left)) {
      issues->Fail("rules", fmt::format("walk_ins keeps {} tables free, but no slot has more: no meeting can be held",
                                        rules.walk_in_tables));
    }
  }
  if (rules.common_language && std::ranges::all_of(event.people, [](const auto& p) { return p.languages.empty(); })) {
    issues->Warn("the rule \"language\" is stated, but nobody says which languages they speak");
  }
  for (const EventPerson& person : event.people) {
    if (person.interpreter && person.languages.size() < 2) {
      issues->Warn(fmt::format("interpreter {} names fewer than two languages", person.id));
    }
  }
  for (const EventTeam& team : event.teams) {
    if (team.table.empty()) continue;
    for (const EventFixed& fixed : event.fixed) {
      if (fixed.team == team.id && !fixed.table.empty() && fixed.table != team.table) {
        issues->Fail("fixed",
                     fmt::format("the meeting of {} with team {} is fixed at table {}, but the team's own is {}",
                                 fixed.person, team.id, fixed.table, team.table));
      }
    }
    const auto wants_demo = [&](const EventWish& wish) { return wish.team == team.id && wish.demo_table; };
    if (std::ranges::count(rules.demo_tables, team.table) == 0 && !rules.demo_tables.empty() &&
        std::ranges::any_of(event.wishes, wants_demo)) {
      issues->Warn(fmt::format("team {} is asked for demonstrations, but its own table {} is no demo table", team.id,
                               team.table));
    }
  }
}

}  // namespace magpie
