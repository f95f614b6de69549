#include "magpie/retrieval/lexical_index.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "magpie/base/random.h"

namespace magpie {
namespace {

TermBag RandomBag(Random* random, int most) {
  std::vector<std::uint64_t> terms;
  const auto count = random->Below(static_cast<std::uint64_t>(most) + 1);
  for (std::uint64_t i = 0; i < count; ++i) terms.push_back(random->Below(40));
  return MakeTermBag(std::move(terms));
}

// The formulas of the header, written down plainly.
double PlainScore(const std::vector<TermBag>& documents, const TermBag& query, std::size_t d, TermWeighting weighting,
                  double k1, double b) {
  std::map<std::uint64_t, double> df;
  double total = 0;
  const auto length_of = [](const TermBag& bag) {
    double length = 0;
    for (const TermCount& term : bag) length += term.count;
    return length;
  };
  for (const TermBag& document : documents) {
    total += length_of(document);
    for (const TermCount& term : document) df[term.term] += 1;
  }
  const double n = static_cast<double>(documents.size()), mean = total > 0 ? total / n : 1;
  const auto tfidf = [&](const TermCount& term) {
    return (1 + std::log(static_cast<double>(term.count))) * (1 + std::log((1 + n) / (1 + df[term.term])));
  };
  double score = 0, query_squares = 0, document_squares = 0;
  for (const TermCount& term : documents[d]) document_squares += tfidf(term) * tfidf(term);
  for (const TermCount& asked : query) {
    if (df[asked.term] > 0) query_squares += tfidf(asked) * tfidf(asked);
    for (const TermCount& said : documents[d]) {
      if (said.term != asked.term) continue;
      if (weighting == TermWeighting::kBm25) {
        const double idf = std::log(1 + (n - df[said.term] + 0.5) / (df[said.term] + 0.5));
        score += idf * said.count * (k1 + 1) / (said.count + k1 * (1 - b + b * length_of(documents[d]) / mean));
      } else {
        score += tfidf(asked) * tfidf(said);
      }
    }
  }
  if (weighting == TermWeighting::kTfIdf && score > 0) score /= std::sqrt(query_squares) * std::sqrt(document_squares);
  return score;
}

class LexicalIndexProperty : public testing::TestWithParam<TermWeighting> {};

TEST_P(LexicalIndexProperty, AgreesWithThePlainFormula) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::vector<TermBag> documents;
    for (int d = 0; d < 30; ++d) documents.push_back(RandomBag(&random, 25));
    const LexicalIndex index(documents, GetParam(), {1.5, 0.6});
    const TermBag query = RandomBag(&random, 60);
    std::vector<double> scores(documents.size());
    index.ScoreAll(query, scores);
    for (std::size_t d = 0; d < documents.size(); ++d) {
      EXPECT_NEAR(scores[d], PlainScore(documents, query, d, GetParam(), 1.5, 0.6), 1e-5);
    }
    // The best ten, against sorting everything.
    std::vector<std::pair<double, std::int32_t>> sorted;
    for (std::size_t d = 0; d < scores.size(); ++d) {
      if (scores[d] > 0) sorted.emplace_back(-scores[d], static_cast<std::int32_t>(d));
    }
    std::sort(sorted.begin(), sorted.end());
    sorted.resize(std::min<std::size_t>(sorted.size(), 10));
    const std::vector<RankedDocument> best = index.Search(query, 10);
    ASSERT_EQ(best.size(), sorted.size());
    for (std::size_t i = 0; i < best.size(); ++i) EXPECT_EQ(best[i].document, sorted[i].second);
  }
}

INSTANTIATE_TEST_SUITE_P(BothWeightings, LexicalIndexProperty,
                         testing::Values(TermWeighting::kBm25, TermWeighting::kTfIdf));

TEST(LexicalIndexTest, EmptyIndexAndEmptyQueryAnswerNothing) {
  const LexicalIndex empty(std::vector<TermBag>{}, TermWeighting::kBm25);
  EXPECT_TRUE(empty.Search({{1, 1}}, 10).empty());
  const std::vector<TermBag> blank(3);
  const LexicalIndex index(blank, TermWeighting::kTfIdf);
  EXPECT_TRUE(index.Search({{1, 1}}, 10).empty());
  EXPECT_EQ(index.DocumentFrequency(1), 0);
}

TEST(TopDocumentsTest, TiesGoToTheLowerDocument) {
  const std::vector<double> scores = {1, 2, 2, 0, 2, 1};
  const std::vector<RankedDocument> best = TopDocuments(scores, 4, 0);
  ASSERT_EQ(best.size(), 4u);
  EXPECT_EQ(best[0].document, 1);
  EXPECT_EQ(best[1].document, 2);
  EXPECT_EQ(best[2].document, 4);
  EXPECT_EQ(best[3].document, 0);
  EXPECT_TRUE(TopDocuments(scores, 0, 0).empty());
  EXPECT_EQ(TopDocuments(scores, 100, 0).size(), 5u);
}

}  // namespace
}  // namespace magpie
