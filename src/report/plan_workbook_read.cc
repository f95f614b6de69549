// Reads plan.xlsx back as organisers return it: rows sorted, filtered, deleted and added, ids typed by hand.
#include <algorithm>
#include <map>
#include <set>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/ingest/workbook.h"
#include "report/plan_workbook.h"

namespace magpie {
namespace report {
namespace {

std::string WithoutSpaces(std::string_view text) {
  std::string out;
  for (std::size_t offset = 0; offset < text.size();) {
    const char32_t c = NextCodePoint(text, &offset);
    if (!IsSpace(c)) AppendCodePoint(c, &out);
  }
  return out;
}

std::string Key(std::string_view text) {
  return WithoutSpaces(ToNfkcFolded(text));
}

bool IsOneOf(std::string_view key, Text text, std::initializer_list<std::string_view> synonyms) {
  return key == Key(TextOf(text, Language::kZh)) || key == Key(TextOf(text, Language::kEn)) ||
         std::find(synonyms.begin(), synonyms.end(), key) != synonyms.end();
}

// Where the columns that are read stand in the matches sheet; -1 = not there.
struct Places {
  int decision = -1, need = -1, offering = -1, score = -1;
  bool complete() const { return decision >= 0 && need >= 0 && offering >= 0; }
};

Places FindHeading(const WorkbookRow& row) {
  Places places;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const std::string key = Key(row.cells[i]);
    const int column = static_cast<int>(i);
    if (key.empty()) continue;
    if (IsOneOf(key, Text::kDecision, {})) places.decision = column;
    if (IsOneOf(key, Text::kNeedId, {"need_id"})) places.need = column;
    if (IsOneOf(key, Text::kOfferingId, {"offering_id", "资源编号", "成果编号"})) places.offering = column;
    if (IsOneOf(key, Text::kScore, {"score", "得分"})) places.score = column;
  }
  return places;
}

struct SheetRow {
  std::int64_t row = 0;
  std::string decision, need, offering;
  bool has_score = false;
};

struct PlanSheets {
  std::string matches_sheet;
  std::vector<SheetRow> rows;
  bool has_memory = false;  // the hidden sheet, which another program may have dropped
  std::vector<std::pair<std::string, std::string>> planned;
};

std::string_view Cell(const WorkbookRow& row, int column) {
  return column >= 0 && column < std::ssize(row.cells) ? TrimSpace(row.cells[static_cast<std::size_t>(column)])
                                                       : std::string_view();
}

absl::StatusOr<PlanSheets> ReadPlanSheets(const std::filesystem::path& path) {
  constexpr std::int64_t kHeadingRows = 20;  // a heading further down is none
  PlanSheets sheets;
  Places places;
  int matches_index = -1;
  const auto sink = [&](const WorkbookRow& row) -> absl::Status {
    if (row.sheet == kPlanSheet) {
      sheets.has_memory = true;
      if (row.row > 2 && !Cell(row, 0).empty()) {
        // Ids as they were written, spaces and all.
        sheets.planned.emplace_back(row.cells[0], row.cells.size() > 1 ? row.cells[1] : "");
      }
      return absl::OkStatus();
    }
    if (matches_index < 0) {
      if (row.row > kHeadingRows) return absl::OkStatus();
      places = FindHeading(row);
      if (!places.complete()) return absl::OkStatus();
      matches_index = row.sheet_index;
      sheets.matches_sheet = row.sheet;
      return absl::OkStatus();
    }
    if (row.sheet_index != matches_index) return absl::OkStatus();
    SheetRow read{.row = row.row,
                  .decision = std::string(Cell(row, places.decision)),
                  .need = std::string(Cell(row, places.need)),
                  .offering = std::string(Cell(row, places.offering)),
                  .has_score = !Cell(row, places.score).empty()};
    // Notes under the list stand in the first column, where decisions stand too; they have neither id.
    const bool note = read.need.empty() && read.offering.empty() && !ParseDecision(read.decision);
    const bool empty = read.need.empty() && read.offering.empty() && read.decision.empty();
    if (!note && !empty) sheets.rows.push_back(std::move(read));
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(ReadWorkbook(path.string(), ImportLimits{}, sink, RunContext{}));
  if (matches_index < 0) {
    return MakeError(
        Reason::kBadFile, path.string(),
        "has no sheet with the columns 决定/Decision, 需求编号/Need ID and 供给编号/Offering ID in its first "
        "rows; give a plan.xlsx that magpie plan wrote");
  }
  return sheets;
}

// The listing that a typed id means: as it stands, else in plain characters, without spaces, in either case.
std::int32_t FindTyped(const Snapshot& snapshot, Side side, std::string_view typed) {
  const auto find = [&](std::string_view id) {
    return side == Side::kNeed ? snapshot.FindNeed(id).value : snapshot.FindOffering(id).value;
  };
  const std::string plain = WithoutSpaces(ToNfkc(typed));
  std::string upper = plain, lower = plain;
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (std::string_view id : {typed, std::string_view(plain), std::string_view(upper), std::string_view(lower)}) {
    if (const std::int32_t index = find(id); index >= 0) return index;
  }
  return -1;
}

const std::string& IdOf(const Snapshot& snapshot, Side side, std::int32_t index) {
  return snapshot.listings(side)[static_cast<std::size_t>(index)]->record.id;
}

std::string_view SideName(Side side) {
  return side == Side::kNeed ? "need" : "offering";
}

// The listing's own id, or "" with what is wrong added to `problems`.
std::string Resolve(const Snapshot& snapshot, Side side, const SheetRow& row, std::string_view typed,
                    std::vector<std::string>* problems) {
  if (typed.empty()) {
    problems->push_back(fmt::format("row {}: the {} id is missing", row.row, SideName(side)));
    return "";
  }
  if (const std::int32_t index = FindTyped(snapshot, side, typed); index >= 0) return IdOf(snapshot, side, index);
  const Side other = side == Side::kNeed ? Side::kOffering : Side::kNeed;
  const bool swapped = FindTyped(snapshot, other, typed) >= 0;
  problems->push_back(fmt::format("row {}: \"{}\" is not the id of {} {}{}", row.row, typed,
                                  side == Side::kNeed ? "a" : "an", SideName(side),
                                  swapped ? fmt::format(" but of the other side; is it in the wrong column?") : ""));
  return "";
}

std::string Join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : "; ") + part;
  return out;
}

}  // namespace

std::optional<Decision> ParseDecision(std::string_view text) {
  const std::string key = Key(text);
  if (key.empty()) return Decision::kNone;
  if (IsOneOf(key, Text::kLocked, {"lock", "keep", "保留", "锁"})) return Decision::kLocked;
  if (IsOneOf(key, Text::kStruck, {"strike", "struckout", "remove", "删除", "取消"})) return Decision::kStruck;
  if (IsOneOf(key, Text::kAdded, {"add", "new", "增加", "添加"})) return Decision::kAdded;
  return std::nullopt;
}

}  // namespace report

absl::StatusOr<std::vector<PairDecision>> ReadPlanWorkbook(const std::filesystem::path& path,
                                                           const Snapshot& snapshot) {
  using namespace report;
  MAGPIE_ASSIGN_OR_RETURN(const PlanSheets sheets, ReadPlanSheets(path));
  const std::set<std::pair<std::string, std::string>> planned(sheets.planned.begin(), sheets.planned.end());
  std::vector<std::string> problems, conflicts;
  std::vector<PairDecision> decisions;
  std::map<std::pair<std::string, std::string>, std::size_t> decided;  // pair -> place in decisions
  for (const SheetRow& row : sheets.rows) {
    std::optional<Decision> decision = ParseDecision(row.decision);
    if (!decision) {
      problems.push_back(
          fmt::format("row {}: \"{}\" is not a decision; use 锁定/locked, 剔除/struck, 新增/added or nothing", row.row,
                      row.decision));
    }
    std::pair<std::string, std::string> pair;
    // A row of the plan without a decision may name a listing that has left the lists since: nothing is decided there.
    const bool untouched = decision == Decision::kNone &&
                           (planned.contains({row.need, row.offering}) || (!sheets.has_memory && row.has_score));
    if (untouched) continue;
    pair.first = Resolve(snapshot, Side::kNeed, row, row.need, &problems);
    pair.second = Resolve(snapshot, Side::kOffering, row, row.offering, &problems);
    if (!decision || pair.first.empty() || pair.second.empty()) continue;
    if (decision == Decision::kNone) {
      if (planned.contains(pair)) continue;
      decision = Decision::kAdded;
    }
    const auto [known, is_new] = decided.emplace(pair, decisions.size());
    if (is_new) {
      decisions.push_back({.need_id = pair.first, .offering_id = pair.second, .decision = *decision, .row = row.row});
      continue;
    }
    const PairDecision& before = decisions[known->second];
    if ((before.decision == Decision::kStruck) != (*decision == Decision::kStruck)) {
      conflicts.push_back(fmt::format("{} with {}: row {} says {}, row {} says {}", pair.first, pair.second, before.row,
                                      DecisionName(before.decision), row.row, DecisionName(*decision)));
    }
  }
  const std::string where = fmt::format("{}, sheet {}", path.filename().string(), sheets.matches_sheet);
  if (!problems.empty()) return MakeError(Reason::kFieldInvalid, where, Join(problems));
  if (!conflicts.empty()) {
    return MakeError(Reason::kPlanConflict, where, Join(conflicts) + "; leave one of the two decisions");
  }
  return decisions;
}

absl::StatusOr<std::vector<PairDecision>> ReadPlanPairs(const std::filesystem::path& path) {
  using namespace report;
  MAGPIE_ASSIGN_OR_RETURN(const PlanSheets sheets, ReadPlanSheets(path));
  std::map<std::pair<std::string, std::string>, const SheetRow*> rows;
  for (const SheetRow& row : sheets.rows) rows.emplace(std::pair(row.need, row.offering), &row);
  std::vector<PairDecision> pairs;
  const auto add = [&](const std::string& need, const std::string& offering, const SheetRow* row) {
    pairs.push_back(
        {.need_id = need,
         .offering_id = offering,
         .decision = row != nullptr ? ParseDecision(row->decision).value_or(Decision::kNone) : Decision::kNone,
         .row = row != nullptr ? row->row : 0});
  };
  for (const auto& [need, offering] : sheets.planned) {
    const auto row = rows.find({need, offering});
    add(need, offering, row != rows.end() ? row->second : nullptr);
  }
  if (!sheets.has_memory) {
    for (const SheetRow& row : sheets.rows) {
      if (row.has_score) add(row.need, row.offering, &row);
    }
  }
  return pairs;
}

}  // namespace magpie
