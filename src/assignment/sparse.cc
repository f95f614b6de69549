#include "sparse.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace magpie {
namespace {

constexpr std::uint32_t kChosen = 1u << 31;
constexpr std::int32_t kFar = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kBidsPerSeat = 64;     // far above what prices that differ need
constexpr std::int64_t kStepsPerLook = 1024;  // at the clock: well below a millisecond of work

constexpr double kStepOfMean =
    1.0 / 12;  // the auction's step in mean gains; the repair is quick after any step near it
constexpr double kStepOfMeanOfEpsilon = 8;  // for a step that leaves about half of the gap that is allowed

}  // namespace

SparseSolver::SparseSolver(const ReducedProblem& reduced, const RunContext& context, const Deadline& deadline,
                           bool may_grow)
    : graph_(*reduced.graph), context_(&context), deadline_(&deadline), need_count_(reduced.needs.node_count) {
  const std::size_t offerings = reduced.offerings.node_count;
  nodes_.resize(need_count_ + offerings);
  price_.assign(need_count_ + offerings, 0);
  for (std::size_t i = 0; i < need_count_; ++i) nodes_[i].capacity = reduced.needs.capacity[i];
  links_.resize(static_cast<std::size_t>(graph_.arc_count()));
  for (std::size_t a = 0; a < links_.size(); ++a) {
    const auto arc = static_cast<std::int32_t>(a);
    links_[a].offering = static_cast<std::uint32_t>(graph_.arc(arc).right);
    if (reduced.kind[a] == ArcKind::kOpen) links_[a].gain = static_cast<std::int32_t>(reduced.gain(arc));
  }
  first_seat_.resize(offerings + 1, 0);
  for (std::size_t j = 0; j < offerings; ++j) {
    nodes_[need_count_ + j].capacity = reduced.offerings.capacity[j];
    const auto degree = static_cast<std::int32_t>(graph_.ArcsOfRight(static_cast<std::int32_t>(j)).size());
    first_seat_[j + 1] = first_seat_[j] + (may_grow ? degree : std::min(degree, reduced.offerings.capacity[j]));
  }
  seats_.resize(static_cast<std::size_t>(first_seat_.back()));
}

void SparseSolver::Choose(std::int32_t need, std::int32_t link, std::int32_t bid) {
  Link& l = links_[static_cast<std::size_t>(link)];
  const std::size_t j = OfferingOf(l);
  Node& offering = nodes_[need_count_ + j];
  seats_[static_cast<std::size_t>(first_seat_[j] + offering.load++)] = {bid, link, need};
  ++nodes_[static_cast<std::size_t>(need)].load;
  l.offering |= kChosen;
}

void SparseSolver::Unchoose(std::int32_t need, std::int32_t link) {
  Link& l = links_[static_cast<std::size_t>(link)];
  l.offering &= ~kChosen;
  const std::size_t j = OfferingOf(l);
  const std::span<Seat> seats = SeatsOf(j);
  *std::find_if(seats.begin(), seats.end(), [&](const Seat& seat) { return seat.link == link; }) = seats.back();
  --nodes_[need_count_ + j].load;
  --nodes_[static_cast<std::size_t>(need)].load;
}

void SparseSolver::Begin(const Assignment& before, std::int64_t largest_gain) {
  for (std::size_t n = need_count_; n < nodes_.size(); ++n) {
    const std::size_t j = n - need_count_;
    const bool scarce =
        nodes_[n].capacity <= static_cast<std::int64_t>(graph_.ArcsOfRight(static_cast<std::int32_t>(j)).size());
    price_[n] =
        scarce ? static_cast<std::int32_t>(std::clamp<std::int64_t>(before.offering_price[j], 0, largest_gain)) : 0;
  }
  for (std::int32_t a : before.arcs) {
    if (a < 0 || a >= graph_.arc_count()) continue;
    const Link& link = links_[static_cast<std::size_t>(a)];
    const std::int32_t need = graph_.arc(a).left;
    if (link.gain > 0 && !Held(link) && HasRoom(static_cast<std::size_t>(need)) &&
        HasRoom(need_count_ + OfferingOf(link))) {
      Choose(need, a, 0);
    }
  }
}

std::optional<Ending> SparseSolver::Auction(std::int32_t step) {
  std::vector<std::int32_t> queue(need_count_);  // a ring: a need stands in it at most once
  std::vector<bool> waits(need_count_, true);
  for (std::size_t i = 0; i < need_count_; ++i) queue[i] = static_cast<std::int32_t>(i);
  std::size_t head = 0, waiting = need_count_;
  std::int64_t bids_left = kBidsPerSeat * static_cast<std::int64_t>(std::max(seats_.size(), need_count_));
  while (waiting > 0 && bids_left > 0) {
    if (++steps_ % kStepsPerLook == 0) {
      if (const auto ending = deadline_->Reached()) return ending;
      context_->Report("assign", static_cast<std::int64_t>(need_count_ - waiting),
                       static_cast<std::int64_t>(need_count_));
    }
    const std::int32_t need = queue[head];
    if (++head == need_count_) head = 0;
    --waiting;
    waits[static_cast<std::size_t>(need)] = false;
    Bid(need, step);
    bids_left -= static_cast<std::int64_t>(wanted_.size());
    for (std::int32_t other : evicted_) {
      if (waits[static_cast<std::size_t>(other)]) continue;
      waits[static_cast<std::size_t>(other)] = true;
      queue[(head + waiting++) % need_count_] = other;
    }
  }
  return std::nullopt;
}

// Bids for as many of the best links that are not held as there is room, each so high that the link is then worth a
// step less than the best one that is left.
void SparseSolver::Bid(std::int32_t need, std::int32_t step) {
  evicted_.clear();
  const Node& node = nodes_[static_cast<std::size_t>(need)];
  const auto room = static_cast<std::size_t>(node.capacity - node.load);
  wanted_.clear();
  const auto [first, last] = graph_.ArcsOfLeft(need);
  std::int32_t next_best = 0;
  if (room == 1) {
    std::int32_t best = 0, best_link = -1;
    for (std::int32_t k = first; k < last; ++k) {
      const Link& link = links_[static_cast<std::size_t>(k)];
      if (Held(link)) continue;
      const std::int32_t value = ValueOf(link);
      if (value > best) {
        next_best = best;
        best = value;
        best_link = k;
      } else if (value > next_best) {
        next_best = value;
      }
    }
    if (best_link >= 0) wanted_.push_back({best, best_link});
  } else if (room > 1) {
    for (std::int32_t k = first; k < last; ++k) {
      const Link& link = links_[static_cast<std::size_t>(k)];
      if (!Held(link) && ValueOf(link) > 0) wanted_.push_back({ValueOf(link), k});
    }
    if (wanted_.size() > room) {
      const auto better = [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
      };
      std::nth_element(wanted_.begin(), wanted_.begin() + static_cast<std::ptrdiff_t>(room), wanted_.end(), better);
      next_best = wanted_[room].first;
      wanted_.resize(room);
      std::sort(wanted_.begin(), wanted_.end(), better);
    }
  }
  // Where leaving the room unused is the next best, the need pays all that the link is worth to it and no step more.
  const std::int32_t below = std::max(0, next_best - step);
  for (const auto& [value, k] : wanted_) Place(need, k, links_[static_cast<std::size_t>(k)].gain - below);
}

// Gives the offering's seat of the lowest bid, or a free one, to this bid. Seats are a heap, the lowest bid in front.
void SparseSolver::Place(std::int32_t need, std::int32_t link, std::int32_t bid) {
  const auto lower = [](const Seat& a, const Seat& b) { return a.bid != b.bid ? a.bid > b.bid : a.link < b.link; };
  const std::size_t j = OfferingOf(links_[static_cast<std::size_t>(link)]);
  Node& offering = nodes_[need_count_ + j];
  if (offering.load == offering.capacity) {
    const std::span<Seat> seats = SeatsOf(j);
    std::pop_heap(seats.begin(), seats.end(), lower);
    const Seat out = seats.back();
    links_[static_cast<std::size_t>(out.link)].offering &= ~kChosen;
    --nodes_[static_cast<std::size_t>(out.need)].load;
    --offering.load;
    evicted_.push_back(out.need);
  }
  Choose(need, link, bid);
  const std::span<Seat> seats = SeatsOf(j);
  std::push_heap(seats.begin(), seats.end(), lower);
  if (offering.load == offering.capacity) price_[need_count_ + j] = seats.front().bid;
}

std::optional<Ending> SparseSolver::Repair() {
  for (std::size_t i = 0; i < need_count_; ++i) DropBroken(static_cast<std::int32_t>(i), nullptr);
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    if (const auto ending = LeadAll(static_cast<std::int32_t>(n))) return ending;
    if (n % kStepsPerLook == 0) {
      context_->Report("assign", static_cast<std::int64_t>(n), static_cast<std::int64_t>(nodes_.size()));
    }
  }
  return std::nullopt;
}

std::optional<Ending> SparseSolver::RepairAround(std::vector<std::int32_t> broken) {
  const std::size_t count = broken.size();
  for (std::size_t b = 0; b < count; ++b) {
    if (static_cast<std::size_t>(broken[b]) < need_count_) DropBroken(broken[b], &broken);
  }
  for (std::int32_t node : broken) {
    if (const auto ending = LeadAll(node)) return ending;
  }
  return std::nullopt;
}

std::optional<Ending> SparseSolver::LeadAll(std::int32_t node) {
  const auto n = static_cast<std::size_t>(node);
  if (labels_.empty()) labels_.assign(nodes_.size(), Label{kFar, -1, -1});
  while (HasRoom(n) && price_[n] > 0) {
    if (const auto ending = Lead(node)) return ending;
  }
  return std::nullopt;
}

void SparseSolver::SetGain(std::int32_t arc, std::int32_t gain, std::vector<std::int32_t>* broken) {
  Link& link = links_[static_cast<std::size_t>(arc)];
  const std::int32_t need = graph_.arc(arc).left;
  link.gain = gain;
  if (gain == 0 && Held(link)) {
    Unchoose(need, arc);
    broken->push_back(OfferingNode(link));
  }
  broken->push_back(need);
}

void SparseSolver::SetCapacity(std::int32_t node, std::int32_t capacity, std::vector<std::int32_t>* broken) {
  Node& own = nodes_[static_cast<std::size_t>(node)];
  own.capacity = capacity;
  broken->push_back(node);
  while (own.load > capacity) {  // gives up what is worth least beside the other end's price
    std::int32_t worst = -1, worst_end = -1, least = 0;
    EachLink(node, true, [&](std::int32_t link, std::int32_t end) {
      const std::int32_t value = links_[static_cast<std::size_t>(link)].gain - price_[static_cast<std::size_t>(end)];
      if (worst >= 0 && (value > least || (value == least && link > worst))) return;
      worst = link;
      worst_end = end;
      least = value;
    });
    Unchoose(static_cast<std::size_t>(node) < need_count_ ? node : worst_end, worst);
    broken->push_back(worst_end);
  }
}

// Prices the need by the best link that it does not hold and drops those held that are worth less; adds the offerings
// that lose it to `freed`, which may be null.
void SparseSolver::DropBroken(std::int32_t need, std::vector<std::int32_t>* freed) {
  const auto i = static_cast<std::size_t>(need);
  const auto [first, last] = graph_.ArcsOfLeft(need);
  std::int32_t price = 0;
  for (std::int32_t k = first; k < last; ++k) {
    const Link& link = links_[static_cast<std::size_t>(k)];
    if (!Held(link)) price = std::max(price, ValueOf(link));
  }
  price_[i] = price;
  for (std::int32_t k = first; k < last; ++k) {
    const Link& link = links_[static_cast<std::size_t>(k)];
    if (!Held(link) || ValueOf(link) >= price) continue;
    Unchoose(need, k);
    if (freed != nullptr) freed->push_back(OfferingNode(link));
  }
}

// The links of a node that are held or not, as visit(link, node at the other end).
template <typename Visit>
void SparseSolver::EachLink(std::int32_t node, bool held, const Visit& visit) {
  const auto n = static_cast<std::size_t>(node);
  if (n < need_count_) {
    const auto [first, last] = graph_.ArcsOfLeft(node);
    for (std::int32_t k = first; k < last; ++k) {
      const Link& link = links_[static_cast<std::size_t>(k)];
      if (Held(link) == held) visit(k, static_cast<std::int32_t>(need_count_ + OfferingOf(link)));
    }
  } else if (held) {
    for (const Seat& seat : SeatsOf(n - need_count_)) visit(seat.link, seat.need);
  } else {
    for (std::int32_t link : graph_.ArcsOfRight(static_cast<std::int32_t>(n - need_count_))) {
      if (!Held(links_[static_cast<std::size_t>(link)])) visit(link, graph_.arc(link).left);
    }
  }
}

// Leads one unit of a node with room and a price above 0 to where it costs least: to a node of the other side with
// room, to one of its own side that gives a unit up, or to nowhere, the price falling to 0. The nodes of the source's
// side are left over links that are not held, those of the other side over links that are.
std::optional<Ending> SparseSolver::Lead(std::int32_t source) {
  const bool from_need = static_cast<std::size_t>(source) < need_count_;
  const auto own_side = [&](std::int32_t n) { return (static_cast<std::size_t>(n) < need_count_) == from_need; };
  std::int32_t shortest = price_[static_cast<std::size_t>(source)], end = source, current = 0;
  touched_.clear();
  heap_.clear();
  const auto reach = [&](std::int32_t node, std::int32_t distance, std::int32_t link, std::int32_t from) {
    Label& label = labels_[static_cast<std::size_t>(node)];
    if (distance >= shortest || distance >= label.distance) return;
    if (label.distance == kFar) touched_.push_back(node);
    label = {distance, link, from};
    const bool own = own_side(node);
    if (own ? distance + price_[static_cast<std::size_t>(node)] < shortest : HasRoom(static_cast<std::size_t>(node))) {
      shortest = own ? distance + price_[static_cast<std::size_t>(node)] : distance;
      end = node;
      if (!own) return;
    }
    if (distance == current) {
      near_.push_back(node);
    } else {
      heap_.push_back((static_cast<std::uint64_t>(distance) << 32) | static_cast<std::uint32_t>(node));
      std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    }
  };
  labels_[static_cast<std::size_t>(source)] = {0, -1, -1};
  touched_.push_back(source);
  near_.assign(1, source);
  std::size_t next_near = 0;
  std::optional<Ending> ending;
  while (current < shortest) {
    std::int32_t node = 0;
    if (next_near < near_.size()) {
      node = near_[next_near++];
    } else if (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      const auto distance = static_cast<std::int32_t>(heap_.back() >> 32);
      node = static_cast<std::int32_t>(heap_.back() & 0xFFFFFFFFu);
      heap_.pop_back();
      if (distance > labels_[static_cast<std::size_t>(node)].distance) continue;
      current = distance;
      near_.clear();
      next_near = 0;
      if (current >= shortest) break;
    } else {
      break;
    }
    if (++steps_ % kStepsPerLook == 0 && (ending = deadline_->Reached())) break;
    const bool own = own_side(node);
    const std::int32_t own_price = price_[static_cast<std::size_t>(node)];
    EachLink(node, !own, [&](std::int32_t link, std::int32_t other) {
      const std::int32_t prices = own_price + price_[static_cast<std::size_t>(other)];
      const std::int32_t gain = links_[static_cast<std::size_t>(link)].gain;
      reach(other, current + (own ? prices - gain : gain - prices), link, node);
    });
  }
  if (!ending) {
    for (std::int32_t node : touched_) {
      const std::int32_t less = shortest - labels_[static_cast<std::size_t>(node)].distance;
      if (less > 0) price_[static_cast<std::size_t>(node)] += own_side(node) ? -less : less;
    }
    Swap(source, end, own_side(end));
  }
  for (std::int32_t node : touched_) labels_[static_cast<std::size_t>(node)].distance = kFar;
  return ending;
}

// Exchanges what is held along the labels from `end` back to `source`.
void SparseSolver::Swap(std::int32_t source, std::int32_t end, bool own) {
  const auto need_of = [&](std::int32_t a, std::int32_t b) {
    return static_cast<std::size_t>(a) < need_count_ ? a : b;
  };
  std::int32_t node = end;
  if (own) {
    if (node == source) return;
    const Label& label = labels_[static_cast<std::size_t>(node)];
    Unchoose(need_of(node, label.from), label.link);
    node = label.from;
  }
  for (;;) {
    const Label& in = labels_[static_cast<std::size_t>(node)];
    const std::int32_t before = in.from;
    if (before != source) {
      const Label& out = labels_[static_cast<std::size_t>(before)];
      Unchoose(need_of(before, out.from), out.link);
      Choose(need_of(node, before), in.link, 0);
      node = out.from;
    } else {
      Choose(need_of(node, before), in.link, 0);
      return;
    }
  }
}

__int128 SparseSolver::Settle() {
  __int128 bound = 0;
  for (std::size_t n = need_count_; n < nodes_.size(); ++n) {
    bound += static_cast<__int128>(price_[n]) * nodes_[n].capacity;
  }
  std::vector<std::int32_t> values;
  for (std::size_t i = 0; i < need_count_; ++i) {
    values.clear();
    const auto [first, last] = graph_.ArcsOfLeft(static_cast<std::int32_t>(i));
    for (std::int32_t k = first; k < last; ++k) {
      const std::int32_t value = ValueOf(links_[static_cast<std::size_t>(k)]);
      if (value > 0) values.push_back(value);
    }
    const auto capacity = static_cast<std::size_t>(nodes_[i].capacity);
    price_[i] = 0;
    if (values.size() > capacity) {
      std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(capacity), values.end(),
                       std::greater<>());
      price_[i] = values[capacity];
      values.resize(capacity);
    }
    for (std::int32_t value : values) bound += value;  // = price * capacity + what is left over of each
  }
  return bound;
}

std::int64_t SparseSolver::TotalGain() const {
  std::int64_t total = 0;
  for (const Link& link : links_) total += Held(link) ? link.gain : 0;
  return total;
}

ReducedAnswer SparseSolver::Answer(Ending ending) const {
  ReducedAnswer answer;
  answer.ending = ending;
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < need_count_; ++i) chosen += static_cast<std::size_t>(nodes_[i].load);
  answer.arcs.reserve(chosen);
  for (std::size_t a = 0; a < links_.size(); ++a) {
    if (Held(links_[a])) answer.arcs.push_back(static_cast<std::int32_t>(a));
  }
  const auto middle = price_.begin() + static_cast<std::ptrdiff_t>(need_count_);
  answer.need_price.assign(price_.begin(), middle);
  answer.offering_price.assign(middle, price_.end());
  return answer;
}

std::int32_t AuctionStep(const ReducedProblem& reduced, double epsilon) {
  const double mean =
      static_cast<double>(reduced.sum_of_gains) / static_cast<double>(std::max<std::int64_t>(1, reduced.open_count));
  const double steps = epsilon > 0 ? std::min(kStepOfMean, kStepOfMeanOfEpsilon * epsilon) : kStepOfMean;
  return std::max(1, static_cast<std::int32_t>(mean * steps));
}

ReducedAnswer SolveSparse(const ReducedProblem& reduced, const SolveOptions& options, const RunContext& context,
                          const Deadline& deadline) {
  SparseSolver solver(reduced, context, deadline);
  std::optional<Ending> ending;
  if (options.warm != nullptr) {
    solver.Begin(*options.warm, reduced.largest_gain);
  } else {
    ending = solver.Auction(AuctionStep(reduced, options.epsilon));
    if (!ending && options.epsilon > 0) {
      const __int128 bound = solver.Settle();
      if (solver.TotalGain() >= bound - static_cast<__int128>(options.epsilon * static_cast<double>(bound))) {
        return solver.Answer(Ending::kProven);
      }
    }
  }
  if (!ending) ending = solver.Repair();
  if (ending) solver.Settle();
  ReducedAnswer answer = solver.Answer(ending.value_or(Ending::kProven));
  answer.tight = !ending;
  return answer;
}

}  // namespace magpie
