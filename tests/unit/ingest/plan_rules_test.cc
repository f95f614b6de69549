#include "magpie/ingest/plan_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "magpie/base/status.h"
#include "test_files.h"

namespace magpie {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kRules = R"({
  "groups": [
    {"name": "首次参展", "side": "offering", "first_timer": true, "at_least": 4, "each_at_least": 1},
    {"name": "西部企业", "side": "需求", "regions": ["西部地区", "陕西省西安市"], "kinds": ["企业"], "at_most": "12"},
    {"name": "one firm", "parties": ["某某公司"], "listings": ["N1", 12], "each_at_most": 2, "small": "是",
     "qualifications": ["高新技术企业"]}
  ],
  "must_meet": [{"need": "N1", "offering": "O3"}],
  "excluded": [{"need_party": "甲公司", "offering_party": "乙所"}, {"need": "N2", "offering_party": "乙所"}]
})";

TEST(PlanRules, AreReadWithAllTheirMembers) {
  const absl::StatusOr<PlanRules> rules = PlanRulesFromJson(kRules);
  ASSERT_TRUE(rules.ok()) << rules.status();
  ASSERT_THAT(rules->groups, SizeIs(3));
  EXPECT_EQ(rules->groups[0].name, "首次参展");
  EXPECT_EQ(rules->groups[0].side, Side::kOffering);
  EXPECT_EQ(rules->groups[0].first_timer, true);
  EXPECT_EQ(rules->groups[0].small, std::nullopt);
  EXPECT_EQ(rules->groups[0].at_least, 4);
  EXPECT_EQ(rules->groups[0].each_at_least, 1);
  EXPECT_EQ(rules->groups[1].side, Side::kNeed);
  ASSERT_THAT(rules->groups[1].regions, SizeIs(2));
  EXPECT_EQ(rules->groups[1].regions[1].code, "610100");
  EXPECT_THAT(rules->groups[1].kinds, ElementsAre(PartyKind::kFirm));
  EXPECT_EQ(rules->groups[1].at_most, 12);
  EXPECT_THAT(rules->groups[2].listings, ElementsAre("N1", "12"));
  EXPECT_EQ(rules->groups[2].small, true);
  ASSERT_THAT(rules->must_meet, SizeIs(1));
  EXPECT_EQ(rules->must_meet[0].offering, "O3");
  ASSERT_THAT(rules->excluded, SizeIs(2));
  EXPECT_EQ(rules->excluded[1].where, "excluded[1]");
  EXPECT_THAT(rules->warnings, IsEmpty());
  EXPECT_FALSE(rules->empty());
}

TEST(PlanRules, NothingIsNoRule) {
  const absl::StatusOr<PlanRules> rules = PlanRulesFromJson("\xEF\xBB\xBF{}");
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_TRUE(rules->empty());
}

TEST(PlanRules, WhatIsNotKnownIsAWarning) {
  const absl::StatusOr<PlanRules> rules = PlanRulesFromJson(
      R"({"groups": [{"name": "A", "side": "need", "atleast": 3, "regions": ["月球"]}], "limit": 1})");
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_THAT(rules->warnings,
              ElementsAre(HasSubstr("groups[0].regions"), HasSubstr("groups[0].atleast"), HasSubstr("limit")));
}

struct Refusal {
  std::string_view json, place, words;
};

class RefusedRules : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedRules, NameThePlaceAndWhatToDo) {
  const absl::StatusOr<PlanRules> rules = PlanRulesFromJson(GetParam().json);
  ASSERT_FALSE(rules.ok());
  EXPECT_EQ(ReasonOf(rules.status()), Reason::kFieldInvalid);
  EXPECT_EQ(FieldOf(rules.status()), GetParam().place);
  EXPECT_THAT(ErrorText(rules.status()), HasSubstr(std::string(GetParam().words)));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedRules,
    ::testing::Values(
        Refusal{R"({"groups": {}})", "groups", "is not a list"},
        Refusal{R"({"groups": [{"side": "need"}]})", "groups[0].name", "is missing"},
        Refusal{R"({"groups": [{"name": "A", "side": "need"}, {"name": "A", "side": "need"}]})", "groups[1].name",
                "another group"},
        Refusal{R"({"groups": [{"name": "A", "at_least": 3}]})", "groups[0]", "has no condition"},
        Refusal{R"({"groups": [{"name": "A", "side": "both"}]})", "groups[0].side", "write one of need, offering"},
        Refusal{R"({"groups": [{"name": "A", "kinds": ["wizard"]}]})", "groups[0].kinds", "write one of"},
        Refusal{R"({"groups": [{"name": "A", "side": "need", "at_least": -1}]})", "groups[0].at_least", "whole number"},
        Refusal{R"({"groups": [{"name": "A", "side": "need", "at_least": 3, "at_most": 2}]})", "groups[0].at_least",
                "more than the most"},
        Refusal{R"({"groups": [{"name": "A", "side": "need", "each_at_least": 3, "each_at_most": 2}]})",
                "groups[0].each_at_least", "more than the most"},
        Refusal{R"({"groups": [{"name": "A", "small": "perhaps"}]})", "groups[0].small", "true or false"},
        Refusal{R"({"must_meet": [{"need": "N1"}]})", "must_meet[0].offering", "is missing"},
        Refusal{R"({"excluded": [{"need": "N1", "need_party": "P", "offering": "O1"}]})", "excluded[0].need",
                "keep one"},
        Refusal{R"([])", "", "not an object"}));

TEST(PlanRules, FilesOfOtherKindsAreRefused) {
  EXPECT_EQ(ReasonOf(ReadPlanRules("rules.txt").status()), Reason::kUnsupportedFile);
  EXPECT_EQ(ReasonOf(ReadPlanRules("/nowhere/rules.json").status()), Reason::kFileNotFound);
  EXPECT_EQ(ReasonOf(PlanRulesFromJson("{").status()), Reason::kBadFile);
}

}  // namespace
}  // namespace magpie
