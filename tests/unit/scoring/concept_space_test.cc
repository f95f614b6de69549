// What the knowledge graph makes of a need and an offering that share no word.
#include "scoring/concept_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scoring/listing_text.h"
#include "unit/scoring/fair.h"

namespace magpie {
namespace {

// A text as the scorer would hand it over, with the vectors it points to.
struct HeardText {
  FixedVectors words;
  std::vector<std::int16_t> whole;
  ConceptSpace::Text text;
};
HeardText Read(const std::string& title) {
  const Encoder& encoder = *TestModels().encoder;
  const ListingText listing = ReadListingText(MakeListing(Side::kNeed, "N", title), *TestModels().analyzer);
  HeardText heard;
  heard.words = FixedVectors(static_cast<std::int64_t>(listing.words.size()), encoder.dimension());
  std::vector<float> row(static_cast<std::size_t>(encoder.dimension()));
  for (std::size_t i = 0; i < listing.words.size(); ++i) {
    encoder.EncodeWord(listing.words[i], row);
    heard.words.Set(static_cast<std::int64_t>(i), row);
    heard.text.words.push_back(heard.words.row(static_cast<std::int64_t>(i)).data());
  }
  const AnalyzedText* analyzed = &listing.analyzed;
  EXPECT_TRUE(encoder.Encode({&analyzed, 1}, row, RunContext()).ok());
  heard.whole = ToFixed(row);
  heard.text.whole = heard.whole;
  return heard;
}

double Agreement(const std::string& need, const std::string& offering) {
  const ConceptSpace& space = *TestModels().concepts;
  const HeardText asking = Read(need), giving = Read(offering);
  return ConceptSpace::Agreement(space.Wanted(space.CuesOf(asking.text)), space.RemediesOf(giving.text));
}

TEST(ConceptSpaceTest, AWishAgreesToTheLastBit) {
  const ConceptSpace& space = *TestModels().concepts;
  const std::vector<std::string> needs = {"锅炉管老是结垢", "Barnacles grow on the hull and we burn more fuel", ""};
  const std::vector<std::string> offerings = {"缓蚀阻垢剂", "自抛光防污漆", ""};
  int above = 0;
  for (const std::string& need : needs) {
    const HeardText asking = Read(need);
    const auto wanted = space.Wanted(space.CuesOf(asking.text));
    const ConceptSpace::Wish wish(space, wanted);
    for (const std::string& offering : offerings) {
      const HeardText giving = Read(offering);
      const auto remedies = space.RemediesOf(giving.text);
      EXPECT_EQ(wish.Agreement(remedies), ConceptSpace::Agreement(wanted, remedies));
      above += wish.Agreement(remedies) > 0;
    }
  }
  EXPECT_GT(above, 0);
}

TEST(ConceptSpaceTest, ATroubleMeetsItsCureWithoutACommonWord) {
  EXPECT_GT(Agreement("锅炉管老是结垢", "缓蚀阻垢剂"), 0.3);
  EXPECT_GT(Agreement("Barnacles grow on the hull and we burn more fuel", "自抛光防污漆"), 0.3);
}

TEST(ConceptSpaceTest, ADecoyAboutTheSameThingIsWorthLessThanTheCure) {
  struct Case {
    const char *need, *cure, *decoy;
  };
  for (const Case& one : {Case{"锅炉管老是结垢", "缓蚀阻垢剂", "锅炉管自动焊接机器人"},
                          Case{"黄瓜根上全是疙瘩，中午就蔫", "淡紫拟青霉菌剂", "黄瓜采摘机器人"},
                          Case{"船底长满藤壶费油", "船体水下清洗机器人", "船舶柴油机排气监测"}}) {
    EXPECT_GT(Agreement(one.need, one.cure), Agreement(one.need, one.decoy) + 0.1) << one.need;
  }
}

TEST(ConceptSpaceTest, ABridgeNamesTroubleAndRemedyAndWhereTheyWereHeard) {
  const ConceptSpace& space = *TestModels().concepts;
  const HeardText need = Read("锅炉管老是结垢"), offering = Read("缓蚀阻垢剂");
  const auto bridges =
      space.Bridges(need.text, space.CuesNear(need.text), offering.text, space.RemediesOf(offering.text), 3);
  ASSERT_FALSE(bridges.empty());
  for (const ConceptSpace::Bridge& bridge : bridges) {
    EXPECT_GT(bridge.product, 0);
    if (bridge.trouble == bridge.remedy) continue;
    const auto cures = space.graph().Neighbours(bridge.remedy, Relation::kCures, LinkDirection::kForward);
    EXPECT_THAT(cures, ::testing::Contains(bridge.trouble));
    EXPECT_EQ(space.graph()[bridge.trouble].kind, ConceptKind::kTrouble);
  }
  EXPECT_FALSE(bridges.front().need_words.empty());
  EXPECT_FALSE(bridges.front().offering_words.empty());
}

TEST(ConceptSpaceTest, TextsOfNothingAreHeardAsNothing) {
  const ConceptSpace& space = *TestModels().concepts;
  for (const char* nothing : {"", "！！！###", "12345 67%", "的了吗"}) {
    EXPECT_TRUE(space.CuesOf(Read(nothing).text).empty()) << nothing;
    EXPECT_TRUE(space.RemediesOf(Read(nothing).text).empty()) << nothing;
  }
  EXPECT_EQ(Agreement("", "缓蚀阻垢剂"), 0);
}

}  // namespace
}  // namespace magpie
