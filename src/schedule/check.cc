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
  const EventPerson& Guest(const Meeting& m) const {
    return event_.people[static_cast<std::size_t>(RequestOf(m).person)];
  }
  const EventTeam& Team(const Meeting& m) const { return event_.teams[static_cast<std::size_t>(RequestOf(m).team)]; }
  const EventSlot& Slot(const Meeting& m) const { return event_.slots[static_cast<std::size_t>(m.slot)]; }
  const EventTable& Table(const Meeting& m) const { return event_.tables[static_cast<std::size_t>(m.table)]; }
  std::string HostId(const Meeting& m) const {
    return m.host < 0 ? std::string() : event_.people[static_cast<std::size_t>(m.host)].id;
  }

  static bool Has(const std::vector<std::string>& list, const std::string& id) {
    return std::find(list.begin(), list.end(), id) != list.end();
  }
  bool AtOnce(const EventSlot& a, const EventSlot& b) const {
    if (a.id == b.id) return true;
    return a.start && a.end && b.start && b.end && a.start->unix_seconds < b.end->unix_seconds &&
           b.start->unix_seconds < a.end->unix_seconds;
  }

  bool Completeness() {
    const auto inside = [](std::int32_t index, std::size_t size) {
      return index >= 0 && static_cast<std::size_t>(index) < size;
    };
    std::vector<int> seen(requests_.size(), 0);
    bool sound = true;
    for (const Meeting& m : timetable_.meetings) {
      if (!inside(m.request, requests_.size()) || !inside(m.slot, event_.slots.size()) ||
          !inside(m.table, event_.tables.size()) || (m.host != -1 && !inside(m.host, event_.people.size()))) {
        Break("complete",
              fmt::format("a meeting has request {}, slot {}, table {}, host {}", m.request, m.slot, m.table, m.host));
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
      of_person[Guest(m).id].push_back(&m);
      if (m.host >= 0) of_person[HostId(m)].push_back(&m);
    }
    for (const auto& [person, meetings] : of_person) {
      for (std::size_t i = 0; i < meetings.size(); ++i) {
        for (std::size_t j = i + 1; j < meetings.size(); ++j) {
          if (AtOnce(Slot(*meetings[i]), Slot(*meetings[j]))) {
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
      if (Has(Guest(m).absent_slots, Slot(m).id)) {
        Break("absence", fmt::format("{} is absent in slot {}", Guest(m).id, Slot(m).id));
      }
      if (m.host >= 0 && Has(event_.people[static_cast<std::size_t>(m.host)].absent_slots, Slot(m).id)) {
        Break("absence", fmt::format("host {} is absent in slot {}", HostId(m), Slot(m).id));
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
    const std::pair pair(event_.people[static_cast<std::size_t>(r.person)].id,
                         event_.teams[static_cast<std::size_t>(r.team)].id);
    return std::find(event_.excluded.begin(), event_.excluded.end(), pair) != event_.excluded.end();
  }

  // What was decided or promised: fixed, required, excluded, priority 1.
  void Promises() {
    for (const Meeting& m : timetable_.meetings) {
      const MeetingRequest& r = RequestOf(m);
      if ((r.fixed_slot >= 0 && r.fixed_slot != m.slot) || (r.fixed_table >= 0 && r.fixed_table != m.table)) {
        Break("fixed", fmt::format("request {} is not where it was fixed but in slot {} at table {}", m.request,
                                   Slot(m).id, Table(m).id));
      }
      if (IsExcluded(r)) Break("excluded", fmt::format("{} meets team {}", Guest(m).id, Team(m).id));
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
    for (const Meeting& m : timetable_.meetings) {
      const MeetingRequest& r = RequestOf(m);
      const bool held = r.required || (event_.rules.priority_one_required && r.priority == 1);
      ++counts[held ? 0 : static_cast<std::size_t>(r.priority)];
    }
    const TimetableBound& bound = timetable_.bound;
    if ((bound.meetings >= 0 && std::ssize(timetable_.meetings) > bound.meetings) ||
        (!bound.by_class.empty() && counts > bound.by_class)) {
      Break("bound", fmt::format("{} meetings exceed what is said to be possible, {}", timetable_.meetings.size(),
                                 bound.meetings));
    }
  }

  // An open request that could simply be held besides all others was forgotten.
  void NothingLeftOut() {
    std::set<std::pair<std::string, std::string>> busy;   // person, slot
    std::set<std::pair<std::string, std::string>> taken;  // table, slot
    std::map<std::string, int> of_guest, of_team;
    std::map<std::pair<std::string, std::string>, int> of_session;                // team, session
    std::map<std::pair<std::string, std::string>, std::set<std::string>> hosted;  // host, session
    std::set<std::pair<std::string, std::string>> booth;                          // team without hosts, slot
    std::map<std::string, std::vector<std::string>> at_once;
    for (const EventSlot& a : event_.slots) {
      for (const EventSlot& b : event_.slots) {
        if (AtOnce(a, b)) at_once[a.id].push_back(b.id);
      }
    }
    for (const Meeting& m : timetable_.meetings) {
      for (const std::string& slot : at_once[Slot(m).id]) {
        busy.insert({Guest(m).id, slot});
        if (m.host >= 0) busy.insert({HostId(m), slot});
        if (m.host < 0) booth.insert({Team(m).id, slot});
        taken.insert({Table(m).id, slot});
      }
      ++of_guest[Guest(m).id];
      ++of_team[Team(m).id];
      ++of_session[{Team(m).id, Slot(m).session}];
      if (m.host >= 0) hosted[{HostId(m), Slot(m).session}].insert(Slot(m).id);
    }
    for (const Unplaced& u : timetable_.unplaced) {
      const MeetingRequest& r = requests_[static_cast<std::size_t>(u.request)];
      const EventPerson& guest = event_.people[static_cast<std::size_t>(r.person)];
      const EventTeam& team = event_.teams[static_cast<std::size_t>(r.team)];
      const int limit = LimitOf(guest);
      if (IsExcluded(r) || (limit >= 0 && of_guest[guest.id] >= limit) ||
          (team.max_meetings && of_team[team.id] >= *team.max_meetings)) {
        continue;
      }
      for (std::size_t s = 0; s < event_.slots.size(); ++s) {
        const EventSlot& slot = event_.slots[s];
        if ((r.fixed_slot >= 0 && static_cast<std::size_t>(r.fixed_slot) != s) || Has(guest.absent_slots, slot.id) ||
            busy.contains({guest.id, slot.id}) ||
            (team.max_per_session && of_session[{team.id, slot.session}] >= *team.max_per_session)) {
          continue;
        }
        const auto free_host = [&](const std::string& id) {
          const auto person =
              std::find_if(event_.people.begin(), event_.people.end(), [&](const auto& p) { return p.id == id; });
          if (id == guest.id || Has(person->absent_slots, slot.id) || busy.contains({id, slot.id})) return false;
          if (event_.rules.max_consecutive == 0) return true;
          std::set<std::string> with = hosted[{id, slot.session}];
          with.insert(slot.id);
          return LongestRun(StepsOf(slot.session), with) <= event_.rules.max_consecutive;
        };
        const bool host = team.hosts.empty() ? !booth.contains({team.id, slot.id})
                                             : std::any_of(team.hosts.begin(), team.hosts.end(), free_host);
        if (!host) continue;
        const auto free_table = [&](const std::string& id) {
          const bool fixed_elsewhere =
              r.fixed_table >= 0 && event_.tables[static_cast<std::size_t>(r.fixed_table)].id != id;
          return !fixed_elsewhere && !taken.contains({id, slot.id}) &&
                 (!r.demo_table || event_.rules.demo_tables.empty() || Has(event_.rules.demo_tables, id));
        };
        if (std::any_of(slot.tables.begin(), slot.tables.end(), free_table)) {
          Break("complete", fmt::format("request {} is not placed ({}) but could be held in slot {}", u.request,
                                        UnplacedReasonName(u.reason), slot.id));
          break;
        }
      }
    }
  }

  const Event& event_;
  const std::vector<MeetingRequest>& requests_;
  const Timetable& timetable_;
  std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> CheckTimetable(const Event& event, const std::vector<MeetingRequest>& requests,
                                        const Timetable& timetable) {
  return Judge(event, requests, timetable).BrokenRules();
}

}  // namespace magpie
