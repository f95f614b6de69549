// magpie eval: the ranking against graded pairs, beside three baselines.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "magpie/base/status.h"
#include "magpie/scoring/evaluation.h"

namespace magpie::cli {
namespace {

struct EvalArguments {
  ListArguments lists;
  std::string qrels, failures, out;
  std::string against_models, against_ranker;  // the other setting; empty = as this one
  EvaluationOptions options;
};

std::string RenderTable(const EvaluationReport& report) {
  std::string out = fmt::format("{} needs, {} judged pairs{}\n", report.need_count, report.pair_count,
                                report.judged_only ? ", judged offerings only" : "");
  out += fmt::format("{:<8} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9} {:>10}   {}\n", "system", "nDCG@10", "hit@1", "hit@10",
                     "decoy@3", "recall@10", "recall@50", "recall@100", "magpie ahead in nDCG@10 (95 %)");
  for (const SystemResult& system : report.systems) {
    const Measures& m = system.mean;
    out += fmt::format("{:<8} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.3f} {:>9.3f} {:>9.3f} {:>10.3f}", system.name, m.ndcg10,
                       m.hit1, m.hit10, m.decoy3, m.recall10, m.recall50, m.recall100);
    if (&system != &report.systems.front()) {
      out += fmt::format("   {:+.3f} ({:+.3f} to {:+.3f})", system.ahead.mean, system.ahead.low, system.ahead.high);
    }
    out += '\n';
  }
  if (!report.differences.empty()) {
    out += "\nmagpie less other (95 %, paired bootstrap over needs)\n";
    for (const auto& [measure, ahead] : report.differences) {
      out += fmt::format("{:<11} {:+.3f} ({:+.3f} to {:+.3f})\n", measure, ahead.mean, ahead.low, ahead.high);
    }
  }
  return out;
}

// The scorer that the other setting gives for the same lists; null where none was asked for.
absl::StatusOr<std::shared_ptr<const Scorer>> OtherScorer(const EvalArguments& arguments, const Session& session) {
  if (arguments.against_models.empty() && arguments.against_ranker.empty()) return nullptr;
  std::shared_ptr<Engine> engine = session.engine;
  if (!arguments.against_models.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(engine, Engine::Open(arguments.against_models, session.engine->models().text_encoder));
  }
  ScorerOptions options = session.scorer_options;
  if (!arguments.against_ranker.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(options.ranker, Ranker::Read(arguments.against_ranker));
  }
  return engine->ScorerFor(session.lists.snapshot, options, session.context);
}

nlohmann::ordered_json PlacesJson(const std::vector<FailedNeed::Place>& places, const Snapshot& snapshot) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const FailedNeed::Place& place : places) {
    const Listing& offering = snapshot.offering(place.pair.offering);
    nlohmann::ordered_json entry = {{"rank", place.rank},
                                    {"offering_id", offering.record.id},
                                    {"title", offering.record.title},
                                    {"description", offering.record.description},
                                    {"score", place.pair.score}};
    entry["grade"] = place.grade < 0 ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(place.grade);
    for (int c = 0; c < kComponentCount; ++c) {
      entry["components"][std::string(ComponentName(static_cast<Component>(c)))] = place.pair.components[c];
    }
    list.push_back(std::move(entry));
  }
  return list;
}

// One JSON line for each failed need, worst first.
std::string RenderFailures(const EvaluationReport& report, const Snapshot& snapshot) {
  std::string out;
  for (const FailedNeed& failed : report.failures) {
    const Listing& need = snapshot.need(failed.need);
    const nlohmann::ordered_json line = {{"need_id", need.record.id},
                                         {"title", need.record.title},
                                         {"description", need.record.description},
                                         {"ndcg10", failed.ndcg10},
                                         {"expected", PlacesJson(failed.expected, snapshot)},
                                         {"got", PlacesJson(failed.got, snapshot)}};
    out += line.dump() + '\n';
  }
  return out;
}

absl::StatusOr<int> RunEval(const EvalArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(Session session, OpenSession(arguments.lists));
  const Snapshot& snapshot = *session.lists.snapshot;
  MAGPIE_ASSIGN_OR_RETURN(const Judgements judgements, ReadJudgements(arguments.qrels, snapshot));
  MAGPIE_RETURN_IF_ERROR(MakeScorer(&session));
  EvaluationOptions options = arguments.options;
  options.seed = arguments.lists.seed;
  MAGPIE_ASSIGN_OR_RETURN(const std::shared_ptr<const Scorer> other, OtherScorer(arguments, session));
  options.against = other.get();
  MAGPIE_ASSIGN_OR_RETURN(const EvaluationReport report,
                          EvaluateRun(*session.scorer, judgements, options, session.context));
  if (!arguments.failures.empty()) {
    MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.failures, RenderFailures(report, snapshot)));
  }
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, RenderTable(report)));
  return session.ExitStatus(arguments.lists.strict);
}

}  // namespace

void AddEvalCommand(Program* program) {
  auto eval = std::make_shared<EvalArguments>();
  CLI::App* command = program->app.add_subcommand("eval", "measures the ranking against graded pairs");
  AddListArguments(command, &eval->lists);
  command->add_option("--qrels", eval->qrels, "graded pairs: lines \"need id TAB offering id TAB grade 0..3\"")
      ->required()
      ->type_name("FILE");
  command->add_flag("--judged-only", eval->options.judged_only, "rank only the offerings judged for the need");
  command
      ->add_option("--against-models", eval->against_models,
                   "compare with these models: a second row, and the interval")
      ->type_name("DIR");
  command
      ->add_option("--against-ranker", eval->against_ranker,
                   "compare with this ranker (a file of `magpie learn`, or models/ranker/*.json)")
      ->type_name("FILE");
  command->add_option("--failures", eval->failures, "where the worst needs go, a JSON line each")->type_name("FILE");
  command->add_option("--worst", eval->options.failures, "how many of the worst needs to write")->capture_default_str();
  command->add_option("--out", eval->out, "where the table goes (default: standard output)")->type_name("FILE");
  command->footer(
      "Prints nDCG@10, hit rates, decoys in the top 3 and recall for Magpie and for BM25, TF-IDF and LSA over\n"
      "character bigrams, with the interval of the difference. With --against-models or --against-ranker the same "
      "needs\n"
      "are ranked by that setting as well (what is not given stays as it is), and each measure's difference is "
      "printed\n"
      "with its interval. What a part brings: set its weight to 0 in a copy of models/ranker/ranker.json and compare.\n"
      "Examples:\n  magpie eval --needs needs.jsonl --offerings offerings.jsonl --qrels qrels.tsv --failures "
      "worst.jsonl\n"
      "  magpie eval --needs needs.jsonl --offerings offerings.jsonl --qrels qrels.tsv --ranker ours.json\n"
      "    --against-ranker models/ranker/ranker.json");
  command->callback([program, eval] { program->run = [eval] { return RunEval(*eval); }; });
}

}  // namespace magpie::cli
