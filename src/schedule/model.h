// The event and the requests in numbers: what never changes while a timetable is made.
//
// Terms   host = an index of a person, or the booth of a team that names no hosts (one more "person" for each such
//         team: present always, at one place at a time). Two slots clash for people where they overlap in time or where
//         the way between their places takes longer than the time between them; for tables where they overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "magpie/schedule/schedule.h"

namespace magpie {

class FairModel {
 public:
  // `tours` are those of the event as they stand.
  FairModel(const Event& event, const std::vector<MeetingRequest>& requests, const std::vector<Tour>& tours);

  static constexpr int kNoLimit = std::numeric_limits<int>::max();
  static constexpr int kClasses = 5;  // 0 = must be held, then the priorities 1 to 4

  struct Request {
    // The first of `guests` stands for all where one is enough to say: any of them may go.
    int guest = -1, team = -1, rank = 4;  // rank = class
    std::vector<int> guests;
    std::int64_t gain = 0;
    bool demo = false, excluded = false, declined = false;  // declined ones are excluded, too
    int fixed_slot = -1, fixed_table = -1;
    int instead_of = -1;
  };
  struct Team {
    std::vector<int> hosts;
    int max_meetings = kNoLimit, max_per_session = kNoLimit;
    int table = -1;  // its own
  };

  int slot_count = 0, person_count = 0, table_count = 0, session_count = 0;  // persons with booths
  int first_booth = 0;
  std::vector<Request> requests;
  std::vector<std::vector<int>> substitutes;  // of each request
  std::vector<Team> teams;
  std::vector<int> guest_limit;            // of each person
  std::vector<std::vector<int>> overlaps;  // of each slot, itself included: same tables
  std::vector<std::vector<int>> clashes;   // of each slot, itself included: same people
  std::vector<std::vector<int>> tables;    // of each slot, ascending
  std::vector<int> kept_tables;            // of each slot, for walk-ins
  std::vector<bool> demo_table;            // of each table
  std::vector<int> table_owner;            // of each table: a team, or -1
  std::vector<int> session, place;         // of each slot: its session, and its place in the session's order
  // Slots of each session by place; more than one where they run side by side.
  std::vector<std::vector<std::vector<int>>> by_place;
  int max_consecutive = 0, max_consecutive_guest = 0;
  int max_idle = kNoLimit;
  bool idle_soft = false;
  std::vector<int> interpreters;

  bool Present(int person, int slot) const {
    return present_[static_cast<std::size_t>(person) * static_cast<std::size_t>(slot_count) +
                    static_cast<std::size_t>(slot)];
  }
  bool OnTour(int person, int slot) const {
    return !on_tour_.empty() && on_tour_[static_cast<std::size_t>(person) * static_cast<std::size_t>(slot_count) +
                                         static_cast<std::size_t>(slot)];
  }
  // Places of the session strictly between two, less those that the guest spends on a tour.
  int Wait(int guest, int in_session, int from, int to) const;
  bool TableSuits(const Request& request, int table) const {
    const int owner = table_owner[static_cast<std::size_t>(table)];
    return (request.fixed_table < 0 || table == request.fixed_table) &&
           (!request.demo || demo_table[static_cast<std::size_t>(table)]) &&
           (owner == request.team || (owner < 0 && teams[static_cast<std::size_t>(request.team)].table < 0));
  }
  bool SlotHasTableFor(const Request& request, int slot) const;
  // Tables that the plan may use in the slot.
  int Seats(int slot) const;
  // The two have no language in common, where both say which they speak.
  bool NeedInterpreter(int guest, int host) const;
  bool Interprets(int interpreter, int guest, int host) const;
  // Slots in which a guest, some host and some table could come together if nothing else were held.
  std::vector<int> PossibleSlots(const Request& request) const;

 private:
  void ReadSlots(const Event& event);
  void ReadTables(const Event& event);
  void ReadTeams(const Event& event);
  void ReadPeople(const Event& event);
  void ReadTours(const Event& event, const std::vector<Tour>& tours);
  void ReadRequests(const Event& event, const std::vector<MeetingRequest>& requests);

  std::vector<bool> present_;  // and not on a tour
  std::vector<bool> on_tour_;  // empty where there are no tours
  bool languages_count_ = false;
  std::vector<std::vector<int>> languages_;  // of each person and booth, ascending
};

}  // namespace magpie
