#include "model.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

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

}  // namespace

FairModel::FairModel(const Event& event, const std::vector<MeetingRequest>& given, const std::vector<Tour>& tours) {
  ReadSlots(event);
  ReadTables(event);
  ReadTeams(event);
  ReadPeople(event);
  ReadTours(event, tours);
  ReadRequests(event, given);
}

void FairModel::ReadSlots(const Event& event) {
  slot_count = static_cast<int>(event.slots.size());
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

  std::map<std::string_view, std::string_view> place_of;  // of each session
  for (const EventSession& of : event.sessions) place_of.emplace(of.id, of.place);
  const auto too_close = [&](const EventSlot& earlier, const EventSlot& later) {
    if (!earlier.end || !later.start || *earlier.end > *later.start) return false;
    const int minutes =
        TravelMinutes(event, std::string(place_of[earlier.session]), std::string(place_of[later.session]));
    return later.start->unix_seconds - earlier.end->unix_seconds < std::int64_t{60} * minutes;
  };
  overlaps.resize(event.slots.size());
  clashes.resize(event.slots.size());
  for (std::size_t a = 0; a < event.slots.size(); ++a) {
    for (std::size_t b = 0; b < event.slots.size(); ++b) {
      const EventSlot &one = event.slots[a], &other = event.slots[b];
      const bool together = a == b || TimesOverlap(one, other);
      if (together) overlaps[a].push_back(static_cast<int>(b));
      if (together || too_close(one, other) || too_close(other, one)) clashes[a].push_back(static_cast<int>(b));
    }
  }
}

void FairModel::ReadTables(const Event& event) {
  const auto table_index = IndexById(event.tables);
  table_count = static_cast<int>(event.tables.size());
  for (const EventSlot& slot : event.slots) {
    std::vector<int> of_slot;
    for (const std::string& id : slot.tables) {
      if (const auto table = table_index.find(id); table != table_index.end()) of_slot.push_back(table->second);
    }
    std::sort(of_slot.begin(), of_slot.end());
    tables.push_back(std::move(of_slot));
    kept_tables.push_back(event.rules.walk_in_tables);
  }
  demo_table.assign(event.tables.size(), event.rules.demo_tables.empty());
  for (const std::string& id : event.rules.demo_tables) {
    if (const auto table = table_index.find(id); table != table_index.end()) {
      demo_table[static_cast<std::size_t>(table->second)] = true;
    }
  }
  table_owner.assign(event.tables.size(), -1);
  for (std::size_t t = 0; t < event.teams.size(); ++t) {
    if (const auto table = table_index.find(event.teams[t].table); table != table_index.end()) {
      table_owner[static_cast<std::size_t>(table->second)] = static_cast<int>(t);
    }
  }
}

void FairModel::ReadTeams(const Event& event) {
  const auto person_index = IndexById(event.people);
  first_booth = person_count = static_cast<int>(event.people.size());
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
  for (std::size_t table = 0; table < table_owner.size(); ++table) {
    if (table_owner[table] >= 0) teams[static_cast<std::size_t>(table_owner[table])].table = static_cast<int>(table);
  }
}

void FairModel::ReadPeople(const Event& event) {
  const auto slot_index = IndexById(event.slots);
  const auto slots = static_cast<std::size_t>(slot_count);
  present_.assign(static_cast<std::size_t>(person_count) * slots, true);
  languages_.resize(static_cast<std::size_t>(person_count));
  std::map<std::string_view, int> language_index;
  const int everybody = event.rules.default_max_meetings_per_person;
  for (std::size_t p = 0; p < event.people.size(); ++p) {
    const EventPerson& person = event.people[p];
    for (const std::string& id : person.absent_slots) {
      const auto slot = slot_index.find(id);
      if (slot != slot_index.end()) present_[p * slots + static_cast<std::size_t>(slot->second)] = false;
    }
    guest_limit.push_back(person.max_meetings.value_or(everybody > 0 ? everybody : kNoLimit));
    for (const std::string& language : person.languages) {
      languages_[p].push_back(language_index.emplace(language, static_cast<int>(language_index.size())).first->second);
    }
    std::ranges::sort(languages_[p]);
    if (person.interpreter) interpreters.push_back(static_cast<int>(p));
  }
  languages_count_ = event.rules.common_language;
  max_consecutive = event.rules.max_consecutive;
  max_consecutive_guest = event.rules.max_consecutive_guest;
  max_idle = event.rules.max_idle_slots.value_or(kNoLimit);
  idle_soft = event.rules.idle_slots_soft;
}

void FairModel::ReadTours(const Event& event, const std::vector<Tour>& tours) {
  if (tours.empty()) return;
  on_tour_.assign(present_.size(), false);
  const auto slot_index = IndexById(event.slots), person_index = IndexById(event.people);
  for (std::size_t t = 0; t < tours.size(); ++t) {
    for (const std::string& slot : SlotsDuring(event, event.tours[t], tours[t])) {
      for (const std::string& person : event.tours[t].people) {
        const std::size_t at =
            static_cast<std::size_t>(person_index.at(person)) * static_cast<std::size_t>(slot_count) +
            static_cast<std::size_t>(slot_index.at(slot));
        on_tour_[at] = true;
        present_[at] = false;
      }
    }
  }
}

int FairModel::Wait(int guest, int in_session, int from, int to) const {
  int wait = to - from - 1;
  for (int p = from + 1; p < to && !on_tour_.empty(); ++p) {
    const auto& slots = by_place[static_cast<std::size_t>(in_session)][static_cast<std::size_t>(p)];
    wait -= std::ranges::any_of(slots, [&](int s) { return OnTour(guest, s); });
  }
  return wait;
}

void FairModel::ReadRequests(const Event& event, const std::vector<MeetingRequest>& given) {
  const std::set<std::pair<std::string, std::string>> excluded(event.excluded.begin(), event.excluded.end());
  for (const MeetingRequest& request : given) {
    Request numbers;
    numbers.team = request.team;
    std::vector<int> people = {request.person};
    people.insert(people.end(), request.others.begin(), request.others.end());
    const std::string& team = event.teams[static_cast<std::size_t>(request.team)].id;
    for (int person : people) {
      const std::string& id = event.people[static_cast<std::size_t>(person)].id;
      if (excluded.empty() || !excluded.contains({id, team})) numbers.guests.push_back(person);
    }
    numbers.declined = request.declined;
    numbers.excluded = request.declined || numbers.guests.empty();
    if (numbers.guests.empty()) numbers.guests.push_back(request.person);
    numbers.guest = numbers.guests.front();
    const bool promised = event.rules.priority_one_required && request.priority == 1 && !request.declined;
    const bool must = request.required || promised;
    numbers.rank = must ? 0 : request.priority;
    numbers.gain = request.gain;
    numbers.demo = request.demo_table;
    numbers.fixed_slot = request.fixed_slot;
    numbers.fixed_table = request.fixed_table;
    numbers.instead_of = request.instead_of;
    requests.push_back(std::move(numbers));
  }
  substitutes.resize(requests.size());
  for (std::size_t r = 0; r < requests.size(); ++r) {
    if (requests[r].instead_of >= 0) {
      substitutes[static_cast<std::size_t>(requests[r].instead_of)].push_back(static_cast<int>(r));
    }
  }
}

int FairModel::Seats(int slot) const {
  const auto s = static_cast<std::size_t>(slot);
  const auto owned =
      std::ranges::count_if(tables[s], [&](int t) { return table_owner[static_cast<std::size_t>(t)] >= 0; });
  return static_cast<int>(owned + std::max<std::ptrdiff_t>(0, std::ssize(tables[s]) - owned - kept_tables[s]));
}

bool FairModel::SlotHasTableFor(const Request& request, int slot) const {
  const auto& of_slot = tables[static_cast<std::size_t>(slot)];
  const bool own = teams[static_cast<std::size_t>(request.team)].table >= 0;
  if (!own && Seats(slot) == 0) return false;
  return std::ranges::any_of(of_slot, [&](int table) { return TableSuits(request, table); });
}

bool FairModel::NeedInterpreter(int guest, int host) const {
  if (!languages_count_) return false;
  const auto &one = languages_[static_cast<std::size_t>(guest)], &other = languages_[static_cast<std::size_t>(host)];
  return !one.empty() && !other.empty() &&
         std::ranges::none_of(one, [&](int l) { return std::ranges::binary_search(other, l); });
}

bool FairModel::Interprets(int interpreter, int guest, int host) const {
  const auto& speaks = languages_[static_cast<std::size_t>(interpreter)];
  const auto shares = [&](int person) {
    return std::ranges::any_of(languages_[static_cast<std::size_t>(person)],
                               [&](int l) { return std::ranges::binary_search(speaks, l); });
  };
  return shares(guest) && shares(host);
}

std::vector<int> FairModel::PossibleSlots(const Request& request) const {
  std::vector<int> slots;
  if (request.excluded) return slots;
  const std::vector<int>& hosts = teams[static_cast<std::size_t>(request.team)].hosts;
  for (int s = 0; s < slot_count; ++s) {
    if (request.fixed_slot >= 0 && request.fixed_slot != s) continue;
    const bool together = std::ranges::any_of(request.guests, [&](int guest) {
      return Present(guest, s) &&
             std::ranges::any_of(hosts, [&](int host) { return host != guest && Present(host, s); });
    });
    if (together && SlotHasTableFor(request, s)) slots.push_back(s);
  }
  return slots;
}

}  // namespace magpie
