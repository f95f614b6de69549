// When a search must end: the caller's stop and a moment in time, asked together.
#pragma once

#include <chrono>
#include <optional>

#include "magpie/assignment/assignment.h"
#include "magpie/base/progress.h"

namespace magpie {

class Deadline {
 public:
  Deadline(const RunContext& context, std::optional<std::chrono::milliseconds> limit) : stop_(context.stop) {
    if (limit) end_ = std::chrono::steady_clock::now() + *limit;
  }
  // Why the search ends now; nullopt = go on. Costs some 30 ns.
  std::optional<Ending> Reached() const {
    if (stop_.stop_requested()) return Ending::kStopped;
    if (end_ && std::chrono::steady_clock::now() >= *end_) return Ending::kTimeLimit;
    return std::nullopt;
  }

 private:
  std::stop_token stop_;
  std::optional<std::chrono::steady_clock::time_point> end_;
};

}  // namespace magpie
