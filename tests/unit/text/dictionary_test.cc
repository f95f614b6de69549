#include "magpie/text/dictionary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "magpie/base/files.h"
#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/text/analyzer.h"

namespace magpie {
namespace {

std::string ToUtf8(const std::u16string& word) {
  std::string text;
  for (char16_t c : word) AppendCodePoint(c, &text);
  return text;
}

TEST(DictionaryProperty, HoldsWhatAPlainMapHolds) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::map<std::u16string, double> counts;
    const auto word = [&] {
      std::u16string made;
      for (std::uint64_t i = 1 + random.Below(4); i > 0; --i) made += static_cast<char16_t>(0x4E00 + random.Below(6));
      return made;
    };
    for (int i = 0; i < 60; ++i) counts[word()] = 1 + static_cast<double>(random.Below(1000));
    const std::string bytes = BuildDictionary(counts, 1e6);
    const Dictionary dictionary = *Dictionary::Open(bytes, "test");
    EXPECT_EQ(dictionary.word_count(), counts.size());
    for (int i = 0; i < 200; ++i) {
      const std::u16string probe = word();
      EXPECT_EQ(dictionary.Contains(ToUtf8(probe)), counts.contains(probe)) << ToUtf8(probe);
    }
    for (const auto& [held, count] : counts) {
      std::uint32_t node = Dictionary::kRoot;
      for (char16_t c : held) node = dictionary.Child(node, c);
      EXPECT_EQ(dictionary.cost(node), Dictionary::CostOf(count, 1e6));
    }
  }
}

TEST(Dictionary, KnowsNothingWhenEmpty) {
  const std::string bytes = BuildDictionary({}, 1);
  const Dictionary dictionary = *Dictionary::Open(bytes, "test");
  EXPECT_FALSE(dictionary.Contains(""));
  EXPECT_FALSE(dictionary.Contains("电"));
  EXPECT_FALSE(dictionary.Contains("𠮷"));
}

TEST(Dictionary, RefusesDamage) {
  const std::string whole = BuildDictionary({{u"电池", 5}, {u"电", 3}, {u"锂电池", 2}}, 100);
  ASSERT_TRUE(Dictionary::Open(whole, "test").ok());
  const auto refuses = [](const std::string& bytes) {
    return ReasonOf(Dictionary::Open(bytes, "test").status()) == Reason::kModelMismatch;
  };
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_TRUE(refuses(whole.substr(0, size))) << size;
  EXPECT_TRUE(refuses(whole + "x"));
  for (std::size_t byte : {0, 8, 12}) {  // magic, version, nodes
    std::string damaged = whole;
    damaged[byte] = static_cast<char>(damaged[byte] + 1);
    EXPECT_TRUE(refuses(damaged)) << byte;
  }
  // Children out of range, or before their parent: a walk could leave the file or go round for ever.
  for (std::size_t node = 0; node < 6; ++node) {
    for (char value : {'\x00', '\x7f'}) {
      std::string damaged = whole;
      damaged[32 + 4 * node + (value == 0 ? 0 : 3)] = value;
      EXPECT_TRUE(refuses(damaged)) << node;
    }
  }
}

TEST(AnalyzerLoad, RefusesAFolderWithoutModels) {
  const absl::Status status = Analyzer::Load(MAGPIE_SOURCE_DIR "/tests").status();
  EXPECT_EQ(ReasonOf(status), Reason::kModelMissing);
  EXPECT_THAT(FieldOf(status), ::testing::HasSubstr("MANIFEST.json"));
}

TEST(AnalyzerLoad, RefusesADictionaryOfAnotherHash) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "other_hash";
  std::filesystem::create_directories(folder / "dictionary");
  std::filesystem::copy_file(MAGPIE_SOURCE_DIR "/models/MANIFEST.json", folder / "MANIFEST.json",
                             std::filesystem::copy_options::overwrite_existing);
  const std::string small = BuildDictionary({{u"电池", 5}}, 100);
  ASSERT_TRUE(WriteFile(folder / "dictionary" / "words.bin", small).ok());
  const absl::Status status = Analyzer::Load(folder).status();
  EXPECT_EQ(ReasonOf(status), Reason::kModelMismatch);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(Sha256Hex(small)));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace magpie
