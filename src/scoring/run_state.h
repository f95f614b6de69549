// What a run over all listings of one side found out about each, so that the next run, over the same pool with a few listings
// changed, works out only what the changes touch (rank_all.cc).
//
// Rankings  a listing's candidates come from the first places of two rankings (ListingIndex). Kept are a few places more than
//           were needed: as long as enough of them are left, a new ranking is the old one without those that went, and with
//           those that came where their scores put them.
// Best      pairs keep their scores under one pool profile. Kept are the best of a listing's candidates, more than were
//           asked for, so that some may go before all have to be scored again.
// Complete  a list holds every entry better than its last one; a whole list holds every entry there is.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "magpie/base/date.h"
#include "magpie/catalogue/snapshot.h"
#include "magpie/retrieval/listing_index.h"
#include "magpie/scoring/scorer.h"
#include "scoring/listing_pool.h"

namespace magpie {

struct KnownRanking {
  std::vector<RankedListing> places;
  bool whole = false;
  std::uint32_t taken = 0;  // places that candidates were taken from
};

struct KnownPair {
  double score = 0;
  std::uint32_t number = 0;  // the partner's
  std::int32_t grade = 0;
  float components[kComponentCount] = {};
  friend bool operator<(const KnownPair& a, const KnownPair& b) {
    return a.score != b.score ? a.score > b.score : a.number < b.number;
  }
};

struct KnownPartners {
  KnownRanking by_words, by_vector;
  std::vector<KnownPair> best;  // best first, rejected ones left out
  bool best_whole = false;
  bool all = false;  // everything that is admitted was a candidate, for it was few; there are no rankings then
};

struct RunState {
  Side side = Side::kNeed;
  std::shared_ptr<const ListingPool> pool;
  std::shared_ptr<const Snapshot> snapshot;
  std::size_t limit = 0;         // candidates of a listing
  std::uint64_t score_hash = 0;  // of what a score depends on beside the pair, the pool and the date
  ConstraintSet must;
  Date today{};
  std::vector<KnownPartners> of;  // by place on the asking side
};

// The first places of a fresh ranking of at most `limit`.
KnownRanking FreshRanking(std::vector<RankedListing> places, std::size_t limit);

// The ranking without those that are gone and with the best of those that came: the first places of what a fresh one would
// be. `came` holds at most `came_limit` places.
KnownRanking MergedRanking(const KnownRanking& before, const absl::flat_hash_set<std::uint32_t>& gone,
                           std::vector<RankedListing> came, std::size_t came_limit, std::size_t limit);

// Takes `limit` candidates from both rankings, into `set` too, and remembers how far that went; false where they are not
// known far enough.
bool TakeCandidates(std::size_t limit, KnownPartners* partners, std::vector<std::uint32_t>* candidates, NumberSet* set);
// Those that were taken, into `set`.
void TakenCandidates(const KnownPartners& partners, NumberSet* set);

// Drops the places that the next run will hardly ask for.
void Trim(std::size_t limit, KnownRanking* ranking);

}  // namespace magpie
