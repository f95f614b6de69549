// Turns what rules name (groups by their conditions, parties, pairs) into listings of a snapshot. Private to engine.
//
// Errors  kNeedNotFound, kOfferingNotFound for an id that neither list has, with the place in the rules; a party that
//         has no listing is a warning, since one file of rules serves several fairs.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "magpie/base/date.h"
#include "magpie/base/progress.h"
#include "magpie/catalogue/snapshot.h"
#include "magpie/engine/plan.h"

namespace magpie {

struct GroupMembers {
  std::vector<std::int32_t> needs, offerings;  // ascending
};

// Of each group, in the order of the rules. A group that holds nothing is a warning.
absl::StatusOr<std::vector<GroupMembers>> FindGroupMembers(const PlanRules& rules, const Snapshot& snapshot,
                                                           const Date& today, const RunContext& context);

// A pair that somebody decided on, and where: "row 7", "must_meet[0]".
struct DecidedPair {
  NeedIndex need;
  OfferingIndex offering;
  Decision decision = Decision::kNone;
  std::string where;
};

// What the organiser's workbook and the rules decide, in this order.
absl::StatusOr<std::vector<DecidedPair>> DecidedPairs(const PlanOptions& options, const Snapshot& snapshot,
                                                      const RunContext& context);

}  // namespace magpie
