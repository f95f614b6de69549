// First come, first served: so many threads at once do the work that keeps a core busy, the others wait in the order they came.
//
// Without it the questions of many callers would share the cores by time slices, and all of them would end late.
// Threads  every method may be called from several threads at once.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace magpie {

class Turns {
 public:
  explicit Turns(int places = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))) : free_(places) {}

  // Holds a place as long as it lives.
  class Turn {
   public:
    explicit Turn(Turns& turns) : turns_(turns) { turns_.Enter(); }
    ~Turn() { turns_.Leave(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Turns& turns_;
  };

 private:
  struct Waiter {
    std::condition_variable called;
    bool may_go = false;
  };

  void Enter() {
    std::unique_lock lock(mutex_);
    if (free_ > 0) {
      --free_;
      return;
    }
    Waiter self;
    waiting_.push_back(&self);
    self.called.wait(lock, [&] { return self.may_go; });
  }

  void Leave() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    // The place goes on to whoever has waited longest.
    waiting_.front()->may_go = true;
    waiting_.front()->called.notify_one();  // under the lock: the waiter is gone once it has it
    waiting_.pop_front();
  }

  std::mutex mutex_;
  int free_;
  std::deque<Waiter*> waiting_;
};

}  // namespace magpie
