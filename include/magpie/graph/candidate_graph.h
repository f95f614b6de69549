// The bipartite graph of scored pairs, frozen after Build(), in Boost.Graph's compressed sparse row form.
//
// Terms   left nodes [0, L) are needs, right nodes [L, L + R) offerings; arc a in [0, A) joins a need and an offering.
// Order   arcs are sorted by (left, right) and are distinct, so equal input gives equal arc numbers.
// Weights live outside, in arrays indexed by arc.
// Cost    O(A log A) to build (O(A) where the arcs come sorted), 8 bytes a node and 16 an arc.
// Errors  kBadArgument names the arc that lies outside its side or is given twice.
// Threads const graphs may be read from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <cstdint>
#include <span>
#include <vector>

namespace magpie {

struct Arc {
  std::int32_t left = 0;   // [0, L)
  std::int32_t right = 0;  // [0, R): the offering's own number, not the node's
  friend auto operator<=>(const Arc&, const Arc&) = default;
};

class CandidateGraph {
 public:
  using BoostGraph = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, boost::no_property,
                                                        boost::no_property, std::uint32_t, std::uint32_t>;

  // Arcs may come in any order; a pair given twice is kBadArgument, as is an index outside its side.
  static absl::StatusOr<CandidateGraph> Build(std::int32_t left_count, std::int32_t right_count, std::vector<Arc> arcs);

  std::int32_t left_count() const { return left_count_; }
  std::int32_t right_count() const { return right_count_; }
  std::int32_t arc_count() const { return static_cast<std::int32_t>(arcs_.size()); }
  const Arc& arc(std::int32_t a) const { return arcs_[static_cast<std::size_t>(a)]; }
  std::span<const Arc> arcs() const { return arcs_; }

  // The arcs of a left node are the numbers first..last-1.
  std::pair<std::int32_t, std::int32_t> ArcsOfLeft(std::int32_t left) const;
  // The arcs of a right node, ascending.
  std::span<const std::int32_t> ArcsOfRight(std::int32_t right) const;
  // The number of the arc of a pair, or -1.
  std::int32_t FindArc(std::int32_t left, std::int32_t right) const;

  // Directed from left to right nodes; edge index = arc number. For Boost's algorithms.
  const BoostGraph& boost() const { return boost_; }

 private:
  CandidateGraph() = default;
  std::int32_t left_count_ = 0, right_count_ = 0;
  std::vector<Arc> arcs_;
  std::vector<std::int32_t> left_first_;   // size L + 1
  std::vector<std::int32_t> right_first_;  // size R + 1
  std::vector<std::int32_t> right_arcs_;   // size A
  BoostGraph boost_;
};

}  // namespace magpie
