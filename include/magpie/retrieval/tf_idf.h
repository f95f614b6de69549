// TF-IDF: how much each term weighs in a document or in a question, given how many documents of a pool hold it.
//
// Weights  (1 + ln tf) * (1 + ln((1 + n) / (1 + df))), brought to length one; the cosine of a question and a document is
//          the sum of the products of equal terms' weights. Terms that no document of the pool holds weigh 0.
// Frozen   the statistics never change once made: a document that comes later is weighed by the pool as it was.
// Threads  const methods may be called from several threads at once.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <span>
#include <vector>

#include "magpie/retrieval/lexical_index.h"

namespace magpie {

class TfIdf {
 public:
  TfIdf() = default;

  // Building: each document of the pool once, then Freeze.
  void Count(const TermBag& document);
  void Freeze();

  std::int64_t document_count() const { return documents_; }
  std::int32_t Frequency(std::uint64_t term) const;

  // In the order of the bag's terms.
  std::vector<float> WeighDocument(const TermBag& document) const;
  std::vector<double> WeighQuestion(const TermBag& question) const;

 private:
  double Idf(std::uint64_t term) const;
  std::vector<double> Weigh(const TermBag& terms, double* length) const;

  std::int64_t documents_ = 0;
  absl::flat_hash_map<std::uint64_t, std::int32_t> frequency_;
};

// A question laid out for comparing it with many documents.
class TermQuestion {
 public:
  TermQuestion(const TermBag& terms, std::span<const double> weights);

  // The sum over the document's terms, in their order. weights[terms.size()].
  double Cosine(const TermBag& terms, std::span<const float> weights) const;

 private:
  struct Slot {
    std::uint64_t term = 0;
    double weight = 0;  // 0 = free
  };
  std::vector<Slot> slots_;  // open addressing, a power of two
};

}  // namespace magpie
