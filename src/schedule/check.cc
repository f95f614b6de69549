// The judge of a timetable: each rule from its own words, nothing of the scheduler used.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "judged_fair.h"

namespace magpie {
namespace {

class Judge : private JudgedFair {
 public:
  Judge(const Event& event, const std::vector<MeetingRequest>& requests, const Timetable& timetable)
      : JudgedFair(event, requests, timetable) {}

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
    for (const std::string& what : CheckTours(*this)) Break("tour", what);
    for (const std::string& what : FindForgotten(*this)) Break("complete", what);
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
      if (const int wait = LongestWait(key.first, key.second, slots); wait > *rules.max_idle_slots) {
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

  std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> CheckTimetable(const Event& event, const std::vector<MeetingRequest>& requests,
                                        const Timetable& timetable) {
  return Judge(event, requests, timetable).BrokenRules();
}

}  // namespace magpie
