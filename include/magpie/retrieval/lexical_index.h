// An inverted index over bags of terms that ranks documents for a bag of query terms.
//
// Terms    are 64-bit keys (StableHash of the term's text); two of a million terms share a key with probability 3e-8.
// Weights  kBm25: sum over the query's distinct terms of idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / mean)),
//          idf = ln(1 + (n - df + 0.5) / (df + 0.5)); how often the query says a term does not count.
//          kTfIdf: cosine of vectors (1 + ln tf) * (1 + ln((1 + n) / (1 + df))); terms no document holds are left out.
// Ties     lower document number first.
// Cost     ScoreAll: one step a posting of the query's terms.
// Use      for the baselines; candidates come from packed segments (lexical_search.h), the score's cosine from tf_idf.h.
// Threads  a const index may be used from several threads at once.
// Source   Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace magpie {

struct TermCount {
  std::uint64_t term = 0;
  std::uint32_t count = 0;
  friend bool operator==(const TermCount&, const TermCount&) = default;
};

// Distinct terms in ascending order.
using TermBag = std::vector<TermCount>;

std::uint64_t TermKey(std::string_view term);
TermBag MakeTermBag(std::vector<std::uint64_t> terms);

enum class TermWeighting : std::uint8_t { kBm25, kTfIdf };

struct Bm25Parameters {
  double k1 = 1.2;  // how soon further occurrences stop counting
  double b = 0.75;  // 0 = length plays no role, 1 = scores are divided by length
};

struct RankedDocument {
  std::int32_t document = 0;
  double score = 0;
};

class LexicalIndex {
 public:
  LexicalIndex() = default;
  LexicalIndex(std::span<const TermBag> documents, TermWeighting weighting, Bm25Parameters parameters = {});

  std::int32_t document_count() const { return document_count_; }
  std::int32_t DocumentFrequency(std::uint64_t term) const;

  // scores[document_count()].
  void ScoreAll(const TermBag& query, std::span<double> scores) const;

  // The `top` best documents with a score above 0.
  std::vector<RankedDocument> Search(const TermBag& query, int top) const;

 private:
  struct Posting {
    std::int32_t document;
    float weight;
  };
  struct QueryTerm {
    std::uint64_t term;
    std::span<const Posting> postings;
    double weight;
  };
  double Idf(std::int32_t frequency) const;
  // The weights of a document's terms, in their order; a term that no document holds weighs 0.
  std::vector<float> DocumentWeights(const TermBag& document) const;
  std::vector<QueryTerm> Weigh(const TermBag& query) const;

  TermWeighting weighting_ = TermWeighting::kBm25;
  Bm25Parameters parameters_;
  std::int32_t document_count_ = 0;
  double mean_length_ = 1;
  std::unordered_map<std::uint64_t, std::uint32_t> list_of_term_;
  std::vector<std::uint64_t> first_;  // size lists + 1, into postings_
  std::vector<Posting> postings_;
};

// The `top` largest of scores, those above `least` only, best first.
std::vector<RankedDocument> TopDocuments(std::span<const double> scores, int top, double least);

}  // namespace magpie
