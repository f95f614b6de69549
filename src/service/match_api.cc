#include "service/match_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/ingest/disclosure.h"
#include "magpie/service/convert.h"
#include "magpie/service/rpc_status.h"
#include "service/viewer.h"

namespace magpie {
namespace {

constexpr int kMaxPairs = 10'000;
constexpr std::size_t kMaxQuery = 20'000;  // code points, as long as a description may be

absl::Status ModelsMissing() {
  return MakeError(Reason::kModelMissing, "", "the server runs without models, so it cannot score");
}

// Later pages of a ranked list go on in the order of the first one, or not at all.
absl::Status CheckOrder(const Scorer& scorer, PageStart* start) {
  const std::int64_t order = OrderOf(scorer);
  if (start->order != 0 && start->order != order) {
    return MakeError(Reason::kPageTokenInvalid, "page_token",
                     "the scores that this list was in order by have been made anew since; start again with an empty "
                     "page_token");
  }
  start->order = order;
  return absl::OkStatus();
}

absl::Status KeptBack(std::string_view field, const std::string& name) {
  return MakeError(Reason::kNotAllowed, field,
                   fmt::format("what {} says is kept back; its own side has to open it first", name));
}

bool AllowsProbe(Workspace& workspace, const Caller& caller, const Listing& listing) {
  const std::string name = FormatName(workspace.name(), CollectionOf(listing.record.side), listing.resource_id);
  return workspace.probes().Allows(caller.name(), name, listing.version);
}

// Whether the caller may compare one more text with a sealed one: of the pair, those that it sees are counted.
absl::Status CheckProbe(Workspace& workspace, const Caller& caller, const Viewer& viewer, const ScoredPair& pair) {
  for (const Listing* listing : {&viewer.snapshot().need(pair.need), &viewer.snapshot().offering(pair.offering)}) {
    if (!viewer.SeesText(*listing) || AllowsProbe(workspace, caller, *listing)) continue;
    return WithRetryDelay(
        MakeError(Reason::kTooManyCalls, "",
                  "too many texts were compared with sealed ones since yesterday; try again tomorrow"),
        Probes::kWindow);
  }
  return absl::OkStatus();
}

// Both listings are there for the caller: not a draft of somebody else's, say.
absl::Status CheckFinds(const Viewer& viewer, std::pair<NeedIndex, OfferingIndex> pair, const std::string& need,
                        const std::string& offering, const std::string& prefix) {
  if (!viewer.Finds(viewer.snapshot().need(pair.first))) return ListingNotFound(Side::kNeed, prefix + "need", need);
  if (viewer.Finds(viewer.snapshot().offering(pair.second))) return absl::OkStatus();
  return ListingNotFound(Side::kOffering, prefix + "offering", offering);
}

// One page of the partners of a listing.
template <typename Request>
absl::Status Recommend(Backend& backend, const Caller& caller, Side side, const std::string& name,
                       std::string_view field, const Request& request, v1::RecommendResponse* response,
                       const RunContext& context) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend, name, CollectionOf(side), field));
  Workspace& workspace = *target.workspace;
  const auto ranker = workspace.active_ranker();
  MAGPIE_ASSIGN_OR_RETURN(SnapshotPage list,
                          StartPage(workspace, request, kDefaultResultSize, ranker->IdOr("") + caller.name()));
  const Snapshot& snapshot = *list.snapshot;
  Viewer viewer(caller, workspace, list.snapshot);
  const std::int32_t index = FindListing(snapshot, side, target.id);
  if (index < 0 || !viewer.Finds(ListingAt(snapshot, side, index))) return ListingNotFound(side, field, name);
  const Listing& asked = ListingAt(snapshot, side, index);
  if (!viewer.SeesText(asked)) return KeptBack(field, name);
  if (!backend.engine) return ModelsMissing();
  MAGPIE_ASSIGN_OR_RETURN(const auto scorer,
                          workspace.ScorerFor(*backend.engine, list.snapshot, *ranker, context, {}, list.start.order));
  MAGPIE_RETURN_IF_ERROR(CheckOrder(*scorer, &list.start));
  // One more than the page shows, to know whether another one follows.
  const std::int64_t until = list.start.offset + list.size + 1;
  const int top =
      static_cast<int>(viewer.faces_sealed_texts() ? kMaxResults : std::min<std::int64_t>(until, kMaxResults));
  std::vector<ScoredPair> pairs = scorer->Rank(side, index, top, false);
  viewer.OrderByWhatIsSeen(&pairs);
  if (viewer.faces_sealed_texts() && !AllowsProbe(workspace, caller, asked)) {
    const auto sealed = std::erase_if(pairs, [&](const ScoredPair& pair) { return !viewer.SeesTexts(pair); });
    response->set_sealed_left_out(sealed > 0);
  }
  const Page page = CutPage(list.start, list.size, static_cast<std::int64_t>(pairs.size()), list.hash);
  for (std::int64_t i = page.begin; i < page.end; ++i) {
    const ScoredPair& pair = pairs[static_cast<std::size_t>(i)];
    v1::Match& match = *response->add_matches();
    match = viewer.Show(pair, static_cast<int>(i) + 1);
    const Listing& other = side == Side::kNeed ? snapshot.offering(pair.offering) : snapshot.need(pair.need);
    *match.mutable_listing() = viewer.Show(other, request.view() == v1::VIEW_FULL ? v1::VIEW_FULL : v1::VIEW_BASIC);
  }
  response->set_next_page_token(page.next_token);
  *response->mutable_versions() = backend.VersionsOf(snapshot.version(), scorer.get());
  return viewer.Record();
}

// A run that an operation made, as the caller may see it.
void VeilOperation(Backend& backend, const Caller& caller, v1::Operation* operation) {
  v1::MatchRun run;
  if (caller.is_insider() || !operation->response().UnpackTo(&run)) return;
  const auto target = FindTarget(backend, operation->name(), Collection::kOperations, "name");
  if (!target.ok()) return;
  Viewer(caller, *target->workspace, target->workspace->catalogue().snapshot()).Veil(&run);
  operation->mutable_response()->PackFrom(run);
}

// Proto values as words of the engine.
template <typename Word, typename Values>
absl::StatusOr<std::vector<Word>> WordsOf(const Values& values, std::string_view field) {
  std::vector<Word> words;
  for (int i = 0; i < values.size(); ++i) {
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<Word> word,
                            WordFromProto<Word>(values.Get(i), fmt::format("{}[{}]", field, i)));
    if (word) words.push_back(*word);
  }
  return words;
}

absl::StatusOr<ListingFilter> FilterOf(const v1::ListingFilter& filter) {
  ListingFilter result;
  MAGPIE_ASSIGN_OR_RETURN(result.resources, WordsOf<ResourceKind>(filter.resources(), "filter.resources"));
  MAGPIE_ASSIGN_OR_RETURN(result.modes, WordsOf<CooperationMode>(filter.modes(), "filter.modes"));
  MAGPIE_ASSIGN_OR_RETURN(result.party_kinds, WordsOf<PartyKind>(filter.party_kinds(), "filter.party_kinds"));
  for (int i = 0; i < filter.region_codes_size(); ++i) {
    std::optional<Region> region = FindRegion(filter.region_codes(i));
    if (!region) {
      return MakeError(Reason::kFieldInvalid, fmt::format("filter.region_codes[{}]", i),
                       fmt::format("'{}' is not a code of GB/T 2260", ToPrintable(filter.region_codes(i))));
    }
    result.regions.push_back(*std::move(region));
  }
  if (filter.has_min_trl()) {
    if (filter.min_trl() < 1 || filter.min_trl() > 9) {
      return MakeError(Reason::kFieldInvalid, "filter.min_trl",
                       fmt::format("{} lies outside 1 to 9", filter.min_trl()));
    }
    result.min_trl = filter.min_trl();
  }
  result.field_prefixes.assign(filter.field_prefixes().begin(), filter.field_prefixes().end());
  return result;
}

}  // namespace

v1::Match PresentMatch(const Workspace& workspace, const Snapshot& snapshot, const ScoredPair& pair, int rank) {
  const Listing& need = snapshot.need(pair.need);
  const Listing& offering = snapshot.offering(pair.offering);
  v1::Match match;
  match.set_need(FormatName(workspace.name(), Collection::kNeeds, need.resource_id));
  match.set_offering(FormatName(workspace.name(), Collection::kOfferings, offering.resource_id));
  match.set_need_external_id(need.record.id);
  match.set_offering_external_id(offering.record.id);
  match.set_score(pair.score);
  match.set_grade(pair.grade);
  *match.mutable_components() = ComponentsToProto(pair);
  match.set_rejected(pair.rejected);
  match.set_rank(rank);
  return match;
}

absl::Status MatchApi::RecommendOfferings(const Caller& caller, const v1::RecommendOfferingsRequest& request,
                                          v1::RecommendResponse* response, const RunContext& context) {
  return Recommend(backend_, caller, Side::kNeed, request.need(), "need", request, response, context);
}

absl::Status MatchApi::RecommendNeeds(const Caller& caller, const v1::RecommendNeedsRequest& request,
                                      v1::RecommendResponse* response, const RunContext& context) {
  return Recommend(backend_, caller, Side::kOffering, request.offering(), "offering", request, response, context);
}

absl::Status MatchApi::SearchListings(const Caller& caller, const v1::SearchListingsRequest& request,
                                      v1::SearchListingsResponse* response, const RunContext& context) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<Side> asked, WordFromProto<Side>(request.side(), "side"));
  MAGPIE_ASSIGN_OR_RETURN(ListingFilter filter, FilterOf(request.filter()));
  const auto ranker = workspace->active_ranker();
  MAGPIE_ASSIGN_OR_RETURN(SnapshotPage list,
                          StartPage(*workspace, request, kDefaultResultSize, ranker->IdOr("") + caller.name()));
  const Side side = asked.value_or(Side::kOffering);
  ListingRecord query;
  query.side = side == Side::kOffering ? Side::kNeed : Side::kOffering;
  query.title = ToNfc(TrimSpace(request.query()));
  if (query.title.empty()) {
    return MakeError(Reason::kFieldMissing, "query", "query is empty; say in your own words what is sought");
  }
  if (CountCodePoints(query.title) > kMaxQuery) {
    return MakeError(Reason::kLimitExceeded, "query",
                     fmt::format("query has {} code points; at most {}", CountCodePoints(query.title), kMaxQuery));
  }
  if (!backend_.engine) return ModelsMissing();
  const Snapshot& snapshot = *list.snapshot;
  Viewer viewer(caller, *workspace, list.snapshot);
  // A free question could ask a sealed text word by word, so nobody outside finds one by asking.
  filter.open_text = viewer.faces_sealed_texts();
  MAGPIE_ASSIGN_OR_RETURN(
      auto scorer, workspace->ScorerFor(*backend_.engine, list.snapshot, *ranker, context, {}, list.start.order));
  absl::StatusOr<std::vector<ScoredPair>> ranked = scorer->RankListing(query, kMaxResults, filter);
  if (ReasonOf(ranked.status()) == Reason::kUnavailable) {
    // The question cannot be encoded as the listings were, so both are encoded by the built-in encoder.
    MAGPIE_ASSIGN_OR_RETURN(scorer, workspace->ScorerFor(*backend_.engine, list.snapshot, *ranker, context,
                                                         ErrorText(ranked.status()), list.start.order));
    ranked = scorer->RankListing(query, kMaxResults, filter);
  }
  if (!ranked.ok()) return ranked.status();
  MAGPIE_RETURN_IF_ERROR(CheckOrder(*scorer, &list.start));
  std::vector<ScoredPair> pairs = *std::move(ranked);
  const auto found = [&](const ScoredPair& pair) -> const Listing& {
    return side == Side::kNeed ? snapshot.need(pair.need) : snapshot.offering(pair.offering);
  };
  const Page page = CutPage(list.start, list.size, static_cast<std::int64_t>(pairs.size()), list.hash);
  for (std::int64_t i = page.begin; i < page.end; ++i) {
    const ScoredPair& pair = pairs[static_cast<std::size_t>(i)];
    v1::SearchResult& result = *response->add_results();
    *result.mutable_listing() =
        viewer.Show(found(pair), request.view() == v1::VIEW_FULL ? v1::VIEW_FULL : v1::VIEW_BASIC);
    result.set_score(pair.score);
    result.set_grade(pair.grade);
    *result.mutable_components() = ComponentsToProto(pair);
    result.set_rank(static_cast<int>(i) + 1);
  }
  response->set_next_page_token(page.next_token);
  *response->mutable_versions() = backend_.VersionsOf(snapshot.version(), scorer.get());
  return viewer.Record();
}

absl::Status MatchApi::ExplainMatch(const Caller& caller, const v1::ExplainMatchRequest& request,
                                    v1::ExplainMatchResponse* response, const RunContext& context) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.need(), Collection::kNeeds, "need"));
  Workspace& workspace = *target.workspace;
  const auto snapshot = workspace.catalogue().snapshot();
  MAGPIE_ASSIGN_OR_RETURN(const auto pair, FindPair(workspace, *snapshot, request.need(), request.offering(), ""));
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<Language> language,
                          WordFromProto<Language>(request.language(), "language"));
  if (!v1::Audience_IsValid(request.audience())) {
    return MakeError(Reason::kFieldInvalid, "audience",
                     fmt::format("{} is not a value of Audience", static_cast<int>(request.audience())));
  }
  const Audience audience = request.audience() == v1::AUDIENCE_UNSPECIFIED
                                ? Audience::kBroker
                                : static_cast<Audience>(static_cast<int>(request.audience()) - 1);
  if (!backend_.engine) return ModelsMissing();
  MAGPIE_ASSIGN_OR_RETURN(const auto scorer,
                          workspace.ScorerFor(*backend_.engine, snapshot, *workspace.active_ranker(), context));
  Viewer viewer(caller, workspace, snapshot);
  MAGPIE_RETURN_IF_ERROR(CheckFinds(viewer, pair, request.need(), request.offering(), ""));
  const ScoredPair score = scorer->Score(pair.first, pair.second);
  *response->mutable_versions() = backend_.VersionsOf(snapshot->version(), scorer.get());
  if (!viewer.SeesTexts(score)) {
    MAGPIE_RETURN_IF_ERROR(CheckProbe(workspace, caller, viewer, score));
    *response->mutable_match() = viewer.Show(score, 0);
    response->set_summary(language == Language::kEn ? "What is said of this pair is withheld: a text is kept back."
                                                    : "其中一方的内容按披露级别不予显示，只给出匹配等级。");
    return absl::OkStatus();
  }
  viewer.NoteText(snapshot->need(pair.first));
  viewer.NoteText(snapshot->offering(pair.second));
  ToProto(scorer->Explain(pair.first, pair.second, audience, language.value_or(Language::kZh)), response);
  *response->mutable_match() = viewer.Show(score, 0);
  return viewer.Record();
}

absl::Status MatchApi::DiagnoseNeed(const Caller& caller, const v1::DiagnoseNeedRequest& request,
                                    v1::DiagnoseNeedResponse* response, const RunContext& context) {
  MAGPIE_ASSIGN_OR_RETURN(const Target target, FindTarget(backend_, request.need(), Collection::kNeeds, "need"));
  Workspace& workspace = *target.workspace;
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<Language> asked, WordFromProto<Language>(request.language(), "language"));
  const auto snapshot = workspace.catalogue().snapshot();
  Viewer viewer(caller, workspace, snapshot);
  const NeedIndex need(FindListing(*snapshot, Side::kNeed, target.id));
  if (!need.valid() || !viewer.Finds(snapshot->need(need))) return ListingNotFound(Side::kNeed, "need", request.need());
  if (!viewer.SeesText(snapshot->need(need))) return KeptBack("need", request.need());
  viewer.NoteText(snapshot->need(need));
  if (!backend_.engine) return ModelsMissing();
  MAGPIE_ASSIGN_OR_RETURN(const auto scorer,
                          workspace.ScorerFor(*backend_.engine, snapshot, *workspace.active_ranker(), context));
  const Models& models = backend_.engine->models();
  const Language language = asked.value_or(Language::kZh);
  NeedDiagnosis diagnosis = magpie::DiagnoseNeed(snapshot->need(need).record, models, language);
  std::function<bool(const Listing&)> admits;
  if (viewer.faces_sealed_texts()) {
    admits = [&](const Listing& offering) { return TextLevel(offering.record) == Level::kOpen; };
  }
  AddCandidateGroups(*scorer, need, models, language, &diagnosis, admits);
  ToProto(diagnosis, response);
  response->set_need(FormatName(workspace.name(), Collection::kNeeds, snapshot->need(need).resource_id));
  for (v1::NeedFinding& finding : *response->mutable_findings()) {
    for (v1::CandidateGroup& group : *finding.mutable_groups()) {
      for (const std::string& id : group.offering_external_ids()) {
        const Listing& offering = snapshot->offering(snapshot->FindOffering(id));
        group.add_offerings(FormatName(workspace.name(), Collection::kOfferings, offering.resource_id));
        viewer.NoteText(offering);
      }
    }
  }
  *response->mutable_versions() = backend_.VersionsOf(snapshot->version(), scorer.get());
  return viewer.Record();
}

absl::Status MatchApi::ScorePairs(const Caller& caller, const v1::ScorePairsRequest& request,
                                  v1::ScorePairsResponse* response, const RunContext& context) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  if (request.pairs().empty() || request.pairs_size() > kMaxPairs) {
    return MakeError(Reason::kBadArgument, "pairs",
                     fmt::format("{} pairs; send 1 to {}", request.pairs_size(), kMaxPairs));
  }
  const auto snapshot = workspace->catalogue().snapshot();
  const Viewer viewer(caller, *workspace, snapshot);
  std::vector<std::pair<NeedIndex, OfferingIndex>> pairs;
  for (int i = 0; i < request.pairs_size(); ++i) {
    const v1::Pair& item = request.pairs(i);
    MAGPIE_ASSIGN_OR_RETURN(
        const auto pair, FindPair(*workspace, *snapshot, item.need(), item.offering(), fmt::format("pairs[{}].", i)));
    MAGPIE_RETURN_IF_ERROR(CheckFinds(viewer, pair, item.need(), item.offering(), fmt::format("pairs[{}].", i)));
    pairs.push_back(pair);
  }
  if (!backend_.engine) return ModelsMissing();
  MAGPIE_ASSIGN_OR_RETURN(const auto scorer,
                          workspace->ScorerFor(*backend_.engine, snapshot, *workspace->active_ranker(), context));
  for (const auto& [need, offering] : pairs) {
    MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
    const ScoredPair score = scorer->Score(need, offering);
    if (!viewer.SeesTexts(score)) MAGPIE_RETURN_IF_ERROR(CheckProbe(*workspace, caller, viewer, score));
    *response->add_matches() = viewer.Show(score, 0);
  }
  *response->mutable_versions() = backend_.VersionsOf(snapshot->version(), scorer.get());
  return absl::OkStatus();
}

absl::Status MatchApi::GetOperation(const Caller& caller, const v1::GetOperationRequest& request,
                                    v1::Operation* response) {
  MAGPIE_RETURN_IF_ERROR(FindTarget(backend_, request.name(), Collection::kOperations, "name").status());
  MAGPIE_ASSIGN_OR_RETURN(*response, operations_.Get(request.name()));
  VeilOperation(backend_, caller, response);
  return absl::OkStatus();
}

absl::Status MatchApi::ListOperations(const Caller& caller, const v1::ListOperationsRequest& request,
                                      v1::ListOperationsResponse* response) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.name(), "name"));
  MAGPIE_RETURN_IF_ERROR(operations_.List(request, workspace->name(), response));
  for (v1::Operation& operation : *response->mutable_operations()) VeilOperation(backend_, caller, &operation);
  return absl::OkStatus();
}

absl::Status MatchApi::CancelOperation(const v1::CancelOperationRequest& request) {
  MAGPIE_RETURN_IF_ERROR(FindTarget(backend_, request.name(), Collection::kOperations, "name").status());
  return operations_.Cancel(request.name());
}

absl::Status MatchApi::DeleteOperation(const v1::DeleteOperationRequest& request) {
  MAGPIE_RETURN_IF_ERROR(FindTarget(backend_, request.name(), Collection::kOperations, "name").status());
  return operations_.Delete(request.name());
}

absl::Status MatchApi::WaitOperation(const v1::WaitOperationRequest& request, std::function<void()> ready) {
  constexpr std::int64_t kDefaultSeconds = 30, kMaxSeconds = 600;
  MAGPIE_RETURN_IF_ERROR(FindTarget(backend_, request.name(), Collection::kOperations, "name").status());
  std::chrono::milliseconds timeout = std::chrono::seconds(kDefaultSeconds);
  if (request.has_timeout()) {
    const std::int64_t seconds = std::min(request.timeout().seconds(), kMaxSeconds);
    if (seconds < 0 || request.timeout().nanos() < 0) {
      return MakeError(Reason::kBadArgument, "timeout",
                       fmt::format("timeout is {} s; use 0 or more, at most {}", seconds, kMaxSeconds));
    }
    timeout = std::chrono::seconds(seconds) + std::chrono::milliseconds(request.timeout().nanos() / 1'000'000);
  }
  operations_.Wait(request.name(), timeout, std::move(ready));
  return absl::OkStatus();
}

}  // namespace magpie
