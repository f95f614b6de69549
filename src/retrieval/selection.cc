#include "retrieval/selection.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace magpie {

Selection::Selection(const ExactRows& rows, std::int64_t query, std::int64_t top)
    : rows_(rows), query_(query), top_(static_cast<std::size_t>(top)) {
  lows_.reserve(top_);
  kept_.reserve(static_cast<std::size_t>(Capacity(top)));
}

void Selection::Keep(std::int32_t document, double low, double high) {
  if (lows_.size() < top_) {
    lows_.push_back(low);
    if (lows_.size() == top_) std::make_heap(lows_.begin(), lows_.end(), std::greater<>());
  } else if (low > lows_.front()) {
    std::size_t hole = 0;  // one way down instead of std::pop_heap and std::push_heap
    for (std::size_t child = 1; child < top_; child = 2 * hole + 1) {
      if (child + 1 < top_ && lows_[child + 1] < lows_[child]) ++child;
      if (lows_[child] >= low) break;
      lows_[hole] = lows_[child];
      hole = child;
    }
    lows_[hole] = low;
  }
  if (lows_.size() == top_) least_ = std::max(least_, lows_.front());
  kept_.push_back({high, document});
  if (kept_.size() < static_cast<std::size_t>(Capacity(static_cast<std::int64_t>(top_)))) return;
  DropHopeless();
  // Where bounds are too wide, or scores too equal, to tell more than half of them apart, the exact scores have to.
  if (kept_.size() <= top_ + (kept_.capacity() - top_) / 2) return;
  const std::vector<RankedDocument> best = RankExactly();
  exact_least_ = least_ = best.back().score;
  exact_last_ = best.back().document;
  kept_.clear();
  lows_.clear();
  for (const RankedDocument& one : best) {
    kept_.push_back({one.score, one.document});
    lows_.push_back(one.score);
  }
  std::make_heap(lows_.begin(), lows_.end(), std::greater<>());
}

void Selection::DropHopeless() {
  std::erase_if(kept_, [this](const Candidate& candidate) { return candidate.high < least_; });
}

std::vector<RankedDocument> Selection::RankExactly() {
  std::vector<std::int32_t> documents(kept_.size());
  std::vector<double> scores(kept_.size());
  std::transform(kept_.begin(), kept_.end(), documents.begin(), [](const Candidate& kept) { return kept.document; });
  rows_.Score(query_, documents, scores);
  std::vector<RankedDocument> ranked(kept_.size());
  for (std::size_t i = 0; i < ranked.size(); ++i) ranked[i] = {documents[i], scores[i]};
  const auto end = ranked.begin() + static_cast<std::ptrdiff_t>(std::min(top_, ranked.size()));
  std::partial_sort(ranked.begin(), end, ranked.end(), Better);
  ranked.erase(end, ranked.end());
  return ranked;
}

std::vector<RankedDocument> Selection::Finish() {
  DropHopeless();
  return RankExactly();
}

float FloatBelow(double value) {
  const auto rounded = static_cast<float>(value);
  return rounded > value ? std::nextafter(rounded, -std::numeric_limits<float>::infinity()) : rounded;
}

}  // namespace magpie
