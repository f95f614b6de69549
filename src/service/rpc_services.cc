// The one file that ties the calls of the protos to the Api classes.
#include "magpie/v1/access_service.grpc.pb.h"
#include "magpie/v1/audit_service.grpc.pb.h"
#include "magpie/v1/catalogue_service.grpc.pb.h"
#include "magpie/v1/disclosure_service.grpc.pb.h"
#include "magpie/v1/learning_service.grpc.pb.h"
#include "magpie/v1/match_service.grpc.pb.h"
#include "magpie/v1/operations.grpc.pb.h"
#include "service/rpc_call.h"

namespace magpie {
namespace {

using google::protobuf::Empty;

class CatalogueRpc final : public v1::CatalogueService::CallbackService {
 public:
  explicit CatalogueRpc(CallRunner& runner) : runner_(runner) {}

  MAGPIE_CALL("CatalogueService", GetParty, v1::GetPartyRequest, v1::Party,
              s.catalogue.GetParty(who, *request, response))
  MAGPIE_CALL("CatalogueService", ListParties, v1::ListPartiesRequest, v1::ListPartiesResponse,
              s.catalogue.ListParties(who, *request, response, c))
  MAGPIE_CALL("CatalogueService", CreateParty, v1::CreatePartyRequest, v1::Party,
              s.catalogue.CreateParty(*request, response))
  MAGPIE_CALL("CatalogueService", UpdateParty, v1::UpdatePartyRequest, v1::Party,
              s.catalogue.UpdateParty(*request, response))
  MAGPIE_CALL("CatalogueService", DeleteParty, v1::DeletePartyRequest, Empty, s.catalogue.DeleteParty(*request))
  MAGPIE_CALL("CatalogueService", ImportParties, v1::ImportPartiesRequest, v1::ImportResponse,
              s.catalogue.ImportParties(*request, response))

  MAGPIE_CALL("CatalogueService", GetNeed, v1::GetListingRequest, v1::Listing,
              s.catalogue.GetListing(who, Side::kNeed, *request, response))
  MAGPIE_CALL("CatalogueService", ListNeeds, v1::ListListingsRequest, v1::ListListingsResponse,
              s.catalogue.ListListings(who, Side::kNeed, *request, response, c))
  MAGPIE_CALL("CatalogueService", CreateNeed, v1::CreateListingRequest, v1::Listing,
              s.catalogue.CreateListing(who, Side::kNeed, *request, response))
  MAGPIE_CALL("CatalogueService", UpdateNeed, v1::UpdateListingRequest, v1::Listing,
              s.catalogue.UpdateListing(who, Side::kNeed, *request, response))
  MAGPIE_CALL("CatalogueService", DeleteNeed, v1::DeleteListingRequest, Empty,
              s.catalogue.DeleteListing(who, Side::kNeed, *request))
  MAGPIE_CALL("CatalogueService", ImportNeeds, v1::ImportListingsRequest, v1::ImportResponse,
              s.catalogue.ImportListings(Side::kNeed, *request, response))

  MAGPIE_CALL("CatalogueService", GetOffering, v1::GetListingRequest, v1::Listing,
              s.catalogue.GetListing(who, Side::kOffering, *request, response))
  MAGPIE_CALL("CatalogueService", ListOfferings, v1::ListListingsRequest, v1::ListListingsResponse,
              s.catalogue.ListListings(who, Side::kOffering, *request, response, c))
  MAGPIE_CALL("CatalogueService", CreateOffering, v1::CreateListingRequest, v1::Listing,
              s.catalogue.CreateListing(who, Side::kOffering, *request, response))
  MAGPIE_CALL("CatalogueService", UpdateOffering, v1::UpdateListingRequest, v1::Listing,
              s.catalogue.UpdateListing(who, Side::kOffering, *request, response))
  MAGPIE_CALL("CatalogueService", DeleteOffering, v1::DeleteListingRequest, Empty,
              s.catalogue.DeleteListing(who, Side::kOffering, *request))
  MAGPIE_CALL("CatalogueService", ImportOfferings, v1::ImportListingsRequest, v1::ImportResponse,
              s.catalogue.ImportListings(Side::kOffering, *request, response))

  MAGPIE_CALL("CatalogueService", BatchGetNeeds, v1::BatchGetListingsRequest, v1::BatchGetListingsResponse,
              s.catalogue.BatchGetListings(who, Side::kNeed, *request, response))
  MAGPIE_CALL("CatalogueService", SubmitNeed, v1::SubmitListingRequest, v1::Listing,
              s.catalogue.SubmitListing(who, Side::kNeed, *request, response))
  MAGPIE_CALL("CatalogueService", ReviewNeed, v1::ReviewListingRequest, v1::Listing,
              s.catalogue.ReviewListing(who, Side::kNeed, *request, response))
  MAGPIE_CALL("CatalogueService", CheckNeed, v1::CheckListingRequest, v1::CheckListingResponse,
              s.catalogue.CheckListing(who, Side::kNeed, *request, response, c))

  MAGPIE_CALL("CatalogueService", BatchGetOfferings, v1::BatchGetListingsRequest, v1::BatchGetListingsResponse,
              s.catalogue.BatchGetListings(who, Side::kOffering, *request, response))
  MAGPIE_CALL("CatalogueService", SubmitOffering, v1::SubmitListingRequest, v1::Listing,
              s.catalogue.SubmitListing(who, Side::kOffering, *request, response))
  MAGPIE_CALL("CatalogueService", ReviewOffering, v1::ReviewListingRequest, v1::Listing,
              s.catalogue.ReviewListing(who, Side::kOffering, *request, response))
  MAGPIE_CALL("CatalogueService", CheckOffering, v1::CheckListingRequest, v1::CheckListingResponse,
              s.catalogue.CheckListing(who, Side::kOffering, *request, response, c))

  grpc::ServerWriteReactor<v1::WatchListingsResponse>* WatchListings(grpc::CallbackServerContext* context,
                                                                     const v1::WatchListingsRequest* request) override {
    return runner_.watches.WatchListings(runner_, *context, *request);
  }

 private:
  CallRunner& runner_;
};

class MatchRpc final : public v1::MatchService::CallbackService {
 public:
  explicit MatchRpc(CallRunner& runner) : runner_(runner) {}

  MAGPIE_CALL("MatchService", RecommendOfferings, v1::RecommendOfferingsRequest, v1::RecommendResponse,
              s.match.RecommendOfferings(who, *request, response, c))
  MAGPIE_CALL("MatchService", RecommendNeeds, v1::RecommendNeedsRequest, v1::RecommendResponse,
              s.match.RecommendNeeds(who, *request, response, c))
  MAGPIE_CALL("MatchService", SearchListings, v1::SearchListingsRequest, v1::SearchListingsResponse,
              s.match.SearchListings(who, *request, response, c))
  MAGPIE_CALL("MatchService", ExplainMatch, v1::ExplainMatchRequest, v1::ExplainMatchResponse,
              s.match.ExplainMatch(who, *request, response, c))
  MAGPIE_CALL("MatchService", DiagnoseNeed, v1::DiagnoseNeedRequest, v1::DiagnoseNeedResponse,
              s.match.DiagnoseNeed(who, *request, response, c))
  MAGPIE_CALL("MatchService", ScorePairs, v1::ScorePairsRequest, v1::ScorePairsResponse,
              s.match.ScorePairs(who, *request, response, c))
  grpc::ServerWriteReactor<v1::WatchMatchesResponse>* WatchMatches(grpc::CallbackServerContext* context,
                                                                   const v1::WatchMatchesRequest* request) override {
    return runner_.watches.WatchMatches(runner_, *context, *request);
  }
  MAGPIE_CALL("MatchService", CreateMatchRun, v1::CreateMatchRunRequest, v1::Operation,
              s.match.CreateMatchRun(*request, response))
  MAGPIE_CALL("MatchService", GetMatchRun, v1::GetMatchRunRequest, v1::MatchRun,
              s.match.GetMatchRun(who, *request, response))
  MAGPIE_CALL("MatchService", ListMatchRuns, v1::ListMatchRunsRequest, v1::ListMatchRunsResponse,
              s.match.ListMatchRuns(who, *request, response))
  MAGPIE_CALL("MatchService", DeleteMatchRun, v1::DeleteMatchRunRequest, Empty, s.match.DeleteMatchRun(*request))
  MAGPIE_CALL("MatchService", ListMatches, v1::ListMatchesRequest, v1::ListMatchesResponse,
              s.match.ListMatches(who, *request, response))
  MAGPIE_CALL("MatchService", ListOpenListings, v1::ListOpenListingsRequest, v1::ListOpenListingsResponse,
              s.match.ListOpenListings(who, *request, response))
  MAGPIE_CALL("MatchService", CompareMatchRuns, v1::CompareMatchRunsRequest, v1::CompareMatchRunsResponse,
              s.match.CompareMatchRuns(who, *request, response))

 private:
  CallRunner& runner_;
};

class LearningRpc final : public v1::LearningService::CallbackService {
 public:
  explicit LearningRpc(CallRunner& runner) : runner_(runner) {}

  MAGPIE_CALL("LearningService", GetFeedback, v1::GetFeedbackRequest, v1::Feedback,
              s.learning.GetFeedback(*request, response))
  MAGPIE_CALL("LearningService", ListFeedback, v1::ListFeedbackRequest, v1::ListFeedbackResponse,
              s.learning.ListFeedback(*request, response))
  MAGPIE_CALL("LearningService", CreateFeedback, v1::CreateFeedbackRequest, v1::Feedback,
              s.learning.CreateFeedback(*request, response))
  MAGPIE_CALL("LearningService", BatchCreateFeedback, v1::BatchCreateFeedbackRequest, v1::BatchCreateFeedbackResponse,
              s.learning.BatchCreateFeedback(*request, response))
  MAGPIE_CALL("LearningService", DeleteFeedback, v1::DeleteFeedbackRequest, Empty, s.learning.DeleteFeedback(*request))
  MAGPIE_CALL("LearningService", LearnRanker, v1::LearnRankerRequest, v1::Operation,
              s.learning.LearnRanker(*request, response))
  MAGPIE_CALL("LearningService", GetRanker, v1::GetRankerRequest, v1::Ranker, s.learning.GetRanker(*request, response))
  MAGPIE_CALL("LearningService", ListRankers, v1::ListRankersRequest, v1::ListRankersResponse,
              s.learning.ListRankers(*request, response))
  MAGPIE_CALL("LearningService", ActivateRanker, v1::ActivateRankerRequest, v1::Ranker,
              s.learning.ActivateRanker(*request, response))

 private:
  CallRunner& runner_;
};

// WaitOperation holds no thread while it waits: whichever comes first of "ready" and "the client went away" answers.
class WaitCall : public grpc::ServerUnaryReactor, public std::enable_shared_from_this<WaitCall> {
 public:
  static WaitCall* Begin(CallRunner& runner, const grpc::CallbackServerContext& context,
                         const v1::WaitOperationRequest* request, v1::Operation* response) {
    const std::shared_ptr<WaitCall> call(new WaitCall(runner, request, response));
    call->self_ = call;  // until gRPC is done with it
    Services* services = runner.services;
    if (services == nullptr) {
      call->FinishOnce(MakeError(Reason::kUnavailable, "", "the server is starting up or shutting down"));
      return call.get();
    }
    absl::StatusOr<Caller> caller = Admit(*services, ShownBy(context), "OperationsService/WaitOperation", *request);
    absl::Status status = caller.status();
    if (status.ok()) call->caller_ = *std::move(caller);
    if (status.ok()) status = services->match.WaitOperation(*request, [call] { call->Answer(); });
    if (!status.ok()) call->FinishOnce(status);
    return call.get();
  }

  void OnCancel() override { FinishOnce(MakeError(Reason::kCancelled, "", "the caller went away")); }
  void OnDone() override { self_.reset(); }

 private:
  WaitCall(CallRunner& runner, const v1::WaitOperationRequest* request, v1::Operation* response)
      : runner_(runner), request_(request), response_(response) {}

  void Answer() {
    if (finished_.exchange(true)) return;
    v1::GetOperationRequest get;
    get.set_name(request_->name());
    Services* services = runner_.services;
    Finish(ToGrpcStatus(services->match.GetOperation(caller_, get, response_)));
  }
  void FinishOnce(const absl::Status& status) {
    if (!finished_.exchange(true)) Finish(ToGrpcStatus(status));
  }

  CallRunner& runner_;
  const v1::WaitOperationRequest* request_;
  v1::Operation* response_;
  Caller caller_;
  std::atomic<bool> finished_ = false;
  std::shared_ptr<WaitCall> self_;
};

class OperationsRpc final : public v1::OperationsService::CallbackService {
 public:
  explicit OperationsRpc(CallRunner& runner) : runner_(runner) {}

  MAGPIE_CALL("OperationsService", GetOperation, v1::GetOperationRequest, v1::Operation,
              s.match.GetOperation(who, *request, response))
  MAGPIE_CALL("OperationsService", ListOperations, v1::ListOperationsRequest, v1::ListOperationsResponse,
              s.match.ListOperations(who, *request, response))
  MAGPIE_CALL("OperationsService", CancelOperation, v1::CancelOperationRequest, Empty,
              s.match.CancelOperation(*request))
  MAGPIE_CALL("OperationsService", DeleteOperation, v1::DeleteOperationRequest, Empty,
              s.match.DeleteOperation(*request))
  grpc::ServerWriteReactor<v1::Operation>* WatchOperation(grpc::CallbackServerContext* context,
                                                          const v1::GetOperationRequest* request) override {
    return runner_.watches.WatchOperation(runner_, *context, *request);
  }
  grpc::ServerUnaryReactor* WaitOperation(grpc::CallbackServerContext* context, const v1::WaitOperationRequest* request,
                                          v1::Operation* response) override {
    return WaitCall::Begin(runner_, *context, request, response);
  }

 private:
  CallRunner& runner_;
};

class AccessRpc final : public v1::AccessService::CallbackService {
 public:
  explicit AccessRpc(CallRunner& runner) : runner_(runner) {}

  MAGPIE_CALL("AccessService", GetCaller, v1::GetCallerRequest, v1::Caller, s.access.GetCaller(who.token, response))
  MAGPIE_CALL("AccessService", CreateToken, v1::CreateTokenRequest, v1::CreateTokenResponse,
              s.access.CreateToken(who.token, *request, response))
  MAGPIE_CALL("AccessService", GetToken, v1::GetTokenRequest, v1::Token,
              s.access.GetToken(who.token, *request, response))
  MAGPIE_CALL("AccessService", ListTokens, v1::ListTokensRequest, v1::ListTokensResponse,
              s.access.ListTokens(who.token, *request, response))
  MAGPIE_CALL("AccessService", RevokeToken, v1::RevokeTokenRequest, v1::Token,
              s.access.RevokeToken(who.token, *request, response))

 private:
  CallRunner& runner_;
};

class DisclosureRpc final : public v1::DisclosureService::CallbackService {
 public:
  explicit DisclosureRpc(CallRunner& runner) : runner_(runner) {}

  MAGPIE_CALL("DisclosureService", GetDisclosure, v1::GetDisclosureRequest, v1::PairDisclosure,
              s.disclosure.GetDisclosure(who, *request, response))
  MAGPIE_CALL("DisclosureService", ListDisclosures, v1::ListDisclosuresRequest, v1::ListDisclosuresResponse,
              s.disclosure.ListDisclosures(who, *request, response))
  MAGPIE_CALL("DisclosureService", AgreeToDisclose, v1::AgreeToDiscloseRequest, v1::PairDisclosure,
              s.disclosure.AgreeToDisclose(who, *request, response))
  MAGPIE_CALL("DisclosureService", WithdrawDisclosure, v1::WithdrawDisclosureRequest, v1::PairDisclosure,
              s.disclosure.WithdrawDisclosure(who, *request, response))
  MAGPIE_CALL("DisclosureService", ListSights, v1::ListSightsRequest, v1::ListSightsResponse,
              s.disclosure.ListSights(*request, response))

 private:
  CallRunner& runner_;
};

class AuditRpc final : public v1::AuditService::CallbackService {
 public:
  explicit AuditRpc(CallRunner& runner) : runner_(runner) {}

  MAGPIE_CALL("AuditService", ListAuditEntries, v1::ListAuditEntriesRequest, v1::ListAuditEntriesResponse,
              s.disclosure.ListAuditEntries(*request, response))
  MAGPIE_CALL("AuditService", VerifyAuditLog, v1::VerifyAuditLogRequest, v1::VerifyAuditLogResponse,
              s.disclosure.VerifyAuditLog(*request, response))

 private:
  CallRunner& runner_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> MakeServices(CallRunner& runner) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<CatalogueRpc>(runner));
  services.push_back(std::make_unique<MatchRpc>(runner));
  services.push_back(std::make_unique<LearningRpc>(runner));
  services.push_back(std::make_unique<OperationsRpc>(runner));
  services.push_back(std::make_unique<AccessRpc>(runner));
  services.push_back(std::make_unique<DisclosureRpc>(runner));
  services.push_back(std::make_unique<AuditRpc>(runner));
  return services;
}

std::vector<std::string> ServiceNames() {
  return {v1::CatalogueService::service_full_name(), v1::MatchService::service_full_name(),
          v1::LearningService::service_full_name(),  v1::OperationsService::service_full_name(),
          v1::AccessService::service_full_name(),    v1::DisclosureService::service_full_name(),
          v1::AuditService::service_full_name()};
}

}  // namespace magpie
