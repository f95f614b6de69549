// The best one-to-one assignment of a whole matrix of gains, exactly.
//
// Shapes   gain[rows x columns], row by row; column_of_row[rows], column_price[columns], row_price[rows].
// Units    gains in [0, kMaxDenseGain]; a row without a column gains 0, so a gain of 0 is never chosen.
// Answer   column_of_row: the column of each row, -1 = none. Prices are >= 0, their sum is `bound`, and the prices of a row
//          and a column together are never below their gain: no assignment gains more than `bound`. total_gain == bound
//          unless the search was cut short.
// Errors   kBadArgument   sizes that do not fit together, a gain below 0
//          kLimitExceeded a gain above kMaxDenseGain, a side above 2^30
//          kCancelled     a stop was requested before anything was chosen
// Ties     among assignments of equal gain: the search's order of rows and columns; the same for every instruction set.
// Cost     O(n^3) at worst, measured in docs/design/assignment.md; no copy of the matrix, 24 bytes a row or column.
// Threads  reads its arguments only; call it from several threads at once.
// Source   Jonker and Volgenant, A shortest augmenting path algorithm for dense and sparse linear assignment problems (1987).
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/base/instruction_set.h"
#include "magpie/base/progress.h"

namespace magpie {

inline constexpr std::int32_t kMaxDenseGain = (1 << 29) - 2;

struct DenseAssignment {
  std::vector<std::int32_t> column_of_row;
  std::int64_t total_gain = 0;
  std::int64_t bound = 0;
  Ending ending = Ending::kProven;
  std::vector<std::int32_t> row_price, column_price;
};

struct DenseOptions {
  std::optional<std::chrono::milliseconds> time_limit;
  InstructionSet instruction_set = ActiveInstructionSet();
};

absl::StatusOr<DenseAssignment> SolveDense(std::span<const std::int32_t> gain, std::int32_t rows, std::int32_t columns,
                                           const RunContext& context, const DenseOptions& options = {});

}  // namespace magpie
