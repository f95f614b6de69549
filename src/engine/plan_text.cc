#include "engine/plan_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "magpie/base/status.h"

namespace magpie {

std::string_view DecisionName(Decision decision) {
  switch (decision) {
    case Decision::kNone:
      return "";
    case Decision::kLocked:
      return "locked";
    case Decision::kStruck:
      return "struck";
    case Decision::kAdded:
      return "added";
  }
  return "";
}

namespace {
constexpr std::array<std::string_view, 6> kObjectives = {"total", "max-min",      "max-min-sum",
                                                         "nash",  "stable-needs", "stable-offerings"};
}  // namespace

std::string_view ObjectiveName(Objective objective) {
  return kObjectives[static_cast<std::size_t>(objective)];
}

std::optional<Objective> ParseObjective(std::string_view text) {
  const auto found = std::find(kObjectives.begin(), kObjectives.end(), text);
  if (found == kObjectives.end()) return std::nullopt;
  return static_cast<Objective>(found - kObjectives.begin());
}

std::string OpenSentence(const PlannedOpen& open, double shortfall, const PlanOptions& options) {
  const bool zh = options.language == Language::kZh;
  const bool near = !open.near_id.empty();
  switch (open.reason) {
    case OpenReason::kNoCandidate:
      return zh ? "没有可考虑的对象：没有文字相关的，或都不满足必须条件。可放宽必须条件或补充描述。"
                : "Nobody to consider: no related text, or a must constraint rules everybody out. Relax a must or say "
                  "more in the description.";
    case OpenReason::kBelowThreshold:
      return zh ? fmt::format("最接近的是 {}，匹配度 {:.2f}，低于门槛 {:.2f}。", open.near_id, open.near_score,
                              options.threshold)
                : fmt::format("The nearest is {} with score {:.2f}, below the threshold of {:.2f}.", open.near_id,
                              open.near_score, options.threshold);
    case OpenReason::kNoCapacity:
      return zh ? "容量为 0 或所属单位的名额已用完。" : "Its capacity is 0, or its party's places are used up.";
    case OpenReason::kPartnersTaken:
      if (!near) return zh ? "合适的对象都已满额。" : "All its possible partners are full.";
      return zh ? fmt::format("合适的对象都已满额；最接近的是 {}（匹配度 {:.2f}），再高 {:.3f} 即可入选。",
                              open.near_id, open.near_score, shortfall)
                : fmt::format(
                      "All its possible partners are full; the nearest is {} (score {:.2f}), {:.3f} more would "
                      "have been enough.",
                      open.near_id, open.near_score, shortfall);
    case OpenReason::kExcluded:
      return zh ? "可考虑的对象都已被剔除或回避。" : "All its candidates were struck or excluded.";
    case OpenReason::kQuotaFull:
      return zh ? fmt::format("这类匹配的配额已用完；最接近的是 {}（匹配度 {:.2f}）。", open.near_id, open.near_score)
                : fmt::format("The quota for such matches is used up; the nearest is {} (score {:.2f}).", open.near_id,
                              open.near_score);
  }
  return "";
}

std::string UnplacedSentence(const PlannedUnplaced& unplaced, Language language) {
  const bool zh = language == Language::kZh;
  const std::string& team = unplaced.team;
  const std::string& guest = unplaced.guest_party.empty() ? unplaced.guest : unplaced.guest_party;
  switch (unplaced.reason) {
    case UnplacedReason::kTeamFull:
      return zh ? fmt::format("{}的洽谈名额已满。", team) : fmt::format("{} takes no more meetings.", team);
    case UnplacedReason::kNoTable:
      return zh ? fmt::format("{}与{}都有空的时段里没有空桌。", guest, team)
                : fmt::format("No table is free in any slot in which both {} and {} are.", guest, team);
    case UnplacedReason::kPersonBusy:
      return zh ? fmt::format("{}的这位代表已没有空的时段。", guest)
                : fmt::format("The representative of {} has no free slot left.", guest);
    case UnplacedReason::kNoHost:
      return zh ? fmt::format("{}的这位代表有空时，{}没有可接待的人。", guest, team)
                : fmt::format("No host of {} is free when the representative of {} is.", team, guest);
    case UnplacedReason::kAbsent:
      return zh ? fmt::format("{}的这位代表与{}没有同时在场的时段。", guest, team)
                : fmt::format("The representative of {} and {} are never there together.", guest, team);
    case UnplacedReason::kExcluded:
      return zh ? "活动规定双方回避。" : "The event keeps the two apart.";
    case UnplacedReason::kDeclined:
      return zh ? "邀请已被谢绝。" : "The invitation was declined.";
    case UnplacedReason::kNoInterpreter:
      return zh ? fmt::format("{}与{}都有空的时段里没有合适的译员。", guest, team)
                : fmt::format("No interpreter is free in any slot in which both {} and {} are.", guest, team);
    case UnplacedReason::kOnTour:
      return zh ? fmt::format("{}与{}都在场时，有一方在外考察。", guest, team)
                : fmt::format("Whenever {} and {} could meet, one of them is on a tour.", guest, team);
    case UnplacedReason::kNotNeeded:
      return zh ? "备选：原定的洽谈已经安排。" : "A substitute: the meeting it stands by was placed.";
  }
  return "";
}

std::string SubstituteSentence(const std::string& need, const std::string& offering, double lost, Language language) {
  return language == Language::kZh
             ? fmt::format("座位给了次优的 {} 与 {}，匹配度相差 {:.2f}。", need, offering, lost)
             : fmt::format(" The next best pair, {} and {}, has the seat; the loss is {:.2f}.", need, offering, lost);
}

ConstraintNames ListingNames(const CandidateGraph& graph, const Snapshot& snapshot, Language language) {
  const bool zh = language == Language::kZh;
  return [&graph, &snapshot, zh](const PlanConstraint& constraint) -> std::string {
    const auto need = [&](std::int32_t n) { return (zh ? "需求 " : "need ") + snapshot.need(NeedIndex(n)).record.id; };
    const auto offering = [&](std::int32_t n) {
      return (zh ? "供给 " : "offering ") + snapshot.offering(OfferingIndex(n)).record.id;
    };
    switch (constraint.kind) {
      case PlanConstraintKind::kNeedCapacity:
      case PlanConstraintKind::kNeedMinimum:
        return need(constraint.index);
      case PlanConstraintKind::kOfferingCapacity:
      case PlanConstraintKind::kOfferingMinimum:
        return offering(constraint.index);
      case PlanConstraintKind::kRequired:
      case PlanConstraintKind::kExcluded:
      case PlanConstraintKind::kThreshold: {
        const Arc& arc = graph.arc(constraint.index);
        return need(arc.left) + (zh ? " 与" : " with ") + offering(arc.right);
      }
      default:
        return "";
    }
  };
}

std::string RoundName(std::int32_t round, Language language) {
  return fmt::format(fmt::runtime(language == Language::kZh ? "第{}轮" : "Round {}"), round + 1);
}

}  // namespace magpie
