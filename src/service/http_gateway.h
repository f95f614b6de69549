// HTTP beside gRPC, for browsers, curl and monitors: the Connect protocol, /healthz and /metrics.
//
// A thin gateway: a call becomes a call of the server's own gRPC service in this process, so tokens, rights, limits and
// deadlines are those of gRPC. Unary methods take POST with application/json or application/proto; methods that stream
// answers take application/connect+json or application/connect+proto. HTTP knows tokens only, no client certificates.
// Threads  one for each connection, at most kMostConnections at work; others wait.
// Source   the Connect protocol's specification (connectrpc.com/docs/protocol).
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace magpie {

struct GatewayOptions {
  std::string host;
  int port = 0;                             // 0 = any free one
  std::filesystem::path tls_cert, tls_key;  // PEM; empty = plain HTTP
  bool only_as_loopback = true;             // refuse calls that name another host
  std::vector<std::string> allow_origins;   // of browsers' pages; "*" = any
  std::shared_ptr<grpc::Channel> channel;   // to the server itself
  std::function<bool()> is_serving;
  // The text of /metrics, or why this caller does not get it; takes the authorization header.
  std::function<absl::StatusOr<std::string>(const std::string&)> metrics;
};

class HttpGateway {
 public:
  static constexpr int kMostConnections = 64;
  static constexpr int kMostStreams = 32;

  // Listens and answers on threads of its own. kUnavailable where the port is taken.
  static absl::StatusOr<std::unique_ptr<HttpGateway>> Start(GatewayOptions options);
  virtual ~HttpGateway() = default;  // ends all calls

  virtual int port() const = 0;
  // Reads certificate and key anew, for new connections.
  virtual absl::Status ReloadTls() = 0;
};

}  // namespace magpie
