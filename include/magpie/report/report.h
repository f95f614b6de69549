// Renders a plan for people: report.html, plan.xlsx, and the TSV and JSON files beside them. Reads a Plan, decides
// nothing.
//
// Disclosure  every file shows the same: of an anonymous listing not the party, of a sealed one only that it exists
//             (ids stay, so that rows can be told apart). Contacts appear by consent only, and masked unless
//             PlanOptions::show_contacts.
// Errors  those of writing files; kBadFile, kFieldInvalid (with sheet and row) for a workbook that cannot be read back,
//         kPlanConflict where two rows of it decide against each other.
// Bytes   the same plan gives the same bytes of every file but run.json, which also tells the seconds and the machine.
//         A folder parties of an earlier plan is replaced.
// Threads every function reads its arguments only.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "magpie/engine/plan.h"

namespace magpie {

// One self-contained page: funnel, matches with their reasons, timetable as a grid, the bipartite graph as a picture
// (inline SVG), what stayed open. Readable on a phone and in print; no script is needed to read it.
std::string RenderHtml(const Plan& plan);

struct WorkbookOptions {
  int party_sheets = 200;  // parties with the most meetings, then matches, go first; the index names the rest
  std::int64_t list_rows = 1'000'000;  // of one list; Excel ends at 1,048,576. What is left out is said and counted
};

// The workbook that organisers send round: an overview, all matches with a column 决定/decision to lock, strike or
// add rows, the timetable, what stayed open, and a sheet for each party. Pairs that were struck before stay in the
// matches sheet as struck rows, so that the next round trip keeps to them.
absl::Status WritePlanWorkbook(const Plan& plan, const std::filesystem::path& path,
                               const WorkbookOptions& options = {});

// Reads back what the organiser decided: each row of the matches sheet whose decision is filled in, and each row added
// (a pair that was not in the plan, with or without a decision). Ids may be typed with spaces around or in full-width
// characters; decisions in Chinese or English. A row that was deleted is no decision (see ReadPlanPairs).
// A row that names an unknown listing or an unknown decision is kFieldInvalid; all such rows are named in the message.
// A pair that is both struck and locked or added is kPlanConflict.
absl::StatusOr<std::vector<PairDecision>> ReadPlanWorkbook(const std::filesystem::path& path, const Snapshot& snapshot);

// The pairs of the plan that the workbook was written from, in its order (for the difference between two plans), each
// with the decision its row carries now; row 0 where the organiser deleted the row.
absl::StatusOr<std::vector<PairDecision>> ReadPlanPairs(const std::filesystem::path& path);

// A page for one party, to print or to send: its meetings in their order, the visits it makes or receives, whom it was
// matched with and why, what became of its listings; and meetings and visits as an iCalendar file (RFC 5545), empty where
// they have no hours.
struct PartyPage {
  std::string name;  // "012-宁波某某公司", for both files; legal on every system
  std::string html, calendar;
};
// Of the parties that have matches, meetings or visits, those with the most meetings and visits, then matches, first; at
// most kPartyPages.
inline constexpr std::size_t kPartyPages = 2000;
std::vector<PartyPage> RenderPartyPages(const Plan& plan);

std::string RenderMatchesTsv(const Plan& plan);
std::string RenderMeetingsTsv(const Plan& plan);
std::string RenderUnplacedTsv(const Plan& plan);
std::string RenderVisitsTsv(const Plan& plan);  // of tours
std::string RenderUnmatchedTsv(const Plan& plan);
std::string RenderStandByTsv(const Plan& plan);
std::string RenderChangesTsv(const Plan& plan);
std::string RenderImportTsv(const std::vector<RowReport>& rows);
std::string RenderRunJson(const Plan& plan);

// All of the above into `folder` (made if it is missing): matches.tsv, meetings.tsv, unplaced.tsv, unmatched.tsv,
// changes.tsv, import.tsv, with an event standby.tsv, visits.tsv and timetable.json, plan.xlsx, report.html, parties/NAME.html and .ics, run.json.
absl::Status WritePlan(const Plan& plan, const std::filesystem::path& folder);

}  // namespace magpie
