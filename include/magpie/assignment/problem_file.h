// problem.json: an assignment problem with its answer and proof, so that anybody can check a plan and compare two.
//
// Terms    as in assignment.h; listings have keys (the organiser's ids), groups and quotas names.
// Errors   kBadFile      the bytes are no JSON object of this kind and version
//          kFieldInvalid a member is missing, of another kind, of another length, or points outside its list; the field
//                        is the member's path
//          those of SolveAssignment for a problem that is none
// Ties     the same problem gives the same bytes.
// Threads  no state.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/assignment/compare.h"

namespace magpie {

struct SolvedProblem {
  CandidateGraph graph;
  AssignmentProblem problem;
  Assignment answer;
  std::vector<std::int64_t> full_gain;  // before the threshold
  std::vector<std::string> need_keys, offering_keys;
  std::vector<std::string> need_group_names, offering_group_names;
  std::vector<std::string> quota_names;  // the quotas behind them have none

  ComparedAnswer compared() const { return {&graph, &problem, &answer, need_keys, offering_keys, full_gain}; }
};

std::string SolvedProblemToJson(const SolvedProblem& solved);

// What it gives is a valid problem; whether the answer is right is for CheckAssignment to say.
absl::StatusOr<SolvedProblem> SolvedProblemFromJson(std::string_view json);

}  // namespace magpie
