// An inverted file over vectors: rows stored by the cluster they belong to, of which a query reads the nearest few only. It
// measures itself when built and reads everything where that is not dearer.
//
// Method   spherical k-means over an even sample of the rows, by BatchTop; each row goes to the cluster whose centre it has the
//          largest dot product with. Rows are kept as codes (coded_segment.h) in the order of their clusters. A query ranks the
//          centres, reads the `probes` first clusters, and scores again by the definition: so what it finds within them is
//          exact, and it misses exactly the rows of the other clusters.
// Choice   an even sample of the rows asks for its nearest others. Where the true ones lie is known, so the recall for each
//          number of probes is counted, not guessed. The smallest number that leaves out half of what the wanted recall allows is
//          taken, to be safe with queries that were not in the sample; if it reads more than half of the rows that a scan
//          of everything reads, everything is read. The choice counts rows, never seconds: the same rows give the same
//          choice on every machine.
// Refused  graphs (hnswlib): a hundred times the cost of building, no better a query at recall 0.99 (docs/design/retrieval.md).
// Errors   kBadArgument as BatchTop says (fields "rows", "queries", "top"). kCancelled.
// Cost     building: (iterations + 1) n clusters d operations by BatchTop. Memory: dimension + 16 bytes a row, and the centres.
// Threads  a built index never changes; Search() may be called from several threads at once, and runs on the caller's.
// Source   Jegou, Douze and Schmid, Product Quantization for Nearest Neighbor Search (2011), section 4, without its quantizer.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/retrieval/coded_segment.h"
#include "magpie/retrieval/exact_rows.h"
#include "magpie/retrieval/lexical_index.h"

namespace magpie {

struct ClusterOptions {
  double recall = 0.99;  // of the `top` true nearest rows, what share a query finds on average
  int top = 10;          // that recall is measured at
  int iterations = 6;    // of k-means; more moved recall by less than a part in a thousand
};

// What the index found out about itself, for logs and for whoever runs it.
struct ClusterChoice {
  bool approximate = false;                              // else every row is read
  std::int64_t rows = 0, clusters = 0, asked = 0;        // asked: rows of the sample
  std::int64_t probes = 0;                               // clusters read for a query
  double recall = 1;                                     // of the sample with them
  double rows_read = 0;                                  // centres and rows a query reads with them, on average
  double build_seconds = 0, query_ms = 0, exact_ms = 0;  // as measured, of a thread's own time; for information
  std::string Text() const;                              // one line
};

class ClusterIndex {
 public:
  static absl::StatusOr<ClusterIndex> Build(std::span<const float> rows, int dimension, const ClusterOptions& options,
                                            const RunContext& context);

  const ClusterChoice& choice() const { return choice_; }

  // Row i has the number numbers[i] from now on, in answers, to `exact` and in `admitted`; ascending.
  void Renumber(std::span<const std::int32_t> numbers);

  std::int64_t bytes() const;

  // The best documents for one query[dimension] by the choice, or by `probes` clusters where that is above 0. `exact` knows the
  // query by the number 0. Bit i of `admitted` admits number i; empty = all.
  absl::StatusOr<std::vector<RankedDocument>> Search(std::span<const float> query, const ExactRows& exact, int top,
                                                     std::span<const std::uint64_t> admitted = {},
                                                     std::int64_t probes = 0) const;

 private:
  ClusterIndex() = default;
  void Store(std::span<const float> rows, std::span<const std::int32_t> cluster_of);
  absl::Status Choose(std::span<const float> rows, std::span<const std::int32_t> cluster_of,
                      const ClusterOptions& options, const RunContext& context);
  // The numbers of the nearest `count` clusters, in their order.
  absl::StatusOr<std::vector<RankedDocument>> Nearest(std::span<const float> query, std::int64_t count) const;

  int dimension_ = 0;
  ClusterChoice choice_;
  std::vector<float> centres_;
  std::shared_ptr<const CodedSegment> coded_centres_;
  std::vector<std::shared_ptr<const CodedSegment>> segments_;  // all but the last of kMostRows places
  std::vector<std::int32_t> numbers_;                          // of each place the row that stands there, or -1
  std::vector<std::int64_t> first_panel_;                      // of each cluster, and one beyond the last
};

}  // namespace magpie
