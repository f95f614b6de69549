#include <gtest/gtest.h>

#include "magpie/scoring/score.h"
#include "unit/scoring/fair.h"

namespace magpie {
namespace {

// What one pair says of one constraint, through the public door.
Margin MarginOf(Constraint constraint, const ListingRecord& need, const ListingRecord& offering, Date today = {}) {
  ScorerOptions options;
  options.today = today;
  const Explanation explanation = MakeScorer({need}, {offering}, options)
                                      ->Explain(NeedIndex(0), OfferingIndex(0), Audience::kBroker, Language::kZh);
  return explanation.margins[static_cast<std::size_t>(constraint)];
}

ListingRecord Need() {
  return MakeListing(Side::kNeed, "n", "激光焊接");
}
ListingRecord Offering() {
  return MakeListing(Side::kOffering, "o", "激光焊接");
}

Amount Wan(double low, double high) {
  return Amount{.low_cents = static_cast<std::int64_t>(low * static_cast<double>(kCentsPerWan)),
                .high_cents = static_cast<std::int64_t>(high * static_cast<double>(kCentsPerWan))};
}

TEST(ConstraintTest, BudgetAgainstLeastPrice) {
  ListingRecord need = Need(), offering = Offering();
  need.amount = Wan(50, 100);
  offering.amount = Wan(80, 200);
  Margin margin = MarginOf(Constraint::kAmount, need, offering);
  EXPECT_TRUE(margin.known && margin.met);
  EXPECT_DOUBLE_EQ(margin.amount, 20);
  EXPECT_EQ(margin.unit, "万元");
  offering.amount = Wan(101.98, 200);
  margin = MarginOf(Constraint::kAmount, need, offering);
  EXPECT_FALSE(margin.met);
  EXPECT_EQ(margin.sentence, "价格比预算高1.98万元");
  offering.amount->currency = "USD";
  EXPECT_FALSE(MarginOf(Constraint::kAmount, need, offering).known);
  offering.amount = Amount{.negotiable = true};
  margin = MarginOf(Constraint::kAmount, need, offering);
  EXPECT_FALSE(margin.known);
  EXPECT_EQ(margin.sentence, "价格面议");
}

TEST(ConstraintTest, CapitalIsJudgedByWhatIsOffered) {
  ListingRecord need = Need(), offering = Offering();
  need.resource = offering.resource = ResourceKind::kCapital;
  need.amount = Wan(500, 800);
  offering.amount = Wan(10, 1000);
  EXPECT_TRUE(MarginOf(Constraint::kAmount, need, offering).met);
  offering.amount = Wan(10, 300);
  const Margin margin = MarginOf(Constraint::kAmount, need, offering);
  EXPECT_FALSE(margin.met);
  EXPECT_DOUBLE_EQ(margin.amount, -200);
}

TEST(ConstraintTest, ValidityNeedsACommonDayFromToday) {
  ListingRecord need = Need(), offering = Offering();
  need.valid_until = ParseDate("2026-06-30");
  offering.valid_from = ParseDate("2026-06-20");
  const Date today = *ParseDate("2026-01-01");
  EXPECT_EQ(MarginOf(Constraint::kValidity, need, offering, today).amount, 10);
  EXPECT_FALSE(MarginOf(Constraint::kValidity, need, offering, *ParseDate("2026-07-05")).met);
  offering.valid_from = ParseDate("2026-07-02");
  const Margin margin = MarginOf(Constraint::kValidity, need, offering, today);
  EXPECT_FALSE(margin.met);
  EXPECT_EQ(margin.amount, -2);
}

TEST(ConstraintTest, RegionOfThePartner) {
  ListingRecord need = Need(), offering = Offering();
  need.regions = {ParseRegion("浙江省")};
  EXPECT_FALSE(MarginOf(Constraint::kRegion, need, offering).known);
  offering.party.name = "某研究所";
  offering.party.region = ParseRegion("浙江省/宁波市");
  EXPECT_TRUE(MarginOf(Constraint::kRegion, need, offering).met);
  offering.party.region = ParseRegion("陕西省/西安市");
  EXPECT_FALSE(MarginOf(Constraint::kRegion, need, offering).met);
  need.regions = {ParseRegion("全国")};
  EXPECT_TRUE(MarginOf(Constraint::kRegion, need, offering).met);
}

TEST(ConstraintTest, WaysOfCooperationThatCanBeReconciled) {
  ListingRecord need = Need(), offering = Offering();
  need.modes.Add(CooperationMode::kCommissionedDevelopment);
  offering.modes.Add(CooperationMode::kCoDevelopment);
  EXPECT_TRUE(MarginOf(Constraint::kMode, need, offering).met);
  offering.modes = ModeSet();
  offering.modes.Add(CooperationMode::kLoan);
  EXPECT_FALSE(MarginOf(Constraint::kMode, need, offering).met);
}

}  // namespace
}  // namespace magpie
