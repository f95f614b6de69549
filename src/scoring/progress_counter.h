// Counts what threads have done and reports it, one call at a time.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

#include "magpie/base/progress.h"

namespace magpie {

class ProgressCounter {
 public:
  ProgressCounter(const RunContext& context, std::string_view stage, std::int64_t total)
      : context_(context), stage_(stage), total_(total) {}
  void Add(std::int64_t done) {
    if (done == 0) return;
    const std::lock_guard lock(mutex_);
    done_ += done;
    context_.Report(stage_, done_, total_);
  }

 private:
  const RunContext& context_;
  const std::string_view stage_;
  const std::int64_t total_;
  std::mutex mutex_;
  std::int64_t done_ = 0;
};

}  // namespace magpie
