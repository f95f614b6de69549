// A channel to one server, and what all its calls share: deadline, retries, cancellation, errors in words that help.
//
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "magpie/base/progress.h"
#include "magpie/base/vocabulary.h"
#include "magpie/client/client.h"

namespace magpie {

class Connection {
 public:
  // Does not call the server yet. kBadArgument, kFileNotFound (the CA file).
  static absl::StatusOr<std::shared_ptr<const Connection>> Open(const ClientOptions& options);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  const std::string& workspace() const { return options_.workspace; }

  // The workspace's resource name, and a listing's.
  std::string Parent() const { return "workspaces/" + options_.workspace; }
  std::string NameOf(Side side, std::string_view id) const;

  // One call with retries. The context's stop token ends it from outside.
  absl::Status Call(const RunContext& context, const std::function<grpc::Status(grpc::ClientContext*)>& call) const;

 private:
  Connection(ClientOptions options, std::shared_ptr<grpc::Channel> channel)
      : options_(std::move(options)), channel_(std::move(channel)) {}

  absl::Status Explain(const grpc::Status& status) const;

  const ClientOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace magpie
