// Lists of needs and offerings of any size, made from models/ alone, for benches, soak tests and demonstrations.
//
// Each listing depends only on models, seed, side and its place: the first 1,000 of a list of 100,000 are the list of
// 1,000, and several threads may make them in any order.
// Rounds   from one round to the next a share of the places changes: of these half keep their listing with another text,
//          two fifths hold another listing with another id, and a tenth hold none any more.
// Cost     about 15 µs a listing, after the second of two cores that Material::Load takes.
// Threads  a const Generator may be used from several threads at once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "generate/material.h"
#include "generate/parties.h"
#include "generate/sampling.h"
#include "generate/teller.h"
#include "magpie/ingest/record.h"

namespace magpie::generate {

inline constexpr int kMillion = 1'000'000;

struct GeneratorOptions {
  std::uint64_t seed = 1;
  int changed_per_million = 0;  // of the places, from one round to the next
  int round = 0;                // how many rounds have passed
};

class Generator {
 public:
  Generator(std::shared_ptr<const Material> material, const GeneratorOptions& options);

  // The listing at that place, from 0; none where a round removed it.
  std::optional<ListingRecord> Listing(Side side, std::int64_t place) const;

  // What the listing of the first round at that place is about; for statistics.
  Subject SubjectAt(Side side, std::int64_t place) const {
    return MakeSubject(side, static_cast<std::uint64_t>(place));
  }
  bool IsPostedAgain(Side side, std::int64_t place) const;

 private:
  // What kind of party lists what in which language; drawn before everything else, and cheaply.
  struct Class {
    Language language = Language::kZh;
    PartyKind kind = PartyKind::kFirm;
    ResourceKind resource = ResourceKind::kTechnology;
  };

  Random RandomOf(Purpose purpose, Side side, std::uint64_t number) const {
    return RandomFor(options_.seed, purpose, static_cast<std::uint64_t>(side), number);
  }
  Class ClassOf(Side side, std::uint64_t number) const;
  Subject MakeSubject(Side side, std::uint64_t number) const;
  std::uint64_t PartyNumber(Side side, std::uint64_t number) const;
  std::optional<std::uint64_t> EarlierPosting(Side side, std::uint64_t number) const;
  ListingRecord Make(Side side, std::uint64_t number) const;
  void AddFields(const Class& of, std::uint64_t number, const Subject& subject, ListingRecord* listing) const;
  void Edit(const Subject& subject, Random* random, ListingRecord* listing) const;

  std::shared_ptr<const Material> material_;
  Parties parties_;
  GeneratorOptions options_;
  std::array<std::vector<std::uint32_t>, 6> topics_;  // of a resource, the most popular first
  std::array<Zipf, 6> topic_ranks_;
  std::vector<std::uint32_t> loose_;  // the most popular first
  Zipf loose_ranks_;
};

}  // namespace magpie::generate
