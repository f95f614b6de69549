// What the judge of a timetable asks of the event, the requests and the meetings: looked up anew each time, by ids and
// times; nothing of the scheduler used.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "magpie/schedule/schedule.h"

namespace magpie {

// Where the slot's session is; "" where the event does not say.
std::string PlaceOf(const Event& event, const EventSlot& slot);

// Persons and slots (ids) that a visit keeps apart; what names nothing is left out.
std::set<std::pair<std::string, std::string>> SlotsOnTours(const Event& event, const Timetable& timetable);

class JudgedFair {
 public:
  JudgedFair(const Event& event, const std::vector<MeetingRequest>& requests, const Timetable& timetable)
      : event_(event), requests_(requests), timetable_(timetable), on_tour_(SlotsOnTours(event, timetable)) {}

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
  // Nobody can be in both slots: they overlap, or the way takes longer than the time between them.
  bool Clash(const EventSlot& a, const EventSlot& b) const {
    if (AtOnce(a, b)) return true;
    const std::int64_t way = std::int64_t{60} * TravelMinutes(event_, PlaceOf(event_, a), PlaceOf(event_, b));
    const auto too_late = [&](const EventSlot& first, const EventSlot& second) {
      return first.end && second.start && first.end->unix_seconds <= second.start->unix_seconds &&
             first.end->unix_seconds + way > second.start->unix_seconds;
    };
    return too_late(a, b) || too_late(b, a);
  }
  // Whose own table it is; nullptr = everybody's.
  const EventTeam* OwnerOf(const std::string& table) const {
    const auto team = std::ranges::find(event_.teams, table, &EventTeam::table);
    return team == event_.teams.end() ? nullptr : &*team;
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
  int LimitOf(const EventPerson& person) const {  // -1 = none
    if (person.max_meetings) return *person.max_meetings;
    const int everybody = event_.rules.default_max_meetings_per_person;
    return everybody > 0 ? everybody : -1;
  }
  bool IsExcluded(const MeetingRequest& r) const {
    if (r.declined) return true;
    return std::ranges::all_of(GuestsOf(r), [&](const EventPerson* guest) { return KeptApart(r, *guest); });
  }
  bool KeptApart(const MeetingRequest& r, const EventPerson& guest) const {
    const std::pair pair(guest.id, event_.teams[static_cast<std::size_t>(r.team)].id);
    return std::ranges::find(event_.excluded, pair) != event_.excluded.end();
  }
  // The slots of a session in the order of time; those that start together are one step.
  std::vector<std::set<std::string>> StepsOf(const std::string& session) const;
  static int LongestRun(const std::vector<std::set<std::string>>& steps, const std::set<std::string>& hosted);
  // The longest wait, in slots without a tour, between two meetings of a guest within a session; -1 = fewer than two.
  int LongestWait(const std::string& guest, const std::string& session, const std::set<std::string>& slots) const;

 protected:
  const Event& event_;
  const std::vector<MeetingRequest>& requests_;
  const Timetable& timetable_;
  const std::set<std::pair<std::string, std::string>> on_tour_;  // persons and the slots that a visit keeps them from
};

// What is wrong with the tours, a sentence each.
std::vector<std::string> CheckTours(const JudgedFair& fair);
// Open requests that could simply be held besides all others, a sentence each.
std::vector<std::string> FindForgotten(const JudgedFair& fair);

}  // namespace magpie
