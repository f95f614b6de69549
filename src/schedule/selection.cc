#include "selection.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

#include "magpie/assignment/assignment.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

// The weight of a placed request of each class, such that one of a class outweighs all of the later ones; `gain_steps`
// are left below for gains. nullopt where the largest weight would leave the assignment's range.
std::optional<std::array<std::int64_t, FairModel::kClasses>> ClassWeights(
    const std::array<std::int64_t, FairModel::kClasses>& count, std::int64_t gain_steps) {
  std::array<std::int64_t, FairModel::kClasses> weight{};
  const std::int64_t gains = gain_steps * std::accumulate(count.begin(), count.end(), std::int64_t{0});
  __int128 later = 0;
  for (std::size_t c = FairModel::kClasses; c-- > 0;) {
    const __int128 own = 1 + gains + later;
    if (own + gain_steps > kMaxGain) return std::nullopt;
    weight[c] = static_cast<std::int64_t>(own);
    later += own * count[c];
  }
  return weight;
}

int GuestCapacity(const FairModel& model, int guest) {
  int slots = 0;
  for (int s = 0; s < model.slot_count; ++s) {
    slots += model.Present(guest, s) && !model.tables[static_cast<std::size_t>(s)].empty() ? 1 : 0;
  }
  return std::min(slots, model.guest_limit[static_cast<std::size_t>(guest)]);
}

int TeamCapacity(const FairModel& model, const FairModel::Team& team) {
  std::vector<std::int64_t> of_session(static_cast<std::size_t>(model.session_count), 0);
  for (int s = 0; s < model.slot_count; ++s) {
    const auto hosts = std::count_if(team.hosts.begin(), team.hosts.end(), [&](int h) { return model.Present(h, s); });
    of_session[static_cast<std::size_t>(model.session[static_cast<std::size_t>(s)])] +=
        std::min<std::int64_t>(hosts, static_cast<std::int64_t>(model.tables[static_cast<std::size_t>(s)].size()));
  }
  std::int64_t all = 0;
  for (std::int64_t of : of_session) all += std::min<std::int64_t>(of, team.max_per_session);
  return static_cast<int>(std::min<std::int64_t>(all, team.max_meetings));
}

}  // namespace

absl::StatusOr<Selection> SelectRequests(const FairModel& model, const RunContext& context) {
  const auto request_count = static_cast<std::int32_t>(model.requests.size());
  std::array<std::int64_t, FairModel::kClasses> count{};
  std::int64_t largest_gain = 1;
  std::vector<Arc> arcs;
  for (std::int32_t r = 0; r < request_count; ++r) {
    const auto& request = model.requests[static_cast<std::size_t>(r)];
    if (model.CountPossibleSlots(request) == 0) continue;
    arcs.push_back({r, request.team});
    ++count[static_cast<std::size_t>(request.rank)];
    largest_gain = std::max(largest_gain, request.gain);
  }

  std::optional<std::array<std::int64_t, FairModel::kClasses>> weights;
  std::int64_t gain_steps = 0;
  for (std::int64_t steps : {1000, 100, 10, 0}) {
    weights = ClassWeights(count, steps);
    gain_steps = steps;
    if (weights) break;
  }
  const bool exact = weights.has_value();
  if (!exact) weights = {kMaxGain, kMaxGain / 100, kMaxGain / 10'000, kMaxGain / 1'000'000, kMaxGain / 100'000'000};

  MAGPIE_ASSIGN_OR_RETURN(
      const CandidateGraph graph,
      CandidateGraph::Build(request_count, static_cast<std::int32_t>(model.teams.size()), std::move(arcs)));
  AssignmentProblem problem;
  for (const Arc& arc : graph.arcs()) {
    const auto& request = model.requests[static_cast<std::size_t>(arc.left)];
    const auto fine = static_cast<std::int64_t>(static_cast<__int128>(std::max<std::int64_t>(0, request.gain)) *
                                                gain_steps / largest_gain);
    problem.gain.push_back((*weights)[static_cast<std::size_t>(request.rank)] + fine);
  }
  problem.need_capacity.assign(model.requests.size(), 1);
  for (const auto& request : model.requests) problem.need_group.push_back(request.guest);
  for (int guest = 0; guest < model.first_booth; ++guest)
    problem.need_groups.push_back({GuestCapacity(model, guest), -1});
  for (const auto& team : model.teams) problem.offering_capacity.push_back(TeamCapacity(model, team));
  std::int64_t seats = 0;
  for (const auto& tables : model.tables) seats += static_cast<std::int64_t>(tables.size());
  problem.offering_groups.push_back({static_cast<std::int32_t>(std::min<std::int64_t>(seats, kUnlimited)), -1});
  problem.offering_group.assign(model.teams.size(), 0);

  RunContext quiet;  // progress is counted in requests placed
  quiet.stop = context.stop;
  MAGPIE_ASSIGN_OR_RETURN(const Assignment answer, SolveAssignment(graph, problem, quiet));
  if (answer.ending == Ending::kStopped) return context.CheckCancelled();
  Selection selection;
  selection.chosen.assign(model.requests.size(), false);
  std::vector<int> bound(FairModel::kClasses, 0);
  for (std::int32_t a : answer.arcs) {
    const auto r = static_cast<std::size_t>(graph.arc(a).left);
    selection.chosen[r] = true;
    ++bound[static_cast<std::size_t>(model.requests[r].rank)];
  }
  if (exact) selection.bound = std::move(bound);
  return selection;
}

}  // namespace magpie
