// The gRPC side of the service: the one file that ties the calls of the protos to the Api classes.
#include "magpie/service/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/progress.h"
#include "magpie/base/status.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/access_service.grpc.pb.h"
#include "magpie/v1/catalogue_service.grpc.pb.h"
#include "magpie/v1/learning_service.grpc.pb.h"
#include "magpie/v1/match_service.grpc.pb.h"
#include "magpie/v1/operations.grpc.pb.h"
#include "magpie/vector/remote_encoder.h"
#include "service/access_api.h"
#include "service/authority.h"
#include "service/call_pool.h"
#include "service/catalogue_api.h"
#include "service/learning_api.h"
#include "service/match_api.h"
#include "service/tls_files.h"

namespace magpie {
namespace {

constexpr std::size_t kMaxWaitingCalls = 1'000;
// So that a slow import does not hold up reads on a small machine, and that searches meet to share a pass over the index.
constexpr int kLeastThreads = 32;
constexpr int kMaxGrpcThreads = 64;  // of gRPC's own; they only take in and hand over

// What the calls need once everything is loaded.
struct Services {
  Services(Backend loaded, std::unique_ptr<AccessBook> tokens, bool may_be_open)
      : backend(std::move(loaded)),
        book(std::move(tokens)),
        authority(*book, backend, may_be_open),
        access(*book),
        catalogue(backend),
        match(backend, operations),
        learning(backend, operations) {}

  Backend backend;
  const std::unique_ptr<AccessBook> book;
  const Authority authority;
  AccessApi access;
  Operations operations;
  CatalogueApi catalogue;
  MatchApi match;
  LearningApi learning;
};

// The context of all calls: where they run, and what they run on once it is there.
struct CallRunner {
  CallPool pool;
  std::atomic<Services*> services = nullptr;
  std::function<void(std::string_view)> log;

  CallRunner(int threads, std::function<void(std::string_view)> sink)
      : pool(threads, kMaxWaitingCalls), log(std::move(sink)) {}
};

// What a call shows of its caller, copied since it must not be looked at later.
Shown ShownBy(const grpc::CallbackServerContext& context) {
  Shown shown;
  const auto header = context.client_metadata().find("authorization");
  if (header != context.client_metadata().end()) {
    shown.authorization.assign(header->second.data(), header->second.size());
  }
  const auto peer = context.auth_context();
  if (peer == nullptr || !peer->IsPeerAuthenticated()) return shown;
  for (const char* property : {GRPC_X509_CN_PROPERTY_NAME, GRPC_PEER_DNS_PROPERTY_NAME}) {
    for (const grpc::string_ref& name : peer->FindPropertyValues(property)) {
      shown.certificate_names.emplace_back(name.data(), name.size());
    }
  }
  return shown;
}

// The caller, if it may make this call.
absl::StatusOr<CallerToken> Admit(const Services& services, const Shown& shown, std::string_view method,
                                  const google::protobuf::Message& request) {
  MAGPIE_ASSIGN_OR_RETURN(CallerToken caller, services.authority.Identify(shown));
  MAGPIE_RETURN_IF_ERROR(services.authority.Allow(caller, method, request));
  return caller;
}

// One unary call: runs `body` on the pool, with a stop token that is set when the client goes away or its deadline
// passes. Deletes itself when gRPC is done with it, which is never before Finish().
class Call : public grpc::ServerUnaryReactor {
 public:
  using Body = std::function<absl::Status(Services&, const RunContext&, const CallerToken&)>;

  // `request` lives until Finish(). `method` as in the table of rights.
  Call(CallRunner& runner, const grpc::CallbackServerContext& server_context, const char* method,
       const google::protobuf::Message& request, Body body)
      : runner_(runner), method_(method), shown_(ShownBy(server_context)), request_(request), body_(std::move(body)) {
    if (!runner_.pool.Submit([this] { Run(); })) {
      Finish(ToGrpcStatus(MakeError(Reason::kUnavailable, "", "too many calls are waiting; try again later")));
    }
  }

  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  void Run() {
    absl::Status status;
    Services* services = runner_.services;
    if (services == nullptr) {
      status = MakeError(Reason::kUnavailable, "", "the server is starting up or shutting down; try again later");
    } else if (stop_.stop_requested()) {
      status = MakeError(Reason::kCancelled, "", "the caller went away before the call began");
    } else {
      RunContext context;
      context.stop = stop_.get_token();
      context.warning = services->backend.warning;
      const absl::StatusOr<CallerToken> caller = Admit(*services, shown_, method_, request_);
      status = caller.ok() ? body_(*services, context, *caller) : caller.status();
    }
    if (absl::IsInternal(status) || absl::IsDataLoss(status)) {
      runner_.log(fmt::format("{} failed: {}", method_, ErrorText(status)));
    }
    Finish(ToGrpcStatus(status));
  }

  CallRunner& runner_;
  const char* method_;
  const Shown shown_;
  const google::protobuf::Message& request_;
  const Body body_;
  std::stop_source stop_;
};

// Each method of a service: takes the request as it is, calls the method of the same name.
#define MAGPIE_CALL(service, method, Request, Response, expression)                                                  \
  grpc::ServerUnaryReactor* method(grpc::CallbackServerContext* context, const Request* request, Response* response) \
      override {                                                                                                     \
    return new Call(runner_, *context, service "/" #method, *request,                                                \
                    [=]([[maybe_unused]] Services& s, [[maybe_unused]] const RunContext& c,                          \
                        [[maybe_unused]] const CallerToken& who) {                                                   \
                      (void)response;                                                                                \
                      return expression;                                                                             \
                    });                                                                                              \
  }

using google::protobuf::Empty;

class CatalogueRpc final : public v1::CatalogueService::CallbackService {
 public:
  explicit CatalogueRpc(CallRunner& runner) : runner_(runner) {}

  MAGPIE_CALL("CatalogueService", GetParty, v1::GetPartyRequest, v1::Party, s.catalogue.GetParty(*request, response))
  MAGPIE_CALL("CatalogueService", ListParties, v1::ListPartiesRequest, v1::ListPartiesResponse,
              s.catalogue.ListParties(*request, response))
  MAGPIE_CALL("CatalogueService", CreateParty, v1::CreatePartyRequest, v1::Party,
              s.catalogue.CreateParty(*request, response))
  MAGPIE_CALL("CatalogueService", UpdateParty, v1::UpdatePartyRequest, v1::Party,
              s.catalogue.UpdateParty(*request, response))
  MAGPIE_CALL("CatalogueService", DeleteParty, v1::DeletePartyRequest, Empty, s.catalogue.DeleteParty(*request))
  MAGPIE_CALL("CatalogueService", ImportParties, v1::ImportPartiesRequest, v1::ImportResponse,
              s.catalogue.ImportParties(*request, response))

  MAGPIE_CALL("CatalogueService", GetNeed, v1::GetListingRequest, v1::Listing,
              s.catalogue.GetListing(Side::kNeed, *request, response))
  MAGPIE_CALL("CatalogueService", ListNeeds, v1::ListListingsRequest, v1::ListListingsResponse,
              s.catalogue.ListListings(Side::kNeed, *request, response))
  MAGPIE_CALL("CatalogueService", CreateNeed, v1::CreateListingRequest, v1::Listing,
              s.catalogue.CreateListing(Side::kNeed, *request, response))
  MAGPIE_CALL("CatalogueService", UpdateNeed, v1::UpdateListingRequest, v1::Listing,
              s.catalogue.UpdateListing(Side::kNeed, *request, response))
  MAGPIE_CALL("CatalogueService", DeleteNeed, v1::DeleteListingRequest, Empty,
              s.catalogue.DeleteListing(Side::kNeed, *request))
  MAGPIE_CALL("CatalogueService", ImportNeeds, v1::ImportListingsRequest, v1::ImportResponse,
              s.catalogue.ImportListings(Side::kNeed, *request, response))

  MAGPIE_CALL("CatalogueService", GetOffering, v1::GetListingRequest, v1::Listing,
              s.catalogue.GetListing(Side::kOffering, *request, response))
  MAGPIE_CALL("CatalogueService", ListOfferings, v1::ListListingsRequest, v1::ListListingsResponse,
              s.catalogue.ListListings(Side::kOffering, *request, response))
  MAGPIE_CALL("CatalogueService", CreateOffering, v1::CreateListingRequest, v1::Listing,
              s.catalogue.CreateListing(Side::kOffering, *request, response))
  MAGPIE_CALL("CatalogueService", UpdateOffering, v1::UpdateListingRequest, v1::Listing,
              s.catalogue.UpdateListing(Side::kOffering, *request, response))
  MAGPIE_CALL("CatalogueService", DeleteOffering, v1::DeleteListingRequest, Empty,
              s.catalogue.DeleteListing(Side::kOffering, *request))
  MAGPIE_CALL("CatalogueService", ImportOfferings, v1::ImportListingsRequest, v1::ImportResponse,
              s.catalogue.ImportListings(Side::kOffering, *request, response))

 private:
  CallRunner& runner_;
};

class MatchRpc final : public v1::MatchService::CallbackService {
 public:
  explicit MatchRpc(CallRunner& runner) : runner_(runner) {}

  MAGPIE_CALL("MatchService", RecommendOfferings, v1::RecommendOfferingsRequest, v1::RecommendResponse,
              s.match.RecommendOfferings(*request, response, c))
  MAGPIE_CALL("MatchService", RecommendNeeds, v1::RecommendNeedsRequest, v1::RecommendResponse,
              s.match.RecommendNeeds(*request, response, c))
  MAGPIE_CALL("MatchService", SearchListings, v1::SearchListingsRequest, v1::SearchListingsResponse,
              s.match.SearchListings(*request, response, c))
  MAGPIE_CALL("MatchService", ExplainMatch, v1::ExplainMatchRequest, v1::ExplainMatchResponse,
              s.match.ExplainMatch(*request, response, c))
  MAGPIE_CALL("MatchService", DiagnoseNeed, v1::DiagnoseNeedRequest, v1::DiagnoseNeedResponse,
              s.match.DiagnoseNeed(*request, response, c))
  MAGPIE_CALL("MatchService", ScorePairs, v1::ScorePairsRequest, v1::ScorePairsResponse,
              s.match.ScorePairs(*request, response, c))
  MAGPIE_CALL("MatchService", CreateMatchRun, v1::CreateMatchRunRequest, v1::Operation,
              s.match.CreateMatchRun(*request, response))
  MAGPIE_CALL("MatchService", GetMatchRun, v1::GetMatchRunRequest, v1::MatchRun,
              s.match.GetMatchRun(*request, response))
  MAGPIE_CALL("MatchService", ListMatchRuns, v1::ListMatchRunsRequest, v1::ListMatchRunsResponse,
              s.match.ListMatchRuns(*request, response))
  MAGPIE_CALL("MatchService", DeleteMatchRun, v1::DeleteMatchRunRequest, Empty, s.match.DeleteMatchRun(*request))
  MAGPIE_CALL("MatchService", ListMatches, v1::ListMatchesRequest, v1::ListMatchesResponse,
              s.match.ListMatches(*request, response))
  MAGPIE_CALL("MatchService", ListOpenListings, v1::ListOpenListingsRequest, v1::ListOpenListingsResponse,
              s.match.ListOpenListings(*request, response))
  MAGPIE_CALL("MatchService", CompareMatchRuns, v1::CompareMatchRunsRequest, v1::CompareMatchRunsResponse,
              s.match.CompareMatchRuns(*request, response))

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
    absl::Status status = Admit(*services, ShownBy(context), "OperationsService/WaitOperation", *request).status();
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
    Finish(ToGrpcStatus(services->match.GetOperation(get, response_)));
  }
  void FinishOnce(const absl::Status& status) {
    if (!finished_.exchange(true)) Finish(ToGrpcStatus(status));
  }

  CallRunner& runner_;
  const v1::WaitOperationRequest* request_;
  v1::Operation* response_;
  std::atomic<bool> finished_ = false;
  std::shared_ptr<WaitCall> self_;
};

class OperationsRpc final : public v1::OperationsService::CallbackService {
 public:
  explicit OperationsRpc(CallRunner& runner) : runner_(runner) {}

  MAGPIE_CALL("OperationsService", GetOperation, v1::GetOperationRequest, v1::Operation,
              s.match.GetOperation(*request, response))
  MAGPIE_CALL("OperationsService", ListOperations, v1::ListOperationsRequest, v1::ListOperationsResponse,
              s.match.ListOperations(*request, response))
  MAGPIE_CALL("OperationsService", CancelOperation, v1::CancelOperationRequest, Empty,
              s.match.CancelOperation(*request))
  MAGPIE_CALL("OperationsService", DeleteOperation, v1::DeleteOperationRequest, Empty,
              s.match.DeleteOperation(*request))
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

  MAGPIE_CALL("AccessService", GetCaller, v1::GetCallerRequest, v1::Caller, s.access.GetCaller(who, response))
  MAGPIE_CALL("AccessService", CreateToken, v1::CreateTokenRequest, v1::CreateTokenResponse,
              s.access.CreateToken(who, *request, response))
  MAGPIE_CALL("AccessService", GetToken, v1::GetTokenRequest, v1::Token, s.access.GetToken(who, *request, response))
  MAGPIE_CALL("AccessService", ListTokens, v1::ListTokensRequest, v1::ListTokensResponse,
              s.access.ListTokens(who, *request, response))
  MAGPIE_CALL("AccessService", RevokeToken, v1::RevokeTokenRequest, v1::Token,
              s.access.RevokeToken(who, *request, response))

 private:
  CallRunner& runner_;
};

#undef MAGPIE_CALL

// "127.0.0.1:7070", "[::1]:7070", "localhost:7070": the host, or an error.
absl::StatusOr<std::string> HostOf(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  const bool digits = !port.empty() && port.size() <= 5 &&
                      std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::string host = address.substr(0, colon == std::string::npos ? 0 : colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (!digits || std::stoi(port) > 65'535 || host.empty()) {
    return MakeError(Reason::kBadArgument, "--listen",
                     fmt::format("'{}' is not HOST:PORT, such as 127.0.0.1:7070 or [::1]:7070", address));
  }
  return host;
}

bool IsLoopback(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  if (host == "localhost") return true;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return false;
}

// The TLS files, nullptr where none are given.
absl::StatusOr<std::unique_ptr<TlsFiles>> OpenTls(const ServerOptions& options) {
  if (options.tls_cert.empty() != options.tls_key.empty()) {
    return MakeError(Reason::kBadArgument, options.tls_cert.empty() ? "--tls-cert" : "--tls-key",
                     "--tls-cert and --tls-key belong together: give both or neither");
  }
  if (options.tls_cert.empty() && !options.tls_client_ca.empty()) {
    return MakeError(Reason::kBadArgument, "--tls-client-ca", "needs TLS: give --tls-cert and --tls-key, too");
  }
  if (options.tls_cert.empty()) return nullptr;
  return TlsFiles::Open(options.tls_cert, options.tls_key, options.tls_client_ca);
}

class GrpcServer final : public Server {
 public:
  explicit GrpcServer(const ServerOptions& options)
      : options_(options),
        runner_(
            std::max(options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency()),
                     options.threads > 0 ? 1 : kLeastThreads),
            options.log ? options.log : [](std::string_view) {}),
        catalogue_(runner_),
        match_(runner_),
        learning_(runner_),
        operations_(runner_),
        access_(runner_) {}

  ~GrpcServer() override {
    if (server_) Drain(0);
  }

  absl::Status Listen() {
    MAGPIE_ASSIGN_OR_RETURN(const std::string host, HostOf(options_.listen));
    MAGPIE_ASSIGN_OR_RETURN(tls_, OpenTls(options_));
    if (!IsLoopback(host) && options_.tls_cert.empty() && !options_.allow_plaintext) {
      return MakeError(Reason::kBadArgument, "--listen",
                       fmt::format("'{}' can be reached from other machines, and without TLS everybody on the way can "
                                   "read and change the traffic; give --tls-cert and --tls-key, listen on 127.0.0.1, "
                                   "or insist with --allow-plaintext",
                                   options_.listen));
    }
    on_loopback_ = IsLoopback(host);
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(options_.listen, tls_ ? tls_->Credentials() : grpc::InsecureServerCredentials(), &port);
    // Without this two servers could share a port, each getting some of the calls.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
    builder.SetMaxSendMessageSize(4 * kMaxMessageBytes);  // 1,000 full listings of 20,000 code points each
    builder.SetResourceQuota(grpc::ResourceQuota("magpied").SetMaxThreads(kMaxGrpcThreads));
    builder.RegisterService(&catalogue_);
    builder.RegisterService(&match_);
    builder.RegisterService(&learning_);
    builder.RegisterService(&operations_);
    builder.RegisterService(&access_);
    server_ = builder.BuildAndStart();
    if (!server_ || port == 0) {
      return MakeError(Reason::kUnavailable, "--listen",
                       fmt::format("cannot listen on {}: the port is taken, the host is not this machine's, or the TLS "
                                   "files do not fit each other",
                                   options_.listen));
    }
    SetServing(false);
    address_ = options_.listen.substr(0, options_.listen.rfind(':') + 1) + std::to_string(port);
    return absl::OkStatus();
  }

  std::string address() const override { return address_; }

  absl::Status Load() override {
    Backend backend;
    MAGPIE_ASSIGN_OR_RETURN(backend.workspaces, Workspaces::Open(options_.data, options_.workspaces));
    MAGPIE_ASSIGN_OR_RETURN(std::unique_ptr<AccessBook> book,
                            AccessBook::Open(options_.data, options_.calls_per_second));
    if (book->empty() && !on_loopback_) {
      return MakeError(Reason::kTokenMissing, "--listen",
                       fmt::format("'{}' can be reached from other machines and there is no token yet; make one first: "
                                   "magpie token create --data {} --role admin",
                                   options_.listen, options_.data.string()));
    }
    backend.warning = [this](std::string_view message) { runner_.log(fmt::format("warning: {}", message)); };
    MAGPIE_ASSIGN_OR_RETURN(std::shared_ptr<const Encoder> text_encoder, OpenTextEncoder(backend.warning));
    MAGPIE_ASSIGN_OR_RETURN(backend.engine, Engine::Open(FindModels(options_.models), std::move(text_encoder)));
    services_ = std::make_unique<Services>(std::move(backend), std::move(book), on_loopback_);
    if (services_->authority.open()) {
      runner_.log(
          "warning: NO TOKENS: everybody on this machine may read and change everything; make the first one with "
          "'magpie token create --server ADDR --role admin'");
    }
    for (const auto& [name, workspace] : services_->backend.workspaces->all()) {
      MAGPIE_RETURN_IF_ERROR(services_->operations.Load(workspace));
      MAGPIE_RETURN_IF_ERROR(services_->match.LoadRuns(*workspace));
      MAGPIE_RETURN_IF_ERROR(services_->learning.LoadRanker(*workspace));
      workspace->LogRenewals(runner_.log);
      const auto snapshot = workspace->catalogue().snapshot();
      runner_.log(fmt::format(
          "workspace {}: {} parties, {} needs, {} offerings, {} pieces of feedback, version {}, ranker {}", name,
          snapshot->party_count(), snapshot->need_count(), snapshot->offering_count(), workspace->feedback().size(),
          snapshot->version(), workspace->active_ranker()->IdOr(services_->backend.engine->models().ranker.id)));
    }
    runner_.services = services_.get();
    SetServing(true);
    return absl::OkStatus();
  }

  absl::Status ReloadTls() override {
    if (!tls_) return MakeError(Reason::kWrongState, "--tls-cert", "the server runs without TLS: nothing to read anew");
    MAGPIE_RETURN_IF_ERROR(tls_->Reload());
    runner_.log(fmt::format("TLS files read anew; the certificate holds until {}", tls_->expires()));
    return absl::OkStatus();
  }

  void Drain(int grace_ms) override {
    if (!server_) return;
    SetServing(false);
    if (services_) services_->operations.ReleaseWaiters();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(grace_ms));
    server_->Wait();
    if (services_) services_->operations.Shutdown();
    server_.reset();
  }

 private:
  absl::StatusOr<std::shared_ptr<const Encoder>> OpenTextEncoder(
      const std::function<void(std::string_view)>& warning) const {
    if (options_.encoder.empty()) return nullptr;
    MAGPIE_ASSIGN_OR_RETURN(RemoteEncoderSettings settings, ReadRemoteEncoderSettings(options_.encoder));
    if (!settings.cache) settings.cache = options_.data / "vectors.cache";
    MAGPIE_ASSIGN_OR_RETURN(std::shared_ptr<const RemoteEncoder> encoder, RemoteEncoder::Open(settings));
    const absl::Status works = encoder->Check(RunContext());
    if (ReasonOf(works) == Reason::kUnavailable) {
      warning(ErrorText(works) + "; the built-in encoder does its work until it answers");
    } else if (!works.ok()) {
      return works;
    }
    return encoder;
  }

  void SetServing(bool serving) {
    grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
    if (health == nullptr) return;
    health->SetServingStatus("", serving);
    for (const char* service : {v1::CatalogueService::service_full_name(), v1::MatchService::service_full_name(),
                                v1::LearningService::service_full_name(), v1::OperationsService::service_full_name(),
                                v1::AccessService::service_full_name()}) {
      health->SetServingStatus(service, serving);
    }
  }

  const ServerOptions options_;
  // Destroyed from below: the server first, then the pool that runs its last calls, then what they used.
  std::unique_ptr<Services> services_;
  CallRunner runner_;
  CatalogueRpc catalogue_;
  MatchRpc match_;
  LearningRpc learning_;
  OperationsRpc operations_;
  AccessRpc access_;
  std::unique_ptr<TlsFiles> tls_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  bool on_loopback_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options) {
  auto server = std::make_unique<GrpcServer>(options);
  MAGPIE_RETURN_IF_ERROR(server->Listen());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace magpie
