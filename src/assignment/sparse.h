// Assignment with capacities of nodes alone: an auction finds nearly right prices, shortest paths set them right.
//
// Terms   a link is an arc as the searches use it; a seat is one unit of an offering's capacity. value = gain - price of the offering.
//         Conditions of the best: no chosen link is worth less to its need than the need's price, no other one more;
//         a node with room has price 0.
// Auction every need with room bids for its best links; an offering keeps the best bids, its price is the lowest of them
//         once it is full. No need then holds a link that is worth a step less to it than one that it does not hold.
// Repair  each need's price is set from the offerings' prices, the links that break the conditions are dropped, and
//         each unit that came free is led to its place by a shortest path over reduced costs (Dijkstra). A path is short
//         where prices are nearly right, so a warm start begins here.
// Cost    O(A) memory: 8 bytes a link, 12 a seat, 24 a node.
// Source  Bertsekas, The auction algorithm (1988); Ahuja, Magnanti, Orlin, Network Flows (1993), section 9.7.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "deadline.h"
#include "magpie/base/progress.h"
#include "reduced_problem.h"

namespace magpie {

class SparseSolver {
 public:
  static constexpr std::int64_t kLargestGain = 1 << 29;  // sums of three prices stay within 31 bits

  // Of a plain problem whose gains are at most kLargestGain. All must outlive the solver. may_grow: capacities of
  // offerings may be raised later.
  SparseSolver(const ReducedProblem& reduced, const RunContext& context, const Deadline& deadline,
               bool may_grow = false);

  // From here on it looks at these; both must outlive their use.
  void Watch(const RunContext& context, const Deadline& deadline) {
    context_ = &context;
    deadline_ = &deadline;
  }
  // Changes after a Repair; the next Repair of these nodes alone makes all right again. A capacity is that beside what
  // required arcs take.
  void SetGain(std::int32_t arc, std::int32_t gain, std::vector<std::int32_t>* broken);
  void SetCapacity(std::int32_t node, std::int32_t capacity, std::vector<std::int32_t>* broken);
  // Begins at the prices and arcs of an earlier answer instead of at 0 and nothing.
  void Begin(const Assignment& before, std::int64_t largest_gain);
  // Both end when their work is done (nullopt) or when the deadline is reached; what is chosen is feasible whenever
  // they end. Auction: prices are right within `step`. Repair: nothing better can be chosen.
  std::optional<Ending> Auction(std::int32_t step);
  std::optional<Ending> Repair();
  std::optional<Ending> RepairAround(std::vector<std::int32_t> broken);
  // The least bound that the offerings' prices prove; sets the needs' prices that prove it.
  __int128 Settle();
  std::int64_t TotalGain() const;
  ReducedAnswer Answer(Ending ending) const;

 private:
  // Nodes are numbered through: needs, then offerings.
  struct Node {
    std::int32_t capacity = 0, load = 0;
  };
  struct Link {
    std::uint32_t offering = 0;  // the highest bit: chosen
    std::int32_t gain = 0;       // 0: not open, which makes it worth nothing to anyone
  };
  struct Seat {
    std::int32_t bid = 0, link = 0, need = 0;
  };
  // How a search came to a node: over `link`, from the node at its other end.
  struct Label {
    std::int32_t distance = 0, link = 0, from = 0;
  };

  static bool Held(const Link& link) { return link.offering >> 31 != 0; }
  static std::size_t OfferingOf(const Link& link) { return link.offering & 0x7FFFFFFFu; }
  std::int32_t ValueOf(const Link& link) const { return link.gain - price_[need_count_ + OfferingOf(link)]; }
  std::int32_t OfferingNode(const Link& link) const {
    return static_cast<std::int32_t>(need_count_ + OfferingOf(link));
  }
  bool HasRoom(std::size_t node) const { return nodes_[node].load < nodes_[node].capacity; }
  std::span<Seat> SeatsOf(std::size_t offering) {
    return {seats_.data() + first_seat_[offering], static_cast<std::size_t>(nodes_[need_count_ + offering].load)};
  }

  void Choose(std::int32_t need, std::int32_t link, std::int32_t bid);
  void Unchoose(std::int32_t need, std::int32_t link);
  void Bid(std::int32_t need, std::int32_t step);
  void Place(std::int32_t need, std::int32_t link, std::int32_t bid);
  void DropBroken(std::int32_t need, std::vector<std::int32_t>* freed);
  std::optional<Ending> LeadAll(std::int32_t node);
  template <typename Visit>
  void EachLink(std::int32_t node, bool held, const Visit& visit);
  std::optional<Ending> Lead(std::int32_t source);
  void Swap(std::int32_t source, std::int32_t end, bool own);

  const CandidateGraph& graph_;
  const RunContext* context_;
  const Deadline* deadline_;
  std::size_t need_count_ = 0;
  std::int64_t steps_ = 0;
  std::vector<Node> nodes_;
  std::vector<std::int32_t> price_;       // of the nodes
  std::vector<Link> links_;               // of the arcs, by their numbers
  std::vector<std::int32_t> first_seat_;  // of each offering, and the end; room for no more than it has links
  std::vector<Seat> seats_;
  std::vector<std::pair<std::int32_t, std::int32_t>> wanted_;  // value, link
  std::vector<std::int32_t> evicted_;                          // needs that lost a seat to the last bid
  std::vector<Label> labels_;                                  // of the nodes
  std::vector<std::int32_t> touched_;                          // nodes that have a label
  std::vector<std::uint64_t> heap_;                            // distance, node
  std::vector<std::int32_t> near_;                             // nodes as near as the last one from the heap
};

// For an exact solve (epsilon 0) or one within epsilon.
std::int32_t AuctionStep(const ReducedProblem& reduced, double epsilon);

// For a problem as SparseSolver takes it.
ReducedAnswer SolveSparse(const ReducedProblem& reduced, const SolveOptions& options, const RunContext& context,
                          const Deadline& deadline);

}  // namespace magpie
