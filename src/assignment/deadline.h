// When a search must end: the caller's stop and a moment in time, asked together.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

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

// A token for searches that know no time: it is stopped with the caller's, and once the limit is over.
class StopAtDeadline {
 public:
  StopAtDeadline(std::stop_token caller, std::optional<std::chrono::milliseconds> limit)
      : forward_(std::move(caller), [this] { source_.request_stop(); }) {
    if (!limit) return;
    timer_ = std::jthread([this, limit = *limit](std::stop_token ended) {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any nothing;
      if (!nothing.wait_for(lock, ended, limit, [&] { return ended.stop_requested(); })) source_.request_stop();
    });
  }
  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::stop_callback<std::function<void()>> forward_;
  std::jthread timer_;  // last: it ends before the source goes
};

}  // namespace magpie
