// Two answers compared pair by pair, with a reason for each pair that came, went or stayed.
//
// Terms    before and now are two problems with their answers; listings are the same where their keys are the same, whatever
//          their numbers. Groups are the same where they stand at the same place around the same listing.
// Answer   first the pairs that went, then those that came, then those that stayed, each in the order of its arcs.
//          The reason is the first that holds, in the order of ChangeReason.
// Errors   kBadArgument  a number of keys or gains that differs from the graph, a key given twice on one side
// Cost     O(A) and for each pair that came or went O(pairs inside the limits that bar it), O(A) where that is a group
// Threads  reads its arguments only.
// Source   docs/design/assignment.md
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/assignment/constraint.h"

namespace magpie {

struct ComparedAnswer {
  const CandidateGraph* graph = nullptr;
  const AssignmentProblem* problem = nullptr;
  const Assignment* answer = nullptr;
  std::span<const std::string> need_keys;        // [L], distinct
  std::span<const std::string> offering_keys;    // [R], distinct
  std::span<const std::int64_t> full_gain = {};  // gains before the threshold; empty = the problem's own
};

enum class PairFate { kWent, kCame, kStayed };

// Of a pair that went / of one that came.
enum class ChangeReason {
  kSame,       // it stayed
  kListing,    // one of its listings is gone / new
  kCandidate,  // it is no candidate any more / was none
  kDecision,   // it is excluded now, or no longer required / is required now, or no longer excluded
  kThreshold,  // it lies below the threshold now / lay below it
  kLimit,      // a limit around it takes fewer / more: `limit` now, `limit_before`
  kGain,       // its gain fell / rose, and that is enough to explain it: gain_now, gain_before
  kQuota,      // a quota that it falls under is used up now / was used up
  kPlace,      // another pair `by` took its place / gave its place up
  kOther,      // none of these: an answer is not proven, or a minimum moved it
};
std::string_view ChangeReasonName(ChangeReason reason);  // "LISTING"

struct PairChange {
  PairFate fate = PairFate::kStayed;
  ChangeReason reason = ChangeReason::kSame;
  std::int32_t arc_before = -1, arc_now = -1;  // -1 = it is no candidate there
  std::int64_t gain_before = 0, gain_now = 0;  // by full_gain; 0 where it is no candidate
  std::string need_key, offering_key;
  std::int64_t shortfall = 0;  // of a pair that went and is a candidate: how much more it would have to gain now
  PlanConstraint limit;  // kLimit: the limit as it is now, with numbers of now where the pair went, of before where
                         // it came; its other amount is limit_other
  std::int64_t limit_other = 0;
  std::int32_t by = -1;  // kPlace: an arc of now where the pair went, of before where it came
};

absl::StatusOr<std::vector<PairChange>> CompareAnswers(const ComparedAnswer& before, const ComparedAnswer& now);

// One sentence, listings called by their keys: "N1 and O2 are no longer matched: N7 with O2 takes the place (0.910)."
std::string PairChangeText(const PairChange& change, const ComparedAnswer& before, const ComparedAnswer& now,
                           Language language);

}  // namespace magpie
