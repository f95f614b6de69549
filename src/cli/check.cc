// magpie check: the import alone.
#include <fmt/format.h>

#include "cli/command.h"
#include "magpie/base/status.h"
#include "magpie/report/report.h"

namespace magpie::cli {
namespace {

struct CheckArguments {
  ListFiles files;
  std::string mapping, out;
  bool strict = false;
};

std::string Counts(std::string_view what, const ImportSummary& summary) {
  return fmt::format("{}: {} imported, {} duplicate, {} error, {} blank, {} heading, {} closing; {} warnings", what,
                     summary.imported, summary.duplicates, summary.errors, summary.blanks, summary.headings,
                     summary.closings, summary.warnings);
}

absl::StatusOr<int> RunCheck(const CheckArguments& arguments) {
  if (arguments.files.needs.empty() && arguments.files.offerings.empty()) {
    return MakeError(Reason::kBadArgument, "--needs", "give --needs, --offerings or both");
  }
  const RunContext context = MakeContext(1);
  ImportOptions options;
  if (!arguments.mapping.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(options.heading_fields, ReadHeadingFields(arguments.mapping));
  }
  std::vector<RowReport> rows;
  std::int64_t errors = 0;
  std::string counts;
  for (const auto& [side, path] :
       {std::pair(Side::kNeed, arguments.files.needs), std::pair(Side::kOffering, arguments.files.offerings)}) {
    if (path.empty()) continue;
    options.side = side;
    MAGPIE_ASSIGN_OR_RETURN(const ImportSummary summary,
                            ImportListings(
                                path, options, [](ListingRecord&&) { return absl::OkStatus(); },
                                [&](const RowReport& row) { rows.push_back(row); }, context));
    errors += summary.errors;
    if (!counts.empty()) counts += '\n';
    counts += Counts(path, summary);
  }
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, RenderImportTsv(rows)));
  fmt::print(stderr, "{}\n", counts);
  return arguments.strict && errors > 0 ? kRowErrors : kDone;
}

}  // namespace

void AddCheckCommand(Program* program) {
  auto check = std::make_shared<CheckArguments>();
  CLI::App* command = program->app.add_subcommand("check", "reads the lists and says what became of each row");
  command->add_option("--needs", check->files.needs, "list of needs")->type_name("FILE");
  command->add_option("--offerings", check->files.offerings, "list of offerings")->type_name("FILE");
  command->add_option("--mapping", check->mapping, "headings of your own: lines \"heading TAB field\"")
      ->type_name("FILE");
  command->add_option("--out", check->out, "where the table goes (default: standard output)")->type_name("FILE");
  command->add_flag("--strict", check->strict, "exit with status 1 where a row was in error");
  command->footer(
      "Prints a line for each row: file, sheet, row, column, status, reason, value, hint; the counts go to standard\n"
      "error.\nExample:\n  magpie check --needs 需求清单.csv --offerings 资源清单.xlsx");
  command->callback([program, check] { program->run = [check] { return RunCheck(*check); }; });
}

}  // namespace magpie::cli
