// The best documents of one query while a fast pass knows their scores only within bounds.
//
// Method   offers are kept until there are Capacity() of them; then those go whose upper bound lies below the `top`-th largest
//          lower bound, and where that leaves too many, all but the `top` best by exact score. So what Finish() ranks holds
//          every document that may be among the best, and the answer is the same whatever the bounds, their order and the
//          sizes of blocks.
// Cost     constant time for an offer, on average, or up to `top` steps where top is small; memory for Capacity() of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "magpie/retrieval/exact_rows.h"
#include "magpie/retrieval/lexical_index.h"

namespace magpie {

class Selection {
 public:
  // How far apart the bounds of an offer are, by which many more than `top` documents stay among the hopeful.
  enum class Bounds : std::uint8_t { kSharp, kWide };

  // top > 0. `rows` must outlive the selection; `query` is the number it knows the query by.
  Selection(const ExactRows& rows, std::int64_t query, std::int64_t top, Bounds bounds);

  static std::int64_t Capacity(std::int64_t top, Bounds bounds) { return (bounds == Bounds::kWide ? 8 : 3) * top + 64; }
  static std::int64_t Bytes(std::int64_t top,
                            Bounds bounds) {  // of one selection, and what it needs to thin itself out
    return Capacity(top, bounds) * static_cast<std::int64_t>(sizeof(Candidate)) + 128;
  }

  // A document whose score cannot reach this need not be offered.
  double least() const { return least_; }

  // `top` documents that are offered now or later are known to have scores of at least `low`.
  void RaiseTo(double low) { least_ = std::max(least_, low); }

  // Each document once; low <= score <= high.
  // Returns whether least() has risen.
  bool Offer(std::int32_t document, double low, double high) {
    if (high < least_ || (document > exact_last_ && high == exact_least_)) return false;
    const double before = least_;
    kept_.push_back({low, high, document});
    if (top_ <= kFew && low > least_) RaiseLeast(low);
    if (kept_.size() == capacity_) ThinOut();
    return least_ > before;
  }

  // The best documents in their order, at most `top`; the selection is spent.
  std::vector<RankedDocument> Finish();

 private:
  struct Candidate {
    double low, high;
    std::int32_t document;
  };

  // Up to so many are ranked by their lower bounds as they come, which keeps least() sharp; more are worth it only when the
  // capacity is reached.
  static constexpr std::size_t kFew = 32;

  static constexpr std::size_t kExactAtOnce = 4;  // what ExactRows scores side by side

  void RaiseLeast(double low);
  void ThinOut();
  void DropHopeless();
  // The `top` best of those kept by exact score, in their order.
  std::vector<RankedDocument> RankExactly();

  const ExactRows& rows_;
  std::int64_t query_;
  std::size_t top_, capacity_;
  double least_ = -std::numeric_limits<double>::infinity();
  // The worst of the exactly ranked, once there are `top` of them: a later one of the same score loses the tie.
  double exact_least_ = 0;
  std::int32_t exact_last_ = std::numeric_limits<std::int32_t>::max();
  std::vector<double> lows_;  // the largest lower bounds, the smallest of them first; for few only
  std::vector<Candidate> kept_;
};

// The order of every ranking: better first.
inline bool Better(const RankedDocument& a, const RankedDocument& b) {
  return a.score != b.score ? a.score > b.score : a.document < b.document;
}

// A float that is not above `value`, and hardly below it.
inline float FloatBelow(double value) {
  return static_cast<float>(value - std::abs(value) * 0x1.0p-23 - 1e-40);
}

}  // namespace magpie
