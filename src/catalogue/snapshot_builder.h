// Makes the next snapshot out of one: changes are applied to a copy that shares what stays the same.
//
// Not for several threads. A builder that is thrown away leaves nothing behind.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/catalogue/snapshot.h"

namespace magpie {

class SnapshotBuilder {
 public:
  explicit SnapshotBuilder(const Snapshot& base) : next_(base) {}
  // Takes finished rows as they are, links and all.
  SnapshotBuilder(std::vector<std::shared_ptr<const Party>> parties, std::vector<std::shared_ptr<const Listing>> needs,
                  std::vector<std::shared_ptr<const Listing>> offerings);

  const Snapshot& next() const { return next_; }
  // The position of a listing by id or resource id, -1 if there is none.
  std::int64_t FindListing(Side side, std::string_view id) const { return next_.FindListing(side, id); }

  // The party that these words mean; -1 where it is not there yet.
  std::int64_t FindMentioned(const PartyRecord& mention) const;

  // Loading: a stored party under its resource id, then (all parties being there) LinkParents, then stored listings.
  void LoadParty(PartyRecord record, std::string resource_id, std::int64_t version);
  void LinkParents();
  void LoadListing(ListingRecord record, std::int64_t version);

  // Adds or replaces (by id) a listing that was validated, and learns what it says of its party. Returns its position.
  std::int64_t PutListing(ListingRecord record);
  void RemoveListing(Side side, std::int64_t position);

  // Adds a party, or replaces the one at `target`. Names that listings use for it stay as aliases.
  // kAlreadyExists for a name or alias of another party, kFieldInvalid for a parent that descends from it.
  absl::StatusOr<PartyIndex> PutParty(PartyRecord record, PartyIndex target);
  // kWrongState while listings or child parties name it.
  absl::Status RemoveParty(PartyIndex index);

  // An id for a listing without one, not taken yet; the same for the same snapshot and record.
  std::string MakeListingId(const ListingRecord& record) const;

  // What changed since the start, in the order of the snapshot, what was removed last. Parties by resource id, listings
  // by external id.
  struct Changed {
    std::int64_t position = -1;  // -1 = removed
    std::string id;
  };
  std::vector<Changed> ChangedParties() const;
  std::vector<Changed> ChangedListings(Side side) const;

  // Gives all that changed the version, and the finished snapshot. Ends the builder.
  std::shared_ptr<const Snapshot> Build(std::int64_t version) &&;

 private:
  static std::size_t Slot(Side side) { return side == Side::kNeed ? 0 : 1; }
  RowList<Listing>& rows(Side side) { return side == Side::kNeed ? next_.needs_ : next_.offerings_; }
  KeyIndex& ids(Side side) { return side == Side::kNeed ? next_.need_ids_ : next_.offering_ids_; }
  const Party& party(std::int64_t position) const { return *next_.parties_[static_cast<std::size_t>(position)]; }

  std::int64_t FindByName(std::string_view name) const { return next_.FindPartyByName(name).value; }
  std::int64_t FindById(std::string_view id) const { return id.empty() ? -1 : next_.FindPartyById(id).value; }
  std::int64_t Mention(const PartyRecord& mention, std::string_view source);
  bool AddAlias(std::string_view name, std::string_view source, std::int64_t self, PartyRecord* record) const;
  std::int64_t AppendParty(PartyRecord record, std::string resource_id, std::int64_t version);
  std::string MakePartyId(const PartyRecord& record) const;
  // Replaces the record of a party; `changed` = it must be written.
  void StoreParty(std::int64_t position, PartyRecord record);
  void ReplaceParty(std::int64_t position, Party party);
  void IndexParty(const Party& party, std::int64_t order, bool add);
  // Links the children that name one of the party's keys, and the party to its parent.
  void RelinkAround(const std::vector<std::string>& keys);
  void Relink(std::int64_t position);
  bool Descends(std::int64_t position, std::int64_t ancestor) const;
  void KeepUsedNames(std::int64_t position, PartyRecord* record) const;
  void IndexListing(const Listing& listing, std::int64_t order, bool add);
  void ShiftParties(std::int32_t removed);

  Snapshot next_;
  std::vector<std::shared_ptr<Party>> fresh_parties_;  // made here, not yet stamped with a version
  std::vector<std::shared_ptr<Listing>> fresh_listings_;
  std::set<std::string> changed_parties_;
  std::set<std::string> changed_listings_[2];
};

}  // namespace magpie
