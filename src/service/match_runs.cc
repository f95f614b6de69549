// Match runs: started as operations, their results kept in the store in pages.
#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/service/convert.h"
#include "magpie/service/rpc_status.h"
#include "service/match_api.h"
#include "service/viewer.h"

namespace magpie {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::string_view kRunTable = "match_run";
constexpr std::string_view kMatchTable = "match_page";
constexpr std::string_view kOpenTable = "open_page";
constexpr std::string_view kProblemTable = "run_problem";
constexpr std::int64_t kRowsAPage = 500;
constexpr std::size_t kMaxTitle = 200;  // code points

std::string PageId(std::string_view run, std::int64_t page) {
  return fmt::format("{}.{:06}", run, page);
}

RowChange RunRow(const std::string& id, const v1::MatchRun& run) {
  return {std::string(kRunTable), id, ToJson(run), std::nullopt};
}

// `run` as it ends with an error.
v1::MatchRun EndedRun(v1::MatchRun run, const absl::Status& status) {
  run.set_state(absl::IsCancelled(status) ? v1::MATCH_RUN_STATE_CANCELLED : v1::MATCH_RUN_STATE_FAILED);
  *run.mutable_error() = ToRpcStatus(status);
  *run.mutable_end_time() = TimeUtil::NanosecondsToTimestamp(NowNanoseconds());
  return run;
}

template <typename Response, typename Item>
void AppendPages(std::string_view table, const std::string& run, const std::vector<Item>& items,
                 google::protobuf::RepeatedPtrField<Item>* (Response::*field)(), std::vector<RowChange>* rows) {
  for (std::size_t begin = 0; begin < items.size(); begin += kRowsAPage) {
    Response page;
    const std::size_t end = std::min(items.size(), begin + kRowsAPage);
    for (std::size_t i = begin; i < end; ++i) *(page.*field)()->Add() = items[i];
    const auto number = static_cast<std::int64_t>(begin) / kRowsAPage;
    rows->push_back({std::string(table), PageId(run, number), ToJson(page), std::nullopt});
  }
}

std::vector<v1::Match> MatchesOf(const Workspace& workspace, const Plan& plan, const std::string& run_name) {
  std::vector<v1::Match> matches;
  matches.reserve(plan.matches.size());
  for (const PlannedMatch& planned : plan.matches) {
    v1::Match match = PresentMatch(workspace, *plan.snapshot, planned.pair, planned.rank_for_need);
    match.set_name(fmt::format("{}/matches/m{}", run_name, matches.size() + 1));
    match.set_reason(planned.reason);
    matches.push_back(std::move(match));
  }
  return matches;
}

std::vector<v1::OpenListing> OpenListingsOf(const Workspace& workspace, const Plan& plan) {
  std::vector<v1::OpenListing> result;
  result.reserve(plan.open.size());
  for (const PlannedOpen& open : plan.open) {
    const Listing& listing = ListingAt(*plan.snapshot, open.side, open.index);
    const Side other = open.side == Side::kNeed ? Side::kOffering : Side::kNeed;
    v1::OpenListing& item = result.emplace_back();
    item.set_listing(FormatName(workspace.name(), CollectionOf(open.side), listing.resource_id));
    item.set_external_id(listing.record.id);
    item.set_side(WordToProto<v1::Side>(open.side));
    item.set_reason(ToProto(open.reason));
    if (const std::int32_t near = FindListing(*plan.snapshot, other, open.near_id); near >= 0) {
      item.set_near_miss(
          FormatName(workspace.name(), CollectionOf(other), ListingAt(*plan.snapshot, other, near).resource_id));
      item.set_near_score(open.near_score);
    }
    item.set_sentence(open.sentence);
  }
  return result;
}

std::string ListingName(const Workspace& workspace, const Plan& plan, Side side, std::int32_t index) {
  return FormatName(workspace.name(), CollectionOf(side), ListingAt(*plan.snapshot, side, index).resource_id);
}

v1::FairnessReport FairnessOf(const Workspace& workspace, const Plan& plan) {
  const PlanFairness& fairness = plan.fairness;
  v1::FairnessReport report;
  report.set_total_score(fairness.total);
  report.set_total_score_bound(fairness.bound);
  report.set_proven(fairness.ending == Ending::kProven);
  if (const WorstOff& worst = fairness.certificate.need; worst.index >= 0) {
    report.set_worst_off_need(ListingName(workspace, plan, Side::kNeed, worst.index));
    report.set_worst_off_score(static_cast<double>(worst.gain) / static_cast<double>(kGainPerScore));
  }
  report.set_need_gini(fairness.certificate.needs.pairs.gini);
  report.set_offering_gini(fairness.certificate.offerings.pairs.gini);
  for (const PlannedGroup& group : fairness.groups) {
    v1::FairnessReport::Group* item = report.add_groups();
    const Spread& pairs = group.exposure.exposure.pairs;
    item->set_name(group.name);
    item->set_side(WordToProto<v1::Side>(group.side));
    item->set_listing_count(pairs.members + pairs.hopeless);
    item->set_open_count(pairs.open + pairs.hopeless);
    item->set_match_count(pairs.sum);
    item->set_share_of_listings(group.exposure.share_of_listings);
    item->set_share_of_matches(group.exposure.share_of_pairs);
    item->set_gini(pairs.gini);
  }
  report.set_blocking_pair_count(fairness.certificate.blocking_count);
  for (const PlannedBlocking& pair : fairness.blocking) {
    v1::FairnessReport::BlockingPair* item = report.add_blocking_pairs();
    item->set_need(ListingName(workspace, plan, Side::kNeed, pair.pair.need.value));
    item->set_offering(ListingName(workspace, plan, Side::kOffering, pair.pair.offering.value));
    item->set_score(pair.pair.score);
    item->set_need_rise(pair.need_rise);
    item->set_offering_rise(pair.offering_rise);
  }
  for (const PlannedDial& point : fairness.dial) {
    v1::FairnessReport::DialPoint* item = report.add_dial();
    item->set_fairness(point.dial);
    item->set_total_score(point.total);
    item->set_worst_pair_score(point.worst_pair);
    item->set_served_need_count(point.served);
    item->set_gini(point.gini);
    item->set_gaining_need_count(std::ssize(point.gain));
    item->set_losing_need_count(std::ssize(point.lose));
  }
  return report;
}

void AddWhatIfs(const Workspace& workspace, const Plan& plan, v1::MatchRun* run) {
  for (const PlannedWhatIf& what_if : plan.what_ifs) {
    v1::WhatIf* item = run->add_what_ifs();
    item->set_kind(std::string(PlanConstraintKindName(what_if.constraint.kind)));
    item->set_subject(what_if.what);
    item->set_gain(what_if.gain);
    for (std::int32_t need : what_if.needs_served) {
      item->add_served_needs(ListingName(workspace, plan, Side::kNeed, need));
    }
    for (std::int32_t offering : what_if.offerings_served) {
      item->add_served_offerings(ListingName(workspace, plan, Side::kOffering, offering));
    }
    item->set_sentence(what_if.sentence);
  }
}

absl::StatusOr<v1::MatchRun> ReadRun(Workspace& workspace, const std::string& id, std::string_view field,
                                     const std::string& name) {
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<StoredRow> row, workspace.store().Read(kRunTable, id));
  if (!row) return MakeError(Reason::kMatchRunNotFound, field, fmt::format("there is no {}", name));
  v1::MatchRun run;
  MAGPIE_RETURN_IF_ERROR(FromJson(row->body, &run));
  return run;
}

Viewer ViewerOf(const Caller& caller, Workspace& workspace) {
  return Viewer(caller, workspace, workspace.catalogue().snapshot());
}

// One page of a list that a run left in the store. Its items never change, so a token needs no version.
template <typename Request, typename Response, typename Item>
absl::Status ListStored(Backend& backend, const Request& request, std::string_view table,
                        std::int64_t (v1::MatchRunCounts::*count)() const,
                        google::protobuf::RepeatedPtrField<Item>* (Response::*field)(), Response* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend, request.parent(), Collection::kMatchRuns, "parent"));
  Workspace& workspace = *target.workspace;
  MAGPIE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size(), kDefaultPageSize));
  const std::uint64_t hash = HashForPages(request);
  PageStart start;
  if (!request.page_token().empty()) {
    MAGPIE_ASSIGN_OR_RETURN(start, ParsePageToken(request.page_token(), hash));
  }
  MAGPIE_ASSIGN_OR_RETURN(const v1::MatchRun run, ReadRun(workspace, target.id, "parent", request.parent()));
  if (run.state() != v1::MATCH_RUN_STATE_SUCCEEDED) {
    return MakeError(
        Reason::kWrongState, "parent",
        fmt::format("{} has no results: its state is {}", request.parent(), v1::MatchRunState_Name(run.state())));
  }
  const std::int64_t total = (run.counts().*count)();
  const Page page = CutPage(start, size, total, hash);
  for (std::int64_t i = page.begin; i < page.end;) {
    const std::int64_t number = i / kRowsAPage;
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<StoredRow> row,
                            workspace.store().Read(table, PageId(target.id, number)));
    Response stored;
    if (row) MAGPIE_RETURN_IF_ERROR(FromJson(row->body, &stored));
    for (const std::int64_t end = std::min(page.end, (number + 1) * kRowsAPage); i < end; ++i) {
      const auto offset = static_cast<int>(i % kRowsAPage);
      if (offset >= (stored.*field)()->size()) {
        return MakeError(Reason::kStoreCorrupt, "",
                         fmt::format("page {} of {} is missing from the store", number, request.parent()));
      }
      (response->*field)()->Add()->Swap((stored.*field)()->Mutable(offset));
    }
  }
  response->set_next_page_token(page.next_token);
  response->set_total_size(total);
  *response->mutable_versions() = run.versions();
  return absl::OkStatus();
}

// What a run solved, checked against its proof.
absl::StatusOr<SolvedProblem> ReadProblem(Workspace& workspace, const std::string& id, std::string_view field,
                                          const std::string& name) {
  MAGPIE_ASSIGN_OR_RETURN(const v1::MatchRun run, ReadRun(workspace, id, field, name));
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<StoredRow> row, workspace.store().Read(kProblemTable, id));
  if (!row) {
    return MakeError(
        Reason::kWrongState, field,
        run.state() == v1::MATCH_RUN_STATE_SUCCEEDED
            ? fmt::format("{} did not keep its problem; start the run again with keep_problem", name)
            : fmt::format("{} has no results: its state is {}", name, v1::MatchRunState_Name(run.state())));
  }
  absl::StatusOr<SolvedProblem> solved = SolvedProblemFromJson(row->body);
  const absl::Status status =
      solved.ok() ? CheckAssignment(solved->graph, solved->problem, solved->answer) : solved.status();
  if (!status.ok()) {
    return MakeError(Reason::kStoreCorrupt, "", fmt::format("the problem of {}: {}", name, ErrorText(status)));
  }
  return solved;
}

}  // namespace

absl::Status MatchApi::LoadRuns(Workspace& workspace) {
  std::vector<RowChange> changes;
  const auto read = [&](StoredRow&& row) -> absl::Status {
    v1::MatchRun run;
    MAGPIE_RETURN_IF_ERROR(FromJson(row.body, &run));
    if (run.state() != v1::MATCH_RUN_STATE_RUNNING) return absl::OkStatus();
    changes.push_back(RunRow(row.id, EndedRun(run, InterruptedError(run.name()))));
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(workspace.store().Scan(kRunTable, read));
  if (changes.empty()) return absl::OkStatus();
  const std::lock_guard lock(workspace.write_mutex());
  const absl::Status written = workspace.store().Write(changes).status();
  return workspace.store().Trouble().ok() ? written : absl::OkStatus();  // as in Operations::Load
}

absl::StatusOr<Plan> MatchApi::PlanAgain(Workspace& workspace, const std::shared_ptr<const Snapshot>& snapshot,
                                         const ActiveRanker& ranker, const PlanOptions& options,
                                         const ScorerOptions& scorer_options, const RunContext& context) {
  PlanMemory memory = workspace.plan_memory();
  MAGPIE_ASSIGN_OR_RETURN(memory.scorer, workspace.ScorerFor(*backend_.engine, snapshot, ranker, context));
  MAGPIE_ASSIGN_OR_RETURN(Plan plan,
                          backend_.engine->MakePlan(snapshot, std::nullopt, options, scorer_options, context, &memory));
  workspace.RememberRuns(std::move(memory.needs), std::move(memory.offerings));
  return plan;
}

absl::Status MatchApi::CreateMatchRun(const v1::CreateMatchRunRequest& request, v1::Operation* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  PlanOptions options;
  ConstraintSet must;
  MAGPIE_RETURN_IF_ERROR(FromProto(request.match_run().options(), "match_run.options.", &options, &must));
  const std::string title = ToNfc(request.match_run().display_name());
  if (CountCodePoints(title) > kMaxTitle) {
    return MakeError(Reason::kFieldInvalid, "match_run.display_name",
                     fmt::format("{} code points; at most {}", CountCodePoints(title), kMaxTitle));
  }
  const std::string id = request.match_run_id().empty() ? MakeId("r-") : request.match_run_id();
  MAGPIE_RETURN_IF_ERROR(CheckNewId(id, "match_run_id"));
  if (!backend_.engine) {
    return MakeError(Reason::kModelMissing, "", "the server runs without models, so it cannot match");
  }

  v1::MatchRun run;
  run.set_name(FormatName(workspace->name(), Collection::kMatchRuns, id));
  run.set_display_name(title);
  *run.mutable_options() = ToProto(options, must);
  run.set_state(v1::MATCH_RUN_STATE_RUNNING);
  *run.mutable_create_time() = TimeUtil::NanosecondsToTimestamp(NowNanoseconds());

  if (request.validate_only()) {
    const auto snapshot = workspace->catalogue().snapshot();
    *run.mutable_versions() = backend_.VersionsOf(snapshot->version());
    run.mutable_counts()->set_need_count(snapshot->need_count());
    run.mutable_counts()->set_offering_count(snapshot->offering_count());
    run.clear_name();
    run.clear_state();
    run.clear_create_time();
    response->set_done(true);
    response->mutable_response()->PackFrom(run);
    return absl::OkStatus();
  }

  // The recorded answer is the operation as it was at first; a repeated call gets its newest state.
  MAGPIE_RETURN_IF_ERROR(WriteOnce(
      *workspace, request, request.request_id(), response, [&](std::int64_t, RequestRecord* record) -> absl::Status {
        const auto taken = workspace->store().Read(kRunTable, id);
        if (!taken.ok()) return taken.status();
        if (taken->has_value()) {
          return MakeError(Reason::kAlreadyExists, "match_run_id", fmt::format("{} exists", run.name()));
        }
        const auto snapshot = workspace->catalogue().snapshot();
        run.set_operation(FormatName(workspace->name(), Collection::kOperations, MakeId("op-")));
        // What is active now counts, whatever is activated while the run waits.
        const auto ranker = workspace->active_ranker();
        *run.mutable_versions() = backend_.VersionsOf(snapshot->version());
        run.mutable_versions()->set_ranker_id(ranker->IdOr(backend_.engine->models().ranker.id));
        v1::MatchRunMetadata metadata;
        metadata.set_match_run(run.name());
        metadata.set_stage("waiting");
        metadata.set_catalogue_version(snapshot->version());
        *metadata.mutable_create_time() = run.create_time();
        if (!record->request_id.empty()) {
          v1::Operation answer;
          answer.set_name(run.operation());
          answer.mutable_metadata()->PackFrom(metadata);
          record->response = ToJson(answer);
        }

        Operations::Work work;
        work.rows_of_failure = [run, id](const absl::Status& status) {
          return std::vector<RowChange>{RunRow(id, EndedRun(run, status))};
        };
        work.run = [this, workspace, snapshot, ranker, options, must, run, id](const RunContext& context) {
          Operations::Outcome outcome;
          ScorerOptions scorer_options;
          scorer_options.must = must;
          scorer_options.today = Today();
          scorer_options.seed = options.seed;
          scorer_options.ranker = ranker->ranker;
          RunContext warned = context;
          warned.warning = backend_.warning;
          absl::StatusOr<Plan> plan = PlanAgain(*workspace, snapshot, *ranker, options, scorer_options, warned);
          if (!plan.ok()) {
            outcome.status = plan.status();
            outcome.rows.push_back(RunRow(id, EndedRun(run, plan.status())));
            return outcome;
          }
          v1::MatchRun ended = run;
          ended.set_state(v1::MATCH_RUN_STATE_SUCCEEDED);
          ended.mutable_versions()->set_model_id(plan->run.encoder_id);
          ended.mutable_versions()->set_profile_id(plan->run.profile_id);
          *ended.mutable_counts() = ToProto(plan->funnel, plan->open.size());
          ended.mutable_counts()->set_match_count(static_cast<std::int64_t>(plan->matches.size()));
          *ended.mutable_fairness() = FairnessOf(*workspace, *plan);
          AddWhatIfs(*workspace, *plan, &ended);
          *ended.mutable_end_time() = TimeUtil::NanosecondsToTimestamp(NowNanoseconds());
          outcome.response.PackFrom(ended);
          outcome.rows.push_back(RunRow(id, ended));
          AppendPages(kMatchTable, id, MatchesOf(*workspace, *plan, run.name()),
                      &v1::ListMatchesResponse::mutable_matches, &outcome.rows);
          AppendPages(kOpenTable, id, OpenListingsOf(*workspace, *plan),
                      &v1::ListOpenListingsResponse::mutable_open_listings, &outcome.rows);
          if (plan->problem) {
            outcome.rows.push_back({std::string(kProblemTable), id, SolvedProblemToJson(*plan->problem), std::nullopt});
          }
          workspace->RememberPlan(std::make_shared<const Plan>(*std::move(plan)));
          return outcome;
        };
        MAGPIE_ASSIGN_OR_RETURN(*response, operations_.Start(workspace, run.operation(), metadata, {RunRow(id, run)},
                                                             *record, std::move(work)));
        return absl::OkStatus();
      }));
  const absl::StatusOr<v1::Operation> newest = operations_.Get(response->name());
  if (newest.ok()) *response = *newest;
  return absl::OkStatus();
}

absl::Status MatchApi::GetMatchRun(const Caller& caller, const v1::GetMatchRunRequest& request,
                                   v1::MatchRun* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), Collection::kMatchRuns, "name"));
  MAGPIE_ASSIGN_OR_RETURN(*response, ReadRun(*target.workspace, target.id, "name", request.name()));
  ViewerOf(caller, *target.workspace).Veil(response);
  return absl::OkStatus();
}

absl::Status MatchApi::ListMatchRuns(const Caller& caller, const v1::ListMatchRunsRequest& request,
                                     v1::ListMatchRunsResponse* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size(), kDefaultPageSize));
  const std::uint64_t hash = HashForPages(request);
  PageStart start;
  // Newest first among the runs that were there when the list was begun: the token keeps the moment.
  start.version = NowNanoseconds();
  if (!request.page_token().empty()) {
    MAGPIE_ASSIGN_OR_RETURN(start, ParsePageToken(request.page_token(), hash));
  }
  std::vector<std::pair<std::int64_t, v1::MatchRun>> runs;
  const auto read = [&](StoredRow&& row) -> absl::Status {
    v1::MatchRun run;
    MAGPIE_RETURN_IF_ERROR(FromJson(row.body, &run));
    const std::int64_t created = TimeUtil::TimestampToNanoseconds(run.create_time());
    if (created <= start.version) runs.emplace_back(created, std::move(run));
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(workspace->store().Scan(kRunTable, read));
  std::stable_sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  const Page page = CutPage(start, size, static_cast<std::int64_t>(runs.size()), hash);
  const Viewer viewer = ViewerOf(caller, *workspace);
  for (std::int64_t i = page.begin; i < page.end; ++i) {
    viewer.Veil(&runs[static_cast<std::size_t>(i)].second);
    response->add_match_runs()->Swap(&runs[static_cast<std::size_t>(i)].second);
  }
  response->set_next_page_token(page.next_token);
  return absl::OkStatus();
}

absl::Status MatchApi::DeleteMatchRun(const v1::DeleteMatchRunRequest& request) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), Collection::kMatchRuns, "name"));
  const std::lock_guard lock(target.workspace->write_mutex());
  MAGPIE_ASSIGN_OR_RETURN(const v1::MatchRun run, ReadRun(*target.workspace, target.id, "name", request.name()));
  if (run.state() == v1::MATCH_RUN_STATE_RUNNING) {
    return MakeError(Reason::kWrongState, "name",
                     fmt::format("{} is still running; cancel {} first", request.name(), run.operation()));
  }
  std::vector<RowChange> rows = {{std::string(kRunTable), target.id, std::nullopt, std::nullopt}};
  const auto drop = [&](std::string_view table, std::int64_t count) {
    for (std::int64_t page = 0; page * kRowsAPage < count; ++page) {
      rows.push_back({std::string(table), PageId(target.id, page), std::nullopt, std::nullopt});
    }
  };
  drop(kMatchTable, run.counts().match_count());
  drop(kOpenTable, run.counts().open_listing_count());
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<StoredRow> problem,
                          target.workspace->store().Read(kProblemTable, target.id));
  if (problem) rows.push_back({std::string(kProblemTable), target.id, std::nullopt, std::nullopt});
  return target.workspace->store().Write(rows).status();
}

absl::Status MatchApi::ListMatches(const Caller& caller, const v1::ListMatchesRequest& request,
                                   v1::ListMatchesResponse* response) {
  MAGPIE_RETURN_IF_ERROR(ListStored(backend_, request, kMatchTable, &v1::MatchRunCounts::match_count,
                                    &v1::ListMatchesResponse::mutable_matches, response));
  MAGPIE_ASSIGN_OR_RETURN(const Target run, FindTarget(backend_, request.parent(), Collection::kMatchRuns, "parent"));
  Viewer viewer = ViewerOf(caller, *run.workspace);
  viewer.Veil(response->mutable_matches());
  return viewer.Record();
}

absl::Status MatchApi::ListOpenListings(const Caller& caller, const v1::ListOpenListingsRequest& request,
                                        v1::ListOpenListingsResponse* response) {
  MAGPIE_RETURN_IF_ERROR(ListStored(backend_, request, kOpenTable, &v1::MatchRunCounts::open_listing_count,
                                    &v1::ListOpenListingsResponse::mutable_open_listings, response));
  MAGPIE_ASSIGN_OR_RETURN(const Target run, FindTarget(backend_, request.parent(), Collection::kMatchRuns, "parent"));
  const Viewer viewer = ViewerOf(caller, *run.workspace);
  for (v1::OpenListing& open : *response->mutable_open_listings()) viewer.Veil(&open);
  return absl::OkStatus();
}

absl::Status MatchApi::CompareMatchRuns(const Caller& caller, const v1::CompareMatchRunsRequest& request,
                                        v1::CompareMatchRunsResponse* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target now_run, FindTarget(backend_, request.name(), Collection::kMatchRuns, "name"));
  MAGPIE_ASSIGN_OR_RETURN(const Target base_run, FindTarget(backend_, request.base(), Collection::kMatchRuns, "base"));
  if (now_run.workspace != base_run.workspace) {
    return MakeError(Reason::kFieldInvalid, "base",
                     fmt::format("{} belongs to another workspace than {}", request.base(), request.name()));
  }
  MAGPIE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size(), kDefaultPageSize));
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<Language> language,
                          WordFromProto<Language>(request.language(), "language"));
  const std::uint64_t hash = HashForPages(request);
  PageStart start;
  if (!request.page_token().empty()) {
    MAGPIE_ASSIGN_OR_RETURN(start, ParsePageToken(request.page_token(), hash));
  }
  MAGPIE_ASSIGN_OR_RETURN(const SolvedProblem base,
                          ReadProblem(*base_run.workspace, base_run.id, "base", request.base()));
  MAGPIE_ASSIGN_OR_RETURN(const SolvedProblem now, ReadProblem(*now_run.workspace, now_run.id, "name", request.name()));
  MAGPIE_ASSIGN_OR_RETURN(std::vector<PairChange> changes, CompareAnswers(base.compared(), now.compared()));
  const auto count = [&](PairFate fate) {
    return std::ranges::count_if(changes, [&](const PairChange& change) { return change.fate == fate; });
  };
  response->set_went_count(count(PairFate::kWent));
  response->set_came_count(count(PairFate::kCame));
  response->set_stayed_count(count(PairFate::kStayed));
  if (request.changed_only()) std::erase_if(changes, [](const PairChange& c) { return c.fate == PairFate::kStayed; });
  const Page page = CutPage(start, size, std::ssize(changes), hash);
  // What a pair gave way to says something of the others' texts.
  const bool veiled = ViewerOf(caller, *now_run.workspace).faces_sealed_texts();
  for (std::int64_t i = page.begin; i < page.end; ++i) {
    const PairChange& change = changes[static_cast<std::size_t>(i)];
    v1::MatchChange* item = response->add_changes();
    item->set_fate(static_cast<v1::MatchChange::Fate>(static_cast<int>(change.fate) + 1));
    item->set_need_external_id(change.need_key);
    item->set_offering_external_id(change.offering_key);
    const auto score = [](std::int64_t gain) { return static_cast<double>(gain) / static_cast<double>(kGainPerScore); };
    item->set_reason(std::string(ChangeReasonName(change.reason)));
    if (veiled) continue;
    if (change.arc_before >= 0) item->set_score_before(score(change.gain_before));
    if (change.arc_now >= 0) item->set_score_now(score(change.gain_now));
    item->set_sentence(PairChangeText(change, base.compared(), now.compared(), language.value_or(Language::kZh)));
  }
  response->set_next_page_token(page.next_token);
  return absl::OkStatus();
}

}  // namespace magpie
