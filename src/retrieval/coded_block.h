// One block of queries against coded segments: what SearchCoded gives to a thread.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "magpie/retrieval/aligned.h"
#include "magpie/retrieval/coded_search.h"
#include "retrieval/kernels.h"
#include "retrieval/selection.h"

namespace magpie {

// How the documents of a segment's rows are numbered where that is not first_document + row.
struct RowNumbers {
  std::span<const std::int32_t> of_rows;      // empty = as the view says; rows numbered below 0 are none
  std::span<const std::uint64_t> admitted{};  // bit i admits number i; empty = all
};

class CodedBlock {
 public:
  // queries[n * dimension], checked; `rows` knows the first of them by the number `first`.
  CodedBlock(std::span<const float> queries, std::int64_t first, int dimension, const ExactRows& rows,
             std::int64_t top);

  // Offers every admitted document of the segment that may still be among the best.
  void Search(const SegmentView& view) { SearchPanels(view, 0, Panels(view), {}); }

  // The same for panels [first, last).
  void SearchPanels(const SegmentView& view, std::int64_t first, std::int64_t last, const RowNumbers& numbers);

  static std::int64_t Panels(const SegmentView& view) { return (view.segment->count() + kPanelRows - 1) / kPanelRows; }

  // The best of each query in turn; returns the end of what was written.
  RankedDocument* Finish(RankedDocument* out);

 private:
  // |score - scale * s_d * D| <= length_factor * |row| + error_factor * |its coding error| for the product D of the codes and
  // the row's scale s_d. The error is almost the same multiple of s_d in every row, so the kernels are given D + lift: their
  // value s_d * (D + lift) is an upper bound but for the part with |row|.
  struct Query {
    double scale, inverse, length_factor, error_factor;
    std::int32_t offset;       // -kCodeZero * the sum of the codes
    std::int32_t lift = 0;     // of the segment that is being searched
    double segment_bound = 0;  // what its rows may gain beside the lift
  };

  // What the kernels need not report below; it rises when an offer says so.
  float Least(std::size_t query) const {
    const Query& q = queries_[query];
    const double least = selections_[query].least() - q.segment_bound;
    constexpr float kEverything = std::numeric_limits<float>::infinity();
    if (q.scale == 0) return least <= 0 ? -kEverything : kEverything;  // every value is 0
    const double value = least * q.inverse;
    return FloatBelow(value - std::abs(value) * 0x1.0p-21);  // the kernels round to float, twice
  }
  bool Offer(std::size_t query, const SegmentView& view, std::int64_t row, float value, const RowNumbers& numbers);
  void Scan(const SegmentView& view, std::int64_t first, std::int64_t last, const RowNumbers& numbers);
  // Raises the least scores of queries of which nothing is known yet, by the lower bounds of a sample of rows; it saves three
  // offers of four and costs less than they do.
  void Sample(const SegmentView& view, std::int64_t first, std::int64_t last);
  void Tiles(const SegmentView& view, std::int64_t first, std::int64_t last, const RowNumbers& numbers);

  const Kernels& kernels_ = ActiveKernels();
  std::int64_t quads_, panel_bytes_ = 0;
  std::int64_t top_;
  bool sampled_ = false;
  std::vector<Query> queries_;
  std::vector<Selection> selections_;
  std::vector<std::int32_t> offsets_;
  std::vector<float> least_;
  std::vector<TileHit> hits_;
  AlignedArray<std::int8_t> packed_;
};

}  // namespace magpie
