// The best documents for one query or many by vector, from segments of coded rows: exact, and filtered before ranking.
//
// Shapes   queries n x dimension, row-major; the answer is n x min(top, admitted documents), row-major.
// Answer   that of BatchTop among the admitted documents: codes only decide which few rows `rows` scores by the definition, and
//          the bound of coded_segment.h never leaves out one that may be among the best. Refused: ranking by codes alone.
// Filters  bit i of `admitted` admits row i of its segment (64 rows a word); an empty span admits all. Panels of 16 rows of
//          which none is admitted are not read.
// Cost     one query: every admitted panel is read once, at the rate of memory. Up to code_queries (8 on AVX-512) waiting queries
//          cost about as much together as one alone, more of them 2 n m d operations at the rate of bytes.
// Errors   kBadArgument: as BatchTop's; a segment of another dimension; an `admitted` too short for its segment. kCancelled.
// Threads  blocks of queries are shared out (context.threads); one query runs on one thread.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/retrieval/coded_segment.h"
#include "magpie/retrieval/exact_rows.h"
#include "magpie/retrieval/lexical_index.h"

namespace magpie {

// A segment as one search sees it. The caller keeps what it points to.
struct SegmentView {
  const CodedSegment* segment = nullptr;
  std::int32_t first_document = 0;  // the number of its row 0 to `rows` and in the answer
  std::span<const std::uint64_t> admitted;
};

// rows.Score() knows the queries by their place in `queries`.
absl::StatusOr<std::vector<RankedDocument>> SearchCoded(std::span<const float> queries, int dimension,
                                                        std::span<const SegmentView> segments, const ExactRows& rows,
                                                        int top, const RunContext& context);

}  // namespace magpie
