// magpie import, magpie query, magpie health: commands that speak to a running server only.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "cli/command.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"

namespace magpie::cli {
namespace {

struct ImportArguments {
  ServerArguments server;
  ListFiles files;
  std::string mapping, on_existing = "replace";
  bool validate_only = false, strict = false;
};

absl::StatusOr<OnExisting> ParseOnExisting(const std::string& text) {
  if (text == "replace") return OnExisting::kReplace;
  if (text == "keep") return OnExisting::kKeep;
  if (text == "refuse") return OnExisting::kRefuse;
  return MakeError(Reason::kBadArgument, "--on-existing", fmt::format("is '{}'; use replace, keep or refuse", text));
}

absl::StatusOr<int> RunImport(const ImportArguments& arguments) {
  RemoteImportOptions remote;
  MAGPIE_ASSIGN_OR_RETURN(remote.on_existing, ParseOnExisting(arguments.on_existing));
  remote.validate_only = arguments.validate_only;
  if (arguments.files.needs.empty() && arguments.files.offerings.empty()) {
    return MakeError(Reason::kBadArgument, "--needs", "give --needs, --offerings or both");
  }
  const RunContext context = MakeContext(0);
  ImportOptions options;
  if (!arguments.mapping.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(options.heading_fields, ReadHeadingFields(arguments.mapping));
  }
  MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectTo(arguments.server));
  bool errors = false;
  for (const auto& [side, path] :
       {std::pair(Side::kNeed, arguments.files.needs), std::pair(Side::kOffering, arguments.files.offerings)}) {
    if (path.empty()) continue;
    options.side = side;
    std::vector<ListingRecord> records;
    std::vector<RowReport> rows;
    MAGPIE_ASSIGN_OR_RETURN(const ImportSummary summary,
                            ImportListings(
                                path, options,
                                [&](ListingRecord&& record) {
                                  records.push_back(std::move(record));
                                  return absl::OkStatus();
                                },
                                [&](const RowReport& row) { rows.push_back(row); }, context));
    ReportRows(rows, summary, {});
    MAGPIE_ASSIGN_OR_RETURN(const RemoteImport answer, client->ImportListings(side, records, remote, context));
    for (const RemoteRow& row : answer.failures) {
      const Provenance& from = records[static_cast<std::size_t>(row.index)].provenance;
      Complain(fmt::format("{}{} row {}: the server refused it: {}", from.file,
                           from.sheet.empty() ? "" : " sheet " + from.sheet, from.row, ErrorText(row.status)));
    }
    errors = errors || summary.errors > 0 || answer.failed > 0;
    fmt::print("{}: {} created, {} updated, {} unchanged, {} refused{}\n", path, answer.created, answer.updated,
               answer.unchanged, answer.failed, arguments.validate_only ? " (nothing was kept)" : "");
  }
  return errors && arguments.strict ? kRowErrors : kDone;
}

struct QueryArguments {
  ServerArguments server;
  std::string text, side = "offering", out;
  int top = 10;
};

absl::StatusOr<int> RunQuery(const QueryArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const Side side, ParseSide(arguments.side));
  MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectTo(arguments.server));
  MAGPIE_ASSIGN_OR_RETURN(const RemotePairs answer,
                          client->Search(side, arguments.text, arguments.top, MakeContext(0)));
  std::string out = "id\trank\tscore\tgrade\ttitle\n";
  int rank = 0;
  for (const RemotePair& pair : answer.pairs) {
    const std::string& id = side == Side::kNeed ? pair.need_id : pair.offering_id;
    const std::string place = std::to_string(++rank), score = FormatScore(pair.score);
    const std::string grade = std::to_string(pair.grade);
    AppendTsvLine(std::vector<std::string_view>{id, place, score, grade, pair.title}, &out);
  }
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, out));
  return kDone;
}

struct HealthArguments {
  ServerArguments server;
  int wait_seconds = 0;
};

absl::StatusOr<int> RunHealth(const HealthArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectTo(arguments.server));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(arguments.wait_seconds);
  for (;;) {
    const absl::StatusOr<RemoteHealth> health = client->Health();
    if (health.ok() && health->serving) {
      fmt::print("serving\n");
      return kDone;
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      if (!health.ok()) return health.status();
      return MakeError(Reason::kUnavailable, arguments.server.address, "answers, but is not serving yet");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

}  // namespace

void AddServerCommands(Program* program) {
  auto import = std::make_shared<ImportArguments>();
  CLI::App* command = program->app.add_subcommand("import", "brings lists into a running server");
  AddServerArguments(command, &import->server);
  command->add_option("--needs", import->files.needs, "list of needs")->type_name("FILE");
  command->add_option("--offerings", import->files.offerings, "list of offerings")->type_name("FILE");
  command->add_option("--mapping", import->mapping, "headings of your own: lines \"heading TAB field\"")
      ->type_name("FILE");
  command->add_option("--on-existing", import->on_existing, "where an id is taken: replace, keep or refuse")
      ->capture_default_str();
  command->add_flag("--validate-only", import->validate_only, "check everything, keep nothing");
  command->add_flag("--strict", import->strict, "exit with status 1 where a row was in error");
  command->footer("Example:\n  magpie import --server 127.0.0.1:7070 --needs needs.xlsx --offerings offerings.csv");
  command->callback([program, import] { program->run = [import] { return RunImport(*import); }; });

  auto query = std::make_shared<QueryArguments>();
  command = program->app.add_subcommand("query", "asks a running server in your own words");
  AddServerArguments(command, &query->server);
  command->add_option("--text", query->text, "the question")->required();
  command->add_option("--side", query->side, "what to look for: offering or need")->capture_default_str();
  command->add_option("--top", query->top, "how many answers")->capture_default_str()->type_name("K");
  command->add_option("--out", query->out, "where the table goes (default: standard output)")->type_name("FILE");
  command->footer("Example:\n  magpie query --server 127.0.0.1:7070 --text '锅炉管道结垢' --top 5");
  command->callback([program, query] { program->run = [query] { return RunQuery(*query); }; });

  auto health = std::make_shared<HealthArguments>();
  command = program->app.add_subcommand("health", "says whether a server is serving (exit status 0) or not");
  AddServerArguments(command, &health->server);
  command->add_option("--wait", health->wait_seconds, "seconds to wait for it")->capture_default_str();
  command->callback([program, health] { program->run = [health] { return RunHealth(*health); }; });
}

}  // namespace magpie::cli
