// What the two sides of pairs have agreed to show each other, in memory and in the store.
//
// Rows     disclosure/ID  "NEED_PARTY OFFERING_PARTY JSON": whose the listings were when they agreed, and the PairDisclosure.
//          An agreement opens nothing once a listing is somebody else's.
//          sight/SIDE.LISTING.REST  one Sight as JSON; REST makes newer ones sort first
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "magpie/base/vocabulary.h"
#include "magpie/catalogue/snapshot.h"
#include "magpie/store/store.h"
#include "magpie/v1/disclosure_service.pb.h"

namespace magpie {

inline constexpr std::string_view kDisclosureTable = "disclosure";
inline constexpr std::string_view kSightTable = "sight";

// A part of a listing; the order of v1::ListingPart.
enum class Part : std::uint8_t { kText, kParty, kContacts };
using PartSet = WordSet<Part>;
PartSet AllParts();

struct Agreement {
  v1::PairDisclosure disclosure;
  std::string need_party, offering_party;  // resource names; empty = of no party
};

class DisclosureBook {
 public:
  static absl::StatusOr<std::unique_ptr<DisclosureBook>> Load(const Store& store);

  // The parts of a listing (a resource name) of `owner` that are open to a party.
  PartSet OpenTo(const std::string& party, const std::string& listing, const std::string& owner) const;

  // By the id of a disclosure; nullptr = there is none.
  std::shared_ptr<const Agreement> Find(const std::string& id) const;
  void Put(const std::string& id, Agreement agreement);
  // Newest first.
  std::vector<std::shared_ptr<const Agreement>> All() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Agreement>> agreements_;  // by id
  std::unordered_multimap<std::string, std::string> ids_of_listing_;
};

// The id of the disclosure of a pair of resource names.
std::string DisclosureId(std::string_view need, std::string_view offering);
std::string AgreementRow(const Agreement& agreement);

// What the ids of a listing's rows in kSightTable begin with, and one of a given time behind it.
std::string SightPrefix(const Listing& listing);
std::string SightRowId(const Listing& listing, std::int64_t time_ns);

}  // namespace magpie
