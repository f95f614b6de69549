// Refits the ranker to a platform's own judgements: weights by listwise regression, cuts and slope by ordinal regression,
// both drawn towards the ranker it starts from, the more so the fewer needs there are.
//
// Judged     pairs with grades 0 to 3. Unless `judged_only`, pairs of a judged need that nobody judged count as grade 0,
//            a sample of them standing for all.
// Held out   quality before and after is measured on needs that the fit has not seen: the needs are dealt into folds,
//            each fold ranked by a ranker fitted on the others.
// Same input, same bytes on any number of threads.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>

#include "magpie/base/progress.h"
#include "magpie/scoring/evaluation.h"
#include "magpie/scoring/ranker.h"
#include "magpie/scoring/scorer.h"

namespace magpie {

struct LearnOptions {
  bool judged_only = false;
  int folds = 5;
  // Needs and pairs below which nothing is learned: kBadArgument naming how many there are and how many are wanted.
  int least_needs = 20;
  int least_pairs = 100;
  double shrinkage = 20;  // the prior weighs as much as this many needs
  std::uint64_t seed = 1;
};

struct LearnQuality {
  double ndcg10 = 0;
  double hit1 = 0;
  double decoy3 = 0;
  double grade_error = 0;  // mean absolute difference of the judged pairs' grades
  double agreement() const { return 1 / (1 + grade_error); }
};

struct LearnReport {
  Ranker ranker;  // fitted on everything
  int needs = 0, pairs = 0;
  LearnQuality before, after;  // of held-out needs
};

absl::StatusOr<LearnReport> Learn(const Scorer& scorer, const Judgements& judgements, const Ranker& prior,
                                  const LearnOptions& options, const RunContext& context);

}  // namespace magpie
