// The page and the tables: what they show, what they hide, and that data never becomes markup.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "magpie/base/tsv.h"
#include "magpie/report/report.h"
#include "report/html_sections.h"
#include "report/plan_view.h"
#include "unit/report/sample_plan.h"

namespace magpie {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Two needs, two offerings, one match.
Plan SmallPlan(ListingRecord need, ListingRecord offering) {
  Plan plan;
  plan.snapshot = MakeSnapshot({need, MakeListing(Side::kNeed, "N2", "另一需求", "乙厂")},
                               {offering, MakeListing(Side::kOffering, "O2", "另一供给", "丁所")});
  plan.matches.push_back(MakeMatch(*plan.snapshot, 0, 0, 0.75, 3));
  plan.open.push_back({.side = Side::kNeed,
                       .index = 1,
                       .reason = OpenReason::kBelowThreshold,
                       .near_id = offering.id,
                       .near_score = 0.25,
                       .sentence = "最接近的是" + offering.title});
  plan.funnel = {.needs = 2,
                 .offerings = 2,
                 .pairs = 4,
                 .candidates = 3,
                 .above_threshold = 1,
                 .matches = 1,
                 .needs_matched = 1,
                 .offerings_matched = 1};
  return plan;
}

Plan SmallPlan() {
  return SmallPlan(MakeListing(Side::kNeed, "N1", "镜面抛光", "甲厂"),
                   MakeListing(Side::kOffering, "O1", "离子束抛光", "丙所"));
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string AllTexts(const Plan& plan) {
  return RenderHtml(plan) + RenderMatchesTsv(plan) + RenderMeetingsTsv(plan) + RenderUnmatchedTsv(plan) +
         RenderUnplacedTsv(plan) + RenderChangesTsv(plan);
}

TEST(Escape, NeverLetsMarkupThrough) {
  EXPECT_EQ(report::Escape("<script>\"a\" & 'b'</script>"),
            "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;");
  EXPECT_EQ(report::Escape(std::string_view("a\0b\x07", 4)),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
}

TEST(Shorten, CountsChineseTwiceAndSaysThatItCut) {
  EXPECT_EQ(report::Shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(report::Shorten("abcdefg", 6), "abcd…");
  EXPECT_EQ(report::Shorten("镜面抛光", 8), "镜面抛光");
  EXPECT_EQ(report::Shorten("镜面抛光机", 8), "镜面抛…");
  EXPECT_EQ(report::Shorten("", 8), "");
}

TEST(Html, EscapesWhateverAListingSays) {
  const std::string evil = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>";
  Plan plan =
      SmallPlan(MakeListing(Side::kNeed, evil + "N", evil, evil), MakeListing(Side::kOffering, evil + "O", evil, evil));
  plan.event = Event{.title = evil, .place = evil, .organisers = {evil}};
  plan.event->tables.push_back({.id = evil, .room = evil});
  plan.meetings.push_back({.slot = evil,
                           .session = evil,
                           .table = evil,
                           .guest = evil,
                           .guest_party = evil,
                           .host_party = evil,
                           .team = evil,
                           .topic = evil});
  plan.unplaced.push_back({.guest_party = evil, .team = evil, .sentence = evil});
  plan.changes.push_back({.need_id = evil, .offering_id = evil, .before = evil, .after = evil, .sentence = evil});
  plan.import_rows.push_back({.file = evil,
                              .sheet = evil,
                              .column = evil,
                              .status = RowStatus::kError,
                              .reason = evil,
                              .value = evil,
                              .hint = evil});
  plan.run.inputs[evil] = evil;
  plan.run.options[evil] = evil;
  plan.run.run_id = evil;
  const std::string html = RenderHtml(plan);
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("onerror=alert(1)>")));  // its ">" would have to be escaped
}

TEST(Html, NamesNothingOutsideItself) {
  const std::string html = RenderHtml(MakeSamplePlan());
  EXPECT_THAT(html, StartsWith("<!DOCTYPE html>\n<html lang=\"zh-CN\">"));
  for (const char* outside : {"http://", "https://", "src=", "@import", "url("}) {
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  }
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
}

// Tags that open must close: a small reader of the page, for elements that HTML does not close by itself.
TEST(Html, IsWellFormed) {
  const std::string html = RenderHtml(MakeSamplePlan());
  std::vector<std::string> open;
  for (std::size_t at = html.find("<body>"); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find_first_of(" >\n", at);
    std::string name = html.substr(at + 1, end - at - 1);
    const std::size_t close = html.find('>', at);
    if (name == "script") at = html.find("</script>", at) - 1;
    if (name == "input" || name == "br" || html[close - 1] == '/') continue;
    if (name == "/html" && open.empty()) break;  // opened before the body
    if (name[0] != '/') {
      open.push_back(name);
      continue;
    }
    ASSERT_FALSE(open.empty()) << html.substr(at, 80);
    ASSERT_EQ("/" + open.back(), name) << html.substr(at > 200 ? at - 200 : 0, 280);
    open.pop_back();
  }
  EXPECT_THAT(open, testing::IsEmpty());
}

TEST(Html, ShowsEveryMatchMeetingAndOpenNeed) {
  const Plan plan = MakeSamplePlan();
  const std::string html = RenderHtml(plan);
  const report::PlanView view(plan);
  for (const PlannedMatch& match : plan.matches) {
    EXPECT_THAT(html, HasSubstr(report::Escape(view.Offering(match).title)));
  }
  for (const PlannedMeeting& meeting : plan.meetings) EXPECT_THAT(html, HasSubstr(report::Escape(meeting.guest_party)));
  for (const PlannedOpen& open : plan.open)
    EXPECT_THAT(html, HasSubstr(">" + view.Show(open.side, open.index).id + "<"));
  EXPECT_THAT(html, HasSubstr("预算为外币，不能按人民币万元导入"));
  EXPECT_THAT(html, HasSubstr(plan.run.run_id));
  EXPECT_THAT(html, HasSubstr("优先级 1 意愿 5/5"));
  EXPECT_THAT(html, HasSubstr("2025年3月11日（周二） · 3月12日（周三）"));
}

TEST(Html, SpeaksEnglishWhenAsked) {
  Plan plan = MakeSamplePlan();
  plan.options.language = Language::kEn;
  const std::string html = RenderHtml(plan);
  EXPECT_THAT(html, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(html, HasSubstr("Timetable"));
  EXPECT_THAT(html, HasSubstr("Tue 11 Mar"));
  for (report::Text text : {report::Text::kOverview, report::Text::kMatches, report::Text::kOpen}) {
    EXPECT_THAT(html, Not(HasSubstr(std::string("<h2>") + std::string(report::TextOf(text, Language::kZh)))));
  }
}

TEST(Html, IsTheSameEachTimeAndDoesNotTellTheClock) {
  Plan plan = MakeSamplePlan();
  const std::string first = RenderHtml(plan);
  plan.run.stage_seconds = {{"score", 17.5}};
  plan.run.threads = 7;
  EXPECT_EQ(first, RenderHtml(plan));
}

TEST(Html, QuotesAreMarkedInTheSentence) {
  EXPECT_THAT(RenderHtml(SmallPlan()), HasSubstr("需求的“<mark class=\"n\">镜面抛光</mark>”与资源的“<mark class=\"o\">"
                                                 "离子束抛光</mark>”相关"));
}

TEST(Plans, WithoutAnythingRenderAndSaySo) {
  const Plan empty;  // not even a snapshot
  EXPECT_THAT(RenderHtml(empty), HasSubstr("（无）"));
  EXPECT_EQ(Lines(RenderMatchesTsv(empty)).size(), 1u);
  EXPECT_EQ(Lines(RenderUnmatchedTsv(empty)).size(), 1u);
  EXPECT_EQ(nlohmann::json::parse(RenderRunJson(empty))["funnel"]["matches"], 0);
}

TEST(Tsv, MatchesAsDocumented) {
  Plan plan = SmallPlan();
  plan.matches[0].decision = Decision::kLocked;
  EXPECT_THAT(Lines(RenderMatchesTsv(plan)),
              ElementsAre("need_id\toffering_id\tscore\tgrade\trank_for_need\tdecision\tin_event\tneed_title\t"
                          "offering_title\tneed_party\toffering_party\tlexical\tsemantic\ttext\tresource\tmode\ttrl\t"
                          "amount\tregion\tvalidity\tknowledge\tslot\ttable\treason",
                          "N1\tO1\t0.750000\t3\t1\tlocked\tno\t镜面抛光\t离子束抛光\t甲厂\t丙所\t0.750000\t0.675000\t"
                          "0.600000\t0.525000\t0.450000\t0.375000\t0.300000\t0.225000\t0.150000\t0.075000\t\t\t"
                          "需求的“镜面抛光”与资源的“离子束抛光”相关"));
}

TEST(Tsv, UnmatchedAsDocumented) {
  EXPECT_THAT(Lines(RenderUnmatchedTsv(SmallPlan())),
              ElementsAre("side\tid\ttitle\tparty\treason\tnear_id\tnear_score\tsentence",
                          "need\tN2\t另一需求\t乙厂\tBELOW_THRESHOLD\tO1\t0.250000\t最接近的是离子束抛光"));
}

TEST(Tsv, MeetingsKeepOneLineEach) {
  const Plan plan = MakeSamplePlan();
  const std::vector<std::string> lines = Lines(RenderMeetingsTsv(plan));
  ASSERT_EQ(lines.size(), plan.meetings.size() + 1);
  EXPECT_THAT(lines[0], StartsWith("slot\tsession\tstart\tend\ttable\troom\tguest\tguest_party"));
  EXPECT_THAT(lines[1], StartsWith("S1-1\tS1\t2025-03-11T15:40:00+08:00\t2025-03-11T16:05:00+08:00\tT1\t"));
  EXPECT_EQ(Lines(RenderUnplacedTsv(plan)).size(), plan.unplaced.size() + 1);
}

TEST(Tsv, EscapesTabsAndLineBreaks) {
  const Plan plan =
      SmallPlan(MakeListing(Side::kNeed, "N1", "a\tb\nc\\d", "甲厂"), MakeListing(Side::kOffering, "O1", "x", "丙所"));
  const std::string row = Lines(RenderMatchesTsv(plan))[1];
  EXPECT_EQ(SplitTsvLine(row)[7], "a\tb\nc\\d");
  EXPECT_THAT(RenderImportTsv({{.file = "a\tb.csv", .row = 3, .status = RowStatus::kError, .value = "1\n2"}}),
              testing::EndsWith("a\\tb.csv\t\t3\t\terror\t\t1\\n2\t\n"));
}

TEST(RunJson, HoldsWhatARunCanBeRepeatedFrom) {
  const auto json = nlohmann::json::parse(RenderRunJson(MakeSamplePlan()));
  EXPECT_EQ(json["run_id"], "3f9a1c5e77d20b84");
  EXPECT_EQ(json["seed"], 1);
  EXPECT_EQ(json["inputs"]["needs.jsonl"], std::string(64, 'b'));
  EXPECT_EQ(json["options"]["threshold"], "0.35");
  EXPECT_EQ(json["funnel"]["pairs"], 120 * 662);
  EXPECT_EQ(json["import"]["needs"]["errors"], 1);
  EXPECT_EQ(json["stage_seconds"]["score"], 0.25);
}

TEST(Disclosure, AnonymousHidesThePartyEverywhere) {
  ListingRecord need = MakeListing(Side::kNeed, "N1", "镜面抛光", "神秘光学厂");
  need.disclosure = Disclosure::kAnonymous;
  need.party.contacts.push_back({.name = "赵钱孙", .phone = "13912345678", .consent = true});
  const Plan plan = SmallPlan(need, MakeListing(Side::kOffering, "O1", "离子束抛光", "丙所"));
  const std::string all = AllTexts(plan);
  EXPECT_THAT(all, Not(HasSubstr("神秘光学厂")));
  EXPECT_THAT(all, Not(HasSubstr("赵")));
  EXPECT_THAT(all, HasSubstr("镜面抛光"));
  EXPECT_THAT(all, HasSubstr("（匿名）"));
}

TEST(Disclosure, SealedHidesTextAndQuotes) {
  ListingRecord offering = MakeListing(Side::kOffering, "O1", "绝密涂层", "神秘研究所");
  offering.disclosure = Disclosure::kSealed;
  const std::string all = AllTexts(SmallPlan(MakeListing(Side::kNeed, "N1", "镜面抛光", "甲厂"), offering));
  EXPECT_THAT(all, Not(HasSubstr("绝密涂层")));
  EXPECT_THAT(all, Not(HasSubstr("神秘研究所")));
  EXPECT_THAT(all, HasSubstr("按披露级别，内容不予显示"));
}

TEST(Disclosure, AMeetingDoesNotTieAnAnonymousListingToItsParty) {
  ListingRecord need = MakeListing(Side::kNeed, "N1", "镜面抛光", "神秘光学厂");
  need.disclosure = Disclosure::kAnonymous;
  Plan plan = SmallPlan(need, MakeListing(Side::kOffering, "O1", "离子束抛光", "丙所"));
  plan.meetings.push_back({.slot = "第1轮",
                           .table = "T1",
                           .guest_party = "神秘光学厂",
                           .host_party = "丙所",
                           .need_id = "N1",
                           .offering_id = "O1",
                           .topic = "镜面抛光",
                           .match = 0});
  plan.matches[0].meeting = 0;
  EXPECT_THAT(Lines(RenderMeetingsTsv(plan))[1], Not(HasSubstr("N1")));
  EXPECT_THAT(Lines(RenderMeetingsTsv(plan))[1], Not(HasSubstr("镜面抛光")));
  EXPECT_THAT(Lines(RenderMeetingsTsv(plan))[1], HasSubstr("神秘光学厂"));
  EXPECT_THAT(Lines(RenderMatchesTsv(plan))[1], Not(HasSubstr("第1轮")));
}

TEST(Contacts, AppearByConsentAndMaskedUnlessAskedFor) {
  ListingRecord need = MakeListing(Side::kNeed, "N1", "镜面抛光", "甲厂");
  need.party.contacts = {{.name = "王小明", .phone = "13812345678", .email = "wang@example.com", .consent = true},
                         {.name = "李不许", .phone = "13912345678", .consent = false}};
  Plan plan = SmallPlan(need, MakeListing(Side::kOffering, "O1", "离子束抛光", "丙所"));
  std::string html = RenderHtml(plan);
  EXPECT_THAT(html, HasSubstr("王** 138****78 w***@example.com"));
  EXPECT_THAT(html, Not(HasSubstr("13812345678")));
  plan.options.show_contacts = true;
  html = RenderHtml(plan);
  EXPECT_THAT(html, HasSubstr("王小明 13812345678 wang@example.com"));
  EXPECT_THAT(html, Not(HasSubstr("李不许")));
  EXPECT_THAT(html, Not(HasSubstr("139")));
}

TEST(Contacts, MasksLeaveNothingToUse) {
  EXPECT_EQ(report::MaskPhone("0574-8765432"), "057****32");
  EXPECT_EQ(report::MaskPhone("123"), "****");
  EXPECT_EQ(report::MaskPhone("１３８１２３４５６７８"), "****");
  EXPECT_EQ(report::MaskPhone(""), "");
  EXPECT_EQ(report::MaskEmail("not an address"), "***");
  EXPECT_EQ(report::MaskName("欧阳锋"), "欧**");
}

TEST(Timetable, ManyTablesBecomeCardsAndNoMeetingIsLost) {
  Plan plan = SmallPlan();
  for (int i = 0; i < 30; ++i) {
    plan.meetings.push_back({.slot = fmt::format("第{}轮", i / 15 + 1),
                             .table = fmt::format("T{}", i % 15 + 1),
                             .guest_party = fmt::format("来访单位{:02}号", i),
                             .host_party = "丙所"});
  }
  const std::string html = RenderHtml(plan);
  EXPECT_THAT(html, HasSubstr("<ul class=\"rounds\">"));
  for (int i = 0; i < 30; ++i) EXPECT_THAT(html, HasSubstr(fmt::format("来访单位{:02}号", i)));
}

TEST(Timetable, TwoMeetingsAtOneTableAreBothShown) {
  Plan plan = SmallPlan();
  plan.meetings = {{.slot = "S1", .table = "T1", .guest_party = "先到者"},
                   {.slot = "S1", .table = "T1", .guest_party = "后到者"}};
  EXPECT_THAT(RenderHtml(plan), testing::AllOf(HasSubstr("先到者"), HasSubstr("后到者")));
}

TEST(Html, SaysHowManyMatchesItLeavesOut) {
  Plan plan = SmallPlan();
  plan.matches.assign(report::kHtmlMatches + 5, plan.matches[0]);
  EXPECT_THAT(RenderHtml(plan), HasSubstr("本页列出前 3,000 对，共 3,005 对，其余见 matches.tsv。"));
}

TEST(RenderHtmlTest, ANotchOfTheDialNamesWhoGainsAndWhoLoses) {
  Plan plan = MakeSamplePlan();
  plan.fairness.dial = {{.dial = 0, .total = 3, .worst_pair = 0.4, .served = 2},
                        {.dial = 1, .total = 2.5, .worst_pair = 0.6, .served = 2, .gain = {1}, .lose = {0, 1}}};
  const std::string first = plan.snapshot->need(NeedIndex(0)).record.id;
  const std::string second = plan.snapshot->need(NeedIndex(1)).record.id;
  const std::string html = RenderHtml(plan);
  EXPECT_THAT(html, HasSubstr("<details><summary>1</summary>" + second + "</details>"));
  EXPECT_THAT(html, HasSubstr("<details><summary>2</summary>" + first + "、" + second + "</details>"));
}

}  // namespace
}  // namespace magpie
