#include "client/connection.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/service/rpc_status.h"
#include "magpie/service/server.h"
#include "service/names.h"

namespace magpie {
namespace {

constexpr int kAttempts = 3;
constexpr int kFirstPause_ms = 200;  // four times as long each further time
constexpr std::chrono::seconds kMostPause(2);
constexpr std::size_t kCaBytes = 1 << 20;

}  // namespace

absl::StatusOr<std::shared_ptr<const Connection>> Connection::Open(const ClientOptions& options) {
  if (!IsResourceId(options.workspace)) {
    return MakeError(Reason::kBadArgument, "workspace",
                     fmt::format("'{}' is not a workspace's name; use default or the like", options.workspace));
  }
  if (options.address.find(':') == std::string::npos) {
    return MakeError(Reason::kBadArgument, "--server",
                     fmt::format("'{}' is not HOST:PORT, such as 127.0.0.1:7070", options.address));
  }
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (!options.tls_ca.empty()) {
    grpc::SslCredentialsOptions ssl;
    MAGPIE_ASSIGN_OR_RETURN(ssl.pem_root_certs, ReadFile(options.tls_ca, kCaBytes));
    credentials = grpc::SslCredentials(ssl);
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(4 * kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);  // a restarted server is found again soon
  if (!options.tls_name.empty()) arguments.SetSslTargetNameOverride(options.tls_name);
  return std::shared_ptr<const Connection>(
      new Connection(options, grpc::CreateCustomChannel(options.address, credentials, arguments)));
}

std::string Connection::NameOf(Side side, std::string_view id) const {
  return FormatName(options_.workspace, CollectionOf(side), ResourceId(id, side == Side::kNeed ? "n" : "o"));
}

absl::Status Connection::Call(const RunContext& context, const std::function<grpc::Status(grpc::ClientContext*)>& call,
                              Unanswered unanswered) const {
  for (int attempt = 1, pause_ms = kFirstPause_ms;; ++attempt, pause_ms *= 4) {
    MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
    grpc::ClientContext client;
    client.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(options_.timeout_ms));
    if (!options_.token.empty()) client.AddMetadata("authorization", "Bearer " + options_.token);
    grpc::Status status;
    {
      const std::stop_callback cancel(context.stop, [&client] { client.TryCancel(); });
      status = call(&client);
    }
    if (status.ok()) return absl::OkStatus();
    std::optional<std::chrono::milliseconds> pause;
    const bool answered = !status.error_details().empty();  // by the server itself, which did not carry it out
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE && (answered || unanswered == Unanswered::kSendAgain)) {
      pause = std::chrono::milliseconds(pause_ms);
    } else if (answered) {
      pause = RetryDelayOf(FromGrpcStatus(status));
    }
    if (!pause || *pause > kMostPause || attempt == kAttempts) return Explain(status);
    std::this_thread::sleep_for(*pause);
  }
}

// gRPC's own errors in words that help.
absl::Status Connection::Explain(const grpc::Status& status) const {
  if (status.error_details().empty()) {
    switch (status.error_code()) {
      case grpc::StatusCode::UNAVAILABLE:
        return MakeError(Reason::kUnavailable, "",
                         fmt::format("no Magpie server answers at {} ({}); is magpied running there, and TLS on both "
                                     "sides or on none?",
                                     options_.address, status.error_message()));
      case grpc::StatusCode::DEADLINE_EXCEEDED:
        return MakeError(Reason::kUnavailable, "",
                         fmt::format("{} did not answer within {} s", options_.address, options_.timeout_ms / 1'000));
      case grpc::StatusCode::RESOURCE_EXHAUSTED:
        return MakeError(
            Reason::kLimitExceeded, "",
            fmt::format("a message is larger than {} MiB: {}", kMaxMessageBytes >> 20, status.error_message()));
      default:
        break;
    }
  }
  return FromGrpcStatus(status);
}

}  // namespace magpie
