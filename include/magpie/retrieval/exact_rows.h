// The one score by which vectors are ranked, and where the rows for it come from.
//
// Score    FloatPairs: the sum in double, in the order of the components, of the products of two floats. Such a product is
//          exact in double, so the score is the same on every instruction set. FixedPairs: the whole-number dot product
//          times FixedVectors::kDotScale.
// Order    by score, ties by the lower document number. Every search by vector gives exactly this ranking: its fast pass
//          works with sums whose error is bounded and keeps whatever may be among the best; Score() decides.
// Threads  const methods may be called from several threads at once.
#pragma once

#include <cstdint>
#include <span>

#include "magpie/retrieval/fixed_vectors.h"

namespace magpie {

class ExactRows {
 public:
  virtual ~ExactRows() = default;
  // scores[i] of query number `query` with documents[i].
  virtual void Score(std::int64_t query, std::span<const std::int32_t> documents, std::span<double> scores) const = 0;
};

// Both row-major with `dimension` columns; the caller keeps them.
class FloatPairs final : public ExactRows {
 public:
  FloatPairs(std::span<const float> queries, std::span<const float> documents, int dimension)
      : queries_(queries), documents_(documents), dimension_(dimension) {}
  void Score(std::int64_t query, std::span<const std::int32_t> documents, std::span<double> scores) const override;

 private:
  std::span<const float> queries_, documents_;
  std::int64_t dimension_;
};

// queries[n * documents.dimension()], as ToFixed writes them; the caller keeps both.
class FixedPairs final : public ExactRows {
 public:
  FixedPairs(std::span<const std::int16_t> queries, const FixedVectors& documents)
      : queries_(queries), documents_(documents) {}
  void Score(std::int64_t query, std::span<const std::int32_t> documents, std::span<double> scores) const override;

 private:
  std::span<const std::int16_t> queries_;
  const FixedVectors& documents_;
};

}  // namespace magpie
