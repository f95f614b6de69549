#include "magpie/scoring/listing_changes.h"

#include <algorithm>

namespace magpie {
namespace {

// What scoring asks of a party: its names, its kind, its places.
bool ScoresTheSame(const PartyRecord& a, const PartyRecord& b) {
  return a.id == b.id && a.name == b.name && a.aliases == b.aliases && a.parent == b.parent && a.kind == b.kind &&
         a.region == b.region && a.sites == b.sites;
}

}  // namespace

absl::flat_hash_set<std::int32_t> ChangedParties(const Snapshot& before, const Snapshot& now) {
  absl::flat_hash_set<std::int32_t> parties;
  RowList<Party>::ForEachChange(
      before.parties(), now.parties(), [&](std::int64_t order, const auto& old_row, const auto& new_row) {
        // A new one has new listings alone.
        if (old_row == nullptr || new_row == nullptr || ScoresTheSame(old_row->record, new_row->record)) return;
        parties.insert(static_cast<std::int32_t>(now.parties().Find(order)));
      });
  return parties;
}

absl::flat_hash_set<std::uint32_t> ChangedListings(Side side, const Snapshot& before, Date then, const Snapshot& now,
                                                   Date today) {
  absl::flat_hash_set<std::uint32_t> numbers;
  RowList<Listing>::ForEachChange(before.listings(side), now.listings(side),
                                  [&](std::int64_t order, const auto& /*old_row*/, const auto& /*new_row*/) {
                                    numbers.insert(static_cast<std::uint32_t>(order));
                                  });
  const absl::flat_hash_set<std::int32_t> parties = ChangedParties(before, now);
  if (parties.empty() && then == today) return numbers;
  const auto [first, second] = std::minmax(then, today);
  std::size_t place = 0;
  for (const auto& listing : now.listings(side)) {
    const std::optional<Date>& until = listing->record.valid_until;
    if ((until && *until >= first && *until < second) || parties.contains(listing->party.value)) {
      numbers.insert(static_cast<std::uint32_t>(now.listings(side).order(place)));
    }
    ++place;
  }
  return numbers;
}

}  // namespace magpie
