// The catalogue at one instant: parties, needs and offerings with their links, immutable.
//
// Order    needs and offerings stand in the order they were imported (one-shot commands: the order of the files), so
//          NeedIndex 0 is the first need of the list.
// Parties  listings name their party by id, name or alias; equal names (after NFKC, folding, without spaces) are one
//          party. PartyIndex is dense from 0 in order of first mention.
// Threads  a const snapshot may be read by any number of threads; it never changes.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "magpie/base/index.h"
#include "magpie/ingest/record.h"

namespace magpie {

struct Party {
  PartyRecord record;
  std::string resource_id;  // "p-3f9a..." or the user's own where it is a legal resource id
  PartyIndex parent;
  std::int64_t version = 0;
};

struct Listing {
  ListingRecord record;
  std::string resource_id;
  PartyIndex party;  // invalid where the listing names none
  std::int64_t version = 0;
};

class Snapshot {
 public:
  Snapshot(std::vector<std::shared_ptr<const Party>> parties, std::vector<std::shared_ptr<const Listing>> needs,
           std::vector<std::shared_ptr<const Listing>> offerings, std::int64_t version);

  std::int64_t version() const { return version_; }  // the store's sequence; 0 for one-shot commands
  std::int32_t party_count() const { return static_cast<std::int32_t>(parties_.size()); }
  std::int32_t need_count() const { return static_cast<std::int32_t>(needs_.size()); }
  std::int32_t offering_count() const { return static_cast<std::int32_t>(offerings_.size()); }

  const Party& party(PartyIndex index) const { return *parties_[static_cast<std::size_t>(index.value)]; }
  const Listing& need(NeedIndex index) const { return *needs_[static_cast<std::size_t>(index.value)]; }
  const Listing& offering(OfferingIndex index) const { return *offerings_[static_cast<std::size_t>(index.value)]; }
  const std::vector<std::shared_ptr<const Listing>>& listings(Side side) const {
    return side == Side::kNeed ? needs_ : offerings_;
  }
  const std::vector<std::shared_ptr<const Party>>& parties() const { return parties_; }

  // By external id or by resource id; an invalid index where there is none.
  NeedIndex FindNeed(std::string_view id) const;
  OfferingIndex FindOffering(std::string_view id) const;
  // By id, name or alias (compared as said above).
  PartyIndex FindParty(std::string_view id_or_name) const;

 private:
  std::vector<std::shared_ptr<const Party>> parties_;
  std::vector<std::shared_ptr<const Listing>> needs_;
  std::vector<std::shared_ptr<const Listing>> offerings_;
  std::unordered_map<std::string, std::int32_t> party_by_key_, need_by_id_, offering_by_id_;
  std::int64_t version_ = 0;
};

// A snapshot of two lists without a store. Ids must be unique on each side (the importer has seen to it).
absl::StatusOr<std::shared_ptr<const Snapshot>> BuildSnapshot(std::vector<ListingRecord> needs,
                                                              std::vector<ListingRecord> offerings);

// The key under which party names are compared: NFKC, folded, spaces and brackets' width removed.
std::string PartyKey(std::string_view name);

// A legal resource id ([a-z]([a-z0-9-]{0,61}[a-z0-9])?) for an external id: the id itself where legal, else
// PREFIX- and 16 hexadecimal digits of its hash.
std::string ResourceId(std::string_view external_id, std::string_view prefix);

// What a record must keep to be taken into a catalogue: a title, lengths (title 500, description 20,000 code points,
// 100 keywords), trl 1..9, low <= high, valid_from <= valid_until, capacity >= 0, an id without tab or line break.
absl::Status ValidateListing(const ListingRecord& listing);
absl::Status ValidateParty(const PartyRecord& party);

}  // namespace magpie
