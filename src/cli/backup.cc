// magpie backup and magpie restore: a server's folder copied while it runs, and put back.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include "cli/command.h"
#include "magpie/base/status.h"
#include "magpie/store/store.h"

namespace magpie::cli {
namespace {

namespace fs = std::filesystem;

struct BackupArguments {
  std::string data, from, out, workspace, language = "zh";
};

// The databases of a folder, or the one of a workspace, by name.
absl::StatusOr<std::vector<fs::path>> DatabasesOf(const std::string& folder, const std::string& workspace) {
  std::error_code code;
  if (!fs::is_directory(folder, code)) {
    return MakeError(Reason::kFileNotFound, folder, "is no folder; give the one that magpied has as --data");
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    const fs::path& file = entry.path();
    const bool wanted = workspace.empty() ? file.extension() == ".db" || file.filename() == "access.sqlite"
                                          : file.filename() == workspace + ".db";
    if (wanted && entry.is_regular_file()) files.push_back(file);
  }
  if (code) return MakeError(Reason::kFileNotFound, folder, fmt::format("cannot be read ({})", code.message()));
  std::sort(files.begin(), files.end());
  if (!files.empty()) return files;
  return workspace.empty() ? MakeError(Reason::kFileNotFound, folder, "holds no workspace (NAME.db)")
                           : MakeError(Reason::kWorkspaceNotFound, "--workspace",
                                       fmt::format("{} holds no {}.db", folder, workspace));
}

// Copies into a folder that is not there yet, or empty: all files or none. Each is opened, which checks it, and copied by
// the database itself, so that it is of one instant whatever is written meanwhile.
absl::Status CopyDatabases(const std::vector<fs::path>& files, const fs::path& target, bool zh) {
  std::error_code code;
  if (fs::exists(target, code) && !(fs::is_directory(target, code) && fs::is_empty(target, code))) {
    return MakeError(Reason::kAlreadyExists, target.string(),
                     "is there and not empty; nothing is overwritten: name a new folder");
  }
  fs::path partial = fs::absolute(target).lexically_normal();
  if (!partial.has_filename()) partial = partial.parent_path();  // "copy/" is "copy"
  const fs::path whole = partial;
  partial += ".partial";
  fs::remove_all(partial, code);  // of a copy that was cut short
  fs::create_directories(partial, code);
  if (code) {
    return MakeError(Reason::kFileNotFound, target.string(), fmt::format("cannot be made ({})", code.message()));
  }
  fs::permissions(partial, fs::perms::owner_all, code);
  absl::Status status;
  std::string report;
  for (std::size_t i = 0; i < files.size() && status.ok(); ++i) {
    const auto store = OpenSqliteStore(files[i], {.read_only = true});
    status = store.ok() ? (*store)->Backup(partial / files[i].filename()) : store.status();
    if (!status.ok()) break;
    const auto sequence = (*store)->Sequence();
    status = sequence.status();
    if (!status.ok()) break;
    report += fmt::format(fmt::runtime(zh ? "  {}：{:.1f} MiB\n" : "  {}: {:.1f} MiB\n"), files[i].filename().string(),
                          static_cast<double>(fs::file_size(partial / files[i].filename(), code)) / (1 << 20));
    Complain(fmt::format("{}/{} {}", i + 1, files.size(), files[i].filename().string()));
  }
  if (status.ok()) {
    fs::remove(whole, code);  // an empty folder of this name
    fs::rename(partial, whole, code);
    if (code) status = MakeError(Reason::kUnavailable, target.string(), code.message());
  }
  if (!status.ok()) {
    fs::remove_all(partial, code);
    return status;
  }
  return WriteOutput("", fmt::format("{}\n{}", whole.string(), report));
}

absl::StatusOr<int> RunBackup(const BackupArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const Language language, ParseLanguage(arguments.language));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<fs::path> files, DatabasesOf(arguments.data, arguments.workspace));
  MAGPIE_RETURN_IF_ERROR(CopyDatabases(files, arguments.out, language == Language::kZh));
  return kDone;
}

absl::StatusOr<int> RunRestore(const BackupArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const Language language, ParseLanguage(arguments.language));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<fs::path> files, DatabasesOf(arguments.from, arguments.workspace));
  MAGPIE_RETURN_IF_ERROR(CopyDatabases(files, arguments.data, language == Language::kZh));
  return kDone;
}

}  // namespace

void AddBackupCommands(Program* program) {
  auto backup = std::make_shared<BackupArguments>();
  CLI::App* command = program->app.add_subcommand("backup", "copies a server's folder, also while it runs");
  command->add_option("--data", backup->data, "the folder that magpied works on")->required()->type_name("DIR");
  command->add_option("--out", backup->out, "folder for the copy; must not be there yet, or be empty")
      ->required()
      ->type_name("DIR");
  command->add_option("--workspace", backup->workspace, "this workspace alone, without tokens");
  command->add_option("--lang", backup->language, "zh or en")->capture_default_str();
  command->footer(
      "Every workspace and the book of tokens are copied as of one instant each, checked on the way; writes go on. "
      "The\n"
      "folder appears when all of it is there.\n"
      "Example:\n  magpie backup --data /var/lib/magpie --out /backup/magpie-$(date +%F)");
  command->callback([program, backup] { program->run = [backup] { return RunBackup(*backup); }; });

  auto restore = std::make_shared<BackupArguments>();
  command = program->app.add_subcommand("restore", "puts a copy made by magpie backup into a new folder for magpied");
  command->add_option("--from", restore->from, "the copy")->required()->type_name("DIR");
  command->add_option("--data", restore->data, "folder for magpied; must not be there yet, or be empty")
      ->required()
      ->type_name("DIR");
  command->add_option("--workspace", restore->workspace, "this workspace alone, without tokens");
  command->add_option("--lang", restore->language, "zh or en")->capture_default_str();
  command->footer("Example:\n  magpie restore --from /backup/magpie-2026-11-01 --data /var/lib/magpie-new");
  command->callback([program, restore] { program->run = [restore] { return RunRestore(*restore); }; });
}

}  // namespace magpie::cli
