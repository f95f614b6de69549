#include "bounded_flow.h"

#include <algorithm>
#include <utility>

namespace magpie {

BoundedFlow::BoundedFlow(std::int32_t node_count, std::vector<Edge> edges, std::vector<std::int8_t> cost)
    : edges_(std::move(edges)),
      cost_(std::move(cost)),
      flow_(edges_.size(), 0),
      first_(static_cast<std::size_t>(node_count) + 1, 0),
      incident_(2 * edges_.size()),
      reached_by_(static_cast<std::size_t>(node_count), 0) {
  for (const Edge& edge : edges_) {
    ++first_[static_cast<std::size_t>(edge.from)];
    ++first_[static_cast<std::size_t>(edge.to)];
  }
  std::int32_t sum = 0;
  for (std::int32_t& first : first_) sum += std::exchange(first, sum);
  std::vector<std::int32_t> next = first_;
  for (std::size_t e = 0; e < edges_.size(); ++e) {
    const auto number = static_cast<std::int32_t>(e);
    incident_[static_cast<std::size_t>(next[static_cast<std::size_t>(edges_[e].from)]++)] = number;
    incident_[static_cast<std::size_t>(next[static_cast<std::size_t>(edges_[e].to)]++)] = ~number;
  }
}

std::int64_t BoundedFlow::Room(std::int32_t step) const {
  const auto e = static_cast<std::size_t>(step < 0 ? ~step : step);
  return step < 0 ? std::max<std::int64_t>(0, flow_[e] - edges_[e].low) : edges_[e].up - flow_[e];
}

std::int32_t BoundedFlow::Behind(std::int32_t step) const {
  return step < 0 ? edges_[static_cast<std::size_t>(~step)].to : edges_[static_cast<std::size_t>(step)].from;
}

std::int32_t BoundedFlow::Ahead(std::int32_t step) const {
  return Behind(~step);
}

void BoundedFlow::Reach(std::int32_t from, std::int32_t to) {
  seen_.assign(reached_by_.size(), false);
  seen_[static_cast<std::size_t>(from)] = true;
  queue_.assign(1, from);
  for (std::size_t at = 0; at < queue_.size() && !seen_[static_cast<std::size_t>(to)]; ++at) {
    const auto n = static_cast<std::size_t>(queue_[at]);
    for (std::int32_t i = first_[n]; i < first_[n + 1]; ++i) {
      const std::int32_t step = incident_[static_cast<std::size_t>(i)];
      const auto other = static_cast<std::size_t>(Ahead(step));
      if (seen_[other] || Room(step) <= 0) continue;
      seen_[other] = true;
      reached_by_[other] = step;
      queue_.push_back(static_cast<std::int32_t>(other));
    }
  }
}

void BoundedFlow::ReachCheaply(std::int32_t from) {
  // Bellman and Ford's method with a queue: steps back over an edge of cost 1 cost -1, but no cycle is negative.
  constexpr std::int32_t kFar = 1 << 30;
  seen_.assign(reached_by_.size(), false);
  distance_.assign(reached_by_.size(), kFar);
  distance_[static_cast<std::size_t>(from)] = 0;
  queue_.assign(1, from);
  std::vector<bool> waiting(reached_by_.size(), false);
  for (std::size_t at = 0; at < queue_.size(); ++at) {
    const auto n = static_cast<std::size_t>(queue_[at]);
    waiting[n] = false;
    seen_[n] = true;
    for (std::int32_t i = first_[n]; i < first_[n + 1]; ++i) {
      const std::int32_t step = incident_[static_cast<std::size_t>(i)];
      const auto other = static_cast<std::size_t>(Ahead(step));
      const std::int32_t cost =
          step < 0 ? -cost_[static_cast<std::size_t>(~step)] : cost_[static_cast<std::size_t>(step)];
      if (Room(step) <= 0 || distance_[n] + cost >= distance_[other]) continue;
      distance_[other] = distance_[n] + cost;
      reached_by_[other] = step;
      if (!waiting[other]) queue_.push_back(static_cast<std::int32_t>(other));
      waiting[other] = true;
    }
  }
}

std::int64_t BoundedFlow::Augment(std::int32_t from, std::int32_t to, std::int64_t amount) {
  if (cost_.empty()) {
    Reach(from, to);
  } else {
    ReachCheaply(from);
  }
  if (!seen_[static_cast<std::size_t>(to)]) return 0;
  for (std::int32_t n = to; n != from; n = Behind(reached_by_[static_cast<std::size_t>(n)])) {
    amount = std::min(amount, Room(reached_by_[static_cast<std::size_t>(n)]));
  }
  for (std::int32_t n = to; n != from; n = Behind(reached_by_[static_cast<std::size_t>(n)])) {
    const std::int32_t step = reached_by_[static_cast<std::size_t>(n)];
    flow_[static_cast<std::size_t>(step < 0 ? ~step : step)] += step < 0 ? -amount : amount;
  }
  return amount;
}

bool BoundedFlow::Empty(std::int32_t e) {
  Edge& edge = edges_[static_cast<std::size_t>(e)];
  std::int64_t& flow = flow_[static_cast<std::size_t>(e)];
  const Edge before = edge;
  const std::int64_t carried = flow;
  edge.low = edge.up = flow = 0;
  if (carried == 0 || Augment(edge.from, edge.to, carried) == carried) return true;
  edge = before;
  flow = carried;
  return false;
}

bool BoundedFlow::Repair(const std::vector<std::int32_t>& demands) {
  for (std::int32_t e : demands) {
    const Edge& edge = edges_[static_cast<std::size_t>(e)];
    std::int64_t& flow = flow_[static_cast<std::size_t>(e)];
    while (flow < edge.low) {
      const std::int64_t sent = Augment(edge.to, edge.from, edge.low - flow);
      if (sent == 0) {
        cut_ = seen_;
        return false;
      }
      flow += sent;
    }
  }
  return true;
}

}  // namespace magpie
