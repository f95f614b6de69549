#include "panel_floor.h"

#include <algorithm>
#include <numeric>
#include <queue>
#include <tuple>
#include <utility>

namespace magpie {
namespace {

constexpr int kStepsOfARow = 6;                // chains that may raise one row to the floor
constexpr std::int64_t kGainWork = 2'000'000;  // arcs that Gain may look at

}  // namespace

PanelFloor::PanelFloor(const PanelProblem& problem, const CandidateGraph& graph,
                       std::span<const std::int64_t> column_price, std::vector<std::int32_t> columns)
    : problem_(problem),
      graph_(graph),
      price_(column_price),
      columns_(std::move(columns)),
      holders_(static_cast<std::size_t>(problem.columns)),
      sum_(static_cast<std::size_t>(problem.rows), 0),
      labels_(static_cast<std::size_t>(problem.columns)) {
  for (std::int32_t r = 0; r < problem_.rows; ++r) {
    for (const std::int32_t c : PanelOf(r)) {
      holders_[static_cast<std::size_t>(c)].push_back(r);
      sum_[static_cast<std::size_t>(r)] += Score(r, c);
    }
  }
}

std::int64_t PanelFloor::worst() const {
  return sum_.empty() ? 0 : *std::min_element(sum_.begin(), sum_.end());
}

std::int64_t PanelFloor::total() const {
  return std::accumulate(sum_.begin(), sum_.end(), std::int64_t{0});
}

bool PanelFloor::Holds(std::int32_t row, std::int32_t column) {
  return std::ranges::count(PanelOf(row), column) > 0;
}

void PanelFloor::Replace(std::int32_t row, std::int32_t out, std::int32_t in) {
  *std::ranges::find(PanelOf(row), out) = in;
  std::erase(holders_[static_cast<std::size_t>(out)], row);
  holders_[static_cast<std::size_t>(in)].push_back(row);
  sum_[static_cast<std::size_t>(row)] += Score(row, in) - Score(row, out);
}

bool PanelFloor::OnChain(std::int32_t row, std::int32_t column) const {
  for (const Label* label = &labels_[static_cast<std::size_t>(column)];;
       label = &labels_[static_cast<std::size_t>(label->from)]) {
    if (label->row == row) return true;
    if (label->first) return false;
  }
}

bool PanelFloor::RaiseRow(std::int32_t row, std::int64_t least, std::int64_t floor, Chain chain) {
  const bool share = chain == Chain::kShare;
  using Entry = std::tuple<std::int64_t, std::int64_t, std::int32_t>;  // lack, length, column
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  ++search_;
  if (chain == Chain::kKind) stuck_.assign(1, row);
  const auto lacks = [&](std::int64_t sum) { return std::max<std::int64_t>(0, floor - sum); };
  const auto relax = [&](std::int32_t column, const Label& label) {
    Label& old = labels_[static_cast<std::size_t>(column)];
    if (old.search == search_ && (old.done || std::tie(old.lack, old.length) <= std::tie(label.lack, label.length))) {
      return;
    }
    old = label;
    queue.emplace(label.lack, label.length, column);
  };
  const std::int64_t own = sum_[static_cast<std::size_t>(row)];
  std::int64_t dearest = 0;  // price of what the row could give up
  const auto [first, last] = graph_.ArcsOfLeft(row);
  for (const std::int32_t out : PanelOf(row)) {
    dearest = std::max(dearest, price_[static_cast<std::size_t>(out)]);
    for (std::int32_t a = first; a < last; ++a) {
      const std::int32_t in = graph_.arc(a).right;
      const std::int64_t rise = Score(row, in) - Score(row, out);
      if (rise < least || Holds(row, in)) continue;
      const std::int64_t lack = share ? lacks(own + rise) - lacks(own) : 0;
      relax(in, {lack, price_[static_cast<std::size_t>(in)] - rise, out, row, out, search_, true, false});
    }
  }
  std::int32_t best = -1;
  std::int64_t best_lack = 0, best_loss = 0;
  while (!queue.empty()) {
    const auto [lack, length, column] = queue.top();
    queue.pop();
    Label& label = labels_[static_cast<std::size_t>(column)];
    if (label.done || label.lack != lack || label.length != length) continue;
    if ((best >= 0 || chain == Chain::kGain) && (lack > best_lack || length - dearest >= best_loss)) break;
    label.done = true;
    const auto c = static_cast<std::size_t>(column);
    const auto load = static_cast<std::int32_t>(holders_[c].size());
    if (load < problem_.capacity[c] || column == label.start) {
      if ((best < 0 && chain != Chain::kGain) || length - price_[c] < best_loss) {
        best = column;
        best_lack = lack;
        best_loss = length - price_[c];
      }
      continue;
    }
    for (const std::int32_t m : holders_[c]) {
      if (m == row || OnChain(m, column)) continue;
      if (chain == Chain::kKind) stuck_.push_back(m);
      const std::int64_t sum = sum_[static_cast<std::size_t>(m)], given = Score(m, column);
      const auto [arc, end] = graph_.ArcsOfLeft(m);
      work_ += end - arc;
      for (std::int32_t a = arc; a < end; ++a) {
        const std::int32_t in = graph_.arc(a).right;
        const std::int64_t score = Score(m, in);
        const std::int64_t more = std::max<std::int64_t>(0, lacks(sum - given + score) - lacks(sum));
        if ((share ? lack + more >= 0 : more > 0) || Holds(m, in)) continue;
        const std::int64_t further = length - price_[c] + given - score + price_[static_cast<std::size_t>(in)];
        relax(in, {lack + more, further, column, m, label.start, search_, false, false});
      }
    }
  }
  if (best < 0) return false;
  for (std::int32_t column = best;;) {
    const Label label = labels_[static_cast<std::size_t>(column)];
    Replace(label.row, label.from, column);
    if (label.first) return true;
    column = label.from;
  }
}

bool PanelFloor::Share(std::int64_t floor, std::int64_t most_work) {
  for (bool lacking = true; lacking;) {
    lacking = false;
    bool raised = false;
    for (std::int32_t r = 0; r < problem_.rows; ++r) {
      if (sum_[static_cast<std::size_t>(r)] >= floor) continue;
      lacking = true;
      if (work_ > most_work) return false;
      if (RaiseRow(r, 1, floor, Chain::kShare)) raised = true;
    }
    if (lacking && !raised) return false;
  }
  return true;
}

void PanelFloor::Gain(std::int64_t floor) {
  const std::int64_t most_work = work_ + kGainWork;
  for (bool gained = true; gained;) {
    gained = false;
    for (std::int32_t r = 0; r < problem_.rows && work_ <= most_work; ++r) {
      const std::int64_t least = std::min<std::int64_t>(0, floor - sum_[static_cast<std::size_t>(r)]);
      if (RaiseRow(r, least, floor, Chain::kGain)) gained = true;
    }
  }
}

bool PanelFloor::Raise(std::int64_t floor, std::int64_t most_work) {
  std::vector<std::int32_t> low;
  for (std::int32_t r = 0; r < problem_.rows; ++r) {
    if (sum_[static_cast<std::size_t>(r)] < floor) low.push_back(r);
  }
  std::stable_sort(low.begin(), low.end(), [&](std::int32_t a, std::int32_t b) {
    return sum_[static_cast<std::size_t>(a)] < sum_[static_cast<std::size_t>(b)];
  });
  const auto raise = [&](std::int32_t r, std::int64_t least) { return RaiseRow(r, least, floor, Chain::kKind); };
  for (const std::int32_t r : low) {
    for (int step = 0; sum_[static_cast<std::size_t>(r)] < floor; ++step) {
      const std::int64_t missing = floor - sum_[static_cast<std::size_t>(r)];
      if (step == kStepsOfARow || (!raise(r, missing) && !raise(r, (missing + 1) / 2) && !raise(r, 1))) {
        return Share(floor, most_work);
      }
    }
  }
  return true;
}

}  // namespace magpie
