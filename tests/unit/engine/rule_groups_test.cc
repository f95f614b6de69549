#include "engine/rule_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "magpie/base/status.h"

namespace magpie {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ListingRecord Record(Side side, const std::string& id, const std::string& party, const std::string& region = "") {
  ListingRecord record;
  record.side = side;
  record.id = id;
  record.title = "题目 " + id;
  record.party.name = party;
  record.party.region = ParseRegion(region);
  return record;
}

class RuleGroups : public ::testing::Test {
 protected:
  RuleGroups() {
    std::vector<ListingRecord> needs = {Record(Side::kNeed, "N1", "甲公司", "西安"),
                                        Record(Side::kNeed, "N2", "乙公司", "宁波"),
                                        Record(Side::kNeed, "N3", "乙公司", "宁波"), Record(Side::kNeed, "N4", "")};
    needs[0].party.small = true;
    needs[0].party.kind = PartyKind::kFirm;
    needs[0].party.qualifications = {{"高新技术企业", *ParseDate("2024-11-01"), *ParseDate("2027-10-31")}};
    needs[1].party.small = false;
    needs[1].party.sites = {{SiteKind::kProduction, "二厂", ParseRegion("成都")}};
    std::vector<ListingRecord> offerings = {Record(Side::kOffering, "O1", "光学所", "西安"),
                                            Record(Side::kOffering, "O2", "科学院", "北京"),
                                            Record(Side::kOffering, "O3", "光学所", "西安")};
    offerings[0].party.parent = "科学院";
    offerings[0].party.first_timer = true;
    snapshot_ = *BuildSnapshot(needs, offerings);
    context_.warning = [this](std::string_view message) { warnings_.emplace_back(message); };
  }

  std::vector<GroupMembers> Find(const PlanRules& rules) {
    auto groups = FindGroupMembers(rules, *snapshot_, *ParseDate("2025-03-01"), context_);
    EXPECT_TRUE(groups.ok()) << groups.status();
    return groups.ok() ? *groups : std::vector<GroupMembers>();
  }
  GroupMembers One(const RuleGroup& group) {
    PlanRules rules;
    rules.groups = {group};
    const std::vector<GroupMembers> found = Find(rules);
    return found.empty() ? GroupMembers() : found.front();
  }

  std::shared_ptr<const Snapshot> snapshot_;
  RunContext context_;
  std::vector<std::string> warnings_;
};

TEST_F(RuleGroups, HoldTheListingsThatMeetAllConditions) {
  RuleGroup west{.name = "west"};
  west.regions = {ParseRegion("西部地区")};
  EXPECT_THAT(One(west).needs, ElementsAre(0, 1, 2)) << "a site counts, for all listings of its party";
  EXPECT_THAT(One(west).offerings, ElementsAre(0, 2));
  west.side = Side::kNeed;
  EXPECT_THAT(One(west).offerings, IsEmpty());
  west.small = true;
  EXPECT_THAT(One(west).needs, ElementsAre(0));
  west.small = false;
  EXPECT_THAT(One(west).needs, ElementsAre(1, 2));

  RuleGroup first{.name = "first"};
  first.first_timer = true;
  EXPECT_THAT(One(first).offerings, ElementsAre(0, 2));
  EXPECT_THAT(One(first).needs, IsEmpty()) << "a party that does not say is in neither";

  RuleGroup firms{.name = "firms"};
  firms.kinds = {PartyKind::kBank, PartyKind::kFirm};
  EXPECT_THAT(One(firms).needs, ElementsAre(0));
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(RuleGroups, AParentStandsForItsChildrenAndATitleForItsDays) {
  RuleGroup academy{.name = "academy"};
  academy.parties = {"科学院"};
  EXPECT_THAT(One(academy).offerings, ElementsAre(0, 1, 2));
  RuleGroup titled{.name = "titled"};
  titled.qualifications = {"高新技术企业"};
  EXPECT_THAT(One(titled).needs, ElementsAre(0));
  PlanRules rules;
  rules.groups = {titled};
  const auto before = FindGroupMembers(rules, *snapshot_, *ParseDate("2024-07-01"), context_);
  ASSERT_TRUE(before.ok());
  EXPECT_THAT(before->front().needs, IsEmpty());
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("\"titled\") holds no listing")));
}

TEST_F(RuleGroups, UnknownIdsAreErrorsAndUnknownPartiesWarnings) {
  PlanRules rules;
  RuleGroup group{.name = "some"};
  group.listings = {"N1", "O2"};
  EXPECT_THAT(One(group).needs, ElementsAre(0));
  EXPECT_THAT(One(group).offerings, ElementsAre(1));
  group.listings = {"N1", "N9"};
  rules.groups = {group};
  const absl::Status unknown = FindGroupMembers(rules, *snapshot_, Date(), context_).status();
  EXPECT_EQ(ReasonOf(unknown), Reason::kNeedNotFound);
  EXPECT_THAT(FieldOf(unknown), "groups[0].listings");
  group.listings.clear();
  group.parties = {"没有的公司"};
  EXPECT_THAT(One(group).needs, IsEmpty());
  EXPECT_THAT(warnings_, SizeIs(2));
}

TEST_F(RuleGroups, PairsOfPartiesBecomePairsOfListings) {
  PlanOptions options;
  options.decisions = {{"N1", "O1", Decision::kLocked, 7}, {"N4", "O1", Decision::kNone, 8}};
  options.rules.must_meet = {{.need = "N2", .offering = "O2", .where = "must_meet[0]"}};
  options.rules.excluded = {{.need_party = "乙公司", .offering_party = "光学所", .where = "excluded[0]"}};
  const auto decided = DecidedPairs(options, *snapshot_, context_);
  ASSERT_TRUE(decided.ok()) << decided.status();
  ASSERT_THAT(*decided, SizeIs(6));
  EXPECT_EQ((*decided)[0].where, "row 7");
  EXPECT_EQ((*decided)[1].decision, Decision::kAdded);
  EXPECT_EQ((*decided)[5].need, NeedIndex(2));
  EXPECT_EQ((*decided)[5].offering, OfferingIndex(2));
  EXPECT_EQ((*decided)[5].decision, Decision::kStruck);

  options.rules.excluded = {{.need = "N9", .offering = "O1", .where = "excluded[0]"}};
  const absl::Status unknown = DecidedPairs(options, *snapshot_, context_).status();
  EXPECT_EQ(ReasonOf(unknown), Reason::kNeedNotFound);
  EXPECT_THAT(ErrorText(unknown), HasSubstr("excluded[0] names need 'N9'"));
  options.rules.excluded = {{.need_party = "没有的公司", .offering = "O1", .where = "excluded[0]"}};
  EXPECT_TRUE(DecidedPairs(options, *snapshot_, context_).ok());
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("has no need")));
}

}  // namespace
}  // namespace magpie
