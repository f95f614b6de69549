#include "magpie/assignment/panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "first_pairs.h"
#include "magpie/assignment/assignment.h"
#include "magpie/base/status.h"
#include "panel_floor.h"

namespace magpie {
namespace {

constexpr std::int32_t kRowCandidates = 16;   // and per_row times four
constexpr std::int32_t kAddedCandidates = 8;  // of a row at a time
constexpr std::int64_t kRowBlock = 64, kColumnBlock = 256;
constexpr int kFloorSteps = 20;
constexpr std::size_t kLargestCompetition = 400;  // rows whose common mean is bounded

absl::Status CheckPanels(const PanelProblem& problem) {
  const auto bad = [](std::string_view field, const std::string& message) {
    return MakeError(Reason::kBadArgument, field, message);
  };
  if (problem.rows < 0 || problem.columns < 0 ||
      problem.score.size() != static_cast<std::size_t>(problem.rows) * static_cast<std::size_t>(problem.columns)) {
    return bad("score", fmt::format("{} scores for {} x {}", problem.score.size(), problem.rows, problem.columns));
  }
  if (problem.capacity.size() != static_cast<std::size_t>(problem.columns)) {
    return bad("capacity", fmt::format("{} capacities for {} columns", problem.capacity.size(), problem.columns));
  }
  if (problem.per_row < 1) return bad("per_row", fmt::format("{}; at least 1", problem.per_row));
  for (std::size_t c = 0; c < problem.capacity.size(); ++c) {
    if (problem.capacity[c] < 0) {
      return bad(fmt::format("capacity[{}]", c), fmt::format("capacity {} is negative", problem.capacity[c]));
    }
  }
  return absl::OkStatus();
}

const std::int32_t* RowOf(const PanelProblem& problem, std::int64_t row) {
  return problem.score.data() + row * problem.columns;
}

// The panels of the largest total: candidates of both sides, then whatever the prices show to be missing.
class PanelSearch {
 public:
  PanelSearch(const PanelProblem& problem, const RunContext& context) : problem_(problem), context_(context) {
    // Every place counts more than any chain of changes could gain, so that panels are full wherever they can be.
    place_ = static_cast<std::int64_t>(kMaxPanelScore + 1) * (2 + 2 * std::min(problem.rows, problem.columns));
    place_ = std::min(place_, kMaxGain - kMaxPanelScore);
  }

  absl::Status Run() {
    MAGPIE_RETURN_IF_ERROR(FirstArcs());
    for (int round = 0;; ++round) {
      context_.Report("panels", round, 0);
      MAGPIE_ASSIGN_OR_RETURN(CandidateGraph graph, CandidateGraph::Build(problem_.rows, problem_.columns, arcs_));
      graph_.emplace(std::move(graph));
      AssignmentProblem candidates;
      for (const Arc& arc : graph_->arcs())
        candidates.gain.push_back(place_ + 1 + RowOf(problem_, arc.left)[arc.right]);
      candidates.need_capacity.assign(static_cast<std::size_t>(problem_.rows), problem_.per_row);
      candidates.offering_capacity = problem_.capacity;
      MAGPIE_ASSIGN_OR_RETURN(answer_, SolveToTheEnd(*graph_, candidates, context_));
      MAGPIE_ASSIGN_OR_RETURN(const bool grown, AddMissing());
      if (!grown) break;
    }
    const auto places = static_cast<std::int64_t>(problem_.rows) * problem_.per_row;
    const auto open = places - static_cast<std::int64_t>(answer_.arcs.size());
    if (open > 0) {
      return MakeError(Reason::kPlanConflict, "capacity",
                       fmt::format("{} of {} places stay open however the panels are chosen; raise capacities, forbid "
                                   "fewer pairs or ask for smaller panels",
                                   open, places));
    }
    return absl::OkStatus();
  }

  const CandidateGraph& graph() const { return *graph_; }
  const Assignment& answer() const { return answer_; }
  std::int64_t total() const {
    return answer_.total_gain - static_cast<std::int64_t>(answer_.arcs.size()) * (place_ + 1);
  }

  std::vector<std::int32_t> columns() const {
    std::vector<std::int32_t> columns;  // arcs ascend by row, then column
    for (const std::int32_t a : answer_.arcs) columns.push_back(graph_->arc(a).right);
    return columns;
  }

 private:
  // The best pairs of each row and of each column.
  absl::Status FirstArcs() {
    const auto wanted =
        static_cast<std::size_t>(std::min(problem_.columns, std::max(kRowCandidates, 4 * problem_.per_row)));
    std::vector<std::vector<std::int32_t>> of_row(static_cast<std::size_t>(problem_.rows));
    MAGPIE_RETURN_IF_ERROR(ParallelFor(context_, problem_.rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
      std::vector<std::uint64_t> keys;  // score and column in one: the best first, equal ones by column
      for (std::int64_t r = begin; r < end; ++r) {
        keys.clear();
        const std::int32_t* score = RowOf(problem_, r);
        for (std::int32_t c = 0; c < problem_.columns; ++c) {
          if (score[c] > kMaxPanelScore) {
            return MakeError(
                Reason::kBadArgument, "score",
                fmt::format("score {} of row {} and column {} is above {}", score[c], r, c, kMaxPanelScore));
          }
          if (score[c] < 0 || problem_.capacity[static_cast<std::size_t>(c)] == 0) continue;
          keys.push_back(static_cast<std::uint64_t>(kMaxPanelScore - score[c]) << 32 | static_cast<std::uint64_t>(c));
        }
        if (keys.size() > wanted) {
          std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(wanted), keys.end());
          keys.resize(wanted);
        }
        for (const std::uint64_t key : keys) {
          of_row[static_cast<std::size_t>(r)].push_back(static_cast<std::int32_t>(key & 0xFFFFFFFFu));
        }
      }
      return absl::OkStatus();
    }));
    std::vector<std::vector<std::uint64_t>> of_column(
        static_cast<std::size_t>(problem_.columns));  // heaps, worst on top
    MAGPIE_RETURN_IF_ERROR(
        ParallelFor(context_, problem_.columns, kColumnBlock, [&](std::int64_t begin, std::int64_t end) {
          std::vector<std::int32_t> threshold(static_cast<std::size_t>(end - begin), -1);
          for (std::int64_t r = 0; r < problem_.rows; ++r) {
            const std::int32_t* score = RowOf(problem_, r);
            for (std::int64_t c = begin; c < end; ++c) {
              std::int32_t& least = threshold[static_cast<std::size_t>(c - begin)];
              if (score[c] <= least) continue;
              auto& heap = of_column[static_cast<std::size_t>(c)];
              heap.push_back(static_cast<std::uint64_t>(kMaxPanelScore - score[c]) << 32 |
                             static_cast<std::uint64_t>(r));
              std::push_heap(heap.begin(), heap.end());
              const auto room =
                  2 * static_cast<std::size_t>(std::min(problem_.rows, problem_.capacity[static_cast<std::size_t>(c)]));
              if (heap.size() > room) {
                std::pop_heap(heap.begin(), heap.end());
                heap.pop_back();
                least = heap.empty() ? kMaxPanelScore : kMaxPanelScore - static_cast<std::int32_t>(heap.front() >> 32);
              }
            }
          }
          return absl::OkStatus();
        }));
    for (std::size_t r = 0; r < of_row.size(); ++r) {
      for (const std::int32_t c : of_row[r]) arcs_.push_back({static_cast<std::int32_t>(r), c});
    }
    for (std::size_t c = 0; c < of_column.size(); ++c) {
      for (const std::uint64_t key : of_column[c]) {
        arcs_.push_back({static_cast<std::int32_t>(key & 0xFFFFFFFFu), static_cast<std::int32_t>(c)});
      }
    }
    std::sort(arcs_.begin(), arcs_.end());
    arcs_.erase(std::unique(arcs_.begin(), arcs_.end()), arcs_.end());
    return absl::OkStatus();
  }

  // Adds the pairs that gain more than their prices, of each row those that do most; false = there are none, and the
  // prices prove the total over the whole matrix.
  absl::StatusOr<bool> AddMissing() {
    std::vector<std::vector<std::int32_t>> missing(static_cast<std::size_t>(problem_.rows));
    std::vector<std::int64_t> price = answer_.offering_price;
    MAGPIE_RETURN_IF_ERROR(ParallelFor(context_, problem_.rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
      std::vector<std::pair<std::int64_t, std::int32_t>> found;  // - what it gains, column
      for (std::int64_t r = begin; r < end; ++r) {
        found.clear();
        const std::int32_t* score = RowOf(problem_, r);
        const std::int64_t own = answer_.need_price[static_cast<std::size_t>(r)] - place_ - 1;
        const auto [first, last] = graph_->ArcsOfLeft(static_cast<std::int32_t>(r));
        std::int32_t next = first;  // arcs of the row stand in the order of columns
        for (std::int32_t c = 0; c < problem_.columns; ++c) {
          const std::int64_t gains = score[c] - own - price[static_cast<std::size_t>(c)];
          if (gains <= 0 || score[c] < 0 || problem_.capacity[static_cast<std::size_t>(c)] == 0) continue;
          while (next < last && graph_->arc(next).right < c) ++next;
          if (next == last || graph_->arc(next).right != c) found.emplace_back(-gains, c);
        }
        const auto kept = std::min<std::size_t>(found.size(), kAddedCandidates);
        std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(kept), found.end());
        for (std::size_t i = 0; i < kept; ++i) missing[static_cast<std::size_t>(r)].push_back(found[i].second);
      }
      return absl::OkStatus();
    }));
    const std::size_t before = arcs_.size();
    for (std::size_t r = 0; r < missing.size(); ++r) {
      for (const std::int32_t c : missing[r]) arcs_.push_back({static_cast<std::int32_t>(r), c});
    }
    std::sort(arcs_.begin() + static_cast<std::ptrdiff_t>(before), arcs_.end());
    std::inplace_merge(arcs_.begin(), arcs_.begin() + static_cast<std::ptrdiff_t>(before), arcs_.end());
    return arcs_.size() > before;
  }

  const PanelProblem& problem_;
  const RunContext& context_;
  std::int64_t place_ = 0;
  std::vector<Arc> arcs_;  // ascending
  std::optional<CandidateGraph> graph_;
  Assignment answer_;
};

// What no row can have more of than the one that can have least: its best panel, if it were alone.
std::int64_t LeastOfTheBest(const PanelProblem& problem) {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  std::vector<std::int32_t> row;
  for (std::int64_t r = 0; r < problem.rows; ++r) {
    row.clear();
    for (std::int32_t c = 0; c < problem.columns; ++c) {
      if (problem.capacity[static_cast<std::size_t>(c)] > 0) row.push_back(RowOf(problem, r)[c]);
    }
    std::partial_sort(row.begin(), row.begin() + problem.per_row, row.end(), std::greater<>());
    std::int64_t sum = 0;
    for (std::int32_t k = 0; k < problem.per_row; ++k) sum += row[static_cast<std::size_t>(k)];
    least = std::min(least, sum);
  }
  return least;
}

// What the mean of some rows can be if all others stand back.
absl::StatusOr<std::int64_t> BestMean(const PanelProblem& problem, std::vector<std::int32_t> rows,
                                      const RunContext& context) {
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  std::vector<std::int32_t> score;
  for (const std::int32_t r : rows) {
    score.insert(score.end(), RowOf(problem, r), RowOf(problem, r) + problem.columns);
  }
  PanelProblem few = problem;
  few.rows = static_cast<std::int32_t>(rows.size());
  few.score = score;
  PanelSearch search(few, context);
  MAGPIE_RETURN_IF_ERROR(search.Run());
  return search.total() / few.rows;
}

}  // namespace

absl::StatusOr<Panels> AssignPanels(const PanelProblem& problem, PanelObjective objective, const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(CheckPanels(problem));
  MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
  Panels panels;
  if (problem.rows == 0) return panels;
  PanelSearch search(problem, context);
  MAGPIE_RETURN_IF_ERROR(search.Run());
  panels.columns = search.columns();
  panels.total_bound = search.total();
  const PanelFloor largest_total(problem, search.graph(), search.answer().offering_price, panels.columns);
  panels.total = largest_total.total();
  panels.worst = largest_total.worst();
  panels.worst_bound = LeastOfTheBest(problem);
  if (objective == PanelObjective::kTotal || panels.worst == panels.worst_bound) return panels;

  std::int64_t low = panels.worst, high = panels.worst_bound + 1;  // `low` was reached, `high` was not
  std::vector<std::int32_t> stuck;
  for (int step = 0; step < kFloorSteps && high - low > 1; ++step) {
    context.Report("floor", step, kFloorSteps);
    MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
    // The bound itself first: it is often reached.
    const std::int64_t floor = step == 0 ? high - 1 : low + (high - low) / 2;
    PanelFloor raised = largest_total;
    if (raised.Raise(floor)) {
      low = raised.worst();
      panels.columns = raised.columns();
      panels.total = raised.total();
      panels.worst = low;
    } else {
      high = floor;
      stuck = raised.stuck();
    }
  }
  if (panels.worst < panels.worst_bound && !stuck.empty()) {
    if (stuck.size() > kLargestCompetition) stuck.resize(kLargestCompetition);
    MAGPIE_ASSIGN_OR_RETURN(const std::int64_t mean, BestMean(problem, stuck, context));
    panels.worst_bound = std::min(panels.worst_bound, mean);
  }
  for (auto row = panels.columns.begin(); row != panels.columns.end(); row += problem.per_row) {
    std::sort(row, row + problem.per_row);
  }
  return panels;
}

}  // namespace magpie
