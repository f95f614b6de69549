// The constraints of an assignment problem as single things that can be named, lifted and priced.
//
// Terms    a constraint is one limit, one minimum, one required or one excluded pair. `index` is the number of its need,
//          offering, group, quota or arc, by its kind.
// Names    a caller that has names for them (an organiser's own words) gives a function; without one they are called
//          "need 3", "offering group 0", "quota 2", "need 3 with offering 5".
// Threads  no state.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "magpie/assignment/assignment.h"
#include "magpie/base/vocabulary.h"

namespace magpie {

enum class PlanConstraintKind {
  kNeedCapacity,
  kOfferingCapacity,
  kNeedGroupCapacity,
  kOfferingGroupCapacity,
  kNeedMinimum,
  kOfferingMinimum,
  kNeedGroupMinimum,
  kOfferingGroupMinimum,
  kQuotaMaximum,
  kQuotaMinimum,
  kRequired,
  kExcluded,
  kThreshold,  // a pair whose gain was set to 0 because it lies below the organiser's threshold
};
std::string_view PlanConstraintKindName(PlanConstraintKind kind);  // "NEED_CAPACITY"

struct PlanConstraint {
  PlanConstraintKind kind = PlanConstraintKind::kNeedCapacity;
  std::int32_t index = 0;
  std::int64_t amount = 0;  // the limit or minimum as it is; 0 for pairs; for kThreshold the gain before the threshold
  friend bool operator==(const PlanConstraint&, const PlanConstraint&) = default;
};

// What the constraint is about, "" = the plain words. Called with the constraint; for pairs both names belong in it.
using ConstraintNames = std::function<std::string(const PlanConstraint& constraint)>;

// What the constraint is about: the caller's name, or the plain words.
std::string ConstraintName(const CandidateGraph& graph, const PlanConstraint& constraint, Language language,
                           const ConstraintNames& names = {});

// "need 3 asks for at least 2 matches", 需求 3 至少要 2 个匹配.
std::string ConstraintText(const CandidateGraph& graph, const PlanConstraint& constraint, Language language,
                           const ConstraintNames& names = {});

}  // namespace magpie
