#include "magpie/retrieval/listing_index.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/retrieval/coded_search.h"
#include "magpie/retrieval/lexical_search.h"

namespace magpie {
namespace {

constexpr std::size_t kQuestionsAtOnce = 4096;
constexpr double kSparse = 0.75;  // a segment with a smaller share alive is worth packing anew

std::size_t SegmentRows() {
  return static_cast<std::size_t>(std::min<std::int64_t>(CodedSegment::kMostRows, LexicalSegment::kMostDocuments));
}

bool IsAlive(const std::vector<std::uint64_t>* alive, std::size_t row) {
  return alive == nullptr || ((*alive)[row / 64] >> (row % 64) & 1) != 0;
}

// The places that stand first in either ranking, each once, first of the first first, until `limit` are taken.
std::vector<std::int32_t> TakeInTurn(std::span<const RankedDocument> first, std::span<const RankedDocument> second,
                                     std::size_t limit) {
  std::vector<std::int32_t> taken;
  absl::flat_hash_set<std::int32_t> seen;
  seen.reserve(limit);
  for (std::size_t rank = 0; rank < std::max(first.size(), second.size()); ++rank) {
    for (const std::span<const RankedDocument> ranking : {first, second}) {
      if (taken.size() >= limit) return taken;
      if (rank < ranking.size() && seen.insert(ranking[rank].document).second) taken.push_back(ranking[rank].document);
    }
  }
  return taken;
}

// Whether the facets (ascending) hold one of each group.
bool Admits(const FacetFilter& filter, const std::vector<std::uint32_t>& facets) {
  return std::all_of(filter.begin(), filter.end(), [&](const std::vector<std::uint32_t>& group) {
    return std::any_of(group.begin(), group.end(),
                       [&](std::uint32_t facet) { return std::binary_search(facets.begin(), facets.end(), facet); });
  });
}

bool Better(const RankedDocument& a, const RankedDocument& b) {
  return a.score != b.score ? a.score > b.score : a.document < b.document;
}

// Puts the tail's documents into a ranking of the segments'.
void Merge(std::vector<RankedDocument> of_tail, std::size_t limit, std::vector<RankedDocument>* ranking) {
  if (of_tail.empty()) return;
  ranking->insert(ranking->end(), of_tail.begin(), of_tail.end());
  std::sort(ranking->begin(), ranking->end(), Better);
  if (ranking->size() > limit) ranking->resize(limit);
}

}  // namespace

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
  for (std::size_t first = 0; first < listings.size(); first += SegmentRows()) {
    MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
    const std::size_t end = std::min(listings.size(), first + SegmentRows());
    MAGPIE_RETURN_IF_ERROR(
        index.AddSegment({std::make_move_iterator(listings.begin() + static_cast<std::ptrdiff_t>(first)),
                          std::make_move_iterator(listings.begin() + static_cast<std::ptrdiff_t>(end))}));
  }
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
  return tail_.size() > kLongTail || std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
           return static_cast<double>(part.count) < kSparse * static_cast<double>(part.segment->listings.size());
         });
}

absl::StatusOr<ListingIndex> ListingIndex::Compacted(const RunContext& context) const {
  ListingIndex next;
  next.statistics_ = statistics_;
  next.dimension_ = dimension_;
  // Full segments stay; what is left of the others and the tail is packed anew.
  std::vector<IndexedListing> loose;
  for (const Part& part : parts_) {
    const std::size_t rows = part.segment->listings.size();
    const bool keep =
        static_cast<double>(part.count) >= kSparse * static_cast<double>(rows) && 2 * rows > SegmentRows();
    if (keep) {
      next.parts_.push_back(part);
      next.parts_.back().first = next.tail_first_;
      next.tail_first_ += static_cast<std::int32_t>(rows);
      next.size_ += part.count;
      continue;
    }
    for (std::size_t row = 0; row < rows; ++row) {
      if (IsAlive(part.alive.get(), row)) loose.push_back(part.segment->listings[row]);
    }
  }
  loose.insert(loose.end(), tail_.begin(), tail_.end());
  std::stable_sort(loose.begin(), loose.end(),
                   [](const IndexedListing& a, const IndexedListing& b) { return a.number < b.number; });
  for (std::size_t first = 0; first < loose.size(); first += SegmentRows()) {
    MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
    const std::size_t end = std::min(loose.size(), first + SegmentRows());
    MAGPIE_RETURN_IF_ERROR(next.AddSegment(
        {loose.begin() + static_cast<std::ptrdiff_t>(first), loose.begin() + static_cast<std::ptrdiff_t>(end)}));
  }
  return next;
}

std::int64_t ListingIndex::bytes() const {
  std::int64_t sum = statistics_->bytes();
  for (const Part& part : parts_) {
    sum += part.segment->words.bytes();
    if (part.segment->vectors != nullptr) sum += part.segment->vectors->bytes();
    sum += static_cast<std::int64_t>(part.segment->listings.size() * sizeof(IndexedListing));
    if (part.alive != nullptr) sum += static_cast<std::int64_t>(part.alive->size() * sizeof(std::uint64_t));
  }
  return sum + static_cast<std::int64_t>(tail_.size() * sizeof(IndexedListing));
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

std::vector<std::int64_t> ListingIndex::AllNumbers(std::span<const Bitmap> admitted, const FacetFilter& filter) const {
  std::vector<std::int64_t> numbers;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const Bitmap* bitmap = admitted[p].empty() ? nullptr : &admitted[p];
    for (std::size_t row = 0; row < parts_[p].segment->listings.size(); ++row) {
      if (IsAlive(bitmap, row)) numbers.push_back(parts_[p].segment->listings[row].number);
    }
  }
  for (const IndexedListing& listing : tail_) {
    if (Admits(filter, listing.facets)) numbers.push_back(listing.number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<std::int64_t> ListingIndex::Candidates(const ListingQuestion& question, int candidates,
                                                   const FacetFilter& filter) const {
  return std::move(
      CandidatesOfAll({&question, 1}, candidates, RunContext(), filter).value().front());  // nothing can cancel it
}

absl::StatusOr<std::vector<std::vector<std::int64_t>>> ListingIndex::CandidatesOfAll(
    std::span<const ListingQuestion> questions, int candidates, const RunContext& context,
    const FacetFilter& filter) const {
  std::vector<std::vector<std::int64_t>> found(questions.size());
  if (candidates <= 0) return found;
  std::vector<Bitmap> admitted;
  for (const Part& part : parts_) admitted.push_back(AdmittedOf(part, filter));
  if (candidates >= size_ || !filter.empty()) {
    std::vector<std::int64_t> all = AllNumbers(admitted, filter);
    if (all.size() <= static_cast<std::size_t>(candidates)) {
      std::fill(found.begin(), found.end(), all);
      return found;
    }
  }
  const auto limit = static_cast<std::size_t>(candidates);
  std::vector<LexicalPart> word_parts;
  std::vector<SegmentView> vector_parts;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const Segment& segment = *parts_[p].segment;
    word_parts.push_back({&segment.words, admitted[p]});
    if (segment.vectors) vector_parts.push_back({segment.vectors.get(), parts_[p].first, admitted[p]});
  }
  std::vector<const TermBag*> tail_terms;
  std::vector<const std::int16_t*> tail_rows;
  std::vector<std::int32_t> of_terms, of_rows;  // places of tail_terms, of tail_rows
  for (std::size_t i = 0; i < tail_.size(); ++i) {
    if (!Admits(filter, tail_[i].facets)) continue;
    const std::int32_t place = tail_first_ + static_cast<std::int32_t>(i);
    tail_terms.push_back(tail_[i].terms);
    of_terms.push_back(place);
    if (tail_[i].vector.size() != static_cast<std::size_t>(dimension_)) continue;
    tail_rows.push_back(tail_[i].vector.data());
    of_rows.push_back(place);
  }

  for (std::size_t first = 0; first < questions.size(); first += kQuestionsAtOnce) {
    const std::span<const ListingQuestion> here =
        questions.subspan(first, std::min(kQuestionsAtOnce, questions.size() - first));
    std::vector<std::vector<RankedDocument>> by_words(here.size()), by_vector(here.size());
    std::vector<const TermBag*> bags;
    for (const ListingQuestion& question : here) bags.push_back(question.terms);
    std::vector<std::vector<LexicalHit>> hits;
    if (here.size() == 1) {
      hits.push_back(SearchLexical(*bags.front(), word_parts, candidates));
    } else {
      MAGPIE_ASSIGN_OR_RETURN(hits, SearchLexicalBatch(bags, word_parts, candidates, context));
    }
    std::vector<std::size_t> asked;
    std::vector<float> rows;
    for (std::size_t q = 0; q < here.size(); ++q) {
      for (const LexicalHit& hit : hits[q]) {
        by_words[q].push_back({static_cast<std::int32_t>(hit.document), static_cast<double>(hit.score)});
      }
      if (dimension_ == 0 || here[q].vector.size() != static_cast<std::size_t>(dimension_)) continue;
      asked.push_back(q);
      for (std::int16_t component : here[q].vector) rows.push_back(component * (1.0f / (1 << FixedVectors::kBits)));
    }
    if (!asked.empty() && !vector_parts.empty()) {
      const Exact exact(*this, here, asked);
      MAGPIE_ASSIGN_OR_RETURN(const std::vector<RankedDocument> ranked,
                              SearchCoded(rows, dimension_, vector_parts, exact, candidates, context));
      const std::size_t each = ranked.size() / asked.size();
      for (std::size_t i = 0; i < asked.size(); ++i) {
        for (const RankedDocument& document : std::span(ranked).subspan(i * each, each)) {
          if (document.score > 0) by_vector[asked[i]].push_back(document);
        }
      }
    }
    if (!tail_terms.empty()) {
      for (std::size_t q = 0; q < here.size(); ++q) {
        std::vector<RankedDocument> of_tail;
        std::vector<std::uint32_t> scores(tail_terms.size());
        ScoreBags(*statistics_, *here[q].terms, tail_terms, scores);
        for (std::size_t i = 0; i < scores.size(); ++i) {
          if (scores[i] > 0) of_tail.push_back({of_terms[i], static_cast<double>(scores[i])});
        }
        Merge(std::move(of_tail), limit, &by_words[q]);
        if (here[q].vector.size() != static_cast<std::size_t>(dimension_) || tail_rows.empty()) continue;
        std::vector<std::int32_t> dots(tail_rows.size());
        const std::int16_t* query = here[q].vector.data();
        FixedDots({&query, 1}, tail_rows, dimension_, dots);
        of_tail.clear();
        for (std::size_t i = 0; i < dots.size(); ++i) {
          if (dots[i] > 0) of_tail.push_back({of_rows[i], dots[i] * FixedVectors::kDotScale});
        }
        Merge(std::move(of_tail), limit, &by_vector[q]);
      }
    }
    MAGPIE_RETURN_IF_ERROR(
        ParallelFor(context, static_cast<std::int64_t>(here.size()), 64, [&](std::int64_t begin, std::int64_t end) {
          for (auto q = static_cast<std::size_t>(begin); q < static_cast<std::size_t>(end); ++q) {
            std::vector<std::int64_t>& numbers = found[first + q];
            for (std::int32_t place : TakeInTurn(by_words[q], by_vector[q], limit)) numbers.push_back(At(place).number);
            std::sort(numbers.begin(), numbers.end());
          }
          return absl::OkStatus();
        }));
  }
  return found;
}

}  // namespace magpie
