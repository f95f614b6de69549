#include "magpie/client/audit_client.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

#include "client/connection.h"
#include "magpie/base/status.h"
#include "magpie/service/audit.h"
#include "magpie/v1/audit_service.grpc.pb.h"

namespace magpie {
namespace {

constexpr int kPageRows = 1'000;

std::string KindName(v1::AuditKind kind) {
  switch (kind) {
    case v1::AUDIT_KIND_WRITE:
      return "write";
    case v1::AUDIT_KIND_SIGHT:
      return "sight";
    case v1::AUDIT_KIND_REFUSAL:
      return "refusal";
    default:
      return std::to_string(kind);  // of a newer server than this client
  }
}

AuditVerdict ReadVerdict(const v1::VerifyAuditLogResponse& response) {
  return {response.entry_count(), response.head_hash(), response.fault()};
}

class RemoteAudit final : public AuditClient {
 public:
  explicit RemoteAudit(std::shared_ptr<const Connection> connection)
      : connection_(std::move(connection)), stub_(v1::AuditService::NewStub(connection_->channel())) {}

  absl::StatusOr<std::vector<AuditLine>> List(std::int64_t limit, const RunContext& context) override {
    std::vector<AuditLine> lines;
    v1::ListAuditEntriesRequest request;
    request.set_parent(connection_->Parent());
    do {
      const std::int64_t left = limit == 0 ? kPageRows : limit - std::ssize(lines);
      request.set_page_size(static_cast<int>(std::min<std::int64_t>(left, kPageRows)));
      v1::ListAuditEntriesResponse response;
      MAGPIE_RETURN_IF_ERROR(connection_->Call(
          context, [&](grpc::ClientContext* call) { return stub_->ListAuditEntries(call, request, &response); }));
      for (const v1::AuditEntry& entry : response.entries()) {
        lines.push_back({entry.sequence(),
                         google::protobuf::util::TimeUtil::ToString(entry.time()),
                         KindName(entry.kind()),
                         entry.token(),
                         entry.method(),
                         entry.trace_id(),
                         {entry.rows().begin(), entry.rows().end()},
                         entry.reason(),
                         entry.hash() + " " + entry.text()});
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty() && (limit == 0 || std::ssize(lines) < limit));
    return lines;
  }

  absl::StatusOr<AuditVerdict> Verify(const RunContext& context) override {
    v1::VerifyAuditLogRequest request;
    request.set_parent(connection_->Parent());
    v1::VerifyAuditLogResponse response;
    MAGPIE_RETURN_IF_ERROR(connection_->Call(
        context, [&](grpc::ClientContext* call) { return stub_->VerifyAuditLog(call, request, &response); }));
    return ReadVerdict(response);
  }

 private:
  const std::shared_ptr<const Connection> connection_;
  const std::unique_ptr<v1::AuditService::Stub> stub_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AuditClient>> AuditClient::Connect(const ClientOptions& options) {
  MAGPIE_ASSIGN_OR_RETURN(std::shared_ptr<const Connection> connection, Connection::Open(options));
  return std::make_unique<RemoteAudit>(std::move(connection));
}

absl::StatusOr<AuditVerdict> VerifyAuditOf(const std::filesystem::path& database) {
  StoreOptions options;
  options.read_only = true;
  MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, OpenSqliteStore(database, options));
  MAGPIE_ASSIGN_OR_RETURN(const v1::VerifyAuditLogResponse response, VerifyAudit(*store));
  return ReadVerdict(response);
}

AuditVerdict VerifyExport(std::string_view lines) {
  std::vector<std::string> split;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    split.emplace_back(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return ReadVerdict(VerifyAuditLines(split));
}

}  // namespace magpie
