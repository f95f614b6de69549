// Threads on which calls are handled, so that gRPC's own threads never wait for a disk or a scorer.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace magpie {

class CallPool {
 public:
  // `queue_limit` tasks may wait; more are refused.
  CallPool(int threads, std::size_t queue_limit);
  ~CallPool();  // runs what is waiting, then ends
  CallPool(const CallPool&) = delete;
  CallPool& operator=(const CallPool&) = delete;

  // False when the queue is full; then the task is dropped. Tasks must not throw.
  bool Submit(std::function<void()> task);
  std::size_t waiting() const;

 private:
  void Work();

  const std::size_t queue_limit_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace magpie
