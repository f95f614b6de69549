// What of the catalogue one caller gets to see, and the record of it.
//
// Insiders   administrators, organisers, everybody on an open server: see everything.
// Own side   a party member sees everything of the own party's listings.
// Others     see of a listing the parts whose level lets them (magpie/ingest/disclosure.h), and what was opened to their
//            party. A pair one of whose texts they do not see shows its grade and nothing else, and stands behind those of the
//            same grade whose texts they do. Listings that have not passed review are there for insiders, brokers and
//            their own side alone.
// Record     Record() writes down every part shown that is not open to everybody, unless to its own side. A method gives its
//            answer only once that has returned OK.
// Threads    one thread at a time.
#pragma once

#include <absl/status/status.h>

#include <memory>
#include <string>
#include <vector>

#include "magpie/catalogue/snapshot.h"
#include "magpie/scoring/score.h"
#include "magpie/v1/disclosure_service.pb.h"
#include "magpie/v1/match_service.pb.h"
#include "magpie/v1/resources.pb.h"
#include "service/caller.h"
#include "service/disclosure_book.h"
#include "service/workspace.h"

namespace magpie {

class Viewer {
 public:
  Viewer(const Caller& caller, Workspace& workspace, std::shared_ptr<const Snapshot> snapshot);

  const Snapshot& snapshot() const { return *snapshot_; }
  bool is_insider() const { return caller_.is_insider(); }
  // Whether there are texts that this caller may not see: then answers must not depend on them.
  bool faces_sealed_texts() const { return !is_insider() && veil_->sealed_texts; }

  // Whether the listing is there at all for this caller.
  bool Finds(const Listing& listing) const;
  bool Finds(PartyIndex party) const;
  bool FindsAllListings() const { return is_insider() || caller_.has_role(v1::ROLE_BROKER) || !veil_->unpassed; }
  bool FindsAllParties() const { return is_insider() || veil_->hidden_parties.empty(); }
  PartSet Sees(const Listing& listing) const;
  bool SeesText(const Listing& listing) const { return Sees(listing).Has(Part::kText); }
  bool SeesTexts(const ScoredPair& pair) const;
  bool Reads(const Listing& listing) const { return Finds(listing) && SeesText(listing); }

  // Without the parts that are not seen. Show() notes those that are not open to everybody.
  v1::Listing Present(const Listing& listing, v1::View view) const;
  v1::Listing Show(const Listing& listing, v1::View view);
  v1::Match Show(const ScoredPair& pair, int rank) const;
  // A match and a run as they were kept.
  void Veil(google::protobuf::RepeatedPtrField<v1::Match>* matches);
  void Veil(v1::OpenListing* open) const;
  void Veil(v1::MatchRun* run) const;
  // Notes that the caller was shown what the listing says.
  void NoteText(const Listing& listing);

  // Puts pairs with unseen texts behind the others of their grade, in the order of the catalogue.
  void OrderByWhatIsSeen(std::vector<ScoredPair>* pairs) const;

  absl::Status Record();

 private:
  bool IsOwn(const Listing& listing) const;
  std::string NameOf(const Listing& listing) const;
  const Listing* FindByName(const std::string& name) const;  // nullptr = not there any more
  void Note(const Listing& listing, PartSet shown);

  const Caller& caller_;
  Workspace& workspace_;
  const std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<const Workspace::Veil> veil_;  // null for insiders
  struct Seen {
    const Listing* listing;
    PartSet parts;
  };
  std::vector<Seen> seen_;
};

}  // namespace magpie
