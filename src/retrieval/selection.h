// The best documents of one query while a fast pass knows their scores only within bounds.
//
// Method   a document is kept while its upper bound is not below the `top`-th largest lower bound seen so far; more than
//          capacity() of them are brought down to `top` by their exact scores. So what Finish() ranks holds every document
//          that may be among the best, and the answer is the same whatever the bounds, their order and the block sizes.
// Cost     memory for capacity() documents; O(log top) for one that is kept.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "magpie/retrieval/exact_rows.h"
#include "magpie/retrieval/lexical_index.h"

namespace magpie {

class Selection {
 public:
  // top > 0. `rows` must outlive the selection; `query` is the number it knows the query by.
  Selection(const ExactRows& rows, std::int64_t query, std::int64_t top);

  static std::int64_t Capacity(std::int64_t top) { return 2 * top + 64; }
  static std::int64_t Bytes(std::int64_t top) {  // of one selection
    return Capacity(top) * static_cast<std::int64_t>(sizeof(Candidate)) + top * 8 + 128;
  }

  // A document whose score cannot reach this need not be offered.
  double least() const { return least_; }

  // Each document once; low <= score <= high.
  void Offer(std::int32_t document, double low, double high) {
    if (high < least_ || (high == exact_least_ && document > exact_last_)) return;
    Keep(document, low, high);
  }

  // The best documents in their order, at most `top`; the selection is spent.
  std::vector<RankedDocument> Finish();

 private:
  struct Candidate {
    double high;
    std::int32_t document;
  };

  void Keep(std::int32_t document, double low, double high);
  void DropHopeless();
  // Leaves the `top` best by exact score, in their order.
  std::vector<RankedDocument> RankExactly();

  const ExactRows& rows_;
  std::int64_t query_;
  std::size_t top_;
  double least_ = -std::numeric_limits<double>::infinity();
  // The worst of the exactly ranked, once there are `top` of them: a later one of the same score loses the tie.
  double exact_least_ = std::numeric_limits<double>::quiet_NaN();
  std::int32_t exact_last_ = 0;
  std::vector<double> lows_;  // the `top` largest lower bounds, a heap with the smallest first
  std::vector<Candidate> kept_;
};

// The order of every ranking: better first.
inline bool Better(const RankedDocument& a, const RankedDocument& b) {
  return a.score != b.score ? a.score > b.score : a.document < b.document;
}

// The largest float that is not above `value`.
float FloatBelow(double value);

}  // namespace magpie
