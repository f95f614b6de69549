// magpie compare: two plans side by side, pair by pair, with a reason for each that went or came.
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "magpie/assignment/problem_file.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"

namespace magpie::cli {
namespace {

constexpr std::uint64_t kFileBytes = 1u << 30;
constexpr std::array<std::string_view, 3> kFates = {"went", "came", "stayed"};  // in the order of PairFate

struct CompareArguments {
  std::string before, now, out, language = "zh";
};

// The plan's problem, its answer checked against its proof.
absl::StatusOr<SolvedProblem> ReadChecked(const std::string& folder) {
  const std::filesystem::path file = std::filesystem::path(folder) / "problem.json";
  if (!std::filesystem::exists(file) && std::filesystem::exists(std::filesystem::path(folder) / "run.json")) {
    return MakeError(Reason::kFileNotFound, file.string(),
                     "is missing: the plan was made from more than 100,000 candidates, or by an older version; make "
                     "it again with --keep-problem");
  }
  MAGPIE_ASSIGN_OR_RETURN(const std::string json, ReadFile(file.string(), kFileBytes));
  absl::StatusOr<SolvedProblem> solved = SolvedProblemFromJson(json);
  absl::Status status = solved.status();
  if (status.ok()) status = CheckAssignment(solved->graph, solved->problem, solved->answer);
  if (status.ok()) return solved;
  const std::string field = FieldOf(status);
  return MakeError(ReasonOf(status) == Reason::kInternal ? Reason::kBadFile : ReasonOf(status), file.string(),
                   fmt::format("{}{}{}", field, field.empty() ? "" : ": ", ErrorText(status)));
}

double ScoreOf(std::int64_t gain) {
  return static_cast<double>(gain) / static_cast<double>(kGainPerScore);
}

std::string Proof(const Assignment& answer, bool zh) {
  if (answer.ending == Ending::kProven && answer.bound == answer.total_gain) {
    return zh ? "已证明最优" : "proven the largest";
  }
  return fmt::format(fmt::runtime(zh ? "至多还差 {:.3f}" : "at most {:.3f} more is possible"),
                     ScoreOf(answer.bound - answer.total_gain));
}

absl::StatusOr<int> RunCompare(const CompareArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const Language language, ParseLanguage(arguments.language));
  const bool zh = language == Language::kZh;
  MAGPIE_ASSIGN_OR_RETURN(const SolvedProblem before, ReadChecked(arguments.before));
  MAGPIE_ASSIGN_OR_RETURN(const SolvedProblem now, ReadChecked(arguments.now));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<PairChange> changes, CompareAnswers(before.compared(), now.compared()));
  std::array<int, kFates.size()> count = {};
  std::string text, table = "change\tneed_id\toffering_id\tscore_before\tscore_now\treason\tsentence\n";
  for (const PairChange& change : changes) {
    const auto fate = static_cast<std::size_t>(change.fate);
    ++count[fate];
    const std::string sentence = PairChangeText(change, before.compared(), now.compared(), language);
    if (change.fate != PairFate::kStayed) text += "  " + sentence + "\n";
    const std::string score_before = change.arc_before < 0 ? "" : FormatScore(ScoreOf(change.gain_before));
    const std::string score_now = change.arc_now < 0 ? "" : FormatScore(ScoreOf(change.gain_now));
    AppendTsvLine(std::vector<std::string_view>{kFates[fate], change.need_key, change.offering_key, score_before,
                                                score_now, ChangeReasonName(change.reason), sentence},
                  &table);
  }
  if (!arguments.out.empty()) MAGPIE_RETURN_IF_ERROR(WriteFile(arguments.out, table));
  const std::string_view format =
      zh ? "原方案 {} 对，总匹配度 {:.3f}（{}）；新方案 {} 对，{:.3f}（{}）\n保留 {} 对，减少 {} 对，新增 {} 对\n"
         : "before: {} matches, total score {:.3f} ({}); now: {} matches, {:.3f} ({})\n{} stayed, {} went, {} came\n";
  MAGPIE_RETURN_IF_ERROR(
      WriteOutput("", fmt::format(fmt::runtime(format), before.answer.arcs.size(), ScoreOf(before.answer.total_gain),
                                  Proof(before.answer, zh), now.answer.arcs.size(), ScoreOf(now.answer.total_gain),
                                  Proof(now.answer, zh), count[2], count[0], count[1]) +
                          text));
  return kDone;
}

}  // namespace

void AddCompareCommand(Program* program) {
  auto compare = std::make_shared<CompareArguments>();
  CLI::App* command =
      program->app.add_subcommand("compare", "two plans side by side: which pairs went and came, and why");
  command->add_option("before", compare->before, "folder of the earlier plan")->required()->type_name("DIR");
  command->add_option("now", compare->now, "folder of the later plan")->required()->type_name("DIR");
  command->add_option("--out", compare->out, "all pairs with their fate and reason (.tsv)")->type_name("FILE");
  command->add_option("--lang", compare->language, "zh or en")->capture_default_str();
  command->footer(
      "Both plans are checked first: their matches keep all limits, and their prices prove how much no plan exceeds.\n"
      "Reasons: LISTING (new or gone), CANDIDATE, DECISION, THRESHOLD, LIMIT, GAIN, QUOTA, PLACE, OTHER.\n"
      "Example:\n  magpie compare plan plan2 --out changes.tsv");
  command->callback([program, compare] { program->run = [compare] { return RunCompare(*compare); }; });
}

}  // namespace magpie::cli
