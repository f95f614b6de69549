// Conditions other than the text: kind of resource, ways of cooperation, maturity, money, place, time, kind of party.
//
// Every check has three answers: not known (a field is missing or cannot be compared), met, missed. Closeness is in
// [0, 1]: 1 = met, falling with the distance, kNeutral where it is not known.
#pragma once

#include <array>
#include <string>

#include "magpie/catalogue/snapshot.h"
#include "magpie/scoring/score.h"

namespace magpie {

inline constexpr int kConstraintCount = 7;
inline constexpr double kNeutral = 0.5;

struct ConstraintCheck {
  bool known = false;
  bool met = true;
  double amount = 0;  // to spare (positive) or short (negative): 万元, levels, days; else 0
  double closeness = kNeutral;
};

using ConstraintChecks = std::array<ConstraintCheck, kConstraintCount>;  // by Constraint

// What the checks ask of a listing besides its own record: the party as the catalogue knows it.
struct ListingFacts {
  const ListingRecord* record = nullptr;
  const PartyRecord* party = nullptr;  // never null; empty where the listing names none
};
ListingFacts FactsOf(const Listing& listing, const Snapshot& snapshot);

ConstraintChecks CheckConstraints(const ListingFacts& need, const ListingFacts& offering, Date today);

// True where a check that `must` names is known and missed.
bool MissesMust(const ConstraintChecks& checks, ConstraintSet must);

// How near two ways of cooperation are in practice, 1 = the same; symmetric.
double ModeAffinity(CooperationMode a, CooperationMode b);

// The checks as sentences, in the order of the enum.
std::vector<Margin> DescribeMargins(const ConstraintChecks& checks, ConstraintSet must, const ListingFacts& need,
                                    const ListingFacts& offering, Language language);

}  // namespace magpie
