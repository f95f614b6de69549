#include "magpie/engine/plan_change.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <utility>

#include "engine/plan_text.h"

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

// What stands before the pair in the new plan; empty where the plan does not keep its problem, or the pair is no candidate
// any more.
std::string WhyGone(const Pair& pair, const Plan& plan) {
  if (plan.problem == nullptr) return "";
  const SolvedProblem& solved = *plan.problem;
  const NeedIndex need = plan.snapshot->FindNeed(pair.first);
  const OfferingIndex offering = plan.snapshot->FindOffering(pair.second);
  if (!need.valid() || !offering.valid()) return "";
  const std::int32_t arc = solved.graph.FindArc(need.value, offering.value);
  if (arc < 0) return "";
  const auto left_out = ExplainLeftOut(solved.graph, solved.problem, solved.answer, arc, solved.full_gain);
  if (!left_out.ok()) return "";
  return LeftOutText(solved.graph, *left_out, solved.full_gain, plan.options.language,
                     ListingNames(solved.graph, *plan.snapshot, plan.options.language));
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
    std::string sentence = GoneSentence(pair.first, pair.second, decision, zh);
    if (const std::string why = WhyGone(pair, plan); !why.empty()) sentence = why;
    changes.push_back(
        {pair.first, pair.second, "matched", decision == Decision::kStruck ? "struck" : "open", std::move(sentence)});
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
