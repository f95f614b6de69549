#include "generate/grammar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generate/text_parts.h"
#include "magpie/base/status.h"

namespace magpie::generate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<std::string> TextsOf(const Pattern& pattern, Slot slot) {
  std::vector<std::string> texts;
  for (const Piece& piece : pattern) {
    if (piece.slot == slot) texts.push_back(piece.text);
  }
  return texts;
}

TEST(Grammar, ReadsSlotsAndAlternativesInsideEachOther) {
  const absl::StatusOr<Pattern> pattern = ParsePattern("已在{n}家{object}{投运|由{place}{验收|}}。");
  ASSERT_TRUE(pattern.ok()) << pattern.status();
  ASSERT_THAT(*pattern, SizeIs(6));
  EXPECT_EQ((*pattern)[1].slot, Slot::kSmall);
  EXPECT_EQ((*pattern)[3].slot, Slot::kObject);
  const Piece& choice = (*pattern)[4];
  ASSERT_EQ(choice.slot, Slot::kChoice);
  ASSERT_THAT(choice.choices, SizeIs(2));
  ASSERT_THAT(choice.choices[1], SizeIs(3));
  EXPECT_EQ(choice.choices[1][1].slot, Slot::kPlace);
  EXPECT_THAT(choice.choices[1][2].choices, SizeIs(2));
}

TEST(Grammar, RefusesWhatIsNoPattern) {
  for (const char* text : {"{nothing}", "{a|b", "{{a|b}"}) {
    const absl::StatusOr<Pattern> pattern = ParsePattern(text);
    ASSERT_FALSE(pattern.ok()) << text;
    EXPECT_EQ(ReasonOf(pattern.status()), Reason::kInternal);
    EXPECT_THAT(pattern.status().message(), HasSubstr("the pattern"));
  }
}

// A listing of which the graph knows little but its trouble and cure must find a line in every section.
TEST(Grammar, EverySectionHasLinesThatNeedNothing) {
  constexpr Slot kMayBeMissing[] = {Slot::kCure2,     Slot::kObject,  Slot::kMaterial,
                                    Slot::kEquipment, Slot::kMeasure, Slot::kCause};
  for (const Language language : {Language::kZh, Language::kEn}) {
    const absl::StatusOr<Grammar> grammar = LoadGrammar(language);
    ASSERT_TRUE(grammar.ok()) << grammar.status();
    std::size_t lines = 0;
    for (const Side side : {Side::kNeed, Side::kOffering}) {
      for (std::size_t section = 0; section < kSectionCount; ++section) {
        std::size_t free = 0;
        for (const Line& line : grammar->of(side, static_cast<Section>(section))) {
          ++lines;
          bool needs = false;
          for (const Slot slot : kMayBeMissing) needs = needs || (line.slots & SlotBit(slot)) != 0;
          free += needs ? 0 : 1;
        }
        EXPECT_GE(free, 1u) << "side " << static_cast<int>(side) << " section " << section;
      }
    }
    EXPECT_GE(lines, 80u);
    EXPECT_GE(grammar->indicators.size(), 40u);
  }
}

class TextParts : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::shared_ptr<const KnowledgeGraph>> graph = KnowledgeGraph::Load(MAGPIE_SOURCE_DIR "/models");
    ASSERT_TRUE(graph.ok()) << graph.status();
    graph_ = *graph;
  }
  static void TearDownTestSuite() { graph_.reset(); }
  static inline std::shared_ptr<const KnowledgeGraph> graph_;
};

TEST_F(TextParts, FiguresMayBeExchangedButNotThoseOfNames) {
  const std::vector<Pattern> clauses =
      CutDescription("DN630管一次回拖，入土角11.5度，江床下8米穿越软泥。短。", Language::kZh, {}, *graph_);
  ASSERT_THAT(clauses, SizeIs(3));
  EXPECT_THAT(TextsOf(clauses[0], Slot::kFigure), ElementsAre());
  EXPECT_THAT(TextsOf(clauses[1], Slot::kFigure), ElementsAre("11.5"));
  EXPECT_THAT(TextsOf(clauses[2], Slot::kFigure), ElementsAre("8"));
  EXPECT_THAT(TextsOf(clauses[2], Slot::kLiteral), ElementsAre("江床下", "米穿越软泥"));
}

TEST_F(TextParts, EnglishIsCutAtSentencesNotAtDecimalPoints) {
  const std::vector<Pattern> clauses =
      CutDescription("Head grade fell to 0.38% of copper. The mill is full of rock.", Language::kEn, {}, *graph_);
  ASSERT_THAT(clauses, SizeIs(2));
  EXPECT_THAT(TextsOf(clauses[0], Slot::kFigure), ElementsAre("0.38"));
  EXPECT_THAT(TextsOf(clauses[1], Slot::kLiteral), ElementsAre("The mill is full of rock"));
}

TEST_F(TextParts, ConceptsKeepTheirKind) {
  const std::string text = "注塑模具随形冷却水路很快";
  const ConceptIndex mould = graph_->FindHandle("注塑模具", "machinery");
  ASSERT_TRUE(mould.valid());
  const Mention mention{mould, 0, 12, 0, 1};
  const std::vector<Pattern> parts = CutTitle(text, Language::kZh, {&mention, 1}, *graph_);
  ASSERT_THAT(parts, SizeIs(1));
  ASSERT_EQ(parts[0][0].slot, Slot::kNamed);
  EXPECT_EQ(parts[0][0].text, "注塑模具");
  EXPECT_EQ(parts[0][0].kind, ConceptKind::kObject);
  EXPECT_EQ(parts[0][1].text, "随形冷却水路很快");
}

}  // namespace
}  // namespace magpie::generate
