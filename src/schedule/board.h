// The timetable while it is being made: every rule is kept after every step, and every step can be taken back.
//
// Terms   host = an index of a person, or the booth of a team that names no hosts (one more "person" for each such
//         team: present always, at one place at a time). Slots of overlapping times exclude each other for people and
//         tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "magpie/schedule/schedule.h"

namespace magpie {

// What never changes: the event and the requests in numbers.
class FairModel {
 public:
  FairModel(const Event& event, const std::vector<MeetingRequest>& requests);

  static constexpr int kNoLimit = std::numeric_limits<int>::max();
  static constexpr int kClasses = 5;  // 0 = must be held, then the priorities 1 to 4

  struct Request {
    int guest = -1, team = -1, rank = 4;  // rank = class
    std::int64_t gain = 0;
    bool demo = false, excluded = false, declined = false;  // declined ones are excluded, too
    int fixed_slot = -1, fixed_table = -1;
  };
  struct Team {
    std::vector<int> hosts;
    int max_meetings = kNoLimit, max_per_session = kNoLimit;
  };

  int slot_count = 0, person_count = 0, table_count = 0, session_count = 0;  // persons with booths
  int first_booth = 0;
  std::vector<Request> requests;
  std::vector<Team> teams;
  std::vector<int> guest_limit;            // of each person
  std::vector<std::vector<int>> overlaps;  // of each slot, itself included
  std::vector<std::vector<int>> tables;    // of each slot, ascending
  std::vector<bool> demo_table;            // of each table
  std::vector<int> session, place;         // of each slot: its session, and its place in the session's order
  // Slots of each session by place; more than one where they run side by side.
  std::vector<std::vector<std::vector<int>>> by_place;
  int max_consecutive = 0;

  bool Present(int person, int slot) const {
    return present_[static_cast<std::size_t>(person) * static_cast<std::size_t>(slot_count) +
                    static_cast<std::size_t>(slot)];
  }
  bool TableSuits(const Request& request, int table) const {
    return (request.fixed_table < 0 || table == request.fixed_table) &&
           (!request.demo || demo_table[static_cast<std::size_t>(table)]);
  }
  bool SlotHasTableFor(const Request& request, int slot) const;
  // Slots in which guest, some host and some table could come together if nothing else were held.
  std::vector<int> PossibleSlots(const Request& request) const;

 private:
  std::vector<bool> present_;
};

struct Placement {
  int slot = -1, table = -1, host = -1;
  friend bool operator==(const Placement&, const Placement&) = default;
};

class Board {
 public:
  explicit Board(const FairModel& model);

  const FairModel& model() const { return model_; }
  const Placement& at(int request) const { return placement_[static_cast<std::size_t>(request)]; }
  bool placed(int request) const { return at(request).slot >= 0; }
  int MeetingOf(int person, int slot) const { return person_at_[PersonSlot(person, slot)]; }
  int MeetingAt(int table, int slot) const { return table_at_[TableSlot(table, slot)]; }
  int TeamCount(int team) const { return team_count_[static_cast<std::size_t>(team)]; }
  int GuestCount(int person) const { return guest_count_[static_cast<std::size_t>(person)]; }
  int SessionCount(int team, int session) const {
    return session_count_[static_cast<std::size_t>(team) * static_cast<std::size_t>(model_.session_count) +
                          static_cast<std::size_t>(session)];
  }
  const std::vector<int>& counts() const { return counts_; }  // placed requests of each class

  // Each rule by itself, for a request that is not placed.
  bool Busy(int person, int slot) const;
  bool GuestCan(int request, int slot) const;  // present, free, below the limit, slot not fixed elsewhere
  bool TeamHasRoom(int request, int slot) const;
  bool HostRested(int host, int slot) const;  // max_consecutive
  bool HostCan(int request, int host, int slot) const;
  // A table for the request in the slot, after moving others of the slot if need be; -1 = none.
  int MakeTable(int request, int slot);

  // Places the request at the slot with the host if no rule is broken.
  bool TryPlace(int request, int slot, int host);
  // ... at the first slot and host that can.
  bool TryPlaceAnywhere(int request);
  void Remove(int request);
  // Places it exactly so; the caller knows that no rule is broken.
  void Restore(int request, const Placement& placement) { Set(request, placement, true); }

  // Everything since a mark can be taken back.
  std::size_t Mark() const { return log_.size(); }
  void Rollback(std::size_t mark);
  // The requests that were placed, moved or removed since the mark.
  std::vector<int> ChangedSince(std::size_t mark) const;
  void ForgetLog() { log_.clear(); }

 private:
  std::size_t PersonSlot(int person, int slot) const {
    return static_cast<std::size_t>(person) * static_cast<std::size_t>(model_.slot_count) +
           static_cast<std::size_t>(slot);
  }
  std::size_t TableSlot(int table, int slot) const {
    return static_cast<std::size_t>(slot) * static_cast<std::size_t>(model_.table_count) +
           static_cast<std::size_t>(table);
  }
  bool HostsAtPlace(int host, int session, int place) const;
  int FirstFree(int slot, bool demo) const;
  int FindTable(int request, int slot, std::vector<int>* visited);
  void Set(int request, const Placement& placement, bool log);

  const FairModel& model_;
  std::vector<Placement> placement_;
  std::vector<int> person_at_, table_at_;
  std::vector<int> table_blocked_;  // [table, slot]: meetings there or in an overlapping slot
  std::vector<std::vector<std::uint64_t>> free_plain_, free_demo_;  // of each slot, a bit a table
  std::vector<int> free_count_;                                     // of each slot
  std::vector<int> team_count_, session_count_, guest_count_, counts_;
  std::vector<std::pair<int, Placement>> log_;
};

}  // namespace magpie
