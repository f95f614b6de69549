// Changes a timetable while the fair goes on: somebody is late, away or gone, a table is lost or new, an invitation is
// declined, a meeting must be added. What is confirmed stays, and as little as possible moves.
//
// Terms    past = in a slot that begins before `now_slot` does (or stands before it where the event has no times); what
//          is past never changes. Waiting = a request that has no meeting.
// Order    a confirmed meeting stays where it is if the rules allow it at all. Every other meeting stays unless the
//          changes forbid it, or unless it is the one that makes room for a meeting that must move, or for a new one.
//          A meeting that must move goes, whichever comes first, to another host or table of its slot, to the nearest
//          slot in time in which all is free, or to a slot that one meeting leaves, then two. Last of all, waiting
//          requests take what is free without moving anybody. The new timetable is the best found in that order, not
//          the proven least number of changes.
// Waits    the limit on them is soft once the fair goes on: no meeting is moved or dropped for it.
// Answer   the event, requests and timetable as they are now: CheckTimetable(replan.event, replan.requests,
//          replan.timetable) finds nothing broken. A promise that can no longer be kept is dropped there and told as a
//          change: a fixed meeting whose slot or table is lost is held elsewhere (kept_promise false), a required one
//          that finds no place at all is Unplaced. timetable.bound is not worked out anew (bound.meetings = -1).
// Errors   kBadArgument a number that names nothing of the event, or a timetable that is not one of these requests.
// Cost     near linear in the meetings: docs/design/schedule.md.
// Threads  reads its arguments only.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "magpie/schedule/schedule.h"

namespace magpie {

enum class MeetingState {
  kPlanned,
  kConfirmed,  // both sides said yes: it stays where it is
  kHeld,
  kDeclined,  // one side said no: it is dropped, and its pair is not asked again
  kNoShow,    // past, and somebody did not come; to try the pair again, add a request
};

std::string_view MeetingStateName(MeetingState state);  // "no_show"

// A person is not there from one slot to another, both included; -1 = from the first, to the last. Late: to_slot; gone
// home: from_slot.
struct PersonAway {
  std::int32_t person = -1;
  std::int32_t from_slot = -1, to_slot = -1;
};

struct TableChange {
  std::string table;                // id; one that the event does not have is new
  std::vector<std::int32_t> slots;  // where it is lost or new; empty = everywhere
  bool lost = true;
};

struct FairChanges {
  std::int32_t now_slot = 0;
  std::vector<PersonAway> away;
  std::vector<TableChange> tables;
  std::vector<std::int32_t> declined;  // requests, with a meeting to come or without
  std::vector<MeetingRequest> added;   // new requests; required ones may take the seat of a less important meeting
};

enum class ChangeKind { kMoved, kDropped, kAdded };
std::string_view ChangeKindName(ChangeKind kind);  // "MOVED"

enum class ChangeCause {
  kGuestAway,
  kHostAway,
  kTableLost,
  kDeclined,
  kInterpreterAway,
  kMadeRoom,  // for the meeting of MeetingChange::because
  kAsked,     // a new request
  kSeatFree,  // a waiting request took a seat that came free
};
std::string_view ChangeCauseName(ChangeCause cause);  // "GUEST_AWAY"

struct MeetingChange {
  ChangeKind kind = ChangeKind::kMoved;
  ChangeCause cause = ChangeCause::kMadeRoom;
  std::int32_t request = -1;
  Meeting before, after;      // request -1 where there is none
  std::int32_t because = -1;  // kMadeRoom: the request that needed the room
  bool kept_promise = true;   // false: it was fixed, required or confirmed, and is not so any more
};

struct Replan {
  Event event;                           // with the absences and tables of now; free tables of the past are taken out
  std::vector<MeetingRequest> requests;  // those of before in their order, then the added ones
  Timetable timetable;
  std::vector<MeetingState> states;    // of each meeting of `timetable`
  std::vector<MeetingChange> changes;  // ascending by request
  int moved = 0, dropped = 0, added = 0;
};

// `states` has one entry a meeting of `timetable`, or is empty: all planned.
absl::StatusOr<Replan> ReplanMeetings(const Event& event, const std::vector<MeetingRequest>& requests,
                                      const Timetable& timetable, const std::vector<MeetingState>& states,
                                      const FairChanges& changes, const RunContext& context);

// Who steps in when somebody does not come: a guest who is free in the slot and a host with a common language, who is free
// too, or would be if the guest of another meeting of the team stayed away.
struct StandByPair {
  std::int32_t slot = -1;
  std::int32_t request = -1;           // index in `requests`; beyond its end: in `further`, less requests.size()
  std::int32_t host = -1, guest = -1;  // as in Meeting
  std::int32_t instead_of = -1;        // the request whose guest would have to stay away; -1 = any table will do
};

// For slot s up to count[s] pairs, best first, of the waiting requests and then of `further` (next best pairs that
// nobody planned): by priority, then gain, then number; each at a free host before one that would come free. Within a slot nobody stands by twice; a pair may stand by in
// several slots. All rules hold for each pair by itself, but for the table, which the pair that it replaces leaves.
// Ascending by slot.
absl::StatusOr<std::vector<StandByPair>> PlanStandBy(const Event& event, const std::vector<MeetingRequest>& requests,
                                                     const Timetable& timetable,
                                                     const std::vector<MeetingRequest>& further,
                                                     const std::vector<std::int32_t>& count);

}  // namespace magpie
