#include "magpie/retrieval/listing_index.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "magpie/base/random.h"
#include "magpie/retrieval/fixed_vectors.h"
#include "magpie/retrieval/lexical_search.h"

namespace magpie {
namespace {

constexpr int kDimension = 32;

struct Text {
  TermBag terms;
  std::vector<std::int16_t> vector;
};

std::shared_ptr<const Text> RandomText(Random& random) {
  auto text = std::make_shared<Text>();
  std::vector<std::uint64_t> terms;
  for (std::uint64_t i = random.Below(20); i > 0; --i) terms.push_back(random.Below(300));
  text->terms = MakeTermBag(std::move(terms));
  std::vector<float> row(kDimension);
  double squares = 0;
  for (float& component : row) {
    component = static_cast<float>(random.Uniform() - 0.5);
    squares += component * component;
  }
  for (float& component : row) component = static_cast<float>(component / std::sqrt(squares));
  if (random.Below(10) != 0) text->vector = ToFixed(row);  // of some nothing is known
  return text;
}

// The listings by number, and the obvious answer.
class Twin {
 public:
  std::map<std::int64_t, std::shared_ptr<const Text>> texts;
  LexicalStatistics statistics;

  IndexedListing Indexed(std::int64_t number) const {
    const auto& text = texts.at(number);
    return {number, &text->terms, text->vector, text};
  }
  std::vector<IndexedListing> All() const {
    std::vector<IndexedListing> all;
    for (const auto& [number, text] : texts) all.push_back(Indexed(number));
    return all;
  }

  // Scores of both rankings by number, those above 0.
  void Score(const Text& question, std::map<std::int64_t, double>* words,
             std::map<std::int64_t, double>* vectors) const {
    for (const auto& [number, text] : texts) {
      std::uint32_t score = 0;
      ScoreBags(statistics, question.terms, std::span(&text->terms, 1), {&score, 1});
      if (score > 0) (*words)[number] = score;
      if (question.vector.empty() || text->vector.empty()) continue;
      const std::int32_t dot = FixedDot(question.vector, text->vector);
      if (dot > 0) (*vectors)[number] = dot;
    }
  }
};

// The answer holds the best of both rankings by turns, ties by number, or all where they are few.
void ExpectTheBest(const Twin& twin, const Text& question, const std::vector<std::int64_t>& found, std::size_t limit) {
  std::map<std::int64_t, double> words, vectors;
  twin.Score(question, &words, &vectors);
  std::vector<std::vector<std::pair<double, std::int64_t>>> rankings;  // score below zero, so that the best sorts first
  for (const auto* ranking : {&words, &vectors}) {
    auto& ranked = rankings.emplace_back();
    for (const auto& [number, score] : *ranking) ranked.emplace_back(-score, number);
    std::sort(ranked.begin(), ranked.end());
  }
  std::set<std::int64_t> expected;
  for (std::size_t rank = 0; rank < twin.texts.size(); ++rank) {
    for (const auto& ranked : rankings) {
      if (rank < ranked.size() && expected.size() < limit) expected.insert(ranked[rank].second);
    }
  }
  if (twin.texts.size() <= limit) {
    for (const auto& [number, text] : twin.texts) expected.insert(number);
  }
  EXPECT_THAT(found, testing::ElementsAreArray(expected));
}

TEST(ListingIndex, FindsTheBestOfBothRankingsThroughAllChanges) {
  Random random(3);
  Twin twin;
  for (int i = 0; i < 400; ++i) twin.texts[i * 3] = RandomText(random);
  std::vector<TermBag> bags;
  for (const auto& [number, text] : twin.texts) bags.push_back(text->terms);
  twin.statistics = LexicalStatistics(bags);
  ListingIndex index = *ListingIndex::Build(twin.All(), RunContext());
  std::int64_t next = 2000;
  for (int round = 0; round < 30; ++round) {
    EXPECT_EQ(index.size(), static_cast<std::int64_t>(twin.texts.size()));
    std::vector<std::shared_ptr<const Text>> asked;
    std::vector<ListingQuestion> questions;
    for (int q = 0; q < 5; ++q) {
      asked.push_back(RandomText(random));
      questions.push_back({&asked.back()->terms, asked.back()->vector});
    }
    const auto all = *index.CandidatesOfAll(questions, 20, RunContext());
    for (std::size_t q = 0; q < asked.size(); ++q) {
      ExpectTheBest(twin, *asked[q], all[q], 20);
      EXPECT_EQ(index.Candidates(questions[q], 20), all[q]);
    }
    // Some go, some are replaced, some come; an index that somebody holds stays as it was.
    const ListingIndex held = index;
    std::vector<std::int64_t> gone = {next + 1'000'000};
    std::vector<IndexedListing> added;
    for (auto it = twin.texts.begin(); it != twin.texts.end();) {
      const std::uint64_t lot = random.Below(25);
      if (lot > 1) {
        ++it;
        continue;
      }
      gone.push_back(it->first);
      if (lot == 0) {
        it = twin.texts.erase(it);
        continue;
      }
      it->second = RandomText(random);
      added.push_back(twin.Indexed(it->first));
      ++it;
    }
    for (int i = 0; i < 9; ++i) {
      twin.texts[++next] = RandomText(random);
      added.push_back(twin.Indexed(next));
    }
    index = index.Changed(gone, std::move(added));
    EXPECT_EQ(*held.CandidatesOfAll(questions, 20, RunContext()), all);
    if (round % 7 == 6) {
      index = *index.Compacted(RunContext());
      EXPECT_EQ(index.tail_size(), 0);
      EXPECT_FALSE(index.wants_compacting());
      EXPECT_EQ(index.size(), static_cast<std::int64_t>(twin.texts.size()));
    }
  }
}

TEST(ListingIndex, FiltersAdmitBeforeRanking) {
  Random random(8);
  Twin twin;
  for (int i = 0; i < 300; ++i) twin.texts[i] = RandomText(random);
  std::vector<TermBag> bags;
  for (const auto& [number, text] : twin.texts) bags.push_back(text->terms);
  twin.statistics = LexicalStatistics(bags);
  // Facets by number: 1 or 2, and 10 + number % 5. A third of them in the tail, a few gone.
  std::vector<IndexedListing> packed, late;
  for (IndexedListing& listing : twin.All()) {
    listing.facets = {listing.number % 2 == 0 ? 1u : 2u, 10 + static_cast<std::uint32_t>(listing.number % 5)};
    (listing.number % 3 == 2 ? late : packed).push_back(std::move(listing));
  }
  // All at first, so that the statistics are those of the twin.
  std::vector<std::int64_t> everything;
  for (const auto& [number, text] : twin.texts) everything.push_back(number);
  ListingIndex index =
      *ListingIndex::Build(twin.All(), RunContext())->Changed(everything, packed).Compacted(RunContext());
  const std::vector<std::int64_t> gone = {0, 10, 30};
  index = index.Changed(gone, late);
  const FacetFilter filter = {{1}, {10, 13}};
  Twin admitted;
  admitted.statistics = twin.statistics;
  for (const auto& [number, text] : twin.texts) {
    const bool is_gone = std::find(gone.begin(), gone.end(), number) != gone.end();
    if (!is_gone && number % 2 == 0 && (number % 5 == 0 || number % 5 == 3)) admitted.texts[number] = text;
  }
  ASSERT_GT(admitted.texts.size(), 40u);
  for (int q = 0; q < 20; ++q) {
    const auto text = RandomText(random);
    ExpectTheBest(admitted, *text, index.Candidates({&text->terms, text->vector, &filter}, 20), 20);
  }
  const auto text = RandomText(random);
  std::vector<std::int64_t> all;
  for (const auto& [number, other] : admitted.texts) all.push_back(number);
  EXPECT_EQ(index.Candidates({&text->terms, text->vector, &filter}, 250), all);
  const FacetFilter nobody = {{99}};
  EXPECT_TRUE(index.Candidates({&text->terms, text->vector, &nobody}, 5).empty());
  // Many questions at once, each with its own filter.
  const FacetFilter even = {{1}}, odd_fives = {{2}, {10}};
  const std::vector<const FacetFilter*> filters = {nullptr, &filter, &even, &nobody, &odd_fives};
  std::vector<std::shared_ptr<const Text>> asked;
  std::vector<ListingQuestion> questions;
  for (std::size_t q = 0; q < 100; ++q) {
    asked.push_back(RandomText(random));
    questions.push_back({&asked.back()->terms, asked.back()->vector, filters[q % filters.size()]});
  }
  const auto answers = *index.CandidatesOfAll(questions, 20, RunContext());
  for (std::size_t q = 0; q < questions.size(); ++q) {
    EXPECT_EQ(index.Candidates(questions[q], 20), answers[q]) << q;
    if (questions[q].filter == &filter) ExpectTheBest(admitted, *asked[q], answers[q], 20);
  }
}

TEST(ListingIndex, RankingsBesideMergeIntoThoseOfAll) {
  Random random(11);
  Twin twin;
  for (int i = 0; i < 300; ++i) twin.texts[i] = RandomText(random);
  const ListingIndex all = *ListingIndex::Build(twin.All(), RunContext());
  std::vector<IndexedListing> few;
  for (int i = 0; i < 300; i += 7) few.push_back(twin.Indexed(i));
  const ListingIndex beside = *all.Beside(few, RunContext());
  EXPECT_EQ(beside.size(), 43);
  std::vector<ListingQuestion> questions;
  for (const auto& [number, text] : twin.texts) questions.push_back({&text->terms, text->vector});
  const auto of_all = *all.RankingsOfAll(questions, 300, RunContext());
  const auto of_few = *beside.RankingsOfAll(questions, 300, RunContext());
  for (std::size_t q = 0; q < questions.size(); ++q) {
    for (const auto ranking : {&ListingRankings::by_words, &ListingRankings::by_vector}) {
      std::vector<RankedListing> expected = of_all[q].*ranking;
      EXPECT_TRUE(std::is_sorted(expected.begin(), expected.end()));
      std::erase_if(expected, [](const RankedListing& listing) { return listing.number % 7 != 0; });
      EXPECT_EQ(of_few[q].*ranking, expected);
    }
  }
}

TEST(ListingIndex, EqualTextsComeByTheirNumbers) {
  Random random(4);
  const auto text = RandomText(random);
  std::vector<IndexedListing> listings;
  for (std::int64_t number = 0; number < 100; ++number)
    listings.push_back({number * 2, &text->terms, text->vector, text});
  const ListingIndex index = *ListingIndex::Build(listings, RunContext());
  EXPECT_THAT(index.Candidates({&text->terms, text->vector}, 4), testing::ElementsAre(0, 2, 4, 6));
}

TEST(ListingIndex, ThreadsDoNotMatter) {
  Random random(5);
  Twin twin;
  for (int i = 0; i < 300; ++i) twin.texts[i] = RandomText(random);
  const ListingIndex index = *ListingIndex::Build(twin.All(), RunContext());
  std::vector<ListingQuestion> questions;
  for (const auto& [number, text] : twin.texts) questions.push_back({&text->terms, text->vector});
  RunContext alone;
  alone.threads = 1;
  const auto expected = *index.CandidatesOfAll(questions, 10, alone);
  for (int threads : {2, 3, 8}) {
    RunContext context;
    context.threads = threads;
    EXPECT_EQ(*index.CandidatesOfAll(questions, 10, context), expected) << threads;
  }
}

TEST(ListingIndex, FewListingsAllComeBack) {
  EXPECT_TRUE(ListingIndex().Candidates({nullptr, {}}, 5).empty());
  Random random(6);
  Twin twin;
  for (int i = 0; i < 3; ++i) twin.texts[i] = RandomText(random);
  const ListingIndex index = *ListingIndex::Build(twin.All(), RunContext());
  const TermBag nothing;
  EXPECT_THAT(index.Candidates({&nothing, {}}, 3), testing::ElementsAre(0, 1, 2));
  EXPECT_TRUE(index.Candidates({&nothing, {}}, 2).empty());
  EXPECT_TRUE(index.Candidates({&nothing, {}}, 0).empty());
  // What comes to an empty index is found, too.
  const ListingIndex grown = ListingIndex().Changed({}, twin.All());
  EXPECT_EQ(grown.size(), 3);
  EXPECT_THAT(grown.Candidates({&twin.texts[1]->terms, twin.texts[1]->vector}, 3), testing::ElementsAre(0, 1, 2));
}

TEST(ListingIndex, CompactingIsWantedForLongTailsAndSparseSegments) {
  Random random(7);
  Twin twin;
  for (int i = 0; i < 100; ++i) twin.texts[i] = RandomText(random);
  ListingIndex index = *ListingIndex::Build(twin.All(), RunContext());
  EXPECT_FALSE(index.wants_compacting());
  std::vector<std::int64_t> gone;
  for (std::int64_t number = 0; number < 30; ++number) gone.push_back(number);
  EXPECT_TRUE(index.Changed(gone, {}).wants_compacting());
  std::vector<IndexedListing> many;
  for (std::size_t i = 0; i <= ListingIndex::kLongTail; ++i) {
    many.push_back(twin.Indexed(50));
    many.back().number = static_cast<std::int64_t>(1000 + i);
  }
  EXPECT_TRUE(index.Changed({}, many).wants_compacting());
}

// Listings around some directions, as texts lie, so many that one question may ask clusters.
class ManyListings {
 public:
  explicit ManyListings(int count) {
    Random random(77);
    std::vector<float> directions(kDirections * kDimension);
    for (float& component : directions) component = static_cast<float>(random.Uniform() - 0.5);
    for (int i = 0; i < count; ++i) {
      const std::size_t first = random.Below(kDirections) * kDimension;
      std::vector<float> row(directions.begin() + static_cast<std::ptrdiff_t>(first),
                             directions.begin() + static_cast<std::ptrdiff_t>(first + kDimension));
      double squares = 0;
      for (float& component : row) {
        component += 0.1f * static_cast<float>(random.Uniform() - 0.5);
        squares += component * component;
      }
      for (float& component : row) component = static_cast<float>(component / std::sqrt(squares));
      vectors.push_back(ToFixed(row));
    }
  }

  // Listing i has the number 2 i; every 20th has another facet.
  IndexedListing Indexed(int i) const {
    const auto& vector = vectors[static_cast<std::size_t>(i)];
    return {2 * i, &nothing, vector, nullptr, {i % 20 == 0 ? 2u : 1u}};
  }
  ListingQuestion Question(int i, const FacetFilter* filter = nullptr) const {
    return {&nothing, vectors[static_cast<std::size_t>(i)], filter};
  }

  std::vector<std::vector<std::int16_t>> vectors;

 private:
  static constexpr std::size_t kDirections = 400;
  const TermBag nothing;
};

TEST(ListingIndex, AsksClustersWhereTheyAreCheaperAndMissesLittle) {
  constexpr int kListings = 70'000, kEarly = 69'000;
  const ManyListings many(kListings);
  std::vector<IndexedListing> listings;
  for (int i = 0; i < kEarly; ++i) listings.push_back(many.Indexed(i));
  ListingIndex index = *ListingIndex::Build(std::move(listings), RunContext());
  EXPECT_TRUE(index.wants_compacting());
  EXPECT_NE(index.search_report().find("not been measured"), std::string::npos) << index.search_report();
  const std::int64_t bytes = index.bytes();
  index = *index.Compacted(RunContext());
  EXPECT_FALSE(index.wants_compacting());
  EXPECT_EQ(index.search_report().rfind("approximate", 0), 0u) << index.search_report();
  EXPECT_GT(index.bytes(), bytes + kEarly * kDimension);

  // Some go and some come later: neither is missed nor found for it.
  std::vector<std::int64_t> gone;
  for (int i = 7; i < kEarly; i += 1'000) gone.push_back(2 * i);
  std::vector<IndexedListing> late;
  for (int i = kEarly; i < kListings; ++i) late.push_back(many.Indexed(i));
  index = index.Changed(gone, std::move(late));
  const FacetFilter most = {{1}}, few = {{2}};
  for (const FacetFilter* filter : {static_cast<const FacetFilter*>(nullptr), &most, &few}) {
    std::vector<ListingQuestion> questions;
    for (int i = 0; i < 100; ++i) questions.push_back(many.Question(i * 7 * 100 + 7, filter));
    for (const int candidates : {10, 200, 201}) {
      const auto exact = *index.CandidatesOfAll(questions, candidates, RunContext());
      std::size_t found = 0, wanted = 0, same = 0;
      for (std::size_t q = 0; q < questions.size(); ++q) {
        const std::vector<std::int64_t> one = index.Candidates(questions[q], candidates);
        ASSERT_EQ(one.size(), exact[q].size());
        std::vector<std::int64_t> both;
        std::set_intersection(one.begin(), one.end(), exact[q].begin(), exact[q].end(), std::back_inserter(both));
        found += both.size();
        wanted += one.size();
        same += one == exact[q] ? 1 : 0;
        for (std::int64_t number : one) {
          ASSERT_TRUE(number >= 2 * kEarly || number / 2 % 1'000 != 7) << number;
          if (filter != nullptr) {
            ASSERT_EQ(number / 2 % 20 == 0, filter == &few) << number;
          }
        }
      }
      EXPECT_GE(static_cast<double>(found), 0.99 * static_cast<double>(wanted)) << candidates;
      // Everything is read for more than recall was measured for, and for few of the listings.
      if (candidates > 200 || filter == &few) {
        EXPECT_EQ(same, questions.size()) << candidates;
      } else if (candidates == 200) {
        EXPECT_LT(same, questions.size());  // clusters were asked
      }
    }
  }
}

TEST(ListingIndex, ReadsAllWhereClustersAreNotCheaper) {
  Random random(5);
  constexpr int kListings = 66'000;
  std::vector<std::vector<std::int16_t>> vectors;
  const TermBag nothing;
  for (int i = 0; i < kListings; ++i) {
    std::vector<std::int16_t> vector(kDimension);
    for (std::int16_t& component : vector) component = static_cast<std::int16_t>(random.Below(4'000)) - 2'000;
    vectors.push_back(std::move(vector));
  }
  std::vector<IndexedListing> listings;
  for (int i = 0; i < kListings; ++i)
    listings.push_back({i, &nothing, vectors[static_cast<std::size_t>(i)], nullptr, {}});
  const ListingIndex built = *ListingIndex::Build(std::move(listings), RunContext());
  const ListingIndex index = *built.Compacted(RunContext());
  EXPECT_FALSE(index.wants_compacting());  // it was measured, and is not tried again until something changed
  EXPECT_EQ(index.search_report().rfind("every row is read", 0), 0u) << index.search_report();
  EXPECT_EQ(index.bytes(), built.bytes());
}

}  // namespace
}  // namespace magpie
