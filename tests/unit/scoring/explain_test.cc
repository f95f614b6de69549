#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "magpie/base/random.h"
#include "magpie/base/unicode.h"
#include "scoring/what_if.h"
#include "unit/scoring/fair.h"

namespace magpie {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string FieldText(const ListingRecord& listing, Span::Field field) {
  switch (field) {
    case Span::Field::kTitle:
      return listing.title;
    case Span::Field::kDescription:
      return listing.description;
    case Span::Field::kKeywords:
      break;
  }
  std::string text;
  for (const std::string& keyword : listing.keywords) text += keyword + "\n";
  return text;
}

void ExpectQuotes(const std::vector<Span>& spans, const ListingRecord& listing) {
  for (const Span& span : spans) {
    const std::string text = FieldText(listing, span.field);
    ASSERT_LT(span.begin, span.end);
    ASSERT_LE(span.end, text.size());
    EXPECT_EQ(text.substr(span.begin, span.end - span.begin), span.quote);
    EXPECT_TRUE(IsValidUtf8(span.quote)) << span.quote;
  }
}

TEST(ExplainTest, QuotesAreExactForEveryPairTried) {
  Random random(11);
  const Snapshot& fair = *Fair();
  for (int i = 0; i < 60; ++i) {
    const NeedIndex need(static_cast<std::int64_t>(random.Below(120)));
    // Half at random, half from the top of the ranking.
    OfferingIndex offering(static_cast<std::int64_t>(random.Below(662)));
    if (i % 2 == 0) offering = FairScorer()->Rank(Side::kNeed, need.value, 3, false)[random.Below(3)].offering;
    const auto language = i % 3 == 0 ? Language::kEn : Language::kZh;
    const Explanation explanation = FairScorer()->Explain(need, offering, static_cast<Audience>(i % 3), language);
    SCOPED_TRACE(fair.need(need).record.id + " " + fair.offering(offering).record.id);
    EXPECT_EQ(explanation.pair.score, FairScorer()->Score(need, offering).score);
    EXPECT_EQ(explanation.margins.size(), 7u);
    EXPECT_THAT(explanation.summary, Not(IsEmpty()));
    for (const auto* reasons : {&explanation.evidence, &explanation.objections}) {
      for (const PairReason& reason : *reasons) {
        ExpectQuotes(reason.need_spans, fair.need(need).record);
        ExpectQuotes(reason.offering_spans, fair.offering(offering).record);
        EXPECT_THAT(reason.sentence, Not(IsEmpty()));
        EXPECT_TRUE(reasons == &explanation.evidence ? reason.share >= 0 : reason.share <= 0);
        EXPECT_TRUE(reason.share >= -1 && reason.share <= 1);
      }
    }
  }
}

// The score of the pair in lists of which the spans were cut out: what the reason's share claims to foresee.
double ScoreWithoutSpans(NeedIndex need, OfferingIndex offering, const PairReason& reason) {
  std::vector<ListingRecord> needs, offerings;
  for (const auto& listing : Fair()->listings(Side::kNeed)) needs.push_back(listing->record);
  for (const auto& listing : Fair()->listings(Side::kOffering)) offerings.push_back(listing->record);
  ListingRecord& cut_need = needs[static_cast<std::size_t>(need.value)];
  ListingRecord& cut_offering = offerings[static_cast<std::size_t>(offering.value)];
  cut_need = WithoutSpans(cut_need, reason.need_spans);
  cut_offering = WithoutSpans(cut_offering, reason.offering_spans);
  return MakeScorer(std::move(needs), std::move(offerings))->Score(need, offering).score;
}

TEST(ExplainTest, WithoutItsSpansAPairLosesTheShare) {
  Random random(12);
  int pairs = 6;  // MAGPIE_SHARE_PAIRS=60 for a longer look
  if (const char* wanted = std::getenv("MAGPIE_SHARE_PAIRS"); wanted != nullptr) pairs = std::atoi(wanted);
  int reasons_tried = 0, missed = 0;
  double worst = 0;
  for (int i = 0; i < pairs; ++i) {
    const NeedIndex need(static_cast<std::int64_t>(random.Below(120)));
    const OfferingIndex offering = FairScorer()->Rank(Side::kNeed, need.value, 3, false)[random.Below(3)].offering;
    const Explanation explanation = FairScorer()->Explain(need, offering, Audience::kBroker, Language::kZh);
    for (const auto* reasons : {&explanation.evidence, &explanation.objections}) {
      for (const PairReason& reason : *reasons) {
        if (reason.need_spans.empty()) continue;
        const double lost = explanation.pair.score - ScoreWithoutSpans(need, offering, reason);
        const double off = std::abs(lost - reason.share);
        worst = std::max(worst, off);
        ++reasons_tried;
        if (off > std::max(0.02, 0.2 * std::abs(reason.share))) {
          ++missed;
          ADD_FAILURE() << reason.sentence << ": share " << reason.share << ", lost " << lost;
        }
      }
    }
  }
  EXPECT_GT(reasons_tried, 4 * pairs);
  RecordProperty("reasons", reasons_tried);
  RecordProperty("missed", missed);
  RecordProperty("worst", std::to_string(worst));
}

TEST(ExplainTest, CutsSpansOutOfEveryField) {
  ListingRecord listing = MakeListing(Side::kNeed, "n", "锅炉管结垢", "一年停两次");
  listing.keywords = {"阻垢", "锅炉"};
  const std::vector<Span> spans = {{Span::Field::kTitle, 9, 15, "结垢"},
                                   {Span::Field::kDescription, 0, 6, "一年"},
                                   {Span::Field::kDescription, 3, 9, "年停"},
                                   {Span::Field::kKeywords, 0, 6, "阻垢"}};
  const ListingRecord cut = WithoutSpans(listing, spans);
  EXPECT_EQ(cut.title, "锅炉管");
  EXPECT_EQ(cut.description, "两次");
  EXPECT_THAT(cut.keywords, testing::ElementsAre("锅炉"));
  EXPECT_EQ(cut.id, "n");
}

TEST(ExplainTest, SaysWhatAgreesAndWhatIsMissed) {
  ListingRecord need = MakeListing(Side::kNeed, "n", "循环冷却水结垢", "处理能力5t/h，还要除藻");
  need.resource = ResourceKind::kTechnology;
  need.trl = 8;
  need.amount = Amount{.low_cents = 0, .high_cents = 50 * kCentsPerWan};
  need.modes.Add(CooperationMode::kLicense);
  ListingRecord offering = MakeListing(Side::kOffering, "o", "循环冷却水阻垢剂", "处理能力5t/h");
  offering.resource = ResourceKind::kTechnology;
  offering.trl = 7;
  offering.amount = Amount{.low_cents = 98 * kCentsPerWan, .high_cents = 120 * kCentsPerWan};
  std::vector<ListingRecord> others;
  for (const auto& listing : Fair()->listings(Side::kOffering)) others.push_back(listing->record);
  others.insert(others.begin(), offering);
  const auto scorer = MakeScorer({need}, others);
  const Explanation zh = scorer->Explain(NeedIndex(0), OfferingIndex(0), Audience::kFirm, Language::kZh);
  EXPECT_THAT(zh.evidence, Contains(AllOf(Field(&PairReason::kind, "same-word"),
                                          Field(&PairReason::sentence, HasSubstr("冷却水")))));
  EXPECT_THAT(zh.evidence, Contains(AllOf(Field(&PairReason::kind, "same-figure"),
                                          Field(&PairReason::sentence, HasSubstr("5t/h")))));
  EXPECT_THAT(zh.evidence, Contains(Field(&PairReason::kind, "resource")));
  EXPECT_THAT(zh.objections, Contains(Field(&PairReason::sentence, "价格比预算高48万元")));
  EXPECT_THAT(zh.objections, Contains(Field(&PairReason::sentence, "成熟度7级，比要求的8级低1级")));
  EXPECT_THAT(zh.objections, Contains(Field(&PairReason::sentence, "对方没有说明合作方式，无法核对")));
  const Explanation en = scorer->Explain(NeedIndex(0), OfferingIndex(0), Audience::kFirm, Language::kEn);
  EXPECT_THAT(en.objections, Contains(Field(&PairReason::sentence, "maturity level 7 is 1 step below the 8 wanted")));
  EXPECT_THAT(en.objections, Contains(Field(&PairReason::sentence, "the offering's way of cooperation is not stated")));
  EXPECT_THAT(en.margins, Contains(AllOf(Field(&Margin::constraint, Constraint::kAmount), Field(&Margin::met, false),
                                         Field(&Margin::amount, -48.0))));
}

TEST(ExplainTest, AudiencesReadDifferentSummaries) {
  const NeedIndex need(2);
  const OfferingIndex offering = FairScorer()->Rank(Side::kNeed, 2, 1, true)[0].offering;
  const auto summary = [&](Audience audience, Language language) {
    return FairScorer()->Explain(need, offering, audience, language).summary;
  };
  EXPECT_NE(summary(Audience::kFirm, Language::kZh), summary(Audience::kBroker, Language::kZh));
  EXPECT_THAT(summary(Audience::kBroker, Language::kZh), HasSubstr("得分"));
  EXPECT_THAT(summary(Audience::kBroker, Language::kEn), HasSubstr("score"));
  EXPECT_THAT(summary(Audience::kOfficial, Language::kZh), HasSubstr(Fair()->need(need).record.title));
}

TEST(ExplainTest, ExcludedAndEmptyPairsAreExplained) {
  ListingRecord need = MakeListing(Side::kNeed, "n", "！！！");
  need.party.name = "甲公司";
  ListingRecord offering = MakeListing(Side::kOffering, "o", "★");
  offering.party.name = "甲公司";
  const Explanation explanation =
      MakeScorer({need}, {offering})->Explain(NeedIndex(0), OfferingIndex(0), Audience::kBroker, Language::kZh);
  EXPECT_TRUE(explanation.pair.rejected);
  EXPECT_THAT(explanation.objections, Contains(Field(&PairReason::kind, "excluded")));
  EXPECT_THAT(explanation.summary, HasSubstr("不予推荐"));
}

}  // namespace
}  // namespace magpie
