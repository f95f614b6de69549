#include "magpie/retrieval/lexical_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

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

TEST(LexicalSearchTest, FindsOnlyWhatIsAdmitted) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const std::vector<TermBag> documents = RandomBags(&random, 500, 40, 300);
    const PlainIndex plain(documents, {});
    const LexicalStatistics statistics(documents);
    Collection collection(statistics, documents, {130, 130, 400});
    for (const double share : {0.0, 0.01, 0.5, 1.0}) {
      std::vector<bool> admitted;
      for (std::size_t d = 0; d < documents.size(); ++d) admitted.push_back(random.Uniform() < share);
      collection.Admit(admitted);
      for (const int most : {6, 120}) {
        const TermBag query = RandomBag(&random, most, 300);
        const std::vector<LexicalHit> expected = plain.Search(query, documents, 10, admitted);
        for (const InstructionSet set : AvailableInstructionSets()) {
          EXPECT_EQ(SearchLexical(query, collection.parts(), 10, set), expected);
        }
        const auto batch = SearchLexicalBatch(std::vector<TermBag>(300, query), collection.parts(), 10, RunContext());
        ASSERT_TRUE(batch.ok());
        EXPECT_EQ(batch->front(), expected);
        EXPECT_EQ(batch->back(), expected);
      }
    }
  }
}

// Enough documents and queries for the frequent lists, the looks through the counters and the look-ups to come about.
TEST(LexicalSearchTest, LargeSegmentsAgreeWithScoringEveryBag) {
  Random random(3);
  const std::vector<TermBag> documents = RandomBags(&random, 70'000, 24, 20'000);
  const LexicalStatistics statistics(documents);
  Collection collection(statistics, documents, {LexicalSegment::kMostDocuments});
  std::vector<std::uint32_t> scores(documents.size());
  std::vector<bool> admitted;
  for (std::size_t d = 0; d < documents.size(); ++d) admitted.push_back(random.Below(500) == 0);
  for (int q = 0; q < 24; ++q) {
    SCOPED_TRACE(q);
    const TermBag query = RandomBag(&random, q < 16 ? 12 : 200, 20'000);
    ScoreBags(statistics, query, documents, scores);
    for (const bool filtered : {false, true}) {
      std::vector<LexicalHit> expected;
      for (std::uint32_t d = 0; d < scores.size(); ++d) {
        if (scores[d] > 0 && (!filtered || admitted[d])) expected.push_back({d, scores[d]});
      }
      std::stable_sort(expected.begin(), expected.end(),
                       [](const LexicalHit& a, const LexicalHit& b) { return a.score > b.score; });
      collection.Admit(filtered ? admitted : std::vector<bool>(documents.size(), true));
      for (const std::size_t top : {std::size_t{10}, std::size_t{300}}) {
        const std::vector<LexicalHit> best(
            expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(std::min(top, expected.size())));
        for (const InstructionSet set : AvailableInstructionSets()) {
          EXPECT_EQ(SearchLexical(query, collection.parts(), static_cast<int>(top), set), best);
        }
      }
    }
  }
}

// Few documents hold the query's rare terms, many its common ones: the case in which documents are looked up instead of
// lists added. Documents weigh the same whatever their length, so ties are many.
TEST(LexicalSearchTest, TopicsAreFoundAmongCommonWords) {
  Random random(4);
  const auto term = [](std::uint64_t kind, std::uint64_t number) { return Random(kind * 1000 + number).Next(); };
  constexpr std::uint64_t kTopics = 20, kTopicTerms = 6, kOften = 400, kAlways = 3;
  const auto draw = [&](std::uint64_t topic, double share) {
    std::vector<std::uint64_t> terms;
    for (std::uint64_t t = 0; t < kTopicTerms; ++t) {
      if (random.Uniform() < share) terms.push_back(term(topic, t));
    }
    for (int t = 0; t < 8; ++t) terms.push_back(term(kTopics, random.Below(kOften)));
    terms.push_back(term(kTopics + 1, random.Below(kAlways)));
    return MakeTermBag(std::move(terms));
  };
  std::vector<TermBag> documents, queries;
  for (std::int32_t d = 0; d < LexicalSegment::kMostDocuments + 10'000; ++d) {
    // The last document of every block that a batch takes is one to be found.
    const bool on_topic = d % 8'192 == 8'191 || random.Below(50) == 0;
    documents.push_back(draw(random.Below(kTopics), on_topic ? 0.8 : 0.0));
  }
  for (std::uint64_t q = 0; q < 300; ++q) queries.push_back(draw(q % kTopics, 1.0));
  const LexicalStatistics statistics(documents, {1.2, 0});
  Collection collection(statistics, documents, {LexicalSegment::kMostDocuments});
  for (const int top : {10, 40}) {
    const auto batch = SearchLexicalBatch(queries, collection.parts(), top, RunContext());
    ASSERT_TRUE(batch.ok());
    std::vector<std::uint32_t> scores(documents.size());
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const std::vector<LexicalHit> hits = SearchLexical(queries[q], collection.parts(), top);
      EXPECT_EQ((*batch)[q], hits);
      if (q >= kTopics) continue;
      ScoreBags(statistics, queries[q], documents, scores);
      std::vector<LexicalHit> expected;
      for (std::uint32_t d = 0; d < scores.size(); ++d) expected.push_back({d, scores[d]});
      std::stable_sort(expected.begin(), expected.end(),
                       [](const LexicalHit& a, const LexicalHit& b) { return a.score > b.score; });
      expected.resize(static_cast<std::size_t>(top));
      EXPECT_EQ(hits, expected);
    }
  }
}

TEST(LexicalSearchTest, EqualDocumentsComeInTheirOrder) {
  const std::vector<TermBag> documents(300, TermBag{{5, 2}, {9, 1}});
  const LexicalStatistics statistics(documents);
  Collection collection(statistics, documents, {100});
  const std::vector<LexicalHit> hits = SearchLexical({{9, 1}}, collection.parts(), 150);
  ASSERT_EQ(hits.size(), 150u);
  for (std::uint32_t d = 0; d < hits.size(); ++d) EXPECT_EQ(hits[d], (LexicalHit{d, hits[0].score}));
}

TEST(LexicalSearchTest, FindsNothingWhereNothingIs) {
  const LexicalStatistics none;
  EXPECT_EQ(none.document_count(), 0);
  EXPECT_TRUE(SearchLexical({{1, 1}}, {}, 10).empty());
  const LexicalSegment empty(none, {});
  const LexicalSegment blank(none, std::vector<TermBag>(70));
  const LexicalPart parts[] = {{&empty, {}}, {&blank, {}}, {&empty, {}}};
  EXPECT_TRUE(SearchLexical({{1, 1}}, parts, 10).empty());
  const LexicalSegment late(none, std::vector<TermBag>{{}, {{7, 1}}});
  const LexicalPart with_late[] = {{&blank, {}}, {&late, {}}};
  EXPECT_TRUE(SearchLexical({}, with_late, 10).empty());
  EXPECT_TRUE(SearchLexical({{8, 1}}, with_late, 10).empty());
  ASSERT_EQ(SearchLexical({{7, 1}}, with_late, 10).size(), 1u);
  EXPECT_EQ(SearchLexical({{7, 1}}, with_late, 10)[0].document, 71u);
}

// A thousand terms of the greatest impact leave 16 bits.
TEST(LexicalSearchTest, LongQueriesAreSummedInFull) {
  TermBag all;
  for (std::uint64_t t = 0; t < 1000; ++t) all.push_back({Random(t).Next(), 1000});
  std::sort(all.begin(), all.end(), [](const TermCount& a, const TermCount& b) { return a.term < b.term; });
  std::vector<TermBag> documents(64);
  documents[3] = all;
  documents[5] = TermBag(all.begin(), all.begin() + 900);
  documents[9] = documents[5];
  const Bm25Parameters parameters{1.2, 0};
  const PlainIndex plain({}, parameters);
  const LexicalStatistics statistics(TermBags(), parameters);
  Collection collection(statistics, documents, {});
  const std::vector<LexicalHit> expected = plain.Search(all, documents, 2);
  ASSERT_GT(expected[1].score, 0xFFFFu);
  EXPECT_EQ(SearchLexical(all, collection.parts(), 2), expected);
  const auto batch = SearchLexicalBatch(std::vector<TermBag>(300, all), collection.parts(), 2, RunContext());
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->back(), expected);
}

TEST(LexicalSearchTest, BatchesAnswerAsOneQueryDoes) {
  Random random(11);
  const std::vector<TermBag> documents = RandomBags(&random, 20'000, 40, 4'000);
  const LexicalStatistics statistics(documents);
  Collection collection(statistics, documents, {8'191, 8'300});
  for (const int count : {0, 3, 700}) {
    std::vector<TermBag> queries = RandomBags(&random, count, 60, 5'000);
    std::vector<std::vector<LexicalHit>> expected;
    for (const TermBag& query : queries) expected.push_back(SearchLexical(query, collection.parts(), 7));
    for (int threads = 1; threads <= 8; ++threads) {
      RunContext context;
      context.threads = threads;
      for (const InstructionSet set : AvailableInstructionSets()) {
        const auto batch = SearchLexicalBatch(queries, collection.parts(), 7, context, set);
        ASSERT_TRUE(batch.ok());
        EXPECT_EQ(*batch, expected);
      }
    }
    const auto nothing = SearchLexicalBatch(queries, collection.parts(), 0, RunContext());
    ASSERT_TRUE(nothing.ok());
    EXPECT_EQ(*nothing, std::vector<std::vector<LexicalHit>>(queries.size()));
  }
}

TEST(LexicalSearchTest, BatchesStopWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  RunContext context;
  context.stop = stop.get_token();
  const std::vector<TermBag> queries(300, TermBag{{1, 1}});
  const std::vector<TermBag> documents(5, TermBag{{1, 1}});
  const LexicalStatistics statistics(documents);
  Collection collection(statistics, documents, {});
  EXPECT_EQ(SearchLexicalBatch(queries, collection.parts(), 3, context).status().code(), absl::StatusCode::kCancelled);
}

// Documents that came after the statistics were made weigh the same in a segment, among bags, and by the plain rules.
TEST(LexicalSearchTest, LateDocumentsWeighAsTheStatisticsSay) {
  Random random(5);
  const std::vector<TermBag> counted = RandomBags(&random, 200, 30, 100);
  std::vector<TermBag> late = RandomBags(&random, 100, 50, 300);
  late.push_back({});
  const PlainIndex plain(counted, {});
  const LexicalStatistics statistics(counted);
  Collection collection(statistics, late, {});
  std::vector<const TermBag*> pointers;
  for (const TermBag& bag : late) pointers.push_back(&bag);
  std::vector<std::uint32_t> scores(late.size(), 77);
  for (int q = 0; q < 20; ++q) {
    const TermBag query = RandomBag(&random, 40, 300);
    EXPECT_EQ(SearchLexical(query, collection.parts(), 1000), plain.Search(query, late, 1000));
    ScoreBags(statistics, query, pointers, scores);
    for (std::size_t d = 0; d < late.size(); ++d) EXPECT_EQ(scores[d], plain.Score(query, late[d]));
  }
}

TEST(LexicalStatisticsTest, CountsDocumentsAndStaysNearBm25) {
  Random random(8);
  const std::vector<TermBag> documents = RandomBags(&random, 600, 40, 200);
  const LexicalStatistics statistics(documents);
  EXPECT_EQ(statistics.document_count(), 600);
  std::map<std::uint64_t, std::uint32_t> frequency;
  for (const TermBag& bag : documents) {
    for (const TermCount& term : bag) ++frequency[term.term];
  }
  for (const auto& [term, count] : frequency) EXPECT_EQ(statistics.Frequency(term), count);
  EXPECT_EQ(statistics.Frequency(12345), 1u);

  const LexicalIndex exact(documents, TermWeighting::kBm25);
  Collection collection(statistics, documents, {});
  std::vector<double> scores(documents.size());
  const TermBag query = RandomBag(&random, 30, 200);
  exact.ScoreAll(query, scores);
  const std::vector<LexicalHit> hits = SearchLexical(query, collection.parts(), 600);
  ASSERT_GT(hits.size(), 100u);
  // Half a point of rounding a term, and as much again where an impact of nearly 0 counts 1.
  const double bound = statistics.unit() * static_cast<double>(query.size());
  for (const LexicalHit& hit : hits) EXPECT_NEAR(hit.score * statistics.unit(), scores[hit.document], bound);
}

TEST(LexicalSegmentTest, ListsHoldWhatTheBagsSay) {
  Random random(21);
  const std::vector<TermBag> documents = RandomBags(&random, 3'000, 50, 500);
  const PlainIndex plain(documents, {});
  const LexicalSegment segment(LexicalStatistics(documents), documents);
  std::map<std::uint64_t, std::map<std::uint32_t, std::uint32_t>> expected;
  std::int64_t postings = 0;
  for (std::uint32_t d = 0; d < documents.size(); ++d) {
    for (const TermCount& term : documents[d]) expected[term.term][d] = plain.Impact(documents[d], term), ++postings;
  }
  EXPECT_EQ(segment.posting_count(), postings);
  EXPECT_LE(segment.posting_bytes(), 4 * postings);
  ASSERT_EQ(segment.terms().size(), expected.size());
  int dense = 0;
  for (const auto& [term, impacts] : expected) {
    const LexicalSegment::List list = segment.list(segment.terms().Find(term));
    dense += list.dense() ? 1 : 0;
    ASSERT_EQ(list.count, impacts.size());
    std::uint32_t most = 0, j = 0;
    for (const auto& [document, impact] : impacts) {
      EXPECT_EQ(list.impacts[list.dense() ? document : j], impact);
      if (!list.dense()) {
        EXPECT_EQ(list.documents[j], document);
      }
      most = std::max(most, impact);
      ++j;
    }
    EXPECT_EQ(list.most, most);
  }
  EXPECT_GT(dense, 5);
  EXPECT_LT(dense, 400);
}

TEST(TermDirectoryTest, FindsEveryTermAndNoOther) {
  for (const int count : {0, 1, 7, 100, 5'000}) {
    for (const bool hashed : {false, true}) {
      std::vector<std::uint64_t> terms;
      for (int i = 0; i < count; ++i) {
        const auto number = static_cast<std::uint64_t>(i);
        terms.push_back(hashed ? Random(number).Next() : number * 3);
      }
      if (count > 7) terms.back() = ~std::uint64_t{0};
      std::sort(terms.begin(), terms.end());
      const TermDirectory directory(terms);
      for (std::uint32_t i = 0; i < terms.size(); ++i) EXPECT_EQ(directory.Find(terms[i]), i);
      EXPECT_EQ(directory.Find(1), TermDirectory::kNone);
      EXPECT_EQ(directory.Find(~std::uint64_t{0} - 1), TermDirectory::kNone);
    }
  }
}

TEST(FindDocumentsTest, EveryInstructionSetFindsTheSame) {
  Random random(2);
  for (const std::size_t count : {64u, 512u, 576u, 4'096u, 65'536u}) {
    std::vector<std::uint16_t> counters(count);
    for (std::uint16_t& counter : counters) counter = static_cast<std::uint16_t>(random.Below(60'000));
    std::vector<std::vector<std::uint8_t>> lists(random.Below(20));
    DenseSum dense;
    for (std::vector<std::uint8_t>& list : lists) {
      const std::uint64_t most = 1 + random.Below(255);
      for (std::size_t d = 0; d < count; ++d) list.push_back(static_cast<std::uint8_t>(random.Below(most + 1)));
      dense.Add(list.data(), static_cast<std::uint32_t>(most));
    }
    std::vector<std::uint64_t> admitted(count / 64);
    for (std::uint64_t& word : admitted) word = random.Below(3) == 0 ? 0 : random.Next();
    for (const std::uint16_t least : {1, 30'000, 59'000, 65'535}) {
      for (const std::uint64_t* filter : {static_cast<const std::uint64_t*>(nullptr), std::as_const(admitted).data()}) {
        std::vector<std::pair<int, int>> expected;
        for (std::size_t d = 0; d < count; ++d) {
          int score = counters[d];
          for (const auto& list : lists) score += list[d];
          if (score >= least && (filter == nullptr || (filter[d / 64] >> d % 64 & 1) != 0)) {
            expected.emplace_back(static_cast<int>(d), score);
          }
        }
        for (const InstructionSet set : AvailableInstructionSets()) {
          std::vector<LexicalFound> found(count);
          found.resize(FindDocumentsFor(set)(counters.data(), dense, 0, count, least, filter, found.data()));
          std::vector<std::pair<int, int>> got;
          for (const LexicalFound& one : found) got.emplace_back(one.document, one.score);
          EXPECT_EQ(got, expected);
        }
      }
    }
  }
}

}  // namespace
}  // namespace magpie
