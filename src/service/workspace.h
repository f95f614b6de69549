// One workspace as the server holds it: its store and catalogue, the snapshots that page tokens point to, and its
// scorer.
//
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "magpie/base/progress.h"
#include "magpie/catalogue/catalogue.h"
#include "magpie/engine/engine.h"
#include "magpie/service/audit.h"
#include "service/disclosure_book.h"
#include "service/disposal.h"
#include "service/feedback_book.h"
#include "service/probes.h"

namespace magpie {

// What a workspace ranks with.
struct ActiveRanker {
  std::optional<Ranker> ranker;  // nullopt = the one that ships with Magpie

  const std::string& IdOr(const std::string& shipped) const { return ranker ? ranker->id : shipped; }
};

// What the order of a ranked list rests on besides its snapshot: profile, ranker, encoder and day. Above 0.
std::int64_t OrderOf(const Scorer& scorer);

class Workspace {
 public:
  static absl::StatusOr<std::shared_ptr<Workspace>> Open(std::string name, const std::filesystem::path& file);

  const std::string& name() const { return name_; }
  Catalogue& catalogue() { return *catalogue_; }
  Store& store() { return catalogue_->store(); }
  FeedbackBook& feedback() { return *feedback_; }
  DisclosureBook& disclosures() { return *disclosures_; }
  AuditedStore& audit() { return *audit_; }
  Probes& probes() { return probes_; }

  // What outsiders may not see of a snapshot, in short. Worked out when first asked for: O(listings).
  struct Veil {
    bool sealed_texts = false;  // the text of some listing is not open
    bool unpassed = false;      // some listing takes no part (magpie/ingest/disclosure.h)
    // Parties that have listings, but none that tells everybody whose it is: the level of the most open one.
    absl::flat_hash_map<std::int32_t, Level> hidden_parties;
  };
  std::shared_ptr<const Veil> VeilOf(const std::shared_ptr<const Snapshot>& snapshot);

  // Held around every write to the catalogue or the store, together with the checks it rests on and the prediction
  // of its version (Sequence() + 1).
  std::mutex& write_mutex() { return write_mutex_; }

  // The newest snapshot; kept for a while, so that the following pages of a list find it again.
  std::shared_ptr<const Snapshot> KeepSnapshot();
  // kPageTokenInvalid where it is no longer held.
  absl::StatusOr<std::shared_ptr<const Snapshot>> KeptSnapshot(std::int64_t version);

  // Where it is told that a scorer was renewed, and how that one looks for candidates; set before the first ScorerFor().
  void LogRenewals(std::function<void(std::string_view)> log) { log_ = std::move(log); }

  // Questions and match runs that begin now rank with this one.
  std::shared_ptr<const ActiveRanker> active_ranker() const;
  void UseRanker(ActiveRanker ranker);

  // The scorer over a snapshot with that ranker and else the default options. It follows the one before where that pays
  // (Scorer::Build), and is renewed in the background where it wants to be. Built once however many callers wait for it; a
  // caller whose context is cancelled stops waiting. One that fell back to the built-in encoder is kept for some minutes only, so
  // that the text encoder is asked again. `trouble` says why that one cannot be used for this call (empty = it can): then
  // the scorer has ScorerOptions::built_in_text, and `trouble` is warned about when it is built. With `order` (OrderOf; 0 =
  // none) it is a scorer of that order if one can still be had.
  absl::StatusOr<std::shared_ptr<const Scorer>> ScorerFor(Engine& engine, std::shared_ptr<const Snapshot> snapshot,
                                                          const ActiveRanker& ranker, const RunContext& context,
                                                          std::string_view trouble = {}, std::int64_t order = 0);

  // What the match runs of this workspace go on from; empty at first. Two runs at once are no trouble: the one that ends last
  // is remembered.
  PlanMemory plan_memory() const;
  void RememberRuns(RunMemory needs, RunMemory offerings);
  void RememberPlan(std::shared_ptr<const Plan> plan);

  // Whether a scorer is being renewed in the background, or made ready for its first questions.
  bool renewing() const;

 private:
  Workspace(std::string name, std::shared_ptr<AuditedStore> audit, std::unique_ptr<Catalogue> catalogue,
            std::unique_ptr<FeedbackBook> feedback, std::unique_ptr<DisclosureBook> disclosures)
      : name_(std::move(name)),
        audit_(std::move(audit)),
        catalogue_(std::move(catalogue)),
        feedback_(std::move(feedback)),
        disclosures_(std::move(disclosures)),
        ranker_(std::make_shared<const ActiveRanker>()) {}

  struct KeptScorer {
    std::int64_t version = 0;
    Date today{};
    bool built_in_text = false;
    std::string ranker_id;
    std::chrono::steady_clock::time_point until;
    std::shared_ptr<const Scorer> scorer;
    std::int64_t order = 0;

    bool Answers(const KeptScorer& wanted) const {
      return version == wanted.version && today == wanted.today && built_in_text == wanted.built_in_text &&
             ranker_id == wanted.ranker_id;
    }
  };

  // Both with scorer_mutex_ held.
  void Keep(KeptScorer kept);
  void Renew(const KeptScorer& kept);  // if none is being renewed
  // On a thread of its own, as long as that is worth while.
  void RenewInSteps(KeptScorer kept, const RunContext& context);

  const std::string name_;
  const std::shared_ptr<AuditedStore> audit_;  // the catalogue's store
  const std::unique_ptr<Catalogue> catalogue_;
  const std::unique_ptr<FeedbackBook> feedback_;
  const std::unique_ptr<DisclosureBook> disclosures_;
  std::mutex write_mutex_;

  mutable std::mutex plan_mutex_;
  PlanMemory plan_memory_;

  mutable std::mutex ranker_mutex_;
  std::shared_ptr<const ActiveRanker> ranker_;

  Probes probes_;

  std::mutex veil_mutex_;
  std::int64_t veil_version_ = -1;
  std::shared_ptr<const Veil> veil_;

  std::mutex snapshot_mutex_;
  std::deque<std::shared_ptr<const Snapshot>> snapshots_;  // newest last

  mutable std::mutex scorer_mutex_;
  std::condition_variable_any scorer_ready_;
  bool scorer_building_ = false;
  Disposal dropped_;                       // scorers: the last one of a pool takes seconds to go
  std::deque<KeptScorer> scorers_;         // newest last
  std::shared_ptr<const Scorer> base_[2];  // what those to come follow, by built_in_text
  bool renewing_ = false;
  std::function<void(std::string_view)> log_;
  std::jthread renewal_;  // the last member: it ends before what it uses
};

// All workspaces of a data folder: each DIR/NAME.db, and `default`, which is made where it is missing.
class Workspaces {
 public:
  // `extra` are made likewise. kStoreBusy where another server has them open.
  static absl::StatusOr<std::unique_ptr<Workspaces>> Open(const std::filesystem::path& folder,
                                                          const std::vector<std::string>& extra);

  // kWorkspaceNotFound.
  absl::StatusOr<std::shared_ptr<Workspace>> Find(std::string_view name) const;
  const std::map<std::string, std::shared_ptr<Workspace>, std::less<>>& all() const { return workspaces_; }

 private:
  Workspaces() = default;

  std::map<std::string, std::shared_ptr<Workspace>, std::less<>> workspaces_;
};

}  // namespace magpie
