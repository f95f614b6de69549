#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "event_reader.h"

namespace magpie {
namespace {

constexpr std::size_t kMostSlots = 10'000;  // a month of slots of five minutes

}  // namespace

bool MakeSessionSlots(const EventSession& session, int minutes, int pause, std::vector<EventSlot>* slots) {
  Time at = *session.start;
  for (int number = 1;;) {
    Time until = at;
    until.unix_seconds += std::int64_t{60} * minutes;
    if (until > *session.end) return true;
    const auto busy = std::find_if(session.plenary.begin(), session.plenary.end(), [&](const EventPlenary& p) {
      return p.start && p.end && *p.start < until && at < *p.end;
    });
    if (busy != session.plenary.end()) {
      at.unix_seconds = busy->end->unix_seconds;
      continue;
    }
    if (slots->size() == kMostSlots) return false;
    EventSlot slot;
    slot.id = fmt::format("{}-{}", session.id, number++);
    slot.session = session.id;
    slot.start = at;
    slot.end = until;
    slots->push_back(std::move(slot));
    at.unix_seconds = until.unix_seconds + std::int64_t{60} * pause;
  }
}

}  // namespace magpie
