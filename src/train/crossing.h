// How well texts in one language find their translation in the other: abstracts of the papers that were held out of
// training, each ranking all abstracts of the other language by cosine.
//
// nDCG@10  one right answer a question, so 1 / log2(1 + its rank) within the first ten, else 0.
// hit@1    share of questions whose own translation comes first.
// Ties     count against the encoder: the right answer stands behind every other with its cosine.
#pragma once

#include <absl/status/statusor.h>

#include <span>
#include <vector>

#include "magpie/base/bootstrap.h"
#include "magpie/base/progress.h"
#include "magpie/text/analyzer.h"
#include "magpie/vector/encoder.h"
#include "train/corpus.h"

namespace magpie::train {

struct CrossingMeasure {
  Difference ndcg10, hit1;  // means with 95 % intervals over papers
};
struct CrossingReport {
  CrossingMeasure to_english, to_chinese;  // from Chinese abstracts to English ones, and back
};

// kBadArgument where there is no paper.
absl::StatusOr<CrossingReport> MeasureCrossing(std::span<const Paper> papers, const Analyzer& analyzer,
                                               const Encoder& encoder, const RunContext& context);

// What follows the vectors: row i of `questions` belongs to row i of `answers`; both row-major n x d of unit rows.
CrossingMeasure MeasureRows(std::span<const float> questions, std::span<const float> answers, std::size_t dimension);

}  // namespace magpie::train
