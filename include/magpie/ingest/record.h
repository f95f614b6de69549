// What one row of a list says, typed but not yet checked against anything else: the record that all readers produce,
// that the store keeps (as one line of JSON) and that the catalogue builds its snapshots from.
//
// Everything but the title may be missing; a missing value is nullopt or empty, never a made-up default.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "magpie/base/amount.h"
#include "magpie/base/date.h"
#include "magpie/base/region.h"
#include "magpie/base/vocabulary.h"

namespace magpie {

// Where a record came from: "需求清单.csv", sheet "成果", row 4. Rows count from 1 as a person sees them in the file
// (for JSONL the line; for CSV the record, the heading being record 0 as in sample-fair/README.md).
struct Provenance {
  std::string file;
  std::string sheet;  // only for workbooks
  std::int64_t row = 0;
  friend bool operator==(const Provenance&, const Provenance&) = default;
};

struct Site {
  SiteKind kind = SiteKind::kHeadquarters;
  std::string name;
  Region region;
  friend bool operator==(const Site&, const Site&) = default;
};

// A dated title such as 高新技术企业.
struct Qualification {
  std::string title;
  std::optional<Date> valid_from;
  std::optional<Date> valid_until;
  friend bool operator==(const Qualification&, const Qualification&) = default;
};

struct Contact {
  std::string name;
  std::string role;
  std::string phone;
  std::string email;
  bool consent = false;  // may be shown to the other side
  friend bool operator==(const Contact&, const Contact&) = default;
};

struct PartyRecord {
  std::string id;    // external id; empty = identified by its name
  std::string name;  // empty = the listing has no party
  std::vector<std::string> aliases;
  std::string parent;  // name or id of the parent body
  std::optional<PartyKind> kind;
  Region region;  // of the headquarters
  std::vector<Site> sites;
  std::vector<Qualification> qualifications;
  std::vector<Contact> contacts;
  std::optional<bool> first_timer;
  std::optional<bool> small;
  std::string extra_json;  // unknown members, an object or empty
  Provenance provenance;
  friend bool operator==(const PartyRecord&, const PartyRecord&) = default;
};

// A technical figure: "误差" "<=" 0.5 "%".
struct Indicator {
  std::string name;
  std::string relation;  // "<", "<=", "=", ">=", ">", "" = unknown
  std::optional<double> value;
  std::string unit;
  friend bool operator==(const Indicator&, const Indicator&) = default;
};

struct ListingRecord {
  Side side = Side::kNeed;
  std::string id;         // external id; given, or "stem/sheet/row" where the file has none
  bool id_given = false;  // true where the file gave it
  std::string language;   // "zh", "en", another ISO 639-1 code, or "" = not said
  PartyRecord party;
  std::string title;
  std::string description;
  std::vector<std::string> keywords;
  std::vector<std::string> fields;  // IPC classes or the organiser's own codes
  std::optional<ResourceKind> resource;
  ModeSet modes;
  std::optional<int> trl;                    // 1..9; need: least maturity wanted; offering: maturity reached
  std::optional<Amount> amount;              // need: budget; offering: price
  std::vector<Region> regions;               // need: where partners may come from; offering: where it serves
  std::vector<PartyKind> partner_kinds;      // need: which kinds of party it wants
  std::vector<std::string> exclude_parties;  // names that must not be matched with it
  std::optional<Date> valid_from;
  std::optional<Date> valid_until;
  std::optional<ReviewState> review;
  std::string review_note;  // what the reviewer wants changed, or why it was refused
  std::optional<Disclosure> disclosure;
  std::optional<Level> text_level, party_level, contacts_level;  // nullopt = as `disclosure` says (disclosure.h)
  std::optional<TradeType> trade;
  std::string ip_form;
  std::vector<Indicator> indicators;
  ConstraintSet must;
  std::optional<int> capacity;  // most matches it takes; nullopt = the run's default
  std::string team;             // offering: the team inside the party
  std::string remark;
  std::string extra_json;  // unknown members, a JSON object or empty
  Provenance provenance;
  friend bool operator==(const ListingRecord&, const ListingRecord&) = default;
};

}  // namespace magpie
