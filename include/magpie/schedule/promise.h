// The promise calculator: how many meetings can be guaranteed to whom, before packages are sold.
//
// Terms    a group is a set of firms that buy the same package: each of them that comes is promised so many meetings,
//          each with another team. A promise is kept if every firm that comes can be given its number; firms that do
//          not come have no claim. Teams of one set have the same capacity and the same no-show rate.
// Answer   probabilities that are proven lower bounds under the assumptions below, unless `estimate` is set.
// Assumed  - A firm has one meeting a slot, a team one meeting a slot, each pair at most one meeting, and everybody who
//            comes is there in every slot. Absence of a single slot is not modelled: count such a slot out.
//          - Who comes is independent of who else comes.
//          - replan = true: absences are known before the first slot, and the timetable is made anew from those who
//            came. replan = false: the timetable stands, and each firm is booked more meetings than it is promised.
//          - wishes = kAny: each firm can sensibly meet any floor(reach * teams) of the teams; the answer holds
//            whichever they are, also if all want the same ones, and also if it is just the wanted teams that stay
//            away. kEven: the firms' wishes spread evenly over the teams. That is an estimate and says so.
//          - Numbers are rounded against the promise: reach down, and outcomes too many to be settled one by one count
//            as not kept (`exact` is then false).
// Method   for a fixed set of those who came, firms of groups S can be served iff for every S what they are promised is
//          at most the sum over the teams of min(capacity, how many of S want the team), and all promises together are
//          at most slots * tables (maximum flow, minimum cut; a table each slot by Koenig). The binomial outcomes are
//          settled in boxes. docs/design/schedule.md has the proof.
// Errors   kBadArgument names the field outside its range; kLimitExceeded more than kMaxPromiseGroups groups or sets
// Cost     0.1 s for three groups, up to 3 s for eight (measured in docs/design/schedule.md); TryPromises one assignment a trial
// Threads  no state.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/graph/candidate_graph.h"

namespace magpie {

inline constexpr std::size_t kMaxPromiseGroups = 8;  // the cuts are 2^groups
inline constexpr std::int32_t kMaxPromiseCount = 100'000;

struct PromiseGroup {
  std::string name;
  std::int32_t count = 0;     // firms, [0, kMaxPromiseCount]
  std::int32_t promised = 0;  // meetings for each of them, [0, kMaxPromiseCount]
  double reach = 1;           // share of all teams that each can sensibly meet, (0, 1]
  double no_show = 0;         // probability that one of them does not come, [0, 1)
};

struct PromiseTeams {
  std::string name;
  std::int32_t count = 0;                                            // [0, kMaxPromiseCount]
  std::int32_t capacity = std::numeric_limits<std::int32_t>::max();  // meetings of each over the whole event
  double no_show = 0;
};

enum class PromiseWishes { kAny, kEven };

struct PromiseOffer {
  std::vector<PromiseGroup> groups;
  std::vector<PromiseTeams> teams;
  std::int32_t slots = 0;
  std::int32_t tables = 0;
  double probability = 0.95;  // (0, 1)
  PromiseWishes wishes = PromiseWishes::kAny;
  bool replan = true;
};

// What stands in the way of more.
enum class PromiseLimit {
  kTables,
  kTeamCapacity,
  kReach,  // the firms' wishes are too narrow, or may all meet at the same teams
  kTeamNoShow,
  kSlots,
  kTeamCount,
  kNothing,  // the firms have all the meetings that there are slots and teams for
};
std::string_view PromiseLimitName(PromiseLimit limit);  // "TABLES"

// What one more of something brings.
struct PromiseStep {
  PromiseLimit limit = PromiseLimit::kTables;  // kTables, kSlots, kTeamCapacity (one more for each team), kTeamCount
  std::int32_t teams = -1;                     // kTeamCount: of which set, an index in PromiseOffer::teams
  double held = 0;                             // the probability of the promised numbers with it
  std::vector<std::int32_t> at_once;           // as PromiseAnswer::at_once, with it
  std::int64_t more = 0;                       // guaranteed meetings more than without it, over all firms
};

struct PromiseAnswer {
  double held = 0;        // the probability that all promises are kept at once is at least this
  bool holds = false;     // held >= PromiseOffer::probability
  bool exact = true;      // false: some outcomes were not settled and count as not kept; the truth is higher
  bool estimate = false;  // wishes are kEven
  // Meetings that can be promised to each firm of each group, all at once, at the probability asked for: all groups
  // rise together from 0 to what is promised, then on together beyond it; a group that cannot rise stays, in the order
  // of the groups. At least what is promised wherever `holds`.
  std::vector<std::int32_t> at_once;
  // For each group, the most that it alone can be promised while the others have min(promised, at_once).
  std::vector<std::int32_t> at_most;
  std::vector<std::int32_t> booked;  // meetings to plan for each firm; more than promised only without re-planning
  std::int32_t tables_needed = -1;   // the fewest tables, with the slots as they are, at which the promises hold
  std::int32_t slots_needed = -1;    // the fewest slots, with the tables as they are; -1 = no number is enough
  PromiseLimit bottleneck = PromiseLimit::kNothing;  // the limit that brings most if it is lifted altogether
  std::vector<PromiseStep> steps;
};

absl::StatusOr<PromiseAnswer> CalculatePromises(const PromiseOffer& offer, const RunContext& context = {});

// The same offer tried on the candidates themselves: left = firms, right = teams, an arc = the firm can sensibly meet the
// team (`reach` and `wishes` are not used). In each of `runs` trials those who come are drawn, and the most promised
// meetings that can be held at once are chosen exactly.
struct PromiseTrial {
  std::int32_t runs = 0, held = 0;       // held: trials in which every firm that came got what it was promised
  double share = 0;                      // held / runs, an estimate
  double low = 0;                        // its lower bound at a confidence of 95 % (Wilson)
  std::vector<std::int32_t> short_runs;  // of each firm: trials in which it came and got less than it was promised
};
absl::StatusOr<PromiseTrial> TryPromises(const PromiseOffer& offer, const CandidateGraph& graph,
                                         std::span<const std::int32_t> group_of_firm,
                                         std::span<const std::int32_t> set_of_team, std::int32_t runs,
                                         std::uint64_t seed, const RunContext& context = {});

}  // namespace magpie
