// Makes one plan: the order of the stages, and the small decisions between them. Private to engine.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/rule_groups.h"
#include "magpie/assignment/objective.h"
#include "magpie/assignment/open.h"
#include "magpie/engine/engine.h"
#include "magpie/engine/plan.h"
#include "magpie/graph/candidate_graph.h"
#include "magpie/scoring/scorer.h"

namespace magpie {

// Seconds since it was made.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

inline std::int64_t GainOf(const ScoredPair& pair) {
  return std::llround(pair.score * static_cast<double>(kGainPerScore));
}

inline const std::string& IdOf(const Listing& listing) {
  return listing.record.id;
}

class PlanBuilder {
 public:
  // All outlive the builder; `memory` may be null.
  PlanBuilder(const Scorer& scorer, const std::optional<Event>& event, const PlanOptions& options,
              const RunContext& context, PlanMemory* memory)
      : scorer_(scorer), event_(event), options_(options), context_(context), memory_(memory) {}

  void AddStage(std::string name, double seconds) { plan_.run.stage_seconds.emplace_back(std::move(name), seconds); }

  // `snapshot_owner` is the scorer's snapshot; the plan keeps it alive.
  absl::StatusOr<Plan> Build(std::shared_ptr<const Snapshot> snapshot_owner, const Models& models,
                             const ScorerOptions& scorer_options);

 private:
  absl::Status CheckOptions() const;
  absl::Status CollectCandidates();
  absl::Status ApplyRules(const Date& today);
  absl::Status ApplyDecisions();
  absl::Status BuildProblem();
  absl::Status AddRuleGroups();
  Quota QuotaOf(const GroupMembers& members, const RuleGroup& rule) const;
  void AddPartyGroups();
  void AddTeamGroups();
  Preferences MakePreferences() const;
  absl::Status Assign();
  // Of the time for the assignment, where one was set.
  std::chrono::milliseconds TimeLeft() const;
  bool TimeIsUp() const { return assign_end_ && TimeLeft().count() <= 1; }
  absl::Status ExplainMatches();
  // The matches of the plan in memory whose explanations hold still, by pair of order numbers.
  using KnownMatches = absl::flat_hash_map<std::pair<std::int64_t, std::int64_t>, const PlannedMatch*>;
  KnownMatches MatchesThatHold() const;
  void CollectOpen();
  absl::Status CertifyPlan();
  absl::Status DrawDial();
  absl::Status AskWhatIfs();
  absl::Status ExplainConflict(const absl::Status& conflict) const;
  ConstraintNames Names() const;
  std::vector<ScoredPair> NextBest() const;
  absl::Status ScheduleEvent();
  absl::Status NameStandBy(const std::vector<MeetingRequest>& requests, const Timetable& timetable);
  void ScheduleRounds();
  void FillRunInfo(const Models& models, const ScorerOptions& scorer_options);
  void KeepProblem();
  void NameRun();  // once everything else is there

  const Snapshot& snapshot() const { return scorer_.snapshot(); }
  bool chinese() const { return options_.language == Language::kZh; }
  const ScoredPair& PairOfArc(std::int32_t arc) const { return pairs_[static_cast<std::size_t>(arc)]; }
  std::string WhoStandsBefore(Side side, std::int32_t near) const;
  void AddOpen(Side side, const Unmatched& open);

  const Scorer& scorer_;
  const std::optional<Event>& event_;
  const PlanOptions& options_;
  const RunContext& context_;
  PlanMemory* const memory_;
  Plan plan_;

  std::vector<ScoredPair> pairs_;    // by need, then offering: arc a is pairs_[a]
  std::vector<Decision> decisions_;  // of each arc
  std::vector<DecidedPair> decided_;
  std::vector<GroupMembers> groups_;  // of each group of the rules
  std::optional<CandidateGraph> graph_;
  AssignmentProblem problem_;
  std::vector<std::string> need_group_names_, offering_group_names_, quota_names_;
  std::vector<std::int64_t> full_gain_;  // of each arc, before the threshold
  ObjectiveAnswer answer_;
  std::optional<std::chrono::steady_clock::time_point> assign_end_;
};

}  // namespace magpie
