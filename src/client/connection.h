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

  // What is done where no answer came, so that nobody knows whether the call was carried out.
  enum class Unanswered {
    kSendAgain,  // reads, and writes that carry a request_id or may be done twice
    kFail,
  };
  // One call with retries; what the server asks to be sent again soon (RetryInfo) is. The context's stop token ends it from
  // outside.
  absl::Status Call(const RunContext& context, const std::function<grpc::Status(grpc::ClientContext*)>& call,
                    Unanswered unanswered = Unanswered::kSendAgain) const;

 private:
  Connection(ClientOptions options, std::shared_ptr<grpc::Channel> channel)
      : options_(std::move(options)), channel_(std::move(channel)) {}

  absl::Status Explain(const grpc::Status& status) const;

  const ClientOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace magpie
