// Renders a plan for people: report.html, plan.xlsx, and the TSV and JSON files beside them. Reads a Plan, decides
// nothing.
// Errors  those of writing files; kBadFile, kFieldInvalid (with sheet and row) for a workbook that cannot be read back.
// Threads every function reads its arguments only.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <filesystem>
#include <string>
#include <vector>

#include "magpie/engine/plan.h"

namespace magpie {

// One self-contained page: funnel, matches with their reasons, timetable as a grid, the bipartite graph as a picture
// (inline SVG), what stayed open. Readable on a phone and in print; no script is needed to read it.
std::string RenderHtml(const Plan& plan);

// The workbook that organisers send round: an overview, all matches with a column 决定/decision to lock, strike or
// add rows, the timetable, what stayed open, and a sheet for each party.
absl::Status WritePlanWorkbook(const Plan& plan, const std::filesystem::path& path);

// Reads back what the organiser decided: each row of the matches sheet whose decision is filled in, and each row added.
// A row that names an unknown listing or an unknown decision is kFieldInvalid; all such rows are named in the message.
absl::StatusOr<std::vector<PairDecision>> ReadPlanWorkbook(const std::filesystem::path& path, const Snapshot& snapshot);

// The pairs that stood in the workbook's matches sheet (for the difference between two plans).
absl::StatusOr<std::vector<PairDecision>> ReadPlanPairs(const std::filesystem::path& path);

std::string RenderMatchesTsv(const Plan& plan);
std::string RenderMeetingsTsv(const Plan& plan);
std::string RenderUnmatchedTsv(const Plan& plan);
std::string RenderImportTsv(const std::vector<RowReport>& rows);
std::string RenderRunJson(const Plan& plan);

// All of the above into `folder` (made if it is missing): matches.tsv, meetings.tsv, unmatched.tsv, import.tsv,
// plan.xlsx, report.html, run.json.
absl::Status WritePlan(const Plan& plan, const std::filesystem::path& folder);

}  // namespace magpie
