#include "magpie/ingest/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace magpie {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ReadEventTest, SampleFairIsReadWhole) {
  const auto event = ReadEvent(std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/event.json");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_THAT(event->warnings, IsEmpty());
  EXPECT_EQ(event->people.size(), 62u);
  EXPECT_EQ(event->wishes.size(), 55u);
  EXPECT_EQ(event->teams.size(), 5u);
  EXPECT_THAT(event->rules.demo_tables, ElementsAre("T4"));
}

}  // namespace
}  // namespace magpie
