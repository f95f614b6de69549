// What CatalogueService does, without gRPC: requests in, replies and errors out.
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/empty.pb.h>

#include "magpie/v1/catalogue_service.pb.h"
#include "service/backend.h"
#include "service/caller.h"
#include "service/selection.h"

namespace magpie {

class CatalogueApi {
 public:
  explicit CatalogueApi(Backend& backend) : backend_(backend) {}

  absl::Status GetParty(const Caller& caller, const v1::GetPartyRequest& request, v1::Party* response);
  absl::Status ListParties(const Caller& caller, const v1::ListPartiesRequest& request,
                           v1::ListPartiesResponse* response, const RunContext& context);
  absl::Status CreateParty(const v1::CreatePartyRequest& request, v1::Party* response);
  absl::Status UpdateParty(const v1::UpdatePartyRequest& request, v1::Party* response);
  absl::Status DeleteParty(const v1::DeletePartyRequest& request);
  absl::Status ImportParties(const v1::ImportPartiesRequest& request, v1::ImportResponse* response);

  absl::Status GetListing(const Caller& caller, Side side, const v1::GetListingRequest& request, v1::Listing* response);
  absl::Status BatchGetListings(const Caller& caller, Side side, const v1::BatchGetListingsRequest& request,
                                v1::BatchGetListingsResponse* response);
  absl::Status ListListings(const Caller& caller, Side side, const v1::ListListingsRequest& request,
                            v1::ListListingsResponse* response, const RunContext& context);
  absl::Status CreateListing(const Caller& caller, Side side, const v1::CreateListingRequest& request,
                             v1::Listing* response);
  absl::Status UpdateListing(const Caller& caller, Side side, const v1::UpdateListingRequest& request,
                             v1::Listing* response);
  absl::Status DeleteListing(const Caller& caller, Side side, const v1::DeleteListingRequest& request);
  absl::Status ImportListings(Side side, const v1::ImportListingsRequest& request, v1::ImportResponse* response);

  absl::Status SubmitListing(const Caller& caller, Side side, const v1::SubmitListingRequest& request,
                             v1::Listing* response);
  absl::Status ReviewListing(const Caller& caller, Side side, const v1::ReviewListingRequest& request,
                             v1::Listing* response);
  absl::Status CheckListing(const Caller& caller, Side side, const v1::CheckListingRequest& request,
                            v1::CheckListingResponse* response, const RunContext& context);

 private:
  // Reads the listing, lets `change` alter the record, writes it.
  absl::Status ChangeListing(const Caller& caller, Side side, const google::protobuf::Message& request,
                             const std::string& request_id, const std::string& name, const std::string& etag,
                             const std::function<absl::Status(ListingRecord*)>& change, v1::Listing* response);

  Backend& backend_;
  Selections selections_;
};

}  // namespace magpie
