// The sample fair as a snapshot, and small snapshots made by hand.
#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "magpie/catalogue/snapshot.h"
#include "magpie/ingest/listing_json.h"
#include "magpie/scoring/scorer.h"

namespace magpie {

inline std::vector<ListingRecord> ReadListings(const std::string& file, Side side) {
  std::ifstream in(file);
  std::vector<ListingRecord> listings;
  for (std::string line; std::getline(in, line);) listings.push_back(ListingFromJson(line, side, nullptr).value());
  return listings;
}

inline const std::string& FairFolder() {
  static const std::string folder = std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/";
  return folder;
}

inline std::shared_ptr<const Snapshot> Fair() {
  static const std::shared_ptr<const Snapshot> snapshot =
      BuildSnapshot(ReadListings(FairFolder() + "needs.jsonl", Side::kNeed),
                    ReadListings(FairFolder() + "offerings.jsonl", Side::kOffering))
          .value();
  return snapshot;
}

inline const Models& TestModels() {
  static const Models models = LoadModels(std::string(MAGPIE_SOURCE_DIR) + "/models").value();
  return models;
}

inline ListingRecord MakeListing(Side side, std::string id, std::string title, std::string description = "") {
  ListingRecord record;
  record.side = side;
  record.id = std::move(id);
  record.title = std::move(title);
  record.description = std::move(description);
  return record;
}

inline std::shared_ptr<const Scorer> MakeScorer(std::vector<ListingRecord> needs, std::vector<ListingRecord> offerings,
                                                const ScorerOptions& options = {}) {
  return Scorer::Build(BuildSnapshot(std::move(needs), std::move(offerings)).value(), TestModels(), options,
                       RunContext())
      .value();
}

// Over the fair; built once.
inline std::shared_ptr<const Scorer> FairScorer() {
  static const std::shared_ptr<const Scorer> scorer =
      Scorer::Build(Fair(), TestModels(), ScorerOptions(), RunContext()).value();
  return scorer;
}

}  // namespace magpie
