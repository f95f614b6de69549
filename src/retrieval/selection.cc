#include "retrieval/selection.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace magpie {

Selection::Selection(const ExactRows& rows, std::int64_t query, std::int64_t top)
    : rows_(rows),
      query_(query),
      top_(static_cast<std::size_t>(top)),
      capacity_(static_cast<std::size_t>(Capacity(top))) {
  kept_.reserve(capacity_);
  lows_.reserve(top_ <= kFew ? top_ : 0);
}

void Selection::RaiseLeast(double low) {
  if (lows_.size() == top_) lows_.erase(lows_.begin());
  auto at = lows_.begin();
  while (at != lows_.end() && *at < low) ++at;
  lows_.insert(at, low);
  if (lows_.size() == top_) least_ = std::max(least_, lows_.front());
}

void Selection::ThinOut() {
  DropHopeless();
  // Where bounds are too wide, or scores too equal, to tell more than half of them apart, the exact scores have to.
  if (kept_.size() <= top_ + (capacity_ - top_) / 2) return;
  const std::vector<RankedDocument> best = RankExactly();
  least_ = exact_least_ = best.back().score;
  exact_last_ = best.back().document;
  kept_.clear();
  lows_.clear();
  for (const RankedDocument& one : best) kept_.push_back({one.score, one.score, one.document});
  if (top_ <= kFew) {
    for (auto one = best.rbegin(); one != best.rend(); ++one) lows_.push_back(one->score);
  }
}

void Selection::DropHopeless() {
  if (kept_.size() > top_ && top_ > kFew) {
    std::vector<double> lows(kept_.size());
    std::transform(kept_.begin(), kept_.end(), lows.begin(), [](const Candidate& candidate) { return candidate.low; });
    const auto last = lows.begin() + static_cast<std::ptrdiff_t>(top_ - 1);
    std::nth_element(lows.begin(), last, lows.end(), std::greater<>());
    least_ = std::max(least_, *last);
  }
  std::erase_if(kept_, [this](const Candidate& candidate) { return candidate.high < least_; });
}

std::vector<RankedDocument> Selection::RankExactly() const {
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
