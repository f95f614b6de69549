// plan.xlsx: the index of parties and a sheet for each, with what concerns this party alone.
#include <algorithm>
#include <map>

#include "report/party_entries.h"
#include "report/plan_workbook.h"

namespace magpie::report {
namespace {

// Who gets one of the sheets, with a name still to be given: the parties with the most to do first.
std::map<const PartyEntry*, std::string> ChooseSheets(const WorkbookOptions& options,
                                                      const std::vector<PartyEntry>& entries) {
  std::vector<const PartyEntry*> order;
  for (const PartyEntry& entry : entries) {
    if (entry.shown()) order.push_back(&entry);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const PartyEntry* a, const PartyEntry* b) { return a->rank() > b->rank(); });
  std::map<const PartyEntry*, std::string> sheets;
  for (std::size_t i = 0; i < order.size() && static_cast<std::int64_t>(i) < options.party_sheets; ++i) {
    sheets.emplace(order[i], "");
  }
  return sheets;
}

void WriteListings(const PlanView& view, const PartyEntry& entry, const ListingStates& states, std::uint32_t* row,
                   Sheet* sheet) {
  if (entry.listings.empty()) return;
  sheet->Text((*row)++, 0, view(Text::kOwnListings), CellStyle::kSection);
  int column = 0;
  for (Text text : {Text::kSide, Text::kId, Text::kTitle, Text::kStatus}) {
    sheet->Text(*row, column++, view(text), CellStyle::kHeading);
  }
  ++*row;
  for (const auto& key : entry.listings) {
    const ShownListing listing = view.Show(key.first, key.second);
    sheet->Text(*row, 0, view.SideWord(key.first));
    sheet->Text(*row, 1, listing.id, CellStyle::kId);
    sheet->Text(*row, 2, listing.title);
    sheet->Text((*row)++, 3, states.Of(key.first, key.second));
  }
  ++*row;
}

void WriteMatches(const PlanView& view, const PartyEntry& entry, std::uint32_t* row, Sheet* sheet) {
  if (entry.matches.empty()) return;
  sheet->Text((*row)++, 0, view(Text::kOwnMatches), CellStyle::kSection);
  int column = 0;
  for (Text text : {Text::kGrade, Text::kScore, Text::kOwnTitle, Text::kPartnerTitle, Text::kPartnerParty,
                    Text::kRegion, Text::kPartnerContacts, Text::kReason, Text::kObjections, Text::kMeeting}) {
    sheet->Text(*row, column++, view(text), CellStyle::kHeading);
  }
  ++*row;
  for (const OwnMatch& own : entry.matches) {
    const PlannedMatch& match = view.plan().matches[static_cast<std::size_t>(own.match)];
    const ShownListing need = view.Need(match), offering = view.Offering(match);
    const ShownListing& mine = own.side == Side::kNeed ? need : offering;
    const ShownListing& theirs = own.side == Side::kNeed ? offering : need;
    sheet->Text(*row, 0, view.GradeWord(match.pair.grade));
    sheet->Number(*row, 1, match.pair.score, CellStyle::kScore);
    column = 2;
    for (const std::string& cell :
         {mine.id + " " + mine.title, theirs.id + " " + theirs.title, theirs.party, theirs.region, theirs.contacts,
          view.Reason(match), view.Objections(match), view.MeetingLabel(match)}) {
      sheet->Text(*row, column++, cell);
    }
    ++*row;
  }
  ++*row;
}

void WriteMeetings(const PlanView& view, const PartyEntry& entry, std::uint32_t* row, Sheet* sheet) {
  if (entry.meetings.empty()) return;
  sheet->Text((*row)++, 0, view(Text::kOwnMeetings), CellStyle::kSection);
  int column = 0;
  for (Text text :
       {Text::kTime, Text::kTable, Text::kTopic, Text::kWith, Text::kTeam, Text::kRoom, Text::kGuest, Text::kHost}) {
    sheet->Text(*row, column++, view(text), CellStyle::kHeading);
  }
  ++*row;
  for (std::int32_t number : entry.meetings) {  // ascending by slot, as the plan has them
    const PlannedMeeting& meeting = view.plan().meetings[static_cast<std::size_t>(number)];
    const ShownMeeting shown = view.Show(meeting);
    const bool is_guest = meeting.guest_party == entry.name;
    const std::string when = shown.time.empty() ? meeting.slot : shown.day + " " + shown.time;
    column = 0;
    for (const std::string& cell : {when, meeting.table, shown.topic, is_guest ? shown.host_party : shown.guest_party,
                                    shown.team, meeting.room, shown.guest, shown.host}) {
      sheet->Text(*row, column++, cell);
    }
    ++*row;
  }
}

void WriteVisits(const PlanView& view, const PartyEntry& entry, std::uint32_t* row, Sheet* sheet) {
  if (entry.visits.empty()) return;
  sheet->Text((*row)++, 0, view(Text::kOwnVisits), CellStyle::kSection);
  int column = 0;
  for (Text text : {Text::kTime, Text::kPlace, Text::kWith, Text::kTour}) {
    sheet->Text(*row, column++, view(text), CellStyle::kHeading);
  }
  ++*row;
  for (const OwnVisit& visit : entry.visits) {
    column = 0;
    for (const std::string& cell : {visit.when, visit.place, visit.with, visit.tour}) sheet->Text(*row, column++, cell);
    ++*row;
  }
  ++*row;
}

}  // namespace

void WritePartySheets(const PlanView& view, const WorkbookOptions& options, Book* book) {
  const std::vector<PartyEntry> entries = CollectParties(view);
  std::map<const PartyEntry*, std::string> sheets = ChooseSheets(options, entries);
  const ListingStates states(view);

  Sheet index = book->Add(view(Text::kPartyIndex));
  const std::string index_name = index.name();
  for (const PartyEntry& entry : entries) {
    const auto own_sheet = sheets.find(&entry);
    if (own_sheet == sheets.end()) continue;
    Sheet sheet = book->Add(entry.name, view(Text::kParty));
    own_sheet->second = sheet.name();
    int column = 0;
    for (double width : {16.0, 12.0, 34.0, 34.0, 26.0, 16.0, 26.0, 48.0, 36.0, 24.0}) sheet.Width(column++, width);
    std::uint32_t row = 0;
    sheet.Wide(row, 0, 5, entry.name, CellStyle::kTitle);
    sheet.Height(row++, 26);
    if (const std::string about = AboutParty(view, entry); !about.empty()) {
      sheet.Wide(row++, 0, 5, about, CellStyle::kNote);
    }
    sheet.Link(row, 0, index_name, view(Text::kBackToIndex));
    row += 2;
    WriteListings(view, entry, states, &row, &sheet);
    WriteMatches(view, entry, &row, &sheet);
    WriteVisits(view, entry, &row, &sheet);
    WriteMeetings(view, entry, &row, &sheet);
  }

  constexpr std::array<Column, 6> kColumns = {{{Text::kParty, 40},
                                               {Text::kKind, 12},
                                               {Text::kListingsCount, 10},
                                               {Text::kMatchesCount, 10},
                                               {Text::kMeetingsColumn, 10},
                                               {Text::kPartySheet, 44}}};
  WriteHeading(view, kColumns, 0, &index);
  worksheet_freeze_panes(index.raw(), 1, 0);
  std::uint32_t row = 1;
  std::int64_t undisclosed = 0;
  for (const PartyEntry& entry : entries) {
    if (entry.undisclosed) ++undisclosed;
    if (!entry.shown()) continue;
    std::string_view kind;
    if (entry.party.valid()) {
      const PartyRecord& party = view.snapshot().party(entry.party).record;
      if (party.kind) kind = WordLabel(*party.kind, view.language());
    }
    index.Text(row, 0, entry.name);
    index.Text(row, 1, kind);
    index.Number(row, 2, static_cast<double>(entry.listings.size()), CellStyle::kCount);
    index.Number(row, 3, static_cast<double>(entry.matches.size()), CellStyle::kCount);
    index.Number(row, 4, static_cast<double>(entry.meetings.size()), CellStyle::kCount);
    if (const auto own_sheet = sheets.find(&entry); own_sheet != sheets.end()) {
      index.Link(row, 5, own_sheet->second, own_sheet->second);
    } else {
      index.Text(row, 5, view.Format(Text::kNoSheetLimit, options.party_sheets), CellStyle::kMuted);
    }
    ++row;
  }
  worksheet_autofilter(index.raw(), 0, 0, std::max<std::uint32_t>(row - 1, 1), kColumns.size() - 1);
  if (undisclosed > 0) {
    index.Text(row, 0, view.Format(Text::kNoSheetHidden, PlanView::Count(undisclosed)), CellStyle::kNote);
  }
}

}  // namespace magpie::report
