// magpie match, magpie score
#include <fmt/format.h>

#include <vector>

#include "cli/command.h"
#include "cli/pairs_file.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"

namespace magpie::cli {
namespace {

struct MatchArguments {
  ListArguments lists;
  std::string side = "need";
  std::string out;
  int top = 10;
  bool all_pairs = false;
};

absl::StatusOr<int> RunMatch(const MatchArguments& arguments) {
  const std::optional<Side> side = ParseWord<Side>(arguments.side);
  if (!side) {
    return MakeError(Reason::kBadArgument, "--side", fmt::format("is '{}'; use need or offering", arguments.side));
  }
  if (arguments.top < 1) {
    return MakeError(Reason::kBadArgument, "--top", fmt::format("is {}; use 1 or more", arguments.top));
  }
  MAGPIE_ASSIGN_OR_RETURN(Session session, OpenSession(arguments.lists));
  MAGPIE_RETURN_IF_ERROR(MakeScorer(&session));
  MAGPIE_ASSIGN_OR_RETURN(const auto ranked,
                          session.scorer->RankAll(*side, arguments.top, arguments.all_pairs, session.context));
  const Snapshot& snapshot = *session.lists.snapshot;
  std::string out = "need_id\toffering_id\trank\tscore\tgrade\n";
  for (const std::vector<ScoredPair>& list : ranked) {
    int rank = 0;
    for (const ScoredPair& pair : list) {
      AppendTsvLine(
          std::vector<std::string_view>{snapshot.need(pair.need).record.id, snapshot.offering(pair.offering).record.id,
                                        std::to_string(++rank), FormatScore(pair.score), std::to_string(pair.grade)},
          &out);
    }
  }
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, out));
  return session.ExitStatus(arguments.lists.strict);
}

struct ScoreArguments {
  ListArguments lists;
  std::string pairs, out;
};

absl::StatusOr<int> RunScore(const ScoreArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<PairLine> pairs, ReadPairs(arguments.pairs));
  MAGPIE_ASSIGN_OR_RETURN(Session session, OpenSession(arguments.lists));
  MAGPIE_RETURN_IF_ERROR(MakeScorer(&session));
  const Snapshot& snapshot = *session.lists.snapshot;

  // Every line of the pairs file ends as a row of the answer or as a complaint.
  std::vector<ScoredPair> scored(pairs.size());
  std::vector<std::string> problems(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) problems[i] = PairProblem(pairs[i], snapshot);
  MAGPIE_RETURN_IF_ERROR(ParallelFor(
      session.context, static_cast<std::int64_t>(pairs.size()), 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const std::size_t row = static_cast<std::size_t>(i);
          if (!problems[row].empty()) continue;
          scored[row] = session.scorer->Score(snapshot.FindNeed(pairs[row].need_id),
                                              snapshot.FindOffering(pairs[row].offering_id));
        }
        session.context.Report("score", end, static_cast<std::int64_t>(pairs.size()));
        return absl::OkStatus();
      }));

  std::string out = "need_id\toffering_id\tscore\tgrade";
  for (int c = 0; c < kComponentCount; ++c) {
    out += '\t';
    out += ComponentName(static_cast<Component>(c));
  }
  out += '\n';
  bool unknown = false;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (!problems[i].empty()) {
      Complain(fmt::format("{} line {}: {}; the line was left out", arguments.pairs, pairs[i].line, problems[i]));
      unknown = true;
      continue;
    }
    const ScoredPair& pair = scored[i];
    std::vector<std::string> fields = {snapshot.need(pair.need).record.id, snapshot.offering(pair.offering).record.id,
                                       FormatScore(pair.score), std::to_string(pair.grade)};
    for (float component : pair.components) fields.push_back(FormatScore(component));
    AppendTsvLine(std::vector<std::string_view>(fields.begin(), fields.end()), &out);
  }
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, out));
  if (unknown && arguments.lists.strict) return kRowErrors;
  return session.ExitStatus(arguments.lists.strict);
}

}  // namespace

void AddMatchCommands(Program* program) {
  auto match = std::make_shared<MatchArguments>();
  CLI::App* command = program->app.add_subcommand("match", "the best partners of each need (or of each offering)");
  AddListArguments(command, &match->lists);
  command->add_option("--top", match->top, "how many partners of each")->capture_default_str()->type_name("K");
  command->add_option("--side", match->side, "whose partners: need or offering")->capture_default_str();
  command->add_flag("--all-pairs", match->all_pairs, "score every pair instead of the retrieved candidates");
  command->add_option("--out", match->out, "where the table goes (default: standard output)")->type_name("FILE");
  command->footer(
      "Prints a table need_id, offering_id, rank, score, grade with tabs between.\n"
      "Example:\n  magpie match --needs needs.jsonl --offerings offerings.jsonl --top 5 --out matches.tsv");
  command->callback([program, match] { program->run = [match] { return RunMatch(*match); }; });

  auto score = std::make_shared<ScoreArguments>();
  command = program->app.add_subcommand("score", "the scores of given pairs, with their components");
  AddListArguments(command, &score->lists);
  command->add_option("--pairs", score->pairs, "the pairs: lines \"need id TAB offering id\"")
      ->required()
      ->type_name("FILE");
  command->add_option("--out", score->out, "where the table goes (default: standard output)")->type_name("FILE");
  command->footer("Example:\n  magpie score --needs needs.jsonl --offerings offerings.jsonl --pairs pairs.tsv");
  command->callback([program, score] { program->run = [score] { return RunScore(*score); }; });
}

}  // namespace magpie::cli
