// Who sees which part of a listing, as its record says.
//
// Disclosure sets the level of all three parts (public: all open; anonymous: party and contacts agreed; sealed: everything
// agreed); a part's own level goes before it. Contacts are never more open than the party they belong to, and a contact
// without consent is masked whatever the level.
// Threads  no state.
#pragma once

#include "magpie/ingest/record.h"

namespace magpie {

Level TextLevel(const ListingRecord& listing);
Level PartyLevel(const ListingRecord& listing);
Level ContactsLevel(const ListingRecord& listing);

// False where anything is kept from somebody.
bool IsAllOpen(const ListingRecord& listing);

// Draft, waiting, to be revised, refused and expired listings take no part in matching; one that nobody reviews does.
bool TakesPart(const ListingRecord& listing);

}  // namespace magpie
