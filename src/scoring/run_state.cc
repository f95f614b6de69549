#include "scoring/run_state.h"

#include <algorithm>
#include <utility>

namespace magpie {

KnownRanking FreshRanking(std::vector<RankedListing> places, std::size_t limit) {
  KnownRanking ranking;
  ranking.whole = places.size() < limit;
  ranking.places = std::move(places);
  return ranking;
}

KnownRanking MergedRanking(const KnownRanking& before, const absl::flat_hash_set<std::uint32_t>& gone,
                           std::vector<RankedListing> came, std::size_t came_limit, std::size_t limit) {
  if (!before.whole && before.places.empty()) return before;
  // Nothing is known of what stands behind these.
  const RankedListing* ends[2] = {before.whole ? nullptr : &before.places.back(),
                                  came.size() < came_limit ? nullptr : &came.back()};
  const auto known = [&](const RankedListing& place) {
    return std::none_of(std::begin(ends), std::end(ends),
                        [&](const RankedListing* end) { return end != nullptr && *end < place; });
  };
  KnownRanking after;
  after.places.reserve(before.places.size() + came.size());
  auto next = came.begin();
  for (const RankedListing& place : before.places) {
    if (!known(place)) break;
    for (; next != came.end() && *next < place; ++next) after.places.push_back(*next);
    if (!gone.contains(place.number)) after.places.push_back(place);
  }
  for (; next != came.end() && known(*next); ++next) after.places.push_back(*next);
  after.whole = ends[0] == nullptr && ends[1] == nullptr;
  if (after.places.size() >= limit) {
    after.places.resize(limit);
    after.whole = false;
  }
  return after;
}

bool TakeCandidates(std::size_t limit, KnownPartners* partners, std::vector<std::uint32_t>* candidates,
                    NumberSet* set) {
  ListingRankings rankings{std::move(partners->by_words.places), std::move(partners->by_vector.places)};
  TakenInTurn taken = TakeInTurn(rankings, limit, set);
  partners->by_words.places = std::move(rankings.by_words);
  partners->by_vector.places = std::move(rankings.by_vector);
  *candidates = std::move(taken.numbers);
  // Where both come to their ends, no more than these may be left.
  const bool ended = candidates->size() < limit;
  const auto settle = [&](std::size_t asked, KnownRanking* ranking) {
    ranking->taken = static_cast<std::uint32_t>(std::min(asked, ranking->places.size()));
    return ranking->whole || ranking->places.size() >= (ended ? limit : std::min(asked, limit));
  };
  const bool words_known = settle(taken.of_words, &partners->by_words);
  return settle(taken.of_vector, &partners->by_vector) && words_known;
}

void TakenCandidates(const KnownPartners& partners, NumberSet* set) {
  set->Clear(partners.by_words.taken + partners.by_vector.taken);
  for (const KnownRanking* ranking : {&partners.by_words, &partners.by_vector}) {
    for (std::uint32_t i = 0; i < ranking->taken; ++i) set->Insert(ranking->places[i].number);
  }
}

void Trim(std::size_t limit, KnownRanking* ranking) {
  const std::size_t kept = ranking->taken + limit / 8 + 1;
  if (ranking->places.size() <= kept) return;
  ranking->places.resize(kept);
  if (ranking->places.capacity() > kept + kept / 8) ranking->places.shrink_to_fit();
  ranking->whole = false;
}

}  // namespace magpie
