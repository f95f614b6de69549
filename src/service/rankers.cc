// LearningApi: rankers are learned as operations, kept in the store, and one of them ranks.
#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/learn/feedback.h"
#include "magpie/learn/learn.h"
#include "magpie/service/rpc_status.h"
#include "service/learning_api.h"

namespace magpie {

// What a LearnRanker works on: all of it is fixed when it is asked for.
struct LearningTask {
  std::shared_ptr<const Snapshot> snapshot;
  Lessons lessons;
  LearnOptions options;
  v1::Ranker ranker;  // as far as it is known before
  bool activate = false;
  bool force = false;
};

namespace {

using google::protobuf::util::TimeUtil;

constexpr std::string_view kRankerTable = "ranker";
constexpr std::string_view kChoiceTable = "ranker_choice";
constexpr std::string_view kChoiceRow = "active";
constexpr std::string_view kBuiltIn = "built-in";
constexpr std::size_t kMaxTitle = 200;  // code points
constexpr int kMaxGradedPairs = 10'000;
constexpr double kMaxShrinkage = 1e6;

absl::Status RankerNotFound(std::string_view name) {
  return MakeError(Reason::kRankerNotFound, "name", fmt::format("there is no {}", name));
}

RowChange ChoiceRow(const std::string& name, bool force) {
  v1::ActivateRankerRequest choice;
  choice.set_name(name);
  choice.set_force(force);
  return {std::string(kChoiceTable), std::string(kChoiceRow), ToJson(choice), std::nullopt};
}

v1::RankingQuality ToProto(const LearnQuality& quality) {
  v1::RankingQuality out;
  out.set_ndcg10(quality.ndcg10);
  out.set_hit1(quality.hit1);
  out.set_decoy3(quality.decoy3);
  out.set_grade_agreement(quality.agreement());
  return out;
}

// How much worse it did where it may not be activated; "" where it did no worse.
std::string WhyNot(const v1::Ranker& ranker) {
  if (!ranker.worse()) return "";
  return fmt::format(
      "on needs not learned from it did worse than the built-in ranker: nDCG@10 {:.3f}, was {:.3f}; agreement of "
      "grades "
      "{:.3f}, was {:.3f}. Activate it with force if you want it all the same",
      ranker.quality_after().ndcg10(), ranker.quality_before().ndcg10(), ranker.quality_after().grade_agreement(),
      ranker.quality_before().grade_agreement());
}

void AddWeights(const Ranker& before, const Ranker& after, v1::Ranker* ranker) {
  for (int f = 0; f < kFeatureCount; ++f) {
    v1::FeatureWeight& weight = *ranker->add_weights();
    weight.set_feature(std::string(FeatureName(static_cast<Feature>(f))));
    weight.set_weight_before(before.weights[static_cast<std::size_t>(f)]);
    weight.set_weight(after.weights[static_cast<std::size_t>(f)]);
  }
}

absl::StatusOr<std::vector<PairGrade>> ReadGradedPairs(const Workspace& workspace, const Snapshot& snapshot,
                                                       const v1::LearnRankerRequest& request) {
  if (request.graded_pairs_size() > kMaxGradedPairs) {
    return MakeError(Reason::kBadArgument, "graded_pairs",
                     fmt::format("{} pairs; send at most {}", request.graded_pairs_size(), kMaxGradedPairs));
  }
  std::vector<PairGrade> grades;
  for (int i = 0; i < request.graded_pairs_size(); ++i) {
    const v1::GradedPair& item = request.graded_pairs(i);
    const std::string prefix = fmt::format("graded_pairs[{}].", i);
    MAGPIE_ASSIGN_OR_RETURN(const auto pair, FindPair(workspace, snapshot, item.need(), item.offering(), prefix));
    if (item.grade() < 0 || item.grade() > 3) {
      return MakeError(Reason::kFieldInvalid, prefix + "grade", fmt::format("{} lies outside 0 to 3", item.grade()));
    }
    grades.push_back({snapshot.need(pair.first).record.id, snapshot.offering(pair.second).record.id, item.grade()});
  }
  return grades;
}

absl::Status CheckEnough(const Lessons& lessons, const v1::LearningCounts& counts, const LearnOptions& options) {
  if (lessons.needs >= options.least_needs && lessons.pairs >= options.least_pairs) return absl::OkStatus();
  return MakeError(
      Reason::kTooLittleFeedback, "",
      fmt::format(
          "there are {} judged pairs of {} needs, too few to learn from; wanted are {} pairs of {} needs. Of {} "
          "pieces of feedback {} judge no texts (declined for the price and the like) and {} are on listings that "
          "are gone",
          lessons.pairs, lessons.needs, options.least_pairs, options.least_needs, counts.feedback_count(),
          lessons.without_judgement, lessons.without_listing));
}

}  // namespace

absl::StatusOr<v1::Ranker> LearningApi::ReadRanker(Workspace& workspace, const std::string& id) const {
  v1::Ranker ranker;
  if (id == kBuiltIn) {
    if (!backend_.engine) return MakeError(Reason::kModelMissing, "name", "the server runs without models");
    ranker = BuiltInRanker(workspace);
  } else {
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<StoredRow> row, workspace.store().Read(kRankerTable, id));
    if (!row) return RankerNotFound(FormatName(workspace.name(), Collection::kRankers, id));
    MAGPIE_RETURN_IF_ERROR(FromJson(row->body, &ranker));
  }
  ranker.set_active(workspace.active_ranker()->IdOr(std::string(kBuiltIn)) == id);
  return ranker;
}

v1::Ranker LearningApi::BuiltInRanker(const Workspace& workspace) const {
  const Ranker& shipped = backend_.engine->models().ranker;
  v1::Ranker ranker;
  ranker.set_name(FormatName(workspace.name(), Collection::kRankers, kBuiltIn));
  ranker.set_ranker_id(shipped.id);
  AddWeights(shipped, shipped, &ranker);
  ranker.set_model_json(shipped.ToJson());
  return ranker;
}

absl::Status LearningApi::LoadRanker(Workspace& workspace) {
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<StoredRow> row, workspace.store().Read(kChoiceTable, kChoiceRow));
  if (!row) return absl::OkStatus();
  v1::ActivateRankerRequest choice;
  MAGPIE_RETURN_IF_ERROR(FromJson(row->body, &choice));
  const std::string id = IdOfName(choice.name());
  if (id == kBuiltIn) return absl::OkStatus();
  const absl::StatusOr<v1::Ranker> stored = ReadRanker(workspace, id);
  if (ReasonOf(stored.status()) == Reason::kStoreCorrupt) return stored.status();
  absl::StatusOr<Ranker> ranker =
      stored.ok() ? Ranker::Parse(stored->model_json(), choice.name()) : absl::StatusOr<Ranker>(stored.status());
  const auto warn = [&](const std::string& message) {
    if (backend_.warning) backend_.warning(fmt::format("workspace {}: {}", workspace.name(), message));
  };
  if (!ranker.ok()) {
    warn(fmt::format("its ranker cannot be used by this release, so the built-in one ranks; learn anew: {}",
                     ErrorText(ranker.status())));
    return absl::OkStatus();
  }
  if (backend_.engine && stored->prior_id() != backend_.engine->models().ranker.id) {
    warn(fmt::format("its ranker {} was learned from {}, and this release ships {}; learn anew", id, stored->prior_id(),
                     backend_.engine->models().ranker.id));
  }
  workspace.UseRanker({*std::move(ranker)});
  return absl::OkStatus();
}

absl::StatusOr<std::string> LearningApi::NewRankerId(Workspace& workspace, const std::string& asked) const {
  if (!asked.empty()) {
    MAGPIE_RETURN_IF_ERROR(CheckNewId(asked, "ranker_id"));
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<StoredRow> taken, workspace.store().Read(kRankerTable, asked));
    if (taken || asked == kBuiltIn || asked == backend_.engine->models().ranker.id) {
      return MakeError(Reason::kAlreadyExists, "ranker_id",
                       fmt::format("the ranker '{}' is there already; choose another id, or leave it empty", asked));
    }
    return asked;
  }
  for (int number = 1;; ++number) {
    std::string id = fmt::format("learned-{}", number);
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<StoredRow> taken, workspace.store().Read(kRankerTable, id));
    if (!taken) return id;
  }
}

Operations::Outcome LearningApi::Learn(Workspace& workspace, const LearningTask& task,
                                       const RunContext& context) const {
  Operations::Outcome outcome;
  RunContext warned = context;
  warned.warning = backend_.warning;
  ScorerOptions scorer_options;
  scorer_options.today = Today();
  const auto scorer = backend_.engine->ScorerFor(task.snapshot, scorer_options, warned);
  if (!scorer.ok()) {
    outcome.status = scorer.status();
    return outcome;
  }
  // Always from the shipped ranker, never from one learned before: learning again from the same feedback moves nothing.
  const Ranker& prior = backend_.engine->models().ranker;
  absl::StatusOr<LearnReport> report = magpie::Learn(**scorer, task.lessons.judgements, prior, task.options, warned);
  if (!report.ok()) {
    outcome.status = report.status();
    return outcome;
  }
  report->ranker.id = task.ranker.ranker_id();
  v1::Ranker ranker = task.ranker;
  ranker.set_prior_id(prior.id);
  *ranker.mutable_quality_before() = ToProto(report->before);
  *ranker.mutable_quality_after() = ToProto(report->after);
  ranker.set_worse(report->after.ndcg10 < report->before.ndcg10 ||
                   report->after.agreement() < report->before.agreement());
  AddWeights(prior, report->ranker, &ranker);
  *ranker.mutable_versions() = backend_.VersionsOf(task.snapshot->version(), scorer->get());
  *ranker.mutable_create_time() = TimeUtil::NanosecondsToTimestamp(NowNanoseconds());
  ranker.set_model_json(report->ranker.ToJson());
  const bool activate = task.activate && (!ranker.worse() || task.force);
  if (task.activate && !activate) ranker.set_not_activated_reason(WhyNot(ranker));
  outcome.rows.push_back({std::string(kRankerTable), ranker.ranker_id(), ToJson(ranker), 0});
  if (activate) {
    outcome.rows.push_back(ChoiceRow(ranker.name(), task.force));
    outcome.written = [&workspace, learned = report->ranker] { workspace.UseRanker({learned}); };
    ranker.set_active(true);
  }
  outcome.response.PackFrom(ranker);
  return outcome;
}

absl::Status LearningApi::LearnRanker(const v1::LearnRankerRequest& request, v1::Operation* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  LearningTask task;
  task.activate = request.activate();
  task.force = request.force();
  task.options.judged_only = request.judged_only();
  if (request.has_shrinkage()) {
    task.options.shrinkage = request.shrinkage();
    if (!(task.options.shrinkage > 0 && task.options.shrinkage <= kMaxShrinkage)) {
      return MakeError(Reason::kFieldInvalid, "shrinkage",
                       fmt::format("{} is not above 0 and at most {}", request.shrinkage(), kMaxShrinkage));
    }
  }
  if (task.force && !task.activate) {
    return MakeError(Reason::kBadArgument, "force", "goes with activate; set both or neither");
  }
  v1::Ranker& ranker = task.ranker;
  ranker.set_display_name(ToNfc(request.display_name()));
  if (CountCodePoints(ranker.display_name()) > kMaxTitle) {
    return MakeError(Reason::kFieldInvalid, "display_name",
                     fmt::format("{} code points; at most {}", CountCodePoints(ranker.display_name()), kMaxTitle));
  }
  if (!backend_.engine) {
    return MakeError(Reason::kModelMissing, "", "the server runs without models, so it cannot learn");
  }

  // Everything the work rests on, as it is now.
  const auto read_lessons = [&]() -> absl::Status {
    task.snapshot = workspace->catalogue().snapshot();
    MAGPIE_ASSIGN_OR_RETURN(const std::vector<PairGrade> grades, ReadGradedPairs(*workspace, *task.snapshot, request));
    const std::vector<PairFeedback> feedback = workspace->feedback().All();
    task.lessons = LessonsFrom(*task.snapshot, feedback, grades, {});
    v1::LearningCounts& counts = *ranker.mutable_counts();
    counts.set_need_count(task.lessons.needs);
    counts.set_pair_count(task.lessons.pairs);
    counts.set_feedback_count(static_cast<std::int32_t>(feedback.size()));
    counts.set_graded_pair_count(request.graded_pairs_size());
    counts.set_without_judgement_count(task.lessons.without_judgement);
    counts.set_without_listing_count(task.lessons.without_listing);
    counts.set_left_out_count(task.lessons.beyond_limits);
    return CheckEnough(task.lessons, counts, task.options);
  };
  if (request.validate_only()) {
    MAGPIE_RETURN_IF_ERROR(read_lessons());
    response->set_done(true);
    response->mutable_response()->PackFrom(ranker);
    return absl::OkStatus();
  }

  const auto start = [&](std::int64_t, RequestRecord* record) -> absl::Status {
    const std::lock_guard lock(mutex_);
    const absl::StatusOr<v1::Operation> last = operations_.Get(learning_[workspace->name()]);
    if (last.ok() && !last->done()) {
      return MakeError(Reason::kWrongState, "parent",
                       fmt::format("{} is learning already; wait for it, or cancel it", last->name()));
    }
    MAGPIE_RETURN_IF_ERROR(read_lessons());
    MAGPIE_ASSIGN_OR_RETURN(const std::string id, NewRankerId(*workspace, request.ranker_id()));
    const std::string operation = FormatName(workspace->name(), Collection::kOperations, MakeId("op-"));
    ranker.set_name(FormatName(workspace->name(), Collection::kRankers, id));
    ranker.set_ranker_id(id);
    ranker.set_operation(operation);
    v1::LearnRankerMetadata metadata;
    metadata.set_ranker(ranker.name());
    metadata.set_stage("waiting");
    metadata.set_catalogue_version(task.snapshot->version());
    *metadata.mutable_create_time() = TimeUtil::NanosecondsToTimestamp(NowNanoseconds());
    if (!record->request_id.empty()) {
      v1::Operation answer;
      answer.set_name(operation);
      answer.mutable_metadata()->PackFrom(metadata);
      record->response = ToJson(answer);
    }
    Operations::Work work;
    work.rows_of_failure = [](const absl::Status&) { return std::vector<RowChange>(); };
    work.run = [this, workspace, task = std::move(task)](const RunContext& context) {
      return Learn(*workspace, task, context);
    };
    MAGPIE_ASSIGN_OR_RETURN(*response, operations_.Start(workspace, operation, metadata, {}, *record, std::move(work)));
    learning_[workspace->name()] = operation;
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(WriteOnce(*workspace, request, request.request_id(), response, start));
  // The recorded answer is the operation as it was at first; a repeated call gets its newest state.
  const absl::StatusOr<v1::Operation> newest = operations_.Get(response->name());
  if (newest.ok()) *response = *newest;
  return absl::OkStatus();
}

absl::Status LearningApi::GetRanker(const v1::GetRankerRequest& request, v1::Ranker* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), Collection::kRankers, "name"));
  MAGPIE_ASSIGN_OR_RETURN(*response, ReadRanker(*target.workspace, target.id));
  return absl::OkStatus();
}

absl::Status LearningApi::ListRankers(const v1::ListRankersRequest& request, v1::ListRankersResponse* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size(), kDefaultPageSize));
  const std::uint64_t hash = HashForPages(request);
  PageStart start;
  // As of the moment when the list was begun: the token keeps it.
  start.version = NowNanoseconds();
  if (!request.page_token().empty()) {
    MAGPIE_ASSIGN_OR_RETURN(start, ParsePageToken(request.page_token(), hash));
  }
  std::vector<std::pair<std::int64_t, std::string>> rankers;  // time and id, the built-in one older than all
  const auto read = [&](StoredRow&& row) -> absl::Status {
    v1::Ranker ranker;
    MAGPIE_RETURN_IF_ERROR(FromJson(row.body, &ranker));
    const std::int64_t created = TimeUtil::TimestampToNanoseconds(ranker.create_time());
    if (created <= start.version) rankers.emplace_back(created, row.id);
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(workspace->store().Scan(kRankerTable, read));
  rankers.emplace_back(0, kBuiltIn);
  std::sort(rankers.rbegin(), rankers.rend());
  const Page page = CutPage(start, size, std::ssize(rankers), hash);
  for (std::int64_t i = page.begin; i < page.end; ++i) {
    MAGPIE_ASSIGN_OR_RETURN(*response->add_rankers(),
                            ReadRanker(*workspace, rankers[static_cast<std::size_t>(i)].second));
  }
  response->set_next_page_token(page.next_token);
  return absl::OkStatus();
}

absl::Status LearningApi::ActivateRanker(const v1::ActivateRankerRequest& request, v1::Ranker* response) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.name(), Collection::kRankers, "name"));
  Workspace& workspace = *target.workspace;
  const std::lock_guard lock(workspace.write_mutex());
  MAGPIE_ASSIGN_OR_RETURN(*response, ReadRanker(workspace, target.id));
  if (response->worse() && !request.force()) return MakeError(Reason::kWrongState, "name", WhyNot(*response));
  ActiveRanker active;
  if (target.id != kBuiltIn) {
    absl::StatusOr<Ranker> ranker = Ranker::Parse(response->model_json(), request.name());
    if (!ranker.ok()) {
      return MakeError(Reason::kWrongState, "name",
                       fmt::format("it was learned by another release and cannot be used any more; learn anew: {}",
                                   ErrorText(ranker.status())));
    }
    active.ranker = *std::move(ranker);
  }
  MAGPIE_RETURN_IF_ERROR(workspace.store().Write({ChoiceRow(request.name(), request.force())}).status());
  workspace.UseRanker(std::move(active));
  response->set_active(true);
  return absl::OkStatus();
}

}  // namespace magpie
