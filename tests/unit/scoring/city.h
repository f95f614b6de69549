// A city's lists of short random texts, and how they change.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catalogue/snapshot_builder.h"
#include "magpie/base/random.h"
#include "unit/scoring/fair.h"

namespace magpie {

inline std::string RandomTitle(Random& random) {
  static const std::vector<std::string> words = {"激光", "焊接", "水泵",   "清洗",   "阻垢剂", "轴承", "涂层", "检测",
                                                 "膜",   "废水", "催化剂", "换热器", "机床",   "刀具", "电池", "纤维"};
  std::string title;
  for (std::uint64_t w = 3 + random.Below(3); w > 0; --w) title += words[random.Below(words.size())];
  return title;
}

inline ListingRecord RandomListing(Random& random, Side side, const std::string& id) {
  ListingRecord listing = MakeListing(side, id, RandomTitle(random));
  if (random.Below(3) == 0) listing.trl = 1 + static_cast<int>(random.Below(9));
  if (random.Below(4) == 0) listing.valid_until = Date(std::chrono::days(20'000 + random.Below(20)));
  listing.party.name = "单位" + std::to_string(random.Below(400));
  if (random.Below(10) == 0) listing.must.Add(Constraint::kTrl);
  return listing;
}

// With 10,500 listings in all, enough to be followed (Scorer::Build).
inline std::shared_ptr<const Snapshot> City(int need_count) {
  Random random(21);
  std::vector<ListingRecord> needs, offerings;
  for (int i = 0; i < need_count; ++i) needs.push_back(RandomListing(random, Side::kNeed, "n" + std::to_string(i)));
  for (int i = 0; i < 10'500 - need_count; ++i) {
    offerings.push_back(RandomListing(random, Side::kOffering, "o" + std::to_string(i)));
  }
  return BuildSnapshot(std::move(needs), std::move(offerings)).value();
}

// One in a hundred of each side goes, is replaced, says something else beside its text, or is new.
inline std::shared_ptr<const Snapshot> Later(const Snapshot& before, Random& random) {
  SnapshotBuilder builder(before);
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    const std::size_t count = before.listings(side).size();
    std::set<std::size_t> places;
    while (places.size() < count / 100) places.insert(random.Below(count));
    for (const std::size_t place : places) {
      ListingRecord listing = before.listings(side)[place]->record;
      switch (random.Below(4)) {
        case 0:
          builder.RemoveListing(side, builder.FindListing(side, listing.id));
          break;
        case 1:
          builder.PutListing(RandomListing(random, side, listing.id));
          break;
        case 2:
          listing.trl = 1 + static_cast<int>(random.Below(9));
          builder.PutListing(listing);
          break;
        default:
          builder.PutListing(
              RandomListing(random, side, "new" + std::to_string(before.version()) + "-" + std::to_string(place)));
      }
    }
  }
  return std::move(builder).Build(before.version() + 1);
}

}  // namespace magpie
