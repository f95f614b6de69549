// magpie feedback, magpie rankers: what came of pairs, and what a server's workspace ranks with.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/pairs_file.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"
#include "magpie/base/unicode.h"
#include "magpie/client/learning_client.h"

namespace magpie::cli {
namespace {

// The words of a piece of feedback as they are typed, or as they stand in a file.
struct FeedbackWords {
  std::string need, offering, verdict, reason, detail, side, note;
};

struct FeedbackArguments {
  ServerArguments server;
  FeedbackWords words;
  std::string file, erase, out;
  bool list = false;
};

template <typename Enum>
std::string NamesOf() {
  std::string names;
  for (const Word& word : Words<Enum>()) {
    if (!names.empty()) names += ", ";
    names += word.name;
  }
  return names;
}

// nullopt for an empty text; `option` says where it was typed.
template <typename Enum>
absl::StatusOr<std::optional<Enum>> ReadWord(const std::string& text, std::string_view option) {
  if (TrimSpace(text).empty()) return std::optional<Enum>();
  const std::optional<Enum> value = ParseWord<Enum>(text);
  if (value) return value;
  return MakeError(Reason::kBadArgument, option,
                   fmt::format("'{}' is not known; use one of {}", ToPrintable(text), NamesOf<Enum>()));
}

absl::StatusOr<RemoteFeedback> ReadFeedback(const FeedbackWords& words) {
  RemoteFeedback feedback;
  feedback.pair.need_id = TrimSpace(words.need);
  feedback.pair.offering_id = TrimSpace(words.offering);
  if (feedback.pair.need_id.empty() || feedback.pair.offering_id.empty()) {
    return MakeError(Reason::kBadArgument, feedback.pair.need_id.empty() ? "--need" : "--offering",
                     "is missing; give the ids of both listings");
  }
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<Verdict> verdict, ReadWord<Verdict>(words.verdict, "--verdict"));
  if (!verdict) {
    return MakeError(Reason::kBadArgument, "--verdict", fmt::format("is missing; give one of {}", NamesOf<Verdict>()));
  }
  feedback.pair.verdict = *verdict;
  MAGPIE_ASSIGN_OR_RETURN(feedback.pair.reason, ReadWord<DeclineReason>(words.reason, "--reason"));
  MAGPIE_ASSIGN_OR_RETURN(feedback.side, ReadWord<Side>(words.side, "--side"));
  feedback.detail = TrimSpace(words.detail);
  feedback.note = TrimSpace(words.note);
  return feedback;
}

// A table with a heading line that names its columns, in any order; those it does not know are left alone, so what
// --list prints can be read back.
absl::StatusOr<std::vector<RemoteFeedback>> ReadFeedbackFile(const std::string& path,
                                                             std::vector<std::int64_t>* lines) {
  const std::map<std::string, std::string FeedbackWords::*, std::less<>> columns = {
      {"need_id", &FeedbackWords::need},    {"offering_id", &FeedbackWords::offering},
      {"verdict", &FeedbackWords::verdict}, {"reason", &FeedbackWords::reason},
      {"detail", &FeedbackWords::detail},   {"side", &FeedbackWords::side},
      {"note", &FeedbackWords::note}};
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<TableLine> table, ReadTable(path));
  std::vector<std::string FeedbackWords::*> order;
  for (const std::string& name : table.empty() ? std::vector<std::string>() : table.front().fields) {
    const auto found = columns.find(TrimSpace(name));
    order.push_back(found == columns.end() ? nullptr : found->second);
  }
  for (const char* needed : {"need_id", "offering_id", "verdict"}) {
    if (std::find(order.begin(), order.end(), columns.at(needed)) != order.end()) continue;
    return MakeError(Reason::kBadFile, path,
                     fmt::format("the first line names no column {}; write a heading such as "
                                 "\"need_id TAB offering_id TAB verdict TAB reason TAB note\"",
                                 needed));
  }
  std::vector<RemoteFeedback> feedback;
  for (auto line = std::next(table.begin()); line != table.end(); ++line) {
    FeedbackWords words;
    for (std::size_t i = 0; i < std::min(order.size(), line->fields.size()); ++i) {
      if (order[i] != nullptr) words.*order[i] = line->fields[i];
    }
    absl::StatusOr<RemoteFeedback> piece = ReadFeedback(words);
    if (!piece.ok()) {
      return MakeError(Reason::kFieldInvalid, fmt::format("{} line {}", path, line->number),
                       ErrorText(piece.status()) + "; nothing was sent");
    }
    feedback.push_back(*std::move(piece));
    lines->push_back(line->number);
  }
  return feedback;
}

std::string FeedbackTable(const std::vector<RemoteFeedback>& feedback) {
  std::string out = "id\tneed_id\toffering_id\tverdict\treason\tdetail\tside\tnote\tcreate_time\n";
  for (const RemoteFeedback& piece : feedback) {
    AppendTsvLine(std::vector<std::string_view>{piece.id, piece.pair.need_id, piece.pair.offering_id,
                                                WordName(piece.pair.verdict),
                                                piece.pair.reason ? WordName(*piece.pair.reason) : "", piece.detail,
                                                piece.side ? WordName(*piece.side) : "", piece.note, piece.create_time},
                  &out);
  }
  return out;
}

// The server's error about "feedback[INDEX].FIELD": the option where it was typed, or the file's line where `lines` says.
absl::Status InWords(const absl::Status& status, const std::string& path, const std::vector<std::int64_t>& lines) {
  const std::string field = FieldOf(status);
  std::size_t index = 0;
  const std::size_t dot = field.find("].");
  if (dot == std::string::npos || std::sscanf(field.c_str(), "feedback[%zu]", &index) != 1) return status;
  std::string_view word = std::string_view(field).substr(dot + 2);
  if (word.starts_with("decline_")) word.remove_prefix(std::string_view("decline_").size());
  const std::string message(status.message().data(), status.message().size());
  if (index >= lines.size()) return MakeError(ReasonOf(status), fmt::format("--{}", word), message);
  return MakeError(ReasonOf(status), fmt::format("{} line {}, {}", path, lines[index], word),
                   fmt::format("{}; what stands before line {} was kept, nothing behind it", message,
                               lines[index - index % kFeedbackBatch]));
}

absl::StatusOr<int> RunFeedback(const FeedbackArguments& arguments) {
  const int asked =
      arguments.list + !arguments.erase.empty() + !arguments.file.empty() + !arguments.words.verdict.empty();
  if (asked != 1) {
    return MakeError(Reason::kBadArgument, "--verdict",
                     "say what to do, one thing at a time: --need, --offering and --verdict, or --file, --list or "
                     "--delete");
  }
  MAGPIE_ASSIGN_OR_RETURN(const ClientOptions server, ServerOf(arguments.server));
  MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<LearningClient> client, LearningClient::Connect(server));
  const RunContext context = MakeContext(0);
  if (arguments.list) {
    MAGPIE_ASSIGN_OR_RETURN(const std::vector<RemoteFeedback> all,
                            client->ListFeedback(arguments.words.need, arguments.words.offering, context));
    MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, FeedbackTable(all)));
    return kDone;
  }
  if (!arguments.erase.empty()) {
    MAGPIE_RETURN_IF_ERROR(client->DeleteFeedback(arguments.erase));
    return kDone;
  }
  std::vector<RemoteFeedback> feedback;
  std::vector<std::int64_t> lines;
  if (arguments.file.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(RemoteFeedback piece, ReadFeedback(arguments.words));
    feedback.push_back(std::move(piece));
  } else {
    MAGPIE_ASSIGN_OR_RETURN(feedback, ReadFeedbackFile(arguments.file, &lines));
  }
  const absl::StatusOr<std::vector<RemoteFeedback>> kept = client->AddFeedback(feedback, context);
  if (!kept.ok()) return InWords(kept.status(), arguments.file, lines);
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, arguments.file.empty()
                                                        ? fmt::format("{}\n", kept->front().id)
                                                        : fmt::format("{} pieces of feedback kept\n", kept->size())));
  return kDone;
}

struct RankersArguments {
  ServerArguments server;
  std::string use, out;
  bool force = false;
};

std::string RankerTable(const std::vector<RemoteRanker>& rankers) {
  std::string out =
      "id\tactive\tneeds\tpairs\tndcg10_before\tndcg10_after\tagreement_before\tagreement_after\tcreate_time\n";
  for (const RemoteRanker& ranker : rankers) {
    if (ranker.create_time.empty()) {
      out += fmt::format("{}\t{}\t\t\t\t\t\t\t\n", ranker.id, ranker.active ? "yes" : "");
      continue;
    }
    out += fmt::format("{}\t{}\t{}\t{}\t{:.4f}\t{:.4f}\t{:.4f}\t{:.4f}\t{}\n", ranker.id, ranker.active ? "yes" : "",
                       ranker.needs, ranker.pairs, ranker.before.ndcg10, ranker.after.ndcg10, ranker.before.agreement(),
                       ranker.after.agreement(), ranker.create_time);
  }
  return out;
}

absl::StatusOr<int> RunRankers(const RankersArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const ClientOptions server, ServerOf(arguments.server));
  MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<LearningClient> client, LearningClient::Connect(server));
  if (!arguments.use.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(const RemoteRanker ranker, client->ActivateRanker(arguments.use, arguments.force));
    MAGPIE_RETURN_IF_ERROR(WriteOutput("", fmt::format("{} ranks from now on\n", ranker.id)));
    return kDone;
  }
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<RemoteRanker> rankers, client->ListRankers(MakeContext(0)));
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, RankerTable(rankers)));
  return kDone;
}

}  // namespace

void AddFeedbackCommands(Program* program) {
  auto feedback = std::make_shared<FeedbackArguments>();
  CLI::App* command = program->app.add_subcommand("feedback", "tells a running server what came of a pair");
  AddServerArguments(command, &feedback->server);
  command->add_option("--need", feedback->words.need, "the need; with --list: only feedback on it")->type_name("ID");
  command->add_option("--offering", feedback->words.offering, "the offering, likewise")->type_name("ID");
  command->add_option("--verdict", feedback->words.verdict, NamesOf<Verdict>())->type_name("WORD");
  command->add_option("--reason", feedback->words.reason, "why it was declined: " + NamesOf<DeclineReason>())
      ->type_name("WORD");
  command->add_option("--detail", feedback->words.detail, "the reason in your own words")->type_name("TEXT");
  command->add_option("--side", feedback->words.side, "who says so: need or offering (default: the organiser)")
      ->type_name("WORD");
  command->add_option("--note", feedback->words.note, "for people")->type_name("TEXT");
  command
      ->add_option("--file", feedback->file,
                   "many at once, oldest first: a table whose heading names need_id, offering_id, verdict and, where "
                   "there is more to say, reason, detail, side, note; tabs between")
      ->type_name("FILE");
  command->add_flag("--list", feedback->list, "print what there is, newest first");
  command->add_option("--delete", feedback->erase, "take a piece back, by the id that --list shows")->type_name("ID");
  command->add_option("--out", feedback->out, "where the answer goes (default: standard output)")->type_name("FILE");
  command->footer(
      "Words may be Chinese: --verdict 已签约, --verdict 拒绝 --reason 不解决问题. What was said is used by `magpie "
      "learn\n"
      "--server`: signed counts as grade 3, met and accepted as 2, declined because it solves only a part as 1, "
      "because\n"
      "it does not fit as 0; declined for the price, the time and the like says nothing of the fit.\n"
      "Examples:\n"
      "  magpie feedback --server 127.0.0.1:7070 --need N0040 --offering O0495 --verdict signed\n"
      "  magpie feedback --server 127.0.0.1:7070 --need N0040 --offering O0007 --verdict declined --reason "
      "not_fitting\n"
      "  magpie feedback --server 127.0.0.1:7070 --file feedback.tsv\n"
      "  magpie feedback --server 127.0.0.1:7070 --list --need N0040");
  command->callback([program, feedback] { program->run = [feedback] { return RunFeedback(*feedback); }; });

  auto rankers = std::make_shared<RankersArguments>();
  command = program->app.add_subcommand("rankers", "what a server has learned, and which of it ranks");
  AddServerArguments(command, &rankers->server);
  command->add_option("--use", rankers->use, "rank with this one from now on; built-in undoes all learning")
      ->type_name("ID");
  command->add_flag("--force", rankers->force, "even if it did worse on needs not learned from");
  command->add_option("--out", rankers->out, "where the table goes (default: standard output)")->type_name("FILE");
  command->footer(
      "Examples:\n"
      "  magpie rankers --server 127.0.0.1:7070\n"
      "  magpie rankers --server 127.0.0.1:7070 --use learned-1\n"
      "  magpie rankers --server 127.0.0.1:7070 --use built-in");
  command->callback([program, rankers] { program->run = [rankers] { return RunRankers(*rankers); }; });
}

}  // namespace magpie::cli
