#include "magpie/base/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace magpie {
namespace {

TEST(Status, KeepsReasonFieldAndMessage) {
  const absl::Status error = MakeError(Reason::kFieldInvalid, "party.kind", "is 'frm'; use 'firm'");
  EXPECT_EQ(error.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(error), Reason::kFieldInvalid);
  EXPECT_EQ(FieldOf(error), "party.kind");
  EXPECT_EQ(ErrorText(error), "party.kind: is 'frm'; use 'firm'");
}

TEST(Status, AForeignErrorIsInternalWithoutField) {
  const absl::Status error = absl::NotFoundError("x");
  EXPECT_EQ(ReasonOf(error), Reason::kInternal);
  EXPECT_EQ(FieldOf(error), "");
}

TEST(Status, TheTableStandsInTheOrderOfTheEnumWithDistinctNames) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < Reasons().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(Reasons()[i].reason), i);
    EXPECT_TRUE(names.insert(Reasons()[i].name).second) << Reasons()[i].name;
    EXPECT_NE(Reasons()[i].code, absl::StatusCode::kOk);
  }
  EXPECT_EQ(Reasons().back().reason, Reason::kInternal);
}

absl::StatusOr<int> Half(int value) {
  if (value % 2 != 0) return MakeError(Reason::kBadArgument, "value", "is odd");
  return value / 2;
}
absl::StatusOr<int> Quarter(int value) {
  MAGPIE_ASSIGN_OR_RETURN(const int half, Half(value));
  return Half(half);
}

TEST(Status, TheMacrosPassErrorsOn) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(FieldOf(Quarter(6).status()), "value");
}

}  // namespace
}  // namespace magpie
