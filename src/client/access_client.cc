#include "magpie/client/access_client.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "client/connection.h"
#include "magpie/base/status.h"
#include "magpie/service/access_book.h"
#include "magpie/v1/access_service.grpc.pb.h"
#include "service/names.h"

namespace magpie {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int kPageRows = 1'000;

std::string TimeText(bool has, const google::protobuf::Timestamp& time) {
  return has ? TimeUtil::ToString(time) : std::string();
}

RemoteToken ReadToken(const v1::Token& token) {
  RemoteToken out;
  out.id = IdOfName(token.name());
  out.label = token.display_name();
  const int role = token.role() - 1;
  // A role of a newer server than this client is shown by its number.
  out.role = role >= 0 && role < static_cast<int>(std::size(kRoleWords)) ? std::string(kRoleWords[role])
                                                                         : std::to_string(token.role());
  out.workspace = token.workspace().empty() ? "" : IdOfName(token.workspace());
  out.party = token.party().empty() ? "" : IdOfName(token.party());
  out.certificate_name = token.certificate_name();
  out.calls_per_second = token.calls_per_second();
  out.create_time = TimeText(token.has_create_time(), token.create_time());
  out.expire_time = TimeText(token.has_expire_time(), token.expire_time());
  out.revoke_time = TimeText(token.has_revoke_time(), token.revoke_time());
  return out;
}

absl::StatusOr<v1::Token> WriteToken(const RemoteToken& token) {
  v1::Token out;
  out.set_display_name(token.label);
  const auto* const role = std::ranges::find(kRoleWords, token.role);
  if (role == std::end(kRoleWords)) {
    return MakeError(Reason::kBadArgument, "--role",
                     fmt::format("is '{}'; use admin, organiser, broker, party-member or reader", token.role));
  }
  out.set_role(static_cast<v1::Role>(role - std::begin(kRoleWords) + 1));
  if (!token.workspace.empty()) out.set_workspace("workspaces/" + token.workspace);
  if (!token.party.empty()) {
    out.set_party(FormatName(token.workspace, Collection::kParties, ResourceId(token.party, "p")));
  }
  out.set_certificate_name(token.certificate_name);
  out.set_calls_per_second(token.calls_per_second);
  if (!token.expire_time.empty() && !TimeUtil::FromString(token.expire_time, out.mutable_expire_time())) {
    return MakeError(Reason::kBadArgument, "expire_time",
                     fmt::format("'{}' is no time such as 2026-03-01T00:00:00Z", token.expire_time));
  }
  return out;
}

class RemoteAccess final : public AccessClient {
 public:
  explicit RemoteAccess(std::shared_ptr<const Connection> connection)
      : connection_(std::move(connection)), stub_(v1::AccessService::NewStub(connection_->channel())) {}

  absl::StatusOr<MadeToken> Create(const RemoteToken& token, const RunContext& context) override {
    v1::CreateTokenRequest request;
    MAGPIE_ASSIGN_OR_RETURN(*request.mutable_token(), WriteToken(token));
    v1::CreateTokenResponse response;
    MAGPIE_RETURN_IF_ERROR(connection_->Call(
        context, [&](grpc::ClientContext* call) { return stub_->CreateToken(call, request, &response); },
        Connection::Unanswered::kFail));
    return MadeToken{ReadToken(response.token()), response.secret()};
  }

  absl::StatusOr<std::vector<RemoteToken>> List(const RunContext& context) override {
    std::vector<RemoteToken> tokens;
    v1::ListTokensRequest request;
    request.set_page_size(kPageRows);
    do {
      v1::ListTokensResponse response;
      MAGPIE_RETURN_IF_ERROR(connection_->Call(
          context, [&](grpc::ClientContext* call) { return stub_->ListTokens(call, request, &response); }));
      for (const v1::Token& token : response.tokens()) tokens.push_back(ReadToken(token));
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return tokens;
  }

  absl::StatusOr<RemoteToken> Revoke(std::string_view id, const RunContext& context) override {
    v1::RevokeTokenRequest request;
    request.set_name(fmt::format("tokens/{}", id));
    v1::Token response;
    MAGPIE_RETURN_IF_ERROR(connection_->Call(
        context, [&](grpc::ClientContext* call) { return stub_->RevokeToken(call, request, &response); }));
    return ReadToken(response);
  }

 private:
  const std::shared_ptr<const Connection> connection_;
  const std::unique_ptr<v1::AccessService::Stub> stub_;
};

class LocalAccess final : public AccessClient {
 public:
  explicit LocalAccess(std::unique_ptr<AccessBook> book) : book_(std::move(book)) {}

  absl::StatusOr<MadeToken> Create(const RemoteToken& token, const RunContext&) override {
    MAGPIE_ASSIGN_OR_RETURN(const v1::Token wanted, WriteToken(token));
    MAGPIE_ASSIGN_OR_RETURN(AccessBook::Made made, book_->Create(wanted, ""));
    return MadeToken{ReadToken(made.token), std::move(made.secret)};
  }
  absl::StatusOr<std::vector<RemoteToken>> List(const RunContext&) override {
    std::vector<RemoteToken> tokens;
    for (const v1::Token& token : book_->List()) tokens.push_back(ReadToken(token));
    return tokens;
  }
  absl::StatusOr<RemoteToken> Revoke(std::string_view id, const RunContext&) override {
    MAGPIE_ASSIGN_OR_RETURN(const v1::Token token, book_->Revoke(fmt::format("tokens/{}", id)));
    return ReadToken(token);
  }

 private:
  const std::unique_ptr<AccessBook> book_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AccessClient>> AccessClient::Connect(const ClientOptions& options) {
  MAGPIE_ASSIGN_OR_RETURN(std::shared_ptr<const Connection> connection, Connection::Open(options));
  return std::make_unique<RemoteAccess>(std::move(connection));
}

absl::StatusOr<std::unique_ptr<AccessClient>> OpenAccess(const std::filesystem::path& folder) {
  MAGPIE_ASSIGN_OR_RETURN(std::unique_ptr<AccessBook> book, AccessBook::Open(folder));
  return std::make_unique<LocalAccess>(std::move(book));
}

}  // namespace magpie
