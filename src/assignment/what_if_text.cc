#include <fmt/format.h>
#include <fmt/ranges.h>

#include "magpie/assignment/what_if.h"

namespace magpie {
namespace {

std::string Step(const PlanConstraint& constraint, const std::string& name, bool zh) {
  const std::int64_t n = constraint.amount;
  switch (constraint.kind) {
    case PlanConstraintKind::kNeedCapacity:
    case PlanConstraintKind::kOfferingCapacity:
    case PlanConstraintKind::kNeedGroupCapacity:
    case PlanConstraintKind::kOfferingGroupCapacity:
    case PlanConstraintKind::kQuotaMaximum:
      return zh ? fmt::format("{}多给一个名额（现为 {}）", name, n)
                : fmt::format("One place more for {} (now {})", name, n);
    case PlanConstraintKind::kNeedMinimum:
    case PlanConstraintKind::kOfferingMinimum:
    case PlanConstraintKind::kNeedGroupMinimum:
    case PlanConstraintKind::kOfferingGroupMinimum:
    case PlanConstraintKind::kQuotaMinimum:
      return zh ? fmt::format("{}的下限（现为 {}）减一", name, n)
                : fmt::format("One match less asked for {} (now {})", name, n);
    case PlanConstraintKind::kRequired:
      return zh ? fmt::format("不再要求{}匹配", name) : fmt::format("No longer requiring {}", name);
    case PlanConstraintKind::kExcluded:
      return zh ? fmt::format("允许{}匹配", name) : fmt::format("Allowing {}", name);
    case PlanConstraintKind::kThreshold:
      return zh ? fmt::format("让低于门槛的{}参加", name) : fmt::format("Letting {} in below the threshold", name);
  }
  return "";
}

}  // namespace

std::string RelaxationText(const CandidateGraph& graph, const Relaxation& relaxation, Language language,
                           const ConstraintNames& names) {
  const bool zh = language == Language::kZh;
  std::string text = Step(relaxation.constraint, ConstraintName(graph, relaxation.constraint, language, names), zh);
  const double score = static_cast<double>(relaxation.gain) / static_cast<double>(kGainPerScore);
  text += zh ? fmt::format("，总匹配度可增加 {:.3f}", score) : fmt::format(" would bring {:.3f} in total", score);
  const auto list = [&](const std::vector<std::int32_t>& needs, const std::vector<std::int32_t>& offerings) {
    std::vector<std::string> all;
    const auto add = [&](PlanConstraintKind kind, const std::vector<std::int32_t>& nodes) {
      for (std::int32_t n : nodes) all.push_back(ConstraintName(graph, {kind, n, 0}, language, names));
    };
    add(PlanConstraintKind::kNeedCapacity, needs);
    add(PlanConstraintKind::kOfferingCapacity, offerings);
    return fmt::format("{}", fmt::join(all, zh ? "、" : ", "));
  };
  if (const std::string served = list(relaxation.needs_served, relaxation.offerings_served); !served.empty()) {
    text += zh ? fmt::format("；得到匹配的有：{}", served) : fmt::format("; a partner for {}", served);
  }
  if (const std::string lost = list(relaxation.needs_lost, relaxation.offerings_lost); !lost.empty()) {
    text += zh ? fmt::format("；失去匹配的有：{}", lost) : fmt::format("; none any more for {}", lost);
  }
  return text + (zh ? "。" : ".");
}

}  // namespace magpie
