#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "magpie/base/unicode.h"
#include "magpie/knowledge/knowledge_graph.h"
#include "unit/knowledge/small_graph.h"

namespace magpie {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kModels[] = MAGPIE_SOURCE_DIR "/models";

constexpr char kConcepts[] = R"(结垢 | scaling
zh: 水垢
kind: trouble

阻垢剂 | scale inhibitor
zh: 缓蚀阻垢剂; HEDP
en: antiscalant; AED
kind: material

换热器 | heat exchanger
zh: 板式换热器
kind: equipment

循环水换热器结垢 | fouling of heat exchangers
kind: trouble

铝镁合金 | aluminium-magnesium alloy
zh: Al-Mg合金
kind: material

人工智能 | artificial intelligence
en: AI
kind: technique

电流 | electric current
en: Ah
kind: measure

砷化镓 | gallium arsenide
en: LED
kind: material

合成 | synthesis
kind: technique

铜 | copper
kind: material

细颗粒物 | fine particles
zh: PM2.5
kind: material

生成对抗网络 | generative adversarial network
en: GAN
kind: technique

光伏板积灰 | soiling
kind: trouble

铸件 | castings
en: foundry
kind: object

电刷镀 | brush plating
kind: technique
)";

constexpr char kOtherField[] = R"(氮化镓 | gallium nitride
en: GaN
kind: material
)";

class Find : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    analyzer_ = *Analyzer::Load(kModels);
    const ModelsFolder folder(Files{{"environment.txt", kConcepts}, {"marine.txt", kOtherField}});
    graph_ = *KnowledgeGraph::LoadUnstamped(folder.root());
    shipped_ = *KnowledgeGraph::Load(kModels);
  }
  static void TearDownTestSuite() {
    graph_.reset();
    shipped_.reset();
    analyzer_.reset();
  }

  // "what the text says=handle" of each mention.
  static std::vector<std::string> Found(const std::string& text) {
    std::vector<std::string> found;
    for (const Mention& mention : graph_->Find(text, analyzer_->Analyze(text))) {
      found.push_back(text.substr(mention.begin, mention.end - mention.begin) + "=" +
                      std::string((*graph_)[mention.concept_index].zh));
    }
    return found;
  }

  static std::shared_ptr<const Analyzer> analyzer_;
  static std::shared_ptr<const KnowledgeGraph> graph_, shipped_;
};
std::shared_ptr<const Analyzer> Find::analyzer_;
std::shared_ptr<const KnowledgeGraph> Find::graph_, Find::shipped_;

TEST_F(Find, NamesAndSynonymsOfBothLanguages) {
  EXPECT_THAT(Found("锅炉管老是结垢，想找阻垢剂"), ElementsAre("结垢=结垢", "阻垢剂=阻垢剂"));
  EXPECT_THAT(Found("An antiscalant against scaling of heat exchangers."),
              ElementsAre("antiscalant=阻垢剂", "scaling=结垢", "heat exchangers=换热器"));
  EXPECT_THAT(Found("用HEDP清洗heat exchanger"), ElementsAre("HEDP=阻垢剂", "heat exchanger=换热器"));
}

TEST_F(Find, WidthCaseAndTraditionalWritingDoNotCount) {
  EXPECT_THAT(Found("ＨＥＤＰ 與 結垢"), ElementsAre("ＨＥＤＰ=阻垢剂", "結垢=结垢"));
  EXPECT_THAT(Found("HEAT EXCHANGER, Heat-Exchanger"), ElementsAre("HEAT EXCHANGER=换热器", "Heat-Exchanger=换热器"));
  EXPECT_THAT(Found("铝-镁合金、铝镁合金、Al-Mg合金"),
              ElementsAre("铝-镁合金=铝镁合金", "铝镁合金=铝镁合金", "Al-Mg合金=铝镁合金"));
  EXPECT_THAT(Found("pm2.5 与 PM10"), ElementsAre("pm2.5=细颗粒物"));
}

TEST_F(Find, SaysWhereInBytesAndTokens) {
  const std::string text = "　水冷壁結垢了，heat exchangers too";
  const AnalyzedText analyzed = analyzer_->Analyze(text);
  const std::vector<Mention> mentions = graph_->Find(text, analyzed);
  ASSERT_EQ(mentions.size(), 2u);
  EXPECT_EQ(mentions[0].begin, text.find("結垢"));
  EXPECT_EQ(mentions[0].end, text.find("了"));
  EXPECT_EQ(mentions[1].begin, text.find("heat"));
  EXPECT_EQ(mentions[1].end, text.find(" too"));
  for (const Mention& mention : mentions) {
    ASSERT_GE(mention.token_count, 1u);
    EXPECT_LE(analyzed.tokens[mention.first_token].begin, mention.begin);
    EXPECT_GE(analyzed.tokens[mention.first_token + mention.token_count - 1].end, mention.end);
  }
  EXPECT_EQ(mentions[1].token_count, 2u);
}

TEST_F(Find, EnglishNamesAreWholeWords) {
  EXPECT_THAT(Found("upscalings, heat exchangerless, overheat exchanger"), IsEmpty());
  EXPECT_THAT(Found("copper-clad"), ElementsAre("copper=铜"));
}

TEST_F(Find, OneEnglishWordIsHeardInItsOwnFormsOnly) {
  EXPECT_THAT(Found("Sandy soil, soils, soiled and scales of fish, cast steel"), IsEmpty());
  EXPECT_THAT(
      Found("Soiling, soilings; a casting, castings; foundries"),
      ElementsAre("Soiling=光伏板积灰", "soilings=光伏板积灰", "casting=铸件", "castings=铸件", "foundries=铸件"));
  EXPECT_THAT(Found("brush-plated"), ElementsAre("brush-plated=电刷镀")) << "several words hold one another";
}

TEST_F(Find, AbbreviationsAreNotWords) {
  EXPECT_THAT(Found("The tour was led by a guide."), IsEmpty());
  EXPECT_THAT(Found("The LED is bright, LEDs are."), ElementsAre("LED=砷化镓", "LEDs=砷化镓"));
  EXPECT_THAT(Found("采用led照明的车间"), ElementsAre("led=砷化镓"));
  EXPECT_THAT(Found("用AI识别缺陷，ai不行"), ElementsAre("AI=人工智能"));
  EXPECT_THAT(Found("电池 5 Ah，单位是Ah"), ElementsAre("Ah=电流")) << "5 Ah is a measure";
  EXPECT_THAT(Found("在A/O后加a"), IsEmpty()) << "AED is not stemmed to a";
}

TEST_F(Find, TheClosestWritingOfOneNameWins) {
  EXPECT_THAT(Found("GaN功放"), ElementsAre("GaN=氮化镓"));
  EXPECT_THAT(Found("GAN模型"), ElementsAre("GAN=生成对抗网络"));
  EXPECT_THAT(Found("gan 是什么材料"), ElementsAre("gan=生成对抗网络", "gan=氮化镓"));
}

TEST_F(Find, KeepsNestedNamesOfOtherConceptsOnly) {
  EXPECT_THAT(Found("循环水换热器结垢"),
              ElementsAre("循环水换热器结垢=循环水换热器结垢", "换热器=换热器", "结垢=结垢"));
  EXPECT_THAT(Found("缓蚀阻垢剂"), ElementsAre("缓蚀阻垢剂=阻垢剂"));
  EXPECT_THAT(Found("板式换热器和换热器"), ElementsAre("板式换热器=换热器", "换热器=换热器"));
}

TEST_F(Find, ShortChineseNamesDoNotCutWords) {
  EXPECT_THAT(Found("结合成本来看"), IsEmpty()) << "结合|成本";
  EXPECT_THAT(Found("合成氨"), ElementsAre("合成=合成"));
  EXPECT_THAT(Found("收购铜、铝"), ElementsAre("铜=铜"));
  EXPECT_THAT(Found("大同的青铜器"), IsEmpty());
  EXPECT_THAT(Found("系统结\n垢"), IsEmpty()) << "a new line divides Chinese";
}

TEST_F(Find, AnswersOnAnyText) {
  EXPECT_THAT(Found(""), IsEmpty());
  EXPECT_THAT(Found("!!! ？？ ---- *** ((( \n\n\t"), IsEmpty());
  EXPECT_THAT(Found("Накипь в котлах और पानी スケール"), IsEmpty());
  EXPECT_THAT(Found("\xFF\xFE结垢\xC3"), ElementsAre("结垢=结垢"));
  EXPECT_THAT(Found("é̂̃结垢㍿結垢"), ElementsAre("结垢=结垢", "結垢=结垢"));
}

TEST_F(Find, TakesLinearTime) {
  const auto seconds = [&](const std::string& piece, std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += piece;
    const AnalyzedText analyzed = analyzer_->Analyze(text);
    const auto start = std::chrono::steady_clock::now();
    const std::size_t found = shipped_->Find(text, analyzed).size();
    EXPECT_GE(found, text.size() / piece.size());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  for (const char* piece : {"循环水换热器结垢，", "结垢", "LED heat exchangers "}) {
    EXPECT_LT(seconds(piece, 1 << 20), 2.0) << piece;
  }
}

// The twin: each long Chinese name looked for by itself.
TEST_F(Find, MissesNoLongChineseName) {
  std::ifstream lines(MAGPIE_SOURCE_DIR "/tests/data/sample-fair/offerings.jsonl");
  std::size_t texts = 0, seen = 0;
  for (std::string line; texts < 200 && std::getline(lines, line); ++texts) {
    const AnalyzedText analyzed = analyzer_->Analyze(line);
    const std::vector<Mention> mentions = shipped_->Find(line, analyzed);
    for (std::size_t i = 0; i < shipped_->concepts().size(); ++i) {
      for (std::string_view name : shipped_->concepts()[i].names_zh) {
        constexpr std::size_t kLongName = 4;
        bool han = true;
        for (std::size_t at = 0; at < name.size();) han &= IsHan(NextCodePoint(name, &at));
        const std::size_t at = han && CountCodePoints(name) >= kLongName ? line.find(name) : std::string::npos;
        if (at == std::string::npos) continue;
        ++seen;
        EXPECT_TRUE(std::any_of(mentions.begin(), mentions.end(),
                                [&](const Mention& mention) {
                                  return mention.concept_index == ConceptIndex(static_cast<std::int64_t>(i)) &&
                                         mention.begin <= at && mention.end >= at + name.size();
                                }))
            << name << " in " << line;
      }
    }
  }
  EXPECT_GT(seen, 50u);
}

}  // namespace
}  // namespace magpie
