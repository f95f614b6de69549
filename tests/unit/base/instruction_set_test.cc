#include "magpie/base/instruction_set.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "magpie/base/status.h"

namespace magpie {
namespace {

TEST(InstructionSet, NamesAreReadBack) {
  for (InstructionSet set : AvailableInstructionSets()) {
    EXPECT_EQ(*ParseInstructionSet(InstructionSetName(set)), set);
  }
  EXPECT_EQ(ReasonOf(ParseInstructionSet("avx1024").status()), Reason::kBadArgument);
}

TEST(InstructionSet, WhatIsAvailableEndsWithTheBest) {
  ASSERT_FALSE(AvailableInstructionSets().empty());
  EXPECT_EQ(AvailableInstructionSets().front(), InstructionSet::kPlain);
  EXPECT_EQ(AvailableInstructionSets().back(), BestInstructionSet());
  EXPECT_LE(ActiveInstructionSet(), BestInstructionSet());
}

TEST(InstructionSet, AWrongNameInTheEnvironmentIsAnError) {
  const char* before = std::getenv("MAGPIE_INSTRUCTION_SET");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("MAGPIE_INSTRUCTION_SET", "mmx", 1);
  const absl::Status wrong = CheckInstructionSet();
  EXPECT_EQ(ReasonOf(wrong), Reason::kBadArgument);
  EXPECT_NE(wrong.message().find("'mmx'; use one of plain, x86-64-v2"), std::string::npos) << wrong.message();
  ::setenv("MAGPIE_INSTRUCTION_SET", "plain", 1);
  EXPECT_TRUE(CheckInstructionSet().ok());
  ::setenv("MAGPIE_INSTRUCTION_SET", "", 1);
  EXPECT_TRUE(CheckInstructionSet().ok());
  kept.empty() ? ::unsetenv("MAGPIE_INSTRUCTION_SET") : ::setenv("MAGPIE_INSTRUCTION_SET", kept.c_str(), 1);
}

}  // namespace
}  // namespace magpie
