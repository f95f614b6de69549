// What the services share: the workspaces and the engine, and how a request is tied to them.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/engine/engine.h"
#include "magpie/v1/resources.pb.h"
#include "service/names.h"
#include "service/paging.h"
#include "service/workspace.h"

namespace magpie {

struct Backend {
  std::unique_ptr<Workspaces> workspaces;
  std::shared_ptr<Engine> engine;                 // null only in tests of the catalogue
  std::function<void(std::string_view)> warning;  // what the operator should know; may be empty

  // `scorer` where one had a part in the answer: it knows what the texts were really encoded with.
  v1::Versions VersionsOf(std::int64_t catalogue_version, const Scorer* scorer = nullptr) const;
  // The workspace that `parent` names.
  absl::StatusOr<std::shared_ptr<Workspace>> FindWorkspace(std::string_view parent, std::string_view field) const;
};

// A resource name together with its open workspace.
struct Target {
  std::shared_ptr<Workspace> workspace;
  std::string id;
};
absl::StatusOr<Target> FindTarget(const Backend& backend, std::string_view name, Collection collection,
                                  std::string_view field);

// The error for a listing that is not there.
absl::Status ListingNotFound(Side side, std::string_view field, std::string_view name);

// The index of a listing in the side's list, -1 where there is none.
std::int32_t FindListing(const Snapshot& snapshot, Side side, std::string_view id);

const Listing& ListingAt(const Snapshot& snapshot, Side side, std::int32_t index);

// Both listings of a pair, which must be of this workspace; `prefix` goes before "need" and "offering" in field paths.
absl::StatusOr<std::pair<NeedIndex, OfferingIndex>> FindPair(const Workspace& workspace, const Snapshot& snapshot,
                                                             const std::string& need, const std::string& offering,
                                                             const std::string& prefix);

// Fills in the name and id of a party that a listing gives by its resource name alone. kPartyNotFound.
absl::Status ResolveParty(const Workspace& workspace, const Snapshot& snapshot, const v1::Party& party,
                          std::string_view field, PartyRecord* record);

// The resource name of a party that is known by its id or name; "" where there is none.
std::string PartyNameOf(const Workspace& workspace, const Snapshot& snapshot, const v1::Party& party);
// That of the party of a listing of this snapshot; "" where it names none.
std::string PartyNameOf(const Workspace& workspace, const Snapshot& snapshot, const Listing& listing);

// An error of the catalogue, which speaks of the fields of records, as one about the fields of a request: `prefix` goes
// before the path, or "party." is taken from it where `prefix` is null.
absl::Status InRequest(const absl::Status& status, const char* prefix);

// The listing as clients see it: names, etag, and no more than the view asks for.
v1::Listing PresentListing(const Workspace& workspace, const Snapshot& snapshot, const Listing& listing, v1::View view);
v1::Party PresentParty(const Workspace& workspace, const Party& party);

std::string EtagOf(std::int64_t version);

// One page of a list that is tied to a snapshot, and to `also`.
struct SnapshotPage {
  std::shared_ptr<const Snapshot> snapshot;
  PageStart start;
  int size = 0;
  std::uint64_t hash = 0;
};
template <typename Request>
absl::StatusOr<SnapshotPage> StartPage(Workspace& workspace, const Request& request, int standard_size,
                                       std::string_view also = {}) {
  SnapshotPage page;
  MAGPIE_ASSIGN_OR_RETURN(page.size, PageSize(request.page_size(), standard_size));
  page.hash = StableHash(also, HashForPages(request));
  if (request.page_token().empty()) {
    page.snapshot = workspace.KeepSnapshot();
    page.start.version = page.snapshot->version();
    return page;
  }
  MAGPIE_ASSIGN_OR_RETURN(page.start, ParsePageToken(request.page_token(), page.hash));
  MAGPIE_ASSIGN_OR_RETURN(page.snapshot, workspace.KeptSnapshot(page.start.version));
  return page;
}

// Nanoseconds since 1970; protobuf's own clock counts whole seconds.
std::int64_t NowNanoseconds();

// Messages as one line of JSON, the form in which the store keeps them.
std::string ToJson(const google::protobuf::Message& message);
absl::Status FromJson(std::string_view json, google::protobuf::Message* message);

// Checks request_id and hashes the request. An empty id gives an empty record.
absl::StatusOr<RequestRecord> MakeRequestRecord(const google::protobuf::Message& request,
                                                const std::string& request_id);

// Runs `write` under the workspace's write lock, unless the request was answered before: then *response is the first
// answer. `write` gets the version that its batch will have, and must set record->response before it writes.
absl::Status WriteOnce(Workspace& workspace, const google::protobuf::Message& request, const std::string& request_id,
                       google::protobuf::Message* response,
                       const std::function<absl::Status(std::int64_t next_version, RequestRecord* record)>& write);

}  // namespace magpie
