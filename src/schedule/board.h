// The timetable while it is being made: every rule is kept after every step, and every step can be taken back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "model.h"

namespace magpie {

struct Placement {
  int slot = -1, table = -1, host = -1;
  int guest = -1;        // one of the request's
  int interpreter = -1;  // -1 = none needed
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

  // The substitute of the request that was placed instead; -1 = none.
  int StandIn(int request) const;
  // No substitute stands in for the request, nor does it stand by one that was placed.
  bool Wanted(int request) const;

  // Each rule by itself, for a request that is not placed.
  bool Busy(int person, int slot) const;
  // The first of the request's guests who is present, free, rested and below his limit; -1 = none, or the slot is fixed
  // elsewhere.
  int FreeGuest(int request, int slot) const;
  bool GuestCan(int request, int slot) const { return FreeGuest(request, slot) >= 0; }
  bool TeamHasRoom(int request, int slot) const;
  bool HostRested(int host, int slot) const { return Rested(host, slot, true); }
  bool HostCan(int request, int host, int slot) const;
  // The guest may come into the slot without waiting longer than allowed for a meeting of his before or after it.
  bool NoIdleGap(int guest, int slot) const;
  // The first free interpreter between the two; `needed` says whether they need one at all.
  int FreeInterpreter(int guest, int host, int slot, bool* needed) const;
  // A table for the request in the slot, after moving others of the slot if need be; -1 = none.
  int MakeTable(int request, int slot);

  // Places the request at the slot with the host if no rule is broken.
  bool TryPlace(int request, int slot, int host);
  // ... at the first slot and host that can.
  bool TryPlaceAnywhere(int request);
  void Remove(int request);
  // Places it exactly so; the caller knows that no rule is broken.
  void Restore(int request, const Placement& placement) { Set(request, placement, true); }

  // Whether waits beyond a soft limit count as forbidden, too, from now on.
  void MindSoftWaits(bool mind) { mind_soft_waits_ = mind; }
  // The meeting goes to the table of its slot, and the one that is there to its table, if no rule is broken.
  bool SwapTable(int request, int table);

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
  bool Rested(int person, int slot, bool as_host) const;  // max_consecutive
  bool MeetsAtPlace(int person, int session, int place, bool as_host) const;
  int FirstFree(int slot, bool demo) const;
  int FindTable(int request, int slot, std::vector<int>* visited);
  void Set(int request, const Placement& placement, bool log);

  const FairModel& model_;
  bool mind_soft_waits_ = false;
  std::vector<Placement> placement_;
  std::vector<int> person_at_, table_at_;
  std::vector<int> table_blocked_;  // [table, slot]: meetings there or in an overlapping slot
  std::vector<std::vector<std::uint64_t>> free_plain_, free_demo_;  // of each slot, a bit a table
  std::vector<int> free_count_;  // of each slot, without teams' own tables and those kept for walk-ins
  std::vector<int> team_count_, session_count_, guest_count_, counts_;
  std::vector<std::pair<int, Placement>> log_;
};

}  // namespace magpie
