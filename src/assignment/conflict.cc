#include "magpie/assignment/conflict.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "bounded_flow.h"
#include "magpie/base/status.h"
#include "reduced_problem.h"

namespace magpie {
namespace {

constexpr std::int64_t kNoBound = std::int64_t{1} << 50;
constexpr std::int64_t kMostStepsOfSet =
    2'000;  // of the search for one set, so that one hard set leaves some for others

// A constraint and where it stands: a bound of an edge of the network, or of a quota.
struct Item {
  PlanConstraint constraint;
  std::int32_t edge = -1;
  std::int64_t slack = 0;  // of a minimum: how many candidates more than it asks for
};

bool IsQuota(const Item& item) {
  return item.constraint.kind == PlanConstraintKind::kQuotaMaximum ||
         item.constraint.kind == PlanConstraintKind::kQuotaMinimum;
}

bool IsDemand(PlanConstraintKind kind) {
  return kind == PlanConstraintKind::kNeedMinimum || kind == PlanConstraintKind::kOfferingMinimum ||
         kind == PlanConstraintKind::kNeedGroupMinimum || kind == PlanConstraintKind::kOfferingGroupMinimum ||
         kind == PlanConstraintKind::kRequired;
}

// The constraints tried first are the ones more readily left out of the set: what an organiser would look at last.
int TrialOrder(PlanConstraintKind kind) {
  if (kind == PlanConstraintKind::kExcluded) return 0;
  if (IsDemand(kind)) return kind == PlanConstraintKind::kRequired ? 4 : 2;
  return kind == PlanConstraintKind::kQuotaMaximum || kind == PlanConstraintKind::kQuotaMinimum ? 3 : 1;
}

// The problem as a circulation: ground -> need groups -> needs -> offerings -> offering groups -> ground. A minimum and
// a capacity of the same entity are two edges in a row, so that each constraint is one bound of one edge.
class ConflictNetwork {
 public:
  ConflictNetwork(const CandidateGraph& graph, const AssignmentProblem& problem) {
    node_count_ = 1;
    const std::int32_t needs = HangSide(true, graph.left_count(), problem.need_capacity, problem.need_minimum,
                                        problem.need_group, problem.need_groups);
    const std::int32_t offerings = HangSide(false, graph.right_count(), problem.offering_capacity,
                                            problem.offering_minimum, problem.offering_group, problem.offering_groups);
    std::vector<bool> required(static_cast<std::size_t>(graph.arc_count()), false), excluded = required;
    for (std::int32_t a : problem.required) required[static_cast<std::size_t>(a)] = true;
    for (std::int32_t a : problem.excluded) excluded[static_cast<std::size_t>(a)] = true;
    pair_edge_.assign(static_cast<std::size_t>(graph.arc_count()), -1);
    for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
      const auto i = static_cast<std::size_t>(a);
      if (problem.gain[i] == 0 && !required[i]) continue;
      pair_edge_[i] =
          AddEdge(needs + graph.arc(a).left, offerings + graph.arc(a).right, required[i] ? 1 : 0, excluded[i] ? 0 : 1);
      if (required[i]) items_.push_back({{PlanConstraintKind::kRequired, a, 0}, pair_edge_[i]});
      if (excluded[i]) items_.push_back({{PlanConstraintKind::kExcluded, a, 0}, pair_edge_[i]});
    }
    for (std::size_t q = 0; q < problem.quotas.size(); ++q) {
      const Quota& quota = problem.quotas[q];
      const auto index = static_cast<std::int32_t>(q);
      if (quota.minimum > 0) items_.push_back({{PlanConstraintKind::kQuotaMinimum, index, quota.minimum}, -1});
      if (quota.maximum < kUnlimited) items_.push_back({{PlanConstraintKind::kQuotaMaximum, index, quota.maximum}, -1});
    }
    CountSlack(graph, problem);
    // The tightest minimums are tried last and repaired first: they make the smallest sets.
    std::stable_sort(items_.begin(), items_.end(), [](const Item& a, const Item& b) {
      return std::make_pair(TrialOrder(a.constraint.kind), -a.slack) <
             std::make_pair(TrialOrder(b.constraint.kind), -b.slack);
    });
  }

  const std::vector<Item>& items() const { return items_; }
  const std::vector<std::int32_t>& pair_edge() const { return pair_edge_; }  // of each arc, -1 = can never be chosen
  std::int32_t node_count() const { return node_count_; }
  const std::vector<BoundedFlow::Edge>& edges() const { return edges_; }

  // The edges as they are when only the constraints of `kept` hold.
  std::vector<BoundedFlow::Edge> EdgesWith(const std::vector<bool>& kept) const {
    std::vector<BoundedFlow::Edge> edges = edges_;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (kept[i] || items_[i].edge < 0) continue;
      BoundedFlow::Edge& edge = edges[static_cast<std::size_t>(items_[i].edge)];
      (IsDemand(items_[i].constraint.kind) ? edge.low : edge.up) = FreeBound(items_[i]);
    }
    return edges;
  }

  static std::int64_t FreeBound(const Item& item) {
    if (IsDemand(item.constraint.kind)) return 0;
    return item.constraint.kind == PlanConstraintKind::kExcluded ? 1 : kNoBound;
  }

 private:
  std::int32_t AddEdge(std::int32_t from, std::int32_t to, std::int64_t low, std::int64_t up) {
    edges_.push_back({from, to, low, up});
    return static_cast<std::int32_t>(edges_.size()) - 1;
  }

  // Returns the number of the side's first node.
  std::int32_t HangSide(bool needs, std::int32_t count, const std::vector<std::int32_t>& capacity,
                        const std::vector<std::int32_t>& minimum, const std::vector<std::int32_t>& group_of,
                        const std::vector<CapacityGroup>& groups) {
    const std::int32_t base = node_count_;
    node_count_ += count + static_cast<std::int32_t>(groups.size());
    const auto hang = [&](std::int32_t node, std::int32_t index, std::int32_t parent, std::int32_t least,
                          std::int32_t most, PlanConstraintKind minimum_kind, PlanConstraintKind capacity_kind) {
      std::int32_t outer = parent < 0 ? 0 : base + count + parent;
      const auto edge = [&](std::int32_t inner, std::int64_t low, std::int64_t up) {
        return needs ? AddEdge(outer, inner, low, up) : AddEdge(inner, outer, low, up);
      };
      if (least > 0) {
        const std::int32_t between = node_count_++;
        items_.push_back({{minimum_kind, index, least}, edge(between, least, kNoBound)});
        outer = between;
      }
      const bool limited = most < kUnlimited;
      const std::int32_t limit = edge(node, 0, limited ? most : kNoBound);
      if (limited) items_.push_back({{capacity_kind, index, most}, limit});
    };
    for (std::int32_t n = 0; n < count; ++n) {
      const auto i = static_cast<std::size_t>(n);
      hang(base + n, n, group_of.empty() ? -1 : group_of[i], minimum.empty() ? 0 : minimum[i], capacity[i],
           needs ? PlanConstraintKind::kNeedMinimum : PlanConstraintKind::kOfferingMinimum,
           needs ? PlanConstraintKind::kNeedCapacity : PlanConstraintKind::kOfferingCapacity);
    }
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const auto index = static_cast<std::int32_t>(g);
      hang(base + count + index, index, groups[g].parent, groups[g].minimum, groups[g].capacity,
           needs ? PlanConstraintKind::kNeedGroupMinimum : PlanConstraintKind::kOfferingGroupMinimum,
           needs ? PlanConstraintKind::kNeedGroupCapacity : PlanConstraintKind::kOfferingGroupCapacity);
    }
    return base;
  }

  void CountSlack(const CandidateGraph& graph, const AssignmentProblem& problem) {
    std::vector<std::int64_t> needs(problem.need_capacity.size(), 0), offerings(problem.offering_capacity.size(), 0);
    std::vector<std::int64_t> need_groups(problem.need_groups.size(), 0);
    std::vector<std::int64_t> offering_groups(problem.offering_groups.size(), 0);
    const auto count = [](std::int32_t node, const std::vector<std::int32_t>& group_of,
                          const std::vector<CapacityGroup>& groups, std::vector<std::int64_t>* of_nodes,
                          std::vector<std::int64_t>* of_groups) {
      ++(*of_nodes)[static_cast<std::size_t>(node)];
      for (std::int32_t g = group_of.empty() ? -1 : group_of[static_cast<std::size_t>(node)]; g >= 0;
           g = groups[static_cast<std::size_t>(g)].parent) {
        ++(*of_groups)[static_cast<std::size_t>(g)];
      }
    };
    for (std::int32_t a = 0; a < graph.arc_count(); ++a) {
      const std::int32_t e = pair_edge_[static_cast<std::size_t>(a)];
      if (e < 0 || edges_[static_cast<std::size_t>(e)].up == 0) continue;
      count(graph.arc(a).left, problem.need_group, problem.need_groups, &needs, &need_groups);
      count(graph.arc(a).right, problem.offering_group, problem.offering_groups, &offerings, &offering_groups);
    }
    for (Item& item : items_) {
      const auto i = static_cast<std::size_t>(item.constraint.index);
      const PlanConstraintKind kind = item.constraint.kind;
      if (!IsDemand(kind) || kind == PlanConstraintKind::kRequired) continue;
      const std::int64_t candidates = kind == PlanConstraintKind::kNeedMinimum        ? needs[i]
                                      : kind == PlanConstraintKind::kOfferingMinimum  ? offerings[i]
                                      : kind == PlanConstraintKind::kNeedGroupMinimum ? need_groups[i]
                                                                                      : offering_groups[i];
      item.slack = candidates - item.constraint.amount;
    }
  }

  std::int32_t node_count_ = 0;
  std::vector<BoundedFlow::Edge> edges_;
  std::vector<Item> items_;
  std::vector<std::int32_t> pair_edge_;
};

std::vector<std::int32_t> Demands(const std::vector<BoundedFlow::Edge>& edges) {
  std::vector<std::int32_t> demands;
  for (std::size_t e = 0; e < edges.size(); ++e) {
    if (edges[e].low > 0) demands.push_back(static_cast<std::int32_t>(e));
  }
  return demands;
}

// Without quotas. kept[i] becomes whether item i belongs to the irreducible set; no item does if all can be kept.
absl::Status FilterNested(const ConflictNetwork& network, const RunContext& context, std::vector<bool>* kept,
                          Conflict* conflict) {
  const std::vector<Item>& items = network.items();
  kept->assign(items.size(), true);
  for (std::size_t i = 0; i < items.size(); ++i) (*kept)[i] = items[i].edge >= 0;
  BoundedFlow flow(network.node_count(), network.EdgesWith(*kept));
  const auto lift = [&](const Item& item) {
    if (IsDemand(item.constraint.kind)) {
      flow.SetLow(item.edge, 0);
    } else {
      flow.SetUp(item.edge, ConflictNetwork::FreeBound(item));
    }
  };
  const auto demands = [&] {
    std::vector<std::int32_t> edges;
    for (std::size_t i = items.size(); i-- > 0;) {
      if ((*kept)[i] && IsDemand(items[i].constraint.kind)) edges.push_back(items[i].edge);
    }
    return edges;
  };
  // Only what crosses the violated cut proves anything: demands that enter it, limits of what leaves it.
  const auto keep_cut = [&] {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!(*kept)[i]) continue;
      const BoundedFlow::Edge& edge = flow.edge(items[i].edge);
      const bool from = flow.cut()[static_cast<std::size_t>(edge.from)];
      const bool to = flow.cut()[static_cast<std::size_t>(edge.to)];
      if (IsDemand(items[i].constraint.kind) ? !from && to : from && !to) continue;
      (*kept)[i] = false;
      lift(items[i]);
    }
  };
  if (flow.Repair(demands())) {
    kept->assign(items.size(), false);
    return absl::OkStatus();
  }
  keep_cut();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!(*kept)[i]) continue;
    MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
    context.Report("conflict", static_cast<std::int64_t>(i), static_cast<std::int64_t>(items.size()));
    const std::vector<std::int64_t> before = flow.flows();
    const BoundedFlow::Edge bounds = flow.edge(items[i].edge);
    (*kept)[i] = false;
    lift(items[i]);
    if (flow.Repair(demands())) {
      (*kept)[i] = true;
      flow.SetLow(items[i].edge, bounds.low);
      flow.SetUp(items[i].edge, bounds.up);
      flow.RestoreFlows(before);
    } else {
      keep_cut();
    }
  }
  flow.Repair(demands());
  for (const BoundedFlow::Edge& edge : network.EdgesWith(*kept)) {
    const bool from = flow.cut()[static_cast<std::size_t>(edge.from)],
               to = flow.cut()[static_cast<std::size_t>(edge.to)];
    if (to && !from) conflict->asked += edge.low;
    if (from && !to) conflict->allowed += edge.up;
  }
  return absl::OkStatus();
}

enum class Verdict { kPossible, kImpossible, kUnknown };

// Whether a set of constraints with quotas can be kept together.
class QuotaJudge {
 public:
  QuotaJudge(const AssignmentProblem& problem, const ConflictNetwork& network) : problem_(problem), network_(network) {}

  // Where it is kImpossible, proof()[i] says whether item i takes part in the reason that was found.
  Verdict Judge(const std::vector<bool>& kept, const RunContext& context) {
    edges_ = network_.EdgesWith(kept);
    proof_ = kept;
    const std::vector<std::int32_t> demands = Demands(edges_);
    BoundedFlow flow(network_.node_count(), edges_);
    if (!flow.Repair(demands)) return Verdict::kImpossible;
    quotas_.clear();
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const Item& item = network_.items()[i];
      if (!kept[i] || !IsQuota(item)) continue;
      const bool minimum = item.constraint.kind == PlanConstraintKind::kQuotaMinimum;
      Bounded quota{i, {}, minimum ? item.constraint.amount : 0, minimum ? kNoBound : item.constraint.amount};
      for (std::int32_t a : problem_.quotas[static_cast<std::size_t>(item.constraint.index)].arcs) {
        const std::int32_t e = network_.pair_edge()[static_cast<std::size_t>(a)];
        if (e >= 0 && edges_[static_cast<std::size_t>(e)].up > 0) quota.edges.push_back(e);
      }
      quotas_.push_back(std::move(quota));
    }
    for (const Bounded& quota : quotas_) {
      if (context.cancelled()) return Verdict::kUnknown;
      if (quota.low > 0 ? MostOf(quota) < quota.low : FewestOf(quota) > quota.up) return Verdict::kImpossible;
    }
    // Both numbers are exact for a single quota, the first where there are no minimums.
    if (quotas_.size() == 1 && (quotas_[0].low == 0 || demands.empty())) return Verdict::kPossible;
    fixed_.assign(edges_.size(), false);
    most_steps_ = std::min(kMostConflictSteps, steps_ + kMostStepsOfSet);
    return Search(&flow, context);
  }
  const std::vector<bool>& proof() const { return proof_; }

 private:
  struct Bounded {
    std::size_t item = 0;
    std::vector<std::int32_t> edges;
    std::int64_t low = 0, up = 0;
  };

  // No more than so many pairs of the quota fit into the limits, minimums aside: a maximum flow. If they are too few,
  // the limits of its cut are the proof.
  std::int64_t MostOf(const Bounded& quota) {
    std::vector<BoundedFlow::Edge> edges = edges_;
    for (std::int32_t e : network_.pair_edge()) {
      if (e >= 0) edges[static_cast<std::size_t>(e)].up = 0;
    }
    for (std::int32_t e : quota.edges) edges[static_cast<std::size_t>(e)].up = 1;
    // All flow comes back to the ground through one more edge.
    const std::int32_t end = network_.node_count();
    for (BoundedFlow::Edge& edge : edges) {
      edge.low = 0;
      if (edge.to == 0) edge.to = end;
    }
    edges.push_back({end, 0, quota.low, kNoBound});
    const auto back = static_cast<std::int32_t>(edges.size()) - 1;
    BoundedFlow flow(end + 1, std::move(edges));
    if (flow.Repair({back})) return quota.low;
    for (std::size_t i = 0; i < proof_.size(); ++i) {
      const Item& item = network_.items()[i];
      const bool leaves = item.edge >= 0 && !IsDemand(item.constraint.kind) &&
                          flow.cut()[static_cast<std::size_t>(flow.edge(item.edge).from)] &&
                          !flow.cut()[static_cast<std::size_t>(flow.edge(item.edge).to)];
      proof_[i] = proof_[i] && (leaves || i == quota.item);
    }
    return flow.flow(back);
  }

  // At least so many pairs of the quota are needed for the minimums: a flow of least cost.
  std::int64_t FewestOf(const Bounded& quota) const {
    std::vector<std::int8_t> cost(edges_.size(), 0);
    for (std::int32_t e : quota.edges) cost[static_cast<std::size_t>(e)] = 1;
    BoundedFlow flow(network_.node_count(), edges_, std::move(cost));
    flow.Repair(Demands(edges_));
    return Chosen(flow, quota);
  }

  static std::int64_t Chosen(const BoundedFlow& flow, const Bounded& quota) {
    std::int64_t chosen = 0;
    for (std::int32_t e : quota.edges) chosen += flow.flow(e);
    return chosen;
  }

  // Takes the quota that is missed most and settles one of its pairs, both ways if need be.
  Verdict Search(BoundedFlow* flow, const RunContext& context) {
    if (steps_ >= most_steps_ || context.cancelled()) return Verdict::kUnknown;
    ++steps_;
    const Bounded* worst = nullptr;
    std::int64_t most = 0;
    for (const Bounded& quota : quotas_) {
      const std::int64_t chosen = Chosen(*flow, quota);
      const std::int64_t missed = std::max(quota.low - chosen, chosen - quota.up);
      if (missed > most) {
        most = missed;
        worst = &quota;
      }
    }
    if (worst == nullptr) return Verdict::kPossible;
    const bool too_few = worst->low > Chosen(*flow, *worst);
    const auto open = std::find_if(worst->edges.begin(), worst->edges.end(), [&](std::int32_t e) {
      return !fixed_[static_cast<std::size_t>(e)] && flow->flow(e) == (too_few ? 0 : 1);
    });
    if (open == worst->edges.end()) return Verdict::kImpossible;
    const std::int32_t e = *open;
    fixed_[static_cast<std::size_t>(e)] = true;
    Verdict verdict = Verdict::kImpossible;
    for (const bool in : {too_few, !too_few}) {
      const std::vector<std::int64_t> before = flow->flows();
      const BoundedFlow::Edge bounds = flow->edge(e);
      bool fits = false;
      if (in) {
        flow->SetLow(e, 1);
        fits = flow->Repair({e});
      } else {
        fits = flow->Empty(e);
      }
      const Verdict found = fits ? Search(flow, context) : Verdict::kImpossible;
      flow->SetLow(e, bounds.low);
      flow->SetUp(e, bounds.up);
      flow->RestoreFlows(before);
      if (found == Verdict::kPossible) verdict = found;
      if (found == Verdict::kUnknown && verdict == Verdict::kImpossible) verdict = found;
      if (found != Verdict::kImpossible) break;
    }
    fixed_[static_cast<std::size_t>(e)] = false;
    return verdict;
  }

  const AssignmentProblem& problem_;
  const ConflictNetwork& network_;
  std::vector<BoundedFlow::Edge> edges_;
  std::vector<Bounded> quotas_;
  std::vector<bool> fixed_, proof_;
  std::int64_t steps_ = 0;       // of all sets together
  std::int64_t most_steps_ = 0;  // up to where the set in hand may go
};

// Junker's QuickXplain: halves the open items until each kept one is known to be needed.
class QuotaFilter {
 public:
  QuotaFilter(const ConflictNetwork& network, QuotaJudge* judge, const RunContext& context)
      : network_(network), judge_(judge), context_(context) {}

  absl::Status Run(std::vector<bool>* kept, bool* irreducible) {
    const std::size_t count = network_.items().size();
    held_.assign(count, true);
    const Verdict verdict = judge_->Judge(held_, context_);
    MAGPIE_RETURN_IF_ERROR(context_.CheckCancelled());
    kept->assign(count, false);
    if (verdict == Verdict::kPossible) return absl::OkStatus();
    if (verdict == Verdict::kUnknown) {
      for (std::size_t i = 0; i < count; ++i) (*kept)[i] = IsQuota(network_.items()[i]);
      *irreducible = false;
      return absl::OkStatus();
    }
    // Those that are left out first stand last here: the method prefers to keep what comes first.
    std::vector<std::size_t> open;
    for (std::size_t i = count; i-- > 0;) {
      if (judge_->proof()[i]) open.push_back(i);
    }
    held_.assign(count, false);
    for (std::size_t i : Explain(false, open)) (*kept)[i] = true;
    *irreducible = !unknown_;
    return context_.CheckCancelled();
  }

 private:
  // The items of `open` that are needed beside those held.
  std::vector<std::size_t> Explain(bool changed, const std::vector<std::size_t>& open) {
    if (context_.cancelled()) return {};
    if (changed) {
      const Verdict verdict = judge_->Judge(held_, context_);
      unknown_ = unknown_ || verdict == Verdict::kUnknown;
      if (verdict == Verdict::kImpossible) return {};
    }
    if (open.size() == 1) return open;
    const auto middle = open.begin() + static_cast<std::ptrdiff_t>(open.size() / 2);
    const std::vector<std::size_t> first(open.begin(), middle), second(middle, open.end());
    Hold(first, true);
    std::vector<std::size_t> needed = Explain(true, second);
    Hold(first, false);
    Hold(needed, true);
    const std::vector<std::size_t> more = Explain(!needed.empty(), first);
    Hold(needed, false);
    needed.insert(needed.end(), more.begin(), more.end());
    return needed;
  }

  void Hold(const std::vector<std::size_t>& items, bool held) {
    for (std::size_t i : items) held_[i] = held;
  }

  const ConflictNetwork& network_;
  QuotaJudge* judge_;
  const RunContext& context_;
  std::vector<bool> held_;
  bool unknown_ = false;
};

}  // namespace

absl::StatusOr<Conflict> FindConflict(const CandidateGraph& graph, const AssignmentProblem& problem,
                                      const RunContext& context) {
  // A conflict is what is looked for; anything else that is wrong with the problem is an error.
  if (const auto reduced = Reduce(graph, problem);
      !reduced.ok() && ReasonOf(reduced.status()) != Reason::kPlanConflict) {
    return reduced.status();
  }
  MAGPIE_RETURN_IF_ERROR(CheckQuotas(graph, problem));
  const ConflictNetwork network(graph, problem);
  Conflict conflict;
  std::vector<bool> kept;
  MAGPIE_RETURN_IF_ERROR(FilterNested(network, context, &kept, &conflict));
  const bool nested = std::find(kept.begin(), kept.end(), true) != kept.end();
  if (!nested && !problem.quotas.empty()) {
    QuotaJudge judge(problem, network);
    MAGPIE_RETURN_IF_ERROR(QuotaFilter(network, &judge, context).Run(&kept, &conflict.irreducible));
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i]) conflict.constraints.push_back(network.items()[i].constraint);
  }
  std::sort(conflict.constraints.begin(), conflict.constraints.end(),
            [](const PlanConstraint& a, const PlanConstraint& b) {
              return std::tie(a.kind, a.index) < std::tie(b.kind, b.index);
            });
  return conflict;
}

}  // namespace magpie
