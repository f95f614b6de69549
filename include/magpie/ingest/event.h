// An event: sessions, slots, tables, the people who come, whom they wish to meet, the tours they make, and the rules that
// a timetable must keep. Read from event.json or from a workbook with the sheets of the same names; docs/formats.md lists
// every member.
//
// Terms   a host group (team) is the side that is visited: an institute's team, a firm's booth, or a whole party; a
//         guest is a person who comes to meet groups. A wish is a guest's request to meet a group. A person, host or
//         guest, can be in one place at a time.
// Checked every id is given once, every reference points to something that is there, and something can be held at
//         all: there are slots with tables. Persons and teams may be referred to by id or by a name that only one of
//         them has; in an Event the references are always ids.
// Errors  kEventInvalid names the place ("wishes[6].person", "sheet wishes, row 8, person") and what contradicts what;
//         kBadFile a file that is no JSON or no workbook; kUnsupportedFile another kind of file; kFileNotFound.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/date.h"
#include "magpie/base/region.h"

namespace magpie {

// A part of a session that everybody attends: publication of needs, presentation of results, a visit.
struct EventPlenary {
  std::string title;
  std::optional<Time> start, end;
  std::vector<std::string> needs, offerings;
};

struct EventSession {
  std::string id, title, place;
  std::optional<Time> start, end;
  std::vector<EventPlenary> plenary;
};

struct EventTable {
  std::string id, room;
  bool demo_bench = false;
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
  std::string region, district;
  std::vector<std::string> needs;      // ids of the needs this person stands for
  std::vector<std::string> offerings;  // ids of the offerings this person stands for
  std::vector<std::string> absent_slots;
  std::vector<std::string> languages;  // empty = not said
  bool interpreter = false;            // may be called to meetings of others
  std::vector<std::string> interests;
  std::optional<int> max_meetings;  // as a guest; empty = EventRules::default_max_meetings_per_person
};

struct EventTeam {
  std::string id, name, party;
  std::vector<std::string> offerings;
  std::vector<std::string> needs;
  std::vector<std::string> hosts;    // persons, one of whom must be at each meeting; none = the team is one place
  std::vector<std::string> members;  // persons
  std::optional<int> max_meetings;
  std::optional<int> max_per_session;
  std::string table;  // its own booth: all its meetings are there, and no others; empty = any table
};

struct EventWish {
  std::string id;
  std::string person;  // EventPerson; empty where `party` asks
  std::string team;    // EventTeam
  int priority = 2;    // 1 = must, 2 = wanted, 3 = if there is room
  std::string need;    // id, may be empty
  std::string offering;
  std::string topic;
  bool demo_table = false;
  std::string party;  // instead of `person`: any of its people who is free goes
};

// A pair or wish that the organiser decided on.
struct EventFixed {
  std::string person, team;
  std::string slot, table;  // empty = free
};

// A rule as the event states it. The known names are kept as EventRules or by the members they speak of; a rule that
// is not known is a warning.
struct EventRuleText {
  std::string id;    // "C1"
  std::string rule;  // "team_max_meetings"
  std::string text;  // the rule in the organiser's words
};

struct EventRules {
  int max_consecutive = 0;                  // slots that one host receives in a row within a session; 0 = no limit.
                                            // A pause, however long, counts only where a slot lies in it.
  std::vector<std::string> demo_tables;     // where demo_table wishes must be held; empty = every table
  bool priority_one_required = false;       // a priority-1 wish that cannot be held is kPlanConflict, not only a loss
  int default_max_meetings_per_person = 0;  // 0 = no limit
  int max_consecutive_guest = 0;            // as max_consecutive, of a guest's meetings
  std::optional<int> max_idle_slots;        // empty slots in a row between two meetings of a guest within a session
  bool idle_slots_soft = false;             // longer waits are only avoided, not forbidden
  bool common_language = false;             // guest and host who name languages need one in common, or an interpreter
  int walk_in_tables = 0;                   // tables of each slot, teams' own ones apart, that the plan leaves free
};

// The way between two places (of sessions, stops, ends of tours), there and back.
struct EventTravel {
  std::string from, to;
  int minutes = 0;
};

struct TimeSpan {
  Time start, end;
};

// A place that a tour visits: a firm, a laboratory.
struct EventStop {
  std::string place;              // for the ways; the party's name where the event says nothing else
  std::string party;              // who receives; may be empty
  int minutes = 60;               // of the visit
  std::vector<TimeSpan> windows;  // the visit lies within one of them; empty = at any time of the tour
};

inline constexpr std::size_t kMostTourStops = 12;  // a tour's best order is found by trying all sets of stops

// A delegation visits several places between start and end; in which order and when is for the plan to say.
struct EventTour {
  std::string id, title;
  std::vector<std::string> people;  // EventPerson: everybody who travels
  std::string from, to;             // places where it starts and ends
  Time start, end;
  std::vector<EventStop> stops;
};

struct Event {
  std::string id, title, title_en, place, description;
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
  std::vector<EventTravel> travel;
  std::vector<EventTour> tours;
  EventRules rules;
  std::vector<EventRuleText> stated_rules;
  std::vector<std::string> warnings;  // members that were kept out because they are not understood, with their path
};

// Minutes between two places; 0 where the event has no way. (One that is read has all ways that lead over other places.)
int TravelMinutes(const Event& event, const std::string& from, const std::string& to);

// What people call them: the name, else the role, else the id; a team's name, else its id.
std::string DisplayName(const EventPerson& person);
std::string DisplayName(const EventTeam& team);

// Reads .json or .xlsx by the name's ending, and checks every reference inside.
absl::StatusOr<Event> ReadEvent(const std::string& path);
absl::StatusOr<Event> EventFromJson(std::string_view json);

}  // namespace magpie
