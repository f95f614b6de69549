// Finds the listings of one side that are worth scoring for a listing of the other: half by words, half by vector.
//
// Index    an immutable value. Changed() gives the next one, which shares everything but what changed, so that a search that
//          runs keeps what it began with. Statistics of terms are those of Build() for good.
// Parts    segments of up to 65,536 listings, packed, and a tail of listings that came since, looked through one by one.
//          Compacted() turns a tail that has grown long, and segments that have lost many, into segments. Numbers ascend
//          through all segments.
// Answer   a listing stands `candidates` times in both rankings at most once; the room goes to the next of either. Where the
//          index holds no more listings than candidates were asked for, all come back. By number, ascending, not by rank:
//          scoring puts them in order. Both rankings are exact (lexical_search.h, coded_search.h) but where clusters are
//          read, ties by the lower number: an answer depends on the listings and the statistics alone, not on how the index
//          came about.
// Clusters Compacted() measures on an index of 65,536 listings and more with a vector whether a question costs less by reading
//          clusters (cluster_index.h) at a recall of 0.99, and keeps them if so: a second copy of the codes. They then rank
//          by vector for Candidates(), of up to 200 where a filter and deletions leave nine tenths or more; the tail is looked
//          at as ever. Everything that asks many questions stays exact.
// Filters  a listing has facets, numbers that stand for what it has; a filter names groups of facets and admits who has one of
//          each group. It is applied before ranking: the best among those admitted come back, wherever they would stand
//          among all. Questions that are asked together and have equal filters share their work.
// Cost     a search: 256 bytes of vector and some 3 bytes a posting of the question's terms are read; Changed(): some
//          microseconds, and 8 KiB for each segment that loses a listing. A listing takes dimension + 12 bytes of codes, 3
//          bytes a posting, 72 bytes of handles and 6 bytes a facet, beside what `owner` keeps.
// Errors   CANCELLED alone.
// Threads  a const ListingIndex may be used from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "magpie/base/number_set.h"
#include "magpie/base/progress.h"
#include "magpie/retrieval/cluster_index.h"
#include "magpie/retrieval/coded_segment.h"
#include "magpie/retrieval/lexical_segment.h"

namespace magpie {

// `owner` keeps what the others point to. An empty vector = nothing is known; all others are of one dimension, as
// FixedVectors holds them.
struct IndexedListing {
  std::int64_t number = 0;  // the caller's own, below 2^32
  const TermBag* terms = nullptr;
  std::span<const std::int16_t> vector;
  std::shared_ptr<const void> owner;
  std::vector<std::uint32_t> facets;  // ascending, each once
};

using FacetFilter = std::vector<std::vector<std::uint32_t>>;

// What is asked: words alone where the vector is empty or zero; everything where there is no filter.
struct ListingQuestion {
  const TermBag* terms = nullptr;
  std::span<const std::int16_t> vector;
  const FacetFilter* filter = nullptr;
};

// A place in a ranking. Scores are whole numbers above 0 that can be compared within rankings of one kind.
struct RankedListing {
  std::uint32_t number = 0;
  std::uint32_t score = 0;

  friend bool operator==(const RankedListing&, const RankedListing&) = default;
  // Best first, ties by the lower number.
  friend bool operator<(const RankedListing& a, const RankedListing& b) {
    return a.score != b.score ? a.score > b.score : a.number < b.number;
  }
};
struct ListingRankings {
  std::vector<RankedListing> by_words, by_vector;
};

// Those that stand first in either ranking, by turns, words first, each once, until there are `limit`.
struct TakenInTurn {
  std::vector<std::uint32_t> numbers;
  // How many places of each ranking were asked for; more than it has where it came to its end.
  std::size_t of_words = 0, of_vector = 0;
};
// `seen` is emptied and holds them in the end.
TakenInTurn TakeInTurn(const ListingRankings& rankings, std::size_t limit, NumberSet* seen);

class ListingIndex {
 public:
  // More than this many in the tail, and Compacted() is worth while.
  static constexpr std::size_t kLongTail = 2048;
  // Fewer listings with a vector are always read all: it takes 0.7 ms of a thread's time.
  static constexpr std::int32_t kFewestClustered = 65'536;

  ListingIndex() = default;
  // Numbers ascending. CANCELLED.
  static absl::StatusOr<ListingIndex> Build(std::vector<IndexedListing> listings, const RunContext& context);

  // Without those of the numbers `gone` (others are ignored), and with new ones; who replaces a listing gives its number in
  // both.
  ListingIndex Changed(std::span<const std::int64_t> gone, std::vector<IndexedListing> added) const;

  bool wants_compacting() const;
  absl::StatusOr<ListingIndex> Compacted(const RunContext& context) const;

  std::int64_t size() const { return size_; }
  bool reads_clusters() const { return clusters_ != nullptr; }  // for a question alone
  std::int64_t tail_size() const { return static_cast<std::int64_t>(tail_.size()); }
  // Of codes, postings, handles and facets: what a search reads, without the listings themselves.
  std::int64_t bytes() const;

  // One question. Where clusters are cheaper, the ranking by vector comes from them (search_report).
  std::vector<std::int64_t> Candidates(const ListingQuestion& question, int candidates) const;
  // For many questions at once, which is several times cheaper each. CANCELLED.
  absl::StatusOr<std::vector<std::vector<std::int64_t>>> CandidatesOfAll(std::span<const ListingQuestion> questions,
                                                                         int candidates,
                                                                         const RunContext& context) const;

  // How one question is answered and why, as one line with the figures.
  std::string search_report() const;

  // What candidates are taken from: all of them where no more than `candidates` are admitted, ascending; else null, and
  // the first `limit` places of both rankings decide. CANCELLED.
  std::optional<std::vector<std::int64_t>> AllIfFew(int candidates, const FacetFilter* filter) const;
  absl::StatusOr<std::vector<ListingRankings>> RankingsOfAll(std::span<const ListingQuestion> questions, int limit,
                                                             const RunContext& context) const;

  // An index of other listings under the statistics of this one, numbers ascending: their scores are those that they would
  // have here. CANCELLED.
  absl::StatusOr<ListingIndex> Beside(std::vector<IndexedListing> listings, const RunContext& context) const;

 private:
  struct Segment {
    LexicalSegment words;
    std::shared_ptr<const CodedSegment> vectors;  // null where no listing has one
    std::vector<IndexedListing> listings;
    // Rows by facet: those of facets[i] are facet_rows[facet_first[i], facet_first[i + 1]).
    std::vector<std::uint32_t> facets, facet_first;
    std::vector<std::uint16_t> facet_rows;

    std::span<const std::uint16_t> RowsWith(std::uint32_t facet) const;
  };
  using Bitmap = std::vector<std::uint64_t>;
  struct Part {
    std::shared_ptr<const Segment> segment;
    std::shared_ptr<const Bitmap> alive;  // null = all
    std::int64_t count = 0;               // of those alive
    std::int32_t first = 0;               // the place of its first listing among all
  };
  class Exact;
  using Clusters = std::shared_ptr<const ClusterIndex>;

  absl::Status AddSegment(std::vector<IndexedListing> listings);
  absl::Status AddSegments(std::vector<IndexedListing> listings, const RunContext& context);
  const IndexedListing& At(std::int32_t place) const;
  std::uint32_t NumberAt(std::int32_t place) const { return static_cast<std::uint32_t>(At(place).number); }
  // Those of the part that may be found; empty = all.
  static Bitmap AdmittedOf(const Part& part, const FacetFilter& filter);
  std::vector<Bitmap> AdmittedOfParts(const FacetFilter& filter) const;
  // The rankings of questions[asked] among the segments' listings that one filter admits, into rankings[asked].
  absl::Status Rank(std::span<const ListingQuestion> questions, std::span<const std::size_t> asked,
                    const FacetFilter& filter, int limit, const ClusterIndex* clusters,
                    std::span<ListingRankings> rankings, const RunContext& context) const;
  // By the clusters, where there are such and they answer; null = exactly.
  absl::StatusOr<std::vector<std::vector<std::int64_t>>> CandidatesBy(std::span<const ListingQuestion> questions,
                                                                      int candidates, const ClusterIndex* clusters,
                                                                      const RunContext& context) const;
  absl::StatusOr<std::vector<ListingRankings>> RankingsBy(std::span<const ListingQuestion> questions, int limit,
                                                          const ClusterIndex* clusters,
                                                          const RunContext& context) const;
  bool wants_clusters() const { return !measured_ && tail_first_ >= kFewestClustered; }
  // Measures whether clusters of the segments' listings are cheaper to read than all codes, and keeps them if so.
  absl::Status FindClusters(const RunContext& context);
  // Whether so many of the best may be taken from the clusters when these listings may be found (by part, empty = all).
  bool ClustersAnswer(int limit, std::span<const Bitmap> admitted) const;
  // One bit a place of the segments; empty = all of them.
  Bitmap Joined(std::span<const Bitmap> admitted) const;
  // Puts the tail into rankings of the segments.
  void RankTail(std::span<const ListingQuestion> questions, std::span<const std::size_t> asked,
                const FacetFilter& filter, std::size_t limit, std::span<ListingRankings> rankings) const;

  std::shared_ptr<const LexicalStatistics> statistics_ = std::make_shared<const LexicalStatistics>();
  int dimension_ = 0;
  std::int64_t size_ = 0;
  std::int32_t tail_first_ = 0;
  std::vector<Part> parts_;
  std::vector<IndexedListing> tail_;  // the deleted ones are taken out
  Clusters clusters_;                 // of the parts; null = all codes are read
  ClusterChoice choice_;
  bool measured_ = false;  // whether choice_ says anything
};

}  // namespace magpie
