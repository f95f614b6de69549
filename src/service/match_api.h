// What MatchService and OperationsService do, without gRPC: requests in, replies and errors out.
//
// Stored   match_run/RUN            the MatchRun as JSON
//          match_page/RUN.NNNNNN    matches 500 N .. 500 N + 499 of a run, a ListMatchesResponse as JSON
//          run_problem/RUN          its SolvedProblem as JSON, where it was kept
//          open_page/RUN.NNNNNN     the same of its open listings
// Callers  see what their role and party let them (viewer.h).
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>

#include "magpie/base/progress.h"
#include "magpie/v1/match_service.pb.h"
#include "magpie/v1/operations.pb.h"
#include "service/backend.h"
#include "service/caller.h"
#include "service/operations.h"

namespace magpie {

class MatchApi {
 public:
  MatchApi(Backend& backend, Operations& operations) : backend_(backend), operations_(operations) {}

  absl::Status RecommendOfferings(const Caller& caller, const v1::RecommendOfferingsRequest& request,
                                  v1::RecommendResponse* response, const RunContext& context);
  absl::Status RecommendNeeds(const Caller& caller, const v1::RecommendNeedsRequest& request,
                              v1::RecommendResponse* response, const RunContext& context);
  absl::Status SearchListings(const Caller& caller, const v1::SearchListingsRequest& request,
                              v1::SearchListingsResponse* response, const RunContext& context);
  absl::Status ExplainMatch(const Caller& caller, const v1::ExplainMatchRequest& request,
                            v1::ExplainMatchResponse* response, const RunContext& context);
  absl::Status DiagnoseNeed(const Caller& caller, const v1::DiagnoseNeedRequest& request,
                            v1::DiagnoseNeedResponse* response, const RunContext& context);
  absl::Status ScorePairs(const Caller& caller, const v1::ScorePairsRequest& request, v1::ScorePairsResponse* response,
                          const RunContext& context);

  // Takes in the stored runs of a workspace: those that were running become failed.
  absl::Status LoadRuns(Workspace& workspace);
  absl::Status CreateMatchRun(const v1::CreateMatchRunRequest& request, v1::Operation* response);
  absl::Status GetMatchRun(const Caller& caller, const v1::GetMatchRunRequest& request, v1::MatchRun* response);
  absl::Status ListMatchRuns(const Caller& caller, const v1::ListMatchRunsRequest& request,
                             v1::ListMatchRunsResponse* response);
  absl::Status DeleteMatchRun(const v1::DeleteMatchRunRequest& request);
  absl::Status ListMatches(const Caller& caller, const v1::ListMatchesRequest& request,
                           v1::ListMatchesResponse* response);
  absl::Status ListOpenListings(const Caller& caller, const v1::ListOpenListingsRequest& request,
                                v1::ListOpenListingsResponse* response);
  absl::Status CompareMatchRuns(const Caller& caller, const v1::CompareMatchRunsRequest& request,
                                v1::CompareMatchRunsResponse* response);

  absl::Status GetOperation(const Caller& caller, const v1::GetOperationRequest& request, v1::Operation* response);
  absl::Status ListOperations(const Caller& caller, const v1::ListOperationsRequest& request,
                              v1::ListOperationsResponse* response);
  absl::Status CancelOperation(const v1::CancelOperationRequest& request);
  absl::Status DeleteOperation(const v1::DeleteOperationRequest& request);
  // Calls `ready` once when the answer is due; GetOperation gives it.
  absl::Status WaitOperation(const v1::WaitOperationRequest& request, std::function<void()> ready);

 private:
  // A plan over a snapshot that goes on from what the workspace's earlier ones found, and leaves there what it finds.
  absl::StatusOr<Plan> PlanAgain(Workspace& workspace, const std::shared_ptr<const Snapshot>& snapshot,
                                 const ActiveRanker& ranker, const PlanOptions& options,
                                 const ScorerOptions& scorer_options, const RunContext& context);

  Backend& backend_;
  Operations& operations_;
};

// One scored pair as clients see it; `rank` 0 = not in a list.
v1::Match PresentMatch(const Workspace& workspace, const Snapshot& snapshot, const ScoredPair& pair, int rank);

}  // namespace magpie
