#include "magpie/assignment/constraint.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>

#include <array>

namespace magpie {
namespace {

// What the constraint is about, where the caller has no name for it.
std::string PlainName(const CandidateGraph& graph, const PlanConstraint& constraint, bool zh) {
  const std::int32_t i = constraint.index;
  const auto named = [&](std::string_view english, std::string_view chinese) {
    return fmt::format("{} {}", zh ? chinese : english, i);
  };
  switch (constraint.kind) {
    case PlanConstraintKind::kNeedCapacity:
    case PlanConstraintKind::kNeedMinimum:
      return named("need", "需求");
    case PlanConstraintKind::kOfferingCapacity:
    case PlanConstraintKind::kOfferingMinimum:
      return named("offering", "成果");
    case PlanConstraintKind::kNeedGroupCapacity:
    case PlanConstraintKind::kNeedGroupMinimum:
      return named("need group", "需求组");
    case PlanConstraintKind::kOfferingGroupCapacity:
    case PlanConstraintKind::kOfferingGroupMinimum:
      return named("offering group", "成果组");
    case PlanConstraintKind::kQuotaMaximum:
    case PlanConstraintKind::kQuotaMinimum:
      return named("quota", "配额");
    case PlanConstraintKind::kRequired:
    case PlanConstraintKind::kExcluded:
    case PlanConstraintKind::kThreshold:
      return zh ? fmt::format("需求 {} 与成果 {}", graph.arc(i).left, graph.arc(i).right)
                : fmt::format("need {} with offering {}", graph.arc(i).left, graph.arc(i).right);
  }
  return "";
}

}  // namespace

std::string_view PlanConstraintKindName(PlanConstraintKind kind) {
  static constexpr std::array<std::string_view, 13> kNames = {"NEED_CAPACITY",
                                                              "OFFERING_CAPACITY",
                                                              "NEED_GROUP_CAPACITY",
                                                              "OFFERING_GROUP_CAPACITY",
                                                              "NEED_MINIMUM",
                                                              "OFFERING_MINIMUM",
                                                              "NEED_GROUP_MINIMUM",
                                                              "OFFERING_GROUP_MINIMUM",
                                                              "QUOTA_MAXIMUM",
                                                              "QUOTA_MINIMUM",
                                                              "REQUIRED",
                                                              "EXCLUDED",
                                                              "THRESHOLD"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string ConstraintName(const CandidateGraph& graph, const PlanConstraint& constraint, Language language,
                           const ConstraintNames& names) {
  std::string name = names ? names(constraint) : "";
  return name.empty() ? PlainName(graph, constraint, language == Language::kZh) : name;
}

std::string ConstraintText(const CandidateGraph& graph, const PlanConstraint& constraint, Language language,
                           const ConstraintNames& names) {
  const bool zh = language == Language::kZh;
  std::string name = ConstraintName(graph, constraint, language, names);
  // Chinese sets a space between a Latin letter or a digit and the next word.
  if (zh && !name.empty() && absl::ascii_isalnum(static_cast<unsigned char>(name.back()))) name += ' ';
  const std::int64_t n = constraint.amount;
  const std::string_view matches = n == 1 ? "match" : "matches";
  switch (constraint.kind) {
    case PlanConstraintKind::kNeedCapacity:
    case PlanConstraintKind::kOfferingCapacity:
    case PlanConstraintKind::kNeedGroupCapacity:
    case PlanConstraintKind::kOfferingGroupCapacity:
    case PlanConstraintKind::kQuotaMaximum:
      return zh ? fmt::format("{}最多 {} 个匹配", name, n) : fmt::format("{} takes at most {} {}", name, n, matches);
    case PlanConstraintKind::kNeedMinimum:
    case PlanConstraintKind::kOfferingMinimum:
    case PlanConstraintKind::kNeedGroupMinimum:
    case PlanConstraintKind::kOfferingGroupMinimum:
    case PlanConstraintKind::kQuotaMinimum:
      return zh ? fmt::format("{}至少要 {} 个匹配", name, n)
                : fmt::format("{} asks for at least {} {}", name, n, matches);
    case PlanConstraintKind::kRequired:
      return zh ? fmt::format("{}必须匹配", name) : fmt::format("{} must be matched", name);
    case PlanConstraintKind::kExcluded:
      return zh ? fmt::format("{}不得匹配", name) : fmt::format("{} must not be matched", name);
    case PlanConstraintKind::kThreshold:
      return zh ? fmt::format("{}低于匹配门槛", name) : fmt::format("{} lies below the threshold", name);
  }
  return "";
}

}  // namespace magpie
