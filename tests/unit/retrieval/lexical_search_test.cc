#include "magpie/retrieval/lexical_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "magpie/base/random.h"
#include "retrieval/lexical_kernels.h"

namespace magpie {
namespace {

// Bags as texts give them: few terms in many documents, many in few. Keys are hashes, or small numbers where asked.
TermBag RandomBag(Random* random, int most, int vocabulary, bool hashed = true) {
  std::vector<std::uint64_t> terms;
  const auto count = random->Below(static_cast<std::uint64_t>(most) + 1);
  for (std::uint64_t i = 0; i < count; ++i) {
    const double u = random->Uniform();
    const auto word = static_cast<std::uint64_t>(vocabulary * u * u * u);
    terms.push_back(hashed ? Random(word).Next() : word);
  }
  return MakeTermBag(std::move(terms));
}

std::vector<TermBag> RandomBags(Random* random, int count, int most, int vocabulary, bool hashed = true) {
  std::vector<TermBag> bags;
  for (int i = 0; i < count; ++i) bags.push_back(RandomBag(random, most, vocabulary, hashed));
  return bags;
}

// The obvious twin: the header's rules written down plainly, a map from document to sum.
class PlainIndex {
 public:
  PlainIndex(const std::vector<TermBag>& counted, Bm25Parameters parameters) : parameters_(parameters) {
    double total = 0;
    for (const TermBag& bag : counted) {
      for (const TermCount& term : bag) ++frequency_[term.term], total += term.count;
    }
    n_ = std::max(1.0, static_cast<double>(counted.size()));
    mean_ = total > 0 ? total / static_cast<double>(counted.size()) : 1;
  }

  std::uint32_t Impact(const TermBag& document, const TermCount& term) const {
    double length = 0;
    for (const TermCount& said : document) length += said.count;
    const auto it = frequency_.find(term.term);
    const double rarity = Idf(it == frequency_.end() ? 1 : it->second) / Idf(1);
    const double damping = parameters_.k1 * (1 - parameters_.b + parameters_.b * length / mean_);
    const double saturation = term.count / (term.count + damping);
    const double product = std::floor(rarity * 65536 + 0.5) * std::floor(saturation * 65536 + 0.5);
    return std::max(1u, static_cast<std::uint32_t>(std::floor(255 * product / 65536 / 65536 + 0.5)));
  }

  std::uint32_t Score(const TermBag& query, const TermBag& document) const {
    std::uint32_t score = 0;
    for (const TermCount& term : document) {
      if (std::any_of(query.begin(), query.end(), [&](const TermCount& q) { return q.term == term.term; })) {
        score += Impact(document, term);
      }
    }
    return score;
  }

  std::vector<LexicalHit> Search(const TermBag& query, const std::vector<TermBag>& documents, int top,
                                 const std::vector<bool>& admitted = {}) const {
    std::vector<LexicalHit> hits;
    for (std::uint32_t d = 0; d < documents.size(); ++d) {
      if (!admitted.empty() && !admitted[d]) continue;
      if (const std::uint32_t score = Score(query, documents[d]); score > 0) hits.push_back({d, score});
    }
    std::stable_sort(hits.begin(), hits.end(),
                     [](const LexicalHit& a, const LexicalHit& b) { return a.score > b.score; });
    hits.resize(std::min(hits.size(), static_cast<std::size_t>(std::max(top, 0))));
    return hits;
  }

 private:
  double Idf(double df) const { return std::log(1 + (n_ - df + 0.5) / (df + 0.5)); }
  Bm25Parameters parameters_;
  std::map<std::uint64_t, double> frequency_;
  double n_ = 1, mean_ = 1;
};

// Documents cut into segments at these places.
class Collection {
 public:
  Collection(const LexicalStatistics& statistics, const std::vector<TermBag>& documents,
             std::vector<std::size_t> cuts) {
    cuts.push_back(documents.size());
    std::size_t begin = 0;
    segments_.reserve(cuts.size());
    for (const std::size_t end : cuts) {
      segments_.emplace_back(statistics, std::span(documents).subspan(begin, end - begin));
      begin = end;
    }
    for (const LexicalSegment& segment : segments_) parts_.push_back({&segment, {}});
  }

  // admitted[d] of all documents, one bitmap a segment.
  void Admit(const std::vector<bool>& admitted) {
    bitmaps_.clear();
    bitmaps_.resize(segments_.size());
    std::size_t begin = 0;
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      bitmaps_[s].assign(segments_[s].padded_count() / 64, 0);
      for (std::int32_t d = 0; d < segments_[s].document_count(); ++d) {
        const auto at = static_cast<std::size_t>(d);
        if (admitted[begin + at]) bitmaps_[s][at / 64] |= std::uint64_t{1} << at % 64;
      }
      begin += static_cast<std::size_t>(segments_[s].document_count());
      parts_[s].admitted = bitmaps_[s];
    }
  }

  std::span<const LexicalPart> parts() const { return parts_; }
  const std::vector<LexicalSegment>& segments() const { return segments_; }

 private:
  std::vector<LexicalSegment> segments_;
  std::vector<LexicalPart> parts_;
  std::vector<std::vector<std::uint64_t>> bitmaps_;
};

TEST(LexicalSearchTest, AgreesWithTheExhaustiveScorer) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const int count = static_cast<int>(random.Below(400));
    const int vocabulary = 1 << random.Below(11);
    const Bm25Parameters parameters{0.5 + random.Uniform(), random.Uniform()};
    const std::vector<TermBag> documents = RandomBags(&random, count, 60, vocabulary, seed % 3 != 0);
    const PlainIndex plain(documents, parameters);
    const LexicalStatistics statistics(documents, parameters);
    std::vector<std::size_t> cuts;
    for (std::uint64_t c = random.Below(4); c > 0; --c) cuts.push_back(random.Below(documents.size() + 1));
    std::sort(cuts.begin(), cuts.end());
    Collection collection(statistics, documents, cuts);
    for (int q = 0; q < 12; ++q) {
      const TermBag query = RandomBag(&random, q < 6 ? 8 : 150, vocabulary * 2, seed % 3 != 0);
      for (const int top : {-1, 0, 1, 3, 10, 1000}) {
        const std::vector<LexicalHit> expected = plain.Search(query, documents, top);
        for (const InstructionSet set : AvailableInstructionSets()) {
          EXPECT_EQ(SearchLexical(query, collection.parts(), top, set), expected);
        }
      }
    }
  }
}
}  // namespace
}  // namespace magpie
