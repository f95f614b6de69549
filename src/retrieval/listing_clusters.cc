// What a ListingIndex does with clusters (cluster_index.h): one question asks them where they are cheaper than all codes.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "magpie/base/status.h"
#include "magpie/retrieval/cluster_index.h"
#include "magpie/retrieval/listing_index.h"

namespace magpie {
namespace {

// Recall is measured for as many of the best as a question asks for, and a tenth more: so many are left when a filter, or
// deletions, take a tenth.
constexpr int kMostAsked = 200, kMeasured = 220;
constexpr double kAdmitted = 0.9;

}  // namespace

absl::Status ListingIndex::FindClusters(const RunContext& context) {
  measured_ = true;
  if (tail_first_ < kFewestClustered || dimension_ == 0) return absl::OkStatus();
  std::vector<std::int32_t> places;
  std::vector<float> rows;
  for (const Part& part : parts_) {
    for (std::size_t row = 0; row < part.segment->listings.size(); ++row) {
      const std::span<const std::int16_t> vector = part.segment->listings[row].vector;
      if (part.alive != nullptr && ((*part.alive)[row / 64] >> (row % 64) & 1) == 0) continue;
      if (std::all_of(vector.begin(), vector.end(), [](std::int16_t component) { return component == 0; })) continue;
      places.push_back(part.first + static_cast<std::int32_t>(row));
      for (std::int16_t component : vector) rows.push_back(component * (1.0f / (1 << FixedVectors::kBits)));
    }
  }
  if (std::ssize(places) < kFewestClustered) return absl::OkStatus();
  ClusterOptions options;
  options.top = kMeasured;
  MAGPIE_ASSIGN_OR_RETURN(ClusterIndex clusters, ClusterIndex::Build(rows, dimension_, options, context));
  choice_ = clusters.choice();
  if (!choice_.approximate) return absl::OkStatus();
  clusters.Renumber(places);
  clusters_ = std::make_shared<const ClusterIndex>(std::move(clusters));
  return absl::OkStatus();
}

bool ListingIndex::ClustersAnswer(int limit, std::span<const Bitmap> admitted) const {
  if (limit > kMostAsked) return false;
  std::int64_t count = 0;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    if (admitted[p].empty()) count += parts_[p].count;
    for (std::uint64_t word : admitted[p]) count += std::popcount(word);
  }
  return static_cast<double>(count) >= kAdmitted * static_cast<double>(choice_.rows);
}

ListingIndex::Bitmap ListingIndex::Joined(std::span<const Bitmap> admitted) const {
  Bitmap joined;
  if (std::all_of(admitted.begin(), admitted.end(), [](const Bitmap& bitmap) { return bitmap.empty(); })) return joined;
  joined.resize((static_cast<std::size_t>(tail_first_) + 63) / 64 + 1);
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const auto first = static_cast<std::size_t>(parts_[p].first);
    const std::size_t rows = parts_[p].segment->listings.size();
    for (std::size_t row = 0; row < rows; row += 64) {
      std::uint64_t word = admitted[p].empty() ? ~std::uint64_t{0} : admitted[p][row / 64];
      if (rows - row < 64) word &= (std::uint64_t{1} << (rows - row)) - 1;
      const std::size_t at = (first + row) / 64, shift = (first + row) % 64;
      joined[at] |= word << shift;
      if (shift > 0) joined[at + 1] |= word >> (64 - shift);
    }
  }
  return joined;
}

std::string ListingIndex::search_report() const {
  if (choice_.clusters > 1) return choice_.Text();
  return fmt::format("every one of {} listings is read: {}", size_,
                     wants_clusters() ? "clusters have not been measured yet"
                                      : fmt::format("clusters begin at {} with a vector", kFewestClustered));
}

}  // namespace magpie
