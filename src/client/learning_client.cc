#include "magpie/client/learning_client.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include "client/connection.h"
#include "magpie/base/status.h"
#include "magpie/service/convert.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/learning_service.grpc.pb.h"
#include "magpie/v1/operations.grpc.pb.h"
#include "service/names.h"

namespace magpie {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int kPageRows = 1'000;
constexpr int kWaitSeconds = 1;  // of one WaitOperation: how old shown progress may be

RemoteFeedback ReadFeedback(const v1::Feedback& feedback) {
  RemoteFeedback out;
  out.id = IdOfName(feedback.name());
  out.pair.need_id = feedback.need_external_id();
  out.pair.offering_id = feedback.offering_external_id();
  // Words of a newer server than this client are shown as what says least.
  const auto verdict = WordFromProto<Verdict>(feedback.verdict(), "");
  const auto reason = WordFromProto<DeclineReason>(feedback.decline_reason(), "");
  const auto side = WordFromProto<Side>(feedback.side(), "");
  out.pair.verdict = verdict.ok() ? verdict->value_or(Verdict::kDeclined) : Verdict::kDeclined;
  out.pair.reason = reason.ok() ? *reason : std::nullopt;
  out.side = side.ok() ? *side : std::nullopt;
  out.detail = feedback.decline_detail();
  out.note = feedback.note();
  out.create_time = TimeUtil::ToString(feedback.create_time());
  return out;
}

LearnQuality ReadQuality(const v1::RankingQuality& quality) {
  LearnQuality out;
  out.ndcg10 = quality.ndcg10();
  out.hit1 = quality.hit1();
  out.decoy3 = quality.decoy3();
  if (quality.grade_agreement() > 0) out.grade_error = 1 / quality.grade_agreement() - 1;
  return out;
}

RemoteRanker ReadRanker(const v1::Ranker& ranker) {
  RemoteRanker out;
  out.id = IdOfName(ranker.name());
  out.ranker_id = ranker.ranker_id();
  out.active = ranker.active();
  out.needs = ranker.counts().need_count();
  out.pairs = ranker.counts().pair_count();
  out.feedback = ranker.counts().feedback_count();
  out.without_judgement = ranker.counts().without_judgement_count();
  out.without_listing = ranker.counts().without_listing_count();
  out.left_out = ranker.counts().left_out_count();
  out.before = ReadQuality(ranker.quality_before());
  out.after = ReadQuality(ranker.quality_after());
  out.worse = ranker.worse();
  out.not_activated_reason = ranker.not_activated_reason();
  for (const v1::FeatureWeight& weight : ranker.weights()) {
    out.weights.push_back({weight.feature(), weight.weight_before(), weight.weight()});
  }
  if (ranker.has_create_time()) out.create_time = TimeUtil::ToString(ranker.create_time());
  out.model_json = ranker.model_json();
  return out;
}

// The server's error about entry `name`[INDEX] of a request in the caller's words: `as`[BEGIN + INDEX], and a listing
// that is not there by its own id. `pair_of` gives need id and offering id of an entry by its number in the whole.
absl::Status InWords(const absl::Status& status, std::string_view name, std::string_view as, std::size_t begin,
                     const std::function<std::pair<std::string, std::string>(std::size_t)>& pair_of) {
  const std::string field = FieldOf(status);
  std::string_view rest = field;
  std::size_t index = 0;
  if (!rest.starts_with(name) || rest.substr(name.size(), 1) != "[") return status;
  rest.remove_prefix(name.size() + 1);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (error != std::errc() || !rest.starts_with("].")) return status;
  rest.remove_prefix(std::string_view("].").size());
  if (rest.starts_with("feedback.")) rest.remove_prefix(std::string_view("feedback.").size());
  index += begin;
  std::string message(status.message().data(), status.message().size());
  if (ReasonOf(status) == Reason::kNeedNotFound) message = fmt::format("there is no need '{}'", pair_of(index).first);
  if (ReasonOf(status) == Reason::kOfferingNotFound) {
    message = fmt::format("there is no offering '{}'", pair_of(index).second);
  }
  return MakeError(ReasonOf(status), fmt::format("{}[{}].{}", as, index, rest), message);
}

class GrpcLearningClient final : public LearningClient {
 public:
  explicit GrpcLearningClient(std::shared_ptr<const Connection> connection)
      : connection_(std::move(connection)),
        learning_(v1::LearningService::NewStub(connection_->channel())),
        operations_(v1::OperationsService::NewStub(connection_->channel())) {}

  absl::StatusOr<std::vector<RemoteFeedback>> AddFeedback(std::span<const RemoteFeedback> feedback,
                                                          const RunContext& context) override {
    std::vector<RemoteFeedback> kept;
    for (std::size_t begin = 0; begin < feedback.size(); begin += kFeedbackBatch) {
      v1::BatchCreateFeedbackRequest request;
      request.set_parent(connection_->Parent());
      request.set_request_id(MakeId("client-"));
      for (const RemoteFeedback& piece : feedback.subspan(begin, std::min(kFeedbackBatch, feedback.size() - begin))) {
        v1::Feedback& out = *request.add_requests()->mutable_feedback();
        out.set_need(connection_->NameOf(Side::kNeed, piece.pair.need_id));
        out.set_offering(connection_->NameOf(Side::kOffering, piece.pair.offering_id));
        out.set_verdict(WordToProto<v1::Verdict>(piece.pair.verdict));
        out.set_decline_reason(WordToProto<v1::DeclineReason>(piece.pair.reason));
        out.set_decline_detail(piece.detail);
        out.set_side(WordToProto<v1::Side>(piece.side));
        out.set_note(piece.note);
      }
      v1::BatchCreateFeedbackResponse response;
      const absl::Status status = connection_->Call(
          context, [&](grpc::ClientContext* call) { return learning_->BatchCreateFeedback(call, request, &response); });
      if (!status.ok()) {
        return InWords(status, "requests", "feedback", begin, [&](std::size_t i) {
          return std::pair(feedback[i].pair.need_id, feedback[i].pair.offering_id);
        });
      }
      for (const v1::Feedback& piece : response.feedback()) kept.push_back(ReadFeedback(piece));
      context.Report("feedback", std::ssize(kept), std::ssize(feedback));
    }
    return kept;
  }

  absl::StatusOr<std::vector<RemoteFeedback>> ListFeedback(std::string_view need_id, std::string_view offering_id,
                                                           const RunContext& context) override {
    v1::ListFeedbackRequest request;
    request.set_parent(connection_->Parent());
    request.set_page_size(kPageRows);
    if (!need_id.empty()) request.set_need(connection_->NameOf(Side::kNeed, need_id));
    if (!offering_id.empty()) request.set_offering(connection_->NameOf(Side::kOffering, offering_id));
    std::vector<RemoteFeedback> all;
    do {
      v1::ListFeedbackResponse response;
      MAGPIE_RETURN_IF_ERROR(connection_->Call(
          context, [&](grpc::ClientContext* call) { return learning_->ListFeedback(call, request, &response); }));
      for (const v1::Feedback& piece : response.feedback()) all.push_back(ReadFeedback(piece));
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return all;
  }

  absl::Status DeleteFeedback(std::string_view id) override {
    v1::DeleteFeedbackRequest request;
    request.set_name(FormatName(connection_->workspace(), Collection::kFeedback, id));
    request.set_request_id(MakeId("client-"));
    google::protobuf::Empty empty;
    return connection_->Call(
        {}, [&](grpc::ClientContext* call) { return learning_->DeleteFeedback(call, request, &empty); });
  }

  absl::StatusOr<RemoteRanker> Learn(const RemoteLearnOptions& options, const RunContext& context) override {
    v1::LearnRankerRequest request;
    request.set_parent(connection_->Parent());
    request.set_request_id(MakeId("client-"));
    request.set_ranker_id(options.id);
    for (const PairGrade& grade : options.grades) {
      v1::GradedPair& pair = *request.add_graded_pairs();
      pair.set_need(connection_->NameOf(Side::kNeed, grade.need_id));
      pair.set_offering(connection_->NameOf(Side::kOffering, grade.offering_id));
      pair.set_grade(grade.grade);
    }
    request.set_judged_only(options.judged_only);
    if (options.shrinkage) request.set_shrinkage(*options.shrinkage);
    request.set_activate(options.activate);
    request.set_force(options.force);
    v1::Operation operation;
    const absl::Status begun = connection_->Call(
        context, [&](grpc::ClientContext* call) { return learning_->LearnRanker(call, request, &operation); });
    if (!begun.ok()) {
      return InWords(begun, "graded_pairs", "grades", 0, [&](std::size_t i) {
        return std::pair(options.grades[i].need_id, options.grades[i].offering_id);
      });
    }
    bool cancelled = false;
    while (!operation.done()) {
      v1::LearnRankerMetadata metadata;
      if (operation.metadata().UnpackTo(&metadata)) {
        context.Report(metadata.stage(), metadata.done_count(), metadata.total_count());
      }
      // From here on without the context's stop: cancelled work is waited for, too.
      if (context.cancelled() && !std::exchange(cancelled, true)) {
        v1::CancelOperationRequest cancel;
        cancel.set_name(operation.name());
        google::protobuf::Empty empty;
        MAGPIE_RETURN_IF_ERROR(connection_->Call(
            {}, [&](grpc::ClientContext* call) { return operations_->CancelOperation(call, cancel, &empty); }));
      }
      v1::WaitOperationRequest wait;
      wait.set_name(operation.name());
      wait.mutable_timeout()->set_seconds(kWaitSeconds);
      MAGPIE_RETURN_IF_ERROR(connection_->Call(
          {}, [&](grpc::ClientContext* call) { return operations_->WaitOperation(call, wait, &operation); }));
    }
    if (operation.has_error()) return FromRpcStatus(operation.error());
    v1::Ranker ranker;
    operation.response().UnpackTo(&ranker);
    return ReadRanker(ranker);
  }

  absl::StatusOr<std::vector<RemoteRanker>> ListRankers(const RunContext& context) override {
    v1::ListRankersRequest request;
    request.set_parent(connection_->Parent());
    request.set_page_size(kPageRows);
    std::vector<RemoteRanker> all;
    do {
      v1::ListRankersResponse response;
      MAGPIE_RETURN_IF_ERROR(connection_->Call(
          context, [&](grpc::ClientContext* call) { return learning_->ListRankers(call, request, &response); }));
      for (const v1::Ranker& ranker : response.rankers()) all.push_back(ReadRanker(ranker));
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return all;
  }

  absl::StatusOr<RemoteRanker> ActivateRanker(std::string_view id, bool force) override {
    v1::ActivateRankerRequest request;
    request.set_name(FormatName(connection_->workspace(), Collection::kRankers, id));
    request.set_force(force);
    v1::Ranker ranker;
    MAGPIE_RETURN_IF_ERROR(connection_->Call(
        {}, [&](grpc::ClientContext* call) { return learning_->ActivateRanker(call, request, &ranker); }));
    return ReadRanker(ranker);
  }

 private:
  const std::shared_ptr<const Connection> connection_;
  const std::unique_ptr<v1::LearningService::Stub> learning_;
  const std::unique_ptr<v1::OperationsService::Stub> operations_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LearningClient>> LearningClient::Connect(const ClientOptions& options) {
  MAGPIE_ASSIGN_OR_RETURN(std::shared_ptr<const Connection> connection, Connection::Open(options));
  return std::unique_ptr<LearningClient>(new GrpcLearningClient(std::move(connection)));
}

}  // namespace magpie
