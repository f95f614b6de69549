// Errors on the wire: absl::Status <-> google.rpc.Status <-> grpc::Status, all in rpc_status.cc.
//
// An error goes out with its code, its message, an ErrorInfo (reason, domain "magpie", metadata {"field": ...}) and,
// where it names a field, a BadRequest with that field's path. Coming back it is the same error again: ReasonOf() and
// FieldOf() hold. An error that another layer made (gRPC itself, a proxy) gets the reason nearest to its code.
// Threads  every function may be called from several threads at once.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <optional>
#include <string_view>

namespace google::rpc {
class Status;
}  // namespace google::rpc
namespace grpc {
class Status;
}  // namespace grpc

namespace magpie {

inline constexpr std::string_view kErrorDomain = "magpie";

// The error with the time after which to try again: it goes out as google.rpc.RetryInfo.
absl::Status WithRetryDelay(absl::Status error, std::chrono::milliseconds delay);
// nullopt = the error names none.
std::optional<std::chrono::milliseconds> RetryDelayOf(const absl::Status& error);

google::rpc::Status ToRpcStatus(const absl::Status& status);
absl::Status FromRpcStatus(const google::rpc::Status& status);

grpc::Status ToGrpcStatus(const absl::Status& status);
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace magpie
