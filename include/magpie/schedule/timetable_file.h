// timetable.json: what a timetable was made of and how far the fair has come, so that it can be changed while it goes on;
// and the desk's news that change it. docs/formats.md lists every member.
//
// Terms    the state of a fair = requests, timetable, the state of each meeting, and what was told so far of absences and
//          tables. Everything is named by the event's ids, so the event's own file is read beside it, unchanged; what
//          came new since (tables) or no longer holds (fixed meetings that could not be kept) is in the state.
// Errors   kBadFile no JSON or not a timetable; kEventInvalid a name that the event does not have, with its place
//          ("meetings[3].slot"); kFieldInvalid news that contradict themselves or name a meeting that is not there.
// Threads  no state.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "magpie/schedule/replan.h"

namespace magpie {

struct FairState {
  std::vector<MeetingRequest> requests;
  Timetable timetable;
  std::vector<MeetingState> states;  // of each meeting
  // Absences and tables told so far; they hold beside the event's own.
  std::vector<PersonAway> away;
  std::vector<TableChange> tables;
};

// The bytes of timetable.json: the same state, the same bytes.
std::string FairStateToJson(const Event& event, const FairState& state);
// `event` is as its file says; tables that came new are added to it, and its fixed meetings become those that still hold.
absl::StatusOr<FairState> FairStateFromJson(std::string_view json, Event* event);

// News: marks the meetings that were confirmed, held, declined or missed, adds what is told of people and tables to the
// state, and gives what is to be planned anew, with all that was told before.
absl::StatusOr<FairChanges> ApplyNews(std::string_view json, const Event& event, FairState* state);

}  // namespace magpie
