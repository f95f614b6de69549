#include "magpie/ingest/workbook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "magpie/base/status.h"
#include "unit/ingest/test_files.h"

namespace magpie {
namespace {

using magpie::testing::InlineRows;
using magpie::testing::Parts;
using magpie::testing::ReadAll;
using magpie::testing::TempPath;
using magpie::testing::WorkbookParts;
using magpie::testing::WorkbookXml;
using magpie::testing::WriteText;
using magpie::testing::WriteWorkbook;
using magpie::testing::WriteZip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kSample = std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/资源清单.xlsx";

absl::Status Read(const std::string& path, std::vector<WorkbookRow>* rows, const ImportLimits& limits = {}) {
  return ReadWorkbook(path, limits,
                      [rows](const WorkbookRow& row) {
                        rows->push_back(row);
                        return absl::OkStatus();
                      },
                      {});
}

std::vector<WorkbookRow> ReadOk(const std::string& path) {
  std::vector<WorkbookRow> rows;
  const absl::Status status = Read(path, &rows);
  EXPECT_TRUE(status.ok()) << status.message();
  return rows;
}

TEST(Workbook, ReadsTheSampleInOrderOfItsSheets) {
  const std::vector<WorkbookRow> rows = ReadOk(kSample);
  ASSERT_EQ(rows.size(), 33u + 16u);
  EXPECT_EQ(rows[0].sheet, "成果");
  EXPECT_EQ(rows[0].cells[0], "宁波—西安等地可转化科技成果清单（2025年第一批）");
  EXPECT_EQ(rows[33].sheet, "专家");
  EXPECT_EQ(rows[33].sheet_index, 1);
  EXPECT_EQ(rows[6].cells[7], "160");               // a number
  EXPECT_EQ(rows[32].cells[2], "=COUNTA(B4:B32)");  // a formula without a stored result
  EXPECT_EQ(rows[4].cells[2], "");                  // C4:C8 are merged
  EXPECT_TRUE(rows[4].merged[2]);
  EXPECT_FALSE(rows[3].merged[2]);
  EXPECT_FALSE(rows[8].merged[2]);
}

TEST(Workbook, ReadsEveryKindOfCell) {
  WorkbookXml workbook;
  workbook.shared_strings =
      "<si><t>甲</t></si><si><r><t>rich </t></r><r><rPr><b/></rPr><t>text</t></r><rPh sb=\"0\" eb=\"1\"><t>no</t></rPh>"
      "</si><si><t>a_x000D_b_x005F_x</t></si>";
  workbook.sheets = {
      {"s",
       "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"B2\" t=\"s\"><v>1</v></c>"
       "<c r=\"C2\" t=\"inlineStr\"><is><r><t>in</t></r><r><t>line</t></r></is></c>"
       "<c r=\"D2\" t=\"b\"><v>1</v></c><c r=\"E2\" t=\"e\"><v>#N/A</v></c>"
       "<c r=\"F2\"><f>1+1</f><v>2</v></c><c r=\"G2\" t=\"str\"><f>A2</f><v>甲</v></c>"
       "<c r=\"H2\"><v>0.30000000000000004</v></c><c r=\"I2\"><v>36.0</v></c><c r=\"J2\"><v>1.98E-2</v></c>"
       "<c r=\"L2\"><v>13800000000</v></c><c r=\"M2\" t=\"s\"><v>2</v></c><c r=\"N2\" t=\"s\"><v>9</v></c></row>"
       "<row r=\"9\"><c><v>1</v></c><c><v>2</v></c></row>"}};
  const std::vector<WorkbookRow> rows = ReadOk(WriteWorkbook("cells.xlsx", workbook));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].row, 2);
  EXPECT_THAT(rows[0].cells, ElementsAre("甲", "rich text", "inline", "TRUE", "#N/A", "2", "甲", "0.3", "36", "0.0198",
                                         "", "13800000000", "a\rb_x", "#REF!"));
  EXPECT_EQ(rows[1].row, 9);
  EXPECT_THAT(rows[1].cells, ElementsAre("1", "2"));
}

TEST(Workbook, ShowsNumbersAsTheirFormatDoes) {
  WorkbookXml workbook;
  workbook.styles =
      "<numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@\"/>"
      "<numFmt numFmtId=\"165\" formatCode=\"#,##0.00&quot;万元&quot;\"/>"
      "<numFmt numFmtId=\"166\" formatCode=\"[$$-409]#,##0\"/>"
      "<numFmt numFmtId=\"167\" formatCode=\"[Red]0.00;[Blue]-0.00\"/>"
      "<numFmt numFmtId=\"168\" formatCode=\"yyyy/m/d h:mm\"/></numFmts>"
      "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
      "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/>"
      "<xf numFmtId=\"166\"/><xf numFmtId=\"167\"/><xf numFmtId=\"168\"/><xf numFmtId=\"9\"/><xf numFmtId=\"20\"/>"
      "<xf numFmtId=\"31\"/></cellXfs>";
  workbook.sheets = {{"s",
                      "<row r=\"1\"><c s=\"0\"><v>45727</v></c><c s=\"1\"><v>45727</v></c><c s=\"2\"><v>45727</v></c>"
                      "<c s=\"3\"><v>100</v></c><c s=\"4\"><v>5000</v></c><c s=\"5\"><v>7.5</v></c>"
                      "<c s=\"6\"><v>45727.583333333336</v></c><c s=\"7\"><v>0.3</v></c><c s=\"8\"><v>0.4375</v></c>"
                      "<c s=\"9\"><v>1</v></c><c s=\"99\"><v>3</v></c></row>"}};
  EXPECT_THAT(ReadOk(WriteWorkbook("formats.xlsx", workbook))[0].cells,
              ElementsAre("45727", "2025-03-11", "2025-03-11", "100万元", "$5000", "7.5", "2025-03-11 14:00", "30%",
                          "10:30", "1900-01-01", "3"));
  workbook.date1904 = true;
  EXPECT_EQ(ReadOk(WriteWorkbook("formats1904.xlsx", workbook))[0].cells[1], "2029-03-12");
}

TEST(Workbook, MarksMergedCellsAlsoWhereTheFileLeavesThemOut) {
  WorkbookXml workbook;
  workbook.sheets = {{"s",
                      "<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"C1\"><v>3</v></c></row>"
                      "<row r=\"2\"><c r=\"A2\"><v>2</v></c></row><row r=\"3\"><c r=\"A3\"><v>3</v></c></row>",
                      "<mergeCells><mergeCell ref=\"C1:C2\"/></mergeCells>"}};
  const std::vector<WorkbookRow> rows = ReadOk(WriteWorkbook("merged.xlsx", workbook));
  EXPECT_THAT(rows[0].merged, ElementsAre(false, false, false));
  EXPECT_THAT(rows[1].cells, ElementsAre("2", "", ""));
  EXPECT_THAT(rows[1].merged, ElementsAre(false, false, true));
  EXPECT_THAT(rows[2].merged, ElementsAre(false));
}

TEST(Workbook, RefusesATruncatedFileAtEveryLength) {
  const std::string whole = ReadAll(kSample);
  for (std::size_t size = 0; size < whole.size(); size += 1499) {
    std::vector<WorkbookRow> rows;
    const absl::Status status = Read(WriteText("cut.xlsx", std::string_view(whole).substr(0, size)), &rows);
    ASSERT_FALSE(status.ok()) << size;
    EXPECT_EQ(ReasonOf(status), Reason::kBadFile) << size;
    EXPECT_THAT(FieldOf(status), HasSubstr("cut.xlsx"));
  }
}

TEST(Workbook, RefusesDamagedBytesOrReadsThem) {
  // Whatever a flipped byte does, it ends in rows or in a status, never in a crash.
  const std::string whole = ReadAll(kSample);
  for (std::size_t at = 0; at < whole.size(); at += 613) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    std::vector<WorkbookRow> rows;
    (void)Read(WriteText("damaged.xlsx", damaged), &rows);
  }
}

TEST(Workbook, StopsAZipBombWhileItInflates) {
  WorkbookXml workbook;
  std::string row;
  for (int i = 0; i < 40'000; ++i)
    row += "<row><c t=\"inlineStr\"><is><t>aaaaaaaaaaaaaaaaaaaaaaaaaaaa</t></is></c></row>";
  for (int i = 0; i < 3; ++i) row += row;
  workbook.sheets = {{"s", row}};
  const std::string path = WriteWorkbook("bomb.xlsx", workbook);
  std::vector<WorkbookRow> rows;
  absl::Status status = Read(path, &rows);
  EXPECT_EQ(ReasonOf(status), Reason::kLimitExceeded) << status.message();
  EXPECT_THAT(std::string(status.message()), HasSubstr("zip bomb"));
  ImportLimits limits;
  limits.expansion_ratio = 1e9;
  limits.expanded_bytes = 2 << 20;
  status = Read(path, &rows, limits);
  EXPECT_EQ(ReasonOf(status), Reason::kLimitExceeded);
  EXPECT_EQ(FieldOf(status), path);
}

TEST(Workbook, CountsAllPartsTogetherWhileTheyInflate) {
  // Each sheet is below the limit, so that no single size gives it away; both together are not.
  std::string rows;
  for (int i = 0; i < 15'000; ++i)
    rows += "<row><c t=\"inlineStr\"><is><t>" + std::to_string(i * 7919) + "</t></is></c></row>";
  WorkbookXml workbook;
  workbook.sheets = {{"a", rows}, {"b", rows}};
  ImportLimits limits;
  limits.expanded_bytes = rows.size() + 100'000;
  std::vector<WorkbookRow> read;
  EXPECT_EQ(ReasonOf(Read(WriteWorkbook("two.xlsx", workbook), &read, limits)), Reason::kLimitExceeded);
  EXPECT_GE(read.size(), 15'000u);
  EXPECT_LT(read.size(), 30'000u);
}

TEST(Workbook, LimitsTheLengthOfACell) {
  WorkbookXml workbook;
  workbook.sheets = {{"s", InlineRows({{std::string(2000, 'x')}})}};
  ImportLimits limits;
  limits.cell_bytes = 1000;
  std::vector<WorkbookRow> rows;
  const absl::Status status = Read(WriteWorkbook("long.xlsx", workbook), &rows, limits);
  EXPECT_EQ(ReasonOf(status), Reason::kLimitExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("row 1"));
}

TEST(Workbook, RefusesDocumentTypesAndWhatIsNoWorkbook) {
  Parts parts = WorkbookParts({{{"s", InlineRows({{"a"}})}}});
  parts[0].second = "<!DOCTYPE w [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;\">]>" + parts[0].second;
  std::vector<WorkbookRow> rows;
  absl::Status status = Read(WriteZip("dtd.xlsx", parts), &rows);
  EXPECT_EQ(ReasonOf(status), Reason::kBadFile);
  EXPECT_THAT(std::string(status.message()), HasSubstr("document type"));

  status = Read(WriteZip("word.xlsx", {{"[Content_Types].xml", "<Types/>"}, {"word/document.xml", "<w/>"}}), &rows);
  EXPECT_EQ(ReasonOf(status), Reason::kUnsupportedFile);
  EXPECT_THAT(std::string(status.message()), HasSubstr("Word"));
  EXPECT_EQ(ReasonOf(Read(WriteZip("other.xlsx", {{"a.txt", "x"}}), &rows)), Reason::kBadFile);
  EXPECT_EQ(ReasonOf(Read(WriteText("old.xlsx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more"), &rows)),
            Reason::kUnsupportedFile);
  EXPECT_EQ(ReasonOf(Read(WriteText("text.xlsx", "a,b\n1,2\n"), &rows)), Reason::kBadFile);
  EXPECT_EQ(ReasonOf(Read(TempPath("missing.xlsx"), &rows)), Reason::kFileNotFound);
  EXPECT_EQ(ReasonOf(Read(::testing::TempDir(), &rows)), Reason::kFileNotFound);
  EXPECT_TRUE(rows.empty());
}

TEST(Workbook, StopsWhenTheSinkFailsOrTheCallerCancels) {
  int seen = 0;
  const absl::Status status =
      ReadWorkbook(kSample, {},
                   [&seen](const WorkbookRow&) {
                     return ++seen == 3 ? MakeError(Reason::kPlanConflict, "row", "enough") : absl::OkStatus();
                   },
                   {});
  EXPECT_EQ(ReasonOf(status), Reason::kPlanConflict);
  EXPECT_EQ(seen, 3);
}

}  // namespace
}  // namespace magpie
