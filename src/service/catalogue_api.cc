#include "service/catalogue_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/service/convert.h"
#include "service/update_mask.h"
#include "service/viewer.h"

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

// A dry run takes up no request id.
template <typename Request>
std::string IdForWrite(const Request& request) {
  return request.validate_only() ? std::string() : request.request_id();
}

// The error of a list of one as that of the one.
absl::Status DryRun(const absl::Status& status, std::string_view list, std::string_view one) {
  std::string field = FieldOf(status);
  if (status.ok() || !field.starts_with(list)) return InRequest(status, "");
  field.replace(0, list.size(), one);
  return InRequest(MakeError(ReasonOf(status), field, {status.message().data(), status.message().size()}), "");
}

std::string KeyOf(const Workspace& workspace, std::string_view list, const SnapshotPage& page) {
  return fmt::format("{}/{}/{}/{:x}", workspace.name(), list, page.snapshot->version(), page.hash);
}

v1::View FullUnlessAsked(v1::View view) {
  return view == v1::VIEW_UNSPECIFIED ? v1::VIEW_FULL : view;
}

// A party member's listings wait for review: the new ones, and those that had passed and now say something else.
absl::Status LeaveReviewToOthers(const Caller& caller, const ListingRecord* before, ListingRecord* record) {
  if (!caller.has_role(v1::ROLE_PARTY_MEMBER)) return absl::OkStatus();
  const auto old = before == nullptr ? std::nullopt : before->review;
  const bool own_word = record->review == ReviewState::kDraft || record->review == ReviewState::kWaiting;
  if (before == nullptr && !record->review) {
    record->review = ReviewState::kWaiting;
  } else if (record->review != old && !own_word) {
    return MakeError(Reason::kNotAllowed, "listing.review",
                     fmt::format("{} may hand a listing in, and not say that it has passed", caller.name()));
  } else if (record->review == ReviewState::kPassed && !SaysTheSame(*before, *record)) {
    record->review = ReviewState::kWaiting;
  }
  return absl::OkStatus();
}

// Whoever does not see all of a listing cannot change it, nor get an earlier answer that repeats it. One that is not there is
// left to the caller.
absl::Status CheckSeesAll(const Caller& caller, Workspace& workspace, Side side, const std::string& id,
                          std::string_view field) {
  const Viewer viewer(caller, workspace, workspace.catalogue().snapshot());
  const std::int32_t index = FindListing(viewer.snapshot(), side, id);
  if (index < 0 || viewer.Sees(ListingAt(viewer.snapshot(), side, index)) == AllParts()) return absl::OkStatus();
  return MakeError(Reason::kNotAllowed, field,
                   fmt::format("parts of {} are kept back from {}, who so cannot change it", id, caller.name()));
}

absl::Status PartyNotFound(std::string_view field, std::string_view name) {
  return MakeError(Reason::kPartyNotFound, field, fmt::format("there is no {}", name));
}

}  // namespace

absl::Status CatalogueApi::GetParty(const Caller& caller, const v1::GetPartyRequest& request, v1::Party* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), Collection::kParties, "name"));
  const Viewer viewer(caller, *target.workspace, target.workspace->catalogue().snapshot());
  const PartyIndex index = viewer.snapshot().FindParty(target.id);
  if (!index.valid() || !viewer.Finds(index)) return PartyNotFound("name", request.name());
  *response = PresentParty(*target.workspace, viewer.snapshot().party(index));
  return absl::OkStatus();
}

absl::Status CatalogueApi::ListParties(const Caller& caller, const v1::ListPartiesRequest& request,
                                       v1::ListPartiesResponse* response, const RunContext& context) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  Wanted wanted;
  MAGPIE_ASSIGN_OR_RETURN(wanted.filter, MessageFilter::Parse(request.filter(), *v1::Party::descriptor()));
  MAGPIE_ASSIGN_OR_RETURN(wanted.order, MessageOrder::Parse(request.order_by(), *v1::Party::descriptor()));
  MAGPIE_ASSIGN_OR_RETURN(const SnapshotPage list, StartPage(*workspace, request, kDefaultPageSize, caller.name()));
  const Viewer viewer(caller, *workspace, list.snapshot);
  wanted.all_there = viewer.FindsAllParties();
  wanted.is_there = [&](std::int32_t i) { return viewer.Finds(PartyIndex(i)); };
  wanted.show = [&](std::int32_t i) {
    return std::make_unique<v1::Party>(PresentParty(*workspace, list.snapshot->party(PartyIndex(i))));
  };
  MAGPIE_ASSIGN_OR_RETURN(const Selection selection,
                          selections_.Find(KeyOf(*workspace, "parties", list), !request.page_token().empty(),
                                           list.snapshot->party_count(), wanted, context));
  const Page page = CutPage(list.start, list.size, selection.size(), list.hash);
  for (std::int64_t i = page.begin; i < page.end; ++i) {
    *response->add_parties() = PresentParty(*workspace, list.snapshot->party(PartyIndex(selection[i])));
  }
  response->set_next_page_token(page.next_token);
  response->set_total_size(selection.size());
  *response->mutable_versions() = backend_.VersionsOf(list.snapshot->version());
  return absl::OkStatus();
}

absl::Status CatalogueApi::CreateParty(const v1::CreatePartyRequest& request, v1::Party* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(PartyRecord record, FromProto(request.party(), "party."));
  MAGPIE_ASSIGN_OR_RETURN(record.id, ExternalIdOfNew(record.id, request.party_id(), "p", "party_id"));
  MAGPIE_RETURN_IF_ERROR(InRequest(ValidateParty(record), ""));
  const auto write = [&](std::int64_t next_version, RequestRecord* answer) -> absl::Status {
    if (request.validate_only()) {
      *response = AnswerOf(record, 0);
      response->clear_etag();
      return DryRun(workspace->catalogue().ImportParties({record}, OnExisting::kRefuse, true, {}).status(),
                    "parties[0].", "");
    }
    answer->response = ToJson(AnswerOf(record, next_version));
    const auto party = workspace->catalogue().PutParty(record, OnExisting::kRefuse, std::nullopt, *answer);
    if (!party.ok()) return InRequest(party.status(), "");
    *response = AnswerOf((*party)->record, (*party)->version);
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(WriteOnce(*workspace, request, IdForWrite(request), response, write));
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
    if (request.validate_only()) {
      *response = AnswerOf(record, before.version);
      return absl::OkStatus();
    }
    answer->response = ToJson(AnswerOf(record, next_version));
    // A party known by its name alone is still found when the name changes.
    if (record.id.empty()) record.id = before.resource_id;
    const auto party = workspace.catalogue().PutParty(record, OnExisting::kReplace, expected, *answer);
    if (!party.ok()) return InRequest(party.status(), "");
    *response = AnswerOf((*party)->record, (*party)->version);
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(WriteOnce(workspace, request, IdForWrite(request), response, write));
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

absl::Status CatalogueApi::GetListing(const Caller& caller, Side side, const v1::GetListingRequest& request,
                                      v1::Listing* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), CollectionOf(side), "name"));
  Viewer viewer(caller, *target.workspace, target.workspace->catalogue().snapshot());
  const std::int32_t index = FindListing(viewer.snapshot(), side, target.id);
  if (index < 0 || !viewer.Finds(ListingAt(viewer.snapshot(), side, index))) {
    return ListingNotFound(side, "name", request.name());
  }
  *response = viewer.Show(ListingAt(viewer.snapshot(), side, index), FullUnlessAsked(request.view()));
  return viewer.Record();
}

absl::Status CatalogueApi::BatchGetListings(const Caller& caller, Side side, const v1::BatchGetListingsRequest& request,
                                            v1::BatchGetListingsResponse* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  if (request.names().empty() || request.names_size() > kMaxPageSize) {
    return MakeError(Reason::kBadArgument, "names",
                     fmt::format("{} names; send 1 to {}", request.names_size(), kMaxPageSize));
  }
  Viewer viewer(caller, *workspace, workspace->catalogue().snapshot());
  for (int i = 0; i < request.names_size(); ++i) {
    const std::string field = fmt::format("names[{}]", i);
    MAGPIE_ASSIGN_OR_RETURN(const ResourceName name, ParseName(request.names(i), CollectionOf(side), field));
    if (name.workspace != workspace->name()) {
      return MakeError(Reason::kBadArgument, field,
                       fmt::format("{} is of another workspace than {}", request.names(i), request.parent()));
    }
    const std::int32_t index = FindListing(viewer.snapshot(), side, name.id);
    if (index < 0 || !viewer.Finds(ListingAt(viewer.snapshot(), side, index))) {
      return ListingNotFound(side, field, request.names(i));
    }
    *response->add_listings() = viewer.Show(ListingAt(viewer.snapshot(), side, index), FullUnlessAsked(request.view()));
  }
  *response->mutable_versions() = backend_.VersionsOf(viewer.snapshot().version());
  return viewer.Record();
}

absl::Status CatalogueApi::ListListings(const Caller& caller, Side side, const v1::ListListingsRequest& request,
                                        v1::ListListingsResponse* response, const RunContext& context) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  Wanted wanted;
  MAGPIE_ASSIGN_OR_RETURN(wanted.filter, MessageFilter::Parse(request.filter(), *v1::Listing::descriptor()));
  MAGPIE_ASSIGN_OR_RETURN(wanted.order, MessageOrder::Parse(request.order_by(), *v1::Listing::descriptor()));
  MAGPIE_ASSIGN_OR_RETURN(const SnapshotPage list, StartPage(*workspace, request, kDefaultPageSize, caller.name()));
  Viewer viewer(caller, *workspace, list.snapshot);
  const auto at = [&](std::int32_t i) -> const Listing& { return ListingAt(*list.snapshot, side, i); };
  wanted.all_there = viewer.FindsAllListings();
  wanted.is_there = [&](std::int32_t i) { return viewer.Finds(at(i)); };
  wanted.show = [&](std::int32_t i) { return std::make_unique<v1::Listing>(viewer.Present(at(i), v1::VIEW_FULL)); };
  MAGPIE_ASSIGN_OR_RETURN(
      const Selection selection,
      selections_.Find(KeyOf(*workspace, side == Side::kNeed ? "needs" : "offerings", list),
                       !request.page_token().empty(), static_cast<std::int64_t>(list.snapshot->listings(side).size()),
                       wanted, context));
  const Page page = CutPage(list.start, list.size, selection.size(), list.hash);
  const v1::View view = request.view() == v1::VIEW_UNSPECIFIED ? v1::VIEW_BASIC : request.view();
  for (std::int64_t i = page.begin; i < page.end; ++i) *response->add_listings() = viewer.Show(at(selection[i]), view);
  response->set_next_page_token(page.next_token);
  response->set_total_size(selection.size());
  *response->mutable_versions() = backend_.VersionsOf(list.snapshot->version());
  return viewer.Record();
}

absl::Status CatalogueApi::CreateListing(const Caller& caller, Side side, const v1::CreateListingRequest& request,
                                         v1::Listing* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(ListingRecord record, FromProto(request.listing(), side, "listing."));
  MAGPIE_ASSIGN_OR_RETURN(record.id, ExternalIdOfNew(record.id, request.listing_id(), PrefixOf(side), "listing_id"));
  if (record.id.empty()) record.id = MakeId(std::string(PrefixOf(side)) + "-");
  MAGPIE_RETURN_IF_ERROR(LeaveReviewToOthers(caller, nullptr, &record));
  const auto write = [&](std::int64_t next_version, RequestRecord* answer) -> absl::Status {
    MAGPIE_RETURN_IF_ERROR(ResolveParty(*workspace, *workspace->catalogue().snapshot(), request.listing().party(),
                                        "listing.party", &record.party));
    MAGPIE_RETURN_IF_ERROR(InRequest(ValidateListing(record), "listing."));
    if (request.validate_only()) {
      *response = AnswerOf(*workspace, record, 0);
      response->clear_etag();
      return DryRun(workspace->catalogue().ImportListings({record}, OnExisting::kRefuse, true, {}).status(),
                    "listings[0].", "listing.");
    }
    return PutListing(*workspace, record, OnExisting::kRefuse, std::nullopt, next_version, answer, response);
  };
  MAGPIE_RETURN_IF_ERROR(WriteOnce(*workspace, request, IdForWrite(request), response, write));
  AddPartyName(*workspace, response);
  return absl::OkStatus();
}

absl::Status CatalogueApi::UpdateListing(const Caller& caller, Side side, const v1::UpdateListingRequest& request,
                                         v1::Listing* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target,
                          FindTarget(backend_, request.listing().name(), CollectionOf(side), "listing.name"));
  Workspace& workspace = *target.workspace;
  MAGPIE_RETURN_IF_ERROR(CheckSeesAll(caller, workspace, side, target.id, "listing.name"));
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
    MAGPIE_RETURN_IF_ERROR(LeaveReviewToOthers(caller, &before.record, &record));
    MAGPIE_RETURN_IF_ERROR(ResolveParty(workspace, *snapshot, changed.party(), "listing.party", &record.party));
    MAGPIE_RETURN_IF_ERROR(InRequest(ValidateListing(record), "listing."));
    if (request.validate_only()) {
      *response = AnswerOf(workspace, record, before.version);
      return absl::OkStatus();
    }
    return PutListing(workspace, record, OnExisting::kReplace, expected, next_version, answer, response);
  };
  MAGPIE_RETURN_IF_ERROR(WriteOnce(workspace, request, IdForWrite(request), response, write));
  AddPartyName(workspace, response);
  return absl::OkStatus();
}

absl::Status CatalogueApi::ChangeListing(const Caller& caller, Side side, const google::protobuf::Message& request,
                                         const std::string& request_id, const std::string& name,
                                         const std::string& etag,
                                         const std::function<absl::Status(ListingRecord*)>& change,
                                         v1::Listing* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, name, CollectionOf(side), "name"));
  Workspace& workspace = *target.workspace;
  MAGPIE_RETURN_IF_ERROR(CheckSeesAll(caller, workspace, side, target.id, "name"));
  const auto write = [&](std::int64_t next_version, RequestRecord* answer) -> absl::Status {
    const auto snapshot = workspace.catalogue().snapshot();
    const std::int32_t index = FindListing(*snapshot, side, target.id);
    if (index < 0) return ListingNotFound(side, "name", name);
    const Listing& before = ListingAt(*snapshot, side, index);
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<std::int64_t> expected, CheckEtag(etag, before.version, "etag", name));
    ListingRecord record = before.record;
    MAGPIE_RETURN_IF_ERROR(change(&record));
    return PutListing(workspace, record, OnExisting::kReplace, expected, next_version, answer, response);
  };
  MAGPIE_RETURN_IF_ERROR(WriteOnce(workspace, request, request_id, response, write));
  AddPartyName(workspace, response);
  return absl::OkStatus();
}

absl::Status CatalogueApi::SubmitListing(const Caller& caller, Side side, const v1::SubmitListingRequest& request,
                                         v1::Listing* response) {
  const auto submit = [&](ListingRecord* record) -> absl::Status {
    if (record->review != ReviewState::kDraft && record->review != ReviewState::kRevise) {
      return MakeError(Reason::kWrongState, "name",
                       fmt::format("{} is {}; only a draft, or one to be revised, is handed in for review",
                                   request.name(), record->review ? WordName(*record->review) : "not under review"));
    }
    record->review = ReviewState::kWaiting;
    return absl::OkStatus();
  };
  return ChangeListing(caller, side, request, request.request_id(), request.name(), request.etag(), submit, response);
}

absl::Status CatalogueApi::ReviewListing(const Caller& caller, Side side, const v1::ReviewListingRequest& request,
                                         v1::Listing* response) {
  constexpr std::size_t kMaxNote = 2'000;  // code points
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<ReviewState> review,
                          WordFromProto<ReviewState>(request.review(), "review"));
  if (review != ReviewState::kPassed && review != ReviewState::kRevise && review != ReviewState::kRefused) {
    return MakeError(Reason::kFieldInvalid, "review", "say PASSED, REVISE or REFUSED");
  }
  const std::string note = ToNfc(TrimSpace(request.review_note()));
  if (note.empty() && review != ReviewState::kPassed) {
    return MakeError(Reason::kFieldMissing, "review_note", "say what is to be changed, or why it is refused");
  }
  if (CountCodePoints(note) > kMaxNote) {
    return MakeError(Reason::kFieldInvalid, "review_note",
                     fmt::format("{} code points; at most {}", CountCodePoints(note), kMaxNote));
  }
  const auto decide = [&](ListingRecord* record) -> absl::Status {
    if (record->review == ReviewState::kDraft) {
      return MakeError(Reason::kWrongState, "name",
                       fmt::format("{} is a draft; its owner has to hand it in first", request.name()));
    }
    record->review = review;
    record->review_note = note;
    return absl::OkStatus();
  };
  return ChangeListing(caller, side, request, request.request_id(), request.name(), request.etag(), decide, response);
}

absl::Status CatalogueApi::CheckListing(const Caller& caller, Side side, const v1::CheckListingRequest& request,
                                        v1::CheckListingResponse* response, const RunContext& context) {
  constexpr double kAlike = 0.5;
  constexpr int kMostShown = 5;
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(ListingRecord record, FromProto(request.listing(), side, "listing."));
  if (!backend_.engine) return MakeError(Reason::kModelMissing, "", "the server runs without models");
  if (record.id.empty()) record.id = std::string(PrefixOf(side));
  const auto snapshot = workspace->catalogue().snapshot();
  Viewer viewer(caller, *workspace, snapshot);
  MAGPIE_RETURN_IF_ERROR(
      ResolveParty(*workspace, viewer.snapshot(), request.listing().party(), "listing.party", &record.party));
  MAGPIE_RETURN_IF_ERROR(InRequest(ValidateListing(record), "listing."));
  MAGPIE_ASSIGN_OR_RETURN(const auto scorer,
                          workspace->ScorerFor(*backend_.engine, snapshot, *workspace->active_ranker(), context));
  ListingFilter filter;
  filter.open_text = viewer.faces_sealed_texts();
  MAGPIE_ASSIGN_OR_RETURN(const auto similar, scorer->Similar(record, kAlike, kMostShown + 1, filter));
  const PartyIndex party = scorer->snapshot().FindParty(record.party.id.empty() ? record.party.name : record.party.id);
  for (const auto& [index, alike] : similar) {
    const Listing& listing = ListingAt(scorer->snapshot(), side, index);
    const bool itself =
        FormatName(workspace->name(), CollectionOf(side), listing.resource_id) == request.listing().name();
    if (itself || !viewer.Finds(listing) || response->similar_listings_size() == kMostShown) continue;
    v1::SimilarListing& item = *response->add_similar_listings();
    *item.mutable_listing() = viewer.Show(listing, v1::VIEW_BASIC);
    item.set_similarity(alike);
    item.set_same_party(party.valid() && party == listing.party && viewer.Sees(listing).Has(Part::kParty));
  }
  *response->mutable_versions() = backend_.VersionsOf(scorer->snapshot().version());
  return viewer.Record();
}

absl::Status CatalogueApi::DeleteListing(const Caller& caller, Side side, const v1::DeleteListingRequest& request) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), CollectionOf(side), "name"));
  Workspace& workspace = *target.workspace;
  MAGPIE_RETURN_IF_ERROR(CheckSeesAll(caller, workspace, side, target.id, "name"));
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
