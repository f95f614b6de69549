#include "train/crossing.h"

#include <cmath>
#include <string>

#include "magpie/base/status.h"

namespace magpie::train {
namespace {

constexpr std::size_t kDepth = 10;
constexpr std::uint64_t kSeed = 1;

absl::StatusOr<std::vector<float>> VectorsOf(std::span<const Paper> papers, std::string Paper::*text,
                                             const Analyzer& analyzer, const Encoder& encoder,
                                             const RunContext& context) {
  std::vector<AnalyzedText> analyzed;
  std::vector<const AnalyzedText*> texts;
  for (const Paper& paper : papers) analyzed.push_back(analyzer.Analyze(paper.*text));
  for (const AnalyzedText& one : analyzed) texts.push_back(&one);
  std::vector<float> rows(papers.size() * static_cast<std::size_t>(encoder.dimension()));
  MAGPIE_RETURN_IF_ERROR(encoder.Encode(texts, rows, context));
  return rows;
}

}  // namespace

CrossingMeasure MeasureRows(std::span<const float> questions, std::span<const float> answers, std::size_t dimension) {
  const std::size_t n = questions.size() / dimension;
  const auto cosine = [&](std::size_t question, std::size_t answer) {
    double sum = 0;
    for (std::size_t j = 0; j < dimension; ++j) {
      sum += double{questions[question * dimension + j]} * double{answers[answer * dimension + j]};
    }
    return sum;
  };
  std::vector<double> ndcg10(n), hit1(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double own = cosine(i, i);
    std::size_t before = 0;
    for (std::size_t j = 0; j < n; ++j) before += j != i && cosine(i, j) >= own;
    if (before < kDepth) ndcg10[i] = 1 / std::log2(static_cast<double>(before) + 2);
    hit1[i] = before == 0;
  }
  return {BootstrapMean(ndcg10, kSeed), BootstrapMean(hit1, kSeed)};
}

absl::StatusOr<CrossingReport> MeasureCrossing(std::span<const Paper> papers, const Analyzer& analyzer,
                                               const Encoder& encoder, const RunContext& context) {
  if (papers.empty()) return MakeError(Reason::kBadArgument, "papers", "no paper of the corpus is held out");
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<float> zh,
                          VectorsOf(papers, &Paper::abstract_zh, analyzer, encoder, context));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<float> en,
                          VectorsOf(papers, &Paper::abstract_en, analyzer, encoder, context));
  const auto d = static_cast<std::size_t>(encoder.dimension());
  return CrossingReport{MeasureRows(zh, en, d), MeasureRows(en, zh, d)};
}

}  // namespace magpie::train
