#include "magpie/catalogue/rows.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <tuple>
#include <vector>

namespace magpie {
namespace {

using Rows = RowList<int>;

// What ForEachChange says, and what going through all rows of both lists says.
using Changes = std::vector<std::tuple<std::int64_t, int, int>>;  // order, before, after; -1 = not there

int ValueOf(const Rows::Row& row) {
  return row == nullptr ? -1 : *row;
}

Changes Told(const Rows& before, const Rows& after) {
  Changes changes;
  Rows::ForEachChange(before, after, [&](std::int64_t order, const Rows::Row& a, const Rows::Row& b) {
    changes.emplace_back(order, ValueOf(a), ValueOf(b));
  });
  return changes;
}

Changes Obvious(const Rows& before, const Rows& after) {
  std::map<std::int64_t, std::pair<Rows::Row, Rows::Row>> rows;
  for (std::size_t i = 0; i < before.size(); ++i) rows[before.order(i)].first = before[i];
  for (std::size_t i = 0; i < after.size(); ++i) rows[after.order(i)].second = after[i];
  Changes changes;
  for (const auto& [order, pair] : rows) {
    if (pair.first != pair.second) changes.emplace_back(order, ValueOf(pair.first), ValueOf(pair.second));
  }
  return changes;
}

TEST(RowList, TellsWhatChangedBetweenTwoCopies) {
  std::mt19937 random(7);
  int next = 0;
  for (int size : {0, 1, 1024, 5000}) {
    Rows before;
    for (int i = 0; i < size; ++i) before.Append(std::make_shared<const int>(next++));
    for (int steps : {0, 1, 7, 300, 6000}) {
      Rows after = before;
      for (int step = 0; step < steps; ++step) {
        const std::size_t at = after.empty() ? 0 : random() % after.size();
        const auto row = std::make_shared<const int>(next++);
        switch (random() % 4) {
          case 0:
            after.Append(row);
            break;
          case 1:
            if (!after.empty()) after.Replace(at, row);
            break;
          default:
            if (!after.empty()) after.Erase(at);
            break;
        }
      }
      EXPECT_EQ(Told(before, after), Obvious(before, after)) << size << " rows, " << steps << " steps";
      EXPECT_EQ(Told(after, before).size(), Told(before, after).size());
    }
  }
}

TEST(RowList, AppendsUnderAGivenNumber) {
  Rows rows;
  rows.AppendAs(3, std::make_shared<const int>(30));
  rows.AppendAs(10, std::make_shared<const int>(100));
  EXPECT_EQ(rows.Append(std::make_shared<const int>(110)), 11);
  EXPECT_EQ(rows.Find(10), 1);
  EXPECT_EQ(rows.Find(4), -1);
  EXPECT_EQ(*rows[2], 110);
}

}  // namespace
}  // namespace magpie
