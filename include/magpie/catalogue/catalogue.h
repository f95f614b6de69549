// The live catalogue of one workspace: writes go to the store first, then one pointer swap publishes a new snapshot.
//
// Readers call snapshot() and keep what they get as long as they like; they never wait for writers.
// Errors   those of the store; kAlreadyExists, kNeedNotFound, kOfferingNotFound, kPartyNotFound, kFieldInvalid,
//          kFieldMissing, kEtagMismatch.
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

  // Creates or replaces one listing or party. `expected_version` is the etag's version, nullopt = whatever is there.
  absl::StatusOr<std::shared_ptr<const Listing>> PutListing(const ListingRecord& record, OnExisting on_existing,
                                                            std::optional<std::int64_t> expected_version,
                                                            const RequestRecord& request);
  absl::StatusOr<std::shared_ptr<const Party>> PutParty(const PartyRecord& record, OnExisting on_existing,
                                                        std::optional<std::int64_t> expected_version,
                                                        const RequestRecord& request);
  absl::Status DeleteListing(Side side, std::string_view id, std::optional<std::int64_t> expected_version,
                             const RequestRecord& request);
  absl::Status DeleteParty(std::string_view id, std::optional<std::int64_t> expected_version,
                           const RequestRecord& request);

  // Many at once in one durable batch. All records are checked before anything is written; with validate_only nothing
  // is. An equal record that is there already counts as unchanged.
  absl::StatusOr<ImportCounts> ImportListings(const std::vector<ListingRecord>& records, OnExisting on_existing,
                                              bool validate_only, const RequestRecord& request);

 private:
  explicit Catalogue(std::shared_ptr<Store> store) : store_(std::move(store)) {}
  void Publish(std::shared_ptr<const Snapshot> snapshot);

  std::shared_ptr<Store> store_;
  std::mutex write_mutex_;
  mutable std::mutex snapshot_mutex_;  // held for the pointer copy only
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace magpie
