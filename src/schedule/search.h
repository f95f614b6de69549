// Places requests on a board: straight, by swapping two slots along a chain, by pushing others aside, by tearing down
// and rebuilding a corner, and for small events by trying everything.
//
// Aim     the numbers of placed requests by class, compared from the first class on, as large as possible.
// Answer  the same for the same input: work is bounded by counts of steps, never by the clock.
#pragma once

#include <cstdint>
#include <vector>

#include "board.h"
#include "magpie/base/progress.h"
#include "magpie/base/random.h"

namespace magpie {

class ScheduleSearch {
 public:
  ScheduleSearch(Board* board, std::uint64_t seed, const RunContext& context);

  // `order` holds every request that may be placed, the more important before the less; `bound` is a proven upper
  // bound of the counts by class (empty = none known).
  absl::Status Run(const std::vector<int>& order, const std::vector<int>& bound);

  // Afterwards: the best substitute of each open request, where one has room.
  void PlaceSubstitutes();

  // For one request after another on a board that is to change little: `order` as above.
  void Take(const std::vector<int>& order) { order_ = order; }
  void Lock(int request) { locked_[static_cast<std::size_t>(request)] = true; }
  // Places the request by moving others, they in turn at most `depth` - 1 deep.
  bool Squeeze(int request, int depth);
  bool SqueezeAt(int request, int slot, int host, int depth);
  // Places a request at the price of one of a lower class.
  bool DropFor(int request);

 private:
  using Counts = std::vector<int>;

  bool Insert(int request);
  bool Hopeless(int request) const;
  bool AtBound(int rank) const;
  bool Chain(int request);
  bool SwapAlong(int request, int host, int free_slot, int host_slot);
  bool PushAside(int request, int depth);
  template <typename Push>
  bool WithBudget(Push push);
  bool PushAsideAt(int request, int slot, int host, int depth);
  std::vector<int> InTheWay(int request, int slot, int host) const;
  bool Reinsert(const std::vector<int>& removed, int depth);
  void FillUp();
  absl::Status Rebuild();
  void TryEverything();
  void Descend(std::size_t index, Counts* left);

  bool Movable(int request) const { return !locked_[static_cast<std::size_t>(request)]; }
  const FairModel::Request& Of(int request) const {
    return board_->model().requests[static_cast<std::size_t>(request)];
  }

  Board* board_;
  const RunContext& context_;
  Random random_;
  std::vector<int> order_;  // by class, then as given
  Counts bound_;
  std::vector<bool> locked_;
  std::int64_t budget_ = 0;   // steps that the push now in progress may still take
  std::int64_t effort_;       // steps that all moves together may still take
  int droppable_above_ = 99;  // requests of a class above this may be lost while pushing

  std::int64_t nodes_left_ = 0;  // of TryEverything
  Counts best_counts_;
  std::vector<Placement> best_;
};

}  // namespace magpie
