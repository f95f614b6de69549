// plan.xlsx there and back: what organisers get, and what is read from what they return.
#include "magpie/ingest/workbook.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/report/report.h"
#include "report/book.h"
#include "report/plan_workbook.h"
#include "unit/report/sample_plan.h"

namespace magpie {
namespace {

using report::Book;
using report::CellStyle;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using Rows = std::map<std::int64_t, std::vector<std::string>>;  // by row number, from 1
struct SheetCells {
  std::string name;
  Rows rows;
};
using BookCells = std::vector<SheetCells>;

class PlanWorkbookTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() /
        fmt::format("magpie-report-{}-{}", ::getpid(), testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    path_ = folder_ / "plan.xlsx";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  BookCells Read(const std::filesystem::path& path) {
    BookCells cells;
    int last = -1;
    const absl::Status status = ReadWorkbook(
        path.string(), ImportLimits{},
        [&](const WorkbookRow& row) {
          if (row.sheet_index != last) cells.push_back({row.sheet, {}});
          last = row.sheet_index;
          cells.back().rows[row.row] = row.cells;
          return absl::OkStatus();
        },
        RunContext{});
    EXPECT_TRUE(status.ok()) << ErrorText(status);
    return cells;
  }

  // What an organiser does in a spreadsheet program: open, change cells, save.
  void Edit(const std::function<void(BookCells*)>& change) {
    BookCells cells = Read(path_);
    change(&cells);
    Book book(path_, "edited", 946'684'800, "");
    for (const SheetCells& sheet : cells) {
      report::Sheet out = book.Add(sheet.name);
      for (const auto& [row, values] : sheet.rows) {
        for (std::size_t i = 0; i < values.size(); ++i) {
          if (!values[i].empty()) out.Text(static_cast<std::uint32_t>(row - 1), static_cast<int>(i), values[i]);
        }
      }
    }
    ASSERT_TRUE(book.Close().ok());
  }

  static Rows& MatchRows(BookCells* cells) {
    for (SheetCells& sheet : *cells) {
      if (sheet.name == "对接匹配" || sheet.name == "Matches") return sheet.rows;
    }
    ADD_FAILURE() << "no matches sheet";
    return cells->front().rows;
  }
  static const SheetCells* FindSheet(const BookCells& cells, std::string_view name) {
    for (const SheetCells& sheet : cells) {
      if (sheet.name == name) return &sheet;
    }
    return nullptr;
  }
  static std::string AllText(const BookCells& cells) {
    std::string all;
    for (const SheetCells& sheet : cells) {
      all += "[" + sheet.name + "]\n";
      for (const auto& [row, values] : sheet.rows) {
        for (const std::string& value : values) all += value + "\t";
        all += "\n";
      }
    }
    return all;
  }

  std::filesystem::path folder_, path_;
};

// Three needs, three offerings, matches on the diagonal.
Plan DiagonalPlan() {
  Plan plan;
  std::vector<ListingRecord> needs, offerings;
  for (int i = 1; i <= 3; ++i) {
    needs.push_back(
        MakeListing(Side::kNeed, fmt::format("N{:04}", i), fmt::format("需求题{}", i), fmt::format("厂{}", i)));
    offerings.push_back(MakeListing(Side::kOffering, fmt::format("O{:04}", i), fmt::format("供给题{}", i), "研究所"));
  }
  plan.snapshot = MakeSnapshot(std::move(needs), std::move(offerings));
  for (int i = 0; i < 3; ++i) plan.matches.push_back(MakeMatch(*plan.snapshot, i, i, 0.9 - 0.1 * i, 3 - i));
  return plan;
}

std::vector<std::string> Show(const std::vector<PairDecision>& decisions) {
  std::vector<std::string> shown;
  for (const PairDecision& one : decisions) {
    shown.push_back(fmt::format("{} {} {} {}", one.need_id, one.offering_id, DecisionName(one.decision), one.row));
  }
  return shown;
}

TEST_F(PlanWorkbookTest, UntouchedWorkbookDecidesNothing) {
  const Plan plan = DiagonalPlan();
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  const auto decisions = ReadPlanWorkbook(path_, *plan.snapshot);
  ASSERT_TRUE(decisions.ok()) << ErrorText(decisions.status());
  EXPECT_THAT(*decisions, IsEmpty());
  const auto pairs = ReadPlanPairs(path_);
  ASSERT_TRUE(pairs.ok());
  EXPECT_THAT(Show(*pairs), ElementsAre("N0001 O0001  3", "N0002 O0002  4", "N0003 O0003  5"));
}

TEST_F(PlanWorkbookTest, DecisionsComeBackInEitherLanguage) {
  const Plan plan = DiagonalPlan();
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  Edit([](BookCells* cells) {
    Rows& rows = MatchRows(cells);
    rows[3][0] = "锁定";
    rows[4][0] = " Struck ";
    rows[5][0] = "ＬＯＣＫＥＤ";
  });
  const auto decisions = ReadPlanWorkbook(path_, *plan.snapshot);
  ASSERT_TRUE(decisions.ok()) << ErrorText(decisions.status());
  EXPECT_THAT(Show(*decisions), ElementsAre("N0001 O0001 locked 3", "N0002 O0002 struck 4", "N0003 O0003 locked 5"));
}

TEST_F(PlanWorkbookTest, RowsAddedByHandAreFoundHoweverTheIdsAreTyped) {
  const Plan plan = DiagonalPlan();
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  Edit([](BookCells* cells) {
    Rows& rows = MatchRows(cells);
    rows[6] = {"新增", " N0001 ", "", "", "", "Ｏ０００２"};
    rows[8] = {"", "n0002", "", "", "", "O 0003"};  // no decision, a gap above
    rows[9] = {"locked", "N0003", "", "", "", "O0001"};
  });
  const auto decisions = ReadPlanWorkbook(path_, *plan.snapshot);
  ASSERT_TRUE(decisions.ok()) << ErrorText(decisions.status());
  EXPECT_THAT(Show(*decisions), ElementsAre("N0001 O0002 added 6", "N0002 O0003 added 8", "N0003 O0001 locked 9"));
  EXPECT_THAT(*ReadPlanPairs(path_), SizeIs(3)) << "the earlier plan did not have the added rows";
}

TEST_F(PlanWorkbookTest, SortedRowsAndMovedColumnsAreReadByTheirHeading) {
  const Plan plan = DiagonalPlan();
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  Edit([](BookCells* cells) {
    Rows& rows = MatchRows(cells);
    rows[3][0] = "剔除";
    std::swap(rows[3], rows[5]);
    for (auto& [row, values] : rows) {
      values.resize(16);
      std::swap(values[0], values[6]);
      std::swap(values[1], values[5]);
    }
  });
  const auto decisions = ReadPlanWorkbook(path_, *plan.snapshot);
  ASSERT_TRUE(decisions.ok()) << ErrorText(decisions.status());
  EXPECT_THAT(Show(*decisions), ElementsAre("N0001 O0001 struck 5"));
}

TEST_F(PlanWorkbookTest, ADeletedRowIsNoDecisionButIsTold) {
  const Plan plan = DiagonalPlan();
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  Edit([](BookCells* cells) { MatchRows(cells).erase(4); });
  EXPECT_THAT(*ReadPlanWorkbook(path_, *plan.snapshot), IsEmpty());
  EXPECT_THAT(Show(*ReadPlanPairs(path_)), ElementsAre("N0001 O0001  3", "N0002 O0002  0", "N0003 O0003  5"));
}

TEST_F(PlanWorkbookTest, AnEditedIdIsAnAddedPair) {
  const Plan plan = DiagonalPlan();
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  Edit([](BookCells* cells) { MatchRows(cells)[3][5] = "O0002"; });
  EXPECT_THAT(Show(*ReadPlanWorkbook(path_, *plan.snapshot)), ElementsAre("N0001 O0002 added 3"));
}

TEST_F(PlanWorkbookTest, WithoutTheHiddenSheetScoresTellThePlansRows) {
  const Plan plan = DiagonalPlan();
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  Edit([](BookCells* cells) {
    std::erase_if(*cells, [](const SheetCells& sheet) { return sheet.name == report::kPlanSheet; });
    MatchRows(cells)[6] = {"", "N0001", "", "", "", "O0002"};
  });
  EXPECT_THAT(Show(*ReadPlanWorkbook(path_, *plan.snapshot)), ElementsAre("N0001 O0002 added 6"));
  EXPECT_THAT(*ReadPlanPairs(path_), SizeIs(3));
}

TEST_F(PlanWorkbookTest, EveryRowThatIsWrongIsNamed) {
  const Plan plan = DiagonalPlan();
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  Edit([](BookCells* cells) {
    Rows& rows = MatchRows(cells);
    rows[3][0] = "也许";
    rows[6] = {"新增", "N9999", "", "", "", "O0001"};
    rows[7] = {"新增", "O0001", "", "", "", "O0002"};
    rows[8] = {"剔除", "N0001"};
  });
  const auto decisions = ReadPlanWorkbook(path_, *plan.snapshot);
  ASSERT_FALSE(decisions.ok());
  EXPECT_EQ(ReasonOf(decisions.status()), Reason::kFieldInvalid);
  EXPECT_THAT(FieldOf(decisions.status()), AllOf(HasSubstr("plan.xlsx"), HasSubstr("对接匹配")));
  EXPECT_THAT(ErrorText(decisions.status()),
              AllOf(HasSubstr("row 3: \"也许\""), HasSubstr("row 6: \"N9999\" is not the id of a need"),
                    HasSubstr("row 7: \"O0001\" is not the id of a need but of the other side"),
                    HasSubstr("row 8: the offering id is missing")));
}

TEST_F(PlanWorkbookTest, ContradictoryRowsAreAConflict) {
  const Plan plan = DiagonalPlan();
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  Edit([](BookCells* cells) {
    MatchRows(cells)[3][0] = "锁定";
    MatchRows(cells)[7] = {"剔除", "N0001", "", "", "", "O0001"};
  });
  const auto decisions = ReadPlanWorkbook(path_, *plan.snapshot);
  ASSERT_FALSE(decisions.ok());
  EXPECT_EQ(ReasonOf(decisions.status()), Reason::kPlanConflict);
  EXPECT_THAT(ErrorText(decisions.status()), HasSubstr("N0001 with O0001: row 3 says locked, row 7 says struck"));
}

TEST_F(PlanWorkbookTest, TheSameDecisionTwiceCountsOnce) {
  const Plan plan = DiagonalPlan();
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  Edit([](BookCells* cells) {
    MatchRows(cells)[3][0] = "锁定";
    MatchRows(cells)[7] = {"新增", "N0001", "", "", "", "O0001"};
  });
  EXPECT_THAT(Show(*ReadPlanWorkbook(path_, *plan.snapshot)), ElementsAre("N0001 O0001 locked 3"));
}

// A pair struck in one round is in no later plan; its row must survive the second round trip.
TEST_F(PlanWorkbookTest, StruckPairsStayStruckOverRounds) {
  Plan plan = DiagonalPlan();
  plan.options.decisions = {{.need_id = "N0001", .offering_id = "O0003", .decision = Decision::kStruck}};
  plan.matches[1].decision = Decision::kLocked;
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  EXPECT_THAT(Show(*ReadPlanWorkbook(path_, *plan.snapshot)),
              ElementsAre("N0002 O0002 locked 4", "N0001 O0003 struck 6"));
  EXPECT_THAT(*ReadPlanPairs(path_), SizeIs(3));
}

TEST_F(PlanWorkbookTest, AForeignWorkbookIsRefused) {
  {
    Book book(path_, "other", 946'684'800, "");
    book.Add("Sheet1").Text(0, 0, "企业名称");
    ASSERT_TRUE(book.Close().ok());
  }
  const Plan plan = DiagonalPlan();
  EXPECT_EQ(ReasonOf(ReadPlanWorkbook(path_, *plan.snapshot).status()), Reason::kBadFile);
  std::ofstream(path_) << "not a zip";
  EXPECT_EQ(ReasonOf(ReadPlanPairs(path_).status()), Reason::kBadFile);
  EXPECT_FALSE(ReadPlanPairs(folder_ / "missing.xlsx").ok());
}

TEST_F(PlanWorkbookTest, IdsOfAnyShapeSurvive) {
  std::vector<ListingRecord> needs, offerings;
  const std::vector<std::string> ids = {"007", "=1+1", "-3", "@cmd", "需求/一 号", "a|b", "_x0041_", "1e5", "TRUE"};
  for (const std::string& id : ids) {
    needs.push_back(MakeListing(Side::kNeed, id, "=HYPERLINK(\"x\")", "+厂"));
    offerings.push_back(MakeListing(Side::kOffering, id, "@供给", "-所"));
  }
  Plan plan;
  plan.snapshot = MakeSnapshot(needs, offerings);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    plan.matches.push_back(
        MakeMatch(*plan.snapshot, static_cast<std::int32_t>(i), static_cast<std::int32_t>(i), 0.5, 2));
    plan.matches.back().decision = Decision::kLocked;
  }
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  const auto decisions = ReadPlanWorkbook(path_, *plan.snapshot);
  ASSERT_TRUE(decisions.ok()) << ErrorText(decisions.status());
  ASSERT_THAT(*decisions, SizeIs(ids.size()));
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ((*decisions)[i].need_id, ids[i]);
  // A formula would come back as its stored result, 0.
  EXPECT_EQ(FindSheet(Read(path_), "对接匹配")->rows.at(3)[2], "=HYPERLINK(\"x\")");
}

TEST_F(PlanWorkbookTest, SamplePlanHoldsEverySheetAndEveryParty) {
  const Plan plan = MakeSamplePlan();
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  const BookCells cells = Read(path_);
  std::vector<std::string> names;
  for (const SheetCells& sheet : cells) names.push_back(sheet.name);
  for (const char* name : {"概览", "对接匹配", "洽谈日程", "未匹配", "导入问题", "单位索引"})
    EXPECT_THAT(names, Contains(name));
  const SheetCells* index = FindSheet(cells, "单位索引");
  ASSERT_NE(index, nullptr);
  std::size_t with_sheet = 0;
  for (const auto& [row, values] : index->rows) with_sheet += row > 1 && FindSheet(cells, values[5]) != nullptr;
  EXPECT_EQ(with_sheet, 200u);
  EXPECT_THAT(AllText(cells), HasSubstr("未单列：本工作簿最多 200 张单位分表"));
  // Every party that meets somebody comes before those that have less to do.
  for (const PlannedMeeting& meeting : plan.meetings) {
    const SheetCells* sheet = FindSheet(cells, meeting.guest_party);
    ASSERT_NE(sheet, nullptr) << meeting.guest_party;
    EXPECT_THAT(AllText({*sheet}), AllOf(HasSubstr("洽谈安排（按时间）"), HasSubstr(meeting.table)));
  }
  const auto pairs = ReadPlanPairs(path_);
  ASSERT_TRUE(pairs.ok());
  EXPECT_EQ(pairs->size(), plan.matches.size());
}

TEST_F(PlanWorkbookTest, AnonymousPartiesHaveNoSheetAndNoName) {
  Plan plan = DiagonalPlan();
  std::vector<ListingRecord> needs = {MakeListing(Side::kNeed, "N1", "镜面抛光", "神秘光学厂")};
  needs[0].disclosure = Disclosure::kAnonymous;
  plan.snapshot = MakeSnapshot(needs, {MakeListing(Side::kOffering, "O1", "离子束抛光", "丙所")});
  plan.matches = {MakeMatch(*plan.snapshot, 0, 0, 0.5, 2)};
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  const std::string all = AllText(Read(path_));
  EXPECT_THAT(all, Not(HasSubstr("神秘光学厂")));
  EXPECT_THAT(all, HasSubstr("另有 1 家单位的清单均不公开"));
  EXPECT_THAT(all, HasSubstr("[丙所]"));
}

TEST_F(PlanWorkbookTest, ContactsAreMasked) {
  Plan plan = DiagonalPlan();
  std::vector<ListingRecord> needs = {MakeListing(Side::kNeed, "N1", "镜面抛光", "甲厂")};
  needs[0].party.contacts = {{.name = "王小明", .phone = "13812345678", .consent = true}};
  plan.snapshot = MakeSnapshot(needs, {MakeListing(Side::kOffering, "O1", "离子束抛光", "丙所")});
  plan.matches = {MakeMatch(*plan.snapshot, 0, 0, 0.5, 2)};
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  EXPECT_THAT(AllText(Read(path_)), AllOf(HasSubstr("王** 138****78"), Not(HasSubstr("13812345678"))));
  plan.options.show_contacts = true;
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  EXPECT_THAT(AllText(Read(path_)), HasSubstr("王小明 13812345678"));
}

TEST_F(PlanWorkbookTest, ListsThatDoNotFitSaySo) {
  const Plan plan = DiagonalPlan();
  ASSERT_TRUE(WritePlanWorkbook(plan, path_, {.party_sheets = 1, .list_rows = 2}).ok());
  EXPECT_THAT(AllText(Read(path_)), AllOf(HasSubstr("另有 1 行放不下，全部见 matches.tsv。"), HasSubstr("[研究所]"),
                                          Not(HasSubstr("[厂1]"))));
  EXPECT_TRUE(ReadPlanWorkbook(path_, *plan.snapshot).ok());
}

TEST_F(PlanWorkbookTest, EmptyPlansAreWorkbooksToo) {
  ASSERT_TRUE(WritePlanWorkbook(Plan{}, path_).ok());
  Plan plan;
  plan.snapshot = MakeSnapshot({}, {});
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  EXPECT_THAT(*ReadPlanWorkbook(path_, *plan.snapshot), IsEmpty());
  EXPECT_THAT(*ReadPlanPairs(path_), IsEmpty());
}

TEST_F(PlanWorkbookTest, EnglishGoesRoundToo) {
  Plan plan = DiagonalPlan();
  plan.options.language = Language::kEn;
  plan.matches[2].decision = Decision::kAdded;
  ASSERT_TRUE(WritePlanWorkbook(plan, path_).ok());
  EXPECT_THAT(Show(*ReadPlanWorkbook(path_, *plan.snapshot)), ElementsAre("N0003 O0003 added 5"));
}

TEST_F(PlanWorkbookTest, TheSamePlanGivesTheSameBytes) {
  const Plan plan = MakeSamplePlan();
  const auto bytes = [&] {
    EXPECT_TRUE(WritePlanWorkbook(plan, path_).ok());
    return *ReadFile(path_, 1u << 30);
  };
  const std::string first = bytes();
  EXPECT_EQ(first, bytes());
}

TEST_F(PlanWorkbookTest, AFolderThatCannotBeWrittenIsAnError) {
  std::ofstream(folder_ / "file") << "x";
  EXPECT_FALSE(WritePlan(DiagonalPlan(), folder_ / "file").ok());
  EXPECT_FALSE(WritePlanWorkbook(DiagonalPlan(), folder_ / "missing" / "plan.xlsx").ok());
}

TEST_F(PlanWorkbookTest, ToursStandInTheTimetableAndOnTheSheetsOfTheirParties) {
  ASSERT_TRUE(WritePlanWorkbook(PlanWithTour(), path_).ok());
  const BookCells cells = Read(path_);
  const std::string all = AllText(cells);
  EXPECT_THAT(all, HasSubstr("走访一天\t\t\t\t考察<团>：09:00 从会场出发，11:15 到驿站"));
  EXPECT_THAT(all, HasSubstr("1月1日（周四） 10:20–11:00\t\t\t乙厂\t乙厂"));
  EXPECT_THAT(all, HasSubstr("未排上：开放时间内排不下\t\t\t矿山\t戊矿"));
  const SheetCells* firm = FindSheet(cells, "乙厂");
  ASSERT_NE(firm, nullptr);
  EXPECT_THAT(AllText({*firm}), HasSubstr("1月1日（周四） 10:20–11:00\t乙厂\t考察<团>\t走访一天"));
}

TEST_F(PlanWorkbookTest, WritePlanWritesEveryFile) {
  ASSERT_TRUE(WritePlan(DiagonalPlan(), folder_ / "a" / "b").ok());
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "a" / "b")) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("matches.tsv", "meetings.tsv", "unplaced.tsv", "unmatched.tsv",
                                                   "changes.tsv", "import.tsv", "report.html", "plan.xlsx", "run.json",
                                                   "parties"));
}

// 2,000 matches: the time is reported, the sizes are bounded.
TEST_F(PlanWorkbookTest, ALargePlanStaysAFileOneCanSend) {
  Plan plan = MakeSamplePlan();
  const std::vector<PlannedMatch> few = plan.matches;
  while (plan.matches.size() < 2000) plan.matches.push_back(few[plan.matches.size() % few.size()]);
  std::sort(plan.matches.begin(), plan.matches.end(),
            [](const PlannedMatch& a, const PlannedMatch& b) { return a.pair.need < b.pair.need; });
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(WritePlan(plan, folder_).ok());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const auto html = std::filesystem::file_size(folder_ / "report.html"), xlsx = std::filesystem::file_size(path_);
  std::cout << fmt::format("2,000 matches: {:.2f} s, report.html {} bytes, plan.xlsx {} bytes\n", seconds.count(), html,
                           xlsx);
  EXPECT_LT(html, 8'000'000u);
  EXPECT_LT(xlsx, 4'000'000u);
}

TEST(SheetNames, AreLegalAndUnique) {
  report::SheetNames names;
  EXPECT_EQ(names.Take("a/b\\c[d]:e*f?", "S"), "a b c d  e f");
  EXPECT_EQ(names.Take("'quoted'", "S"), "quoted");
  EXPECT_EQ(names.Take("", "S"), "S");
  EXPECT_EQ(names.Take(" ' ", "S"), "S (2)");
  EXPECT_EQ(names.Take("History", "S"), "S (3)");
  EXPECT_EQ(names.Take("Alpha", "S"), "Alpha");
  EXPECT_EQ(names.Take("ALPHA", "S"), "ALPHA (2)");
  const std::string longest(40, 'x');
  EXPECT_EQ(names.Take(longest, "S"), std::string(31, 'x'));
  EXPECT_EQ(names.Take(longest, "S"), std::string(27, 'x') + " (2)");
  // Characters outside the basic plane take two of Excel's 31 units.
  std::string birds;
  for (int i = 0; i < 20; ++i) birds += "🐦";
  EXPECT_EQ(CountCodePoints(names.Take(birds, "S")), 15u);
}

TEST(CellText, IsCutWhereExcelEndsAndSaysSo) {
  EXPECT_EQ(report::CellText(std::string(32'767, 'x'), "…cut"), std::string(32'767, 'x'));
  const std::string cut = report::CellText(std::string(32'768, 'x'), "…cut");
  EXPECT_EQ(CountCodePoints(cut), 32'767u);
  EXPECT_THAT(cut, testing::EndsWith("x…cut"));
  EXPECT_EQ(report::CellText(std::string_view("a\0b", 3), ""),
            "a\xEF\xBF\xBD"
            "b");
}

TEST(ParseDecision, KnowsTheWordsPeopleUse) {
  EXPECT_EQ(report::ParseDecision(""), Decision::kNone);
  EXPECT_EQ(report::ParseDecision("　"), Decision::kNone);
  EXPECT_EQ(report::ParseDecision("锁 定"), Decision::kLocked);
  EXPECT_EQ(report::ParseDecision("Strike"), Decision::kStruck);
  EXPECT_EQ(report::ParseDecision("ADDED"), Decision::kAdded);
  EXPECT_EQ(report::ParseDecision("?"), std::nullopt);
}

}  // namespace
}  // namespace magpie
