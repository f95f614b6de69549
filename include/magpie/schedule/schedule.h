// Turns wishes and matches into a timetable: who meets whom, in which slot, at which table, received by which host.
//
// Terms    a request asks for one meeting of a guest (person) with a group (team); weight says how much it counts.
//          A meeting is a request that got a slot, a table and a host.
// Rules    (all of them kept, tests/unit/schedule check each apart from the scheduler)
//          a person is at one place at a time, guests and hosts alike; nobody in a slot of their absence; a table has
//          one meeting a slot and only where the slot offers it; one of the team's hosts is there; max_meetings,
//          max_per_session, max_consecutive (of hosts and of guests); demo requests at demo tables; a team's own table
//          has its meetings and no others; tables kept for walk-ins stay free; people without a common language have an
//          interpreter; nobody is in two places closer in time than the way between them; no guest waits longer than
//          max_idle_slots within a session; who is on a tour (tour.h) has no meeting that a visit and the way there keep
//          him from; fixed stay; excluded never meet.
// Chosen   once placed: tables such that people keep theirs from slot to slot where that costs nothing.
// Answer   every request ends in a meeting or in an Unplaced with its reason. Priorities are lexicographic: no wish of
//          a lower priority displaces one of a higher.
//          The numbers by priority are the best possible wherever they reach the bound of the relaxed problem, and for
//          small events always; else they are the best found within a fixed number of steps. The bound says how far
//          from the best they can be at most.
// Errors   kPlanConflict where requests that must be held (required ones, and those of priority 1 where the event says
//          priority_one_required) cannot all be: each is named, with the reason and what stands against it.
//          kBadArgument a request that names nothing of the event; kCancelled.
// Ties     by request number: same input, same timetable.
// Threads  reads its arguments only.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/ingest/event.h"
#include "magpie/schedule/tour.h"

namespace magpie {

struct MeetingRequest {
  std::int32_t person = -1;  // index in Event::people
  std::int32_t team = -1;    // index in Event::teams
  int priority = 2;          // 1 before 2 before 3 before 4 (a match nobody wished for)
  std::int64_t gain = 0;     // within one priority, more gain goes first
  bool demo_table = false;
  std::int32_t wish = -1;      // index in Event::wishes, -1 = comes from a match
  std::string need, offering;  // ids, may be empty
  std::int32_t fixed_slot = -1, fixed_table = -1;
  bool required = false;
  bool declined = false;  // not asked for any more: it is Unplaced with kDeclined
  // Others of the guest's party: whoever of them and `person` is free goes.
  std::vector<std::int32_t> others;
  // A substitute: it takes a seat only where the request of this index (itself no substitute) could not be placed, the
  // one of more gain first, one for each. Not required.
  std::int32_t instead_of = -1;
};

struct Meeting {
  std::int32_t request = -1;
  std::int32_t slot = -1;   // index in Event::slots
  std::int32_t table = -1;  // index in Event::tables
  std::int32_t host = -1;   // index in Event::people, -1 where the team names no hosts (it then meets one at a time)
  std::int32_t guest = -1;  // index in Event::people: the person who goes
  std::int32_t interpreter = -1;  // index in Event::people, -1 where the two have a language in common
};

enum class UnplacedReason {
  kTeamFull,    // the team's max_meetings or max_per_session are used up
  kNoTable,     // no table free (or no demo table) in any slot where both sides are free
  kPersonBusy,  // the person has no free slot left, or the limit of meetings for a guest is used up
  kNoHost,      // no host of the team is free in any slot where the guest is
  kAbsent,      // person and hosts are never there together
  kExcluded,
  kDeclined,
  kNoInterpreter,  // nobody who speaks both sides' languages is free
  kOnTour,         // one of the two is on a tour whenever the other is there
  kNotNeeded,      // a substitute: the request it stands by was placed, or another one stands in
};
std::string_view UnplacedReasonName(UnplacedReason reason);  // "TEAM_FULL"

struct Unplaced {
  std::int32_t request = -1;
  UnplacedReason reason = UnplacedReason::kNoTable;
};

// What no timetable of these requests can exceed: the optimum of the problem without clashes. In it each guest and each
// team takes as many requests as find slots where both sides are there (a matching of its own), within its limits, and
// all together no more than there are table slots. A timetable that reaches the bound is optimal.
struct TimetableBound {
  // Meetings of requests that must be held, then of priority 1 to 4, compared from the first on; empty = not known.
  std::vector<int> by_class;
  int meetings = 0;  // of all together; -1 = not worked out
};

// A request that could not be placed, and the one that took the seat instead.
struct Substitution {
  std::int32_t request = -1, by = -1;
  std::int64_t gain_lost = 0;  // gain of the one less that of the other; below 0 where the substitute has more
};

struct Timetable {
  std::vector<Meeting> meetings;            // ascending by slot, then table
  std::vector<Unplaced> unplaced;           // ascending by request
  TimetableBound bound;                     // substitutes left out
  std::vector<Substitution> substitutions;  // ascending by request
  std::vector<Tour> tours;                  // of each of Event::tours; they stand before any meeting is placed
};

// The wishes of the event as requests, in their order; behind them a request of priority 1 for each fixed meeting that
// nobody wished for. Fixed meetings are required. kEventInvalid where a wish names nothing of the event.
absl::StatusOr<std::vector<MeetingRequest>> RequestsOfWishes(const Event& event);

absl::StatusOr<Timetable> ScheduleMeetings(const Event& event, const std::vector<MeetingRequest>& requests,
                                           std::uint64_t seed, const RunContext& context);

// Every rule that the timetable breaks, one sentence each with the rule's id and name; empty = none. Also whether every
// request is answered once, and no open request could simply be held besides the others. Shares no code with the
// scheduler.
std::vector<std::string> CheckTimetable(const Event& event, const std::vector<MeetingRequest>& requests,
                                        const Timetable& timetable);

// Without an event: as few rounds as possible for these meetings of parties (left meets right; a pair may meet more
// than once), each party in one meeting a round, a table for each meeting of a round; in the order of `meetings`.
// Rounds  exactly as many as the busiest party has meetings (Koenig). The two sides are numbered apart: left 3 and
//         right 3 are two parties, unless `one_numbering` is set; then a party that stands on both sides is kept from
//         meeting twice at once, which may take rounds beyond that number.
// Cost    O(M log D + N log N) on average for M meetings, N parties, D rounds.
struct Round {
  std::int32_t left = -1, right = -1;  // party numbers
  std::int32_t round = -1;             // from 0
  std::int32_t table = -1;             // from 0, distinct within a round
};
std::vector<Round> PlanRounds(const std::vector<std::pair<std::int32_t, std::int32_t>>& meetings,
                              bool one_numbering = false);

}  // namespace magpie
