// Rounds of meetings: the edges of a bipartite multigraph coloured with as many colours as its largest degree.
//
// The graph is made regular (nodes of small degree merged, dummy edges added). A graph of even degree is split in two
// along circuits; one of odd degree gives up a perfect matching first, found by random walks. Edges are kept in the
// order of their left nodes, so that of 100,000 parties only the right ends are looked up out of order.
// Sources  Koenig, Ueber Graphen und ihre Anwendung auf Determinantentheorie und Mengenlehre (1916);
//          Goel, Kapralov, Khanna, Perfect matchings in O(n log n) time in regular bipartite graphs (2010);
//          Alon, A simple algorithm for edge-coloring bipartite multigraphs (2003), for the merging of nodes.
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "magpie/base/random.h"
#include "magpie/schedule/schedule.h"

namespace magpie {
namespace {

constexpr std::uint64_t kWalkSeed = 20250311;  // any number: the answer is a colouring whatever it is

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

// An edge of a regular bipartite multigraph: the edges of left node l are [l * degree, (l + 1) * degree).
struct Edge {
  int right = 0, id = 0;  // id = number in the graph as it was given
};

// All work is done within the edges as they were given and a few buffers that are made once: at 100,000 parties fresh
// memory would cost a fifth of the time.
class RegularColouring {
 public:
  explicit RegularColouring(int nodes)
      : nodes_(static_cast<std::size_t>(nodes)), random_(kWalkSeed), of_right_(nodes_), out_(nodes_) {}

  std::vector<int> Colour(std::vector<Edge> edges, int degree) {
    colour_.assign(edges.size(), -1);
    spare_.resize(edges.size() / 2);
    mate_.resize(edges.size());
    side_.resize(edges.size() / 2);
    Split(edges, degree);
    return std::move(colour_);
  }

 private:
  void Split(std::span<Edge> edges, int degree) {
    if (degree == 0) return;
    if (degree == 1) return Paint(edges);
    if (degree % 2 == 1) {
      TakeMatching(edges, degree);
      return Split(edges.first(edges.size() - nodes_), degree - 1);
    }
    Halve(edges);
    Split(edges.first(edges.size() / 2), degree / 2);
    Split(edges.subspan(edges.size() / 2), degree / 2);
  }

  // A matching gets the next colour.
  void Paint(std::span<const Edge> edges) {
    for (const Edge& edge : edges) colour_[static_cast<std::size_t>(edge.id)] = next_colour_;
    ++next_colour_;
  }

  // Edges 2i and 2i + 1 share their left node; at each right node edges are paired as they come. The pairs link the
  // edges to circuits; every second edge of a circuit goes to the other half. Each pair is parted, so both halves are
  // regular. The one half comes to stand behind the other.
  void Halve(std::span<Edge> edges) {
    const std::size_t count = edges.size();
    const auto at = [](int index) { return static_cast<std::size_t>(index); };
    std::ranges::fill(of_right_, -1);
    for (std::size_t e = 0; e < count; ++e) {
      int& other = of_right_[at(edges[e].right)];
      if (other < 0) {
        other = static_cast<int>(e);
        continue;
      }
      mate_[e] = other;
      mate_[at(other)] = static_cast<int>(e);
      other = -1;
    }
    const std::span<signed char> side = std::span(side_).first(count / 2);  // which edge of a left pair stays: 0 or 1
    std::ranges::fill(side, -1);
    for (std::size_t start = 0; start < count; start += 2) {
      if (side[start / 2] >= 0) continue;
      side[start / 2] = 0;
      // Both ways at once, until they meet: two look-ups under way at a time.
      for (std::size_t ahead = at(mate_[start ^ 1]), back = at(mate_[start]) ^ 1;;) {
        if (side[ahead / 2] >= 0) break;
        side[ahead / 2] = static_cast<signed char>(ahead & 1);
        if (side[back / 2] >= 0) break;
        side[back / 2] = static_cast<signed char>(back & 1);
        ahead = at(mate_[ahead ^ 1]);
        back = at(mate_[back]) ^ 1;
      }
    }
    for (std::size_t pair = 0; pair < count / 2; ++pair) {
      const std::size_t stays = 2 * pair + static_cast<std::size_t>(side[pair]);
      spare_[pair] = edges[stays ^ 1];
      edges[pair] = edges[stays];
    }
    std::copy_n(spare_.begin(), count / 2, edges.begin() + static_cast<std::ptrdiff_t>(count / 2));
  }

  // Paints a perfect matching and takes it out: the other edges move to the front. From each free left node a random walk
  // over (any edge to the right, the matched edge back) finds a free right node after few steps on average.
  void TakeMatching(std::span<Edge> edges, int degree_of_all) {
    const auto degree = static_cast<std::size_t>(degree_of_all);
    std::ranges::fill(of_right_, -1);  // the matched edge of each right node
    // out_ = the edge by which the walk last left each left node
    const auto holder = [&](std::size_t edge) -> int& {
      return of_right_[static_cast<std::size_t>(edges[edge].right)];
    };
    for (std::size_t start = 0; start < nodes_; ++start) {
      for (std::size_t left = start;;) {
        std::size_t edge = left * degree;
        while (edge < (left + 1) * degree && holder(edge) >= 0) ++edge;
        if (edge == (left + 1) * degree) edge = left * degree + random_.Below(degree);
        if (holder(edge) == static_cast<int>(edge)) continue;
        out_[left] = static_cast<int>(edge);
        if (holder(edge) < 0) break;
        left = static_cast<std::size_t>(holder(edge)) / degree;
      }
      // The last way out of every node is the walk without its loops.
      for (std::size_t left = start;;) {
        const int before = std::exchange(holder(static_cast<std::size_t>(out_[left])), out_[left]);
        if (before < 0) break;
        left = static_cast<std::size_t>(before) / degree;
      }
    }
    std::size_t kept = 0;
    for (std::size_t e = 0; e < edges.size(); ++e) {
      if (holder(e) == static_cast<int>(e)) {
        colour_[static_cast<std::size_t>(edges[e].id)] = next_colour_;
        continue;
      }
      edges[kept++] = edges[e];
    }
    ++next_colour_;
  }

  const std::size_t nodes_;
  Random random_;
  int next_colour_ = 0;
  std::vector<int> colour_;
  std::vector<int> of_right_, out_;  // of each node
  std::vector<int> mate_;            // of each edge, the one it is paired with at its right node
  std::vector<signed char> side_;    // of each pair of edges
  std::vector<Edge> spare_;          // the half that goes
};

// The parties of one side as 0, 1, ... in the order of their numbers, and how many meetings each has.
std::vector<int> NumberParties(const std::vector<std::pair<std::int32_t, std::int32_t>>& meetings, bool left,
                               std::vector<int>* degrees) {
  std::vector<int> number;
  number.reserve(meetings.size());
  for (const auto& meeting : meetings) number.push_back(left ? meeting.first : meeting.second);
  const auto [low, high] = std::ranges::minmax(number);
  const std::int64_t range = std::int64_t{high} - low + 1;
  std::vector<int> place;  // of each number from `low` on, where they lie close together
  std::vector<int> sorted;
  if (range <= std::int64_t{4} * std::ssize(meetings)) {
    place.resize(static_cast<std::size_t>(range), -1);
    for (int party : number) place[static_cast<std::size_t>(party - low)] = 0;
    int count = 0;
    for (int& at : place) at = at == 0 ? count++ : -1;
    for (int& party : number) party = place[static_cast<std::size_t>(party - low)];
    degrees->assign(static_cast<std::size_t>(count), 0);
  } else {
    sorted = number;
    std::ranges::sort(sorted);
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    for (int& party : number) party = static_cast<int>(std::ranges::lower_bound(sorted, party) - sorted.begin());
    degrees->assign(sorted.size(), 0);
  }
  for (int party : number) ++(*degrees)[static_cast<std::size_t>(party)];
  return number;
}

// The meetings between merged nodes as a regular graph; numbers from the count of meetings on are dummy edges.
std::vector<Edge> MakeRegular(const std::vector<int>& left, const std::vector<int>& left_node,
                              const std::vector<int>& right, const std::vector<int>& right_node, int degree,
                              int nodes) {
  const auto d = static_cast<std::size_t>(degree);
  std::vector<Edge> edges(static_cast<std::size_t>(nodes) * d);
  std::vector<int> left_used(static_cast<std::size_t>(nodes), 0), right_used = left_used;
  int id = 0;
  const auto add = [&](std::size_t l, std::size_t r) {
    edges[l * d + static_cast<std::size_t>(left_used[l]++)] = {static_cast<int>(r), id++};
    ++right_used[r];
  };
  for (std::size_t i = 0; i < left.size(); ++i) {
    add(static_cast<std::size_t>(left_node[static_cast<std::size_t>(left[i])]),
        static_cast<std::size_t>(right_node[static_cast<std::size_t>(right[i])]));
  }
  for (std::size_t l = 0, r = 0; l < left_used.size(); ++l) {
    while (left_used[l] < degree) {
      while (right_used[r] == degree) ++r;
      add(l, r);
    }
  }
  return edges;
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

  std::vector<int> round =
      RegularColouring(nodes).Colour(MakeRegular(left, left_node, right, right_node, degree, nodes), degree);
  round.resize(meetings.size());  // the dummy edges stand behind
  if (one_numbering) SeparateBothSides(meetings, &round);

  std::vector<Round> rounds;
  rounds.reserve(meetings.size());
  std::vector<int> tables(static_cast<std::size_t>(*std::ranges::max_element(round)) + 1, 0);
  for (std::size_t i = 0; i < meetings.size(); ++i) {
    rounds.push_back({meetings[i].first, meetings[i].second, round[i], tables[static_cast<std::size_t>(round[i])]++});
  }
  return rounds;
}

}  // namespace magpie
