// Tokens of a server, in the words of the command line: made, listed, revoked (proto/magpie/v1/access_service.proto).
//
// Errors   those of the server with reason and field; retries and cancellation as in client.h.
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/client/client.h"

namespace magpie {

// Roles by their words: admin, organiser, broker, party-member, reader.
inline constexpr std::string_view kRoleWords[] = {"admin", "organiser", "broker", "party-member", "reader"};

struct RemoteToken {
  std::string id;         // "t-3f9a..."
  std::string label;      // for whom or what it is
  std::string role;       // one of kRoleWords
  std::string workspace;  // its name; empty for admin
  std::string party;      // its id in the workspace; of a party-member
  std::string certificate_name;
  double calls_per_second = 0;
  std::string create_time, expire_time, revoke_time;  // RFC 3339, empty = none
};

struct MadeToken {
  RemoteToken token;
  std::string secret;  // empty for a certificate
};

class AccessClient {
 public:
  static absl::StatusOr<std::unique_ptr<AccessClient>> Connect(const ClientOptions& options);
  virtual ~AccessClient() = default;

  virtual absl::StatusOr<MadeToken> Create(const RemoteToken& token, const RunContext& context) = 0;
  virtual absl::StatusOr<std::vector<RemoteToken>> List(const RunContext& context) = 0;  // newest first
  virtual absl::StatusOr<RemoteToken> Revoke(std::string_view id, const RunContext& context) = 0;
};

// The same in the server's folder while no server has it open. kStoreBusy where one has.
absl::StatusOr<std::unique_ptr<AccessClient>> OpenAccess(const std::filesystem::path& folder);

}  // namespace magpie
