#include "magpie/retrieval/tf_idf.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace magpie {

void TfIdf::Count(const TermBag& document) {
  ++documents_;
  for (const TermCount& term : document) ++frequency_[term.term];
}

void TfIdf::Freeze() {
  frequency_.rehash(0);
}

std::int32_t TfIdf::Frequency(std::uint64_t term) const {
  const auto it = frequency_.find(term);
  return it == frequency_.end() ? 0 : it->second;
}

// 0 where no document holds the term.
double TfIdf::Idf(std::uint64_t term) const {
  const double n = static_cast<double>(documents_), df = Frequency(term);
  return df == 0 ? 0 : 1 + std::log((1 + n) / (1 + df));
}

std::vector<double> TfIdf::Weigh(const TermBag& terms, double* length) const {
  std::vector<double> weights;
  weights.reserve(terms.size());
  double squares = 0;
  for (const TermCount& term : terms) {
    weights.push_back((1 + std::log(static_cast<double>(term.count))) * Idf(term.term));
    squares += weights.back() * weights.back();
  }
  *length = squares > 0 ? std::sqrt(squares) : 1;
  return weights;
}

std::vector<double> TfIdf::WeighQuestion(const TermBag& question) const {
  double length = 1;
  std::vector<double> weights = Weigh(question, &length);
  for (double& weight : weights) weight /= length;
  return weights;
}

std::vector<float> TfIdf::WeighDocument(const TermBag& document) const {
  double length = 1;
  const std::vector<double> weights = Weigh(document, &length);
  const double scale = 1 / length;
  std::vector<float> scaled(weights.size());
  std::transform(weights.begin(), weights.end(), scaled.begin(),
                 [&](double weight) { return static_cast<float>(weight * scale); });
  return scaled;
}

TermQuestion::TermQuestion(const TermBag& terms, std::span<const double> weights)
    : slots_(std::bit_ceil(2 * terms.size() + 2)) {
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (weights[i] == 0) continue;
    std::size_t at = terms[i].term & (slots_.size() - 1);
    while (slots_[at].weight != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {terms[i].term, weights[i]};
  }
}

double TermQuestion::Cosine(const TermBag& terms, std::span<const float> weights) const {
  double sum = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    std::size_t at = terms[i].term & (slots_.size() - 1);
    while (slots_[at].weight != 0 && slots_[at].term != terms[i].term) at = (at + 1) & (slots_.size() - 1);
    if (slots_[at].weight != 0) sum += slots_[at].weight * static_cast<double>(weights[i]);
  }
  return sum;
}

}  // namespace magpie
