// The certificate of fairness of a choice: who has how much, how evenly, who is worst off, who would rather have whom.
//
// Terms    as in assignment.h. Exposure of a listing = how many chosen pairs it has. A class is a named set of listings of
//          one side (first-timers, small firms, a region, a party): classes may overlap, and a listing may be in none.
// Shapes   classes[i].nodes: distinct nodes of its side. Answers stand in the order of what they describe.
// Units    gain as in assignment.h; shares and Gini in [0, 1]: 0 = all have the same, 1 = one has all. An empty or
//          all-zero distribution has the Gini 0.
// Answer   measured from the chosen arcs alone, whichever objective chose them. A listing that no pair could serve (no
//          free or required pair of gain > 0, or capacity 0) counts as `hopeless`: it is left out of the worst off and of
//          the distributions, and is reported as a number. Envy of a need = how much more the pairs of another need would
//          gain to it than its own do, as far as they are candidates of its own and not more than its capacity; each pair
//          of needs is weighed by nothing else.
// Errors   kBadArgument  the problem's own, a class with a node outside its side or twice, chosen arcs out of order
// Ties     the lower number first.
// Cost     O(A (D log A) + envy) time: envy reads, for each need, the needs its candidates are chosen for: O(A C) for the
//          largest capacity C.
// Threads  reads its arguments only; call it from several threads at once.
// Source   docs/design/assignment.md
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/assignment/stability.h"
#include "magpie/base/vocabulary.h"

namespace magpie {

struct ListingClass {
  Side side = Side::kNeed;
  std::vector<std::int32_t> nodes;
};

// How a quantity is spread over the listings of a side, a class, or over groups.
struct Spread {
  std::int32_t members = 0;                               // hopeless ones apart
  std::int32_t hopeless = 0;                              // no pair could serve them
  std::int32_t open = 0;                                  // members without a pair
  std::int64_t sum = 0, least = 0, median = 0, most = 0;  // the median is the lower one
  double gini = 0;
};

struct Exposure {
  Spread pairs;                            // chosen pairs of each member
  Spread gain;                             // sum of their gains
  std::vector<std::int32_t> members_with;  // [k] = how many members have k pairs, up to the most
};

struct ClassExposure {
  Exposure exposure;
  double share_of_listings = 0;  // of the listings of its side, hopeless ones apart
  double share_of_pairs = 0;     // of all chosen pairs
  double share_of_gain = 0;
};

// The one that has least: by the sum of gains, then by pairs, then the lower number. -1 = nobody could have any.
struct WorstOff {
  std::int32_t index = -1;  // a node, or a group of the problem
  std::int32_t pairs = 0;
  std::int64_t gain = 0;
};

struct Envy {
  std::int32_t need = 0, of = 0;  // `need` would rather have the pairs of the need `of`
  std::int64_t by = 0;            // what it would gain by them, over its own
};

struct FairnessCertificate {
  Exposure needs, offerings;
  std::vector<ClassExposure> classes;
  WorstOff need, offering, need_group, offering_group;
  std::int64_t worst_pair = 0;  // the smallest gain of a chosen pair; 0 where there is none
  std::int64_t blocking_count = 0;
  std::vector<BlockingPair> blocking;  // the first `listed`, those that gain most
  std::int64_t envy_count = 0;         // ordered pairs of needs
  std::vector<Envy> envy;              // the first `listed`, the largest first
};

absl::StatusOr<FairnessCertificate> CertifyFairness(const CandidateGraph& graph, const AssignmentProblem& problem,
                                                    std::span<const std::int32_t> chosen,
                                                    std::span<const ListingClass> classes,
                                                    const Preferences& preferences = {}, std::size_t listed = 10);

// The Gini coefficient of values >= 0: the mean difference of two of them over twice their mean.
double Gini(std::vector<std::int64_t> values);

}  // namespace magpie
