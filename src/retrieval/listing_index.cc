#include "magpie/retrieval/listing_index.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/retrieval/coded_search.h"
#include "magpie/retrieval/lexical_search.h"

namespace magpie {
namespace {

constexpr std::size_t kQuestionsAtOnce = 4096;
constexpr std::size_t kManyQuestions = 64;  // from here on the tail is worth packing for them
constexpr double kSparse = 0.75;            // a segment with a smaller share alive is worth packing anew

std::size_t SegmentRows() {
  return static_cast<std::size_t>(std::min<std::int64_t>(CodedSegment::kMostRows, LexicalSegment::kMostDocuments));
}

bool IsAlive(const std::vector<std::uint64_t>* alive, std::size_t row) {
  return alive == nullptr || ((*alive)[row / 64] >> (row % 64) & 1) != 0;
}

// Whether the facets (ascending) hold one of each group.
bool Admits(const FacetFilter& filter, const std::vector<std::uint32_t>& facets) {
  return std::all_of(filter.begin(), filter.end(), [&](const std::vector<std::uint32_t>& group) {
    return std::any_of(group.begin(), group.end(),
                       [&](std::uint32_t facet) { return std::binary_search(facets.begin(), facets.end(), facet); });
  });
}

// Puts the tail's listings into a ranking of the segments'.
void Merge(std::vector<RankedListing> of_tail, std::size_t limit, std::vector<RankedListing>* ranking) {
  if (of_tail.empty()) return;
  ranking->insert(ranking->end(), of_tail.begin(), of_tail.end());
  std::sort(ranking->begin(), ranking->end());
  if (ranking->size() > limit) ranking->resize(limit);
}

bool NumberIsLower(const IndexedListing& a, const IndexedListing& b) {
  return a.number < b.number;
}

}  // namespace

TakenInTurn TakeInTurn(const ListingRankings& rankings, std::size_t limit, NumberSet* seen) {
  TakenInTurn taken;
  taken.numbers.reserve(limit);
  seen->Clear(limit);
  const auto take = [&](const std::vector<RankedListing>& ranking, std::size_t rank, std::size_t* asked) {
    if (taken.numbers.size() >= limit) return;
    *asked = rank + 1;
    if (rank < ranking.size() && seen->Insert(ranking[rank].number)) {
      taken.numbers.push_back(ranking[rank].number);
    }
  };
  const std::size_t longest = std::max(rankings.by_words.size(), rankings.by_vector.size());
  for (std::size_t rank = 0; rank < longest && taken.numbers.size() < limit; ++rank) {
    take(rankings.by_words, rank, &taken.of_words);
    take(rankings.by_vector, rank, &taken.of_vector);
  }
  return taken;
}

// The score of vectors: whole-number dot products of the rows as they are.
class ListingIndex::Exact final : public ExactRows {
 public:
  Exact(const ListingIndex& index, std::span<const ListingQuestion> questions, std::span<const std::size_t> asked)
      : index_(index), questions_(questions), asked_(asked) {}

  void Score(std::int64_t query, std::span<const std::int32_t> documents, std::span<double> scores) const override {
    const ListingQuestion& question = questions_[asked_[static_cast<std::size_t>(query)]];
    for (std::size_t i = 0; i < documents.size(); ++i) {
      const std::span<const std::int16_t> row = index_.At(documents[i]).vector;
      scores[i] = row.empty() ? 0 : FixedDot(question.vector, row) * FixedVectors::kDotScale;
    }
  }

 private:
  const ListingIndex& index_;
  const std::span<const ListingQuestion> questions_;
  const std::span<const std::size_t> asked_;  // places of the queries in questions_
};

const IndexedListing& ListingIndex::At(std::int32_t place) const {
  if (place >= tail_first_) return tail_[static_cast<std::size_t>(place - tail_first_)];
  const auto after = std::upper_bound(parts_.begin(), parts_.end(), place,
                                      [](std::int32_t p, const Part& part) { return p < part.first; });
  const Part& part = *(after - 1);
  return part.segment->listings[static_cast<std::size_t>(place - part.first)];
}

absl::Status ListingIndex::AddSegment(std::vector<IndexedListing> listings) {
  auto segment = std::make_shared<Segment>();
  std::vector<const TermBag*> bags;
  bags.reserve(listings.size());
  for (const IndexedListing& listing : listings) bags.push_back(listing.terms);
  segment->words = LexicalSegment(*statistics_, bags);
  if (dimension_ > 0) {
    FixedVectors rows(static_cast<std::int64_t>(listings.size()), dimension_);
    for (std::size_t i = 0; i < listings.size(); ++i) rows.SetFixed(static_cast<std::int64_t>(i), listings[i].vector);
    const std::span<const std::int16_t> all(rows.row(0).data(), listings.size() * static_cast<std::size_t>(dimension_));
    MAGPIE_ASSIGN_OR_RETURN(segment->vectors, CodedSegment::Make(all, dimension_));
  }
  std::vector<std::pair<std::uint32_t, std::uint16_t>> facets;
  for (std::size_t i = 0; i < listings.size(); ++i) {
    for (std::uint32_t facet : listings[i].facets) facets.emplace_back(facet, static_cast<std::uint16_t>(i));
  }
  std::sort(facets.begin(), facets.end());
  for (const auto& [facet, row] : facets) {
    if (segment->facets.empty() || segment->facets.back() != facet) {
      segment->facets.push_back(facet);
      segment->facet_first.push_back(static_cast<std::uint32_t>(segment->facet_rows.size()));
    }
    segment->facet_rows.push_back(row);
  }
  segment->facet_first.push_back(static_cast<std::uint32_t>(segment->facet_rows.size()));
  segment->listings = std::move(listings);
  const auto count = static_cast<std::int64_t>(segment->listings.size());
  parts_.push_back({std::move(segment), nullptr, count, tail_first_});
  tail_first_ += static_cast<std::int32_t>(count);
  size_ += count;
  return absl::OkStatus();
}

absl::StatusOr<ListingIndex> ListingIndex::Build(std::vector<IndexedListing> listings, const RunContext& context) {
  ListingIndex index;
  std::vector<const TermBag*> bags;
  bags.reserve(listings.size());
  for (const IndexedListing& listing : listings) {
    bags.push_back(listing.terms);
    index.dimension_ = std::max(index.dimension_, static_cast<int>(listing.vector.size()));
  }
  index.statistics_ = std::make_shared<const LexicalStatistics>(bags);
  MAGPIE_RETURN_IF_ERROR(index.AddSegments(std::move(listings), context));
  return index;
}

absl::Status ListingIndex::AddSegments(std::vector<IndexedListing> listings, const RunContext& context) {
  for (std::size_t first = 0; first < listings.size(); first += SegmentRows()) {
    MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
    const std::size_t end = std::min(listings.size(), first + SegmentRows());
    MAGPIE_RETURN_IF_ERROR(AddSegment({std::make_move_iterator(listings.begin() + static_cast<std::ptrdiff_t>(first)),
                                       std::make_move_iterator(listings.begin() + static_cast<std::ptrdiff_t>(end))}));
  }
  return absl::OkStatus();
}

absl::StatusOr<ListingIndex> ListingIndex::Beside(std::vector<IndexedListing> listings,
                                                  const RunContext& context) const {
  ListingIndex index;
  index.statistics_ = statistics_;
  index.dimension_ = dimension_;
  MAGPIE_RETURN_IF_ERROR(index.AddSegments(std::move(listings), context));
  return index;
}

ListingIndex ListingIndex::Changed(std::span<const std::int64_t> gone, std::vector<IndexedListing> added) const {
  ListingIndex next = *this;
  const absl::flat_hash_set<std::int64_t> numbers(gone.begin(), gone.end());
  if (!numbers.empty()) {
    for (Part& part : next.parts_) {
      std::shared_ptr<Bitmap> alive;
      const std::vector<IndexedListing>& listings = part.segment->listings;
      for (std::int64_t number : numbers) {
        // A segment's listings stand by number.
        const auto at = std::lower_bound(listings.begin(), listings.end(), number,
                                         [](const IndexedListing& a, std::int64_t n) { return a.number < n; });
        if (at == listings.end() || at->number != number) continue;
        const auto row = static_cast<std::size_t>(at - listings.begin());
        if (!IsAlive(alive ? alive.get() : part.alive.get(), row)) continue;
        if (alive == nullptr) {
          alive = part.alive ? std::make_shared<Bitmap>(*part.alive)
                             : std::make_shared<Bitmap>((listings.size() + 63) / 64, ~std::uint64_t{0});
        }
        (*alive)[row / 64] &= ~(std::uint64_t{1} << (row % 64));
        --part.count;
        --next.size_;
      }
      if (alive != nullptr) part.alive = std::move(alive);
    }
    next.size_ -= static_cast<std::int64_t>(
        std::erase_if(next.tail_, [&](const IndexedListing& listing) { return numbers.contains(listing.number); }));
  }
  next.size_ += static_cast<std::int64_t>(added.size());
  for (IndexedListing& listing : added) {
    next.dimension_ = std::max(next.dimension_, static_cast<int>(listing.vector.size()));
    next.tail_.push_back(std::move(listing));
  }
  return next;
}

bool ListingIndex::wants_compacting() const {
  return tail_.size() > kLongTail || wants_clusters() ||
         std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
           return static_cast<double>(part.count) < kSparse * static_cast<double>(part.segment->listings.size());
         });
}

absl::StatusOr<ListingIndex> ListingIndex::Compacted(const RunContext& context) const {
  ListingIndex next;
  next.statistics_ = statistics_;
  next.dimension_ = dimension_;
  std::vector<IndexedListing> late = tail_;
  std::sort(late.begin(), late.end(), NumberIsLower);
  // Full segments that nothing has come into stay; the others are packed anew with what lies between, by number.
  std::vector<IndexedListing> loose;
  auto next_late = late.begin();
  const auto take_late = [&](auto end) {
    const bool any = next_late != end;
    loose.insert(loose.end(), next_late, end);
    next_late = end;
    return any;
  };
  for (const Part& part : parts_) {
    const std::vector<IndexedListing>& listings = part.segment->listings;
    take_late(std::lower_bound(next_late, late.end(), listings.front(), NumberIsLower));
    const auto inside_end = std::upper_bound(next_late, late.end(), listings.back(), NumberIsLower);
    const bool keep = next_late == inside_end &&
                      static_cast<double>(part.count) >= kSparse * static_cast<double>(listings.size()) &&
                      2 * listings.size() > SegmentRows();
    if (keep) {
      MAGPIE_RETURN_IF_ERROR(next.AddSegments(std::exchange(loose, {}), context));
      next.parts_.push_back(part);
      next.parts_.back().first = next.tail_first_;
      next.tail_first_ += static_cast<std::int32_t>(listings.size());
      next.size_ += part.count;
      continue;
    }
    const auto middle = static_cast<std::ptrdiff_t>(loose.size());
    for (std::size_t row = 0; row < listings.size(); ++row) {
      if (IsAlive(part.alive.get(), row)) loose.push_back(listings[row]);
    }
    const auto inside = static_cast<std::ptrdiff_t>(loose.size());
    take_late(inside_end);
    std::inplace_merge(loose.begin() + middle, loose.begin() + inside, loose.end(), NumberIsLower);
  }
  take_late(late.end());
  MAGPIE_RETURN_IF_ERROR(next.AddSegments(std::move(loose), context));
  MAGPIE_RETURN_IF_ERROR(next.FindClusters(context));
  return next;
}

std::int64_t ListingIndex::bytes() const {
  const auto of = [](const auto& values) { return values.size() * sizeof(values[0]); };
  const auto of_listings = [&](const std::vector<IndexedListing>& listings) {
    std::size_t bytes = of(listings);
    for (const IndexedListing& listing : listings) bytes += of(listing.facets);
    return bytes;
  };
  std::int64_t sum = statistics_->bytes() + (clusters_ != nullptr ? clusters_->bytes() : 0);
  for (const Part& part : parts_) {
    const Segment& segment = *part.segment;
    sum += segment.words.bytes() + (segment.vectors != nullptr ? segment.vectors->bytes() : 0);
    sum += static_cast<std::int64_t>(of_listings(segment.listings) + of(segment.facets) + of(segment.facet_first) +
                                     of(segment.facet_rows));
    if (part.alive != nullptr) sum += static_cast<std::int64_t>(of(*part.alive));
  }
  return sum + static_cast<std::int64_t>(of_listings(tail_));
}

std::span<const std::uint16_t> ListingIndex::Segment::RowsWith(std::uint32_t facet) const {
  const auto at = std::lower_bound(facets.begin(), facets.end(), facet);
  if (at == facets.end() || *at != facet) return {};
  const auto i = static_cast<std::size_t>(at - facets.begin());
  return std::span(facet_rows).subspan(facet_first[i], facet_first[i + 1] - facet_first[i]);
}

ListingIndex::Bitmap ListingIndex::AdmittedOf(const Part& part, const FacetFilter& filter) {
  Bitmap admitted;
  if (part.alive != nullptr) admitted = *part.alive;
  for (const std::vector<std::uint32_t>& group : filter) {
    Bitmap of_group((part.segment->listings.size() + 63) / 64);
    for (std::uint32_t facet : group) {
      for (std::uint16_t row : part.segment->RowsWith(facet)) of_group[row / 64] |= std::uint64_t{1} << (row % 64);
    }
    if (admitted.empty()) {
      admitted = std::move(of_group);
    } else {
      for (std::size_t i = 0; i < admitted.size(); ++i) admitted[i] &= of_group[i];
    }
  }
  return admitted;
}

std::vector<ListingIndex::Bitmap> ListingIndex::AdmittedOfParts(const FacetFilter& filter) const {
  std::vector<Bitmap> admitted;
  for (const Part& part : parts_) admitted.push_back(AdmittedOf(part, filter));
  return admitted;
}

std::optional<std::vector<std::int64_t>> ListingIndex::AllIfFew(int candidates, const FacetFilter* filter) const {
  const auto limit = static_cast<std::size_t>(std::max(candidates, 0));
  const bool filtered = filter != nullptr && !filter->empty();
  if (!filtered && static_cast<std::size_t>(size_) > limit) return std::nullopt;
  std::vector<std::int64_t> numbers;
  const FacetFilter everything;
  for (const Part& part : parts_) {
    const Bitmap admitted = AdmittedOf(part, filtered ? *filter : everything);
    for (std::size_t row = 0; row < part.segment->listings.size(); ++row) {
      if (!IsAlive(admitted.empty() ? nullptr : &admitted, row)) continue;
      if (numbers.size() == limit) return std::nullopt;
      numbers.push_back(part.segment->listings[row].number);
    }
  }
  for (const IndexedListing& listing : tail_) {
    if (filtered && !Admits(*filter, listing.facets)) continue;
    if (numbers.size() == limit) return std::nullopt;
    numbers.push_back(listing.number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<std::int64_t> ListingIndex::Candidates(const ListingQuestion& question, int candidates) const {
  // Nothing can cancel it.
  return std::move(CandidatesBy({&question, 1}, candidates, clusters_.get(), RunContext()).value().front());
}

absl::StatusOr<std::vector<std::vector<std::int64_t>>> ListingIndex::CandidatesOfAll(
    std::span<const ListingQuestion> questions, int candidates, const RunContext& context) const {
  return CandidatesBy(questions, candidates, nullptr, context);
}

absl::StatusOr<std::vector<std::vector<std::int64_t>>> ListingIndex::CandidatesBy(
    std::span<const ListingQuestion> questions, int candidates, const ClusterIndex* clusters,
    const RunContext& context) const {
  std::vector<std::vector<std::int64_t>> found(questions.size());
  std::vector<ListingQuestion> asked;
  std::vector<std::size_t> places;
  const std::optional<std::vector<std::int64_t>> all = AllIfFew(candidates, nullptr);
  for (std::size_t q = 0; q < questions.size(); ++q) {
    const bool filtered = questions[q].filter != nullptr && !questions[q].filter->empty();
    std::optional<std::vector<std::int64_t>> few = filtered ? AllIfFew(candidates, questions[q].filter) : all;
    if (few) {
      found[q] = *std::move(few);
    } else if (candidates > 0) {
      asked.push_back(questions[q]);
      places.push_back(q);
    }
  }
  for (std::size_t first = 0; first < asked.size(); first += kQuestionsAtOnce) {
    const std::span<const ListingQuestion> here =
        std::span(asked).subspan(first, std::min(kQuestionsAtOnce, asked.size() - first));
    MAGPIE_ASSIGN_OR_RETURN(const std::vector<ListingRankings> rankings,
                            RankingsBy(here, candidates, clusters, context));
    const absl::Status taken = ParallelFor(context, std::ssize(here), 64, [&](std::int64_t begin, std::int64_t end) {
      NumberSet seen;
      for (auto q = static_cast<std::size_t>(begin); q < static_cast<std::size_t>(end); ++q) {
        const auto numbers = TakeInTurn(rankings[q], static_cast<std::size_t>(candidates), &seen).numbers;
        std::vector<std::int64_t>& of_question = found[places[first + q]];
        of_question.assign(numbers.begin(), numbers.end());
        std::sort(of_question.begin(), of_question.end());
      }
      return absl::OkStatus();
    });
    MAGPIE_RETURN_IF_ERROR(taken);
  }
  return found;
}

absl::StatusOr<std::vector<ListingRankings>> ListingIndex::RankingsOfAll(std::span<const ListingQuestion> questions,
                                                                         int limit, const RunContext& context) const {
  return RankingsBy(questions, limit, nullptr, context);
}

absl::StatusOr<std::vector<ListingRankings>> ListingIndex::RankingsBy(std::span<const ListingQuestion> questions,
                                                                      int limit, const ClusterIndex* clusters,
                                                                      const RunContext& context) const {
  std::vector<ListingRankings> rankings(questions.size());
  if (limit <= 0 || size_ == 0) return rankings;
  const FacetFilter everything;
  std::map<FacetFilter, std::vector<std::size_t>> by_filter;
  for (std::size_t q = 0; q < questions.size(); ++q) {
    by_filter[questions[q].filter == nullptr ? everything : *questions[q].filter].push_back(q);
  }
  const bool packs_tail = questions.size() >= kManyQuestions && !tail_.empty();
  for (const auto& [filter, asked] : by_filter) {
    for (std::size_t first = 0; first < asked.size(); first += kQuestionsAtOnce) {
      const auto here = std::span(asked).subspan(first, std::min(kQuestionsAtOnce, asked.size() - first));
      MAGPIE_RETURN_IF_ERROR(Rank(questions, here, filter, limit, clusters, rankings, context));
      if (!packs_tail) RankTail(questions, here, filter, static_cast<std::size_t>(limit), rankings);
    }
  }
  if (packs_tail) {
    std::vector<IndexedListing> late = tail_;
    std::sort(late.begin(), late.end(), NumberIsLower);
    MAGPIE_ASSIGN_OR_RETURN(const ListingIndex packed, Beside(std::move(late), context));
    MAGPIE_ASSIGN_OR_RETURN(std::vector<ListingRankings> of_tail, packed.RankingsOfAll(questions, limit, context));
    for (std::size_t q = 0; q < questions.size(); ++q) {
      Merge(std::move(of_tail[q].by_words), static_cast<std::size_t>(limit), &rankings[q].by_words);
      Merge(std::move(of_tail[q].by_vector), static_cast<std::size_t>(limit), &rankings[q].by_vector);
    }
  }
  return rankings;
}

absl::Status ListingIndex::Rank(std::span<const ListingQuestion> questions, std::span<const std::size_t> asked,
                                const FacetFilter& filter, int limit, const ClusterIndex* clusters,
                                std::span<ListingRankings> rankings, const RunContext& context) const {
  const std::vector<Bitmap> admitted = AdmittedOfParts(filter);
  std::vector<LexicalPart> word_parts;
  std::vector<SegmentView> vector_parts;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const Segment& segment = *parts_[p].segment;
    word_parts.push_back({&segment.words, admitted[p]});
    if (segment.vectors) vector_parts.push_back({segment.vectors.get(), parts_[p].first, admitted[p]});
  }
  std::vector<const TermBag*> bags;
  std::vector<std::size_t> with_vector;  // of `asked`
  std::vector<float> rows;
  for (const std::size_t q : asked) {
    bags.push_back(questions[q].terms);
    if (dimension_ == 0 || questions[q].vector.size() != static_cast<std::size_t>(dimension_)) continue;
    with_vector.push_back(q);
    for (std::int16_t component : questions[q].vector) rows.push_back(component * (1.0f / (1 << FixedVectors::kBits)));
  }
  std::vector<std::vector<LexicalHit>> hits;
  if (bags.size() == 1) {
    hits.push_back(SearchLexical(*bags.front(), word_parts, limit));
  } else {
    MAGPIE_ASSIGN_OR_RETURN(hits, SearchLexicalBatch(bags, word_parts, limit, context));
  }
  for (std::size_t i = 0; i < asked.size(); ++i) {
    for (const LexicalHit& hit : hits[i]) {
      rankings[asked[i]].by_words.push_back({NumberAt(static_cast<std::int32_t>(hit.document)), hit.score});
    }
  }
  if (!with_vector.empty() && !vector_parts.empty()) {
    const Exact exact(*this, questions, with_vector);
    const bool by_clusters = clusters != nullptr && ClustersAnswer(limit, admitted);
    MAGPIE_ASSIGN_OR_RETURN(const std::vector<RankedDocument> ranked,
                            by_clusters ? clusters->Search(rows, exact, limit, Joined(admitted))
                                        : SearchCoded(rows, dimension_, vector_parts, exact, limit, context));
    const std::size_t each = ranked.size() / with_vector.size();
    for (std::size_t i = 0; i < with_vector.size(); ++i) {
      for (const RankedDocument& document : std::span(ranked).subspan(i * each, each)) {
        if (document.score <= 0) continue;
        // The score is a whole number of units.
        rankings[with_vector[i]].by_vector.push_back(
            {NumberAt(document.document), static_cast<std::uint32_t>(document.score / FixedVectors::kDotScale)});
      }
    }
  }
  return absl::OkStatus();
}

void ListingIndex::RankTail(std::span<const ListingQuestion> questions, std::span<const std::size_t> asked,
                            const FacetFilter& filter, std::size_t limit, std::span<ListingRankings> rankings) const {
  std::vector<const TermBag*> tail_terms;
  std::vector<const std::int16_t*> tail_rows;
  std::vector<std::uint32_t> of_terms, of_rows;  // numbers of tail_terms, of tail_rows
  for (const IndexedListing& listing : tail_) {
    if (!Admits(filter, listing.facets)) continue;
    tail_terms.push_back(listing.terms);
    of_terms.push_back(static_cast<std::uint32_t>(listing.number));
    if (listing.vector.size() != static_cast<std::size_t>(dimension_)) continue;
    tail_rows.push_back(listing.vector.data());
    of_rows.push_back(of_terms.back());
  }
  if (tail_terms.empty()) return;
  for (const std::size_t q : asked) {
    std::vector<RankedListing> of_tail;
    std::vector<std::uint32_t> scores(tail_terms.size());
    ScoreBags(*statistics_, *questions[q].terms, tail_terms, scores);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (scores[i] > 0) of_tail.push_back({of_terms[i], scores[i]});
    }
    Merge(std::move(of_tail), limit, &rankings[q].by_words);
    if (questions[q].vector.size() != static_cast<std::size_t>(dimension_) || tail_rows.empty()) continue;
    std::vector<std::int32_t> dots(tail_rows.size());
    const std::int16_t* query = questions[q].vector.data();
    FixedDots({&query, 1}, tail_rows, dimension_, dots);
    of_tail.clear();
    for (std::size_t i = 0; i < dots.size(); ++i) {
      if (dots[i] > 0) of_tail.push_back({of_rows[i], static_cast<std::uint32_t>(dots[i])});
    }
    Merge(std::move(of_tail), limit, &rankings[q].by_vector);
  }
}

}  // namespace magpie
