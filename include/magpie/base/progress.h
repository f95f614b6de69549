// Progress, warnings and cancellation of long work: one context is passed down the flow.
//
// A long function calls Report() now and then (never more often than it costs) and returns CANCELLED soon after a stop
// was requested.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>

namespace magpie {

struct RunContext {
  std::stop_token stop;
  // stage is a short constant such as "read", "encode", "score"; total 0 = not known yet. May be empty. Called from
  // any thread, one call at a time.
  std::function<void(std::string_view stage, std::int64_t done, std::int64_t total)> progress;
  // What whoever runs the program should know though the work goes on, as one sentence. May be empty. Called from any
  // thread.
  std::function<void(std::string_view message)> warning;
  int threads = 0;  // 0 = as many as the machine has cores

  void Report(std::string_view stage, std::int64_t done, std::int64_t total) const {
    if (progress) progress(stage, done, total);
  }
  void Warn(std::string_view message) const {
    if (warning) warning(message);
  }
  bool cancelled() const { return stop.stop_requested(); }
  absl::Status CheckCancelled() const;  // OK or CANCELLED
};

// Runs body(begin, end) over [0, count) in blocks of `block`, on context.threads threads; blocks are handed out in
// order and each is run by one thread, so a body that writes only its own rows is deterministic. Stops early when the
// context is cancelled (then CANCELLED) or a body fails (then the error of the lowest failing block).
absl::Status ParallelFor(const RunContext& context, std::int64_t count, std::int64_t block,
                         const std::function<absl::Status(std::int64_t begin, std::int64_t end)>& body);

}  // namespace magpie
