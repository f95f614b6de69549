#include "magpie/engine/plan_change.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <utility>

namespace magpie {
namespace {

using Pair = std::pair<std::string, std::string>;

std::string GoneSentence(const std::string& need, const std::string& offering, Decision decision, bool zh) {
  if (decision == Decision::kStruck) {
    return zh ? fmt::format("{} 与 {} 已按要求剔除。", need, offering)
              : fmt::format("{} and {} were struck as asked.", need, offering);
  }
  return zh ? fmt::format("{} 与 {} 不再匹配：名额让给了总匹配度更高的组合。", need, offering)
            : fmt::format("{} and {} are no longer matched: others that bring more in total took the places.", need,
                          offering);
}

std::string NewSentence(const std::string& need, const std::string& offering, Decision decision, bool zh) {
  if (decision == Decision::kAdded || decision == Decision::kLocked) {
    return zh ? fmt::format("{} 与 {} 按要求加入。", need, offering)
              : fmt::format("{} and {} were added as asked.", need, offering);
  }
  return zh ? fmt::format("{} 与 {} 是新的匹配，用的是空出来的名额。", need, offering)
            : fmt::format("{} and {} are a new match, in places that became free.", need, offering);
}

}  // namespace

std::vector<PlanChange> ComparePlans(const std::vector<PairDecision>& before, const Plan& plan) {
  const bool zh = plan.options.language == Language::kZh;
  std::map<Pair, Decision> decided;
  for (const PairDecision& row : plan.options.decisions) decided[{row.need_id, row.offering_id}] = row.decision;
  std::set<Pair> now, old;
  for (const PlannedMatch& match : plan.matches) {
    now.emplace(plan.snapshot->need(match.pair.need).record.id, plan.snapshot->offering(match.pair.offering).record.id);
  }
  std::vector<PlanChange> changes;
  for (const PairDecision& row : before) {
    const Pair pair(row.need_id, row.offering_id);
    if (!old.insert(pair).second || now.contains(pair)) continue;
    const auto entry = decided.find(pair);
    const Decision decision = entry == decided.end() ? Decision::kNone : entry->second;
    changes.push_back({pair.first, pair.second, "matched", decision == Decision::kStruck ? "struck" : "open",
                       GoneSentence(pair.first, pair.second, decision, zh)});
  }
  for (const PlannedMatch& match : plan.matches) {
    const Pair pair(plan.snapshot->need(match.pair.need).record.id,
                    plan.snapshot->offering(match.pair.offering).record.id);
    if (old.contains(pair)) continue;
    changes.push_back(
        {pair.first, pair.second, "open", "matched", NewSentence(pair.first, pair.second, match.decision, zh)});
  }
  return changes;
}

}  // namespace magpie
