#include "magpie/service/rpc_status.h"

#include <absl/strings/cord.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/support/status.h>

#include <cstdint>
#include <optional>
#include <string>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr char kRetryPayload[] = "magpie/retry_ms";

std::string Text(absl::string_view text) {
  return std::string(text.data(), text.size());
}

std::optional<Reason> FindReason(std::string_view name) {
  for (const ReasonInfo& info : Reasons()) {
    if (info.name == name) return info.reason;
  }
  return std::nullopt;
}

// For errors without ErrorInfo: gRPC's own and those of proxies in between.
Reason ReasonOfCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kCancelled:
      return Reason::kCancelled;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return Reason::kUnavailable;
    case absl::StatusCode::kResourceExhausted:
      return Reason::kLimitExceeded;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnimplemented:
      return Reason::kBadArgument;
    default:
      return Reason::kInternal;
  }
}

}  // namespace

absl::Status WithRetryDelay(absl::Status error, std::chrono::milliseconds delay) {
  error.SetPayload(kRetryPayload, absl::Cord(std::to_string(delay.count())));
  return error;
}

std::optional<std::chrono::milliseconds> RetryDelayOf(const absl::Status& error) {
  const auto payload = error.GetPayload(kRetryPayload);
  if (!payload) return std::nullopt;
  return std::chrono::milliseconds(std::stoll(std::string(*payload)));
}

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status result;
  result.set_code(static_cast<int>(status.code()));
  if (status.ok()) return result;
  // A message may quote what the caller sent; protobuf's strings must be UTF-8.
  result.set_message(ToPrintable(Text(status.message())));

  const std::string field = FieldOf(status);
  Reason reason = ReasonOf(status);
  if (reason == Reason::kInternal) reason = ReasonOfCode(status.code());
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(ReasonName(reason)));
  info.set_domain(std::string(kErrorDomain));
  if (!field.empty()) (*info.mutable_metadata())["field"] = ToPrintable(field);
  result.add_details()->PackFrom(info);
  if (!field.empty()) {
    google::rpc::BadRequest request;
    google::rpc::BadRequest::FieldViolation& violation = *request.add_field_violations();
    violation.set_field(ToPrintable(field));
    violation.set_description(result.message());
    result.add_details()->PackFrom(request);
  }
  if (const auto delay = RetryDelayOf(status)) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(delay->count() / 1'000);
    retry.mutable_retry_delay()->set_nanos(static_cast<std::int32_t>(delay->count() % 1'000 * 1'000'000));
    result.add_details()->PackFrom(retry);
  }
  return result;
}

absl::Status FromRpcStatus(const google::rpc::Status& status) {
  const auto code = static_cast<absl::StatusCode>(status.code());
  if (code == absl::StatusCode::kOk) return absl::OkStatus();
  Reason reason = ReasonOfCode(code);
  std::string field;
  std::optional<std::chrono::milliseconds> delay;
  for (const auto& detail : status.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest request;
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&info) && info.domain() == kErrorDomain) {
      reason = FindReason(info.reason()).value_or(reason);
    } else if (detail.UnpackTo(&request) && request.field_violations_size() > 0) {
      field = request.field_violations(0).field();
    } else if (detail.UnpackTo(&retry)) {
      delay =
          std::chrono::milliseconds(retry.retry_delay().seconds() * 1'000 + retry.retry_delay().nanos() / 1'000'000);
    }
  }
  const absl::Status error = MakeError(reason, field, status.message());
  return delay ? WithRetryDelay(error, *delay) : error;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status details = ToRpcStatus(status);
  return {static_cast<grpc::StatusCode>(details.code()), details.message(), details.SerializeAsString()};
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status details;
  if (status.error_details().empty() || !details.ParseFromString(status.error_details())) {
    details.Clear();
    details.set_code(status.error_code());
    details.set_message(status.error_code() == grpc::StatusCode::UNIMPLEMENTED
                            ? "the server does not know this call; is it a Magpie of another release? (" +
                                  status.error_message() + ")"
                            : status.error_message());
  }
  return FromRpcStatus(details);
}

}  // namespace magpie
