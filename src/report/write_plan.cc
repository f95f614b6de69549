#include <fmt/format.h>

#include <system_error>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/report/report.h"

namespace magpie {

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
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "report.html", RenderHtml(plan)));
  MAGPIE_RETURN_IF_ERROR(WritePlanWorkbook(plan, folder / "plan.xlsx"));
  // Last: a folder with run.json is a whole plan.
  return WriteFile(folder / "run.json", RenderRunJson(plan));
}

}  // namespace magpie
