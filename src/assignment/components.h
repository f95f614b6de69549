// A problem as the independent problems that it falls into: listings that no pair, group or quota joins do not compete.
//
// Method  union-find over the nodes; an arc joins its ends unless it can never be chosen, a group its nodes, a quota all
//         its arcs. Each part is numbered anew in the order of the whole, so a part's answer does not depend on the others.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "reduced_problem.h"

namespace magpie {

struct ProblemPart {
  CandidateGraph graph;
  AssignmentProblem problem;
  // What each number of the part is in the whole.
  std::vector<std::int32_t> arcs, needs, offerings, need_groups, offering_groups, quotas;
};

// Nothing where splitting would not pay: few arcs, or one part that has most of them.
std::vector<ProblemPart> SplitProblem(const ReducedProblem& reduced);

// Adds a part's answer to the whole's, whose vectors have their sizes already.
void AddPart(const ProblemPart& part, const Assignment& answer, Assignment* whole);

}  // namespace magpie
