#include "train/held_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lzma.h>

#include <filesystem>
#include <string>
#include <vector>

#include "magpie/base/files.h"
#include "magpie/base/status.h"

namespace magpie::train {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::string Packed(const std::string& text) {
  std::string packed(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()),
                                    text.size(), reinterpret_cast<std::uint8_t*>(packed.data()), &size, packed.size()),
            LZMA_OK);
  packed.resize(size);
  return packed;
}

// A corpus folder as it is shipped, small.
class HeldOutTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              (std::string("corpus-") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    Write("papers-zh.jsonl.xz",
          Packed(R"({"id": "p1", "title": "锅炉结垢研究", "abstract_zh": "研究了结垢。", "text": "正文"}
{"id": "p2", "title": "别的题目", "abstract_zh": "冷却水系統　的ＡＢＣ阻垢剂。"}
{"id": "p3", "title": "第三篇", "abstract_zh": "无关。", "abstract_en": "Scale inhibitors for boilers."}
{"id": "p4", "title": "第四篇", "abstract_zh": "也无关。"}
)"));
    Write("abstracts-en.jsonl.xz", Packed(R"({"title": "A drone that lands on ice", "abstract": "It lands."}
{"title": "Another award", "abstract": "Kept."}
)"));
    Write("technical-phrases-zh-en.tsv.xz",
          Packed("A01B\t土壤作业\tSoil working\nC02F\t水的处理（一般）\tWater treatment\n"));
    Write("keyword-pairs-zh-en.tsv", "阻垢剂\tscale inhibitor\n换热器\theat exchanger\n");
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path Write(const std::string& name, const std::string& bytes) {
    EXPECT_TRUE(WriteFile(folder_ / name, bytes).ok());
    return folder_ / name;
  }

  fs::path folder_;
};

TEST_F(HeldOutTest, RowsOfJudgedSetsAreDroppedAndCounted) {
  Corpus corpus = ReadCorpus(folder_).value();
  ASSERT_EQ(corpus.papers.size(), 4u);
  const fs::path needs = Write("needs.jsonl", R"({"need_id": "N1", "title": "锅炉结垢研究", "description": "第四"}
{"need_id": "N2", "title": "", "description": "a drone that lands on ICE"}

not JSON
{"need_id": "N3", "title": "水的处理", "keywords": ["换热器"]}
)");
  const fs::path offerings =
      Write("offerings.jsonl", R"({"id": "O1", "title": "无", "description": "冷却水系统 的abc阻垢剂。"}
{"id": "O2", "title": "Scale inhibitors for boilers.", "description": null}
{"id": "O3", "title": "Heat exchanger"}
)");
  const DroppedRows dropped = DropJudged({needs, offerings}, &corpus).value();
  EXPECT_EQ(dropped.papers, 3u) << "by title, by abstract written otherwise, by the English abstract";
  EXPECT_EQ(dropped.awards, 1u);
  EXPECT_EQ(dropped.classes, 1u);
  EXPECT_EQ(dropped.keywords, 1u);
  EXPECT_EQ(dropped.total(), 6u);
  ASSERT_EQ(corpus.papers.size(), 1u);
  EXPECT_EQ(corpus.papers[0].id, "p4") << "a shared word is no shared text";
  ASSERT_EQ(corpus.awards.size(), 1u);
  EXPECT_EQ(corpus.awards[0].title, "Another award");
  ASSERT_EQ(corpus.classes.size(), 1u);
  EXPECT_EQ(corpus.classes[0].symbol, "A01B");
  ASSERT_EQ(corpus.keywords.size(), 1u);
  EXPECT_EQ(corpus.keywords[0].first, "阻垢剂");
}

TEST_F(HeldOutTest, AFileThatJudgesNothingIsAnErrorAndDropsNothing) {
  Corpus corpus = ReadCorpus(folder_).value();
  EXPECT_EQ(DropJudged({}, &corpus).value().total(), 0u);
  const absl::Status table = DropJudged({Write("needs.csv", "id,title\nN1,锅炉结垢研究\n")}, &corpus).status();
  EXPECT_EQ(ReasonOf(table), Reason::kBadFile);
  EXPECT_THAT(ErrorText(table), HasSubstr("needs.csv"));
  EXPECT_FALSE(DropJudged({folder_ / "missing.jsonl"}, &corpus).ok());
  EXPECT_EQ(corpus.papers.size(), 4u);
}

TEST_F(HeldOutTest, HoldsOutAShareOfThePapersWithBothAbstracts) {
  Corpus corpus;
  std::size_t expected = 0;
  for (int i = 0; i < 2000; ++i) {
    Paper paper;
    paper.id = "2016" + std::to_string(i) + "V1";
    paper.title = "title " + std::to_string(i);
    paper.abstract_zh = "摘要" + std::to_string(i);
    if (i % 2 == 0) paper.abstract_en = "abstract " + std::to_string(i);
    expected += IsHeldOut(paper);
    Paper second = paper;
    second.id.back() = '2';
    EXPECT_EQ(IsHeldOut(second), IsHeldOut(paper)) << "versions of a paper stay together";
    corpus.papers.push_back(paper);
  }
  EXPECT_GT(expected, 20u);
  EXPECT_LT(expected, 90u);
  Paper copy;  // the same abstract under another id and without the English one
  for (const Paper& paper : corpus.papers) {
    if (IsHeldOut(paper)) copy.abstract_zh = paper.abstract_zh;
  }
  copy.id = "copy";
  corpus.papers.push_back(copy);
  const std::vector<Paper> held_out = TakeHeldOut(&corpus);
  EXPECT_EQ(held_out.size(), expected);
  EXPECT_EQ(corpus.papers.size(), 2000 - expected);
  for (const Paper& paper : held_out) EXPECT_FALSE(paper.abstract_en.empty());
}

}  // namespace
}  // namespace magpie::train
