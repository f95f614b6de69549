#include "magpie/assignment/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <utility>

#include "answer_view.h"
#include "left_out.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

using Numbers = std::unordered_map<std::string_view, std::int32_t>;

absl::StatusOr<Numbers> NumberKeys(std::string_view field, std::span<const std::string> keys, std::int32_t count) {
  if (keys.size() != static_cast<std::size_t>(count)) {
    return MakeError(Reason::kBadArgument, field, fmt::format("{} keys for {} listings", keys.size(), count));
  }
  Numbers numbers;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!numbers.emplace(keys[i], static_cast<std::int32_t>(i)).second) {
      return MakeError(Reason::kBadArgument, fmt::format("{}[{}]", field, i),
                       fmt::format("\"{}\" is given twice; each listing needs a key of its own", keys[i]));
    }
  }
  return numbers;
}

// One of the two runs, with its listings found by key.
struct Run {
  const ComparedAnswer& given;
  AnswerView view;
  Numbers needs, offerings;

  std::span<const std::int64_t> full_gain() const {
    return given.full_gain.empty() ? std::span<const std::int64_t>(given.problem->gain) : given.full_gain;
  }
  // The need's and the offering's numbers by the keys, -1 = not there.
  std::pair<std::int32_t, std::int32_t> Find(std::string_view need, std::string_view offering) const {
    const auto n = needs.find(need), o = offerings.find(offering);
    return {n == needs.end() ? -1 : n->second, o == offerings.end() ? -1 : o->second};
  }
  const std::string& NeedKey(std::int32_t arc) const {
    return given.need_keys[static_cast<std::size_t>(given.graph->arc(arc).left)];
  }
  const std::string& OfferingKey(std::int32_t arc) const {
    return given.offering_keys[static_cast<std::size_t>(given.graph->arc(arc).right)];
  }
};

absl::StatusOr<Run> MakeRun(const ComparedAnswer& given) {
  MAGPIE_ASSIGN_OR_RETURN(Numbers needs, NumberKeys("need_keys", given.need_keys, given.graph->left_count()));
  MAGPIE_ASSIGN_OR_RETURN(Numbers offerings,
                          NumberKeys("offering_keys", given.offering_keys, given.graph->right_count()));
  if (!given.full_gain.empty() && given.full_gain.size() != given.problem->gain.size()) {
    return MakeError(Reason::kBadArgument, "full_gain",
                     fmt::format("{} gains for {} arcs", given.full_gain.size(), given.problem->gain.size()));
  }
  return Run{given, AnswerView(*given.graph, *given.problem, *given.answer), std::move(needs), std::move(offerings)};
}

class Comparer {
 public:
  Comparer(const Run& before, const Run& now) : before_(before), now_(now) {}

  std::vector<PairChange> Compare() const {
    std::vector<PairChange> went, came, stayed;
    for (std::int32_t a : before_.given.answer->arcs) {
      PairChange change = Describe(before_.NeedKey(a), before_.OfferingKey(a));
      if (change.arc_now >= 0 && now_.view.chosen(change.arc_now)) continue;
      change.fate = PairFate::kWent;
      Explain(now_, before_, change.arc_now, change.arc_before, &change);
      went.push_back(std::move(change));
    }
    for (std::int32_t a : now_.given.answer->arcs) {
      PairChange change = Describe(now_.NeedKey(a), now_.OfferingKey(a));
      if (change.arc_before >= 0 && before_.view.chosen(change.arc_before)) {
        stayed.push_back(std::move(change));
        continue;
      }
      change.fate = PairFate::kCame;
      Explain(before_, now_, change.arc_before, change.arc_now, &change);
      came.push_back(std::move(change));
    }
    went.insert(went.end(), std::make_move_iterator(came.begin()), std::make_move_iterator(came.end()));
    went.insert(went.end(), std::make_move_iterator(stayed.begin()), std::make_move_iterator(stayed.end()));
    return went;
  }

 private:
  PairChange Describe(const std::string& need, const std::string& offering) const {
    PairChange change;
    change.need_key = need;
    change.offering_key = offering;
    const auto arc_of = [&](const Run& run, std::int32_t* arc, std::int64_t* gain) {
      const auto [n, o] = run.Find(need, offering);
      if (n >= 0 && o >= 0) *arc = run.given.graph->FindArc(n, o);
      if (*arc >= 0) *gain = run.full_gain()[static_cast<std::size_t>(*arc)];
    };
    arc_of(before_, &change.arc_before, &change.gain_before);
    arc_of(now_, &change.arc_now, &change.gain_now);
    return change;
  }

  // Why the pair is not in `out` though it is in `in`: the same questions for a pair that went (out = now) and for one
  // that came (out = before).
  void Explain(const Run& out, const Run& in, std::int32_t out_arc, std::int32_t in_arc, PairChange* change) const {
    const auto [need, offering] = out.Find(change->need_key, change->offering_key);
    if (need < 0 || offering < 0) {
      change->reason = ChangeReason::kListing;
      return;
    }
    if (out_arc < 0) {
      change->reason = ChangeReason::kCandidate;
      return;
    }
    if (out.view.excluded(out_arc) || in.view.required(in_arc)) {
      change->reason = ChangeReason::kDecision;
      return;
    }
    if (out.view.gain(out_arc) == 0) {
      change->reason = ChangeReason::kThreshold;
      return;
    }
    const std::int64_t lacks = out.view.PriceOf(out_arc) - out.view.gain(out_arc);
    if (change->fate == PairFate::kWent) change->shortfall = std::max<std::int64_t>(0, lacks);
    const Arc& there = out.given.graph->arc(out_arc);
    const Arc& here = in.given.graph->arc(in_arc);
    if (TighterLimit(out.view.NeedLimits(there.left), in.view.NeedLimits(here.left), change) ||
        TighterLimit(out.view.OfferingLimits(there.right), in.view.OfferingLimits(here.right), change)) {
      change->reason = ChangeReason::kLimit;
      return;
    }
    if (in.view.gain(in_arc) > out.view.gain(out_arc) && in.view.gain(in_arc) >= out.view.PriceOf(out_arc)) {
      change->reason = ChangeReason::kGain;
      return;
    }
    const LeftOut left_out = ExplainLeftOut(out.view, out_arc);
    change->by = OtherPair(out, in, left_out.before_need, left_out.before_offering);
    if (change->by >= 0) {
      change->reason = ChangeReason::kPlace;
    } else {
      change->reason = left_out.reason == LeftOutReason::kQuotaFull ? ChangeReason::kQuota : ChangeReason::kOther;
    }
  }

  // Whether one of the limits that bar the pair in `out` takes less there than in `in`.
  static bool TighterLimit(const std::vector<LimitView>& out, const std::vector<LimitView>& in, PairChange* change) {
    for (std::size_t i = 0; i < std::min(out.size(), in.size()); ++i) {
      if (!out[i].full() || out[i].constraint.amount >= in[i].constraint.amount) continue;
      change->limit = out[i].constraint;
      change->limit_other = in[i].constraint.amount;
      return true;
    }
    return false;
  }

  // Of the pairs that stand before it in `out`, the one of the largest gain that is not chosen in `in`.
  std::int32_t OtherPair(const Run& out, const Run& in, const std::vector<std::int32_t>& of_need,
                         const std::vector<std::int32_t>& of_offering) const {
    std::int32_t best = -1;
    for (const auto* arcs : {&of_need, &of_offering}) {
      for (std::int32_t a : *arcs) {
        const auto [n, o] = in.Find(out.NeedKey(a), out.OfferingKey(a));
        const std::int32_t there = n >= 0 && o >= 0 ? in.given.graph->FindArc(n, o) : -1;
        if (there >= 0 && in.view.chosen(there)) continue;
        if (best < 0 || out.view.gain(a) > out.view.gain(best)) best = a;
      }
    }
    return best;
  }

  const Run& before_;
  const Run& now_;
};

double Score(std::int64_t gain) {
  return static_cast<double>(gain) / static_cast<double>(kGainPerScore);
}

}  // namespace

std::string_view ChangeReasonName(ChangeReason reason) {
  static constexpr std::array<std::string_view, 10> kNames = {"SAME",  "LISTING", "CANDIDATE", "DECISION", "THRESHOLD",
                                                              "LIMIT", "GAIN",    "QUOTA",     "PLACE",    "OTHER"};
  return kNames[static_cast<std::size_t>(reason)];
}

absl::StatusOr<std::vector<PairChange>> CompareAnswers(const ComparedAnswer& before, const ComparedAnswer& now) {
  MAGPIE_ASSIGN_OR_RETURN(const Run first, MakeRun(before));
  MAGPIE_ASSIGN_OR_RETURN(const Run second, MakeRun(now));
  return Comparer(first, second).Compare();
}

std::string PairChangeText(const PairChange& change, const ComparedAnswer& before, const ComparedAnswer& now,
                           Language language) {
  const bool zh = language == Language::kZh, went = change.fate == PairFate::kWent;
  const std::string pair = zh ? fmt::format("{} 与 {}", change.need_key, change.offering_key)
                              : fmt::format("{} and {}", change.need_key, change.offering_key);
  if (change.fate == PairFate::kStayed) {
    return zh ? fmt::format("{} 仍然匹配（匹配度 {:.3f}，原为 {:.3f}）。", pair, Score(change.gain_now),
                            Score(change.gain_before))
              : fmt::format("{} stay matched (score {:.3f}, before {:.3f}).", pair, Score(change.gain_now),
                            Score(change.gain_before));
  }
  const auto say = [&](std::string_view went_zh, std::string_view came_zh, std::string_view went_en,
                       std::string_view came_en) {
    return std::string(zh ? (went ? went_zh : came_zh) : (went ? went_en : came_en));
  };
  std::string why;
  switch (change.reason) {
    case ChangeReason::kSame:
    case ChangeReason::kOther:
      why = say("其他匹配变动后的整体最优安排", "其他匹配变动后的整体最优安排", "the best plan as a whole moved",
                "the best plan as a whole moved");
      break;
    case ChangeReason::kListing:
      why = say("其中一方已不在清单中", "其中一方是新来的", "one of them is no longer listed", "one of them is new");
      break;
    case ChangeReason::kCandidate:
      why = say("不再是候选", "原先不是候选", "the pair is no candidate any more", "the pair was no candidate before");
      break;
    case ChangeReason::kDecision:
      why = say("按组织者的决定", "按组织者的决定", "as the organiser decided", "as the organiser decided");
      break;
    case ChangeReason::kThreshold:
      why = say("匹配度低于门槛", "匹配度已过门槛", "the score lies below the threshold now",
                "the score lay below the threshold before");
      break;
    case ChangeReason::kLimit: {
      const std::int64_t amount_now = went ? change.limit.amount : change.limit_other;
      const std::int64_t amount_before = went ? change.limit_other : change.limit.amount;
      const PlanConstraintKind kind = change.limit.kind;
      const bool of_need = kind == PlanConstraintKind::kNeedCapacity || kind == PlanConstraintKind::kNeedGroupCapacity;
      const bool of_group =
          kind == PlanConstraintKind::kNeedGroupCapacity || kind == PlanConstraintKind::kOfferingGroupCapacity;
      const std::string& whose = of_need ? change.need_key : change.offering_key;
      why = zh ? fmt::format("{} {}的名额由 {} 改为 {}", whose, of_group ? "所在组" : "", amount_before, amount_now)
               : fmt::format("the places of {}{} changed from {} to {}", whose, of_group ? "'s group" : "",
                             amount_before, amount_now);
      break;
    }
    case ChangeReason::kGain:
      why = zh ? fmt::format("匹配度由 {:.3f} 变为 {:.3f}", Score(change.gain_before), Score(change.gain_now))
               : fmt::format("the score changed from {:.3f} to {:.3f}", Score(change.gain_before),
                             Score(change.gain_now));
      break;
    case ChangeReason::kQuota:
      why = say("这类匹配的配额已用完", "这类匹配的配额有了空位", "the quota for such pairs is used up",
                "the quota for such pairs has room");
      break;
    case ChangeReason::kPlace: {
      const ComparedAnswer& run = went ? now : before;
      const Arc& arc = run.graph->arc(change.by);
      const std::string& need = run.need_keys[static_cast<std::size_t>(arc.left)];
      const std::string& offering = run.offering_keys[static_cast<std::size_t>(arc.right)];
      const double score = Score(run.problem->gain[static_cast<std::size_t>(change.by)]);
      why = zh ? fmt::format("{} 与 {}（{:.3f}）{}", need, offering, score, went ? "占了名额" : "让出了名额")
               : fmt::format("{} with {} ({:.3f}) {}", need, offering, score,
                             went ? "takes the place" : "gave the place up");
      break;
    }
  }
  if (zh) return fmt::format("{} {}：{}。", pair, went ? "不再匹配" : "是新的匹配", why);
  return fmt::format("{} are {}: {}.", pair, went ? "no longer matched" : "a new match", why);
}

}  // namespace magpie
