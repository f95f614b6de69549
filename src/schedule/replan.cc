#include "magpie/schedule/replan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "answer.h"
#include "board.h"
#include "magpie/base/status.h"
#include "search.h"

namespace magpie {
namespace {

constexpr int kDeepest = 2;  // meetings pushed aside one after another

template <typename Item>
bool IsInside(std::int32_t index, const std::vector<Item>& items) {
  return index >= 0 && index < std::ssize(items);
}

absl::Status CheckBefore(const Event& event, const std::vector<MeetingRequest>& requests, const Timetable& timetable,
                         const std::vector<MeetingState>& states) {
  std::vector<bool> seen(requests.size(), false);
  for (std::size_t i = 0; i < timetable.meetings.size(); ++i) {
    const Meeting& m = timetable.meetings[i];
    const auto refuse = [&](std::string_view what) {
      return MakeError(Reason::kBadArgument, fmt::format("timetable.meetings[{}]", i), what);
    };
    if (!IsInside(m.request, requests) || !IsInside(m.slot, event.slots) || !IsInside(m.table, event.tables)) {
      return refuse("names what the event or the requests do not have");
    }
    const auto r = static_cast<std::size_t>(m.request);
    if (seen[r]) return refuse("is the second meeting of its request");
    seen[r] = true;
    const EventTeam& team = event.teams[static_cast<std::size_t>(requests[r].team)];
    const bool received = IsInside(m.host, event.people) &&
                          std::ranges::count(team.hosts, event.people[static_cast<std::size_t>(m.host)].id) > 0;
    if (team.hosts.empty() ? m.host != -1 : !received) return refuse("is not received by a host of its team");
    if (m.guest != requests[r].person && std::ranges::count(requests[r].others, m.guest) == 0) {
      return refuse("has a guest who did not ask for it");
    }
    if (m.interpreter != -1 && !IsInside(m.interpreter, event.people))
      return refuse("has an interpreter who is nobody");
  }
  if (timetable.tours.size() != event.tours.size()) {
    return MakeError(Reason::kBadArgument, "timetable.tours",
                     fmt::format("has {} entries for {} tours", timetable.tours.size(), event.tours.size()));
  }
  for (std::size_t t = 0; t < timetable.tours.size(); ++t) {
    const auto inside = [&](const auto& at) { return IsInside(at.stop, event.tours[t].stops); };
    if (!std::ranges::all_of(timetable.tours[t].visits, inside) ||
        !std::ranges::all_of(timetable.tours[t].left_out, inside)) {
      return MakeError(Reason::kBadArgument, fmt::format("timetable.tours[{}]", t),
                       "names a stop that it does not have");
    }
  }
  if (!states.empty() && states.size() != timetable.meetings.size()) {
    return MakeError(Reason::kBadArgument, "states",
                     fmt::format("has {} entries for {} meetings", states.size(), timetable.meetings.size()));
  }
  return absl::OkStatus();
}

// Slots by time: of each slot, a number that grows with its start (its place in the list where a slot has no start).
std::vector<std::int64_t> SlotTimes(const Event& event) {
  const bool timed = std::ranges::all_of(event.slots, [](const EventSlot& s) { return s.start.has_value(); });
  std::vector<std::int64_t> times;
  for (std::size_t s = 0; s < event.slots.size(); ++s) {
    times.push_back(timed ? event.slots[s].start->unix_seconds : static_cast<std::int64_t>(s));
  }
  return times;
}

bool SamePlace(const Meeting& a, const Meeting& b) {
  return std::tie(a.slot, a.table, a.host, a.guest, a.interpreter) ==
         std::tie(b.slot, b.table, b.host, b.guest, b.interpreter);
}

class Replanner {
 public:
  Replanner(const Event& event, const std::vector<MeetingRequest>& requests, const Timetable& timetable,
            const std::vector<MeetingState>& states, const FairChanges& changes, const RunContext& context)
      : old_(timetable), changes_(changes), context_(context), old_count_(requests.size()) {
    replan_.event = event;
    replan_.requests = requests;
    replan_.requests.insert(replan_.requests.end(), changes.added.begin(), changes.added.end());
    state_.assign(replan_.requests.size(), MeetingState::kPlanned);
    for (std::size_t i = 0; i < states.size(); ++i) state_[Of(timetable.meetings[i])] = states[i];
    before_.resize(replan_.requests.size());
    for (const Meeting& m : timetable.meetings) before_[Of(m)] = m;
    cause_.resize(replan_.requests.size());
    because_.assign(replan_.requests.size(), -1);
    broken_promise_.assign(replan_.requests.size(), false);
  }

  absl::StatusOr<Replan> Run() {
    MAGPIE_RETURN_IF_ERROR(CheckChanges());
    ChangeEvent();
    MAGPIE_RETURN_IF_ERROR(CheckRequests(replan_.event, replan_.requests));
    model_.emplace(replan_.event, replan_.requests, old_.tours);
    board_.emplace(*model_);
    search_.emplace(&*board_, 1, context_);
    std::vector<int> order(replan_.requests.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](int r) { return RankKey(r); });
    search_->Take(order);

    KeepWhatStands();
    for (int r : order) {
      MAGPIE_RETURN_IF_ERROR(context_.CheckCancelled());
      if (before_[Index(r)].request >= 0 && !board_->placed(r) && !Request(r).excluded) MoveMeeting(r);
    }
    for (int r : order) {
      if (Index(r) >= old_count_) Request(r).excluded ? GiveUp(r) : Add(r);
    }
    // Least of all, what was open before or fell out takes free seats.
    for (int r : order) {
      if (!board_->placed(r)) TakeFreeSeat(r);
    }
    Answer();
    return std::move(replan_);
  }

 private:
  static std::size_t Index(int request) { return static_cast<std::size_t>(request); }
  static std::size_t Of(const Meeting& meeting) { return static_cast<std::size_t>(meeting.request); }
  const FairModel::Request& Request(int r) const { return model_->requests[Index(r)]; }
  bool IsPast(int slot) const { return times_[Index(slot)] < times_[Index(changes_.now_slot)]; }
  bool IsConfirmed(int r) const { return state_[Index(r)] == MeetingState::kConfirmed; }
  std::tuple<bool, int, std::int64_t> RankKey(int r) const {
    return {!IsConfirmed(r), Request(r).rank, -Request(r).gain};
  }

  // ---- What is different now ----

  absl::Status CheckChanges() {
    const Event& event = replan_.event;
    const auto refuse = [](const std::string& where, std::int64_t value) {
      return MakeError(Reason::kBadArgument, where, fmt::format("{} is outside what the event has", value));
    };
    if (!IsInside(changes_.now_slot, event.slots)) return refuse("now_slot", changes_.now_slot);
    for (std::size_t i = 0; i < changes_.away.size(); ++i) {
      const PersonAway& away = changes_.away[i];
      if (!IsInside(away.person, event.people)) return refuse(fmt::format("away[{}].person", i), away.person);
      for (std::int32_t slot : {away.from_slot, away.to_slot}) {
        if (slot != -1 && !IsInside(slot, event.slots)) return refuse(fmt::format("away[{}]", i), slot);
      }
    }
    for (std::size_t i = 0; i < changes_.tables.size(); ++i) {
      for (std::int32_t slot : changes_.tables[i].slots) {
        if (!IsInside(slot, event.slots)) return refuse(fmt::format("tables[{}].slots", i), slot);
      }
    }
    for (std::int32_t r : changes_.declined) {
      if (r < 0 || Index(r) >= old_count_) return refuse("declined", r);
    }
    return absl::OkStatus();
  }

  void ChangeEvent() {
    Event& event = replan_.event;
    event.rules.idle_slots_soft = true;
    times_ = SlotTimes(event);
    for (const PersonAway& away : changes_.away) {
      auto& absent = event.people[Index(away.person)].absent_slots;
      for (std::size_t s = 0; s < event.slots.size(); ++s) {
        if (IsPast(static_cast<int>(s)) || (away.from_slot >= 0 && times_[s] < times_[Index(away.from_slot)]) ||
            (away.to_slot >= 0 && times_[s] > times_[Index(away.to_slot)])) {
          continue;
        }
        if (std::ranges::count(absent, event.slots[s].id) == 0) absent.push_back(event.slots[s].id);
      }
    }
    for (const TableChange& change : changes_.tables) {
      const bool known = std::ranges::count(event.tables, change.table, &EventTable::id) > 0;
      if (!known && !change.lost) event.tables.push_back({change.table, "", false});
      for (std::size_t s = 0; s < event.slots.size(); ++s) {
        if (!change.slots.empty() && std::ranges::count(change.slots, static_cast<std::int32_t>(s)) == 0) continue;
        auto& tables = event.slots[s].tables;
        std::erase(tables, change.table);
        if (!change.lost) tables.push_back(change.table);
      }
    }
    // Nothing can be added to the past.
    for (std::size_t s = 0; s < event.slots.size(); ++s) {
      if (IsPast(static_cast<int>(s))) event.slots[s].tables.clear();
    }
    for (const Meeting& m : old_.meetings) {
      if (IsPast(m.slot)) event.slots[Index(m.slot)].tables.push_back(event.tables[Index(m.table)].id);
    }
    // Tours stay as they are: nothing is added to them.
    for (std::size_t t = 0; t < event.tours.size(); ++t) {
      EventTour& tour = event.tours[t];
      for (const SkippedStop& skipped : old_.tours[t].left_out) {
        tour.stops[Index(skipped.stop)].windows = {{tour.start, tour.start}};
      }
    }
    for (std::int32_t r : changes_.declined) state_[Index(r)] = MeetingState::kDeclined;
    for (std::size_t r = 0; r < replan_.requests.size(); ++r) {
      MeetingRequest& request = replan_.requests[r];
      const bool past = before_[r].request >= 0 && IsPast(before_[r].slot);
      if (state_[r] == MeetingState::kDeclined && !past) request.declined = true;
      if (request.declined && std::exchange(request.required, false)) DropFixed(request);
    }
  }

  // A meeting that the event fixed is fixed no longer.
  void DropFixed(const MeetingRequest& request) {
    Event& event = replan_.event;
    const auto fixed = std::ranges::find_if(event.fixed, [&](const EventFixed& f) {
      const auto same = [](const std::string& id, std::int32_t index, const auto& items) {
        return index < 0 ? id.empty() : id == items[Index(index)].id;
      };
      return f.person == event.people[Index(request.person)].id && f.team == event.teams[Index(request.team)].id &&
             same(f.slot, request.fixed_slot, event.slots) && same(f.table, request.fixed_table, event.tables);
    });
    if (fixed != event.fixed.end()) event.fixed.erase(fixed);
  }

  // ---- What stays ----

  void KeepWhatStands() {
    for (const Meeting& m : old_.meetings) {
      const Placement at = PlacementOf(*model_, m);
      auto& request = model_->requests[Of(m)];
      const bool past = IsPast(m.slot);
      if (!past) {
        cause_[Of(m)] = CauseAgainst(request, at);
        if (cause_[Of(m)]) continue;
      }
      board_->Restore(m.request, at);
      if (!past && !IsConfirmed(m.request)) continue;
      search_->Lock(m.request);
      request.fixed_table = m.table;  // nor does another meeting push it to another table
    }
    board_->ForgetLog();
  }

  std::optional<ChangeCause> CauseAgainst(const FairModel::Request& request, const Placement& at) const {
    if (request.excluded) return ChangeCause::kDeclined;
    if (!model_->Present(at.guest, at.slot)) return ChangeCause::kGuestAway;
    if (!model_->Present(at.host, at.slot)) return ChangeCause::kHostAway;
    if (at.interpreter >= 0 && !model_->Present(at.interpreter, at.slot)) return ChangeCause::kInterpreterAway;
    if (!std::ranges::binary_search(model_->tables[Index(at.slot)], at.table)) return ChangeCause::kTableLost;
    return std::nullopt;
  }

  // ---- What changes ----

  void MoveMeeting(int r) {
    if (FindPlace(r, /*all=*/true)) return;
    if (Release(r) && FindPlace(r, true)) return;
    const std::size_t mark = board_->Mark();
    if ((Request(r).rank == 0 || IsConfirmed(r)) && search_->DropFor(r)) return Blame(r, mark);
    GiveUp(r);
  }

  void Add(int r) {
    cause_[Index(r)] = ChangeCause::kAsked;
    const bool must = Request(r).rank == 0;
    if (FindPlace(r, must)) return;
    const std::size_t mark = board_->Mark();
    if (must && search_->DropFor(r)) return Blame(r, mark);
    GiveUp(r);
  }

  // `all` = also by moving others.
  bool FindPlace(int r, bool all) {
    const std::size_t mark = board_->Mark();
    const bool placed =
        PlaceFree(r) || (all && IsConfirmed(r) && SqueezeIntoOwnSlot(r)) || PlaceElsewhere(r) || (all && SqueezeIn(r));
    if (placed) Blame(r, mark);
    return placed;
  }

  // The hosts of the team, the one of before first.
  std::vector<int> Hosts(int r) const {
    std::vector<int> hosts = model_->teams[Index(Request(r).team)].hosts;
    if (const Meeting& before = before_[Index(r)]; before.request >= 0) {
      std::ranges::stable_sort(hosts, {}, [&](int h) { return h != PlacementOf(*model_, before).host; });
    }
    return hosts;
  }

  bool PlaceAt(int r, int slot) {
    return board_->GuestCan(r, slot) &&
           std::ranges::any_of(Hosts(r), [&](int host) { return board_->TryPlace(r, slot, host); });
  }

  bool PlaceFree(int r) { return before_[Index(r)].request >= 0 && PlaceAt(r, before_[Index(r)].slot); }

  bool PlaceElsewhere(int r) {
    std::vector<int> slots(Index(model_->slot_count));
    std::iota(slots.begin(), slots.end(), 0);
    const Meeting& before = before_[Index(r)];
    const std::int64_t from = times_[Index(before.request >= 0 ? before.slot : changes_.now_slot)];
    std::ranges::stable_sort(slots, {}, [&](int s) { return std::abs(times_[Index(s)] - from); });
    return std::ranges::any_of(slots, [&](int s) { return PlaceAt(r, s); });
  }

  bool SqueezeIntoOwnSlot(int r) {
    const int slot = before_[Index(r)].slot;
    if (!model_->Present(Request(r).guest, slot)) return false;
    return std::ranges::any_of(
        Hosts(r), [&](int host) { return model_->Present(host, slot) && search_->SqueezeAt(r, slot, host, 1); });
  }

  bool SqueezeIn(int r) {
    for (int depth = 1; depth <= kDeepest; ++depth) {
      if (search_->Squeeze(r, depth)) return true;
    }
    return false;
  }

  // Who moved for whom.
  void Blame(int r, std::size_t mark) {
    for (int other : board_->ChangedSince(mark)) {
      if (other != r && because_[Index(other)] < 0) because_[Index(other)] = r;
    }
    board_->ForgetLog();
  }

  // A fixed meeting may go elsewhere.
  bool Release(int r) {
    auto& request = model_->requests[Index(r)];
    if (request.fixed_slot < 0 && request.fixed_table < 0) return false;
    request.fixed_slot = request.fixed_table = -1;
    MeetingRequest& asked = replan_.requests[Index(r)];
    DropFixed(asked);
    asked.fixed_slot = asked.fixed_table = -1;
    broken_promise_[Index(r)] = true;
    return true;
  }

  void GiveUp(int r) {
    Release(r);
    MeetingRequest& asked = replan_.requests[Index(r)];
    if (asked.required) DropFixed(asked);
    broken_promise_[Index(r)] = broken_promise_[Index(r)] || Request(r).rank == 0;
    asked.required = false;
    if (asked.priority == 1) replan_.event.rules.priority_one_required = false;
  }

  void TakeFreeSeat(int r) {
    if (Request(r).excluded) return;
    const std::size_t mark = board_->Mark();
    if (!PlaceElsewhere(r)) return;
    if (board_->ChangedSince(mark).size() > 1) return board_->Rollback(mark);
    if (!cause_[Index(r)]) cause_[Index(r)] = ChangeCause::kSeatFree;
    board_->ForgetLog();
  }

  // ---- The answer ----

  void Answer() {
    replan_.timetable = TimetableOf(*board_);
    replan_.timetable.bound.meetings = -1;
    replan_.timetable.tours = old_.tours;
    std::vector<Meeting> after(replan_.requests.size());
    for (const Meeting& m : replan_.timetable.meetings) {
      after[Of(m)] = m;
      const Meeting& was = before_[Of(m)];
      const bool stays = was.request >= 0 && SamePlace(was, m);
      replan_.states.push_back(stays ? state_[Of(m)] : MeetingState::kPlanned);
    }
    for (std::size_t r = 0; r < after.size(); ++r) {
      const Meeting &was = before_[r], &now = after[r];
      if (was.request == now.request && SamePlace(was, now)) continue;
      MeetingChange change;
      change.kind = was.request < 0 ? ChangeKind::kAdded : now.request < 0 ? ChangeKind::kDropped : ChangeKind::kMoved;
      change.cause = cause_[r].value_or(ChangeCause::kMadeRoom);
      change.request = static_cast<std::int32_t>(r);
      change.before = was;
      change.after = now;
      if (change.cause == ChangeCause::kMadeRoom) change.because = because_[r];
      change.kept_promise = !broken_promise_[r] && state_[r] != MeetingState::kConfirmed;
      replan_.changes.push_back(change);
      ++(change.kind == ChangeKind::kAdded     ? replan_.added
         : change.kind == ChangeKind::kDropped ? replan_.dropped
                                               : replan_.moved);
    }
  }

  const Timetable& old_;
  const FairChanges& changes_;
  const RunContext& context_;
  const std::size_t old_count_;
  Replan replan_;
  std::vector<std::int64_t> times_;
  std::vector<MeetingState> state_;                // of each request
  std::vector<Meeting> before_;                    // of each request; request -1 = none
  std::vector<std::optional<ChangeCause>> cause_;  // of each request that has one of its own
  std::vector<int> because_;
  std::vector<bool> broken_promise_;
  std::optional<FairModel> model_;
  std::optional<Board> board_;
  std::optional<ScheduleSearch> search_;
};

}  // namespace

std::string_view MeetingStateName(MeetingState state) {
  static constexpr std::array<std::string_view, 5> kNames = {"planned", "confirmed", "held", "declined", "no_show"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view ChangeKindName(ChangeKind kind) {
  static constexpr std::array<std::string_view, 3> kNames = {"MOVED", "DROPPED", "ADDED"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view ChangeCauseName(ChangeCause cause) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "GUEST_AWAY", "HOST_AWAY", "TABLE_LOST", "DECLINED", "INTERPRETER_AWAY", "MADE_ROOM", "ASKED", "SEAT_FREE"};
  return kNames[static_cast<std::size_t>(cause)];
}

absl::StatusOr<Replan> ReplanMeetings(const Event& event, const std::vector<MeetingRequest>& requests,
                                      const Timetable& timetable, const std::vector<MeetingState>& states,
                                      const FairChanges& changes, const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(CheckRequests(event, requests));
  MAGPIE_RETURN_IF_ERROR(CheckBefore(event, requests, timetable, states));
  return Replanner(event, requests, timetable, states, changes, context).Run();
}

absl::StatusOr<std::vector<StandByPair>> PlanStandBy(const Event& event, const std::vector<MeetingRequest>& requests,
                                                     const Timetable& timetable,
                                                     const std::vector<MeetingRequest>& further,
                                                     const std::vector<std::int32_t>& count) {
  std::vector<MeetingRequest> all = requests;
  all.insert(all.end(), further.begin(), further.end());
  MAGPIE_RETURN_IF_ERROR(CheckRequests(event, all));
  MAGPIE_RETURN_IF_ERROR(CheckBefore(event, requests, timetable, {}));
  if (count.size() != event.slots.size()) {
    return MakeError(Reason::kBadArgument, "count",
                     fmt::format("has {} entries for {} slots", count.size(), event.slots.size()));
  }
  const FairModel model(event, all, timetable.tours);
  Board board(model);
  std::vector<std::pair<int, int>> meeting;  // guest and team of each meeting
  for (const Meeting& m : timetable.meetings) {
    board.Restore(m.request, PlacementOf(model, m));
    meeting.emplace_back(m.guest, model.requests[static_cast<std::size_t>(m.request)].team);
  }
  std::ranges::sort(meeting);
  std::vector<int> waiting;
  for (int r = 0; r < std::ssize(all); ++r) {
    const auto& request = model.requests[static_cast<std::size_t>(r)];
    const bool is_further = r >= std::ssize(requests);
    if (board.placed(r) || request.excluded) continue;
    if (is_further && std::ranges::binary_search(meeting, std::pair(request.guest, request.team))) continue;
    waiting.push_back(r);
  }
  std::ranges::sort(waiting, {}, [&](int r) {
    const auto& request = model.requests[static_cast<std::size_t>(r)];
    return std::tuple(r >= std::ssize(requests), request.rank, -request.gain, r);
  });
  std::vector<std::vector<int>> at(static_cast<std::size_t>(model.slot_count));  // requests held in each slot
  for (const Meeting& m : timetable.meetings) at[static_cast<std::size_t>(m.slot)].push_back(m.request);
  std::vector<StandByPair> pairs;
  for (int s = 0; s < model.slot_count; ++s) {
    std::vector<bool> taken(static_cast<std::size_t>(model.person_count), false);
    std::int32_t left = count[static_cast<std::size_t>(s)];
    for (std::size_t i = 0; i < waiting.size() && left > 0; ++i) {
      const int r = waiting[i], team = model.requests[static_cast<std::size_t>(r)].team;
      const auto stands_by = [&](int instead_of) {
        const int guest = board.FreeGuest(r, s);
        if (guest < 0 || taken[static_cast<std::size_t>(guest)] || !board.TeamHasRoom(r, s)) return false;
        const auto& hosts = model.teams[static_cast<std::size_t>(team)].hosts;
        const auto host = std::ranges::find_if(hosts, [&](int h) {
          return h != guest && !taken[static_cast<std::size_t>(h)] && !model.NeedInterpreter(guest, h) &&
                 board.HostCan(r, h, s);
        });
        if (host == hosts.end()) return false;
        taken[static_cast<std::size_t>(guest)] = taken[static_cast<std::size_t>(*host)] = true;
        pairs.push_back({s, r, *host >= model.first_booth ? -1 : *host, guest, instead_of});
        return true;
      };
      bool found = stands_by(-1);
      // Else in the place of one guest of the same team, whose host and seat his staying away would free.
      std::vector<int>& held = at[static_cast<std::size_t>(s)];  // without those who have a stand-by already
      for (std::size_t m = 0; m < held.size() && !found; ++m) {
        if (model.requests[static_cast<std::size_t>(held[m])].team != team) continue;
        const Placement placement = board.at(held[m]);
        board.Remove(held[m]);
        found = stands_by(held[m]);
        board.Restore(held[m], placement);
        if (found) held.erase(held.begin() + static_cast<std::ptrdiff_t>(m));
      }
      left -= found;
    }
  }
  return pairs;
}

}  // namespace magpie
