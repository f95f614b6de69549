// Quotas that nest with the nodes and groups of a side become groups of it.
//
// Terms   a member is a set of arcs with limits: a node (its arcs), a group (its nodes' arcs), or a quota that was
//         inserted. Members of a side nest or are disjoint: a forest. Arcs that can never be chosen (excluded, or without
//         gain and not required) belong to no member, so that they keep no quota from nesting.
// Result  a problem without quotas whose nodes are the smallest members: a node of which a quota takes some arcs becomes
//         a group, its arcs those of two nodes. The choices and their gains are the same, and so are the prices: each
//         member's is that of the node or group that it became.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/base/vocabulary.h"
#include "reduced_problem.h"

namespace magpie {

class ArcFamily {
 public:
  ArcFamily(const ReducedProblem& reduced, Side side);

  // Makes the quota (its usable arcs) a member if it nests with those that are there; false = nothing is changed.
  bool Insert(std::span<const std::int32_t> arcs, std::int32_t minimum, std::int32_t maximum);

  // The side of the problem that the family stands for.
  struct Rewritten {
    std::vector<std::int32_t> node_of_arc;  // -1 = the arc is not usable
    std::vector<std::int32_t> capacity, minimum, group;
    std::vector<CapacityGroup> groups;
    std::vector<std::int32_t> group_of_member;  // of each member, -1 = it is a node
    std::vector<std::int32_t> node_of_member;   // of each member, -1 = it is a group
  };
  Rewritten Rewrite() const;

  // The number that the first inserted quota has among the members; nodes and groups stand before it.
  std::size_t first_quota() const { return first_quota_; }

 private:
  struct Member {
    std::int32_t parent = -1;
    std::int32_t minimum = 0, maximum = kUnlimited;
    std::int64_t size = 0;  // usable arcs
  };

  std::size_t node_count_ = 0, first_quota_ = 0;
  std::vector<Member> members_;
  std::vector<std::int32_t> smallest_;  // member of each arc, -1 = the arc is not usable
};

}  // namespace magpie
