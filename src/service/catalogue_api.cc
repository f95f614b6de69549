#include "service/catalogue_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/service/convert.h"
#include "service/update_mask.h"

namespace magpie {
namespace {

constexpr std::array<std::string_view, 3> kFixedOfParty = {"name", "external_id", "etag"};
constexpr std::array<std::string_view, 5> kFixedOfListing = {"name", "external_id", "etag", "side", "provenance"};

std::string_view PrefixOf(Side side) {
  return side == Side::kNeed ? "n" : "o";
}

// The version that an etag asks for; nullopt where it is empty.
absl::StatusOr<std::optional<std::int64_t>> CheckEtag(const std::string& etag, std::int64_t version,
                                                      std::string_view field, std::string_view name) {
  if (etag.empty()) return std::optional<std::int64_t>();
  if (etag != EtagOf(version)) {
    return MakeError(Reason::kEtagMismatch, field,
                     fmt::format("{} was changed since it was read (etag {} is now {}); read it again and repeat the "
                                 "change",
                                 name, ToPrintable(etag), EtagOf(version)));
  }
  return std::optional<std::int64_t>(version);
}

// The external id of a new resource: what the caller gave, or the resource id where only that was given. Both empty
// gives "".
absl::StatusOr<std::string> ExternalIdOfNew(const std::string& external_id, const std::string& resource_id,
                                            std::string_view prefix, std::string_view field) {
  if (resource_id.empty()) return external_id;
  if (!IsResourceId(resource_id)) {
    return MakeError(Reason::kFieldInvalid, field,
                     fmt::format("'{}' cannot be a resource id: lower-case letters, digits and hyphens, first a "
                                 "letter, at most 63; leave it empty and put your own id into external_id",
                                 ToPrintable(resource_id)));
  }
  if (external_id.empty() || external_id == resource_id) return resource_id;
  const std::string follows = ResourceId(external_id, prefix);
  if (follows != resource_id) {
    return MakeError(Reason::kFieldInvalid, field,
                     fmt::format("with external_id '{}' the resource id is '{}', not '{}'; leave one of the two empty",
                                 external_id, follows, resource_id));
  }
  return external_id;
}

// What a write of `record` will answer: the record with its name and etag. The party's name is left out, because a
// party that comes into being with the listing has none yet.
v1::Listing AnswerOf(const Workspace& workspace, const ListingRecord& record, std::int64_t version) {
  v1::Listing answer = ToProto(record, Contacts::kMasked);
  const std::string id = ResourceId(record.id, PrefixOf(record.side));
  answer.set_name(FormatName(workspace.name(), CollectionOf(record.side), id));
  answer.set_etag(EtagOf(version));
  return answer;
}

// Adds the party's name to an answer, the first one and the repeated one alike.
void AddPartyName(Workspace& workspace, v1::Listing* answer) {
  if (!answer->has_party()) return;
  v1::Party& party = *answer->mutable_party();
  party.set_name(PartyNameOf(workspace, *workspace.catalogue().snapshot(), party));
}

// What a write of `record` will answer, but for the name, which the catalogue gives.
v1::Party AnswerOf(const PartyRecord& record, std::int64_t version) {
  v1::Party answer = ToProto(record, Contacts::kMasked);
  answer.set_etag(EtagOf(version));
  return answer;
}

// Inside WriteOnce.
absl::Status PutListing(Workspace& workspace, const ListingRecord& record, OnExisting on_existing,
                        std::optional<std::int64_t> expected, std::int64_t next_version, RequestRecord* answer,
                        v1::Listing* response) {
  answer->response = ToJson(AnswerOf(workspace, record, next_version));
  const auto listing = workspace.catalogue().PutListing(record, on_existing, expected, *answer);
  if (!listing.ok()) return InRequest(listing.status(), "listing.");
  *response = AnswerOf(workspace, (*listing)->record, (*listing)->version);
  return absl::OkStatus();
}

absl::Status PartyNotFound(std::string_view field, std::string_view name) {
  return MakeError(Reason::kPartyNotFound, field, fmt::format("there is no {}", name));
}

}  // namespace

absl::Status CatalogueApi::GetParty(const v1::GetPartyRequest& request, v1::Party* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), Collection::kParties, "name"));
  const auto snapshot = target.workspace->catalogue().snapshot();
  const PartyIndex index = snapshot->FindParty(target.id);
  if (!index.valid()) return PartyNotFound("name", request.name());
  *response = PresentParty(*target.workspace, snapshot->party(index));
  return absl::OkStatus();
}

absl::Status CatalogueApi::ListParties(const v1::ListPartiesRequest& request, v1::ListPartiesResponse* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(const SnapshotPage list, StartPage(*workspace, request, kDefaultPageSize));
  const Page page = CutPage(list.start, list.size, list.snapshot->party_count(), list.hash);
  for (std::int64_t i = page.begin; i < page.end; ++i) {
    *response->add_parties() = PresentParty(*workspace, list.snapshot->party(PartyIndex(i)));
  }
  response->set_next_page_token(page.next_token);
  response->set_total_size(list.snapshot->party_count());
  *response->mutable_versions() = backend_.VersionsOf(list.snapshot->version());
  return absl::OkStatus();
}

absl::Status CatalogueApi::CreateParty(const v1::CreatePartyRequest& request, v1::Party* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(PartyRecord record, FromProto(request.party(), "party."));
  MAGPIE_ASSIGN_OR_RETURN(record.id, ExternalIdOfNew(record.id, request.party_id(), "p", "party_id"));
  MAGPIE_RETURN_IF_ERROR(InRequest(ValidateParty(record), ""));
  const auto write = [&](std::int64_t next_version, RequestRecord* answer) -> absl::Status {
    answer->response = ToJson(AnswerOf(record, next_version));
    const auto party = workspace->catalogue().PutParty(record, OnExisting::kRefuse, std::nullopt, *answer);
    if (!party.ok()) return InRequest(party.status(), "");
    *response = AnswerOf((*party)->record, (*party)->version);
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(WriteOnce(*workspace, request, request.request_id(), response, write));
  response->set_name(PartyNameOf(*workspace, *workspace->catalogue().snapshot(), *response));
  return absl::OkStatus();
}

absl::Status CatalogueApi::UpdateParty(const v1::UpdatePartyRequest& request, v1::Party* response) {
  const std::string& name = request.party().name();
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, name, Collection::kParties, "party.name"));
  Workspace& workspace = *target.workspace;
  const auto write = [&](std::int64_t next_version, RequestRecord* answer) -> absl::Status {
    const auto snapshot = workspace.catalogue().snapshot();
    const PartyIndex index = snapshot->FindParty(target.id);
    if (!index.valid()) return PartyNotFound("party.name", name);
    const Party& before = snapshot->party(index);
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<std::int64_t> expected,
                            CheckEtag(request.party().etag(), before.version, "party.etag", name));
    v1::Party changed = ToProto(before.record, Contacts::kAll);
    MAGPIE_RETURN_IF_ERROR(ApplyUpdateMask(request.update_mask(), request.party(), kFixedOfParty, &changed));
    MAGPIE_ASSIGN_OR_RETURN(PartyRecord record, FromProto(changed, "party."));
    MAGPIE_RETURN_IF_ERROR(InRequest(ValidateParty(record), ""));
    answer->response = ToJson(AnswerOf(record, next_version));
    // A party known by its name alone is still found when the name changes.
    if (record.id.empty()) record.id = before.resource_id;
    const auto party = workspace.catalogue().PutParty(record, OnExisting::kReplace, expected, *answer);
    if (!party.ok()) return InRequest(party.status(), "");
    *response = AnswerOf((*party)->record, (*party)->version);
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(WriteOnce(workspace, request, request.request_id(), response, write));
  response->set_name(name);
  return absl::OkStatus();
}

absl::Status CatalogueApi::DeleteParty(const v1::DeletePartyRequest& request) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), Collection::kParties, "name"));
  Workspace& workspace = *target.workspace;
  google::protobuf::Empty empty;
  return WriteOnce(
      workspace, request, request.request_id(), &empty, [&](std::int64_t, RequestRecord* answer) -> absl::Status {
        const auto snapshot = workspace.catalogue().snapshot();
        const PartyIndex index = snapshot->FindParty(target.id);
        if (!index.valid()) return PartyNotFound("name", request.name());
        MAGPIE_ASSIGN_OR_RETURN(const std::optional<std::int64_t> expected,
                                CheckEtag(request.etag(), snapshot->party(index).version, "etag", request.name()));
        answer->response = "{}";
        return workspace.catalogue().DeleteParty(target.id, expected, *answer);
      });
}

absl::Status CatalogueApi::GetListing(Side side, const v1::GetListingRequest& request, v1::Listing* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), CollectionOf(side), "name"));
  const auto snapshot = target.workspace->catalogue().snapshot();
  const std::int32_t index = FindListing(*snapshot, side, target.id);
  if (index < 0) return ListingNotFound(side, "name", request.name());
  *response = PresentListing(*target.workspace, *snapshot, ListingAt(*snapshot, side, index),
                             request.view() == v1::VIEW_UNSPECIFIED ? v1::VIEW_FULL : request.view());
  return absl::OkStatus();
}

absl::Status CatalogueApi::ListListings(Side side, const v1::ListListingsRequest& request,
                                        v1::ListListingsResponse* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(const SnapshotPage list, StartPage(*workspace, request, kDefaultPageSize));
  const auto total = static_cast<std::int64_t>(list.snapshot->listings(side).size());
  const Page page = CutPage(list.start, list.size, total, list.hash);
  const v1::View view = request.view() == v1::VIEW_UNSPECIFIED ? v1::VIEW_BASIC : request.view();
  for (std::int64_t i = page.begin; i < page.end; ++i) {
    *response->add_listings() =
        PresentListing(*workspace, *list.snapshot, ListingAt(*list.snapshot, side, static_cast<std::int32_t>(i)), view);
  }
  response->set_next_page_token(page.next_token);
  response->set_total_size(total);
  *response->mutable_versions() = backend_.VersionsOf(list.snapshot->version());
  return absl::OkStatus();
}

absl::Status CatalogueApi::CreateListing(Side side, const v1::CreateListingRequest& request, v1::Listing* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(ListingRecord record, FromProto(request.listing(), side, "listing."));
  MAGPIE_ASSIGN_OR_RETURN(record.id, ExternalIdOfNew(record.id, request.listing_id(), PrefixOf(side), "listing_id"));
  if (record.id.empty()) record.id = MakeId(std::string(PrefixOf(side)) + "-");
  const auto write = [&](std::int64_t next_version, RequestRecord* answer) -> absl::Status {
    MAGPIE_RETURN_IF_ERROR(ResolveParty(*workspace, *workspace->catalogue().snapshot(), request.listing().party(),
                                        "listing.party", &record.party));
    MAGPIE_RETURN_IF_ERROR(InRequest(ValidateListing(record), "listing."));
    return PutListing(*workspace, record, OnExisting::kRefuse, std::nullopt, next_version, answer, response);
  };
  MAGPIE_RETURN_IF_ERROR(WriteOnce(*workspace, request, request.request_id(), response, write));
  AddPartyName(*workspace, response);
  return absl::OkStatus();
}

absl::Status CatalogueApi::UpdateListing(Side side, const v1::UpdateListingRequest& request, v1::Listing* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target,
                          FindTarget(backend_, request.listing().name(), CollectionOf(side), "listing.name"));
  Workspace& workspace = *target.workspace;
  const auto write = [&](std::int64_t next_version, RequestRecord* answer) -> absl::Status {
    const auto snapshot = workspace.catalogue().snapshot();
    const std::int32_t index = FindListing(*snapshot, side, target.id);
    if (index < 0) return ListingNotFound(side, "listing.name", request.listing().name());
    const Listing& before = ListingAt(*snapshot, side, index);
    MAGPIE_ASSIGN_OR_RETURN(
        const std::optional<std::int64_t> expected,
        CheckEtag(request.listing().etag(), before.version, "listing.etag", request.listing().name()));
    v1::Listing changed = ToProto(before.record, Contacts::kAll);
    MAGPIE_RETURN_IF_ERROR(ApplyUpdateMask(request.update_mask(), request.listing(), kFixedOfListing, &changed));
    MAGPIE_ASSIGN_OR_RETURN(ListingRecord record, FromProto(changed, side, "listing."));
    record.id_given = before.record.id_given;
    MAGPIE_RETURN_IF_ERROR(ResolveParty(workspace, *snapshot, changed.party(), "listing.party", &record.party));
    MAGPIE_RETURN_IF_ERROR(InRequest(ValidateListing(record), "listing."));
    return PutListing(workspace, record, OnExisting::kReplace, expected, next_version, answer, response);
  };
  MAGPIE_RETURN_IF_ERROR(WriteOnce(workspace, request, request.request_id(), response, write));
  AddPartyName(workspace, response);
  return absl::OkStatus();
}

absl::Status CatalogueApi::DeleteListing(Side side, const v1::DeleteListingRequest& request) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), CollectionOf(side), "name"));
  Workspace& workspace = *target.workspace;
  google::protobuf::Empty empty;
  return WriteOnce(workspace, request, request.request_id(), &empty,
                   [&](std::int64_t, RequestRecord* answer) -> absl::Status {
                     const auto snapshot = workspace.catalogue().snapshot();
                     const std::int32_t index = FindListing(*snapshot, side, target.id);
                     if (index < 0) return ListingNotFound(side, "name", request.name());
                     MAGPIE_ASSIGN_OR_RETURN(
                         const std::optional<std::int64_t> expected,
                         CheckEtag(request.etag(), ListingAt(*snapshot, side, index).version, "etag", request.name()));
                     answer->response = "{}";
                     return workspace.catalogue().DeleteListing(side, target.id, expected, *answer);
                   });
}

}  // namespace magpie
