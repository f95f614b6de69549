// The JSON form of an event, member by member.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "event_object.h"
#include "event_reader.h"
#include "event_tours.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

using nlohmann::json;

constexpr int kManyMeetings = 1'000'000;  // an upper bound for counts, far above any fair

// How the slots of a session are made where the event does not list them.
struct SlotPlan {
  std::optional<int> slot_minutes, break_minutes;
  std::vector<std::string> tables;
};

// One absence that is not listed with its person.
struct Absence {
  std::string where, person, session;
  std::vector<std::string> slots;
  std::optional<Time> start, end;
};

// One row of `excluded`, before persons of a party are looked up.
struct Exclusion {
  std::string where, person, party, team;
};

class EventBuilder {
 public:
  explicit EventBuilder(const EventDocument& document) : document_(document) { issues_.warnings = document.warnings; }

  absl::StatusOr<Event> Build() {
    ReadAll();
    if (!issues_.failed()) Connect();
    if (issues_.failed()) return issues_.error;
    event_.warnings = std::move(issues_.warnings);
    return std::move(event_);
  }

 private:
  using Ids = std::map<std::string, std::size_t, std::less<>>;

  // ---- Reading ----

  std::string Label(const std::string& list, std::size_t i) const {
    const auto labels = document_.labels.find(list);
    return labels == document_.labels.end() || i >= labels->second.size() ? fmt::format("{}[{}]", list, i)
                                                                          : labels->second[i];
  }

  // Calls body(object, index) for each object of the list under one of `names`.
  void ForEach(EventObject* owner, EventObject::Names names, const std::function<void(EventObject*)>& body) {
    for (std::string_view name : names) {
      const json* list = owner->Find({name});
      if (list == nullptr) continue;
      const std::string path = owner->where().empty() ? std::string(name) : owner->At(name);
      if (!list->is_array()) {
        issues_.Fail(path, "is not a list; write [ ... ]");
        return;
      }
      for (std::size_t i = 0; i < list->size() && !issues_.failed(); ++i) {
        EventObject item((*list)[i], Label(path, i), &issues_);
        body(&item);
        item.Finish();
      }
    }
  }

  void ReadAll() {
    EventObject root(document_.root, "", &issues_);
    event_.id = root.Text({"id"});
    event_.title = root.Text({"title"});
    event_.title_en = root.Text({"title_en"});
    event_.place = root.Text({"place"});
    event_.description = root.Text({"description"});
    event_.organisers = root.Texts({"organisers"});
    event_.published_needs = root.Texts({"published_needs"});
    event_.presented_offerings = root.Texts({"presented_offerings"});
    default_plan_.slot_minutes = root.Whole({"slot_minutes"}, 1, kMinutesOfDay);
    default_plan_.break_minutes = root.Whole({"break_minutes"}, 0, kMinutesOfDay);
    ForEach(&root, {"sessions"}, [&](EventObject* o) { ReadSession(o); });
    ReadTables(&root);
    ForEach(&root, {"slots"}, [&](EventObject* o) { ReadSlot(o); });
    ForEach(&root, {"teams"}, [&](EventObject* o) { ReadTeam(o, ""); });
    ForEach(&root, {"attendees", "people"}, [&](EventObject* o) { ReadPerson(o, ""); });
    if (const json* institute = root.Find({"institute"})) {
      EventObject object(*institute, "institute", &issues_);
      ReadInstitute(&object);
      object.Finish();
    }
    ForEach(&root, {"institutes"}, [&](EventObject* o) { ReadInstitute(o); });
    ForEach(&root, {"wishes"}, [&](EventObject* o) { ReadWish(o); });
    ForEach(&root, {"fixed"}, [&](EventObject* o) { ReadFixed(o); });
    ForEach(&root, {"excluded"}, [&](EventObject* o) { ReadExcluded(o); });
    ForEach(&root, {"absences"}, [&](EventObject* o) { ReadAbsence(o); });
    ForEach(&root, {"constraints", "rules"}, [&](EventObject* o) { ReadEventRule(o, &issues_, &event_, &demo_rule_); });
    ForEach(&root, {"travel"}, [&](EventObject* o) { tours_.ReadWay(o); });
    ForEach(&root, {"tours"}, [&](EventObject* tour) {
      tours_.ReadTour(tour);
      ForEach(tour, {"stops"}, [&](EventObject* o) { ReadStop(o, tours_.last()); });
    });
    ForEach(&root, {"tour_stops"}, [&](EventObject* o) { ReadStop(o, o->Text({"tour"})); });
    root.Finish();
  }

  // The id of an object, or `otherwise`, or an error.
  std::string IdOf(EventObject* object, const std::string& otherwise) {
    std::string id = object->Text({"id"});
    if (id.empty()) id = otherwise;
    if (id.empty()) issues_.Fail(object->At("id"), "is missing; give every item an id of its own");
    return id;
  }

  void Register(Ids* ids, const std::string& id, std::size_t index, EventObject* object, std::string_view what) {
    if (!ids->emplace(id, index).second) {
      issues_.Fail(object->At("id"), fmt::format("{} \"{}\" is given twice; ids must differ", what, id));
    }
  }

  void ReadSession(EventObject* object) {
    EventSession session;
    session.title = object->Text({"title"});
    session.id = IdOf(object, session.title);
    session.place = object->Text({"place"});
    session.start = object->Instant({"start"});
    session.end = object->Instant({"end"});
    object->CheckSpan(session.start, session.end);
    ForEach(object, {"plenary"}, [&](EventObject* o) {
      EventPlenary plenary;
      plenary.title = o->Text({"title"});
      plenary.start = o->Instant({"start"});
      plenary.end = o->Instant({"end"});
      plenary.needs = o->Texts({"needs"});
      plenary.offerings = o->Texts({"offerings"});
      o->CheckSpan(plenary.start, plenary.end);
      session.plenary.push_back(std::move(plenary));
    });
    SlotPlan plan;
    plan.slot_minutes = object->Whole({"slot_minutes"}, 1, kMinutesOfDay);
    plan.break_minutes = object->Whole({"break_minutes"}, 0, kMinutesOfDay);
    plan.tables = object->Texts({"tables"});
    where_sessions_.push_back(object->where());
    slot_plans_.push_back(std::move(plan));
    Register(&session_ids_, session.id, event_.sessions.size(), object, "session");
    event_.sessions.push_back(std::move(session));
  }

  void ReadTables(EventObject* root) {
    const json* tables = root->Find({"tables"});
    if (tables != nullptr && tables->is_number()) {  // just how many: T1, T2, ...
      const int count = root->Whole({"tables"}, 1, kManyMeetings).value_or(0);
      for (int t = 1; t <= count; ++t) {
        EventTable table;
        table.id = fmt::format("T{}", t);
        table_ids_.emplace(table.id, event_.tables.size());
        event_.tables.push_back(std::move(table));
      }
      return;
    }
    ForEach(root, {"tables"}, [&](EventObject* o) {
      EventTable table;
      table.id = IdOf(o, "");
      table.room = o->Text({"room"});
      table.demo_bench = o->Flag({"demo_bench", "demo"});
      Register(&table_ids_, table.id, event_.tables.size(), o, "table");
      event_.tables.push_back(std::move(table));
    });
  }

  void ReadSlot(EventObject* object) {
    EventSlot slot;
    slot.id = IdOf(object, "");
    slot.session = object->Text({"session"});
    slot.start = object->Instant({"start"});
    slot.end = object->Instant({"end"});
    object->CheckSpan(slot.start, slot.end);
    slot_has_tables_.push_back(object->Find({"tables"}) != nullptr);
    slot.tables = object->Texts({"tables"});
    where_slots_.push_back(object->where());
    Register(&slot_ids_, slot.id, event_.slots.size(), object, "slot");
    event_.slots.push_back(std::move(slot));
  }

  void ReadTeam(EventObject* object, const std::string& party) {
    EventTeam team;
    team.name = object->Text({"name"});
    team.id = IdOf(object, team.name);
    team.party = object->Text({"party"});
    if (team.party.empty()) team.party = party;
    team.offerings = object->Texts({"offerings", "offering"});
    team.needs = object->Texts({"needs", "need"});
    team.hosts = object->Texts({"hosts"});
    team.members = object->Texts({"members"});
    if (team.hosts.empty()) team.hosts = team.members;
    team.max_meetings = object->Whole({"max_meetings"}, 0, kManyMeetings);
    team.max_per_session = object->Whole({"max_per_session"}, 0, kManyMeetings);
    team.table = object->Text({"table", "booth"});
    where_teams_.push_back(object->where());
    Register(&team_ids_, team.id, event_.teams.size(), object, "team");
    event_.teams.push_back(std::move(team));
  }

  void ReadPerson(EventObject* object, const std::string& party) {
    EventPerson person;
    person.name = object->Text({"name"});
    person.id = IdOf(object, person.name);
    person.party = object->Text({"party", "firm"});
    if (person.party.empty()) person.party = party;
    person.role = object->Text({"role"});
    person.region = object->Text({"region"});
    person.district = object->Text({"district"});
    person.needs = object->Texts({"needs", "holds_needs"});
    person.offerings = object->Texts({"offerings", "holds_offerings"});
    person.interests = object->Texts({"interests"});
    person.languages = object->Texts({"languages"});
    person.interpreter = object->Flag({"interpreter"});
    person.absent_slots = object->Texts({"absent_slots"});
    person.max_meetings = object->Whole({"max_meetings"}, 0, kManyMeetings);
    where_people_.push_back(object->where());
    Register(&person_ids_, person.id, event_.people.size(), object, "person");
    event_.people.push_back(std::move(person));
  }

  void ReadInstitute(EventObject* object) {
    const std::string name = object->Text({"name"});
    ForEach(object, {"teams"}, [&](EventObject* o) { ReadTeam(o, name); });
    ForEach(object, {"members", "people"}, [&](EventObject* o) { ReadPerson(o, name); });
  }

  void ReadWish(EventObject* object) {
    EventWish wish;
    wish.id = IdOf(object, fmt::format("W{}", event_.wishes.size() + 1));
    wish.person = object->Text({"person"});
    if (wish.person.empty()) wish.party = object->Text({"party", "firm"});
    wish.team = object->Text({"team"});
    wish.priority = object->Whole({"priority"}, 1, 3).value_or(2);
    wish.need = object->Text({"need"});
    wish.offering = object->Text({"offering"});
    wish.topic = object->Text({"topic"});
    wish.demo_table = object->Flag({"needs_demo_table", "demo_table"});
    where_wishes_.push_back(object->where());
    Register(&wish_ids_, wish.id, event_.wishes.size(), object, "wish");
    event_.wishes.push_back(std::move(wish));
  }

  void ReadFixed(EventObject* object) {
    EventFixed fixed;
    fixed.person = object->Text({"person"});
    fixed.team = object->Text({"team"});
    fixed.slot = object->Text({"slot"});
    fixed.table = object->Text({"table"});
    where_fixed_.push_back(object->where());
    event_.fixed.push_back(std::move(fixed));
  }

  void ReadExcluded(EventObject* object) {
    Exclusion exclusion;
    exclusion.where = object->where();
    exclusion.person = object->Text({"person"});
    exclusion.party = object->Text({"party", "firm"});
    exclusion.team = object->Text({"team"});
    if (exclusion.person.empty() && exclusion.party.empty()) {
      issues_.Fail(object->At("person"), "is missing; name a person or a party that must not meet the team");
    }
    exclusions_.push_back(std::move(exclusion));
  }

  void ReadAbsence(EventObject* object) {
    Absence absence;
    absence.where = object->where();
    absence.person = object->Text({"person"});
    absence.slots = object->Texts({"slots", "slot"});
    absence.session = object->Text({"session"});
    absence.start = object->Instant({"start"});
    absence.end = object->Instant({"end"});
    object->CheckSpan(absence.start, absence.end);
    if (absence.slots.empty() && absence.session.empty() && !absence.start && !absence.end) {
      issues_.Fail(object->where(), "says no time; give slots, a session, or start and end");
    }
    absences_.push_back(std::move(absence));
  }

  void ReadStop(EventObject* object, const std::string& tour) {
    tours_.ReadStop(object, tour);
    ForEach(object, {"windows"}, [&](EventObject* o) { tours_.ReadWindow(o); });
  }

  // ---- Connecting ----

  void Connect() {
    if (event_.slots.empty()) MakeSlots();
    FillTables();
    ConnectTeams();
    ConnectAbsences();
    ConnectWishes();
    ConnectRules();
    tours_.Connect(&event_, [&](const std::string& name, const std::string& where) {
      return Resolve(person_ids_, event_.people, name, where, "person");
    });
    if (!issues_.failed()) CheckEvent(event_, &issues_);
  }

  // The id that `text` means among `items`, by id or by a name that only one has; "" and an error otherwise.
  template <typename Item>
  std::string Resolve(const Ids& ids, const std::vector<Item>& items, const std::string& text, const std::string& where,
                      std::string_view what) {
    if (text.empty()) {
      issues_.Fail(where, fmt::format("is missing; name a {}", what));
      return {};
    }
    if (ids.contains(text)) return text;
    std::string found;
    for (const Item& item : items) {
      if (NameOf(item) != text) continue;
      if (!found.empty()) {
        issues_.Fail(where, fmt::format("\"{}\" is the name of more than one {}; use the id", text, what));
        return {};
      }
      found = item.id;
    }
    if (found.empty())
      issues_.Fail(where, fmt::format("names the {} \"{}\", which the event does not have", what, text));
    return found;
  }
  static const std::string& NameOf(const EventPerson& person) { return person.name; }
  static const std::string& NameOf(const EventTeam& team) { return team.name; }
  static const std::string& NameOf(const EventSession& session) { return session.title; }
  static const std::string& NameOf(const EventSlot& slot) { return slot.id; }
  static const std::string& NameOf(const EventTable& table) { return table.id; }

  void MakeSlots() {
    for (std::size_t i = 0; i < event_.sessions.size(); ++i) {
      const EventSession& session = event_.sessions[i];
      const SlotPlan& plan = slot_plans_[i];
      const std::optional<int> minutes = plan.slot_minutes ? plan.slot_minutes : default_plan_.slot_minutes;
      if (!minutes) continue;
      if (!session.start || !session.end) {
        issues_.Fail(where_sessions_[i], "has slot_minutes but not both start and end; slots cannot be made");
        return;
      }
      const int pause = plan.break_minutes.value_or(default_plan_.break_minutes.value_or(0));
      if (!MakeSessionSlots(session, *minutes, pause, &event_.slots)) {
        issues_.Fail(where_sessions_[i], "makes more slots than any event needs; check start, end and slot_minutes");
        return;
      }
      for (std::size_t s = where_slots_.size(); s < event_.slots.size(); ++s) {
        event_.slots[s].tables = plan.tables;
        slot_ids_.emplace(event_.slots[s].id, s);
        where_slots_.push_back(where_sessions_[i]);
        slot_has_tables_.push_back(!plan.tables.empty());
      }
    }
  }

  void FillTables() {
    for (std::size_t i = 0; i < event_.slots.size(); ++i) {
      EventSlot& slot = event_.slots[i];
      if (slot.session.empty()) {
        if (event_.sessions.size() > 1) {
          issues_.Fail(MemberOf(where_slots_[i], "session"), "is missing; the event has several sessions");
        } else if (event_.sessions.size() == 1) {
          slot.session = event_.sessions.front().id;
        }
      } else {
        slot.session =
            Resolve(session_ids_, event_.sessions, slot.session, MemberOf(where_slots_[i], "session"), "session");
      }
      if (!slot_has_tables_[i] || (slot.tables.empty() && where_slots_[i].starts_with("sheet "))) {
        slot.tables.clear();
        for (const EventTable& table : event_.tables) slot.tables.push_back(table.id);
      }
      std::set<std::string> seen;
      for (std::string& table : slot.tables) {
        table = Resolve(table_ids_, event_.tables, table, MemberOf(where_slots_[i], "tables"), "table");
        if (!seen.insert(table).second) {
          issues_.Fail(MemberOf(where_slots_[i], "tables"), fmt::format("names the table \"{}\" twice", table));
        }
      }
      if (slot.tables.empty()) issues_.Warn(fmt::format("{}: slot {} has no table", where_slots_[i], slot.id));
      const auto session = session_ids_.find(slot.session);
      if (session == session_ids_.end()) continue;
      const EventSession& around = event_.sessions[session->second];
      if ((slot.start && around.start && *slot.start < *around.start) ||
          (slot.end && around.end && *slot.end > *around.end)) {
        issues_.Warn(fmt::format("{}: slot {} lies outside its session {}", where_slots_[i], slot.id, around.id));
      }
    }
  }

  void ConnectTeams() {
    for (std::size_t i = 0; i < event_.teams.size(); ++i) {
      EventTeam& team = event_.teams[i];
      const auto connect = [&](std::vector<std::string>* list, std::string_view name) {
        std::vector<std::string> ids;
        for (const std::string& text : *list) {
          std::string id = Resolve(person_ids_, event_.people, text, MemberOf(where_teams_[i], name), "person");
          if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
        }
        *list = std::move(ids);
      };
      if (!team.table.empty()) {
        team.table = Resolve(table_ids_, event_.tables, team.table, MemberOf(where_teams_[i], "table"), "table");
        for (std::size_t j = 0; j < i; ++j) {
          if (event_.teams[j].table != team.table) continue;
          issues_.Fail(MemberOf(where_teams_[i], "table"),
                       fmt::format("table {} is team {}'s own already", team.table, event_.teams[j].id));
        }
      }
      connect(&team.hosts, "hosts");
      connect(&team.members, "members");
      for (const std::string& host : team.hosts) {
        if (std::find(team.members.begin(), team.members.end(), host) == team.members.end()) {
          team.members.push_back(host);
        }
      }
    }
  }

  void AddAbsence(EventPerson* person, const std::string& slot) {
    if (std::find(person->absent_slots.begin(), person->absent_slots.end(), slot) == person->absent_slots.end()) {
      person->absent_slots.push_back(slot);
    }
  }

  void ConnectAbsences() {
    for (std::size_t i = 0; i < event_.people.size(); ++i) {
      for (std::string& slot : event_.people[i].absent_slots) {
        slot = Resolve(slot_ids_, event_.slots, slot, MemberOf(where_people_[i], "absent_slots"), "slot");
      }
    }
    for (const Absence& absence : absences_) {
      const std::string id =
          Resolve(person_ids_, event_.people, absence.person, MemberOf(absence.where, "person"), "person");
      if (issues_.failed()) return;
      EventPerson* person = &event_.people[person_ids_.find(id)->second];
      for (const std::string& slot : absence.slots) {
        AddAbsence(person, Resolve(slot_ids_, event_.slots, slot, MemberOf(absence.where, "slots"), "slot"));
      }
      std::string session;
      if (!absence.session.empty()) {
        session =
            Resolve(session_ids_, event_.sessions, absence.session, MemberOf(absence.where, "session"), "session");
      }
      if (!absence.start && !absence.end && absence.session.empty()) continue;
      for (const EventSlot& slot : event_.slots) {
        if (!session.empty() && slot.session != session) continue;
        const bool before = absence.start && slot.end && *slot.end <= *absence.start;
        const bool after = absence.end && slot.start && *slot.start >= *absence.end;
        if (!before && !after) AddAbsence(person, slot.id);
      }
    }
  }

  void ConnectWishes() {
    std::map<std::pair<std::string, std::string>, std::string> seen;
    const auto is_member = [&](const std::string& team, const std::string& person) {
      const auto& members = event_.teams[team_ids_.find(team)->second].members;
      return std::find(members.begin(), members.end(), person) != members.end();
    };
    const auto connect = [&](std::string* person, std::string* team, const std::string& where) {
      *person = Resolve(person_ids_, event_.people, *person, MemberOf(where, "person"), "person");
      *team = Resolve(team_ids_, event_.teams, *team, MemberOf(where, "team"), "team");
      if (!issues_.failed() && is_member(*team, *person)) {
        issues_.Fail(where, fmt::format("person {} belongs to team {} and cannot meet it", *person, *team));
      }
    };
    for (std::size_t i = 0; i < event_.wishes.size() && !issues_.failed(); ++i) {
      EventWish& wish = event_.wishes[i];
      if (wish.party.empty()) {
        connect(&wish.person, &wish.team, where_wishes_[i]);
      } else {
        wish.team = Resolve(team_ids_, event_.teams, wish.team, MemberOf(where_wishes_[i], "team"), "team");
        if (std::ranges::count(event_.people, wish.party, &EventPerson::party) == 0) {
          issues_.Fail(MemberOf(where_wishes_[i], "party"),
                       fmt::format("nobody of \"{}\" is at the event", wish.party));
        }
      }
      const auto [first, fresh] = seen.emplace(std::pair(wish.person + wish.party, wish.team), wish.id);
      if (!fresh) {
        issues_.Warn(fmt::format("{}: wish {} asks for the same meeting as wish {}: both are kept", where_wishes_[i],
                                 wish.id, first->second));
      }
    }
    for (std::size_t i = 0; i < event_.fixed.size() && !issues_.failed(); ++i) {
      EventFixed& fixed = event_.fixed[i];
      const std::string& where = where_fixed_[i];
      connect(&fixed.person, &fixed.team, where);
      if (!fixed.slot.empty()) {
        fixed.slot = Resolve(slot_ids_, event_.slots, fixed.slot, MemberOf(where, "slot"), "slot");
      }
      if (!fixed.table.empty()) {
        fixed.table = Resolve(table_ids_, event_.tables, fixed.table, MemberOf(where, "table"), "table");
      }
      if (issues_.failed() || fixed.slot.empty() || fixed.table.empty()) continue;
      const auto& tables = event_.slots[slot_ids_.find(fixed.slot)->second].tables;
      if (std::find(tables.begin(), tables.end(), fixed.table) == tables.end()) {
        issues_.Fail(MemberOf(where, "table"), fmt::format("table {} is not used in slot {}; its tables are {}",
                                                           fixed.table, fixed.slot, fmt::join(tables, ", ")));
      }
    }
    for (const Exclusion& exclusion : exclusions_) {
      const std::string team =
          Resolve(team_ids_, event_.teams, exclusion.team, MemberOf(exclusion.where, "team"), "team");
      if (!exclusion.person.empty()) {
        event_.excluded.emplace_back(
            Resolve(person_ids_, event_.people, exclusion.person, MemberOf(exclusion.where, "person"), "person"), team);
        continue;
      }
      bool found = false;
      for (const EventPerson& person : event_.people) {
        if (person.party != exclusion.party) continue;
        event_.excluded.emplace_back(person.id, team);
        found = true;
      }
      if (!found) {
        issues_.Fail(MemberOf(exclusion.where, "party"),
                     fmt::format("nobody of \"{}\" is at the event", exclusion.party));
      }
    }
  }

  void ConnectRules() {
    for (std::string& table : demo_rule_.tables) {
      table = Resolve(table_ids_, event_.tables, table, MemberOf(demo_rule_.where, "tables"), "table");
    }
    event_.rules.demo_tables = demo_rule_.tables;
    if (event_.rules.demo_tables.empty()) {
      for (const EventTable& table : event_.tables) {
        if (table.demo_bench) event_.rules.demo_tables.push_back(table.id);
      }
    }
    if (!event_.rules.demo_tables.empty()) return;
    const bool wanted =
        std::any_of(event_.wishes.begin(), event_.wishes.end(), [](const EventWish& wish) { return wish.demo_table; });
    if (demo_rule_.stated) {
      issues_.Fail(demo_rule_.where, "asks for demo tables, but no table has demo_bench");
    } else if (wanted) {
      issues_.Warn("wishes ask for a demo table, but no table has demo_bench: every table counts as one");
    }
  }

  const EventDocument& document_;
  Event event_;
  EventIssues issues_;
  Ids session_ids_, table_ids_, slot_ids_, team_ids_, person_ids_, wish_ids_;
  std::vector<std::string> where_sessions_, where_slots_, where_teams_, where_people_, where_wishes_, where_fixed_;
  std::vector<bool> slot_has_tables_;
  SlotPlan default_plan_;
  std::vector<SlotPlan> slot_plans_;
  std::vector<Absence> absences_;
  std::vector<Exclusion> exclusions_;
  DemoRule demo_rule_;
  TourReader tours_{&issues_};
};

}  // namespace

absl::StatusOr<Event> EventFromDocument(const EventDocument& document) {
  return EventBuilder(document).Build();
}

}  // namespace magpie
