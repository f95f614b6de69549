#include "magpie/ingest/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "test_files.h"

namespace magpie {
namespace {

using ::magpie::testing::InlineRows;
using ::magpie::testing::WorkbookXml;
using ::magpie::testing::WriteText;
using ::magpie::testing::WriteWorkbook;
using ::magpie::testing::WriteZip;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

const std::string kSample = std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/event.json";

template <typename Item>
const Item& ById(const std::vector<Item>& items, const std::string& id) {
  for (const Item& item : items) {
    if (item.id == id) return item;
  }
  ADD_FAILURE() << "no " << id;
  return items.front();
}

// A small event of two institutes' teams in the general form.
nlohmann::json General() {
  return nlohmann::json::parse(R"({
    "id": "E", "title": "洽谈会", "slot_minutes": 25, "break_minutes": 5, "tables": 3,
    "sessions": [{"id": "AM", "title": "上午", "start": "2025-03-11T09:00:00+08:00", "end": "2025-03-11T11:00:00+08:00",
                  "plenary": [{"title": "开幕", "start": "2025-03-11T09:00:00+08:00",
                               "end": "2025-03-11T09:30:00+08:00"}]},
                 {"id": "PM", "title": "下午", "start": "2025-03-11 14:00", "end": "2025-03-11 15:00",
                  "slot_minutes": 30, "break_minutes": 0, "tables": ["T2"]}],
    "teams": [{"id": "A", "name": "光学团队", "party": "甲所", "hosts": ["H1"]},
              {"id": "B", "name": "材料团队", "party": "乙大学", "members": ["H2", "李四"], "max_meetings": 2}],
    "people": [{"id": "P1", "name": "张三", "party": "丙公司", "needs": ["N1"]},
               {"id": "P2", "name": "王五", "party": "丙公司"}, {"id": "H1", "party": "甲所"},
               {"id": "H2", "party": "乙大学"}, {"id": "H3", "name": "李四", "party": "乙大学"}],
    "wishes": [{"id": "W1", "person": "P1", "team": "A", "priority": 1},
               {"person": "张三", "team": "材料团队"}],
    "fixed": [{"person": "P2", "team": "A", "slot": "AM-1", "table": "T1"}],
    "excluded": [{"party": "丙公司", "team": "B"}],
    "absences": [{"person": "H1", "session": "PM"},
                 {"person": "P1", "start": "2025-03-11T09:50:00+08:00", "end": "2025-03-11T10:10:00+08:00"}],
    "rules": [{"id": "R1", "rule": "person_max_meetings", "max_meetings": 4}]
  })");
}

absl::StatusOr<Event> Read(const nlohmann::json& json) {
  return EventFromJson(json.dump());
}

// The field and message of the error after `damage`.
std::string ErrorAfter(const std::function<void(nlohmann::json*)>& damage, Reason reason = Reason::kEventInvalid) {
  nlohmann::json json = General();
  damage(&json);
  const auto event = Read(json);
  EXPECT_EQ(ReasonOf(event.status()), reason) << event.status();
  return ErrorText(event.status());
}

TEST(ReadEventTest, SampleFairIsReadWhole) {
  const auto event = ReadEvent(kSample);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_THAT(event->warnings, IsEmpty());
  EXPECT_EQ(event->id, "EV-NB-XA-2025");
  EXPECT_THAT(event->organisers, SizeIs(2));
  EXPECT_THAT(event->sessions, SizeIs(2));
  EXPECT_THAT(event->sessions[0].plenary, SizeIs(2));
  EXPECT_THAT(event->sessions[0].plenary[1].offerings, SizeIs(5));
  EXPECT_THAT(event->slots, SizeIs(8));
  EXPECT_THAT(event->slots[0].tables, SizeIs(6));
  EXPECT_EQ(FormatClock(*event->slots[0].start), "15:40");
  EXPECT_THAT(event->tables, SizeIs(6));
  EXPECT_THAT(event->teams, SizeIs(5));
  EXPECT_EQ(event->teams[4].hosts, (std::vector<std::string>{"M11", "M12", "M10"}));
  EXPECT_EQ(event->teams[0].max_meetings, 6);
  EXPECT_EQ(event->teams[0].max_per_session, 4);
  EXPECT_THAT(event->teams[0].offerings, ElementsAre("O0495"));
  EXPECT_THAT(event->people, SizeIs(62));
  EXPECT_EQ(ById(event->people, "M01").party, event->teams[0].party);
  EXPECT_THAT(ById(event->people, "P08").absent_slots, ElementsAre("S1-1"));
  EXPECT_THAT(ById(event->people, "P16").offerings, ElementsAre("O0529"));
  EXPECT_THAT(ById(event->people, "P01").interests, SizeIs(2));
  EXPECT_THAT(event->wishes, SizeIs(55));
  EXPECT_TRUE(event->wishes[0].demo_table);
  EXPECT_EQ(event->wishes[1].need, "");
  EXPECT_THAT(event->published_needs, SizeIs(5));
  EXPECT_THAT(event->presented_offerings, SizeIs(5));
  EXPECT_THAT(event->rules.demo_tables, ElementsAre("T4"));
  EXPECT_TRUE(event->rules.priority_one_required);
  EXPECT_EQ(event->rules.max_consecutive, 3);
  ASSERT_THAT(event->stated_rules, SizeIs(8));
  EXPECT_EQ(event->stated_rules[7].id, "C8");
  EXPECT_EQ(event->stated_rules[7].rule, "consecutive_limit");
}

TEST(EventFromJsonTest, GeneralFormWithTeamsOfSeveralParties) {
  const auto event = Read(General());
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_THAT(event->tables, SizeIs(3));
  // 9:00 to 9:30 is plenary; 25 minutes and a pause of 5 from then on; the last would end at 11:25.
  ASSERT_THAT(event->slots, SizeIs(5));
  EXPECT_EQ(event->slots[0].id, "AM-1");
  EXPECT_EQ(FormatClock(*event->slots[0].start), "09:30");
  EXPECT_EQ(FormatClock(*event->slots[2].start), "10:30");
  EXPECT_EQ(FormatClock(*event->slots[2].end), "10:55");
  EXPECT_THAT(event->slots[0].tables, ElementsAre("T1", "T2", "T3"));
  EXPECT_EQ(event->slots[3].id, "PM-1");
  EXPECT_THAT(event->slots[3].tables, ElementsAre("T2"));
  EXPECT_EQ(FormatClock(*event->slots[4].end), "15:00");
  EXPECT_EQ(event->teams[1].party, "乙大学");
  EXPECT_THAT(event->teams[1].hosts, ElementsAre("H2", "H3"));  // members receive where no hosts are named
  EXPECT_EQ(event->wishes[1].id, "W2");
  EXPECT_EQ(event->wishes[1].person, "P1");  // by name
  EXPECT_EQ(event->wishes[1].team, "B");
  EXPECT_EQ(event->wishes[1].priority, 2);
  EXPECT_THAT(ById(event->people, "H1").absent_slots, ElementsAre("PM-1", "PM-2"));
  EXPECT_THAT(ById(event->people, "P1").absent_slots, ElementsAre("AM-1", "AM-2"));
  EXPECT_THAT(event->excluded, ElementsAre(Pair("P1", "B"), Pair("P2", "B")));
  EXPECT_THAT(event->fixed, SizeIs(1));
  EXPECT_EQ(event->rules.default_max_meetings_per_person, 4);
  EXPECT_THAT(event->warnings, IsEmpty());
}

TEST(EventFromJsonTest, ReferencesToNothingAreNamedWithTheirPlace) {
  using J = nlohmann::json*;
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["wishes"][0]["person"] = "P99"; }),
              AllOf(HasSubstr("wishes[0].person"), HasSubstr("P99")));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["wishes"][1]["team"] = "X"; }), HasSubstr("wishes[1].team"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["wishes"][1].erase("team"); }), HasSubstr("is missing; name a team"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["teams"][0]["hosts"][0] = "H9"; }), HasSubstr("teams[0].hosts"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["people"][0]["absent_slots"] = {"AM-9"}; }),
              AllOf(HasSubstr("people[0].absent_slots"), HasSubstr("AM-9")));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["sessions"][1]["tables"] = {"T7"}; }), HasSubstr("T7"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["fixed"][0]["slot"] = "X"; }), HasSubstr("fixed[0].slot"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["fixed"][0]["slot"] = "PM-1"; }),
              AllOf(HasSubstr("fixed[0].table"), HasSubstr("its tables are T2")));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["excluded"][0]["party"] = "丁"; }), HasSubstr("nobody of \"丁\""));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["absences"][0]["person"] = "Q"; }), HasSubstr("absences[0].person"));
  EXPECT_THAT(ErrorAfter([](J j) {
                (*j)["slots"] = {{{"id", "X"}, {"session", "NIGHT"}}};
              }),
              AllOf(HasSubstr("slots[0].session"), HasSubstr("NIGHT")));
}

TEST(EventFromJsonTest, ContradictionsAreErrors) {
  using J = nlohmann::json*;
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["people"][1]["id"] = "P1"; }), HasSubstr("\"P1\" is given twice"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["teams"][1]["id"] = "A"; }), HasSubstr("given twice"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["wishes"][1]["id"] = "W1"; }), HasSubstr("given twice"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["wishes"][0]["person"] = "H1"; }), HasSubstr("belongs to team A"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["wishes"][0]["priority"] = 7; }), HasSubstr("from 1 to 3"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["teams"][1]["max_meetings"] = -2; }), HasSubstr("max_meetings"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["sessions"][0]["end"] = "2025-03-11T08:00:00+08:00"; }),
              HasSubstr("is not after the start"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["sessions"][0]["start"] = "tomorrow"; }), HasSubstr("is no time"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["people"][1]["name"] = "张三"; }), HasSubstr("more than one person"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["people"][0] = 5; }), HasSubstr("not an object"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["wishes"] = "none"; }), HasSubstr("is not a list"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["rules"] = {{{"rule", "consecutive_limit"}}}; }), HasSubstr("max_consecutive"));
  EXPECT_THAT(ErrorAfter([](J j) {
                (*j)["rules"] = {{{"id", "C6"}, {"rule", "demo_table"}}};
              }),
              HasSubstr("no table has demo_bench"));
}

TEST(EventFromJsonTest, WhatARealFairAsks) {
  nlohmann::json json = General();
  json["teams"][0]["booth"] = "T1";
  json["people"][2]["languages"] = {"zh", "ru"};
  json["people"][2]["interpreter"] = true;
  json["wishes"].push_back({{"party", "丙公司"}, {"team", "A"}});
  json["sessions"][0]["place"] = "甲馆";
  json["sessions"][1]["place"] = "乙馆";
  json["travel"] = {{{"from", "甲馆"}, {"to", "乙馆"}, {"minutes", 20}}};
  json["rules"] = {{{"rule", "language"}},
                   {{"rule", "walk_ins"}, {"kept_tables", 1}},
                   {{"rule", "idle_limit"}, {"max_idle_slots", 2}, {"soft", true}},
                   {{"rule", "consecutive_limit"}, {"max_consecutive_guest", 3}}};
  const auto event = EventFromJson(json.dump());
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(ById(event->teams, "A").table, "T1");
  EXPECT_TRUE(ById(event->people, "H1").interpreter);
  EXPECT_EQ(event->wishes.back().party, "丙公司");
  EXPECT_EQ(event->wishes.back().person, "");
  EXPECT_EQ(TravelMinutes(*event, "乙馆", "甲馆"), 20);
  EXPECT_EQ(TravelMinutes(*event, "乙馆", "乙馆"), 0);
  EXPECT_TRUE(event->rules.common_language);
  EXPECT_EQ(event->rules.walk_in_tables, 1);
  EXPECT_EQ(event->rules.max_idle_slots, 2);
  EXPECT_TRUE(event->rules.idle_slots_soft);
  EXPECT_EQ(event->rules.max_consecutive_guest, 3);
  EXPECT_EQ(event->rules.max_consecutive, 0);
}

TEST(EventFromJsonTest, ContradictionsOfARealFairAreErrors) {
  using J = nlohmann::json*;
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["teams"][0]["table"] = "T9"; }), HasSubstr("T9"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["teams"][0]["table"] = (*j)["teams"][1]["table"] = "T2"; }),
              HasSubstr("table T2 is team A's own already"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["teams"][0]["table"] = "T2"; }), HasSubstr("but the team's own is T2"));
  EXPECT_THAT(ErrorAfter([](J j) {
                (*j)["wishes"].push_back({{"party", "丁公司"}, {"team", "A"}});
              }),
              HasSubstr("nobody of \"丁公司\" is at the event"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["rules"] = {{{"rule", "walk_ins"}}}; }), HasSubstr("kept_tables"));
  EXPECT_THAT(ErrorAfter([](J j) {
                (*j)["rules"] = {{{"rule", "walk_ins"}, {"kept_tables", 3}}};
              }),
              HasSubstr("no slot has more"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["rules"] = {{{"rule", "idle_limit"}}}; }), HasSubstr("max_idle_slots"));
  EXPECT_THAT(ErrorAfter([](J j) {
                (*j)["travel"] = {{{"from", "甲"}, {"minutes", 5}}};
              }),
              HasSubstr("needs two places"));
  EXPECT_THAT(ErrorAfter([](J j) { (*j)["travel"] = {{{"from", "甲"}, {"to", "乙"}}}; }), HasSubstr("minutes"));
}

TEST(EventFromJsonTest, AnEventThatCannotBeHeldSaysWhy) {
  using J = nlohmann::json*;
  EXPECT_THAT(ErrorAfter([](J j) {
                j->erase("slot_minutes");
                j->erase("fixed");
                (*j)["sessions"][1].erase("slot_minutes");
              }),
              HasSubstr("has no slots"));
  EXPECT_THAT(ErrorAfter([](J j) {
                j->erase("tables");
                j->erase("fixed");
                (*j)["sessions"][1].erase("tables");
              }),
              HasSubstr("has no tables"));
  EXPECT_THAT(ErrorAfter([](J j) { *j = {{"slots", {{{"id", "s"}}}}, {"tables", 1}}; }), HasSubstr("has no teams"));
  EXPECT_THAT(ErrorAfter([](J j) { *j = nlohmann::json::object(); }), HasSubstr("has no slots"));
  EXPECT_THAT(ErrorAfter([](J j) { *j = nlohmann::json::array(); }), HasSubstr("not an object"));
}

TEST(EventFromJsonTest, WhatIsNotUnderstoodIsAWarning) {
  nlohmann::json json = General();
  json["colour"] = "red";
  json["people"][0]["phone"] = "138";
  json["rules"].push_back({{"id", "R9"}, {"rule", "no_mondays"}, {"text", "周一不谈"}});
  json["wishes"].push_back({{"id", "W3"}, {"person", "P1"}, {"team", "A"}, {"demo_table", true}});
  const auto event = Read(json);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_THAT(event->warnings, Contains(HasSubstr("colour")));
  EXPECT_THAT(event->warnings, Contains(HasSubstr("people[0].phone")));
  EXPECT_THAT(event->warnings, Contains(AllOf(HasSubstr("no_mondays"), HasSubstr("NOT kept"), HasSubstr("周一不谈"))));
  EXPECT_THAT(event->warnings, Contains(HasSubstr("same meeting as wish W1")));
  EXPECT_THAT(event->warnings, Contains(HasSubstr("demo table")));
  EXPECT_THAT(event->warnings, SizeIs(5));
  EXPECT_THAT(event->stated_rules, SizeIs(2));
}

TEST(EventFromJsonTest, DamagedJsonIsAFileError) {
  for (const std::string text : {"", "{", "[1,2", "{\"id\": \"a\", \"id\": \"b\"}", "{\"id\": \"\xFF\"}", "nul"}) {
    EXPECT_EQ(ReasonOf(EventFromJson(text).status()), Reason::kBadFile) << text;
  }
  EXPECT_EQ(ReasonOf(EventFromJson(std::string(100000, '[')).status()), Reason::kBadFile);
  const std::string sample = *ReadFile(kSample, 1 << 20);
  for (std::size_t cut = 0; cut < sample.size(); cut += 997) {
    EXPECT_EQ(ReasonOf(EventFromJson(sample.substr(0, cut)).status()), Reason::kBadFile) << cut;
  }
}

TEST(ReadEventTest, FilesThatAreNoEvents) {
  EXPECT_EQ(ReasonOf(ReadEvent("/no/such/event.json").status()), Reason::kFileNotFound);
  EXPECT_EQ(ReasonOf(ReadEvent("/no/such/event.xlsx").status()), Reason::kFileNotFound);
  EXPECT_EQ(ReasonOf(ReadEvent(WriteText("event.yaml", "a: b")).status()), Reason::kUnsupportedFile);
  EXPECT_EQ(ReasonOf(ReadEvent(WriteText("event.xlsx", "{}")).status()), Reason::kBadFile);
  const auto other = ReadEvent(WriteWorkbook("event.xlsx", {{{"Sheet1", InlineRows({{"a", "b"}, {"1", "2"}})}}}));
  EXPECT_EQ(ReasonOf(other.status()), Reason::kEventInvalid);
  EXPECT_THAT(std::string(other.status().message()), HasSubstr("none of the workbook's sheets"));
}

WorkbookXml ChineseWorkbook() {
  return {{{"活动", InlineRows({{"名称", "光电洽谈会"}, {"主办单位", "市科技局、某研究所"}, {"负责人", "某某"}})},
           {"场次", InlineRows({{"2025 年洽谈会场次安排"},
                                {"编号", "名称", "日期", "开始", "结束", "时段分钟", "间隔分钟"},
                                {"S1", "首轮", "2025年3月11日", "14:00", "15:00", "25", "5"}})},
           {"桌位", InlineRows({{"桌号", "房间", "演示台"}, {"1", "大厅", ""}, {"2", "大厅", "是"}})},
           {"团队", InlineRows({{"编号", "名称", "单位", "接待人", "成果编号", "洽谈上限"},
                                {"TA", "成像团队", "某所", "李工、王工", "O1，O2", "２"}})},
           {"人员", InlineRows({{"编号", "姓名", "单位", "职务", "需求编号", "缺席时段", "手机"},
                                {"P1", "张总", "甲公司", "总经理", "N1", "S1-2", "138"},
                                {"", "李工", "某所"},
                                {"", "王工", "某所"}})},
           {"意愿", InlineRows({{"人员", "团队", "优先级", "议题", "需要演示台"},
                                {"张总", "成像团队", "1", "样机", "是"},
                                {},
                                {"P1", "TA", "", "续谈"}})},
           {"规则", InlineRows({{"编号", "规则", "说明", "最多连续"},
                                {"C1", "consecutive_limit", "不超过3个时段", "3"},
                                {"C2", "lunch", "午休"}})},
           {"通讯录", InlineRows({{"x", "y"}})}}};
}

TEST(ReadEventTest, WorkbookInChinese) {
  const auto event = ReadEvent(WriteWorkbook("event.xlsx", ChineseWorkbook()));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->title, "光电洽谈会");
  EXPECT_THAT(event->organisers, ElementsAre("市科技局", "某研究所"));
  ASSERT_THAT(event->slots, SizeIs(2));
  EXPECT_EQ(FormatTime(*event->slots[1].start), "2025-03-11T14:30:00+08:00");
  EXPECT_THAT(event->rules.demo_tables, ElementsAre("2"));
  EXPECT_EQ(event->teams[0].max_meetings, 2);
  EXPECT_THAT(event->teams[0].hosts, ElementsAre("李工", "王工"));
  EXPECT_THAT(event->teams[0].offerings, ElementsAre("O1", "O2"));
  EXPECT_THAT(event->people, SizeIs(3));
  EXPECT_THAT(event->people[0].absent_slots, ElementsAre("S1-2"));
  ASSERT_THAT(event->wishes, SizeIs(2));
  EXPECT_EQ(event->wishes[0].person, "P1");
  EXPECT_EQ(event->wishes[0].team, "TA");
  EXPECT_EQ(event->wishes[0].priority, 1);
  EXPECT_TRUE(event->wishes[0].demo_table);
  EXPECT_EQ(event->wishes[1].priority, 2);
  EXPECT_EQ(event->rules.max_consecutive, 3);
  EXPECT_THAT(event->warnings, Contains(HasSubstr("负责人")));
  EXPECT_THAT(event->warnings, Contains(HasSubstr("手机")));
  EXPECT_THAT(event->warnings, Contains(HasSubstr("通讯录")));
  EXPECT_THAT(event->warnings, Contains(HasSubstr("lunch")));
}

TEST(ReadEventTest, WorkbookInEnglishWithEverySheet) {
  const auto event = ReadEvent(WriteWorkbook(
      "event.xlsx",
      {{{"Sessions", InlineRows({{"id", "title"}, {"S1", "Morning"}})},
        {"Slots", InlineRows({{"ID", "Session", "Date", "Start", "End", "Tables"},
                              {"a", "Morning", "2025-03-11", "9:00", "9:25", "T1, T2"},
                              {"b", "S1", "", "2025-03-11 09:30", "2025-03-11 09:55", ""}})},
        {"Tables", InlineRows({{"ID", "Room"}, {"T1", "Hall"}, {"T2", "Hall"}})},
        {"Teams", InlineRows({{"ID", "Name", "Hosts"}, {"A", "Optics", "H"}})},
        {"People", InlineRows({{"ID", "Firm"}, {"P", "Acme"}, {"Q", "Acme"}, {"R", "Other"}, {"H", "Institute"}})},
        {"Wishes", InlineRows({{"Person", "Team"}, {"R", "A"}})},
        {"Fixed", InlineRows({{"Person", "Team", "Slot", "Table"}, {"R", "A", "b", "T2"}})},
        {"Excluded", InlineRows({{"Firm", "Team"}, {"Acme", "A"}})},
        {"Absences", InlineRows({{"Person", "Slots"}, {"H", "a"}})}}}));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_THAT(event->warnings, IsEmpty());
  EXPECT_EQ(FormatClock(*event->slots[0].start), "09:00");
  EXPECT_EQ(event->slots[0].session, "S1");
  EXPECT_THAT(event->slots[1].tables, ElementsAre("T1", "T2"));
  EXPECT_THAT(event->excluded, SizeIs(2));
  EXPECT_THAT(event->fixed, SizeIs(1));
  EXPECT_THAT(ById(event->people, "H").absent_slots, ElementsAre("a"));
}

TEST(ReadEventTest, ErrorsInAWorkbookNameSheetRowAndColumn) {
  const auto error = [](std::size_t sheet, const std::vector<std::vector<std::string>>& rows) {
    WorkbookXml workbook = ChineseWorkbook();
    workbook.sheets[sheet].data = InlineRows(rows);
    const auto event = ReadEvent(WriteWorkbook("event.xlsx", workbook));
    EXPECT_EQ(ReasonOf(event.status()), Reason::kEventInvalid);
    return ErrorText(event.status());
  };
  EXPECT_THAT(error(5, {{"人员", "团队"}, {"张总", "TA"}, {"钱总", "TA"}}),
              AllOf(HasSubstr("sheet 意愿, row 3, person"), HasSubstr("钱总")));
  EXPECT_THAT(error(5, {{"人员", "团队", "优先级"}, {"张总", "TA", "高"}}), HasSubstr("sheet 意愿, row 2, priority"));
  EXPECT_THAT(error(5, {{"人员", "代表", "团队"}, {"张总", "张总", "TA"}}), HasSubstr("two headings mean the same"));
  EXPECT_THAT(error(5, {{"甲", "乙"}, {"张总", "TA"}}), AllOf(HasSubstr("sheet 意愿"), HasSubstr("heading row")));
  EXPECT_THAT(error(1, {{"编号", "日期", "开始"}, {"S1", "someday", "9:00"}}), HasSubstr("is no date"));
}

TEST(ReadEventTest, MergedCellsHoldForEveryRow) {
  WorkbookXml workbook = ChineseWorkbook();
  workbook.sheets[5].data = InlineRows({{"人员", "团队", "优先级"}, {"张总", "TA", "1"}, {"", "TA", "3"}});
  workbook.sheets[5].after = "<mergeCells count=\"1\"><mergeCell ref=\"A2:A3\"/></mergeCells>";
  const auto event = ReadEvent(WriteWorkbook("event.xlsx", workbook));
  ASSERT_TRUE(event.ok()) << event.status();
  ASSERT_THAT(event->wishes, SizeIs(2));
  EXPECT_EQ(event->wishes[1].person, "P1");
}

}  // namespace
}  // namespace magpie
