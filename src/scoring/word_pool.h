// The different words of a pool of listings: their vectors and how specific each is.
//
// Numbers  in order of first mention, offerings before needs.
// Weight   half from the pool, ln(1 + (n - df + 0.5) / (df + 0.5)) over the offerings, half from the corpus,
//          -ln(share of its texts that hold the word); without an encoder the pool's half counts twice.
// Threads  a const WordPool may be used from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/retrieval/fixed_vectors.h"
#include "magpie/vector/encoder.h"
#include "scoring/listing_text.h"

namespace magpie {

class WordPool {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  WordPool() = default;
  // The encoder may be null: then every vector is of dimension 0.
  static absl::StatusOr<WordPool> Build(std::span<const ListingText> needs, std::span<const ListingText> offerings,
                                        const Encoder* encoder, const RunContext& context);

  std::uint32_t word_count() const { return static_cast<std::uint32_t>(words_.size()); }
  std::uint32_t Find(std::string_view word) const;
  const std::string& word(std::uint32_t id) const { return words_[id]; }

  const FixedVectors& vectors() const { return vectors_; }
  double weight(std::uint32_t id) const { return weights_[id]; }

  // How many offerings say it.
  std::int32_t frequency(std::uint32_t id) const { return frequency_[id]; }

  // For a word that the pool does not hold.
  double WeightOfUnknown(std::string_view word) const;

 private:
  double Weight(std::string_view word, std::int32_t frequency) const;

  std::vector<std::string> words_;
  std::unordered_map<std::string_view, std::uint32_t> ids_;  // views into words_
  std::vector<std::int32_t> frequency_;                      // offerings that hold the word
  std::vector<double> weights_;
  std::int32_t offering_count_ = 0;
  FixedVectors vectors_;
  const Encoder* encoder_ = nullptr;
};

}  // namespace magpie
