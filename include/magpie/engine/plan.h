// A plan: what the organiser gets for two lists. Everything that report.html, plan.xlsx, the TSV files and the service
// show is in here; they only render.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/assignment/fairness.h"
#include "magpie/assignment/objective.h"
#include "magpie/assignment/open.h"
#include "magpie/assignment/problem_file.h"
#include "magpie/assignment/what_if.h"
#include "magpie/catalogue/snapshot.h"
#include "magpie/ingest/event.h"
#include "magpie/ingest/import.h"
#include "magpie/ingest/plan_rules.h"
#include "magpie/schedule/schedule.h"
#include "magpie/schedule/timetable_file.h"
#include "magpie/scoring/score.h"

namespace magpie {

// What an organiser decided about a pair in plan.xlsx; see report/plan_workbook.h.
enum class Decision : std::uint8_t { kNone, kLocked, kStruck, kAdded };
std::string_view DecisionName(Decision decision);  // "", "locked", "struck", "added"

std::string_view ObjectiveName(Objective objective);  // "total", "max-min", "stable-needs"
std::optional<Objective> ParseObjective(std::string_view text);

struct PairDecision {
  std::string need_id, offering_id;
  Decision decision = Decision::kNone;
  std::int64_t row = 0;  // of the workbook it was read from
};

inline constexpr std::int32_t kDialPairs = 100'000;
inline constexpr double kMostTimeLimit = 7.0 * 24 * 3600;

struct PlanOptions {
  std::int32_t need_capacity = 3;      // matches a need takes, unless the listing says otherwise
  std::int32_t offering_capacity = 3;  // matches an offering takes, likewise
  std::int32_t need_minimum = 0;       // matches that every need must get, as far as its capacity goes
  std::int32_t offering_minimum = 0;   // likewise; a plan that cannot keep them is kPlanConflict
  std::int32_t party_capacity = 0;     // matches all listings of one party take together; 0 = no limit
  Objective objective = Objective::kTotal;
  double dial = 0;  // with kTotal: from 0, the largest total, to 1, the worst off first
  // The dial's curve and the what-ifs are worked out by themselves up to kDialPairs candidates; true or a number of
  // what-ifs asks for them at any size, 0 for none.
  bool dial_curve = false;
  std::optional<std::int32_t> what_ifs;  // default 10
  // The share of guests who will not come although they said yes: stand-by pairs are named for each slot of an event, as
  // many as keep every table busy at 95 %. 0 = none.
  double no_show = 0;
  // Keeps the problem and its answer, so that the plan can be checked and compared. Kept by themselves up to kDialPairs
  // candidates; true keeps them at any size.
  bool keep_problem = false;
  // Seconds, above 0 and at most kMostTimeLimit, that the assignment may take: then it ends with the best that it has, and its bound. Curve and what-ifs are
  // left out where the time is up before them.
  std::optional<double> time_limit;
  double threshold = 0.35;  // a pair below this score is never a match (a need may stay open)
  int candidates = 50;      // scored pairs of each need that the assignment may choose from
  bool all_pairs = false;   // score every pair instead of the retrieved candidates
  std::vector<PairDecision> decisions;
  PlanRules rules;
  bool show_contacts = false;  // contacts are masked unless asked for (and never shown without consent)
  Language language = Language::kZh;
  std::uint64_t seed = 1;
};

// One chosen pair.
struct PlannedMatch {
  ScoredPair pair;
  Decision decision = Decision::kNone;
  int rank_for_need = 0;                         // 1 = the need's best-scored partner of all
  bool in_event = false;                         // both sides are at the event
  std::string reason;                            // one sentence, evidence first
  std::vector<PairReason> evidence, objections;  // the strongest few
  std::vector<Margin> margins;
  std::int32_t meeting = -1;  // index in Plan::meetings, the first one held for this pair
};

// One meeting of the timetable, with names resolved.
struct PlannedMeeting {
  std::string slot, session, table, room;
  std::string start, end;                    // RFC 3339; empty in a plan by rounds
  std::string guest_id, guest, guest_party;  // id = of the event's person; empty in a plan by rounds
  std::string host_id, host, host_party;
  std::string team_id, team;
  std::string need_id, offering_id;
  std::string wish;  // id of the wish, empty where it comes from a match
  int priority = 0;  // of the wish
  std::string topic;
  std::int32_t match = -1;  // index in Plan::matches
};

struct PlannedUnplaced {
  std::string guest, guest_party, team, need_id, offering_id, wish;
  int priority = 0;
  UnplacedReason reason;
  std::string sentence;
};

// A listing that stayed open, and what came nearest.
struct PlannedOpen {
  Side side = Side::kNeed;
  std::int32_t index = 0;
  OpenReason reason = OpenReason::kNoCandidate;
  std::string near_id;  // the other listing's id, empty = none
  double near_score = 0;
  std::string sentence;
};

// Who steps in where somebody does not come.
struct PlannedStandBy {
  std::string slot;
  std::string guest_id, guest, guest_party, team_id, team, host, need_id, offering_id;
  std::string instead_of;  // the party or guest of the same team that would have to stay away; empty = anybody
};

// How a plan differs from the one before it (plan --from).
struct PlanChange {
  std::string need_id, offering_id;
  std::string before, after;  // "matched", "open", "struck", ...
  std::string sentence;
};

// How a group of the rules fares on one side.
struct PlannedGroup {
  std::string name;
  Side side = Side::kNeed;
  std::optional<int> at_least, at_most;  // of the whole group, both sides together
  ClassExposure exposure;
};

// Two that would rather have each other than what the plan gives them.
struct PlannedBlocking {
  ScoredPair pair;
  double need_rise = 0, offering_rise = 0;  // in score
};

// One notch of the dial.
struct PlannedDial {
  double dial = 0;
  double total = 0;       // sum of scores
  double worst_pair = 0;  // what each served need's best pair scores at least; 0 = one of them has none
  std::int32_t served = 0;
  double gini = 0;                       // of the needs' sums of score
  std::vector<std::int32_t> gain, lose;  // needs whose sum rose or fell from the notch before
};

// The certificate of fairness. Node numbers are indices of listings, group numbers those of the parties and teams that
// have a limit of their own.
struct PlanFairness {
  FairnessCertificate certificate;
  std::vector<PlannedGroup> groups;  // in the rules' order, needs before offerings
  std::vector<PlannedBlocking> blocking;
  std::vector<PlannedDial> dial;              // from 0 to 1; empty where there were too many candidates for it
  std::int32_t servable = 0;                  // needs that could have a match at once; 0 where nothing asked for it
  double fair_score = 0;                      // the best that each of them could have at least
  double worst_sum = 0, worst_sum_bound = 0;  // objective kMaxMinSum
  double welfare = 0, welfare_bound = 0;      // objective kNash
  double total = 0, bound = 0;                // sum of scores, and what no plan under these limits exceeds
  Ending ending = Ending::kProven;
};

// A single thing that could be relaxed and what that would bring to the whole plan, confirmed by solving again.
struct PlannedWhatIf {
  PlanConstraint constraint;
  std::string what;                                               // whom or what it is about, by name
  double gain = 0;                                                // of the plan's total score
  std::vector<std::pair<std::int32_t, std::int32_t>> came, went;  // pairs of need and offering
  std::vector<std::int32_t> needs_served, offerings_served, needs_lost, offerings_lost;
  std::string sentence;
};

struct PlanFunnel {
  std::int64_t needs = 0, offerings = 0, pairs = 0;  // pairs = needs x offerings
  std::int64_t candidates = 0;                       // scored and not rejected
  std::optional<std::int64_t> rejected;  // by a must or an exclusion; known only where every pair was scored
  std::int64_t above_threshold = 0;
  std::int64_t matches = 0, needs_matched = 0, offerings_matched = 0;
  std::int64_t meetings = 0, meeting_requests = 0;
};

struct RunInfo {
  std::string run_id;  // hash of inputs, options, versions and seed
  std::string version, encoder_id, dictionary_id, profile_id;
  std::map<std::string, std::string> inputs;  // name -> SHA-256
  std::map<std::string, std::string> options;
  std::uint64_t seed = 1;
  int threads = 0;
  std::vector<std::pair<std::string, double>> stage_seconds;  // only in run.json, never in a TSV
};

struct Plan {
  std::shared_ptr<const Snapshot> snapshot;
  PlanOptions options;
  PlanFunnel funnel;
  std::vector<PlannedMatch> matches;  // by need order, then score, best first
  std::vector<PlannedOpen> open;      // needs, then offerings
  PlanFairness fairness;
  std::vector<PlannedWhatIf> what_ifs;  // largest gain first
  double what_if_rest = 0;              // nothing that is not listed gains more than this
  std::optional<Event> event;
  std::vector<PlannedMeeting> meetings;  // by slot, then table
  std::vector<PlannedUnplaced> unplaced;
  std::vector<PlannedStandBy> stand_by;          // by slot, the best first
  std::shared_ptr<const SolvedProblem> problem;  // null where it was not kept; keys are the listings' ids
  std::optional<FairState> fair_state;           // what re-plans go on from; only with an event
  std::vector<PlanChange> changes;
  std::vector<RowReport> import_rows;
  ImportSummary needs_import, offerings_import;
  std::int64_t total_gain = 0;  // the assignment's, certified by CheckAssignment
  RunInfo run;
};

}  // namespace magpie
