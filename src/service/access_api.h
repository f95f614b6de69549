// What AccessService does, without gRPC. Whose tokens an organiser may touch is decided here: those of the own workspace.
//
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/status.h>

#include "magpie/v1/access_service.pb.h"
#include "service/authority.h"

namespace magpie {

class AccessApi {
 public:
  explicit AccessApi(AccessBook& book) : book_(book) {}

  absl::Status GetCaller(const CallerToken& caller, v1::Caller* response);
  absl::Status CreateToken(const CallerToken& caller, const v1::CreateTokenRequest& request,
                           v1::CreateTokenResponse* response);
  absl::Status GetToken(const CallerToken& caller, const v1::GetTokenRequest& request, v1::Token* response);
  absl::Status ListTokens(const CallerToken& caller, const v1::ListTokensRequest& request,
                          v1::ListTokensResponse* response);
  absl::Status RevokeToken(const CallerToken& caller, const v1::RevokeTokenRequest& request, v1::Token* response);

 private:
  AccessBook& book_;
};

}  // namespace magpie
