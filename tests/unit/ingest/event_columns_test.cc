// Every column of every sheet of an event's workbook, by its Chinese and by its English heading: read, and refused with
// sheet, row and column where its value is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "magpie/base/status.h"
#include "magpie/ingest/event.h"
#include "test_files.h"

namespace magpie {
namespace {

using ::magpie::testing::InlineRows;
using ::magpie::testing::SheetXml;
using ::magpie::testing::WorkbookXml;
using ::magpie::testing::WriteWorkbook;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Rows = std::vector<std::vector<std::string>>;

struct NamedSheet {
  std::string name;
  Rows rows;
};

// Sheets by the list they fill; row 1 has the headings.
using Book = std::map<std::string, NamedSheet>;

Book Chinese() {
  return {
      {"event",
       {"活动",
        {{"编号", "E1"},
         {"名称", "光电洽谈会"},
         {"英文名称", "Optics Day"},
         {"地点", "宁波"},
         {"说明", "一年一度"},
         {"主办单位", "科技局、研究所"},
         {"时段分钟", "30"},
         {"间隔分钟", "15"},
         {"发布需求", "N1，N2"},
         {"推介成果", "O1；O2"}}}},
      {"sessions",
       {"场次",
        {{"编号", "名称", "地点", "日期", "开始", "结束", "时段分钟", "间隔分钟", "桌位"},
         {"S1", "上午", "甲馆", "2025-03-11", "9:00", "10:00", "25", "5", "T1、T2"},
         {"S2", "下午", "乙馆", "2025年3月11日", "14:00", "15:00", "", "", ""}}}},
      {"tables", {"桌位", {{"桌号", "房间", "演示台"}, {"T1", "大厅", "是"}, {"T2", "", "否"}, {"T3"}}}},
      {"teams",
       {"团队",
        {{"编号", "名称", "单位", "接待人", "成员", "成果编号", "需求编号", "洽谈上限", "单场上限", "展台"},
         {"A", "成像", "某所", "李工", "李工、王工", "O1、O2", "N9", "4", "2", "T3"},
         {"B", "材料", "某所", "", "王工"}}}},
      {"people",
       {"人员",
        {{"编号", "姓名", "单位", "职务", "地区", "区县", "需求编号", "成果编号", "关注方向", "语言", "译员",
          "缺席时段", "洽谈上限"},
         {"P1", "张总", "甲公司", "总经理", "浙江", "海曙", "N1", "O9", "光学、材料", "中文、英语", "否", "S1-2", "3"},
         {"P2", "陈译", "甲公司", "", "", "", "", "", "", "中文、俄语", "√"},
         {"H1", "李工", "某所"},
         {"H2", "王工", "某所"}}}},
      {"wishes",
       {"意愿",
        {{"编号", "人员", "团队", "优先级", "需求编号", "成果编号", "议题", "演示台", "单位"},
         {"W1", "张总", "材料", "1", "N1", "O2", "样机", "是", ""},
         {"W2", "", "A", "3", "", "", "", "", "甲公司"}}}},
      {"rules",
       {"规则",
        {{"编号", "规则", "说明", "最多连续", "来宾最多连续", "最多洽谈", "最多空闲", "尽量", "预留桌位", "桌位"},
         {"C1", "consecutive_limit", "歇一歇", "3", "2"},
         {"C2", "person_max_meetings", "", "", "", "5"},
         {"C3", "idle_limit", "", "", "", "", "1", "是"},
         {"C4", "walk_ins", "", "", "", "", "", "", "1"},
         {"C5", "demo_table", "", "", "", "", "", "", "", "T2"}}}},
      {"travel", {"交通", {{"起点", "终点", "分钟"}, {"甲馆", "乙馆", "20"}}}},
      {"fixed", {"固定", {{"人员", "团队", "时段", "桌位"}, {"张总", "B", "S1-1", "T1"}}}},
      {"excluded", {"回避", {{"人员", "单位", "团队"}, {"P2", "", "A"}, {"", "甲公司", "A"}}}},
      {"absences",
       {"缺席",
        {{"人员", "场次", "时段", "日期", "开始", "结束"},
         {"王工", "", "S1-1", "", "", ""},
         {"李工", "下午", "", "", "", ""},
         {"P2", "", "", "2025-03-11", "14:00", "14:20"}}}},
  };
}

// The same in English: other names of sheets, headings and words.
Book English() {
  Book book = Chinese();
  const auto rename = [&](const std::string& list, const std::string& name, std::vector<std::string> headings) {
    book[list].name = name;
    EXPECT_EQ(book[list].rows[0].size(), headings.size()) << list;
    book[list].rows[0] = std::move(headings);
  };
  book["event"].name = "Event";
  const std::vector<std::string> members = {
      "id",         "title",        "title_en",      "place",           "description",
      "organisers", "slot_minutes", "break_minutes", "published_needs", "presented_offerings"};
  for (std::size_t i = 0; i < members.size(); ++i) book["event"].rows[i][0] = members[i];
  rename("sessions", "Sessions",
         {"ID", "Title", "Place", "Date", "Start", "End", "Slot minutes", "Break minutes", "Tables"});
  rename("tables", "Tables", {"ID", "Room", "Demo"});
  rename("teams", "Teams",
         {"ID", "Name", "Party", "Hosts", "Members", "Offerings", "Needs", "Max meetings", "Max per session", "Booth"});
  rename("people", "People",
         {"ID", "Name", "Firm", "Role", "Region", "District", "Needs", "Offerings", "Interests", "Languages",
          "Interpreter", "Absent slots", "Max meetings"});
  rename("wishes", "Wishes", {"ID", "Person", "Team", "Priority", "Need", "Offering", "Topic", "Demo table", "Firm"});
  rename("rules", "Rules",
         {"ID", "Rule", "Text", "Max consecutive", "max_consecutive_guest", "Max meetings", "max_idle_slots", "Soft",
          "kept_tables", "Tables"});
  rename("travel", "Travel", {"From", "To", "Minutes"});
  rename("fixed", "Fixed", {"Person", "Team", "Slot", "Table"});
  rename("excluded", "Excluded", {"Person", "Firm", "Team"});
  rename("absences", "Absences", {"Person", "Session", "Slots", "Date", "Start", "End"});
  book["tables"].rows[1][2] = "yes";
  book["people"].rows[2][10] = "true";
  book["wishes"].rows[1][7] = "1";
  book["rules"].rows[3][7] = "Y";
  return book;
}

absl::StatusOr<Event> Read(const Book& book) {
  WorkbookXml workbook;
  for (const auto& [list, sheet] : book) {
    SheetXml xml;
    xml.name = sheet.name;
    xml.data = InlineRows(sheet.rows);
    workbook.sheets.push_back(std::move(xml));
  }
  return ReadEvent(WriteWorkbook("event.xlsx", workbook));
}

class EventColumns : public ::testing::TestWithParam<Book (*)()> {};

TEST_P(EventColumns, AreReadOneByOne) {
  const auto read = Read(GetParam()());
  ASSERT_TRUE(read.ok()) << read.status();
  const Event& event = *read;
  EXPECT_THAT(event.warnings, IsEmpty());

  EXPECT_EQ(event.id, "E1");
  EXPECT_EQ(event.title, "光电洽谈会");
  EXPECT_EQ(event.title_en, "Optics Day");
  EXPECT_EQ(event.place, "宁波");
  EXPECT_EQ(event.description, "一年一度");
  EXPECT_THAT(event.organisers, ElementsAre("科技局", "研究所"));
  EXPECT_THAT(event.published_needs, ElementsAre("N1", "N2"));
  EXPECT_THAT(event.presented_offerings, ElementsAre("O1", "O2"));

  ASSERT_THAT(event.sessions, SizeIs(2));
  EXPECT_EQ(event.sessions[0].id + event.sessions[0].title + event.sessions[0].place, "S1上午甲馆");
  EXPECT_EQ(FormatTime(*event.sessions[1].start), "2025-03-11T14:00:00+08:00");
  EXPECT_EQ(FormatTime(*event.sessions[1].end), "2025-03-11T15:00:00+08:00");
  std::string slots;
  for (const EventSlot& slot : event.slots) slots += slot.id + " " + FormatClock(*slot.start) + "; ";
  EXPECT_EQ(slots, "S1-1 09:00; S1-2 09:30; S2-1 14:00; ");  // 25 and 5 minutes; 30 and 15 of the event
  EXPECT_THAT(event.slots[0].tables, ElementsAre("T1", "T2"));
  EXPECT_THAT(event.slots[2].tables, ElementsAre("T1", "T2", "T3"));

  ASSERT_THAT(event.tables, SizeIs(3));
  EXPECT_EQ(event.tables[0].room, "大厅");
  EXPECT_TRUE(event.tables[0].demo_bench);
  EXPECT_FALSE(event.tables[1].demo_bench);

  ASSERT_THAT(event.teams, SizeIs(2));
  const EventTeam& team = event.teams[0];
  EXPECT_EQ(team.id + team.name + team.party, "A成像某所");
  EXPECT_THAT(team.hosts, ElementsAre("H1"));
  EXPECT_THAT(team.members, ElementsAre("H1", "H2"));
  EXPECT_THAT(team.offerings, ElementsAre("O1", "O2"));
  EXPECT_THAT(team.needs, ElementsAre("N9"));
  EXPECT_EQ(team.max_meetings, 4);
  EXPECT_EQ(team.max_per_session, 2);
  EXPECT_EQ(team.table, "T3");
  EXPECT_THAT(event.teams[1].hosts, ElementsAre("H2"));

  ASSERT_THAT(event.people, SizeIs(4));
  const EventPerson& person = event.people[0];
  EXPECT_EQ(person.id + person.name + person.party + person.role + person.region + person.district,
            "P1张总甲公司总经理浙江海曙");
  EXPECT_THAT(person.needs, ElementsAre("N1"));
  EXPECT_THAT(person.offerings, ElementsAre("O9"));
  EXPECT_THAT(person.interests, ElementsAre("光学", "材料"));
  EXPECT_THAT(person.languages, ElementsAre("中文", "英语"));
  EXPECT_FALSE(person.interpreter);
  EXPECT_TRUE(event.people[1].interpreter);
  EXPECT_THAT(person.absent_slots, ElementsAre("S1-2"));
  EXPECT_EQ(person.max_meetings, 3);

  ASSERT_THAT(event.wishes, SizeIs(2));
  const EventWish& wish = event.wishes[0];
  EXPECT_EQ(wish.id + wish.person + wish.team + wish.need + wish.offering + wish.topic, "W1P1BN1O2样机");
  EXPECT_EQ(wish.priority, 1);
  EXPECT_TRUE(wish.demo_table);
  EXPECT_EQ(event.wishes[1].party, "甲公司");

  ASSERT_THAT(event.stated_rules, SizeIs(5));
  EXPECT_EQ(event.stated_rules[0].id + event.stated_rules[0].rule + event.stated_rules[0].text,
            "C1consecutive_limit歇一歇");
  EXPECT_EQ(event.rules.max_consecutive, 3);
  EXPECT_EQ(event.rules.max_consecutive_guest, 2);
  EXPECT_EQ(event.rules.default_max_meetings_per_person, 5);
  EXPECT_EQ(event.rules.max_idle_slots, 1);
  EXPECT_TRUE(event.rules.idle_slots_soft);
  EXPECT_EQ(event.rules.walk_in_tables, 1);
  EXPECT_THAT(event.rules.demo_tables, ElementsAre("T2"));

  EXPECT_EQ(TravelMinutes(event, "乙馆", "甲馆"), 20);
  ASSERT_THAT(event.fixed, SizeIs(1));
  EXPECT_EQ(event.fixed[0].person + event.fixed[0].team + event.fixed[0].slot + event.fixed[0].table, "P1BS1-1T1");
  EXPECT_THAT(event.excluded,
              ElementsAre(::testing::Pair("P2", "A"), ::testing::Pair("P1", "A"), ::testing::Pair("P2", "A")));
  EXPECT_THAT(event.people[3].absent_slots, ElementsAre("S1-1"));
  EXPECT_THAT(event.people[2].absent_slots, ElementsAre("S2-1"));
  EXPECT_THAT(event.people[1].absent_slots, ElementsAre("S2-1"));
}

// A cell of the book becomes wrong, and the error names where it is and what is wrong.
struct WrongCell {
  std::string list;
  std::size_t row, column;  // as in the book; row 0 has the headings
  std::string value;
  std::string member, says;
};

TEST_P(EventColumns, WrongValuesNameSheetRowAndColumn) {
  const std::vector<WrongCell> wrong = {
      {"sessions", 2, 0, "S1", "id", "session \"S1\" is given twice"},
      {"sessions", 1, 3, "someday", "", "\"someday\" is no date"},
      {"sessions", 1, 4, "early", "start", "is no time"},
      {"sessions", 1, 5, "8:00", "end", "is not after the start"},
      {"sessions", 1, 6, "soon", "slot_minutes", "a whole number from 1 to 1440"},
      {"sessions", 1, 7, "-1", "break_minutes", "a whole number from 0 to 1440"},
      {"sessions", 1, 8, "T9", "tables", "names the table \"T9\""},
      {"tables", 2, 0, "T1", "id", "table \"T1\" is given twice"},
      {"tables", 1, 2, "maybe", "demo_bench", "write true or false"},
      {"teams", 2, 0, "A", "id", "team \"A\" is given twice"},
      {"teams", 1, 3, "钱工", "hosts", "names the person \"钱工\""},
      {"teams", 1, 4, "钱工", "members", "names the person \"钱工\""},
      {"teams", 1, 7, "many", "max_meetings", "a whole number"},
      {"teams", 1, 8, "1.5", "max_per_session", "a whole number"},
      {"teams", 1, 9, "T9", "table", "names the table \"T9\""},
      {"people", 2, 0, "P1", "id", "person \"P1\" is given twice"},
      {"people", 1, 10, "有时", "interpreter", "write true or false"},
      {"people", 1, 11, "S9-9", "absent_slots", "names the slot \"S9-9\""},
      {"people", 1, 12, "-3", "max_meetings", "a whole number"},
      {"wishes", 2, 0, "W1", "id", "wish \"W1\" is given twice"},
      {"wishes", 1, 1, "钱总", "person", "names the person \"钱总\""},
      {"wishes", 1, 2, "Z", "team", "names the team \"Z\""},
      {"wishes", 1, 3, "4", "priority", "a whole number from 1 to 3"},
      {"wishes", 1, 7, "perhaps", "demo_table", "write true or false"},
      {"wishes", 2, 8, "丁公司", "party", "nobody of \"丁公司\""},
      {"rules", 1, 3, "0", "max_consecutive", "a whole number from 1"},
      {"rules", 1, 4, "x", "max_consecutive_guest", "a whole number from 1"},
      {"rules", 2, 5, "", "max_meetings", "is missing"},
      {"rules", 3, 6, "", "max_idle_slots", "is missing"},
      {"rules", 3, 7, "sure", "soft", "write true or false"},
      {"rules", 4, 8, "", "kept_tables", "is missing"},
      {"rules", 5, 9, "T9", "tables", "names the table \"T9\""},
      {"travel", 1, 0, "", "", "needs two places"},
      {"travel", 1, 1, "", "", "needs two places"},
      {"travel", 1, 2, "半小时", "minutes", "a whole number"},
      {"fixed", 1, 0, "钱总", "person", "names the person \"钱总\""},
      {"fixed", 1, 1, "Z", "team", "names the team \"Z\""},
      {"fixed", 1, 2, "S9", "slot", "names the slot \"S9\""},
      {"fixed", 1, 3, "T9", "table", "names the table \"T9\""},
      {"excluded", 1, 0, "钱总", "person", "names the person \"钱总\""},
      {"excluded", 2, 1, "丁公司", "party", "nobody of \"丁公司\""},
      {"excluded", 1, 2, "Z", "team", "names the team \"Z\""},
      {"absences", 1, 0, "钱工", "person", "names the person \"钱工\""},
      {"absences", 2, 1, "晚上", "session", "names the session \"晚上\""},
      {"absences", 1, 2, "S9-9", "slots", "names the slot \"S9-9\""},
      {"absences", 3, 3, "32", "", "\"32\" is no date"},
      {"absences", 3, 4, "noon", "start", "is no time"},
      {"absences", 3, 5, "13:00", "end", "is not after the start"},
  };
  for (const WrongCell& cell : wrong) {
    SCOPED_TRACE(cell.list + " " + cell.member + " " + cell.value);
    Book book = GetParam()();
    NamedSheet& sheet = book[cell.list];
    sheet.rows[cell.row].resize(std::max(sheet.rows[cell.row].size(), cell.column + 1));
    sheet.rows[cell.row][cell.column] = cell.value;
    const auto event = Read(book);
    EXPECT_EQ(ReasonOf(event.status()), Reason::kEventInvalid) << event.status();
    const std::string where = "sheet " + sheet.name + ", row " + std::to_string(cell.row + 1);
    EXPECT_THAT(ErrorText(event.status()),
                AllOf(HasSubstr(where + (cell.member.empty() ? "" : ", " + cell.member)), HasSubstr(cell.says)));
  }
}

TEST_P(EventColumns, WithoutAHeadingTheColumnIsLeftOutWithAWarning) {
  int read = 0;
  for (const auto& [list, sheet] : GetParam()()) {
    if (list == "event") continue;
    for (std::size_t c = 0; c < sheet.rows[0].size(); ++c) {
      Book book = GetParam()();
      book[list].rows[0][c] = "备忘录";
      const auto event = Read(book);
      if (!event.ok()) continue;  // the rest does not hold without it
      ++read;
      EXPECT_THAT(event->warnings, Contains(HasSubstr("the column \"备忘录\" is not known"))) << list << " " << c;
    }
  }
  EXPECT_GT(read, 35);
}

INSTANTIATE_TEST_SUITE_P(Languages, EventColumns, ::testing::Values(&Chinese, &English));

// Slots by hand instead of made ones.
TEST(EventSlotColumns, AreReadAndRefusedOneByOne) {
  for (const bool zh : {true, false}) {
    const auto book_with = [&](std::size_t column, const std::string& value) {
      Book book = zh ? Chinese() : English();
      for (const char* list : {"fixed", "absences"}) book.erase(list);
      book["people"].rows[1][11] = "a";
      for (auto& row : book["sessions"].rows) row.resize(6);  // no minutes, no tables
      auto& event_rows = book["event"].rows;
      event_rows.erase(event_rows.begin() + 6, event_rows.begin() + 8);
      NamedSheet slots = zh ? NamedSheet{"时段", {{"编号", "场次", "日期", "开始", "结束", "桌位"}}}
                            : NamedSheet{"Slots", {{"ID", "Session", "Date", "Start", "End", "Tables"}}};
      slots.rows.push_back({"a", "上午", "2025-03-11", "9:00", "9:20", "T1、T3"});
      slots.rows.push_back({"b", "S2", "2025-03-11", "14:00", "14:20", ""});
      slots.rows[1][column] = value;
      book["slots"] = std::move(slots);
      return book;
    };
    const auto event = Read(book_with(0, "a"));
    ASSERT_TRUE(event.ok()) << event.status();
    EXPECT_EQ(event->slots[0].session, "S1");
    EXPECT_EQ(FormatTime(*event->slots[0].start), "2025-03-11T09:00:00+08:00");
    EXPECT_EQ(FormatTime(*event->slots[0].end), "2025-03-11T09:20:00+08:00");
    EXPECT_THAT(event->slots[0].tables, ElementsAre("T1", "T3"));
    EXPECT_THAT(event->slots[1].tables, SizeIs(3));
    const std::string where = zh ? "sheet 时段, row 2" : "sheet Slots, row 2";
    const auto error = [&](std::size_t column, const std::string& value) {
      return ErrorText(Read(book_with(column, value)).status());
    };
    EXPECT_THAT(error(0, ""), HasSubstr(where + ", id"));
    EXPECT_THAT(error(1, "晚上"), HasSubstr(where + ", session"));
    EXPECT_THAT(error(2, "明天"), AllOf(HasSubstr(where), HasSubstr("is no date")));
    EXPECT_THAT(error(3, "nine"), HasSubstr(where + ", start"));
    EXPECT_THAT(error(4, "8:00"), HasSubstr(where + ", end"));
    EXPECT_THAT(error(5, "T9"), HasSubstr(where + ", tables"));
  }
}

}  // namespace
}  // namespace magpie
