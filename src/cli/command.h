// What the subcommands of `magpie` share: options that many of them take, reading the lists, writing results, progress.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/client/client.h"
#include "magpie/engine/engine.h"
#include "magpie/engine/lists.h"

namespace magpie::cli {

// Exit statuses; docs/formats.md lists them.
inline constexpr int kDone = 0;
inline constexpr int kRowErrors = 1;
inline constexpr int kBadInput = 2;
inline constexpr int kInternalError = 3;

// A subcommand adds its options to `app` and leaves here what to run; main runs the one that was called.
struct Program {
  CLI::App app{"Magpie matches technology needs with offerings."};
  std::function<absl::StatusOr<int>()> run;  // returns an exit status
};

// Where a running server is; empty address = work on files.
struct ServerArguments {
  std::string address, workspace = "default", tls_ca, token_file;
};
void AddServerArguments(CLI::App* command, ServerArguments* arguments);
// kBadArgument where no server was given.
absl::StatusOr<ClientOptions> ServerOf(const ServerArguments& arguments);
absl::StatusOr<std::unique_ptr<Client>> ConnectTo(const ServerArguments& arguments);

// The options of every command that reads two lists, or asks a server instead.
struct ListArguments {
  ListFiles files;
  ServerArguments server;
  std::string mapping;  // a heading-mapping file
  std::string models;
  std::string encoder;  // settings of a text encoder
  std::string ranker;   // a file of `magpie learn`
  std::string today;    // YYYY-MM-DD, empty = the day of the run
  std::vector<std::string> must;
  std::string exclude;  // a file of pairs that must not meet
  std::uint64_t seed = 1;
  int threads = 0;
  bool strict = false;
};
void AddListArguments(CLI::App* command, ListArguments* arguments);
// The server of a command that was given one; kBadArgument where it was given lists as well.
absl::StatusOr<ClientOptions> ServerOf(const ListArguments& arguments);
absl::StatusOr<std::unique_ptr<Client>> ConnectTo(const ListArguments& arguments);

// The lists, read; row errors have been reported on standard error.
struct Session {
  RunContext context;
  std::shared_ptr<Engine> engine;
  Lists lists;
  ScorerOptions scorer_options;
  std::shared_ptr<const Scorer> scorer;  // null until MakeScorer

  // kDone, or kRowErrors where rows were in error and the command is strict.
  int ExitStatus(bool strict) const;
};
// `offerings_required` false: the list of offerings may be left out, and is then empty.
absl::StatusOr<Session> OpenSession(const ListArguments& arguments, bool offerings_required = true);
absl::Status MakeScorer(Session* session);

// Writes to the file, or to standard output where the path is empty or "-".
absl::Status WriteOutput(const std::string& path, std::string_view bytes);

// A context whose progress is drawn on standard error when that is a terminal, whose warnings are complained about, and
// which stops on Ctrl-C.
RunContext MakeContext(int threads);

// A line on standard error that starts with "magpie: ".
void Complain(std::string_view message);

// Complains about rows in error: the first twenty, then a count.
void ReportRows(const std::vector<RowReport>& rows, const ImportSummary& needs, const ImportSummary& offerings);

absl::StatusOr<Language> ParseLanguage(const std::string& text);
absl::StatusOr<Side> ParseSide(const std::string& text);
absl::StatusOr<ConstraintSet> ParseMust(const std::vector<std::string>& names);

// The tables of match and score; an unknown id in `pairs` has been complained about.
std::string MatchTable(const std::vector<RemotePair>& pairs);
std::string MatchHeading(bool evidence);
void AppendMatchLine(const RemotePair& pair, const std::vector<std::string>& more, std::string* out);  // more columns
std::string ScoreTable(const std::vector<RemotePair>& pairs);

// [{"field", "begin", "end", "quote"}]
nlohmann::json SpansJson(const std::vector<Span>& spans);

// Each adds its subcommands.
void AddMatchCommands(Program* program);     // match, score
void AddExplainCommand(Program* program);    // explain
void AddClinicCommand(Program* program);     // clinic
void AddPlanCommand(Program* program);       // plan
void AddCompareCommand(Program* program);    // compare
void AddReplanCommand(Program* program);     // replan
void AddTokenCommand(Program* program);      // token create, list, revoke
void AddAuditCommand(Program* program);      // audit list, export, verify
void AddBackupCommands(Program* program);    // backup, restore
void AddPromiseCommand(Program* program);    // promise
void AddEvalCommand(Program* program);       // eval
void AddLearnCommand(Program* program);      // learn
void AddCheckCommand(Program* program);      // check
void AddServerCommands(Program* program);    // import, query, health
void AddFeedbackCommands(Program* program);  // feedback, rankers

}  // namespace magpie::cli
