// What a good choice is: the largest total, the best for the worst off, or a balance; and a dial between the first two.
//
// Terms    as in assignment.h. The members are the nodes of one side (needs unless said otherwise) that have no required
//          pair: the organiser settled the others. Servable = the largest number of members that can have a pair at once
//          within all limits; which ones, where there is a choice, is settled by the arcs' order. t* = the largest gain
//          such that this many members can have a pair of at least t* each, at once. Served = these members.
// kTotal   the largest total gain, such that each served member has a pair of at least dial * t*. Dial 0: no condition at
//          all; dial 1: the worst off has the best that it can have. The floor rises with the dial, so what is promised to
//          the worst off never falls and the total never rises.
// kMaxMin  nobody empty-handed if it can be helped, then the worst single pair as good as can be (t*), then the next worst
//          and so on (of each served member its best pair, sorted: no choice has a better list, up to `levels` different
//          values), then the largest total that keeps these floors. The floors of single members are those of the
//          equally good lists' largest total; with capacities above 1 another of these lists may leave a larger total.
//          With minimums or quotas only the first level is settled.
// kMaxMinSum  the worst off by the sum of its pairs' gains: the best found by weights and exchanges, with a bound.
// kNash    the largest sum of the logarithms of the members' sums of gain (Nash welfare): a local optimum and a bound.
// Together
//            | dial | floors, quotas, minimums, required      | what is exact
//   kTotal   | yes  | yes                                     | floor and total (quotas that cross: with a gap)
//   kMaxMin  | no   | yes, then one level                     | floors; total for capacities of 1
//   kMaxMinSum, kNash | no | yes (quotas that cross make it slow)  | neither: value and bound
//   kStableNeeds, kStableOfferings | no | required alone; no floors, quotas, minimums | stability; the total has a bound
// kStableNeeds, kStableOfferings  no two would rather have each other (stability.h): of all such choices the one that is
//          best for the needs, or for the offerings, by ObjectiveOptions::preferences.
// Time     with a time limit the search ends with the best that it has: kTotal its last solve, the others fewer levels
//          or rounds; where not even the first is found, the largest total that a tenth of the limit allows, its
//          ending kTimeLimit. Stable choices take the time they need.
// Units    gain as in assignment.h; welfare in natural logarithms of scores (gain / kGainPerScore).
// Errors   those of SolveAssignment; kBadArgument for a dial outside [0, 1] or beside another objective than kTotal, a
//          share outside [0, 1], levels or rounds below 1
// Ties     as in SolveAssignment: the same input gives the same answer.
// Cost     kTotal with a dial: about log2(number of different gains) solves of one pair a member, then one of the whole;
//          kMaxMin that much a level; kNash and kMaxMinSum `rounds` solves of the whole.
// Threads  reads its arguments only; call it from several threads at once.
// Source   docs/design/assignment.md
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/assignment/fairness.h"
#include "magpie/assignment/stability.h"
#include "magpie/base/vocabulary.h"

namespace magpie {

enum class Objective { kTotal, kMaxMin, kMaxMinSum, kNash, kStableNeeds, kStableOfferings };

inline bool IsStable(Objective objective) {
  return objective == Objective::kStableNeeds || objective == Objective::kStableOfferings;
}

// A class of listings gets at least so many pairs, or at least such a share of all pairs that are chosen.
struct ExposureFloor {
  ListingClass listings;
  std::int32_t pairs = 0;
  double share = 0;
};

struct ObjectiveOptions {
  Objective objective = Objective::kTotal;
  double dial = 0;          // 0 = efficiency, 1 = the worst off; kTotal only
  Side side = Side::kNeed;  // whose worst off counts
  int levels = 8;           // kMaxMin: how many different values are settled, the worst first
  int rounds = 30;          // kNash, kMaxMinSum: solves
  std::vector<ExposureFloor> floors;
  Preferences preferences;  // kStableNeeds, kStableOfferings
  std::optional<std::chrono::milliseconds> time_limit;
};

struct ObjectiveAnswer {
  Assignment assignment;
  // The problem given, with the floors as further quotas: CheckAssignment takes the assignment with it. The bound is one
  // of the total gain under these floors.
  AssignmentProblem problem;
  std::int32_t servable = 0;   // members that can be served at once; all three 0 where no condition asked for them
  std::int64_t fair_gain = 0;  // t*
  std::int64_t floor = 0;      // what each served member's best pair gains at least
  int levels = 0;              // kMaxMin: values that were settled
  bool all_levels = false;     // the whole list is settled: the values of all served members
  std::int64_t worst_sum = 0;  // kMaxMinSum: of the served member that has least, and what it could have at most
  std::int64_t worst_sum_bound = 0;
  double welfare = 0;  // kNash: sum over served members of log(sum of gains), and its bound
  double welfare_bound = 0;
};

absl::StatusOr<ObjectiveAnswer> SolveObjective(const CandidateGraph& graph, const AssignmentProblem& problem,
                                               const ObjectiveOptions& options, const RunContext& context);

// One notch of the dial, and what it costs.
struct DialPoint {
  double dial = 0;
  ObjectiveAnswer answer;
  std::int64_t worst_pair = 0;      // the smallest best pair of a served member; 0 = one of them has none
  std::int32_t served = 0;          // members with a pair
  double gini = 0;                  // of the members' sums of gain
  std::vector<std::int32_t> gains;  // members whose sum of gains rose from the notch before, ascending
  std::vector<std::int32_t> loses;  // and fell
};

// The points of a rising list of dials. Where the answer of the notch before keeps the next floor, it stands: so
// worst_pair never falls and the total never rises along the curve. With a time limit it may end before the last dial.
absl::StatusOr<std::vector<DialPoint>> DialCurve(const CandidateGraph& graph, const AssignmentProblem& problem,
                                                 std::span<const double> dials, const ObjectiveOptions& options,
                                                 const RunContext& context);

// All arcs of a class as one quota.
Quota QuotaOf(const CandidateGraph& graph, const ListingClass& listings, std::int32_t minimum,
              std::int32_t maximum = kUnlimited);

}  // namespace magpie
