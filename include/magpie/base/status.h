// Errors: the one seam between Magpie and absl::Status.
//
// A function that can fail for a reason its caller can act on returns absl::Status or absl::StatusOr<T>. Each error
// carries one Reason (what happened, for programs), the field it is about (a path such as "party.name" or a file
// name) and a message that says what was wrong, with the value, and what to do.
// Threads  every function may be called from several threads at once.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace magpie {

// Every reason an error can have. kReasons in status.cc says for each its text form, its code and its documentation;
// a test checks that docs/operations.md names each.
enum class Reason {
  kBadArgument,      // a request or command line that is wrong whatever the state
  kBadFile,          // a file that cannot be read as what its ending says
  kUnsupportedFile,  // a file of a kind Magpie does not read (.xls, .docx, WPS)
  kFileNotFound,     // no such file, or not readable
  kLimitExceeded,    // larger than a limit that protects the program
  kFieldInvalid,     // a field's value is outside what the field allows
  kFieldMissing,     // a field without which the record means nothing
  kNeedNotFound,
  kOfferingNotFound,
  kPartyNotFound,
  kWorkspaceNotFound,
  kOperationNotFound,
  kMatchRunNotFound,
  kFeedbackNotFound,
  kRankerNotFound,
  kAlreadyExists,
  kEtagMismatch,       // somebody else changed the resource since it was read
  kRequestIdReused,    // the same request_id came with another request
  kPageTokenInvalid,   // a page token of another request or another snapshot
  kModelMissing,       // a file that models/MANIFEST.json names is not there
  kModelMismatch,      // its hash, version or shape is not what the manifest says
  kEncoderRefused,     // the endpoint of a text encoder answers, and the settings are wrong
  kEventInvalid,       // an event that contradicts itself
  kPlanConflict,       // locked and struck rows of a plan that cannot both be kept
  kWrongState,         // the resource's state does not allow the call yet, or any more
  kTooLittleFeedback,  // not enough judgements to learn from
  kTokenMissing,       // a server that wants to know who calls was not told
  kTokenInvalid,       // a token that is unknown, revoked or expired
  kNotAllowed,         // what the caller's role may not do
  kTooManyCalls,       // the caller's allowance is used up for the moment
  kTokenNotFound,
  kDisclosureNotFound,
  kFilterInvalid,  // a filter or an order that cannot be read
  kWatchTooOld,    // a watch that wants to go on from a version that is no longer known
  kWatchTooSlow,   // a watcher that does not read what it asked for
  kStoreCorrupt,   // the database is damaged
  kStoreVersion,   // the database was written by a newer Magpie
  kStoreBusy,      // another process holds the database
  kCancelled,      // the caller asked to stop
  kUnavailable,    // try again later
  kInternal,       // our own bug
};

struct ReasonInfo {
  Reason reason;
  std::string_view name;  // "NEED_NOT_FOUND": stands in messages and in google.rpc.ErrorInfo.reason
  absl::StatusCode code;
  std::string_view advice;  // one sentence for the documentation
};

// The table of all reasons, in the order of the enum.
std::span<const ReasonInfo> Reasons();

// An error with the code that belongs to `reason`; `field` may be empty.
absl::Status MakeError(Reason reason, std::string_view field, std::string_view message);

// The reason and field of an error made by MakeError; kInternal and "" for any other error.
Reason ReasonOf(const absl::Status& status);
std::string FieldOf(const absl::Status& status);
std::string_view ReasonName(Reason reason);

// "FIELD: message" as a std::string, for printing.
std::string ErrorText(const absl::Status& status);

}  // namespace magpie

#define MAGPIE_CONCAT_INNER(a, b) a##b
#define MAGPIE_CONCAT(a, b) MAGPIE_CONCAT_INNER(a, b)

// Leaves the function with the error if `expression` (an absl::Status) is one.
#define MAGPIE_RETURN_IF_ERROR(expression)                                                    \
  do {                                                                                        \
    if (absl::Status magpie_status = (expression); !magpie_status.ok()) return magpie_status; \
  } while (false)

// MAGPIE_ASSIGN_OR_RETURN(auto x, MakeX()): declares x from the value, or leaves the function with the error.
#define MAGPIE_ASSIGN_OR_RETURN(declaration, expression) \
  MAGPIE_ASSIGN_OR_RETURN_INNER(MAGPIE_CONCAT(magpie_or_, __LINE__), declaration, expression)
#define MAGPIE_ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                          \
  if (!result.ok()) return result.status();                            \
  declaration = *std::move(result)
