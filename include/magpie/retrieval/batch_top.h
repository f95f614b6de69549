// The best documents for each of many queries by vector, exact, without ever holding all products.
//
// Shapes   queries n x dimension, documents m x dimension, row-major; the answer is n x min(top, m), row-major.
// Answer   ranked by the score of exact_rows.h, ties by the lower document number: the same bytes on every instruction set,
//          for every number of threads and in whatever blocks.
// Method   sums of floats in registers, several queries against several documents, compared with each query's bound where
//          they stand. With u = 2^-24 and gamma = d u / (1 - d u), such a sum misses the score by at most
//          gamma |query| |document| + d 2^-148, in any order, fused or not; whatever may be among the best is kept and
//          scored again by the definition.
// Errors   kBadArgument: a size that is no multiple of the dimension, top < 1, more than 2^31 - 1 rows, a row with a component
//          that is no finite number or longer than 10^15 (the message names it). kCancelled.
// Cost     2 n m d operations, four fifths of them and more at the rate of a blocked matrix product; less than 8 MiB a
//          thread beside queries, documents and answer where top is at most 2,000.
// Worst    scores that are all equal, or closer together than the bound, are all computed by the definition: some ten times
//          slower.
// Threads  blocks of queries are shared out as they are finished (context.threads).
// Source   Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication (2008); the bound: Higham, Accuracy and
//          Stability of Numerical Algorithms (2002), section 3.1.
#pragma once

#include <absl/status/statusor.h>

#include <span>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/retrieval/lexical_index.h"

namespace magpie {

absl::StatusOr<std::vector<RankedDocument>> BatchTop(std::span<const float> queries, std::span<const float> documents,
                                                     int dimension, int top, const RunContext& context);

}  // namespace magpie
