#include "magpie/vector/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"

namespace magpie {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

const std::string kModels = MAGPIE_SOURCE_DIR "/models";

const Analyzer& TheAnalyzer() {
  static const std::shared_ptr<const Analyzer> analyzer = *Analyzer::Load(kModels);
  return *analyzer;
}
const Encoder& TheEncoder() {
  static const std::shared_ptr<const Encoder> encoder = *Encoder::Load(kModels);
  return *encoder;
}

std::vector<float> EncodeAll(const std::vector<std::string>& texts, int threads = 1) {
  std::vector<AnalyzedText> analyzed;
  for (const std::string& text : texts) analyzed.push_back(TheAnalyzer().Analyze(text));
  std::vector<const AnalyzedText*> pointers;
  for (const AnalyzedText& text : analyzed) pointers.push_back(&text);
  std::vector<float> rows(texts.size() * static_cast<std::size_t>(TheEncoder().dimension()));
  RunContext context;
  context.threads = threads;
  EXPECT_TRUE(TheEncoder().Encode(pointers, rows, context).ok());
  return rows;
}

std::span<const float> Row(const std::vector<float>& rows, std::size_t i) {
  const auto d = static_cast<std::size_t>(TheEncoder().dimension());
  return std::span<const float>(rows).subspan(i * d, d);
}

double Dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

std::vector<float> WordRow(std::string_view word) {
  std::vector<float> row(static_cast<std::size_t>(TheEncoder().dimension()));
  TheEncoder().EncodeWord(word, row);
  return row;
}

// 52 phrases written for this test; chance would find one in 52.
TEST(Encoder, FindsTranslationsInBothDirections) {
  std::ifstream file(MAGPIE_SOURCE_DIR "/tests/data/vector/pairs-zh-en.tsv");
  std::vector<std::string> chinese, english;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> fields = SplitTsvLine(line);
    ASSERT_EQ(fields.size(), 2u) << line;
    chinese.push_back(fields[0]);
    english.push_back(fields[1]);
  }
  const std::size_t n = chinese.size();
  ASSERT_GE(n, 50u);
  const std::vector<float> zh = EncodeAll(chinese), en = EncodeAll(english);
  std::size_t from_zh = 0, from_en = 0;
  double own = 0, other = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t best_en = 0, best_zh = 0;
    for (std::size_t j = 0; j < n; ++j) {
      if (Dot(Row(zh, i), Row(en, j)) > Dot(Row(zh, i), Row(en, best_en))) best_en = j;
      if (Dot(Row(en, i), Row(zh, j)) > Dot(Row(en, i), Row(zh, best_zh))) best_zh = j;
      (i == j ? own : other) += Dot(Row(zh, i), Row(en, j));
    }
    from_zh += best_en == i;
    from_en += best_zh == i;
  }
  EXPECT_GE(from_zh, n * 8 / 10);
  EXPECT_GE(from_en, n * 8 / 10);
  EXPECT_GT(own / static_cast<double>(n), 0.3 + other / static_cast<double>(n * (n - 1)));
}

TEST(Encoder, BringsTextsToLengthOneAndUnknownOnesToZero) {
  const std::vector<std::string> texts = {"锂离子电池", "laser welding of copper", "",
                                          "，。😀",      "5t/h 0.38% 1,000",        "Ⴀ"};
  const std::vector<float> rows = EncodeAll(texts);
  for (std::size_t i : {0, 1}) EXPECT_NEAR(Dot(Row(rows, i), Row(rows, i)), 1.0, 1e-5) << texts[i];
  for (std::size_t i : {2, 3, 4, 5}) EXPECT_THAT(Row(rows, i), Each(0.0f)) << texts[i];
}

TEST(Encoder, GivesTheSameBitsOnAnyThreadCount) {
  std::vector<std::string> texts;
  std::ifstream file(MAGPIE_SOURCE_DIR "/tests/data/sample-fair/offerings.jsonl");
  for (std::string line; std::getline(file, line);) {
    texts.push_back(nlohmann::json::parse(line)["description"].get<std::string>());
  }
  ASSERT_GT(texts.size(), 600u);
  const std::vector<float> one = EncodeAll(texts, 1);
  EXPECT_EQ(one, EncodeAll(texts, 2));
  EXPECT_EQ(one, EncodeAll(texts, 7));
}

TEST(Encoder, TakesTheOrderOfWordsForNothing) {
  const std::vector<float> rows = EncodeAll({"激光 焊接 铜", "铜 焊接 激光"});
  EXPECT_THAT(Row(rows, 0), ::testing::ElementsAreArray(Row(rows, 1)));
}

TEST(Encoder, PutsWordsOfLikeMeaningTogether) {
  const std::vector<float> welding = WordRow("焊接");
  EXPECT_NEAR(Dot(welding, welding), 1.0, 1e-5);
  EXPECT_GT(Dot(welding, WordRow("welding")), Dot(welding, WordRow("vaccine")) + 0.3);
  EXPECT_GT(Dot(WordRow("污水"), WordRow("废水")), Dot(WordRow("污水"), WordRow("激光")) + 0.15);
}

TEST(Encoder, MakesUnknownWordsFromTheirParts) {
  const std::vector<float> made = WordRow("电池电池池电");
  EXPECT_NEAR(Dot(made, made), 1.0, 1e-5);
  EXPECT_GT(Dot(made, WordRow("电池")), Dot(made, WordRow("疫苗")) + 0.15);
  EXPECT_THAT(WordRow(""), Each(0.0f));
  EXPECT_THAT(WordRow("5t/h"), Each(0.0f));
}

TEST(Encoder, KnowsHowCommonWordsAre) {
  EXPECT_GT(TheEncoder().WordShare("研究"), TheEncoder().WordShare("电池"));
  EXPECT_GT(TheEncoder().WordShare("the"), 0.05);
  const double unknown = TheEncoder().WordShare("qqqxyzzy");
  EXPECT_GT(unknown, 0.0);
  EXPECT_LT(unknown, TheEncoder().WordShare("虾青素"));
}

TEST(Encoder, RefusesRowsOfTheWrongSize) {
  const AnalyzedText text = TheAnalyzer().Analyze("电池");
  const AnalyzedText* const texts[] = {&text};
  std::vector<float> rows(3);
  EXPECT_EQ(ReasonOf(TheEncoder().Encode(texts, rows, {})), Reason::kInternal);
}

// A copy of models/ with one thing wrong.
class DamagedModels : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "encoder");
    std::filesystem::copy_file(kModels + "/MANIFEST.json", folder_ / "MANIFEST.json");
    std::filesystem::copy_file(kModels + "/encoder/vectors.bin", folder_ / "encoder" / "vectors.bin");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  absl::Status Load() const { return Encoder::Load(folder_).status(); }

  std::filesystem::path folder_;
};

TEST_F(DamagedModels, AreFineUntilDamaged) {
  EXPECT_TRUE(Load().ok());
}

TEST_F(DamagedModels, WithoutManifestOrFileAreMissing) {
  std::filesystem::remove(folder_ / "encoder" / "vectors.bin");
  EXPECT_EQ(ReasonOf(Load()), Reason::kModelMissing);
  EXPECT_THAT(FieldOf(Load()), HasSubstr("vectors.bin"));
  std::filesystem::remove(folder_ / "MANIFEST.json");
  EXPECT_EQ(ReasonOf(Load()), Reason::kModelMissing);
  EXPECT_THAT(FieldOf(Load()), HasSubstr("MANIFEST.json"));
}

TEST_F(DamagedModels, ThatAreCutAreRefusedWithBothHashes) {
  std::filesystem::resize_file(folder_ / "encoder" / "vectors.bin", 1000);
  const std::string cut = *Sha256HexOfFile(folder_ / "encoder" / "vectors.bin");
  const std::string whole = *Sha256HexOfFile(kModels + "/encoder/vectors.bin");
  EXPECT_EQ(ReasonOf(Load()), Reason::kModelMismatch);
  EXPECT_THAT(std::string(Load().message()), ::testing::AllOf(HasSubstr(cut), HasSubstr(whole)));
}

TEST_F(DamagedModels, WithOneByteChangedAreRefused) {
  std::fstream file(folder_ / "encoder" / "vectors.bin", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(1'000'000);
  const auto byte = static_cast<char>(file.peek() ^ 1);
  file.put(byte);
  file.close();
  EXPECT_EQ(ReasonOf(Load()), Reason::kModelMismatch);
}

TEST_F(DamagedModels, OfAnotherVersionAreRefused) {
  nlohmann::json manifest = nlohmann::json::parse(*ReadFile(folder_ / "MANIFEST.json", 1 << 20));
  for (nlohmann::json& model : manifest["models"]) model["version"] = 99;
  ASSERT_TRUE(WriteFile(folder_ / "MANIFEST.json", manifest.dump()).ok());
  EXPECT_EQ(ReasonOf(Load()), Reason::kModelMismatch);
  EXPECT_THAT(std::string(Load().message()), HasSubstr("99"));
}

TEST_F(DamagedModels, WithAManifestThatIsNoneAreRefused) {
  for (const char* text : {"", "[]", "{\"models\": 3}", "{\"models\": [{\"kind\": \"encoder\"}]}", "\xff"}) {
    ASSERT_TRUE(WriteFile(folder_ / "MANIFEST.json", text).ok());
    EXPECT_EQ(ReasonOf(Load()), Reason::kModelMismatch) << text;
  }
  ASSERT_TRUE(WriteFile(folder_ / "MANIFEST.json", "{\"models\": []}").ok());
  EXPECT_EQ(ReasonOf(Load()), Reason::kModelMissing);
}

}  // namespace
}  // namespace magpie
