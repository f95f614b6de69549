// Panels of a large conference: 10,124 papers, 5,880 reviewers, three reviewers a paper, at most six papers a reviewer,
// made scores. The worst off first, then the total.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "bench/bench.h"
#include "magpie/assignment/panel.h"
#include "magpie/base/random.h"

namespace magpie::bench {
namespace {

constexpr std::int32_t kPapers = 10'124, kReviewers = 5'880, kPerPaper = 3, kPerReviewer = 6;
constexpr std::size_t kTopics = 24;
constexpr double kBarSeconds = 20;

// Topics of each, as a unit vector; `crowded` of them are drawn from the first four topics alone, that share of the time.
std::vector<float> Topics(std::int32_t count, double crowded, Random& random) {
  std::vector<float> topics(static_cast<std::size_t>(count) * kTopics);
  for (std::int32_t i = 0; i < count; ++i) {
    float* row = &topics[static_cast<std::size_t>(i) * kTopics];
    const bool narrow = random.Uniform() < crowded;
    double square = 0;
    for (std::size_t t = 0; t < kTopics; ++t) {
      const double weight = std::pow(random.Uniform(), 6.0) * (narrow && t >= 4 ? 0.05 : 1);
      row[t] = static_cast<float>(weight);
      square += weight * weight;
    }
    for (std::size_t t = 0; t < kTopics; ++t) row[t] /= static_cast<float>(std::sqrt(square));
  }
  return topics;
}

std::vector<std::int32_t> Scores(double crowded_papers, double crowded_reviewers) {
  Random random(1);
  const std::vector<float> papers = Topics(kPapers, crowded_papers, random);
  const std::vector<float> reviewers = Topics(kReviewers, crowded_reviewers, random);
  std::vector<std::int32_t> scores(static_cast<std::size_t>(kPapers) * kReviewers);
  std::size_t at = 0;
  for (std::int32_t p = 0; p < kPapers; ++p) {
    const float* paper = &papers[static_cast<std::size_t>(p) * kTopics];
    for (std::int32_t r = 0; r < kReviewers; ++r) {
      const float* reviewer = &reviewers[static_cast<std::size_t>(r) * kTopics];
      float dot = 0;
      for (std::size_t t = 0; t < kTopics; ++t) dot += paper[t] * reviewer[t];
      scores[at++] = std::min(
          kMaxPanelScore, static_cast<std::int32_t>(880'000 * dot) + static_cast<std::int32_t>(random.Below(100'000)));
    }
  }
  return scores;
}

Line MeasureMaxMin(const std::string& item, const std::string& what, double crowded_papers, double crowded_reviewers) {
  const std::vector<std::int32_t> scores = Scores(crowded_papers, crowded_reviewers);
  const PanelProblem problem{kPapers, kReviewers, scores, kPerPaper,
                             std::vector<std::int32_t>(static_cast<std::size_t>(kReviewers), kPerReviewer)};
  RunContext context;
  context.threads = 2;
  Panels fair;
  const Timed timed = TimeOnce([&] { fair = AssignPanels(problem, PanelObjective::kMaxMin, context).value(); });
  Line line = BarLine(
      "assignment", item, "s", timed.wall, kBarSeconds,
      fmt::format("{} x {}, {} each, at most {}", kPapers, kReviewers, kPerPaper, kPerReviewer),
      fmt::format("{}; worst row {:.3f} of at most {:.3f}, total {:.4f} % below the largest", what,
                  static_cast<double>(fair.worst) / kMaxPanelScore,
                  static_cast<double>(fair.worst_bound) / kMaxPanelScore,
                  100 * static_cast<double>(fair.total_bound - fair.total) / static_cast<double>(fair.total_bound)));
  line.threads = 2;
  return line;
}

}  // namespace

std::vector<Bench> FairBenches() {
  return {{"assignment", [] {
             return std::vector<Line>{MeasureMaxMin("fair_maxmin", "topics spread", 0, 0),
                                      MeasureMaxMin("- fair_maxmin", "half of the papers crowd four topics", 0.5, 0.2)};
           }}};
}

}  // namespace magpie::bench
