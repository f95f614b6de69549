// LearningApi: feedback, kept in the store and, in short, in the workspace's book.
#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/service/convert.h"
#include "service/learning_api.h"

namespace magpie {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::size_t kMaxDetail = 500, kMaxNote = 2'000;  // code points
constexpr int kMaxBatch = 1'000;

absl::Status FeedbackNotFound(std::string_view name) {
  return MakeError(Reason::kFeedbackNotFound, "name", fmt::format("there is no {}", name));
}

absl::StatusOr<std::string> ReadText(const std::string& text, std::size_t limit, const std::string& field) {
  std::string nfc = ToNfc(text);
  if (CountCodePoints(nfc) > limit) {
    return MakeError(Reason::kFieldInvalid, field,
                     fmt::format("{} code points; at most {}", CountCodePoints(nfc), limit));
  }
  return nfc;
}

// What does not depend on the catalogue: the feedback as it will be kept, but for names, external ids and time.
absl::StatusOr<v1::Feedback> CheckFeedback(const v1::Feedback& given, const std::string& prefix) {
  v1::Feedback feedback;
  feedback.set_need(given.need());
  feedback.set_offering(given.offering());
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<Verdict> verdict,
                          WordFromProto<Verdict>(given.verdict(), prefix + "verdict"));
  if (!verdict) {
    return MakeError(Reason::kFieldMissing, prefix + "verdict",
                     "verdict is not set; say ACCEPTED, DECLINED, MET or SIGNED");
  }
  MAGPIE_RETURN_IF_ERROR(WordFromProto<DeclineReason>(given.decline_reason(), prefix + "decline_reason").status());
  MAGPIE_RETURN_IF_ERROR(WordFromProto<Side>(given.side(), prefix + "side").status());
  if (*verdict != Verdict::kDeclined) {
    const bool reason = given.decline_reason() != v1::DECLINE_REASON_UNSPECIFIED;
    if (reason || !given.decline_detail().empty()) {
      return MakeError(Reason::kFieldInvalid, prefix + (reason ? "decline_reason" : "decline_detail"),
                       "goes with the verdict DECLINED only; put what else is to be said into note");
    }
  }
  feedback.set_verdict(given.verdict());
  feedback.set_decline_reason(given.decline_reason());
  feedback.set_side(given.side());
  MAGPIE_ASSIGN_OR_RETURN(*feedback.mutable_decline_detail(),
                          ReadText(given.decline_detail(), kMaxDetail, prefix + "decline_detail"));
  MAGPIE_ASSIGN_OR_RETURN(*feedback.mutable_note(), ReadText(given.note(), kMaxNote, prefix + "note"));
  return feedback;
}

// One piece of a request, checked.
struct NewFeedback {
  std::string id;      // empty = to be made up
  std::string prefix;  // of field paths: "" or "requests[3]."
  v1::Feedback feedback;
};

absl::StatusOr<NewFeedback> CheckNew(const v1::CreateFeedbackRequest& request, std::string prefix) {
  NewFeedback piece;
  piece.prefix = std::move(prefix);
  piece.id = request.feedback_id();
  if (!piece.id.empty()) MAGPIE_RETURN_IF_ERROR(CheckNewId(piece.id, piece.prefix + "feedback_id"));
  MAGPIE_ASSIGN_OR_RETURN(piece.feedback, CheckFeedback(request.feedback(), piece.prefix + "feedback."));
  return piece;
}

// Inside WriteOnce: fills in what the server knows. The listings must be there.
absl::Status Complete(const Workspace& workspace, const Snapshot& snapshot, std::int64_t time_ns, NewFeedback* piece) {
  v1::Feedback& feedback = piece->feedback;
  MAGPIE_ASSIGN_OR_RETURN(const auto pair, FindPair(workspace, snapshot, feedback.need(), feedback.offering(),
                                                    piece->prefix + "feedback."));
  feedback.set_need_external_id(snapshot.need(pair.first).record.id);
  feedback.set_offering_external_id(snapshot.offering(pair.second).record.id);
  feedback.set_name(FormatName(workspace.name(), Collection::kFeedback, piece->id));
  *feedback.mutable_create_time() = TimeUtil::NanosecondsToTimestamp(time_ns);
  return absl::OkStatus();
}

// Inside WriteOnce: completes and writes all pieces or none. `answer` makes the reply that a retry gets from the pieces.
absl::Status WriteFeedback(Workspace& workspace, std::vector<NewFeedback>* pieces, RequestRecord* record,
                           const std::function<std::string()>& answer) {
  FeedbackBook& book = workspace.feedback();
  if (book.size() + pieces->size() > kMostFeedback) {
    return MakeError(Reason::kLimitExceeded, "",
                     fmt::format("the workspace holds {} pieces of feedback, at most {}; delete old ones first",
                                 book.size(), kMostFeedback));
  }
  const auto snapshot = workspace.catalogue().snapshot();
  std::set<std::string> ids;
  std::int64_t time = book.NextTime();
  std::vector<RowChange> rows;
  for (NewFeedback& piece : *pieces) {
    if (piece.id.empty()) piece.id = MakeId("f-");
    if (book.Has(piece.id) || !ids.insert(piece.id).second) {
      return MakeError(
          Reason::kAlreadyExists, piece.prefix + "feedback_id",
          fmt::format("the feedback '{}' is there already; choose another id, or leave it empty", piece.id));
    }
    MAGPIE_RETURN_IF_ERROR(Complete(workspace, *snapshot, time++, &piece));
    rows.push_back({std::string(kFeedbackTable), piece.id, ToJson(piece.feedback), 0});
  }
  if (!record->request_id.empty()) record->response = answer();
  MAGPIE_RETURN_IF_ERROR(workspace.store().Write(rows, *record).status());
  for (const NewFeedback& piece : *pieces) book.Add(piece.feedback);
  return absl::OkStatus();
}

}  // namespace

absl::Status LearningApi::GetFeedback(const v1::GetFeedbackRequest& request, v1::Feedback* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), Collection::kFeedback, "name"));
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<StoredRow> row,
                          target.workspace->store().Read(kFeedbackTable, target.id));
  if (!row) return FeedbackNotFound(request.name());
  return FromJson(row->body, response);
}

absl::Status LearningApi::ListFeedback(const v1::ListFeedbackRequest& request, v1::ListFeedbackResponse* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size(), kDefaultPageSize));
  // The ids of the listings that are asked for; they need not be there any more.
  const auto id_of = [&](const std::string& name, Collection collection,
                         std::string_view field) -> absl::StatusOr<std::string> {
    if (name.empty()) return std::string();
    MAGPIE_ASSIGN_OR_RETURN(ResourceName parsed, ParseName(name, collection, field));
    if (parsed.workspace == workspace->name()) return std::move(parsed.id);
    return MakeError(Reason::kBadArgument, field, fmt::format("{} is of another workspace", name));
  };
  MAGPIE_ASSIGN_OR_RETURN(const std::string need, id_of(request.need(), Collection::kNeeds, "need"));
  MAGPIE_ASSIGN_OR_RETURN(const std::string offering, id_of(request.offering(), Collection::kOfferings, "offering"));
  const std::uint64_t hash = HashForPages(request);
  PageStart start;  // `offset` is the create time of the last piece shown: pieces come and go without moving others
  start.offset = std::numeric_limits<std::int64_t>::max();
  if (!request.page_token().empty()) {
    MAGPIE_ASSIGN_OR_RETURN(start, ParsePageToken(request.page_token(), hash));
  }
  const FeedbackBook::Slice slice = workspace->feedback().List(need, offering, start.offset, size);
  for (const std::string& id : slice.ids) {
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<StoredRow> row, workspace->store().Read(kFeedbackTable, id));
    if (row) MAGPIE_RETURN_IF_ERROR(FromJson(row->body, response->add_feedback()));  // else deleted just now
  }
  if (slice.more) response->set_next_page_token(MakePageToken({start.version, slice.last_time}, hash));
  response->set_total_size(slice.total);
  return absl::OkStatus();
}

absl::Status LearningApi::CreateFeedback(const v1::CreateFeedbackRequest& request, v1::Feedback* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  std::vector<NewFeedback> pieces(1);
  MAGPIE_ASSIGN_OR_RETURN(pieces.front(), CheckNew(request, ""));
  return WriteOnce(*workspace, request, request.request_id(), response,
                   [&](std::int64_t, RequestRecord* record) -> absl::Status {
                     MAGPIE_RETURN_IF_ERROR(
                         WriteFeedback(*workspace, &pieces, record, [&] { return ToJson(pieces.front().feedback); }));
                     *response = pieces.front().feedback;
                     return absl::OkStatus();
                   });
}

absl::Status LearningApi::BatchCreateFeedback(const v1::BatchCreateFeedbackRequest& request,
                                              v1::BatchCreateFeedbackResponse* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  if (request.requests().empty() || request.requests_size() > kMaxBatch) {
    return MakeError(Reason::kBadArgument, "requests",
                     fmt::format("{} requests; send 1 to {}", request.requests_size(), kMaxBatch));
  }
  std::vector<NewFeedback> pieces;
  for (int i = 0; i < request.requests_size(); ++i) {
    const v1::CreateFeedbackRequest& one = request.requests(i);
    const std::string prefix = fmt::format("requests[{}].", i);
    if (!one.parent().empty() && one.parent() != request.parent()) {
      return MakeError(Reason::kBadArgument, prefix + "parent",
                       fmt::format("is not {}, the batch's; leave it out", request.parent()));
    }
    if (!one.request_id().empty()) {
      return MakeError(Reason::kBadArgument, prefix + "request_id", "is the batch's business; leave it out here");
    }
    MAGPIE_ASSIGN_OR_RETURN(NewFeedback piece, CheckNew(one, prefix));
    pieces.push_back(std::move(piece));
  }
  v1::BatchCreateFeedbackResponse answer;
  const auto make_answer = [&] {
    for (const NewFeedback& piece : pieces) *answer.add_feedback() = piece.feedback;
    return ToJson(answer);
  };
  return WriteOnce(*workspace, request, request.request_id(), response,
                   [&](std::int64_t, RequestRecord* record) -> absl::Status {
                     MAGPIE_RETURN_IF_ERROR(WriteFeedback(*workspace, &pieces, record, make_answer));
                     for (const NewFeedback& piece : pieces) *response->add_feedback() = piece.feedback;
                     return absl::OkStatus();
                   });
}

absl::Status LearningApi::DeleteFeedback(const v1::DeleteFeedbackRequest& request) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), Collection::kFeedback, "name"));
  Workspace& workspace = *target.workspace;
  google::protobuf::Empty empty;
  return WriteOnce(workspace, request, request.request_id(), &empty,
                   [&](std::int64_t, RequestRecord* record) -> absl::Status {
                     if (!workspace.feedback().Has(target.id)) return FeedbackNotFound(request.name());
                     record->response = "{}";
                     MAGPIE_RETURN_IF_ERROR(
                         workspace.store()
                             .Write({{std::string(kFeedbackTable), target.id, std::nullopt, std::nullopt}}, *record)
                             .status());
                     workspace.feedback().Remove(target.id);
                     return absl::OkStatus();
                   });
}

}  // namespace magpie
