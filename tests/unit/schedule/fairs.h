// Random events for the tests of the timetable, and the slow obvious twin.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "magpie/base/random.h"
#include "magpie/schedule/schedule.h"

namespace magpie_test {

struct FairShape {
  int guests = 4, teams = 2, sessions = 1, slots_per_session = 3, tables = 2, requests = 5;
  int hosts_per_team = 1;
  int absences_in_ten = 0;  // of each person and slot
  bool limits = false;      // max_meetings, max_per_session, max_consecutive, guests' limits
  bool demo = false;        // the last table is the demo table
  bool shared_hosts = false;
  bool excluded = false;
  bool parallel = false;  // two slots of a session at the same time
  bool hosts_are_guests = false;
  bool real = false;  // own tables, languages, ways, walk-ins, breaks and waits of guests, wishes of parties
  int tours = 0;
};

inline magpie::Event RandomFair(std::uint64_t seed, const FairShape& shape) {
  magpie::Random random(seed);
  const auto below = [&](int bound) { return static_cast<int>(random.Below(static_cast<std::uint64_t>(bound))); };
  magpie::Event event;
  for (int t = 0; t < shape.tables; ++t) event.tables.push_back({fmt::format("T{}", t), "", false});
  if (shape.demo) event.rules.demo_tables = {event.tables.back().id};
  for (int s = 0; s < shape.sessions; ++s) {
    event.sessions.push_back({fmt::format("S{}", s), "", "", {}, {}, {}});
    for (int i = 0; i < shape.slots_per_session; ++i) {
      magpie::EventSlot slot;
      slot.id = fmt::format("S{}-{}", s, i);
      slot.session = event.sessions.back().id;
      const int step = shape.parallel ? i / 2 : i;
      slot.start = magpie::Time{std::int64_t{86400} * s + std::int64_t{1800} * step, 480};
      slot.end = magpie::Time{slot.start->unix_seconds + 1500, 480};
      for (const auto& table : event.tables) {
        if (shape.tables == 1 || below(8) != 0) slot.tables.push_back(table.id);
      }
      event.slots.push_back(slot);
    }
  }
  const auto person = [&](const std::string& id) {
    magpie::EventPerson p;
    p.id = id;
    for (const auto& slot : event.slots) {
      if (below(10) < shape.absences_in_ten) p.absent_slots.push_back(slot.id);
    }
    if (shape.limits && below(3) == 0) p.max_meetings = 1 + below(2);
    event.people.push_back(p);
  };
  for (int g = 0; g < shape.guests; ++g) person(fmt::format("P{}", g));
  for (int t = 0; t < shape.teams; ++t) {
    magpie::EventTeam team;
    team.id = fmt::format("TEAM{}", t);
    for (int h = 0; h < shape.hosts_per_team; ++h) {
      person(fmt::format("H{}-{}", t, h));
      team.hosts.push_back(event.people.back().id);
    }
    if (shape.shared_hosts && t > 0 && below(2) == 0) team.hosts.push_back(event.teams.back().hosts.front());
    if (shape.limits) {
      if (below(2) == 0) team.max_meetings = 1 + below(3);
      if (below(2) == 0) team.max_per_session = 1 + below(2);
    }
    event.teams.push_back(team);
  }
  if (shape.limits) event.rules.max_consecutive = 1 + below(2);
  for (int w = 0; w < shape.requests; ++w) {
    magpie::EventWish wish;
    wish.id = fmt::format("W{}", w);
    wish.team = event.teams[static_cast<std::size_t>(below(shape.teams))].id;
    const int people = shape.hosts_are_guests ? static_cast<int>(event.people.size()) : shape.guests;
    wish.person = event.people[static_cast<std::size_t>(below(people))].id;
    wish.priority = 1 + below(3);
    wish.demo_table = shape.demo && below(4) == 0;
    event.wishes.push_back(wish);
  }
  if (shape.real) {
    for (auto& p : event.people) {
      p.party = fmt::format("party {}", below(3));
      if (below(2) == 0) p.languages = {below(2) == 0 ? "zh" : "ru"};
    }
    for (int i = 0; i < 2; ++i) {
      person(fmt::format("I{}", i));
      event.people.back().interpreter = true;
      event.people.back().languages = {"ru", "zh"};
    }
    event.rules.common_language = below(2) == 0;
    event.rules.walk_in_tables = below(2);
    event.rules.max_consecutive_guest = below(3);
    if (below(2) == 0) event.rules.max_idle_slots = below(2);
    event.rules.idle_slots_soft = below(2) == 0;
    if (shape.tables > 2 && below(2) == 0) event.teams.front().table = event.tables.front().id;
    for (auto& session : event.sessions) {
      session.place = session.id;
      event.travel.push_back({event.sessions.front().place, session.place, below(2) == 0 ? 30 : 60 * 24});
    }
    for (auto& wish : event.wishes) {
      if (below(4) != 0) continue;
      wish.party = fmt::format("party {}", below(3));
      if (std::ranges::count(event.people, wish.party, &magpie::EventPerson::party) == 0) continue;
      wish.person.clear();
    }
    for (auto& wish : event.wishes) {
      if (!wish.person.empty()) wish.party.clear();
    }
  }
  for (int t = 0; t < shape.tours; ++t) {
    const auto& session = event.sessions[static_cast<std::size_t>(below(shape.sessions))];
    const auto first = std::ranges::find(event.slots, session.id, &magpie::EventSlot::session);
    const auto later = [&](int minutes) {
      magpie::Time time = *first->start;
      time.unix_seconds += std::int64_t{60} * minutes;
      return time;
    };
    magpie::EventTour tour;
    tour.id = fmt::format("TOUR{}", t);
    for (int i = 1 + below(2); i > 0; --i) {
      const auto& who = event.people[static_cast<std::size_t>(below(static_cast<int>(event.people.size())))].id;
      if (std::ranges::count(tour.people, who) == 0) tour.people.push_back(who);
    }
    tour.from = tour.to = session.place;
    tour.start = later(-30 + 5 * below(12));
    tour.end = tour.start;
    tour.end.unix_seconds += std::int64_t{60} * (60 + 5 * below(30));
    for (int i = below(4); i >= 0; --i) {
      tour.stops.push_back({.place = fmt::format("firm {}", below(5)), .minutes = 10 + 5 * below(6)});
      if (below(3) != 0) continue;
      const int opens = 5 * below(30);
      tour.stops.back().windows = {{later(opens), later(opens + 30 + below(60))}};
    }
    for (int firm = 0; firm < 5; ++firm) {
      event.travel.push_back({fmt::format("firm {}", firm), session.place, 5 * below(5)});
      event.travel.push_back({fmt::format("firm {}", firm), fmt::format("firm {}", below(5)), 5 * below(3)});
    }
    event.tours.push_back(std::move(tour));
  }
  if (shape.excluded && !event.wishes.front().person.empty())
    event.excluded.emplace_back(event.wishes.front().person, event.wishes.front().team);
  return event;
}

// `size` guests x `size` teams of one host each, `degree` requests of every guest and team (drawn as permutations), a
// table for each team, and `blocked_in_hundred` of all (person, slot) absent.
struct LargeFair {
  magpie::Event event;
  std::vector<magpie::MeetingRequest> requests;
};

inline LargeFair MakeLargeFair(int size, int degree, int slots, int blocked_in_hundred, std::uint64_t seed) {
  magpie::Random random(seed);
  LargeFair fair;
  magpie::Event& event = fair.event;
  event.sessions.push_back({"S", "", "", {}, {}, {}});
  std::vector<std::string> tables;
  for (int t = 0; t < size; ++t) {
    tables.push_back(fmt::format("T{}", t));
    event.tables.push_back({tables.back(), "", false});
  }
  for (int s = 0; s < slots; ++s) {
    const std::int64_t start = std::int64_t{1800} * s;
    event.slots.push_back(
        {fmt::format("s{}", s), "S", magpie::Time{start, 480}, magpie::Time{start + 1500, 480}, tables});
  }
  for (int p = 0; p < 2 * size; ++p) {
    magpie::EventPerson person;
    person.id = p < size ? fmt::format("P{}", p) : fmt::format("H{}", p - size);
    for (const auto& slot : event.slots) {
      if (random.Below(100) < static_cast<std::uint64_t>(blocked_in_hundred)) person.absent_slots.push_back(slot.id);
    }
    event.people.push_back(std::move(person));
  }
  for (int t = 0; t < size; ++t) {
    magpie::EventTeam team;
    team.id = fmt::format("B{}", t);
    team.hosts = {fmt::format("H{}", t)};
    event.teams.push_back(std::move(team));
  }
  std::vector<int> teams(static_cast<std::size_t>(size));
  for (int t = 0; t < size; ++t) teams[static_cast<std::size_t>(t)] = t;
  for (int k = 0; k < degree; ++k) {
    for (std::size_t i = teams.size(); i > 1; --i) std::swap(teams[i - 1], teams[random.Below(i)]);
    for (int p = 0; p < size; ++p) {
      magpie::MeetingRequest request;
      request.person = p;
      request.team = teams[static_cast<std::size_t>(p)];
      request.priority = 4;
      fair.requests.push_back(std::move(request));
    }
  }
  return fair;
}

// Placed requests of each priority, from the first on.
inline std::vector<int> CountsByPriority(const std::vector<magpie::MeetingRequest>& requests,
                                         const magpie::Timetable& timetable) {
  std::vector<int> counts(4, 0);
  for (const auto& meeting : timetable.meetings) {
    ++counts[static_cast<std::size_t>(requests[static_cast<std::size_t>(meeting.request)].priority - 1)];
  }
  return counts;
}

// The best counts over every choice of slot, table and host for every request. Knows nothing of required requests,
// people who are host and guest, or slots at the same time.
inline std::vector<int> BruteForceCounts(const magpie::Event& event,
                                         const std::vector<magpie::MeetingRequest>& requests) {
  struct Held {
    int request, slot, table, host;
  };
  const auto id_of = [&](int p) { return event.people[static_cast<std::size_t>(p)].id; };
  const auto absent = [&](int p, const std::string& slot) {
    const auto& slots = event.people[static_cast<std::size_t>(p)].absent_slots;
    return std::find(slots.begin(), slots.end(), slot) != slots.end();
  };
  std::vector<Held> held;
  std::vector<int> best(4, 0), now(4, 0);
  const auto fits = [&](const Held& h) {
    const auto& r = requests[static_cast<std::size_t>(h.request)];
    const auto& slot = event.slots[static_cast<std::size_t>(h.slot)];
    const auto& team = event.teams[static_cast<std::size_t>(r.team)];
    if (absent(r.person, slot.id) || absent(h.host, slot.id)) return false;
    int of_team = 1, of_session = 1, of_guest = 1;
    std::set<int> hosted = {h.slot};
    for (const Held& other : held) {
      const auto& o = requests[static_cast<std::size_t>(other.request)];
      const bool same_session = event.slots[static_cast<std::size_t>(other.slot)].session == slot.session;
      if (other.slot == h.slot && (other.table == h.table || other.host == h.host || o.person == r.person))
        return false;
      of_team += o.team == r.team;
      of_session += o.team == r.team && same_session;
      of_guest += o.person == r.person;
      if (other.host == h.host && same_session) hosted.insert(other.slot);
    }
    if (team.max_meetings && of_team > *team.max_meetings) return false;
    if (team.max_per_session && of_session > *team.max_per_session) return false;
    const auto& guest = event.people[static_cast<std::size_t>(r.person)];
    if (guest.max_meetings && of_guest > *guest.max_meetings) return false;
    if (event.rules.max_consecutive > 0) {
      int run = 0, before = -2;
      for (int s : hosted) {
        run = s == before + 1 ? run + 1 : 1;
        before = s;
        if (run > event.rules.max_consecutive) return false;
      }
    }
    return true;
  };
  const std::function<void(std::size_t)> visit = [&](std::size_t i) {
    if (i == requests.size()) {
      best = std::max(best, now);
      return;
    }
    const auto& r = requests[i];
    const std::pair pair(id_of(r.person), event.teams[static_cast<std::size_t>(r.team)].id);
    const bool excluded = std::find(event.excluded.begin(), event.excluded.end(), pair) != event.excluded.end();
    for (std::size_t s = 0; s < event.slots.size() && !excluded; ++s) {
      for (std::size_t t = 0; t < event.tables.size(); ++t) {
        const auto& usable = event.slots[s].tables;
        if (std::find(usable.begin(), usable.end(), event.tables[t].id) == usable.end()) continue;
        if (r.demo_table && event.tables[t].id != event.rules.demo_tables.front()) continue;
        for (std::size_t p = 0; p < event.people.size(); ++p) {
          const auto& hosts = event.teams[static_cast<std::size_t>(r.team)].hosts;
          if (std::find(hosts.begin(), hosts.end(), event.people[p].id) == hosts.end()) continue;
          const Held h{static_cast<int>(i), static_cast<int>(s), static_cast<int>(t), static_cast<int>(p)};
          if (!fits(h)) continue;
          held.push_back(h);
          ++now[static_cast<std::size_t>(r.priority - 1)];
          visit(i + 1);
          --now[static_cast<std::size_t>(r.priority - 1)];
          held.pop_back();
        }
      }
    }
    visit(i + 1);
  };
  visit(0);
  return best;
}

}  // namespace magpie_test
