#include "magpie/ingest/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/ucnv.h>

#include "magpie/base/random.h"
#include "unit/ingest/import_test_util.h"
#include "unit/ingest/test_files.h"

namespace magpie {
namespace {

using magpie::testing::Import;
using magpie::testing::Imported;
using magpie::testing::InlineRows;
using magpie::testing::TempPath;
using magpie::testing::WriteText;
using magpie::testing::WriteWorkbook;
using magpie::testing::WriteZip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Encode(std::string_view utf8, const char* encoding) {
  UErrorCode error = U_ZERO_ERROR;
  std::string out(utf8.size() * 4 + 16, '\0');
  const std::int32_t size = ucnv_convert(encoding, "UTF-8", out.data(), static_cast<std::int32_t>(out.size()),
                                         utf8.data(), static_cast<std::int32_t>(utf8.size()), &error);
  EXPECT_TRUE(U_SUCCESS(error));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Imported ImportText(const std::string& name, std::string_view text, ImportOptions options = {}) {
  return Import(WriteText(name, text), Side::kNeed, options);
}

std::vector<std::string> Titles(const Imported& imported) {
  std::vector<std::string> titles;
  for (const ListingRecord& listing : imported.listings) titles.push_back(listing.title);
  return titles;
}

TEST(ImportCsv, FindsOutEncodingAndDelimiter) {
  const std::string text = "需求名称,企业名称,预算(万元)\r\n\"一、二䶮\n三\",甲公司,100\r\n𠮷野,乙公司,面议\r\n";
  std::vector<std::string> files = {text,
                                    "\xEF\xBB\xBF" + text,
                                    Encode(text, "gb18030"),
                                    Encode(text, "UTF-16LE"),
                                    Encode(text, "UTF-16BE"),
                                    "\xFF\xFE" + Encode(text, "UTF-16LE"),
                                    "\xFE\xFF" + Encode(text, "UTF-16BE")};
  for (char delimiter : {';', '\t'}) {
    std::string other = text;
    for (char& c : other) c = c == ',' ? delimiter : c;
    files.push_back(other);
    files.push_back(Encode(other, "gb18030"));
  }
  for (const std::string& file : files) {
    const Imported imported = ImportText("需求.csv", file);
    ASSERT_TRUE(imported.status.ok()) << imported.status.message();
    EXPECT_THAT(Titles(imported), ElementsAre("一、二䶮\n三", "𠮷野"));
    EXPECT_EQ(imported.listings[0].amount->high_cents, 100 * kCentsPerWan);
    EXPECT_EQ(imported.listings[1].id, "需求/2");
  }
}

TEST(ImportCsv, ReadsAFileLargerThanAnyBlock) {
  // Characters must survive wherever a block ends.
  std::string text = "需求名称,企业名称\n";
  for (int i = 0; i < 8'000; ++i) text += "题目" + std::to_string(i) + "䶮𠮷,甲\n";
  for (const char* encoding : {"UTF-8", "gb18030", "UTF-16LE"}) {
    const Imported imported = ImportText("large.csv", Encode(text, encoding));
    ASSERT_EQ(imported.summary.imported, 8'000) << encoding << imported.status.message();
    for (int i = 0; i < 8'000; i += 997) {
      EXPECT_EQ(imported.listings[static_cast<std::size_t>(i)].title, "题目" + std::to_string(i) + "䶮𠮷");
    }
  }
}

TEST(ImportCsv, ReportsDamagedTextRowByRow) {
  std::string text = "需求名称,企业名称\n";
  for (int i = 0; i < 30; ++i) text += "好的题目" + std::to_string(i) + ",甲\n";
  text += "坏\xFF的,甲\n" + std::string("零\0字节,甲\n", 15) + "\"引\"号,甲\n多,甲,丙\n好的,丁\n";
  const Imported imported = ImportText("damaged.csv", text);
  ASSERT_TRUE(imported.status.ok()) << imported.status.message();
  EXPECT_EQ(imported.summary.imported, 31);
  EXPECT_EQ(imported.Row(31).reason, "TEXT_NOT_UTF8");
  EXPECT_EQ(imported.Row(32).reason, "TEXT_HAS_NUL");
  EXPECT_EQ(imported.Row(33).reason, "QUOTE_MISPLACED");
  EXPECT_EQ(imported.Row(34).reason, "CELLS_BEYOND_HEADING");
  EXPECT_EQ(imported.Row(34).value, "丙");
  EXPECT_EQ(imported.Row(35).status, RowStatus::kImported);
}

TEST(ImportCsv, KeepsRowsBeforeAFatalError) {
  const Imported imported = ImportText("open.csv", "需求名称,企业名称\n甲题,甲\n\"乙题,乙\n丙题,丙\n");
  EXPECT_EQ(ReasonOf(imported.status), Reason::kBadFile);
  EXPECT_THAT(std::string(imported.status.message()), HasSubstr("line 3"));
  EXPECT_THAT(Titles(imported), ElementsAre("甲题"));
}

TEST(ImportTable, KnowsEnglishAndDecoratedHeadings) {
  const Imported imported = ImportText(
      "needs.csv",
      "ID,Title *,Company Name,Location,Description,Budget (CNY 10k),Modes,TRL,Keywords,Valid until,Must,Capacity\n"
      "N-1,Mirror polishing,Acme,Ningbo,\"a, b\",100-300,technical service; license,6,\"a, "
      "b\",2025-12-31,region、amount,2\n");
  ASSERT_TRUE(imported.status.ok()) << imported.status.message();
  ASSERT_EQ(imported.listings.size(), 1u) << imported.rows[0].hint;
  const ListingRecord& listing = imported.listings[0];
  EXPECT_EQ(imported.rows[0].reason, "");
  EXPECT_EQ(listing.id, "N-1");
  EXPECT_TRUE(listing.id_given);
  EXPECT_EQ(listing.party.region.code, "330200");
  EXPECT_EQ(listing.amount->low_cents, 100 * kCentsPerWan);
  EXPECT_THAT(listing.modes.Values(), ElementsAre(CooperationMode::kLicense, CooperationMode::kTechnicalService));
  EXPECT_EQ(listing.trl, 6);
  EXPECT_THAT(listing.keywords, ElementsAre("a", "b"));
  EXPECT_EQ(FormatDate(*listing.valid_until), "2025-12-31");
  EXPECT_TRUE(listing.must.Has(Constraint::kAmount) && listing.must.Has(Constraint::kRegion));
  EXPECT_EQ(listing.capacity, 2);
}

TEST(ImportTable, TakesHeadingsThatAreOnlyLikeOnes) {
  const Imported imported = ImportText("表.csv",
                                       "2025年技术需求征集表,,,,\n单位：元,,,,\n企业（单位）全称,拟解决的技术难题名称,"
                                       "需求背景及主要指标,拟投入资金,企业性质\n"
                                       "甲公司,镜面抛光,第一,\"1,500,000\",民企\n乙,清洗,第二,50万,企业\n");
  ASSERT_TRUE(imported.status.ok()) << imported.status.message();
  ASSERT_EQ(imported.listings.size(), 2u);
  EXPECT_EQ(imported.listings[0].party.name, "甲公司");
  EXPECT_EQ(imported.listings[0].title, "镜面抛光");
  EXPECT_EQ(imported.listings[0].description, "第一");
  EXPECT_EQ(imported.listings[0].amount->high_cents, 150 * kCentsPerWan);
  EXPECT_EQ(imported.Row(1).reason, "WORD_UNKNOWN");
  EXPECT_EQ(imported.listings[0].extra_json, R"({"企业性质":"民企"})");
  EXPECT_EQ(imported.listings[1].party.kind, PartyKind::kFirm);
}

TEST(ImportTable, AWordOfSecrecyThatNobodyUnderstandsClosesTheListing) {
  const Imported imported =
      ImportText("表.csv",
                 "需求名称,企业名称,公开程度,内容公开级别,审核意见\n"
                 "甲,一厂,绝密,,\n乙,二厂,公开,仅内部,请补充\n丙,三厂,公开,限经纪人,\n丁,四厂,,,\n");
  ASSERT_TRUE(imported.status.ok()) << imported.status.message();
  ASSERT_EQ(imported.listings.size(), 4u);
  EXPECT_EQ(imported.listings[0].disclosure, Disclosure::kSealed);
  EXPECT_EQ(imported.listings[0].extra_json, R"({"公开程度":"绝密"})");
  EXPECT_EQ(imported.Row(1).reason, "WORD_UNKNOWN");
  EXPECT_EQ(imported.listings[1].disclosure, Disclosure::kPublic);
  EXPECT_EQ(imported.listings[1].text_level, Level::kAgreed);
  EXPECT_EQ(imported.listings[1].review_note, "请补充");
  EXPECT_EQ(imported.listings[2].text_level, Level::kBroker);
  EXPECT_EQ(imported.listings[3].disclosure, std::nullopt);
  const Imported asked = ImportText("表.csv", "需求名称,是否公开\n甲,是\n乙,否\n");
  ASSERT_EQ(asked.listings.size(), 2u);
  EXPECT_EQ(asked.listings[0].disclosure, Disclosure::kPublic);
  EXPECT_EQ(asked.listings[1].disclosure, Disclosure::kSealed);
}

TEST(ImportTable, UsesAMappingFile) {
  const std::string mapping =
      WriteText("map.txt", "# ours\n我们的题 = title\n谁\tparty.name\n内部 = -\n花费 = amount_wan_cny\n");
  const auto fields = ReadHeadingFields(mapping);
  ASSERT_TRUE(fields.ok()) << fields.status().message();
  ImportOptions options;
  options.heading_fields = *fields;
  const Imported imported = ImportText("own.csv", "谁,我们的题,内部,花费\n甲,题,x,30000\n", options);
  ASSERT_EQ(imported.listings.size(), 1u) << imported.status.message();
  EXPECT_EQ(imported.listings[0].title, "题");
  EXPECT_EQ(imported.listings[0].extra_json, "");
  EXPECT_EQ(imported.listings[0].amount->low_cents, 30'000 * kCentsPerWan);
  EXPECT_EQ(imported.summary.warnings, 0);

  EXPECT_EQ(ReasonOf(ReadHeadingFields(WriteText("bad1.txt", "a = nofield\n")).status()), Reason::kBadArgument);
  EXPECT_EQ(ReasonOf(ReadHeadingFields(WriteText("bad2.txt", "a title\n")).status()), Reason::kBadFile);
  EXPECT_EQ(ReasonOf(ReadHeadingFields(WriteText("bad3.txt", "a=title\na=id\n")).status()), Reason::kBadFile);
  EXPECT_EQ(ReasonOf(ReadHeadingFields(TempPath("none.txt")).status()), Reason::kFileNotFound);
}

TEST(ImportTable, KeepsUnknownColumnsAndWarnsOnce) {
  const Imported imported = ImportText("x.csv", "需求名称,企业名称,颜色,颜色\n甲题,甲,红,圆\n乙题,乙,蓝,\n");
  EXPECT_EQ(imported.summary.imported, 2);
  EXPECT_EQ(imported.summary.warnings, 1);
  EXPECT_EQ(imported.Row(1).reason, "COLUMN_UNKNOWN");
  EXPECT_EQ(imported.listings[0].extra_json, "{\"颜色\":\"红\",\"颜色 (2)\":\"圆\"}");
  EXPECT_EQ(imported.listings[1].extra_json, R"({"颜色":"蓝"})");
}

TEST(ImportTable, RepeatsTheRowAboveOnlyWhereItMay) {
  const Imported imported =
      ImportText("r.csv",
                 "企业名称,所在地,需求名称\n,浙江宁波,一\n甲公司,浙江宁波,二\n,,三\n同上,同上,四\n,,\n,,五\n"
                 "乙公司,江苏南京,六\n企业名称,所在地,需求名称\n同上,,七\n");
  EXPECT_EQ(imported.Row(1).reason, "PARTY_MISSING");
  EXPECT_EQ(imported.Listing(3)->party.name, "甲公司");
  EXPECT_EQ(imported.Listing(3)->party.region.code, "330200");
  EXPECT_EQ(imported.Listing(4)->party.name, "甲公司");
  EXPECT_EQ(imported.Row(5).status, RowStatus::kBlank);
  EXPECT_EQ(imported.Row(6).reason, "PARTY_MISSING");
  EXPECT_EQ(imported.Row(8).status, RowStatus::kHeading);
  EXPECT_EQ(imported.Row(9).status, RowStatus::kError);
}

TEST(ImportTable, TellsDuplicatesFromIdsUsedTwice) {
  const Imported imported =
      ImportText("d.csv", "编号,需求名称,企业名称\nA,一,甲\nB, 一 ,甲 \nA,二,甲\nC,,甲\nC,三,甲\nD,四,\n\t,五,乙\n");
  EXPECT_EQ(imported.Row(2).status, RowStatus::kDuplicate);
  EXPECT_THAT(imported.Row(2).hint, HasSubstr("row 1"));
  EXPECT_EQ(imported.Row(3).reason, "ID_USED_TWICE");
  EXPECT_EQ(imported.Row(3).column, "编号");
  EXPECT_THAT(imported.Row(3).hint, HasSubstr("row 1"));
  EXPECT_EQ(imported.Row(5).status, RowStatus::kImported);  // the row above was no record
  EXPECT_EQ(imported.Listing(7)->id, "d/7");
}

TEST(ImportTable, TellsClosingRowsFromTitlesThatBeginAlike) {
  const Imported imported = ImportText("c.csv",
                                       "需求名称,企业名称,备注\n合计算法优化,甲,\n注塑机节能,甲,\n一,甲,\n合计：3项,,"
                                       "\n合 计,,3\n备注：盖章,,\n总计,,\n");
  EXPECT_EQ(imported.summary.imported, 3);
  EXPECT_EQ(imported.summary.closings, 4);
  EXPECT_EQ(imported.summary.errors, 0);
}

TEST(ImportTable, ReportsEveryErrorOfARow) {
  const Imported imported = ImportText("e.csv",
                                       "需求名称,企业名称,预算(万元),成熟度,截止日期\n,甲,看看,12,某日\n二,乙,#N/"
                                       "A,中试以上,2025/3/1\n三,丙,=A1,7级,2025-02-30\n");
  const RowReport first = imported.Row(1);
  EXPECT_EQ(first.reason, "TITLE_MISSING; AMOUNT_UNREADABLE; TRL_OUT_OF_RANGE; DATE_UNREADABLE");
  EXPECT_EQ(first.column, "需求名称; 预算(万元); 成熟度; 截止日期");
  EXPECT_EQ(imported.Row(2).reason, "CELL_ERROR_VALUE");
  EXPECT_EQ(imported.Row(3).reason, "CELL_FORMULA; DATE_UNREADABLE");
}

TEST(ImportTable, ReadsBoundsAndCurrencyFromColumnsOfTheirOwn) {
  const Imported imported =
      ImportText("b.csv", "需求名称,企业名称,预算下限(万元),预算上限(万元)\n一,甲,100,300\n二,甲,300,100\n三,甲,,50\n");
  EXPECT_EQ(imported.Listing(1)->amount, (Amount{.low_cents = 100 * kCentsPerWan, .high_cents = 300 * kCentsPerWan}));
  EXPECT_EQ(imported.Row(2).reason, "AMOUNT_REVERSED");
  EXPECT_EQ(imported.Listing(3)->amount, (Amount{.high_cents = 50 * kCentsPerWan}));
  const Imported money =
      ImportText("m.csv", "title,company,price,currency\na,x,200000,USD\nb,x,30万元,EUR\nc,x,5,人民币\n");
  EXPECT_EQ(money.Listing(1)->amount, (Amount{.low_cents = 20'000'000, .high_cents = 20'000'000, .currency = "USD"}));
  EXPECT_EQ(money.Row(2).reason, "AMOUNT_FOREIGN_CURRENCY");
  EXPECT_EQ(money.Row(3).status, RowStatus::kImported);
}

TEST(ImportTable, SaysWhenThereIsNoHeading) {
  const Imported imported = ImportText("n.csv", "1,2,3\n4,5,6\n");
  EXPECT_EQ(ReasonOf(imported.status), Reason::kBadFile);
  EXPECT_THAT(std::string(imported.status.message()), HasSubstr("heading"));
  EXPECT_EQ(imported.rows.size(), 2u);
  EXPECT_EQ(imported.Row(1).reason, "NO_HEADING");
}

TEST(ImportWorkbook, ReadsSeveralSheetsAndTellsCoversFromTables) {
  magpie::testing::WorkbookXml workbook;
  workbook.sheets = {
      {"封面", InlineRows({{"某市科技需求汇编"}, {}, {"2025年3月"}})},
      {"一", InlineRows({{"需求名称", "企业名称", "编号"}, {"题一", "甲", "X1"}})},
      {"数据", InlineRows({{"a", "b", "c"}, {"1", "2", "3"}})},
      {"二",
       InlineRows({{"需求名称", "企业名称", "编号"}, {"题一", "甲", "X2"}, {"题二", "乙", "X1"}, {"题三", "", ""}})}};
  const std::string path = WriteWorkbook("several.xlsx", workbook);
  const Imported imported = Import(path);
  ASSERT_TRUE(imported.status.ok()) << imported.status.message();
  EXPECT_EQ(imported.Row(1, "封面").status, RowStatus::kHeading);
  EXPECT_EQ(imported.Row(3, "封面").status, RowStatus::kHeading);
  EXPECT_EQ(imported.Row(1, "数据").status, RowStatus::kError);
  EXPECT_EQ(imported.Row(2, "一").status, RowStatus::kImported);
  EXPECT_EQ(imported.Row(2, "二").status, RowStatus::kDuplicate);
  EXPECT_THAT(imported.Row(2, "二").hint, HasSubstr("sheet 一, row 2"));
  EXPECT_EQ(imported.Row(3, "二").reason, "ID_USED_TWICE");
  EXPECT_EQ(imported.Row(4, "二").status, RowStatus::kImported);
  EXPECT_EQ(imported.Listing(4, "二")->party.name, "乙");
  EXPECT_EQ(imported.Listing(4, "二")->id, "several/二/4");

  ImportOptions options;
  options.sheet = "一";
  EXPECT_EQ(Import(path, Side::kNeed, options).rows.size(), 1u);
  options.sheet = "三";
  EXPECT_EQ(ReasonOf(Import(path, Side::kNeed, options).status), Reason::kBadArgument);
}

TEST(ImportWorkbook, ReadsTwoHeadingRowsMergedCellsAndGaps) {
  magpie::testing::WorkbookXml workbook;
  workbook.sheets = {{"s",
                      InlineRows({{"企业名称", "需求名称", "预算（万元）", "", "联系方式", ""},
                                  {"", "", "下限", "上限", "联系人", "邮箱"},
                                  {"甲", "一", "100", "300", "王", "w@example.org"},
                                  {"", "二", "50", "80", "", ""}}) +
                          "<row r=\"7\"><c r=\"B7\" t=\"inlineStr\"><is><t>三</t></is></c></row>",
                      "<mergeCells><mergeCell ref=\"A1:A2\"/><mergeCell ref=\"B1:B2\"/><mergeCell ref=\"C1:D1\"/>"
                      "<mergeCell ref=\"E1:F1\"/><mergeCell ref=\"A3:A4\"/></mergeCells>"}};
  const Imported imported = Import(WriteWorkbook("two.xlsx", workbook));
  ASSERT_TRUE(imported.status.ok()) << imported.status.message();
  ASSERT_EQ(imported.listings.size(), 2u) << imported.rows[0].hint;
  EXPECT_EQ(imported.listings[0].amount, (Amount{.low_cents = 100 * kCentsPerWan, .high_cents = 300 * kCentsPerWan}));
  EXPECT_EQ(imported.listings[0].party.contacts[0].name, "王");
  EXPECT_EQ(imported.listings[0].party.contacts[0].email, "w@example.org");
  EXPECT_EQ(imported.listings[1].party.name, "甲");
  EXPECT_EQ(imported.Row(5, "s").status, RowStatus::kBlank);
  EXPECT_EQ(imported.Row(6, "s").status, RowStatus::kBlank);
  EXPECT_EQ(imported.Row(7, "s").reason, "PARTY_MISSING");
}

TEST(ImportJsonl, ReportsEachLine) {
  ImportOptions options;
  options.limits.line_bytes = 200;
  options.limits.cell_bytes = 100;
  const Imported imported = ImportText(
      "l.jsonl",
      std::string("\xEF\xBB\xBF{\"id\": \"A\", \"title\": \"一\", \"party\": \"甲\"}\r\n"
                  "\n  \n{\"id\": \"A\", \"title\": \"二\"}\n[1]\n{\"title\": \"\xFF\"}\n{\"title\": \"a\0b\"}\n")
              .substr(0) +
          "{\"title\": \"" + std::string(300, 'x') + "\"}\n{\"title\": \"" + std::string(150, 'y') +
          "\"}\n{\"title\": \"一\", \"party\": {\"name\": \"甲\"}}\n{\"title\": \"三\", \"shade\": 1}\n{\"title\": "
          "NaN}\n"
          "{\"id\": \"B\", \"title\": \"一\", \"party\": \"甲\"}",
      options);
  ASSERT_TRUE(imported.status.ok()) << imported.status.message();
  EXPECT_EQ(imported.Row(1).status, RowStatus::kImported);
  EXPECT_EQ(imported.Row(2).status, RowStatus::kBlank);
  EXPECT_EQ(imported.Row(3).status, RowStatus::kBlank);
  EXPECT_EQ(imported.Row(4).reason, "ID_USED_TWICE");
  EXPECT_EQ(imported.Row(5).reason, "JSON_NOT_OBJECT");
  EXPECT_EQ(imported.Row(6).reason, "TEXT_NOT_UTF8");
}

TEST(ImportJsonl, ReportsDamagedLines) {
  ImportOptions options;
  options.limits.line_bytes = 200;
  options.limits.cell_bytes = 100;
  std::string text = "{\"title\": \"a";
  text += '\0';
  text +=
      "b\"}\n{\"title\": \"" + std::string(300, 'x') + "\"}\n{\"title\": \"" + std::string(150, 'y') +
      "\"}\n{\"title\": \"一\", \"party\": {\"name\": \"甲\"}}\n{\"title\": \"三\", \"shade\": 1}\n{\"title\": NaN}\n"
      "{\"id\": \"B\", \"title\": \"一\", \"party\": \"甲\"}\n{\"id\": \"C\", \"title\": \"一\", \"party\": \"甲\"}";
  const Imported imported = ImportText("l.jsonl", text, options);
  EXPECT_EQ(imported.Row(1).reason, "TEXT_HAS_NUL");
  EXPECT_EQ(imported.Row(2).reason, "LINE_TOO_LONG");
  EXPECT_EQ(imported.Row(3).reason, "CELL_TOO_LONG");
  EXPECT_EQ(imported.Row(3).column, "title");
  EXPECT_EQ(imported.Listing(4)->id, "l/4");
  EXPECT_EQ(imported.Row(5).reason, "MEMBER_UNKNOWN");
  EXPECT_EQ(imported.Row(5).status, RowStatus::kImported);
  EXPECT_EQ(imported.Row(6).reason, "JSON_INVALID");
  // Without an id of its own on one side the same text is a duplicate.
  EXPECT_EQ(imported.Row(7).status, RowStatus::kDuplicate);
  EXPECT_EQ(imported.rows.size(), 8u);
}

TEST(ImportJsonl, KeepsListingsOfTheSameTextThatHaveIdsOfTheirOwn) {
  const Imported imported = ImportText("l.jsonl",
                                       "{\"id\": \"B\", \"title\": \"一\", \"party\": \"甲\"}\n"
                                       "{\"id\": \"C\", \"title\": \"一\", \"party\": \"甲\"}\n");
  EXPECT_EQ(imported.summary.imported, 2);
}

TEST(Import, RefusesForeignFilesWithAdvice) {
  const std::string ole = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 rest";
  const auto refuse = [](const std::string& path, Reason reason, std::string_view advice) {
    const Imported imported = Import(path);
    EXPECT_EQ(ReasonOf(imported.status), reason) << path << ": " << imported.status.message();
    EXPECT_EQ(FieldOf(imported.status), path);
    EXPECT_THAT(std::string(imported.status.message()), HasSubstr(std::string(advice)));
    EXPECT_THAT(imported.rows, IsEmpty());
  };
  refuse(WriteText("a.xls", ole), Reason::kUnsupportedFile, ".xlsx");
  refuse(WriteText("a.et", ole), Reason::kUnsupportedFile, "WPS");
  refuse(WriteText("a.wps", ole), Reason::kUnsupportedFile, "WPS");
  refuse(WriteText("a.pdf", "%PDF-1.7"), Reason::kUnsupportedFile, "PDF");
  refuse(WriteText("a.numbers", "PK\x03\x04"), Reason::kUnsupportedFile, "Numbers");
  refuse(WriteText("a.json", "[]"), Reason::kUnsupportedFile, ".jsonl");
  refuse(WriteText("a.foo", "x"), Reason::kUnsupportedFile, ".foo");
  refuse(WriteText("a", "x"), Reason::kUnsupportedFile, "no ending");
  refuse(WriteZip("a.docx", {{"word/document.xml", "<w/>"}}), Reason::kUnsupportedFile, "Word");
  refuse(WriteText("b.csv", ole), Reason::kUnsupportedFile, "old Excel");
  refuse(WriteText("b.xlsx", ole), Reason::kUnsupportedFile, "password");
  refuse(WriteText("c.xlsx", "<html><table>"), Reason::kBadFile, "web page");
  refuse(WriteText("d.xlsx", "a,b\n"), Reason::kBadFile, ".csv");
  refuse(WriteZip("e.csv", {{"a", "b"}}), Reason::kBadFile, ".xlsx");
  refuse(WriteText("f.jsonl", "%PDF-1.7"), Reason::kBadFile, "PDF");
  refuse(WriteText("g.csv", ""), Reason::kBadFile, "empty");
  refuse(WriteText("h.xlsx", ""), Reason::kBadFile, "empty");
  refuse(TempPath("missing.csv"), Reason::kFileNotFound, "path");
  refuse(TempPath(""), Reason::kFileNotFound, "folder");
  refuse(WriteText("u.csv", std::string("\xFF\xFE\0\0a\0\0\0", 8)), Reason::kBadFile, "UTF-32");
  ImportOptions options;
  options.limits.file_bytes = 10;
  EXPECT_EQ(ReasonOf(ImportText("big.csv", "title,company\na,b\n", options).status), Reason::kLimitExceeded);
}

TEST(Import, ReturnsTheErrorOfItsSinkAndStopsWhenCancelled) {
  std::string text = "title,company\n";
  for (int i = 0; i < 5'000; ++i) text += "t" + std::to_string(i) + ",c\n";
  const std::string path = WriteText("s.csv", text);
  int seen = 0;
  const auto failing = ImportListings(
      path, {},
      [&](ListingRecord&&) { return ++seen < 3 ? absl::OkStatus() : MakeError(Reason::kStoreBusy, "", "busy"); }, {},
      {});
  EXPECT_EQ(ReasonOf(failing.status()), Reason::kStoreBusy);
  EXPECT_EQ(seen, 3);
  std::stop_source stop;
  stop.request_stop();
  RunContext context;
  context.stop = stop.get_token();
  const auto cancelled = ImportListings(
      path, {}, [](ListingRecord&&) { return absl::OkStatus(); }, {}, context);
  EXPECT_EQ(ReasonOf(cancelled.status()), Reason::kCancelled);
}

TEST(Import, NeverCrashesOnDamage) {
  // Bytes of the messy sample, changed at random: rows or a status, and each row reported once.
  const std::string folder = std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/";
  const std::string csv = magpie::testing::ReadAll(folder + "需求清单.csv");
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Random random(seed);
    std::string damaged = csv.substr(0, 2000 + random.Below(csv.size() - 2000));
    for (int i = 0; i < 20; ++i) damaged[random.Below(damaged.size())] = static_cast<char>(random.Below(256));
    SCOPED_TRACE("seed " + std::to_string(seed));
    ImportText("damaged.csv", damaged);
    ImportText("damaged.jsonl", damaged);
  }
}

}  // namespace
}  // namespace magpie
