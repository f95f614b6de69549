// Turns bags of terms inside out: for each term the documents that hold it.
//
// Cost     a partition by the terms' top bits, then a sort of each part in the cache: some 50 ns a term of a document;
//          16 bytes for each of at most about four million of them at a time, and 4 bytes a document.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "magpie/retrieval/term_bags.h"

namespace magpie {

struct Occurrence {
  std::uint64_t term;
  std::uint32_t document;
  std::uint32_t count;
};

// Calls visit(occurrences of one term, ascending by document) for each distinct term, ascending.
void ForEachTerm(TermBags documents, const std::function<void(std::span<const Occurrence> occurrences)>& visit);

}  // namespace magpie
