#include "magpie/text/analyzer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "magpie/base/random.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

const Analyzer& TheAnalyzer() {
  static const std::shared_ptr<const Analyzer> analyzer = *Analyzer::Load(MAGPIE_SOURCE_DIR "/models");
  return *analyzer;
}

std::vector<std::string> Words(std::string_view text) {
  const AnalyzedText analyzed = TheAnalyzer().Analyze(text);
  std::vector<std::string> words;
  for (const Token& token : analyzed.tokens) words.emplace_back(analyzed.word(token));
  return words;
}

TokenKind KindOf(std::string_view text) {
  const AnalyzedText analyzed = TheAnalyzer().Analyze(text);
  return analyzed.tokens.size() == 1 ? analyzed.tokens[0].kind : TokenKind{255};
}

TEST(Analyzer, CutsChineseIntoWords) {
  EXPECT_THAT(Words("光学超分辨与三维光切片显微镜"), ElementsAre("光学超分辨", "与", "三维光切片显微镜"));
  EXPECT_THAT(Words("聚乙烯蜡合成"), ElementsAre("聚乙烯蜡", "合成"));
  EXPECT_THAT(Words("高通量测序，锂离子电池。"), ElementsAre("高通量测序", "锂离子电池"));
  EXPECT_THAT(Words("桥洞和隧道里没有卫星信号飞机乱飘"),
              ElementsAre("桥洞", "和", "隧道", "里", "没有", "卫星", "信号", "飞机", "乱", "飘"));
}

struct Whole {
  std::string text;
  TokenKind kind;
};

// What must come out as one word, in itself and between Chinese words.
TEST(Analyzer, KeepsTechnicalWordsWhole) {
  const std::vector<Whole> wholes = {
      {"颜料红254", TokenKind::kMixed},  {"CBN", TokenKind::kLatin},        {"PM2.5", TokenKind::kMixed},
      {"α-烯烃", TokenKind::kMixed},     {"5t/h", TokenKind::kMeasure},     {"0.38%", TokenKind::kMeasure},
      {"-35℃", TokenKind::kMeasure},     {"3D打印", TokenKind::kMixed},     {"C60", TokenKind::kMixed},
      {"Al2O3", TokenKind::kMixed},      {"5G", TokenKind::kMixed},         {"IGBT", TokenKind::kLatin},
      {"H2S", TokenKind::kMixed},        {"1,3-丁二烯", TokenKind::kMixed}, {"100万吨/年", TokenKind::kMeasure},
      {"20-80 mm", TokenKind::kMeasure}, {"150 t/h", TokenKind::kMeasure},  {"TCP/IP", TokenKind::kMixed},
      {"x-ray", TokenKind::kLatin},      {"T细胞", TokenKind::kMixed},      {"1,000", TokenKind::kNumber},
      {"3600米", TokenKind::kMeasure},   {"2万元", TokenKind::kMeasure},    {"10×20×30 mm", TokenKind::kMeasure},
      {"m³", TokenKind::kMixed},         {"5mg/m3", TokenKind::kMeasure},   {"2万片", TokenKind::kMeasure},
      {"COVID-19", TokenKind::kMixed},
  };
  for (const Whole& whole : wholes) {
    const std::string normal = NormalizeText(whole.text);
    EXPECT_THAT(Words(whole.text), ElementsAre(normal)) << whole.text;
    EXPECT_EQ(KindOf(whole.text), whole.kind) << whole.text;
    EXPECT_THAT(Words("采用" + whole.text + "，设备"), Contains(normal)) << whole.text;
  }
}

TEST(Analyzer, SeparatesWhatOnlyLooksJoined) {
  EXPECT_THAT(Words("high-speed milling"), ElementsAre("high", "speed", "milling"));
  EXPECT_THAT(Words("水稻-6"), ElementsAre("水稻", "6"));
  EXPECT_THAT(Words("3天然气"), ElementsAre("3", "天然气"));
  EXPECT_THAT(Words("Type 5 a new"), ElementsAre("type", "5", "a", "new"));
  EXPECT_THAT(Words("20 in the"), ElementsAre("20", "in", "the"));
  EXPECT_THAT(Words("works at -35 C."), ElementsAre("works", "at", "-35 c"));
  EXPECT_THAT(Words("第3-5节"), ElementsAre("第", "3-5节"));
}

TEST(Analyzer, NormalizesWidthCaseAndCharacterSet) {
  EXPECT_EQ(NormalizeText("ＡＢＣ１２３，軟體工程"), "abc123,软体工程");
  EXPECT_EQ(NormalizeText("乾坤 乾燥 瞭解 瞭望 反覆 涂覆成膜"), "乾坤 干燥 了解 瞭望 反复 涂覆成膜");
  EXPECT_EQ(NormalizeText("㎏ ℃ Ⅳ ﬁ"), "kg °c iv fi");
  EXPECT_THAT(Words("鋰離子電池"), ElementsAre("锂离子电池"));
}

TEST(Analyzer, TokensPointIntoTheOriginal) {
  const std::string text = "  鋰離子電池，ＣＢＮ刀具 5ｔ/h";
  const AnalyzedText analyzed = TheAnalyzer().Analyze(text);
  std::vector<std::string> quoted;
  for (const Token& token : analyzed.tokens) quoted.push_back(text.substr(token.begin, token.end - token.begin));
  EXPECT_THAT(quoted, ElementsAre("鋰離子電池", "ＣＢＮ", "刀具", "5ｔ/h"));
}

// The tokens of any bytes at all: in order, not overlapping, inside both texts, and their source normalises to them.
void CheckTokens(std::string_view text, bool exact) {
  const AnalyzedText analyzed = TheAnalyzer().Analyze(text);
  std::uint32_t normal_end = 0, end = 0;
  for (const Token& token : analyzed.tokens) {
    ASSERT_LE(normal_end, token.normal_begin);
    ASSERT_LT(token.normal_begin, token.normal_end);
    ASSERT_LE(token.normal_end, analyzed.normal.size());
    ASSERT_LT(token.begin, token.end);
    ASSERT_LE(token.end, text.size());
    const std::string again = NormalizeText(text.substr(token.begin, token.end - token.begin));
    if (exact) {
      ASSERT_LE(end, token.begin);
      ASSERT_EQ(again, analyzed.word(token));
    } else {
      ASSERT_NE(again.find(analyzed.word(token)), std::string::npos);
    }
    normal_end = token.normal_end;
    end = token.end;
  }
}

TEST(AnalyzerProperty, EveryTokenComesFromItsPlaceInTheOriginal) {
  // Characters that become one character each, so that no token begins inside a cluster.
  const std::vector<std::string> pieces = {"锂", "離", "子", "电", "池", "打", "印", "Ａ", "c",  "B",  "5",
                                           "３", ".",  ",",  "-",  "%",  "/",  " ",  "　", "，", "。", "α",
                                           "万", "吨", "年", "é",  "е",  "😀",  "m",  "t",  "𠮷"};
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::string text;
    for (std::uint64_t i = random.Below(60); i > 0; --i) text += pieces[random.Below(pieces.size())];
    CheckTokens(text, /*exact=*/true);
  }
}

TEST(AnalyzerProperty, AnyBytesAreReadWithoutHarm) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::string text;
    for (std::uint64_t i = random.Below(200); i > 0; --i) {
      if (random.Below(3) == 0) {
        text += static_cast<char>(random.Below(256));
      } else {
        const char32_t c = static_cast<char32_t>(random.Below(random.Below(2) == 0 ? 0x3000 : 0x30000));
        if (c < 0xD800 || c > 0xDFFF) AppendCodePoint(c, &text);
      }
    }
    CheckTokens(text, /*exact=*/false);
    EXPECT_TRUE(IsValidUtf8(NormalizeText(text)));
  }
}

TEST(Analyzer, TakesVeryLongAndForeignTexts) {
  EXPECT_TRUE(Words("").empty());
  EXPECT_TRUE(Words("，。 \n😀🏭").empty());
  EXPECT_THAT(Words("Жезказган мыс"), ElementsAre("жезказган", "мыс"));
  EXPECT_FALSE(Words("日本語のテキスト 한국어 نص عربي ข้อความ").empty());
  std::string han, letters, marks = "e";
  while (han.size() < (1 << 20)) han += "锂离子电池正极材料";
  letters.assign(1 << 20, 'x');
  while (marks.size() < (1 << 18)) marks += "\u0301\u0323";
  EXPECT_EQ(Words(han).size(), 2 * (han.size() / 27));
  for (const std::string& word : Words(letters)) EXPECT_LE(word.size(), 64u);
  for (const std::string sign : {"", ".", ",", ":"}) {
    std::string digits = "1" + sign;
    while (digits.size() < (1 << 18)) digits += "23";
    for (const std::string& word : Words(digits)) EXPECT_LE(word.size(), 66u) << sign;
  }
  EXPECT_FALSE(Words(marks).empty());
}

TEST(Analyzer, KnowsStopWords) {
  for (std::string_view word : {"的", "和", "the", "of", "with"}) EXPECT_TRUE(TheAnalyzer().IsStopWord(word)) << word;
  for (std::string_view word : {"研究", "技术", "system", "", "cbn"})
    EXPECT_FALSE(TheAnalyzer().IsStopWord(word)) << word;
}

TEST(GuessLanguage, GoesByTheShareOfHanAmongTheLetters) {
  EXPECT_EQ(GuessLanguage("锂电池 lithium"), "zh");
  EXPECT_EQ(GuessLanguage("lithium battery by 宁德"), "en");
  EXPECT_EQ(GuessLanguage("ab cd 锂"), "zh");  // one of five
  EXPECT_EQ(GuessLanguage("ab cde 锂"), "en");
  EXPECT_EQ(GuessLanguage(""), "en");
  EXPECT_EQ(GuessLanguage("2024"), "en");
}

TEST(CharacterBigrams, SkipSpaceAndKeepSingles) {
  EXPECT_THAT(CharacterBigrams("A b锂"), ElementsAre("ab", "b锂"));
  EXPECT_THAT(CharacterBigrams(" X "), ElementsAre("x"));
  EXPECT_TRUE(CharacterBigrams(" \n").empty());
}

}  // namespace
}  // namespace magpie
