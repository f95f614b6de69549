#include "magpie/graph/candidate_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "magpie/base/status.h"

namespace magpie {

absl::StatusOr<CandidateGraph> CandidateGraph::Build(std::int32_t left_count, std::int32_t right_count,
                                                     std::vector<Arc> arcs) {
  if (left_count < 0 || right_count < 0) {
    return MakeError(
        Reason::kBadArgument, "",
        fmt::format("a graph of {} x {} nodes; the counts must be 0 or positive", left_count, right_count));
  }
  if (std::int64_t{left_count} + right_count > std::numeric_limits<std::int32_t>::max() ||
      arcs.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    return MakeError(Reason::kLimitExceeded, "",
                     fmt::format("a graph of {} x {} nodes and {} arcs; nodes and arcs are numbered in 31 bits",
                                 left_count, right_count, arcs.size()));
  }
  for (const Arc& arc : arcs) {
    if (arc.left < 0 || arc.left >= left_count || arc.right < 0 || arc.right >= right_count) {
      return MakeError(Reason::kBadArgument, "arcs",
                       fmt::format("arc ({}, {}) lies outside the graph of {} x {} nodes", arc.left, arc.right,
                                   left_count, right_count));
    }
  }
  if (!std::is_sorted(arcs.begin(), arcs.end())) std::sort(arcs.begin(), arcs.end());
  const auto twice = std::adjacent_find(arcs.begin(), arcs.end());
  if (twice != arcs.end()) {
    return MakeError(Reason::kBadArgument, "arcs",
                     fmt::format("arc ({}, {}) is given twice; give each pair once", twice->left, twice->right));
  }

  CandidateGraph graph;
  graph.left_count_ = left_count;
  graph.right_count_ = right_count;
  graph.left_first_.assign(static_cast<std::size_t>(left_count) + 1, 0);
  graph.right_first_.assign(static_cast<std::size_t>(right_count) + 1, 0);
  for (const Arc& arc : arcs) {
    ++graph.left_first_[static_cast<std::size_t>(arc.left) + 1];
    ++graph.right_first_[static_cast<std::size_t>(arc.right) + 1];
  }
  for (std::size_t i = 1; i < graph.left_first_.size(); ++i) graph.left_first_[i] += graph.left_first_[i - 1];
  for (std::size_t i = 1; i < graph.right_first_.size(); ++i) graph.right_first_[i] += graph.right_first_[i - 1];

  graph.right_arcs_.resize(arcs.size());
  std::vector<std::int32_t> next(graph.right_first_.begin(), graph.right_first_.end() - 1);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  edges.reserve(arcs.size());
  for (std::size_t a = 0; a < arcs.size(); ++a) {
    graph.right_arcs_[static_cast<std::size_t>(next[static_cast<std::size_t>(arcs[a].right)]++)] =
        static_cast<std::int32_t>(a);
    edges.emplace_back(static_cast<std::uint32_t>(arcs[a].left),
                       static_cast<std::uint32_t>(left_count) + static_cast<std::uint32_t>(arcs[a].right));
  }
  graph.boost_ = BoostGraph(boost::edges_are_sorted, edges.begin(), edges.end(),
                            static_cast<std::uint32_t>(left_count) + static_cast<std::uint32_t>(right_count));
  graph.arcs_ = std::move(arcs);
  return graph;
}

std::pair<std::int32_t, std::int32_t> CandidateGraph::ArcsOfLeft(std::int32_t left) const {
  const auto i = static_cast<std::size_t>(left);
  return {left_first_[i], left_first_[i + 1]};
}

std::span<const std::int32_t> CandidateGraph::ArcsOfRight(std::int32_t right) const {
  const auto i = static_cast<std::size_t>(right);
  return std::span(right_arcs_)
      .subspan(static_cast<std::size_t>(right_first_[i]),
               static_cast<std::size_t>(right_first_[i + 1] - right_first_[i]));
}

std::int32_t CandidateGraph::FindArc(std::int32_t left, std::int32_t right) const {
  if (left < 0 || left >= left_count_) return -1;
  const auto [first, last] = ArcsOfLeft(left);
  const auto begin = arcs_.begin() + first, end = arcs_.begin() + last;
  const auto found = std::lower_bound(begin, end, Arc{left, right});
  return found != end && found->right == right ? static_cast<std::int32_t>(found - arcs_.begin()) : -1;
}

}  // namespace magpie
