// What LearningService does, without gRPC: requests in, replies and errors out.
//
// Stored   feedback/FEEDBACK     the Feedback as JSON
//          ranker/RANKER         the Ranker as JSON, never the built-in one; `active` is not set
//          ranker_choice/active  the ActivateRankerRequest that holds, as JSON; no row = the built-in one
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/status.h>

#include <map>
#include <mutex>
#include <string>

#include "magpie/v1/learning_service.pb.h"
#include "service/backend.h"
#include "service/operations.h"

namespace magpie {

struct LearningTask;

class LearningApi {
 public:
  LearningApi(Backend& backend, Operations& operations) : backend_(backend), operations_(operations) {}

  absl::Status GetFeedback(const v1::GetFeedbackRequest& request, v1::Feedback* response);
  absl::Status ListFeedback(const v1::ListFeedbackRequest& request, v1::ListFeedbackResponse* response);
  absl::Status CreateFeedback(const v1::CreateFeedbackRequest& request, v1::Feedback* response);
  absl::Status BatchCreateFeedback(const v1::BatchCreateFeedbackRequest& request,
                                   v1::BatchCreateFeedbackResponse* response);
  absl::Status DeleteFeedback(const v1::DeleteFeedbackRequest& request);

  // Lets the workspace rank with what was activated last. A ranker that cannot be read any more gives way to the built-in
  // one, with a warning.
  absl::Status LoadRanker(Workspace& workspace);
  absl::Status LearnRanker(const v1::LearnRankerRequest& request, v1::Operation* response);
  absl::Status GetRanker(const v1::GetRankerRequest& request, v1::Ranker* response);
  absl::Status ListRankers(const v1::ListRankersRequest& request, v1::ListRankersResponse* response);
  absl::Status ActivateRanker(const v1::ActivateRankerRequest& request, v1::Ranker* response);

 private:
  absl::StatusOr<v1::Ranker> ReadRanker(Workspace& workspace, const std::string& id) const;
  v1::Ranker BuiltInRanker(const Workspace& workspace) const;
  // The id for a new ranker; under the workspace's write lock.
  absl::StatusOr<std::string> NewRankerId(Workspace& workspace, const std::string& asked) const;
  Operations::Outcome Learn(Workspace& workspace, const LearningTask& task, const RunContext& context) const;

  Backend& backend_;
  Operations& operations_;
  std::mutex mutex_;
  std::map<std::string, std::string> learning_;  // the last LearnRanker operation of each workspace, by its name
};

}  // namespace magpie
