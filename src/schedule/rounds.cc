// Rounds of meetings: the edges of a bipartite multigraph coloured with as many colours as its largest degree.
//
// The graph is made regular (nodes of small degree merged, dummy edges added). A graph of even degree is split in two
// along Euler circuits; one of odd degree gives up a perfect matching first, found by random walks.
// Sources  Koenig, Ueber Graphen und ihre Anwendung auf Determinantentheorie und Mengenlehre (1916);
//          Goel, Kapralov, Khanna, Perfect matchings in O(n log n) time in regular bipartite graphs (2010);
//          Alon, A simple algorithm for edge-coloring bipartite multigraphs (2003), for the merging of nodes.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "magpie/base/random.h"
#include "magpie/schedule/schedule.h"

namespace magpie {
namespace {

constexpr std::uint64_t kWalkSeed = 20250311;  // any number: the answer is a colouring whatever it is

struct Edge {
  int left = 0, right = 0;
};

// Numbers the parties of one side 0, 1, ... and merges them, in that order, while their degrees together stay within
// `degree`. All but one of the merged nodes then have more than half of it.
std::vector<int> MergeNodes(const std::vector<int>& degrees, int degree, int* merged_count) {
  std::vector<int> node(degrees.size());
  int open = -1, room = 0, count = 0;
  for (std::size_t i = 0; i < degrees.size(); ++i) {
    if (open < 0 || degrees[i] > room) {
      // The node with more room left stays open.
      const int left = degree - degrees[i];
      node[i] = count++;
      if (open < 0 || left > room) {
        open = node[i];
        room = left;
      }
      continue;
    }
    node[i] = open;
    room -= degrees[i];
  }
  *merged_count = count;
  return node;
}

class RegularColouring {
 public:
  // `edges` form a bipartite multigraph of `nodes` + `nodes` nodes, each of degree `degree`.
  RegularColouring(std::vector<Edge> edges, int nodes) : edges_(std::move(edges)), nodes_(nodes), random_(kWalkSeed) {
    colour_.assign(edges_.size(), -1);
  }

  std::vector<int> Colour(int degree) {
    std::vector<int> all(edges_.size());
    std::iota(all.begin(), all.end(), 0);
    Split(std::move(all), degree);
    return std::move(colour_);
  }

 private:
  void Paint(const std::vector<int>& edges) {
    for (int e : edges) colour_[static_cast<std::size_t>(e)] = next_colour_;
    ++next_colour_;
  }

  void Split(std::vector<int> edges, int degree) {
    if (degree == 0) return;
    if (degree == 1) return Paint(edges);
    if (degree % 2 == 1) {
      std::vector<int> rest = TakeMatching(edges, degree);
      edges.clear();
      edges.shrink_to_fit();
      return Split(std::move(rest), degree - 1);
    }
    auto [one, other] = EulerSplit(edges);
    edges.clear();
    edges.shrink_to_fit();
    Split(std::move(one), degree / 2);
    Split(std::move(other), degree / 2);
  }

  // Walks closed trails; every second edge, those walked from left to right, goes to one half. Each node passes as
  // often to the right as to the left, so both halves are regular.
  std::pair<std::vector<int>, std::vector<int>> EulerSplit(const std::vector<int>& edges) {
    const auto count = static_cast<std::size_t>(2 * nodes_);
    std::vector<int> first(count + 1, 0);
    for (int e : edges) {
      ++first[static_cast<std::size_t>(edges_[static_cast<std::size_t>(e)].left) + 1];
      ++first[static_cast<std::size_t>(nodes_ + edges_[static_cast<std::size_t>(e)].right) + 1];
    }
    for (std::size_t n = 0; n < count; ++n) first[n + 1] += first[n];
    std::vector<int> at(first.begin(), first.end() - 1), incident(2 * edges.size());
    for (std::size_t i = 0; i < edges.size(); ++i) {
      const Edge& edge = edges_[static_cast<std::size_t>(edges[i])];
      incident[static_cast<std::size_t>(at[static_cast<std::size_t>(edge.left)]++)] = static_cast<int>(i);
      incident[static_cast<std::size_t>(at[static_cast<std::size_t>(nodes_ + edge.right)]++)] = static_cast<int>(i);
    }
    at.assign(first.begin(), first.end() - 1);
    std::vector<bool> walked(edges.size(), false);
    std::pair<std::vector<int>, std::vector<int>> halves;
    halves.first.reserve(edges.size() / 2);
    halves.second.reserve(edges.size() / 2);
    for (int start = 0; start < nodes_; ++start) {
      int node = start;
      for (;;) {
        const auto n = static_cast<std::size_t>(node);
        while (at[n] < first[n + 1] && walked[static_cast<std::size_t>(incident[static_cast<std::size_t>(at[n])])]) {
          ++at[n];
        }
        if (at[n] == first[n + 1]) break;  // the trail has come back to its start, which has no edge left
        const auto i = static_cast<std::size_t>(incident[static_cast<std::size_t>(at[n]++)]);
        walked[i] = true;
        const Edge& edge = edges_[static_cast<std::size_t>(edges[i])];
        if (node < nodes_) {
          halves.first.push_back(edges[i]);
          node = nodes_ + edge.right;
        } else {
          halves.second.push_back(edges[i]);
          node = edge.left;
        }
      }
    }
    return halves;
  }

  // Paints a perfect matching of a regular graph and returns the other edges. From each free left node a random walk
  // over (any edge to the right, the matched edge back) finds a free right node after few steps on average.
  std::vector<int> TakeMatching(const std::vector<int>& edges, int degree) {
    const auto nodes = static_cast<std::size_t>(nodes_);
    const auto d = static_cast<std::size_t>(degree);
    std::vector<int> of_left(nodes * d), filled(nodes, 0);
    for (int e : edges) {
      const auto left = static_cast<std::size_t>(edges_[static_cast<std::size_t>(e)].left);
      of_left[left * d + static_cast<std::size_t>(filled[left]++)] = e;
    }
    std::vector<int> matched(nodes, -1);  // the edge of each right node
    std::vector<int> out(nodes, -1);      // the edge by which the walk last left each left node
    for (int start = 0; start < nodes_; ++start) {
      int left = start, right = -1;
      for (;;) {
        const auto l = static_cast<std::size_t>(left);
        const int e = of_left[l * d + random_.Below(d)];
        right = edges_[static_cast<std::size_t>(e)].right;
        if (matched[static_cast<std::size_t>(right)] == e) continue;
        out[l] = e;
        if (matched[static_cast<std::size_t>(right)] < 0) break;
        left = edges_[static_cast<std::size_t>(matched[static_cast<std::size_t>(right)])].left;
      }
      // The last way out of every node is the walk without its loops.
      for (int l = start;;) {
        const int e = out[static_cast<std::size_t>(l)];
        int& held = matched[static_cast<std::size_t>(edges_[static_cast<std::size_t>(e)].right)];
        const int before = std::exchange(held, e);
        if (before < 0) break;
        l = edges_[static_cast<std::size_t>(before)].left;
      }
    }
    Paint(matched);
    std::vector<int> rest;
    rest.reserve(edges.size() - nodes);
    for (int e : edges) {
      if (colour_[static_cast<std::size_t>(e)] < 0) rest.push_back(e);
    }
    return rest;
  }

  std::vector<Edge> edges_;
  int nodes_;
  Random random_;
  int next_colour_ = 0;
  std::vector<int> colour_;
};

// The parties of one side as 0, 1, ... in the order of their numbers, and how many meetings each has.
std::vector<int> NumberParties(const std::vector<std::pair<std::int32_t, std::int32_t>>& meetings, bool left,
                               std::vector<int>* degrees) {
  std::vector<std::int32_t> parties;
  for (const auto& meeting : meetings) parties.push_back(left ? meeting.first : meeting.second);
  std::vector<std::int32_t> sorted = parties;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  degrees->assign(sorted.size(), 0);
  std::vector<int> number;
  for (std::int32_t party : parties) {
    number.push_back(static_cast<int>(std::lower_bound(sorted.begin(), sorted.end(), party) - sorted.begin()));
    ++(*degrees)[static_cast<std::size_t>(number.back())];
  }
  return number;
}

// Parties that stand on both sides may have got two meetings in one round: the later one moves to the first round in
// which both of its parties are free.
void SeparateBothSides(const std::vector<std::pair<std::int32_t, std::int32_t>>& meetings, std::vector<int>* round) {
  std::map<std::int32_t, std::set<int>> busy;
  std::vector<std::size_t> moved;
  for (std::size_t i = 0; i < meetings.size(); ++i) {
    const auto& [left, right] = meetings[i];
    if (busy[left].contains((*round)[i]) || busy[right].contains((*round)[i])) {
      moved.push_back(i);
      continue;
    }
    busy[left].insert((*round)[i]);
    busy[right].insert((*round)[i]);
  }
  for (std::size_t i : moved) {
    const auto& [left, right] = meetings[i];
    int free = 0;
    while (busy[left].contains(free) || busy[right].contains(free)) ++free;
    (*round)[i] = free;
    busy[left].insert(free);
    busy[right].insert(free);
  }
}

}  // namespace

std::vector<Round> PlanRounds(const std::vector<std::pair<std::int32_t, std::int32_t>>& meetings, bool one_numbering) {
  if (meetings.empty()) return {};
  std::vector<int> left_degrees, right_degrees;
  const std::vector<int> left = NumberParties(meetings, true, &left_degrees);
  const std::vector<int> right = NumberParties(meetings, false, &right_degrees);
  const int degree = std::max(*std::max_element(left_degrees.begin(), left_degrees.end()),
                              *std::max_element(right_degrees.begin(), right_degrees.end()));
  int left_count = 0, right_count = 0;
  const std::vector<int> left_node = MergeNodes(left_degrees, degree, &left_count);
  const std::vector<int> right_node = MergeNodes(right_degrees, degree, &right_count);
  const int nodes = std::max(left_count, right_count);

  std::vector<Edge> edges;
  edges.reserve(static_cast<std::size_t>(nodes) * static_cast<std::size_t>(degree));
  std::vector<int> left_room(static_cast<std::size_t>(nodes), degree), right_room = left_room;
  for (std::size_t i = 0; i < meetings.size(); ++i) {
    edges.push_back({left_node[static_cast<std::size_t>(left[i])], right_node[static_cast<std::size_t>(right[i])]});
    --left_room[static_cast<std::size_t>(edges.back().left)];
    --right_room[static_cast<std::size_t>(edges.back().right)];
  }
  for (int l = 0, r = 0; l < nodes; ++l) {
    while (left_room[static_cast<std::size_t>(l)] > 0) {
      while (right_room[static_cast<std::size_t>(r)] == 0) ++r;
      edges.push_back({l, r});
      --left_room[static_cast<std::size_t>(l)];
      --right_room[static_cast<std::size_t>(r)];
    }
  }
  std::vector<int> round = RegularColouring(std::move(edges), nodes).Colour(degree);
  round.resize(meetings.size());  // the dummy edges stand behind
  if (one_numbering) SeparateBothSides(meetings, &round);

  std::vector<Round> rounds;
  std::map<int, int> tables;
  for (std::size_t i = 0; i < meetings.size(); ++i) {
    rounds.push_back({meetings[i].first, meetings[i].second, round[i], tables[round[i]]++});
  }
  return rounds;
}

}  // namespace magpie
