// Destroys, on a thread of its own, what others have done with, so that no call waits for it.
//
// Threads  Take may be called from several threads at once.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace magpie {

class Disposal {
 public:
  Disposal() : thread_([this](std::stop_token stop) { Work(std::move(stop)); }) {}

  // Keeps the object until nobody else does, then destroys it; at once when this ends. Nobody may come by it anew.
  void Take(std::shared_ptr<const void> object);

 private:
  void Work(std::stop_token stop);

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<std::shared_ptr<const void>> waiting_;
  std::jthread thread_;  // the last member: it ends before what it uses
};

}  // namespace magpie
