#include "magpie/ingest/disclosure.h"

#include <algorithm>

namespace magpie {

Level TextLevel(const ListingRecord& listing) {
  return listing.text_level.value_or(listing.disclosure == Disclosure::kSealed ? Level::kAgreed : Level::kOpen);
}

Level PartyLevel(const ListingRecord& listing) {
  const bool all = listing.disclosure.value_or(Disclosure::kPublic) == Disclosure::kPublic;
  return listing.party_level.value_or(all ? Level::kOpen : Level::kAgreed);
}

Level ContactsLevel(const ListingRecord& listing) {
  return std::max(listing.contacts_level.value_or(Level::kOpen), PartyLevel(listing));
}

bool IsAllOpen(const ListingRecord& listing) {
  return TextLevel(listing) == Level::kOpen && ContactsLevel(listing) == Level::kOpen;
}

bool TakesPart(const ListingRecord& listing) {
  return listing.review.value_or(ReviewState::kPassed) == ReviewState::kPassed;
}

}  // namespace magpie
