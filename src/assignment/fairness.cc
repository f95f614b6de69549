#include "magpie/assignment/fairness.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "around.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

// What each entity of a side holds.
struct Holdings {
  std::size_t node_count = 0;
  std::vector<std::int32_t> pairs;  // of nodes, then of groups
  std::vector<std::int64_t> gain;
  std::vector<bool> hopeless;
};

Holdings MakeHoldings(const ReducedProblem& reduced, std::span<const std::int32_t> chosen, Side side) {
  const SideView& view = ViewOf(reduced, side);
  const std::size_t count = view.parent.size();
  Holdings held{view.node_count, std::vector<std::int32_t>(count, 0), std::vector<std::int64_t>(count, 0),
                std::vector<bool>(count, true)};
  for (const std::int32_t a : chosen) {
    Around(view, NodeOf(reduced.graph->arc(a), side), [&](std::size_t e) {
      ++held.pairs[e];
      held.gain[e] += reduced.gain(a);
    });
  }
  for (std::int32_t a = 0; a < reduced.graph->arc_count(); ++a) {
    if (reduced.KindOf(a) == ArcKind::kUnused) continue;
    const std::int32_t node = NodeOf(reduced.graph->arc(a), side);
    if (reduced.KindOf(a) == ArcKind::kClosed && view.ClosedEntity(node) >= 0) continue;
    Around(view, node, [&](std::size_t e) { held.hopeless[e] = false; });
  }
  for (std::size_t e = 0; e < count; ++e) held.hopeless[e] = held.hopeless[e] && held.pairs[e] == 0;
  return held;
}

WorstOff FindWorst(const Holdings& held, std::size_t first, std::size_t last) {
  WorstOff worst;
  for (std::size_t e = first; e < last; ++e) {
    if (held.hopeless[e]) continue;
    if (worst.index >= 0 && std::pair(held.gain[e], held.pairs[e]) >= std::pair(worst.gain, worst.pairs)) continue;
    worst = {static_cast<std::int32_t>(e - first), held.pairs[e], held.gain[e]};
  }
  return worst;
}

template <typename Value>
Spread MakeSpread(const Holdings& held, const std::vector<std::int32_t>& nodes, const std::vector<Value>& value) {
  Spread spread;
  std::vector<std::int64_t> values;
  for (const std::int32_t n : nodes) {
    const auto i = static_cast<std::size_t>(n);
    if (held.hopeless[i]) {
      ++spread.hopeless;
      continue;
    }
    spread.open += held.pairs[i] == 0;
    spread.sum += value[i];
    values.push_back(value[i]);
  }
  spread.members = static_cast<std::int32_t>(values.size());
  if (values.empty()) return spread;
  std::sort(values.begin(), values.end());
  spread.least = values.front();
  spread.median = values[(values.size() - 1) / 2];
  spread.most = values.back();
  spread.gini = Gini(std::move(values));
  return spread;
}

Exposure MakeExposure(const Holdings& held, const std::vector<std::int32_t>& nodes) {
  Exposure exposure{MakeSpread(held, nodes, held.pairs), MakeSpread(held, nodes, held.gain), {}};
  if (exposure.pairs.members == 0) return exposure;
  exposure.members_with.resize(static_cast<std::size_t>(exposure.pairs.most) + 1, 0);
  for (const std::int32_t n : nodes) {
    const auto i = static_cast<std::size_t>(n);
    if (!held.hopeless[i]) ++exposure.members_with[static_cast<std::size_t>(held.pairs[i])];
  }
  return exposure;
}

std::vector<std::int32_t> AllNodes(std::int32_t count) {
  std::vector<std::int32_t> nodes(static_cast<std::size_t>(count));
  for (std::int32_t n = 0; n < count; ++n) nodes[static_cast<std::size_t>(n)] = n;
  return nodes;
}

double Share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// Who would rather have the pairs of another: for each need, the holders of its candidates.
std::vector<Envy> FindEnvy(const ReducedProblem& reduced, const Holdings& needs, std::span<const std::int32_t> chosen) {
  const CandidateGraph& graph = *reduced.graph;
  std::vector<std::vector<std::int32_t>> holders(static_cast<std::size_t>(graph.right_count()));
  for (const std::int32_t a : chosen)
    holders[static_cast<std::size_t>(graph.arc(a).right)].push_back(graph.arc(a).left);
  std::vector<Envy> envy;
  std::vector<std::pair<std::int32_t, std::int64_t>> seen;  // holder, what its pair would gain here
  for (std::int32_t n = 0; n < graph.left_count(); ++n) {
    seen.clear();
    const auto [first, last] = graph.ArcsOfLeft(n);
    for (std::int32_t a = first; a < last; ++a) {
      if (reduced.KindOf(a) == ArcKind::kUnused) continue;
      for (const std::int32_t m : holders[static_cast<std::size_t>(graph.arc(a).right)]) {
        if (m != n) seen.emplace_back(m, -reduced.gain(a));
      }
    }
    std::sort(seen.begin(), seen.end());
    const std::int32_t capacity = reduced.problem->need_capacity[static_cast<std::size_t>(n)];
    for (std::size_t i = 0; i < seen.size();) {
      const std::int32_t of = seen[i].first;
      std::int64_t gain = 0;
      for (std::int32_t taken = 0; i < seen.size() && seen[i].first == of; ++i, ++taken) {
        if (taken < capacity) gain -= seen[i].second;
      }
      const std::int64_t by = gain - needs.gain[static_cast<std::size_t>(n)];
      if (by > 0) envy.push_back({n, of, by});
    }
  }
  std::stable_sort(envy.begin(), envy.end(), [](const Envy& a, const Envy& b) { return a.by > b.by; });
  return envy;
}

absl::Status CheckClass(const CandidateGraph& graph, const ListingClass& listings, std::size_t index) {
  const std::int32_t count = listings.side == Side::kNeed ? graph.left_count() : graph.right_count();
  std::vector<bool> seen(static_cast<std::size_t>(count), false);
  for (const std::int32_t n : listings.nodes) {
    if (n < 0 || n >= count || seen[static_cast<std::size_t>(n)]) {
      return MakeError(Reason::kBadArgument, fmt::format("classes[{}]", index),
                       fmt::format("node {} of {} is given twice or does not exist", n, count));
    }
    seen[static_cast<std::size_t>(n)] = true;
  }
  return absl::OkStatus();
}

}  // namespace

double Gini(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  const auto count = static_cast<double>(values.size());
  double sum = 0, ranked = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += static_cast<double>(values[i]);
    ranked += static_cast<double>(i + 1) * static_cast<double>(values[i]);
  }
  return sum == 0 ? 0 : std::max(0.0, 2 * ranked / (count * sum) - (count + 1) / count);
}

absl::StatusOr<FairnessCertificate> CertifyFairness(const CandidateGraph& graph, const AssignmentProblem& problem,
                                                    std::span<const std::int32_t> chosen,
                                                    std::span<const ListingClass> classes,
                                                    const Preferences& preferences, std::size_t listed) {
  AssignmentProblem unbound = problem;  // who would rather have whom: whatever the organiser's minimums say
  unbound.need_minimum.clear();
  unbound.offering_minimum.clear();
  unbound.quotas.clear();
  for (auto* groups : {&unbound.need_groups, &unbound.offering_groups}) {
    for (CapacityGroup& group : *groups) group.minimum = 0;
  }
  FairnessCertificate certificate;
  MAGPIE_ASSIGN_OR_RETURN(certificate.blocking, BlockingPairs(graph, unbound, preferences, chosen));
  certificate.blocking_count = static_cast<std::int64_t>(certificate.blocking.size());
  certificate.blocking.resize(std::min(listed, certificate.blocking.size()));

  MAGPIE_ASSIGN_OR_RETURN(const ReducedProblem reduced, Reduce(graph, problem));
  const Holdings needs = MakeHoldings(reduced, chosen, Side::kNeed);
  const Holdings offerings = MakeHoldings(reduced, chosen, Side::kOffering);
  certificate.needs = MakeExposure(needs, AllNodes(graph.left_count()));
  certificate.offerings = MakeExposure(offerings, AllNodes(graph.right_count()));
  certificate.need = FindWorst(needs, 0, needs.node_count);
  certificate.offering = FindWorst(offerings, 0, offerings.node_count);
  certificate.need_group = FindWorst(needs, needs.node_count, needs.pairs.size());
  certificate.offering_group = FindWorst(offerings, offerings.node_count, offerings.pairs.size());
  for (const std::int32_t a : chosen) {
    const std::int64_t gain = problem.gain[static_cast<std::size_t>(a)];
    certificate.worst_pair = a == chosen.front() ? gain : std::min(certificate.worst_pair, gain);
  }
  for (std::size_t i = 0; i < classes.size(); ++i) {
    MAGPIE_RETURN_IF_ERROR(CheckClass(graph, classes[i], i));
    const bool of_needs = classes[i].side == Side::kNeed;
    const Exposure& whole = of_needs ? certificate.needs : certificate.offerings;
    ClassExposure of_class{MakeExposure(of_needs ? needs : offerings, classes[i].nodes)};
    of_class.share_of_listings = Share(of_class.exposure.pairs.members, whole.pairs.members);
    of_class.share_of_pairs = Share(of_class.exposure.pairs.sum, whole.pairs.sum);
    of_class.share_of_gain = Share(of_class.exposure.gain.sum, whole.gain.sum);
    certificate.classes.push_back(std::move(of_class));
  }
  certificate.envy = FindEnvy(reduced, needs, chosen);
  certificate.envy_count = static_cast<std::int64_t>(certificate.envy.size());
  certificate.envy.resize(std::min(listed, certificate.envy.size()));
  return certificate;
}

}  // namespace magpie
