#include "magpie/assignment/stability.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <queue>

#include "around.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::int64_t kArcsPerReport = 4096;

// What one side prefers: arcs by their place in its order, 0 = best.
std::vector<std::int32_t> Places(const std::vector<std::int64_t>& gain) {
  std::vector<std::int32_t> order(gain.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return gain[static_cast<std::size_t>(a)] > gain[static_cast<std::size_t>(b)];
  });
  std::vector<std::int32_t> place(gain.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    place[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
  return place;
}

// The problem as both functions see it, checked; the required arcs have taken their share of the capacities.
struct Market {
  ReducedProblem reduced;
  std::vector<std::int64_t> need_gain, offering_gain;
  std::vector<std::int32_t> need_place, offering_place;
  std::vector<bool> required, excluded;

  // May be chosen and given up.
  bool free(std::int32_t a) const {
    const auto i = static_cast<std::size_t>(a);
    return need_gain[i] > 0 && offering_gain[i] > 0 && !required[i] && !excluded[i];
  }

  const std::vector<std::int32_t>& place(Side side) const { return side == Side::kNeed ? need_place : offering_place; }
};

absl::StatusOr<Market> MakeMarket(const CandidateGraph& graph, const AssignmentProblem& problem,
                                  const Preferences& preferences) {
  Market market;
  MAGPIE_ASSIGN_OR_RETURN(market.reduced, Reduce(graph, problem));
  if (!market.reduced.needs.minimum.empty() || !market.reduced.offerings.minimum.empty() || !problem.quotas.empty()) {
    return MakeError(Reason::kBadArgument, problem.quotas.empty() ? "minimum" : "quotas",
                     "stable matches know no minimums and quotas: all of them fill the same places; leave these out or "
                     "ask for another objective");
  }
  const auto arc_count = static_cast<std::size_t>(graph.arc_count());
  market.need_gain = preferences.need_gain.empty() ? problem.gain : preferences.need_gain;
  market.offering_gain = preferences.offering_gain.empty() ? problem.gain : preferences.offering_gain;
  for (const auto& [name, gain] :
       {std::pair{"need_gain", &market.need_gain}, std::pair{"offering_gain", &market.offering_gain}}) {
    if (gain->size() != arc_count) {
      return MakeError(Reason::kBadArgument, name, fmt::format("{} gains for {} arcs", gain->size(), arc_count));
    }
    for (std::size_t a = 0; a < arc_count; ++a) {
      if ((*gain)[a] < 0 || (*gain)[a] > kMaxGain) {
        return MakeError(Reason::kBadArgument, fmt::format("{}[{}]", name, a),
                         fmt::format("{} is outside [0, {}]", (*gain)[a], kMaxGain));
      }
    }
  }
  market.need_place = Places(market.need_gain);
  market.offering_place = Places(market.offering_gain);
  market.required.resize(arc_count, false);
  market.excluded.resize(arc_count, false);
  for (const std::int32_t a : problem.required) market.required[static_cast<std::size_t>(a)] = true;
  for (const std::int32_t a : problem.excluded) market.excluded[static_cast<std::size_t>(a)] = true;
  return market;
}

// One side during deferred acceptance: what it holds and, of each entity, what waits there or is held there.
class Holder {
 public:
  Holder(const CandidateGraph& graph, const Market& market, Side side)
      : graph_(graph),
        side_(side),
        entities_(ViewOf(market.reduced, side)),
        place_(market.place(side)),
        room_(entities_.capacity.begin(), entities_.capacity.end()),
        waiting_(room_.size()),
        held_(room_.size()) {
    arc_at_.resize(place_.size());
    for (std::size_t a = 0; a < place_.size(); ++a) {
      arc_at_[static_cast<std::size_t>(place_[a])] = static_cast<std::int32_t>(a);
    }
    holds_.resize(place_.size(), false);
  }

  const std::vector<std::int32_t>& order() const { return arc_at_; }
  bool holds(std::int32_t a) const { return holds_[static_cast<std::size_t>(a)]; }

  // As the proposing side: takes the arc if there is room, else it waits at the smallest entity without. True = taken.
  bool TakeOrWait(std::int32_t a) {
    const std::int32_t full = FullAround(a);
    if (full < 0) {
      Take(a);
      return true;
    }
    waiting_[static_cast<std::size_t>(full)].push(place_[static_cast<std::size_t>(a)]);
    return false;
  }

  // As the proposing side: gives up a held arc for good and takes the best that waited for its place, -1 = none.
  std::int32_t Replace(std::int32_t a) {
    Drop(a);
    const std::int32_t node = NodeOf(graph_.arc(a), side_);
    for (;;) {
      std::int32_t best = -1;  // entity
      Around(entities_, node, [&](std::size_t e) {
        if (waiting_[e].empty()) return;
        if (best < 0 || waiting_[e].top() < waiting_[static_cast<std::size_t>(best)].top()) {
          best = static_cast<std::int32_t>(e);
        }
      });
      if (best < 0) return -1;
      auto& queue = waiting_[static_cast<std::size_t>(best)];
      const std::int32_t next = arc_at_[static_cast<std::size_t>(queue.top())];
      queue.pop();
      if (!TakeOrWait(next)) continue;
      // What waited where there is room now is held up by the next full entity around.
      std::vector<std::size_t> roomy;
      Around(entities_, node, [&](std::size_t e) {
        if (room_[e] > 0) {
          roomy.push_back(e);
          return;
        }
        for (const std::size_t below : roomy) {
          for (; !waiting_[below].empty(); waiting_[below].pop()) waiting_[e].push(waiting_[below].top());
        }
        roomy.clear();
      });
      return next;
    }
  }

  // As the receiving side: holds the best of what it holds and the new arc; the arc that has to go, -1 = none.
  std::int32_t Receive(std::int32_t a) {
    const std::int32_t full = FullAround(a);
    std::int32_t worst = -1;
    if (full >= 0) {
      auto& queue = held_[static_cast<std::size_t>(full)];
      while (!queue.empty() && !holds(arc_at_[static_cast<std::size_t>(queue.top())])) queue.pop();
      if (queue.empty() || queue.top() < place_[static_cast<std::size_t>(a)]) return a;
      worst = arc_at_[static_cast<std::size_t>(queue.top())];
      Drop(worst);
    }
    Take(a);
    Around(entities_, NodeOf(graph_.arc(a), side_),
           [&](std::size_t e) { held_[e].push(place_[static_cast<std::size_t>(a)]); });
    return worst;
  }

 private:
  void Take(std::int32_t a) {
    holds_[static_cast<std::size_t>(a)] = true;
    Around(entities_, NodeOf(graph_.arc(a), side_), [&](std::size_t e) { --room_[e]; });
  }

  void Drop(std::int32_t a) {
    holds_[static_cast<std::size_t>(a)] = false;
    Around(entities_, NodeOf(graph_.arc(a), side_), [&](std::size_t e) { ++room_[e]; });
  }

  // The smallest entity around the arc without room, -1 = all have room.
  std::int32_t FullAround(std::int32_t a) const {
    std::int32_t full = -1;
    Around(entities_, NodeOf(graph_.arc(a), side_), [&](std::size_t e) {
      if (full < 0 && room_[e] <= 0) full = static_cast<std::int32_t>(e);
    });
    return full;
  }

  const CandidateGraph& graph_;
  const Side side_;
  const SideView& entities_;
  const std::vector<std::int32_t>& place_;
  std::vector<std::int32_t> arc_at_;  // the arc at each place
  std::vector<std::int64_t> room_;
  std::vector<bool> holds_;
  std::vector<std::priority_queue<std::int32_t, std::vector<std::int32_t>, std::greater<>>> waiting_;  // best first
  std::vector<std::priority_queue<std::int32_t>> held_;  // worst first, with arcs that are no longer held
};

}  // namespace

absl::StatusOr<std::vector<std::int32_t>> SolveStable(const CandidateGraph& graph, const AssignmentProblem& problem,
                                                      const Preferences& preferences, Side proposing,
                                                      const RunContext& context) {
  MAGPIE_ASSIGN_OR_RETURN(const Market market, MakeMarket(graph, problem, preferences));
  Holder proposer(graph, market, proposing);
  Holder receiver(graph, market, OtherSide(proposing));
  std::int64_t steps = 0;
  const std::vector<std::int32_t> order = proposer.order();
  for (std::int32_t a : order) {
    if (!market.free(a)) continue;
    // Each proposal puts out at most one held arc, whose proposer goes on with the next of its list.
    for (std::int32_t proposal = proposer.TakeOrWait(a) ? a : -1; proposal >= 0;) {
      if (steps++ % kArcsPerReport == 0) {
        MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
        context.Report("stable", steps, graph.arc_count());
      }
      const std::int32_t refused = receiver.Receive(proposal);
      proposal = refused < 0 ? -1 : proposer.Replace(refused);
    }
  }
  std::vector<std::int32_t> chosen;
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    if (receiver.holds(a) || market.required[static_cast<std::size_t>(a)]) chosen.push_back(a);
  }
  return chosen;
}

absl::StatusOr<std::vector<BlockingPair>> BlockingPairs(const CandidateGraph& graph, const AssignmentProblem& problem,
                                                        const Preferences& preferences,
                                                        std::span<const std::int32_t> chosen) {
  MAGPIE_ASSIGN_OR_RETURN(const Market market, MakeMarket(graph, problem, preferences));
  std::vector<bool> held(static_cast<std::size_t>(graph.arc_count()), false);
  for (const std::int32_t a : chosen) {
    if (a < 0 || a >= graph.arc_count() || held[static_cast<std::size_t>(a)]) {
      return MakeError(Reason::kBadArgument, "chosen", fmt::format("arc {} is given twice or does not exist", a));
    }
    held[static_cast<std::size_t>(a)] = true;
  }
  // What each side would gain by each arc left out, -1 = it would not hold it.
  const auto rises = [&](Side side, const std::vector<std::int64_t>& gain) {
    const SideView& entities = ViewOf(market.reduced, side);
    const std::vector<std::int32_t>& place = market.place(side);
    std::vector<std::int32_t> load(entities.parent.size(), 0);
    std::vector<std::int32_t> worst(entities.parent.size(), -1);  // free arc chosen there
    for (const std::int32_t a : chosen) {
      if (market.required[static_cast<std::size_t>(a)]) continue;
      Around(entities, NodeOf(graph.arc(a), side), [&](std::size_t e) {
        ++load[e];
        if (worst[e] < 0 || place[static_cast<std::size_t>(a)] > place[static_cast<std::size_t>(worst[e])])
          worst[e] = a;
      });
    }
    std::vector<std::int64_t> rise(gain.size(), -1);
    for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
      const auto i = static_cast<std::size_t>(a);
      if (held[i] || !market.free(a)) continue;
      std::int32_t full = -1;
      Around(entities, NodeOf(graph.arc(a), side), [&](std::size_t e) {
        if (full < 0 && load[e] >= entities.capacity[e]) full = static_cast<std::int32_t>(e);
      });
      if (full < 0) {
        rise[i] = gain[i];
        continue;
      }
      const std::int32_t out = worst[static_cast<std::size_t>(full)];
      if (out >= 0 && place[i] < place[static_cast<std::size_t>(out)]) {
        rise[i] = gain[i] - gain[static_cast<std::size_t>(out)];
      }
    }
    return rise;
  };
  const std::vector<std::int64_t> need_rise = rises(Side::kNeed, market.need_gain);
  const std::vector<std::int64_t> offering_rise = rises(Side::kOffering, market.offering_gain);
  std::vector<BlockingPair> blocking;
  for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
    const auto i = static_cast<std::size_t>(a);
    if (need_rise[i] >= 0 && offering_rise[i] >= 0) blocking.push_back({a, need_rise[i], offering_rise[i]});
  }
  std::stable_sort(blocking.begin(), blocking.end(), [](const BlockingPair& a, const BlockingPair& b) {
    return a.need_rise + a.offering_rise > b.need_rise + b.offering_rise;
  });
  return blocking;
}

}  // namespace magpie
