// magpie match, magpie score
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <vector>

#include "cli/command.h"
#include "cli/pairs_file.h"
#include "magpie/base/status.h"

namespace magpie::cli {
namespace {

struct MatchArguments {
  ListArguments lists;
  std::string side = "need";
  std::string out, language = "zh";
  int top = 10;
  bool all_pairs = false;
  bool evidence = false;
};

RemotePair Named(const ScoredPair& pair, int rank, const Snapshot& snapshot) {
  RemotePair named;
  named.need_id = snapshot.need(pair.need).record.id;
  named.offering_id = snapshot.offering(pair.offering).record.id;
  named.score = pair.score;
  named.grade = pair.grade;
  named.rank = rank;
  std::copy(std::begin(pair.components), std::end(pair.components), std::begin(named.components));
  return named;
}

// Listings that do not appear in the table are named, so that none is lost from sight.
void ReportAlone(const std::vector<std::string>& ids) {
  constexpr std::size_t kShown = 10;
  if (ids.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < ids.size() && i < kShown; ++i) names += (i == 0 ? "" : ", ") + ids[i];
  if (ids.size() > kShown) names += fmt::format(" and {} more", ids.size() - kShown);
  Complain(fmt::format("without any partner (no related text, or all rejected): {}", names));
}

std::string Joined(const std::vector<std::string>& reasons, Language language) {
  std::string text;
  for (const std::string& reason : reasons) {
    if (!text.empty()) text += language == Language::kZh ? "；" : "; ";
    text += reason;
  }
  return text;
}

// The lines of one listing's partners.
std::string MatchLines(const std::vector<ScoredPair>& pairs, Side side, bool evidence, Language language,
                       const Scorer& scorer) {
  std::vector<BriefReasons> reasons;
  if (evidence && side == Side::kNeed && !pairs.empty()) {
    std::vector<OfferingIndex> offerings;
    for (const ScoredPair& pair : pairs) offerings.push_back(pair.offering);
    reasons = scorer.Brief(pairs.front().need, offerings, language);
  } else if (evidence) {
    for (const ScoredPair& pair : pairs) {
      reasons.push_back(scorer.Brief(pair.need, {&pair.offering, 1}, language).front());
    }
  }
  std::string lines;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const RemotePair named = Named(pairs[i], static_cast<int>(i) + 1, scorer.snapshot());
    std::vector<std::string> more;
    if (evidence) more = {Joined(reasons[i].evidence, language), Joined(reasons[i].objections, language)};
    AppendMatchLine(named, more, &lines);
  }
  return lines;
}

absl::StatusOr<int> RunMatch(const MatchArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const Side side, ParseSide(arguments.side));
  MAGPIE_ASSIGN_OR_RETURN(const Language language, ParseLanguage(arguments.language));
  if (arguments.top < 1) {
    return MakeError(Reason::kBadArgument, "--top", fmt::format("is {}; use 1 or more", arguments.top));
  }
  if (!arguments.lists.server.address.empty()) {
    if (arguments.evidence) {
      return MakeError(Reason::kBadArgument, "--evidence",
                       "is for lists; ask a server for the reasons of a pair by magpie explain");
    }
    MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectTo(arguments.lists));
    MAGPIE_ASSIGN_OR_RETURN(const RemotePairs answer,
                            client->RecommendAll(side, {}, arguments.top, MakeContext(arguments.lists.threads)));
    MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, MatchTable(answer.pairs)));
    return kDone;
  }
  MAGPIE_ASSIGN_OR_RETURN(Session session, OpenSession(arguments.lists));
  MAGPIE_RETURN_IF_ERROR(MakeScorer(&session));
  MAGPIE_ASSIGN_OR_RETURN(const auto ranked,
                          session.scorer->RankAll(side, arguments.top, arguments.all_pairs, session.context));
  std::vector<std::string> lines(ranked.size());
  MAGPIE_RETURN_IF_ERROR(ParallelFor(
      session.context, static_cast<std::int64_t>(ranked.size()), 16, [&](std::int64_t begin, std::int64_t end) {
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
          lines[i] = MatchLines(ranked[i], side, arguments.evidence, language, *session.scorer);
        }
        return absl::OkStatus();
      }));
  std::string table = MatchHeading(arguments.evidence);
  std::vector<std::string> alone;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    table += lines[i];
    if (ranked[i].empty()) alone.push_back(session.lists.snapshot->listings(side)[i]->record.id);
  }
  ReportAlone(alone);
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, table));
  return session.ExitStatus(arguments.lists.strict);
}

struct ScoreArguments {
  ListArguments lists;
  std::string pairs, out;
};

absl::StatusOr<int> RunScore(const ScoreArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<PairLine> lines, ReadPairs(arguments.pairs));
  if (!arguments.lists.server.address.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectTo(arguments.lists));
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const PairLine& line : lines) pairs.emplace_back(line.need_id, line.offering_id);
    MAGPIE_ASSIGN_OR_RETURN(const RemotePairs answer, client->ScorePairs(pairs, MakeContext(arguments.lists.threads)));
    MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, ScoreTable(answer.pairs)));
    return kDone;
  }
  MAGPIE_ASSIGN_OR_RETURN(Session session, OpenSession(arguments.lists));
  MAGPIE_RETURN_IF_ERROR(MakeScorer(&session));
  const Snapshot& snapshot = *session.lists.snapshot;

  // Every line of the pairs file ends as a row of the answer or as a complaint.
  std::vector<PairLine> known;
  for (const PairLine& line : lines) {
    const std::string problem = PairProblem(line, snapshot);
    if (problem.empty()) {
      known.push_back(line);
    } else {
      Complain(fmt::format("{} line {}: {}; the line was left out", arguments.pairs, line.line, problem));
    }
  }
  std::vector<RemotePair> scored(known.size());
  MAGPIE_RETURN_IF_ERROR(ParallelFor(
      session.context, static_cast<std::int64_t>(known.size()), 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const std::size_t row = static_cast<std::size_t>(i);
          scored[row] = Named(session.scorer->Score(snapshot.FindNeed(known[row].need_id),
                                                    snapshot.FindOffering(known[row].offering_id)),
                              0, snapshot);
        }
        session.context.Report("score", end, static_cast<std::int64_t>(known.size()));
        return absl::OkStatus();
      }));
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, ScoreTable(scored)));
  if (known.size() < lines.size() && arguments.lists.strict) return kRowErrors;
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
  command->add_flag("--evidence", match->evidence, "add short reasons for and against each pair (of lists)");
  command->add_option("--lang", match->language, "of the reasons: zh or en")->capture_default_str();
  command->add_option("--out", match->out, "where the table goes (default: standard output)")->type_name("FILE");
  command->footer(
      "Prints a table need_id, offering_id, rank, score, grade with tabs between; --evidence adds the columns\n"
      "evidence and objection, at most three reasons each.\n"
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
