// Raises the worst rows of panels by chains of changes.
//
// Terms   as in magpie/assignment/panel.h. A chain: a row gives up a column and takes another; whoever has to leave that
//         column takes a further one, and so on to a column with room. Its loss is what the total falls by.
// Method  Dijkstra's search over columns with the edge lengths score given up - score taken, less the difference of the
//         columns' prices: at the optimum of the total none is negative. Rows on the chain may not fall below the floor.
//         Where that leads nowhere they may, if all rows together then lack less to the floor than before.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "magpie/assignment/panel.h"
#include "magpie/graph/candidate_graph.h"

namespace magpie {

class PanelFloor {
 public:
  // `columns` are full panels (per_row a row); changes go along the graph's arcs only.
  PanelFloor(const PanelProblem& problem, const CandidateGraph& graph, std::span<const std::int64_t> column_price,
             std::vector<std::int32_t> columns);

  // Raises every row below the floor to it. False = some row cannot be; then the panels are in between. Others fall below
  // the floor only while fewer than `most_work` arcs have been looked at.
  bool Raise(std::int64_t floor, std::int64_t most_work);
  // Raises the total by chains on which no row falls below the floor, or further below.
  void Gain(std::int64_t floor);

  const std::vector<std::int32_t>& columns() const { return columns_; }
  std::int64_t worst() const;
  std::int64_t total() const;
  std::int64_t work() const { return work_; }  // arcs looked at
  // After a Raise that failed: the row, and all rows that the search met.
  const std::vector<std::int32_t>& stuck() const { return stuck_; }

 private:
  struct Label {
    std::int64_t lack = 0;     // by how much more the rows lack to the floor; 0 where none may lack more
    std::int64_t length = 0;   // what the total has lost so far, and the column's price
    std::int32_t from = -1;    // column given up for this one
    std::int32_t row = -1;     // by whom
    std::int32_t start = -1;   // column that the first row gave up
    std::int32_t search = -1;  // that set the label
    bool first = false;        // the row is the one to be raised
    bool done = false;
  };

  std::int64_t Score(std::int32_t row, std::int32_t column) const {
    return problem_.score[static_cast<std::size_t>(row) * static_cast<std::size_t>(problem_.columns) +
                          static_cast<std::size_t>(column)];
  }
  std::span<std::int32_t> PanelOf(std::int32_t row) {
    const auto k = static_cast<std::size_t>(problem_.per_row);
    return std::span(columns_).subspan(static_cast<std::size_t>(row) * k, k);
  }
  bool Holds(std::int32_t row, std::int32_t column);
  enum class Chain {
    kKind,   // no row on it falls below the floor
    kShare,  // rows may, by less than the first one rises towards it
    kGain,   // no row falls below the floor, and the total rises
  };
  // Changes the row's panel by the cheapest chain that raises it by `least` or more; false = there is none.
  bool RaiseRow(std::int32_t row, std::int64_t least, std::int64_t floor, Chain chain);
  // Raises by shared chains what is still below the floor.
  bool Share(std::int64_t floor, std::int64_t most_work);
  bool OnChain(std::int32_t row, std::int32_t column) const;
  void Replace(std::int32_t row, std::int32_t out, std::int32_t in);

  const PanelProblem& problem_;
  const CandidateGraph& graph_;
  const std::span<const std::int64_t> price_;
  std::vector<std::int32_t> columns_;
  std::vector<std::vector<std::int32_t>> holders_;  // of each column
  std::vector<std::int64_t> sum_;                   // of each row
  std::vector<Label> labels_;                       // of each column
  std::int32_t search_ = 0;
  std::int64_t work_ = 0;  // arcs looked at
  std::vector<std::int32_t> stuck_;
};

}  // namespace magpie
