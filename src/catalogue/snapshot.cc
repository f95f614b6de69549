#include "magpie/catalogue/snapshot.h"

#include <fmt/format.h>

#include <utility>

#include "magpie/base/status.h"
#include "snapshot_builder.h"

namespace magpie {

Snapshot::Snapshot(std::vector<std::shared_ptr<const Party>> parties, std::vector<std::shared_ptr<const Listing>> needs,
                   std::vector<std::shared_ptr<const Listing>> offerings, std::int64_t version) {
  SnapshotBuilder builder(std::move(parties), std::move(needs), std::move(offerings));
  *this = builder.next();
  version_ = version;
}

std::int64_t Snapshot::FindListing(Side side, std::string_view id) const {
  const RowList<Listing>& rows = listings(side);
  const KeyIndex& ids = side == Side::kNeed ? need_ids_ : offering_ids_;
  std::int64_t by_resource_id = -1;
  for (const std::int64_t order : ids.Find(id)) {
    const std::int64_t position = rows.Find(order);
    if (position < 0) continue;
    const Listing& listing = *rows[static_cast<std::size_t>(position)];
    if (listing.record.id == id) return position;
    if (by_resource_id < 0 && listing.resource_id == id) by_resource_id = position;
  }
  return by_resource_id;
}

NeedIndex Snapshot::FindNeed(std::string_view id) const {
  return NeedIndex(FindListing(Side::kNeed, id));
}

OfferingIndex Snapshot::FindOffering(std::string_view id) const {
  return OfferingIndex(FindListing(Side::kOffering, id));
}

PartyIndex Snapshot::FindPartyById(std::string_view id) const {
  PartyIndex by_resource_id;
  for (const std::int64_t order : party_ids_.Find(id)) {
    const PartyIndex index(parties_.Find(order));
    if (!index.valid()) continue;
    if (party(index).record.id == id) return index;
    if (!by_resource_id.valid() && party(index).resource_id == id) by_resource_id = index;
  }
  return by_resource_id;
}

PartyIndex Snapshot::FindPartyByName(std::string_view name) const {
  const std::string key = PartyKey(name);
  if (key.empty()) return {};
  for (const std::int64_t order : party_names_.Find(key)) {
    const PartyIndex index(parties_.Find(order));
    if (!index.valid()) continue;
    const PartyRecord& record = party(index).record;
    if (PartyKey(record.name) == key || (!record.id.empty() && PartyKey(record.id) == key)) return index;
    for (const std::string& alias : record.aliases) {
      if (PartyKey(alias) == key) return index;
    }
  }
  return {};
}

PartyIndex Snapshot::FindParty(std::string_view id_or_name) const {
  const PartyIndex by_id = FindPartyById(id_or_name);
  return by_id.valid() ? by_id : FindPartyByName(id_or_name);
}

absl::StatusOr<std::shared_ptr<const Snapshot>> BuildSnapshot(std::vector<ListingRecord> needs,
                                                              std::vector<ListingRecord> offerings) {
  SnapshotBuilder builder(Snapshot({}, {}, {}, 0));
  for (std::vector<ListingRecord>* records : {&needs, &offerings}) {
    const Side side = records == &needs ? Side::kNeed : Side::kOffering;
    for (ListingRecord& record : *records) {
      record.side = side;
      if (record.id.empty()) record.id = builder.MakeListingId(record);
      if (builder.FindListing(side, record.id) >= 0) {
        return MakeError(Reason::kAlreadyExists, "id",
                         fmt::format("the id '{}' stands at two {}s; give each its own", record.id, WordName(side)));
      }
      builder.PutListing(std::move(record));
    }
  }
  return std::move(builder).Build(0);
}

}  // namespace magpie
