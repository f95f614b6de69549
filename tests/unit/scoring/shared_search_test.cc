// Questions that wait together, held against the same ones asked alone.
#include "scoring/shared_search.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "magpie/base/random.h"
#include "magpie/retrieval/fixed_vectors.h"

namespace magpie {
namespace {

constexpr int kListings = 3'000, kQuestions = 60, kDimension = 16;

struct Listings {
  std::vector<TermBag> bags;
  std::vector<std::vector<std::int16_t>> vectors;

  Listings(int count, std::uint64_t seed) {
    Random random(seed);
    for (int i = 0; i < count; ++i) {
      TermBag bag;
      for (std::uint64_t term = 1; term <= 40; ++term) {
        if (random.Below(8) == 0) bag.push_back({term, 1});
      }
      bags.push_back(std::move(bag));
      std::vector<float> row;
      for (int d = 0; d < kDimension; ++d)
        row.push_back((static_cast<float>(random.Below(2'001)) - 1'000) / 4'000);  // shorter than 1
      vectors.push_back(ToFixed(row));
    }
  }
};

TEST(SharedSearch, EachGetsTheAnswerThatItWouldGetAlone) {
  const Listings listings(kListings, 1), asked(kQuestions, 2);
  std::vector<IndexedListing> indexed;
  for (std::size_t i = 0; i < kListings; ++i) {
    indexed.push_back({static_cast<std::int64_t>(i),
                       &listings.bags[i],
                       listings.vectors[i],
                       nullptr,
                       {static_cast<std::uint32_t>(i % 3)}});
  }
  const ListingIndex index = ListingIndex::Build(std::move(indexed), RunContext()).value();
  const FacetFilter everything, third = {{1}};
  const auto question = [&](std::size_t q) {
    return ListingQuestion{&asked.bags[q], asked.vectors[q], q % 4 == 0 ? &third : &everything};
  };
  const auto candidates = [](std::size_t q) { return q % 5 == 0 ? 7 : 50; };
  std::vector<std::vector<std::int64_t>> alone;
  for (std::size_t q = 0; q < kQuestions; ++q) alone.push_back(index.Candidates(question(q), candidates(q)));
  EXPECT_NE(alone[1], alone[2]);
  for (const int passes : {1, 2, 8}) {
    for (const int callers : {1, 3, 40}) {  // 40 are more than one pass takes
      SharedSearch search(passes);
      std::vector<std::vector<std::int64_t>> found(kQuestions);
      std::atomic<std::size_t> next = 0;
      {
        std::vector<std::jthread> threads;
        for (int c = 0; c < callers; ++c) {
          threads.emplace_back([&] {
            for (std::size_t q = next++; q < kQuestions; q = next++) {
              found[q] = search.Find(index, question(q), candidates(q));
            }
          });
        }
      }
      EXPECT_EQ(found, alone) << passes << " passes, " << callers << " callers";
    }
  }
}

}  // namespace
}  // namespace magpie
