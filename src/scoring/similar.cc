// PoolScorer: listings that say nearly the same, by the runs of three characters that their texts share.
#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "scoring/listing_text.h"
#include "scoring/pool_scorer.h"

namespace magpie {
namespace {

constexpr int kLookedAt = 50;  // those that the index finds nearest
constexpr std::size_t kRun = 3;

// The distinct runs of three characters of a text without spaces and case, as numbers, ascending; of a shorter text itself.
std::vector<std::uint64_t> RunsOf(const ListingRecord& listing) {
  const std::string folded = ToNfkcFolded(JoinedText(listing));
  std::u32string text;
  for (std::size_t at = 0; at < folded.size();) {
    const char32_t c = NextCodePoint(folded, &at);
    if (!IsSpace(c)) text += c;
  }
  std::vector<std::uint64_t> runs;
  constexpr int kBits = 21;  // of a code point
  for (std::size_t i = 0; i == 0 || i + kRun <= text.size(); ++i) {
    std::uint64_t run = 0;
    for (const char32_t c : std::u32string_view(text).substr(i, kRun)) run = run << kBits | c;
    runs.push_back(run);
  }
  std::sort(runs.begin(), runs.end());
  runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
  return runs;
}

double Alike(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  std::vector<std::uint64_t> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return static_cast<double>(both.size()) / static_cast<double>(a.size() + b.size() - both.size());
}

}  // namespace

absl::StatusOr<std::vector<SimilarListing>> PoolScorer::Similar(const ListingRecord& listing, double least, int top,
                                                                const ListingFilter& filter) const {
  MAGPIE_ASSIGN_OR_RETURN(const MatchText text, pool_->ReadQuestion(listing));
  const FacetFilter admitted = FacetGroups(filter);
  const std::vector<std::int32_t> found = Positions(
      listing.side, listings(listing.side).index.Candidates({&text.terms, text.vector, &admitted}, kLookedAt));
  const std::vector<std::uint64_t> runs = RunsOf(listing);
  std::vector<SimilarListing> similar;
  for (const std::int32_t at : found) {
    const ListingRecord& other = snapshot_->listings(listing.side)[static_cast<std::size_t>(at)]->record;
    const double alike = filter.Keeps(other) ? Alike(runs, RunsOf(other)) : 0;
    if (alike >= least) similar.push_back({at, alike});
  }
  std::sort(similar.begin(), similar.end(), [](const SimilarListing& a, const SimilarListing& b) {
    return std::pair(-a.alike, a.index) < std::pair(-b.alike, b.index);
  });
  if (similar.size() > static_cast<std::size_t>(std::max(top, 0))) similar.resize(static_cast<std::size_t>(top));
  return similar;
}

}  // namespace magpie
