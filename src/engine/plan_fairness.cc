// How fair a plan is: the certificate with the listings' and groups' names, and the dial's curve.
#include <algorithm>
#include <array>
#include <utility>

#include "engine/plan_builder.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::size_t kBlockingShown = 20;
constexpr std::array<double, 11> kDials = {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};

double ScoreOf(std::int64_t gain) {
  return static_cast<double>(gain) / static_cast<double>(kGainPerScore);
}

}  // namespace

absl::Status PlanBuilder::CertifyPlan() {
  PlanFairness& fairness = plan_.fairness;
  std::vector<ListingClass> classes;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const RuleGroup& rule = options_.rules.groups[g];
    for (Side side : {Side::kNeed, Side::kOffering}) {
      const std::vector<std::int32_t>& members = side == Side::kNeed ? groups_[g].needs : groups_[g].offerings;
      if (members.empty()) continue;
      classes.push_back({side, members});
      fairness.groups.push_back({rule.name, side, rule.at_least, rule.at_most, {}});
    }
  }
  const Assignment& assignment = answer_.assignment;
  MAGPIE_ASSIGN_OR_RETURN(fairness.certificate,
                          CertifyFairness(*graph_, problem_, assignment.arcs, classes, {}, kBlockingShown));
  for (std::size_t c = 0; c < classes.size(); ++c) {
    fairness.groups[c].exposure = std::move(fairness.certificate.classes[c]);
  }
  fairness.certificate.classes.clear();
  for (const BlockingPair& pair : fairness.certificate.blocking) {
    fairness.blocking.push_back({PairOfArc(pair.arc), ScoreOf(pair.need_rise), ScoreOf(pair.offering_rise)});
  }
  fairness.servable = answer_.servable;
  fairness.fair_score = ScoreOf(answer_.fair_gain);
  fairness.worst_sum = ScoreOf(answer_.worst_sum);
  fairness.worst_sum_bound = ScoreOf(answer_.worst_sum_bound);
  fairness.welfare = answer_.welfare;
  fairness.welfare_bound = answer_.welfare_bound;
  fairness.total = ScoreOf(assignment.total_gain);
  fairness.bound = ScoreOf(assignment.bound);
  fairness.ending = assignment.ending;
  if (!options_.dial_curve && graph_->arc_count() > kDialPairs) return absl::OkStatus();
  return DrawDial();
}

absl::Status PlanBuilder::DrawDial() {
  MAGPIE_ASSIGN_OR_RETURN(std::vector<DialPoint> points, DialCurve(*graph_, problem_, kDials, {}, context_));
  for (DialPoint& point : points) {
    plan_.fairness.dial.push_back({point.dial, ScoreOf(point.answer.assignment.total_gain), ScoreOf(point.worst_pair),
                                   point.served, point.gini, std::move(point.gains), std::move(point.loses)});
  }
  return absl::OkStatus();
}

}  // namespace magpie
