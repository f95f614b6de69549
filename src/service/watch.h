// Streams that tell callers of changes as they are written: WatchListings, WatchMatches, WatchOperation.
//
// One thread looks at all watchers ten times a second; what a change costs is what changed, for each watcher.
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/status.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "magpie/v1/catalogue_service.pb.h"
#include "magpie/v1/match_service.pb.h"
#include "magpie/v1/operations.pb.h"

namespace magpie {

struct CallRunner;

class Watcher {
 public:
  virtual ~Watcher() = default;
  // Says what there is to say; false once the call has ended. Called by the hub's thread alone.
  virtual bool Look() = 0;
  virtual void FinishOnce(const absl::Status& status) = 0;
};

class WatchHub {
 public:
  WatchHub();
  ~WatchHub();

  // The calls; each deletes itself when gRPC is done with it.
  grpc::ServerWriteReactor<v1::WatchListingsResponse>* WatchListings(CallRunner& runner,
                                                                     const grpc::CallbackServerContext& context,
                                                                     const v1::WatchListingsRequest& request);
  grpc::ServerWriteReactor<v1::WatchMatchesResponse>* WatchMatches(CallRunner& runner,
                                                                   const grpc::CallbackServerContext& context,
                                                                   const v1::WatchMatchesRequest& request);
  grpc::ServerWriteReactor<v1::Operation>* WatchOperation(CallRunner& runner,
                                                          const grpc::CallbackServerContext& context,
                                                          const v1::GetOperationRequest& request);
  // Ends all watches, and new ones at once: the server is going down.
  void Close();

 private:
  template <typename Call>
  Call* Begin(std::shared_ptr<Call> call);
  void Look(std::stop_token stop);

  std::mutex mutex_;
  bool closed_ = false;
  std::vector<std::shared_ptr<Watcher>> calls_;
  std::jthread thread_;
};

}  // namespace magpie
