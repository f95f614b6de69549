// Models that are missing, cut off or altered are refused by name, whichever file it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/knowledge/knowledge_graph.h"
#include "unit/scoring/fair.h"

namespace magpie {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

// A folder of models in which every file is a link to the real one, so that a test can put one of its own in place.
class ModelsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              (std::string("models-") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    const fs::path real = std::string(MAGPIE_SOURCE_DIR) + "/models";
    for (const auto& entry : fs::recursive_directory_iterator(real)) {
      const fs::path to = folder_ / fs::relative(entry.path(), real);
      if (entry.is_directory()) {
        fs::create_directories(to);
      } else {
        fs::create_directories(to.parent_path());
        fs::create_symlink(entry.path(), to);
      }
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Replace(const std::string& file, const std::string& bytes) {
    fs::remove(folder_ / file);
    ASSERT_TRUE(WriteFile(folder_ / file, bytes).ok());
  }
  std::string Bytes(const std::string& file) { return ReadFile(folder_ / file, 1 << 30).value(); }

  fs::path folder_;
};

TEST_F(ModelsTest, LoadsAsTheyAre) {
  const Models models = LoadModels(folder_).value();
  EXPECT_NE(models.analyzer, nullptr);
  EXPECT_NE(models.encoder, nullptr);
  EXPECT_NE(models.concepts, nullptr);
  EXPECT_EQ(models.ranker.id, "ranker-1");
}

TEST_F(ModelsTest, RefusesAFileThatIsMissingCutOrAltered) {
  for (const std::string file : {"dictionary/words.bin", "encoder/vectors.bin", "knowledge/energy.txt",
                                 "phrases/phrases.tsv", "ranker/ranker.json"}) {
    const std::string bytes = Bytes(file);
    std::string altered = bytes;
    altered[altered.size() / 2] = static_cast<char>(altered[altered.size() / 2] ^ 1);
    for (const std::string& wrong : {bytes.substr(0, bytes.size() / 2), altered, std::string()}) {
      Replace(file, wrong);
      const absl::Status status = LoadModels(folder_).status();
      EXPECT_EQ(ReasonOf(status), Reason::kModelMismatch) << file;
      EXPECT_THAT(ErrorText(status), HasSubstr(fs::path(file).filename().string()));
    }
    fs::remove(folder_ / file);
    const absl::Status status = LoadModels(folder_).status();
    EXPECT_EQ(ReasonOf(status), Reason::kModelMissing) << file;
    EXPECT_THAT(ErrorText(status), HasSubstr(fs::path(file).filename().string()));
    Replace(file, bytes);
  }
  EXPECT_TRUE(LoadModels(folder_).ok());
}

// Whatever the manifest names: a byte less or a bit turned is found, and file and both hashes are named.
TEST_F(ModelsTest, RefusesEveryFileOfTheManifestThatWasTouched) {
  const nlohmann::json manifest = nlohmann::json::parse(Bytes("MANIFEST.json"));
  ASSERT_GT(manifest["models"].size(), 40u);
  std::set<std::string> kinds;
  for (const nlohmann::json& entry : manifest["models"]) {
    const std::string file = entry["file"], kind = entry["kind"];
    kinds.insert(kind);
    const std::string bytes = Bytes(file);
    std::string altered = bytes;
    altered.back() = static_cast<char>(altered.back() ^ 1);
    for (const std::string& wrong : {bytes.substr(0, bytes.size() - 1), altered}) {
      Replace(file, wrong);
      // The graph's forty files by the loader that LoadModels calls: the others need not be read each time.
      const absl::Status status =
          kind == KnowledgeGraph::kModelKind ? KnowledgeGraph::Load(folder_).status() : LoadModels(folder_).status();
      EXPECT_EQ(ReasonOf(status), Reason::kModelMismatch) << file;
      EXPECT_THAT(ErrorText(status), HasSubstr(fs::path(file).filename().string()));
      EXPECT_THAT(ErrorText(status), HasSubstr(Sha256Hex(wrong)));
      EXPECT_THAT(ErrorText(status), HasSubstr(entry["sha256"].get<std::string>()));
    }
    Replace(file, bytes);
  }
  EXPECT_THAT(kinds, ::testing::UnorderedElementsAre("dictionary", "encoder", "knowledge", "phrases", "ranker"))
      << "a kind that LoadModels does not know is not covered here";
}

TEST_F(ModelsTest, RefusesAManifestThatIsMissingCutOrNamesAnotherHash) {
  const std::string bytes = Bytes("MANIFEST.json");
  std::string other_hash = bytes;
  const std::size_t at = other_hash.find("\"sha256\": \"") + 11;  // of the first entry
  other_hash[at] = other_hash[at] == '0' ? '1' : '0';
  for (const std::string& wrong : {bytes.substr(0, bytes.size() / 2), std::string(), std::string("[]"), other_hash}) {
    Replace("MANIFEST.json", wrong);
    EXPECT_EQ(ReasonOf(LoadModels(folder_).status()), Reason::kModelMismatch);
  }
  fs::remove(folder_ / "MANIFEST.json");
  EXPECT_EQ(ReasonOf(LoadModels(folder_).status()), Reason::kModelMissing);
}

TEST_F(ModelsTest, RefusesAFileOfKnowledgeThatNobodyStamped) {
  Replace("knowledge/energy.extra.txt", "# nothing\n");
  const absl::Status status = LoadModels(folder_).status();
  EXPECT_EQ(ReasonOf(status), Reason::kModelMismatch);
  EXPECT_THAT(ErrorText(status), HasSubstr("tools/train knowledge"));
}

}  // namespace
}  // namespace magpie
