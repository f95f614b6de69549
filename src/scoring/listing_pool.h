// What scoring knows of the texts of a pool of listings: its words, its terms, and the reference sample that profiles are
// made from.
//
// Frozen   statistics are those of the listings that the pool was made of. A listing that comes later is read with them, so
//          that no pair's score moves because another listing came or went.
// Sealed   a listing whose text is not open to everybody is read like one that comes later, so that nobody can tell from the
//          scores of others what it says.
// Threads  a const ListingPool may be used from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/catalogue/snapshot.h"
#include "magpie/retrieval/tf_idf.h"
#include "magpie/scoring/scorer.h"
#include "scoring/concept_space.h"
#include "scoring/reference_sample.h"

namespace magpie {

// A value that is made when first asked for and stays. Two threads may both make it; the values are the same, and the first
// one is kept.
template <typename T>
class MadeOnce {
 public:
  MadeOnce() = default;
  ~MadeOnce() { delete value_.load(); }
  MadeOnce(const MadeOnce&) = delete;
  MadeOnce& operator=(const MadeOnce&) = delete;

  const T* get() const { return value_.load(std::memory_order_acquire); }  // null: not made yet
  const T& Keep(T value) {
    auto made = std::make_unique<const T>(std::move(value));
    const T* kept = nullptr;
    return value_.compare_exchange_strong(kept, made.get()) ? *made.release() : *kept;
  }

 private:
  std::atomic<const T*> value_ = nullptr;
};

// One listing as its pool knows it.
struct PooledText {
  using Heard = std::vector<ConceptSpace::Heard>;

  MatchText text;
  // Made when first asked for: the profile of a need; the remedies that a need wants, those that an offering names.
  mutable MadeOnce<TextProfile> profile;
  mutable MadeOnce<Heard> heard;
};

class ListingPool {
 public:
  // Offerings of each language in the reference sample: all up to this many, else as many drawn by seed.
  static constexpr std::size_t kReferenceSample = 1024;

  struct Rows {
    std::vector<std::shared_ptr<const PooledText>> needs, offerings;
  };
  // Reads all listings of the snapshot. Where the text encoder does not answer, or `built_in_text` says so, the built-in one
  // does all texts.
  static absl::StatusOr<std::shared_ptr<const ListingPool>> Make(const Snapshot& snapshot, const Models& models,
                                                                 std::uint64_t seed, bool built_in_text,
                                                                 const RunContext& context, Rows* rows);

  const Models& models() const { return models_; }  // without the text encoder where it was dropped
  const Analyzer& analyzer() const { return *models_.analyzer; }
  const Encoder* encoder() const { return models_.encoder.get(); }
  const Encoder* text_encoder() const { return models_.text_encoder ? models_.text_encoder.get() : encoder(); }
  const std::string& instead_of() const { return instead_of_; }  // the text encoder that was dropped
  std::uint64_t hash() const { return hash_; }                   // of listings and models

  const WordPool& words() const { return words_; }
  const ReferenceSample& reference() const { return *reference_; }

  // Listings that came after the pool was made, as it would have read them; words that are new to it are added.
  absl::StatusOr<std::vector<std::shared_ptr<const PooledText>>> ReadLater(
      Side side, std::span<const ListingRecord* const> listings, const RunContext& context) const;

  // The text without its vectors; words that the pool does not hold are numbered on in `outside`, so that two texts read
  // one after the other can be compared.
  MatchText ReadWords(const ListingText& read, Side side, std::vector<std::string>* outside) const;
  // A listing that is not in the pool, with its vectors.
  absl::StatusOr<MatchText> ReadQuestion(const ListingRecord& question) const;
  // A text's vector by the built-in encoder, which must be there.
  std::vector<std::int16_t> EncodeOwn(const AnalyzedText& text) const;

 private:
  // A listing on its way into the pool.
  struct Source {
    Side side;
    const ListingRecord* record;
  };
  struct Read {
    ListingText text;
    std::vector<std::int16_t> vector, title_vector, own_vector;
  };

  ListingPool(const Models& models, std::uint64_t seed);
  void DropTextEncoder();  // for good: no pool is ever encoded by two encoders
  absl::Status ReadAll(const Snapshot& snapshot, const RunContext& context, Rows* rows);
  absl::Status ReadSealed(const Snapshot& snapshot, const RunContext& context, Rows* rows) const;
  absl::Status ReadBlock(std::span<const Source> listings, std::span<Read> reads, const RunContext& context) const;
  // In parallel; `done` (may be null) hears how many more are.
  absl::Status ReadInBlocks(std::span<const Source> sources, std::span<Read> reads, const RunContext& context,
                            const std::function<void(std::int64_t)>& done) const;
  absl::Status Encode(const Encoder& encoder, std::span<const AnalyzedText> texts, const RunContext& context,
                      std::span<std::vector<std::int16_t>* const> vectors) const;
  // Words become numbers; a need's word weighs what its emphasis says until Weigh().
  template <typename NumberOf>
  static MatchText Number(Side side, Read* read, const NumberOf& number_of);
  void Weigh(Side side, MatchText* text) const;
  void DrawReference(const Snapshot& snapshot, const Rows& rows);

  Models models_;
  const std::uint64_t seed_;
  std::string instead_of_;
  std::uint64_t hash_ = 0;
  WordPool words_;
  TfIdf terms_;
  std::unique_ptr<const ReferenceSample> reference_;
};

}  // namespace magpie
