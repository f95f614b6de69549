#include "magpie/retrieval/lexical_index.h"

#include <algorithm>
#include <cmath>

#include "magpie/base/files.h"

namespace magpie {

std::uint64_t TermKey(std::string_view term) {
  return StableHash(term);
}

TermBag MakeTermBag(std::vector<std::uint64_t> terms) {
  std::sort(terms.begin(), terms.end());
  TermBag bag;
  for (std::uint64_t term : terms) {
    if (!bag.empty() && bag.back().term == term) {
      ++bag.back().count;
    } else {
      bag.push_back({term, 1});
    }
  }
  return bag;
}

LexicalIndex::LexicalIndex(std::span<const TermBag> documents, TermWeighting weighting, Bm25Parameters parameters)
    : weighting_(weighting), parameters_(parameters), document_count_(static_cast<std::int32_t>(documents.size())) {
  std::vector<std::uint64_t> sizes;
  double total_length = 0;
  for (const TermBag& document : documents) {
    for (const TermCount& term : document) {
      const auto [it, is_new] = list_of_term_.try_emplace(term.term, static_cast<std::uint32_t>(sizes.size()));
      if (is_new) sizes.push_back(0);
      ++sizes[it->second];
      total_length += term.count;
    }
  }
  first_.assign(sizes.size() + 1, 0);
  for (std::size_t i = 0; i < sizes.size(); ++i) first_[i + 1] = first_[i] + sizes[i];
  postings_.resize(first_.back());
  if (total_length > 0) mean_length_ = total_length / document_count_;

  std::vector<std::uint64_t> next(first_.begin(), first_.end() - 1);
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const std::vector<float> weights = DocumentWeights(documents[d]);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const std::uint32_t list = list_of_term_.at(documents[d][i].term);
      postings_[next[list]++] = {static_cast<std::int32_t>(d), weights[i]};
    }
  }
}

std::vector<float> LexicalIndex::DocumentWeights(const TermBag& document) const {
  double length = 0, squares = 0;
  for (const TermCount& term : document) length += term.count;
  const double relative = 1 - parameters_.b + parameters_.b * length / mean_length_;
  std::vector<double> weights;
  weights.reserve(document.size());
  for (const TermCount& term : document) {
    const std::int32_t frequency = DocumentFrequency(term.term);
    const double tf = term.count, idf = frequency == 0 ? 0 : Idf(frequency);
    if (weighting_ == TermWeighting::kBm25) {
      weights.push_back(idf * tf * (parameters_.k1 + 1) / (tf + parameters_.k1 * relative));
    } else {
      weights.push_back((1 + std::log(tf)) * idf);
      squares += weights.back() * weights.back();
    }
  }
  const double scale = squares > 0 ? 1 / std::sqrt(squares) : 1;
  std::vector<float> scaled(weights.size());
  std::transform(weights.begin(), weights.end(), scaled.begin(),
                 [&](double weight) { return static_cast<float>(weight * scale); });
  return scaled;
}

double LexicalIndex::Idf(std::int32_t frequency) const {
  const double n = document_count_, df = frequency;
  return weighting_ == TermWeighting::kBm25 ? std::log(1 + (n - df + 0.5) / (df + 0.5))
                                            : 1 + std::log((1 + n) / (1 + df));
}

std::int32_t LexicalIndex::DocumentFrequency(std::uint64_t term) const {
  const auto it = list_of_term_.find(term);
  return it == list_of_term_.end() ? 0 : static_cast<std::int32_t>(first_[it->second + 1] - first_[it->second]);
}

std::vector<LexicalIndex::QueryTerm> LexicalIndex::Weigh(const TermBag& query) const {
  std::vector<QueryTerm> terms;
  double squares = 0;
  for (const TermCount& term : query) {
    const auto it = list_of_term_.find(term.term);
    if (it == list_of_term_.end()) continue;
    const std::span<const Posting> postings(postings_.data() + first_[it->second],
                                            first_[it->second + 1] - first_[it->second]);
    double weight = 1;
    if (weighting_ == TermWeighting::kTfIdf) {
      weight = (1 + std::log(static_cast<double>(term.count))) * Idf(static_cast<std::int32_t>(postings.size()));
      squares += weight * weight;
    }
    terms.push_back({term.term, postings, weight});
  }
  if (squares > 0) {
    for (QueryTerm& term : terms) term.weight /= std::sqrt(squares);
  }
  return terms;
}

void LexicalIndex::ScoreAll(const TermBag& query, std::span<double> scores) const {
  std::fill(scores.begin(), scores.end(), 0.0);
  for (const QueryTerm& term : Weigh(query)) {
    for (const Posting& posting : term.postings) {
      scores[static_cast<std::size_t>(posting.document)] += term.weight * posting.weight;
    }
  }
}

std::vector<RankedDocument> LexicalIndex::Search(const TermBag& query, int top) const {
  std::vector<double> scores(static_cast<std::size_t>(document_count_));
  ScoreAll(query, scores);
  return TopDocuments(scores, top, 0);
}

std::vector<RankedDocument> TopDocuments(std::span<const double> scores, int top, double least) {
  std::vector<RankedDocument> best;
  if (top <= 0) return best;
  // A heap whose top is the worst kept document; later documents must be strictly better, so ties stay with the lower.
  const auto better = [](const RankedDocument& a, const RankedDocument& b) {
    return a.score != b.score ? a.score > b.score : a.document < b.document;
  };
  for (std::size_t d = 0; d < scores.size(); ++d) {
    if (!(scores[d] > least)) continue;
    const RankedDocument document{static_cast<std::int32_t>(d), scores[d]};
    if (best.size() < static_cast<std::size_t>(top)) {
      best.push_back(document);
      std::push_heap(best.begin(), best.end(), better);
    } else if (better(document, best.front())) {
      std::pop_heap(best.begin(), best.end(), better);
      best.back() = document;
      std::push_heap(best.begin(), best.end(), better);
    }
  }
  std::sort_heap(best.begin(), best.end(), better);
  return best;
}

}  // namespace magpie
