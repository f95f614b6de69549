// What several listings say of one party, put together.
#pragma once

#include <string_view>

#include "magpie/ingest/record.h"

namespace magpie {

// Adds to `party` what `mention` knows besides. Of single values the first that is not empty stands, a region only
// gives way to one inside it; lists are united. A value that contradicts is kept in extra_json.conflicts as
// {"field", "value", "source"}, once for each value. Returns whether anything changed.
bool MergeParty(const PartyRecord& mention, std::string_view source, PartyRecord* party);

// Keeps a contradiction that the caller found, in the same place.
bool AddPartyConflict(std::string_view field, std::string_view value, std::string_view source, PartyRecord* party);

}  // namespace magpie
