// Finds the listings of one side that are worth scoring for a listing of the other: half by words, half by vector.
//
// A listing with its id shown `candidates` times in both rankings is taken once; the room goes to the next of either.
// Where the side holds no more listings than candidates were asked for, all come back. The answer is ascending by
// document, not by rank: scoring puts it in order.
// Exact    both rankings are exact scans; nothing is approximate.
// Threads  a const Retriever may be used from several threads at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "magpie/retrieval/fixed_vectors.h"
#include "magpie/retrieval/lexical_index.h"

namespace magpie {

class Retriever {
 public:
  Retriever() = default;
  // bags[n]; vectors.count() is n, or dimension() is 0 where there is no encoder.
  Retriever(std::span<const TermBag> bags, FixedVectors vectors);

  const LexicalIndex& lexical() const { return lexical_; }
  const FixedVectors& vectors() const { return vectors_; }

  // The vector may be empty or zero: then words decide alone.
  std::vector<std::int32_t> Candidates(const TermBag& bag, std::span<const std::int16_t> vector, int candidates) const;

 private:
  LexicalIndex lexical_;
  FixedVectors vectors_;
};

// Takes documents in turn from both rankings, first of the first first, until `limit` different ones are taken.
std::vector<std::int32_t> TakeInTurn(std::span<const RankedDocument> first, std::span<const RankedDocument> second,
                                     int limit);

}  // namespace magpie
