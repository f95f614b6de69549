// The feedback of a workspace in short: who was judged when, without the texts, which stay in the store.
//
// Order    by create time; no two are equal.
// Cost     some 200 bytes a piece; List and All are linear in the number of pieces.
// Threads  every method may be called from several threads at once; those that change it under the workspace's write
//          lock.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "magpie/learn/feedback.h"
#include "magpie/store/store.h"
#include "magpie/v1/learning_service.pb.h"

namespace magpie {

inline constexpr std::string_view kFeedbackTable = "feedback";  // rows: v1::Feedback as JSON by its id
inline constexpr std::size_t kMostFeedback = 200'000;           // pieces a workspace

class FeedbackBook {
 public:
  static absl::StatusOr<std::unique_ptr<FeedbackBook>> Load(const Store& store);

  std::size_t size() const;
  bool Has(const std::string& id) const;
  // A create time after all others, in nanoseconds: now, unless the clock was put back.
  std::int64_t NextTime() const;

  void Add(const v1::Feedback& feedback);
  void Remove(const std::string& id);

  // Resource ids of pairs, oldest first.
  std::vector<PairFeedback> All() const;

  // Newest first, older than `before`; an empty id of a listing stands for all.
  struct Slice {
    std::vector<std::string> ids;
    std::int64_t last_time = 0;  // of the last of `ids`
    bool more = false;           // older ones follow
    std::int64_t total = 0;      // whatever `before`
  };
  Slice List(std::string_view need_id, std::string_view offering_id, std::int64_t before, int size) const;

 private:
  struct Entry {
    std::string id;
    PairFeedback pair;
  };

  mutable std::mutex mutex_;
  std::map<std::int64_t, Entry> entries_;                // by create time
  std::unordered_map<std::string, std::int64_t> times_;  // by id
};

}  // namespace magpie
