#include "judged_fair.h"

#include <cstdint>

namespace magpie {

std::string PlaceOf(const Event& event, const EventSlot& slot) {
  const auto session = std::ranges::find(event.sessions, slot.session, &EventSession::id);
  return session == event.sessions.end() ? "" : session->place;
}

std::vector<std::set<std::string>> JudgedFair::StepsOf(const std::string& session) const {
  std::vector<const EventSlot*> slots;
  for (const EventSlot& slot : event_.slots) {
    if (slot.session == session) slots.push_back(&slot);
  }
  const bool timed = std::all_of(slots.begin(), slots.end(), [](const EventSlot* s) { return s->start.has_value(); });
  std::vector<std::set<std::string>> steps;
  if (!timed) {
    for (const EventSlot* slot : slots) steps.push_back({slot->id});
    return steps;
  }
  std::map<std::int64_t, std::set<std::string>> by_start;
  for (const EventSlot* slot : slots) by_start[slot->start->unix_seconds].insert(slot->id);
  for (auto& [start, ids] : by_start) steps.push_back(std::move(ids));
  return steps;
}

int JudgedFair::LongestRun(const std::vector<std::set<std::string>>& steps, const std::set<std::string>& hosted) {
  int longest = 0, run = 0;
  for (const std::set<std::string>& step : steps) {
    const bool hosts = std::any_of(step.begin(), step.end(), [&](const auto& id) { return hosted.contains(id); });
    run = hosts ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

int JudgedFair::LongestWait(const std::string& guest, const std::string& session,
                            const std::set<std::string>& slots) const {
  int longest = -1, waits = -1;  // -1 = no meeting yet
  for (const std::set<std::string>& step : StepsOf(session)) {
    if (std::ranges::any_of(step, [&](const auto& id) { return slots.contains(id); })) {
      longest = std::max(longest, waits);
      waits = 0;
    } else if (waits >= 0 && std::ranges::none_of(step, [&](const auto& id) {
                 return on_tour_.contains({guest, id});
               })) {
      ++waits;
    }
  }
  return longest;
}

}  // namespace magpie
