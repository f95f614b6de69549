#include "magpie/retrieval/tf_idf.h"

#include <gtest/gtest.h>

#include <cmath>

#include "magpie/base/random.h"

namespace magpie {
namespace {

TermBag RandomBag(Random& random, std::uint64_t most) {
  std::vector<std::uint64_t> terms;
  for (std::uint64_t i = random.Below(most); i > 0; --i) terms.push_back(random.Below(60));
  return MakeTermBag(std::move(terms));
}

// The index over the same documents computes the same cosine by lists.
TEST(TfIdf, AgreesWithTheIndexOverTheSameDocuments) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    std::vector<TermBag> documents;
    TfIdf terms;
    for (int d = 0; d < 30; ++d) {
      documents.push_back(RandomBag(random, 25));
      terms.Count(documents.back());
    }
    terms.Freeze();
    const LexicalIndex index(documents, TermWeighting::kTfIdf);
    const TermBag query = RandomBag(random, 60);
    std::vector<double> expected(documents.size());
    index.ScoreAll(query, expected);
    const TermQuestion question(query, terms.WeighQuestion(query));
    for (std::size_t d = 0; d < documents.size(); ++d) {
      EXPECT_EQ(question.Cosine(documents[d], terms.WeighDocument(documents[d])), expected[d]);
    }
    for (const TermCount& term : query) EXPECT_EQ(terms.Frequency(term.term), index.DocumentFrequency(term.term));
  }
}

TEST(TfIdf, NothingKnownAndNothingAsked) {
  TfIdf none;
  none.Freeze();
  const TermBag bag = MakeTermBag({1, 2, 2});
  EXPECT_EQ(none.WeighQuestion(bag), std::vector<double>(2, 0.0));
  EXPECT_EQ(TermQuestion(bag, none.WeighQuestion(bag)).Cosine(bag, none.WeighDocument(bag)), 0);
  EXPECT_EQ(TermQuestion({}, {}).Cosine(bag, std::vector<float>(2, 1.0f)), 0);
}

TEST(TfIdf, ADocumentThatCameLaterIsWeighedByThePoolAsItWas) {
  TfIdf terms;
  terms.Count(MakeTermBag({1, 2}));
  terms.Count(MakeTermBag({2, 3}));
  terms.Freeze();
  const std::vector<float> later = terms.WeighDocument(MakeTermBag({1, 2, 9}));
  EXPECT_GT(later[0], later[1]);  // the rarer term
  EXPECT_EQ(later[2], 0);         // no document of the pool holds it
  EXPECT_NEAR(std::hypot(later[0], later[1]), 1, 1e-6);
}

}  // namespace
}  // namespace magpie
