#include "magpie/retrieval/lexical_statistics.h"

#include <cmath>

#include "retrieval/term_lists.h"

namespace magpie {

LexicalStatistics::LexicalStatistics(TermBags documents, Bm25Parameters parameters)
    : parameters_(parameters), document_count_(static_cast<std::int64_t>(documents.size())) {
  double total_length = 0;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    for (const TermCount& term : documents[d]) total_length += term.count;
  }
  if (total_length > 0) mean_length_ = total_length / static_cast<double>(document_count_);
  std::vector<std::uint64_t> terms;
  ForEachTerm(documents, [&](std::span<const Occurrence> occurrences) {
    if (occurrences.size() < 2) return;
    terms.push_back(occurrences.front().term);
    frequencies_.push_back(static_cast<std::uint32_t>(occurrences.size()));
    most_ = std::max(most_, occurrences.size());
  });
  frequencies_.shrink_to_fit();
  terms_ = TermDirectory(std::move(terms));
  rarity_.resize(most_ + 1);
  for (std::size_t f = 0; f <= most_; ++f) {
    const double share = Idf(static_cast<double>(std::max<std::size_t>(f, 1))) / Idf(1);
    rarity_[f] = static_cast<std::uint32_t>(share * kWhole + 0.5);
  }
}

double LexicalStatistics::Idf(double frequency) const {
  const double n = static_cast<double>(std::max<std::int64_t>(document_count_, 1));
  return std::log(1 + (n - frequency + 0.5) / (frequency + 0.5));
}

std::uint32_t LexicalStatistics::Frequency(std::uint64_t term) const {
  const std::uint32_t number = terms_.Find(term);
  return number == TermDirectory::kNone ? 1 : frequencies_[number];
}

double LexicalStatistics::unit() const {
  return Idf(1) * (parameters_.k1 + 1) / kMostImpact;
}

double LexicalStatistics::Damping(const TermBag& document) const {
  double length = 0;
  for (const TermCount& term : document) length += term.count;
  return parameters_.k1 * (1 - parameters_.b + parameters_.b * length / mean_length_);
}

std::int64_t LexicalStatistics::bytes() const {
  return terms_.bytes() +
         static_cast<std::int64_t>(frequencies_.size() * sizeof(frequencies_[0]) + rarity_.size() * sizeof(rarity_[0]));
}

}  // namespace magpie
