#include <fmt/format.h>

#include <regex>
#include <system_error>
#include <vector>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/report/report.h"

namespace magpie {
namespace {

// Pages of an earlier plan in the same folder would tell hours that no longer hold.
void RemoveOldPages(const std::filesystem::path& folder) {
  static const std::regex kPage("[0-9]{3,}-.*\\.(html|ics)");
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
    if (std::regex_match(entry.path().filename().string(), kPage)) std::filesystem::remove(entry.path(), code);
  }
}

absl::Status WritePartyPages(const Plan& plan, const std::filesystem::path& folder) {
  const std::vector<PartyPage> pages = RenderPartyPages(plan);
  std::error_code code;
  RemoveOldPages(folder);
  if (pages.empty()) return absl::OkStatus();
  std::filesystem::create_directories(folder, code);  // WriteFile says what is wrong
  for (const PartyPage& page : pages) {
    MAGPIE_RETURN_IF_ERROR(WriteFile(folder / (page.name + ".html"), page.html));
    if (!page.calendar.empty()) MAGPIE_RETURN_IF_ERROR(WriteFile(folder / (page.name + ".ics"), page.calendar));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WritePlan(const Plan& plan, const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code || !std::filesystem::is_directory(folder, code)) {
    return MakeError(Reason::kFileNotFound, folder.string(),
                     fmt::format("cannot be made as a folder ({}); give a folder that you may write to",
                                 code ? code.message() : "a file of this name is there"));
  }
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "matches.tsv", RenderMatchesTsv(plan)));
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "meetings.tsv", RenderMeetingsTsv(plan)));
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "unplaced.tsv", RenderUnplacedTsv(plan)));
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "unmatched.tsv", RenderUnmatchedTsv(plan)));
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "changes.tsv", RenderChangesTsv(plan)));
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "import.tsv", RenderImportTsv(plan.import_rows)));
  if (plan.event) {
    MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "standby.tsv", RenderStandByTsv(plan)));
    MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "visits.tsv", RenderVisitsTsv(plan)));
  }
  if (plan.fair_state) {
    MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "timetable.json", FairStateToJson(*plan.event, *plan.fair_state)));
  }
  if (plan.problem) {
    MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "problem.json", SolvedProblemToJson(*plan.problem)));
  } else {
    std::filesystem::remove(folder / "problem.json", code);  // of an earlier plan in this folder
  }
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "report.html", RenderHtml(plan)));
  MAGPIE_RETURN_IF_ERROR(WritePlanWorkbook(plan, folder / "plan.xlsx"));
  MAGPIE_RETURN_IF_ERROR(WritePartyPages(plan, folder / "parties"));
  // Last: a folder with run.json is a whole plan.
  return WriteFile(folder / "run.json", RenderRunJson(plan));
}

}  // namespace magpie
