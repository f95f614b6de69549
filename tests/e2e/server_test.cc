// One server, the whole service: what a program sees that talks to it.
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <set>

#include "magpie/base/status.h"
#include "magpie/ingest/listing_json.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/catalogue_service.grpc.pb.h"
#include "magpie/v1/match_service.grpc.pb.h"
#include "magpie/v1/operations.grpc.pb.h"
#include "server_process.h"

namespace magpie {
namespace {

constexpr char kParent[] = "workspaces/default";

// One server for all tests of this file, holding the sample fair; each test leaves it as it was.
class ServerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new FreshFolder("server");
    server_ = new ServerProcess(folder_->path(), {"--workspace", "empty"});
    ASSERT_TRUE(server_->WaitUntilServing());
    client_ = server_->Connect().release();
    for (const Side side : {Side::kNeed, Side::kOffering}) {
      std::int64_t reported = 0;
      RunContext context;
      context.progress = [&](std::string_view, std::int64_t done, std::int64_t) { reported = done; };
      const auto imported = client_->ImportListings(side, SampleFair(side), {}, context);
      ASSERT_TRUE(imported.ok()) << ErrorText(imported.status());
      EXPECT_EQ(imported->created, side == Side::kNeed ? 120 : 662);
      EXPECT_EQ(imported->failed, 0);
      EXPECT_EQ(reported, imported->created);
    }
    channel_ =
        new std::shared_ptr<grpc::Channel>(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }
  static void TearDownTestSuite() {
    delete channel_;
    delete client_;
    delete server_;
    delete folder_;
  }
  void SetUp() override {
    ASSERT_NE(channel_, nullptr) << "the server did not start";
    catalogue_ = v1::CatalogueService::NewStub(*channel_);
    match_ = v1::MatchService::NewStub(*channel_);
    operations_ = v1::OperationsService::NewStub(*channel_);
  }

  inline static FreshFolder* folder_ = nullptr;
  inline static ServerProcess* server_ = nullptr;
  inline static Client* client_ = nullptr;
  inline static std::shared_ptr<grpc::Channel>* channel_ = nullptr;
  std::unique_ptr<v1::CatalogueService::Stub> catalogue_;
  std::unique_ptr<v1::MatchService::Stub> match_;
  std::unique_ptr<v1::OperationsService::Stub> operations_;
};

// The details as any client would read them, without our own reader.
void ExpectError(const grpc::Status& status, grpc::StatusCode code, const std::string& reason,
                 const std::string& field) {
  EXPECT_EQ(status.error_code(), code) << status.error_message();
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest request;
  for (const auto& detail : details.details()) {
    if (!detail.UnpackTo(&info)) detail.UnpackTo(&request);
  }
  EXPECT_EQ(info.reason(), reason);
  EXPECT_EQ(info.domain(), "magpie");
  if (field.empty()) return;
  ASSERT_EQ(request.field_violations_size(), 1);
  EXPECT_EQ(request.field_violations(0).field(), field);
}

TEST_F(ServerTest, GetListAndPages) {
  grpc::ClientContext get_context;
  v1::GetListingRequest get;
  get.set_name("workspaces/default/needs/" + ResourceId("N0003", "n"));
  v1::Listing listing;
  ASSERT_TRUE(catalogue_->GetNeed(&get_context, get, &listing).ok());
  EXPECT_EQ(listing.external_id(), "N0003");
  EXPECT_EQ(listing.party().display_name(), "山东鲁东石化有限公司");
  EXPECT_EQ(listing.party().region().code(), "370500");
  EXPECT_NE(listing.description(), "");

  v1::ListListingsRequest list;
  list.set_parent(kParent);
  list.set_page_size(250);
  std::set<std::string> names;
  int pages = 0;
  do {
    grpc::ClientContext context;
    v1::ListListingsResponse page;
    ASSERT_TRUE(catalogue_->ListOfferings(&context, list, &page).ok());
    EXPECT_EQ(page.total_size(), 662);
    for (const v1::Listing& item : page.listings()) {
      names.insert(item.name());
      EXPECT_EQ(item.description(), "");  // VIEW_BASIC
    }
    list.set_page_token(page.next_page_token());
    ++pages;
  } while (!list.page_token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(names.size(), 662u);
}

TEST_F(ServerTest, ErrorsCarryReasonAndField) {
  {
    grpc::ClientContext context;
    v1::GetListingRequest get;
    get.set_name("workspaces/default/needs/nobody");
    v1::Listing listing;
    ExpectError(catalogue_->GetNeed(&context, get, &listing), grpc::StatusCode::NOT_FOUND, "NEED_NOT_FOUND", "name");
  }
  {
    grpc::ClientContext context;
    v1::ListListingsRequest list;
    list.set_parent(kParent);
    list.set_page_size(-3);
    v1::ListListingsResponse page;
    ExpectError(catalogue_->ListNeeds(&context, list, &page), grpc::StatusCode::INVALID_ARGUMENT, "BAD_ARGUMENT",
                "page_size");
  }
  {
    grpc::ClientContext context;
    v1::ListListingsRequest list;
    list.set_parent("workspaces/nowhere");
    v1::ListListingsResponse page;
    ExpectError(catalogue_->ListNeeds(&context, list, &page), grpc::StatusCode::NOT_FOUND, "WORKSPACE_NOT_FOUND", "");
  }
  {
    grpc::ClientContext context;
    v1::CreateListingRequest create;
    create.set_parent(kParent);
    create.mutable_listing()->set_title("题目");
    create.mutable_listing()->set_trl(10);
    v1::Listing listing;
    ExpectError(catalogue_->CreateNeed(&context, create, &listing), grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID",
                "listing.trl");
  }
  {
    grpc::ClientContext context;
    v1::ScorePairsRequest score;
    score.set_parent(kParent);
    v1::Pair& pair = *score.add_pairs();
    pair.set_need("workspaces/default/needs/" + ResourceId("N0003", "n"));
    pair.set_offering("workspaces/default/offerings/o-none");
    v1::ScorePairsResponse response;
    ExpectError(match_->ScorePairs(&context, score, &response), grpc::StatusCode::NOT_FOUND, "OFFERING_NOT_FOUND",
                "pairs[0].offering");
  }
  {
    grpc::ClientContext context;
    v1::GetOperationRequest get;
    get.set_name("workspaces/default/operations/op-none");
    v1::Operation operation;
    ExpectError(operations_->GetOperation(&context, get, &operation), grpc::StatusCode::NOT_FOUND,
                "OPERATION_NOT_FOUND", "name");
  }
}

TEST_F(ServerTest, UpdateWithEtag) {
  v1::CreateListingRequest create;
  create.set_parent(kParent);
  create.set_listing_id("to-update");
  create.mutable_listing()->set_title("旧题目");
  v1::Listing listing;
  grpc::ClientContext create_context;
  ASSERT_TRUE(catalogue_->CreateOffering(&create_context, create, &listing).ok());
  v1::UpdateListingRequest update;
  *update.mutable_listing() = listing;
  update.mutable_listing()->set_title("新题目");
  update.mutable_update_mask()->add_paths("title");
  grpc::ClientContext first, second, third;
  ASSERT_TRUE(catalogue_->UpdateOffering(&first, update, &listing).ok());
  EXPECT_EQ(listing.title(), "新题目");
  ExpectError(catalogue_->UpdateOffering(&second, update, &listing), grpc::StatusCode::ABORTED, "ETAG_MISMATCH",
              "listing.etag");
  v1::DeleteListingRequest remove;
  remove.set_name("workspaces/default/offerings/to-update");
  google::protobuf::Empty empty;
  ASSERT_TRUE(catalogue_->DeleteOffering(&third, remove, &empty).ok());
}

TEST_F(ServerTest, DiagnosesANeedWithTheServersOfferings) {
  const auto answer = client_->Diagnose({"N0002"}, Language::kEn, {});
  ASSERT_TRUE(answer.ok()) << ErrorText(answer.status());
  EXPECT_NE(answer->versions.model_id, "");
  ASSERT_EQ(answer->diagnoses.size(), 1u);
  const NeedDiagnosis& diagnosis = answer->diagnoses[0];
  EXPECT_EQ(diagnosis.need_id, "N0002");
  ASSERT_EQ(diagnosis.findings.size(), static_cast<std::size_t>(kNeedAspectCount));
  EXPECT_EQ(diagnosis.findings[static_cast<std::size_t>(NeedAspect::kMaturity)].value, "TRL 7");
  const NeedFinding& method = diagnosis.findings[static_cast<std::size_t>(NeedAspect::kMethod)];
  EXPECT_EQ(method.state, FindingState::kMissing);
  EXPECT_EQ(method.question.rfind("About ", 0), 0u) << method.question;
  EXPECT_GE(method.groups.size(), 2u);

  EXPECT_EQ(ReasonOf(client_->Diagnose({"N0002", "nobody"}, Language::kZh, {}).status()), Reason::kNeedNotFound);

  // The offerings of a group bear resource names beside their external ids.
  grpc::ClientContext context;
  v1::DiagnoseNeedRequest request;
  request.set_need("workspaces/default/needs/" + ResourceId("N0002", "n"));
  v1::DiagnoseNeedResponse response;
  ASSERT_TRUE(match_->DiagnoseNeed(&context, request, &response).ok());
  EXPECT_EQ(response.need(), request.need());
  for (const v1::NeedFinding& finding : response.findings()) {
    for (const v1::CandidateGroup& group : finding.groups()) {
      ASSERT_EQ(group.offerings_size(), group.offering_external_ids_size());
      EXPECT_EQ(group.offerings(0), "workspaces/default/offerings/" + ResourceId(group.offering_external_ids(0), "o"));
    }
  }
}

TEST_F(ServerTest, RecommendSearchScoreAndExplainAgree) {
  const auto best = client_->Recommend(Side::kNeed, "N0001", 5, {});
  ASSERT_TRUE(best.ok()) << ErrorText(best.status());
  ASSERT_EQ(best->pairs.size(), 5u);
  EXPECT_GT(best->versions.catalogue, 0);
  EXPECT_NE(best->versions.model_id, "");
  for (std::size_t i = 0; i < best->pairs.size(); ++i) {
    EXPECT_EQ(best->pairs[i].rank, static_cast<int>(i) + 1);
    EXPECT_LE(best->pairs[i].score, i > 0 ? best->pairs[i - 1].score : 1.0);
    EXPECT_NE(best->pairs[i].title, "");
  }

  std::vector<std::pair<std::string, std::string>> pairs;
  for (const RemotePair& pair : best->pairs) pairs.emplace_back(pair.need_id, pair.offering_id);
  std::reverse(pairs.begin(), pairs.end());
  const auto scores = client_->ScorePairs(pairs, {});
  ASSERT_TRUE(scores.ok()) << ErrorText(scores.status());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const RemotePair& same = best->pairs[pairs.size() - 1 - i];
    EXPECT_EQ(scores->pairs[i].score, same.score);  // one score in every method
    EXPECT_EQ(scores->pairs[i].offering_id, same.offering_id);
  }

  const auto explained = client_->Explain(pairs[4].first, pairs[4].second, Audience::kFirm, Language::kEn, {});
  ASSERT_TRUE(explained.ok()) << ErrorText(explained.status());
  EXPECT_EQ(explained->explanation.pair.score, best->pairs[0].score);
  EXPECT_FALSE(explained->explanation.evidence.empty());
  EXPECT_NE(explained->explanation.summary, "");

  const auto back = client_->Recommend(Side::kOffering, best->pairs[0].offering_id, 3, {});
  ASSERT_TRUE(back.ok());
  EXPECT_FALSE(back->pairs.empty());

  const auto found = client_->Search(Side::kOffering, "从原矿里提前抛掉废石 X射线分选", 5, {});
  ASSERT_TRUE(found.ok()) << ErrorText(found.status());
  ASSERT_FALSE(found->pairs.empty());
  EXPECT_NE(found->pairs[0].offering_id, "");
  EXPECT_EQ(found->pairs[0].need_id, "");
  EXPECT_EQ(ReasonOf(client_->Search(Side::kOffering, " ", 5, {}).status()), Reason::kFieldMissing);
}

TEST_F(ServerTest, SearchFiltersAndPages) {
  v1::SearchListingsRequest search;
  search.set_parent(kParent);
  search.set_query("检测");
  search.mutable_filter()->add_party_kinds(v1::PARTY_KIND_UNIVERSITY);
  search.set_page_size(4);
  std::vector<double> scores;
  for (int pages = 0; pages < 3; ++pages) {
    grpc::ClientContext context;
    v1::SearchListingsResponse response;
    const grpc::Status status = match_->SearchListings(&context, search, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    for (const v1::SearchResult& result : response.results()) {
      EXPECT_EQ(result.listing().party().kind(), v1::PARTY_KIND_UNIVERSITY);
      scores.push_back(result.score());
      EXPECT_EQ(result.rank(), static_cast<int>(scores.size()));
    }
    search.set_page_token(response.next_page_token());
    if (search.page_token().empty()) break;
  }
  EXPECT_GT(scores.size(), 4u);
  EXPECT_TRUE(std::is_sorted(scores.rbegin(), scores.rend()));

  grpc::ClientContext context;
  search.set_query("别的问题");  // the token belongs to another question
  if (search.page_token().empty()) search.set_page_token("1.4.0");
  v1::SearchListingsResponse response;
  ExpectError(match_->SearchListings(&context, search, &response), grpc::StatusCode::INVALID_ARGUMENT,
              "PAGE_TOKEN_INVALID", "page_token");
}

TEST_F(ServerTest, RunsAreComparedPairByPair) {
  const auto run = [&](int capacity) {
    PlanOptions options;
    options.need_capacity = capacity;
    const auto started = client_->StartMatchRun(options, {});
    EXPECT_TRUE(started.ok()) << ErrorText(started.status());
    const auto ended = client_->WaitMatchRun(*started, {});
    EXPECT_TRUE(ended.ok() && ended->succeeded);
    return *ended;
  };
  const RemoteRun base = run(3), now = run(2);
  v1::CompareMatchRunsRequest request;
  request.set_name(now.name);
  request.set_base(base.name);
  request.set_changed_only(true);
  request.set_page_size(7);
  std::int64_t went = 0, came = 0;
  v1::CompareMatchRunsResponse page;
  do {
    grpc::ClientContext context;
    const grpc::Status status = match_->CompareMatchRuns(&context, request, &page);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_LE(page.changes_size(), 7);
    for (const v1::MatchChange& change : page.changes()) {
      ++(change.fate() == v1::MatchChange::FATE_WENT ? went : came);
      EXPECT_NE(change.sentence().find(change.need_external_id()), std::string::npos);
      EXPECT_TRUE(change.has_score_before() && change.has_score_now());
      EXPECT_FALSE(change.reason().empty());
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(went, page.went_count());
  EXPECT_EQ(came, page.came_count());
  EXPECT_GT(went, 0);
  EXPECT_EQ(page.stayed_count() + went, base.funnel.matches);
  EXPECT_EQ(page.stayed_count() + came, now.funnel.matches);

  grpc::ClientContext context, other_context;
  request.clear_page_token();
  request.set_base(std::string(kParent) + "/matchRuns/none");
  ExpectError(match_->CompareMatchRuns(&context, request, &page), grpc::StatusCode::NOT_FOUND, "MATCH_RUN_NOT_FOUND",
              "base");
  request.set_base(base.name);
  request.set_page_size(-1);
  ExpectError(match_->CompareMatchRuns(&other_context, request, &page), grpc::StatusCode::INVALID_ARGUMENT,
              "BAD_ARGUMENT", "page_size");
}

TEST_F(ServerTest, MatchRunWithProgressAndResults) {
  PlanOptions options;
  options.need_capacity = 1;
  options.rules.groups.push_back({.name = "西部", .side = Side::kNeed, .regions = {ParseRegion("西部地区")}});
  const auto started = client_->StartMatchRun(options, {});
  ASSERT_TRUE(started.ok()) << ErrorText(started.status());
  const auto ended = client_->WaitMatchRun(*started, {});
  ASSERT_TRUE(ended.ok()) << ErrorText(ended.status());
  ASSERT_TRUE(ended->succeeded) << ErrorText(ended->error);
  EXPECT_EQ(ended->funnel.needs, 120);
  EXPECT_GT(ended->funnel.matches, 0);
  const auto matches = client_->ListMatches(*ended, {});
  ASSERT_TRUE(matches.ok()) << ErrorText(matches.status());
  EXPECT_EQ(static_cast<std::int64_t>(matches->pairs.size()), ended->funnel.matches);
  std::set<std::string> needs;
  for (const RemotePair& pair : matches->pairs) EXPECT_TRUE(needs.insert(pair.need_id).second) << "capacity 1";
  const auto open = client_->ListOpen(*ended, {});
  ASSERT_TRUE(open.ok());
  const auto open_needs =
      std::count_if(open->begin(), open->end(), [](const RemoteOpen& item) { return item.side == Side::kNeed; });
  EXPECT_EQ(open_needs + static_cast<std::int64_t>(needs.size()), 120);

  v1::ListMatchRunsRequest list;
  list.set_parent(kParent);
  grpc::ClientContext context, delete_context, get_context;
  v1::ListMatchRunsResponse runs;
  ASSERT_TRUE(match_->ListMatchRuns(&context, list, &runs).ok());
  ASSERT_GE(runs.match_runs_size(), 1);
  EXPECT_EQ(runs.match_runs(0).options().need_capacity(), 1);
  const v1::FairnessReport& fairness = runs.match_runs(0).fairness();
  EXPECT_TRUE(fairness.proven());
  EXPECT_NEAR(fairness.total_score(), fairness.total_score_bound(), 1e-6);
  ASSERT_EQ(fairness.groups_size(), 1);
  EXPECT_EQ(fairness.groups(0).name(), "西部");
  EXPECT_GT(fairness.groups(0).match_count(), 0);
  EXPECT_EQ(fairness.dial_size(), 11);
  ASSERT_GT(runs.match_runs(0).what_ifs_size(), 0);
  EXPECT_GT(runs.match_runs(0).what_ifs(0).gain(), 0);
  EXPECT_FALSE(runs.match_runs(0).what_ifs(0).sentence().empty());
  v1::DeleteMatchRunRequest remove;
  remove.set_name(ended->name);
  google::protobuf::Empty empty;
  EXPECT_TRUE(match_->DeleteMatchRun(&delete_context, remove, &empty).ok());
  v1::GetMatchRunRequest get;
  get.set_name(ended->name);
  v1::MatchRun run;
  ExpectError(match_->GetMatchRun(&get_context, get, &run), grpc::StatusCode::NOT_FOUND, "MATCH_RUN_NOT_FOUND", "name");
}

TEST_F(ServerTest, ACancelledRunHasNoResults) {
  PlanOptions options;
  options.all_pairs = true;
  // Behind another one it cannot be done before the cancel arrives.
  const auto before = client_->StartMatchRun(options, {});
  const auto started = client_->StartMatchRun(options, {});
  ASSERT_TRUE(before.ok() && started.ok());
  std::stop_source stop;
  stop.request_stop();
  RunContext context;
  context.stop = stop.get_token();
  const auto ended = client_->WaitMatchRun(*started, context);
  ASSERT_TRUE(ended.ok()) << ErrorText(ended.status());
  EXPECT_FALSE(ended->succeeded);
  EXPECT_EQ(ReasonOf(ended->error), Reason::kCancelled);
  const auto matches = client_->ListMatches(*ended, {});
  EXPECT_EQ(ReasonOf(matches.status()), Reason::kWrongState);
  EXPECT_TRUE(client_->CancelMatchRun(*before).ok());
  EXPECT_TRUE(client_->WaitMatchRun(*before, {}).ok());
}

TEST_F(ServerTest, RunsAreCheckedBeforeTheyStart) {
  v1::CreateMatchRunRequest create;
  create.set_parent(kParent);
  create.set_validate_only(true);
  grpc::ClientContext context, bad_context;
  v1::Operation operation;
  ASSERT_TRUE(match_->CreateMatchRun(&context, create, &operation).ok());
  EXPECT_TRUE(operation.done());
  EXPECT_EQ(operation.name(), "");
  v1::MatchRun run;
  ASSERT_TRUE(operation.response().UnpackTo(&run));
  EXPECT_EQ(run.counts().need_count(), 120);
  create.mutable_match_run()->mutable_options()->set_threshold(7);
  ExpectError(match_->CreateMatchRun(&bad_context, create, &operation), grpc::StatusCode::INVALID_ARGUMENT,
              "FIELD_INVALID", "match_run.options.threshold");
}

TEST_F(ServerTest, AnEmptyWorkspaceAnswersWithEmptyLists) {
  const auto client = server_->Connect("empty");
  const auto found = client->Search(Side::kOffering, "检测", 5, {});
  ASSERT_TRUE(found.ok()) << ErrorText(found.status());
  EXPECT_TRUE(found->pairs.empty());
  const auto started = client->StartMatchRun({}, {});
  ASSERT_TRUE(started.ok());
  const auto ended = client->WaitMatchRun(*started, {});
  ASSERT_TRUE(ended.ok());
  EXPECT_TRUE(ended->succeeded) << ErrorText(ended->error);
}

TEST_F(ServerTest, ADeadlineEndsTheCall) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(30));
  v1::WaitOperationRequest wait;
  const auto before = client_->StartMatchRun({}, {});
  PlanOptions options;
  options.all_pairs = true;
  const auto started = client_->StartMatchRun(options, {});
  ASSERT_TRUE(before.ok() && started.ok());
  wait.set_name(started->operation);
  v1::Operation operation;
  const grpc::Status status = operations_->WaitOperation(&context, wait, &operation);
  EXPECT_TRUE(status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED || operation.done());
  EXPECT_TRUE(client_->CancelMatchRun(*started).ok());
  EXPECT_TRUE(client_->WaitMatchRun(*started, {}).ok());
}

TEST_F(ServerTest, AMessageBeyondTheLimitIsRefusedClearly) {
  ListingRecord record;
  record.id = "huge";
  record.title = "题目";
  record.remark = std::string(17 << 20, 'x');
  const auto imported = client_->ImportListings(Side::kNeed, std::span(&record, 1), {}, {});
  EXPECT_EQ(ReasonOf(imported.status()), Reason::kLimitExceeded);
  EXPECT_NE(ErrorText(imported.status()).find("16 MiB"), std::string::npos) << ErrorText(imported.status());
}

}  // namespace
}  // namespace magpie
