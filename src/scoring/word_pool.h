// The different words of a pool of listings: their vectors and how specific each is.
//
// Numbers  in order of first mention. Words may be added for good at any time; a number never changes its meaning.
// Weight   half from the pool, ln(1 + (n - df + 0.5) / (df + 0.5)) over the offerings, half from the corpus,
//          -ln(share of its texts that hold the word); without an encoder the pool's half counts twice. Frozen: a word that
//          comes later weighs as one that no offering says.
// Threads  const methods may be called from several threads at once; FindOrAdd counts among them.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>

#include <array>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/vector/encoder.h"

namespace magpie {

class WordPool {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr std::uint32_t kMostWords = 1u << 24;

  // The encoder may be null: then every vector is of dimension 0.
  explicit WordPool(const Encoder* encoder) : encoder_(encoder) {}

  // Building, by one thread: each listing's different words; those of offerings count for the weights. kNone where the pool
  // is full. Then Freeze.
  std::uint32_t Count(std::string_view word, bool of_offering);
  absl::Status Freeze(std::int64_t offerings, const RunContext& context);

  std::uint32_t word_count() const;
  std::uint32_t Find(std::string_view word) const;
  // Once frozen. kNone where the pool is full.
  std::uint32_t FindOrAdd(std::string_view word) const;

  int dimension() const { return encoder_ == nullptr ? 0 : encoder_->dimension(); }
  const std::string& word(std::uint32_t id) const { return block(id).words[id % kBlock]; }
  const std::int16_t* vector(std::uint32_t id) const {  // [dimension()]
    return block(id).vectors.data() + id % kBlock * static_cast<std::size_t>(dimension());
  }
  double weight(std::uint32_t id) const { return block(id).weights[id % kBlock]; }
  std::int32_t frequency(std::uint32_t id) const { return block(id).frequency[id % kBlock]; }  // offerings that say it
  std::int32_t asked(std::uint32_t id) const { return block(id).asked[id % kBlock]; }          // needs that say it

  // For a word that the pool does not hold.
  double WeightOfUnknown(std::string_view word) const { return Weight(word, 0); }

 private:
  static constexpr std::uint32_t kBlock = 1024;

  // Blocks stay where they are, so that readers need no lock.
  struct Block {
    std::vector<std::string> words;
    std::vector<std::int32_t> frequency, asked;
    std::vector<double> weights;
    std::vector<std::int16_t> vectors;
  };

  const Block& block(std::uint32_t id) const { return *blocks_[id / kBlock]; }
  std::uint32_t Append(std::string_view word) const;
  void Weigh(std::uint32_t id, std::vector<float>* row) const;
  double Weight(std::string_view word, std::int32_t frequency) const;

  const Encoder* encoder_;
  std::int64_t offering_count_ = 0;
  mutable std::shared_mutex mutex_;                                   // guards ids_ and count_
  mutable absl::flat_hash_map<std::string_view, std::uint32_t> ids_;  // views into the blocks
  mutable std::uint32_t count_ = 0;
  mutable std::vector<std::unique_ptr<Block>> blocks_ = std::vector<std::unique_ptr<Block>>(kMostWords / kBlock);
};

}  // namespace magpie
