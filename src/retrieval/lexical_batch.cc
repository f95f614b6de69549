#include <algorithm>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/retrieval/lexical_search.h"
#include "retrieval/lexical_kernels.h"
#include "retrieval/top_hits.h"

namespace magpie {
namespace {

using List = LexicalSegment::List;

constexpr std::size_t kBlock = 8192;       // documents; a block of the thick lists stays in L2, its counters in L1
constexpr std::size_t kChunk = 512;        // documents found before the bound is asked again
constexpr std::int64_t kGroup = 128;       // queries that a thread takes at a time
constexpr std::uint32_t kCursor = 64;      // shorter lists are read once for all blocks
constexpr std::size_t kFewQueries = 256;   // for fewer, laying out the thick lists does not pay
constexpr std::uint32_t kThickShare = 32;  // thick: lists of this part of a segment's documents or more,
constexpr std::size_t kMostThick = 384;    // the longest of them; 1.5 MiB a block, 25 MiB a segment

// The frequent lists of a segment with an impact for every document, block after block.
class ThickLists {
 public:
  explicit ThickLists(const LexicalSegment& segment) {
    terms_ = segment.FrequentTerms(std::max<std::uint32_t>(1, segment.padded_count() / kThickShare));
    if (terms_.size() > kMostThick) {
      const auto longer = [&](std::uint32_t a, std::uint32_t b) {
        return segment.list(a).count != segment.list(b).count ? segment.list(a).count > segment.list(b).count : a < b;
      };
      std::nth_element(terms_.begin(), terms_.begin() + kMostThick, terms_.end(), longer);
      terms_.resize(kMostThick);
      std::sort(terms_.begin(), terms_.end());
    }
    const std::size_t blocks = (segment.padded_count() + kBlock - 1) / kBlock;
    impacts_.assign(blocks * terms_.size() * kBlock, 0);
    for (std::size_t t = 0; t < terms_.size(); ++t) {
      const List list = segment.list(terms_[t]);
      if (list.dense()) {
        for (std::size_t d = 0; d < segment.padded_count(); d += kBlock) {
          std::copy_n(list.impacts + d, std::min(kBlock, segment.padded_count() - d), slice(d / kBlock, t));
        }
      } else {
        for (std::uint32_t j = 0; j < list.count; ++j) {
          slice(list.documents[j] / kBlock, t)[list.documents[j] % kBlock] = list.impacts[j];
        }
      }
    }
  }

  // The place of a term among the thick lists, or -1.
  std::ptrdiff_t Find(const List& list) const {
    const auto it = std::lower_bound(terms_.begin(), terms_.end(), list.term);
    return it != terms_.end() && *it == list.term ? it - terms_.begin() : -1;
  }
  const std::uint8_t* slice(std::size_t block, std::size_t t) const {
    return impacts_.data() + (block * terms_.size() + t) * kBlock;
  }

 private:
  std::uint8_t* slice(std::size_t block, std::size_t t) {
    return impacts_.data() + (block * terms_.size() + t) * kBlock;
  }
  std::vector<std::uint32_t> terms_;  // their numbers, ascending
  std::vector<std::uint8_t> impacts_;
};

// The rest of a list of documents that is read block after block.
struct Cursor {
  const std::uint16_t* document;
  const std::uint16_t* end;
  const std::uint8_t* impact;
};

// The short lists of a query as one, by block: document within the block * 256 + impact.
struct ShortPostings {
  std::vector<std::uint32_t> postings;
  std::vector<std::uint32_t> first;  // of each block, one more at the end

  void Fill(std::span<const List> lists, std::size_t blocks) {
    first.assign(blocks + 1, 0);
    for (const List& list : lists) {
      for (std::uint32_t j = 0; j < list.count; ++j) ++first[list.documents[j] / kBlock + 1];
    }
    for (std::size_t b = 1; b <= blocks; ++b) first[b] += first[b - 1];
    postings.resize(first[blocks]);
    std::vector<std::uint32_t> next(first.begin(), first.end() - 1);
    for (const List& list : lists) {
      for (std::uint32_t j = 0; j < list.count; ++j) {
        const std::uint32_t document = list.documents[j];
        postings[next[document / kBlock]++] = document % kBlock << 8 | list.impacts[j];
      }
    }
  }
};

// One query of a group in one segment.
struct GroupQuery {
  explicit GroupQuery(int top, std::span<const LexicalHit> before) : hits(static_cast<std::size_t>(top)) {
    for (const LexicalHit& hit : before) hits.Offer(hit.document, hit.score);
    hits.Shrink();
  }
  TopHits hits;
  ShortPostings rare;
  std::vector<Cursor> thin;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> thick;  // place and largest impact
  bool counted = true;                                         // false: there is nothing to find block by block
};

void SearchGroup(TermBags queries, const LexicalPart& part, std::uint32_t first, int top, const ThickLists& thick,
                 InstructionSet set, std::span<std::vector<LexicalHit>> results) {
  const LexicalSegment& segment = *part.segment;
  const FindDocuments find = FindDocumentsFor(set);
  std::vector<GroupQuery> group;
  group.reserve(queries.size());
  std::vector<List> lists, rare;
  const std::size_t blocks = (segment.padded_count() + kBlock - 1) / kBlock;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    GroupQuery& query = group.emplace_back(top, results[q]);
    segment.FindLists(queries[q], &lists);
    std::uint64_t most = 0;
    rare.clear();
    for (const List& list : lists) {
      most += list.most;
      if (const std::ptrdiff_t t = thick.Find(list); t >= 0) {
        query.thick.emplace_back(static_cast<std::uint32_t>(t), list.most);
      } else if (list.count < kCursor) {
        rare.push_back(list);
      } else {
        query.thin.push_back({list.documents, list.documents + list.count, list.impacts});
      }
    }
    query.rare.Fill(rare, blocks);
    if (most > 0xFFFF) {  // 16 bits might not hold a sum
      for (const LexicalHit& hit : SearchLexical(queries[q], std::span(&part, 1), top, set)) {
        query.hits.Offer(first + hit.document, hit.score);
      }
    }
    query.counted = most >= query.hits.least() && most <= 0xFFFF;
  }

  std::vector<std::uint16_t> counters(kBlock);
  DenseSum dense;
  LexicalFound found[kChunk];
  for (std::size_t base = 0; base < segment.padded_count(); base += kBlock) {
    const std::size_t size = std::min(kBlock, segment.padded_count() - base);
    const std::uint64_t* const admitted = part.admitted.empty() ? nullptr : part.admitted.data() + base / 64;
    for (GroupQuery& query : group) {
      if (!query.counted) continue;
      std::fill(counters.begin(), counters.end(), std::uint16_t{0});
      const std::size_t block = base / kBlock;
      for (std::uint32_t j = query.rare.first[block]; j < query.rare.first[block + 1]; ++j) {
        std::uint16_t& counter = counters[query.rare.postings[j] >> 8];
        counter = static_cast<std::uint16_t>(counter + (query.rare.postings[j] & 0xFF));
      }
      for (Cursor& cursor : query.thin) {
        const std::uint16_t* document = cursor.document;
        const std::uint8_t* impact = cursor.impact;
        for (; document != cursor.end && *document < base + size; ++document, ++impact) {
          std::uint16_t& counter = counters[*document - base];
          counter = static_cast<std::uint16_t>(counter + *impact);
        }
        cursor = {document, cursor.end, impact};
      }
      dense.Clear();
      for (const auto& [t, most] : query.thick) dense.Add(thick.slice(block, t), most);
      for (std::size_t begin = 0; begin < size && query.hits.least() <= 0xFFFF; begin += kChunk) {
        const std::size_t count = find(counters.data(), dense, begin, std::min(size, begin + kChunk),
                                       static_cast<std::uint16_t>(query.hits.least()), admitted, found);
        for (std::size_t i = 0; i < count; ++i) {
          query.hits.Offer(first + static_cast<std::uint32_t>(base) + found[i].document, found[i].score);
        }
      }
    }
  }
  for (std::size_t q = 0; q < queries.size(); ++q) results[q] = group[q].hits.Take();
}

}  // namespace

absl::StatusOr<std::vector<std::vector<LexicalHit>>> SearchLexicalBatch(TermBags queries,
                                                                        std::span<const LexicalPart> parts, int top,
                                                                        const RunContext& context, InstructionSet set) {
  std::vector<std::vector<LexicalHit>> results(queries.size());
  if (top <= 0) return results;
  const auto count = static_cast<std::int64_t>(queries.size());
  if (queries.size() < kFewQueries) {
    MAGPIE_RETURN_IF_ERROR(ParallelFor(context, count, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t q = begin; q < end; ++q) {
        const auto at = static_cast<std::size_t>(q);
        results[at] = SearchLexical(queries[at], parts, top, set);
      }
      return absl::OkStatus();
    }));
    return results;
  }
  std::uint32_t first = 0;
  for (const LexicalPart& part : parts) {
    const ThickLists thick(*part.segment);
    MAGPIE_RETURN_IF_ERROR(ParallelFor(context, count, kGroup, [&](std::int64_t begin, std::int64_t end) {
      const auto at = static_cast<std::size_t>(begin), size = static_cast<std::size_t>(end - begin);
      SearchGroup(queries.subspan(at, size), part, first, top, thick, set, std::span(results).subspan(at, size));
      return absl::OkStatus();
    }));
    first += static_cast<std::uint32_t>(part.segment->document_count());
  }
  return results;
}

}  // namespace magpie
