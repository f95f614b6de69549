// The catalogue at one instant: parties, needs and offerings with their links, immutable.
//
// Order    needs and offerings stand in the order they were imported (one-shot commands: the order of the files), so
//          NeedIndex 0 is the first need of the list.
// Parties  listings name their party by id, name or alias; equal names (as PartyKey says) are one party, unless both
//          have ids that differ. PartyIndex is dense from 0 in order of first mention. What several listings say of
//          one party is put together: the first value that is not empty stands, lists are united, and a value that
//          contradicts is kept in the party's extra_json as conflicts: [{"field", "value", "source"}].
// Parents  links never form a cycle; a parent that is not in the catalogue leaves the link invalid and the text there.
// Threads  a const snapshot may be read by any number of threads; it never changes.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/index.h"
#include "magpie/catalogue/rows.h"
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
  // To iterate over, or listings(side)[i] with i from 0.
  const RowList<Listing>& listings(Side side) const { return side == Side::kNeed ? needs_ : offerings_; }
  const RowList<Party>& parties() const { return parties_; }

  // By external id, else by resource id; an invalid index where there is none.
  NeedIndex FindNeed(std::string_view id) const;
  OfferingIndex FindOffering(std::string_view id) const;
  // By id, else by resource id, else by name or alias (compared as said above).
  PartyIndex FindParty(std::string_view id_or_name) const;

 private:
  friend class SnapshotBuilder;

  Snapshot() = default;
  std::int64_t FindListing(Side side, std::string_view id) const;
  PartyIndex FindPartyById(std::string_view id) const;
  PartyIndex FindPartyByName(std::string_view name) const;

  RowList<Party> parties_;
  RowList<Listing> needs_, offerings_;
  KeyIndex party_ids_, party_names_;  // ids and resource ids; PartyKeys of ids, names and aliases
  KeyIndex children_;                 // by the PartyKey of the parent that a party names
  KeyIndex need_ids_, offering_ids_;  // ids and resource ids
  std::int64_t version_ = 0;
};

// A snapshot of two lists without a store. Ids must be unique on each side (the importer has seen to it), else
// kAlreadyExists; a listing without id gets one.
absl::StatusOr<std::shared_ptr<const Snapshot>> BuildSnapshot(std::vector<ListingRecord> needs,
                                                              std::vector<ListingRecord> offerings);

// The key under which party names are compared: NFKC and folded, without spaces, all kinds of brackets and dashes
// alike: "宁波 某某（集团）有限公司" and "宁波某某(集团)有限公司" are one.
std::string PartyKey(std::string_view name);

// A legal resource id ([a-z]([a-z0-9-]{0,61}[a-z0-9])?) for an external id: the id itself where legal, else
// PREFIX- and 16 hexadecimal digits of its hash.
std::string ResourceId(std::string_view external_id, std::string_view prefix);

// Equal but for where they were read: an import of such a record changes nothing.
bool SaysTheSame(ListingRecord a, const ListingRecord& b);
bool SaysTheSame(PartyRecord a, const PartyRecord& b);

// What a record must keep to be taken into a catalogue: a title, lengths in code points (id, names 200, title 500,
// description and remark 20,000; lists 100 entries), trl 1..9, low <= high, valid_from <= valid_until, capacity >= 0,
// an id without control characters. kFieldMissing or kFieldInvalid with the field's path ("party.aliases[2]").
absl::Status ValidateListing(const ListingRecord& listing);
absl::Status ValidateParty(const PartyRecord& party);

}  // namespace magpie
