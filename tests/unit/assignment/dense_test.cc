#include "magpie/assignment/dense.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "lemon_oracle.h"
#include "magpie/base/random.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

std::vector<std::int32_t> RandomMatrix(std::uint64_t seed, std::int32_t rows, std::int32_t columns,
                                       std::int32_t largest, int zeros_of_ten) {
  Random random(seed);
  std::vector<std::int32_t> gain(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  for (std::int32_t& g : gain) {
    g = static_cast<int>(random.Below(10)) < zeros_of_ten
            ? 0
            : static_cast<std::int32_t>(random.Below(static_cast<std::uint64_t>(largest) + 1));
  }
  return gain;
}

// The proof, from the definition in dense.h.
void ExpectProven(const std::vector<std::int32_t>& gain, std::int32_t columns, const DenseAssignment& answer) {
  std::vector<bool> taken(static_cast<std::size_t>(columns), false);
  std::int64_t total = 0, bound = 0;
  ASSERT_EQ(answer.column_price.size(), taken.size());
  for (std::int32_t price : answer.column_price) {
    EXPECT_GE(price, 0);
    bound += price;
  }
  for (std::size_t row = 0; row < answer.column_of_row.size(); ++row) {
    EXPECT_GE(answer.row_price[row], 0);
    bound += answer.row_price[row];
    const std::int32_t* own = gain.data() + row * taken.size();
    for (std::size_t column = 0; column < taken.size(); ++column) {
      EXPECT_GE(answer.row_price[row] + answer.column_price[column], own[column]);
    }
    const std::int32_t column = answer.column_of_row[row];
    if (column < 0) continue;
    EXPECT_FALSE(taken[static_cast<std::size_t>(column)]);
    taken[static_cast<std::size_t>(column)] = true;
    EXPECT_GT(own[column], 0);
    total += own[column];
  }
  EXPECT_EQ(total, answer.total_gain);
  EXPECT_EQ(bound, answer.bound);
  if (answer.ending == Ending::kProven) {
    EXPECT_EQ(total, bound);
  }
}

std::int64_t BruteForce(const std::vector<std::int32_t>& gain, std::int32_t rows, std::int32_t columns,
                        std::int32_t row = 0, unsigned taken = 0) {
  if (row == rows) return 0;
  std::int64_t best = BruteForce(gain, rows, columns, row + 1, taken);
  for (std::int32_t column = 0; column < columns; ++column) {
    if ((taken >> column & 1) != 0) continue;
    best = std::max(best, gain[static_cast<std::size_t>(row * columns + column)] +
                              BruteForce(gain, rows, columns, row + 1, taken | 1u << column));
  }
  return best;
}

TEST(DenseTest, EqualsBruteForce) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed * 31);
    const auto rows = static_cast<std::int32_t>(random.Below(6)), columns = static_cast<std::int32_t>(random.Below(7));
    const auto gain = RandomMatrix(seed, rows, columns, random.Below(2) == 0 ? 3 : 1000, static_cast<int>(seed % 8));
    const auto answer = SolveDense(gain, rows, columns, {});
    ASSERT_TRUE(answer.ok()) << answer.status();
    ExpectProven(gain, columns, *answer);
    EXPECT_EQ(answer->total_gain, BruteForce(gain, rows, columns));
  }
}

TEST(DenseTest, EqualsLemonOnMatricesOfAnyShape) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto rows = static_cast<std::int32_t>(1 + random.Below(120));
    const auto columns = static_cast<std::int32_t>(1 + random.Below(120));
    const std::int32_t largest = seed % 4 == 0 ? 2 : seed % 4 == 1 ? kMaxDenseGain : 1'000'000;
    const auto gain = RandomMatrix(seed, rows, columns, largest, static_cast<int>(seed % 5) * 2);
    std::vector<magpie_test::FlowArc> arcs;
    for (std::int32_t r = 0; r < rows; ++r) arcs.push_back({0, 1 + r, 1, 0});
    for (std::int32_t c = 0; c < columns; ++c) arcs.push_back({1 + rows + c, 0, 1, 0});
    for (std::int32_t r = 0; r < rows; ++r) {
      for (std::int32_t c = 0; c < columns; ++c) {
        arcs.push_back({1 + r, 1 + rows + c, 1, -gain[static_cast<std::size_t>(r * columns + c)]});
      }
    }
    const auto answer = SolveDense(gain, rows, columns, {});
    ASSERT_TRUE(answer.ok());
    ExpectProven(gain, columns, *answer);
    EXPECT_EQ(answer->total_gain, -magpie_test::LemonLeastCost(1 + rows + columns, arcs));
  }
}

TEST(DenseTest, EveryInstructionSetGivesTheSameBytes) {
  for (std::int32_t columns : {1, 3, 15, 16, 17, 31, 33, 64, 130, 1000}) {
    for (std::int32_t largest : {0, 1, 4, 1'000'000, kMaxDenseGain}) {
      SCOPED_TRACE(columns);
      const std::int32_t rows = std::min(200, columns + 5);
      const auto gain = RandomMatrix(static_cast<std::uint64_t>(columns + largest), rows, columns, largest, 1);
      const auto plain = SolveDense(gain, rows, columns, {}, {.instruction_set = InstructionSet::kPlain});
      ExpectProven(gain, columns, *plain);
      for (InstructionSet set : AvailableInstructionSets()) {
        const auto answer = SolveDense(gain, rows, columns, {}, {.instruction_set = set});
        EXPECT_EQ(answer->column_of_row, plain->column_of_row) << InstructionSetName(set);
        EXPECT_EQ(answer->column_price, plain->column_price) << InstructionSetName(set);
        EXPECT_EQ(answer->row_price, plain->row_price) << InstructionSetName(set);
      }
    }
  }
}

TEST(DenseTest, AllGainsEqualFillsTheSmallerSide) {
  const std::vector<std::int32_t> gain(300 * 200, 7);
  const auto answer = SolveDense(gain, 300, 200, {});
  ExpectProven(gain, 200, *answer);
  EXPECT_EQ(answer->total_gain, 1400);
}

TEST(DenseTest, CutShortItLeavesAChoiceAndItsBound) {
  const auto gain = RandomMatrix(1, 1500, 1500, 1'000'000, 0);
  const std::int64_t best = SolveDense(gain, 1500, 1500, {})->total_gain;
  for (int limit : {0, 1, 2, 4, 8, 16}) {
    const auto answer = SolveDense(gain, 1500, 1500, {}, {.time_limit = std::chrono::milliseconds(limit)});
    ExpectProven(gain, 1500, *answer);
    EXPECT_LE(answer->total_gain, best);
    EXPECT_GE(answer->bound, best);
    if (limit == 0) {
      EXPECT_EQ(answer->ending, Ending::kTimeLimit);
    }
  }
}

TEST(DenseTest, RefusesWhatIsNoMatrixOfGains) {
  EXPECT_EQ(ReasonOf(SolveDense(std::vector<std::int32_t>(5), 2, 3, {}).status()), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf(SolveDense(std::vector<std::int32_t>{1, -1}, 1, 2, {}).status()), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf(SolveDense(std::vector<std::int32_t>{1, kMaxDenseGain + 1}, 1, 2, {}).status()),
            Reason::kLimitExceeded);
  std::stop_source source;
  source.request_stop();
  RunContext context;
  context.stop = source.get_token();
  EXPECT_EQ(ReasonOf(SolveDense(std::vector<std::int32_t>{1, 1}, 1, 2, context).status()), Reason::kCancelled);
}

}  // namespace
}  // namespace magpie
