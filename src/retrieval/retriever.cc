#include "magpie/retrieval/retriever.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

namespace magpie {

Retriever::Retriever(std::span<const TermBag> bags, FixedVectors vectors)
    : lexical_(bags, TermWeighting::kBm25), vectors_(std::move(vectors)) {}

std::vector<std::int32_t> Retriever::Candidates(const TermBag& bag, std::span<const std::int16_t> vector,
                                                int candidates) const {
  if (candidates >= lexical_.document_count()) {
    std::vector<std::int32_t> all(static_cast<std::size_t>(lexical_.document_count()));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  std::vector<RankedDocument> by_vector;
  if (vectors_.dimension() > 0 && vector.size() == static_cast<std::size_t>(vectors_.dimension())) {
    by_vector = vectors_.Search(vector, candidates);
  }
  std::vector<std::int32_t> taken = TakeInTurn(lexical_.Search(bag, candidates), by_vector, candidates);
  std::sort(taken.begin(), taken.end());
  return taken;
}

std::vector<std::int32_t> TakeInTurn(std::span<const RankedDocument> first, std::span<const RankedDocument> second,
                                     int limit) {
  std::vector<std::int32_t> taken;
  std::unordered_set<std::int32_t> seen;
  const std::size_t longest = std::max(first.size(), second.size());
  for (std::size_t rank = 0; rank < longest; ++rank) {
    for (const std::span<const RankedDocument> ranking : {first, second}) {
      if (taken.size() >= static_cast<std::size_t>(std::max(limit, 0))) return taken;
      if (rank < ranking.size() && seen.insert(ranking[rank].document).second) taken.push_back(ranking[rank].document);
    }
  }
  return taken;
}

}  // namespace magpie
