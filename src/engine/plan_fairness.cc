// How fair a plan is (the certificate, the dial's curve), what relaxing one thing would bring, and why no plan can keep
// everything that is asked of it.
#include <algorithm>
#include <array>
#include <utility>

#include "engine/plan_builder.h"
#include "engine/plan_text.h"
#include "magpie/assignment/conflict.h"
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
  MAGPIE_ASSIGN_OR_RETURN(
      fairness.certificate,
      CertifyFairness(*graph_, problem_, assignment.arcs, classes,
                      IsStable(options_.objective) ? MakePreferences() : Preferences{}, kBlockingShown));
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
  if (TimeIsUp()) return absl::OkStatus();
  return DrawDial();
}

absl::Status PlanBuilder::DrawDial() {
  ObjectiveOptions options;
  if (assign_end_) options.time_limit = TimeLeft();
  MAGPIE_ASSIGN_OR_RETURN(std::vector<DialPoint> points, DialCurve(*graph_, problem_, kDials, options, context_));
  for (DialPoint& point : points) {
    plan_.fairness.dial.push_back({point.dial, ScoreOf(point.answer.assignment.total_gain), ScoreOf(point.worst_pair),
                                   point.served, point.gini, std::move(point.gains), std::move(point.loses)});
  }
  return absl::OkStatus();
}

ConstraintNames PlanBuilder::Names() const {
  const bool zh = chinese();
  return [this, zh, listings = ListingNames(*graph_, snapshot(), options_.language)](const PlanConstraint& constraint) {
    const auto i = static_cast<std::size_t>(constraint.index);
    const auto quoted = [zh](const std::string& name) { return zh ? "“" + name + "”" : "\"" + name + "\""; };
    switch (constraint.kind) {
      case PlanConstraintKind::kNeedGroupCapacity:
      case PlanConstraintKind::kNeedGroupMinimum:
        return quoted(need_group_names_[i]);
      case PlanConstraintKind::kOfferingGroupCapacity:
      case PlanConstraintKind::kOfferingGroupMinimum:
        return quoted(offering_group_names_[i]);
      case PlanConstraintKind::kQuotaMaximum:
      case PlanConstraintKind::kQuotaMinimum: {
        if (i < quota_names_.size()) return quoted(quota_names_[i]);
        // Behind the rules' quotas stand the dial's floors, each over the pairs of one need.
        const Arc& first = graph_->arc(answer_.problem.quotas[i].arcs.front());
        return listings({PlanConstraintKind::kNeedCapacity, first.left, 0}) +
               (zh ? " 的公平底线" : " (its floor by the fairness dial)");
      }
      default:
        return listings(constraint);
    }
  };
}

absl::Status PlanBuilder::ExplainConflict(const absl::Status& conflict) const {
  MAGPIE_ASSIGN_OR_RETURN(const Conflict found, FindConflict(*graph_, problem_, context_));
  if (found.constraints.empty()) return conflict;
  return MakeError(Reason::kPlanConflict, "rules", ConflictText(*graph_, found, options_.language, Names()));
}

absl::Status PlanBuilder::AskWhatIfs() {
  constexpr std::int32_t kShown = 10;
  const std::int32_t wanted = options_.what_ifs.value_or(graph_->arc_count() > kDialPairs ? 0 : kShown);
  if (wanted == 0 || TimeIsUp()) return absl::OkStatus();
  WhatIfOptions options;
  if (assign_end_) options.time_limit = TimeLeft();
  options.most_reported = wanted;
  options.most_solved = 4 * wanted;
  options.full_gain = full_gain_;
  MAGPIE_ASSIGN_OR_RETURN(WhatIfAnswer answer,
                          AskWhatIf(*graph_, answer_.problem, answer_.assignment, options, context_));
  MAGPIE_RETURN_IF_ERROR(context_.CheckCancelled());
  plan_.what_if_rest = ScoreOf(answer.rest_at_most);
  for (Relaxation& relaxation : answer.relaxations) {
    PlannedWhatIf what_if;
    what_if.constraint = relaxation.constraint;
    what_if.what = ConstraintName(*graph_, relaxation.constraint, options_.language, Names());
    what_if.gain = ScoreOf(relaxation.gain);
    for (std::int32_t a : relaxation.came) what_if.came.emplace_back(graph_->arc(a).left, graph_->arc(a).right);
    for (std::int32_t a : relaxation.went) what_if.went.emplace_back(graph_->arc(a).left, graph_->arc(a).right);
    what_if.sentence = RelaxationText(*graph_, relaxation, options_.language, Names());
    what_if.needs_served = std::move(relaxation.needs_served);
    what_if.offerings_served = std::move(relaxation.offerings_served);
    what_if.needs_lost = std::move(relaxation.needs_lost);
    what_if.offerings_lost = std::move(relaxation.offerings_lost);
    plan_.what_ifs.push_back(std::move(what_if));
  }
  return absl::OkStatus();
}

}  // namespace magpie
