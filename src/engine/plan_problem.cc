// The assignment of a plan: capacities, groups, floors and limits become a problem; its answer passes the checker.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "engine/plan_builder.h"
#include "engine/plan_text.h"
#include "magpie/base/status.h"
#include "magpie/ingest/disclosure.h"

namespace magpie {

absl::Status PlanBuilder::BuildProblem() {
  const std::size_t needs = static_cast<std::size_t>(snapshot().need_count());
  const std::size_t offerings = static_cast<std::size_t>(snapshot().offering_count());
  problem_.gain.reserve(pairs_.size());
  for (std::size_t a = 0; a < pairs_.size(); ++a) {
    const ScoredPair& pair = pairs_[a];
    full_gain_.push_back(pair.rejected ? 0 : GainOf(pair));
    problem_.gain.push_back(pair.score >= options_.threshold ? full_gain_.back() : 0);
    const std::int32_t arc = static_cast<std::int32_t>(a);
    if (decisions_[a] == Decision::kStruck) problem_.excluded.push_back(arc);
    if (decisions_[a] == Decision::kLocked || decisions_[a] == Decision::kAdded) problem_.required.push_back(arc);
  }
  problem_.need_capacity.resize(needs);
  for (std::size_t n = 0; n < needs; ++n) {
    const Listing& need = snapshot().need(NeedIndex(static_cast<std::int64_t>(n)));
    problem_.need_capacity[n] = need.record.capacity.value_or(options_.need_capacity);
  }
  problem_.offering_capacity.resize(offerings);
  for (std::size_t o = 0; o < offerings; ++o) {
    const Listing& offering = snapshot().offering(OfferingIndex(static_cast<std::int64_t>(o)));
    problem_.offering_capacity[o] = offering.record.capacity.value_or(options_.offering_capacity);
  }
  if (options_.party_capacity > 0) AddPartyGroups();
  if (event_) AddTeamGroups();
  return AddRuleGroups();
}

// Limits and floors of the listings in the rules' groups and of all listings; those of whole groups become quotas. A floor
// raises the usual number of places, never what a listing or a limit says.
absl::Status PlanBuilder::AddRuleGroups() {
  for (Side side : {Side::kNeed, Side::kOffering}) {
    const bool is_need = side == Side::kNeed;
    std::vector<std::int32_t>& capacity = is_need ? problem_.need_capacity : problem_.offering_capacity;
    std::vector<std::int32_t>& minimum = is_need ? problem_.need_minimum : problem_.offering_minimum;
    const auto for_each_member = [&](auto body) {
      for (std::size_t g = 0; g < groups_.size(); ++g) {
        for (std::int32_t member : is_need ? groups_[g].needs : groups_[g].offerings) {
          body(options_.rules.groups[g], static_cast<std::size_t>(member));
        }
      }
    };
    minimum.assign(capacity.size(), 0);
    for_each_member([&](const RuleGroup& rule, std::size_t n) {
      if (!rule.each_at_least) return;
      minimum[n] = std::max(minimum[n], *rule.each_at_least);
      if (!snapshot().listings(side)[n]->record.capacity) capacity[n] = std::max(capacity[n], *rule.each_at_least);
    });
    for_each_member([&](const RuleGroup& rule, std::size_t n) {
      if (rule.each_at_most) capacity[n] = std::min(capacity[n], *rule.each_at_most);
    });
    for (std::size_t n = 0; n < capacity.size(); ++n) {
      if (minimum[n] > capacity[n]) {
        return MakeError(Reason::kPlanConflict, "rules",
                         fmt::format("{} {} shall get at least {} matches (each_at_least) but takes at most {}; lower "
                                     "the floor, or raise its capacity or each_at_most",
                                     WordName(side), IdOf(*snapshot().listings(side)[n]), minimum[n], capacity[n]));
      }
      minimum[n] =
          std::max(minimum[n], std::min(is_need ? options_.need_minimum : options_.offering_minimum, capacity[n]));
    }
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const RuleGroup& rule = options_.rules.groups[g];
    if (!rule.at_least && !rule.at_most) continue;
    problem_.quotas.push_back(QuotaOf(groups_[g], rule));
    quota_names_.push_back(rule.name);
  }
  return absl::OkStatus();
}

// The arcs of a group: those with a member on either end.
Quota PlanBuilder::QuotaOf(const GroupMembers& members, const RuleGroup& rule) const {
  std::vector<bool> needs(static_cast<std::size_t>(snapshot().need_count()), false);
  std::vector<bool> offerings(static_cast<std::size_t>(snapshot().offering_count()), false);
  for (std::int32_t need : members.needs) needs[static_cast<std::size_t>(need)] = true;
  for (std::int32_t offering : members.offerings) offerings[static_cast<std::size_t>(offering)] = true;
  Quota quota;
  for (std::int32_t a = 0; a < graph_->arc_count(); ++a) {
    const Arc& arc = graph_->arc(a);
    if (needs[static_cast<std::size_t>(arc.left)] || offerings[static_cast<std::size_t>(arc.right)]) {
      quota.arcs.push_back(a);
    }
  }
  quota.minimum = rule.at_least.value_or(0);
  quota.maximum = rule.at_most.value_or(kUnlimited);
  return quota;
}

// A group for each party that has listings on a side; groups come before those that they hold.
void PlanBuilder::AddPartyGroups() {
  auto add = [&](Side side, std::vector<CapacityGroup>* groups, std::vector<std::int32_t>* group_of,
                 std::vector<std::string>* names) {
    std::unordered_map<std::int32_t, std::int32_t> group_of_party;
    for (const auto& listing : snapshot().listings(side)) {
      if (!listing->party.valid()) {
        group_of->push_back(-1);
        continue;
      }
      const auto [entry, fresh] =
          group_of_party.emplace(listing->party.value, static_cast<std::int32_t>(groups->size()));
      if (fresh) {
        groups->push_back({options_.party_capacity, -1});
        names->push_back(snapshot().party(listing->party).record.name);
      }
      // A sentence about the party's places beside an anonymous listing's id would tell whose it is.
      if (PartyLevel(listing->record) != Level::kOpen) {
        (*names)[static_cast<std::size_t>(entry->second)] = chinese() ? "不公开的单位" : "a party that is not named";
      }
      group_of->push_back(entry->second);
    }
  };
  add(Side::kNeed, &problem_.need_groups, &problem_.need_group, &need_group_names_);
  add(Side::kOffering, &problem_.offering_groups, &problem_.offering_group, &offering_group_names_);
}

// A team's offerings together take no more matches than the team takes meetings. Teams nest in their party; an offering
// of two teams stays outside both, since groups that cross cannot be kept exactly.
void PlanBuilder::AddTeamGroups() {
  std::map<std::int32_t, int> teams_of_offering;
  for (const EventTeam& team : event_->teams) {
    for (const std::string& id : team.offerings) ++teams_of_offering[snapshot().FindOffering(id).value];
  }
  std::vector<std::int32_t>& group_of = problem_.offering_group;
  if (group_of.empty()) group_of.assign(static_cast<std::size_t>(snapshot().offering_count()), -1);
  for (const EventTeam& team : event_->teams) {
    if (!team.max_meetings) continue;
    std::int32_t group = -1;
    for (const std::string& id : team.offerings) {
      const OfferingIndex offering = snapshot().FindOffering(id);
      if (!offering.valid() || teams_of_offering[offering.value] > 1) continue;
      const std::size_t o = static_cast<std::size_t>(offering.value);
      if (group == -1) {
        group = static_cast<std::int32_t>(problem_.offering_groups.size());
        problem_.offering_groups.push_back({*team.max_meetings, group_of[o]});
        offering_group_names_.push_back(team.name.empty() ? team.id : team.name);
      }
      if (problem_.offering_groups[static_cast<std::size_t>(group)].parent == group_of[o]) group_of[o] = group;
    }
  }
}

// What both sides would rather have, for stable matches: the score, and above it what somebody at the event wished for,
// the more urgent first.
Preferences PlanBuilder::MakePreferences() const {
  Preferences preferences{problem_.gain, problem_.gain};
  if (!event_) return preferences;
  constexpr int kPriorities = 4;
  const auto raise = [&](const EventWish& wish, const EventPerson& person, const EventTeam& team) {
    const auto raise_pair = [&](const std::string& need, const std::string& offering, std::vector<std::int64_t>* gain) {
      const NeedIndex n = snapshot().FindNeed(need);
      const OfferingIndex o = snapshot().FindOffering(offering);
      const std::int32_t arc = n.valid() && o.valid() ? graph_->FindArc(n.value, o.value) : -1;
      const bool meant =
          (wish.need.empty() || wish.need == need) && (wish.offering.empty() || wish.offering == offering);
      if (arc < 0 || !meant || problem_.gain[static_cast<std::size_t>(arc)] == 0) return;
      std::int64_t& value = (*gain)[static_cast<std::size_t>(arc)];
      value = std::max(value, problem_.gain[static_cast<std::size_t>(arc)] +
                                  std::max(1, kPriorities - wish.priority) * kGainPerScore);
    };
    for (const std::string& need : person.needs) {
      for (const std::string& offering : team.offerings) raise_pair(need, offering, &preferences.need_gain);
    }
    for (const std::string& offering : person.offerings) {
      for (const std::string& need : team.needs) raise_pair(need, offering, &preferences.offering_gain);
    }
  };
  for (const EventWish& wish : event_->wishes) {
    const auto team = std::ranges::find(event_->teams, wish.team, &EventTeam::id);
    if (team == event_->teams.end()) continue;
    for (const EventPerson& person : event_->people) {
      if (wish.person.empty() ? person.party == wish.party : person.id == wish.person) raise(wish, person, *team);
    }
  }
  return preferences;
}

std::chrono::milliseconds PlanBuilder::TimeLeft() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(*assign_end_ - std::chrono::steady_clock::now());
}

absl::Status PlanBuilder::Assign() {
  std::vector<Arc> arcs;
  arcs.reserve(pairs_.size());
  for (const ScoredPair& pair : pairs_) arcs.push_back({pair.need.value, pair.offering.value});
  MAGPIE_ASSIGN_OR_RETURN(graph_,
                          CandidateGraph::Build(snapshot().need_count(), snapshot().offering_count(), std::move(arcs)));
  MAGPIE_RETURN_IF_ERROR(BuildProblem());
  ObjectiveOptions objective;
  objective.objective = options_.objective;
  objective.dial = options_.dial;
  if (IsStable(options_.objective)) objective.preferences = MakePreferences();
  if (options_.time_limit) {
    objective.time_limit = std::chrono::milliseconds(std::llround(*options_.time_limit * 1000));
    assign_end_ = std::chrono::steady_clock::now() + *objective.time_limit;
  }
  absl::StatusOr<ObjectiveAnswer> answer = SolveObjective(*graph_, problem_, objective, context_);
  if (!answer.ok()) {
    return ReasonOf(answer.status()) == Reason::kPlanConflict ? ExplainConflict(answer.status()) : answer.status();
  }
  answer_ = *std::move(answer);
  const Assignment& assignment = answer_.assignment;
  if (assignment.ending == Ending::kStopped) return context_.CheckCancelled();
  MAGPIE_RETURN_IF_ERROR(CheckAssignment(*graph_, answer_.problem, assignment));
  plan_.total_gain = assignment.total_gain;
  return absl::OkStatus();
}

}  // namespace magpie
