#include "scoring/word_pool.h"

#include <algorithm>
#include <cmath>

#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::int64_t kWordsPerBlock = 256;
constexpr double kSmallestShare = 1e-6;  // of the corpus's texts; below it a share says nothing

}  // namespace

absl::StatusOr<WordPool> WordPool::Build(std::span<const ListingText> needs, std::span<const ListingText> offerings,
                                         const Encoder* encoder, const RunContext& context) {
  WordPool pool;
  pool.encoder_ = encoder;
  pool.offering_count_ = static_cast<std::int32_t>(offerings.size());
  std::unordered_map<std::string_view, std::uint32_t> ids;  // views into the listings
  std::vector<std::string_view> order;
  const auto number_words = [&](std::span<const ListingText> side, std::int32_t counted) {
    for (const ListingText& listing : side) {
      for (const std::string& word : listing.words) {
        const auto [it, is_new] = ids.try_emplace(word, static_cast<std::uint32_t>(order.size()));
        if (is_new) {
          order.push_back(word);
          pool.frequency_.push_back(0);
        }
        pool.frequency_[it->second] += counted;
      }
    }
  };
  number_words(offerings, 1);
  number_words(needs, 0);
  pool.words_.assign(order.begin(), order.end());
  pool.ids_.reserve(order.size());
  for (std::uint32_t id = 0; id < pool.word_count(); ++id) pool.ids_.emplace(pool.words_[id], id);

  pool.weights_.resize(order.size());
  pool.vectors_ = FixedVectors(pool.word_count(), encoder == nullptr ? 0 : encoder->dimension());
  MAGPIE_RETURN_IF_ERROR(
      ParallelFor(context, pool.word_count(), kWordsPerBlock, [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> row(static_cast<std::size_t>(pool.vectors_.dimension()));
        for (std::int64_t id = begin; id < end; ++id) {
          const std::string& word = pool.words_[static_cast<std::size_t>(id)];
          pool.weights_[static_cast<std::size_t>(id)] =
              pool.Weight(word, pool.frequency_[static_cast<std::size_t>(id)]);
          if (encoder == nullptr) continue;
          encoder->EncodeWord(word, row);
          pool.vectors_.Set(id, row);
        }
        return absl::OkStatus();
      }));
  return pool;
}

std::uint32_t WordPool::Find(std::string_view word) const {
  const auto it = ids_.find(word);
  return it == ids_.end() ? kNone : it->second;
}

double WordPool::WeightOfUnknown(std::string_view word) const {
  return Weight(word, 0);
}

double WordPool::Weight(std::string_view word, std::int32_t frequency) const {
  const double n = offering_count_, df = frequency;
  const double pool = std::log(1 + (n - df + 0.5) / (df + 0.5));
  if (encoder_ == nullptr) return pool;
  return (pool - std::log(std::clamp(encoder_->WordShare(word), kSmallestShare, 1.0))) / 2;
}

}  // namespace magpie
