#include "magpie/learn/learn.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "learn/fit.h"
#include "magpie/base/random.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

// Of a need's offerings that nobody judged: the ones that the ranker so far puts first, which are what a better one has
// to get past, and as many at random.
constexpr std::size_t kUnjudgedBest = 100, kUnjudgedDrawn = 100;
constexpr std::int64_t kNeedsPerBlock = 2;

// The features of the judged pairs of every need, and of a sample of the others.
absl::StatusOr<std::vector<NeedLesson>> ReadLessons(const Scorer& scorer, const Judgements& judgements,
                                                    const Ranker& prior, const LearnOptions& options,
                                                    const RunContext& context) {
  std::vector<NeedLesson> lessons(judgements.size());
  const std::int64_t offerings = scorer.snapshot().offering_count();
  MAGPIE_RETURN_IF_ERROR(ParallelFor(
      context, static_cast<std::int64_t>(lessons.size()), kNeedsPerBlock, [&](std::int64_t begin, std::int64_t end) {
        for (auto n = static_cast<std::size_t>(begin); n < static_cast<std::size_t>(end); ++n) {
          const std::vector<Judgement>& judged = judgements[n];
          if (judged.empty()) continue;
          NeedLesson& lesson = lessons[n];
          if (!options.judged_only) {
            std::vector<std::int32_t> others;
            for (std::int32_t o = 0; o < offerings; ++o) {
              const auto at = std::lower_bound(
                  judged.begin(), judged.end(), OfferingIndex(o),
                  [](const Judgement& judgement, OfferingIndex offering) { return judgement.offering < offering; });
              if (at == judged.end() || at->offering != OfferingIndex(o)) others.push_back(o);
            }
            std::vector<OfferingIndex> unjudged;
            for (std::int32_t o : others) unjudged.emplace_back(o);
            const std::vector<PairFeatures> features =
                scorer.Features(NeedIndex(static_cast<std::int64_t>(n)), unjudged);
            std::vector<double> points;
            for (const PairFeatures& of_pair : features) points.push_back(prior.Points(of_pair));
            std::vector<std::size_t> order(others.size());
            std::iota(order.begin(), order.end(), std::size_t{0});
            std::stable_sort(order.begin(), order.end(),
                             [&](std::size_t a, std::size_t b) { return points[a] > points[b]; });
            Random random(options.seed ^ (n * 0x9E3779B97F4A7C15u));
            const std::size_t best = std::min(kUnjudgedBest, order.size());
            const std::size_t kept = std::min(best + kUnjudgedDrawn, order.size());
            for (std::size_t i = best; i < kept; ++i) std::swap(order[i], order[i + random.Below(order.size() - i)]);
            for (std::size_t i = 0; i < kept; ++i) lesson.pairs.push_back({features[order[i]], 0});
          }
          std::vector<OfferingIndex> indices;
          for (const Judgement& judgement : judged) indices.push_back(judgement.offering);
          const std::vector<PairFeatures> features = scorer.Features(NeedIndex(static_cast<std::int64_t>(n)), indices);
          for (std::size_t i = 0; i < judged.size(); ++i) lesson.pairs.push_back({features[i], judged[i].grade});
        }
        return absl::OkStatus();
      }));
  return lessons;
}

// What rankers make of one need: by its own offerings, all of them unless only judged ones count.
struct NeedQuality {
  Measures measures;
  double grade_error = 0;
  int pairs = 0;
};
NeedQuality Judge(const Scorer& scorer, NeedIndex need, const std::vector<Judgement>& judged, bool judged_only,
                  const Ranker& ranker) {
  std::vector<OfferingIndex> offerings;
  if (judged_only) {
    for (const Judgement& judgement : judged) offerings.push_back(judgement.offering);
  } else {
    for (std::int64_t o = 0; o < scorer.snapshot().offering_count(); ++o) offerings.emplace_back(o);
  }
  const std::vector<PairFeatures> features = scorer.Features(need, offerings);
  std::vector<double> points(static_cast<std::size_t>(scorer.snapshot().offering_count()), -1e300);
  for (std::size_t i = 0; i < offerings.size(); ++i) {
    points[static_cast<std::size_t>(offerings[i].value)] = ranker.Points(features[i]);
  }
  NeedQuality quality;
  quality.measures = MeasureNeed(OrderByScore(points, judged, judged_only), judged);
  for (const Judgement& judgement : judged) {
    const double at = points[static_cast<std::size_t>(judgement.offering.value)];
    quality.grade_error += std::abs(ranker.Grade(at) - judgement.grade);
    ++quality.pairs;
  }
  return quality;
}

LearnQuality Mean(std::span<const NeedQuality> all) {
  LearnQuality mean;
  double pairs = 0;
  for (const NeedQuality& one : all) {
    mean.ndcg10 += one.measures.ndcg10;
    mean.hit1 += one.measures.hit1;
    mean.decoy3 += one.measures.decoy3;
    mean.grade_error += one.grade_error;
    pairs += one.pairs;
  }
  const double needs = std::max<double>(1, static_cast<double>(all.size()));
  mean.ndcg10 /= needs;
  mean.hit1 /= needs;
  mean.decoy3 /= needs;
  mean.grade_error /= std::max(1.0, pairs);
  return mean;
}

}  // namespace

absl::StatusOr<LearnReport> Learn(const Scorer& scorer, const Judgements& judgements, const Ranker& prior,
                                  const LearnOptions& options, const RunContext& context) {
  std::vector<std::size_t> judged_needs;
  int pairs = 0;
  for (std::size_t n = 0; n < judgements.size(); ++n) {
    if (judgements[n].empty()) continue;
    judged_needs.push_back(n);
    pairs += static_cast<int>(judgements[n].size());
  }
  if (options.folds < 2) return MakeError(Reason::kBadArgument, "folds", "folds must be 2 or more");
  if (static_cast<int>(judged_needs.size()) < std::max(options.least_needs, options.folds) ||
      pairs < options.least_pairs) {
    return MakeError(
        Reason::kBadArgument, "judgements",
        fmt::format("there are {} judged needs with {} pairs, too few to learn from; wanted are {} needs "
                    "with {} pairs. The ranker stays as it is",
                    judged_needs.size(), pairs, std::max(options.least_needs, options.folds), options.least_pairs));
  }
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<NeedLesson> lessons,
                          ReadLessons(scorer, judgements, prior, options, context));

  // Needs are dealt into folds by lot.
  Random random(options.seed);
  std::vector<std::size_t> lots = judged_needs;
  for (std::size_t i = 0; i + 1 < lots.size(); ++i) std::swap(lots[i], lots[i + random.Below(lots.size() - i)]);
  const auto folds = static_cast<std::size_t>(options.folds);
  std::vector<Ranker> of_fold;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
    std::vector<const NeedLesson*> seen;
    for (std::size_t i = 0; i < lots.size(); ++i) {
      if (i % folds != fold) seen.push_back(&lessons[lots[i]]);
    }
    of_fold.push_back(Fit(seen, prior, options.shrinkage));
    context.Report("fit", static_cast<std::int64_t>(fold) + 1, options.folds + 1);
  }
  std::vector<NeedQuality> before(lots.size()), after(lots.size());
  MAGPIE_RETURN_IF_ERROR(ParallelFor(
      context, static_cast<std::int64_t>(lots.size()), kNeedsPerBlock, [&](std::int64_t begin, std::int64_t end) {
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
          const NeedIndex need(static_cast<std::int64_t>(lots[i]));
          const std::vector<Judgement>& judged = judgements[lots[i]];
          before[i] = Judge(scorer, need, judged, options.judged_only, prior);
          after[i] = Judge(scorer, need, judged, options.judged_only, of_fold[i % folds]);
        }
        return absl::OkStatus();
      }));
  LearnReport report;
  std::vector<const NeedLesson*> all;
  for (std::size_t n : judged_needs) all.push_back(&lessons[n]);
  report.ranker = Fit(all, prior, options.shrinkage);
  report.needs = static_cast<int>(judged_needs.size());
  report.pairs = pairs;
  report.before = Mean(before);
  report.after = Mean(after);
  context.Report("fit", options.folds + 1, options.folds + 1);
  return report;
}

}  // namespace magpie
