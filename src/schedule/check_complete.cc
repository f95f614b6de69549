// The judge's last question: was an open request forgotten?
#include <fmt/format.h>

#include "judged_fair.h"

namespace magpie {
namespace {

class ForgottenSearch : private JudgedFair {
 public:
  explicit ForgottenSearch(const JudgedFair& fair) : JudgedFair(fair) {}

  std::vector<std::string> Find() {
    std::map<std::string, std::vector<const EventSlot*>> clashes, at_once;
    for (const EventSlot& a : event_.slots) {
      for (const EventSlot& b : event_.slots) {
        if (Clash(a, b)) clashes[a.id].push_back(&b);
        if (AtOnce(a, b)) at_once[a.id].push_back(&b);
      }
    }
    Occupied now;
    now.busy = on_tour_;
    std::vector<std::string> forgotten;
    for (const Meeting& m : timetable_.meetings) {
      for (const EventSlot* slot : clashes[Slot(m).id]) {
        for (const auto& [what, person] : People(m)) now.busy.insert({person->id, slot->id});
        if (m.host < 0) now.booth.insert({Team(m).id, slot->id});
      }
      for (const EventSlot* slot : at_once[Slot(m).id]) {
        if (now.taken.insert({Table(m).id, slot->id}).second && OwnerOf(Table(m).id) == nullptr &&
            Has(slot->tables, Table(m).id)) {
          ++now.common_taken[slot->id];
        }
      }
      ++now.of_guest[Guest(m).id];
      ++now.of_team[Team(m).id];
      ++now.of_session[{Team(m).id, Slot(m).session}];
      now.visits[{Guest(m).id, Slot(m).session}].insert(Slot(m).id);
      if (m.host >= 0) now.hosted[{HostId(m), Slot(m).session}].insert(Slot(m).id);
      now.placed.insert(m.request);
      if (RequestOf(m).instead_of >= 0) now.stood_in_for.insert(RequestOf(m).instead_of);
    }
    for (const EventPerson& person : event_.people) people_.emplace(person.id, &person);
    for (const Unplaced& u : timetable_.unplaced) {
      const MeetingRequest& r = requests_[static_cast<std::size_t>(u.request)];
      if (IsExcluded(r) || now.stood_in_for.contains(u.request) ||
          (r.instead_of >= 0 && (now.placed.contains(r.instead_of) || now.stood_in_for.contains(r.instead_of)))) {
        continue;
      }
      const auto could = [&](const EventSlot& slot) { return CouldBeHeld(r, slot, now); };
      if (const auto slot = std::ranges::find_if(event_.slots, could); slot != event_.slots.end()) {
        forgotten.push_back(fmt::format("request {} is not placed ({}) but could be held in slot {}", u.request,
                                        UnplacedReasonName(u.reason), slot->id));
      }
    }
    return forgotten;
  }

 private:
  using Pair = std::pair<std::string, std::string>;
  // What meetings and tours take.
  struct Occupied {
    std::set<Pair> busy;   // person, slot
    std::set<Pair> taken;  // table, slot
    std::set<Pair> booth;  // team without hosts, slot
    std::map<std::string, int> of_guest, of_team, common_taken;
    std::map<Pair, int> of_session;                // team, session
    std::map<Pair, std::set<std::string>> hosted;  // host, session
    std::map<Pair, std::set<std::string>> visits;  // guest, session
    std::set<std::int32_t> placed, stood_in_for;
  };

  bool IsFree(const EventPerson& person, const EventSlot& slot, const Occupied& now) const {
    return !Has(person.absent_slots, slot.id) && !now.busy.contains({person.id, slot.id});
  }

  template <typename Slots>
  std::set<std::string> With(const Slots& slots, const std::string& person, const EventSlot& slot) const {
    std::set<std::string> with;
    if (const auto held = slots.find({person, slot.session}); held != slots.end()) with = held->second;
    with.insert(slot.id);
    return with;
  }

  bool CouldBeHeld(const MeetingRequest& r, const EventSlot& slot, const Occupied& now) const {
    const EventTeam& team = event_.teams[static_cast<std::size_t>(r.team)];
    const auto count = [](const auto& counts, const auto& key) {
      const auto at = counts.find(key);
      return at == counts.end() ? 0 : at->second;
    };
    if ((r.fixed_slot >= 0 && &event_.slots[static_cast<std::size_t>(r.fixed_slot)] != &slot) ||
        (team.max_meetings && count(now.of_team, team.id) >= *team.max_meetings) ||
        (team.max_per_session && count(now.of_session, Pair(team.id, slot.session)) >= *team.max_per_session)) {
      return false;
    }
    const auto free_table = [&](const std::string& id) {
      const EventTeam* owner = OwnerOf(id);
      const bool elsewhere = r.fixed_table >= 0 && event_.tables[static_cast<std::size_t>(r.fixed_table)].id != id;
      return !elsewhere && !now.taken.contains({id, slot.id}) &&
             (owner == nullptr ? team.table.empty() : owner->id == team.id) &&
             (!r.demo_table || event_.rules.demo_tables.empty() || Has(event_.rules.demo_tables, id));
    };
    const bool kept =
        team.table.empty() && CommonTables(slot) - count(now.common_taken, slot.id) <= event_.rules.walk_in_tables;
    if (kept || std::ranges::none_of(slot.tables, free_table)) return false;
    const EventRules& rules = event_.rules;
    for (const EventPerson* guest : GuestsOf(r)) {
      const int limit = LimitOf(*guest);
      if (KeptApart(r, *guest) || !IsFree(*guest, slot, now) ||
          (limit >= 0 && count(now.of_guest, guest->id) >= limit)) {
        continue;
      }
      const auto steps = StepsOf(slot.session);
      const std::set<std::string> with = With(now.visits, guest->id, slot);
      if (rules.max_consecutive_guest > 0 && LongestRun(steps, with) > rules.max_consecutive_guest) continue;
      if (rules.max_idle_slots && !rules.idle_slots_soft &&
          LongestWait(guest->id, slot.session, with) > *rules.max_idle_slots) {
        continue;
      }
      if (team.hosts.empty()) {
        if (!now.booth.contains({team.id, slot.id})) return true;
        continue;
      }
      for (const std::string& id : team.hosts) {
        const EventPerson& host = *people_.at(id);
        if (id == guest->id || !IsFree(host, slot, now) ||
            (rules.max_consecutive > 0 && LongestRun(steps, With(now.hosted, id, slot)) > rules.max_consecutive)) {
          continue;
        }
        const auto helps = [&](const EventPerson& p) { return CanInterpret(p, *guest, host) && IsFree(p, slot, now); };
        if (!NeedInterpreter(*guest, host) || std::ranges::any_of(event_.people, helps)) return true;
      }
    }
    return false;
  }
  std::map<std::string, const EventPerson*> people_;
};

}  // namespace

std::vector<std::string> FindForgotten(const JudgedFair& fair) {
  return ForgottenSearch(fair).Find();
}

}  // namespace magpie
