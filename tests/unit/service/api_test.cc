// The services in-process, on a fresh workspace: what e2e shows over the wire, with room for every case.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <set>
#include <thread>

#include "magpie/base/status.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/match_service.pb.h"
#include "service/catalogue_api.h"
#include "service/operations.h"

namespace magpie {
namespace {

constexpr char kParent[] = "workspaces/default";

class ApiTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("magpie-api-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    Open();
  }
  void TearDown() override {
    Close();
    std::filesystem::remove_all(folder_);
  }
  void Open() {
    auto workspaces = Workspaces::Open(folder_, {"other"});
    ASSERT_TRUE(workspaces.ok()) << ErrorText(workspaces.status());
    backend_.workspaces = *std::move(workspaces);
    api_ = std::make_unique<CatalogueApi>(backend_);
  }
  void Close() {
    api_.reset();
    backend_.workspaces.reset();
  }
  std::shared_ptr<Workspace> workspace() { return *backend_.workspaces->Find("default"); }

  v1::ImportResponse Import(const std::vector<std::string>& ids, v1::OnExisting on_existing, bool validate_only = false,
                            const std::string& title = "磁场传感器") {
    v1::ImportListingsRequest request;
    request.set_parent(kParent);
    request.set_on_existing(on_existing);
    request.set_validate_only(validate_only);
    for (const std::string& id : ids) {
      v1::Listing& listing = *request.add_listings();
      listing.set_external_id(id);
      listing.set_title(title);
    }
    v1::ImportResponse response;
    const absl::Status status = api_->ImportListings(Side::kNeed, request, &response);
    EXPECT_TRUE(status.ok()) << ErrorText(status);
    return response;
  }
  v1::Listing Get(const std::string& name) {
    v1::GetListingRequest request;
    request.set_name(name);
    v1::Listing listing;
    status_ = api_->GetListing({}, Side::kNeed, request, &listing);
    return listing;
  }

  std::filesystem::path folder_;
  Backend backend_;
  std::unique_ptr<CatalogueApi> api_;
  absl::Status status_;
};

TEST_F(ApiTest, CreateReadUpdateDelete) {
  v1::CreateListingRequest create;
  create.set_parent(kParent);
  create.mutable_listing()->set_external_id("需求 1");
  create.mutable_listing()->set_title("寻找非球面镜抛光");
  create.mutable_listing()->mutable_party()->set_display_name("宁波某某光学有限公司");
  v1::Listing created;
  ASSERT_TRUE(api_->CreateListing({}, Side::kNeed, create, &created).ok());
  EXPECT_TRUE(created.name().starts_with("workspaces/default/needs/n-")) << created.name();
  EXPECT_TRUE(created.party().name().starts_with("workspaces/default/parties/p-")) << created.party().name();
  EXPECT_EQ(created.side(), v1::SIDE_NEED);
  EXPECT_EQ(Get(created.name()).SerializeAsString(), created.SerializeAsString());
  EXPECT_EQ(ReasonOf(api_->CreateListing({}, Side::kNeed, create, &created)), Reason::kAlreadyExists);

  v1::UpdateListingRequest update;
  update.mutable_listing()->set_name(created.name());
  update.mutable_listing()->set_etag(created.etag());
  update.mutable_listing()->set_title("寻找自由曲面抛光");
  v1::Listing updated;
  ASSERT_TRUE(api_->UpdateListing({}, Side::kNeed, update, &updated).ok());
  EXPECT_EQ(updated.title(), "寻找自由曲面抛光");
  EXPECT_EQ(updated.party().display_name(), "宁波某某光学有限公司");
  EXPECT_NE(updated.etag(), created.etag());
  const absl::Status stale = api_->UpdateListing({}, Side::kNeed, update, &updated);
  EXPECT_EQ(stale.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(stale), Reason::kEtagMismatch);
  EXPECT_EQ(FieldOf(stale), "listing.etag");

  v1::DeleteListingRequest remove;
  remove.set_name(created.name());
  remove.set_etag(created.etag());
  EXPECT_EQ(ReasonOf(api_->DeleteListing({}, Side::kNeed, remove)), Reason::kEtagMismatch);
  remove.clear_etag();
  EXPECT_TRUE(api_->DeleteListing({}, Side::kNeed, remove).ok());
  Get(created.name());
  EXPECT_EQ(ReasonOf(status_), Reason::kNeedNotFound);
}

TEST_F(ApiTest, ResourceIdsAndExternalIdsMustAgree) {
  v1::CreateListingRequest create;
  create.set_parent(kParent);
  create.set_listing_id("my-need");
  create.mutable_listing()->set_title("题目");
  v1::Listing created;
  ASSERT_TRUE(api_->CreateListing({}, Side::kNeed, create, &created).ok());
  EXPECT_EQ(created.name(), "workspaces/default/needs/my-need");
  EXPECT_EQ(created.external_id(), "my-need");
  create.set_listing_id("another");
  create.mutable_listing()->set_external_id("需求 7");
  EXPECT_EQ(FieldOf(api_->CreateListing({}, Side::kNeed, create, &created)), "listing_id");
  create.set_listing_id("Bad Id");
  EXPECT_EQ(ReasonOf(api_->CreateListing({}, Side::kNeed, create, &created)), Reason::kFieldInvalid);
  create.clear_listing_id();
  create.mutable_listing()->clear_external_id();
  ASSERT_TRUE(api_->CreateListing({}, Side::kNeed, create, &created).ok());
  EXPECT_TRUE(created.external_id().starts_with("n-"));
}

TEST_F(ApiTest, ErrorsNameTheFieldsOfTheRequest) {
  v1::CreateListingRequest create;
  create.set_parent(kParent);
  v1::Listing created;
  EXPECT_EQ(FieldOf(api_->CreateListing({}, Side::kNeed, create, &created)), "listing.title");
  create.mutable_listing()->set_title("题目");
  create.mutable_listing()->set_trl(12);
  EXPECT_EQ(FieldOf(api_->CreateListing({}, Side::kNeed, create, &created)), "listing.trl");
  create.mutable_listing()->clear_trl();
  create.mutable_listing()->mutable_party()->set_display_name(std::string(900, 'x'));
  EXPECT_EQ(FieldOf(api_->CreateListing({}, Side::kNeed, create, &created)), "listing.party.display_name");
  v1::CreatePartyRequest party;
  party.set_parent(kParent);
  v1::Party made;
  EXPECT_EQ(FieldOf(api_->CreateParty(party, &made)), "party.display_name");
  create.set_parent("workspaces/nowhere");
  EXPECT_EQ(ReasonOf(api_->CreateListing({}, Side::kNeed, create, &created)), Reason::kWorkspaceNotFound);
  Get("workspaces/default/offerings/o1");
  EXPECT_EQ(ReasonOf(status_), Reason::kBadArgument);
}

TEST_F(ApiTest, ImportJudgesRowByRow) {
  v1::ImportResponse first = Import({"a", "b", "a", ""}, v1::ON_EXISTING_REFUSE);
  EXPECT_EQ(first.created_count(), 2);
  EXPECT_EQ(first.failed_count(), 2);
  ASSERT_EQ(first.rows_size(), 4);
  EXPECT_EQ(first.rows(0).name(), "workspaces/default/needs/a");
  EXPECT_EQ(ReasonOf(FromRpcStatus(first.rows(2).error())), Reason::kAlreadyExists);
  EXPECT_EQ(ReasonOf(FromRpcStatus(first.rows(3).error())), Reason::kFieldMissing);
  EXPECT_EQ(FieldOf(FromRpcStatus(first.rows(3).error())), "external_id");

  EXPECT_EQ(Import({"a", "b"}, v1::ON_EXISTING_REFUSE).unchanged_count(), 2);
  EXPECT_EQ(Import({"a", "c"}, v1::ON_EXISTING_REFUSE, false, "新题目").failed_count(), 1);
  EXPECT_EQ(Import({"a"}, v1::ON_EXISTING_KEEP, false, "新题目").unchanged_count(), 1);
  EXPECT_EQ(Get("workspaces/default/needs/a").title(), "磁场传感器");
  EXPECT_EQ(Import({"a"}, v1::ON_EXISTING_REPLACE, false, "新题目").updated_count(), 1);
  EXPECT_EQ(Get("workspaces/default/needs/a").title(), "新题目");
}

TEST_F(ApiTest, ValidateOnlyCountsTheSameAndKeepsNothing) {
  const v1::ImportResponse dry = Import({"a", "b", "b"}, v1::ON_EXISTING_REFUSE, true);
  EXPECT_EQ(workspace()->catalogue().snapshot()->need_count(), 0);
  const v1::ImportResponse wet = Import({"a", "b", "b"}, v1::ON_EXISTING_REFUSE, false);
  EXPECT_EQ(dry.created_count(), wet.created_count());
  EXPECT_EQ(dry.failed_count(), wet.failed_count());
  EXPECT_EQ(workspace()->catalogue().snapshot()->need_count(), 2);
}

TEST_F(ApiTest, ARepeatedRequestGetsTheFirstAnswerAlsoAfterARestart) {
  v1::ImportListingsRequest import;
  import.set_parent(kParent);
  import.set_request_id("6f1c");
  import.add_listings()->set_external_id("a");
  import.mutable_listings(0)->set_title("题目");
  import.mutable_listings(0)->mutable_party()->set_display_name("某公司");
  v1::ImportResponse first, again;
  ASSERT_TRUE(api_->ImportListings(Side::kNeed, import, &first).ok());
  ASSERT_TRUE(api_->ImportListings(Side::kNeed, import, &again).ok());
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());

  v1::CreateListingRequest create;
  create.set_parent(kParent);
  create.set_request_id("77aa");
  create.mutable_listing()->set_title("没有编号的需求");
  create.mutable_listing()->mutable_party()->set_display_name("某公司");
  v1::Listing made, remade;
  ASSERT_TRUE(api_->CreateListing({}, Side::kNeed, create, &made).ok());

  Close();
  Open();
  again.Clear();
  ASSERT_TRUE(api_->ImportListings(Side::kNeed, import, &again).ok());
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
  ASSERT_TRUE(api_->CreateListing({}, Side::kNeed, create, &remade).ok());
  EXPECT_EQ(made.SerializeAsString(), remade.SerializeAsString());
  EXPECT_EQ(workspace()->catalogue().snapshot()->need_count(), 2);

  import.mutable_listings(0)->set_title("另一个题目");
  const absl::Status other = api_->ImportListings(Side::kNeed, import, &again);
  EXPECT_EQ(ReasonOf(other), Reason::kRequestIdReused);
  EXPECT_EQ(other.code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ApiTest, PartiesComeWithListingsAndOnTheirOwn) {
  v1::ImportPartiesRequest import;
  import.set_parent(kParent);
  import.add_parties()->set_display_name("西安某研究所");
  import.add_parties();  // no name
  import.mutable_parties(0)->set_kind(v1::PARTY_KIND_INSTITUTE);
  v1::ImportResponse response;
  ASSERT_TRUE(api_->ImportParties(import, &response).ok());
  EXPECT_EQ(response.created_count(), 1);
  EXPECT_EQ(response.failed_count(), 1);
  EXPECT_EQ(FieldOf(FromRpcStatus(response.rows(1).error())), "display_name");
  const std::string name = response.rows(0).name();
  ASSERT_TRUE(name.starts_with("workspaces/default/parties/"));

  v1::CreateListingRequest create;
  create.set_parent(kParent);
  create.mutable_listing()->set_title("题目");
  create.mutable_listing()->mutable_party()->set_name(name);  // by resource name alone
  v1::Listing listing;
  ASSERT_TRUE(api_->CreateListing({}, Side::kOffering, create, &listing).ok());
  EXPECT_EQ(listing.party().name(), name);
  EXPECT_EQ(listing.party().display_name(), "西安某研究所");

  v1::UpdatePartyRequest update;
  update.mutable_party()->set_name(name);
  update.mutable_party()->set_display_name("西安某光学研究所");
  v1::Party party;
  ASSERT_TRUE(api_->UpdateParty(update, &party).ok());
  EXPECT_EQ(party.name(), name);
  EXPECT_EQ(party.kind(), v1::PARTY_KIND_INSTITUTE);
  EXPECT_EQ(workspace()->catalogue().snapshot()->party_count(), 1);

  v1::DeletePartyRequest remove;
  remove.set_name(name);
  const absl::Status used = api_->DeleteParty(remove);
  EXPECT_EQ(used.code(), absl::StatusCode::kFailedPrecondition);
  create.mutable_listing()->mutable_party()->set_name("workspaces/default/parties/p-none");
  EXPECT_EQ(FieldOf(api_->CreateListing({}, Side::kOffering, create, &listing)), "listing.party.name");
}

TEST_F(ApiTest, PagesShowOneSnapshotWhileWritesGoOn) {
  std::vector<std::string> ids;
  for (int i = 0; i < 25; ++i) ids.push_back("n" + std::to_string(100 + i));
  Import(ids, v1::ON_EXISTING_REFUSE);
  v1::ListListingsRequest list;
  list.set_parent(kParent);
  list.set_page_size(10);
  std::vector<std::string> seen;
  do {
    v1::ListListingsResponse page;
    ASSERT_TRUE(api_->ListListings({}, Side::kNeed, list, &page, RunContext()).ok());
    EXPECT_EQ(page.total_size(), 25);
    for (const v1::Listing& listing : page.listings()) seen.push_back(listing.external_id());
    list.set_page_token(page.next_page_token());
    Import({"later" + std::to_string(seen.size())}, v1::ON_EXISTING_REFUSE);
  } while (!list.page_token().empty());
  EXPECT_EQ(seen, ids);

  // A token whose snapshot is gone says so.
  v1::ListListingsResponse page;
  list.clear_page_token();
  ASSERT_TRUE(api_->ListListings({}, Side::kNeed, list, &page, RunContext()).ok());
  list.set_page_token(page.next_page_token());
  Close();
  Open();
  Import({"after-restart"}, v1::ON_EXISTING_REFUSE);
  EXPECT_EQ(ReasonOf(api_->ListListings({}, Side::kNeed, list, &page, RunContext())), Reason::kPageTokenInvalid);
  list.set_page_size(-1);
  EXPECT_EQ(FieldOf(api_->ListListings({}, Side::kNeed, list, &page, RunContext())), "page_size");
}

TEST_F(ApiTest, WorkspacesAreApart) {
  Import({"a"}, v1::ON_EXISTING_REFUSE);
  Get("workspaces/other/needs/a");
  EXPECT_EQ(ReasonOf(status_), Reason::kNeedNotFound);
}

// --- Operations.

class OperationsTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    operations_ = std::make_unique<Operations>();
  }
  void TearDown() override {
    operations_.reset();
    ApiTest::TearDown();
  }
  std::string Start(const std::string& id, std::function<Operations::Outcome(const RunContext&)> run) {
    const std::string name = "workspaces/default/operations/" + id;
    v1::MatchRunMetadata metadata;
    metadata.set_match_run("workspaces/default/matchRuns/" + id);
    metadata.set_stage("waiting");
    Operations::Work work;
    work.run = std::move(run);
    work.rows_of_failure = [this](const absl::Status&) {
      ++failures_;
      return std::vector<RowChange>();
    };
    const auto shared = workspace();
    const std::lock_guard lock(shared->write_mutex());
    const auto started = operations_->Start(shared, name, metadata, {}, {}, std::move(work));
    EXPECT_TRUE(started.ok()) << ErrorText(started.status());
    return name;
  }
  v1::Operation Wait(const std::string& name, std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    std::promise<void> ready;
    operations_->Wait(name, timeout, [&] { ready.set_value(); });
    ready.get_future().wait();
    return *operations_->Get(name);
  }
  // Works until it is stopped.
  static Operations::Outcome Endless(const RunContext& context) {
    while (!context.cancelled()) {
      context.Report("score", 3, 7);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return {context.CheckCancelled(), {}, {}};
  }
  static v1::MatchRunMetadata MetadataOf(const v1::Operation& operation) {
    v1::MatchRunMetadata metadata;
    EXPECT_TRUE(operation.metadata().UnpackTo(&metadata));
    return metadata;
  }
  static Reason ReasonIn(const v1::Operation& operation) { return ReasonOf(FromRpcStatus(operation.error())); }

  std::unique_ptr<Operations> operations_;
  std::atomic<int> failures_ = 0;
};

TEST_F(OperationsTest, EndsWithItsResponseAndKeepsIt) {
  const std::string name = Start("op-1", [](const RunContext&) {
    Operations::Outcome outcome;
    v1::MatchRun run;
    run.set_name("workspaces/default/matchRuns/op-1");
    outcome.response.PackFrom(run);
    return outcome;
  });
  const v1::Operation done = Wait(name);
  ASSERT_TRUE(done.done());
  v1::MatchRun run;
  ASSERT_TRUE(done.response().UnpackTo(&run));
  EXPECT_EQ(run.name(), "workspaces/default/matchRuns/op-1");
  EXPECT_EQ(MetadataOf(done).stage(), "done");

  operations_ = std::make_unique<Operations>();
  ASSERT_TRUE(operations_->Load(workspace()).ok());
  EXPECT_EQ(operations_->Get(name)->SerializeAsString(), done.SerializeAsString());
  EXPECT_TRUE(operations_->Delete(name).ok());
  EXPECT_EQ(ReasonOf(operations_->Get(name).status()), Reason::kOperationNotFound);
}

TEST_F(OperationsTest, ShowsProgressAndCanBeCancelled) {
  const std::string name = Start("op-1", Endless);
  v1::Operation running = Wait(name, std::chrono::milliseconds(30));
  EXPECT_FALSE(running.done());
  EXPECT_EQ(MetadataOf(running).stage(), "score");
  EXPECT_EQ(MetadataOf(running).done_count(), 3);
  EXPECT_EQ(MetadataOf(running).total_count(), 7);
  EXPECT_EQ(ReasonOf(operations_->Delete(name)), Reason::kWrongState);
  EXPECT_TRUE(operations_->Cancel(name).ok());
  const v1::Operation ended = Wait(name);
  EXPECT_EQ(ended.error().code(), 1);
  EXPECT_EQ(ReasonIn(ended), Reason::kCancelled);
  EXPECT_TRUE(operations_->Cancel(name).ok());  // safe to repeat
}

TEST_F(OperationsTest, WhatWaitsIsCancelledAtOnce) {
  const std::string first = Start("op-1", Endless);
  const std::string second = Start("op-2", Endless);
  EXPECT_TRUE(operations_->Cancel(second).ok());
  EXPECT_EQ(ReasonIn(Wait(second)), Reason::kCancelled);
  EXPECT_EQ(failures_, 1);
  EXPECT_FALSE(operations_->Get(first)->done());

  v1::ListOperationsRequest list;
  list.set_name(kParent);
  list.set_filter("done=false");
  v1::ListOperationsResponse response;
  ASSERT_TRUE(operations_->List(list, "default", &response).ok());
  ASSERT_EQ(response.operations_size(), 1);
  EXPECT_EQ(response.operations(0).name(), first);
  list.clear_filter();
  list.set_page_size(1);
  response.Clear();
  ASSERT_TRUE(operations_->List(list, "default", &response).ok());
  EXPECT_EQ(response.operations(0).name(), second);  // newest first
  EXPECT_NE(response.next_page_token(), "");
  list.set_filter("done=maybe");
  EXPECT_EQ(FieldOf(operations_->List(list, "default", &response)), "filter");
}

TEST_F(OperationsTest, AShutdownSaysThatItWasOne) {
  const std::string first = Start("op-1", Endless);
  const std::string second = Start("op-2", Endless);
  Wait(first, std::chrono::milliseconds(20));
  std::atomic<bool> released = false;
  operations_->Wait(first, std::chrono::minutes(5), [&] { released = true; });
  operations_->ReleaseWaiters();
  EXPECT_TRUE(released);
  operations_->Shutdown();
  for (const std::string& name : {first, second}) {
    EXPECT_EQ(ReasonIn(*operations_->Get(name)), Reason::kUnavailable) << name;
    EXPECT_NE(operations_->Get(name)->error().message().find("server restarted"), std::string::npos);
  }
}

TEST_F(OperationsTest, WhatAKilledServerLeftBecomesFailed) {
  v1::Operation left;
  left.set_name("workspaces/default/operations/op-9");
  v1::MatchRunMetadata metadata;
  metadata.set_match_run("workspaces/default/matchRuns/r-9");
  left.mutable_metadata()->PackFrom(metadata);
  ASSERT_TRUE(workspace()->store().Write({{"operation", "op-9", ToJson(left), 0}}).ok());
  for (int start = 0; start < 2; ++start) {  // the second finds what the first wrote
    operations_ = std::make_unique<Operations>();
    ASSERT_TRUE(operations_->Load(workspace()).ok());
    const auto found = operations_->Get(left.name());
    ASSERT_TRUE(found.ok());
    EXPECT_TRUE(found->done());
    EXPECT_EQ(ReasonIn(*found), Reason::kUnavailable);
    EXPECT_NE(found->error().message().find("matchRuns/r-9"), std::string::npos);
  }
}

}  // namespace
}  // namespace magpie
