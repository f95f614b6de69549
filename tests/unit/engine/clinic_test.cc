// What the need clinic finds, asks and tells apart.
#include "magpie/engine/clinic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "unit/scoring/fair.h"

namespace magpie {
namespace {

const NeedFinding& Find(const NeedDiagnosis& diagnosis, NeedAspect aspect) {
  return diagnosis.findings.at(static_cast<std::size_t>(aspect));
}

std::set<std::string> Missing(const NeedDiagnosis& diagnosis) {
  std::set<std::string> names;
  for (const NeedFinding& finding : diagnosis.findings) {
    if (finding.state == FindingState::kMissing) names.emplace(NeedAspectName(finding.aspect));
  }
  return names;
}

// Whatever the text, there are nine findings, spans quote their bytes, and exactly the missing ones are asked.
void CheckDiagnosis(const ListingRecord& need, const NeedDiagnosis& diagnosis) {
  ASSERT_EQ(diagnosis.findings.size(), static_cast<std::size_t>(kNeedAspectCount));
  std::string keywords;
  for (const std::string& keyword : need.keywords) keywords += (keywords.empty() ? "" : "\n") + keyword;
  for (int i = 0; i < kNeedAspectCount; ++i) {
    const NeedFinding& finding = diagnosis.findings[static_cast<std::size_t>(i)];
    EXPECT_EQ(static_cast<int>(finding.aspect), i);
    EXPECT_EQ(finding.question.empty(), finding.state != FindingState::kMissing);
    EXPECT_EQ(finding.field.empty() && finding.spans.empty(), finding.state != FindingState::kPresent);
    EXPECT_LE(finding.spans.size(), 5u);
    for (const Span& span : finding.spans) {
      const std::string& text = span.field == Span::Field::kTitle         ? need.title
                                : span.field == Span::Field::kDescription ? need.description
                                                                          : keywords;
      ASSERT_LE(span.end, text.size());
      ASSERT_LT(span.begin, span.end);
      EXPECT_EQ(span.quote, text.substr(span.begin, span.end - span.begin));
    }
  }
}

NeedDiagnosis Diagnose(const ListingRecord& need, Language language = Language::kZh) {
  NeedDiagnosis diagnosis = DiagnoseNeed(need, TestModels(), language);
  CheckDiagnosis(need, diagnosis);
  return diagnosis;
}

ListingRecord FullNeed() {
  ListingRecord need =
      MakeListing(Side::kNeed, "N1", "换热器结垢",
                  "304不锈钢换热器，现用酸洗，每年两次。要求污垢热阻降低60%以上，用于循环冷却水系统，介质温度45℃。");
  need.trl = 7;
  need.amount = Amount{.low_cents = 50 * kCentsPerWan, .high_cents = 80 * kCentsPerWan};
  need.modes.Add(CooperationMode::kPurchase);
  return need;
}

TEST(ClinicTest, ANeedThatSaysEverythingIsAskedNothing) {
  const NeedDiagnosis diagnosis = Diagnose(FullNeed());
  EXPECT_THAT(Missing(diagnosis), testing::IsEmpty());
  EXPECT_EQ(Find(diagnosis, NeedAspect::kMaturity).value, "TRL 7");
  EXPECT_EQ(Find(diagnosis, NeedAspect::kBudget).field, "amount");
  EXPECT_EQ(Find(diagnosis, NeedAspect::kMode).value, "采购");
  EXPECT_EQ(Find(diagnosis, NeedAspect::kProduct).spans.at(0).quote, "换热器");
  const std::vector<Span>& figures = Find(diagnosis, NeedAspect::kFigures).spans;
  ASSERT_GE(figures.size(), 2u);
  EXPECT_THAT(figures.at(0).quote, testing::EndsWith("60%"));
}

TEST(ClinicTest, ATitleAloneIsAskedForAllElse) {
  const NeedDiagnosis zh = Diagnose(MakeListing(Side::kNeed, "N1", "想请教一个问题"));
  EXPECT_EQ(Missing(zh).size(), 9u);
  for (const NeedFinding& finding : zh.findings) {
    EXPECT_THAT(finding.question, testing::StartsWith("关于「想请教一个问题」"));
    EXPECT_THAT(finding.question, testing::EndsWith("？"));
  }
  const NeedDiagnosis en = Diagnose(MakeListing(Side::kNeed, "N1", "A question"), Language::kEn);
  EXPECT_EQ(Missing(en).size(), 9u);
  for (const NeedFinding& finding : en.findings) {
    EXPECT_THAT(finding.question, testing::StartsWith("About \"A question\": "));
  }
}

TEST(ClinicTest, EachAspectThatIsTakenOutIsMissed) {
  ListingRecord need = FullNeed();
  need.trl.reset();
  need.amount.reset();
  need.modes = {};
  EXPECT_THAT(Missing(Diagnose(need)), testing::ElementsAre("budget", "maturity", "mode"));
  need.description = "304不锈钢换热器，现用酸洗。";
  EXPECT_THAT(Missing(Diagnose(need)), testing::ElementsAre("application", "budget", "figures", "maturity", "mode"));
}

TEST(ClinicTest, TheTextMaySayWhatTheFieldsDoNot) {
  const NeedDiagnosis diagnosis =
      Diagnose(MakeListing(Side::kNeed, "N1", "换热器结垢", "预算：不超过50万元，可以合作开发，最好已有中试。"));
  EXPECT_EQ(Find(diagnosis, NeedAspect::kBudget).spans.at(0).quote, "预算：不超过50万元");
  EXPECT_EQ(Find(diagnosis, NeedAspect::kMode).state, FindingState::kPresent);
  EXPECT_EQ(Find(diagnosis, NeedAspect::kMaturity).state, FindingState::kPresent);
  // Money, heads and dates are no technical figures, and a word without its sum is no budget.
  const NeedDiagnosis vague =
      Diagnose(MakeListing(Side::kNeed, "N1", "换热器结垢", "2025年3月起，我司300人，年损失200万元。预算未定。"));
  EXPECT_EQ(Find(vague, NeedAspect::kFigures).state, FindingState::kMissing);
  EXPECT_EQ(Find(vague, NeedAspect::kBudget).state, FindingState::kMissing);
}

TEST(ClinicTest, ANameInsideAWordOrAnAbbreviationIsNotTheThing) {
  // 葡萄糖 is no grape, "us" no stem of using, COD the oxygen demand and not the damage of a laser.
  const NeedDiagnosis sugar = Diagnose(MakeListing(Side::kNeed, "N1", "废水", "葡萄糖加多了，COD也高了。"));
  EXPECT_EQ(Find(sugar, NeedAspect::kApplication).state, FindingState::kMissing);
  EXPECT_EQ(Find(sugar, NeedAspect::kEffect).state, FindingState::kMissing);
  const NeedDiagnosis us = Diagnose(MakeListing(Side::kNeed, "N1", "Can anybody help us every August"));
  EXPECT_EQ(Find(us, NeedAspect::kMethod).state, FindingState::kMissing);
}

TEST(ClinicTest, QuotesWhatACueAnnounces) {
  const NeedDiagnosis diagnosis = Diagnose(MakeListing(Side::kNeed, "N1", "问题", "综合收率80%以上。要求：淡水少用。"));
  const std::vector<Span>& spans = Find(diagnosis, NeedAspect::kEffect).spans;
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_EQ(spans[0].quote, "综合收率80%以上");
  EXPECT_EQ(spans[1].quote, "要求：淡水少用");
}

TEST(ClinicTest, ReadsEnglish) {
  const NeedDiagnosis diagnosis = Diagnose(
      MakeListing(Side::kNeed, "N1", "Scaling in our heat exchanger",
                  "Stainless steel plates, we tried acid cleaning. Reduce fouling by 60 %. Used in cooling towers. "
                  "Budget USD 50000, we want to buy a proven unit."),
      Language::kEn);
  EXPECT_THAT(Missing(diagnosis), testing::IsEmpty());
}

TEST(ClinicTest, ANegotiableBudgetIsAskedForItsRange) {
  ListingRecord need = FullNeed();
  need.amount = Amount{.negotiable = true};
  EXPECT_THAT(Find(Diagnose(need), NeedAspect::kBudget).question, testing::HasSubstr("面议"));
}

TEST(ClinicTest, NobodyAsksForTheMaterialOfALoan) {
  ListingRecord need = MakeListing(Side::kNeed, "N1", "流动资金贷款");
  need.resource = ResourceKind::kCapital;
  const NeedDiagnosis diagnosis = Diagnose(need);
  for (const NeedAspect aspect :
       {NeedAspect::kMaterial, NeedAspect::kMethod, NeedAspect::kFigures, NeedAspect::kMaturity}) {
    EXPECT_EQ(Find(diagnosis, aspect).state, FindingState::kNotAsked) << NeedAspectName(aspect);
  }
  EXPECT_EQ(Find(diagnosis, NeedAspect::kBudget).state, FindingState::kMissing);
}

TEST(ClinicTest, OddTextsGetAnAnswer) {
  std::string large;
  while (large.size() < (1u << 20)) large += "换热器结垢 3 mm，采用酸洗; reduce scaling by 60 %。";
  for (const std::string& text :
       {std::string(), std::string(" "), std::string("!!! ??? ★☆ —— ……"), std::string("😀👩‍🔬"),
        std::string("3"), std::string("预算"), std::string("Теплообменник зарастает накипью"), large}) {
    ListingRecord need = MakeListing(Side::kNeed, "N1", text.substr(0, text.size() < 100 ? text.size() : 0), text);
    need.keywords = {"", "结垢", text.size() < 100 ? text : ""};
    Diagnose(need);
    Diagnose(need, Language::kEn);
  }
}

TEST(ClinicTest, SaysWhichCandidatesAnAnswerTellsApart) {
  std::vector<ListingRecord> offerings = {
      MakeListing(Side::kOffering, "O1", "换热器结垢超声波在线防垢", "不停机防垢"),
      MakeListing(Side::kOffering, "O2", "换热器结垢电化学除垢", "电化学除垢"),
      MakeListing(Side::kOffering, "O3", "换热器结垢清洗", "专业团队"),
  };
  offerings.push_back(MakeListing(Side::kOffering, "O4", "换热器结垢药剂"));
  offerings[3].trl = 9;
  offerings[3].amount = Amount{.low_cents = 100, .high_cents = 100, .currency = "USD"};  // not compared, not silent
  offerings[0].trl = 8;
  offerings[1].trl = 5;
  offerings[0].amount = Amount{.low_cents = 300 * kCentsPerWan, .high_cents = 400 * kCentsPerWan};
  offerings[1].amount = Amount{.low_cents = 20 * kCentsPerWan, .high_cents = 30 * kCentsPerWan};
  offerings[2].amount = Amount{.negotiable = true};
  for (ListingRecord& offering : offerings) offering.modes.Add(CooperationMode::kPurchase);
  const ListingRecord need = MakeListing(Side::kNeed, "N1", "换热器结垢");
  const auto scorer = MakeScorer({need}, offerings);
  NeedDiagnosis diagnosis = Diagnose(need);
  AddCandidateGroups(*scorer, NeedIndex(0), TestModels(), Language::kZh, &diagnosis);

  const auto groups = [&](NeedAspect aspect) {
    std::set<std::pair<std::string, std::vector<std::string>>> set;
    for (const CandidateGroup& group : Find(diagnosis, aspect).groups) set.emplace(group.says, group.offering_ids);
    return set;
  };
  using Ids = std::vector<std::string>;
  EXPECT_THAT(groups(NeedAspect::kMaturity),
              testing::ElementsAre(std::pair("", Ids{"O3"}), std::pair("TRL 5", Ids{"O2"}),
                                   std::pair("TRL 8", Ids{"O1"}), std::pair("TRL 9", Ids{"O4"})));
  EXPECT_THAT(groups(NeedAspect::kBudget),
              testing::ElementsAre(std::pair("", Ids{"O3"}), std::pair("> 20万元", Ids{"O1"}),
                                   std::pair("≤ 20万元", Ids{"O2"})));
  EXPECT_THAT(groups(NeedAspect::kMode), testing::IsEmpty());  // all say the same
  const std::string& effect = Find(diagnosis, NeedAspect::kMaturity).effect;
  EXPECT_THAT(effect, testing::HasSubstr("O2（TRL 5）"));
  EXPECT_THAT(effect, testing::HasSubstr("未说明：O3"));
  // What is there is not asked, so nothing depends on it.
  EXPECT_TRUE(Find(diagnosis, NeedAspect::kEffect).groups.empty());
}

// On the fair: groups hold only candidates of the ten best, and their words stand in the texts of the group's first.
TEST(ClinicTest, GroupsAreTrueOnTheFair) {
  int grouped = 0;
  for (std::int32_t i = 0; i < Fair()->need_count(); i += 6) {
    const NeedIndex need(i);
    NeedDiagnosis diagnosis = Diagnose(Fair()->need(need).record);
    AddCandidateGroups(*FairScorer(), need, TestModels(), Language::kZh, &diagnosis);
    std::set<std::string> best;
    for (const ScoredPair& pair : FairScorer()->Rank(Side::kNeed, i, 10, false)) {
      best.insert(Fair()->offering(pair.offering).record.id);
    }
    for (const NeedFinding& finding : diagnosis.findings) {
      EXPECT_EQ(finding.groups.empty(), finding.effect.empty());
      if (finding.groups.empty()) continue;
      ++grouped;
      EXPECT_EQ(finding.state, FindingState::kMissing);
      EXPECT_GE(finding.groups.size(), 2u);
      for (const CandidateGroup& group : finding.groups) {
        ASSERT_FALSE(group.offering_ids.empty());
        for (const std::string& id : group.offering_ids) EXPECT_TRUE(best.contains(id)) << id;
        if (finding.aspect >= NeedAspect::kFigures || group.says.empty()) continue;
        const ListingRecord& first = Fair()->offering(Fair()->FindOffering(group.offering_ids[0])).record;
        std::string text = first.title + "\n" + first.description;
        for (const std::string& keyword : first.keywords) text += "\n" + keyword;
        EXPECT_THAT(text, testing::HasSubstr(group.says));
      }
    }
  }
  EXPECT_GT(grouped, 20);
}

}  // namespace
}  // namespace magpie
