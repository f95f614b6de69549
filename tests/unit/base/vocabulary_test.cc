#include "magpie/base/vocabulary.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "magpie/base/unicode.h"

namespace magpie {
namespace {

// Every name and label finds its own entry, and no synonym stands under two entries of one list.
template <typename Enum>
void CheckList() {
  std::map<std::string, int> seen;
  int expected = 0;
  for (const Word& word : Words<Enum>()) {
    EXPECT_EQ(word.value, expected++) << word.name;
    EXPECT_EQ(FindWord(Words<Enum>(), word.name), word.value);
    EXPECT_EQ(FindWord(Words<Enum>(), word.zh), word.value) << word.zh;
    EXPECT_EQ(FindWord(Words<Enum>(), word.en), word.value) << word.en;
    for (std::string_view synonym : word.synonyms) {
      EXPECT_EQ(std::string(synonym), ToNfkcFolded(synonym)) << "synonyms are kept folded";
      EXPECT_EQ(FindWord(Words<Enum>(), synonym), word.value) << synonym;
      EXPECT_TRUE(seen.emplace(synonym, word.value).second) << synonym;
    }
  }
}

TEST(Vocabulary, ListsAreConsistent) {
  CheckList<Language>();
  CheckList<Side>();
  CheckList<ResourceKind>();
  CheckList<CooperationMode>();
  CheckList<PartyKind>();
  CheckList<SiteKind>();
  CheckList<ReviewState>();
  CheckList<Disclosure>();
  CheckList<Level>();
  CheckList<TradeType>();
  CheckList<Constraint>();
  CheckList<Verdict>();
  CheckList<DeclineReason>();
}

TEST(Vocabulary, ReadsSpellingsOfSpreadsheets) {
  EXPECT_EQ(ParseWord<CooperationMode>(" 联合攻关 "), CooperationMode::kCoDevelopment);
  EXPECT_EQ(ParseWord<CooperationMode>("Ｌｉｃｅｎｃｅ"), CooperationMode::kLicense);
  EXPECT_EQ(ParseWord<PartyKind>("Company"), PartyKind::kFirm);
  EXPECT_FALSE(ParseWord<CooperationMode>("再议").has_value());
  EXPECT_FALSE(ParseWord<CooperationMode>("").has_value());
}

TEST(Vocabulary, SetsKeepTheOrderOfTheEnum) {
  ModeSet modes;
  modes.Add(CooperationMode::kPurchase);
  modes.Add(CooperationMode::kTransfer);
  EXPECT_EQ(modes.Values(), (std::vector{CooperationMode::kTransfer, CooperationMode::kPurchase}));
  modes.Remove(CooperationMode::kTransfer);
  EXPECT_FALSE(modes.Has(CooperationMode::kTransfer));
}

}  // namespace
}  // namespace magpie
