// magpie learn: refits the ranker to graded pairs.
#include "magpie/learn/learn.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "magpie/base/status.h"

namespace magpie::cli {
namespace {

struct LearnArguments {
  ListArguments lists;
  LearnOptions options;
  std::string qrels, out;
  std::string id = "learned-1";
};

std::string RenderReport(const LearnReport& report, const Ranker& prior, int folds) {
  std::string out = fmt::format("{} needs, {} judged pairs; quality on needs not learned from, {} folds\n",
                                report.needs, report.pairs, folds);
  out += fmt::format("{:<9}{:>9}{:>9}{:>9}{:>14}\n", "", "nDCG@10", "hit@1", "decoy@3", "1/(1+error)");
  const auto row = [&](std::string_view name, const LearnQuality& quality) {
    out += fmt::format("{:<9}{:>9.3f}{:>9.3f}{:>9.3f}{:>14.3f}\n", name, quality.ndcg10, quality.hit1, quality.decoy3,
                       quality.agreement());
  };
  row("before", report.before);
  row("after", report.after);
  out += fmt::format("{:<11}{:>8}{:>8}\n", "weight", "before", "after");
  for (int f = 0; f < kFeatureCount; ++f) {
    out += fmt::format("{:<11}{:>8.3f}{:>8.3f}\n", FeatureName(static_cast<Feature>(f)),
                       prior.weights[static_cast<std::size_t>(f)], report.ranker.weights[static_cast<std::size_t>(f)]);
  }
  return out;
}

absl::StatusOr<int> RunLearn(const LearnArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(Session session, OpenSession(arguments.lists));
  MAGPIE_ASSIGN_OR_RETURN(const Judgements judgements, ReadJudgements(arguments.qrels, *session.lists.snapshot));
  MAGPIE_RETURN_IF_ERROR(MakeScorer(&session));
  const Ranker prior = session.scorer->ranker();
  LearnOptions options = arguments.options;
  options.seed = arguments.lists.seed;
  MAGPIE_ASSIGN_OR_RETURN(LearnReport report, Learn(*session.scorer, judgements, prior, options, session.context));
  report.ranker.id = arguments.id;
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, report.ranker.ToJson()));
  MAGPIE_RETURN_IF_ERROR(WriteOutput("", RenderReport(report, prior, options.folds)));
  return session.ExitStatus(arguments.lists.strict);
}

}  // namespace

void AddLearnCommand(Program* program) {
  auto learn = std::make_shared<LearnArguments>();
  CLI::App* command = program->app.add_subcommand("learn", "refits the ranking to your own graded pairs");
  AddListArguments(command, &learn->lists);
  command->add_option("--qrels", learn->qrels, "graded pairs: lines \"need id TAB offering id TAB grade 0..3\"")
      ->required()
      ->type_name("FILE");
  command->add_option("--out", learn->out, "where the ranker goes; use it with --ranker")
      ->required()
      ->type_name("FILE");
  command->add_option("--id", learn->id, "its name, which stands in run.json")->capture_default_str();
  command->add_flag("--judged-only", learn->options.judged_only,
                    "pairs that nobody judged say nothing (else they count as grade 0)");
  command->add_option("--folds", learn->options.folds, "parts that the needs are dealt into to measure the gain")
      ->capture_default_str();
  command->add_option("--shrinkage", learn->options.shrinkage, "as how many needs the ranker so far counts")
      ->capture_default_str();
  command->footer(
      "Prints the quality before and after, measured on needs that were not learned from. Nothing changes until the\n"
      "file is used: --ranker FILE takes it, leaving the option out goes back. With too few judged needs it refuses.\n"
      "Example:\n  magpie learn --needs needs.jsonl --offerings offerings.jsonl --qrels qrels.tsv --out ours.json\n"
      "  magpie match --needs needs.jsonl --offerings offerings.jsonl --ranker ours.json");
  command->callback([program, learn] { program->run = [learn] { return RunLearn(*learn); }; });
}

}  // namespace magpie::cli
