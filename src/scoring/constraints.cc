#include "scoring/constraints.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace magpie {
namespace {

constexpr double kFarMode = 0.2;   // two ways of cooperation that have little to do with each other
constexpr double kModeMet = 0.55;  // from here on the ways can be reconciled in a contract
constexpr double kMissedTime = 0.2;

ConstraintCheck Known(bool met, double closeness, double amount = 0) {
  return {true, met, amount, closeness};
}

ConstraintCheck CheckResource(const ListingRecord& need, const ListingRecord& offering) {
  if (!need.resource || !offering.resource) return {};
  if (*need.resource == *offering.resource) return Known(true, 1);
  // Know-how comes as a result, as a person or as a laboratory's service; the rest are different things.
  const auto is_know_how = [](ResourceKind kind) {
    return kind == ResourceKind::kTechnology || kind == ResourceKind::kTalent || kind == ResourceKind::kPlatform;
  };
  return Known(false, is_know_how(*need.resource) && is_know_how(*offering.resource) ? 0.3 : 0.0);
}

ConstraintCheck CheckMode(const ListingRecord& need, const ListingRecord& offering) {
  double best = 0;
  bool known = false;
  for (CooperationMode a : need.modes.Values()) {
    for (CooperationMode b : offering.modes.Values()) {
      best = std::max(best, ModeAffinity(a, b));
      known = true;
    }
  }
  return known ? Known(best >= kModeMet, best) : ConstraintCheck{};
}

ConstraintCheck CheckTrl(const ListingRecord& need, const ListingRecord& offering) {
  if (!need.trl || !offering.trl) return {};
  const int spare = *offering.trl - *need.trl;
  return Known(spare >= 0, spare >= 0 ? 1.0 : std::max(0.1, kNeutral + 0.15 * spare), spare);
}

// A need's most against an offering's least; where money is the thing itself, the offering's most against the need's
// least.
ConstraintCheck CheckAmount(const ListingRecord& need, const ListingRecord& offering) {
  if (!need.amount || !offering.amount) return {};
  const Amount& budget = *need.amount;
  const Amount& price = *offering.amount;
  if (!budget.has_figure() || !price.has_figure() || budget.currency != price.currency) return {};
  const bool capital = need.resource == ResourceKind::kCapital;
  const Amount& giver = capital ? price : budget;
  const Amount& taker = capital ? budget : price;
  const std::int64_t asked = taker.low_cents.value_or(0);
  if (!giver.high_cents) return Known(true, 1, 0);
  const double spare = static_cast<double>(*giver.high_cents - asked) / static_cast<double>(kCentsPerWan);
  if (spare >= 0) return Known(true, 1, spare);
  const double ratio = static_cast<double>(std::max<std::int64_t>(*giver.high_cents, 0)) / static_cast<double>(asked);
  return Known(false, kNeutral * ratio, spare);
}

bool IsAnywhere(const Region& region) {
  return region.empty() || region.text == "全国" || region.text == "不限" || region.text == "国内" ||
         region.text == "中国" || region.text == "China";
}

// Whether one of the party's places lies in one of the regions; not known where the party has no place.
ConstraintCheck CheckPlace(const std::vector<Region>& regions, const PartyRecord& party) {
  if (regions.empty()) return {};
  if (std::any_of(regions.begin(), regions.end(), IsAnywhere)) return Known(true, 1);
  std::vector<const Region*> places;
  if (!party.region.empty()) places.push_back(&party.region);
  for (const Site& site : party.sites) {
    if (!site.region.empty()) places.push_back(&site.region);
  }
  if (places.empty()) return {};
  for (const Region& region : regions) {
    for (const Region* place : places) {
      if (RegionContains(region, *place)) return Known(true, 1);
    }
  }
  return Known(false, 0);
}

// Nearness where nobody asks for a place: it may help, and never harms.
double Nearness(const Region& a, const Region& b) {
  if (!a.known() || !b.known()) return kNeutral;
  if (!a.city.empty() && a.province == b.province && a.city == b.city) return 1;
  return a.province == b.province ? 0.75 : kNeutral;
}

ConstraintCheck CheckRegion(const ListingFacts& need, const ListingFacts& offering) {
  const ConstraintCheck wanted = CheckPlace(need.record->regions, *offering.party);
  const ConstraintCheck served = CheckPlace(offering.record->regions, *need.party);
  if (!wanted.known && !served.known) {
    ConstraintCheck check;
    check.closeness = Nearness(need.party->region, offering.party->region);
    return check;
  }
  const bool met = wanted.met && served.met;
  return Known(met, met ? 1 : 0);
}

ConstraintCheck CheckValidity(const ListingRecord& need, const ListingRecord& offering, Date today) {
  if (!need.valid_from && !need.valid_until && !offering.valid_from && !offering.valid_until) return {};
  // From the day both are in force (not before today) to the day the first of them ends.
  Date from = today;
  for (const std::optional<Date>& date : {need.valid_from, offering.valid_from}) {
    if (date) from = std::max(from, *date);
  }
  std::optional<Date> until = need.valid_until;
  if (offering.valid_until && (!until || *offering.valid_until < *until)) until = offering.valid_until;
  if (!until) return Known(true, 1);
  const double days = static_cast<double>((*until - from).count());
  return Known(days >= 0, days >= 0 ? 1 : kMissedTime, days);
}

ConstraintCheck CheckPartyKind(const ListingFacts& need, const ListingFacts& offering) {
  if (need.record->partner_kinds.empty() || !offering.party->kind) return {};
  const auto& kinds = need.record->partner_kinds;
  const bool met = std::find(kinds.begin(), kinds.end(), *offering.party->kind) != kinds.end();
  return Known(met, met ? 1 : 0);
}

}  // namespace

double ModeAffinity(CooperationMode a, CooperationMode b) {
  using Mode = CooperationMode;
  struct Affinity {
    Mode a, b;
    double value;
  };
  // A broker's view of what a contract can be turned into; pairs that are not listed have little in common.
  static constexpr Affinity kTable[] = {
      {Mode::kTransfer, Mode::kLicense, 0.8},
      {Mode::kTransfer, Mode::kPurchase, 0.6},
      {Mode::kTransfer, Mode::kEquity, 0.6},
      {Mode::kLicense, Mode::kPurchase, 0.6},
      {Mode::kLicense, Mode::kEquity, 0.6},
      {Mode::kLicense, Mode::kTechnicalService, 0.4},
      {Mode::kCommissionedDevelopment, Mode::kCoDevelopment, 0.8},
      {Mode::kCommissionedDevelopment, Mode::kOrderResearch, 0.9},
      {Mode::kCommissionedDevelopment, Mode::kTechnicalService, 0.7},
      {Mode::kCommissionedDevelopment, Mode::kConsulting, 0.5},
      {Mode::kCommissionedDevelopment, Mode::kPurchase, 0.4},
      {Mode::kCommissionedDevelopment, Mode::kLicense, 0.5},
      {Mode::kCommissionedDevelopment, Mode::kTransfer, 0.5},
      {Mode::kCoDevelopment, Mode::kOrderResearch, 0.8},
      {Mode::kCoDevelopment, Mode::kJointBase, 0.7},
      {Mode::kCoDevelopment, Mode::kLicense, 0.6},
      {Mode::kCoDevelopment, Mode::kTransfer, 0.5},
      {Mode::kCoDevelopment, Mode::kTechnicalService, 0.5},
      {Mode::kCoDevelopment, Mode::kTalentExchange, 0.5},
      {Mode::kTechnicalService, Mode::kConsulting, 0.8},
      {Mode::kTechnicalService, Mode::kPurchase, 0.6},
      {Mode::kConsulting, Mode::kTalentExchange, 0.7},
      {Mode::kJointBase, Mode::kEquity, 0.5},
      {Mode::kLoan, Mode::kEquity, 0.4},
  };
  if (a == b) return 1;
  for (const Affinity& entry : kTable) {
    if ((entry.a == a && entry.b == b) || (entry.a == b && entry.b == a)) return entry.value;
  }
  return kFarMode;
}

ListingFacts FactsOf(const Listing& listing, const Snapshot& snapshot) {
  return {&listing.record, listing.party.valid() ? &snapshot.party(listing.party).record : &listing.record.party};
}

ConstraintChecks CheckConstraints(const ListingFacts& need, const ListingFacts& offering, Date today) {
  ConstraintChecks checks;
  const auto at = [&](Constraint constraint) -> ConstraintCheck& {
    return checks[static_cast<std::size_t>(constraint)];
  };
  at(Constraint::kResource) = CheckResource(*need.record, *offering.record);
  at(Constraint::kMode) = CheckMode(*need.record, *offering.record);
  at(Constraint::kRegion) = CheckRegion(need, offering);
  at(Constraint::kAmount) = CheckAmount(*need.record, *offering.record);
  at(Constraint::kTrl) = CheckTrl(*need.record, *offering.record);
  at(Constraint::kValidity) = CheckValidity(*need.record, *offering.record, today);
  at(Constraint::kPartyKind) = CheckPartyKind(need, offering);
  return checks;
}

bool MissesMust(const ConstraintChecks& checks, ConstraintSet must) {
  for (Constraint constraint : must.Values()) {
    const ConstraintCheck& check = checks[static_cast<std::size_t>(constraint)];
    if (check.known && !check.met) return true;
  }
  return false;
}

}  // namespace magpie
