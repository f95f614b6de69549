#include "service/operations.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/learning_service.pb.h"
#include "magpie/v1/match_service.pb.h"
#include "service/backend.h"

namespace magpie {
namespace {

constexpr std::string_view kTable = "operation";
constexpr std::ptrdiff_t kMaxWaiting = 100;  // operations of all workspaces that are not done
constexpr std::chrono::milliseconds kDiskRetry{200};

absl::Status NotFound(std::string_view name) {
  return MakeError(Reason::kOperationNotFound, "name", fmt::format("there is no {}", ToPrintable(name)));
}

// The metadata of all kinds of work have the fields that this file uses under the same names.
template <typename Metadata, typename Change>
bool ChangeIf(v1::Operation* operation, const Change& change) {
  Metadata metadata;
  if (!operation->metadata().UnpackTo(&metadata)) return false;
  change(metadata);
  operation->mutable_metadata()->PackFrom(metadata);
  return true;
}
template <typename Change>
void ChangeMetadata(v1::Operation* operation, const Change& change) {
  if (!ChangeIf<v1::MatchRunMetadata>(operation, change)) ChangeIf<v1::LearnRankerMetadata>(operation, change);
}

// What the work makes, by resource name.
std::string SubjectOf(const v1::Operation& operation) {
  v1::MatchRunMetadata run;
  if (operation.metadata().UnpackTo(&run)) return run.match_run();
  v1::LearnRankerMetadata learning;
  operation.metadata().UnpackTo(&learning);
  return learning.ranker();
}

std::int64_t CreateTimeOf(const v1::Operation& operation) {
  std::int64_t time = 0;
  v1::Operation copy = operation;
  ChangeMetadata(&copy, [&](const auto& metadata) {
    time = google::protobuf::util::TimeUtil::TimestampToNanoseconds(metadata.create_time());
  });
  return time;
}

}  // namespace

absl::Status InterruptedError(std::string_view what) {
  return MakeError(Reason::kUnavailable, "",
                   fmt::format("server restarted before {} was done; nothing of it was kept, start it again", what));
}

struct Operations::Entry {
  std::shared_ptr<Workspace> workspace;
  std::int64_t number = 0;  // in the order of creation
  v1::Operation operation;
  Work work;
  Actor actor;  // who started it
  bool begun = false;
  bool cancel_requested = false;
  std::stop_source stop;
};

Operations::Operations()
    : clock_([this](std::stop_token stop) { WatchClock(stop); }),
      pool_(std::make_unique<CallPool>(1, 2 * kMaxWaiting)) {}

Operations::~Operations() {
  ReleaseWaiters();
  Shutdown();
}

absl::Status Operations::Load(std::shared_ptr<Workspace> workspace) {
  std::vector<std::shared_ptr<Entry>> loaded;
  std::vector<RowChange> changes;
  const auto read = [&](StoredRow&& row) -> absl::Status {
    auto entry = std::make_shared<Entry>();
    entry->workspace = workspace;
    entry->begun = true;
    MAGPIE_RETURN_IF_ERROR(FromJson(row.body, &entry->operation));
    if (!entry->operation.done()) {
      entry->operation.set_done(true);
      *entry->operation.mutable_error() = ToRpcStatus(InterruptedError(SubjectOf(entry->operation)));
      changes.push_back({std::string(kTable), row.id, ToJson(entry->operation), std::nullopt});
    }
    loaded.push_back(std::move(entry));
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(workspace->store().Scan(kTable, read));
  if (!changes.empty()) {
    const std::lock_guard lock(workspace->write_mutex());
    const absl::Status written = workspace->store().Write(changes).status();
    // A full disk must not keep the answers away: what could not be written now is found again at the next start.
    if (!written.ok() && workspace->store().Trouble().ok()) return written;
  }
  std::sort(loaded.begin(), loaded.end(), [](const auto& a, const auto& b) {
    const std::int64_t x = CreateTimeOf(a->operation), y = CreateTimeOf(b->operation);
    return x != y ? x < y : a->operation.name() < b->operation.name();
  });
  const std::lock_guard lock(mutex_);
  for (auto& entry : loaded) {
    entry->number = next_number_++;
    entries_[entry->operation.name()] = std::move(entry);
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Operation> Operations::Start(std::shared_ptr<Workspace> workspace, const std::string& name,
                                                const google::protobuf::Message& metadata, std::vector<RowChange> rows,
                                                const RequestRecord& request, Work work) {
  {
    const std::lock_guard lock(mutex_);
    const auto waiting = std::count_if(entries_.begin(), entries_.end(),
                                       [](const auto& item) { return !item.second->operation.done(); });
    if (waiting >= kMaxWaiting || shutting_down_) {
      return MakeError(Reason::kUnavailable, "",
                       fmt::format("{} operations are waiting already; cancel some, or try again later", waiting));
    }
  }
  auto entry = std::make_shared<Entry>();
  entry->workspace = std::move(workspace);
  entry->operation.set_name(name);
  entry->operation.mutable_metadata()->PackFrom(metadata);
  entry->work = std::move(work);
  entry->actor = CallScope::Current();
  v1::Operation stored = entry->operation;
  rows.push_back({std::string(kTable), IdOfName(name), ToJson(stored), 0});
  MAGPIE_RETURN_IF_ERROR(entry->workspace->store().Write(rows, request).status());
  {
    const std::lock_guard lock(mutex_);
    entry->number = next_number_++;
    entries_[name] = entry;
  }
  pool_->Submit([this, entry] { Run(entry); });
  return stored;
}

std::shared_ptr<Operations::Entry> Operations::Find(const std::string& name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : found->second;
}

absl::StatusOr<v1::Operation> Operations::Get(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const std::shared_ptr<Entry> entry = Find(name);
  if (!entry) return NotFound(name);
  return entry->operation;
}

absl::Status Operations::List(const v1::ListOperationsRequest& request, const std::string& workspace,
                              v1::ListOperationsResponse* response) const {
  MAGPIE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size(), kDefaultPageSize));
  if (!request.filter().empty() && request.filter() != "done=true" && request.filter() != "done=false") {
    return MakeError(
        Reason::kBadArgument, "filter",
        fmt::format("'{}' is not understood; use done=true, done=false or none", ToPrintable(request.filter())));
  }
  const std::uint64_t hash = HashForPages(request);
  PageStart start;
  const std::lock_guard lock(mutex_);
  // Newest first among those that were there when the list was begun.
  start.version = next_number_;
  if (!request.page_token().empty()) {
    MAGPIE_ASSIGN_OR_RETURN(start, ParsePageToken(request.page_token(), hash));
  }
  std::vector<const Entry*> wanted;
  for (const auto& [name, entry] : entries_) {
    if (entry->workspace->name() != workspace || entry->number >= start.version) continue;
    if (!request.filter().empty() && entry->operation.done() != (request.filter() == "done=true")) continue;
    wanted.push_back(entry.get());
  }
  std::sort(wanted.begin(), wanted.end(), [](const Entry* a, const Entry* b) { return a->number > b->number; });
  const Page page = CutPage(start, size, static_cast<std::int64_t>(wanted.size()), hash);
  for (std::int64_t i = page.begin; i < page.end; ++i) {
    *response->add_operations() = wanted[static_cast<std::size_t>(i)]->operation;
  }
  response->set_next_page_token(page.next_token);
  return absl::OkStatus();
}

absl::Status Operations::Cancel(const std::string& name) {
  std::shared_ptr<Entry> entry;
  bool waiting = false;
  {
    const std::lock_guard lock(mutex_);
    entry = Find(name);
    if (!entry) return NotFound(name);
    if (entry->operation.done()) return absl::OkStatus();
    entry->cancel_requested = true;
    ChangeMetadata(&entry->operation, [](auto& metadata) { metadata.set_cancel_requested(true); });
    waiting = !std::exchange(entry->begun, true);
  }
  entry->stop.request_stop();
  if (waiting) {
    Outcome outcome;
    outcome.status = MakeError(Reason::kCancelled, "", "cancelled while it waited for its turn");
    outcome.rows = entry->work.rows_of_failure(outcome.status);
    if (!Finish(entry, std::move(outcome), false)) {  // its turn shall come, so that it is tried until it is written
      const std::lock_guard lock(mutex_);
      entry->begun = false;
      if (!shutting_down_) pool_->Submit([this, entry] { Run(entry); });
    }
  }
  return absl::OkStatus();
}

absl::Status Operations::Delete(const std::string& name) {
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    entry = Find(name);
    if (!entry) return NotFound(name);
    if (!entry->operation.done()) {
      return MakeError(Reason::kWrongState, "name", fmt::format("{} is still running; cancel it first", name));
    }
  }
  {
    const std::lock_guard lock(entry->workspace->write_mutex());
    MAGPIE_RETURN_IF_ERROR(
        entry->workspace->store().Write({{std::string(kTable), IdOfName(name), std::nullopt, std::nullopt}}).status());
  }
  const std::lock_guard lock(mutex_);
  entries_.erase(name);
  return absl::OkStatus();
}

void Operations::Run(const std::shared_ptr<Entry>& entry) {
  bool shutting_down = false;
  std::string subject;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(entry->begun, true)) return;  // cancelled while it waited
    shutting_down = shutting_down_;
    subject = SubjectOf(entry->operation);
  }
  const CallScope scope(entry->actor);
  Outcome outcome;
  if (shutting_down) {
    outcome.status = InterruptedError(subject);
    outcome.rows = entry->work.rows_of_failure(outcome.status);
  } else {
    RunContext context;
    context.stop = entry->stop.get_token();
    context.progress = [&](std::string_view stage, std::int64_t done, std::int64_t total) {
      const std::lock_guard lock(mutex_);
      ChangeMetadata(&entry->operation, [&](auto& metadata) {
        metadata.set_stage(std::string(stage));
        metadata.set_done_count(done);
        metadata.set_total_count(total);
      });
    };
    outcome = entry->work.run(context);
    bool asked = false;
    {
      const std::lock_guard lock(mutex_);
      asked = entry->cancel_requested;
    }
    if (absl::IsCancelled(outcome.status) && !asked) {
      outcome.status = InterruptedError(subject);
      outcome.rows = entry->work.rows_of_failure(outcome.status);
    }
  }
  Finish(entry, std::move(outcome), true);
}

bool Operations::WaitForDisk(const Store& store, bool patient) const {
  const absl::Status trouble = store.Trouble();
  if (!patient || trouble.ok() || ReasonOf(trouble) == Reason::kStoreCorrupt) return false;
  std::this_thread::sleep_for(kDiskRetry);
  const std::lock_guard lock(mutex_);
  return !shutting_down_;
}

bool Operations::Finish(const std::shared_ptr<Entry>& entry, Outcome outcome, bool patient) {
  v1::Operation operation;
  {
    const std::lock_guard lock(mutex_);
    operation = entry->operation;
  }
  operation.set_done(true);
  if (outcome.status.ok()) {
    *operation.mutable_response() = std::move(outcome.response);
    ChangeMetadata(&operation, [](auto& metadata) { metadata.set_stage("done"); });
  } else {
    *operation.mutable_error() = ToRpcStatus(outcome.status);
  }
  outcome.rows.push_back({std::string(kTable), IdOfName(operation.name()), ToJson(operation), std::nullopt});
  Store& store = entry->workspace->store();
  absl::Status written;
  do {
    const std::lock_guard lock(entry->workspace->write_mutex());
    written = store.Write(outcome.rows).status();
    if (written.ok() && outcome.written) outcome.written();
  } while (!written.ok() && WaitForDisk(store, patient));
  if (!written.ok()) {
    if (!patient) return false;
    *operation.mutable_error() = ToRpcStatus(written);
  }
  std::vector<std::function<void()>> ready;
  {
    const std::lock_guard lock(mutex_);
    entry->operation = std::move(operation);
    entry->work = {};
    for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
      if (waiter->second.name == entry->operation.name()) {
        ready.push_back(std::move(waiter->second.ready));
        waiter = waiters_.erase(waiter);
      } else {
        ++waiter;
      }
    }
  }
  for (const auto& call : ready) call();
  return true;
}

void Operations::Wait(const std::string& name, std::chrono::milliseconds timeout, std::function<void()> ready) {
  {
    const std::lock_guard lock(mutex_);
    const std::shared_ptr<Entry> entry = Find(name);
    if (entry && !entry->operation.done() && !released_ && timeout.count() > 0) {
      waiters_.emplace(Clock::now() + timeout, Waiter{name, std::move(ready)});
      clock_wake_.notify_all();
      return;
    }
  }
  ready();
}

void Operations::ReleaseWaiters() {
  std::multimap<Clock::time_point, Waiter> waiters;
  {
    const std::lock_guard lock(mutex_);
    released_ = true;
    waiters.swap(waiters_);
  }
  for (const auto& [time, waiter] : waiters) waiter.ready();
}

void Operations::Shutdown() {
  {
    const std::lock_guard lock(mutex_);
    shutting_down_ = true;
    for (const auto& [name, entry] : entries_) {
      if (!entry->operation.done()) entry->stop.request_stop();
    }
  }
  pool_.reset();
}

void Operations::WatchClock(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (waiters_.empty()) {
      clock_wake_.wait(lock, stop, [this] { return !waiters_.empty(); });
      continue;
    }
    const Clock::time_point first = waiters_.begin()->first;
    if (Clock::now() < first) {
      clock_wake_.wait_until(lock, stop, first, [&] { return waiters_.empty() || waiters_.begin()->first < first; });
      continue;
    }
    const std::function<void()> ready = std::move(waiters_.begin()->second.ready);
    waiters_.erase(waiters_.begin());
    lock.unlock();
    ready();
    lock.lock();
  }
}

}  // namespace magpie
