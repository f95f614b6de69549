// Who calls, and whether they may: what stands before every method of every service.
//
// Open     a server whose book has never had a token lets everybody do everything, but only where it was opened so (on
//          loopback); the first token closes it for good.
// Errors   kTokenMissing, kTokenInvalid (UNAUTHENTICATED), kNotAllowed (PERMISSION_DENIED), kTooManyCalls
//          (RESOURCE_EXHAUSTED with google.rpc.RetryInfo), and NOT_FOUND for a listing whose party has to be known.
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/service/access_book.h"
#include "magpie/v1/access_service.pb.h"
#include "service/backend.h"
#include "service/caller.h"
#include "service/rights.h"

namespace magpie {

// What a call shows of who it comes from.
struct Shown {
  std::string authorization;                   // the header; empty = none
  std::vector<std::string> certificate_names;  // of a client certificate that was verified: common name, DNS names
  std::string trace_id;                        // of a W3C traceparent; empty = none
};

// The trace id of a W3C traceparent header, "" where it is none.
std::string TraceIdOf(std::string_view traceparent);

class Authority {
 public:
  Authority(AccessBook& book, const Backend& backend, bool may_be_open)
      : book_(book), backend_(backend), may_be_open_(may_be_open) {}

  bool open() const { return may_be_open_ && book_.empty(); }

  // Takes a call from the caller's allowance, too.
  absl::StatusOr<CallerToken> Identify(const Shown& shown) const;
  // `method` as in the table of rights.
  absl::Status Allow(const CallerToken& caller, std::string_view method,
                     const google::protobuf::Message& request) const;

 private:
  absl::Status AllowParty(const v1::Token& token, PartyRule rule, const google::protobuf::Message& request,
                          const std::vector<NamedResource>& names) const;
  // Whether a party or listing is the caller's party or belongs to it; names of other things always do.
  absl::StatusOr<bool> IsOwn(const v1::Token& token, const NamedResource& named) const;

  AccessBook& book_;
  const Backend& backend_;
  const bool may_be_open_;
};

}  // namespace magpie
