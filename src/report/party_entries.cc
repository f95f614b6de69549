#include "report/party_entries.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "magpie/base/unicode.h"
#include "report/shown_tours.h"

namespace magpie::report {
namespace {

// The contacts of a party stand with each of its listings; taken from the first that has any.
std::string ContactsOf(const PlanView& view, const PartyEntry& entry) {
  for (const auto& [side, index] : entry.listings) {
    if (std::string contacts = view.Show(side, index).contacts; !contacts.empty()) return contacts;
  }
  return "";
}

}  // namespace

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
  const auto entry_of = [&](const std::string& name) -> PartyEntry& {
    if (const PartyIndex party = snapshot.FindParty(name); party.valid()) {
      return entries[static_cast<std::size_t>(party.value)];
    }
    const auto [found, is_new] = guests.emplace(name, entries.size());
    if (is_new) entries.push_back({.name = name});
    return entries[found->second];
  };
  for (std::size_t i = 0; i < plan.meetings.size(); ++i) {
    for (const std::string* name : {&plan.meetings[i].guest_party, &plan.meetings[i].host_party}) {
      if (name->empty()) continue;
      std::vector<std::int32_t>& meetings = entry_of(*name).meetings;
      if (meetings.empty() || meetings.back() != static_cast<std::int32_t>(i)) {
        meetings.push_back(static_cast<std::int32_t>(i));
      }
    }
  }
  for (const ShownTour& tour : ShownTours(view)) {
    for (const ShownStop& stop : tour.stops) {
      OwnVisit visit{.when = stop.when, .tour = tour.title, .place = stop.stop->place};
      if (stop.visit != nullptr) visit.time = TimeSpan{stop.visit->start, stop.visit->end};
      for (const std::string& party : tour.parties) {
        visit.travels = true;
        visit.with = stop.stop->party;
        visit.key = fmt::format("{}\n{}\n{}", tour.tour->id, stop.stop->place, party);
        entry_of(party).visits.push_back(visit);
      }
      if (stop.stop->party.empty() || stop.visit == nullptr) continue;  // who is not visited need not know
      visit.travels = false;
      visit.with = tour.parties.empty() ? tour.title : fmt::format("{}", fmt::join(tour.parties, "、"));
      visit.key = fmt::format("{}\n{}\n", tour.tour->id, stop.stop->place);
      entry_of(stop.stop->party).visits.push_back(visit);
    }
  }
  for (std::size_t i = 0; i < has_hidden.size(); ++i) {
    entries[i].undisclosed = has_hidden[i] && entries[i].listings.empty() && entries[i].rank().first == 0;
  }
  return entries;
}

std::vector<PartyEntry> PartiesWithPages(const PlanView& view) {
  std::vector<PartyEntry> entries = CollectParties(view);
  std::erase_if(entries, [](const PartyEntry& entry) {
    return !entry.shown() || (entry.rank() == std::pair<std::size_t, std::size_t>());
  });
  std::stable_sort(entries.begin(), entries.end(),
                   [](const PartyEntry& a, const PartyEntry& b) { return a.rank() > b.rank(); });
  return entries;
}

std::string PageName(std::size_t number, std::string_view party) {
  constexpr std::string_view kForbidden = "/\\:*?\"<>|%#&";
  constexpr std::size_t kNameBytes = 80;
  std::string name = fmt::format("{:03}-", number + 1);
  for (std::size_t at = 0; at < party.size();) {
    const std::size_t begin = at;
    const char32_t c = NextCodePoint(party, &at);
    if (name.size() + (at - begin) > kNameBytes) break;
    const bool plain =
        c >= 0x20 && c != 0x7F && (c >= 0x80 || kForbidden.find(static_cast<char>(c)) == std::string_view::npos);
    plain ? name.append(party, begin, at - begin) : name.append("_");
  }
  while (name.back() == '.' || name.back() == ' ') name.pop_back();  // Windows drops them
  return name;
}

std::string AboutParty(const PlanView& view, const PartyEntry& entry) {
  if (!entry.party.valid()) return "";
  const PartyRecord& party = view.snapshot().party(entry.party).record;
  std::string about = party.kind ? std::string(WordLabel(*party.kind, view.language())) : "";
  const auto add = [&about](const std::string& part) {
    if (!part.empty()) about += (about.empty() ? "" : " · ") + part;
  };
  add(FormatRegion(party.region));
  if (const std::string contacts = ContactsOf(view, entry); !contacts.empty()) {
    add(view.Labelled(Text::kContacts, contacts));
  }
  return about;
}

ListingStates::ListingStates(const PlanView& view) : view_(view) {
  for (const PlannedMatch& match : view.plan().matches) {
    ++matched_[{Side::kNeed, match.pair.need.value}];
    ++matched_[{Side::kOffering, match.pair.offering.value}];
  }
  for (const PlannedOpen& one : view.plan().open) open_.emplace(std::pair(one.side, one.index), one.reason);
}

std::string ListingStates::Of(Side side, std::int32_t index) const {
  const std::pair key(side, index);
  if (const auto count = matched_.find(key); count != matched_.end()) {
    return view_.Format(Text::kMatchedCount, count->second);
  }
  if (const auto why = open_.find(key); why != open_.end()) {
    return view_.Labelled(Text::kOpen, view_.OpenWord(why->second));
  }
  return std::string(view_(Text::kOpen));
}

}  // namespace magpie::report
