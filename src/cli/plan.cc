// magpie plan: two lists in, a plan out.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "cli/command.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"
#include "magpie/engine/plan_change.h"
#include "magpie/report/report.h"

namespace magpie::cli {
namespace {

struct PlanArguments {
  ListArguments lists;
  PlanOptions options;
  std::string event, from, rules, out, language = "zh", objective = "total";
};

// The error with the file it is in, where it does not say so itself.
absl::Status InFile(const std::string& file, const absl::Status& error) {
  if (FieldOf(error) == file) return error;
  return MakeError(ReasonOf(error), file, ErrorText(error));
}

// What became of the tours, one line; empty where there are none.
std::string TourSummary(const Plan& plan) {
  if (!plan.fair_state || plan.fair_state->timetable.tours.empty()) return "";
  const std::vector<Tour>& tours = plan.fair_state->timetable.tours;
  std::size_t visits = 0, left_out = 0;
  for (const Tour& tour : tours) {
    visits += tour.visits.size();
    left_out += tour.left_out.size();
  }
  return plan.options.language == Language::kZh
             ? fmt::format("考察 {} 组：走访 {} 处，{} 处未排上\n", tours.size(), visits, left_out)
             : fmt::format("tours: {}, with {} visits, {} stops left out\n", tours.size(), visits, left_out);
}

// What a person wants to know first, on standard output.
std::string Summary(const Plan& plan, const std::string& out) {
  const PlanFunnel& f = plan.funnel;
  const bool zh = plan.options.language == Language::kZh;
  std::size_t open_needs = 0;
  for (const PlannedOpen& open : plan.open) open_needs += open.side == Side::kNeed;
  std::string text;
  if (zh) {
    text += fmt::format("需求 {} 条，供给 {} 条；候选 {} 对，达到门槛 {} 对\n", f.needs, f.offerings, f.candidates,
                        f.above_threshold);
    text += fmt::format("匹配 {} 对：{} 条需求、{} 条供给有对象，{} 条需求未匹配\n", f.matches, f.needs_matched,
                        f.offerings_matched, open_needs);
    text += fmt::format("洽谈 {} 场（申请 {} 场，未排上 {} 场）{}\n", f.meetings, f.meeting_requests,
                        plan.unplaced.size(), plan.event ? "" : "，未给活动文件，按轮次排");
    if (!plan.changes.empty()) text += fmt::format("与上一版相比有 {} 处变化\n", plan.changes.size());
  } else {
    text += fmt::format("{} needs, {} offerings; {} candidate pairs, {} above the threshold\n", f.needs, f.offerings,
                        f.candidates, f.above_threshold);
    text += fmt::format("{} matches: {} needs and {} offerings have partners, {} needs stayed open\n", f.matches,
                        f.needs_matched, f.offerings_matched, open_needs);
    text += fmt::format("{} meetings (of {} asked for, {} not placed){}\n", f.meetings, f.meeting_requests,
                        plan.unplaced.size(), plan.event ? "" : ", by rounds since no event was given");
    if (!plan.changes.empty()) text += fmt::format("{} changes against the earlier plan\n", plan.changes.size());
  }
  text += TourSummary(plan);
  for (const char* file : {"report.html", "plan.xlsx", "matches.tsv"}) {
    text += fmt::format("  {}\n", (std::filesystem::path(out) / file).string());
  }
  return text;
}

// The run happens on the server over its whole workspace; what comes back is its matches and what stayed open.
absl::StatusOr<int> RunRemotePlan(const PlanArguments& arguments) {
  if (!arguments.event.empty() || !arguments.from.empty() || arguments.options.all_pairs) {
    return MakeError(Reason::kBadArgument, "--server",
                     "cannot be given together with --event, --from or --all-pairs; plan from files for those");
  }
  MAGPIE_ASSIGN_OR_RETURN(const ConstraintSet must, ParseMust(arguments.lists.must));
  MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectTo(arguments.lists));
  const RunContext context = MakeContext(arguments.lists.threads);
  MAGPIE_ASSIGN_OR_RETURN(const RemoteRun started, client->StartMatchRun(arguments.options, must));
  MAGPIE_ASSIGN_OR_RETURN(const RemoteRun run, client->WaitMatchRun(started, context));
  if (!run.succeeded) return run.error;
  MAGPIE_ASSIGN_OR_RETURN(const RemotePairs matches, client->ListMatches(run, context));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<RemoteOpen> open, client->ListOpen(run, context));

  std::string matches_tsv = "need_id\toffering_id\tscore\tgrade\treason\n";
  for (const RemotePair& pair : matches.pairs) {
    const std::string score = FormatScore(pair.score), grade = std::to_string(pair.grade);
    AppendTsvLine(std::vector<std::string_view>{pair.need_id, pair.offering_id, score, grade, pair.reason},
                  &matches_tsv);
  }
  std::string open_tsv = "side\tid\treason\tnear_score\tsentence\n";
  for (const RemoteOpen& listing : open) {
    const std::string near_score = FormatScore(listing.near_score);
    AppendTsvLine(std::vector<std::string_view>{WordName(listing.side), listing.id, OpenReasonName(listing.reason),
                                                near_score, listing.sentence},
                  &open_tsv);
  }
  std::error_code code;
  const std::filesystem::path folder = arguments.out;
  std::filesystem::create_directories(folder, code);
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "matches.tsv", matches_tsv));
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "unmatched.tsv", open_tsv));
  MAGPIE_RETURN_IF_ERROR(WriteOutput(
      "", fmt::format("{}: {} matches, {} listings open\n  {}\n  {}\n", run.name, matches.pairs.size(), open.size(),
                      (folder / "matches.tsv").string(), (folder / "unmatched.tsv").string())));
  return kDone;
}

absl::StatusOr<int> RunPlan(PlanArguments arguments) {
  MAGPIE_ASSIGN_OR_RETURN(arguments.options.language, ParseLanguage(arguments.language));
  arguments.options.seed = arguments.lists.seed;
  const std::optional<Objective> objective = ParseObjective(arguments.objective);
  if (!objective) {
    return MakeError(Reason::kBadArgument, "--objective",
                     fmt::format("is \"{}\"; write total, max-min, max-min-sum, nash, stable-needs or stable-offerings",
                                 arguments.objective));
  }
  arguments.options.objective = *objective;
  if (!arguments.rules.empty()) {
    absl::StatusOr<PlanRules> rules = ReadPlanRules(arguments.rules);
    if (!rules.ok()) return InFile(arguments.rules, rules.status());
    for (const std::string& warning : rules->warnings) Complain(fmt::format("{}: {}", arguments.rules, warning));
    arguments.options.rules = *std::move(rules);
  }
  if (!arguments.lists.server.address.empty()) return RunRemotePlan(arguments);
  std::optional<Event> event;
  if (!arguments.event.empty()) {
    absl::StatusOr<Event> read = ReadEvent(arguments.event);
    if (!read.ok()) return InFile(arguments.event, read.status());
    event = *std::move(read);
    for (const std::string& warning : event->warnings) Complain(fmt::format("{}: {}", arguments.event, warning));
  }
  MAGPIE_ASSIGN_OR_RETURN(Session session, OpenSession(arguments.lists));
  std::vector<PairDecision> before;
  if (!arguments.from.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(arguments.options.decisions, ReadPlanWorkbook(arguments.from, *session.lists.snapshot));
    MAGPIE_ASSIGN_OR_RETURN(before, ReadPlanPairs(arguments.from));
    arguments.options.keep_problem = true;  // what went is explained
    for (const PairDecision& pair : before) {
      if (pair.row == 0) {
        Complain(fmt::format("{}: the row of {} and {} was deleted; that decides nothing, strike it to part them",
                             arguments.from, pair.need_id, pair.offering_id));
      }
    }
  }
  MAGPIE_ASSIGN_OR_RETURN(Plan plan, session.engine->MakePlan(session.lists.snapshot, event, arguments.options,
                                                              session.scorer_options, session.context));
  plan.import_rows = std::move(session.lists.rows);
  plan.needs_import = session.lists.needs;
  plan.offerings_import = session.lists.offerings;
  plan.run.inputs = session.lists.hashes;
  if (!arguments.event.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(plan.run.inputs["event"], Sha256HexOfFile(arguments.event));
  }
  if (!arguments.rules.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(plan.run.inputs["rules"], Sha256HexOfFile(arguments.rules));
  }
  if (!arguments.from.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(plan.run.inputs["from"], Sha256HexOfFile(arguments.from));
    plan.changes = ComparePlans(before, plan);
  }
  MAGPIE_RETURN_IF_ERROR(WritePlan(plan, arguments.out));
  MAGPIE_RETURN_IF_ERROR(WriteOutput("", Summary(plan, arguments.out)));
  return session.ExitStatus(arguments.lists.strict);
}

}  // namespace

void AddPlanCommand(Program* program) {
  auto plan = std::make_shared<PlanArguments>();
  PlanOptions& options = plan->options;
  CLI::App* command =
      program->app.add_subcommand("plan", "two lists in, a plan out: matches, timetable, what stayed open");
  AddListArguments(command, &plan->lists);
  command->add_option("--out", plan->out, "folder for the plan; made if it is missing")->required()->type_name("DIR");
  command->add_option("--event", plan->event, "the event (.json or .xlsx): slots, tables, people, wishes")
      ->type_name("FILE");
  command->add_option("--rules", plan->rules, "groups with floors and limits, pairs that must or must not meet (.json)")
      ->type_name("FILE");
  command->add_option("--from", plan->from, "an earlier plan.xlsx in which rows were locked, struck or added")
      ->type_name("FILE");
  command->add_option("--need-capacity", options.need_capacity, "most matches of a need")->capture_default_str();
  command->add_option("--offering-capacity", options.offering_capacity, "most matches of an offering")
      ->capture_default_str();
  command->add_option("--need-minimum", options.need_minimum, "matches that every need must get")
      ->capture_default_str();
  command->add_option("--offering-minimum", options.offering_minimum, "matches that every offering must get")
      ->capture_default_str();
  command->add_option("--party-capacity", options.party_capacity, "most matches of all listings of a party, 0 = any")
      ->capture_default_str();
  command
      ->add_option(
          "--objective", plan->objective,
          "total: the largest sum of scores; max-min: nobody empty-handed if it can be helped, then the worst\n"
          "pair as good as can be; max-min-sum: the same by the sum of a need's scores; nash: a balance;\n"
          "stable-needs, stable-offerings: no two would rather have each other, best for that side")
      ->capture_default_str();
  command->add_option("--fairness", options.dial, "with total: 0 = the largest sum, 1 = the worst off first")
      ->capture_default_str();
  command
      ->add_option("--time-limit", options.time_limit,
                   "seconds for the assignment: then the best plan so far, and how much it may fall short")
      ->type_name("SECONDS");
  command->add_flag("--fairness-curve", options.dial_curve, "draw the curve of the dial for large lists, too");
  command
      ->add_option("--what-if", options.what_ifs,
                   "so many single relaxations that would bring most, confirmed by solving again; 0 = none\n"
                   "(default: 10, none for more than 100,000 candidates)")
      ->type_name("N");
  command
      ->add_option("--no-show", options.no_show,
                   "share of guests who say yes and do not come; names stand-by pairs for each slot of the event")
      ->capture_default_str();
  command->add_option("--threshold", options.threshold, "a pair below this score is never a match")
      ->capture_default_str();
  command->add_option("--candidates", options.candidates, "scored pairs of each need to choose from")
      ->capture_default_str();
  command->add_flag("--all-pairs", options.all_pairs, "score every pair instead of the retrieved candidates");
  command->add_flag("--keep-problem", options.keep_problem, "write problem.json for large lists, too");
  command->add_flag("--show-contacts", options.show_contacts, "show contacts that consented, instead of masking them");
  command->add_option("--lang", plan->language, "language of the report: zh or en")->capture_default_str();
  command->footer(
      "Writes report.html, plan.xlsx, run.json and the tables matches, meetings, visits, unmatched, unplaced, changes\n"
      "and import (.tsv), and problem.json (up to 100,000 candidates), by which magpie compare checks and compares "
      "plans.\n"
      "Examples:\n"
      "  magpie plan --needs needs.xlsx --offerings offerings.csv --event event.json --out plan\n"
      "  magpie plan --needs needs.xlsx --offerings offerings.csv --from plan/plan.xlsx --out plan2");
  command->callback([program, plan] { program->run = [plan] { return RunPlan(*plan); }; });
}

}  // namespace magpie::cli
