#include "service/backend.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <chrono>
#include <mutex>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/engine/version.h"
#include "magpie/service/convert.h"

namespace magpie {
namespace {

constexpr std::size_t kMaxRequestId = 64;

}  // namespace

v1::Versions Backend::VersionsOf(std::int64_t catalogue_version, const Scorer* scorer) const {
  v1::Versions versions;
  versions.set_catalogue_version(catalogue_version);
  if (engine) versions.set_model_id(scorer == nullptr ? EncoderId(engine->models()) : scorer->encoder_id());
  if (scorer != nullptr) {
    versions.set_ranker_id(scorer->ranker().id);
    versions.set_profile_id(scorer->profile_id());
  }
  versions.set_server_version(std::string(Version()));
  return versions;
}

absl::StatusOr<std::shared_ptr<Workspace>> Backend::FindWorkspace(std::string_view parent,
                                                                  std::string_view field) const {
  MAGPIE_ASSIGN_OR_RETURN(const std::string name, ParseWorkspace(parent, field));
  return workspaces->Find(name);
}

absl::StatusOr<Target> FindTarget(const Backend& backend, std::string_view name, Collection collection,
                                  std::string_view field) {
  MAGPIE_ASSIGN_OR_RETURN(ResourceName parsed, ParseName(name, collection, field));
  MAGPIE_ASSIGN_OR_RETURN(std::shared_ptr<Workspace> workspace, backend.workspaces->Find(parsed.workspace));
  return Target{std::move(workspace), std::move(parsed.id)};
}

absl::Status ListingNotFound(Side side, std::string_view field, std::string_view name) {
  return MakeError(side == Side::kNeed ? Reason::kNeedNotFound : Reason::kOfferingNotFound, field,
                   fmt::format("there is no {}", name));
}

std::int32_t FindListing(const Snapshot& snapshot, Side side, std::string_view id) {
  return side == Side::kNeed ? snapshot.FindNeed(id).value : snapshot.FindOffering(id).value;
}

const Listing& ListingAt(const Snapshot& snapshot, Side side, std::int32_t index) {
  return side == Side::kNeed ? snapshot.need(NeedIndex(index)) : snapshot.offering(OfferingIndex(index));
}

absl::StatusOr<std::pair<NeedIndex, OfferingIndex>> FindPair(const Workspace& workspace, const Snapshot& snapshot,
                                                             const std::string& need, const std::string& offering,
                                                             const std::string& prefix) {
  const auto find = [&](Side side, const std::string& name, const std::string& field) -> absl::StatusOr<std::int32_t> {
    MAGPIE_ASSIGN_OR_RETURN(const ResourceName parsed, ParseName(name, CollectionOf(side), field));
    if (parsed.workspace != workspace.name()) {
      return MakeError(Reason::kBadArgument, field,
                       fmt::format("{} is of another workspace than workspaces/{}", name, workspace.name()));
    }
    const std::int32_t index = FindListing(snapshot, side, parsed.id);
    if (index < 0) return ListingNotFound(side, field, name);
    return index;
  };
  MAGPIE_ASSIGN_OR_RETURN(const std::int32_t n, find(Side::kNeed, need, prefix + "need"));
  MAGPIE_ASSIGN_OR_RETURN(const std::int32_t o, find(Side::kOffering, offering, prefix + "offering"));
  return std::pair(NeedIndex(n), OfferingIndex(o));
}

absl::Status ResolveParty(const Workspace& workspace, const Snapshot& snapshot, const v1::Party& party,
                          std::string_view field, PartyRecord* record) {
  if (party.name().empty()) return absl::OkStatus();
  const std::string path = std::string(field) + ".name";
  MAGPIE_ASSIGN_OR_RETURN(const ResourceName name, ParseName(party.name(), Collection::kParties, path));
  const PartyIndex index = snapshot.FindParty(name.id);
  if (name.workspace != workspace.name() || !index.valid()) {
    return MakeError(Reason::kPartyNotFound, path, fmt::format("there is no {}", party.name()));
  }
  const PartyRecord& found = snapshot.party(index).record;
  if (record->name.empty()) record->name = found.name;
  if (record->id.empty()) record->id = found.id;
  return absl::OkStatus();
}

std::string PartyNameOf(const Workspace& workspace, const Snapshot& snapshot, const v1::Party& party) {
  const PartyIndex index = snapshot.FindParty(party.external_id().empty() ? party.display_name() : party.external_id());
  if (!index.valid()) return "";
  return FormatName(workspace.name(), Collection::kParties, snapshot.party(index).resource_id);
}

std::string PartyNameOf(const Workspace& workspace, const Snapshot& snapshot, const Listing& listing) {
  if (!listing.party.valid()) return "";
  return FormatName(workspace.name(), Collection::kParties, snapshot.party(listing.party).resource_id);
}

absl::Status InRequest(const absl::Status& status, const char* prefix) {
  // Where the .proto files follow the habits of resource names, their words differ from the records'.
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"id", "external_id"}, {"name", "display_name"}, {"parent", "parent_party"}, {"extra", "extra_json"}};
  std::string field = FieldOf(status);
  if (status.ok() || field.empty()) return status;
  const std::size_t last = field.rfind('.') + 1;  // 0 where there is no dot
  for (const auto& [word, other] : kWords) {
    if (std::string_view(field).substr(last) == word) field.replace(last, std::string::npos, other);
  }
  if (prefix != nullptr) {
    field = prefix + field;
  } else if (field.starts_with("party.")) {
    field.erase(0, std::string_view("party.").size());
  }
  return MakeError(ReasonOf(status), field, std::string_view(status.message().data(), status.message().size()));
}

std::string EtagOf(std::int64_t version) {
  return fmt::format("v{}", version);
}

v1::Party PresentParty(const Workspace& workspace, const Party& party) {
  v1::Party out = ToProto(party.record, Contacts::kMasked);
  out.set_name(FormatName(workspace.name(), Collection::kParties, party.resource_id));
  out.set_etag(EtagOf(party.version));
  return out;
}

v1::Listing PresentListing(const Workspace& workspace, const Snapshot& snapshot, const Listing& listing,
                           v1::View view) {
  v1::Listing out = ToProto(listing.record, Contacts::kMasked);
  out.set_name(FormatName(workspace.name(), CollectionOf(listing.record.side), listing.resource_id));
  out.set_etag(EtagOf(listing.version));
  if (listing.party.valid()) out.mutable_party()->set_name(PartyNameOf(workspace, snapshot, listing));
  if (view == v1::VIEW_BASIC) MakeBasic(&out);
  return out;
}

std::int64_t NowNanoseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

std::string ToJson(const google::protobuf::Message& message) {
  std::string json;
  // Fails only for an Any of a type that is not linked in; ours all are.
  (void)google::protobuf::util::MessageToJsonString(message, &json);
  return json;
}

absl::Status FromJson(std::string_view json, google::protobuf::Message* message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // written by a later release of the same v1
  const auto status = google::protobuf::util::JsonStringToMessage(std::string(json), message, options);
  if (status.ok()) return absl::OkStatus();
  return MakeError(Reason::kStoreCorrupt, "",
                   fmt::format("a stored {} cannot be read: {}", message->GetTypeName(), status.ToString()));
}

absl::StatusOr<RequestRecord> MakeRequestRecord(const google::protobuf::Message& request,
                                                const std::string& request_id) {
  RequestRecord record;
  if (request_id.empty()) return record;
  if (request_id.size() > kMaxRequestId) {
    return MakeError(Reason::kFieldInvalid, "request_id",
                     fmt::format("request_id has {} bytes; at most {}, best a UUID", request_id.size(), kMaxRequestId));
  }
  record.request_id = request_id;
  record.request_hash = Sha256Hex(request.GetTypeName() + "\n" + request.SerializeAsString());
  return record;
}

absl::Status WriteOnce(Workspace& workspace, const google::protobuf::Message& request, const std::string& request_id,
                       google::protobuf::Message* response,
                       const std::function<absl::Status(std::int64_t next_version, RequestRecord* record)>& write) {
  MAGPIE_ASSIGN_OR_RETURN(RequestRecord record, MakeRequestRecord(request, request_id));
  const std::lock_guard lock(workspace.write_mutex());
  if (!request_id.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<std::string> answer,
                            workspace.store().FindRequest(record.request_id, record.request_hash));
    if (answer) return FromJson(*answer, response);
  }
  MAGPIE_ASSIGN_OR_RETURN(const std::int64_t sequence, workspace.store().Sequence());
  return write(sequence + 1, &record);
}

}  // namespace magpie
