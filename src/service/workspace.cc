#include "service/workspace.h"

#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/ingest/disclosure.h"
#include "service/names.h"

namespace magpie {
namespace {

// How many snapshots page tokens may point to. One costs a pointer and an index entry a listing, its listings being
// shared with its neighbours: about 20 MB at 100,000 listings.
constexpr std::size_t kKeptSnapshots = 4;
// The newest, and the one before it for those who still turn its pages, or go back to the ranker before; and a renewed one
// that the next follows.
constexpr std::ptrdiff_t kKeptScorers = 3;
constexpr std::chrono::minutes kKeptFallBack(5);

}  // namespace

std::int64_t OrderOf(const Scorer& scorer) {
  const std::uint64_t day = static_cast<std::uint64_t>(scorer.today().time_since_epoch().count());
  return static_cast<std::int64_t>(StableHash(scorer.profile_id(), StableHash(scorer.encoder_id(), day)) >> 1 | 1);
}

absl::StatusOr<std::shared_ptr<Workspace>> Workspace::Open(std::string name, const std::filesystem::path& file) {
  MAGPIE_ASSIGN_OR_RETURN(std::unique_ptr<Store> store, OpenSqliteStore(file, {}));
  MAGPIE_ASSIGN_OR_RETURN(std::shared_ptr<AuditedStore> audit, AuditedStore::Over(std::move(store)));
  MAGPIE_ASSIGN_OR_RETURN(std::unique_ptr<Catalogue> catalogue, Catalogue::Open(audit));
  MAGPIE_ASSIGN_OR_RETURN(std::unique_ptr<FeedbackBook> feedback, FeedbackBook::Load(*audit));
  MAGPIE_ASSIGN_OR_RETURN(std::unique_ptr<DisclosureBook> disclosures, DisclosureBook::Load(*audit));
  return std::shared_ptr<Workspace>(new Workspace(std::move(name), std::move(audit), std::move(catalogue),
                                                  std::move(feedback), std::move(disclosures)));
}

std::shared_ptr<const Workspace::Veil> Workspace::VeilOf(const std::shared_ptr<const Snapshot>& snapshot) {
  const std::lock_guard lock(veil_mutex_);
  if (veil_version_ == snapshot->version()) return veil_;
  auto veil = std::make_shared<Veil>();
  absl::flat_hash_set<std::int32_t> named;  // some listing says openly whose it is
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    for (const auto& listing : snapshot->listings(side)) {
      veil->sealed_texts = veil->sealed_texts || TextLevel(listing->record) != Level::kOpen;
      veil->unpassed = veil->unpassed || !TakesPart(listing->record);
      const Level level = PartyLevel(listing->record);
      if (level == Level::kOpen) {
        named.insert(listing->party.value);
      } else if (listing->party.valid()) {
        const auto [entry, fresh] = veil->hidden_parties.emplace(listing->party.value, level);
        if (!fresh) entry->second = std::min(entry->second, level);
      }
    }
  }
  for (const std::int32_t party : named) veil->hidden_parties.erase(party);
  veil_version_ = snapshot->version();
  veil_ = veil;
  return veil_;
}

std::shared_ptr<const Snapshot> Workspace::KeepSnapshot() {
  std::shared_ptr<const Snapshot> snapshot = catalogue_->snapshot();
  const std::lock_guard lock(snapshot_mutex_);
  const bool kept = std::any_of(snapshots_.begin(), snapshots_.end(),
                                [&](const auto& other) { return other->version() == snapshot->version(); });
  if (!kept) snapshots_.push_back(snapshot);
  if (snapshots_.size() > kKeptSnapshots) snapshots_.pop_front();
  return snapshot;
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Workspace::KeptSnapshot(std::int64_t version) {
  std::shared_ptr<const Snapshot> newest = catalogue_->snapshot();
  if (newest->version() == version) return newest;
  const std::lock_guard lock(snapshot_mutex_);
  for (const auto& snapshot : snapshots_) {
    if (snapshot->version() == version) return snapshot;
  }
  return MakeError(Reason::kPageTokenInvalid, "page_token",
                   fmt::format("the catalogue has changed since version {}, which this token belongs to; start again "
                               "with an empty page_token",
                               version));
}

PlanMemory Workspace::plan_memory() const {
  const std::lock_guard lock(plan_mutex_);
  return plan_memory_;
}

void Workspace::RememberRuns(RunMemory needs, RunMemory offerings) {
  const std::lock_guard lock(plan_mutex_);
  plan_memory_.needs = std::move(needs);
  plan_memory_.offerings = std::move(offerings);
}

void Workspace::RememberPlan(std::shared_ptr<const Plan> plan) {
  const std::lock_guard lock(plan_mutex_);
  plan_memory_.plan = std::move(plan);
}

std::shared_ptr<const ActiveRanker> Workspace::active_ranker() const {
  const std::lock_guard lock(ranker_mutex_);
  return ranker_;
}

void Workspace::UseRanker(ActiveRanker ranker) {
  auto shared = std::make_shared<const ActiveRanker>(std::move(ranker));
  const std::lock_guard lock(ranker_mutex_);
  ranker_ = std::move(shared);
}

absl::StatusOr<std::shared_ptr<const Scorer>> Workspace::ScorerFor(Engine& engine,
                                                                   std::shared_ptr<const Snapshot> snapshot,
                                                                   const ActiveRanker& ranker,
                                                                   const RunContext& context, std::string_view trouble,
                                                                   std::int64_t order) {
  KeptScorer wanted;
  wanted.version = snapshot->version();
  wanted.today = Today();
  wanted.built_in_text = !trouble.empty();
  wanted.ranker_id = ranker.IdOr("");
  std::shared_ptr<const Scorer>& base = base_[wanted.built_in_text];
  std::unique_lock lock(scorer_mutex_);
  while (true) {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(scorers_, [&](KeptScorer& kept) {
      if (kept.until >= now) return false;
      if (base == kept.scorer) base = nullptr;
      dropped_.Take(std::move(kept.scorer));
      return true;
    });
    for (auto kept = scorers_.rbegin(); kept != scorers_.rend(); ++kept) {
      if (kept->Answers(wanted) && (order == 0 || kept->order == order)) return kept->scorer;
    }
    if (!scorer_building_) break;
    scorer_ready_.wait(lock, context.stop, [this] { return !scorer_building_; });
    if (context.cancelled()) return context.CheckCancelled();
  }
  scorer_building_ = true;
  std::shared_ptr<const Scorer> earlier = base;
  for (const KeptScorer& kept : scorers_) {
    if (order != 0 && kept.order == order) earlier = kept.scorer;
  }
  const std::shared_ptr<const Scorer> base_before = base;
  lock.unlock();
  ScorerOptions options;
  options.today = wanted.today;
  options.built_in_text = wanted.built_in_text;
  options.ranker = ranker.ranker;
  if (wanted.built_in_text) {
    context.Warn(fmt::format("{}; the built-in encoder answers questions until it does", trouble));
  }
  absl::StatusOr<std::shared_ptr<const Scorer>> scorer = engine.ScorerFor(snapshot, options, context, earlier.get());
  lock.lock();
  scorer_building_ = false;
  scorer_ready_.notify_all();
  if (!scorer.ok()) return scorer.status();
  using Clock = std::chrono::steady_clock;
  wanted.until =
      (*scorer)->fell_back() && !wanted.built_in_text ? Clock::now() + kKeptFallBack : Clock::time_point::max();
  wanted.scorer = *scorer;
  Keep(wanted);
  // What is made for an earlier page is followed by none, nor what a renewal has left behind meanwhile.
  if (earlier == base_before && base == base_before &&
      (base == nullptr || base->snapshot().version() <= wanted.version)) {
    base = *scorer;
    if (base->wants_renewal()) Renew(wanted);
  }
  return *std::move(scorer);
}

bool Workspace::renewing() const {
  const std::lock_guard lock(scorer_mutex_);
  return renewing_;
}

void Workspace::Keep(KeptScorer kept) {
  const bool built_in_text = kept.built_in_text;
  kept.order = OrderOf(*kept.scorer);
  scorers_.push_back(std::move(kept));
  const auto of_kind = [&](const KeptScorer& other) { return other.built_in_text == built_in_text; };
  if (std::count_if(scorers_.begin(), scorers_.end(), of_kind) > kKeptScorers) {
    const auto oldest = std::find_if(scorers_.begin(), scorers_.end(), of_kind);
    dropped_.Take(std::move(oldest->scorer));
    scorers_.erase(oldest);
  }
}

void Workspace::Renew(const KeptScorer& kept) {
  if (renewing_) return;
  renewing_ = true;
  renewal_ = std::jthread([this, kept](std::stop_token stop) {
    RunContext context;
    context.stop = std::move(stop);
    context.threads = 1;  // beside the questions
    RenewInSteps(kept, context);
    const std::lock_guard lock(scorer_mutex_);
    renewing_ = false;
  });
}

void Workspace::RenewInSteps(KeptScorer kept, const RunContext& context) {
  while (kept.scorer->wants_renewal()) {
    absl::StatusOr<std::shared_ptr<const Scorer>> renewed = kept.scorer->Renewed(context);
    if (!renewed.ok() || (*renewed)->fell_back()) return;  // the next change asks again
    kept.scorer = *std::move(renewed);
    // What was written meanwhile is read here, so that no question has to.
    for (auto newest = catalogue_->snapshot(); newest->version() != kept.version; newest = catalogue_->snapshot()) {
      renewed = kept.scorer->Followed(newest, context);
      if (!renewed.ok() || *renewed == nullptr) break;
      kept.scorer = *std::move(renewed);
      kept.version = newest->version();
    }
    if (log_) log_(fmt::format("workspace {}: scorer renewed; {}", name_, kept.scorer->search_report()));
    const std::lock_guard lock(scorer_mutex_);
    Keep(kept);
    base_[kept.built_in_text] = kept.scorer;
  }
}

absl::StatusOr<std::unique_ptr<Workspaces>> Workspaces::Open(const std::filesystem::path& folder,
                                                             const std::vector<std::string>& extra) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || !std::filesystem::is_directory(folder)) {
    return MakeError(Reason::kFileNotFound, "--data",
                     fmt::format("'{}' is not a folder and cannot be made one: {}", folder.string(),
                                 error ? error.message() : "something else has this name"));
  }
  std::unique_ptr<Workspaces> result(new Workspaces());
  std::vector<std::string> names = extra;
  names.push_back("default");
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".db") names.push_back(entry.path().stem().string());
  }
  if (error) return MakeError(Reason::kFileNotFound, "--data", folder.string() + ": " + error.message());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names) {
    if (!IsResourceId(name)) {
      return MakeError(Reason::kBadArgument, "--data",
                       fmt::format("'{}' cannot be a workspace's name: lower-case letters, digits and hyphens, first a "
                                   "letter, at most 63",
                                   name));
    }
    MAGPIE_ASSIGN_OR_RETURN(result->workspaces_[name], Workspace::Open(name, folder / (name + ".db")));
  }
  return result;
}

absl::StatusOr<std::shared_ptr<Workspace>> Workspaces::Find(std::string_view name) const {
  const auto found = workspaces_.find(name);
  if (found == workspaces_.end()) {
    return MakeError(Reason::kWorkspaceNotFound, "", fmt::format("there is no workspace '{}' on this server", name));
  }
  return found->second;
}

}  // namespace magpie
