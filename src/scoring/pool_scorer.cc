#include "scoring/pool_scorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::int64_t kListingsPerBlock = 16;
constexpr std::int64_t kListingsPerRequest = 256;  // to a text encoder, which asks for many vectors at once
constexpr std::int64_t kNeedsPerBlock = 2;

constexpr int kRulesVersion = 4;  // one more whenever a change here or in text_match.cc moves scores

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

// Counts what threads have done and reports it, one call at a time.
class Progress {
 public:
  Progress(const RunContext& context, std::string_view stage, std::int64_t total)
      : context_(context), stage_(stage), total_(total) {}
  void Add(std::int64_t done) {
    const std::lock_guard lock(mutex_);
    done_ += done;
    context_.Report(stage_, done_, total_);
  }

 private:
  const RunContext& context_;
  const std::string_view stage_;
  const std::int64_t total_;
  std::mutex mutex_;
  std::int64_t done_ = 0;
};

// A word that a need says again and again is what it is about; long needs live from that.
double Emphasis(std::uint32_t count) {
  return 1 + std::log(static_cast<double>(count));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Scorer>> Scorer::Build(std::shared_ptr<const Snapshot> snapshot,
                                                            const Models& models, const ScorerOptions& options,
                                                            const RunContext& context) {
  absl::StatusOr<std::shared_ptr<const PoolScorer>> scorer =
      PoolScorer::Make(std::move(snapshot), models, options, context);
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
  for (const auto& [need_id, offering_id] : options.excluded) {
    const NeedIndex need = scorer->snapshot_->FindNeed(need_id);
    const OfferingIndex offering = scorer->snapshot_->FindOffering(offering_id);
    if (!need.valid()) {
      return MakeError(Reason::kNeedNotFound, "excluded",
                       "an excluded pair names the need '" + need_id + "', which is not in the list");
    }
    if (!offering.valid()) {
      return MakeError(Reason::kOfferingNotFound, "excluded",
                       "an excluded pair names the offering '" + offering_id + "', which is not in the list");
    }
    scorer->excluded_.insert(PairKey(need, offering));
  }
  if (options.built_in_text && models.text_encoder != nullptr) scorer->DropTextEncoder();
  absl::Status analyzed = scorer->Analyze(context);
  if (scorer->models_.text_encoder != nullptr && ReasonOf(analyzed) == Reason::kUnavailable) {
    scorer->DropTextEncoder();
    context.Warn(fmt::format("{}; all texts of this run are encoded by the built-in {} instead", ErrorText(analyzed),
                             scorer->encoder() == nullptr ? "words" : scorer->encoder()->id()));
    analyzed = scorer->Analyze(context);
  }
  MAGPIE_RETURN_IF_ERROR(analyzed);
  scorer->DrawReference();
  return scorer;
}

PoolScorer::PoolScorer(std::shared_ptr<const Snapshot> snapshot, const Models& models, ScorerOptions options)
    : snapshot_(std::move(snapshot)),
      models_(models),
      options_(std::move(options)),
      ranker_(options_.ranker.value_or(models_.ranker)),
      profiles_(static_cast<std::size_t>(snapshot_->need_count())),
      need_heard_(static_cast<std::size_t>(snapshot_->need_count())),
      offering_heard_(static_cast<std::size_t>(snapshot_->offering_count())) {}

void PoolScorer::DropTextEncoder() {
  instead_of_ = models_.text_encoder->id();
  models_.text_encoder = nullptr;
}

std::string PoolScorer::encoder_id() const {
  return fell_back() ? fmt::format("{} (instead of {})", EncoderId(models_), instead_of_) : EncoderId(models_);
}

absl::Status PoolScorer::Analyze(const RunContext& context) {
  const std::int64_t needs = snapshot_->need_count(), all = needs + snapshot_->offering_count();
  std::vector<ListingText> texts(static_cast<std::size_t>(all));
  const int dimension = text_encoder() == nullptr ? 0 : text_encoder()->dimension();
  const std::int64_t block = models_.text_encoder != nullptr ? kListingsPerRequest : kListingsPerBlock;
  FixedVectors need_vectors(needs, dimension), offering_vectors(all - needs, dimension);
  std::vector<std::vector<std::int16_t>> own_vectors(texts.size());  // by the built-in encoder beside another one
  std::vector<std::vector<std::int16_t>> title_vectors(static_cast<std::size_t>(needs));
  Progress progress(context, "analyze", all);
  MAGPIE_RETURN_IF_ERROR(ParallelFor(context, all, block, [&](std::int64_t begin, std::int64_t end) {
    std::vector<const AnalyzedText*> analyzed;
    for (std::int64_t i = begin; i < end; ++i) {
      const Side side = i < needs ? Side::kNeed : Side::kOffering;
      const Listing& listing = *snapshot_->listings(side)[static_cast<std::size_t>(i < needs ? i : i - needs)];
      texts[static_cast<std::size_t>(i)] = ReadListingText(listing.record, analyzer());
      analyzed.push_back(&texts[static_cast<std::size_t>(i)].analyzed);
    }
    if (text_encoder() != nullptr) {
      std::vector<float> rows(analyzed.size() * static_cast<std::size_t>(dimension));
      RunContext quiet;
      quiet.stop = context.stop;
      quiet.warning = context.warning;
      quiet.threads = 1;
      const absl::Status encoded = text_encoder()->Encode(analyzed, rows, quiet);
      if (!encoded.ok()) return encoded;
      for (std::int64_t i = begin; i < end; ++i) {
        const std::span<const float> row(rows.data() + (i - begin) * dimension, static_cast<std::size_t>(dimension));
        (i < needs ? need_vectors : offering_vectors).Set(i < needs ? i : i - needs, row);
      }
    }
    if (models_.text_encoder != nullptr && models_.concepts != nullptr) {
      std::vector<float> rows(analyzed.size() * static_cast<std::size_t>(encoder()->dimension()));
      const absl::Status own = encoder()->Encode(analyzed, rows, RunContext());
      if (!own.ok()) return own;
      for (std::int64_t i = begin; i < end; ++i) {
        own_vectors[static_cast<std::size_t>(i)] =
            ToFixed(std::span(rows).subspan(static_cast<std::size_t>((i - begin) * encoder()->dimension()),
                                            static_cast<std::size_t>(encoder()->dimension())));
      }
    }
    if (text_encoder() != nullptr && begin < needs) {
      std::vector<AnalyzedText> titles;
      for (std::int64_t i = begin; i < std::min(end, needs); ++i) {
        titles.push_back(TitleOf(texts[static_cast<std::size_t>(i)].analyzed, snapshot_->need(NeedIndex(i)).record));
      }
      absl::StatusOr<std::vector<std::vector<std::int16_t>>> encoded = EncodeTitles(titles);
      if (!encoded.ok()) return encoded.status();
      std::move(encoded->begin(), encoded->end(), title_vectors.begin() + begin);
    }
    for (std::int64_t i = begin; i < end; ++i) texts[static_cast<std::size_t>(i)].analyzed = AnalyzedText();
    progress.Add(end - begin);
    return absl::OkStatus();
  }));

  const std::span<const ListingText> need_texts(texts.data(), static_cast<std::size_t>(needs));
  const std::span<const ListingText> offering_texts = std::span<const ListingText>(texts).subspan(need_texts.size());
  MAGPIE_ASSIGN_OR_RETURN(pool_, WordPool::Build(need_texts, offering_texts, encoder(), context));

  std::vector<TermBag> need_bags, offering_bags;
  const auto read_side = [&](std::span<const ListingText> side, const FixedVectors& vectors,
                             std::vector<MatchText>* out, std::vector<TermBag>* bags) {
    for (std::size_t i = 0; i < side.size(); ++i) {
      MatchText text;
      for (std::size_t w = 0; w < side[i].words.size(); ++w) {
        text.words.push_back(pool_.Find(side[i].words[w]));
        text.weights.push_back(pool_.weight(text.words.back()) * Emphasis(side[i].counts[w]));
      }
      text.terms = side[i].terms;
      bags->push_back(side[i].terms);
      const std::span<const std::int16_t> row = vectors.row(static_cast<std::int64_t>(i));
      text.vector.assign(row.begin(), row.end());
      text.own_vector = std::move(own_vectors[static_cast<std::size_t>(&side[i] - texts.data())]);
      text.length = side[i].length;
      text.language = side[i].language;
      out->push_back(std::move(text));
    }
  };
  read_side(need_texts, need_vectors, &need_texts_, &need_bags);
  for (std::size_t n = 0; n < need_texts_.size(); ++n) need_texts_[n].title_vector = std::move(title_vectors[n]);
  read_side(offering_texts, offering_vectors, &offering_texts_, &offering_bags);
  offering_words_ = LexicalIndex(offering_bags, TermWeighting::kTfIdf);
  need_retriever_ = Retriever(need_bags, std::move(need_vectors));
  offering_retriever_ = Retriever(offering_bags, std::move(offering_vectors));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::vector<std::int16_t>>> PoolScorer::EncodeTitles(
    std::span<const AnalyzedText> titles) const {
  const auto d = static_cast<std::size_t>(text_encoder()->dimension());
  std::vector<const AnalyzedText*> pointers;
  for (const AnalyzedText& title : titles) pointers.push_back(&title);
  std::vector<float> rows(titles.size() * d);
  MAGPIE_RETURN_IF_ERROR(text_encoder()->Encode(pointers, rows, RunContext()));
  std::vector<std::vector<std::int16_t>> vectors;
  for (std::size_t i = 0; i < titles.size(); ++i) vectors.push_back(ToFixed(std::span(rows).subspan(i * d, d)));
  return vectors;
}

void PoolScorer::DrawReference() {
  std::array<std::vector<std::pair<std::uint64_t, std::int32_t>>, kTextLanguages> drawn;
  for (std::size_t o = 0; o < offering_texts_.size(); ++o) {
    // By content, not by place: the same offerings in another order give the same profiles.
    const ListingRecord& record = snapshot_->offering(OfferingIndex(static_cast<std::int64_t>(o))).record;
    const std::uint64_t lot = StableHash(record.id, StableHash(record.title, options_.seed));
    drawn[static_cast<std::size_t>(offering_texts_[o].language)].emplace_back(lot, static_cast<std::int32_t>(o));
  }
  for (auto& lots : drawn) {
    if (lots.size() > kReferenceSample) {
      std::nth_element(lots.begin(), lots.begin() + kReferenceSample, lots.end());
      lots.resize(kReferenceSample);
    }
    for (const auto& [lot, offering] : lots) reference_.push_back(offering);
  }
  std::sort(reference_.begin(), reference_.end());
  reference_block_ = BlockOf(reference_);
  // What a score depends on besides the pair itself: the pool's offerings, the models, the rules of this file.
  std::uint64_t hash = StableHash(analyzer().id(), options_.seed);
  if (encoder() != nullptr) hash = StableHash(encoder()->id(), hash);
  if (models_.text_encoder != nullptr) hash = StableHash(models_.text_encoder->id(), hash);
  if (models_.concepts != nullptr) hash = StableHash(models_.concepts->graph().id(), hash);
  hash = StableHash(ranker_.ToJson(), hash);
  for (const auto& listing : snapshot_->listings(Side::kOffering)) {
    hash = StableHash(JoinedText(listing->record), StableHash(listing->record.id, hash));
  }
  profile_id_ = fmt::format("profile-{}-{:016x}", kRulesVersion, hash);
}

MatchText PoolScorer::ReadWords(const ListingText& read, std::vector<std::string>* outside) const {
  MatchText text;
  text.terms = read.terms;
  text.length = read.length;
  text.language = read.language;
  for (std::size_t w = 0; w < read.words.size(); ++w) {
    const std::string& word = read.words[w];
    std::uint32_t id = pool_.Find(word);
    const double weight = id == WordPool::kNone ? pool_.WeightOfUnknown(word) : pool_.weight(id);
    if (id == WordPool::kNone) {
      const auto at = std::find(outside->begin(), outside->end(), word);
      id = pool_.word_count() + static_cast<std::uint32_t>(at - outside->begin());
      if (at == outside->end()) outside->push_back(word);
    }
    text.words.push_back(id);
    text.weights.push_back(weight * Emphasis(read.counts[w]));
  }
  const int dimension = pool_.vectors().dimension();
  text.extra = FixedVectors(static_cast<std::int64_t>(outside->size()), dimension);
  std::vector<float> row(static_cast<std::size_t>(dimension));
  for (std::size_t i = 0; i < outside->size() && encoder() != nullptr; ++i) {
    encoder()->EncodeWord((*outside)[i], row);
    text.extra.Set(static_cast<std::int64_t>(i), row);
  }
  return text;
}

absl::StatusOr<MatchText> PoolScorer::ReadQuery(const ListingRecord& query) const {
  const ListingText read = ReadListingText(query, analyzer());
  std::vector<std::string> outside;
  MatchText text = ReadWords(read, &outside);
  std::vector<float> row;
  if (text_encoder() != nullptr) {
    const AnalyzedText* analyzed = &read.analyzed;
    row.resize(static_cast<std::size_t>(text_encoder()->dimension()));
    MAGPIE_RETURN_IF_ERROR(text_encoder()->Encode({&analyzed, 1}, row, RunContext()));
    text.vector = ToFixed(row);
    if (query.side == Side::kNeed) {
      const AnalyzedText title = TitleOf(read.analyzed, query);
      MAGPIE_ASSIGN_OR_RETURN(std::vector<std::vector<std::int16_t>> encoded, EncodeTitles({&title, 1}));
      text.title_vector = std::move(encoded.front());
    }
    if (models_.text_encoder != nullptr && models_.concepts != nullptr) {
      row.resize(static_cast<std::size_t>(encoder()->dimension()));
      MAGPIE_RETURN_IF_ERROR(encoder()->Encode({&analyzed, 1}, row, RunContext()));
      text.own_vector = ToFixed(row);
    }
  }
  return text;
}

PoolScorer::Candidate PoolScorer::CandidateOf(Side side, std::int32_t index) const {
  const auto at = static_cast<std::size_t>(index);
  const Listing& listing = *snapshot_->listings(side)[at];
  return {side == Side::kNeed ? &need_texts_[at] : &offering_texts_[at], FactsOf(listing, *snapshot_), listing.party};
}

TextProfile PoolScorer::ComputeProfile(const MatchText& need, std::vector<TextMeasures>* of_reference) const {
  *of_reference = TextMatcher(pool_, offering_words_).Measure(need, reference_block_);
  return MakeProfile(need.language, reference_block_.offerings(), *of_reference);
}

const TextProfile& PoolScorer::ProfileOf(NeedIndex need, std::vector<TextMeasures>* of_reference) const {
  auto& slot = profiles_[static_cast<std::size_t>(need.value)];
  std::shared_ptr<const TextProfile> profile = slot.load();
  if (profile == nullptr) {
    // Two threads may both make it; the values are the same, and the first one stays.
    std::vector<TextMeasures> measures;
    auto made = std::make_shared<const TextProfile>(
        ComputeProfile(need_text(need), of_reference == nullptr ? &measures : of_reference));
    if (slot.compare_exchange_strong(profile, made)) profile = std::move(made);
  }
  return *profile;
}

OfferingBlock PoolScorer::BlockOf(std::span<const std::int32_t> offerings) const {
  std::vector<const MatchText*> texts;
  for (std::int32_t offering : offerings) texts.push_back(&offering_texts_[static_cast<std::size_t>(offering)]);
  return OfferingBlock(pool_, std::move(texts), std::vector<std::int32_t>(offerings.begin(), offerings.end()));
}

std::vector<TextMeasures> PoolScorer::Measure(const MatchText& need, std::span<const std::int32_t> offerings) const {
  const TextMatcher matcher(pool_, offering_words_);
  if (offerings.size() == reference_.size() && std::equal(offerings.begin(), offerings.end(), reference_.begin())) {
    return matcher.Measure(need, reference_block_);
  }
  if (offerings.size() == offering_texts_.size()) {
    std::call_once(all_once_, [&] { all_block_ = BlockOf(offerings); });
    return matcher.Measure(need, all_block_);
  }
  return matcher.Measure(need, BlockOf(offerings));
}

const OfferingBlock& PoolScorer::Sketch() const {
  constexpr std::size_t kOfferings = 1024;
  std::call_once(sketch_once_, [&] {
    const std::size_t count = std::min(kOfferings, reference_.size());
    std::vector<std::int32_t> some;
    for (std::size_t i = 0; i < count; ++i) some.push_back(reference_[i * reference_.size() / count]);
    sketch_ = BlockOf(some);
  });
  return sketch_;
}

std::vector<std::int16_t> PoolScorer::EncodeOwn(const AnalyzedText& text) const {
  std::vector<float> row(static_cast<std::size_t>(encoder()->dimension()));
  const AnalyzedText* analyzed = &text;
  if (!encoder()->Encode({&analyzed, 1}, row, RunContext()).ok()) std::fill(row.begin(), row.end(), 0.0f);
  return ToFixed(row);
}

bool PoolScorer::ExcludedByParty(const Candidate& need, const Candidate& offering) const {
  if (need.party.valid() && need.party == offering.party) return true;
  return NamesParty(need.facts.record->exclude_parties, *offering.facts.party) ||
         NamesParty(offering.facts.record->exclude_parties, *need.facts.party);
}

bool PoolScorer::Excluded(NeedIndex need, OfferingIndex offering) const {
  return excluded_.contains(PairKey(need, offering)) ||
         ExcludedByParty(CandidateOf(Side::kNeed, need.value), CandidateOf(Side::kOffering, offering.value));
}

// The measures of a need against some offerings, all that scoring asks for.
std::vector<TextMeasures> PoolScorer::MeasureNeed(NeedIndex need, std::span<const std::int32_t> offerings) const {
  // A need that is scored for the first time has been measured against the reference sample a moment ago.
  std::vector<TextMeasures> of_reference, measures;
  ProfileOf(need, &of_reference);
  if (!of_reference.empty() &&
      std::includes(reference_.begin(), reference_.end(), offerings.begin(), offerings.end())) {
    for (std::int32_t offering : offerings) {
      const auto at = std::lower_bound(reference_.begin(), reference_.end(), offering) - reference_.begin();
      measures.push_back(of_reference[static_cast<std::size_t>(at)]);
    }
  } else {
    measures = Measure(need_text(need), offerings);
  }
  AddKnowledge(*HeardOf(Side::kNeed, need.value), offerings, measures);
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

std::vector<std::int32_t> PoolScorer::CandidatesOf(Side side, std::int32_t index, bool all) const {
  const Retriever& other = side == Side::kNeed ? offering_retriever_ : need_retriever_;
  const MatchText& text = side == Side::kNeed ? need_texts_[static_cast<std::size_t>(index)]
                                              : offering_texts_[static_cast<std::size_t>(index)];
  return other.Candidates(text.terms, text.vector, all ? other.lexical().document_count() : options_.candidates);
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
  const std::vector<std::int32_t> candidates = CandidatesOf(side, index, all);
  std::vector<ScoredPair> pairs;
  if (side == Side::kNeed) {
    pairs = ScoreNeed(NeedIndex(index), candidates);
  } else {
    for (std::int32_t need : candidates) pairs.push_back(Score(NeedIndex(need), OfferingIndex(index)));
  }
  KeepBest(&pairs, top, side);
  return pairs;
}

absl::StatusOr<std::vector<std::vector<ScoredPair>>> PoolScorer::RankAll(Side side, int top, bool all,
                                                                         const RunContext& context) const {
  const auto count = static_cast<std::int64_t>(snapshot_->listings(side).size());
  std::vector<std::vector<ScoredPair>> ranked(static_cast<std::size_t>(count));
  if (side == Side::kNeed) {
    Progress progress(context, "score", count);
    MAGPIE_RETURN_IF_ERROR(ParallelFor(context, count, kNeedsPerBlock, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        ranked[static_cast<std::size_t>(i)] = Rank(side, static_cast<std::int32_t>(i), top, all);
      }
      progress.Add(end - begin);
      return absl::OkStatus();
    }));
    return ranked;
  }
  // A need is cheapest scored against all its offerings at once, so the candidates of offerings are turned round.
  std::vector<std::vector<std::int32_t>> candidates(static_cast<std::size_t>(count));
  MAGPIE_RETURN_IF_ERROR(ParallelFor(context, count, kListingsPerBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      candidates[static_cast<std::size_t>(i)] = CandidatesOf(side, static_cast<std::int32_t>(i), all);
    }
    return absl::OkStatus();
  }));
  const std::int64_t needs = snapshot_->need_count();
  std::vector<std::vector<std::int32_t>> offerings_of(static_cast<std::size_t>(needs));
  for (std::size_t o = 0; o < candidates.size(); ++o) {
    for (std::int32_t need : candidates[o]) {
      offerings_of[static_cast<std::size_t>(need)].push_back(static_cast<std::int32_t>(o));
    }
  }
  std::vector<std::vector<ScoredPair>> of_needs(static_cast<std::size_t>(needs));
  Progress progress(context, "score", needs);
  MAGPIE_RETURN_IF_ERROR(ParallelFor(context, needs, kNeedsPerBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      of_needs[static_cast<std::size_t>(n)] = ScoreNeed(NeedIndex(n), offerings_of[static_cast<std::size_t>(n)]);
    }
    progress.Add(end - begin);
    return absl::OkStatus();
  }));
  for (const std::vector<ScoredPair>& pairs : of_needs) {
    for (const ScoredPair& pair : pairs) ranked[static_cast<std::size_t>(pair.offering.value)].push_back(pair);
  }
  for (std::vector<ScoredPair>& pairs : ranked) KeepBest(&pairs, top, side);
  return ranked;
}

absl::StatusOr<std::vector<ScoredPair>> PoolScorer::RankListing(const ListingRecord& query, int top) const {
  Listing listing;
  listing.record = query;
  if (!query.party.name.empty()) listing.party = snapshot_->FindParty(query.party.name);
  MAGPIE_ASSIGN_OR_RETURN(const MatchText text, ReadQuery(query));
  const Candidate asked{&text, FactsOf(listing, *snapshot_), listing.party};
  std::vector<ScoredPair> pairs;
  if (query.side == Side::kNeed) {
    const std::vector<std::int32_t> candidates =
        offering_retriever_.Candidates(text.terms, text.vector, options_.candidates);
    std::vector<TextMeasures> of_reference;
    const TextProfile profile = ComputeProfile(text, &of_reference);
    std::vector<TextMeasures> measures = Measure(text, candidates);
    AddKnowledge(Hear(Side::kNeed, text), candidates, measures);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      pairs.push_back(Combine(asked, CandidateOf(Side::kOffering, candidates[i]), profile, measures[i], false));
      pairs.back().offering = OfferingIndex(candidates[i]);
    }
  } else {
    const OfferingBlock block(pool_, {&text}, {});
    const Heard heard = Hear(Side::kOffering, text);
    for (std::int32_t need : need_retriever_.Candidates(text.terms, text.vector, options_.candidates)) {
      TextMeasures measures = TextMatcher(pool_, offering_words_).Measure(need_text(NeedIndex(need)), block).front();
      measures.knowledge = ConceptSpace::Agreement(*HeardOf(Side::kNeed, need), heard);
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
