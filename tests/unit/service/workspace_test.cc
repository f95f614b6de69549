// The scorer of a workspace through a day's changes.
#include "service/workspace.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "service/match_api.h"
#include "service/operations.h"

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
    while (workspace->renewing()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      import(1, "next");
      scorer_now();
    }
    import(1, "next");
    const std::string renewed = scorer_now()->profile_id();
    EXPECT_NE(renewed, profile);
    import(1, "later");
    EXPECT_EQ(scorer_now()->profile_id(), renewed);  // it is the one that is followed from now on

    import(kListings, "p");  // as many again: a pool of its own at once
    EXPECT_NE(scorer_now()->profile_id(), renewed);
  }
  std::filesystem::remove_all(folder);
}

TEST(Workspace, PagesOfARankedListGoOnInOneOrderOrNotAtAll) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "magpie-workspace-pages";
  std::filesystem::remove_all(folder);
  Backend backend;
  backend.workspaces = Workspaces::Open(folder, {}).value();
  backend.engine = Engine::Open(std::string(MAGPIE_SOURCE_DIR) + "/models").value();
  {
    Operations operations;
    MatchApi api(backend, operations);
    const std::shared_ptr<Workspace> workspace = backend.workspaces->Find("default").value();
    const auto profile_now = [&] {
      return workspace->ScorerFor(*backend.engine, workspace->catalogue().snapshot(), {}, RunContext())
          .value()
          ->profile_id();
    };
    const auto settle = [&] {
      while (workspace->renewing()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    };
    Random random(4);
    const auto import = [&](int count) {
      std::vector<ListingRecord> records;
      for (int i = 0; i < count; ++i) records.push_back(RandomOffering(random, "o" + std::to_string(i)));
      ASSERT_TRUE(workspace->catalogue().ImportListings(records, OnExisting::kReplace, false, {}).ok());
    };
    import(kListings);
    v1::SearchListingsRequest request;
    request.set_parent("workspaces/default");
    request.set_query("激光清洗轴承");
    const auto search = [&](int size, const std::string& token) -> absl::StatusOr<v1::SearchListingsResponse> {
      request.set_page_size(size);
      request.set_page_token(token);
      v1::SearchListingsResponse response;
      const absl::Status status = api.SearchListings({}, request, &response, RunContext());
      if (!status.ok()) return status;
      return response;
    };
    const v1::SearchListingsResponse whole = search(100, "").value();
    const v1::SearchListingsResponse first = search(10, "").value();
    settle();
    const std::string profile = profile_now();
    import(kListings / 15);
    EXPECT_EQ(profile_now(), profile);
    settle();
    import(1);
    const std::string renewed = profile_now();
    ASSERT_NE(renewed, profile);

    // No scorer of the first page's snapshot is kept any more, but one of its profile.
    const v1::SearchListingsResponse second = search(10, first.next_page_token()).value();
    ASSERT_EQ(second.results_size(), 10);
    EXPECT_EQ(second.versions().profile_id(), profile);
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(second.results(i).listing().name(), whole.results(10 + i).listing().name());
      EXPECT_EQ(second.results(i).score(), whole.results(10 + i).score());
    }
    EXPECT_EQ(profile_now(), renewed);
    for (int i = 0; i < 3; ++i) {
      import(1);
      EXPECT_EQ(profile_now(), renewed);  // the page's scorer is followed by none
    }
    // Now the profile is gone.
    EXPECT_EQ(ReasonOf(search(10, second.next_page_token()).status()), Reason::kPageTokenInvalid);
  }
  backend.workspaces.reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace magpie
