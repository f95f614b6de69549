// What CatalogueService does, without gRPC: requests in, replies and errors out.
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/empty.pb.h>

#include "magpie/v1/catalogue_service.pb.h"
#include "service/backend.h"

namespace magpie {

class CatalogueApi {
 public:
  explicit CatalogueApi(Backend& backend) : backend_(backend) {}

  absl::Status GetParty(const v1::GetPartyRequest& request, v1::Party* response);
  absl::Status ListParties(const v1::ListPartiesRequest& request, v1::ListPartiesResponse* response);
  absl::Status CreateParty(const v1::CreatePartyRequest& request, v1::Party* response);
  absl::Status UpdateParty(const v1::UpdatePartyRequest& request, v1::Party* response);
  absl::Status DeleteParty(const v1::DeletePartyRequest& request);
  absl::Status ImportParties(const v1::ImportPartiesRequest& request, v1::ImportResponse* response);

  absl::Status GetListing(Side side, const v1::GetListingRequest& request, v1::Listing* response);
  absl::Status ListListings(Side side, const v1::ListListingsRequest& request, v1::ListListingsResponse* response);
  absl::Status CreateListing(Side side, const v1::CreateListingRequest& request, v1::Listing* response);
  absl::Status UpdateListing(Side side, const v1::UpdateListingRequest& request, v1::Listing* response);
  absl::Status DeleteListing(Side side, const v1::DeleteListingRequest& request);
  absl::Status ImportListings(Side side, const v1::ImportListingsRequest& request, v1::ImportResponse* response);

 private:
  Backend& backend_;
};

}  // namespace magpie
