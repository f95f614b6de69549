#include "magpie/scoring/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"
#include "magpie/scoring/baselines.h"

namespace magpie {
namespace {

constexpr std::uint64_t kLargestJudgements = std::uint64_t{1} << 30;  // bytes
constexpr int kBestGrade = 3;
constexpr int kPlacesShown = 5;

int GradeOf(std::span<const Judgement> judged, OfferingIndex offering) {
  const auto it = std::lower_bound(judged.begin(), judged.end(), offering,
                                   [](const Judgement& j, OfferingIndex o) { return j.offering < o; });
  return it != judged.end() && it->offering == offering ? it->grade : -1;
}

double Gain(int grade) {
  return grade > 0 ? std::exp2(grade) - 1 : 0;
}

double Discount(std::size_t position) {
  return 1 / std::log2(static_cast<double>(position) + 2);
}

// A measure as tables name it. A recall counts only needs that have an offering of the best grade.
struct MeasureColumn {
  std::string_view name;
  double Measures::*value;
  bool of_best;
};
constexpr MeasureColumn kMeasureColumns[] = {
    {"nDCG@10", &Measures::ndcg10, false},     {"hit@1", &Measures::hit1, false},
    {"hit@10", &Measures::hit10, false},       {"decoy@3", &Measures::decoy3, false},
    {"recall@10", &Measures::recall10, true},  {"recall@50", &Measures::recall50, true},
    {"recall@100", &Measures::recall100, true}};

Measures MeanOf(const std::vector<Measures>& by_need) {
  Measures mean;
  for (const MeasureColumn& column : kMeasureColumns) {
    int needs = 0;
    double sum = 0;
    for (const Measures& m : by_need) {
      if (column.of_best && !m.has_best) continue;
      ++needs;
      sum += m.*column.value;
    }
    mean.*column.value = sum / std::max(needs, 1);
  }
  return mean;
}

Difference CompareColumn(const MeasureColumn& column, const SystemResult& ours, const SystemResult& theirs,
                         std::uint64_t seed) {
  std::vector<double> a, b;
  for (std::size_t n = 0; n < std::min(ours.by_need.size(), theirs.by_need.size()); ++n) {
    if (column.of_best && !ours.by_need[n].has_best) continue;
    a.push_back(ours.by_need[n].*column.value);
    b.push_back(theirs.by_need[n].*column.value);
  }
  return BootstrapDifference(a, b, seed);
}

FailedNeed DescribeFailure(const Scorer& scorer, NeedIndex need, double ndcg10, std::span<const OfferingIndex> order,
                           std::span<const Judgement> judged) {
  FailedNeed failure;
  failure.need = need;
  failure.ndcg10 = ndcg10;
  int best = 0;
  for (const Judgement& judgement : judged) best = std::max(best, judgement.grade);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const int grade = GradeOf(judged, order[i]);
    const bool expected = best > 0 && grade == best;
    if (i >= kPlacesShown && !expected) continue;
    const FailedNeed::Place place{scorer.Score(need, order[i]), static_cast<int>(i) + 1, grade};
    if (i < kPlacesShown) failure.got.push_back(place);
    if (expected) failure.expected.push_back(place);
  }
  return failure;
}

// Of every offering; rejected pairs come after every other, for Rank leaves them out.
std::vector<double> ScoresOf(const Scorer& scorer, NeedIndex need) {
  const std::int64_t count = scorer.snapshot().offering_count();
  std::vector<double> row(static_cast<std::size_t>(count), -1.0);
  for (const ScoredPair& pair : scorer.Rank(Side::kNeed, need.value, count, true)) {
    row[static_cast<std::size_t>(pair.offering.value)] = pair.score;
  }
  return row;
}

}  // namespace

absl::StatusOr<Judgements> ParseJudgements(std::string_view tsv, std::string_view name, const Snapshot& snapshot) {
  Judgements judgements(static_cast<std::size_t>(snapshot.need_count()));
  std::int64_t line_number = 0;
  if (tsv.starts_with("\xEF\xBB\xBF")) tsv.remove_prefix(3);
  while (!tsv.empty()) {
    const std::size_t end = tsv.find('\n');
    const std::string_view line = tsv.substr(0, end);
    tsv.remove_prefix(end == std::string_view::npos ? tsv.size() : end + 1);
    ++line_number;
    if (line.find_first_not_of(" \r") == std::string_view::npos) continue;
    const std::string place = fmt::format("{}, line {}", name, line_number);
    const std::vector<std::string> fields = SplitTsvLine(line);
    if (fields.size() != 3) {
      return MakeError(Reason::kBadFile, "",
                       fmt::format("{}: {} fields; a line holds need id, offering id and grade, separated by tabs",
                                   place, fields.size()));
    }
    if (fields[2].size() != 1 || fields[2][0] < '0' || fields[2][0] > '3') {
      return MakeError(Reason::kBadFile, "", fmt::format("{}: grade '{}'; it must be 0, 1, 2 or 3", place, fields[2]));
    }
    const NeedIndex need = snapshot.FindNeed(fields[0]);
    if (!need.valid()) {
      return MakeError(Reason::kNeedNotFound, "", fmt::format("{}: there is no need '{}'", place, fields[0]));
    }
    const OfferingIndex offering = snapshot.FindOffering(fields[1]);
    if (!offering.valid()) {
      return MakeError(Reason::kOfferingNotFound, "", fmt::format("{}: there is no offering '{}'", place, fields[1]));
    }
    std::vector<Judgement>& judged = judgements[static_cast<std::size_t>(need.value)];
    const auto at = std::lower_bound(judged.begin(), judged.end(), offering,
                                     [](const Judgement& j, OfferingIndex o) { return j.offering < o; });
    if (at != judged.end() && at->offering == offering) {
      return MakeError(Reason::kAlreadyExists, "",
                       fmt::format("{}: the pair '{}' and '{}' is judged twice", place, fields[0], fields[1]));
    }
    judged.insert(at, {offering, fields[2][0] - '0'});
  }
  return judgements;
}

absl::StatusOr<Judgements> ReadJudgements(const std::filesystem::path& file, const Snapshot& snapshot) {
  MAGPIE_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kLargestJudgements));
  return ParseJudgements(text, file.string(), snapshot);
}

Measures MeasureNeed(std::span<const OfferingIndex> order, std::span<const Judgement> judged) {
  Measures m;
  double gain = 0, ideal = 0;
  int best_count = 0, found10 = 0, found50 = 0, found100 = 0, decoys = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const int grade = GradeOf(judged, order[i]);
    if (i < kNdcgDepth) gain += Gain(grade) * Discount(i);
    if (i < 3 && grade == 0) ++decoys;
    if (grade != kBestGrade) continue;
    if (i == 0) m.hit1 = 1;
    found10 += i < 10;
    found50 += i < 50;
    found100 += i < 100;
  }
  std::vector<int> grades;
  for (const Judgement& judgement : judged) {
    grades.push_back(judgement.grade);
    best_count += judgement.grade == kBestGrade;
  }
  std::sort(grades.rbegin(), grades.rend());
  for (std::size_t i = 0; i < grades.size() && i < kNdcgDepth; ++i) ideal += Gain(grades[i]) * Discount(i);
  m.ndcg10 = ideal > 0 ? gain / ideal : 0;
  m.hit10 = found10 > 0;
  m.decoy3 = decoys / 3.0;
  m.has_best = best_count > 0;
  if (m.has_best) {
    m.recall10 = static_cast<double>(found10) / best_count;
    m.recall50 = static_cast<double>(found50) / best_count;
    m.recall100 = static_cast<double>(found100) / best_count;
  }
  return m;
}

std::vector<OfferingIndex> OrderByScore(std::span<const double> scores, std::span<const Judgement> judged,
                                        bool judged_only) {
  std::vector<OfferingIndex> order;
  if (judged_only) {
    for (const Judgement& judgement : judged) order.push_back(judgement.offering);
  } else {
    for (std::size_t o = 0; o < scores.size(); ++o) order.emplace_back(static_cast<std::int64_t>(o));
  }
  std::stable_sort(order.begin(), order.end(), [&](OfferingIndex a, OfferingIndex b) {
    return scores[static_cast<std::size_t>(a.value)] > scores[static_cast<std::size_t>(b.value)];
  });
  return order;
}

absl::StatusOr<SystemResult> EvaluateSystem(std::string_view name, const Snapshot& snapshot,
                                            const Judgements& judgements, bool judged_only, const NeedScores& scores,
                                            const RunContext& context) {
  if (judgements.size() != static_cast<std::size_t>(snapshot.need_count())) {
    return MakeError(Reason::kBadArgument, "judgements", "the judgements belong to another list of needs");
  }
  std::vector<Measures> measures(judgements.size());
  MAGPIE_RETURN_IF_ERROR(
      ParallelFor(context, static_cast<std::int64_t>(judgements.size()), 4, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t n = begin; n < end; ++n) {
          const std::vector<Judgement>& judged = judgements[static_cast<std::size_t>(n)];
          if (judged.empty()) continue;
          const std::vector<double> row = scores(NeedIndex(n));
          measures[static_cast<std::size_t>(n)] = MeasureNeed(OrderByScore(row, judged, judged_only), judged);
        }
        return absl::OkStatus();
      }));
  SystemResult result;
  result.name = std::string(name);
  for (std::size_t n = 0; n < judgements.size(); ++n) {
    if (!judgements[n].empty()) result.by_need.push_back(measures[n]);
  }
  result.mean = MeanOf(result.by_need);
  return result;
}

std::vector<MeasureDifference> CompareSystems(const SystemResult& ours, const SystemResult& theirs,
                                              std::uint64_t seed) {
  std::vector<MeasureDifference> differences;
  for (const MeasureColumn& column : kMeasureColumns) {
    differences.push_back({column.name, CompareColumn(column, ours, theirs, seed)});
  }
  return differences;
}

absl::StatusOr<EvaluationReport> EvaluateRun(const Scorer& scorer, const Judgements& judgements,
                                             const EvaluationOptions& options, const RunContext& context) {
  const Snapshot& snapshot = scorer.snapshot();
  EvaluationReport report;
  report.judged_only = options.judged_only;
  if (options.against != nullptr && &options.against->snapshot() != &snapshot) {
    return MakeError(Reason::kBadArgument, "against", "the other setting ranks other lists");
  }
  std::vector<std::vector<double>> engine_scores(judgements.size());
  const NeedScores engine = [&](NeedIndex need) {
    std::vector<double> row = ScoresOf(scorer, need);
    engine_scores[static_cast<std::size_t>(need.value)] = row;
    return row;
  };
  MAGPIE_ASSIGN_OR_RETURN(SystemResult ours,
                          EvaluateSystem("magpie", snapshot, judgements, options.judged_only, engine, context));
  std::vector<std::pair<double, NeedIndex>> worst;
  std::size_t at = 0;
  for (std::size_t n = 0; n < judgements.size(); ++n) {
    if (judgements[n].empty()) continue;
    report.pair_count += static_cast<int>(judgements[n].size());
    worst.emplace_back(ours.by_need[at++].ndcg10, NeedIndex(static_cast<std::int64_t>(n)));
  }
  report.need_count = static_cast<int>(worst.size());
  std::sort(worst.begin(), worst.end());
  worst.resize(std::min<std::size_t>(worst.size(), static_cast<std::size_t>(std::max(options.failures, 0))));
  for (const auto& [ndcg10, need] : worst) {
    const std::vector<Judgement>& judged = judgements[static_cast<std::size_t>(need.value)];
    const std::vector<double>& row = engine_scores[static_cast<std::size_t>(need.value)];
    report.failures.push_back(
        DescribeFailure(scorer, need, ndcg10, OrderByScore(row, judged, options.judged_only), judged));
  }
  report.systems.push_back(std::move(ours));
  if (options.against != nullptr) {
    const NeedScores other = [&](NeedIndex need) { return ScoresOf(*options.against, need); };
    MAGPIE_ASSIGN_OR_RETURN(SystemResult theirs,
                            EvaluateSystem("other", snapshot, judgements, options.judged_only, other, context));
    report.differences = CompareSystems(report.systems.front(), theirs, options.seed);
    theirs.ahead = report.differences.front().ahead;
    report.systems.push_back(std::move(theirs));
  }
  if (!options.baselines) return report;

  const Baselines baselines(snapshot);
  for (int b = 0; b < kBaselineCount; ++b) {
    const auto baseline = static_cast<Baseline>(b);
    const NeedScores scores = [&](NeedIndex need) { return baselines.Scores(baseline, need); };
    MAGPIE_ASSIGN_OR_RETURN(SystemResult theirs, EvaluateSystem(BaselineName(baseline), snapshot, judgements,
                                                                options.judged_only, scores, context));
    theirs.ahead = CompareColumn(kMeasureColumns[0], report.systems.front(), theirs, options.seed);
    report.systems.push_back(std::move(theirs));
  }
  return report;
}

}  // namespace magpie
