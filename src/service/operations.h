// Long work that outlives the call that started it: kept in the workspace's store, run one at a time on a thread of its
// own, watched, waited for and cancelled by name.
//
// Life     Start() writes the operation before it answers. Its end is written in one batch with what it made; while the
//          disk takes no writes it stays undone. What a stopped or killed server left undone ends with UNAVAILABLE: at
//          Shutdown(), or at the next Load().
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/v1/operations.pb.h"
#include "service/call_pool.h"
#include "service/workspace.h"

namespace magpie {

// Says that a restart or shutdown ended some work; the same words wherever a client may meet them.
absl::Status InterruptedError(std::string_view what);

class Operations {
 public:
  // How a piece of work ended, and the rows that are to be written with that.
  struct Outcome {
    absl::Status status;
    google::protobuf::Any response;  // only where OK
    std::vector<RowChange> rows;
    std::function<void()> written;  // called under the workspace's write lock once the rows are there; may be empty
  };
  struct Work {
    std::function<Outcome(const RunContext&)> run;
    // The rows to write where the work ends without having run (cancelled or shut down while it waited).
    std::function<std::vector<RowChange>(const absl::Status&)> rows_of_failure;
  };

  Operations();
  ~Operations();

  // Takes in the stored operations of a workspace. Those that were running become failed.
  absl::Status Load(std::shared_ptr<Workspace> workspace);

  // Writes the operation together with `rows` and `request`, then queues the work. Call under the workspace's write
  // lock; `name` is the operation's resource name, `metadata` a MatchRunMetadata or LearnRankerMetadata.
  absl::StatusOr<v1::Operation> Start(std::shared_ptr<Workspace> workspace, const std::string& name,
                                      const google::protobuf::Message& metadata, std::vector<RowChange> rows,
                                      const RequestRecord& request, Work work);

  absl::StatusOr<v1::Operation> Get(const std::string& name) const;  // kOperationNotFound
  absl::Status List(const v1::ListOperationsRequest& request, const std::string& workspace,
                    v1::ListOperationsResponse* response) const;
  absl::Status Cancel(const std::string& name);
  absl::Status Delete(const std::string& name);  // kWrongState while it runs

  // Calls `ready` exactly once, from any thread: when the operation is done or unknown, when `timeout` is over, or when
  // the server drains.
  void Wait(const std::string& name, std::chrono::milliseconds timeout, std::function<void()> ready);

  // From now on nobody waits: all waiters are called, new ones at once.
  void ReleaseWaiters();
  // Ends all work: what runs is stopped, what waits is not begun. Returns when nothing runs any more.
  void Shutdown();

 private:
  struct Entry;
  using Clock = std::chrono::steady_clock;

  std::shared_ptr<Entry> Find(const std::string& name) const;
  void Run(const std::shared_ptr<Entry>& entry);
  // Writes the end and tells it. While the disk takes no writes a patient one tries on, until the server stops; another one
  // does nothing and returns false.
  bool Finish(const std::shared_ptr<Entry>& entry, Outcome outcome, bool patient);
  bool WaitForDisk(const Store& store, bool patient) const;
  void WatchClock(std::stop_token stop);

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;  // by name
  std::int64_t next_number_ = 0;
  bool shutting_down_ = false;
  bool released_ = false;
  struct Waiter {
    std::string name;
    std::function<void()> ready;
  };
  std::multimap<Clock::time_point, Waiter> waiters_;
  std::condition_variable_any clock_wake_;
  std::jthread clock_;
  std::unique_ptr<CallPool> pool_;  // one thread: a run uses all cores by itself
};

}  // namespace magpie
