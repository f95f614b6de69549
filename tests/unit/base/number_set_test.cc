#include "magpie/base/number_set.h"

#include <gtest/gtest.h>

#include <set>

#include "magpie/base/random.h"

namespace magpie {
namespace {

TEST(NumberSet, IsASetThroughManyRounds) {
  Random random(1);
  NumberSet numbers;
  EXPECT_FALSE(numbers.Contains(0));
  for (int round = 0; round < 300; ++round) {
    const std::size_t most = random.Below(50);
    numbers.Clear(most);
    std::set<std::uint32_t> twin;
    while (twin.size() < most) {
      const auto number = static_cast<std::uint32_t>(random.Below(round % 2 == 0 ? 100 : 1ull << 32));
      EXPECT_EQ(numbers.Insert(number), twin.insert(number).second);
    }
    for (std::uint32_t number = 0; number < 100; ++number) EXPECT_EQ(numbers.Contains(number), twin.contains(number));
    for (const std::uint32_t number : twin) EXPECT_TRUE(numbers.Contains(number));
  }
}

}  // namespace
}  // namespace magpie
