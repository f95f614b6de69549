// The scorer of a workspace through a day's changes.
#include "service/workspace.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "magpie/base/random.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr int kListings = 10'500;  // enough for a scorer to be followed

ListingRecord RandomOffering(Random& random, std::string id) {
  static const std::vector<std::string> words = {"激光", "焊接", "水泵", "清洗", "阻垢剂", "轴承", "涂层", "检测"};
  ListingRecord record;
  record.side = Side::kOffering;
  record.id = std::move(id);
  for (int w = 0; w < 4; ++w) record.title += words[random.Below(words.size())];
  return record;
}

TEST(Workspace, FollowsWritesAndRenewsItsProfileInTheBackground) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "magpie-workspace-follows";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const auto engine = Engine::Open(std::string(MAGPIE_SOURCE_DIR) + "/models").value();
  {
    const std::shared_ptr<Workspace> workspace = Workspace::Open("default", folder / "default.db").value();
    const auto scorer_now = [&] {
      return workspace->ScorerFor(*engine, workspace->catalogue().snapshot(), {}, RunContext()).value();
    };
    Random random(3);
    const auto import = [&](int count, const std::string& prefix) {
      std::vector<ListingRecord> records;
      for (int i = 0; i < count; ++i) records.push_back(RandomOffering(random, prefix + std::to_string(i)));
      ASSERT_TRUE(workspace->catalogue().ImportListings(records, OnExisting::kReplace, false, {}).ok());
    };
    import(kListings, "o");
    const std::string profile = scorer_now()->profile_id();
    import(1, "late");
    EXPECT_EQ(scorer_now()->profile_id(), profile);
    ListingRecord question;
    question.title = RandomOffering(random, "").title;
    EXPECT_FALSE(scorer_now()->RankListing(question, 3)->empty());

    import(kListings / 15, "o");  // more than a twentieth: worth a new profile, which no question waits for
    EXPECT_EQ(scorer_now()->profile_id(), profile);
    std::string renewed = profile;
    for (int i = 0; i < 300 && renewed == profile; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      import(1, "next");
      renewed = scorer_now()->profile_id();
    }
    EXPECT_NE(renewed, profile);
    import(1, "later");
    EXPECT_EQ(scorer_now()->profile_id(), renewed);  // it is the one that is followed from now on

    import(kListings, "p");  // as many again: a pool of its own at once
    EXPECT_NE(scorer_now()->profile_id(), renewed);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace magpie
