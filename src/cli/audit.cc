// magpie audit: who wrote, saw and was refused what.
#include <fmt/format.h>

#include <memory>
#include <ranges>

#include "cli/command.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"
#include "magpie/client/audit_client.h"

namespace magpie::cli {
namespace {

constexpr std::uint64_t kMostBytes = 4ull << 30;  // of an export

struct AuditArguments {
  ServerArguments server;
  std::string data, file, out;
  std::int64_t limit = 100;
};

absl::StatusOr<std::unique_ptr<AuditClient>> Connect(const AuditArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const ClientOptions options, ServerOf(arguments.server));
  return AuditClient::Connect(options);
}

absl::StatusOr<int> RunList(const AuditArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<AuditClient> client, Connect(arguments));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<AuditLine> lines, client->List(arguments.limit, MakeContext(0)));
  std::string text = "sequence\ttime\tkind\ttoken\tmethod\trows\treason\ttrace_id\n";
  for (const AuditLine& line : lines) {
    const std::string sequence = std::to_string(line.sequence), rows = fmt::format("{}", fmt::join(line.rows, " "));
    AppendTsvLine(std::vector<std::string_view>{sequence, line.time, line.kind, line.token, line.method, rows,
                                                line.reason, line.trace_id},
                  &text);
  }
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, text));
  return kDone;
}

absl::StatusOr<int> RunExport(const AuditArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<AuditClient> client, Connect(arguments));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<AuditLine> lines, client->List(0, MakeContext(0)));
  std::string text;
  for (const AuditLine& line : lines | std::views::reverse) text += line.line + "\n";
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, text));
  return kDone;
}

absl::StatusOr<int> RunVerify(const AuditArguments& arguments) {
  const int given = !arguments.data.empty() + !arguments.file.empty() + !arguments.server.address.empty();
  if (given != 1) {
    return MakeError(Reason::kBadArgument, "--server", "or --data or --file: exactly one of the three says which log");
  }
  AuditVerdict verdict;
  if (!arguments.data.empty()) {
    const auto database = std::filesystem::path(arguments.data) / (arguments.server.workspace + ".db");
    MAGPIE_ASSIGN_OR_RETURN(verdict, VerifyAuditOf(database));
  } else if (!arguments.file.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(const std::string lines, ReadFile(arguments.file, kMostBytes));
    verdict = VerifyExport(lines);
  } else {
    MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<AuditClient> client, Connect(arguments));
    MAGPIE_ASSIGN_OR_RETURN(verdict, client->Verify(MakeContext(0)));
  }
  const std::string head = verdict.entries == 0 ? "" : fmt::format(", the last one {}", verdict.head_hash);
  MAGPIE_RETURN_IF_ERROR(WriteOutput("", fmt::format("{} entries fit{}\n", verdict.entries, head)));
  if (verdict.fault.empty()) return kDone;
  return MakeError(Reason::kStoreCorrupt, "audit log", verdict.fault);
}

}  // namespace

void AddAuditCommand(Program* program) {
  CLI::App* command = program->app.add_subcommand("audit", "who wrote, saw and was refused what, in a chain of hashes");
  command->require_subcommand(1);
  command->footer(
      "Example:\n  magpie audit list --server HOST:7070 --token-file admin.token --limit 20\n"
      "  magpie audit export --server HOST:7070 --token-file admin.token --out audit.log\n"
      "  magpie audit verify --file audit.log");

  auto list = std::make_shared<AuditArguments>();
  CLI::App* sub = command->add_subcommand("list", "the newest entries, newest first");
  AddServerArguments(sub, &list->server);
  sub->add_option("--limit", list->limit, "how many; 0 = all")->check(CLI::NonNegativeNumber)->capture_default_str();
  sub->add_option("--out", list->out, "where the table goes (default: standard output)")->type_name("FILE");
  sub->callback([program, list] { program->run = [list] { return RunList(*list); }; });

  auto exported = std::make_shared<AuditArguments>();
  sub = command->add_subcommand("export", "all entries, oldest first, as `verify --file` reads them");
  AddServerArguments(sub, &exported->server);
  sub->add_option("--out", exported->out, "where the lines go (default: standard output)")->type_name("FILE");
  sub->callback([program, exported] { program->run = [exported] { return RunExport(*exported); }; });

  auto verify = std::make_shared<AuditArguments>();
  sub = command->add_subcommand("verify", "checks every hash; exit status 2 where one does not fit");
  AddServerArguments(sub, &verify->server);
  sub->add_option("--data", verify->data, "the server's folder")->type_name("DIR");
  sub->add_option("--file", verify->file, "an export")->type_name("FILE");
  sub->callback([program, verify] { program->run = [verify] { return RunVerify(*verify); }; });
}

}  // namespace magpie::cli
