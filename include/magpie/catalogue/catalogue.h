// The live catalogue of one workspace: writes go to the store first, then one pointer swap publishes a new snapshot.
//
// Readers call snapshot() and keep what they get as long as they like; they never wait for writers.
// Rows     tables "need", "offering" (by external id) and "party" (by resource id) of the store, bodies as
//          ListingToJson and PartyToJson write them with provenance. Only the catalogue may write these tables; others
//          are free to use the store for theirs.
// Parties  a party that a listing names is kept as a row of its own, and stays when its listings go.
// Requests a request id makes a write happen once, over restarts: a retry with the same hash changes nothing and gets
//          what the catalogue holds now, an import its first counts. A caller that must repeat its first answer to the
//          letter records it as RequestRecord::response and asks Store::FindRequest first.
// Errors   those of the store; kAlreadyExists, kNeedNotFound, kOfferingNotFound, kPartyNotFound, kFieldInvalid,
//          kFieldMissing, kEtagMismatch, kWrongState (a party that is still named by others cannot be deleted).
// Cost     a write: what it changes, one flush of the disk, and O(n / 1000) for the new snapshot of n listings.
// Deleting
//          a party: O(n).
// Threads  every method may be called from several threads; writes are serialised.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "magpie/catalogue/snapshot.h"
#include "magpie/store/store.h"

namespace magpie {

class SnapshotBuilder;

// What a write does where the id is taken: refuse, replace, or leave the old one.
enum class OnExisting { kRefuse, kReplace, kKeep };

struct ImportCounts {
  std::int64_t created = 0;
  std::int64_t updated = 0;
  std::int64_t unchanged = 0;
};

class Catalogue {
 public:
  // Loads everything that the store holds.
  static absl::StatusOr<std::unique_ptr<Catalogue>> Open(std::shared_ptr<Store> store);

  std::shared_ptr<const Snapshot> snapshot() const;
  Store& store() { return *store_; }

  // Creates or replaces one listing or party, found by id or resource id (a party without id by its name). A listing
  // without id gets one. `expected_version` is the etag's version, 0 = must not be there, nullopt = whatever is there.
  absl::StatusOr<std::shared_ptr<const Listing>> PutListing(const ListingRecord& record, OnExisting on_existing,
                                                            std::optional<std::int64_t> expected_version,
                                                            const RequestRecord& request);
  absl::StatusOr<std::shared_ptr<const Party>> PutParty(const PartyRecord& record, OnExisting on_existing,
                                                        std::optional<std::int64_t> expected_version,
                                                        const RequestRecord& request);
  // `id` may be a resource id; of a party, its name too.
  absl::Status DeleteListing(Side side, std::string_view id, std::optional<std::int64_t> expected_version,
                             const RequestRecord& request);
  absl::Status DeleteParty(std::string_view id, std::optional<std::int64_t> expected_version,
                           const RequestRecord& request);

  // Many at once in one durable batch. All records are checked before anything is written, an error naming the first
  // bad one ("listings[3].trl"); with validate_only nothing is written. An equal record that is there already (but for
  // the file and row it came from) counts as unchanged, and with kKeep every record whose id is there. A later record
  // meets an earlier one of the same call as if it were there already.
  absl::StatusOr<ImportCounts> ImportListings(const std::vector<ListingRecord>& records, OnExisting on_existing,
                                              bool validate_only, const RequestRecord& request);
  // The same for parties; a record that an earlier one names is told apart by id, name or alias as in PutParty.
  absl::StatusOr<ImportCounts> ImportParties(const std::vector<PartyRecord>& records, OnExisting on_existing,
                                             bool validate_only, const RequestRecord& request);

 private:
  explicit Catalogue(std::shared_ptr<Store> store) : store_(std::move(store)) {}
  void Publish(std::shared_ptr<const Snapshot> snapshot);
  // The answer that was recorded for the request, nullopt for a new one.
  absl::StatusOr<std::optional<std::string>> FindAnswer(const RequestRecord& request) const;
  // Writes what the builder changed, with `answer` if the caller has none, and publishes it.
  absl::StatusOr<std::shared_ptr<const Snapshot>> Commit(SnapshotBuilder&& builder, const RequestRecord& request,
                                                         std::string answer);

  std::shared_ptr<Store> store_;
  std::mutex write_mutex_;
  mutable std::mutex snapshot_mutex_;  // held for the pointer copy only
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace magpie
