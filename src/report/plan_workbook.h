// What the writer and the reader of plan.xlsx share: the columns of the matches sheet, the hidden sheet that
// remembers the plan, the words of a decision; and the parts of the writer.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "magpie/report/report.h"
#include "report/book.h"
#include "report/plan_view.h"

namespace magpie::report {

inline constexpr std::array kMatchColumns = {
    Text::kDecision,       Text::kNeedId,     Text::kNeed,     Text::kNeedParty,
    Text::kNeedRegion,     Text::kOfferingId, Text::kOffering, Text::kOfferingParty,
    Text::kOfferingRegion, Text::kScore,      Text::kGrade,    Text::kRank,
    Text::kReason,         Text::kObjections, Text::kMeeting,  Text::kInEvent};

// Hidden: row 1 "run_id", the id; row 2 a heading; then need id and offering id of every match as it was written.
inline constexpr std::string_view kPlanSheet = "_magpie";

// 锁定, locked, 剔除, ... in any case and width; kNone for an empty text, nullopt for any other.
std::optional<Decision> ParseDecision(std::string_view text);

// Writes a heading row, and columns as wide as given.
struct Column {
  Text heading;
  double width;
};
void WriteHeading(const PlanView& view, std::span<const Column> columns, std::uint32_t row, Sheet* sheet);

// The index of parties and a sheet for each of them, up to options.party_sheets.
void WritePartySheets(const PlanView& view, const WorkbookOptions& options, Book* book);

}  // namespace magpie::report
