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

constexpr std::int32_t kRowCandidates = 16;     // and per_row times four
constexpr std::int32_t kAddedCandidates = 8;    // of a row at a time
constexpr std::int64_t kColumnCandidates = 16;  // or twice its part of all places; more than that are added on demand
constexpr std::int64_t kRowBlock = 64, kColumnBlock = 256;
constexpr std::int64_t kSmallMatrix = 20'000;  // all its pairs are candidates
constexpr int kFloorSteps = 20;
constexpr std::int64_t kFloorParts = 50'000;  // how finely the floor is sought in a large matrix
constexpr int kWeightRounds = 40;
constexpr std::int64_t kMostWork = 20'000'000;  // arcs that the search for the floor may look at beyond kind chains
constexpr std::int64_t kLargestWeight = 1000;
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

  // Whether the graph holds all pairs.
  bool whole() const { return static_cast<std::int64_t>(problem_.rows) * problem_.columns <= kSmallMatrix; }

  // The panels of the largest total of score times the row's weight (at most kLargestWeight), among the candidates.
  absl::StatusOr<std::vector<std::int32_t>> Weighted(const std::vector<std::int64_t>& weight) const {
    const std::int64_t place = kLargestWeight * place_;
    AssignmentProblem candidates;
    for (const Arc& arc : graph_->arcs()) {
      candidates.gain.push_back(place +
                                weight[static_cast<std::size_t>(arc.left)] * RowOf(problem_, arc.left)[arc.right]);
    }
    candidates.need_capacity.assign(static_cast<std::size_t>(problem_.rows), problem_.per_row);
    candidates.offering_capacity = problem_.capacity;
    MAGPIE_ASSIGN_OR_RETURN(const Assignment answer, SolveToTheEnd(*graph_, candidates, context_));
    return Columns(answer);
  }

  const CandidateGraph& graph() const { return *graph_; }
  const Assignment& answer() const { return answer_; }
  std::int64_t total() const {
    return answer_.total_gain - static_cast<std::int64_t>(answer_.arcs.size()) * (place_ + 1);
  }

  std::vector<std::int32_t> columns() const { return Columns(answer_); }

 private:
  std::vector<std::int32_t> Columns(const Assignment& answer) const {
    std::vector<std::int32_t> columns;  // arcs ascend by row, then column
    for (const std::int32_t a : answer.arcs) columns.push_back(graph_->arc(a).right);
    return columns;
  }

  // The best pairs of each row and of each column.
  absl::Status FirstArcs() {
    const auto wanted = static_cast<std::size_t>(
        whole()
            ? problem_.columns
            : std::min<std::int64_t>(problem_.columns, std::max<std::int64_t>(kRowCandidates, 4LL * problem_.per_row)));
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
    const std::int64_t most = std::max(
        kColumnCandidates, 2 * (std::int64_t{problem_.rows} * problem_.per_row / std::max(1, problem_.columns)));
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
              const auto room = static_cast<std::size_t>(
                  2 * std::min<std::int64_t>({problem_.rows, problem_.capacity[static_cast<std::size_t>(c)], most}));
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

// Raises the worst row from one start after the other.
class FloorSearch {
 public:
  FloorSearch(const PanelProblem& problem, const PanelSearch& search, Panels& panels, const RunContext& context)
      : problem_(problem), search_(search), panels_(panels), context_(context) {}

  absl::Status Run() {
    MAGPIE_RETURN_IF_ERROR(From(panels_.columns));
    if (!Done() && search_.whole()) MAGPIE_RETURN_IF_ERROR(From(panels_.columns));
    if (!Done() && !stuck_.empty()) {
      if (stuck_.size() > kLargestCompetition) stuck_.resize(kLargestCompetition);
      MAGPIE_ASSIGN_OR_RETURN(const std::int64_t mean, BestMean(problem_, stuck_, context_));
      panels_.worst_bound = std::min(panels_.worst_bound, mean);
    }
    if (!Done() && search_.whole()) MAGPIE_RETURN_IF_ERROR(FromWeights());
    return Settle();
  }

 private:
  bool Done() const { return panels_.worst >= panels_.worst_bound; }
  PanelFloor Floor(std::vector<std::int32_t> columns) const {
    return PanelFloor(problem_, search_.graph(), search_.answer().offering_price, std::move(columns));
  }

  void Keep(const PanelFloor& floor) {
    panels_.columns = floor.columns();
    panels_.total = floor.total();
    panels_.worst = floor.worst();
  }

  // The floor is sought by halves; the first one asked for is the bound itself, which is often reached, or the next.
  absl::Status From(const std::vector<std::int32_t>& columns) {
    const PanelFloor start = Floor(columns);
    std::int64_t low = panels_.worst, high = panels_.worst_bound + 1;  // `low` was reached, `high` was not
    const std::int64_t nearest = search_.whole() ? 1 : std::max<std::int64_t>(1, high / kFloorParts);
    for (int step = 0; step < kFloorSteps && high - low > nearest; ++step) {
      context_.Report("floor", step, kFloorSteps);
      MAGPIE_RETURN_IF_ERROR(context_.CheckCancelled());
      const std::int64_t floor = step == 0 && !started_ ? high - 1 : step == 0 ? low + 1 : low + (high - low) / 2;
      PanelFloor raised = start;
      const bool reached = raised.Raise(floor, kMostWork - work_);
      work_ += raised.work();
      if (!reached) {
        high = floor;
        if (!started_) stuck_ = raised.stuck();
      }
      if (raised.worst() > panels_.worst) Keep(raised);
      low = std::max(low, panels_.worst);
    }
    started_ = true;
    return absl::OkStatus();
  }

  // Rows that had little weigh more in the next start; what a weighted mean can be at most bounds the worst row.
  absl::Status FromWeights() {
    std::vector<std::int64_t> lacked(static_cast<std::size_t>(problem_.rows), 0), weight(lacked.size());
    std::vector<std::int32_t> columns = search_.columns();
    for (int round = 0; round < kWeightRounds && work_ < kMostWork && !Done(); ++round) {
      std::int64_t most = 1;
      for (std::size_t r = 0; r < lacked.size(); ++r) {
        std::int64_t sum = 0;
        for (std::int32_t k = 0; k < problem_.per_row; ++k) {
          sum += RowOf(problem_,
                       static_cast<std::int64_t>(
                           r))[columns[r * static_cast<std::size_t>(problem_.per_row) + static_cast<std::size_t>(k)]];
        }
        lacked[r] += panels_.worst_bound - sum;
        most = std::max(most, lacked[r]);
      }
      std::int64_t weights = 0;
      for (std::size_t r = 0; r < lacked.size(); ++r) {
        weight[r] = std::max<std::int64_t>(0, lacked[r]) * kLargestWeight / most;
        weights += weight[r];
      }
      if (weights == 0) break;
      MAGPIE_ASSIGN_OR_RETURN(columns, search_.Weighted(weight));
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto r = static_cast<std::int64_t>(i) / problem_.per_row;
        sum += weight[static_cast<std::size_t>(r)] * RowOf(problem_, r)[columns[i]];
      }
      panels_.worst_bound = std::min(panels_.worst_bound, sum / weights);
      MAGPIE_RETURN_IF_ERROR(From(columns));
    }
    return absl::OkStatus();
  }

  // What the total can gain while the worst row keeps what it has: from where it stands, and of a small matrix from the
  // largest total, too.
  absl::Status Settle() {
    MAGPIE_RETURN_IF_ERROR(context_.CheckCancelled());
    PanelFloor settled = Floor(panels_.columns);
    settled.Gain(panels_.worst);
    Keep(settled);
    if (!search_.whole()) return absl::OkStatus();
    PanelFloor again = Floor(search_.columns());
    if (!again.Raise(panels_.worst, kMostWork - work_)) return absl::OkStatus();
    again.Gain(panels_.worst);
    if (again.total() > panels_.total) Keep(again);
    return absl::OkStatus();
  }

  const PanelProblem& problem_;
  const PanelSearch& search_;
  Panels& panels_;
  const RunContext& context_;
  bool started_ = false;
  std::int64_t work_ = 0;  // arcs looked at
  std::vector<std::int32_t> stuck_;
};

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
  MAGPIE_RETURN_IF_ERROR(FloorSearch(problem, search, panels, context).Run());
  for (auto row = panels.columns.begin(); row != panels.columns.end(); row += problem.per_row) {
    std::sort(row, row + problem.per_row);
  }
  return panels;
}

}  // namespace magpie
