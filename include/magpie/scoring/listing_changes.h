// Which listings score otherwise than before: between two snapshots of one catalogue, or two days.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstdint>

#include "magpie/base/date.h"
#include "magpie/catalogue/snapshot.h"

namespace magpie {

// Parties of `now`, by index, that were there before and say something else that scoring asks for.
absl::flat_hash_set<std::int32_t> ChangedParties(const Snapshot& before, const Snapshot& now);

// Order numbers of the listings that came, went or were replaced, whose party is another or says something else, and whose
// validity ends between the two days. Snapshots that are not of one catalogue differ in everything.
absl::flat_hash_set<std::uint32_t> ChangedListings(Side side, const Snapshot& before, Date then, const Snapshot& now,
                                                   Date today);

}  // namespace magpie
