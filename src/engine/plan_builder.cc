#include "engine/plan_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "engine/event_requests.h"
#include "engine/plan_text.h"
#include "engine/rule_groups.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/engine/version.h"
#include "magpie/ingest/disclosure.h"
#include "magpie/ingest/listing_json.h"
#include "magpie/schedule/no_show.h"
#include "magpie/scoring/listing_changes.h"

namespace magpie {
namespace {

// How many needs each offering brings into the candidates from its own side, so that an offering which no need ranks
// high still has somebody to be matched with.
constexpr int kCandidatesOfOffering = 10;
constexpr std::size_t kEvidenceShown = 4;
constexpr std::size_t kObjectionsShown = 3;
constexpr std::size_t kWordReasons = 2;  // asked for of a match: few, as a plan explains hundreds

bool ByPair(const ScoredPair& a, const ScoredPair& b) {
  return std::pair(a.need, a.offering) < std::pair(b.need, b.offering);
}

}  // namespace

absl::StatusOr<Plan> PlanBuilder::Build(std::shared_ptr<const Snapshot> snapshot_owner, const Models& models,
                                        const ScorerOptions& scorer_options) {
  MAGPIE_RETURN_IF_ERROR(CheckOptions());
  plan_.options = options_;
  plan_.snapshot = std::move(snapshot_owner);
  plan_.event = event_;
  FillRunInfo(models, scorer_options);

  auto timed = [&](std::string name, auto step) -> absl::Status {
    const Stopwatch watch;
    const absl::Status status = step();
    AddStage(std::move(name), watch.seconds());
    return status;
  };
  MAGPIE_RETURN_IF_ERROR(timed("score", [&] { return CollectCandidates(); }));
  MAGPIE_RETURN_IF_ERROR(ApplyRules(scorer_options.today));
  MAGPIE_RETURN_IF_ERROR(timed("assign", [&] { return Assign(); }));
  MAGPIE_RETURN_IF_ERROR(timed("explain", [&] { return ExplainMatches(); }));
  CollectOpen();
  MAGPIE_RETURN_IF_ERROR(timed("fairness", [&] { return CertifyPlan(); }));
  MAGPIE_RETURN_IF_ERROR(timed("what if", [&] { return AskWhatIfs(); }));
  MAGPIE_RETURN_IF_ERROR(timed("schedule", [&]() -> absl::Status {
    if (event_) return ScheduleEvent();
    ScheduleRounds();
    return absl::OkStatus();
  }));
  NameRun();
  if (options_.keep_problem || graph_->arc_count() <= kDialPairs) KeepProblem();
  return std::move(plan_);
}

void PlanBuilder::KeepProblem() {
  const auto keys = [&](Side side) {
    std::vector<std::string> ids;
    for (const auto& listing : snapshot().listings(side)) ids.push_back(IdOf(*listing));
    return ids;
  };
  plan_.problem = std::make_shared<const SolvedProblem>(
      SolvedProblem{*graph_, answer_.problem, answer_.assignment, full_gain_, keys(Side::kNeed), keys(Side::kOffering),
                    need_group_names_, offering_group_names_, quota_names_});
}

absl::Status PlanBuilder::CheckOptions() const {
  auto refuse = [](std::string_view field, const std::string& message) {
    return MakeError(Reason::kBadArgument, field, message);
  };
  if (options_.need_capacity < 0) {
    return refuse("need_capacity", fmt::format("is {}; use 0 or more", options_.need_capacity));
  }
  if (options_.offering_capacity < 0) {
    return refuse("offering_capacity", fmt::format("is {}; use 0 or more", options_.offering_capacity));
  }
  if (options_.need_minimum < 0) {
    return refuse("need_minimum", fmt::format("is {}; use 0 or more", options_.need_minimum));
  }
  if (options_.offering_minimum < 0) {
    return refuse("offering_minimum", fmt::format("is {}; use 0 or more", options_.offering_minimum));
  }
  if (options_.party_capacity < 0) {
    return refuse("party_capacity",
                  fmt::format("is {}; use 0 for no limit, or a positive number", options_.party_capacity));
  }
  if (!(options_.dial >= 0 && options_.dial <= 1)) {
    return refuse("fairness", fmt::format("is {}; use a number from 0 (the largest total) to 1 (the worst off first)",
                                          options_.dial));
  }
  if (options_.time_limit && !(*options_.time_limit > 0 && *options_.time_limit <= kMostTimeLimit)) {
    return refuse("time_limit", fmt::format("is {}; use a number of seconds above 0, at most {}", *options_.time_limit,
                                            kMostTimeLimit));
  }
  if (!(options_.no_show >= 0 && options_.no_show < 1)) {
    return refuse("no_show", fmt::format("is {}; use a share from 0 to below 1", options_.no_show));
  }
  if (!(options_.threshold >= 0 && options_.threshold <= 1)) {
    return refuse("threshold", fmt::format("is {}; use a score from 0 to 1", options_.threshold));
  }
  if (options_.candidates < 1) {
    return refuse("candidates", fmt::format("is {}; use 1 or more", options_.candidates));
  }
  return absl::OkStatus();
}

absl::Status PlanBuilder::CollectCandidates() {
  const int top = options_.all_pairs ? snapshot().offering_count() : options_.candidates;
  MAGPIE_ASSIGN_OR_RETURN(const auto of_needs, scorer_.RankAll(Side::kNeed, top, options_.all_pairs, context_,
                                                               memory_ == nullptr ? nullptr : &memory_->needs));
  for (const auto& list : of_needs) pairs_.insert(pairs_.end(), list.begin(), list.end());
  if (!options_.all_pairs) {
    MAGPIE_ASSIGN_OR_RETURN(const auto of_offerings,
                            scorer_.RankAll(Side::kOffering, kCandidatesOfOffering, false, context_,
                                            memory_ == nullptr ? nullptr : &memory_->offerings));
    for (const auto& list : of_offerings) pairs_.insert(pairs_.end(), list.begin(), list.end());
  }
  std::sort(pairs_.begin(), pairs_.end(), ByPair);
  pairs_.erase(std::unique(pairs_.begin(), pairs_.end(),
                           [](const ScoredPair& a, const ScoredPair& b) {
                             return a.need == b.need && a.offering == b.offering;
                           }),
               pairs_.end());

  PlanFunnel& funnel = plan_.funnel;
  funnel.needs = snapshot().need_count();
  funnel.offerings = snapshot().offering_count();
  funnel.pairs = funnel.needs * funnel.offerings;
  funnel.candidates = static_cast<std::int64_t>(pairs_.size());
  if (options_.all_pairs) funnel.rejected = funnel.pairs - funnel.candidates;
  funnel.above_threshold = std::count_if(pairs_.begin(), pairs_.end(),
                                         [&](const ScoredPair& pair) { return pair.score >= options_.threshold; });
  return absl::OkStatus();
}

absl::Status PlanBuilder::ApplyRules(const Date& today) {
  MAGPIE_ASSIGN_OR_RETURN(decided_, DecidedPairs(options_, snapshot(), context_));
  MAGPIE_ASSIGN_OR_RETURN(groups_, FindGroupMembers(options_.rules, snapshot(), today, context_));
  return ApplyDecisions();
}

// Turns what the organiser decided into decisions on arcs; a locked or added pair that was no candidate becomes one.
absl::Status PlanBuilder::ApplyDecisions() {
  std::map<std::pair<NeedIndex, OfferingIndex>, const DecidedPair*> decided;
  for (const DecidedPair& pair : decided_) {
    const auto [entry, fresh] = decided.emplace(std::pair(pair.need, pair.offering), &pair);
    if (!fresh && (entry->second->decision == Decision::kStruck) != (pair.decision == Decision::kStruck)) {
      return MakeError(Reason::kPlanConflict, "decisions",
                       fmt::format("{} decides otherwise about {} and {} than {}; keep one of them", pair.where,
                                   IdOf(snapshot().need(pair.need)), IdOf(snapshot().offering(pair.offering)),
                                   entry->second->where));
    }
    if (fresh && pair.decision != Decision::kStruck) {
      const ScoredPair key{.need = pair.need, .offering = pair.offering};
      if (!std::binary_search(pairs_.begin(), pairs_.end(), key, ByPair)) {
        pairs_.insert(std::upper_bound(pairs_.begin(), pairs_.end(), key, ByPair),
                      scorer_.Score(pair.need, pair.offering));
      }
    }
  }
  decisions_.assign(pairs_.size(), Decision::kNone);
  for (std::size_t a = 0; a < pairs_.size(); ++a) {
    const auto entry = decided.find({pairs_[a].need, pairs_[a].offering});
    if (entry != decided.end()) decisions_[a] = entry->second->decision;
  }
  return absl::OkStatus();
}

PlanBuilder::KnownMatches PlanBuilder::MatchesThatHold() const {
  KnownMatches known;
  if (memory_ == nullptr || memory_->plan == nullptr) return known;
  const Plan& before = *memory_->plan;
  const RunInfo &then = before.run, &now = plan_.run;
  if (then.profile_id != now.profile_id || then.encoder_id != now.encoder_id) return known;
  for (const char* option : {"language", "must", "today"}) {
    if (then.options.at(option) != now.options.at(option)) return known;
  }
  const Date day;  // the same for both
  const auto needs = ChangedListings(Side::kNeed, *before.snapshot, day, snapshot(), day);
  const auto offerings = ChangedListings(Side::kOffering, *before.snapshot, day, snapshot(), day);
  for (const PlannedMatch& match : before.matches) {
    const std::int64_t need =
        before.snapshot->listings(Side::kNeed).order(static_cast<std::size_t>(match.pair.need.value));
    const std::int64_t offering =
        before.snapshot->listings(Side::kOffering).order(static_cast<std::size_t>(match.pair.offering.value));
    if (needs.contains(static_cast<std::uint32_t>(need)) || offerings.contains(static_cast<std::uint32_t>(offering))) {
      continue;
    }
    known.emplace(std::pair(need, offering), &match);
  }
  return known;
}

absl::Status PlanBuilder::ExplainMatches() {
  const std::size_t count = answer_.assignment.arcs.size();
  plan_.matches.resize(count);
  const KnownMatches known = MatchesThatHold();
  MAGPIE_RETURN_IF_ERROR(ParallelFor(
      context_, static_cast<std::int64_t>(count), 8, [&](std::int64_t begin, std::int64_t end) -> absl::Status {
        for (std::int64_t m = begin; m < end; ++m) {
          const std::int32_t arc = answer_.assignment.arcs[static_cast<std::size_t>(m)];
          PlannedMatch& match = plan_.matches[static_cast<std::size_t>(m)];
          match.pair = PairOfArc(arc);
          match.decision = decisions_[static_cast<std::size_t>(arc)];
          const auto held = known.find(
              {snapshot().listings(Side::kNeed).order(static_cast<std::size_t>(match.pair.need.value)),
               snapshot().listings(Side::kOffering).order(static_cast<std::size_t>(match.pair.offering.value))});
          if (held != known.end()) {
            match.evidence = held->second->evidence;
            match.objections = held->second->objections;
            match.margins = held->second->margins;
            match.reason = held->second->reason;
            continue;
          }
          Explanation explanation =
              scorer_.Explain(match.pair.need, match.pair.offering, Audience::kBroker, options_.language, kWordReasons);
          match.evidence = std::move(explanation.evidence);
          match.objections = std::move(explanation.objections);
          match.margins = std::move(explanation.margins);
          if (match.evidence.size() > kEvidenceShown) match.evidence.resize(kEvidenceShown);
          if (match.objections.size() > kObjectionsShown) match.objections.resize(kObjectionsShown);
          match.reason = std::move(explanation.summary);
        }
        context_.Report("explain", end, static_cast<std::int64_t>(count));
        return absl::OkStatus();
      }));

  // Rank among all scored pairs of the need, not only the chosen ones.
  for (PlannedMatch& match : plan_.matches) {
    const auto [first, last] = graph_->ArcsOfLeft(match.pair.need.value);
    match.rank_for_need = 1;
    for (std::int32_t arc = first; arc < last; ++arc) {
      const ScoredPair& other = PairOfArc(arc);
      if (other.score > match.pair.score || (other.score == match.pair.score && other.offering < match.pair.offering)) {
        ++match.rank_for_need;
      }
    }
  }
  std::stable_sort(plan_.matches.begin(), plan_.matches.end(), [](const PlannedMatch& a, const PlannedMatch& b) {
    if (a.pair.need != b.pair.need) return a.pair.need < b.pair.need;
    return a.rank_for_need < b.rank_for_need;
  });

  std::set<std::int32_t> needs, offerings;
  for (const PlannedMatch& match : plan_.matches) {
    needs.insert(match.pair.need.value);
    offerings.insert(match.pair.offering.value);
  }
  plan_.funnel.matches = static_cast<std::int64_t>(count);
  plan_.funnel.needs_matched = static_cast<std::int64_t>(needs.size());
  plan_.funnel.offerings_matched = static_cast<std::int64_t>(offerings.size());
  return absl::OkStatus();
}

// Who has the places that the nearest pair would have needed, as a further sentence; empty where nobody has.
std::string PlanBuilder::WhoStandsBefore(Side side, std::int32_t near) const {
  constexpr std::size_t kNamed = 3;
  if (near == -1) return "";
  const absl::StatusOr<LeftOut> left_out =
      ExplainLeftOut(*graph_, answer_.problem, answer_.assignment, near, full_gain_);
  if (!left_out.ok() || left_out->reason == LeftOutReason::kBelowThreshold) return "";
  const std::vector<std::int32_t>& before = side == Side::kNeed ? left_out->before_offering : left_out->before_need;
  std::vector<std::string> named;
  for (std::size_t i = 0; i < before.size() && i < kNamed; ++i) {
    const ScoredPair& pair = PairOfArc(before[i]);
    named.push_back(fmt::format(
        "{} ({:.2f})",
        side == Side::kNeed ? IdOf(snapshot().need(pair.need)) : IdOf(snapshot().offering(pair.offering)), pair.score));
  }
  if (named.empty()) return "";
  const std::string more = before.size() > kNamed ? (chinese() ? "等" : ", ...") : "";
  return chinese() ? fmt::format("其名额给了 {}{}。", fmt::join(named, "、"), more)
                   : fmt::format(" Its places went to {}{}.", fmt::join(named, ", "), more);
}

void PlanBuilder::AddOpen(Side side, const Unmatched& unmatched) {
  PlannedOpen open;
  open.side = side;
  open.index = unmatched.node;
  open.reason = unmatched.reason;
  const std::int32_t near = unmatched.near_arc;
  if (near != -1) {
    const ScoredPair& pair = PairOfArc(near);
    open.near_id = side == Side::kNeed ? IdOf(snapshot().offering(pair.offering)) : IdOf(snapshot().need(pair.need));
    open.near_score = pair.score;
  }
  const ListingRecord& record = (*snapshot().listings(side)[static_cast<std::size_t>(open.index)]).record;
  if (!TakesPart(record)) {
    const std::string_view state = WordLabel(*record.review, options_.language);
    open.sentence =
        chinese() ? fmt::format("审核状态为“{}”，没有参加匹配；审核通过后再排。", state)
                  : fmt::format("Its review says \"{}\", so it took no part; plan again once it has passed.", state);
    plan_.open.push_back(std::move(open));
    return;
  }
  open.sentence =
      OpenSentence(open, static_cast<double>(unmatched.shortfall) / static_cast<double>(kGainPerScore), options_) +
      WhoStandsBefore(side, near);
  plan_.open.push_back(std::move(open));
}

void PlanBuilder::CollectOpen() {
  for (const Unmatched& open : ExplainOpenNeeds(*graph_, answer_.problem, answer_.assignment, full_gain_))
    AddOpen(Side::kNeed, open);
  for (const Unmatched& open : ExplainOpenOfferings(*graph_, answer_.problem, answer_.assignment, full_gain_)) {
    AddOpen(Side::kOffering, open);
  }
}

// The pairs above the threshold that were not chosen, best first.
std::vector<ScoredPair> PlanBuilder::NextBest() const {
  std::vector<bool> chosen(pairs_.size(), false);
  for (std::int32_t a : answer_.assignment.arcs) chosen[static_cast<std::size_t>(a)] = true;
  std::vector<ScoredPair> pairs;
  for (std::size_t a = 0; a < pairs_.size(); ++a) {
    if (!chosen[a] && problem_.gain[a] > 0 && decisions_[a] != Decision::kStruck) pairs.push_back(pairs_[a]);
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const ScoredPair& a, const ScoredPair& b) { return a.score > b.score; });
  return pairs;
}

absl::Status PlanBuilder::ScheduleEvent() {
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<MeetingRequest> requests,
                          CollectRequests(*event_, snapshot(), NextBest(), &plan_.matches));
  MAGPIE_ASSIGN_OR_RETURN(const Timetable timetable, ScheduleMeetings(*event_, requests, options_.seed, context_));
  if (const std::vector<std::string> broken = CheckTimetable(*event_, requests, timetable); !broken.empty()) {
    return MakeError(Reason::kInternal, "timetable",
                     fmt::format("the timetable breaks {} rules, the first: {}", broken.size(), broken.front()));
  }
  FillMeetings(*event_, snapshot(), requests, timetable, options_.language, &plan_);
  MAGPIE_RETURN_IF_ERROR(NameStandBy(requests, timetable));
  plan_.fair_state = FairState{.requests = requests,
                               .timetable = timetable,
                               .states = std::vector(timetable.meetings.size(), MeetingState::kPlanned)};
  return absl::OkStatus();
}

absl::Status PlanBuilder::NameStandBy(const std::vector<MeetingRequest>& requests, const Timetable& timetable) {
  constexpr double kProbability = 0.95;  // that no table stays empty
  if (options_.no_show == 0) return absl::OkStatus();
  std::vector<std::int32_t> meetings(event_->slots.size(), 0), count(event_->slots.size(), 0);
  for (const Meeting& meeting : timetable.meetings) ++meetings[static_cast<std::size_t>(meeting.slot)];
  for (std::size_t s = 0; s < meetings.size(); ++s) {
    const std::vector<double> fall_out(static_cast<std::size_t>(meetings[s]), options_.no_show);
    MAGPIE_ASSIGN_OR_RETURN(const StandBy needed, StandByPairs(fall_out, options_.no_show, kProbability));
    count[s] = needed.pairs;
  }
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<StandByPair> pairs, PlanStandBy(*event_, requests, timetable, {}, count));
  FillStandBy(*event_, requests, pairs, &plan_);
  return absl::OkStatus();
}

void PlanBuilder::ScheduleRounds() {
  FillRounds(snapshot(), options_.language, &plan_);
}

void PlanBuilder::FillRunInfo(const Models& models, const ScorerOptions& scorer_options) {
  RunInfo& run = plan_.run;
  run.version = Version();
  run.encoder_id = scorer_.encoder_id();
  run.dictionary_id = models.analyzer->id();
  run.profile_id = scorer_.profile_id();
  run.seed = options_.seed;
  run.threads = context_.threads;
  auto number = [](double value) { return fmt::format("{:g}", value); };
  run.options = {
      {"need_capacity", std::to_string(options_.need_capacity)},
      {"offering_capacity", std::to_string(options_.offering_capacity)},
      {"need_minimum", std::to_string(options_.need_minimum)},
      {"offering_minimum", std::to_string(options_.offering_minimum)},
      {"party_capacity", std::to_string(options_.party_capacity)},
      {"objective", std::string(ObjectiveName(options_.objective))},
      {"fairness", number(options_.dial)},
      {"no_show", number(options_.no_show)},
      {"threshold", number(options_.threshold)},
      {"candidates", std::to_string(options_.candidates)},
      {"all_pairs", options_.all_pairs ? "true" : "false"},
      {"language", std::string(WordName(options_.language))},
      {"today", FormatDate(scorer_options.today)},
      {"decisions", std::to_string(options_.decisions.size())},
      {"rule_groups", std::to_string(options_.rules.groups.size())},
  };
  std::string must;
  for (Constraint constraint : scorer_options.must.Values()) {
    if (!must.empty()) must += ',';
    must += WordName(constraint);
  }
  run.options["must"] = must;
}

void PlanBuilder::NameRun() {
  RunInfo& run = plan_.run;
  // The run id names everything that the result depends on: lists, event, options, decisions, versions, seed.
  std::string content;
  for (Side side : {Side::kNeed, Side::kOffering}) {
    for (const auto& listing : snapshot().listings(side)) content += ListingToJson(listing->record, false) + '\n';
  }
  for (const auto& [name, value] : run.options) content += name + '=' + value + '\n';
  for (const DecidedPair& pair : decided_) {
    content += fmt::format("{}\t{}\t{}\n", IdOf(snapshot().need(pair.need)), IdOf(snapshot().offering(pair.offering)),
                           DecisionName(pair.decision));
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const RuleGroup& rule = options_.rules.groups[g];
    content += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\n", rule.name, rule.at_least.value_or(-1),
                           rule.at_most.value_or(-1), rule.each_at_least.value_or(-1), rule.each_at_most.value_or(-1),
                           fmt::join(groups_[g].needs, ","), fmt::join(groups_[g].offerings, ","));
  }
  for (const PlannedMeeting& meeting : plan_.meetings) content += meeting.slot + '\t' + meeting.table + '\n';
  for (const Tour& tour : plan_.fair_state ? plan_.fair_state->timetable.tours : std::vector<Tour>()) {
    for (const TourVisit& visit : tour.visits) content += fmt::format("{}\t{}\n", visit.stop, FormatTime(visit.start));
  }
  content += fmt::format("{}\n{}\n{}\n", run.version, run.profile_id, run.seed);
  run.run_id = "run-" + Sha256Hex(content).substr(0, 16);
}

}  // namespace magpie
