// plan.xlsx: the sheets that everybody sees. Party sheets: party_sheets.cc.
#include <algorithm>
#include <span>

#include "report/plan_workbook.h"
#include "report/shown_tours.h"

namespace magpie {
namespace report {

void WriteHeading(const PlanView& view, std::span<const Column> columns, std::uint32_t row, Sheet* sheet) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    sheet->Text(row, static_cast<int>(i), view(columns[i].heading), CellStyle::kHeading);
    sheet->Width(static_cast<int>(i), columns[i].width);
  }
}

namespace {

constexpr int kEmptyRows = 30;  // for additions by hand, below the matches

// How many of `count` rows a list may hold; says under it what was left out.
struct Limit {
  std::int64_t shown, left;
};
Limit LimitRows(std::int64_t count, const WorkbookOptions& options) {
  const std::int64_t shown = std::min(count, options.list_rows);
  return {shown, count - shown};
}
void SayCut(const PlanView& view, const Limit& limit, std::string_view file, std::uint32_t row, Sheet* sheet) {
  if (limit.left > 0)
    sheet->Text(row, 0, view.Format(Text::kRowsCut, PlanView::Count(limit.left), file), CellStyle::kNote);
}

void WriteOverview(const PlanView& view, Book* book) {
  const Plan& plan = view.plan();
  Sheet sheet = book->Add(view(Text::kOverview));
  sheet.Width(0, 24);
  sheet.Width(1, 22);
  sheet.Width(2, 60);
  std::uint32_t row = 0;
  sheet.Wide(row, 0, 2, view.Title(), CellStyle::kTitle);
  sheet.Height(row++, 28);
  if (const std::string subtitle = view.Subtitle(); !subtitle.empty())
    sheet.Wide(row++, 0, 2, subtitle, CellStyle::kNote);
  ++row;
  sheet.Text(row, 0, view(Text::kItem), CellStyle::kHeading);
  sheet.Text(row, 1, view(Text::kCount), CellStyle::kHeading);
  sheet.Text(row++, 2, view(Text::kExplanation), CellStyle::kHeading);
  const auto figure = [&](Text label, std::int64_t count, std::string_view note) {
    sheet.Text(row, 0, view(label));
    sheet.Number(row, 1, static_cast<double>(count), CellStyle::kCount);
    sheet.Text(row++, 2, note, CellStyle::kMuted);
  };
  const PlanFunnel& funnel = plan.funnel;
  figure(Text::kNeeds, funnel.needs, "");
  figure(Text::kOfferings, funnel.offerings, "");
  figure(Text::kFunnelPairs, funnel.pairs, "");
  figure(Text::kFunnelCandidates, funnel.candidates,
         funnel.rejected.value_or(0) > 0 ? view.Format(Text::kFunnelRejectedNote, PlanView::Count(*funnel.rejected))
                                         : std::string(view(Text::kFunnelCandidatesNote)));
  figure(Text::kFunnelAbove, funnel.above_threshold,
         view.Format(Text::kFunnelAboveNote, PlanView::Score(plan.options.threshold)));
  figure(Text::kFunnelMatches, funnel.matches, view(Text::kFunnelMatchesNote));
  figure(Text::kFigureNeeds, funnel.needs_matched, PlanView::Percent(funnel.needs_matched, funnel.needs));
  figure(Text::kFigureOfferings, funnel.offerings_matched,
         PlanView::Percent(funnel.offerings_matched, funnel.offerings));
  figure(Text::kFunnelMeetings, funnel.meetings,
         view.Format(Text::kFunnelMeetingsNote, PlanView::Count(funnel.meeting_requests)));
  ++row;
  const auto fact = [&](std::string_view label, std::string_view value) {
    if (value.empty()) return;
    sheet.Text(row, 0, label);
    sheet.Text(row, 1, value);
    sheet.Text(row++, 2, "");
  };
  sheet.Text(row++, 0, view(Text::kRun), CellStyle::kSection);
  fact(view(Text::kRunId), plan.run.run_id);
  fact(view(Text::kVersion), plan.run.version);
  fact(view(Text::kEncoder), plan.run.encoder_id);
  fact(view(Text::kDictionary), plan.run.dictionary_id);
  fact(view(Text::kProfile), plan.run.profile_id);
  fact(view(Text::kSeed), std::to_string(plan.run.seed));
  for (const auto& [name, hash] : plan.run.inputs) fact(name, "SHA-256 " + hash);
  for (const auto& [name, value] : plan.run.options) fact(name, value);
}

// Pairs that the organiser struck: they are in no plan, and must not be forgotten by the next one.
void WriteStruck(const PlanView& view, std::uint32_t* row, Sheet* sheet) {
  for (const PairDecision& decided : view.plan().options.decisions) {
    if (decided.decision != Decision::kStruck) continue;
    const std::int32_t need = view.Find(Side::kNeed, decided.need_id);
    const std::int32_t offering = view.Find(Side::kOffering, decided.offering_id);
    for (int column = 0; column < std::ssize(kMatchColumns); ++column) sheet->Text(*row, column, "");
    sheet->Text(*row, 0, view(Text::kStruck));
    const auto listing = [&](Side side, std::int32_t index, std::string_view id, int column) {
      sheet->Text(*row, column, id, CellStyle::kId);
      if (index < 0) return;
      const ShownListing shown = view.Show(side, index);
      sheet->Text(*row, column + 1, shown.title);
      sheet->Text(*row, column + 2, shown.party);
      sheet->Text(*row, column + 3, shown.region);
    };
    listing(Side::kNeed, need, decided.need_id, 1);
    listing(Side::kOffering, offering, decided.offering_id, 5);
    ++*row;
  }
}

// Colours a row by its decision as soon as it is chosen.
void ColourDecisions(const PlanView& view, std::uint32_t first, std::uint32_t last, Book* book, Sheet* sheet) {
  struct Look {
    Text word;
    lxw_color_t ground;
    bool struck;
  };
  for (const Look& look : {Look{Text::kLocked, 0xDDEFE4, false}, Look{Text::kStruck, 0xEEEEEE, true},
                           Look{Text::kAdded, 0xFFF3D6, false}}) {
    lxw_format* format = workbook_add_format(book->raw());
    format_set_bg_color(format, look.ground);
    if (look.struck) {
      format_set_font_strikeout(format);
      format_set_font_color(format, 0x808080);
    }
    std::string formula = fmt::format("=$A{}=\"{}\"", first + 1, view(look.word));
    lxw_conditional_format rule = {};
    rule.type = LXW_CONDITIONAL_TYPE_FORMULA;
    rule.value_string = formula.data();
    rule.format = format;
    worksheet_conditional_format_range(sheet->raw(), first, 0, last, std::ssize(kMatchColumns) - 1, &rule);
  }
}

void OfferDecisions(const PlanView& view, std::uint32_t first, std::uint32_t last, Sheet* sheet) {
  std::string locked(view(Text::kLocked)), struck(view(Text::kStruck)), added(view(Text::kAdded));
  std::string title(view(Text::kDecisionTitle)), hint(view(Text::kDecisionHint));
  char* list[] = {locked.data(), struck.data(), added.data(), nullptr};
  lxw_data_validation rule = {};
  rule.validate = LXW_VALIDATION_TYPE_LIST;
  rule.ignore_blank = LXW_VALIDATION_ON;
  rule.value_list = list;
  rule.input_title = title.data();
  rule.input_message = hint.data();
  rule.error_title = title.data();
  rule.error_message = hint.data();
  worksheet_data_validation_range(sheet->raw(), first, 0, last, 0, &rule);
}

void WriteMatchesSheet(const PlanView& view, const WorkbookOptions& options, Book* book) {
  constexpr std::array<double, kMatchColumns.size()> kWidths = {9,  11, 30, 22, 14, 11, 30, 22,
                                                                14, 8,  9,  6,  48, 36, 24, 7};
  Sheet sheet = book->Add(view(Text::kMatches));
  std::vector<Column> columns;
  for (std::size_t i = 0; i < kMatchColumns.size(); ++i) columns.push_back({kMatchColumns[i], kWidths[i]});
  const int last_column = static_cast<int>(columns.size()) - 1;
  sheet.Wide(0, 0, last_column, view(Text::kHowTo), CellStyle::kNote);
  sheet.Height(0, 32);
  WriteHeading(view, columns, 1, &sheet);
  worksheet_freeze_panes(sheet.raw(), 2, 2);
  worksheet_repeat_rows(sheet.raw(), 1, 1);

  const std::vector<PlannedMatch>& matches = view.plan().matches;
  const Limit limit = LimitRows(std::ssize(matches), options);
  constexpr std::uint32_t kFirst = 2;
  std::uint32_t row = kFirst;
  for (std::int64_t i = 0; i < limit.shown; ++i, ++row) {
    const PlannedMatch& match = matches[static_cast<std::size_t>(i)];
    const ShownListing need = view.Need(match), offering = view.Offering(match);
    sheet.Text(row, 0, view.DecisionWord(match.decision));
    sheet.Text(row, 1, need.id, CellStyle::kId);
    sheet.Text(row, 2, need.title);
    sheet.Text(row, 3, need.party);
    sheet.Text(row, 4, need.region);
    sheet.Text(row, 5, offering.id, CellStyle::kId);
    sheet.Text(row, 6, offering.title);
    sheet.Text(row, 7, offering.party);
    sheet.Text(row, 8, offering.region);
    sheet.Number(row, 9, match.pair.score, CellStyle::kScore);
    sheet.Text(row, 10, view.GradeWord(match.pair.grade));
    sheet.Number(row, 11, match.rank_for_need, CellStyle::kCount);
    sheet.Text(row, 12, view.Reason(match));
    sheet.Text(row, 13, view.Objections(match));
    sheet.Text(row, 14, view.MeetingLabel(match));
    sheet.Text(row, 15, view(match.in_event ? Text::kYes : Text::kNo));
  }
  WriteStruck(view, &row, &sheet);
  for (int i = 0; i < kEmptyRows; ++i, ++row) {
    for (int column = 0; column <= last_column; ++column) {
      sheet.Text(row, column, "", column == 1 || column == 5 ? CellStyle::kId : CellStyle::kText);
    }
  }
  worksheet_autofilter(sheet.raw(), 1, 0, row - 1, static_cast<lxw_col_t>(last_column));
  OfferDecisions(view, kFirst, row - 1, &sheet);
  ColourDecisions(view, kFirst, row - 1, book, &sheet);
  SayCut(view, limit, "matches.tsv", row, &sheet);
}

// The slots as rows, the tables as columns, one block a session. Returns the row below.
std::uint32_t WriteTimetableGrid(const PlanView& view, std::uint32_t row, Sheet* sheet) {
  for (const GridSession& session : TimetableGrid(view)) {
    if (!session.title.empty()) sheet->Text(row++, 0, session.title, CellStyle::kSection);
    sheet->Text(row, 0, view(Text::kTime), CellStyle::kHeading);
    int column = 1;
    for (const std::string& table : session.tables) {
      const std::string room = TableRoom(view, table);
      sheet->Text(row, column++, room.empty() ? table : fmt::format("{}（{}）", table, room), CellStyle::kHeading);
    }
    ++row;
    for (const GridSlot& slot : session.slots) {
      sheet->Text(row, 0, slot.label, CellStyle::kStrong);
      column = 1;
      for (const std::string& table : session.tables) {
        std::string text;
        if (const auto held = slot.meetings.find(table); held != slot.meetings.end()) {
          for (std::int32_t number : held->second) {
            const ShownMeeting shown = view.Show(view.plan().meetings[static_cast<std::size_t>(number)]);
            text += fmt::format("{}{}\n→ {}{}{}", text.empty() ? "" : "\n", shown.guest_party,
                                shown.team.empty() ? shown.host_party : shown.team, shown.topic.empty() ? "" : "\n",
                                shown.topic);
          }
        } else if (std::find(slot.tables.begin(), slot.tables.end(), table) == slot.tables.end()) {
          text = view(Text::kTableClosed);
        }
        sheet->Text(row, column++, text, text == view(Text::kTableClosed) ? CellStyle::kMuted : CellStyle::kText);
      }
      ++row;
    }
    ++row;
  }
  return row;
}

void WriteTimetableSheet(const PlanView& view, const WorkbookOptions& options, Book* book) {
  const Plan& plan = view.plan();
  Sheet sheet = book->Add(view(Text::kTimetable));
  const std::vector<ShownTour> tours = ShownTours(view);
  if (plan.meetings.empty() && plan.unplaced.empty() && tours.empty()) {
    sheet.Text(0, 0, view(Text::kNoMeetings), CellStyle::kNote);
    return;
  }
  std::uint32_t row = WriteTimetableGrid(view, 0, &sheet);
  constexpr std::array<Column, 15> kColumns = {{{Text::kTime, 20},
                                                {Text::kSlot, 22},
                                                {Text::kTable, 22},
                                                {Text::kRoom, 22},
                                                {Text::kGuestParty, 22},
                                                {Text::kGuest, 22},
                                                {Text::kHostParty, 22},
                                                {Text::kTeam, 20},
                                                {Text::kHost, 12},
                                                {Text::kNeedId, 11},
                                                {Text::kOfferingId, 11},
                                                {Text::kTopic, 34},
                                                {Text::kWish, 9},
                                                {Text::kPriority, 8},
                                                {Text::kExplanation, 34}}};
  WriteHeading(view, kColumns, row++, &sheet);
  const Limit limit = LimitRows(std::ssize(plan.meetings), options);
  for (std::int64_t i = 0; i < limit.shown; ++i, ++row) {
    const PlannedMeeting& meeting = plan.meetings[static_cast<std::size_t>(i)];
    const ShownMeeting shown = view.Show(meeting);
    const std::string when = shown.day.empty() ? shown.time : shown.day + " " + shown.time;
    const std::string_view cells[] = {
        when,       meeting.slot, meeting.table, meeting.room,      shown.guest_party, shown.guest, shown.host_party,
        shown.team, shown.host,   shown.need_id, shown.offering_id, shown.topic,       meeting.wish};
    int column = 0;
    for (std::string_view cell : cells) sheet.Text(row, column++, cell);
    if (meeting.priority > 0) sheet.Number(row, column, meeting.priority, CellStyle::kCount);
  }
  SayCut(view, limit, "meetings.tsv", row, &sheet);
  if (!tours.empty()) row += 2;
  for (const ShownTour& tour : tours) {
    sheet.Text(row, 0, tour.title, CellStyle::kSection);
    sheet.Text(row++, 4, tour.line, CellStyle::kNote);
    for (const ShownStop& stop : tour.stops) {
      sheet.Text(row, 0, stop.when, stop.visit == nullptr ? CellStyle::kStrong : CellStyle::kText);
      sheet.Text(row, 4, stop.stop->party);
      sheet.Text(row++, 3, stop.stop->place);
    }
  }
  if (plan.unplaced.empty()) return;
  row += 2;
  sheet.Text(row++, 0, view(Text::kUnplaced), CellStyle::kSection);
  WriteHeading(view, kColumns, row++, &sheet);
  const Limit asked_limit = LimitRows(std::ssize(plan.unplaced), options);
  for (std::int64_t i = 0; i < asked_limit.shown; ++i, ++row) {
    const PlannedUnplaced& asked = plan.unplaced[static_cast<std::size_t>(i)];
    const bool hidden = view.Undisclosed(asked);
    sheet.Text(row, 0, view.UnplacedWord(asked.reason), CellStyle::kStrong);
    sheet.Text(row, 4, asked.guest_party);
    sheet.Text(row, 5, asked.guest);
    sheet.Text(row, 7, asked.team);
    sheet.Text(row, 9, hidden ? "" : asked.need_id);
    sheet.Text(row, 10, hidden ? "" : asked.offering_id);
    sheet.Text(row, 12, asked.wish);
    if (asked.priority > 0) sheet.Number(row, 13, asked.priority, CellStyle::kCount);
    sheet.Text(row, 14, hidden ? view(Text::kWithheld) : std::string_view(asked.sentence));
  }
  SayCut(view, asked_limit, "unplaced.tsv", row, &sheet);
}

void WriteOpenSheet(const PlanView& view, const WorkbookOptions& options, Book* book) {
  constexpr std::array<Column, 8> kColumns = {{{Text::kSide, 9},
                                               {Text::kId, 12},
                                               {Text::kTitle, 36},
                                               {Text::kParty, 26},
                                               {Text::kWhy, 18},
                                               {Text::kNearest, 14},
                                               {Text::kNearScore, 11},
                                               {Text::kExplanation, 60}}};
  const std::vector<PlannedOpen>& list = view.plan().open;
  Sheet sheet = book->Add(view(Text::kOpen));
  WriteHeading(view, kColumns, 0, &sheet);
  worksheet_freeze_panes(sheet.raw(), 1, 0);
  worksheet_repeat_rows(sheet.raw(), 0, 0);
  const Limit limit = LimitRows(std::ssize(list), options);
  std::uint32_t row = 1;
  for (std::int64_t i = 0; i < limit.shown; ++i, ++row) {
    const PlannedOpen& open = list[static_cast<std::size_t>(i)];
    const ShownListing listing = view.Show(open.side, open.index);
    sheet.Text(row, 0, view.SideWord(open.side));
    sheet.Text(row, 1, listing.id, CellStyle::kId);
    sheet.Text(row, 2, listing.title);
    sheet.Text(row, 3, listing.party);
    sheet.Text(row, 4, view.OpenWord(open.reason));
    sheet.Text(row, 5, open.near_id, CellStyle::kId);
    if (open.near_id.empty()) {
      sheet.Text(row, 6, "");
    } else {
      sheet.Number(row, 6, open.near_score, CellStyle::kScore);
    }
    sheet.Text(row, 7, view.TextHidden(open) ? view(Text::kWithheld) : std::string_view(open.sentence));
  }
  worksheet_autofilter(sheet.raw(), 0, 0, std::max<std::uint32_t>(row - 1, 1), kColumns.size() - 1);
  SayCut(view, limit, "unmatched.tsv", row, &sheet);
}

void WriteChangesSheet(const PlanView& view, const WorkbookOptions& options, Book* book) {
  const std::vector<PlanChange>& changes = view.plan().changes;
  if (changes.empty()) return;
  constexpr std::array<Column, 7> kColumns = {{{Text::kNeedId, 12},
                                               {Text::kNeed, 34},
                                               {Text::kOfferingId, 12},
                                               {Text::kOffering, 34},
                                               {Text::kBefore, 10},
                                               {Text::kAfter, 10},
                                               {Text::kExplanation, 60}}};
  Sheet sheet = book->Add(view(Text::kChanges));
  WriteHeading(view, kColumns, 0, &sheet);
  worksheet_freeze_panes(sheet.raw(), 1, 0);
  const Limit limit = LimitRows(std::ssize(changes), options);
  std::uint32_t row = 1;
  const auto title = [&](Side side, std::string_view id) {
    const std::int32_t index = view.Find(side, id);
    return index >= 0 ? view.Show(side, index).title : std::string();
  };
  for (std::int64_t i = 0; i < limit.shown; ++i, ++row) {
    const PlanChange& change = changes[static_cast<std::size_t>(i)];
    sheet.Text(row, 0, change.need_id, CellStyle::kId);
    sheet.Text(row, 1, title(Side::kNeed, change.need_id));
    sheet.Text(row, 2, change.offering_id, CellStyle::kId);
    sheet.Text(row, 3, title(Side::kOffering, change.offering_id));
    sheet.Text(row, 4, view.ChangeWord(change.before));
    sheet.Text(row, 5, view.ChangeWord(change.after));
    sheet.Text(row, 6, view.TextHidden(change) ? view(Text::kWithheld) : std::string_view(change.sentence));
  }
  SayCut(view, limit, "changes.tsv", row, &sheet);
}

void WriteImportSheet(const PlanView& view, const WorkbookOptions& options, Book* book) {
  constexpr std::array<Column, 8> kColumns = {{{Text::kStatus, 9},
                                               {Text::kFile, 22},
                                               {Text::kSheet, 12},
                                               {Text::kRow, 7},
                                               {Text::kColumn, 16},
                                               {Text::kValue, 28},
                                               {Text::kWhy, 26},
                                               {Text::kHint, 56}}};
  Sheet sheet = book->Add(view(Text::kImport));
  WriteHeading(view, kColumns, 0, &sheet);
  worksheet_freeze_panes(sheet.raw(), 1, 0);
  std::vector<const RowReport*> rows;
  for (const RowReport& report : view.plan().import_rows) {
    if (NeedsAttention(report)) rows.push_back(&report);
  }
  const Limit limit = LimitRows(std::ssize(rows), options);
  std::uint32_t row = 1;
  for (std::int64_t i = 0; i < limit.shown; ++i, ++row) {
    const RowReport& report = *rows[static_cast<std::size_t>(i)];
    sheet.Text(row, 0, view.StatusWord(report));
    sheet.Text(row, 1, report.file);
    sheet.Text(row, 2, report.sheet);
    sheet.Number(row, 3, static_cast<double>(report.row), CellStyle::kCount);
    sheet.Text(row, 4, report.column);
    sheet.Text(row, 5, report.value);
    sheet.Text(row, 6, report.reason);
    sheet.Text(row, 7, report.hint);
  }
  if (rows.empty()) sheet.Wide(row++, 0, 7, view(Text::kImportClean), CellStyle::kNote);
  SayCut(view, limit, "import.tsv", row, &sheet);
}

// Remembers which pairs the plan had, so that reading back can tell a row added from a row that was there, and name
// the rows that were deleted.
void WriteMemory(const PlanView& view, const WorkbookOptions& options, Book* book) {
  Sheet sheet = book->Add(kPlanSheet);
  sheet.Text(0, 0, "run_id");
  sheet.Text(0, 1, view.plan().run.run_id);
  sheet.Text(1, 0, "need_id");
  sheet.Text(1, 1, "offering_id");
  std::uint32_t row = 2;
  const Limit limit = LimitRows(std::ssize(view.plan().matches), options);
  for (std::int64_t i = 0; i < limit.shown; ++i, ++row) {
    const ScoredPair& pair = view.plan().matches[static_cast<std::size_t>(i)].pair;
    sheet.Text(row, 0, view.snapshot().need(pair.need).record.id, CellStyle::kId);
    sheet.Text(row, 1, view.snapshot().offering(pair.offering).record.id, CellStyle::kId);
  }
  worksheet_hide(sheet.raw());
}

}  // namespace
}  // namespace report

absl::Status WritePlanWorkbook(const Plan& plan, const std::filesystem::path& path, const WorkbookOptions& options) {
  using namespace report;  // the sheets
  const PlanView view(plan);
  // The event's first day, or a fixed one: the file must not depend on the clock.
  constexpr std::time_t kNoDate = 946'684'800;  // 2000-01-01
  std::time_t created = kNoDate;
  if (plan.event && !plan.event->sessions.empty() && plan.event->sessions.front().start) {
    created = plan.event->sessions.front().start->unix_seconds;
  }
  Book book(path, view.Title(), created, view(Text::kCutText));
  if (book.raw() == nullptr) return book.Close();
  WriteOverview(view, &book);
  WriteMatchesSheet(view, options, &book);
  WriteTimetableSheet(view, options, &book);
  WriteOpenSheet(view, options, &book);
  WriteChangesSheet(view, options, &book);
  WriteImportSheet(view, options, &book);
  WriteMemory(view, options, &book);  // before the parties, one of which might bear its name
  WritePartySheets(view, options, &book);
  return book.Close();
}

}  // namespace magpie
