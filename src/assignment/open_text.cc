#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "magpie/assignment/open.h"

namespace magpie {
namespace {

double Score(std::int64_t gain) {
  return static_cast<double>(gain) / static_cast<double>(kGainPerScore);
}

// Why, as a clause.
std::string Because(const CandidateGraph& graph, const LeftOut& pair, std::span<const std::int64_t> gain,
                    Language language, const ConstraintNames& names) {
  const bool zh = language == Language::kZh;
  switch (pair.reason) {
    case LeftOutReason::kChosen:
      return "";
    case LeftOutReason::kExcluded:
      return zh ? "按要求回避" : "it is excluded";
    case LeftOutReason::kBelowThreshold:
      return zh ? fmt::format("匹配度 {:.3f} 低于门槛", Score(pair.gain))
                : fmt::format("its score of {:.3f} lies below the threshold", Score(pair.gain));
    case LeftOutReason::kNotProven:
      return zh ? "搜索未能证明最优，它或许仍可加入" : "the search ended without proof, it might still fit";
    case LeftOutReason::kNeedFull:
    case LeftOutReason::kOfferingFull:
    case LeftOutReason::kBothFull:
    case LeftOutReason::kQuotaFull:
      break;
  }
  std::vector<std::string> bars, before;
  for (const PlanConstraint& bar : pair.bars) bars.push_back(ConstraintText(graph, bar, language, names));
  constexpr std::size_t kMostNamed = 5;
  std::set<std::int32_t> named;
  std::size_t count = 0;
  for (const auto* arcs : {&pair.before_need, &pair.before_offering}) {
    for (std::int32_t a : *arcs) {
      if (!named.insert(a).second || ++count > kMostNamed) continue;
      before.push_back(fmt::format(fmt::runtime(zh ? "{}（{:.3f}）" : "{} ({:.3f})"),
                                   ConstraintName(graph, {PlanConstraintKind::kRequired, a, 0}, language, names),
                                   Score(gain[static_cast<std::size_t>(a)])));
    }
  }
  if (count > kMostNamed) {
    before.push_back(zh ? fmt::format("等 {} 对", count) : fmt::format("{} more", count - kMostNamed));
  }
  std::string text = fmt::format("{}", fmt::join(bars, zh ? "，" : ", "));
  if (before.empty()) return text;
  return text + (zh ? fmt::format("，已给了{}", fmt::join(before, "、"))
                    : fmt::format(", and these stand before it: {}", fmt::join(before, ", ")));
}

}  // namespace

std::string LeftOutText(const CandidateGraph& graph, const LeftOut& pair, std::span<const std::int64_t> gain,
                        Language language, const ConstraintNames& names) {
  const bool zh = language == Language::kZh;
  std::string name = ConstraintName(graph, {PlanConstraintKind::kRequired, pair.arc, 0}, language, names);
  if (pair.reason == LeftOutReason::kChosen) return zh ? name + "已匹配。" : name + " is matched.";
  std::string text = zh ? fmt::format("{}没有匹配：{}。", name, Because(graph, pair, gain, language, names))
                        : fmt::format("{} was left out: {}.", name, Because(graph, pair, gain, language, names));
  const bool lacks = pair.shortfall > 0 && !pair.bars.empty() && pair.reason != LeftOutReason::kExcluded;
  if (!lacks) return text;
  return text + (zh ? fmt::format("至少还要高 {:.3f}。", Score(pair.shortfall))
                    : fmt::format(" It would have to gain at least {:.3f} more.", Score(pair.shortfall)));
}

}  // namespace magpie
