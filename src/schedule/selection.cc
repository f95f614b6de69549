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

// How many of the requests can each have a slot, where slot s takes seats[s] of them: augmenting paths.
class SlotMatching {
 public:
  explicit SlotMatching(const std::vector<int>& seats) : seats_(seats), held_(seats.size()) {}

  void Add(const std::vector<int>& slots_of_request) {
    slots_.push_back(&slots_of_request);
    seen_.assign(seats_.size(), false);
    count_ += Augment(static_cast<int>(slots_.size()) - 1) ? 1 : 0;
  }
  int count() const { return count_; }

 private:
  bool Augment(int request) {
    for (int slot : *slots_[static_cast<std::size_t>(request)]) {
      const auto s = static_cast<std::size_t>(slot);
      if (seen_[s]) continue;
      seen_[s] = true;
      if (static_cast<int>(held_[s].size()) < seats_[s]) {
        held_[s].push_back(request);
        return true;
      }
      for (int& other : held_[s]) {
        if (!Augment(other)) continue;
        other = request;
        return true;
      }
    }
    return false;
  }

  const std::vector<int>& seats_;
  std::vector<std::vector<int>> held_;
  std::vector<const std::vector<int>*> slots_;
  std::vector<bool> seen_;
  int count_ = 0;
};

int SlotCapacity(const std::vector<int>& requests, const std::vector<std::vector<int>>& slots_of,
                 const std::vector<int>& seats) {
  SlotMatching matching(seats);
  for (int r : requests) matching.Add(slots_of[static_cast<std::size_t>(r)]);
  return matching.count();
}

// Hosts of the team in each slot, no more than tables.
std::vector<int> TeamSeats(const FairModel& model, const FairModel::Team& team) {
  std::vector<int> seats;
  for (int s = 0; s < model.slot_count; ++s) {
    const auto hosts = std::ranges::count_if(team.hosts, [&](int h) { return model.Present(h, s); });
    seats.push_back(static_cast<int>(std::min<std::ptrdiff_t>(hosts, model.Seats(s))));
  }
  return seats;
}

int TeamLimit(const FairModel& model, const FairModel::Team& team, const std::vector<int>& seats) {
  std::vector<std::int64_t> of_session(static_cast<std::size_t>(model.session_count), 0);
  for (std::size_t s = 0; s < seats.size(); ++s) {
    of_session[static_cast<std::size_t>(model.session[s])] += seats[s];
  }
  std::int64_t all = 0;
  for (std::int64_t of : of_session) all += std::min<std::int64_t>(of, team.max_per_session);
  return static_cast<int>(std::min<std::int64_t>(all, team.max_meetings));
}

// The capacities of guests and teams.
void SetCapacities(const FairModel& model, AssignmentProblem* problem) {
  std::vector<std::vector<int>> slots_of, of_guest(static_cast<std::size_t>(model.first_booth)),
      of_team(model.teams.size());
  for (std::size_t r = 0; r < model.requests.size(); ++r) {
    slots_of.push_back(model.PossibleSlots(model.requests[r]));
    if (model.requests[r].guests.size() == 1) {
      of_guest[static_cast<std::size_t>(model.requests[r].guest)].push_back(static_cast<int>(r));
    }
    of_team[static_cast<std::size_t>(model.requests[r].team)].push_back(static_cast<int>(r));
  }
  const std::vector<int> one_each(static_cast<std::size_t>(model.slot_count), 1);
  for (std::size_t g = 0; g < of_guest.size(); ++g) {
    problem->need_groups.push_back({std::min(SlotCapacity(of_guest[g], slots_of, one_each), model.guest_limit[g]), -1});
  }
  for (std::size_t t = 0; t < of_team.size(); ++t) {
    const std::vector<int> seats = TeamSeats(model, model.teams[t]);
    problem->offering_capacity.push_back(
        std::min(SlotCapacity(of_team[t], slots_of, seats), TeamLimit(model, model.teams[t], seats)));
  }
}

}  // namespace

absl::StatusOr<Selection> SelectRequests(const FairModel& model, const RunContext& context) {
  const auto request_count = static_cast<std::int32_t>(model.requests.size());
  std::array<std::int64_t, FairModel::kClasses> count{};
  std::int64_t largest_gain = 1;
  std::vector<Arc> arcs;
  for (std::int32_t r = 0; r < request_count; ++r) {
    const auto& request = model.requests[static_cast<std::size_t>(r)];
    if (request.instead_of >= 0 || model.PossibleSlots(request).empty()) continue;
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
  // A request of a whole party counts with nobody in particular: the bound is an upper one all the same.
  for (const auto& request : model.requests) {
    problem.need_group.push_back(request.guests.size() == 1 ? request.guest : -1);
  }
  SetCapacities(model, &problem);
  std::int64_t seats = 0;
  for (int s = 0; s < model.slot_count; ++s) seats += model.Seats(s);
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
  selection.most = std::accumulate(bound.begin(), bound.end(), 0);
  // One of a class may stand in the way of two of a later one: how many there are at most is a question of its own.
  if (std::ranges::count_if(count, [](std::int64_t of) { return of > 0; }) > 1) {
    problem.gain.assign(problem.gain.size(), 1);
    MAGPIE_ASSIGN_OR_RETURN(const Assignment largest, SolveAssignment(graph, problem, quiet));
    selection.most = static_cast<int>(largest.arcs.size());
  }
  if (exact) selection.bound = std::move(bound);
  return selection;
}

}  // namespace magpie
