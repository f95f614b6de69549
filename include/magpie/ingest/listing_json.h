// Listings and parties as JSON: one object a line, the fields of docs/formats.md. Writing then reading gives the same
// record; the store keeps its rows in this form.
// Errors  kFieldInvalid with the field's path ("party.kind") and the value, kFieldMissing for an empty title,
//         kBadFile for text that is not one JSON object.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "magpie/ingest/record.h"

namespace magpie {

// `side` is what the caller says the list holds; a "side" member that says otherwise is an error.
// `warnings` (may be null) receives one sentence for each member that was kept but not understood.
absl::StatusOr<ListingRecord> ListingFromJson(std::string_view json, Side side, std::vector<std::string>* warnings);
absl::StatusOr<PartyRecord> PartyFromJson(std::string_view json, std::vector<std::string>* warnings);

// One line without line break; members that are missing in the record are left out. With `provenance`, file, sheet and
// row are written too (the store needs them; exports do not).
std::string ListingToJson(const ListingRecord& listing, bool provenance);
std::string PartyToJson(const PartyRecord& party, bool provenance);

}  // namespace magpie
