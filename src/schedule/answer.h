// Between a board and what the caller gives and gets.
#pragma once

#include <absl/status/status.h>

#include <vector>

#include "board.h"

namespace magpie {

// kBadArgument naming the first request that names nothing of the event.
absl::Status CheckRequests(const Event& event, const std::vector<MeetingRequest>& requests);

// The reason why an open request stays open, judged in the finished timetable.
UnplacedReason ReasonOpen(const Board& board, int request);

// Without the bound.
Timetable TimetableOf(const Board& board);

// Where the board has the meeting: a team without hosts is received by its booth.
Placement PlacementOf(const FairModel& model, const Meeting& meeting);
Meeting MeetingOf(const Board& board, int request);  // of a placed request

}  // namespace magpie
