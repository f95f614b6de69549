// Scorers over later snapshots: what stayed is shared, what came is read under the pool profile as it is.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/scoring/listing_changes.h"
#include "scoring/must_filter.h"
#include "scoring/pool_scorer.h"

namespace magpie {
namespace {

// Below this many listings a pool of its own is made in a moment, and its statistics are better.
constexpr std::int64_t kLeastFollowed = 10'000;
// Share of the pool that may change under one profile. Far beyond kWornProfile: while a new one is made, more may come.
constexpr double kMostFollowed = 0.25;
constexpr double kWornProfile = 0.05;  // from here on a new profile is worth making beside the work

// What the pool reads of a listing.
bool ReadsTheSame(const ListingRecord& a, const ListingRecord& b) {
  return a.title == b.title && a.description == b.description && a.keywords == b.keywords;
}

bool SameModels(const Models& a, const Models& b) {
  return a.analyzer == b.analyzer && a.encoder == b.encoder && a.text_encoder == b.text_encoder && a.graph == b.graph &&
         a.concepts == b.concepts;
}

std::vector<std::uint32_t> FacetsIn(const Snapshot& snapshot, const Listing& listing) {
  return IndexFacets(FactsOf(listing, snapshot));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const PoolScorer>> PoolScorer::Follow(std::shared_ptr<const Snapshot> snapshot,
                                                                     const Models& models, const ScorerOptions& options,
                                                                     const RunContext& context) const {
  // A pool whose text encoder was given up is not followed: the next one asks the encoder again.
  if (fell_back() || options.built_in_text != options_.built_in_text || !SameModels(models, pool_->models()) ||
      options.seed != options_.seed || options.candidates < 1) {
    return nullptr;
  }
  std::shared_ptr<PoolScorer> next(new PoolScorer(std::move(snapshot), models, options));
  next->pool_ = pool_;
  next->changes_ = changes_;
  next->prepared_ = prepared_;
  next->needs_ = needs_;
  next->offerings_ = offerings_;
  MAGPIE_ASSIGN_OR_RETURN(const bool taken, next->TakeChanges(*this, context));
  if (!taken) return nullptr;
  MAGPIE_RETURN_IF_ERROR(next->FindExcluded());
  next->Finish();
  return next;
}

absl::StatusOr<bool> PoolScorer::TakeChanges(const PoolScorer& before, const RunContext& context) {
  const auto all = std::int64_t{snapshot_->need_count()} + snapshot_->offering_count();
  const std::int64_t most =
      all < kLeastFollowed ? 0 : static_cast<std::int64_t>(kMostFollowed * static_cast<double>(all));
  struct Change {
    std::int64_t order;
    bool was_there;
    RowList<Listing>::Row now;  // null = gone
  };
  std::vector<Change> changes[2], refiled[2];  // refiled: the text stayed, what filters ask for did not
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    RowList<Listing>::ForEachChange(
        before.snapshot_->listings(side), snapshot_->listings(side),
        [&](std::int64_t order, const RowList<Listing>::Row& old_row, const RowList<Listing>::Row& new_row) {
          if (old_row != nullptr && new_row != nullptr && ReadsTheSame(old_row->record, new_row->record)) {
            if (FacetsIn(*before.snapshot_, *old_row) != FacetsIn(*snapshot_, *new_row)) {
              refiled[side == Side::kOffering].push_back({order, true, new_row});
            }
            return;
          }
          if (++changes_ <= most) changes[side == Side::kOffering].push_back({order, old_row != nullptr, new_row});
        });
  }
  if (const auto parties = ChangedParties(*before.snapshot_, *snapshot_); !parties.empty()) {
    for (const Side side : {Side::kNeed, Side::kOffering}) {
      const RowList<Listing>& old_rows = before.snapshot_->listings(side);
      std::size_t place = 0;
      for (const RowList<Listing>::Row& listing : snapshot_->listings(side)) {
        const std::int64_t order = snapshot_->listings(side).order(place++);
        if (!parties.contains(listing->party.value)) continue;
        const std::int64_t then = old_rows.Find(order);
        if (then < 0 || old_rows[static_cast<std::size_t>(then)] != listing) continue;  // seen above
        if (FacetsIn(*before.snapshot_, *listing) != FacetsIn(*snapshot_, *listing)) {
          refiled[side == Side::kOffering].push_back({order, true, listing});
        }
      }
    }
  }
  // With nothing new there is nothing to read, however much has changed before.
  if (changes_ > most && changes_ != before.changes_) return false;
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    const std::vector<Change>& of_side = changes[side == Side::kOffering];
    std::vector<const ListingRecord*> records;
    for (const Change& change : of_side) {
      if (change.now != nullptr) records.push_back(&change.now->record);
    }
    absl::StatusOr<std::vector<std::shared_ptr<const PooledText>>> read = pool_->ReadLater(side, records, context);
    if (!read.ok()) {
      // No pool is ever encoded by two encoders: with a pool of its own the built-in one takes over.
      if (ReasonOf(read.status()) == Reason::kUnavailable) return false;
      return read.status();
    }
    PooledSide& pooled = listings(side);
    std::vector<std::int64_t> gone;
    std::vector<IndexedListing> added;
    auto row = read->begin();
    for (const Change& change : of_side) {
      if (change.was_there) gone.push_back(change.order);
      if (change.now == nullptr) {
        pooled.rows.Erase(static_cast<std::size_t>(pooled.rows.Find(change.order)));
        continue;
      }
      added.push_back(
          {change.order, &(*row)->text.terms, (*row)->text.vector, *row, FacetsIn(*snapshot_, *change.now)});
      if (change.was_there) {
        pooled.rows.Replace(static_cast<std::size_t>(pooled.rows.Find(change.order)), std::move(*row));
      } else {
        pooled.rows.AppendAs(change.order, std::move(*row));
      }
      ++row;
    }
    for (const Change& change : refiled[side == Side::kOffering]) {
      const auto& same = pooled.rows[static_cast<std::size_t>(pooled.rows.Find(change.order))];
      gone.push_back(change.order);
      added.push_back({change.order, &same->text.terms, same->text.vector, same, FacetsIn(*snapshot_, *change.now)});
    }
    if (!gone.empty() || !added.empty()) pooled.index = pooled.index.Changed(gone, std::move(added));
  }
  return true;
}

absl::StatusOr<std::shared_ptr<const Scorer>> PoolScorer::Followed(std::shared_ptr<const Snapshot> snapshot,
                                                                   const RunContext& context) const {
  MAGPIE_ASSIGN_OR_RETURN(std::shared_ptr<const PoolScorer> next,
                          Follow(std::move(snapshot), pool_->models(), options_, context));
  return next;
}

bool PoolScorer::worn() const {
  return static_cast<double>(changes_) >
         kWornProfile * static_cast<double>(needs_.rows.size() + offerings_.rows.size());
}

bool PoolScorer::wants_renewal() const {
  const auto all = static_cast<std::int64_t>(needs_.rows.size() + offerings_.rows.size());
  return needs_.index.wants_compacting() || offerings_.index.wants_compacting() || worn() ||
         (!prepared_ && all >= kLeastFollowed);  // a smaller pool lasts until the next change only
}

absl::Status PoolScorer::Prepare(const RunContext& context) const {
  MAGPIE_RETURN_IF_ERROR(HearAll(context));
  return ProfileAll(context);
}

std::string PoolScorer::search_report() const {
  return fmt::format("needs: {}; offerings: {}", needs_.index.search_report(), offerings_.index.search_report());
}

absl::StatusOr<std::shared_ptr<const Scorer>> PoolScorer::Renewed(const RunContext& context) const {
  // Packing comes first: it takes moments, and until it is done every question looks through what came lately.
  const bool packs = needs_.index.wants_compacting() || offerings_.index.wants_compacting();
  std::shared_ptr<const PoolScorer> made;
  if (!packs && worn()) {
    MAGPIE_ASSIGN_OR_RETURN(made, Make(snapshot_, pool_->models(), options_, context));
  }
  const PoolScorer& from = made != nullptr ? *made : *this;
  std::shared_ptr<PoolScorer> next(new PoolScorer(snapshot_, from.pool_->models(), options_));
  next->pool_ = from.pool_;
  next->changes_ = from.changes_;
  next->prepared_ = from.prepared_;
  next->excluded_ = from.excluded_;
  next->profile_id_ = from.profile_id_;
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    next->listings(side) = from.listings(side);
    if (packs) {
      MAGPIE_ASSIGN_OR_RETURN(next->listings(side).index, from.listings(side).index.Compacted(context));
    }
  }
  if (packs) return next;
  MAGPIE_RETURN_IF_ERROR(next->Prepare(context));
  next->prepared_ = true;
  return next;
}

}  // namespace magpie
