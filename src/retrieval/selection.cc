#include "retrieval/selection.h"

#include <algorithm>
#include <functional>

namespace magpie {

Selection::Selection(const ExactRows& rows, std::int64_t query, std::int64_t top, Bounds bounds)
    : rows_(rows),
      query_(query),
      top_(static_cast<std::size_t>(top)),
      capacity_(static_cast<std::size_t>(Capacity(top, bounds))) {
  kept_.reserve(capacity_);
  lows_.reserve(top_ <= kFew ? top_ : 0);
}

void Selection::RaiseLeast(double low) {
  if (lows_.size() < top_) {
    lows_.insert(std::lower_bound(lows_.begin(), lows_.end(), low), low);
  } else {
    std::size_t at = 0;  // the smallest makes room
    for (; at + 1 < top_ && lows_[at + 1] < low; ++at) lows_[at] = lows_[at + 1];
    lows_[at] = low;
  }
  if (lows_.size() == top_) least_ = std::max(least_, lows_.front());
}

void Selection::ThinOut() {
  DropHopeless();
  // Where bounds are too wide, or scores too equal, to tell more than half of them apart, the exact scores have to.
  if (kept_.size() <= top_ + (capacity_ - top_) / 2) return;
  const std::vector<RankedDocument> best = RankExactly();
  exact_least_ = best.back().score;
  least_ = std::max(least_, exact_least_);
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

std::vector<RankedDocument> Selection::RankExactly() {
  constexpr auto kBetter = [](const RankedDocument& a, const RankedDocument& b) { return Better(a, b); };  // inlined
  // From the highest upper bound down, until no bound reaches the `top`-th best score.
  std::sort(kept_.begin(), kept_.end(), [](const Candidate& a, const Candidate& b) { return a.high > b.high; });
  std::vector<RankedDocument> ranked;
  std::vector<std::int32_t> documents;
  std::vector<double> scores;
  std::size_t step = (top_ + kExactAtOnce - 1) / kExactAtOnce * kExactAtOnce;
  for (std::size_t first = 0; first < kept_.size(); first += step, step = std::max(kExactAtOnce, top_ / 4)) {
    if (first > 0 && kept_[first].high < ranked[top_ - 1].score) break;
    const std::size_t count = std::min(step, kept_.size() - first);
    documents.resize(count);
    scores.resize(count);
    for (std::size_t i = 0; i < count; ++i) documents[i] = kept_[first + i].document;
    rows_.Score(query_, documents, scores);
    const auto before = static_cast<std::ptrdiff_t>(ranked.size());
    for (std::size_t i = 0; i < count; ++i) ranked.push_back({documents[i], scores[i]});
    std::sort(ranked.begin() + before, ranked.end(), kBetter);
    std::inplace_merge(ranked.begin(), ranked.begin() + before, ranked.end(), kBetter);
    ranked.resize(std::min(ranked.size(), top_));
    step = count;
  }
  return ranked;
}

std::vector<RankedDocument> Selection::Finish() {
  DropHopeless();
  return RankExactly();
}

}  // namespace magpie
