// What a need's `must` constraints ask of an offering, as a filter of an index, so that candidates are chosen among those that
// can be partners at all.
//
// Wider    an offering that the constraints let pass is always admitted; some that they reject are, too (prices are known by
//          powers of two, the end of validity by the month, where an offering serves not at all): scoring rejects them.
// Unknown  an offering that does not say is admitted, as the constraints let it pass.
// Few      filters are coarse, so that the needs of a list share them: a batch asks for all needs of one filter at once.
#pragma once

#include <cstdint>
#include <vector>

#include "magpie/retrieval/listing_index.h"
#include "scoring/constraints.h"

namespace magpie {

// All facets of a listing, for filters of searches too. Ascending, each once.
std::vector<std::uint32_t> IndexFacets(const ListingFacts& listing);

// `must` are the need's own constraints and those of the run. Empty = every offering may pass.
FacetFilter MustFilter(const ListingFacts& need, ConstraintSet must, Date today);

}  // namespace magpie
