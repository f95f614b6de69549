// An event: sessions, slots, tables, the people who come, whom they wish to meet, and the rules that a timetable must
// keep. Read from event.json (docs/formats.md; ../shared/sample-fair/event.json was its first example) or from a
// workbook with the sheets of the same names.
//
// Terms   a host group (team) is the side that is visited: an institute's team, a firm's booth, or a whole party; a
//         guest is a person who comes to meet groups. A wish is a guest's request to meet a group. A person, host or
//         guest, can be in one place at a time.
// Errors  kEventInvalid names what contradicts what ("wish W07 names person P99, who is not among the attendees").
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/date.h"
#include "magpie/base/region.h"

namespace magpie {

struct EventSession {
  std::string id, title, place;
  std::optional<Time> start, end;
};

struct EventTable {
  std::string id, room;
};

struct EventSlot {
  std::string id;
  std::string session;  // id of an EventSession
  std::optional<Time> start, end;
  std::vector<std::string> tables;  // ids of EventTables usable in this slot
};

// One person: a representative of a firm, or a member of a team.
struct EventPerson {
  std::string id;
  std::string name;   // may be empty; the sample has roles only
  std::string party;  // firm or institute, by name
  std::string role;
  std::vector<std::string> needs;      // ids of the needs this person stands for
  std::vector<std::string> offerings;  // ids of the offerings this person stands for
  std::vector<std::string> absent_slots;
  std::vector<std::string> languages;
};

struct EventTeam {
  std::string id, name, party;
  std::vector<std::string> offerings;
  std::vector<std::string> needs;
  std::vector<std::string> hosts;    // persons, one of whom must be at each meeting
  std::vector<std::string> members;  // persons
  std::optional<int> max_meetings;
  std::optional<int> max_per_session;
};

struct EventWish {
  std::string id;
  std::string person;  // EventPerson
  std::string team;    // EventTeam
  int priority = 2;    // 1 = must, 2 = wanted, 3 = if there is room
  std::string need;    // id, may be empty
  std::string offering;
  std::string topic;
  bool demo_table = false;
};

// A pair or wish that the organiser decided on.
struct EventFixed {
  std::string person, team;
  std::string slot, table;  // empty = free
};

struct EventRules {
  int max_consecutive = 0;                  // slots that one host receives in a row within a session; 0 = no limit
  std::vector<std::string> demo_tables;     // where demo_table wishes must be held; empty = every table
  bool priority_one_required = false;       // a priority-1 wish that cannot be placed is a broken rule, not only a loss
  int default_max_meetings_per_person = 0;  // 0 = no limit
};

struct Event {
  std::string id, title, title_en, place;
  std::vector<std::string> organisers;
  std::vector<EventSession> sessions;
  std::vector<EventSlot> slots;
  std::vector<EventTable> tables;
  std::vector<EventTeam> teams;
  std::vector<EventPerson> people;  // attendees and team members
  std::vector<EventWish> wishes;
  std::vector<EventFixed> fixed;                              // must be held (at that slot and table if given)
  std::vector<std::pair<std::string, std::string>> excluded;  // person, team that must not meet
  std::vector<std::string> published_needs;
  std::vector<std::string> presented_offerings;
  EventRules rules;
  std::vector<std::string> warnings;  // members that were kept out because they are not understood, with their path
};

// Reads .json or .xlsx by the name's ending, and checks every reference inside.
absl::StatusOr<Event> ReadEvent(const std::string& path);
absl::StatusOr<Event> EventFromJson(std::string_view json);

}  // namespace magpie
