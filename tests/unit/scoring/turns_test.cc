#include "scoring/turns.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <vector>

namespace magpie {
namespace {

TEST(Turns, NoMoreAtOnceThanThereArePlacesAndNobodyIsForgotten) {
  Turns turns(3);
  std::atomic<int> inside = 0, most = 0, done = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const Turns::Turn turn(turns);
        const int now = ++inside;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        if (i % 50 == 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
        --inside;
        ++done;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(done, 16 * 200);
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 2);
}

TEST(Turns, WhoCameFirstGoesFirst) {
  Turns turns(1);
  std::vector<int> order;  // written inside a turn alone
  std::vector<std::jthread> threads;
  {
    const Turns::Turn first(turns);
    for (int t = 0; t < 5; ++t) {
      threads.emplace_back([&, t] {
        const Turns::Turn turn(turns);
        order.push_back(t);
      });
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // so that it stands in the queue
    }
  }
  threads.clear();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace magpie
