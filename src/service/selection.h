// The items of a list that a caller asked for, in the order asked for: worked out for the first page, kept for the others.
//
// Cost     a list that is filtered or ordered is read through once: some microseconds an item.
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "magpie/base/progress.h"
#include "service/message_filter.h"

namespace magpie {

// Places in a list of `size` items.
class Selection {
 public:
  static Selection All(std::int64_t size) { return Selection(size, nullptr); }
  static Selection Of(std::shared_ptr<const std::vector<std::int32_t>> places) {
    const std::int64_t size = std::ssize(*places);
    return Selection(size, std::move(places));
  }

  std::int64_t size() const { return size_; }
  std::int32_t operator[](std::int64_t i) const {
    return places_ == nullptr ? static_cast<std::int32_t>(i) : (*places_)[static_cast<std::size_t>(i)];
  }

 private:
  Selection(std::int64_t size, std::shared_ptr<const std::vector<std::int32_t>> places)
      : size_(size), places_(std::move(places)) {}
  std::int64_t size_;
  std::shared_ptr<const std::vector<std::int32_t>> places_;  // null = all
};

struct Wanted {
  MessageFilter filter;
  MessageOrder order;
  bool all_there = true;                       // the caller finds every item
  std::function<bool(std::int32_t)> is_there;  // asked unless all_there
  // The item as the caller sees it.
  std::function<std::unique_ptr<google::protobuf::Message>(std::int32_t)> show;
};

class Selections {
 public:
  // `key` names list, version, request and caller; `goes_on` = a first page was given under it. CANCELLED.
  absl::StatusOr<Selection> Find(const std::string& key, bool goes_on, std::int64_t size, const Wanted& wanted,
                                 const RunContext& context);

 private:
  static constexpr std::size_t kKept = 16;
  struct Kept {
    std::string key;
    std::shared_ptr<const std::vector<std::int32_t>> places;
  };
  std::mutex mutex_;
  std::deque<Kept> kept_;  // newest last
};

}  // namespace magpie
