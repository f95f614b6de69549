// An assignment kept ready: after changes of a few listings it is the best again in a fraction of a solve's time.
//
// Shapes   those of assignment.h; problems without groups, minimums and quotas, gains up to kMaxKeptGain.
// Answer   that of SolveAssignment, as good and as proven; among answers of equal gain it may be another one, for it
//          depends on what was chosen before.
// Errors   kBadArgument   groups, minimums or quotas; what SolveAssignment refuses; a number outside its range
//          kLimitExceeded a gain above kMaxKeptGain
//          kPlanConflict  a capacity below what the required arcs take
//          kCancelled     from Make: a stop was requested
// Cost     Make: a solve. Solve: what lies around the changes, and O(A) to write the answer down; measured in
//          docs/design/assignment.md. 20 bytes an arc, 40 a node.
// Threads  one thread at a time.
// Source   docs/design/assignment.md
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "magpie/assignment/assignment.h"
#include "magpie/base/progress.h"
#include "magpie/graph/candidate_graph.h"

namespace magpie {

inline constexpr std::int64_t kMaxKeptGain = 1 << 29;

class KeptAssignment {
 public:
  // The graph must outlive it.
  static absl::StatusOr<std::unique_ptr<KeptAssignment>> Make(const CandidateGraph& graph, AssignmentProblem problem,
                                                              const RunContext& context);
  ~KeptAssignment();
  KeptAssignment(const KeptAssignment&) = delete;
  KeptAssignment& operator=(const KeptAssignment&) = delete;

  // Each takes effect with the next Solve. A gain of an excluded arc changes nothing.
  absl::Status SetGain(std::int32_t arc, std::int64_t gain);
  absl::Status SetNeedCapacity(std::int32_t need, std::int32_t capacity);
  absl::Status SetOfferingCapacity(std::int32_t offering, std::int32_t capacity);

  // Cut short, the answer is the best so far with its bound, and the next call goes on.
  absl::StatusOr<Assignment> Solve(const RunContext& context,
                                   std::optional<std::chrono::milliseconds> time_limit = std::nullopt);

  const AssignmentProblem& problem() const;  // with the changes

 private:
  struct State;
  explicit KeptAssignment(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace magpie
