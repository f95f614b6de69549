#include "magpie/retrieval/lexical_search.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <utility>

#include "retrieval/lexical_kernels.h"
#include "retrieval/top_hits.h"

namespace magpie {
namespace {

using List = LexicalSegment::List;

// Costs, in additions of one posting to its document's counter (measured; only speed depends on them).
constexpr std::size_t kDocumentsAtOnce = 32;  // of a list with an impact for each, or of a look through the counters
constexpr std::size_t kLookUpDense = 2;       // one document's impact there
constexpr std::size_t kLookUpSparse = 12;     // the same in a list of documents
constexpr std::size_t kChunk = 512;           // counters looked through before the bound is asked again

// What a thread keeps from one segment to the next.
struct Workspace {
  std::vector<std::uint16_t> counters;
  std::vector<std::uint32_t> wide_counters;
  std::vector<List> lists;
  std::vector<std::uint32_t> rest;  // what the lists from here on add to a document at most
  std::vector<std::size_t> work;    // what they cost to add
  DenseSum dense;
  std::vector<LexicalHit> candidates;  // documents of the segment with their scores so far
  std::vector<std::uint32_t> scores;
};

// One query in one segment. Lists of documents are added to the counters by falling impact: rare terms, which tell most and
// are short, come first. Now and then the counters are looked through: where the lists that are left can no longer bring a
// document without the first ones to the top, and few enough documents are left that can, these alone are looked up in
// the rest, list after list, dropping those that have fallen behind. Otherwise all are added, and lists with an impact for
// every document last, on the way through the counters that picks the best.
class SegmentSearch {
 public:
  SegmentSearch(const LexicalPart& part, std::uint32_t first, FindDocuments find, Workspace* workspace, std::size_t top,
                TopHits* hits)
      : segment_(*part.segment),
        admitted_(part.admitted.empty() ? nullptr : part.admitted.data()),
        first_(first),
        padded_(segment_.padded_count()),
        find_(find),
        w_(*workspace),
        top_(top),
        hits_(*hits) {}

  void Run(const TermBag& query) {
    segment_.FindLists(query, &w_.lists);
    if (w_.lists.empty()) return;
    OrderLists();
    hits_.Shrink();
    need_ = hits_.least();
    if (w_.rest[0] < need_) return;
    if (w_.rest[0] > kMostCounter) {
      RunWide();
      return;
    }
    if (FewAdmitted()) {
      LookUp(0);
      return;
    }
    w_.counters.assign(padded_, 0);
    const std::size_t look = padded_ / kDocumentsAtOnce;
    std::size_t wait = 0, last_look = w_.work[0];
    for (std::size_t i = 0; i < w_.lists.size(); ++i) {
      if (w_.work[i] >= 4 * look && last_look - w_.work[i] >= wait && MayNarrow(i)) {
        if (Narrow(i)) {
          LookUp(i);
          return;
        }
        last_look = w_.work[i];
        wait = std::max(4 * look, 2 * wait);
      }
      const List& list = w_.lists[i];
      if (list.dense()) break;
      for (std::uint32_t j = 0; j < list.count; ++j) {
        std::uint16_t& counter = w_.counters[list.documents[j]];
        counter = static_cast<std::uint16_t>(counter + list.impacts[j]);
      }
    }
    w_.dense.Clear();
    for (const List& list : w_.lists) {
      if (list.dense()) w_.dense.Add(list.impacts, list.most);
    }
    ForEachDocument([&] { return std::max(need_, hits_.least()); },
                    [&](LexicalFound found) { hits_.Offer(first_ + found.document, found.score); });
  }

 private:
  static constexpr std::uint32_t kMostCounter = 0xFFFF;

  void OrderLists() {
    std::sort(w_.lists.begin(), w_.lists.end(), [](const List& a, const List& b) {
      if (a.dense() != b.dense()) return b.dense();
      return a.most != b.most ? a.most > b.most : a.count < b.count;
    });
    w_.rest.assign(w_.lists.size() + 1, 0);
    w_.work.assign(w_.lists.size() + 1, 0);
    for (std::size_t i = w_.lists.size(); i-- > 0;) {
      const List& list = w_.lists[i];
      w_.rest[i] = w_.rest[i + 1] + list.most;
      w_.work[i] = w_.work[i + 1] + (list.dense() ? padded_ / kDocumentsAtOnce : list.count);
    }
  }

  // Calls visit(found) for the admitted documents that have at least least() in their counters and w_.dense together;
  // least() is asked anew now and then.
  template <typename Least, typename Visit>
  void ForEachDocument(Least least, Visit visit) {
    LexicalFound found[kChunk];
    for (std::size_t begin = 0; begin < padded_; begin += kChunk) {
      const std::uint32_t limit = least();
      if (limit > kMostCounter) return;
      const std::size_t count = find_(w_.counters.data(), w_.dense, begin, std::min(padded_, begin + kChunk),
                                      static_cast<std::uint16_t>(limit), admitted_, found);
      for (std::size_t i = 0; i < count; ++i) visit(found[i]);
    }
  }

  // What looking up one document in list i costs.
  static std::size_t LookUpCost(const List& list) { return list.dense() ? kLookUpDense : kLookUpSparse; }

  // As many documents as can be looked up in the lists from i on for half of what adding these costs.
  std::size_t WorthLookingUp(std::size_t i) const {
    std::size_t each = 0;
    for (std::size_t j = i; j < w_.lists.size(); ++j) each += LookUpCost(w_.lists[j]);
    return w_.work[i] / (2 * each);
  }

  // Makes the admitted documents the candidates if they are few.
  bool FewAdmitted() {
    if (admitted_ == nullptr) return false;
    std::size_t count = 0;
    for (std::size_t word = 0; word < padded_ / 64; ++word)
      count += static_cast<std::size_t>(std::popcount(admitted_[word]));
    if (count > WorthLookingUp(0)) return false;
    w_.candidates.clear();
    for (std::size_t word = 0; word < padded_ / 64; ++word) {
      for (std::uint64_t places = admitted_[word]; places != 0; places &= places - 1) {
        const std::size_t document = word * 64 + static_cast<std::size_t>(std::countr_zero(places));
        if (document < static_cast<std::size_t>(segment_.document_count()))
          w_.candidates.push_back({static_cast<std::uint32_t>(document), 0});
      }
    }
    return true;
  }

  // Whether a look through the counters before list i has a chance. Without a bound from earlier segments the best partial
  // sums are one, and these are seldom more than a quarter of what the lists could give.
  bool MayNarrow(std::size_t i) const { return need_ > 1 ? w_.rest[i] < need_ : w_.rest[i] * 4 < w_.rest[0]; }

  // The lists before i are added. Makes those documents the candidates that can still come to the top, if they are few.
  bool Narrow(std::size_t i) {
    w_.dense.Clear();
    if (need_ == 1) {
      TopHits partial(top_);
      ForEachDocument([&] { return partial.least(); },
                      [&](LexicalFound found) { partial.Offer(found.document, found.score); });
      partial.Shrink();
      need_ = std::max<std::uint32_t>(1, partial.least() - 1);
    }
    if (w_.rest[i] >= need_) return false;
    const std::size_t most = WorthLookingUp(i);
    const std::uint32_t least = need_ - w_.rest[i];
    w_.candidates.clear();
    ForEachDocument([&] { return w_.candidates.size() <= most ? least : kMostCounter + 1; },
                    [&](LexicalFound found) {
                      w_.candidates.push_back({found.document, found.score});
                    });
    return w_.candidates.size() <= most;
  }

  // Brings the candidates, whose scores hold the lists before i, to their whole scores and offers them.
  void LookUp(std::size_t i) {
    for (; i < w_.lists.size(); ++i) {
      DropCandidates(w_.rest[i]);
      const List& list = w_.lists[i];
      if (list.dense()) {
        for (LexicalHit& candidate : w_.candidates) candidate.score += list.impacts[candidate.document];
        continue;
      }
      const std::uint16_t* at = list.documents;
      const std::uint16_t* const end = at + list.count;
      for (LexicalHit& candidate : w_.candidates) {
        std::ptrdiff_t step = 1;  // doubled until the document is passed
        const std::uint16_t* low = at;
        while (end - low > step && low[step] < candidate.document) {
          low += step;
          step *= 2;
        }
        at = std::lower_bound(low, end - low > step ? low + step : end, candidate.document);
        if (at == end) break;
        if (*at == candidate.document) candidate.score += list.impacts[at - list.documents];
      }
    }
    for (const LexicalHit& candidate : w_.candidates) hits_.Offer(first_ + candidate.document, candidate.score);
  }

  // Drops the candidates that do not come to the top with `rest` more.
  void DropCandidates(std::uint32_t rest) {
    if (w_.candidates.size() > 4 * top_) {
      w_.scores.clear();
      for (const LexicalHit& candidate : w_.candidates) w_.scores.push_back(candidate.score);
      const auto last = w_.scores.begin() + static_cast<std::ptrdiff_t>(top_ - 1);
      std::nth_element(w_.scores.begin(), last, w_.scores.end(), std::greater<>());
      need_ = std::max(need_, *last);
    }
    std::erase_if(w_.candidates, [&](const LexicalHit& candidate) { return candidate.score + rest < need_; });
  }

  // For queries of so many terms that 16 bits might not hold a sum.
  void RunWide() {
    w_.wide_counters.assign(padded_, 0);
    for (const List& list : w_.lists) {
      if (list.dense()) {
        for (std::size_t d = 0; d < padded_; ++d) w_.wide_counters[d] += list.impacts[d];
      } else {
        for (std::uint32_t j = 0; j < list.count; ++j) w_.wide_counters[list.documents[j]] += list.impacts[j];
      }
    }
    for (std::size_t d = 0; d < padded_; ++d) {
      const bool admitted = admitted_ == nullptr || (admitted_[d / 64] >> d % 64 & 1) != 0;
      if (admitted) hits_.Offer(first_ + static_cast<std::uint32_t>(d), w_.wide_counters[d]);
    }
  }

  const LexicalSegment& segment_;
  const std::uint64_t* admitted_;
  std::uint32_t first_;  // the number of the segment's first document
  std::size_t padded_;
  FindDocuments find_;
  Workspace& w_;
  std::size_t top_;
  TopHits& hits_;
  std::uint32_t need_ = 1;  // no document with less comes to the top
};

}  // namespace

std::vector<LexicalHit> SearchLexical(const TermBag& query, std::span<const LexicalPart> parts, int top,
                                      InstructionSet set) {
  if (top <= 0) return {};
  TopHits hits(static_cast<std::size_t>(top));
  thread_local Workspace workspace;
  std::uint32_t first = 0;
  for (const LexicalPart& part : parts) {
    SegmentSearch(part, first, FindDocumentsFor(set), &workspace, static_cast<std::size_t>(top), &hits).Run(query);
    first += static_cast<std::uint32_t>(part.segment->document_count());
  }
  return hits.Take();
}

void ScoreBags(const LexicalStatistics& statistics, const TermBag& query, TermBags documents,
               std::span<std::uint32_t> scores) {
  // The query's terms in a table of at least twice their number, found by their top bits and then one after the other.
  struct Slot {
    std::uint64_t term = 0;
    std::uint32_t rarity = 0;  // 0 = empty
  };
  const int bits = std::bit_width(query.size()) + 1;
  std::vector<Slot> table(std::size_t{1} << bits);
  const auto slot_of = [&](std::uint64_t term) {
    std::size_t at = term >> (64 - bits);
    while (table[at].rarity != 0 && table[at].term != term) at = (at + 1) & (table.size() - 1);
    return at;
  };
  for (const TermCount& term : query) {
    table[slot_of(term.term)] = {term.term, statistics.Rarity(statistics.Frequency(term.term)) + 1};
  }
  for (std::size_t d = 0; d < documents.size(); ++d) {
    scores[d] = 0;
    const double damping = statistics.Damping(documents[d]);
    for (const TermCount& term : documents[d]) {
      const Slot& slot = table[slot_of(term.term)];
      if (slot.rarity == 0) continue;
      scores[d] += LexicalStatistics::Impact(slot.rarity - 1, LexicalStatistics::Saturation(term.count, damping));
    }
  }
}

}  // namespace magpie
