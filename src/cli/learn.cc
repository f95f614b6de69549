// magpie learn: refits the ranker to graded pairs, or a server's workspace to what came of its pairs.
#include "magpie/learn/learn.h"

#include <fmt/format.h>

#include <vector>

#include "cli/command.h"
#include "cli/pairs_file.h"
#include "magpie/base/status.h"
#include "magpie/client/learning_client.h"

namespace magpie::cli {
namespace {

struct LearnArguments {
  ListArguments lists;
  LearnOptions options;
  std::string qrels, out;
  std::string id;
  bool activate = false, force = false;
};

std::string RenderQuality(const LearnQuality& before, const LearnQuality& after,
                          const std::vector<RemoteRanker::Weight>& weights) {
  std::string out = fmt::format("{:<9}{:>9}{:>9}{:>9}{:>14}\n", "", "nDCG@10", "hit@1", "decoy@3", "1/(1+error)");
  const auto row = [&](std::string_view name, const LearnQuality& quality) {
    out += fmt::format("{:<9}{:>9.3f}{:>9.3f}{:>9.3f}{:>14.3f}\n", name, quality.ndcg10, quality.hit1, quality.decoy3,
                       quality.agreement());
  };
  row("before", before);
  row("after", after);
  out += fmt::format("{:<11}{:>8}{:>8}\n", "weight", "before", "after");
  for (const RemoteRanker::Weight& weight : weights) {
    out += fmt::format("{:<11}{:>8.3f}{:>8.3f}\n", weight.feature, weight.before, weight.after);
  }
  return out;
}

absl::StatusOr<int> LearnFromFiles(const LearnArguments& arguments) {
  for (const auto& [option, value] : {std::pair("--qrels", &arguments.qrels), std::pair("--out", &arguments.out)}) {
    if (value->empty()) {
      return MakeError(Reason::kBadArgument, option,
                       "is missing; give it, or --server to learn from a server's feedback");
    }
  }
  if (arguments.activate) {
    return MakeError(Reason::kBadArgument, "--activate", "is for servers; give --ranker FILE to whatever shall use it");
  }
  MAGPIE_ASSIGN_OR_RETURN(Session session, OpenSession(arguments.lists));
  MAGPIE_ASSIGN_OR_RETURN(const Judgements judgements, ReadJudgements(arguments.qrels, *session.lists.snapshot));
  MAGPIE_RETURN_IF_ERROR(MakeScorer(&session));
  const Ranker prior = session.scorer->ranker();
  LearnOptions options = arguments.options;
  options.seed = arguments.lists.seed;
  MAGPIE_ASSIGN_OR_RETURN(LearnReport report, Learn(*session.scorer, judgements, prior, options, session.context));
  report.ranker.id = arguments.id.empty() ? "learned-1" : arguments.id;
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, report.ranker.ToJson()));
  std::vector<RemoteRanker::Weight> weights;
  for (int f = 0; f < kFeatureCount; ++f) {
    const auto at = static_cast<std::size_t>(f);
    weights.push_back(
        {std::string(FeatureName(static_cast<Feature>(f))), prior.weights[at], report.ranker.weights[at]});
  }
  MAGPIE_RETURN_IF_ERROR(
      WriteOutput("", fmt::format("{} needs, {} judged pairs; quality on needs not learned from, {} folds\n",
                                  report.needs, report.pairs, options.folds) +
                          RenderQuality(report.before, report.after, weights)));
  return session.ExitStatus(arguments.lists.strict);
}

absl::StatusOr<int> LearnOnServer(const LearnArguments& arguments) {
  RemoteLearnOptions options;
  options.id = arguments.id;
  options.judged_only = arguments.options.judged_only;
  options.shrinkage = arguments.options.shrinkage;
  options.activate = arguments.activate;
  options.force = arguments.force;
  if (!arguments.qrels.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(options.grades, ReadGrades(arguments.qrels));
  }
  MAGPIE_ASSIGN_OR_RETURN(const ClientOptions server, ServerOf(arguments.lists));
  MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<LearningClient> client, LearningClient::Connect(server));
  MAGPIE_ASSIGN_OR_RETURN(const RemoteRanker ranker, client->Learn(options, MakeContext(arguments.lists.threads)));
  if (!arguments.out.empty()) MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, ranker.model_json));
  std::string report = fmt::format(
      "{}: {} needs, {} judged pairs, from {} pieces of feedback and {} grades ({} judge no texts, {} on listings that "
      "are gone, {} pairs over the limit); quality on needs not learned from\n",
      ranker.id, ranker.needs, ranker.pairs, ranker.feedback, options.grades.size(), ranker.without_judgement,
      ranker.without_listing, ranker.left_out);
  report += RenderQuality(ranker.before, ranker.after, ranker.weights);
  if (ranker.active) {
    report +=
        fmt::format("{} ranks from now on; `magpie rankers --server {} --workspace {} --use built-in` goes back\n",
                    ranker.id, server.address, server.workspace);
  } else if (!ranker.not_activated_reason.empty()) {
    report += fmt::format("not activated: {}\n", ranker.not_activated_reason);
  } else {
    report += fmt::format("not active yet: `magpie rankers --server {} --workspace {} --use {}` lets it rank\n",
                          server.address, server.workspace, ranker.id);
  }
  MAGPIE_RETURN_IF_ERROR(WriteOutput("", report));
  return kDone;
}

}  // namespace

void AddLearnCommand(Program* program) {
  auto learn = std::make_shared<LearnArguments>();
  CLI::App* command = program->app.add_subcommand("learn", "refits the ranking to your own graded pairs or feedback");
  AddListArguments(command, &learn->lists);
  command
      ->add_option("--qrels", learn->qrels,
                   "graded pairs: lines \"need id TAB offering id TAB grade 0..3\"; with --server besides its feedback")
      ->type_name("FILE");
  command->add_option("--out", learn->out, "where the ranker goes; use it with --ranker")->type_name("FILE");
  command->add_option("--id", learn->id, "its name (default: learned-1, or the server's next number)");
  command->add_flag("--judged-only", learn->options.judged_only,
                    "pairs that nobody judged say nothing (else they count as grade 0)");
  command
      ->add_option("--folds", learn->options.folds,
                   "parts that the needs are dealt into to measure the gain; files only")
      ->capture_default_str();
  command->add_option("--shrinkage", learn->options.shrinkage, "as how many needs the ranker so far counts")
      ->capture_default_str();
  command->add_flag("--activate", learn->activate, "with --server: rank with it from now on, unless it did worse");
  command->add_flag("--force", learn->force, "with --activate: even if it did worse");
  command->footer(
      "Prints the quality before and after, measured on needs that were not learned from. Nothing changes until it is\n"
      "used: --ranker FILE takes the file, leaving the option out goes back; on a server `magpie rankers --use`. With\n"
      "too few judged needs it refuses.\n"
      "Examples:\n"
      "  magpie learn --needs needs.jsonl --offerings offerings.jsonl --qrels qrels.tsv --out ours.json\n"
      "  magpie match --needs needs.jsonl --offerings offerings.jsonl --ranker ours.json\n"
      "  magpie learn --server 127.0.0.1:7070 --activate");
  command->callback([program, learn] {
    program->run = [learn] {
      return learn->lists.server.address.empty() ? LearnFromFiles(*learn) : LearnOnServer(*learn);
    };
  });
}

}  // namespace magpie::cli
