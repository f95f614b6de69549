// Up to 65,536 documents as packed lists of impacts, for finding candidates; immutable once made. A collection is a list of
// segments under the same statistics; lexical_search.h asks them together.
//
// List     the documents that hold one term and its impact in each, in one of two forms: up to an eighth of the segment's
//          documents as numbers of 16 bits, ascending, beside impacts of 8 bits (3 bytes a posting); from there on as one
//          impact for every document, 0 where the term is missing (8 bytes a posting at most, 1 at best).
// Cost     building some 100 ns a term of a document; 12 bytes a different term beside the postings.
// Threads  const methods may be called from several threads at once.
#pragma once

#include <cstdint>
#include <vector>

#include "magpie/retrieval/lexical_statistics.h"
#include "magpie/retrieval/term_bags.h"
#include "magpie/retrieval/term_directory.h"

namespace magpie {

class LexicalSegment {
 public:
  static constexpr std::int32_t kMostDocuments = 65'536;
  static constexpr std::uint32_t kDenseShare = 8;  // lists from this part of the documents on have an impact for each

  struct List {
    std::uint32_t term = 0;                    // its number in terms()
    const std::uint16_t* documents = nullptr;  // ascending; null = an impact for every document
    const std::uint8_t* impacts = nullptr;     // [count], or [padded_count()]
    std::uint32_t count = 0;                   // documents that hold the term
    std::uint32_t most = 0;                    // the largest impact
    bool dense() const { return documents == nullptr; }
  };

  LexicalSegment() = default;
  // At most kMostDocuments; an empty bag is a document that nothing finds.
  LexicalSegment(const LexicalStatistics& statistics, TermBags documents);

  std::int32_t document_count() const { return document_count_; }
  // document_count() rounded up to whole words of a bitmap.
  std::uint32_t padded_count() const { return (static_cast<std::uint32_t>(document_count_) + 63) / 64 * 64; }
  std::int64_t posting_count() const { return posting_count_; }
  std::int64_t bytes() const;          // of everything
  std::int64_t posting_bytes() const;  // of the lists alone
  const TermDirectory& terms() const { return terms_; }

  List list(std::uint32_t term_number) const;
  // The lists of those of the query's terms that the segment holds, in their order.
  void FindLists(const TermBag& query, std::vector<List>* lists) const;
  // The terms that at least `least` documents hold, ascending.
  std::vector<std::uint32_t> FrequentTerms(std::uint32_t least) const;

 private:
  static constexpr std::uint32_t kGroup = 16;  // terms that share a place in first_
  bool IsDense(std::uint32_t count) const { return count * kDenseShare >= padded_count(); }

  std::int32_t document_count_ = 0;
  std::int64_t posting_count_ = 0;
  TermDirectory terms_;
  std::vector<std::uint16_t> counts_;  // of each term, less one
  std::vector<std::uint8_t> most_;
  std::vector<std::uint32_t> first_;  // the first posting of every kGroup-th term
  std::vector<std::uint16_t> documents_;
  std::vector<std::uint8_t> impacts_;
  std::vector<std::uint32_t> dense_terms_;  // their numbers, ascending
  std::vector<std::uint8_t> dense_;         // [dense_terms_][padded_count()]
};

}  // namespace magpie
