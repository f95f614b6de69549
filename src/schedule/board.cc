#include "board.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace magpie {
namespace {

template <typename Item>
std::map<std::string_view, int> IndexById(const std::vector<Item>& items) {
  std::map<std::string_view, int> index;
  for (std::size_t i = 0; i < items.size(); ++i) index.emplace(items[i].id, static_cast<int>(i));
  return index;
}

bool TimesOverlap(const EventSlot& a, const EventSlot& b) {
  return a.start && a.end && b.start && b.end && *a.start < *b.end && *b.start < *a.end;
}

constexpr int kWordBits = 64;

}  // namespace

FairModel::FairModel(const Event& event, const std::vector<MeetingRequest>& given) {
  const auto person_index = IndexById(event.people);
  const auto slot_index = IndexById(event.slots);
  const auto table_index = IndexById(event.tables);
  slot_count = static_cast<int>(event.slots.size());
  table_count = static_cast<int>(event.tables.size());
  first_booth = static_cast<int>(event.people.size());

  std::map<std::string_view, int> session_index;
  for (const EventSlot& slot : event.slots) {
    session.push_back(session_index.emplace(slot.session, static_cast<int>(session_index.size())).first->second);
  }
  session_count = static_cast<int>(session_index.size());
  by_place.resize(static_cast<std::size_t>(session_count));
  place.resize(event.slots.size());
  for (int in = 0; in < session_count; ++in) {
    std::vector<int> slots;
    bool timed = true;
    for (int s = 0; s < slot_count; ++s) {
      if (session[static_cast<std::size_t>(s)] != in) continue;
      slots.push_back(s);
      timed = timed && event.slots[static_cast<std::size_t>(s)].start.has_value();
    }
    const auto start = [&](int s) { return event.slots[static_cast<std::size_t>(s)].start->unix_seconds; };
    if (timed) std::stable_sort(slots.begin(), slots.end(), [&](int a, int b) { return start(a) < start(b); });
    auto& places = by_place[static_cast<std::size_t>(in)];
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (i == 0 || !timed || start(slots[i]) != start(slots[i - 1])) places.emplace_back();
      places.back().push_back(slots[i]);
      place[static_cast<std::size_t>(slots[i])] = static_cast<int>(places.size()) - 1;
    }
  }
  overlaps.resize(event.slots.size());
  for (int a = 0; a < slot_count; ++a) {
    for (int b = 0; b < slot_count; ++b) {
      if (a == b || TimesOverlap(event.slots[static_cast<std::size_t>(a)], event.slots[static_cast<std::size_t>(b)])) {
        overlaps[static_cast<std::size_t>(a)].push_back(b);
      }
    }
  }
  for (const EventSlot& slot : event.slots) {
    std::vector<int> of_slot;
    for (const std::string& id : slot.tables) {
      if (const auto table = table_index.find(id); table != table_index.end()) of_slot.push_back(table->second);
    }
    std::sort(of_slot.begin(), of_slot.end());
    tables.push_back(std::move(of_slot));
  }
  demo_table.assign(event.tables.size(), event.rules.demo_tables.empty());
  for (const std::string& id : event.rules.demo_tables) {
    if (const auto table = table_index.find(id); table != table_index.end()) {
      demo_table[static_cast<std::size_t>(table->second)] = true;
    }
  }
  max_consecutive = event.rules.max_consecutive;

  person_count = first_booth;
  for (const EventTeam& team : event.teams) {
    Team numbers;
    for (const std::string& id : team.hosts) {
      if (const auto host = person_index.find(id); host != person_index.end()) numbers.hosts.push_back(host->second);
    }
    if (numbers.hosts.empty()) numbers.hosts.push_back(person_count++);
    numbers.max_meetings = team.max_meetings.value_or(kNoLimit);
    numbers.max_per_session = team.max_per_session.value_or(kNoLimit);
    teams.push_back(std::move(numbers));
  }
  present_.assign(static_cast<std::size_t>(person_count) * static_cast<std::size_t>(slot_count), true);
  const int everybody = event.rules.default_max_meetings_per_person;
  for (std::size_t p = 0; p < event.people.size(); ++p) {
    for (const std::string& id : event.people[p].absent_slots) {
      const auto slot = slot_index.find(id);
      if (slot == slot_index.end()) continue;
      present_[p * static_cast<std::size_t>(slot_count) + static_cast<std::size_t>(slot->second)] = false;
    }
    guest_limit.push_back(event.people[p].max_meetings.value_or(everybody > 0 ? everybody : kNoLimit));
  }

  const std::set<std::pair<std::string, std::string>> excluded(event.excluded.begin(), event.excluded.end());
  for (const MeetingRequest& request : given) {
    Request numbers;
    numbers.guest = request.person;
    numbers.team = request.team;
    const bool promised = event.rules.priority_one_required && request.priority == 1 && !request.declined;
    const bool must = request.required || promised;
    numbers.rank = must ? 0 : request.priority;
    numbers.gain = request.gain;
    numbers.demo = request.demo_table;
    numbers.fixed_slot = request.fixed_slot;
    numbers.fixed_table = request.fixed_table;
    numbers.declined = request.declined;
    numbers.excluded = request.declined || excluded.contains({event.people[static_cast<std::size_t>(request.person)].id,
                                                              event.teams[static_cast<std::size_t>(request.team)].id});
    requests.push_back(numbers);
  }
}

bool FairModel::SlotHasTableFor(const Request& request, int slot) const {
  const std::vector<int>& of_slot = tables[static_cast<std::size_t>(slot)];
  if (!request.demo && request.fixed_table < 0) return !of_slot.empty();
  return std::any_of(of_slot.begin(), of_slot.end(), [&](int table) { return TableSuits(request, table); });
}

std::vector<int> FairModel::PossibleSlots(const Request& request) const {
  std::vector<int> slots;
  if (request.excluded) return slots;
  for (int s = 0; s < slot_count; ++s) {
    if ((request.fixed_slot >= 0 && request.fixed_slot != s) || !Present(request.guest, s)) continue;
    const std::vector<int>& hosts = teams[static_cast<std::size_t>(request.team)].hosts;
    const bool host =
        std::any_of(hosts.begin(), hosts.end(), [&](int h) { return h != request.guest && Present(h, s); });
    if (host && SlotHasTableFor(request, s)) slots.push_back(s);
  }
  return slots;
}

Board::Board(const FairModel& model) : model_(model) {
  const auto slots = static_cast<std::size_t>(model.slot_count);
  placement_.resize(model.requests.size());
  person_at_.assign(static_cast<std::size_t>(model.person_count) * slots, -1);
  table_at_.assign(static_cast<std::size_t>(model.table_count) * slots, -1);
  table_blocked_.assign(table_at_.size(), 0);
  const std::size_t words = (static_cast<std::size_t>(model.table_count) + kWordBits - 1) / kWordBits;
  free_plain_.assign(slots, std::vector<std::uint64_t>(words, 0));
  free_demo_ = free_plain_;
  free_count_.resize(slots);
  for (std::size_t s = 0; s < slots; ++s) {
    for (int table : model.tables[s]) {
      auto& bits = model.demo_table[static_cast<std::size_t>(table)] ? free_demo_[s] : free_plain_[s];
      bits[static_cast<std::size_t>(table / kWordBits)] |= std::uint64_t{1} << (table % kWordBits);
    }
    free_count_[s] = static_cast<int>(model.tables[s].size());
  }
  team_count_.assign(model.teams.size(), 0);
  session_count_.assign(model.teams.size() * static_cast<std::size_t>(model.session_count), 0);
  guest_count_.assign(static_cast<std::size_t>(model.person_count), 0);
  counts_.assign(FairModel::kClasses, 0);
}

bool Board::Busy(int person, int slot) const {
  for (int s : model_.overlaps[static_cast<std::size_t>(slot)]) {
    if (MeetingOf(person, s) >= 0) return true;
  }
  return false;
}

bool Board::GuestCan(int request, int slot) const {
  const auto& r = model_.requests[static_cast<std::size_t>(request)];
  return !r.excluded && (r.fixed_slot < 0 || r.fixed_slot == slot) && model_.Present(r.guest, slot) &&
         GuestCount(r.guest) < model_.guest_limit[static_cast<std::size_t>(r.guest)] && !Busy(r.guest, slot);
}

bool Board::TeamHasRoom(int request, int slot) const {
  const int team = model_.requests[static_cast<std::size_t>(request)].team;
  const auto& limits = model_.teams[static_cast<std::size_t>(team)];
  return TeamCount(team) < limits.max_meetings &&
         SessionCount(team, model_.session[static_cast<std::size_t>(slot)]) < limits.max_per_session;
}

bool Board::HostsAtPlace(int host, int session, int place) const {
  const auto& places = model_.by_place[static_cast<std::size_t>(session)];
  if (place < 0 || place >= static_cast<int>(places.size())) return false;
  for (int s : places[static_cast<std::size_t>(place)]) {
    const int meeting = MeetingOf(host, s);
    if (meeting >= 0 && at(meeting).host == host) return true;
  }
  return false;
}

bool Board::HostRested(int host, int slot) const {
  if (model_.max_consecutive == 0 || host >= model_.first_booth) return true;
  const int session = model_.session[static_cast<std::size_t>(slot)];
  const int place = model_.place[static_cast<std::size_t>(slot)];
  int run = 1;
  for (int p = place - 1; run <= model_.max_consecutive && HostsAtPlace(host, session, p); --p) ++run;
  for (int p = place + 1; run <= model_.max_consecutive && HostsAtPlace(host, session, p); ++p) ++run;
  return run <= model_.max_consecutive;
}

bool Board::HostCan(int request, int host, int slot) const {
  return host != model_.requests[static_cast<std::size_t>(request)].guest && model_.Present(host, slot) &&
         !Busy(host, slot) && HostRested(host, slot);
}

int Board::FirstFree(int slot, bool demo) const {
  const auto& bits = demo ? free_demo_[static_cast<std::size_t>(slot)] : free_plain_[static_cast<std::size_t>(slot)];
  for (std::size_t w = 0; w < bits.size(); ++w) {
    if (bits[w] != 0) return static_cast<int>(w) * kWordBits + std::countr_zero(bits[w]);
  }
  return -1;
}

int Board::MakeTable(int request, int slot) {
  if (free_count_[static_cast<std::size_t>(slot)] == 0) return -1;
  std::vector<int> visited;
  return FindTable(request, slot, &visited);
}

// An augmenting path in the graph of the slot's meetings and tables; plain meetings keep off the demo tables.
int Board::FindTable(int request, int slot, std::vector<int>* visited) {
  const auto& r = model_.requests[static_cast<std::size_t>(request)];
  if (r.fixed_table < 0) {
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
    person_at_[PersonSlot(r.guest, where.slot)] = meeting;
    person_at_[PersonSlot(where.host, where.slot)] = meeting;
    table_at_[TableSlot(where.table, where.slot)] = meeting;
    for (int s : model_.overlaps[static_cast<std::size_t>(where.slot)]) {
      const auto& of_slot = model_.tables[static_cast<std::size_t>(s)];
      if (!std::binary_search(of_slot.begin(), of_slot.end(), where.table)) continue;
      int& blocked = table_blocked_[TableSlot(where.table, s)];
      const bool was_free = blocked == 0;
      blocked += by;
      if (was_free == (blocked == 0)) continue;
      auto& bits = model_.demo_table[static_cast<std::size_t>(where.table)] ? free_demo_[static_cast<std::size_t>(s)]
                                                                            : free_plain_[static_cast<std::size_t>(s)];
      bits[static_cast<std::size_t>(where.table / kWordBits)] ^= std::uint64_t{1} << (where.table % kWordBits);
      free_count_[static_cast<std::size_t>(s)] -= by;
    }
    team_count_[static_cast<std::size_t>(r.team)] += by;
    session_count_[static_cast<std::size_t>(r.team) * static_cast<std::size_t>(model_.session_count) +
                   static_cast<std::size_t>(model_.session[static_cast<std::size_t>(where.slot)])] += by;
    guest_count_[static_cast<std::size_t>(r.guest)] += by;
    counts_[static_cast<std::size_t>(r.rank)] += by;
  };
  if (now.slot >= 0) count(now, -1);
  now = placement;
  if (now.slot >= 0) count(now, 1);
}

bool Board::TryPlace(int request, int slot, int host) {
  if (!GuestCan(request, slot) || !TeamHasRoom(request, slot) || !HostCan(request, host, slot)) return false;
  const int table = MakeTable(request, slot);
  if (table < 0) return false;
  Set(request, {slot, table, host}, true);
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
