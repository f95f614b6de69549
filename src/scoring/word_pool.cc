#include "scoring/word_pool.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "magpie/retrieval/fixed_vectors.h"

namespace magpie {
namespace {

constexpr std::int64_t kWordsAtOnce = 256;
constexpr double kSmallestShare = 1e-6;  // of the corpus's texts; below it a share says nothing

}  // namespace

std::uint32_t WordPool::Append(std::string_view word) const {
  if (count_ == kMostWords) return kNone;
  const std::uint32_t id = count_;
  std::unique_ptr<Block>& block = blocks_[id / kBlock];
  if (block == nullptr) {
    block = std::make_unique<Block>();
    block->words.resize(kBlock);
    block->frequency.resize(kBlock);
    block->asked.resize(kBlock);
    block->weights.resize(kBlock);
    block->vectors.resize(kBlock * static_cast<std::size_t>(dimension()));
  }
  block->words[id % kBlock] = word;
  ids_.emplace(block->words[id % kBlock], id);
  ++count_;
  return id;
}

std::uint32_t WordPool::Count(std::string_view word, bool of_offering) {
  const auto it = ids_.find(word);
  const std::uint32_t id = it == ids_.end() ? Append(word) : it->second;
  if (id == kNone) return id;
  Block& block = *blocks_[id / kBlock];
  ++(of_offering ? block.frequency : block.asked)[id % kBlock];
  return id;
}

absl::Status WordPool::Freeze(std::int64_t offerings, const RunContext& context) {
  offering_count_ = offerings;
  return ParallelFor(context, count_, kWordsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> row(static_cast<std::size_t>(dimension()));
    for (std::int64_t id = begin; id < end; ++id) Weigh(static_cast<std::uint32_t>(id), &row);
    return absl::OkStatus();
  });
}

void WordPool::Weigh(std::uint32_t id, std::vector<float>* row) const {
  Block& block = *blocks_[id / kBlock];
  const std::uint32_t at = id % kBlock;
  block.weights[at] = Weight(block.words[at], block.frequency[at]);
  if (encoder_ == nullptr) return;
  encoder_->EncodeWord(block.words[at], *row);
  const std::vector<std::int16_t> fixed = ToFixed(*row);
  std::copy(fixed.begin(), fixed.end(), block.vectors.begin() + static_cast<std::ptrdiff_t>(at * fixed.size()));
}

std::uint32_t WordPool::word_count() const {
  const std::shared_lock lock(mutex_);
  return count_;
}

std::uint32_t WordPool::Find(std::string_view word) const {
  const std::shared_lock lock(mutex_);
  const auto it = ids_.find(word);
  return it == ids_.end() ? kNone : it->second;
}

std::uint32_t WordPool::FindOrAdd(std::string_view word) const {
  if (const std::uint32_t id = Find(word); id != kNone) return id;
  const std::unique_lock lock(mutex_);
  if (const auto it = ids_.find(word); it != ids_.end()) return it->second;
  const std::uint32_t id = Append(word);
  std::vector<float> row(static_cast<std::size_t>(dimension()));
  if (id != kNone) Weigh(id, &row);
  return id;
}

double WordPool::Weight(std::string_view word, std::int32_t frequency) const {
  const double n = static_cast<double>(offering_count_), df = frequency;
  const double pool = std::log(1 + (n - df + 0.5) / (df + 0.5));
  if (encoder_ == nullptr) return pool;
  return (pool - std::log(std::clamp(encoder_->WordShare(word), kSmallestShare, 1.0))) / 2;
}

}  // namespace magpie
