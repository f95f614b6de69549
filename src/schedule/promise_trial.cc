#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "magpie/assignment/assignment.h"
#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "promise_offer.h"

namespace magpie {
namespace {

constexpr double kNormal95 = 1.6449;  // 95 % of a normal distribution lie below it

double WilsonLow(std::int32_t held, std::int32_t runs) {
  const double n = runs, share = held / n, square = kNormal95 * kNormal95;
  return std::max(0.0,
                  (share + square / (2 * n) - kNormal95 * std::sqrt(share * (1 - share) / n + square / (4 * n * n))) /
                      (1 + square / n));
}

absl::Status CheckIndices(std::string_view field, std::span<const std::int32_t> index, std::int32_t nodes,
                          std::size_t sets) {
  if (index.size() != static_cast<std::size_t>(nodes)) {
    return MakeError(Reason::kBadArgument, field, fmt::format("{} entries for {} nodes", index.size(), nodes));
  }
  for (std::size_t i = 0; i < index.size(); ++i) {
    if (index[i] < 0 || static_cast<std::size_t>(index[i]) >= sets) {
      return MakeError(Reason::kBadArgument, fmt::format("{}[{}]", field, i),
                       fmt::format("{} is none of the {} in the offer", index[i], sets));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PromiseTrial> TryPromises(const PromiseOffer& offer, const CandidateGraph& graph,
                                         std::span<const std::int32_t> group_of_firm,
                                         std::span<const std::int32_t> set_of_team, std::int32_t runs,
                                         std::uint64_t seed, const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(CheckPromiseOffer(offer));
  MAGPIE_RETURN_IF_ERROR(CheckIndices("group_of_firm", group_of_firm, graph.left_count(), offer.groups.size()));
  MAGPIE_RETURN_IF_ERROR(CheckIndices("set_of_team", set_of_team, graph.right_count(), offer.teams.size()));
  if (runs < 1) return MakeError(Reason::kBadArgument, "runs", fmt::format("{} trials; at least 1", runs));
  PromiseTrial trial;
  trial.short_runs.assign(group_of_firm.size(), 0);
  AssignmentProblem problem;
  problem.gain.assign(static_cast<std::size_t>(graph.arc_count()), 1);
  problem.need_capacity.resize(group_of_firm.size());
  problem.offering_capacity.resize(set_of_team.size());
  // All tables of all slots are one capacity around the firms.
  const std::int64_t seats = std::min<std::int64_t>(std::int64_t{offer.slots} * offer.tables, kUnlimited);
  problem.need_groups.push_back(CapacityGroup{.capacity = static_cast<std::int32_t>(seats)});
  problem.need_group.assign(group_of_firm.size(), 0);
  std::vector<std::int32_t> promised(group_of_firm.size());  // and not yet given
  Random random(seed);
  for (; trial.runs < runs; ++trial.runs) {
    context.Report("promise", trial.runs, runs);
    for (std::size_t t = 0; t < set_of_team.size(); ++t) {
      const PromiseTeams& set = offer.teams[static_cast<std::size_t>(set_of_team[t])];
      problem.offering_capacity[t] = random.Uniform() < set.no_show ? 0 : std::min(set.capacity, offer.slots);
    }
    for (std::size_t f = 0; f < group_of_firm.size(); ++f) {
      const PromiseGroup& group = offer.groups[static_cast<std::size_t>(group_of_firm[f])];
      promised[f] = random.Uniform() < group.no_show ? 0 : group.promised;
      problem.need_capacity[f] = std::min(promised[f], offer.slots);
    }
    MAGPIE_ASSIGN_OR_RETURN(const Assignment answer, SolveAssignment(graph, problem, context));
    for (std::int32_t a : answer.arcs) --promised[static_cast<std::size_t>(graph.arc(a).left)];
    bool all = true;
    for (std::size_t f = 0; f < promised.size(); ++f) {
      trial.short_runs[f] += promised[f] > 0 ? 1 : 0;
      all = all && promised[f] == 0;
    }
    trial.held += all ? 1 : 0;
  }
  trial.share = static_cast<double>(trial.held) / trial.runs;
  trial.low = WilsonLow(trial.held, trial.runs);
  return trial;
}

}  // namespace magpie
