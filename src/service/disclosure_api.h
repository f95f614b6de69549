// What DisclosureService and AuditService do, without gRPC.
//
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/status.h>

#include "magpie/v1/audit_service.pb.h"
#include "magpie/v1/disclosure_service.pb.h"
#include "service/backend.h"
#include "service/caller.h"

namespace magpie {

class DisclosureApi {
 public:
  explicit DisclosureApi(Backend& backend) : backend_(backend) {}

  absl::Status GetDisclosure(const Caller& caller, const v1::GetDisclosureRequest& request,
                             v1::PairDisclosure* response);
  absl::Status ListDisclosures(const Caller& caller, const v1::ListDisclosuresRequest& request,
                               v1::ListDisclosuresResponse* response);
  absl::Status AgreeToDisclose(const Caller& caller, const v1::AgreeToDiscloseRequest& request,
                               v1::PairDisclosure* response);
  absl::Status WithdrawDisclosure(const Caller& caller, const v1::WithdrawDisclosureRequest& request,
                                  v1::PairDisclosure* response);
  absl::Status ListSights(const v1::ListSightsRequest& request, v1::ListSightsResponse* response);

  absl::Status ListAuditEntries(const v1::ListAuditEntriesRequest& request, v1::ListAuditEntriesResponse* response);
  absl::Status VerifyAuditLog(const v1::VerifyAuditLogRequest& request, v1::VerifyAuditLogResponse* response);

 private:
  Backend& backend_;
};

}  // namespace magpie
