#include "service/disclosure_api.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/service/convert.h"
#include "service/viewer.h"

namespace magpie {
namespace {

using google::protobuf::util::TimeUtil;

// A pair of listings, whose they are, and for which of them the caller speaks.
struct Sides {
  std::shared_ptr<Workspace> workspace;
  std::string need_party, offering_party;
  v1::Side side = v1::SIDE_UNSPECIFIED;
};

template <typename Request>
absl::StatusOr<Sides> ReadSides(const Backend& backend, const Caller& caller, const Request& request) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend, request.need(), Collection::kNeeds, "need"));
  Sides sides;
  sides.workspace = target.workspace;
  const auto snapshot = target.workspace->catalogue().snapshot();
  MAGPIE_ASSIGN_OR_RETURN(const auto pair,
                          FindPair(*target.workspace, *snapshot, request.need(), request.offering(), ""));
  sides.need_party = PartyNameOf(*target.workspace, *snapshot, snapshot->need(pair.first));
  sides.offering_party = PartyNameOf(*target.workspace, *snapshot, snapshot->offering(pair.second));
  MAGPIE_RETURN_IF_ERROR(WordFromProto<Side>(request.side(), "side").status());
  sides.side = request.side();
  if (caller.has_role(v1::ROLE_PARTY_MEMBER)) {
    // The rights have made sure that one of the two is the caller's.
    const v1::Side own = sides.need_party == caller.party() ? v1::SIDE_NEED : v1::SIDE_OFFERING;
    if (sides.side == v1::SIDE_UNSPECIFIED) sides.side = own;
    if (sides.side != own) {
      return MakeError(Reason::kNotAllowed, "side",
                       fmt::format("{} speaks for the other side of this pair", caller.token->name()));
    }
  } else if (sides.side == v1::SIDE_UNSPECIFIED) {
    return MakeError(Reason::kFieldMissing, "side",
                     "say for which side of the pair this is: SIDE_NEED or SIDE_OFFERING");
  }
  return sides;
}

v1::Side Opposite(v1::Side side) {
  return side == v1::SIDE_NEED ? v1::SIDE_OFFERING : v1::SIDE_NEED;
}

absl::StatusOr<std::vector<v1::ListingPart>> ReadParts(const google::protobuf::RepeatedField<int>& parts,
                                                       std::string_view field) {
  std::vector<v1::ListingPart> read;
  for (int i = 0; i < parts.size(); ++i) {
    if (parts[i] < v1::LISTING_PART_TEXT || parts[i] > v1::LISTING_PART_CONTACTS) {
      return MakeError(Reason::kFieldInvalid, fmt::format("{}[{}]", field, i),
                       "name TEXT, PARTY or CONTACTS, each as a part of its own");
    }
    read.push_back(static_cast<v1::ListingPart>(parts[i]));
  }
  return read;
}

v1::DisclosedPart& PartOf(v1::PairDisclosure* disclosure, v1::Side side, v1::ListingPart part) {
  for (v1::DisclosedPart& old : *disclosure->mutable_parts()) {
    if (old.side() == side && old.part() == part) return old;
  }
  v1::DisclosedPart& fresh = *disclosure->add_parts();
  fresh.set_side(side);
  fresh.set_part(part);
  return fresh;
}

// Inside WriteOnce: the agreement of a pair, changed and written.
absl::Status Change(const Sides& sides, const std::string& need, const std::string& offering, RequestRecord* record,
                    v1::PairDisclosure* response, const std::function<void(v1::PairDisclosure*)>& change) {
  Workspace& workspace = *sides.workspace;
  const std::string id = DisclosureId(need, offering);
  Agreement agreement;
  if (const auto before = workspace.disclosures().Find(id)) {
    // What was agreed with an earlier owner is no longer of any account.
    if (before->need_party == sides.need_party && before->offering_party == sides.offering_party) agreement = *before;
  }
  v1::PairDisclosure& disclosure = agreement.disclosure;
  disclosure.set_name(FormatName(workspace.name(), Collection::kDisclosures, id));
  disclosure.set_need(need);
  disclosure.set_offering(offering);
  agreement.need_party = sides.need_party;
  agreement.offering_party = sides.offering_party;
  *disclosure.mutable_update_time() = TimeUtil::NanosecondsToTimestamp(NowNanoseconds());
  change(&disclosure);
  for (v1::DisclosedPart& part : *disclosure.mutable_parts()) {
    part.set_open(part.has_shown_time() && part.has_accepted_time());
  }
  auto& parts = *disclosure.mutable_parts();
  std::ranges::sort(parts, [](const auto& a, const auto& b) {
    return std::pair(a.side(), a.part()) < std::pair(b.side(), b.part());
  });
  record->response = ToJson(disclosure);
  const std::vector<RowChange> rows = {{std::string(kDisclosureTable), id, AgreementRow(agreement), std::nullopt}};
  MAGPIE_RETURN_IF_ERROR(workspace.store().Write(rows, *record).status());
  *response = disclosure;
  workspace.disclosures().Put(id, std::move(agreement));
  return absl::OkStatus();
}

// Whether the caller may read what a pair has agreed.
bool MayRead(const Caller& caller, const Agreement& agreement) {
  return caller.is_insider() || (!caller.party().empty() && (agreement.need_party == caller.party() ||
                                                             agreement.offering_party == caller.party()));
}

}  // namespace

absl::Status DisclosureApi::GetDisclosure(const Caller& caller, const v1::GetDisclosureRequest& request,
                                          v1::PairDisclosure* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), Collection::kDisclosures, "name"));
  const auto agreement = target.workspace->disclosures().Find(target.id);
  if (agreement == nullptr || !MayRead(caller, *agreement)) {
    return MakeError(Reason::kDisclosureNotFound, "name", fmt::format("there is no {}", request.name()));
  }
  *response = agreement->disclosure;
  return absl::OkStatus();
}

absl::Status DisclosureApi::ListDisclosures(const Caller& caller, const v1::ListDisclosuresRequest& request,
                                            v1::ListDisclosuresResponse* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size(), kDefaultPageSize));
  const std::uint64_t hash = HashForPages(request);
  PageStart start;
  if (!request.page_token().empty()) {
    MAGPIE_ASSIGN_OR_RETURN(start, ParsePageToken(request.page_token(), hash));
  }
  std::vector<std::shared_ptr<const Agreement>> found = workspace->disclosures().All();
  std::erase_if(found, [&](const auto& agreement) {
    const v1::PairDisclosure& disclosure = agreement->disclosure;
    const bool asked = request.listing().empty() || disclosure.need() == request.listing() ||
                       disclosure.offering() == request.listing();
    return !asked || !MayRead(caller, *agreement);
  });
  const Page page = CutPage(start, size, std::ssize(found), hash);
  for (std::int64_t i = page.begin; i < page.end; ++i) {
    *response->add_disclosures() = found[static_cast<std::size_t>(i)]->disclosure;
  }
  response->set_next_page_token(page.next_token);
  return absl::OkStatus();
}

absl::Status DisclosureApi::AgreeToDisclose(const Caller& caller, const v1::AgreeToDiscloseRequest& request,
                                            v1::PairDisclosure* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Sides sides, ReadSides(backend_, caller, request));
  MAGPIE_ASSIGN_OR_RETURN(const auto show, ReadParts(request.show(), "show"));
  MAGPIE_ASSIGN_OR_RETURN(const auto accept, ReadParts(request.accept(), "accept"));
  if (show.empty() && accept.empty()) {
    return MakeError(Reason::kFieldMissing, "show",
                     "name the parts of the own listing to show, or those of the other one to accept");
  }
  return WriteOnce(*sides.workspace, request, request.request_id(), response, [&](std::int64_t, RequestRecord* record) {
    return Change(sides, request.need(), request.offering(), record, response, [&](v1::PairDisclosure* disclosure) {
      const auto& now = disclosure->update_time();
      for (const v1::ListingPart part : show) {
        v1::DisclosedPart& own = PartOf(disclosure, sides.side, part);
        if (!own.has_shown_time()) *own.mutable_shown_time() = now;
      }
      for (const v1::ListingPart part : accept) {
        v1::DisclosedPart& other = PartOf(disclosure, Opposite(sides.side), part);
        if (!other.has_accepted_time()) *other.mutable_accepted_time() = now;
      }
    });
  });
}

absl::Status DisclosureApi::WithdrawDisclosure(const Caller& caller, const v1::WithdrawDisclosureRequest& request,
                                               v1::PairDisclosure* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Sides sides, ReadSides(backend_, caller, request));
  MAGPIE_ASSIGN_OR_RETURN(auto parts, ReadParts(request.parts(), "parts"));
  if (parts.empty()) parts = {v1::LISTING_PART_TEXT, v1::LISTING_PART_PARTY, v1::LISTING_PART_CONTACTS};
  return WriteOnce(*sides.workspace, request, request.request_id(), response, [&](std::int64_t, RequestRecord* record) {
    return Change(sides, request.need(), request.offering(), record, response, [&](v1::PairDisclosure* disclosure) {
      for (v1::DisclosedPart& part : *disclosure->mutable_parts()) {
        const bool named = std::ranges::find(parts, part.part()) != parts.end();
        if (part.side() == sides.side && named) part.clear_shown_time();
      }
    });
  });
}

absl::Status DisclosureApi::ListSights(const v1::ListSightsRequest& request, v1::ListSightsResponse* response) {
  const bool of_need = ParseName(request.listing(), Collection::kNeeds, "listing").ok();
  const Side side = of_need ? Side::kNeed : Side::kOffering;
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.listing(), CollectionOf(side), "listing"));
  const auto snapshot = target.workspace->catalogue().snapshot();
  const std::int32_t index = FindListing(*snapshot, side, target.id);
  if (index < 0) return ListingNotFound(side, "listing", request.listing());
  MAGPIE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size(), kDefaultPageSize));
  // A token is the row to go on from: rows come in front, so an offset would slip.
  const std::string prefix = SightPrefix(ListingAt(*snapshot, side, index));
  const std::string first = prefix + request.page_token();
  const absl::Status full = absl::ResourceExhaustedError("the page is full");
  const absl::Status status =
      target.workspace->store().ScanFrom(kSightTable, first, [&](StoredRow&& row) -> absl::Status {
        if (!row.id.starts_with(prefix)) return full;
        if (response->sights_size() == size) {
          response->set_next_page_token(row.id.substr(prefix.size()));
          return full;
        }
        return FromJson(row.body, response->add_sights());
      });
  return status == full ? absl::OkStatus() : status;
}

absl::Status DisclosureApi::ListAuditEntries(const v1::ListAuditEntriesRequest& request,
                                             v1::ListAuditEntriesResponse* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size(), kDefaultPageSize));
  const std::uint64_t hash = HashForPages(request);
  PageStart start;
  start.offset = workspace->audit().entry_count() + 1;  // entries before this one
  if (!request.page_token().empty()) {
    MAGPIE_ASSIGN_OR_RETURN(start, ParsePageToken(request.page_token(), hash));
  }
  MAGPIE_ASSIGN_OR_RETURN(auto entries, ReadAudit(workspace->store(), start.offset, size));
  if (!entries.empty() && entries.back().sequence() > 1) {
    response->set_next_page_token(MakePageToken({start.version, entries.back().sequence(), start.order}, hash));
  }
  for (v1::AuditEntry& entry : entries) *response->add_entries() = std::move(entry);
  return absl::OkStatus();
}

absl::Status DisclosureApi::VerifyAuditLog(const v1::VerifyAuditLogRequest& request,
                                           v1::VerifyAuditLogResponse* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(*response, VerifyAudit(workspace->store()));
  return absl::OkStatus();
}

}  // namespace magpie
