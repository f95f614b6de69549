// Panels: each row of a dense score matrix gets the same number of different columns (reviewers of a paper, jurors of a
// team, experts of a need), good for the row that is worst off, then for the total.
//
// Terms    rows [0, n), columns [0, m). A row's sum = the scores of its panel. Worst = the smallest sum.
// Shapes   score[n x m], row-major: score of row r and column c is score[r * m + c]; capacity[m].
// Units    integers in [0, kMaxPanelScore], by custom millionths of a score; a negative score forbids the pair.
// Answer   panels that are full: per_row different columns for each row, no column above its capacity.
//          kTotal    the largest total, proven over the whole matrix: total == total_bound
//          kMaxMin   from there each row that has less than the floor is raised by the chain of changes that costs least,
//                    nobody falling below the floor by it; the floor is sought by halves, above 20,000 pairs to a
//                    50,000th part. Where such chains end, others may fall below the floor by less than the row
//                    rises; up to 20,000 pairs the largest weighted totals are starts and bounds, too. worst_bound
//                    says what the worst row could have at most (its best panel, or a mean of rows that compete),
//                    total_bound what any panels could gain. The worst row is not proven to be the best possible.
// Errors   kBadArgument   a size differs from its shape, a negative capacity, per_row < 1, a score above the limit
//          kPlanConflict  the panels cannot all be filled; the message says how many places stay open
//          kCancelled     context.stop was requested
// Ties     the same input gives the same answer whatever the thread count.
// Cost     the matrix is read some four times and never copied; beside it O(n K + m) memory for K = some 40 candidates a
//          row. 10,124 x 5,880, three each: 1 to 40 s of processor time.
// Threads  reads its arguments only; call it from several threads at once. Uses context.threads.
// Source   columns of a linear programme on demand (Gilmore and Gomory 1961): the best pairs of both sides are solved as a
//          candidate graph, its prices are held against all pairs, those that would gain are added, until none does.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "magpie/base/progress.h"

namespace magpie {

inline constexpr std::int32_t kMaxPanelScore = 1'000'000;

struct PanelProblem {
  std::int32_t rows = 0, columns = 0;
  std::span<const std::int32_t> score;
  std::int32_t per_row = 3;
  std::vector<std::int32_t> capacity;
};

enum class PanelObjective { kTotal, kMaxMin };

struct Panels {
  std::vector<std::int32_t> columns;  // per_row for each row, ascending within it
  std::int64_t total = 0, total_bound = 0;
  std::int64_t worst = 0, worst_bound = 0;  // 0 where there are no rows
};

absl::StatusOr<Panels> AssignPanels(const PanelProblem& problem, PanelObjective objective, const RunContext& context);

}  // namespace magpie
