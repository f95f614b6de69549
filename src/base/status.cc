#include "magpie/base/status.h"

#include <absl/strings/cord.h>

#include <array>

namespace magpie {
namespace {

using absl::StatusCode;

constexpr std::string_view kReasonUrl = "magpie/reason";
constexpr std::string_view kFieldUrl = "magpie/field";

constexpr std::array kReasons = {
    ReasonInfo{Reason::kBadArgument, "BAD_ARGUMENT", StatusCode::kInvalidArgument,
               "Correct the argument that the message names."},
    ReasonInfo{Reason::kBadFile, "BAD_FILE", StatusCode::kInvalidArgument,
               "The file is damaged, cut short or not of the kind its ending says; export it again."},
    ReasonInfo{Reason::kUnsupportedFile, "UNSUPPORTED_FILE", StatusCode::kInvalidArgument,
               "Save the list as .xlsx, .csv or .jsonl."},
    ReasonInfo{Reason::kFileNotFound, "FILE_NOT_FOUND", StatusCode::kNotFound,
               "Check the path and the right to read it."},
    ReasonInfo{Reason::kLimitExceeded, "LIMIT_EXCEEDED", StatusCode::kResourceExhausted,
               "Split the input, or free the resource that the message names."},
    ReasonInfo{Reason::kFieldInvalid, "FIELD_INVALID", StatusCode::kInvalidArgument,
               "Give the field a value that docs/formats.md allows."},
    ReasonInfo{Reason::kFieldMissing, "FIELD_MISSING", StatusCode::kInvalidArgument, "Fill in the field."},
    ReasonInfo{Reason::kNeedNotFound, "NEED_NOT_FOUND", StatusCode::kNotFound, "Check the need's id."},
    ReasonInfo{Reason::kOfferingNotFound, "OFFERING_NOT_FOUND", StatusCode::kNotFound, "Check the offering's id."},
    ReasonInfo{Reason::kPartyNotFound, "PARTY_NOT_FOUND", StatusCode::kNotFound, "Check the party's id or name."},
    ReasonInfo{Reason::kWorkspaceNotFound, "WORKSPACE_NOT_FOUND", StatusCode::kNotFound,
               "Check the workspace in the resource name."},
    ReasonInfo{Reason::kOperationNotFound, "OPERATION_NOT_FOUND", StatusCode::kNotFound, "Check the operation's name."},
    ReasonInfo{Reason::kMatchRunNotFound, "MATCH_RUN_NOT_FOUND", StatusCode::kNotFound, "Check the match run's name."},
    ReasonInfo{Reason::kFeedbackNotFound, "FEEDBACK_NOT_FOUND", StatusCode::kNotFound, "Check the feedback's name."},
    ReasonInfo{Reason::kRankerNotFound, "RANKER_NOT_FOUND", StatusCode::kNotFound, "Check the ranker's name."},
    ReasonInfo{Reason::kAlreadyExists, "ALREADY_EXISTS", StatusCode::kAlreadyExists,
               "Update the resource instead, or choose another id."},
    ReasonInfo{Reason::kEtagMismatch, "ETAG_MISMATCH", StatusCode::kAborted,
               "Read the resource again and repeat the change."},
    ReasonInfo{Reason::kRequestIdReused, "REQUEST_ID_REUSED", StatusCode::kInvalidArgument,
               "Use a new request_id for another request."},
    ReasonInfo{Reason::kPageTokenInvalid, "PAGE_TOKEN_INVALID", StatusCode::kInvalidArgument,
               "Start again with an empty page_token."},
    ReasonInfo{Reason::kModelMissing, "MODEL_MISSING", StatusCode::kFailedPrecondition,
               "Point --model at a complete models folder."},
    ReasonInfo{Reason::kModelMismatch, "MODEL_MISMATCH", StatusCode::kFailedPrecondition,
               "Restore the model file that MANIFEST.json names."},
    ReasonInfo{Reason::kEncoderRefused, "ENCODER_REFUSED", StatusCode::kFailedPrecondition,
               "Correct the encoder's settings where the message says."},
    ReasonInfo{Reason::kEventInvalid, "EVENT_INVALID", StatusCode::kInvalidArgument,
               "Correct the event where the message says."},
    ReasonInfo{Reason::kPlanConflict, "PLAN_CONFLICT", StatusCode::kFailedPrecondition,
               "Give up one of the demands that the message names."},
    ReasonInfo{Reason::kWrongState, "WRONG_STATE", StatusCode::kFailedPrecondition,
               "Bring the resource into the state that the message names first."},
    ReasonInfo{Reason::kTooLittleFeedback, "TOO_LITTLE_FEEDBACK", StatusCode::kFailedPrecondition,
               "Collect more feedback, or send graded pairs; the message says how many are wanted."},
    ReasonInfo{
        Reason::kTokenMissing, "TOKEN_MISSING", StatusCode::kUnauthenticated,
        "Send a token (--token-file, MAGPIE_TOKEN); whoever runs the server makes one with magpie token create."},
    ReasonInfo{Reason::kTokenInvalid, "TOKEN_INVALID", StatusCode::kUnauthenticated,
               "Ask whoever runs the server for a new token; this one is unknown, revoked or expired."},
    ReasonInfo{Reason::kNotAllowed, "NOT_ALLOWED", StatusCode::kPermissionDenied,
               "Ask for a token of another role, workspace or party; the message says what this one is for."},
    ReasonInfo{Reason::kTooManyCalls, "TOO_MANY_CALLS", StatusCode::kResourceExhausted,
               "Wait as long as the error's RetryInfo says, or ask for a token with more calls a second."},
    ReasonInfo{Reason::kTokenNotFound, "TOKEN_NOT_FOUND", StatusCode::kNotFound,
               "Look at the list of tokens (magpie token list)."},
    ReasonInfo{Reason::kDisclosureNotFound, "DISCLOSURE_NOT_FOUND", StatusCode::kNotFound,
               "Check the disclosure's name, or look at the list of those that you may see."},
    ReasonInfo{Reason::kFilterInvalid, "FILTER_INVALID", StatusCode::kInvalidArgument,
               "Write the filter as docs/operations.md, \"Filters\", shows."},
    ReasonInfo{Reason::kWatchTooOld, "WATCH_TOO_OLD", StatusCode::kFailedPrecondition,
               "List the listings anew, then watch from the version of that list."},
    ReasonInfo{Reason::kWatchTooSlow, "WATCH_TOO_SLOW", StatusCode::kAborted,
               "List the listings anew, then watch from the version of that list, and read faster."},
    ReasonInfo{Reason::kStoreCorrupt, "STORE_CORRUPT", StatusCode::kDataLoss, "Restore the workspace from a backup."},
    ReasonInfo{Reason::kStoreVersion, "STORE_VERSION", StatusCode::kFailedPrecondition,
               "Use the Magpie that wrote the file, or a newer one."},
    ReasonInfo{Reason::kStoreBusy, "STORE_BUSY", StatusCode::kUnavailable,
               "Stop the other process that uses this folder."},
    ReasonInfo{Reason::kCancelled, "CANCELLED", StatusCode::kCancelled, "The caller asked to stop."},
    ReasonInfo{Reason::kUnavailable, "UNAVAILABLE", StatusCode::kUnavailable, "Try again after a moment."},
    ReasonInfo{Reason::kInternal, "INTERNAL", StatusCode::kInternal, "Report this with the message."},
};

// Debian's Abseil has a string_view of its own; this is the one place where ours becomes theirs.
absl::string_view ToAbsl(std::string_view text) {
  return {text.data(), text.size()};
}

const ReasonInfo& Info(Reason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}

}  // namespace

std::span<const ReasonInfo> Reasons() {
  return kReasons;
}

absl::Status MakeError(Reason reason, std::string_view field, std::string_view message) {
  absl::Status status(Info(reason).code, ToAbsl(message));
  status.SetPayload(ToAbsl(kReasonUrl), absl::Cord(ToAbsl(Info(reason).name)));
  if (!field.empty()) status.SetPayload(ToAbsl(kFieldUrl), absl::Cord(ToAbsl(field)));
  return status;
}

Reason ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(ToAbsl(kReasonUrl));
  if (payload) {
    for (const ReasonInfo& info : kReasons) {
      if (*payload == ToAbsl(info.name)) return info.reason;
    }
  }
  return Reason::kInternal;
}

std::string FieldOf(const absl::Status& status) {
  const auto payload = status.GetPayload(ToAbsl(kFieldUrl));
  return payload ? std::string(*payload) : std::string();
}

std::string_view ReasonName(Reason reason) {
  return Info(reason).name;
}

std::string ErrorText(const absl::Status& status) {
  const std::string field = FieldOf(status);
  const std::string message(status.message().data(), status.message().size());
  return field.empty() ? message : field + ": " + message;
}

}  // namespace magpie
