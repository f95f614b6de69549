// plan.xlsx: the index of parties and a sheet for each, with what concerns this party alone.
#include <algorithm>
#include <map>

#include "report/plan_workbook.h"

namespace magpie::report {
namespace {

struct OwnMatch {
  std::int32_t match;
  Side side;  // of the party's own listing
};

// All that concerns one party: of the catalogue, or one that only sends people to the event.
struct PartyEntry {
  std::string name;
  PartyIndex party;
  std::vector<std::pair<Side, std::int32_t>> listings;  // the public ones
  std::vector<OwnMatch> matches;
  std::vector<std::int32_t> meetings;
  bool undisclosed = false;  // has listings, none of them public
  bool has_sheet = false;
  std::string sheet;
};

std::vector<PartyEntry> CollectParties(const PlanView& view) {
  const Snapshot& snapshot = view.snapshot();
  const Plan& plan = view.plan();
  std::vector<PartyEntry> entries(static_cast<std::size_t>(snapshot.party_count()));
  for (std::int32_t i = 0; i < snapshot.party_count(); ++i) {
    entries[static_cast<std::size_t>(i)].party = PartyIndex(i);
    entries[static_cast<std::size_t>(i)].name = snapshot.party(PartyIndex(i)).record.name;
  }
  const auto own = [&](Side side, std::int32_t index) -> PartyEntry* {
    const PartyIndex party = snapshot.listings(side)[static_cast<std::size_t>(index)]->party;
    return party.valid() ? &entries[static_cast<std::size_t>(party.value)] : nullptr;
  };
  std::vector<bool> has_hidden(entries.size(), false);
  for (Side side : {Side::kNeed, Side::kOffering}) {
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(snapshot.listings(side).size()); ++i) {
      PartyEntry* entry = own(side, i);
      if (entry == nullptr) continue;
      if (view.IsPublic(side, i)) {
        entry->listings.emplace_back(side, i);
      } else {
        has_hidden[static_cast<std::size_t>(entry->party.value)] = true;
      }
    }
  }
  for (std::size_t i = 0; i < plan.matches.size(); ++i) {
    for (Side side : {Side::kNeed, Side::kOffering}) {
      const ScoredPair& pair = plan.matches[i].pair;
      const std::int32_t index = side == Side::kNeed ? pair.need.value : pair.offering.value;
      PartyEntry* entry = own(side, index);
      if (entry != nullptr && view.IsPublic(side, index))
        entry->matches.push_back({static_cast<std::int32_t>(i), side});
    }
  }
  std::map<std::string, std::size_t, std::less<>> guests;  // parties that the catalogue does not know
  for (std::size_t i = 0; i < plan.meetings.size(); ++i) {
    for (const std::string* name : {&plan.meetings[i].guest_party, &plan.meetings[i].host_party}) {
      if (name->empty()) continue;
      const PartyIndex party = snapshot.FindParty(*name);
      std::size_t at = static_cast<std::size_t>(party.value);
      if (!party.valid()) {
        const auto [found, is_new] = guests.emplace(*name, entries.size());
        if (is_new) entries.push_back({.name = *name});
        at = found->second;
      }
      std::vector<std::int32_t>& meetings = entries[at].meetings;
      if (meetings.empty() || meetings.back() != static_cast<std::int32_t>(i)) {
        meetings.push_back(static_cast<std::int32_t>(i));
      }
    }
  }
  for (std::size_t i = 0; i < has_hidden.size(); ++i) {
    entries[i].undisclosed = has_hidden[i] && entries[i].listings.empty() && entries[i].meetings.empty();
  }
  return entries;
}

// Who gets one of the sheets: the parties with the most to do first.
void ChooseSheets(const WorkbookOptions& options, std::vector<PartyEntry>* entries) {
  std::vector<PartyEntry*> order;
  for (PartyEntry& entry : *entries) {
    if (!entry.undisclosed && !entry.name.empty()) order.push_back(&entry);
  }
  std::stable_sort(order.begin(), order.end(), [](const PartyEntry* a, const PartyEntry* b) {
    return std::pair(a->meetings.size(), a->matches.size()) > std::pair(b->meetings.size(), b->matches.size());
  });
  for (std::size_t i = 0; i < order.size() && static_cast<std::int64_t>(i) < options.party_sheets; ++i) {
    order[i]->has_sheet = true;
  }
}

// The contacts of a party stand with each of its listings; taken from the first that has any.
std::string ContactsOf(const PlanView& view, const PartyEntry& entry) {
  for (const auto& [side, index] : entry.listings) {
    if (std::string contacts = view.Show(side, index).contacts; !contacts.empty()) return contacts;
  }
  return "";
}

void WriteListings(const PlanView& view, const PartyEntry& entry,
                   const std::map<std::pair<Side, std::int32_t>, int>& matched,
                   const std::map<std::pair<Side, std::int32_t>, OpenReason>& open, std::uint32_t* row, Sheet* sheet) {
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
    std::string status;
    if (const auto count = matched.find(key); count != matched.end()) {
      status = view.Format(Text::kMatchedCount, count->second);
    } else {
      status = view(Text::kOpen);
      if (const auto why = open.find(key); why != open.end())
        status = view.Labelled(Text::kOpen, view.OpenWord(why->second));
    }
    sheet->Text((*row)++, 3, status);
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

}  // namespace

void WritePartySheets(const PlanView& view, const WorkbookOptions& options, Book* book) {
  std::vector<PartyEntry> entries = CollectParties(view);
  ChooseSheets(options, &entries);
  std::map<std::pair<Side, std::int32_t>, int> matched;
  for (const PlannedMatch& match : view.plan().matches) {
    ++matched[{Side::kNeed, match.pair.need.value}];
    ++matched[{Side::kOffering, match.pair.offering.value}];
  }
  std::map<std::pair<Side, std::int32_t>, OpenReason> open;
  for (const PlannedOpen& one : view.plan().open) open.emplace(std::pair(one.side, one.index), one.reason);

  Sheet index = book->Add(view(Text::kPartyIndex));
  const std::string index_name = index.name();
  for (PartyEntry& entry : entries) {
    if (!entry.has_sheet) continue;
    Sheet sheet = book->Add(entry.name, view(Text::kParty));
    entry.sheet = sheet.name();
    int column = 0;
    for (double width : {16.0, 12.0, 34.0, 34.0, 26.0, 16.0, 26.0, 48.0, 36.0, 24.0}) sheet.Width(column++, width);
    std::uint32_t row = 0;
    sheet.Wide(row, 0, 5, entry.name, CellStyle::kTitle);
    sheet.Height(row++, 26);
    if (entry.party.valid()) {
      const PartyRecord& party = view.snapshot().party(entry.party).record;
      std::string about = party.kind ? std::string(WordLabel(*party.kind, view.language())) : "";
      const std::string region = FormatRegion(party.region);
      if (!region.empty()) about += (about.empty() ? "" : " · ") + region;
      const std::string contacts = ContactsOf(view, entry);
      if (!contacts.empty()) about += (about.empty() ? "" : " · ") + view.Labelled(Text::kContacts, contacts);
      if (!about.empty()) sheet.Wide(row++, 0, 5, about, CellStyle::kNote);
    }
    sheet.Link(row, 0, index_name, view(Text::kBackToIndex));
    row += 2;
    WriteListings(view, entry, matched, open, &row, &sheet);
    WriteMatches(view, entry, &row, &sheet);
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
    if (entry.undisclosed || entry.name.empty()) continue;
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
    if (entry.has_sheet) {
      index.Link(row, 5, entry.sheet, entry.sheet);
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
