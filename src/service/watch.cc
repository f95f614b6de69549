#include "service/watch.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <optional>
#include <utility>

#include "service/message_filter.h"
#include "service/rpc_call.h"
#include "service/viewer.h"

namespace magpie {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetweenLooks(100);
constexpr std::chrono::seconds kHeartbeat(30);  // also how long a watcher may take to read a message

// What all watchers share. Look() is called by the hub's thread alone, the rest by gRPC's.
template <typename Request, typename Response>
class WatchCall : public grpc::ServerWriteReactor<Response>, public Watcher {
 public:
  WatchCall(CallRunner& runner, const grpc::CallbackServerContext& context, const char* method, const Request& request)
      : request_(request), runner_(runner), shown_(ShownBy(context)), method_(method) {}

  // Until gRPC is done with it.
  void KeepAlive(std::shared_ptr<WatchCall> self) { self_ = std::move(self); }

  absl::Status Begin() {
    Services* services = runner_.services;
    if (services == nullptr) return Starting();
    MAGPIE_ASSIGN_OR_RETURN(caller_, Admit(*services, shown_, method_, request_));
    identified_ = Clock::now();
    return Open(*services);
  }

  bool Look() override {
    std::unique_lock lock(mutex_);
    if (finished_) return false;
    const Clock::time_point now = Clock::now();
    if (writing_) {
      const bool slow = now - wrote_ > kHeartbeat;
      lock.unlock();
      if (slow) FinishOnce(MakeError(Reason::kWatchTooSlow, "", "the last message was not read in time"));
      return !slow;
    }
    lock.unlock();
    const absl::StatusOr<Next> next = Continue(now);
    if (!next.ok()) FinishOnce(next.status());
    if (!next.ok()) return false;
    if (*next == Next::kEnd) FinishOnce(absl::OkStatus());
    if (*next != Next::kWrite) return *next == Next::kNothing;
    lock.lock();
    if (finished_) return false;
    writing_ = true;
    wrote_ = now;
    this->StartWrite(&message_);
    return true;
  }

  void FinishOnce(const absl::Status& status) override {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(finished_, true)) return;
    }
    this->Finish(ToGrpcStatus(status));
  }

  void OnWriteDone(bool) override {  // a broken stream is cancelled, too
    const std::lock_guard lock(mutex_);
    writing_ = false;
  }
  void OnCancel() override { FinishOnce(MakeError(Reason::kCancelled, "", "the caller went away")); }
  void OnDone() override { self_.reset(); }

 protected:
  enum class Next { kNothing, kWrite, kEnd };

  // Checks the request and finds what it is about.
  virtual absl::Status Open(Services& services) = 0;
  // Fills the empty message. With `due` it is to be sent whatever stands in it.
  virtual absl::StatusOr<Next> Tell(Services& services, bool due, Response* message) = 0;

  const Caller& caller() const { return caller_; }
  const Request request_;

 private:
  static absl::Status Starting() {
    return MakeError(Reason::kUnavailable, "", "the server is starting up or shutting down; try again later");
  }

  absl::StatusOr<Next> Continue(Clock::time_point now) {
    Services* services = runner_.services;
    if (services == nullptr) return Starting();
    if (now - identified_ > kHeartbeat) {  // a token that was revoked stops watching, too
      identified_ = now;
      MAGPIE_RETURN_IF_ERROR(Admit(*services, shown_, method_, request_).status());
    }
    message_.Clear();
    const CallScope scope(caller_.actor());
    return Tell(*services, now - wrote_ >= kHeartbeat, &message_);
  }

  CallRunner& runner_;
  const Shown shown_;
  const char* method_;
  Caller caller_;
  Response message_;
  Clock::time_point identified_, wrote_ = Clock::now() - kHeartbeat;  // the first message goes out at once

  std::mutex mutex_;
  bool writing_ = false, finished_ = false;
  std::shared_ptr<WatchCall> self_;
};

class ListingsWatch final : public WatchCall<v1::WatchListingsRequest, v1::WatchListingsResponse> {
 public:
  using WatchCall::WatchCall;

 private:
  absl::Status Open(Services& services) override {
    MAGPIE_ASSIGN_OR_RETURN(workspace_, services.backend.FindWorkspace(request_.parent(), "parent"));
    MAGPIE_ASSIGN_OR_RETURN(filter_, MessageFilter::Parse(request_.filter(), *v1::Listing::descriptor()));
    if (!v1::Side_IsValid(request_.side())) return MakeError(Reason::kFieldInvalid, "side", "is not a value of Side");
    last_ = workspace_->catalogue().snapshot();
    if (request_.since_version() == 0 || request_.since_version() == last_->version()) return absl::OkStatus();
    auto since = workspace_->KeptSnapshot(request_.since_version());
    if (!since.ok()) {
      return MakeError(Reason::kWatchTooOld, "since_version",
                       fmt::format("version {} is no longer held", request_.since_version()));
    }
    last_ = *std::move(since);
    return absl::OkStatus();
  }

  bool Fits(const Viewer& viewer, const RowList<Listing>::Row& row) const {
    return row != nullptr && viewer.Finds(*row) &&
           (filter_.everything() || filter_.Keeps(viewer.Present(*row, v1::VIEW_FULL)));
  }

  // What lies between the last snapshot and the newest.
  absl::StatusOr<Next> Tell(Services& services, bool due, v1::WatchListingsResponse* message) override {
    const auto snapshot = workspace_->catalogue().snapshot();
    if (!due && snapshot->version() == last_->version()) return Next::kNothing;
    const Viewer before(caller(), *workspace_, last_);
    Viewer now(caller(), *workspace_, snapshot);
    const v1::View view = request_.view() == v1::VIEW_FULL ? v1::VIEW_FULL : v1::VIEW_BASIC;
    for (const Side side : {Side::kNeed, Side::kOffering}) {
      const v1::Side of_list = side == Side::kNeed ? v1::SIDE_NEED : v1::SIDE_OFFERING;
      if (request_.side() != v1::SIDE_UNSPECIFIED && request_.side() != of_list) continue;
      RowList<Listing>::ForEachChange(
          last_->listings(side), snapshot->listings(side),
          [&](std::int64_t, const RowList<Listing>::Row& old_row, const RowList<Listing>::Row& new_row) {
            const bool was = Fits(before, old_row), is = Fits(now, new_row);
            if (!was && !is) return;
            auto& event = *message->add_events();
            if (is) {
              event.set_change(was ? v1::LISTING_CHANGE_UPDATED : v1::LISTING_CHANGE_ADDED);
              *event.mutable_listing() = now.Show(*new_row, view);
            } else {
              event.set_change(v1::LISTING_CHANGE_REMOVED);
              event.mutable_listing()->set_name(
                  FormatName(workspace_->name(), CollectionOf(side), old_row->resource_id));
            }
          });
    }
    *message->mutable_versions() = services.backend.VersionsOf(snapshot->version());
    last_ = snapshot;
    MAGPIE_RETURN_IF_ERROR(now.Record());
    return due || message->events_size() > 0 ? Next::kWrite : Next::kNothing;
  }

  std::shared_ptr<Workspace> workspace_;
  MessageFilter filter_;
  std::shared_ptr<const Snapshot> last_;
};

class MatchesWatch final : public WatchCall<v1::WatchMatchesRequest, v1::WatchMatchesResponse> {
 public:
  using WatchCall::WatchCall;

 private:
  static constexpr int kMostTold = 50;
  static constexpr int kDefaultGrade = 2, kBestGrade = 3;

  absl::Status Open(Services& services) override {
    of_need_ = ParseName(request_.listing(), Collection::kNeeds, "listing").ok();
    const Collection collection = of_need_ ? Collection::kNeeds : Collection::kOfferings;
    MAGPIE_ASSIGN_OR_RETURN(const Target target,
                            FindTarget(services.backend, request_.listing(), collection, "listing"));
    workspace_ = target.workspace;
    if (request_.has_min_grade() && (request_.min_grade() < 1 || request_.min_grade() > kBestGrade)) {
      return MakeError(Reason::kFieldInvalid, "min_grade", fmt::format("{} lies outside 1 to 3", request_.min_grade()));
    }
    min_grade_ = request_.has_min_grade() ? request_.min_grade() : kDefaultGrade;
    return absl::OkStatus();
  }

  absl::StatusOr<Next> Tell(Services& services, bool due, v1::WatchMatchesResponse* message) override {
    const std::int64_t version = workspace_->catalogue().snapshot()->version();
    if (version != version_) {
      v1::RecommendResponse found;
      RunContext context;
      context.warning = services.backend.warning;
      MAGPIE_RETURN_IF_ERROR(Recommend(services, &found, context));
      version_ = version;
      versions_ = found.versions();
      for (v1::Match& match : *found.mutable_matches()) {
        const std::string key = match.listing().name() + "@" + match.listing().etag();
        if (match.grade() >= min_grade_ && told_.insert(key).second) *message->add_matches() = std::move(match);
      }
    }
    *message->mutable_versions() = versions_;
    return due || message->matches_size() > 0 ? Next::kWrite : Next::kNothing;
  }

  absl::Status Recommend(Services& services, v1::RecommendResponse* found, const RunContext& context) const {
    if (of_need_) {
      v1::RecommendOfferingsRequest request;
      request.set_need(request_.listing());
      request.set_page_size(kMostTold);
      request.set_view(request_.view());
      return services.match.RecommendOfferings(caller(), request, found, context);
    }
    v1::RecommendNeedsRequest request;
    request.set_offering(request_.listing());
    request.set_page_size(kMostTold);
    request.set_view(request_.view());
    return services.match.RecommendNeeds(caller(), request, found, context);
  }

  bool of_need_ = true;
  int min_grade_ = kDefaultGrade;
  std::shared_ptr<Workspace> workspace_;
  std::int64_t version_ = -1;
  v1::Versions versions_;
  absl::flat_hash_set<std::string> told_;
};

class OperationWatch final : public WatchCall<v1::GetOperationRequest, v1::Operation> {
 public:
  using WatchCall::WatchCall;

 private:
  absl::Status Open(Services& services) override {
    v1::Operation operation;
    return services.match.GetOperation(caller(), request_, &operation);
  }

  absl::StatusOr<Next> Tell(Services& services, bool due, v1::Operation* message) override {
    if (done_) return Next::kEnd;
    MAGPIE_RETURN_IF_ERROR(services.match.GetOperation(caller(), request_, message));
    std::string now = message->SerializeAsString();
    done_ = message->done();
    if (!due && now == last_) return Next::kNothing;
    last_ = std::move(now);
    return Next::kWrite;
  }

  bool done_ = false;
  std::string last_;
};

}  // namespace

WatchHub::WatchHub() : thread_([this](std::stop_token stop) { Look(stop); }) {}

WatchHub::~WatchHub() {
  Close();
}

template <typename Call>
Call* WatchHub::Begin(std::shared_ptr<Call> call) {
  call->KeepAlive(call);
  absl::Status status = call->Begin();
  {
    const std::lock_guard lock(mutex_);
    if (closed_) status = MakeError(Reason::kUnavailable, "", "the server is shutting down");
    if (status.ok()) calls_.push_back(call);
  }
  if (!status.ok()) call->FinishOnce(status);
  return call.get();
}

grpc::ServerWriteReactor<v1::WatchListingsResponse>* WatchHub::WatchListings(CallRunner& runner,
                                                                             const grpc::CallbackServerContext& context,
                                                                             const v1::WatchListingsRequest& request) {
  return Begin(std::make_shared<ListingsWatch>(runner, context, "CatalogueService/WatchListings", request));
}

grpc::ServerWriteReactor<v1::WatchMatchesResponse>* WatchHub::WatchMatches(CallRunner& runner,
                                                                           const grpc::CallbackServerContext& context,
                                                                           const v1::WatchMatchesRequest& request) {
  return Begin(std::make_shared<MatchesWatch>(runner, context, "MatchService/WatchMatches", request));
}

grpc::ServerWriteReactor<v1::Operation>* WatchHub::WatchOperation(CallRunner& runner,
                                                                  const grpc::CallbackServerContext& context,
                                                                  const v1::GetOperationRequest& request) {
  return Begin(std::make_shared<OperationWatch>(runner, context, "OperationsService/WatchOperation", request));
}

void WatchHub::Close() {
  std::vector<std::shared_ptr<Watcher>> calls;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    calls.swap(calls_);
  }
  for (const auto& call : calls) {
    call->FinishOnce(MakeError(Reason::kUnavailable, "", "the server is shutting down; watch again later"));
  }
}

void WatchHub::Look(std::stop_token stop) {
  std::mutex sleep_mutex;
  std::condition_variable_any sleep;
  while (!stop.stop_requested()) {
    std::vector<std::shared_ptr<Watcher>> calls;
    {
      const std::lock_guard lock(mutex_);
      calls = calls_;
    }
    for (const auto& call : calls) {
      if (call->Look()) continue;
      const std::lock_guard lock(mutex_);
      std::erase(calls_, call);
    }
    std::unique_lock lock(sleep_mutex);
    sleep.wait_for(lock, stop, kBetweenLooks, [] { return false; });
  }
}

}  // namespace magpie
