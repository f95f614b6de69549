// The judge of a timetable: each rule from its own words, nothing of the scheduler used.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "magpie/schedule/schedule.h"

namespace magpie {
namespace {

class Judge {
 public:
  Judge(const Event& event, const std::vector<MeetingRequest>& requests, const Timetable& timetable)
      : event_(event), requests_(requests), timetable_(timetable) {}

  std::vector<std::string> BrokenRules() {
    if (!Completeness()) return broken_;  // the rest would look at things that are not there
    OnePlaceAtATime();
    Absences();
    Hosts();
    Tables();
    TeamLimits();
    GuestLimits();
    ConsecutiveLimit();
    OwnTablesAndWalkIns();
    Languages();
    GuestsWithinSessions();
    Substitutes();
    Promises();
    NothingLeftOut();
    BelowBound();
    return broken_;
  }

 private:
  // "C1 (team_max_meetings): ...", with the organiser's own number where the event states the rule.
  void Break(std::string_view rule, const std::string& what) {
    for (const EventRuleText& stated : event_.stated_rules) {
      if (stated.rule == rule) {
        broken_.push_back(fmt::format("{} ({}): {}", stated.id, rule, what));
        return;
      }
    }
    broken_.push_back(fmt::format("{}: {}", rule, what));
  }

  const MeetingRequest& RequestOf(const Meeting& m) const { return requests_[static_cast<std::size_t>(m.request)]; }
  const EventPerson& Guest(const Meeting& m) const { return event_.people[static_cast<std::size_t>(m.guest)]; }
  const EventTeam& Team(const Meeting& m) const { return event_.teams[static_cast<std::size_t>(RequestOf(m).team)]; }
  const EventSlot& Slot(const Meeting& m) const { return event_.slots[static_cast<std::size_t>(m.slot)]; }
  const EventTable& Table(const Meeting& m) const { return event_.tables[static_cast<std::size_t>(m.table)]; }
  std::string HostId(const Meeting& m) const {
    return m.host < 0 ? std::string() : event_.people[static_cast<std::size_t>(m.host)].id;
  }

  // Who is at the meeting, by what they are there.
  std::vector<std::pair<std::string_view, const EventPerson*>> People(const Meeting& m) const {
    std::vector<std::pair<std::string_view, const EventPerson*>> people = {{"guest", &Guest(m)}};
    for (const auto& [what, index] : {std::pair("host", m.host), std::pair("interpreter", m.interpreter)}) {
      if (index >= 0) people.emplace_back(what, &event_.people[static_cast<std::size_t>(index)]);
    }
    return people;
  }
  std::vector<const EventPerson*> GuestsOf(const MeetingRequest& r) const {
    std::vector<const EventPerson*> guests = {&event_.people[static_cast<std::size_t>(r.person)]};
    for (std::int32_t other : r.others) guests.push_back(&event_.people[static_cast<std::size_t>(other)]);
    return guests;
  }

  static bool Has(const std::vector<std::string>& list, const std::string& id) {
    return std::find(list.begin(), list.end(), id) != list.end();
  }
  bool AtOnce(const EventSlot& a, const EventSlot& b) const {
    if (a.id == b.id) return true;
    return a.start && a.end && b.start && b.end && a.start->unix_seconds < b.end->unix_seconds &&
           b.start->unix_seconds < a.end->unix_seconds;
  }

  const std::string& PlaceOf(const EventSlot& slot) const {
    static const std::string kNowhere;
    const auto session = std::ranges::find(event_.sessions, slot.session, &EventSession::id);
    return session == event_.sessions.end() ? kNowhere : session->place;
  }
  // Nobody can be in both slots: they overlap, or the way takes longer than the time between them.
  bool Clash(const EventSlot& a, const EventSlot& b) const {
    if (AtOnce(a, b)) return true;
    const std::int64_t way = std::int64_t{60} * TravelMinutes(event_, PlaceOf(a), PlaceOf(b));
    const auto too_late = [&](const EventSlot& first, const EventSlot& second) {
      return first.end && second.start && first.end->unix_seconds <= second.start->unix_seconds &&
             first.end->unix_seconds + way > second.start->unix_seconds;
    };
    return too_late(a, b) || too_late(b, a);
  }

  bool Completeness() {
    const auto inside = [](std::int32_t index, std::size_t size) {
      return index >= 0 && static_cast<std::size_t>(index) < size;
    };
    std::vector<int> seen(requests_.size(), 0);
    bool sound = true;
    for (const Meeting& m : timetable_.meetings) {
      if (!inside(m.request, requests_.size()) || !inside(m.slot, event_.slots.size()) ||
          !inside(m.table, event_.tables.size()) || (m.host != -1 && !inside(m.host, event_.people.size())) ||
          !inside(m.guest, event_.people.size()) ||
          (m.interpreter != -1 && !inside(m.interpreter, event_.people.size()))) {
        Break("complete", fmt::format("a meeting has request {}, slot {}, table {}, host {}, guest {}, interpreter {}",
                                      m.request, m.slot, m.table, m.host, m.guest, m.interpreter));
        sound = false;
        continue;
      }
      ++seen[static_cast<std::size_t>(m.request)];
    }
    for (const Unplaced& u : timetable_.unplaced) {
      if (!inside(u.request, requests_.size())) {
        Break("complete", fmt::format("an unplaced entry names request {}", u.request));
        sound = false;
        continue;
      }
      ++seen[static_cast<std::size_t>(u.request)];
    }
    for (std::size_t r = 0; r < seen.size(); ++r) {
      if (seen[r] != 1) Break("complete", fmt::format("request {} is answered {} times", r, seen[r]));
      sound = sound && seen[r] == 1;
    }
    for (std::size_t i = 1; sound && i < timetable_.meetings.size(); ++i) {
      const Meeting &a = timetable_.meetings[i - 1], &b = timetable_.meetings[i];
      if (std::pair(a.slot, a.table) > std::pair(b.slot, b.table)) {
        Break("complete", fmt::format("meeting {} stands before one of an earlier slot or table", i - 1));
      }
    }
    return sound;
  }

  void OnePlaceAtATime() {
    std::map<std::string, std::vector<const Meeting*>> of_person;
    for (const Meeting& m : timetable_.meetings) {
      for (const auto& [what, person] : People(m)) of_person[person->id].push_back(&m);
    }
    for (const auto& [person, meetings] : of_person) {
      for (std::size_t i = 0; i < meetings.size(); ++i) {
        for (std::size_t j = i + 1; j < meetings.size(); ++j) {
          const EventSlot &a = Slot(*meetings[i]), &b = Slot(*meetings[j]);
          if (Clash(a, b) && !AtOnce(a, b)) {
            Break("travel_time", fmt::format("{} cannot come from slot {} to slot {} in time", person, a.id, b.id));
          } else if (AtOnce(a, b)) {
            Break("person_one_place", fmt::format("{} has two meetings at once, in slots {} and {} at tables {} and {}",
                                                  person, Slot(*meetings[i]).id, Slot(*meetings[j]).id,
                                                  Table(*meetings[i]).id, Table(*meetings[j]).id));
          }
        }
      }
    }
  }

  void Absences() {
    for (const Meeting& m : timetable_.meetings) {
      for (const auto& [what, person] : People(m)) {
        if (!Has(person->absent_slots, Slot(m).id)) continue;
        Break("absence", fmt::format("{}{} is absent in slot {}", what == "guest" ? "" : fmt::format("{} ", what),
                                     person->id, Slot(m).id));
      }
    }
  }

  void Hosts() {
    for (const Meeting& m : timetable_.meetings) {
      const EventTeam& team = Team(m);
      if (team.hosts.empty() ? m.host >= 0 : !Has(team.hosts, HostId(m))) {
        Break("host_required", fmt::format("slot {}, table {}: {} is no host of team {}", Slot(m).id, Table(m).id,
                                           m.host < 0 ? "nobody" : HostId(m), team.id));
      }
      if (!team.hosts.empty()) continue;
      for (const Meeting& other : timetable_.meetings) {
        if (&other > &m && RequestOf(other).team == RequestOf(m).team && AtOnce(Slot(other), Slot(m))) {
          Break("host_required",
                fmt::format("team {}, which names no hosts, has two meetings at once in slot {}", team.id, Slot(m).id));
        }
      }
    }
  }

  // Whose own table it is; nullptr = everybody's.
  const EventTeam* OwnerOf(const std::string& table) const {
    const auto team = std::ranges::find(event_.teams, table, &EventTeam::table);
    return team == event_.teams.end() ? nullptr : &*team;
  }

  void OwnTablesAndWalkIns() {
    std::map<std::string, std::int64_t> used;  // of each slot
    for (const Meeting& m : timetable_.meetings) {
      const EventTeam* owner = OwnerOf(Table(m).id);
      if (owner == nullptr) ++used[Slot(m).id];
      if (owner != nullptr ? owner->id != Team(m).id : !Team(m).table.empty()) {
        Break("own_table", fmt::format("team {} has a meeting at table {} in slot {}, which is not its own", Team(m).id,
                                       Table(m).id, Slot(m).id));
      }
    }
    for (const EventSlot& slot : event_.slots) {
      if (used[slot.id] > 0 && used[slot.id] > CommonTables(slot) - event_.rules.walk_in_tables) {
        Break("walk_ins", fmt::format("slot {} has {} meetings at {} tables, of which {} are kept free", slot.id,
                                      used[slot.id], CommonTables(slot), event_.rules.walk_in_tables));
      }
    }
  }
  std::int64_t CommonTables(const EventSlot& slot) const {
    return std::ranges::count_if(slot.tables, [&](const std::string& id) { return OwnerOf(id) == nullptr; });
  }

  static bool Share(const EventPerson& a, const EventPerson& b) {
    return std::ranges::any_of(a.languages, [&](const std::string& l) { return Has(b.languages, l); });
  }
  bool NeedInterpreter(const EventPerson& guest, const EventPerson& host) const {
    return event_.rules.common_language && !guest.languages.empty() && !host.languages.empty() && !Share(guest, host);
  }
  bool CanInterpret(const EventPerson& person, const EventPerson& guest, const EventPerson& host) const {
    return person.interpreter && person.id != guest.id && person.id != host.id && Share(person, guest) &&
           Share(person, host);
  }

  void Languages() {
    for (const Meeting& m : timetable_.meetings) {
      if (m.host < 0) continue;
      const EventPerson& host = event_.people[static_cast<std::size_t>(m.host)];
      const bool helped =
          m.interpreter >= 0 && CanInterpret(event_.people[static_cast<std::size_t>(m.interpreter)], Guest(m), host);
      if (m.interpreter >= 0 ? !helped : NeedInterpreter(Guest(m), host)) {
        Break("language", fmt::format("{} and {} have no language in common in slot {}, and {}", Guest(m).id, host.id,
                                      Slot(m).id, m.interpreter < 0 ? "no interpreter" : "an unfit interpreter"));
      }
    }
  }

  // The longest wait, in slots, between two meetings of a guest within a session; -1 = fewer than two.
  int LongestWait(const std::string& session, const std::set<std::string>& slots) const {
    int longest = -1, last = -1, at = 0;
    for (const std::set<std::string>& step : StepsOf(session)) {
      if (std::ranges::any_of(step, [&](const auto& id) { return slots.contains(id); })) {
        if (last >= 0) longest = std::max(longest, at - last - 1);
        last = at;
      }
      ++at;
    }
    return longest;
  }

  void GuestsWithinSessions() {
    std::map<std::pair<std::string, std::string>, std::set<std::string>> visits;  // guest, session -> slots
    for (const Meeting& m : timetable_.meetings) visits[{Guest(m).id, Slot(m).session}].insert(Slot(m).id);
    const EventRules& rules = event_.rules;
    for (const auto& [key, slots] : visits) {
      if (rules.max_consecutive_guest > 0 && LongestRun(StepsOf(key.second), slots) > rules.max_consecutive_guest) {
        Break("consecutive_limit", fmt::format("guest {} has more than {} meetings in a row in session {}", key.first,
                                               rules.max_consecutive_guest, key.second));
      }
      if (!rules.max_idle_slots || rules.idle_slots_soft) continue;
      if (const int wait = LongestWait(key.second, slots); wait > *rules.max_idle_slots) {
        Break("idle_limit", fmt::format("guest {} waits {} slots in session {}, the limit is {}", key.first, wait,
                                        key.second, *rules.max_idle_slots));
      }
    }
  }

  void Substitutes() {
    std::map<std::int32_t, std::int32_t> stands_in;  // request -> its substitute
    std::set<std::int32_t> placed;
    for (const Meeting& m : timetable_.meetings) placed.insert(m.request);
    for (const Meeting& m : timetable_.meetings) {
      const std::int32_t first = RequestOf(m).instead_of;
      if (first < 0) continue;
      if (placed.contains(first) || !stands_in.emplace(first, m.request).second) {
        Break("substitutes", fmt::format("request {} stands in for request {}, which needs none", m.request, first));
      }
    }
    std::map<std::int32_t, std::int32_t> told;
    for (const Substitution& s : timetable_.substitutions) {
      told.emplace(s.request, s.by);
      if (stands_in.contains(s.request) &&
          s.gain_lost != requests_[static_cast<std::size_t>(s.request)].gain -
                             requests_[static_cast<std::size_t>(stands_in[s.request])].gain) {
        Break("substitutes", fmt::format("the gain lost with request {} is not {}", s.request, s.gain_lost));
      }
    }
    if (told != stands_in) Break("substitutes", "the substitutions that are told are not those that were made");
  }

  void Tables() {
    std::map<std::string, std::vector<const Meeting*>> at_table;
    for (const Meeting& m : timetable_.meetings) {
      at_table[Table(m).id].push_back(&m);
      if (!Has(Slot(m).tables, Table(m).id)) {
        Break("table_capacity", fmt::format("table {} is not used in slot {}", Table(m).id, Slot(m).id));
      }
      if (RequestOf(m).demo_table && !event_.rules.demo_tables.empty() && !Has(event_.rules.demo_tables, Table(m).id)) {
        Break("demo_table", fmt::format("request {} needs a demo table but has table {} in slot {}", m.request,
                                        Table(m).id, Slot(m).id));
      }
    }
    for (const auto& [table, meetings] : at_table) {
      for (std::size_t i = 0; i < meetings.size(); ++i) {
        for (std::size_t j = i + 1; j < meetings.size(); ++j) {
          if (AtOnce(Slot(*meetings[i]), Slot(*meetings[j]))) {
            Break("table_capacity", fmt::format("table {} has two meetings at once, in slots {} and {}", table,
                                                Slot(*meetings[i]).id, Slot(*meetings[j]).id));
          }
        }
      }
    }
  }

  void TeamLimits() {
    std::map<std::string, int> of_team;
    std::map<std::pair<std::string, std::string>, int> of_session;
    for (const Meeting& m : timetable_.meetings) {
      ++of_team[Team(m).id];
      ++of_session[{Team(m).id, Slot(m).session}];
    }
    for (const EventTeam& team : event_.teams) {
      if (team.max_meetings && of_team[team.id] > *team.max_meetings) {
        Break("team_max_meetings",
              fmt::format("team {} has {} meetings, its limit is {}", team.id, of_team[team.id], *team.max_meetings));
      }
      for (const auto& [key, count] : of_session) {
        if (key.first == team.id && team.max_per_session && count > *team.max_per_session) {
          Break("team_max_meetings", fmt::format("team {} has {} meetings in session {}, its limit is {}", team.id,
                                                 count, key.second, *team.max_per_session));
        }
      }
    }
  }

  void GuestLimits() {
    std::map<std::string, int> of_guest;
    for (const Meeting& m : timetable_.meetings) ++of_guest[Guest(m).id];
    for (const EventPerson& person : event_.people) {
      const int limit = LimitOf(person);
      if (limit >= 0 && of_guest[person.id] > limit) {
        Break("person_max_meetings",
              fmt::format("{} has {} meetings, the limit is {}", person.id, of_guest[person.id], limit));
      }
    }
  }
  int LimitOf(const EventPerson& person) const {  // -1 = none
    if (person.max_meetings) return *person.max_meetings;
    const int everybody = event_.rules.default_max_meetings_per_person;
    return everybody > 0 ? everybody : -1;
  }

  // The slots of a session in the order of time; those that start together are one step.
  std::vector<std::set<std::string>> StepsOf(const std::string& session) const {
    std::vector<const EventSlot*> slots;
    for (const EventSlot& slot : event_.slots) {
      if (slot.session == session) slots.push_back(&slot);
    }
    const bool timed = std::all_of(slots.begin(), slots.end(), [](const EventSlot* s) { return s->start.has_value(); });
    std::vector<std::set<std::string>> steps;
    if (!timed) {
      for (const EventSlot* slot : slots) steps.push_back({slot->id});
      return steps;
    }
    std::map<std::int64_t, std::set<std::string>> by_start;
    for (const EventSlot* slot : slots) by_start[slot->start->unix_seconds].insert(slot->id);
    for (auto& [start, ids] : by_start) steps.push_back(std::move(ids));
    return steps;
  }

  int LongestRun(const std::vector<std::set<std::string>>& steps, const std::set<std::string>& hosted) const {
    int longest = 0, run = 0;
    for (const std::set<std::string>& step : steps) {
      const bool hosts = std::any_of(step.begin(), step.end(), [&](const auto& id) { return hosted.contains(id); });
      run = hosts ? run + 1 : 0;
      longest = std::max(longest, run);
    }
    return longest;
  }

  void ConsecutiveLimit() {
    if (event_.rules.max_consecutive == 0) return;
    std::map<std::pair<std::string, std::string>, std::set<std::string>> hosted;  // host, session -> slots
    for (const Meeting& m : timetable_.meetings) {
      if (m.host >= 0) hosted[{HostId(m), Slot(m).session}].insert(Slot(m).id);
    }
    for (const auto& [key, slots] : hosted) {
      const int run = LongestRun(StepsOf(key.second), slots);
      if (run > event_.rules.max_consecutive) {
        Break("consecutive_limit", fmt::format("host {} receives in {} slots in a row in session {}, the limit is {}",
                                               key.first, run, key.second, event_.rules.max_consecutive));
      }
    }
  }

  bool IsExcluded(const MeetingRequest& r) const {
    if (r.declined) return true;
    return std::ranges::all_of(GuestsOf(r), [&](const EventPerson* guest) { return KeptApart(r, *guest); });
  }
  bool KeptApart(const MeetingRequest& r, const EventPerson& guest) const {
    const std::pair pair(guest.id, event_.teams[static_cast<std::size_t>(r.team)].id);
    return std::ranges::find(event_.excluded, pair) != event_.excluded.end();
  }

  // What was decided or promised: fixed, required, excluded, priority 1.
  void Promises() {
    for (const Meeting& m : timetable_.meetings) {
      const MeetingRequest& r = RequestOf(m);
      if ((r.fixed_slot >= 0 && r.fixed_slot != m.slot) || (r.fixed_table >= 0 && r.fixed_table != m.table)) {
        Break("fixed", fmt::format("request {} is not where it was fixed but in slot {} at table {}", m.request,
                                   Slot(m).id, Table(m).id));
      }
      if (r.declined || KeptApart(r, Guest(m))) {
        Break("excluded", fmt::format("{} meets team {}", Guest(m).id, Team(m).id));
      }
      if (std::ranges::count(GuestsOf(r), &Guest(m)) == 0) {
        Break("guest", fmt::format("{} goes to team {} but did not ask to", Guest(m).id, Team(m).id));
      }
    }
    for (const Unplaced& u : timetable_.unplaced) {
      const MeetingRequest& r = requests_[static_cast<std::size_t>(u.request)];
      if (r.required) Break("fixed", fmt::format("the required request {} is not held", u.request));
      if (event_.rules.priority_one_required && r.priority == 1 && !r.declined) {
        Break("published_first", fmt::format("request {} of priority 1 is not held", u.request));
      }
      const UnplacedReason refused = r.declined ? UnplacedReason::kDeclined : UnplacedReason::kExcluded;
      if (IsExcluded(r) != (u.reason == refused)) {
        Break("excluded", fmt::format("request {} gives the reason {}", u.request, UnplacedReasonName(u.reason)));
      }
    }
    // Two fixed meetings of one pair need two meetings.
    std::vector<bool> used(timetable_.meetings.size(), false);
    for (const EventFixed& fixed : event_.fixed) {
      bool held = false;
      for (std::size_t i = 0; i < used.size() && !held; ++i) {
        const Meeting& m = timetable_.meetings[i];
        held = !used[i] && Guest(m).id == fixed.person && Team(m).id == fixed.team &&
               (fixed.slot.empty() || Slot(m).id == fixed.slot) && (fixed.table.empty() || Table(m).id == fixed.table);
        used[i] = used[i] || held;
      }
      if (!held) {
        Break("fixed", fmt::format("the fixed meeting of {} with team {}{}{} is not held", fixed.person, fixed.team,
                                   fixed.slot.empty() ? "" : " in slot " + fixed.slot,
                                   fixed.table.empty() ? "" : " at table " + fixed.table));
      }
    }
  }

  void BelowBound() {
    std::vector<int> counts(5, 0);
    int placed = 0;
    for (const Meeting& m : timetable_.meetings) {
      const MeetingRequest& r = RequestOf(m);
      if (r.instead_of >= 0) continue;
      ++placed;
      const bool held = r.required || (event_.rules.priority_one_required && r.priority == 1);
      ++counts[held ? 0 : static_cast<std::size_t>(r.priority)];
    }
    const TimetableBound& bound = timetable_.bound;
    if ((bound.meetings >= 0 && placed > bound.meetings) || (!bound.by_class.empty() && counts > bound.by_class)) {
      Break("bound", fmt::format("{} meetings exceed what is said to be possible, {}", placed, bound.meetings));
    }
  }

  // An open request that could simply be held besides all others was forgotten.
  void NothingLeftOut() {
    std::map<std::string, std::vector<const EventSlot*>> clashes, at_once;
    for (const EventSlot& a : event_.slots) {
      for (const EventSlot& b : event_.slots) {
        if (Clash(a, b)) clashes[a.id].push_back(&b);
        if (AtOnce(a, b)) at_once[a.id].push_back(&b);
      }
    }
    Occupied now;
    for (const Meeting& m : timetable_.meetings) {
      for (const EventSlot* slot : clashes[Slot(m).id]) {
        for (const auto& [what, person] : People(m)) now.busy.insert({person->id, slot->id});
        if (m.host < 0) now.booth.insert({Team(m).id, slot->id});
      }
      for (const EventSlot* slot : at_once[Slot(m).id]) {
        if (now.taken.insert({Table(m).id, slot->id}).second && OwnerOf(Table(m).id) == nullptr &&
            Has(slot->tables, Table(m).id)) {
          ++now.common_taken[slot->id];
        }
      }
      ++now.of_guest[Guest(m).id];
      ++now.of_team[Team(m).id];
      ++now.of_session[{Team(m).id, Slot(m).session}];
      now.visits[{Guest(m).id, Slot(m).session}].insert(Slot(m).id);
      if (m.host >= 0) now.hosted[{HostId(m), Slot(m).session}].insert(Slot(m).id);
      now.placed.insert(m.request);
      if (RequestOf(m).instead_of >= 0) now.stood_in_for.insert(RequestOf(m).instead_of);
    }
    for (const EventPerson& person : event_.people) people_.emplace(person.id, &person);
    for (const Unplaced& u : timetable_.unplaced) {
      const MeetingRequest& r = requests_[static_cast<std::size_t>(u.request)];
      if (IsExcluded(r) || now.stood_in_for.contains(u.request) ||
          (r.instead_of >= 0 && (now.placed.contains(r.instead_of) || now.stood_in_for.contains(r.instead_of)))) {
        continue;
      }
      const auto could = [&](const EventSlot& slot) { return CouldBeHeld(r, slot, now); };
      if (const auto slot = std::ranges::find_if(event_.slots, could); slot != event_.slots.end()) {
        Break("complete", fmt::format("request {} is not placed ({}) but could be held in slot {}", u.request,
                                      UnplacedReasonName(u.reason), slot->id));
      }
    }
  }

  using Pair = std::pair<std::string, std::string>;
  // What the meetings take.
  struct Occupied {
    std::set<Pair> busy;   // person, slot
    std::set<Pair> taken;  // table, slot
    std::set<Pair> booth;  // team without hosts, slot
    std::map<std::string, int> of_guest, of_team, common_taken;
    std::map<Pair, int> of_session;                // team, session
    std::map<Pair, std::set<std::string>> hosted;  // host, session
    std::map<Pair, std::set<std::string>> visits;  // guest, session
    std::set<std::int32_t> placed, stood_in_for;
  };

  bool IsFree(const EventPerson& person, const EventSlot& slot, const Occupied& now) const {
    return !Has(person.absent_slots, slot.id) && !now.busy.contains({person.id, slot.id});
  }

  template <typename Slots>
  std::set<std::string> With(const Slots& slots, const std::string& person, const EventSlot& slot) const {
    std::set<std::string> with;
    if (const auto held = slots.find({person, slot.session}); held != slots.end()) with = held->second;
    with.insert(slot.id);
    return with;
  }

  bool CouldBeHeld(const MeetingRequest& r, const EventSlot& slot, const Occupied& now) const {
    const EventTeam& team = event_.teams[static_cast<std::size_t>(r.team)];
    const auto count = [](const auto& counts, const auto& key) {
      const auto at = counts.find(key);
      return at == counts.end() ? 0 : at->second;
    };
    if ((r.fixed_slot >= 0 && &event_.slots[static_cast<std::size_t>(r.fixed_slot)] != &slot) ||
        (team.max_meetings && count(now.of_team, team.id) >= *team.max_meetings) ||
        (team.max_per_session && count(now.of_session, Pair(team.id, slot.session)) >= *team.max_per_session)) {
      return false;
    }
    const auto free_table = [&](const std::string& id) {
      const EventTeam* owner = OwnerOf(id);
      const bool elsewhere = r.fixed_table >= 0 && event_.tables[static_cast<std::size_t>(r.fixed_table)].id != id;
      return !elsewhere && !now.taken.contains({id, slot.id}) &&
             (owner == nullptr ? team.table.empty() : owner->id == team.id) &&
             (!r.demo_table || event_.rules.demo_tables.empty() || Has(event_.rules.demo_tables, id));
    };
    const bool kept =
        team.table.empty() && CommonTables(slot) - count(now.common_taken, slot.id) <= event_.rules.walk_in_tables;
    if (kept || std::ranges::none_of(slot.tables, free_table)) return false;
    const EventRules& rules = event_.rules;
    for (const EventPerson* guest : GuestsOf(r)) {
      const int limit = LimitOf(*guest);
      if (KeptApart(r, *guest) || !IsFree(*guest, slot, now) ||
          (limit >= 0 && count(now.of_guest, guest->id) >= limit)) {
        continue;
      }
      const auto steps = StepsOf(slot.session);
      const std::set<std::string> with = With(now.visits, guest->id, slot);
      if (rules.max_consecutive_guest > 0 && LongestRun(steps, with) > rules.max_consecutive_guest) continue;
      if (rules.max_idle_slots && !rules.idle_slots_soft && LongestWait(slot.session, with) > *rules.max_idle_slots) {
        continue;
      }
      if (team.hosts.empty()) {
        if (!now.booth.contains({team.id, slot.id})) return true;
        continue;
      }
      for (const std::string& id : team.hosts) {
        const EventPerson& host = *people_.at(id);
        if (id == guest->id || !IsFree(host, slot, now) ||
            (rules.max_consecutive > 0 && LongestRun(steps, With(now.hosted, id, slot)) > rules.max_consecutive)) {
          continue;
        }
        const auto helps = [&](const EventPerson& p) { return CanInterpret(p, *guest, host) && IsFree(p, slot, now); };
        if (!NeedInterpreter(*guest, host) || std::ranges::any_of(event_.people, helps)) return true;
      }
    }
    return false;
  }

  const Event& event_;
  const std::vector<MeetingRequest>& requests_;
  const Timetable& timetable_;
  std::map<std::string, const EventPerson*> people_;
  std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> CheckTimetable(const Event& event, const std::vector<MeetingRequest>& requests,
                                        const Timetable& timetable) {
  return Judge(event, requests, timetable).BrokenRules();
}

}  // namespace magpie
