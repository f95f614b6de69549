#include "magpie/retrieval/lexical_segment.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "retrieval/term_lists.h"

namespace magpie {

LexicalSegment::LexicalSegment(const LexicalStatistics& statistics, TermBags documents)
    : document_count_(static_cast<std::int32_t>(documents.size())) {
  assert(documents.size() <= kMostDocuments);
  std::vector<double> damping(documents.size());
  std::vector<std::uint32_t> once(documents.size());  // saturation of a term said once, as most are
  for (std::size_t d = 0; d < documents.size(); ++d) {
    damping[d] = statistics.Damping(documents[d]);
    once[d] = LexicalStatistics::Saturation(1, damping[d]);
    posting_count_ += static_cast<std::int64_t>(documents[d].size());
  }
  documents_.reserve(static_cast<std::size_t>(posting_count_));
  impacts_.reserve(static_cast<std::size_t>(posting_count_));

  std::vector<std::uint64_t> terms;
  const TermDirectory& known = statistics.terms();
  std::uint32_t next_known = 0;  // both ascend
  ForEachTerm(documents, [&](std::span<const Occurrence> occurrences) {
    const std::uint64_t term = occurrences.front().term;
    while (next_known < known.size() && known.term(next_known) < term) ++next_known;
    const bool is_known = next_known < known.size() && known.term(next_known) == term;
    const std::uint32_t rarity = statistics.Rarity(is_known ? statistics.FrequencyOf(next_known) : 1);

    if (terms.size() % kGroup == 0) first_.push_back(static_cast<std::uint32_t>(documents_.size()));
    const auto count = static_cast<std::uint32_t>(occurrences.size());
    std::uint8_t* dense = nullptr;
    if (IsDense(count)) {
      dense_terms_.push_back(static_cast<std::uint32_t>(terms.size()));
      dense_.resize(dense_.size() + padded_count(), 0);
      dense = dense_.data() + dense_.size() - padded_count();
    }
    std::uint8_t most = 0;
    for (const Occurrence& o : occurrences) {
      const std::uint32_t saturation =
          o.count == 1 ? once[o.document] : LexicalStatistics::Saturation(o.count, damping[o.document]);
      const std::uint8_t impact = LexicalStatistics::Impact(rarity, saturation);
      most = std::max(most, impact);
      if (dense != nullptr) {
        dense[o.document] = impact;
      } else {
        documents_.push_back(static_cast<std::uint16_t>(o.document));
        impacts_.push_back(impact);
      }
    }
    terms.push_back(term);
    counts_.push_back(static_cast<std::uint16_t>(count - 1));
    most_.push_back(most);
  });
  terms_ = TermDirectory(std::move(terms));
  counts_.shrink_to_fit();
  most_.shrink_to_fit();
  first_.shrink_to_fit();
  documents_.shrink_to_fit();
  impacts_.shrink_to_fit();
  dense_.shrink_to_fit();
}

LexicalSegment::List LexicalSegment::list(std::uint32_t term_number) const {
  List list;
  list.term = term_number;
  list.count = std::uint32_t{counts_[term_number]} + 1;
  list.most = most_[term_number];
  if (IsDense(list.count)) {
    const auto at = std::lower_bound(dense_terms_.begin(), dense_terms_.end(), term_number) - dense_terms_.begin();
    list.impacts = dense_.data() + static_cast<std::size_t>(at) * padded_count();
    return list;
  }
  std::size_t first = first_[term_number / kGroup];
  for (std::uint32_t t = term_number / kGroup * kGroup; t < term_number; ++t) {
    const std::uint32_t count = std::uint32_t{counts_[t]} + 1;
    first += IsDense(count) ? 0 : count;
  }
  list.documents = documents_.data() + first;
  list.impacts = impacts_.data() + first;
  return list;
}

void LexicalSegment::FindLists(const TermBag& query, std::vector<List>* lists) const {
  lists->clear();
  // One step for all terms before the next, so that the reads from memory overlap.
  for (const TermCount& term : query) terms_.Prefetch(term.term);
  for (const TermCount& term : query) terms_.PrefetchTerms(term.term);
  for (const TermCount& term : query) {
    const std::uint32_t number = terms_.Find(term.term);
    if (number == TermDirectory::kNone) continue;
    lists->emplace_back().term = number;
    __builtin_prefetch(counts_.data() + number / kGroup * kGroup);
    __builtin_prefetch(first_.data() + number / kGroup);
    __builtin_prefetch(most_.data() + number);
  }
  for (List& found : *lists) {
    found = list(found.term);
    if (found.dense()) continue;
    __builtin_prefetch(found.documents);
    __builtin_prefetch(found.impacts);
  }
}

std::vector<std::uint32_t> LexicalSegment::FrequentTerms(std::uint32_t least) const {
  std::vector<std::uint32_t> frequent;
  for (std::uint32_t t = 0; t < terms_.size(); ++t) {
    if (std::uint32_t{counts_[t]} + 1 >= least) frequent.push_back(t);
  }
  return frequent;
}

std::int64_t LexicalSegment::posting_bytes() const {
  return static_cast<std::int64_t>(documents_.size() * 2 + impacts_.size() + dense_.size());
}

std::int64_t LexicalSegment::bytes() const {
  return posting_bytes() + terms_.bytes() +
         static_cast<std::int64_t>(counts_.size() * 2 + most_.size() + (first_.size() + dense_terms_.size()) * 4);
}

}  // namespace magpie
