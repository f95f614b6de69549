#include "scoring/pool_scorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/ingest/disclosure.h"
#include "scoring/must_filter.h"

namespace magpie {
namespace {

constexpr int kRulesVersion = 5;  // one more whenever a change here or in text_match.cc moves scores

std::uint64_t PairKey(NeedIndex need, OfferingIndex offering) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(need.value)) << 32) |
         static_cast<std::uint32_t>(offering.value);
}

bool NamesParty(const std::vector<std::string>& names, const PartyRecord& party) {
  for (const std::string& name : names) {
    const std::string key = PartyKey(name);
    if (key.empty()) continue;
    if (key == PartyKey(party.name) || key == PartyKey(party.id) || key == PartyKey(party.parent)) return true;
    for (const std::string& alias : party.aliases) {
      if (key == PartyKey(alias)) return true;
    }
  }
  return false;
}

void Fetch(const void* begin, std::size_t bytes) {
  constexpr std::size_t kLine = 64;
  for (std::size_t at = 0; at < bytes; at += kLine) {
    __builtin_prefetch(static_cast<const char*>(begin) + at, 0, 2);  // not into the first cache, which is too small
  }
}

template <typename T>
void Fetch(const std::vector<T>& values) {
  Fetch(values.data(), values.size() * sizeof(T));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Scorer>> Scorer::Build(std::shared_ptr<const Snapshot> snapshot,
                                                            const Models& models, const ScorerOptions& options,
                                                            const RunContext& context, const Scorer* earlier) {
  absl::StatusOr<std::shared_ptr<const PoolScorer>> scorer = nullptr;
  if (earlier != nullptr && snapshot != nullptr) {
    scorer = dynamic_cast<const PoolScorer&>(*earlier).Follow(snapshot, models, options, context);
  }
  if (scorer.ok() && *scorer == nullptr) scorer = PoolScorer::Make(std::move(snapshot), models, options, context);
  if (!scorer.ok()) return scorer.status();
  return std::shared_ptr<const Scorer>(*std::move(scorer));
}

absl::StatusOr<std::shared_ptr<const PoolScorer>> PoolScorer::Make(std::shared_ptr<const Snapshot> snapshot,
                                                                   const Models& models, const ScorerOptions& options,
                                                                   const RunContext& context) {
  if (snapshot == nullptr) return MakeError(Reason::kBadArgument, "snapshot", "there is no snapshot to score");
  if (models.analyzer == nullptr) {
    return MakeError(Reason::kModelMissing, "analyzer", "scoring needs the dictionary; load the models first");
  }
  if (options.candidates < 1) {
    return MakeError(Reason::kBadArgument, "candidates", "candidates must be 1 or more");
  }
  std::shared_ptr<PoolScorer> scorer(new PoolScorer(std::move(snapshot), models, options));
  MAGPIE_RETURN_IF_ERROR(scorer->FindExcluded());
  ListingPool::Rows rows;
  MAGPIE_ASSIGN_OR_RETURN(scorer->pool_, ListingPool::Make(*scorer->snapshot_, models, options.seed,
                                                           options.built_in_text, context, &rows));
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    const RowList<Listing>& listings = scorer->snapshot_->listings(side);
    std::vector<IndexedListing> indexed, open;  // statistics are those of the open ones
    bool any_sealed = false;
    std::size_t position = 0;
    for (auto& row : side == Side::kNeed ? rows.needs : rows.offerings) {
      const std::int64_t order = listings.order(position);
      const Listing& listing = *listings[position];
      any_sealed = any_sealed || TextLevel(listing.record) != Level::kOpen;
      indexed.push_back(
          {order, &row->text.terms, row->text.vector, row, IndexFacets(FactsOf(listing, *scorer->snapshot_))});
      scorer->listings(side).rows.AppendAs(order, std::move(row));
      ++position;
    }
    ListingIndex& index = scorer->listings(side).index;
    if (any_sealed) {
      std::size_t at = 0;
      std::ranges::copy_if(indexed, std::back_inserter(open),
                           [&](const IndexedListing&) { return TextLevel(listings[at++]->record) == Level::kOpen; });
      MAGPIE_ASSIGN_OR_RETURN(const ListingIndex of_open, ListingIndex::Build(std::move(open), context));
      MAGPIE_ASSIGN_OR_RETURN(index, of_open.Beside(std::move(indexed), context));
    } else {
      MAGPIE_ASSIGN_OR_RETURN(index, ListingIndex::Build(std::move(indexed), context));
    }
    context.Report("index", side == Side::kNeed ? 1 : 2, 2);
  }
  scorer->Finish();
  return scorer;
}

void PoolScorer::Finish() {
  needs_.rows.Seal();
  offerings_.rows.Seal();
  profile_id_ = fmt::format("profile-{}-{:016x}", kRulesVersion, StableHash(ranker_.ToJson(), pool_->hash()));
}

absl::Status PoolScorer::FindExcluded() {
  for (const auto& [need_id, offering_id] : options_.excluded) {
    const NeedIndex need = snapshot_->FindNeed(need_id);
    const OfferingIndex offering = snapshot_->FindOffering(offering_id);
    if (!need.valid()) {
      return MakeError(Reason::kNeedNotFound, "excluded",
                       "an excluded pair names the need '" + need_id + "', which is not in the list");
    }
    if (!offering.valid()) {
      return MakeError(Reason::kOfferingNotFound, "excluded",
                       "an excluded pair names the offering '" + offering_id + "', which is not in the list");
    }
    excluded_.insert(PairKey(need, offering));
  }
  return absl::OkStatus();
}

PoolScorer::PoolScorer(std::shared_ptr<const Snapshot> snapshot, const Models& models, ScorerOptions options)
    : snapshot_(std::move(snapshot)), options_(std::move(options)), ranker_(options_.ranker.value_or(models.ranker)) {}

std::string PoolScorer::encoder_id() const {
  const std::string id = EncoderId(pool_->models());
  return fell_back() ? fmt::format("{} (instead of {})", id, pool_->instead_of()) : id;
}

PoolScorer::Candidate PoolScorer::CandidateOf(Side side, std::int32_t index) const {
  const Listing& listing = *snapshot_->listings(side)[static_cast<std::size_t>(index)];
  return {&row(side, index).text, FactsOf(listing, *snapshot_), listing.party};
}

const TextProfile& PoolScorer::ProfileOf(NeedIndex need) const {
  const PooledText& pooled = row(Side::kNeed, need.value);
  const TextProfile* profile = pooled.profile.get();
  return profile != nullptr ? *profile : pooled.profile.Keep(pool_->reference().Profile(pooled.text));
}

OfferingBlock PoolScorer::BlockOf(std::span<const std::int32_t> offerings) const {
  std::vector<const MatchText*> texts;
  texts.reserve(offerings.size());
  for (std::int32_t offering : offerings) texts.push_back(&row(Side::kOffering, offering).text);
  return OfferingBlock(pool_->words(), std::move(texts));
}

std::vector<TextMeasures> PoolScorer::Measure(const MatchText& need, std::span<const std::int32_t> offerings) const {
  const TextMatcher matcher(pool_->words());
  // Each once, so these are all of them in their order.
  if (offerings.size() == offerings_.rows.size() && std::is_sorted(offerings.begin(), offerings.end())) {
    std::call_once(all_once_, [&] { all_block_ = BlockOf(offerings); });
    return matcher.Measure(need, all_block_);
  }
  return matcher.Measure(need, BlockOf(offerings));
}

bool PoolScorer::Barred(const Candidate& need, const Candidate& offering) const {
  if (!TakesPart(*need.facts.record) || !TakesPart(*offering.facts.record)) return true;
  if (need.party.valid() && need.party == offering.party) return true;
  return NamesParty(need.facts.record->exclude_parties, *offering.facts.party) ||
         NamesParty(offering.facts.record->exclude_parties, *need.facts.party);
}

bool PoolScorer::Excluded(NeedIndex need, OfferingIndex offering) const {
  return excluded_.contains(PairKey(need, offering)) ||
         Barred(CandidateOf(Side::kNeed, need.value), CandidateOf(Side::kOffering, offering.value));
}

void PoolScorer::FetchAhead(std::span<const std::int32_t> offerings) const {
  const RowList<Listing>& records = snapshot_->listings(Side::kOffering);
  for (std::int32_t at : offerings) Fetch(&row(Side::kOffering, at), sizeof(PooledText));
  for (std::int32_t at : offerings) {
    const PooledText& pooled = row(Side::kOffering, at);
    Fetch(pooled.text.words);
    Fetch(pooled.text.terms);
    Fetch(pooled.text.document_weights);
    Fetch(pooled.text.vector);
    if (pooled.heard.get() != nullptr) Fetch(*pooled.heard.get());
    Fetch(records[static_cast<std::size_t>(at)].get(), sizeof(Listing));
  }
}

std::vector<TextMeasures> PoolScorer::MeasureNeed(NeedIndex need, std::span<const std::int32_t> offerings) const {
  if (offerings.size() < offerings_.rows.size()) FetchAhead(offerings);
  std::vector<TextMeasures> measures = Measure(row(Side::kNeed, need.value).text, offerings);
  AddKnowledge(HeardOf(Side::kNeed, need.value), offerings, measures);
  return measures;
}

std::vector<PairFeatures> PoolScorer::Features(NeedIndex need, std::span<const OfferingIndex> offerings) const {
  std::vector<std::int32_t> indices;
  for (OfferingIndex offering : offerings) indices.push_back(offering.value);
  const std::vector<TextMeasures> measures = MeasureNeed(need, indices);
  const Candidate need_side = CandidateOf(Side::kNeed, need.value);
  std::vector<PairFeatures> features;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const Candidate offering_side = CandidateOf(Side::kOffering, indices[i]);
    features.push_back(FeaturesOf(need_side, offering_side, ProfileOf(need), measures[i],
                                  CheckConstraints(need_side.facts, offering_side.facts, options_.today)));
  }
  return features;
}

std::vector<ScoredPair> PoolScorer::ScoreNeed(NeedIndex need, std::span<const std::int32_t> offerings) const {
  const std::vector<TextMeasures> measures = MeasureNeed(need, offerings);
  const TextProfile& profile = ProfileOf(need);
  const Candidate need_side = CandidateOf(Side::kNeed, need.value);
  std::vector<ScoredPair> pairs;
  pairs.reserve(offerings.size());
  for (std::size_t i = 0; i < offerings.size(); ++i) {
    const OfferingIndex offering(offerings[i]);
    pairs.push_back(Combine(need_side, CandidateOf(Side::kOffering, offering.value), profile, measures[i],
                            excluded_.contains(PairKey(need, offering))));
    pairs.back().need = need;
    pairs.back().offering = offering;
  }
  return pairs;
}

std::vector<std::int32_t> PoolScorer::AllOf(Side side) const {
  std::vector<std::int32_t> all(snapshot_->listings(side).size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<std::int32_t> PoolScorer::Positions(Side side, std::span<const std::int64_t> numbers) const {
  std::vector<std::int32_t> positions;
  positions.reserve(numbers.size());
  for (std::int64_t number : numbers) {
    positions.push_back(static_cast<std::int32_t>(snapshot_->listings(side).Find(number)));
  }
  return positions;
}

ConstraintSet PoolScorer::MustOf(const ListingRecord& need) const {
  ConstraintSet must = options_.must;
  for (const Constraint constraint : need.must.Values()) must.Add(constraint);
  return must;
}

FacetFilter PoolScorer::FilterOf(Side side, std::int32_t index) const {
  if (side == Side::kOffering) return {};
  const ListingFacts facts = FactsOf(*snapshot_->listings(side)[static_cast<std::size_t>(index)], *snapshot_);
  return MustFilter(facts, MustOf(*facts.record), options_.today);
}

std::vector<std::int32_t> PoolScorer::CandidatesOf(Side side, const MatchText& text, const FacetFilter& filter) const {
  const ListingIndex& other = listings(OtherSide(side)).index;
  return Positions(OtherSide(side), searches_[side == Side::kNeed].Find(other, {&text.terms, text.vector, &filter},
                                                                        options_.candidates));
}

void PoolScorer::KeepBest(std::vector<ScoredPair>* pairs, int top, Side side) {
  std::erase_if(*pairs, [](const ScoredPair& pair) { return pair.rejected; });
  const auto better = [side](const ScoredPair& a, const ScoredPair& b) {
    if (a.score != b.score) return a.score > b.score;
    return side == Side::kNeed ? a.offering < b.offering : a.need < b.need;
  };
  const std::size_t kept = std::min(pairs->size(), static_cast<std::size_t>(std::max(top, 0)));
  std::partial_sort(pairs->begin(), pairs->begin() + static_cast<std::ptrdiff_t>(kept), pairs->end(), better);
  pairs->resize(kept);
}

std::vector<ScoredPair> PoolScorer::Rank(Side side, std::int32_t index, int top, bool all) const {
  const std::vector<std::int32_t> candidates =
      all ? AllOf(OtherSide(side)) : CandidatesOf(side, row(side, index).text, FilterOf(side, index));
  std::vector<ScoredPair> pairs;
  if (side == Side::kNeed) {
    pairs = ScoreNeed(NeedIndex(index), candidates);
  } else {
    for (std::int32_t need : candidates) pairs.push_back(Score(NeedIndex(need), OfferingIndex(index)));
  }
  KeepBest(&pairs, top, side);
  return pairs;
}

absl::StatusOr<std::vector<ScoredPair>> PoolScorer::RankListing(const ListingRecord& query, int top,
                                                                const ListingFilter& filter) const {
  if (snapshot_->listings(OtherSide(query.side)).empty()) return std::vector<ScoredPair>();
  Listing listing;
  listing.record = query;
  if (!query.party.name.empty()) listing.party = snapshot_->FindParty(query.party.name);
  MAGPIE_ASSIGN_OR_RETURN(const MatchText text, pool_->ReadQuestion(query));
  const Candidate asked{&text, FactsOf(listing, *snapshot_), listing.party};
  FacetFilter admitted = FacetGroups(filter);
  if (query.side == Side::kNeed) {
    FacetFilter must = MustFilter(asked.facts, MustOf(query), options_.today);
    admitted.insert(admitted.end(), std::make_move_iterator(must.begin()), std::make_move_iterator(must.end()));
  }
  std::vector<std::int32_t> candidates = CandidatesOf(query.side, text, admitted);
  std::erase_if(candidates, [&](std::int32_t at) {
    return !filter.Keeps(snapshot_->listings(OtherSide(query.side))[static_cast<std::size_t>(at)]->record);
  });
  const Turns::Turn turn(turns_);
  std::vector<ScoredPair> pairs;
  if (query.side == Side::kNeed) {
    const TextProfile profile = pool_->reference().Profile(text);
    std::vector<TextMeasures> measures = Measure(text, candidates);
    AddKnowledge(Hear(Side::kNeed, text), candidates, measures);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      pairs.push_back(Combine(asked, CandidateOf(Side::kOffering, candidates[i]), profile, measures[i], false));
      pairs.back().offering = OfferingIndex(candidates[i]);
    }
  } else {
    const OfferingBlock block(pool_->words(), {&text});
    const Heard heard = Hear(Side::kOffering, text);
    for (std::int32_t need : candidates) {
      TextMeasures measures = TextMatcher(pool_->words()).Measure(row(Side::kNeed, need).text, block).front();
      measures.knowledge = ConceptSpace::Agreement(HeardOf(Side::kNeed, need), heard);
      pairs.push_back(Combine(CandidateOf(Side::kNeed, need), asked, ProfileOf(NeedIndex(need)), measures, false));
      pairs.back().need = NeedIndex(need);
    }
  }
  KeepBest(&pairs, top, query.side);
  return pairs;
}

ScoredPair PoolScorer::Score(NeedIndex need, OfferingIndex offering) const {
  return ScoreNeed(need, {&offering.value, 1}).front();
}

}  // namespace magpie
