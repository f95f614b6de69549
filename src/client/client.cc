#include "magpie/client/client.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "client/connection.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "magpie/base/status.h"
#include "magpie/service/convert.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/catalogue_service.grpc.pb.h"
#include "magpie/v1/match_service.grpc.pb.h"
#include "magpie/v1/operations.grpc.pb.h"
#include "service/names.h"

namespace magpie {
namespace {

constexpr std::size_t kBatchBytes = 4 << 20;
constexpr int kPairsACall = 2'000;
constexpr int kPageRows = 1'000;
constexpr int kWaitSeconds = 1;  // of one WaitOperation: how old shown progress may be

RemoteVersions ReadVersions(const v1::Versions& versions) {
  return {versions.catalogue_version(), versions.model_id(), versions.server_version(), versions.ranker_id()};
}

RemotePair ReadMatch(const v1::Match& match) {
  RemotePair pair;
  pair.need_id = match.need_external_id();
  pair.offering_id = match.offering_external_id();
  pair.need = match.need();
  pair.offering = match.offering();
  pair.score = match.score();
  pair.grade = match.grade();
  ScoredPair components;
  ComponentsFromProto(match.components(), &components);
  std::copy(std::begin(components.components), std::end(components.components), pair.components);
  pair.rejected = match.rejected();
  pair.rank = match.rank();
  pair.title = match.listing().title();
  pair.reason = match.reason();
  return pair;
}

v1::OnExisting WriteOnExisting(OnExisting on_existing) {
  return static_cast<v1::OnExisting>(static_cast<int>(on_existing) + 1);
}

class GrpcClient final : public Client {
 public:
  explicit GrpcClient(std::shared_ptr<const Connection> connection)
      : connection_(std::move(connection)),
        health_(grpc::health::v1::Health::NewStub(connection_->channel())),
        catalogue_(v1::CatalogueService::NewStub(connection_->channel())),
        match_(v1::MatchService::NewStub(connection_->channel())),
        operations_(v1::OperationsService::NewStub(connection_->channel())) {}

  absl::StatusOr<RemoteHealth> Health() override {
    grpc::health::v1::HealthCheckResponse response;
    MAGPIE_RETURN_IF_ERROR(
        Call({}, [&](grpc::ClientContext* context) { return health_->Check(context, {}, &response); }));
    return RemoteHealth{response.status() == grpc::health::v1::HealthCheckResponse::SERVING};
  }

  absl::StatusOr<RemoteImport> ImportListings(Side side, std::span<const ListingRecord> records,
                                              const RemoteImportOptions& options, const RunContext& context) override {
    return Import<v1::ImportListingsRequest>(
        records, options, context,
        [](const ListingRecord& record, v1::ImportListingsRequest* request) {
          *request->add_listings() = ToProto(record, Contacts::kAll);
        },
        [&](grpc::ClientContext* call, const v1::ImportListingsRequest& request, v1::ImportResponse* response) {
          return side == Side::kNeed ? catalogue_->ImportNeeds(call, request, response)
                                     : catalogue_->ImportOfferings(call, request, response);
        });
  }

  absl::StatusOr<RemoteImport> ImportParties(std::span<const PartyRecord> records, const RemoteImportOptions& options,
                                             const RunContext& context) override {
    return Import<v1::ImportPartiesRequest>(
        records, options, context,
        [](const PartyRecord& record, v1::ImportPartiesRequest* request) {
          *request->add_parties() = ToProto(record, Contacts::kAll);
        },
        [&](grpc::ClientContext* call, const v1::ImportPartiesRequest& request, v1::ImportResponse* response) {
          return catalogue_->ImportParties(call, request, response);
        });
  }

  absl::StatusOr<RemotePairs> Recommend(Side side, std::string_view id, int top, const RunContext& context) override {
    return RecommendByName(side, NameOf(side, id), top, context);
  }

  absl::StatusOr<RemotePairs> RecommendAll(Side side, std::vector<std::string> ids, int top,
                                           const RunContext& context) override {
    MAGPIE_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesOf(side, ids, context));
    RemotePairs all;
    const auto total = static_cast<std::int64_t>(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      MAGPIE_ASSIGN_OR_RETURN(RemotePairs found, RecommendByName(side, names[i], top, context));
      std::move(found.pairs.begin(), found.pairs.end(), std::back_inserter(all.pairs));
      all.versions = std::move(found.versions);
      context.Report("match", static_cast<std::int64_t>(i) + 1, total);
    }
    return all;
  }

  absl::StatusOr<RemotePairs> Search(Side side, std::string_view query, int top, const RunContext& context) override {
    v1::SearchListingsRequest request;
    request.set_parent(Parent());
    request.set_query(std::string(query));
    request.set_side(WordToProto<v1::Side>(side));
    request.set_page_size(top);
    v1::SearchListingsResponse response;
    MAGPIE_RETURN_IF_ERROR(
        Call(context, [&](grpc::ClientContext* call) { return match_->SearchListings(call, request, &response); }));
    RemotePairs result;
    result.versions = ReadVersions(response.versions());
    for (const v1::SearchResult& item : response.results()) {
      v1::Match match;
      match.set_score(item.score());
      match.set_grade(item.grade());
      match.set_rank(item.rank());
      *match.mutable_components() = item.components();
      *match.mutable_listing() = item.listing();
      RemotePair pair = ReadMatch(match);
      (side == Side::kNeed ? pair.need_id : pair.offering_id) = item.listing().external_id();
      (side == Side::kNeed ? pair.need : pair.offering) = item.listing().name();
      result.pairs.push_back(std::move(pair));
    }
    return result;
  }

  absl::StatusOr<RemotePairs> ScorePairs(std::span<const std::pair<std::string, std::string>> pairs,
                                         const RunContext& context) override {
    RemotePairs result;
    for (std::size_t begin = 0; begin < pairs.size(); begin += kPairsACall) {
      v1::ScorePairsRequest request;
      request.set_parent(Parent());
      for (const auto& [need, offering] :
           pairs.subspan(begin, std::min<std::size_t>(kPairsACall, pairs.size() - begin))) {
        v1::Pair& pair = *request.add_pairs();
        pair.set_need(NameOf(Side::kNeed, need));
        pair.set_offering(NameOf(Side::kOffering, offering));
      }
      v1::ScorePairsResponse response;
      MAGPIE_RETURN_IF_ERROR(
          Call(context, [&](grpc::ClientContext* call) { return match_->ScorePairs(call, request, &response); }));
      for (const v1::Match& match : response.matches()) result.pairs.push_back(ReadMatch(match));
      result.versions = ReadVersions(response.versions());
      context.Report("score", static_cast<std::int64_t>(result.pairs.size()), static_cast<std::int64_t>(pairs.size()));
    }
    return result;
  }

  absl::StatusOr<RemoteExplanation> Explain(std::string_view need_id, std::string_view offering_id, Audience audience,
                                            Language language, const RunContext& context) override {
    v1::ExplainMatchRequest request;
    request.set_need(NameOf(Side::kNeed, need_id));
    request.set_offering(NameOf(Side::kOffering, offering_id));
    request.set_audience(static_cast<v1::Audience>(static_cast<int>(audience) + 1));
    request.set_language(WordToProto<v1::Language>(language));
    v1::ExplainMatchResponse response;
    MAGPIE_RETURN_IF_ERROR(
        Call(context, [&](grpc::ClientContext* call) { return match_->ExplainMatch(call, request, &response); }));
    RemoteExplanation result;
    MAGPIE_ASSIGN_OR_RETURN(result.explanation, FromProto(response));
    result.versions = ReadVersions(response.versions());
    return result;
  }

  absl::StatusOr<RemoteDiagnoses> Diagnose(std::vector<std::string> need_ids, Language language,
                                           const RunContext& context) override {
    MAGPIE_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesOf(Side::kNeed, need_ids, context));
    RemoteDiagnoses result;
    for (const std::string& name : names) {
      v1::DiagnoseNeedRequest request;
      request.set_need(name);
      request.set_language(WordToProto<v1::Language>(language));
      v1::DiagnoseNeedResponse response;
      MAGPIE_RETURN_IF_ERROR(
          Call(context, [&](grpc::ClientContext* call) { return match_->DiagnoseNeed(call, request, &response); }));
      MAGPIE_ASSIGN_OR_RETURN(NeedDiagnosis diagnosis, FromProto(response));
      result.diagnoses.push_back(std::move(diagnosis));
      result.versions = ReadVersions(response.versions());
      context.Report("clinic", static_cast<std::int64_t>(result.diagnoses.size()),
                     static_cast<std::int64_t>(names.size()));
    }
    return result;
  }

  absl::StatusOr<RemoteRun> StartMatchRun(const PlanOptions& options, ConstraintSet must) override {
    v1::CreateMatchRunRequest request;
    request.set_parent(Parent());
    request.set_request_id(MakeId("client-"));
    *request.mutable_match_run()->mutable_options() = ToProto(options, must);
    v1::Operation operation;
    MAGPIE_RETURN_IF_ERROR(
        Call({}, [&](grpc::ClientContext* call) { return match_->CreateMatchRun(call, request, &operation); }));
    return ReadRun(operation);
  }

  absl::StatusOr<RemoteRun> WaitMatchRun(const RemoteRun& run, const RunContext& context) override {
    bool cancelled = false;
    while (true) {
      if (context.cancelled() && !std::exchange(cancelled, true)) {
        MAGPIE_RETURN_IF_ERROR(CancelMatchRun(run));
      }
      v1::WaitOperationRequest request;
      request.set_name(run.operation);
      request.mutable_timeout()->set_seconds(kWaitSeconds);
      v1::Operation operation;
      // Without the context's stop: a cancelled run is waited for, too.
      MAGPIE_RETURN_IF_ERROR(
          Call({}, [&](grpc::ClientContext* call) { return operations_->WaitOperation(call, request, &operation); }));
      v1::MatchRunMetadata metadata;
      if (operation.metadata().UnpackTo(&metadata) && !operation.done()) {
        context.Report(metadata.stage(), metadata.done_count(), metadata.total_count());
      }
      if (operation.done()) return ReadRun(operation);
    }
  }

  absl::Status CancelMatchRun(const RemoteRun& run) override {
    v1::CancelOperationRequest request;
    request.set_name(run.operation);
    google::protobuf::Empty empty;
    return Call({}, [&](grpc::ClientContext* call) { return operations_->CancelOperation(call, request, &empty); });
  }

  absl::StatusOr<RemotePairs> ListMatches(const RemoteRun& run, const RunContext& context) override {
    RemotePairs result;
    v1::ListMatchesRequest request;
    request.set_parent(run.name);
    request.set_page_size(kPageRows);
    do {
      v1::ListMatchesResponse response;
      MAGPIE_RETURN_IF_ERROR(
          Call(context, [&](grpc::ClientContext* call) { return match_->ListMatches(call, request, &response); }));
      for (const v1::Match& match : response.matches()) result.pairs.push_back(ReadMatch(match));
      result.versions = ReadVersions(response.versions());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return result;
  }

  absl::StatusOr<std::vector<RemoteOpen>> ListOpen(const RemoteRun& run, const RunContext& context) override {
    std::vector<RemoteOpen> result;
    v1::ListOpenListingsRequest request;
    request.set_parent(run.name);
    request.set_page_size(kPageRows);
    do {
      v1::ListOpenListingsResponse response;
      MAGPIE_RETURN_IF_ERROR(
          Call(context, [&](grpc::ClientContext* call) { return match_->ListOpenListings(call, request, &response); }));
      for (const v1::OpenListing& item : response.open_listings()) {
        RemoteOpen& open = result.emplace_back();
        open.id = item.external_id();
        open.side = item.side() == v1::SIDE_OFFERING ? Side::kOffering : Side::kNeed;
        open.reason = static_cast<OpenReason>(std::max(0, static_cast<int>(item.reason()) - 1));
        open.near_miss = item.near_miss();
        open.near_score = item.near_score();
        open.sentence = item.sentence();
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return result;
  }

 private:
  std::string Parent() const { return connection_->Parent(); }
  std::string NameOf(Side side, std::string_view id) const { return connection_->NameOf(side, id); }
  absl::Status Call(const RunContext& context, const std::function<grpc::Status(grpc::ClientContext*)>& call) const {
    return connection_->Call(context, call);
  }
  // The resource names of ids, of all listings of the side where there are none.
  absl::StatusOr<std::vector<std::string>> NamesOf(Side side, const std::vector<std::string>& ids,
                                                   const RunContext& context) {
    if (ids.empty()) return ListNames(side, context);
    std::vector<std::string> names;
    for (const std::string& id : ids) names.push_back(NameOf(side, id));
    return names;
  }

  absl::StatusOr<RemotePairs> RecommendByName(Side side, const std::string& name, int top, const RunContext& context) {
    v1::RecommendResponse response;
    MAGPIE_RETURN_IF_ERROR(Call(context, [&](grpc::ClientContext* call) {
      if (side == Side::kNeed) {
        v1::RecommendOfferingsRequest request;
        request.set_need(name);
        request.set_page_size(top);
        return match_->RecommendOfferings(call, request, &response);
      }
      v1::RecommendNeedsRequest request;
      request.set_offering(name);
      request.set_page_size(top);
      return match_->RecommendNeeds(call, request, &response);
    }));
    RemotePairs result;
    for (const v1::Match& match : response.matches()) result.pairs.push_back(ReadMatch(match));
    result.versions = ReadVersions(response.versions());
    return result;
  }

  absl::StatusOr<std::vector<std::string>> ListNames(Side side, const RunContext& context) {
    std::vector<std::string> names;
    v1::ListListingsRequest request;
    request.set_parent(Parent());
    request.set_page_size(kPageRows);
    do {
      v1::ListListingsResponse response;
      MAGPIE_RETURN_IF_ERROR(Call(context, [&](grpc::ClientContext* call) {
        return side == Side::kNeed ? catalogue_->ListNeeds(call, request, &response)
                                   : catalogue_->ListOfferings(call, request, &response);
      }));
      for (const v1::Listing& listing : response.listings()) names.push_back(listing.name());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return names;
  }

  template <typename Request, typename Record, typename Add, typename Send>
  absl::StatusOr<RemoteImport> Import(std::span<const Record> records, const RemoteImportOptions& options,
                                      const RunContext& context, const Add& add, const Send& send) {
    RemoteImport result;
    const auto total = static_cast<std::int64_t>(records.size());
    const auto batch_rows = static_cast<std::size_t>(std::clamp(options.batch_rows, 1, 5'000));
    for (std::size_t begin = 0; begin < records.size();) {
      Request request;
      request.set_parent(Parent());
      request.set_on_existing(WriteOnExisting(options.on_existing));
      request.set_validate_only(options.validate_only);
      request.set_request_id(MakeId("client-"));
      std::size_t end = begin;
      for (std::size_t bytes = 0; end < records.size() && end - begin < batch_rows && bytes < kBatchBytes; ++end) {
        const std::size_t before = request.ByteSizeLong();
        add(records[end], &request);
        bytes += request.ByteSizeLong() - before;
      }
      v1::ImportResponse response;
      MAGPIE_RETURN_IF_ERROR(Call(context, [&](grpc::ClientContext* call) { return send(call, request, &response); }));
      result.created += response.created_count();
      result.updated += response.updated_count();
      result.unchanged += response.unchanged_count();
      result.failed += response.failed_count();
      for (const v1::ImportRow& row : response.rows()) {
        if (row.outcome() != v1::IMPORT_OUTCOME_FAILED) continue;
        result.failures.push_back({static_cast<std::int64_t>(begin) + row.index(), FromRpcStatus(row.error())});
      }
      result.versions = ReadVersions(response.versions());
      begin = end;
      context.Report("import", static_cast<std::int64_t>(begin), total);
    }
    return result;
  }

  static RemoteRun ReadRun(const v1::Operation& operation) {
    RemoteRun run;
    run.operation = operation.name();
    run.done = operation.done();
    v1::MatchRunMetadata metadata;
    if (operation.metadata().UnpackTo(&metadata)) {
      run.name = metadata.match_run();
      run.versions.catalogue = metadata.catalogue_version();
    }
    if (operation.has_error()) run.error = FromRpcStatus(operation.error());
    v1::MatchRun ended;
    if (operation.has_response() && operation.response().UnpackTo(&ended)) {
      run.succeeded = true;
      run.versions = ReadVersions(ended.versions());
      const v1::MatchRunCounts& counts = ended.counts();
      run.funnel.needs = counts.need_count();
      run.funnel.offerings = counts.offering_count();
      run.funnel.pairs = counts.need_count() * counts.offering_count();
      run.funnel.candidates = counts.candidate_count();
      if (counts.rejected_count() > 0) run.funnel.rejected = counts.rejected_count();
      run.funnel.above_threshold = counts.above_threshold_count();
      run.funnel.matches = counts.match_count();
      run.funnel.needs_matched = counts.matched_need_count();
      run.funnel.offerings_matched = counts.matched_offering_count();
    }
    return run;
  }

  const std::shared_ptr<const Connection> connection_;
  const std::unique_ptr<grpc::health::v1::Health::Stub> health_;
  const std::unique_ptr<v1::CatalogueService::Stub> catalogue_;
  const std::unique_ptr<v1::MatchService::Stub> match_;
  const std::unique_ptr<v1::OperationsService::Stub> operations_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Connect(const ClientOptions& options) {
  MAGPIE_ASSIGN_OR_RETURN(std::shared_ptr<const Connection> connection, Connection::Open(options));
  return std::unique_ptr<Client>(new GrpcClient(std::move(connection)));
}

}  // namespace magpie
