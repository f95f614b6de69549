#include "service/access_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "service/paging.h"

namespace magpie {
namespace {

constexpr int kTokensAPage = 50;

// Whether the caller may see and touch it: all for an administrator and on an open server.
bool Rules(const CallerToken& caller, const v1::Token& token) {
  if (!caller || caller->role() == v1::ROLE_ADMIN) return true;
  return token.role() != v1::ROLE_ADMIN && token.workspace() == caller->workspace();
}

}  // namespace

absl::Status AccessApi::GetCaller(const CallerToken& caller, v1::Caller* response) {
  if (caller) {
    *response->mutable_token() = *caller;
  } else {
    response->set_open_server(true);
  }
  return absl::OkStatus();
}

absl::Status AccessApi::CreateToken(const CallerToken& caller, const v1::CreateTokenRequest& request,
                                    v1::CreateTokenResponse* response) {
  MAGPIE_RETURN_IF_ERROR(CheckToken(request.token(), "token."));
  if (!Rules(caller, request.token())) {
    return MakeError(
        Reason::kNotAllowed, "token",
        fmt::format("{} makes tokens of {} only, and no administrators", caller->name(), caller->workspace()));
  }
  MAGPIE_ASSIGN_OR_RETURN(AccessBook::Made made, book_.Create(request.token(), caller ? caller->name() : ""));
  *response->mutable_token() = std::move(made.token);
  response->set_secret(std::move(made.secret));
  return absl::OkStatus();
}

absl::Status AccessApi::GetToken(const CallerToken& caller, const v1::GetTokenRequest& request, v1::Token* response) {
  MAGPIE_ASSIGN_OR_RETURN(*response, book_.Get(request.name()));
  if (Rules(caller, *response)) return absl::OkStatus();
  response->Clear();
  return MakeError(Reason::kTokenNotFound, "name", fmt::format("there is no {}", ToPrintable(request.name())));
}

absl::Status AccessApi::ListTokens(const CallerToken& caller, const v1::ListTokensRequest& request,
                                   v1::ListTokensResponse* response) {
  MAGPIE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size(), kTokensAPage));
  const std::uint64_t hash = HashForPages(request);
  PageStart start;
  if (!request.page_token().empty()) {
    MAGPIE_ASSIGN_OR_RETURN(start, ParsePageToken(request.page_token(), hash));
  }
  std::vector<v1::Token> tokens = book_.List();
  std::erase_if(tokens, [&](const v1::Token& token) { return !Rules(caller, token); });
  const Page page = CutPage(start, size, std::ssize(tokens), hash);
  for (std::int64_t i = page.begin; i < page.end; ++i) {
    *response->add_tokens() = std::move(tokens[static_cast<std::size_t>(i)]);
  }
  response->set_next_page_token(page.next_token);
  return absl::OkStatus();
}

absl::Status AccessApi::RevokeToken(const CallerToken& caller, const v1::RevokeTokenRequest& request,
                                    v1::Token* response) {
  v1::GetTokenRequest get;
  get.set_name(request.name());
  MAGPIE_RETURN_IF_ERROR(GetToken(caller, get, response));
  MAGPIE_ASSIGN_OR_RETURN(*response, book_.Revoke(request.name()));
  return absl::OkStatus();
}

}  // namespace magpie
