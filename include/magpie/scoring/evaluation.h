// Measures of a ranking against graded pairs, as docs/design/scoring.md fixes them.
//
// Judgements  TSV without heading: need id TAB offering id TAB grade 0..3. A pair that is not listed counts as 0,
//             but is not "judged": only judged zeros are decoys. Needs without any judgement are left out of every mean.
// nDCG@10     gain 2^grade - 1, discount log2(rank + 1), ideal order over all judged grades of the need.
// hit@1       share of needs whose first offering is of grade 3; hit@10 the same for the first ten.
// decoy@3     of the first three places the share held by decoys.
// recall@k    share of a need's grade-3 offerings among the first k; needs without one are left out of its mean.
// Ties        higher score first, then lower offering index.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/bootstrap.h"
#include "magpie/base/progress.h"
#include "magpie/scoring/scorer.h"

namespace magpie {

inline constexpr int kNdcgDepth = 10;

struct Judgement {
  OfferingIndex offering;
  int grade = 0;
};

// For each need its judged offerings, ascending by offering.
using Judgements = std::vector<std::vector<Judgement>>;

// Errors: kBadFile naming line, for a wrong number of fields or grade; kNeedNotFound and kOfferingNotFound naming line
// and id; kAlreadyExists for a pair judged twice.
absl::StatusOr<Judgements> ParseJudgements(std::string_view tsv, std::string_view name, const Snapshot& snapshot);
absl::StatusOr<Judgements> ReadJudgements(const std::filesystem::path& file, const Snapshot& snapshot);

struct Measures {
  double ndcg10 = 0;
  double hit1 = 0;
  double hit10 = 0;
  double recall10 = 0;
  double recall50 = 0;
  double recall100 = 0;
  double decoy3 = 0;
  bool has_best = false;  // of one need: an offering of grade 3 was judged, so the recalls mean something
};

// The measures of one need; `order` is its offerings, best first.
Measures MeasureNeed(std::span<const OfferingIndex> order, std::span<const Judgement> judged);

// The offerings in order of scores[offering count]; with `judged_only` only those judged for the need.
std::vector<OfferingIndex> OrderByScore(std::span<const double> scores, std::span<const Judgement> judged,
                                        bool judged_only);

struct SystemResult {
  std::string name;  // "magpie", "bm25", "tfidf", "lsa200"
  Measures mean;
  std::vector<Measures> by_need;  // of the judged needs, in their order
  Difference ahead;               // the engine's nDCG@10 less this system's; zero for the engine itself
};

struct MeasureDifference {
  std::string_view measure;  // "nDCG@10"
  Difference ahead;          // ours less theirs
};
// Two systems over the same judgements, measure by measure; each over the needs that its mean counts.
std::vector<MeasureDifference> CompareSystems(const SystemResult& ours, const SystemResult& theirs, std::uint64_t seed);

// A need that the engine serves badly: what should have come first, what did, and why.
struct FailedNeed {
  NeedIndex need;
  double ndcg10 = 0;
  struct Place {
    ScoredPair pair;
    int rank = 0;    // 1 = first
    int grade = -1;  // judged grade, -1 = not judged
  };
  std::vector<Place> got;       // the first five
  std::vector<Place> expected;  // offerings of the best judged grade, wherever they came
};

struct EvaluationReport {
  int need_count = 0;  // judged needs
  int pair_count = 0;
  bool judged_only = false;
  std::vector<SystemResult> systems;           // the engine, then the other setting if there is one, then the baselines
  std::vector<MeasureDifference> differences;  // the engine less the other setting; empty without one
  std::vector<FailedNeed> failures;            // worst first
};

struct EvaluationOptions {
  bool judged_only = false;
  int failures = 20;  // how many of the worst needs to describe
  bool baselines = true;
  const Scorer* against = nullptr;  // another setting over the same snapshot, to be compared need by need
  std::uint64_t seed = 1;
};

// kBadArgument where `against` ranks another snapshot.
absl::StatusOr<EvaluationReport> EvaluateRun(const Scorer& scorer, const Judgements& judgements,
                                             const EvaluationOptions& options, const RunContext& context);

// The measures of one system from its scores of every offering for a need.
using NeedScores = std::function<std::vector<double>(NeedIndex)>;
absl::StatusOr<SystemResult> EvaluateSystem(std::string_view name, const Snapshot& snapshot,
                                            const Judgements& judgements, bool judged_only, const NeedScores& scores,
                                            const RunContext& context);

}  // namespace magpie
