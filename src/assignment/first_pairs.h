// The first pair of each member: how many members can have one at once, how good the worst can be, and the next worst.
//
// Terms   as in magpie/assignment/objective.h.
// Method  One pair a member is a problem of its own, with capacities of 1 on the members' side. Counting is an assignment
//         of gains 1. The best worst pair is sought by halves over the different gains. For the next worst the prices of
//         each step cut the problem down to its optimal choices (complementary slackness: what costs more than it gains
//         is excluded, what gains more than it costs is required, what has a price is full), so that each further step
//         chooses among choices that are as good up to there and no other.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/base/vocabulary.h"

namespace magpie {

struct FirstPairs {
  std::vector<std::int32_t> served;  // ascending
  std::int64_t fair_gain = 0;        // t*; 0 where nobody can be served
};

absl::StatusOr<FirstPairs> FindFirstPairs(const CandidateGraph& graph, const AssignmentProblem& problem, Side side,
                                          const RunContext& context);

struct LevelledPairs {
  std::vector<std::int64_t> floor;  // of each node of the side; 0 = none (not served, or settled by a required pair)
  int levels = 0;
  bool all = false;
};

// For a problem without minimums and quotas. A stop leaves the levels that are settled; kCancelled before the first.
absl::StatusOr<LevelledPairs> FindLevels(const CandidateGraph& graph, const AssignmentProblem& problem, Side side,
                                         int levels, const RunContext& context);

// The problem with a quota for each node whose floor is above 0: at least one of its arcs that gain as much.
AssignmentProblem WithFloors(const CandidateGraph& graph, const AssignmentProblem& problem, Side side,
                             const std::vector<std::int64_t>& floor);

// SolveAssignment for a step of a longer search: kCancelled where it was cut short.
absl::StatusOr<Assignment> SolveToTheEnd(const CandidateGraph& graph, const AssignmentProblem& problem,
                                         const RunContext& context);

bool HasMinimums(const AssignmentProblem& problem);

}  // namespace magpie
