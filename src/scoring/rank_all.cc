// Every listing of one side as a query: candidates, their scores, the best. A run goes on from what an earlier one over the
// same pool found, where there is one (run_state.h); a run without is the same work with nothing known.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/scoring/listing_changes.h"
#include "scoring/must_filter.h"
#include "scoring/pool_scorer.h"
#include "scoring/progress_counter.h"
#include "scoring/run_state.h"

namespace magpie {
namespace {

// Listings whose candidates are held at once. Candidates of offerings are turned round, since a need is cheapest scored
// against many offerings; the more at once, the more of them share a need.
constexpr std::int64_t kNeedsAtOnce = 4096, kOfferingsAtOnce = 16'384;
constexpr std::int64_t kAllAtOnce = 256;  // where everything is a candidate
constexpr std::int64_t kPerBlock = 2, kMergedPerBlock = 64;
constexpr std::size_t kSpare = 8;  // best pairs that are kept beside those that were asked for
constexpr std::size_t kLeastCame = 8;
constexpr std::int64_t kMostCame = 4;  // going on pays while at most one in so many partners came

}  // namespace

class PoolScorer::RankRun {
 public:
  RankRun(const PoolScorer& scorer, Side side, int top, bool all, const RunContext& context, RunMemory* memory)
      : scorer_(scorer),
        side_(side),
        other_(OtherSide(side)),
        top_(static_cast<std::size_t>(std::max(top, 0))),
        kept_(memory == nullptr || all ? top_ : top_ + kSpare + top_ / 8),
        limit_(static_cast<std::size_t>(scorer.options_.candidates)),
        all_(all),
        context_(context),
        before_(memory == nullptr || all ? nullptr : *memory),
        remembers_(memory != nullptr && !all),
        count_(static_cast<std::int64_t>(listings(side).size())),
        found_(context, "find", count_),
        scored_(context, "score", count_),
        ranked_(static_cast<std::size_t>(count_)) {
    if (remembers_) state_.of.resize(ranked_.size());
  }

  absl::StatusOr<std::vector<std::vector<ScoredPair>>> Run(RunMemory* memory) {
    MAGPIE_RETURN_IF_ERROR(FindChanges());
    std::vector<std::int32_t> followed, anew;
    for (std::int32_t place = 0; place < count_; ++place) {
      const bool known = before_ != nullptr && before_place_[static_cast<std::size_t>(place)] >= 0;
      (known ? followed : anew).push_back(place);
    }
    const auto in_blocks = [&](const std::vector<std::int32_t>& places, const auto& block) {
      const std::int64_t at_once = all_ ? kAllAtOnce : side_ == Side::kNeed ? kNeedsAtOnce : kOfferingsAtOnce;
      absl::Status status;
      for (std::int64_t first = 0; first < std::ssize(places) && status.ok(); first += at_once) {
        const auto size = static_cast<std::size_t>(std::min(at_once, std::ssize(places) - first));
        status = block(std::span(places).subspan(static_cast<std::size_t>(first), size));
      }
      return status;
    };
    MAGPIE_RETURN_IF_ERROR(
        in_blocks(followed, [&](std::span<const std::int32_t> block) { return GoOn(block, &anew); }));
    std::sort(anew.begin(), anew.end());
    MAGPIE_RETURN_IF_ERROR(in_blocks(anew, [&](std::span<const std::int32_t> block) { return Begin(block); }));
    if (remembers_) Remember(memory);
    return std::move(ranked_);
  }

 private:
  // One listing of the block at work.
  struct Work {
    std::int32_t place = 0;
    std::vector<std::int32_t> unscored;  // candidates, by place
    std::vector<ScoredPair> scored;      // in their order
    std::vector<KnownPair> known;        // of earlier runs, among the candidates still; best first
    bool known_whole = true;             // nothing better than its last is missing there
    KnownPair known_end;                 // where not: what is worse than this is not known
    std::vector<std::uint32_t> candidates;
  };

  const RowList<Listing>& listings(Side side) const { return scorer_.snapshot_->listings(side); }
  std::uint32_t NumberOf(Side side, std::int32_t place) const {
    return static_cast<std::uint32_t>(listings(side).order(static_cast<std::size_t>(place)));
  }
  std::int32_t PlaceOf(Side side, std::uint32_t number) const {
    return static_cast<std::int32_t>(listings(side).Find(number));
  }

  // What a score depends on beside the pair, the pool and the date.
  std::uint64_t ScoreHash() const {
    std::uint64_t hash = StableHash(scorer_.ranker_.ToJson(), scorer_.options_.must.bits());
    for (const auto& [need, offering] : scorer_.options_.excluded) {
      hash = StableHash(fmt::format("{}\t{}", need, offering), hash);
    }
    return hash;
  }

  // Finds out what of the earlier run still holds; drops it where that is too little.
  absl::Status FindChanges() {
    if (before_ == nullptr) return absl::OkStatus();
    if (before_->side != side_ || before_->pool != scorer_.pool_ || before_->limit != limit_) {
      before_ = nullptr;
      return absl::OkStatus();
    }
    scores_hold_ = before_->score_hash == ScoreHash();
    const auto changed = [&](Side side) {
      return ChangedListings(side, *before_->snapshot, before_->today, *scorer_.snapshot_, scorer_.options_.today);
    };
    gone_ = changed(other_);
    std::vector<IndexedListing> came;
    for (const std::uint32_t number : gone_) {
      const std::int32_t place = PlaceOf(other_, number);
      if (place < 0) continue;
      const auto& row = scorer_.listings(other_).rows[static_cast<std::size_t>(place)];
      came.push_back({number, &row->text.terms, row->text.vector, row,
                      IndexFacets(FactsOf(*listings(other_)[static_cast<std::size_t>(place)], *scorer_.snapshot_))});
    }
    if (kMostCame * std::ssize(came) > std::ssize(listings(other_))) {
      before_ = nullptr;
      return absl::OkStatus();
    }
    std::sort(came.begin(), came.end(),
              [](const IndexedListing& a, const IndexedListing& b) { return a.number < b.number; });
    MAGPIE_ASSIGN_OR_RETURN(came_, scorer_.listings(other_).index.Beside(std::move(came), context_));
    before_place_.assign(static_cast<std::size_t>(count_), -1);
    const absl::flat_hash_set<std::uint32_t> changed_here = changed(side_);
    const bool same_filters = before_->must == scorer_.options_.must && before_->today == scorer_.options_.today;
    const RowList<Listing>& rows_before = before_->snapshot->listings(side_);
    for (std::int32_t place = 0; place < count_; ++place) {
      const std::uint32_t number = NumberOf(side_, place);
      if (changed_here.contains(number) || (!same_filters && !AsksTheSame(place))) continue;
      before_place_[static_cast<std::size_t>(place)] = static_cast<std::int32_t>(rows_before.Find(number));
    }
    return absl::OkStatus();
  }

  // Whether the filter of that place is what it was in the earlier run.
  bool AsksTheSame(std::int32_t place) const {
    if (side_ == Side::kOffering) return true;
    const ListingFacts facts = FactsOf(*listings(side_)[static_cast<std::size_t>(place)], *scorer_.snapshot_);
    ConstraintSet must = before_->must;
    for (const Constraint constraint : facts.record->must.Values()) must.Add(constraint);
    return MustFilter(facts, must, before_->today) == scorer_.FilterOf(side_, place);
  }

  // What the listings at these places ask for, and which of them have so few to choose from that they take all.
  struct Questions {
    std::vector<FacetFilter> filters;
    std::vector<ListingQuestion> questions;
    std::vector<const std::vector<std::int64_t>*> few;  // null = enough
  };
  Questions QuestionsOf(std::span<const std::int32_t> places) {
    Questions asked;
    asked.filters.resize(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      const MatchText& text = scorer_.row(side_, places[i]).text;
      asked.filters[i] = scorer_.FilterOf(side_, places[i]);
      asked.questions.push_back({&text.terms, text.vector, &asked.filters[i]});
      const auto [entry, is_new] = few_.try_emplace(asked.filters[i]);
      if (is_new) {
        entry->second = scorer_.listings(other_).index.AllIfFew(static_cast<int>(limit_), &asked.filters[i]);
      }
      asked.few.push_back(entry->second ? &*entry->second : nullptr);
    }
    return asked;
  }

  // Listings that the earlier run knows; those that it does not know well enough are put into `anew`.
  absl::Status GoOn(std::span<const std::int32_t> places, std::vector<std::int32_t>* anew) {
    const Questions asked = QuestionsOf(places);
    // Several times as many as will get among the candidates.
    const std::size_t came_limit =
        kLeastCame + 4 * limit_ * static_cast<std::size_t>(came_.size()) / listings(other_).size();
    MAGPIE_ASSIGN_OR_RETURN(std::vector<ListingRankings> came,
                            came_.RankingsOfAll(asked.questions, static_cast<int>(came_limit), context_));
    std::vector<Work> works(places.size());
    std::vector<char> known(places.size());
    MAGPIE_RETURN_IF_ERROR(
        ParallelFor(context_, std::ssize(places), kMergedPerBlock, [&](std::int64_t begin, std::int64_t end) {
          NumberSet candidates, candidates_before;
          for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
            works[i].place = places[i];
            known[i] = asked.few[i] == nullptr &&
                       Continue(std::move(came[i]), came_limit, &works[i], &candidates, &candidates_before);
          }
          return absl::OkStatus();
        }));
    std::vector<Work> going_on;
    for (std::size_t i = 0; i < works.size(); ++i) {
      if (known[i] != 0) {
        going_on.push_back(std::move(works[i]));
      } else {
        anew->push_back(works[i].place);
      }
    }
    found_.Add(std::ssize(going_on));
    return ScoreAndKeep(going_on);
  }

  bool Continue(ListingRankings came, std::size_t came_limit, Work* work, NumberSet* candidates,
                NumberSet* candidates_before) {
    const auto at = static_cast<std::size_t>(work->place);
    const KnownPartners& before = before_->of[static_cast<std::size_t>(before_place_[at])];
    if (before.all) return false;
    KnownPartners partners;
    partners.by_words = MergedRanking(before.by_words, gone_, std::move(came.by_words), came_limit, limit_);
    partners.by_vector = MergedRanking(before.by_vector, gone_, std::move(came.by_vector), came_limit, limit_);
    if (!TakeCandidates(limit_, &partners, &work->candidates, candidates)) return false;
    const bool scores_hold = scores_hold_ && (before.best_whole || !before.best.empty());
    if (scores_hold) {
      TakenCandidates(before, candidates_before);
      work->known_whole = before.best_whole;
      if (!before.best.empty()) work->known_end = before.best.back();
      for (const KnownPair& pair : before.best) {
        if (candidates->Contains(pair.number) && !gone_.contains(pair.number)) work->known.push_back(pair);
      }
    }
    for (const std::uint32_t number : work->candidates) {
      if (scores_hold && candidates_before->Contains(number) && !gone_.contains(number)) continue;
      work->unscored.push_back(PlaceOf(other_, number));
    }
    Trim(limit_, &partners.by_words);
    Trim(limit_, &partners.by_vector);
    state_.of[at] = std::move(partners);
    return true;
  }

  // Listings of which nothing is known.
  absl::Status Begin(std::span<const std::int32_t> places) {
    std::vector<Work> works(places.size());
    for (std::size_t i = 0; i < works.size(); ++i) works[i].place = places[i];
    if (all_) {
      for (Work& work : works) work.unscored = scorer_.AllOf(other_);
      found_.Add(std::ssize(works));
      return ScoreAndKeep(works);
    }
    const Questions asked = QuestionsOf(places);
    std::vector<ListingQuestion> questions;  // of those that have enough to choose from
    std::vector<std::size_t> asking;
    for (std::size_t i = 0; i < works.size(); ++i) {
      if (asked.few[i] == nullptr) {
        questions.push_back(asked.questions[i]);
        asking.push_back(i);
        continue;
      }
      for (const std::int64_t number : *asked.few[i]) {
        works[i].unscored.push_back(PlaceOf(other_, static_cast<std::uint32_t>(number)));
      }
      if (remembers_) state_.of[static_cast<std::size_t>(places[i])].all = true;
    }
    MAGPIE_ASSIGN_OR_RETURN(std::vector<ListingRankings> rankings, scorer_.listings(other_).index.RankingsOfAll(
                                                                       questions, static_cast<int>(limit_), context_));
    MAGPIE_RETURN_IF_ERROR(
        ParallelFor(context_, std::ssize(asking), kMergedPerBlock, [&](std::int64_t begin, std::int64_t end) {
          NumberSet candidates;
          for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
            Work& work = works[asking[i]];
            KnownPartners partners;
            partners.by_words = FreshRanking(std::move(rankings[i].by_words), limit_);
            partners.by_vector = FreshRanking(std::move(rankings[i].by_vector), limit_);
            TakeCandidates(limit_, &partners, &work.candidates, &candidates);
            std::sort(work.candidates.begin(), work.candidates.end());  // neighbours lie together
            for (const std::uint32_t number : work.candidates) work.unscored.push_back(PlaceOf(other_, number));
            if (!remembers_) continue;
            Trim(limit_, &partners.by_words);
            Trim(limit_, &partners.by_vector);
            state_.of[static_cast<std::size_t>(work.place)] = std::move(partners);
          }
          return absl::OkStatus();
        }));
    found_.Add(std::ssize(works));
    return ScoreAndKeep(works);
  }

  absl::Status ScoreAndKeep(std::span<Work> works) {
    if (side_ == Side::kOffering) MAGPIE_RETURN_IF_ERROR(ScoreByNeeds(works));
    return ParallelFor(context_, std::ssize(works), kPerBlock, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        Work& work = works[i];
        if (side_ == Side::kNeed) work.scored = scorer_.ScoreNeed(NeedIndex(work.place), work.unscored);
        if (!Keep(&work)) {
          // Too many of those that were best have gone.
          work.unscored.clear();
          for (const std::uint32_t number : work.candidates) work.unscored.push_back(PlaceOf(other_, number));
          work.known.clear();
          work.known_whole = true;
          work.scored = ScoreAll(work);
          Keep(&work);
        }
        work = Work();
      }
      scored_.Add(end - begin);
      return absl::OkStatus();
    });
  }

  std::vector<ScoredPair> ScoreAll(const Work& work) const {
    if (side_ == Side::kNeed) return scorer_.ScoreNeed(NeedIndex(work.place), work.unscored);
    std::vector<ScoredPair> pairs;
    for (const std::int32_t need : work.unscored) {
      pairs.push_back(scorer_.Score(NeedIndex(need), OfferingIndex(work.place)));
    }
    return pairs;
  }

  // A need is cheapest scored against all its offerings at once, so the candidates of offerings are turned round.
  absl::Status ScoreByNeeds(std::span<Work> works) {
    std::vector<std::vector<std::size_t>> asking(static_cast<std::size_t>(scorer_.snapshot_->need_count()));
    for (std::size_t w = 0; w < works.size(); ++w) {
      for (const std::int32_t need : works[w].unscored) asking[static_cast<std::size_t>(need)].push_back(w);
    }
    std::vector<std::vector<ScoredPair>> of_needs(asking.size());
    MAGPIE_RETURN_IF_ERROR(
        ParallelFor(context_, std::ssize(asking), kPerBlock, [&](std::int64_t begin, std::int64_t end) {
          for (auto need = static_cast<std::size_t>(begin); need < static_cast<std::size_t>(end); ++need) {
            if (asking[need].empty()) continue;
            std::vector<std::int32_t> offerings;
            for (const std::size_t w : asking[need]) offerings.push_back(works[w].place);
            of_needs[need] = scorer_.ScoreNeed(NeedIndex(static_cast<std::int32_t>(need)), offerings);
          }
          return absl::OkStatus();
        }));
    for (std::size_t need = 0; need < asking.size(); ++need) {
      for (std::size_t i = 0; i < asking[need].size(); ++i) {
        works[asking[need][i]].scored.push_back(of_needs[need][i]);
      }
    }
    return absl::OkStatus();
  }

  // Puts together what is known and what was scored; false where too little of it is sure to be among the best.
  bool Keep(Work* work) {
    std::vector<KnownPair> best = std::move(work->known);
    for (const ScoredPair& pair : work->scored) {
      if (pair.rejected) continue;
      const std::int32_t place = side_ == Side::kNeed ? pair.offering.value : pair.need.value;
      KnownPair scored{pair.score, NumberOf(other_, place), pair.grade, {}};
      std::copy(std::begin(pair.components), std::end(pair.components), scored.components);
      if (work->known_whole || scored < work->known_end) best.push_back(std::move(scored));
    }
    if (!work->known_whole && best.size() < top_) return false;
    const std::size_t kept = std::min(best.size(), kept_);
    std::partial_sort(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(kept), best.end());
    const bool whole = work->known_whole && kept == best.size();
    best.resize(kept);
    std::vector<ScoredPair>& ranked = ranked_[static_cast<std::size_t>(work->place)];
    for (std::size_t i = 0; i < std::min(kept, top_); ++i) {
      const std::int32_t place = PlaceOf(other_, best[i].number);
      ScoredPair& pair = ranked.emplace_back();
      pair.need = NeedIndex(side_ == Side::kNeed ? work->place : place);
      pair.offering = OfferingIndex(side_ == Side::kNeed ? place : work->place);
      pair.score = best[i].score;
      pair.grade = best[i].grade;
      std::copy(std::begin(best[i].components), std::end(best[i].components), pair.components);
    }
    if (!remembers_) return true;
    best.shrink_to_fit();
    KnownPartners& partners = state_.of[static_cast<std::size_t>(work->place)];
    partners.best = std::move(best);
    partners.best_whole = whole;
    return true;
  }

  void Remember(RunMemory* memory) {
    state_.side = side_;
    state_.pool = scorer_.pool_;
    state_.snapshot = scorer_.snapshot_;
    state_.limit = limit_;
    state_.score_hash = ScoreHash();
    state_.must = scorer_.options_.must;
    state_.today = scorer_.options_.today;
    *memory = std::make_shared<const RunState>(std::move(state_));
  }

  const PoolScorer& scorer_;
  const Side side_, other_;
  const std::size_t top_, kept_, limit_;
  const bool all_;
  const RunContext& context_;
  RunMemory before_;
  const bool remembers_;
  const std::int64_t count_;
  ProgressCounter found_, scored_;
  std::vector<std::vector<ScoredPair>> ranked_;
  RunState state_;

  // Of the earlier run.
  bool scores_hold_ = false;
  std::vector<std::int32_t> before_place_;   // by place; -1 = new or changed
  absl::flat_hash_set<std::uint32_t> gone_;  // partners that are no longer what they were, and those that came
  ListingIndex came_;
  std::map<FacetFilter, std::optional<std::vector<std::int64_t>>>
      few_;  // by filter: those it admits, where they are few
};

absl::StatusOr<std::vector<std::vector<ScoredPair>>> PoolScorer::RankAll(Side side, int top, bool all,
                                                                         const RunContext& context,
                                                                         RunMemory* memory) const {
  MAGPIE_RETURN_IF_ERROR(HearAll(context));
  MAGPIE_RETURN_IF_ERROR(ProfileAll(context));
  return RankRun(*this, side, top, all, context, memory).Run(memory);
}

}  // namespace magpie
