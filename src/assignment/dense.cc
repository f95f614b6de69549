#include "magpie/assignment/dense.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "deadline.h"
#include "dense_kernels.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::int64_t kCellsPerLook = 1 << 20;  // at the clock: well below a millisecond of scanning
constexpr std::int64_t kBidsPerRow = 50;         // before the searches take over from bids that go round

class DenseSolver {
 public:
  DenseSolver(std::span<const std::int32_t> gain, std::int32_t rows, std::int32_t columns, const RunContext& context,
              const DenseOptions& options)
      : gain_(gain.data()),
        rows_(rows),
        columns_(columns),
        context_(context),
        deadline_(context, options.time_limit),
        kernels_(DenseKernelsOf(options.instruction_set)),
        column_of_(static_cast<std::size_t>(rows), -1),
        row_of_(static_cast<std::size_t>(columns), -1),
        price_(static_cast<std::size_t>(columns), 0) {}

  DenseAssignment Solve() {
    std::optional<Ending> ending = Bid();
    if (!ending) ending = Search();
    return Answer(ending);
  }

 private:
  const std::int32_t* Row(std::int32_t row) const { return gain_ + static_cast<std::ptrdiff_t>(row) * columns_; }
  std::int32_t& ColumnOf(std::int32_t row) { return column_of_[static_cast<std::size_t>(row)]; }
  std::int32_t& RowOf(std::int32_t column) { return row_of_[static_cast<std::size_t>(column)]; }
  std::int32_t& PriceOf(std::int32_t column) { return price_[static_cast<std::size_t>(column)]; }

  std::optional<Ending> Look() {
    if ((cells_ += columns_) < kCellsPerLook) return std::nullopt;
    cells_ = 0;
    return deadline_.Reached();
  }

  // Each row takes its best column and raises its price until the second best is worth as much to it; the row that held
  // the column is next. Where the two are worth the same and the column is held, the row waits for a search.
  std::optional<Ending> Bid() {
    std::int64_t left = kBidsPerRow * rows_;
    for (std::int32_t first = 0; first < rows_; ++first) {
      for (std::int32_t row = first; row >= 0;) {
        if (const auto ending = Look()) return ending;
        const TwoBest two = kernels_.two_best(Row(row), price_.data(), columns_);
        if (two.index < 0) break;
        const std::int32_t before = RowOf(two.index);
        if (before >= 0 && (two.best == two.second || --left < 0)) {
          waiting_.push_back(row);
          break;
        }
        PriceOf(two.index) += two.best - two.second;
        RowOf(two.index) = row;
        ColumnOf(row) = two.index;
        if (before >= 0) ColumnOf(before) = -1;
        row = before;
      }
    }
    return std::nullopt;
  }

  std::optional<Ending> Search() {
    distance_.resize(price_.size());
    from_.resize(price_.size());
    state_.resize(price_.size());
    for (std::size_t j = 0; j < price_.size(); ++j) state_[j] = row_of_[j] < 0 ? kColumnFree : kColumnTaken;
    for (std::size_t w = 0; w < waiting_.size(); ++w) {
      if (const auto ending = Lead(waiting_[w])) return ending;
      if (w % 64 == 0) {
        context_.Report("assign", static_cast<std::int64_t>(w), static_cast<std::int64_t>(waiting_.size()));
      }
    }
    return std::nullopt;
  }

  // Leads a row without a column to where it costs least: to a free column, or to a row that goes without one.
  std::optional<Ending> Lead(std::int32_t source) {
    const std::int32_t worth = kernels_.two_best(Row(source), price_.data(), columns_).best;
    if (worth == 0) return std::nullopt;
    std::fill(distance_.begin(), distance_.end(), kColumnFar);
    closed_.clear();
    std::int32_t shortest = worth, loser = source;  // the row that goes without, unless a free column is nearer
    std::int32_t row = source, base = worth, end = -1;
    std::optional<Ending> ending;
    for (;;) {
      if ((ending = Look())) break;
      const NearestColumn nearest =
          kernels_.relax(Row(row), price_.data(), state_.data(), columns_, base, row, distance_.data(), from_.data());
      const std::int32_t distance = nearest.key / 2;
      if (distance >= shortest) break;
      if (RowOf(nearest.index) < 0) {
        shortest = distance;
        end = nearest.index;
        break;
      }
      closed_.push_back(nearest.index);
      state_[static_cast<std::size_t>(nearest.index)] = kColumnClosed;
      row = RowOf(nearest.index);
      base = distance + Row(row)[nearest.index] - PriceOf(nearest.index);  // what the row would lose, beside the way
      if (base < shortest) {
        shortest = base;
        loser = row;
      }
    }
    for (std::int32_t column : closed_) state_[static_cast<std::size_t>(column)] = kColumnTaken;
    if (ending) return ending;
    for (std::int32_t column : closed_) {
      PriceOf(column) += std::max(0, shortest - distance_[static_cast<std::size_t>(column)]);
    }
    if (end < 0) {
      if (loser == source) return std::nullopt;
      end = std::exchange(ColumnOf(loser), -1);
    } else {
      state_[static_cast<std::size_t>(end)] = kColumnTaken;
    }
    for (std::int32_t taker = -1; taker != source;) {
      taker = from_[static_cast<std::size_t>(end)];
      RowOf(end) = taker;
      std::swap(ColumnOf(taker), end);
    }
    return std::nullopt;
  }

  DenseAssignment Answer(std::optional<Ending> ending) {
    DenseAssignment answer;
    answer.ending = ending.value_or(Ending::kProven);
    answer.row_price.assign(column_of_.size(), 0);
    for (std::int32_t row = 0; row < rows_; ++row) {
      const std::int32_t column = ColumnOf(row);
      std::int32_t& price = answer.row_price[static_cast<std::size_t>(row)];
      if (column >= 0) {
        answer.total_gain += Row(row)[column];
        price = Row(row)[column] - PriceOf(column);
      } else if (ending) {  // was not led anywhere yet
        price = kernels_.two_best(Row(row), price_.data(), columns_).best;
      }
      answer.bound += price;
    }
    for (std::int32_t price : price_) answer.bound += price;
    answer.column_of_row = std::move(column_of_);
    answer.column_price = std::move(price_);
    return answer;
  }

  const std::int32_t* gain_;
  std::int32_t rows_, columns_;
  const RunContext& context_;
  Deadline deadline_;
  const DenseKernels& kernels_;
  std::vector<std::int32_t> column_of_, row_of_, price_;
  std::vector<std::int32_t> waiting_;  // rows for the searches
  std::vector<std::int32_t> distance_, from_, state_, closed_;
  std::int64_t cells_ = 0;
};

}  // namespace

const DenseKernels& DenseKernelsOf(InstructionSet set) {
#if defined(__x86_64__)
  if (set >= InstructionSet::kAvx512) return kDenseKernelsAvx512;
  if (set >= InstructionSet::kV3) return kDenseKernelsV3;
#endif
  return kDenseKernelsPlain;
}

absl::StatusOr<DenseAssignment> SolveDense(std::span<const std::int32_t> gain, std::int32_t rows, std::int32_t columns,
                                           const RunContext& context, const DenseOptions& options) {
  if (rows < 0 || columns < 0 || gain.size() != static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns)) {
    return MakeError(Reason::kBadArgument, "gain", fmt::format("{} gains for {} x {}", gain.size(), rows, columns));
  }
  if (std::max(rows, columns) > 1 << 30) {
    return MakeError(Reason::kLimitExceeded, "gain",
                     fmt::format("{} x {}; the sides are limited to 2^30", rows, columns));
  }
  if (!gain.empty()) {
    std::int32_t least = 0, largest = 0;
    for (std::int32_t g : gain) {
      least = std::min(least, g);
      largest = std::max(largest, g);
    }
    if (least < 0)
      return MakeError(Reason::kBadArgument, "gain", fmt::format("a gain of {}; use 0 for no pair", least));
    if (largest > kMaxDenseGain) {
      return MakeError(Reason::kLimitExceeded, "gain",
                       fmt::format("a gain of {}; the largest is {}", largest, kMaxDenseGain));
    }
  }
  if (context.cancelled()) return context.CheckCancelled();
  return DenseSolver(gain, rows, columns, context, options).Solve();
}

}  // namespace magpie
