// When a search must end: the caller's stop and a moment in time, asked together.
#pragma once

#include <algorithm>
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

  // What is left of the limit, for a search within the search; nullopt = no limit.
  std::optional<std::chrono::milliseconds> Left() const {
    if (!end_) return std::nullopt;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*end_ - std::chrono::steady_clock::now());
    return std::max(left, std::chrono::milliseconds(0));
  }

 private:
  std::stop_token stop_;
  std::optional<std::chrono::steady_clock::time_point> end_;
};

}  // namespace magpie
