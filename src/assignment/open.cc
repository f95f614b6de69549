#include "magpie/assignment/open.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <utility>

#include "answer_view.h"
#include "left_out.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

bool Bars(const LimitView& limit) {
  return limit.full() && limit.price > 0;
}

bool AnyBars(const std::vector<LimitView>& limits) {
  return std::any_of(limits.begin(), limits.end(), Bars);
}

class Explainer {
 public:
  Explainer(const AnswerView& view, std::span<const std::int64_t> full_gain)
      : view_(view), full_gain_(full_gain.empty() ? view.problem().gain : full_gain) {}

  std::vector<Unmatched> Needs() const {
    std::vector<Unmatched> open;
    for (std::int32_t n = 0; n < view_.graph().left_count(); ++n) {
      const std::vector<std::int32_t> arcs = view_.ArcsInside({PlanConstraintKind::kNeedCapacity, n, 0});
      Explain(n, arcs, view_.NeedLimits(n), &AnswerView::OfferingLimits, &Arc::right, &open);
    }
    return open;
  }

  std::vector<Unmatched> Offerings() const {
    std::vector<Unmatched> open;
    for (std::int32_t n = 0; n < view_.graph().right_count(); ++n) {
      Explain(n, view_.graph().ArcsOfRight(n), view_.OfferingLimits(n), &AnswerView::NeedLimits, &Arc::left, &open);
    }
    return open;
  }

  LeftOut Pair(std::int32_t arc) const {
    LeftOut pair;
    pair.arc = arc;
    pair.gain = full_gain_[static_cast<std::size_t>(arc)];
    pair.price = view_.PriceOf(arc);
    if (view_.chosen(arc)) return pair;
    pair.shortfall = std::max<std::int64_t>(0, pair.price - pair.gain);
    const std::vector<LimitView> need = view_.NeedLimits(view_.graph().arc(arc).left);
    const std::vector<LimitView> offering = view_.OfferingLimits(view_.graph().arc(arc).right);
    const std::vector<LimitView> quota = view_.QuotaLimits(arc);
    std::vector<LimitView> bars;
    for (const auto* limits : {&need, &offering, &quota}) {
      std::copy_if(limits->begin(), limits->end(), std::back_inserter(bars), Bars);
    }
    std::stable_sort(bars.begin(), bars.end(), [](const auto& a, const auto& b) { return a.price > b.price; });
    for (const LimitView& bar : bars) {
      pair.bars.push_back(bar.constraint);
      pair.bar_price.push_back(bar.price);
    }
    pair.before_need = Before(need);
    pair.before_offering = Before(offering);
    if (view_.excluded(arc)) {
      pair.reason = LeftOutReason::kExcluded;
    } else if (view_.gain(arc) == 0) {
      pair.reason = LeftOutReason::kBelowThreshold;
    } else if (AnyBars(need)) {
      pair.reason = AnyBars(offering) ? LeftOutReason::kBothFull : LeftOutReason::kNeedFull;
    } else if (AnyBars(offering)) {
      pair.reason = LeftOutReason::kOfferingFull;
    } else {
      pair.reason = AnyBars(quota) ? LeftOutReason::kQuotaFull : LeftOutReason::kNotProven;
    }
    return pair;
  }

 private:
  void Explain(std::int32_t node, std::span<const std::int32_t> arcs, const std::vector<LimitView>& own,
               std::vector<LimitView> (AnswerView::*partner_limits)(std::int32_t) const, std::int32_t Arc::*partner,
               std::vector<Unmatched>* open) const {
    if (std::any_of(arcs.begin(), arcs.end(), [&](std::int32_t a) { return view_.chosen(a); })) return;
    Unmatched entry;
    entry.node = node;
    std::vector<std::int32_t> allowed;
    for (std::int32_t a : arcs) {
      if (!view_.excluded(a)) allowed.push_back(a);
    }
    if (arcs.empty()) {
      entry.reason = OpenReason::kNoCandidate;
    } else if (allowed.empty()) {
      entry.reason = OpenReason::kExcluded;
      entry.near_arc = Best(arcs);
    } else if (std::all_of(allowed.begin(), allowed.end(), [&](std::int32_t a) { return view_.gain(a) == 0; })) {
      entry.reason = OpenReason::kBelowThreshold;
      entry.near_arc = Best(allowed);
    } else {
      std::tie(entry.near_arc, entry.shortfall) = Nearest(allowed);
      const bool no_place = std::any_of(own.begin(), own.end(), [](const LimitView& limit) {
        return limit.constraint.amount == 0;  // whatever its price
      });
      if (no_place || AnyBars(own)) {
        entry.reason = OpenReason::kNoCapacity;
      } else if (AnyBars(view_.QuotaLimits(entry.near_arc)) &&
                 !AnyBars((view_.*partner_limits)(view_.graph().arc(entry.near_arc).*partner))) {
        entry.reason = OpenReason::kQuotaFull;
      } else {
        entry.reason = OpenReason::kPartnersTaken;
      }
    }
    open->push_back(entry);
  }

  // The arc of the largest full gain, the lower number on ties.
  std::int32_t Best(std::span<const std::int32_t> arcs) const {
    return *std::max_element(arcs.begin(), arcs.end(), [&](std::int32_t a, std::int32_t b) {
      return full_gain_[static_cast<std::size_t>(a)] < full_gain_[static_cast<std::size_t>(b)];
    });
  }

  // The arc that falls least short of its price, then the one of larger gain, then the lower number.
  std::pair<std::int32_t, std::int64_t> Nearest(std::span<const std::int32_t> arcs) const {
    std::int32_t nearest = -1;
    std::int64_t least = 0;
    for (std::int32_t a : arcs) {
      if (view_.gain(a) == 0) continue;
      const std::int64_t shortfall = view_.PriceOf(a) - view_.gain(a);
      if (nearest < 0 || shortfall < least || (shortfall == least && view_.gain(a) > view_.gain(nearest))) {
        nearest = a;
        least = shortfall;
      }
    }
    return {nearest, std::max<std::int64_t>(0, least)};
  }

  // The chosen pairs inside the outermost of the limits that bars.
  std::vector<std::int32_t> Before(const std::vector<LimitView>& limits) const {
    const auto outermost = std::find_if(limits.rbegin(), limits.rend(), Bars);
    std::vector<std::int32_t> arcs;
    if (outermost == limits.rend()) return arcs;
    for (std::int32_t a : view_.ArcsInside(outermost->constraint)) {
      if (view_.chosen(a)) arcs.push_back(a);
    }
    std::stable_sort(arcs.begin(), arcs.end(),
                     [&](std::int32_t a, std::int32_t b) { return view_.gain(a) > view_.gain(b); });
    return arcs;
  }

  const AnswerView& view_;
  std::span<const std::int64_t> full_gain_;
};

}  // namespace

std::string_view OpenReasonName(OpenReason reason) {
  static constexpr std::array<std::string_view, 6> kNames = {"NO_CANDIDATE",   "BELOW_THRESHOLD", "NO_CAPACITY",
                                                             "PARTNERS_TAKEN", "EXCLUDED",        "QUOTA_FULL"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::string_view LeftOutReasonName(LeftOutReason reason) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "CHOSEN", "EXCLUDED", "BELOW_THRESHOLD", "NEED_FULL", "OFFERING_FULL", "BOTH_FULL", "QUOTA_FULL", "NOT_PROVEN"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::vector<Unmatched> ExplainOpenNeeds(const CandidateGraph& graph, const AssignmentProblem& problem,
                                        const Assignment& answer, std::span<const std::int64_t> full_gain) {
  return Explainer(AnswerView(graph, problem, answer), full_gain).Needs();
}

std::vector<Unmatched> ExplainOpenOfferings(const CandidateGraph& graph, const AssignmentProblem& problem,
                                            const Assignment& answer, std::span<const std::int64_t> full_gain) {
  return Explainer(AnswerView(graph, problem, answer), full_gain).Offerings();
}

LeftOut ExplainLeftOut(const AnswerView& view, std::int32_t arc, std::span<const std::int64_t> full_gain) {
  return Explainer(view, full_gain).Pair(arc);
}

absl::StatusOr<LeftOut> ExplainLeftOut(const CandidateGraph& graph, const AssignmentProblem& problem,
                                       const Assignment& answer, std::int32_t arc,
                                       std::span<const std::int64_t> full_gain) {
  if (arc < 0 || arc >= graph.arc_count()) {
    return MakeError(Reason::kBadArgument, "arc", fmt::format("arc {} of {}", arc, graph.arc_count()));
  }
  return ExplainLeftOut(AnswerView(graph, problem, answer), arc, full_gain);
}

}  // namespace magpie
