// Two known ways to fair panels, as their authors define them, small and obvious: what AssignPanels must not fall below.
//
// PeerReview4All  Stelmakh, Shah and Singh 2021, algorithm 1. For each kappa up to per_row: kappa columns for each row, all
//                 of the highest score at which that is possible, then the rest of the places in the same way. The
//                 candidate whose worst row has most is kept, its worst rows are settled, and the others begin anew.
// FairSequence    Payan and Zick 2022, and the OpenReview matcher. Of the rows with the fewest columns the one that gains
//                 most picks its best column, if then nobody envies it by more than one column. If the picks come to an end
//                 before the panels are full, they begin anew without regard to envy, and a row that finds no column
//                 gets one by a chain of exchanges.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "magpie/assignment/panel.h"

namespace magpie_test {

using PanelRows = std::vector<std::vector<std::int32_t>>;  // the columns of each row

inline std::int64_t PanelScore(const magpie::PanelProblem& problem, std::int32_t row, std::int32_t column) {
  return problem.score[static_cast<std::size_t>(row) * static_cast<std::size_t>(problem.columns) +
                       static_cast<std::size_t>(column)];
}

// What `row` thinks of a panel.
inline std::int64_t PanelSum(const magpie::PanelProblem& problem, std::int32_t row,
                             const std::vector<std::int32_t>& panel) {
  std::int64_t sum = 0;
  for (const std::int32_t c : panel) sum += PanelScore(problem, row, c);
  return sum;
}

inline std::vector<std::int64_t> PanelSums(const magpie::PanelProblem& problem, const PanelRows& panels) {
  std::vector<std::int64_t> sums;
  for (std::int32_t r = 0; r < problem.rows; ++r) {
    sums.push_back(PanelSum(problem, r, panels[static_cast<std::size_t>(r)]));
  }
  return sums;
}

class PeerReview4All {
 public:
  explicit PeerReview4All(const magpie::PanelProblem& problem)
      : problem_(problem), settled_(static_cast<std::size_t>(problem.rows)), load_(problem.capacity) {}

  // Settles the worst rows `iterations` times, or all rows. The worst row is that of the first iteration.
  std::optional<PanelRows> Run(int iterations) {
    PanelRows best, answer(static_cast<std::size_t>(problem_.rows));
    for (int i = 0; i < iterations && Unsettled() > 0; ++i) {
      for (std::int32_t kappa = 1; kappa <= problem_.per_row; ++kappa) {
        PanelRows candidate(static_cast<std::size_t>(problem_.rows));
        if (!Fill(kappa, candidate) || !Fill(problem_.per_row - kappa, candidate)) continue;
        if (best.empty() || Worst(candidate) > Worst(best)) best = candidate;
      }
      if (best.empty()) return std::nullopt;
      const std::int64_t worst = Worst(best);
      for (std::int32_t r = 0; r < problem_.rows; ++r) {
        const auto row = static_cast<std::size_t>(r);
        if (settled_[row]) continue;
        answer[row] = best[row];
        if (PanelSum(problem_, r, best[row]) > worst) continue;
        settled_[row] = true;
        for (const std::int32_t c : best[row]) --load_[static_cast<std::size_t>(c)];
      }
    }
    return answer;
  }

 private:
  std::ptrdiff_t Unsettled() const { return std::ranges::count(settled_, false); }

  std::int64_t Worst(const PanelRows& panels) const {
    std::int64_t worst = INT64_MAX;
    for (std::int32_t r = 0; r < problem_.rows; ++r) {
      const auto row = static_cast<std::size_t>(r);
      if (!settled_[row]) worst = std::min(worst, PanelSum(problem_, r, panels[row]));
    }
    return worst;
  }

  // Adds `count` columns to each row that is not settled, the lowest score as high as it can be, then the best total.
  bool Fill(std::int32_t count, PanelRows& panels) const {
    if (count == 0) return true;
    std::vector<std::int32_t> levels(problem_.score.begin(), problem_.score.end());
    std::erase_if(levels, [](std::int32_t score) { return score < 0; });
    std::sort(levels.begin(), levels.end());
    levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
    std::size_t low = 0, high = levels.size();  // filled at `low`, or nowhere; not at `high`
    std::optional<PanelRows> filled;
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (auto more = FillAbove(levels[middle], count, panels)) {
        filled = std::move(more);
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (filled) panels = std::move(*filled);
    return filled.has_value();
  }

  std::optional<PanelRows> FillAbove(std::int32_t level, std::int32_t count, const PanelRows& panels) const {
    std::vector<std::int32_t> room = load_;
    for (const auto& panel : panels) {
      for (const std::int32_t c : panel) --room[static_cast<std::size_t>(c)];
    }
    std::vector<magpie::Arc> arcs;
    magpie::AssignmentProblem flow;
    constexpr std::int64_t kPlace = 1'000'000'000'000 / 2;  // above whatever scores can add up to here
    for (std::int32_t r = 0; r < problem_.rows; ++r) {
      const auto row = static_cast<std::size_t>(r);
      flow.need_capacity.push_back(settled_[row] ? 0 : count);
      for (std::int32_t c = 0; c < problem_.columns; ++c) {
        if (settled_[row] || PanelScore(problem_, r, c) < level || std::ranges::count(panels[row], c) > 0) continue;
        arcs.push_back({r, c});
        flow.gain.push_back(kPlace + PanelScore(problem_, r, c));
      }
    }
    flow.offering_capacity = room;
    const auto graph = magpie::CandidateGraph::Build(problem_.rows, problem_.columns, arcs);
    const auto answer = magpie::SolveAssignment(*graph, flow, {});
    if (!answer.ok() || std::ssize(answer->arcs) != Unsettled() * count) return std::nullopt;
    PanelRows filled = panels;
    for (const std::int32_t a : answer->arcs) {
      filled[static_cast<std::size_t>(graph->arc(a).left)].push_back(graph->arc(a).right);
    }
    return filled;
  }

  const magpie::PanelProblem& problem_;
  std::vector<bool> settled_;       // of each row
  std::vector<std::int32_t> load_;  // what the settled rows leave of each column
};

class FairSequence {
 public:
  explicit FairSequence(const magpie::PanelProblem& problem) : problem_(problem) {}

  std::optional<PanelRows> Run() {
    if (Pick(true) || Pick(false)) return panels_;
    return std::nullopt;
  }

 private:
  bool Pick(bool heed_envy) {
    panels_.assign(static_cast<std::size_t>(problem_.rows), {});
    room_ = problem_.capacity;
    wishes_.assign(static_cast<std::size_t>(problem_.rows), {});
    for (std::int32_t r = 0; r < problem_.rows; ++r) {
      auto& wishes = wishes_[static_cast<std::size_t>(r)];
      for (std::int32_t c = problem_.columns - 1; c >= 0; --c) {
        if (PanelScore(problem_, r, c) >= 0) wishes.push_back(c);
      }
      std::stable_sort(wishes.begin(), wishes.end(), [&](std::int32_t a, std::int32_t b) {
        return PanelScore(problem_, r, a) < PanelScore(problem_, r, b);  // the best last, where it is soon taken off
      });
    }
    for (std::int32_t size = 0; size < problem_.per_row; ++size) {
      for (std::int32_t left = problem_.rows; left > 0; --left) {
        if (!PickOne(static_cast<std::size_t>(size), heed_envy) &&
            (heed_envy || !Exchange(static_cast<std::size_t>(size)))) {
          return false;
        }
      }
    }
    return true;
  }

  // The row of this size that gains most takes its best column.
  bool PickOne(std::size_t size, bool heed_envy) {
    std::int32_t row = -1, column = -1;
    std::int64_t gain = -1;
    for (std::int32_t r = 0; r < problem_.rows; ++r) {
      const auto& panel = panels_[static_cast<std::size_t>(r)];
      if (panel.size() != size) continue;
      auto& wishes = wishes_[static_cast<std::size_t>(r)];
      while (!wishes.empty() && room_[static_cast<std::size_t>(wishes.back())] == 0) wishes.pop_back();
      for (auto wish = wishes.rbegin(); wish != wishes.rend(); ++wish) {
        if (PanelScore(problem_, r, *wish) <= gain) break;
        const bool free = room_[static_cast<std::size_t>(*wish)] > 0 && std::ranges::count(panel, *wish) == 0;
        if (!free || (heed_envy && IsEnvied(r, *wish))) continue;
        row = r;
        column = *wish;
        gain = PanelScore(problem_, r, *wish);
        break;
      }
    }
    if (row < 0) return false;
    panels_[static_cast<std::size_t>(row)].push_back(column);
    --room_[static_cast<std::size_t>(column)];
    return true;
  }

  // Whether another row would rather have the panel of `row` with `column`, even without its best column there.
  bool IsEnvied(std::int32_t row, std::int32_t column) const {
    std::vector<std::int32_t> panel = panels_[static_cast<std::size_t>(row)];
    panel.push_back(column);
    for (std::int32_t r = 0; r < problem_.rows; ++r) {
      if (r == row) continue;
      std::int64_t best = PanelScore(problem_, r, panel.front());
      for (const std::int32_t c : panel) best = std::max(best, PanelScore(problem_, r, c));
      if (PanelSum(problem_, r, panel) - best > PanelSum(problem_, r, panels_[static_cast<std::size_t>(r)])) {
        return true;
      }
    }
    return false;
  }

  // Some row of this size takes a column from another one, that one from a further one, and the last has a free one.
  bool Exchange(std::size_t size) {
    struct Step {
      std::int32_t row, column;  // the row that gives the column up; -1 = none, the chain begins here
      std::size_t before;
    };
    std::vector<Step> steps;
    std::vector<bool> seen(static_cast<std::size_t>(problem_.rows));
    for (std::int32_t r = 0; r < problem_.rows; ++r) {
      if (panels_[static_cast<std::size_t>(r)].size() == size) {
        seen[static_cast<std::size_t>(r)] = true;
        steps.push_back({r, -1, 0});
      }
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::int32_t row = steps[i].row;
      std::vector<std::int32_t> columns;  // that the row may take, the best first
      for (std::int32_t c = 0; c < problem_.columns; ++c) {
        if (PanelScore(problem_, row, c) < 0) continue;
        if (std::ranges::count(panels_[static_cast<std::size_t>(row)], c) == 0) columns.push_back(c);
      }
      std::stable_sort(columns.begin(), columns.end(), [&](std::int32_t a, std::int32_t b) {
        return PanelScore(problem_, row, a) > PanelScore(problem_, row, b);
      });
      for (const std::int32_t c : columns) {
        if (room_[static_cast<std::size_t>(c)] == 0) continue;
        --room_[static_cast<std::size_t>(c)];
        std::int32_t taken = c;
        for (std::size_t s = i;; s = steps[s].before) {
          auto& panel = panels_[static_cast<std::size_t>(steps[s].row)];
          if (steps[s].column < 0) {
            panel.push_back(taken);
            return true;
          }
          std::ranges::replace(panel, steps[s].column, taken);
          taken = steps[s].column;
        }
      }
      for (const std::int32_t c : columns) {
        for (std::int32_t r = 0; r < problem_.rows; ++r) {
          const auto other = static_cast<std::size_t>(r);
          if (seen[other] || std::ranges::count(panels_[other], c) == 0) continue;
          seen[other] = true;
          steps.push_back({r, c, i});
        }
      }
    }
    return false;
  }

  const magpie::PanelProblem& problem_;
  PanelRows panels_;
  PanelRows wishes_;                // of each row, ascending in score; full columns fall away
  std::vector<std::int32_t> room_;  // of each column
};

}  // namespace magpie_test
