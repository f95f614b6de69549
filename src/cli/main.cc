// magpie: the command line.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "magpie/base/instruction_set.h"
#include "magpie/base/status.h"
#include "magpie/engine/version.h"

namespace magpie::cli {
namespace {

int ExitStatusOf(const absl::Status& error) {
  return ReasonOf(error) == Reason::kInternal ? kInternalError : kBadInput;
}

// "magpie 0.1.0", and with -v what else decides how fast it runs.
std::string VersionText(bool verbose) {
  std::string text = fmt::format("magpie {}", Version());
  if (!verbose) return text;
  const std::string_view best = InstructionSetName(BestInstructionSet());
  const std::string_view active = InstructionSetName(ActiveInstructionSet());
  text += fmt::format("\ninstruction set: {}", active);
  text += active == best ? " (the best of this processor)" : fmt::format(" (forced; this processor has {})", best);
  return text;
}

int Main(int argc, char** argv) {
  if (const absl::Status forced = CheckInstructionSet(); !forced.ok()) {
    Complain(ErrorText(forced));
    return kBadInput;
  }
  Program program;
  CLI::App& app = program.app;
  app.name("magpie");
  app.require_subcommand(1);
  bool verbose = false;
  app.add_flag("-v,--verbose", verbose, "with --version: the instruction set too");
  const bool says_verbose = std::any_of(
      argv, argv + argc, [](std::string_view argument) { return argument == "-v" || argument == "--verbose"; });
  app.set_version_flag("--version", VersionText(says_verbose));
  app.set_help_all_flag("--help-all", "help of every command");
  app.footer(
      "Example:\n"
      "  magpie plan --needs needs.xlsx --offerings offerings.csv --out plan\n"
      "\n"
      "A FILE is .jsonl, .csv or .xlsx by its ending; - is standard input as JSONL.\n"
      "Exit status: 0 done, 1 done but rows were in error (with --strict), 2 bad arguments or unreadable input,\n"
      "3 a bug in Magpie.");
  AddPlanCommand(&program);
  AddCompareCommand(&program);
  AddReplanCommand(&program);
  AddPromiseCommand(&program);
  AddMatchCommands(&program);
  AddExplainCommand(&program);
  AddClinicCommand(&program);
  AddCheckCommand(&program);
  AddEvalCommand(&program);
  AddLearnCommand(&program);
  AddServerCommands(&program);
  AddFeedbackCommands(&program);
  AddTokenCommand(&program);
  AddAuditCommand(&program);
  AddBackupCommands(&program);

  // CLI11 would only say that a command is required.
  if (argc > 1 && argv[1][0] != '-') {
    std::string names;
    bool known = false;
    for (const CLI::App* command : app.get_subcommands({})) {
      known = known || command->get_name() == argv[1];
      names += (names.empty() ? "" : ", ") + command->get_name();
    }
    if (!known) {
      Complain(fmt::format("there is no command '{}'; the commands are {}", argv[1], names));
      return kBadInput;
    }
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? kDone : kBadInput;
  }
  const absl::StatusOr<int> result = program.run();
  if (!result.ok()) {
    Complain(ErrorText(result.status()));
    return ExitStatusOf(result.status());
  }
  return *result;
}

}  // namespace
}  // namespace magpie::cli

int main(int argc, char** argv) {
  try {
    return magpie::cli::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "magpie: internal error: %s\n", error.what());
    return magpie::cli::kInternalError;
  }
}
