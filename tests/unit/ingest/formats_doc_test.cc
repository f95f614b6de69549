// docs/formats.md must name every word, heading, field and reason that the code knows.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <string>

#include "ingest/headings.h"
#include "unit/ingest/test_files.h"

namespace magpie {
namespace {

const std::string& Doc() {
  static const std::string text = testing::ReadAll(std::string(MAGPIE_SOURCE_DIR) + "/docs/formats.md");
  return text;
}

bool DocHolds(const std::string& text) {
  return Doc().find(text) != std::string::npos;
}

template <typename Enum>
void ExpectWords() {
  for (const Word& word : Words<Enum>()) {
    std::string synonyms;
    for (std::string_view synonym : word.synonyms) {
      if (!synonyms.empty()) synonyms += ", ";
      synonyms += synonym;
    }
    const std::string line = "| `" + std::string(word.name) + "` | " + std::string(word.zh) + " | " +
                             std::string(word.en) + " | " + synonyms + " |";
    EXPECT_TRUE(DocHolds(line)) << "docs/formats.md lacks: " << line;
  }
}

TEST(FormatsDoc, ListsEveryWord) {
  ExpectWords<Side>();
  ExpectWords<Language>();
  ExpectWords<ResourceKind>();
  ExpectWords<CooperationMode>();
  ExpectWords<PartyKind>();
  ExpectWords<SiteKind>();
  ExpectWords<ReviewState>();
  ExpectWords<Disclosure>();
  ExpectWords<Level>();
  ExpectWords<TradeType>();
  ExpectWords<Constraint>();
}

TEST(FormatsDoc, ListsEveryHeading) {
  for (const FieldHeadings& field : AllFieldHeadings()) {
    std::string headings;
    for (std::string_view heading : field.headings) {
      if (!headings.empty()) headings += ", ";
      headings += heading;
    }
    const std::string line = "| `" + std::string(field.name) + "` | " + headings + " |";
    EXPECT_TRUE(DocHolds(line)) << "docs/formats.md lacks: " << line;
  }
}

TEST(FormatsDoc, ListsEveryReason) {
  const std::regex reason("\"((?:[A-Z]+_)+[A-Z0-9]+|DUPLICATE)\"");
  int found = 0;
  for (const std::string folder : {"/src/ingest"}) {
    for (const auto& entry : std::filesystem::directory_iterator(std::string(MAGPIE_SOURCE_DIR) + folder)) {
      if (entry.path().filename().string().starts_with("event")) continue;
      const std::string code = testing::ReadAll(entry.path().string());
      for (std::sregex_iterator match(code.begin(), code.end(), reason), end; match != end; ++match) {
        EXPECT_TRUE(DocHolds("| " + (*match)[1].str() + " |")) << "docs/formats.md lacks " << (*match)[1].str();
        ++found;
      }
    }
  }
  EXPECT_GT(found, 30);
}

TEST(FormatsDoc, EveryListedHeadingIsRecognised) {
  for (const FieldHeadings& field : AllFieldHeadings()) {
    for (std::string_view heading : field.headings) {
      const Column column = ReadHeading(heading, {});
      EXPECT_EQ(column.field, field.field) << heading;
      EXPECT_TRUE(column.exact) << heading;
    }
    if (field.name != "-") {
      EXPECT_EQ(ReadHeading(field.name, {}).field, field.field) << field.name;
    }
  }
}

}  // namespace
}  // namespace magpie
