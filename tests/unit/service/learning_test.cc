// Feedback and the choice of a ranker in-process; what is learned is shown over the wire, in tests/e2e.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "magpie/base/status.h"
#include "service/catalogue_api.h"
#include "service/learning_api.h"

namespace magpie {
namespace {

constexpr char kParent[] = "workspaces/default";

class LearningTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("magpie-learning-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    Open();
    for (const char* id : {"n1", "需求 2"}) AddListing(Side::kNeed, id);
    for (const char* id : {"o1", "o2", "o3"}) AddListing(Side::kOffering, id);
  }
  void TearDown() override {
    Close();
    std::filesystem::remove_all(folder_);
  }
  void Open() {
    auto workspaces = Workspaces::Open(folder_, {"other"});
    ASSERT_TRUE(workspaces.ok()) << ErrorText(workspaces.status());
    backend_.workspaces = *std::move(workspaces);
    backend_.warning = [this](std::string_view message) { warnings_ += message; };
    operations_ = std::make_unique<Operations>();
    api_ = std::make_unique<LearningApi>(backend_, *operations_);
    for (const auto& [name, workspace] : backend_.workspaces->all()) ASSERT_TRUE(api_->LoadRanker(*workspace).ok());
  }
  void Close() {
    api_.reset();
    operations_.reset();
    backend_.workspaces.reset();
  }
  std::shared_ptr<Workspace> workspace() { return *backend_.workspaces->Find("default"); }

  void AddListing(Side side, const std::string& id) {
    v1::CreateListingRequest request;
    request.set_parent(kParent);
    request.mutable_listing()->set_external_id(id);
    request.mutable_listing()->set_title("磁场传感器");
    v1::Listing listing;
    ASSERT_TRUE(CatalogueApi(backend_).CreateListing({}, side, request, &listing).ok());
    names_[id] = listing.name();
  }
  v1::CreateFeedbackRequest Request(const std::string& need, const std::string& offering, v1::Verdict verdict) {
    v1::CreateFeedbackRequest request;
    request.set_parent(kParent);
    request.mutable_feedback()->set_need(names_.at(need));
    request.mutable_feedback()->set_offering(names_.at(offering));
    request.mutable_feedback()->set_verdict(verdict);
    return request;
  }
  v1::Feedback Create(const v1::CreateFeedbackRequest& request) {
    v1::Feedback feedback;
    const absl::Status status = api_->CreateFeedback(request, &feedback);
    EXPECT_TRUE(status.ok()) << ErrorText(status);
    return feedback;
  }
  absl::Status Refused(const v1::CreateFeedbackRequest& request) {
    v1::Feedback feedback;
    return api_->CreateFeedback(request, &feedback);
  }
  v1::ListFeedbackResponse List(v1::ListFeedbackRequest request = {}) {
    if (request.parent().empty()) request.set_parent(kParent);
    v1::ListFeedbackResponse response;
    const absl::Status status = api_->ListFeedback(request, &response);
    EXPECT_TRUE(status.ok()) << ErrorText(status);
    return response;
  }
  absl::Status Activate(const std::string& id, bool force = false) {
    v1::ActivateRankerRequest request;
    request.set_name(std::string(kParent) + "/rankers/" + id);
    request.set_force(force);
    v1::Ranker ranker;
    return api_->ActivateRanker(request, &ranker);
  }
  // A ranker as LearnRanker keeps it.
  void KeepRanker(const std::string& id, bool worse, std::string model_json) {
    v1::Ranker ranker;
    ranker.set_name(std::string(kParent) + "/rankers/" + id);
    ranker.set_ranker_id(id);
    ranker.set_worse(worse);
    ranker.mutable_create_time()->set_seconds(1'700'000'000);
    if (model_json.empty()) {
      Ranker model;
      model.id = id;
      model_json = model.ToJson();
    }
    ranker.set_model_json(std::move(model_json));
    ASSERT_TRUE(workspace()->store().Write({{"ranker", id, ToJson(ranker), std::nullopt}}).ok());
  }
  std::string ActiveRanker() { return workspace()->active_ranker()->IdOr("shipped"); }

  std::filesystem::path folder_;
  Backend backend_;
  std::unique_ptr<Operations> operations_;
  std::unique_ptr<LearningApi> api_;
  std::map<std::string, std::string> names_;  // by external id
  std::string warnings_;
};

TEST_F(LearningTest, FeedbackIsKeptFoundAndDeleted) {
  v1::CreateFeedbackRequest request = Request("需求 2", "o1", v1::VERDICT_DECLINED);
  request.mutable_feedback()->set_decline_reason(v1::DECLINE_REASON_PRICE);
  request.mutable_feedback()->set_decline_detail("报价高出预算一倍");
  request.mutable_feedback()->set_side(v1::SIDE_NEED);
  request.mutable_feedback()->set_note("cafe\u0301");
  request.mutable_feedback()->set_name("ignored");
  const v1::Feedback created = Create(request);
  EXPECT_TRUE(created.name().starts_with("workspaces/default/feedback/f-")) << created.name();
  EXPECT_EQ(created.need_external_id(), "需求 2");
  EXPECT_EQ(created.offering_external_id(), "o1");
  EXPECT_EQ(created.note(), "caf\u00e9");
  EXPECT_GT(created.create_time().seconds(), 0);

  Close();
  Open();
  v1::GetFeedbackRequest get;
  get.set_name(created.name());
  v1::Feedback found;
  ASSERT_TRUE(api_->GetFeedback(get, &found).ok());
  EXPECT_EQ(found.SerializeAsString(), created.SerializeAsString());
  EXPECT_EQ(List().feedback(0).SerializeAsString(), created.SerializeAsString());

  v1::DeleteFeedbackRequest remove;
  remove.set_name(created.name());
  remove.set_request_id("once");
  EXPECT_TRUE(api_->DeleteFeedback(remove).ok());
  EXPECT_TRUE(api_->DeleteFeedback(remove).ok()) << "a retry";
  remove.set_request_id("twice");
  EXPECT_EQ(ReasonOf(api_->DeleteFeedback(remove)), Reason::kFeedbackNotFound);
  EXPECT_EQ(ReasonOf(api_->GetFeedback(get, &found)), Reason::kFeedbackNotFound);
  EXPECT_EQ(List().total_size(), 0);
}

TEST_F(LearningTest, ErrorsNameTheFields) {
  const auto expect = [&](const v1::CreateFeedbackRequest& request, Reason reason, const std::string& field) {
    const absl::Status status = Refused(request);
    EXPECT_EQ(ReasonOf(status), reason) << ErrorText(status);
    EXPECT_EQ(FieldOf(status), field);
  };
  expect(Request("n1", "o1", v1::VERDICT_UNSPECIFIED), Reason::kFieldMissing, "feedback.verdict");
  v1::CreateFeedbackRequest request = Request("n1", "o1", static_cast<v1::Verdict>(99));
  expect(request, Reason::kFieldInvalid, "feedback.verdict");
  request = Request("n1", "o1", v1::VERDICT_MET);
  request.mutable_feedback()->set_decline_reason(v1::DECLINE_REASON_TIME);
  expect(request, Reason::kFieldInvalid, "feedback.decline_reason");
  request.mutable_feedback()->clear_decline_reason();
  request.mutable_feedback()->set_decline_detail("太晚");
  expect(request, Reason::kFieldInvalid, "feedback.decline_detail");
  request = Request("n1", "o1", v1::VERDICT_MET);
  request.mutable_feedback()->set_note(std::string(2'001, 'x'));
  expect(request, Reason::kFieldInvalid, "feedback.note");
  request = Request("n1", "o1", v1::VERDICT_MET);
  request.set_feedback_id("Bad Id");
  expect(request, Reason::kFieldInvalid, "feedback_id");
  request = Request("n1", "o1", v1::VERDICT_MET);
  request.mutable_feedback()->set_need(names_.at("o1"));
  expect(request, Reason::kBadArgument, "feedback.need");
  request.mutable_feedback()->set_need("workspaces/default/needs/nobody");
  expect(request, Reason::kNeedNotFound, "feedback.need");
  request = Request("n1", "o1", v1::VERDICT_MET);
  request.set_parent("workspaces/other");
  expect(request, Reason::kBadArgument, "feedback.need");
  EXPECT_EQ(List().total_size(), 0) << "something was kept all the same";
}

TEST_F(LearningTest, ARequestIdCountsOnce) {
  v1::CreateFeedbackRequest request = Request("n1", "o1", v1::VERDICT_ACCEPTED);
  request.set_request_id("r-1");
  const v1::Feedback first = Create(request);
  Close();
  Open();
  EXPECT_EQ(Create(request).SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(List().total_size(), 1);
  request.mutable_feedback()->set_verdict(v1::VERDICT_MET);
  EXPECT_EQ(ReasonOf(Refused(request)), Reason::kRequestIdReused);
  request.clear_request_id();
  request.set_feedback_id("mine");
  EXPECT_EQ(Create(request).name(), "workspaces/default/feedback/mine");
  EXPECT_EQ(ReasonOf(Refused(request)), Reason::kAlreadyExists);
}

TEST_F(LearningTest, ABatchIsKeptAsAWholeOrNotAtAll) {
  v1::BatchCreateFeedbackRequest batch;
  batch.set_parent(kParent);
  batch.set_request_id("b-1");
  v1::BatchCreateFeedbackResponse response;
  EXPECT_EQ(FieldOf(api_->BatchCreateFeedback(batch, &response)), "requests");
  for (const char* offering : {"o1", "o2", "o3"}) *batch.add_requests() = Request("n1", offering, v1::VERDICT_MET);
  batch.mutable_requests(1)->mutable_feedback()->set_offering("workspaces/default/offerings/nobody");
  absl::Status status = api_->BatchCreateFeedback(batch, &response);
  EXPECT_EQ(ReasonOf(status), Reason::kOfferingNotFound);
  EXPECT_EQ(FieldOf(status), "requests[1].feedback.offering");
  EXPECT_EQ(List().total_size(), 0);
  *batch.mutable_requests(1) = Request("n1", "o2", v1::VERDICT_MET);
  batch.mutable_requests(0)->set_feedback_id("same");
  batch.mutable_requests(2)->set_feedback_id("same");
  EXPECT_EQ(FieldOf(api_->BatchCreateFeedback(batch, &response)), "requests[2].feedback_id");
  batch.mutable_requests(2)->clear_feedback_id();
  batch.mutable_requests(2)->set_request_id("inner");
  EXPECT_EQ(FieldOf(api_->BatchCreateFeedback(batch, &response)), "requests[2].request_id");
  batch.mutable_requests(2)->clear_request_id();
  status = api_->BatchCreateFeedback(batch, &response);
  ASSERT_TRUE(status.ok()) << ErrorText(status);
  ASSERT_EQ(response.feedback_size(), 3);
  v1::BatchCreateFeedbackResponse again;
  ASSERT_TRUE(api_->BatchCreateFeedback(batch, &again).ok());
  EXPECT_EQ(again.SerializeAsString(), response.SerializeAsString());
  const v1::ListFeedbackResponse list = List();
  ASSERT_EQ(list.total_size(), 3);
  EXPECT_EQ(list.feedback(0).offering_external_id(), "o3") << "the last of the batch is the newest";
}

TEST_F(LearningTest, AWorkspaceTakesSoMuchAndNoMore) {
  v1::Feedback piece = Create(Request("n1", "o1", v1::VERDICT_MET));
  for (std::size_t i = 1; i < kMostFeedback; ++i) {
    piece.set_name(std::string(kParent) + "/feedback/x" + std::to_string(i));
    piece.mutable_create_time()->set_seconds(static_cast<std::int64_t>(i));
    workspace()->feedback().Add(piece);
  }
  EXPECT_EQ(ReasonOf(Refused(Request("n1", "o1", v1::VERDICT_MET))), Reason::kLimitExceeded);
  EXPECT_EQ(List().total_size(), static_cast<std::int64_t>(kMostFeedback));
  workspace()->feedback().Remove("x7");
  Create(Request("n1", "o1", v1::VERDICT_MET));
}

TEST_F(LearningTest, PagesGoOnWhereTheyWereWhateverComesAndGoes) {
  std::vector<std::string> names;
  for (int i = 0; i < 10; ++i) names.push_back(Create(Request("n1", "o1", v1::VERDICT_MET)).name());
  v1::ListFeedbackRequest request;
  request.set_page_size(4);
  v1::ListFeedbackResponse page = List(request);
  ASSERT_EQ(page.feedback_size(), 4);
  EXPECT_EQ(page.feedback(0).name(), names[9]);
  EXPECT_EQ(page.total_size(), 10);
  Create(Request("n1", "o2", v1::VERDICT_MET));
  v1::DeleteFeedbackRequest remove;
  remove.set_name(names[6]);
  ASSERT_TRUE(api_->DeleteFeedback(remove).ok());
  request.set_page_token(page.next_page_token());
  page = List(request);
  ASSERT_EQ(page.feedback_size(), 4);
  EXPECT_EQ(page.feedback(0).name(), names[5]);
  request.set_page_token(page.next_page_token());
  page = List(request);
  ASSERT_EQ(page.feedback_size(), 2);
  EXPECT_EQ(page.feedback(1).name(), names[0]);
  EXPECT_EQ(page.next_page_token(), "");

  request.set_offering(names_.at("o1"));
  v1::ListFeedbackResponse response;
  request.set_parent(kParent);
  EXPECT_EQ(ReasonOf(api_->ListFeedback(request, &response)), Reason::kPageTokenInvalid);
  request.set_page_size(-1);
  request.clear_page_token();
  EXPECT_EQ(FieldOf(api_->ListFeedback(request, &response)), "page_size");
}

TEST_F(LearningTest, FiltersByListingAndOutlivesIt) {
  Create(Request("n1", "o1", v1::VERDICT_MET));
  Create(Request("需求 2", "o1", v1::VERDICT_MET));
  Create(Request("需求 2", "o2", v1::VERDICT_SIGNED));
  v1::ListFeedbackRequest request;
  request.set_need(names_.at("需求 2"));
  EXPECT_EQ(List(request).total_size(), 2);
  request.set_offering(names_.at("o2"));
  EXPECT_EQ(List(request).total_size(), 1);
  v1::DeleteListingRequest remove;
  remove.set_name(names_.at("需求 2"));
  ASSERT_TRUE(CatalogueApi(backend_).DeleteListing({}, Side::kNeed, remove).ok());
  Close();
  Open();
  EXPECT_EQ(List(request).total_size(), 1);
  EXPECT_EQ(List(request).feedback(0).verdict(), v1::VERDICT_SIGNED);
  request.set_offering("workspaces/other/offerings/o2");
  request.set_parent(kParent);
  v1::ListFeedbackResponse response;
  EXPECT_EQ(FieldOf(api_->ListFeedback(request, &response)), "offering");
}

TEST_F(LearningTest, TheChosenRankerHoldsOverARestart) {
  EXPECT_EQ(ActiveRanker(), "shipped");
  EXPECT_EQ(ReasonOf(Activate("learned-1")), Reason::kRankerNotFound);
  KeepRanker("learned-1", false, "");
  ASSERT_TRUE(Activate("learned-1").ok());
  EXPECT_EQ(ActiveRanker(), "learned-1");
  Close();
  Open();
  EXPECT_EQ(ActiveRanker(), "learned-1");
  EXPECT_EQ(warnings_, "");
  v1::GetRankerRequest get;
  get.set_name("workspaces/default/rankers/learned-1");
  v1::Ranker ranker;
  ASSERT_TRUE(api_->GetRanker(get, &ranker).ok());
  EXPECT_TRUE(ranker.active());
}

TEST_F(LearningTest, ARankerThatDidWorseMustBeForced) {
  KeepRanker("learned-1", true, "");
  const absl::Status status = Activate("learned-1");
  EXPECT_EQ(ReasonOf(status), Reason::kWrongState);
  EXPECT_NE(ErrorText(status).find("force"), std::string::npos);
  EXPECT_EQ(ActiveRanker(), "shipped");
  ASSERT_TRUE(Activate("learned-1", true).ok());
  EXPECT_EQ(ActiveRanker(), "learned-1");
}

TEST_F(LearningTest, ARankerOfAnotherReleaseGivesWayWithAWarning) {
  KeepRanker("learned-1", false, "");
  ASSERT_TRUE(Activate("learned-1").ok());
  KeepRanker("learned-1", false, R"({"format": 99})");
  Close();
  Open();
  EXPECT_EQ(ActiveRanker(), "shipped");
  EXPECT_NE(warnings_.find("learn anew"), std::string::npos) << warnings_;
  EXPECT_EQ(ReasonOf(Activate("learned-1")), Reason::kWrongState);
}

TEST_F(LearningTest, LearningWithoutModelsIsRefused) {
  v1::LearnRankerRequest request;
  request.set_parent(kParent);
  v1::Operation operation;
  EXPECT_EQ(ReasonOf(api_->LearnRanker(request, &operation)), Reason::kModelMissing);
  request.set_force(true);
  EXPECT_EQ(FieldOf(api_->LearnRanker(request, &operation)), "force");
  request.clear_force();
  request.set_shrinkage(0);
  EXPECT_EQ(FieldOf(api_->LearnRanker(request, &operation)), "shrinkage");
}

// tests/data/workspace-v1.db was written before there was feedback.
TEST_F(LearningTest, AnOlderWorkspaceTakesFeedback) {
  Close();
  std::filesystem::remove(folder_ / "other.db");
  std::filesystem::copy_file(std::filesystem::path(MAGPIE_SOURCE_DIR) / "tests/data/workspace-v1.db",
                             folder_ / "other.db");
  Open();
  v1::CreateFeedbackRequest request;
  request.set_parent("workspaces/other");
  request.mutable_feedback()->set_need("workspaces/other/needs/" + ResourceId("N1", "n"));
  request.mutable_feedback()->set_offering("workspaces/other/offerings/" + ResourceId("O1", "o"));
  request.mutable_feedback()->set_verdict(v1::VERDICT_SIGNED);
  EXPECT_EQ(Create(request).need_external_id(), "N1");
  Close();
  Open();
  v1::ListFeedbackRequest list;
  list.set_parent("workspaces/other");
  EXPECT_EQ(List(list).total_size(), 1);
}

}  // namespace
}  // namespace magpie
