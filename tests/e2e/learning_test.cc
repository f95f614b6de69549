// A workspace learns from its own feedback: told over the wire, used, undone, and there again after a kill.
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "magpie/base/files.h"
#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"
#include "magpie/client/learning_client.h"
#include "magpie/ingest/listing_json.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/catalogue_service.grpc.pb.h"
#include "magpie/v1/learning_service.grpc.pb.h"
#include "magpie/v1/match_service.grpc.pb.h"
#include "magpie/v1/operations.grpc.pb.h"
#include "server_process.h"

namespace magpie {
namespace {

constexpr char kParent[] = "workspaces/default";
const std::string kFair = std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/";

struct QrelsLine {
  std::string need, offering;
  int grade = 0;
};
std::vector<QrelsLine> FairQrels() {
  std::ifstream file(kFair + "qrels.tsv");
  std::vector<QrelsLine> lines;
  for (std::string text; std::getline(file, text);) {
    const std::vector<std::string> fields = SplitTsvLine(text);
    lines.push_back({fields[0], fields[1], std::stoi(fields[2])});
  }
  return lines;
}

std::string NeedName(const std::string& id) {
  return std::string(kParent) + "/needs/" + ResourceId(id, "n");
}
std::string OfferingName(const std::string& id) {
  return std::string(kParent) + "/offerings/" + ResourceId(id, "o");
}
std::string RankerName(const std::string& id) {
  return std::string(kParent) + "/rankers/" + id;
}

class LearningTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::make_unique<FreshFolder>("learning");
    Start();
    for (const Side side : {Side::kNeed, Side::kOffering}) {
      std::ifstream file(kFair + (side == Side::kNeed ? "needs.jsonl" : "offerings.jsonl"));
      std::vector<ListingRecord> records;
      for (std::string line; std::getline(file, line);) records.push_back(ListingFromJson(line, side, nullptr).value());
      const auto imported = server_->Connect()->ImportListings(side, records, {}, {});
      ASSERT_TRUE(imported.ok()) << ErrorText(imported.status());
    }
  }
  void Start() {
    server_ = std::make_unique<ServerProcess>(folder_->path());
    ASSERT_TRUE(server_->WaitUntilServing());
    const auto channel = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    catalogue_ = v1::CatalogueService::NewStub(channel);
    match_ = v1::MatchService::NewStub(channel);
    learning_ = v1::LearningService::NewStub(channel);
    operations_ = v1::OperationsService::NewStub(channel);
    ClientOptions options;
    options.address = server_->address();
    client_ = LearningClient::Connect(options).value();
  }
  void Kill() {
    server_->Signal(SIGKILL);
    server_->Wait();
    server_.reset();
  }

  // The fair's judgements as people would have put them.
  void TellFeedback() {
    std::vector<RemoteFeedback> feedback;
    for (const QrelsLine& line : FairQrels()) {
      RemoteFeedback& piece = feedback.emplace_back();
      piece.pair.need_id = line.need;
      piece.pair.offering_id = line.offering;
      piece.pair.verdict = line.grade == 3 ? Verdict::kSigned : line.grade == 2 ? Verdict::kMet : Verdict::kDeclined;
      if (line.grade < 2) piece.pair.reason = line.grade == 1 ? DeclineReason::kPartly : DeclineReason::kNotFitting;
    }
    const auto kept = client_->AddFeedback(feedback, {});
    ASSERT_TRUE(kept.ok()) << ErrorText(kept.status());
    EXPECT_EQ(kept->size(), feedback.size());
  }
  static v1::LearnRankerRequest LearnRequest() {
    v1::LearnRankerRequest request;
    request.set_parent(kParent);
    return request;
  }
  absl::Status Learn(const v1::LearnRankerRequest& request, v1::Operation* operation) {
    grpc::ClientContext context;
    return FromGrpcStatus(learning_->LearnRanker(&context, request, operation));
  }
  v1::Operation Wait(const std::string& name) {
    grpc::ClientContext context;
    v1::WaitOperationRequest request;
    request.set_name(name);
    request.mutable_timeout()->set_seconds(120);
    v1::Operation operation;
    const grpc::Status status = operations_->WaitOperation(&context, request, &operation);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_TRUE(operation.done());
    return operation;
  }
  v1::Ranker LearnAndWait(const v1::LearnRankerRequest& request) {
    v1::Operation operation;
    const absl::Status status = Learn(request, &operation);
    EXPECT_TRUE(status.ok()) << ErrorText(status);
    operation = Wait(operation.name());
    v1::Ranker ranker;
    EXPECT_TRUE(operation.response().UnpackTo(&ranker)) << operation.ShortDebugString();
    return ranker;
  }
  absl::Status Activate(const std::string& id) {
    grpc::ClientContext context;
    v1::ActivateRankerRequest request;
    request.set_name(RankerName(id));
    v1::Ranker ranker;
    return FromGrpcStatus(learning_->ActivateRanker(&context, request, &ranker));
  }

  // Every kind of answer that holds a score, as bytes.
  struct Answers {
    v1::ScorePairsResponse scores;
    std::string pairs, recommended, found, explained, diagnosed;
    bool operator==(const Answers& other) const {
      return pairs == other.pairs && recommended == other.recommended && found == other.found &&
             explained == other.explained && diagnosed == other.diagnosed;
    }
  };
  Answers Ask() {
    Answers answers;
    const std::vector<QrelsLine> lines = FairQrels();
    v1::ScorePairsRequest pairs;
    pairs.set_parent(kParent);
    for (std::size_t i = 0; i < lines.size(); i += 10) {
      pairs.add_pairs()->set_need(NeedName(lines[i].need));
      pairs.mutable_pairs(pairs.pairs_size() - 1)->set_offering(OfferingName(lines[i].offering));
    }
    grpc::ClientContext c1, c2, c3, c4, c5;
    EXPECT_TRUE(match_->ScorePairs(&c1, pairs, &answers.scores).ok());
    answers.pairs = answers.scores.SerializeAsString();
    v1::RecommendOfferingsRequest recommend;
    recommend.set_need(NeedName("N0040"));
    v1::RecommendResponse recommended;
    EXPECT_TRUE(match_->RecommendOfferings(&c2, recommend, &recommended).ok());
    answers.recommended = recommended.SerializeAsString();
    v1::SearchListingsRequest search;
    search.set_parent(kParent);
    search.set_query("锅炉管道结垢");
    v1::SearchListingsResponse found;
    EXPECT_TRUE(match_->SearchListings(&c3, search, &found).ok());
    answers.found = found.SerializeAsString();
    v1::ExplainMatchRequest explain;
    explain.set_need(NeedName("N0040"));
    explain.set_offering(OfferingName("O0495"));
    v1::ExplainMatchResponse explained;
    EXPECT_TRUE(match_->ExplainMatch(&c4, explain, &explained).ok());
    answers.explained = explained.SerializeAsString();
    v1::DiagnoseNeedRequest diagnose;
    diagnose.set_need(NeedName("N0040"));
    v1::DiagnoseNeedResponse diagnosed;
    EXPECT_TRUE(match_->DiagnoseNeed(&c5, diagnose, &diagnosed).ok());
    answers.diagnosed = diagnosed.SerializeAsString();
    return answers;
  }
  static std::vector<double> ScoresOf(const Answers& answers) {
    std::vector<double> scores;
    for (const v1::Match& match : answers.scores.matches()) scores.push_back(match.score());
    return scores;
  }

  std::unique_ptr<FreshFolder> folder_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<v1::CatalogueService::Stub> catalogue_;
  std::unique_ptr<v1::MatchService::Stub> match_;
  std::unique_ptr<v1::LearningService::Stub> learning_;
  std::unique_ptr<v1::OperationsService::Stub> operations_;
  std::unique_ptr<LearningClient> client_;
};

TEST_F(LearningTest, RefusesWithTooLittleAndBadRequests) {
  v1::Operation operation;
  absl::Status status = Learn(LearnRequest(), &operation);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), Reason::kTooLittleFeedback);
  EXPECT_NE(ErrorText(status).find("100 pairs of 20 needs"), std::string::npos) << ErrorText(status);

  RemoteFeedback dear;
  dear.pair = {"N0001", "O0001", Verdict::kDeclined, DeclineReason::kPrice};
  ASSERT_TRUE(client_->AddFeedback(std::vector(5, dear), {}).ok());
  status = Learn(LearnRequest(), &operation);
  EXPECT_NE(ErrorText(status).find("Of 5 pieces of feedback 5 judge no texts"), std::string::npos) << ErrorText(status);

  v1::LearnRankerRequest request = LearnRequest();
  const auto add_pair = [&](const std::string& need, int grade) {
    v1::GradedPair& pair = *request.add_graded_pairs();
    pair.set_need(NeedName(need));
    pair.set_offering(OfferingName("O0001"));
    pair.set_grade(grade);
  };
  add_pair("N0001", 3);
  add_pair("N0002", 7);
  status = Learn(request, &operation);
  EXPECT_EQ(ReasonOf(status), Reason::kFieldInvalid);
  EXPECT_EQ(FieldOf(status), "graded_pairs[1].grade");
  request.clear_graded_pairs();
  add_pair("nobody", 1);
  EXPECT_EQ(FieldOf(Learn(request, &operation)), "graded_pairs[0].need");
  EXPECT_EQ(ReasonOf(Activate("learned-1")), Reason::kRankerNotFound);

  // Grades that are sent count like feedback.
  request = LearnRequest();
  for (const QrelsLine& line : FairQrels()) {
    v1::GradedPair& pair = *request.add_graded_pairs();
    pair.set_need(NeedName(line.need));
    pair.set_offering(OfferingName(line.offering));
    pair.set_grade(line.grade);
  }
  request.set_ranker_id("built-in");
  EXPECT_EQ(ReasonOf(Learn(request, &operation)), Reason::kAlreadyExists);
  request.set_validate_only(true);
  ASSERT_TRUE(Learn(request, &operation).ok());
  v1::Ranker counted;
  ASSERT_TRUE(operation.done() && operation.response().UnpackTo(&counted));
  EXPECT_EQ(counted.counts().need_count(), 120);
  EXPECT_EQ(counted.counts().pair_count(), 694);
  EXPECT_EQ(counted.counts().without_judgement_count(), 5);
  EXPECT_EQ(client_->ListRankers({}).value().size(), 1u) << "validate_only kept something";
}

TEST_F(LearningTest, LearnsRanksGoesBackAndHoldsOverAKill) {
  TellFeedback();
  const Answers before = Ask();
  v1::LearnRankerRequest request = LearnRequest();
  request.set_judged_only(true);
  request.set_request_id("learn-once");
  const v1::Ranker learned = LearnAndWait(request);
  EXPECT_EQ(learned.name(), RankerName("learned-1"));
  EXPECT_EQ(learned.counts().pair_count(), 694);
  EXPECT_GT(learned.quality_after().ndcg10(), learned.quality_before().ndcg10());
  EXPECT_FALSE(learned.worse());
  EXPECT_FALSE(learned.active());
  EXPECT_EQ(learned.versions().catalogue_version(), before.scores.versions().catalogue_version());
  EXPECT_EQ(LearnAndWait(request).SerializeAsString(), learned.SerializeAsString()) << "the same request id";
  EXPECT_TRUE(Ask() == before) << "learning alone must change nothing";

  // A list that was begun with one ranker does not go on with another.
  grpc::ClientContext c1, c2;
  v1::RecommendOfferingsRequest list;
  list.set_need(NeedName("N0040"));
  v1::RecommendResponse page;
  ASSERT_TRUE(match_->RecommendOfferings(&c1, list, &page).ok());
  list.set_page_token(page.next_page_token());

  ASSERT_TRUE(Activate("learned-1").ok());
  EXPECT_EQ(ReasonOf(FromGrpcStatus(match_->RecommendOfferings(&c2, list, &page))), Reason::kPageTokenInvalid);
  const Answers after = Ask();
  EXPECT_NE(ScoresOf(after), ScoresOf(before));
  EXPECT_NE(after.recommended, before.recommended);
  EXPECT_NE(after.found, before.found);
  EXPECT_NE(after.explained, before.explained);
  EXPECT_EQ(after.scores.versions().ranker_id(), "learned-1");
  EXPECT_EQ(after.scores.versions().catalogue_version(), before.scores.versions().catalogue_version());

  const auto client = server_->Connect();
  PlanOptions options;
  options.threshold = 0.9;  // few matches, each of which is explained
  const auto run = client->WaitMatchRun(client->StartMatchRun(options, {}).value(), {});
  ASSERT_TRUE(run.ok() && run->succeeded);
  grpc::ClientContext c3;
  v1::GetMatchRunRequest get_run;
  get_run.set_name(run->name);
  v1::MatchRun match_run;
  ASSERT_TRUE(match_->GetMatchRun(&c3, get_run, &match_run).ok());
  EXPECT_EQ(match_run.versions().ranker_id(), "learned-1");
  const RemotePairs matches = client->ListMatches(*run, {}).value();
  ASSERT_FALSE(matches.pairs.empty());
  const RemotePair& first = matches.pairs.front();
  const std::vector<std::pair<std::string, std::string>> one = {{first.need_id, first.offering_id}};
  EXPECT_EQ(client->ScorePairs(one, {}).value().pairs.front().score, first.score);

  // Learning again begins at the shipped ranker, whatever ranks now.
  request.clear_request_id();
  request.set_display_name("again");
  const v1::Ranker again = LearnAndWait(request);
  EXPECT_EQ(again.name(), RankerName("learned-2"));
  ASSERT_EQ(again.weights_size(), learned.weights_size());
  for (int i = 0; i < again.weights_size(); ++i) {
    EXPECT_EQ(again.weights(i).SerializeAsString(), learned.weights(i).SerializeAsString());
  }

  ASSERT_TRUE(Activate("built-in").ok());
  EXPECT_TRUE(Ask() == before) << "going back must give every byte back";

  ASSERT_TRUE(Activate("learned-1").ok());
  EXPECT_TRUE(Ask() == after);
  const std::size_t told = client_->ListFeedback("", "", {}).value().size();
  Kill();
  Start();
  EXPECT_EQ(ScoresOf(Ask()), ScoresOf(after));
  EXPECT_EQ(client_->ListFeedback("", "", {}).value().size(), told);
  const std::vector<RemoteRanker> rankers = client_->ListRankers({}).value();
  ASSERT_EQ(rankers.size(), 3u);
  EXPECT_EQ(rankers[0].id, "learned-2");
  EXPECT_TRUE(rankers[1].active);
  EXPECT_EQ(rankers[2].id, "built-in");
  ASSERT_TRUE(Activate("built-in").ok());
  EXPECT_EQ(ScoresOf(Ask()), ScoresOf(before));
}

TEST_F(LearningTest, OneAtATimeOnOneSnapshotAndCancelledSoon) {
  TellFeedback();
  v1::LearnRankerRequest request = LearnRequest();
  v1::Operation operation, second;
  ASSERT_TRUE(Learn(request, &operation).ok());
  absl::Status status = Learn(request, &second);
  EXPECT_EQ(ReasonOf(status), Reason::kWrongState);
  EXPECT_NE(ErrorText(status).find(operation.name()), std::string::npos);
  {
    grpc::ClientContext context;
    v1::CancelOperationRequest cancel;
    cancel.set_name(operation.name());
    google::protobuf::Empty empty;
    ASSERT_TRUE(operations_->CancelOperation(&context, cancel, &empty).ok());
  }
  const auto asked = std::chrono::steady_clock::now();
  operation = Wait(operation.name());
  EXPECT_EQ(operation.error().code(), static_cast<int>(absl::StatusCode::kCancelled));
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(20));
  EXPECT_EQ(client_->ListRankers({}).value().size(), 1u);

  // A write in the middle is not seen: it works on the snapshot that was there. Noise instead of judgements teaches
  // nothing; whether that did worse is up to chance, what follows from it is not.
  request.set_judged_only(true);
  request.set_activate(true);
  request.set_shrinkage(1e-3);
  Random random(7);
  for (const QrelsLine& line : FairQrels()) {
    v1::GradedPair& pair = *request.add_graded_pairs();
    pair.set_need(NeedName(line.need));
    pair.set_offering(OfferingName(line.offering));
    pair.set_grade(static_cast<int>(random.Below(4)));
  }
  ASSERT_TRUE(Learn(request, &operation).ok());
  v1::LearnRankerMetadata metadata;
  ASSERT_TRUE(operation.metadata().UnpackTo(&metadata));
  {
    grpc::ClientContext context;
    v1::DeleteListingRequest remove;
    remove.set_name(OfferingName(FairQrels().front().offering));
    google::protobuf::Empty empty;
    ASSERT_TRUE(catalogue_->DeleteOffering(&context, remove, &empty).ok());
  }
  operation = Wait(operation.name());
  v1::Ranker ranker;
  ASSERT_TRUE(operation.response().UnpackTo(&ranker)) << operation.ShortDebugString();
  EXPECT_EQ(ranker.versions().catalogue_version(), metadata.catalogue_version());
  EXPECT_EQ(ranker.counts().pair_count(), 694);
  EXPECT_EQ(ranker.active(), !ranker.worse());
  EXPECT_EQ(ranker.not_activated_reason().empty(), !ranker.worse());
  EXPECT_EQ(client_->ListRankers({}).value().front().active, ranker.active());
  // Feedback on the listing that is gone no longer counts, and says so.
  request.clear_graded_pairs();
  request.clear_activate();
  request.set_validate_only(true);
  ASSERT_TRUE(Learn(request, &operation).ok());
  ASSERT_TRUE(operation.response().UnpackTo(&ranker));
  EXPECT_GT(ranker.counts().without_listing_count(), 0);
  EXPECT_EQ(ranker.counts().pair_count() + ranker.counts().without_listing_count(), 694);
}

TEST_F(LearningTest, AKilledServerKeepsFeedbackAndEndsTheLearning) {
  TellFeedback();
  v1::Operation operation;
  ASSERT_TRUE(Learn(LearnRequest(), &operation).ok());
  Kill();
  Start();
  operation = Wait(operation.name());
  EXPECT_EQ(operation.error().code(), static_cast<int>(absl::StatusCode::kUnavailable));
  EXPECT_NE(operation.error().message().find("rankers/learned-1"), std::string::npos);
  EXPECT_EQ(client_->ListRankers({}).value().size(), 1u);
  EXPECT_EQ(client_->ListFeedback("", "", {}).value().size(), FairQrels().size());
}

TEST_F(LearningTest, TheCommandLineDoesItAll) {
  const auto magpie = [&](const std::string& arguments, int expected) {
    const std::filesystem::path out = folder_->path() / "out";
    const std::string line =
        fmt::format("'{}' {} > '{}' 2>&1", MAGPIE, fmt::vformat(arguments, fmt::make_format_args(server_->address())),
                    out.string());
    const int status = std::system(line.c_str());
    EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, expected) << arguments;
    return ReadFile(out, 1 << 20).value_or("");
  };
  const auto has = [](const std::string& text, std::string_view part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  has(magpie("feedback --server {} --need N0001 --offering O0001 --verdict 已签约 --side need", 0), "f-");
  has(magpie("feedback --server {} --need N0001 --offering O0001 --verdict maybe", 2),
      "accepted, declined, met, signed");
  has(magpie("feedback --server {} --need nobody --offering O0001 --verdict met", 2),
      "--need: there is no need 'nobody'");
  has(magpie("feedback --server {} --need N0001", 2), "--verdict");
  const std::string list = magpie("feedback --server {} --list --need N0001", 0);
  has(list, "id\tneed_id\toffering_id\tverdict");
  has(list, "N0001\tO0001\tsigned\t\t\tneed");
  has(magpie("learn --server {}", 2), "too few to learn from");

  std::string table = "offering_id\tneed_id\tverdict\treason\r\n";
  for (const QrelsLine& line : FairQrels()) {
    const char* verdict = line.grade == 3 ? "signed\t" : line.grade == 2 ? "met\t" : "declined\tnot_fitting";
    table += fmt::format("{}\t{}\t{}\r\n", line.offering, line.need, verdict);
  }
  const std::filesystem::path file = folder_->path() / "feedback.tsv";
  ASSERT_TRUE(WriteFile(file, table + "O0001\tN0001\tmet\tprice\r\n").ok());
  has(magpie(fmt::format("feedback --server {{}} --file '{}'", file.string()), 2), "line 696");
  ASSERT_TRUE(WriteFile(file, "need_id\toffering_id\tverdict\nN0001\tO0001\tmet\n\nN0001\t成果九\tmet\n").ok());
  has(magpie(fmt::format("feedback --server {{}} --file '{}'", file.string()), 2),
      "line 4, offering: there is no offering '成果九'");
  ASSERT_TRUE(WriteFile(file, table).ok());
  has(magpie(fmt::format("feedback --server {{}} --file '{}'", file.string()), 0), "694 pieces of feedback kept");

  const std::filesystem::path model = folder_->path() / "ours.json";
  const std::string learned =
      magpie(fmt::format("learn --server {{}} --judged-only --activate --out '{}'", model.string()), 0);
  has(learned, "1/(1+error)");
  has(learned, "--use built-in` goes back");
  EXPECT_TRUE(Ranker::Read(model).ok()) << "the file is one that --ranker takes";
  has(magpie("rankers --server {}", 0), "learned-1\tyes\t120\t");
  has(magpie("rankers --server {} --use built-in", 0), "built-in ranks");
  has(magpie("rankers --server {} --use nobody", 2), "there is no");
  const std::string id = list.substr(list.find("\nf-") + 1, list.find('\t', list.find("\nf-")) - list.find("\nf-") - 1);
  magpie(fmt::format("feedback --server {{}} --delete {}", id), 0);
  has(magpie(fmt::format("feedback --server {{}} --delete {}", id), 2), "there is no");
}

}  // namespace
}  // namespace magpie
