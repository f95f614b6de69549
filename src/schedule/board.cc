#include "board.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace magpie {
namespace {

constexpr int kWordBits = 64;

}  // namespace

Board::Board(const FairModel& model) : model_(model) {
  const auto slots = static_cast<std::size_t>(model.slot_count);
  placement_.resize(model.requests.size());
  person_at_.assign(static_cast<std::size_t>(model.person_count) * slots, -1);
  table_at_.assign(static_cast<std::size_t>(model.table_count) * slots, -1);
  table_blocked_.assign(table_at_.size(), 0);
  const std::size_t words = (static_cast<std::size_t>(model.table_count) + kWordBits - 1) / kWordBits;
  free_plain_.assign(slots, std::vector<std::uint64_t>(words, 0));
  free_demo_ = free_plain_;
  free_count_.assign(slots, 0);
  for (std::size_t s = 0; s < slots; ++s) {
    for (int table : model.tables[s]) {
      if (model.table_owner[static_cast<std::size_t>(table)] >= 0) continue;
      ++free_count_[s];
      auto& bits = model.demo_table[static_cast<std::size_t>(table)] ? free_demo_[s] : free_plain_[s];
      bits[static_cast<std::size_t>(table / kWordBits)] |= std::uint64_t{1} << (table % kWordBits);
    }
    free_count_[s] -= model.kept_tables[s];
  }
  team_count_.assign(model.teams.size(), 0);
  session_count_.assign(model.teams.size() * static_cast<std::size_t>(model.session_count), 0);
  guest_count_.assign(static_cast<std::size_t>(model.person_count), 0);
  counts_.assign(FairModel::kClasses, 0);
}

bool Board::Busy(int person, int slot) const {
  for (int s : model_.clashes[static_cast<std::size_t>(slot)]) {
    if (MeetingOf(person, s) >= 0) return true;
  }
  return false;
}

int Board::StandIn(int request) const {
  for (int other : model_.substitutes[static_cast<std::size_t>(request)]) {
    if (placed(other)) return other;
  }
  return -1;
}

bool Board::Wanted(int request) const {
  const int first = model_.requests[static_cast<std::size_t>(request)].instead_of;
  return first < 0 ? StandIn(request) < 0 : !placed(first) && StandIn(first) < 0;
}

int Board::FreeGuest(int request, int slot) const {
  const auto& r = model_.requests[static_cast<std::size_t>(request)];
  if (r.excluded || (r.fixed_slot >= 0 && r.fixed_slot != slot)) return -1;
  for (int guest : r.guests) {
    if (model_.Present(guest, slot) && GuestCount(guest) < model_.guest_limit[static_cast<std::size_t>(guest)] &&
        !Busy(guest, slot) && Rested(guest, slot, false) && NoIdleGap(guest, slot)) {
      return guest;
    }
  }
  return -1;
}

bool Board::NoIdleGap(int guest, int slot) const {
  if (model_.max_idle == FairModel::kNoLimit || (model_.idle_soft && !mind_soft_waits_)) return true;
  const int session = model_.session[static_cast<std::size_t>(slot)];
  const int at = model_.place[static_cast<std::size_t>(slot)];
  int nearest = FairModel::kNoLimit;
  bool before = false, after = false;
  for (int p = 0; p < std::ssize(model_.by_place[static_cast<std::size_t>(session)]); ++p) {
    if (p == at || !MeetsAtPlace(guest, session, p, false)) continue;
    nearest = std::min(nearest, model_.Wait(guest, session, std::min(p, at), std::max(p, at)));
    (p < at ? before : after) = true;
  }
  // Between two meetings a third can only shorten the wait.
  return (before && after) || nearest == FairModel::kNoLimit || nearest <= model_.max_idle;
}

bool Board::TeamHasRoom(int request, int slot) const {
  const int team = model_.requests[static_cast<std::size_t>(request)].team;
  const auto& limits = model_.teams[static_cast<std::size_t>(team)];
  return TeamCount(team) < limits.max_meetings &&
         SessionCount(team, model_.session[static_cast<std::size_t>(slot)]) < limits.max_per_session;
}

bool Board::MeetsAtPlace(int person, int session, int place, bool as_host) const {
  const auto& places = model_.by_place[static_cast<std::size_t>(session)];
  if (place < 0 || place >= static_cast<int>(places.size())) return false;
  for (int s : places[static_cast<std::size_t>(place)]) {
    const int meeting = MeetingOf(person, s);
    if (meeting >= 0 && (as_host ? at(meeting).host : at(meeting).guest) == person) return true;
  }
  return false;
}

bool Board::Rested(int person, int slot, bool as_host) const {
  const int limit = as_host ? model_.max_consecutive : model_.max_consecutive_guest;
  if (limit == 0 || person >= model_.first_booth) return true;
  const int session = model_.session[static_cast<std::size_t>(slot)];
  const int place = model_.place[static_cast<std::size_t>(slot)];
  int run = 1;
  for (int p = place - 1; run <= limit && MeetsAtPlace(person, session, p, as_host); --p) ++run;
  for (int p = place + 1; run <= limit && MeetsAtPlace(person, session, p, as_host); ++p) ++run;
  return run <= limit;
}

bool Board::HostCan(int request, int host, int slot) const {
  const auto& guests = model_.requests[static_cast<std::size_t>(request)].guests;
  return (guests.size() > 1 || host != guests.front()) && model_.Present(host, slot) && !Busy(host, slot) &&
         HostRested(host, slot);
}

int Board::FreeInterpreter(int guest, int host, int slot, bool* needed) const {
  *needed = model_.NeedInterpreter(guest, host);
  if (!*needed) return -1;
  for (int person : model_.interpreters) {
    if (person != guest && person != host && model_.Interprets(person, guest, host) && model_.Present(person, slot) &&
        !Busy(person, slot)) {
      return person;
    }
  }
  return -1;
}

int Board::FirstFree(int slot, bool demo) const {
  const auto& bits = demo ? free_demo_[static_cast<std::size_t>(slot)] : free_plain_[static_cast<std::size_t>(slot)];
  for (std::size_t w = 0; w < bits.size(); ++w) {
    if (bits[w] != 0) return static_cast<int>(w) * kWordBits + std::countr_zero(bits[w]);
  }
  return -1;
}

int Board::MakeTable(int request, int slot) {
  const auto& r = model_.requests[static_cast<std::size_t>(request)];
  const bool own = model_.teams[static_cast<std::size_t>(r.team)].table >= 0;
  if (!own && free_count_[static_cast<std::size_t>(slot)] <= 0) return -1;
  std::vector<int> visited;
  return FindTable(request, slot, &visited);
}

// An augmenting path in the graph of the slot's meetings and tables; plain meetings keep off the demo tables.
int Board::FindTable(int request, int slot, std::vector<int>* visited) {
  const auto& r = model_.requests[static_cast<std::size_t>(request)];
  if (r.fixed_table < 0 && model_.teams[static_cast<std::size_t>(r.team)].table < 0) {
    int table = r.demo ? -1 : FirstFree(slot, false);
    if (table < 0) table = FirstFree(slot, true);
    if (table >= 0 || !r.demo) return table;
  }
  for (int table : model_.tables[static_cast<std::size_t>(slot)]) {
    if (!model_.TableSuits(r, table) || std::find(visited->begin(), visited->end(), table) != visited->end()) continue;
    visited->push_back(table);
    if (table_blocked_[TableSlot(table, slot)] == 0) return table;
    const int holder = MeetingAt(table, slot);
    if (holder < 0 || table_blocked_[TableSlot(table, slot)] > 1) continue;  // taken by an overlapping slot
    const int other = FindTable(holder, slot, visited);
    if (other < 0) continue;
    Placement moved = at(holder);
    moved.table = other;
    Remove(holder);
    Set(holder, moved, true);
    return table;
  }
  return -1;
}

void Board::Set(int request, const Placement& placement, bool log) {
  Placement& now = placement_[static_cast<std::size_t>(request)];
  if (log) log_.emplace_back(request, now);
  const auto& r = model_.requests[static_cast<std::size_t>(request)];
  const auto count = [&](const Placement& where, int by) {
    const int meeting = by > 0 ? request : -1;
    for (int person : {where.guest, where.host, where.interpreter}) {
      if (person >= 0) person_at_[PersonSlot(person, where.slot)] = meeting;
    }
    table_at_[TableSlot(where.table, where.slot)] = meeting;
    for (int s : model_.overlaps[static_cast<std::size_t>(where.slot)]) {
      const auto& of_slot = model_.tables[static_cast<std::size_t>(s)];
      if (!std::binary_search(of_slot.begin(), of_slot.end(), where.table)) continue;
      int& blocked = table_blocked_[TableSlot(where.table, s)];
      const bool was_free = blocked == 0;
      blocked += by;
      if (was_free == (blocked == 0) || model_.table_owner[static_cast<std::size_t>(where.table)] >= 0) continue;
      auto& bits = model_.demo_table[static_cast<std::size_t>(where.table)] ? free_demo_[static_cast<std::size_t>(s)]
                                                                            : free_plain_[static_cast<std::size_t>(s)];
      bits[static_cast<std::size_t>(where.table / kWordBits)] ^= std::uint64_t{1} << (where.table % kWordBits);
      free_count_[static_cast<std::size_t>(s)] -= by;
    }
    team_count_[static_cast<std::size_t>(r.team)] += by;
    session_count_[static_cast<std::size_t>(r.team) * static_cast<std::size_t>(model_.session_count) +
                   static_cast<std::size_t>(model_.session[static_cast<std::size_t>(where.slot)])] += by;
    guest_count_[static_cast<std::size_t>(where.guest)] += by;
    counts_[static_cast<std::size_t>(r.rank)] += by;
  };
  if (now.slot >= 0) count(now, -1);
  now = placement;
  if (now.slot >= 0) count(now, 1);
}

bool Board::TryPlace(int request, int slot, int host) {
  const int guest = FreeGuest(request, slot);
  if (guest < 0 || guest == host || !Wanted(request) || !TeamHasRoom(request, slot) || !HostCan(request, host, slot))
    return false;
  bool needed = false;
  const int interpreter = FreeInterpreter(guest, host, slot, &needed);
  if (needed && interpreter < 0) return false;
  const int table = MakeTable(request, slot);
  if (table < 0) return false;
  Set(request, {slot, table, host, guest, interpreter}, true);
  return true;
}

bool Board::TryPlaceAnywhere(int request) {
  const auto& r = model_.requests[static_cast<std::size_t>(request)];
  for (int s = 0; s < model_.slot_count; ++s) {
    if (!GuestCan(request, s) || !TeamHasRoom(request, s)) continue;
    for (int host : model_.teams[static_cast<std::size_t>(r.team)].hosts) {
      if (TryPlace(request, s, host)) return true;
    }
  }
  return false;
}

bool Board::SwapTable(int request, int table) {
  const Placement was = at(request);
  const auto& of_slot = model_.tables[static_cast<std::size_t>(was.slot)];
  const auto suits = [&](int r, int t) { return model_.TableSuits(model_.requests[static_cast<std::size_t>(r)], t); };
  if (table == was.table || !std::ranges::binary_search(of_slot, table) || !suits(request, table)) return false;
  const int holder = MeetingAt(table, was.slot);
  if (holder < 0 ? table_blocked_[TableSlot(table, was.slot)] > 0 : !suits(holder, was.table)) return false;
  Placement moved = was;
  moved.table = table;
  if (holder >= 0) {
    Placement other = at(holder);
    other.table = was.table;
    Remove(request);
    Set(holder, other, true);
  }
  Set(request, moved, true);
  return true;
}

void Board::Remove(int request) {
  Set(request, {}, true);
}

std::vector<int> Board::ChangedSince(std::size_t mark) const {
  std::vector<int> changed;
  for (std::size_t i = mark; i < log_.size(); ++i) {
    if (std::ranges::find(changed, log_[i].first) == changed.end()) changed.push_back(log_[i].first);
  }
  return changed;
}

void Board::Rollback(std::size_t mark) {
  while (log_.size() > mark) {
    const auto [request, before] = log_.back();
    log_.pop_back();
    Set(request, before, false);
  }
}

}  // namespace magpie
