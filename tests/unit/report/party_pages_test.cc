// The page and the calendar of each party: complete, told apart, and no more than the party may see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libical/ical.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "magpie/report/report.h"
#include "report/html_sections.h"
#include "report/party_entries.h"
#include "unit/report/sample_plan.h"

namespace magpie {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

struct CalendarEntry {
  std::string uid, summary, location;
  std::int64_t start, end;
};

std::vector<CalendarEntry> ReadCalendar(const std::string& text) {
  const std::unique_ptr<icalcomponent, decltype(&icalcomponent_free)> calendar(icalparser_parse_string(text.c_str()),
                                                                               icalcomponent_free);
  std::vector<CalendarEntry> events;
  if (calendar == nullptr) return events;
  EXPECT_EQ(icalcomponent_count_errors(calendar.get()), 0);
  EXPECT_NE(icalrestriction_check(calendar.get()), 0) << text;
  for (icalcomponent* e = icalcomponent_get_first_component(calendar.get(), ICAL_VEVENT_COMPONENT); e != nullptr;
       e = icalcomponent_get_next_component(calendar.get(), ICAL_VEVENT_COMPONENT)) {
    events.push_back({icalcomponent_get_uid(e), icalcomponent_get_summary(e), icalcomponent_get_location(e),
                      icaltime_as_timet(icalcomponent_get_dtstart(e)), icaltime_as_timet(icalcomponent_get_dtend(e))});
  }
  return events;
}

const PartyPage* PageOf(const std::vector<PartyPage>& pages, const std::string& party) {
  for (const PartyPage& page : pages) {
    if (page.name.ends_with("-" + party)) return &page;
  }
  return nullptr;
}

TEST(PartyPages, HoldEveryMeetingOfTheParty) {
  const Plan plan = MakeSamplePlan();
  const std::vector<PartyPage> pages = RenderPartyPages(plan);
  std::set<std::string> parties;
  for (const PlannedMeeting& meeting : plan.meetings) {
    for (const std::string& party : {meeting.guest_party, meeting.host_party}) {
      const PartyPage* page = PageOf(pages, party);
      ASSERT_NE(page, nullptr) << party;
      const std::string& partner = party == meeting.guest_party ? meeting.host_party : meeting.guest_party;
      EXPECT_THAT(page->html, HasSubstr(report::Escape(partner)));
      EXPECT_THAT(page->html, HasSubstr(report::Escape(meeting.table)));
      bool found = false;
      for (const CalendarEntry& event : ReadCalendar(page->calendar)) {
        found = found || (event.start == ParseTime(meeting.start)->unix_seconds &&
                          event.end == ParseTime(meeting.end)->unix_seconds &&
                          event.location.starts_with(meeting.table) && event.summary == "洽谈：" + partner);
      }
      EXPECT_TRUE(found) << party << " " << meeting.start;
      parties.insert(party);
    }
  }
  EXPECT_GT(parties.size(), 10u);
  const std::string report = RenderHtml(plan);
  std::set<std::string> names;
  for (const PartyPage& page : pages) {
    EXPECT_TRUE(names.insert(page.name).second);
    EXPECT_THAT(report, HasSubstr("href=\"parties/" + page.name + ".html\""));
    EXPECT_EQ(report.find("href=\"parties/" + page.name + ".ics\"") != std::string::npos, !page.calendar.empty());
  }
}

TEST(PartyPages, CalendarsKeepAMeetingsIdWhenItsHourMoves) {
  Plan plan = MakeSamplePlan();
  const std::string party = plan.meetings[0].guest_party;
  const auto uids = [&] {
    const std::vector<PartyPage> pages = RenderPartyPages(plan);
    std::multiset<std::string> all;
    for (const CalendarEntry& event : ReadCalendar(PageOf(pages, party)->calendar)) all.insert(event.uid);
    return all;
  };
  const std::multiset<std::string> before = uids();
  EXPECT_EQ(std::set(before.begin(), before.end()).size(), before.size()) << "one id, one meeting";
  plan.meetings[0].start = "2025-03-12T09:00:00+08:00";
  plan.meetings[0].end = "2025-03-12T09:25:00+08:00";
  EXPECT_EQ(uids(), before);
}

TEST(PartyPages, AnonymousListingsStayOutOfTheirPartysPage) {
  ListingRecord need = MakeListing(Side::kNeed, "N1", "镜面抛光", "神秘光学厂");
  need.disclosure = Disclosure::kAnonymous;
  Plan plan;
  plan.snapshot = MakeSnapshot({need}, {MakeListing(Side::kOffering, "O1", "离子束抛光", "丙所")});
  plan.matches.push_back(MakeMatch(*plan.snapshot, 0, 0, 0.75, 3));
  const std::vector<PartyPage> pages = RenderPartyPages(plan);
  ASSERT_THAT(pages, SizeIs(1));
  EXPECT_EQ(pages[0].name, "001-丙所");
  EXPECT_THAT(pages[0].html, HasSubstr("镜面抛光"));
  EXPECT_THAT(pages[0].html, Not(HasSubstr("神秘光学厂")));
  EXPECT_THAT(pages[0].calendar, IsEmpty()) << "no hours, no calendar";

  // With a meeting the party gets a page; it tells whom it meets, not about what.
  plan.meetings.push_back({.slot = "第1轮",
                           .table = "T1",
                           .guest_party = "神秘光学厂",
                           .host_party = "丙所",
                           .need_id = "N1",
                           .offering_id = "O1",
                           .topic = "镜面抛光",
                           .match = 0});
  plan.matches[0].meeting = 0;
  const std::vector<PartyPage> with_meeting = RenderPartyPages(plan);
  const PartyPage* own = PageOf(with_meeting, "神秘光学厂");
  ASSERT_NE(own, nullptr);
  EXPECT_THAT(own->html, HasSubstr("丙所"));
  EXPECT_THAT(own->html, Not(HasSubstr("镜面抛光")));
}

TEST(PartyPages, WhatAPartyIsCalledBecomesAFileNameAndNoMarkup) {
  EXPECT_EQ(report::PageName(0, "a/b\\c:d*e?f\"g<h>i|j#k%l&m\n"), "001-a_b_c_d_e_f_g_h_i_j_k_l_m_");
  EXPECT_EQ(report::PageName(1234, "公司. "), "1235-公司");
  EXPECT_EQ(report::PageName(4, "..."), "005-");
  std::string endless;
  for (int i = 0; i < 60; ++i) endless += "长";
  const std::string cut = report::PageName(0, endless);
  EXPECT_LE(cut.size(), 80u);
  EXPECT_EQ((cut.size() - 4) % 3, 0u) << "no half characters";

  const std::string evil = "<script>alert(1)</script>\";,\\";
  Plan plan;
  plan.snapshot =
      MakeSnapshot({MakeListing(Side::kNeed, "N1", evil, evil)}, {MakeListing(Side::kOffering, "O1", evil, "丙所")});
  plan.matches.push_back(MakeMatch(*plan.snapshot, 0, 0, 0.75, 3));
  plan.meetings.push_back({.slot = "S",
                           .table = evil,
                           .room = evil,
                           .start = "2025-03-12T09:00:00+08:00",
                           .end = "2025-03-12T09:25:00+08:00",
                           .guest_party = evil,
                           .host_party = "丙所"});
  for (const PartyPage& page : RenderPartyPages(plan)) {
    EXPECT_THAT(page.html, Not(HasSubstr("<script")));
    EXPECT_THAT(ReadCalendar(page.calendar), SizeIs(1));
  }
}

TEST(PartyPages, TellVisitsToWhoTravelsAndToWhoReceives) {
  const Plan plan = PlanWithTour();
  const std::vector<PartyPage> pages = RenderPartyPages(plan);
  EXPECT_THAT(pages, SizeIs(2));
  const PartyPage* travels = PageOf(pages, "考察_团_");
  ASSERT_NE(travels, nullptr);
  EXPECT_THAT(travels->html, HasSubstr("1月1日（周四） 09:30–10:00"));
  EXPECT_THAT(travels->html, HasSubstr("未排上：开放时间内排不下"));
  const std::vector<CalendarEntry> visits = ReadCalendar(travels->calendar);
  ASSERT_THAT(visits, SizeIs(2));
  EXPECT_EQ(visits[0].summary, "走访：园区");
  EXPECT_EQ(visits[0].location, "园区");
  EXPECT_EQ(visits[1].summary, "走访：乙厂");
  EXPECT_EQ(visits[1].start, 3600 * 2 + 60 * 20);
  EXPECT_EQ(visits[1].end, 3600 * 3);
  const PartyPage* receives = PageOf(pages, "乙厂");
  ASSERT_NE(receives, nullptr);
  const std::vector<CalendarEntry> received = ReadCalendar(receives->calendar);
  ASSERT_THAT(received, SizeIs(1));
  EXPECT_EQ(received[0].summary, "接待走访：考察<团>");
  EXPECT_NE(received[0].uid, visits[1].uid);
  EXPECT_THAT(receives->html, HasSubstr("考察&lt;团&gt;"));
  EXPECT_THAT(receives->html, Not(HasSubstr("园区"))) << "where else they go is not its business";

  Plan later = plan;
  later.fair_state->timetable.tours[0].visits[1].start.unix_seconds += 60;
  EXPECT_EQ(ReadCalendar(PageOf(RenderPartyPages(later), "乙厂")->calendar)[0].uid, received[0].uid);
}

TEST(PartyPages, SpeakEnglishOfVisits) {
  const std::vector<PartyPage> pages = RenderPartyPages(PlanWithTour(Language::kEn));
  const PartyPage* travels = PageOf(pages, "考察_团_");
  ASSERT_NE(travels, nullptr);
  EXPECT_THAT(travels->html, HasSubstr("left out: not open long enough during the tour"));
  EXPECT_EQ(ReadCalendar(travels->calendar)[0].summary, "Visit to 园区");
  EXPECT_EQ(ReadCalendar(PageOf(pages, "乙厂")->calendar)[0].summary, "Visit by 考察<团>");
}

TEST(Tours, StandInTheReportAndInVisitsTsv) {
  Plan plan = PlanWithTour();
  EXPECT_EQ(RenderVisitsTsv(plan),
            "tour_id\ttour\tpeople_ids\tpeople\tplace\tparty\tstart\tend\tstate\n"
            "V\t走访一天\tP1;P2\t赵;钱\t园区\t\t1970-01-01T09:30:00+08:00\t1970-01-01T10:00:00+08:00\tVISITED\n"
            "V\t走访一天\tP1;P2\t赵;钱\t乙厂\t乙厂\t1970-01-01T10:20:00+08:00\t1970-01-01T11:00:00+08:00\tVISITED\n"
            "V\t走访一天\tP1;P2\t赵;钱\t矿山\t戊矿\t\t\tCLOSED\n");
  const std::string html = RenderHtml(plan);
  EXPECT_THAT(html, HasSubstr("id=\"timetable\""));
  EXPECT_THAT(html, HasSubstr("href=\"#timetable\""));
  EXPECT_THAT(html, HasSubstr("考察&lt;团&gt;：09:00 从会场出发，11:15 到驿站"));
  EXPECT_THAT(html, HasSubstr("走访 2 处"));
  EXPECT_THAT(html, HasSubstr("矿山"));
  plan.options.language = Language::kEn;
  EXPECT_THAT(RenderHtml(plan), HasSubstr("考察&lt;团&gt;: from 会场 at 09:00, at 驿站 by 11:15"));
  plan.event->tours[0].from.clear();
  EXPECT_THAT(RenderHtml(plan), HasSubstr("from the venue at 09:00"));
  plan.fair_state->timetable.tours[0].left_out[0].reason = SkipReason::kPeopleBusy;
  EXPECT_THAT(RenderHtml(plan), HasSubstr("those who travel are busy then"));
  plan.fair_state->timetable.tours[0].left_out[0].reason = SkipReason::kNoTime;
  EXPECT_THAT(RenderHtml(plan), HasSubstr("no time for it besides the others"));

  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "plan_with_tour";
  ASSERT_TRUE(WritePlan(plan, folder).ok());
  EXPECT_TRUE(std::filesystem::exists(folder / "visits.tsv"));
}

TEST(PartyPages, AreReplacedByThoseOfTheNextPlan) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "party_pages";
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(WritePlan(MakeSamplePlan(), folder).ok());
  const auto count = [&] {
    return std::distance(std::filesystem::directory_iterator(folder / "parties"),
                         std::filesystem::directory_iterator());
  };
  EXPECT_GT(count(), 20);
  ASSERT_TRUE(WriteFile(folder / "parties" / "notes.html", "mine").ok());
  Plan small;
  small.snapshot =
      MakeSnapshot({MakeListing(Side::kNeed, "N1", "甲", "乙厂")}, {MakeListing(Side::kOffering, "O1", "丙", "丁所")});
  small.matches.push_back(MakeMatch(*small.snapshot, 0, 0, 0.75, 3));
  ASSERT_TRUE(WritePlan(small, folder).ok());
  EXPECT_EQ(count(), 3) << "two pages, and the file that is none of ours";
}

}  // namespace
}  // namespace magpie
