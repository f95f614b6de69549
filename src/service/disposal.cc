#include "service/disposal.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace magpie {
namespace {

constexpr std::chrono::milliseconds kLookAgain(50);  // whether a call still holds one

}  // namespace

void Disposal::Take(std::shared_ptr<const void> object) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(object));
  }
  wake_.notify_one();
}

void Disposal::Work(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
    const auto unused = std::partition(waiting_.begin(), waiting_.end(), [](const std::shared_ptr<const void>& object) {
      return object.use_count() > 1;
    });
    std::vector<std::shared_ptr<const void>> gone(std::make_move_iterator(unused),
                                                  std::make_move_iterator(waiting_.end()));
    waiting_.erase(unused, waiting_.end());
    const bool some_left = !waiting_.empty();
    lock.unlock();
    gone.clear();
    lock.lock();
    if (some_left) wake_.wait_for(lock, stop, kLookAgain, [] { return false; });
  }
}

}  // namespace magpie
