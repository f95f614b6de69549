#include "snapshot_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "party_merge.h"

namespace magpie {
namespace {

constexpr std::size_t kHashDigits = 16;
constexpr std::size_t kMaxAliases = 100;

bool NamesParty(const PartyRecord& mention) {
  return !mention.id.empty() || !PartyKey(mention.name).empty();
}

// The keys under which a party is found by name, each once.
std::vector<std::string> NameKeys(const PartyRecord& record) {
  std::vector<std::string> keys = {PartyKey(record.name), PartyKey(record.id)};
  for (const std::string& alias : record.aliases) keys.push_back(PartyKey(alias));
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::erase(keys, "");
  return keys;
}

std::string ListingResourceId(const ListingRecord& record) {
  return ResourceId(record.id, record.side == Side::kNeed ? "n" : "o");
}

}  // namespace

SnapshotBuilder::SnapshotBuilder(std::vector<std::shared_ptr<const Party>> parties,
                                 std::vector<std::shared_ptr<const Listing>> needs,
                                 std::vector<std::shared_ptr<const Listing>> offerings) {
  for (std::shared_ptr<const Party>& party : parties) {
    const Party& row = *party;
    IndexParty(row, next_.parties_.Append(std::move(party)), true);
  }
  for (auto* listings : {&needs, &offerings}) {
    RowList<Listing>& list = rows(listings == &needs ? Side::kNeed : Side::kOffering);
    for (std::shared_ptr<const Listing>& listing : *listings) {
      const Listing& row = *listing;
      const std::int64_t order = list.Append(std::move(listing));
      KeyIndex& index = listings == &needs ? next_.need_ids_ : next_.offering_ids_;
      index.Add(row.record.id, order);
      index.Add(row.resource_id, order);
    }
  }
}

// --- Parties.

void SnapshotBuilder::IndexParty(const Party& party, std::int64_t order, bool add) {
  const auto change = [&](KeyIndex& index, std::string_view key) {
    add ? index.Add(key, order) : index.Remove(key, order);
  };
  change(next_.party_ids_, party.resource_id);
  if (!party.record.id.empty()) change(next_.party_ids_, party.record.id);
  for (const std::string& key : NameKeys(party.record)) change(next_.party_names_, key);
  if (!party.record.parent.empty()) change(next_.children_, PartyKey(party.record.parent));
}

std::int64_t SnapshotBuilder::AppendParty(PartyRecord record, std::string resource_id, std::int64_t version) {
  auto party = std::make_shared<Party>();
  party->record = std::move(record);
  party->resource_id = std::move(resource_id);
  party->version = version;
  IndexParty(*party, next_.parties_.Append(party), true);
  fresh_parties_.push_back(std::move(party));
  return static_cast<std::int64_t>(next_.parties_.size()) - 1;
}

void SnapshotBuilder::ReplaceParty(std::int64_t position, Party party) {
  const auto row = static_cast<std::size_t>(position);
  const std::int64_t order = next_.parties_.order(row);
  IndexParty(*next_.parties_[row], order, false);
  auto fresh = std::make_shared<Party>(std::move(party));
  IndexParty(*fresh, order, true);
  next_.parties_.Replace(row, fresh);
  if (changed_parties_.contains(fresh->resource_id)) fresh_parties_.push_back(std::move(fresh));
}

void SnapshotBuilder::StoreParty(std::int64_t position, PartyRecord record) {
  Party changed = party(position);
  std::vector<std::string> keys = NameKeys(changed.record);
  changed.record = std::move(record);
  changed_parties_.insert(changed.resource_id);
  const std::vector<std::string> new_keys = NameKeys(changed.record);
  keys.insert(keys.end(), new_keys.begin(), new_keys.end());
  keys.push_back(PartyKey(changed.resource_id));
  ReplaceParty(position, std::move(changed));
  RelinkAround(keys);
  Relink(position);
}

bool SnapshotBuilder::Descends(std::int64_t position, std::int64_t ancestor) const {
  for (; position >= 0; position = party(position).parent.value) {
    if (position == ancestor) return true;
  }
  return false;
}

void SnapshotBuilder::Relink(std::int64_t position) {
  const Party& child = party(position);
  const PartyIndex parent = child.record.parent.empty() ? PartyIndex() : next_.FindParty(child.record.parent);
  if (parent == child.parent) return;
  Party changed = child;
  if (parent.valid() && Descends(parent.value, position)) {
    // A party cannot stand above itself: the words are kept as a contradiction, the link is not made.
    AddPartyConflict("parent", changed.record.parent, changed.record.name, &changed.record);
    changed.record.parent.clear();
    changed.parent = {};
    changed_parties_.insert(changed.resource_id);
  } else {
    changed.parent = parent;
  }
  ReplaceParty(position, std::move(changed));
}

void SnapshotBuilder::RelinkAround(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    for (const std::int64_t order : next_.children_.Find(key)) {
      if (const std::int64_t position = next_.parties_.Find(order); position >= 0) Relink(position);
    }
  }
}

void SnapshotBuilder::LoadParty(PartyRecord record, std::string resource_id, std::int64_t version) {
  AppendParty(std::move(record), std::move(resource_id), version);
  fresh_parties_.clear();
}

void SnapshotBuilder::LinkParents() {
  for (std::size_t i = 0; i < next_.parties_.size(); ++i) Relink(static_cast<std::int64_t>(i));
}

std::string SnapshotBuilder::MakePartyId(const PartyRecord& record) const {
  std::string id =
      record.id.empty() ? "p-" + Sha256Hex(PartyKey(record.name)).substr(0, kHashDigits) : ResourceId(record.id, "p");
  for (int i = 2; FindById(id) >= 0; ++i) {
    id = "p-" + Sha256Hex(fmt::format("{}\n{}\n{}", record.id, PartyKey(record.name), i)).substr(0, kHashDigits);
  }
  return id;
}

std::int64_t SnapshotBuilder::FindMentioned(const PartyRecord& mention) const {
  const std::int64_t by_id = FindById(mention.id);
  if (by_id >= 0 || PartyKey(mention.name).empty()) return by_id;
  const std::int64_t by_name = FindByName(mention.name);
  if (by_name < 0 || mention.id.empty()) return by_name;
  // A new id: the party of that name takes it, unless it has another already or the id is somebody else's name.
  if (!party(by_name).record.id.empty()) return -1;
  const std::int64_t owner = FindByName(mention.id);
  return owner < 0 || owner == by_name ? by_name : -1;
}

bool SnapshotBuilder::AddAlias(std::string_view name, std::string_view source, std::int64_t self,
                               PartyRecord* record) const {
  const std::string key = PartyKey(name);
  const std::vector<std::string> keys = NameKeys(*record);
  if (key.empty() || std::binary_search(keys.begin(), keys.end(), key)) return false;
  const std::int64_t owner = FindByName(name);
  if ((owner >= 0 && owner != self) || record->aliases.size() >= kMaxAliases) {
    return AddPartyConflict("alias", name, source, record);
  }
  record->aliases.emplace_back(name);
  return true;
}

std::int64_t SnapshotBuilder::Mention(const PartyRecord& mention, std::string_view source) {
  if (!NamesParty(mention)) return -1;
  std::int64_t position = FindMentioned(mention);
  const bool is_new = position < 0;
  PartyRecord record;
  if (is_new) {
    record.id = mention.id;
    record.name = PartyKey(mention.name).empty() ? mention.id : mention.name;
    record.provenance = mention.provenance;
  } else {
    record = party(position).record;
  }
  bool changed = MergeParty(mention, source, &record);
  if (!is_new) changed |= AddAlias(mention.name, source, position, &record);
  for (const std::string& alias : mention.aliases) changed |= AddAlias(alias, source, position, &record);
  if (is_new) {
    std::string resource_id = MakePartyId(record);
    changed_parties_.insert(resource_id);
    position = AppendParty(record, std::move(resource_id), 0);
    RelinkAround(NameKeys(record));
    RelinkAround({PartyKey(party(position).resource_id)});
    Relink(position);
  } else if (changed) {
    StoreParty(position, std::move(record));
  }
  return position;
}

void SnapshotBuilder::KeepUsedNames(std::int64_t position, PartyRecord* record) const {
  const std::vector<std::string> keys = NameKeys(*record);
  const std::vector<std::string> old_keys = NameKeys(party(position).record);
  if (std::includes(keys.begin(), keys.end(), old_keys.begin(), old_keys.end())) return;
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    for (const auto& listing : next_.listings(side)) {
      const PartyRecord& mention = listing->record.party;
      if (listing->party.value == position && !mention.name.empty()) AddAlias(mention.name, "", position, record);
    }
  }
}

absl::StatusOr<PartyIndex> SnapshotBuilder::PutParty(PartyRecord record, PartyIndex target) {
  std::int64_t position = target.value;
  std::vector<std::string> names = {record.name};
  names.insert(names.end(), record.aliases.begin(), record.aliases.end());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::int64_t owner = FindByName(names[i]);
    const bool namesake = position < 0 && i == 0 && !record.id.empty();  // two bodies of one name, told apart by ids
    if (owner < 0 || owner == position || namesake) continue;
    return MakeError(Reason::kAlreadyExists, i == 0 ? "party.name" : fmt::format("party.aliases[{}]", i - 1),
                     fmt::format("'{}' is a name of the party {} ('{}'); change that party, or use another name",
                                 names[i], party(owner).resource_id, party(owner).record.name));
  }
  if (!record.parent.empty()) {
    const PartyIndex parent = next_.FindParty(record.parent);
    const std::vector<std::string> keys = NameKeys(record);
    const bool self = std::binary_search(keys.begin(), keys.end(), PartyKey(record.parent));
    if (self || (parent.valid() && position >= 0 && Descends(parent.value, position))) {
      return MakeError(Reason::kFieldInvalid, "party.parent",
                       fmt::format("'{}' is '{}' itself or stands below it; a party cannot be its own parent",
                                   record.parent, record.name));
    }
  }
  if (position >= 0) {
    if (record.id.empty() || record.id == party(position).resource_id) record.id = party(position).record.id;
    KeepUsedNames(position, &record);
    StoreParty(position, std::move(record));
    return PartyIndex(position);
  }
  std::string resource_id = MakePartyId(record);
  changed_parties_.insert(resource_id);
  std::vector<std::string> keys = NameKeys(record);
  keys.push_back(PartyKey(resource_id));
  position = AppendParty(std::move(record), std::move(resource_id), 0);
  RelinkAround(keys);
  Relink(position);
  return PartyIndex(position);
}

absl::Status SnapshotBuilder::RemoveParty(PartyIndex index) {
  const Party& removed = next_.party(index);
  const auto refuse = [&](std::string_view what) {
    return MakeError(Reason::kWrongState, "party",
                     fmt::format("'{}' is still named by {}; delete or change that first", removed.record.name, what));
  };
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    for (const auto& listing : next_.listings(side)) {
      if (listing->party == index) return refuse(fmt::format("the {} '{}'", WordName(side), listing->record.id));
    }
  }
  for (const auto& child : next_.parties_) {
    if (child->parent == index) return refuse(fmt::format("the party '{}' as its parent", child->record.name));
  }
  const auto position = static_cast<std::size_t>(index.value);
  changed_parties_.insert(removed.resource_id);
  std::vector<std::string> keys = NameKeys(removed.record);
  IndexParty(removed, next_.parties_.order(position), false);
  next_.parties_.Erase(position);
  ShiftParties(index.value);
  RelinkAround(keys);  // a namesake may take its place
  return absl::OkStatus();
}

// Every number above the removed one goes down by one: O(parties + listings), but deletions of parties are rare.
void SnapshotBuilder::ShiftParties(std::int32_t removed) {
  for (std::size_t i = 0; i < next_.parties_.size(); ++i) {
    if (next_.parties_[i]->parent.value <= removed) continue;
    auto shifted = std::make_shared<Party>(*next_.parties_[i]);
    --shifted->parent.value;
    next_.parties_.Replace(i, std::move(shifted));
  }
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    RowList<Listing>& list = rows(side);
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i]->party.value <= removed) continue;
      auto shifted = std::make_shared<Listing>(*list[i]);
      --shifted->party.value;
      list.Replace(i, std::move(shifted));
    }
  }
}

// --- Listings.

void SnapshotBuilder::IndexListing(const Listing& listing, std::int64_t order, bool add) {
  KeyIndex& index = ids(listing.record.side);
  for (const std::string& key : {listing.record.id, listing.resource_id}) {
    add ? index.Add(key, order) : index.Remove(key, order);
  }
}

void SnapshotBuilder::LoadListing(ListingRecord record, std::int64_t version) {
  auto listing = std::make_shared<Listing>();
  listing->party = PartyIndex(FindMentioned(record.party));
  listing->resource_id = ListingResourceId(record);
  listing->record = std::move(record);
  listing->version = version;
  const Listing& row = *listing;
  IndexListing(row, rows(row.record.side).Append(std::move(listing)), true);
}

std::int64_t SnapshotBuilder::PutListing(ListingRecord record) {
  const Side side = record.side;
  RowList<Listing>& list = rows(side);
  std::int64_t position = FindListing(side, record.id);
  if (position >= 0) record.id = list[static_cast<std::size_t>(position)]->record.id;
  auto listing = std::make_shared<Listing>();
  listing->party = PartyIndex(Mention(record.party, record.id));
  listing->resource_id = ListingResourceId(record);
  listing->record = std::move(record);
  changed_listings_[Slot(side)].insert(listing->record.id);
  if (position >= 0) {
    list.Replace(static_cast<std::size_t>(position), listing);  // the same ids: the index stays
  } else {
    position = static_cast<std::int64_t>(list.size());
    IndexListing(*listing, list.Append(listing), true);
  }
  fresh_listings_.push_back(std::move(listing));
  return position;
}

void SnapshotBuilder::RemoveListing(Side side, std::int64_t position) {
  RowList<Listing>& list = rows(side);
  const auto row = static_cast<std::size_t>(position);
  changed_listings_[Slot(side)].insert(list[row]->record.id);
  IndexListing(*list[row], list.order(row), false);
  list.Erase(row);
}

std::string SnapshotBuilder::MakeListingId(const ListingRecord& record) const {
  const std::string_view prefix = record.side == Side::kNeed ? "n-" : "o-";
  for (int i = 0;; ++i) {
    const std::string seed = fmt::format("{}\n{}\n{}\n{}\n{}", next_.version_, next_.listings(record.side).size(), i,
                                         record.party.name, record.title);
    std::string id = std::string(prefix) + Sha256Hex(seed).substr(0, kHashDigits);
    if (FindListing(record.side, id) < 0) return id;
  }
}

namespace {

template <typename FindPosition>
std::vector<SnapshotBuilder::Changed> InOrder(const std::set<std::string>& ids, const FindPosition& find) {
  std::vector<SnapshotBuilder::Changed> changed;
  changed.reserve(ids.size());
  for (const std::string& id : ids) changed.push_back({find(id), id});
  std::sort(changed.begin(), changed.end(), [](const SnapshotBuilder::Changed& a, const SnapshotBuilder::Changed& b) {
    return std::tuple(a.position < 0, a.position, a.id) < std::tuple(b.position < 0, b.position, b.id);
  });
  return changed;
}

}  // namespace

std::vector<SnapshotBuilder::Changed> SnapshotBuilder::ChangedParties() const {
  return InOrder(changed_parties_, [&](const std::string& id) { return FindById(id); });
}

std::vector<SnapshotBuilder::Changed> SnapshotBuilder::ChangedListings(Side side) const {
  return InOrder(changed_listings_[Slot(side)], [&](const std::string& id) { return FindListing(side, id); });
}

std::shared_ptr<const Snapshot> SnapshotBuilder::Build(std::int64_t version) && {
  for (const std::shared_ptr<Party>& party : fresh_parties_) party->version = version;
  for (const std::shared_ptr<Listing>& listing : fresh_listings_) listing->version = version;
  next_.version_ = version;
  return std::make_shared<const Snapshot>(std::move(next_));
}

}  // namespace magpie
