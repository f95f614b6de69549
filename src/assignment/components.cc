#include "components.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace magpie {
namespace {

constexpr std::int64_t kFewArcs = 2'000;  // below, a part costs more to make than to solve
constexpr double kMostOfTheArcs = 0.75;   // of one part: the rest is too little to matter

class UnionFind {
 public:
  explicit UnionFind(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }
  std::int32_t Find(std::int32_t n) {
    while (parent_[Index(n)] != n) n = parent_[Index(n)] = parent_[Index(parent_[Index(n)])];
    return n;
  }
  // The smaller number stands for both.
  void Join(std::int32_t a, std::int32_t b) {
    a = Find(a), b = Find(b);
    if (a != b) parent_[Index(std::max(a, b))] = std::min(a, b);
  }

 private:
  static std::size_t Index(std::int32_t n) { return static_cast<std::size_t>(n); }
  std::vector<std::int32_t> parent_;
};

std::size_t Index(std::int32_t n) {
  return static_cast<std::size_t>(n);
}

// Numbers of one kind of thing (a side's nodes or groups, quotas) shared out to the parts.
struct Shares {
  std::vector<std::int32_t> part;    // of each, -1 = in none
  std::vector<std::int32_t> number;  // in its part

  void Put(std::int32_t thing, std::int32_t p, std::vector<std::int32_t>* of_part) {
    part[Index(thing)] = p;
    number[Index(thing)] = static_cast<std::int32_t>(of_part->size());
    of_part->push_back(thing);
  }
  explicit Shares(std::size_t count) : part(count, -1), number(count, -1) {}
};

class Splitter {
 public:
  explicit Splitter(const ReducedProblem& reduced)
      : reduced_(reduced),
        graph_(*reduced.graph),
        problem_(*reduced.problem),
        nodes_(Index(graph_.left_count()) + Index(graph_.right_count())) {}

  std::vector<ProblemPart> Split() {
    if (reduced_.open_count < kFewArcs) return {};
    JoinAll();
    if (!CountParts()) return {};
    return MakeParts();
  }

 private:
  std::int32_t RightNode(std::int32_t right) const { return graph_.left_count() + right; }
  bool CanBeChosen(std::int32_t a) const {
    return reduced_.KindOf(a) == ArcKind::kOpen || reduced_.KindOf(a) == ArcKind::kRequired ||
           reduced_.KindOf(a) == ArcKind::kClosed;
  }

  void JoinAll() {
    for (std::int32_t a = 0; a < graph_.arc_count(); ++a) {
      if (CanBeChosen(a)) nodes_.Join(graph_.arc(a).left, RightNode(graph_.arc(a).right));
    }
    JoinGroups(problem_.need_group, problem_.need_groups, 0);
    JoinGroups(problem_.offering_group, problem_.offering_groups, graph_.left_count());
    for (const Quota& quota : problem_.quotas) {
      for (const std::int32_t a : quota.arcs) nodes_.Join(graph_.arc(quota.arcs.front()).left, graph_.arc(a).left);
    }
  }
  void JoinGroups(const std::vector<std::int32_t>& group_of, const std::vector<CapacityGroup>& groups,
                  std::int32_t first) {
    std::vector<std::int32_t> member(groups.size(), -1);  // of each outermost group
    for (std::size_t n = 0; n < group_of.size(); ++n) {
      std::int32_t group = group_of[n];
      if (group < 0) continue;
      while (groups[Index(group)].parent >= 0) group = groups[Index(group)].parent;
      std::int32_t& one = member[Index(group)];
      if (one < 0) one = first + static_cast<std::int32_t>(n);
      nodes_.Join(one, first + static_cast<std::int32_t>(n));
    }
  }

  // Parts are the sets of nodes with arcs, by their smallest node. False where they do not pay, or something with a
  // minimum lies in none of them.
  bool CountParts() {
    std::vector<std::int64_t> arcs(Index(graph_.left_count()) + Index(graph_.right_count()), 0);
    std::int64_t all = 0;
    for (std::int32_t a = 0; a < graph_.arc_count(); ++a) {
      if (!CanBeChosen(a)) continue;
      ++arcs[Index(nodes_.Find(graph_.arc(a).left))];
      ++all;
    }
    if (static_cast<double>(*std::ranges::max_element(arcs)) > kMostOfTheArcs * static_cast<double>(all)) return false;
    part_of_root_.assign(arcs.size(), -1);
    for (std::size_t n = 0; n < arcs.size(); ++n) {
      if (arcs[n] > 0) part_of_root_[n] = part_count_++;
    }
    const auto alone = [&](const std::vector<std::int32_t>& minimum, std::int32_t first) {
      for (std::size_t n = 0; n < minimum.size(); ++n) {
        if (minimum[n] > 0 && PartOf(first + static_cast<std::int32_t>(n)) < 0) return true;
      }
      return false;
    };
    return !alone(problem_.need_minimum, 0) && !alone(problem_.offering_minimum, graph_.left_count());
  }
  std::int32_t PartOf(std::int32_t node) { return part_of_root_[Index(nodes_.Find(node))]; }

  std::vector<ProblemPart> MakeParts() {
    std::vector<Named> named(Index(part_count_));
    Shares needs(Index(graph_.left_count())), offerings(Index(graph_.right_count()));
    for (std::int32_t n = 0; n < graph_.left_count(); ++n) {
      if (const std::int32_t p = PartOf(n); p >= 0) needs.Put(n, p, &named[Index(p)].needs);
    }
    for (std::int32_t n = 0; n < graph_.right_count(); ++n) {
      if (const std::int32_t p = PartOf(RightNode(n)); p >= 0) offerings.Put(n, p, &named[Index(p)].offerings);
    }
    Shares need_groups = ShareGroups(problem_.need_group, problem_.need_groups, needs, &Named::need_groups, &named);
    Shares offering_groups =
        ShareGroups(problem_.offering_group, problem_.offering_groups, offerings, &Named::offering_groups, &named);
    // A group with a minimum and without a node in any part cannot be kept: the whole says so.
    if (LeftOver(problem_.need_groups, need_groups) || LeftOver(problem_.offering_groups, offering_groups)) return {};
    Shares arcs(Index(graph_.arc_count()));
    for (std::int32_t a = 0; a < graph_.arc_count(); ++a) {
      if (!CanBeChosen(a)) continue;
      const std::int32_t p = needs.part[Index(graph_.arc(a).left)];
      arcs.Put(a, p, &named[Index(p)].arcs);
    }
    for (std::size_t q = 0; q < problem_.quotas.size(); ++q) {
      const Quota& quota = problem_.quotas[q];
      const auto one = std::ranges::find_if(quota.arcs, [&](std::int32_t a) { return CanBeChosen(a); });
      if (one != quota.arcs.end()) {
        named[Index(arcs.part[Index(*one)])].quotas.push_back(static_cast<std::int32_t>(q));
      } else if (quota.minimum > 0) {
        return {};
      }
    }
    std::vector<ProblemPart> parts;
    for (Named& names : named)
      parts.push_back(MakePart(std::move(names), needs, offerings, need_groups, offering_groups, arcs));
    return parts;
  }

  struct Named {
    std::vector<std::int32_t> arcs, needs, offerings, need_groups, offering_groups, quotas;
  };

  static Shares ShareGroups(const std::vector<std::int32_t>& group_of, const std::vector<CapacityGroup>& groups,
                            const Shares& nodes, std::vector<std::int32_t> Named::*field, std::vector<Named>* named) {
    Shares shares(groups.size());
    for (std::size_t n = 0; n < group_of.size(); ++n) {
      if (nodes.part[n] < 0) continue;
      for (std::int32_t g = group_of[n]; g >= 0; g = groups[Index(g)].parent) shares.part[Index(g)] = nodes.part[n];
    }
    // By number, so that a group still comes before those that it holds.
    for (std::int32_t g = 0; g < static_cast<std::int32_t>(groups.size()); ++g) {
      const std::int32_t p = shares.part[Index(g)];
      if (p >= 0) shares.Put(g, p, &((*named)[Index(p)].*field));
    }
    return shares;
  }
  static bool LeftOver(const std::vector<CapacityGroup>& groups, const Shares& shares) {
    for (std::size_t g = 0; g < groups.size(); ++g) {
      if (shares.part[g] < 0 && groups[g].minimum > 0) return true;
    }
    return false;
  }

  ProblemPart MakePart(Named names, const Shares& needs, const Shares& offerings, const Shares& need_groups,
                       const Shares& offering_groups, const Shares& arcs) const {
    AssignmentProblem part;
    std::vector<Arc> ends;
    for (const std::int32_t a : names.arcs) {
      ends.push_back({needs.number[Index(graph_.arc(a).left)], offerings.number[Index(graph_.arc(a).right)]});
      part.gain.push_back(problem_.gain[Index(a)]);
      if (reduced_.KindOf(a) == ArcKind::kRequired) part.required.push_back(arcs.number[Index(a)]);
    }
    const auto pick = [](const std::vector<std::int32_t>& from, const std::vector<std::int32_t>& numbers,
                         std::vector<std::int32_t>* to) {
      if (from.empty()) return;
      for (const std::int32_t n : numbers) to->push_back(from[Index(n)]);
    };
    pick(problem_.need_capacity, names.needs, &part.need_capacity);
    pick(problem_.offering_capacity, names.offerings, &part.offering_capacity);
    pick(problem_.need_minimum, names.needs, &part.need_minimum);
    pick(problem_.offering_minimum, names.offerings, &part.offering_minimum);
    const auto groups = [&](const std::vector<CapacityGroup>& from, const std::vector<std::int32_t>& group_of,
                            const std::vector<std::int32_t>& numbers, const std::vector<std::int32_t>& nodes,
                            const Shares& shares, std::vector<CapacityGroup>* to, std::vector<std::int32_t>* to_of) {
      for (const std::int32_t g : numbers) {
        CapacityGroup group = from[Index(g)];
        if (group.parent >= 0) group.parent = shares.number[Index(group.parent)];
        to->push_back(group);
      }
      if (numbers.empty()) return;
      for (const std::int32_t n : nodes) {
        const std::int32_t g = group_of[Index(n)];
        to_of->push_back(g < 0 ? -1 : shares.number[Index(g)]);
      }
    };
    groups(problem_.need_groups, problem_.need_group, names.need_groups, names.needs, need_groups, &part.need_groups,
           &part.need_group);
    groups(problem_.offering_groups, problem_.offering_group, names.offering_groups, names.offerings, offering_groups,
           &part.offering_groups, &part.offering_group);
    for (const std::int32_t q : names.quotas) {
      Quota quota{{}, problem_.quotas[Index(q)].minimum, problem_.quotas[Index(q)].maximum};
      for (const std::int32_t a : problem_.quotas[Index(q)].arcs) {
        if (CanBeChosen(a)) quota.arcs.push_back(arcs.number[Index(a)]);
      }
      part.quotas.push_back(std::move(quota));
    }
    // The arcs keep their order, and nodes theirs: what was valid in the whole is valid here.
    CandidateGraph graph = *CandidateGraph::Build(static_cast<std::int32_t>(names.needs.size()),
                                                  static_cast<std::int32_t>(names.offerings.size()), std::move(ends));
    return {std::move(graph),
            std::move(part),
            std::move(names.arcs),
            std::move(names.needs),
            std::move(names.offerings),
            std::move(names.need_groups),
            std::move(names.offering_groups),
            std::move(names.quotas)};
  }

  const ReducedProblem& reduced_;
  const CandidateGraph& graph_;
  const AssignmentProblem& problem_;
  UnionFind nodes_;
  std::vector<std::int32_t> part_of_root_;
  std::int32_t part_count_ = 0;
};

}  // namespace

std::vector<ProblemPart> SplitProblem(const ReducedProblem& reduced) {
  return Splitter(reduced).Split();
}

void AddPart(const ProblemPart& part, const Assignment& answer, Assignment* whole) {
  for (const std::int32_t a : answer.arcs) whole->arcs.push_back(part.arcs[Index(a)]);
  whole->total_gain += answer.total_gain;
  whole->bound += answer.bound;
  whole->ending = std::max(whole->ending, answer.ending);
  const auto put = [](const std::vector<std::int64_t>& from, const std::vector<std::int32_t>& numbers,
                      std::vector<std::int64_t>* to) {
    for (std::size_t i = 0; i < from.size(); ++i) (*to)[Index(numbers[i])] = from[i];
  };
  put(answer.need_price, part.needs, &whole->need_price);
  put(answer.offering_price, part.offerings, &whole->offering_price);
  put(answer.need_group_price, part.need_groups, &whole->need_group_price);
  put(answer.offering_group_price, part.offering_groups, &whole->offering_group_price);
  put(answer.quota_price, part.quotas, &whole->quota_price);
}

}  // namespace magpie
