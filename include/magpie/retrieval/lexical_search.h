// Finds the documents that score best for a query, over segments and over documents that are in no segment yet.
//
// Score    the sum of the impacts (lexical_statistics.h) of the terms that query and document share; how often the query
//          says a term does not count. Times LexicalStatistics::unit() it is BM25, rounded term by term.
// Answer   the `top` best documents with a score above 0, best first, ties by the lower document. It is exact: what an
//          exhaustive scorer gives, whatever the instruction set, the segments' borders and the threads.
// Numbers  documents are counted through the parts: the first of part p is the sum of the sizes of those before it.
// Method   lexical_search.cc says when lists are added up whole and when only the documents that can still win are looked
//          up.
// Threads  every function may be called from several threads at once; each thread keeps some 200 KiB of its own.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "magpie/base/instruction_set.h"
#include "magpie/base/progress.h"
#include "magpie/retrieval/lexical_segment.h"
#include "magpie/retrieval/term_bags.h"

namespace magpie {

struct LexicalHit {
  std::uint32_t document = 0;
  std::uint32_t score = 0;
  friend bool operator==(const LexicalHit&, const LexicalHit&) = default;
};

// A segment and which of its documents may be found: bit d % 64 of admitted[d / 64]; empty = all.
struct LexicalPart {
  const LexicalSegment* segment = nullptr;
  std::span<const std::uint64_t> admitted;
};

std::vector<LexicalHit> SearchLexical(const TermBag& query, std::span<const LexicalPart> parts, int top,
                                      InstructionSet set = ActiveInstructionSet());

// The same for many queries, answer q for query q; cheaper than one after the other from some hundred queries on: frequent
// terms are laid out once for all of them, and a block of documents is asked by many queries while it is in the cache.
// CANCELLED when the context says so. 25 MiB beside the results, and some MiB a thread.
absl::StatusOr<std::vector<std::vector<LexicalHit>>> SearchLexicalBatch(TermBags queries,
                                                                        std::span<const LexicalPart> parts, int top,
                                                                        const RunContext& context,
                                                                        InstructionSet set = ActiveInstructionSet());

// Documents straight from their bags, for a few that no segment holds yet: some 150 ns a document of a hundred terms.
// scores[documents.size()] are those that a segment with the same statistics would give.
void ScoreBags(const LexicalStatistics& statistics, const TermBag& query, TermBags documents,
               std::span<std::uint32_t> scores);

}  // namespace magpie
