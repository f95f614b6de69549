// What a plan holds for each party: its listings, matches and meetings. For the party sheets of plan.xlsx and the party
// pages.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/plan_view.h"

namespace magpie::report {

struct OwnMatch {
  std::int32_t match;
  Side side;  // of the party's own listing
};

// A visit of one of its people, or to it.
struct OwnVisit {
  std::string when, tour, place, with;  // when: or that it was left out, and why
  bool travels = false;
  std::optional<TimeSpan> time;  // empty where it was left out
  std::string key;               // the same for the same visit of a later plan
};

// All that concerns one party: of the catalogue, or one that only sends people to the event.
struct PartyEntry {
  std::string name;
  PartyIndex party;
  std::vector<std::pair<Side, std::int32_t>> listings;  // the public ones
  std::vector<OwnMatch> matches;                        // of public listings
  std::vector<std::int32_t> meetings;                   // ascending, as the plan has them
  std::vector<OwnVisit> visits;                         // tour by tour
  bool undisclosed = false;  // has listings, none of them public, and neither meetings nor visits

  bool shown() const { return !undisclosed && !name.empty(); }
  std::pair<std::size_t, std::size_t> rank() const { return {meetings.size() + visits.size(), matches.size()}; }
};

// Parties in the catalogue's order, then those that the event alone knows.
std::vector<PartyEntry> CollectParties(const PlanView& view);

// Those that get a page: with matches, meetings or visits; the most meetings and visits, then matches, first.
std::vector<PartyEntry> PartiesWithPages(const PlanView& view);
// "012-宁波某某公司": without characters that some file system forbids, at most 80 bytes. `number` counts from 0.
std::string PageName(std::size_t number, std::string_view party);

// "企业 · 浙江省宁波市 · 联系人：..."; parts that are not known are left out.
std::string AboutParty(const PlanView& view, const PartyEntry& entry);

// What became of each listing: how many matches, or why it stayed open.
class ListingStates {
 public:
  explicit ListingStates(const PlanView& view);
  std::string Of(Side side, std::int32_t index) const;

 private:
  const PlanView& view_;
  std::map<std::pair<Side, std::int32_t>, int> matched_;
  std::map<std::pair<Side, std::int32_t>, OpenReason> open_;
};

}  // namespace magpie::report
