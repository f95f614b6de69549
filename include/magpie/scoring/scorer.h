// Finds and scores pairs: the middle of the engine, from texts to scored pairs, in both directions.
//
// A Scorer is built once over a snapshot and then only read. It holds the analysed texts, their vectors, the lexical
// index and the pool profile (the statistics of the pool that scores depend on), so a pair has one score in every
// command: match, score, explain and plan on the same lists agree to the last bit.
// Ties     by higher score, then by lower index of the other side.
// Threads  a const Scorer may be used from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "magpie/base/date.h"
#include "magpie/base/progress.h"
#include "magpie/catalogue/snapshot.h"
#include "magpie/scoring/listing_filter.h"
#include "magpie/scoring/ranker.h"
#include "magpie/scoring/score.h"
#include "magpie/text/analyzer.h"
#include "magpie/vector/encoder.h"

namespace magpie {

class ConceptSpace;
class KnowledgeGraph;

// The models that scoring needs, loaded once for a process.
struct Models {
  std::shared_ptr<const Analyzer> analyzer;
  std::shared_ptr<const Encoder> encoder;
  // Encodes whole texts in the place of `encoder`, which words are left to; its dimension may differ. Usually null.
  std::shared_ptr<const Encoder> text_encoder;
  std::shared_ptr<const KnowledgeGraph> graph;
  std::shared_ptr<const ConceptSpace> concepts;  // null: nothing is known of troubles and remedies
  Ranker ranker;
};
// Dictionary, encoder, knowledge graph and ranker. Errors: kModelMissing, kModelMismatch naming the file.
absl::StatusOr<Models> LoadModels(const std::filesystem::path& folder);

// "encoder-3", "encoder-3+bge-m3/1024" where a text encoder does the texts; "none" without an encoder.
std::string EncoderId(const Models& models);

struct ScorerOptions {
  ConstraintSet must;  // constraints that the organiser makes `must` for every need
  Date today{};        // for validity; the run's date
  std::vector<std::pair<std::string, std::string>> excluded;  // need id, offering id
  int candidates = 200;          // how many retrieved candidates a query has scored, unless all are
  std::optional<Ranker> ranker;  // in the place of the models' own: what `magpie learn` made
  std::uint64_t seed = 1;
  bool built_in_text = false;  // texts are encoded by Models::encoder, whatever Models::text_encoder says
};

// A listing that reads much like another one of its side.
struct SimilarListing {
  std::int32_t index = 0;
  double alike = 0;  // share of the two texts' runs of three characters that both have, in [0, 1]
};

// What a run over all listings of one side found.
struct RunState;
using RunMemory = std::shared_ptr<const RunState>;

class Scorer {
 public:
  // `earlier` (may be null), a scorer over an earlier snapshot of the same catalogue, is followed where that pays: what it
  // knows of the listings that stayed is shared, those that came are read under its pool profile, which stays as it is, and
  // the cost is that of the change. It is where no more than a quarter of a pool of 10,000 listings and more has changed
  // since the profile was made, or nothing at all that a profile depends on, and models, seed and text encoder are the same.
  static absl::StatusOr<std::shared_ptr<const Scorer>> Build(std::shared_ptr<const Snapshot> snapshot,
                                                             const Models& models, const ScorerOptions& options,
                                                             const RunContext& context,
                                                             const Scorer* earlier = nullptr);
  virtual ~Scorer() = default;

  // A scorer that will be asked for long is worth renewing in the background, step by step: Renewed() gives one over the
  // same snapshot that answers faster. Steps: what came lately is packed; once a twentieth of the pool has changed it gets
  // a profile of its own; what questions would work out first of the listings they meet is worked out of all.
  virtual bool wants_renewal() const = 0;
  virtual absl::StatusOr<std::shared_ptr<const Scorer>> Renewed(const RunContext& context) const = 0;
  // A scorer over a later snapshot that follows this one, as Build would make it; null where it is not followed.
  virtual absl::StatusOr<std::shared_ptr<const Scorer>> Followed(std::shared_ptr<const Snapshot> snapshot,
                                                                 const RunContext& context) const = 0;

  // How candidates for one listing or one question are looked for among needs and offerings, with the figures by which the
  // index chose that; one line. A run over all listings always looks at all.
  virtual std::string search_report() const = 0;
  virtual std::int64_t index_bytes() const = 0;  // of both sides' indexes (ListingIndex::bytes)

  virtual const Snapshot& snapshot() const = 0;
  virtual Date today() const = 0;

  // Names the pool profile and the models it was made with: equal ids, equal scores of equal pairs.
  virtual std::string profile_id() const = 0;

  // What words and texts were encoded with: EncoderId(), or "encoder-3 (instead of bge-m3/1024)" where the text encoder
  // did not answer and the built-in one did all texts.
  virtual std::string encoder_id() const = 0;
  virtual bool fell_back() const = 0;  // the last case

  // The best `top` partners of one listing, rejected ones left out; with `all` every pair is scored, else the
  // retrieved candidates. `index` counts within the side.
  virtual std::vector<ScoredPair> Rank(Side side, std::int32_t index, int top, bool all) const = 0;

  // Every listing of `side` as a query, in parallel: for each, as Rank. The outer order is the listings'. With `memory`
  // (not null; empty at first) the run goes on from what an earlier one found there, over a scorer that this one follows,
  // and leaves there what it found itself: some 4 KB a listing. The answer is the same, the cost that of what changed since.
  virtual absl::StatusOr<std::vector<std::vector<ScoredPair>>> RankAll(Side side, int top, bool all,
                                                                       const RunContext& context,
                                                                       RunMemory* memory = nullptr) const = 0;

  // A listing that is not in the snapshot (a question in free text is a listing with only a title) against the other
  // side's listings, of which the filter is applied before candidates are chosen. Errors: kUnavailable where the text encoder of this scorer does not answer; a scorer with
  // built_in_text does then.
  virtual absl::StatusOr<std::vector<ScoredPair>> RankListing(const ListingRecord& query, int top,
                                                              const ListingFilter& filter = {}) const = 0;

  virtual ScoredPair Score(NeedIndex need, OfferingIndex offering) const = 0;

  // Listings of the listing's own side that say nearly the same, most alike first, at least `least` alike; it need not be in
  // the snapshot itself. Errors as RankListing.
  virtual absl::StatusOr<std::vector<SimilarListing>> Similar(const ListingRecord& listing, double least, int top,
                                                              const ListingFilter& filter = {}) const = 0;

  virtual const Ranker& ranker() const = 0;
  // What the ranker is given of each pair; for fitting it.
  virtual std::vector<PairFeatures> Features(NeedIndex need, std::span<const OfferingIndex> offerings) const = 0;

  // At most so many reasons of evidence that are words of the texts, and half as many objections; the cost grows with them:
  // about half a millisecond each, as the pair is scored anew without the words.
  static constexpr std::size_t kWordReasons = 6;
  virtual Explanation Explain(NeedIndex need, OfferingIndex offering, Audience audience, Language language,
                              std::size_t word_reasons = kWordReasons) const = 0;

  // From what scoring has at hand, without measuring what each reason is worth: some tens of microseconds a pair. What both
  // say, what the graph knows, fields met; fields missed, what the need says and the offering does not.
  virtual std::vector<BriefReasons> Brief(NeedIndex need, std::span<const OfferingIndex> offerings,
                                          Language language) const = 0;
};

}  // namespace magpie
