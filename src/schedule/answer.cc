#include "answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "magpie/base/status.h"

namespace magpie {

absl::Status CheckRequests(const Event& event, const std::vector<MeetingRequest>& requests) {
  const auto inside = [](std::int32_t index, std::size_t size, std::int32_t lowest) {
    return index >= lowest && index < static_cast<std::int64_t>(size);
  };
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const MeetingRequest& r = requests[i];
    const auto bad = [&](std::string_view member, std::int64_t value) {
      return MakeError(Reason::kBadArgument, fmt::format("requests[{}].{}", i, member),
                       fmt::format("{} is outside what the event has", value));
    };
    if (!inside(r.person, event.people.size(), 0)) return bad("person", r.person);
    if (!inside(r.team, event.teams.size(), 0)) return bad("team", r.team);
    if (!inside(r.wish, event.wishes.size(), -1)) return bad("wish", r.wish);
    if (!inside(r.fixed_slot, event.slots.size(), -1)) return bad("fixed_slot", r.fixed_slot);
    if (!inside(r.fixed_table, event.tables.size(), -1)) return bad("fixed_table", r.fixed_table);
    for (std::int32_t other : r.others) {
      if (!inside(other, event.people.size(), 0)) return bad("others", other);
    }
    if (!inside(r.instead_of, requests.size(), -1) || r.instead_of == static_cast<std::int32_t>(i) ||
        (r.instead_of >= 0 && (r.required || requests[static_cast<std::size_t>(r.instead_of)].instead_of >= 0))) {
      return bad("instead_of", r.instead_of);
    }
    if (r.priority < 1 || r.priority > 4) return bad("priority", r.priority);
  }
  return absl::OkStatus();
}

// What no other meeting could change comes
// first, then the limits that count everywhere; else the slot that came furthest decides (the guest's time, the team's
// session, a host, a table).
UnplacedReason ReasonOpen(const Board& board, int request) {
  const FairModel& model = board.model();
  const auto& r = model.requests[static_cast<std::size_t>(request)];
  const auto& team = model.teams[static_cast<std::size_t>(r.team)];
  if (r.declined) return UnplacedReason::kDeclined;
  if (r.excluded) return UnplacedReason::kExcluded;
  if (r.instead_of >= 0 && !board.Wanted(request)) return UnplacedReason::kNotNeeded;
  std::vector<int> together;
  bool but_for_tours = false;  // they would be together in some slot
  for (int s = 0; s < model.slot_count; ++s) {
    if (r.fixed_slot >= 0 && r.fixed_slot != s) continue;
    const auto with_host = [&](const auto& there) {
      return std::ranges::any_of(r.guests, [&](int guest) {
        return there(guest) && std::ranges::any_of(team.hosts, [&](int h) { return h != guest && there(h); });
      });
    };
    if (with_host([&](int person) { return model.Present(person, s); })) together.push_back(s);
    but_for_tours |= with_host([&](int person) { return model.Present(person, s) || model.OnTour(person, s); });
  }
  if (together.empty()) return but_for_tours ? UnplacedReason::kOnTour : UnplacedReason::kAbsent;
  if (board.TeamCount(r.team) >= team.max_meetings) return UnplacedReason::kTeamFull;
  const auto used_up = [&](int guest) {
    return board.GuestCount(guest) >= model.guest_limit[static_cast<std::size_t>(guest)];
  };
  if (std::ranges::all_of(r.guests, used_up)) return UnplacedReason::kPersonBusy;
  static constexpr std::array kByDepth = {UnplacedReason::kPersonBusy, UnplacedReason::kTeamFull,
                                          UnplacedReason::kNoHost, UnplacedReason::kNoInterpreter,
                                          UnplacedReason::kNoTable};
  std::size_t deepest = 0;
  for (int s : together) {
    const int guest = board.FreeGuest(request, s);
    if (guest < 0) continue;
    std::size_t depth = 1;
    if (board.TeamHasRoom(request, s)) {
      depth = 2;
      for (int host : team.hosts) {
        if (host == guest || !board.HostCan(request, host, s)) continue;
        bool needed = false;
        const bool found = board.FreeInterpreter(guest, host, s, &needed) >= 0;
        depth = std::max<std::size_t>(depth, !needed || found ? 4 : 3);
      }
    }
    deepest = std::max(deepest, depth);
  }
  return kByDepth[deepest];
}

Timetable TimetableOf(const Board& board) {
  Timetable timetable;
  for (std::int32_t r = 0; r < static_cast<std::int32_t>(board.model().requests.size()); ++r) {
    if (board.placed(r)) {
      timetable.meetings.push_back(MeetingOf(board, r));
    } else {
      timetable.unplaced.push_back({r, ReasonOpen(board, r)});
      if (const int by = board.StandIn(r); by >= 0) {
        const auto gain = [&](int of) { return board.model().requests[static_cast<std::size_t>(of)].gain; };
        timetable.substitutions.push_back({r, by, gain(r) - gain(by)});
      }
    }
  }
  std::sort(timetable.meetings.begin(), timetable.meetings.end(),
            [](const Meeting& a, const Meeting& b) { return std::tie(a.slot, a.table) < std::tie(b.slot, b.table); });
  return timetable;
}

Placement PlacementOf(const FairModel& model, const Meeting& meeting) {
  const int team = model.requests[static_cast<std::size_t>(meeting.request)].team;
  const int host = meeting.host >= 0 ? meeting.host : model.teams[static_cast<std::size_t>(team)].hosts.front();
  return {meeting.slot, meeting.table, host, meeting.guest, meeting.interpreter};
}

Meeting MeetingOf(const Board& board, int request) {
  const Placement& at = board.at(request);
  return {request, at.slot, at.table, at.host >= board.model().first_booth ? -1 : at.host, at.guest, at.interpreter};
}

}  // namespace magpie
