#include "scoring/listing_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/ingest/disclosure.h"
#include "scoring/progress_counter.h"

namespace magpie {
namespace {

constexpr std::int64_t kListingsPerBlock = 16;
constexpr std::int64_t kListingsPerRequest = 256;  // to a text encoder, which asks for many vectors at once
constexpr std::int64_t kListingsAtOnce = 8192;     // held as text before their words become numbers

// A word that a need says again and again is what it is about; long needs live from that.
double Emphasis(std::uint32_t count) {
  return 1 + std::log(static_cast<double>(count));
}

}  // namespace

ListingPool::ListingPool(const Models& models, std::uint64_t seed)
    : models_(models), seed_(seed), words_(models.encoder.get()) {}

absl::StatusOr<std::shared_ptr<const ListingPool>> ListingPool::Make(const Snapshot& snapshot, const Models& models,
                                                                     std::uint64_t seed, bool built_in_text,
                                                                     const RunContext& context, Rows* rows) {
  std::shared_ptr<ListingPool> pool(new ListingPool(models, seed));
  if (built_in_text && models.text_encoder != nullptr) pool->DropTextEncoder();
  absl::Status read = pool->ReadAll(snapshot, context, rows);
  if (pool->models_.text_encoder != nullptr && ReasonOf(read) == Reason::kUnavailable) {
    // From the start, since words were counted already.
    pool.reset(new ListingPool(models, seed));
    pool->DropTextEncoder();
    context.Warn(fmt::format("{}; all texts of this run are encoded by the built-in {} instead", ErrorText(read),
                             pool->encoder() == nullptr ? "words" : pool->encoder()->id()));
    read = pool->ReadAll(snapshot, context, rows);
  }
  MAGPIE_RETURN_IF_ERROR(read);
  pool->DrawReference(snapshot, *rows);
  const std::int64_t all = std::int64_t{snapshot.need_count()} + snapshot.offering_count();
  context.Report("weigh", all, all);
  return pool;
}

void ListingPool::DropTextEncoder() {
  instead_of_ = models_.text_encoder->id();
  models_.text_encoder = nullptr;
}

absl::Status ListingPool::Encode(const Encoder& encoder, std::span<const AnalyzedText> texts, const RunContext& context,
                                 std::span<std::vector<std::int16_t>* const> vectors) const {
  const auto d = static_cast<std::size_t>(encoder.dimension());
  std::vector<const AnalyzedText*> pointers;
  for (const AnalyzedText& text : texts) pointers.push_back(&text);
  std::vector<float> rows(texts.size() * d);
  MAGPIE_RETURN_IF_ERROR(encoder.Encode(pointers, rows, context));
  for (std::size_t i = 0; i < vectors.size(); ++i) *vectors[i] = ToFixed(std::span(rows).subspan(i * d, d));
  return absl::OkStatus();
}

absl::Status ListingPool::ReadBlock(std::span<const Source> listings, std::span<Read> reads,
                                    const RunContext& context) const {
  RunContext alone;
  alone.stop = context.stop;
  alone.warning = context.warning;
  alone.threads = 1;
  std::vector<AnalyzedText> texts, titles;
  std::vector<std::vector<std::int16_t>*> vectors, own_vectors, title_vectors;
  for (std::size_t i = 0; i < listings.size(); ++i) {
    reads[i].text = ReadListingText(*listings[i].record, analyzer());
    if (listings[i].side == Side::kNeed) {
      titles.push_back(TitleOf(reads[i].text.analyzed, *listings[i].record));
      title_vectors.push_back(&reads[i].title_vector);
    }
    texts.push_back(std::move(reads[i].text.analyzed));
    vectors.push_back(&reads[i].vector);
    own_vectors.push_back(&reads[i].own_vector);
  }
  if (text_encoder() == nullptr) return absl::OkStatus();
  MAGPIE_RETURN_IF_ERROR(Encode(*text_encoder(), texts, alone, vectors));
  if (!titles.empty()) MAGPIE_RETURN_IF_ERROR(Encode(*text_encoder(), titles, alone, title_vectors));
  // What the graph hears and WhatIf ask for the built-in encoder's vector beside another one's.
  if (models_.text_encoder != nullptr && models_.concepts != nullptr) {
    MAGPIE_RETURN_IF_ERROR(Encode(*encoder(), texts, alone, own_vectors));
  }
  return absl::OkStatus();
}

absl::Status ListingPool::ReadInBlocks(std::span<const Source> sources, std::span<Read> reads,
                                       const RunContext& context, const std::function<void(std::int64_t)>& done) const {
  const std::int64_t block = models_.text_encoder != nullptr ? kListingsPerRequest : kListingsPerBlock;
  return ParallelFor(
      context, static_cast<std::int64_t>(sources.size()), block, [&](std::int64_t begin, std::int64_t end) {
        const auto from = static_cast<std::size_t>(begin), count = static_cast<std::size_t>(end - begin);
        const absl::Status read = ReadBlock(sources.subspan(from, count), reads.subspan(from, count), context);
        if (done) done(end - begin);
        return read;
      });
}

absl::Status ListingPool::ReadAll(const Snapshot& snapshot, const RunContext& context, Rows* rows) {
  std::vector<std::shared_ptr<PooledText>> pooled[2];
  pooled[0].resize(snapshot.listings(Side::kNeed).size());
  pooled[1].resize(snapshot.listings(Side::kOffering).size());
  std::int32_t open_offerings = 0;
  const std::int64_t all = std::int64_t{snapshot.need_count()} + snapshot.offering_count();
  ProgressCounter progress(context, "analyze", all);
  // Both sides in one sequence, so that a text encoder is asked for as many at once as it takes.
  const std::int64_t needs = snapshot.need_count();
  for (std::int64_t first = 0; first < all; first += kListingsAtOnce) {
    std::vector<Source> sources;
    std::vector<std::size_t> places;
    for (std::int64_t i = first; i < std::min(first + kListingsAtOnce, all); ++i) {
      const Side side = i < needs ? Side::kNeed : Side::kOffering;
      const auto at = static_cast<std::size_t>(i < needs ? i : i - needs);
      const ListingRecord& record = snapshot.listings(side)[at]->record;
      if (TextLevel(record) != Level::kOpen) {
        progress.Add(1);
        continue;
      }
      sources.push_back({side, &record});
      places.push_back(at);
    }
    std::vector<Read> reads(sources.size());
    MAGPIE_RETURN_IF_ERROR(ReadInBlocks(sources, reads, context, [&](std::int64_t done) { progress.Add(done); }));
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const bool of_offering = sources[i].side == Side::kOffering;
      auto row = std::make_shared<PooledText>();
      row->text =
          Number(sources[i].side, &reads[i], [&](const std::string& word) { return words_.Count(word, of_offering); });
      if (of_offering) terms_.Count(row->text.terms);
      open_offerings += of_offering ? 1 : 0;
      pooled[of_offering][places[i]] = std::move(row);
    }
  }

  terms_.Freeze();
  MAGPIE_RETURN_IF_ERROR(words_.Freeze(open_offerings, context));
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    std::vector<std::shared_ptr<PooledText>>& texts = pooled[side == Side::kOffering];
    MAGPIE_RETURN_IF_ERROR(ParallelFor(context, static_cast<std::int64_t>(texts.size()), kListingsPerBlock,
                                       [&](std::int64_t begin, std::int64_t end) {
                                         for (std::int64_t i = begin; i < end; ++i) {
                                           const auto& row = texts[static_cast<std::size_t>(i)];
                                           if (row != nullptr) Weigh(side, &row->text);
                                         }
                                         return absl::OkStatus();
                                       }));
  }
  rows->needs.assign(pooled[0].begin(), pooled[0].end());
  rows->offerings.assign(pooled[1].begin(), pooled[1].end());
  return ReadSealed(snapshot, context, rows);
}

absl::Status ListingPool::ReadSealed(const Snapshot& snapshot, const RunContext& context, Rows* rows) const {
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    auto& of_side = side == Side::kNeed ? rows->needs : rows->offerings;
    std::vector<std::size_t> places;
    std::vector<const ListingRecord*> records;
    for (std::size_t at = 0; at < of_side.size(); ++at) {
      if (of_side[at] != nullptr) continue;
      places.push_back(at);
      records.push_back(&snapshot.listings(side)[at]->record);
    }
    MAGPIE_ASSIGN_OR_RETURN(const auto read, ReadLater(side, records, context));
    for (std::size_t i = 0; i < places.size(); ++i) of_side[places[i]] = read[i];
  }
  return absl::OkStatus();
}

template <typename NumberOf>
MatchText ListingPool::Number(Side side, Read* read, const NumberOf& number_of) {
  MatchText text;
  text.words.reserve(read->text.words.size());
  for (std::size_t w = 0; w < read->text.words.size(); ++w) {
    const std::uint32_t word = number_of(read->text.words[w]);
    if (word == WordPool::kNone) continue;  // a full pool: it still counts among the terms
    text.words.push_back(word);
    if (side == Side::kNeed) text.weights.push_back(Emphasis(read->text.counts[w]));
  }
  text.terms = std::move(read->text.terms);
  text.terms.shrink_to_fit();
  text.vector = std::move(read->vector);
  text.title_vector = std::move(read->title_vector);
  text.own_vector = std::move(read->own_vector);
  text.length = read->text.length;
  text.language = read->text.language;
  return text;
}

void ListingPool::Weigh(Side side, MatchText* text) const {
  if (side == Side::kOffering) {
    text->document_weights = terms_.WeighDocument(text->terms);
    return;
  }
  text->question_weights = terms_.WeighQuestion(text->terms);
  for (std::size_t w = 0; w < text->words.size(); ++w) text->weights[w] *= words_.weight(text->words[w]);
}

absl::StatusOr<std::vector<std::shared_ptr<const PooledText>>> ListingPool::ReadLater(
    Side side, std::span<const ListingRecord* const> listings, const RunContext& context) const {
  std::vector<Source> sources;
  for (const ListingRecord* listing : listings) sources.push_back({side, listing});
  std::vector<Read> reads(sources.size());
  MAGPIE_RETURN_IF_ERROR(ReadInBlocks(sources, reads, context, nullptr));
  std::vector<std::shared_ptr<const PooledText>> rows;
  for (Read& read : reads) {
    auto row = std::make_shared<PooledText>();
    row->text = Number(side, &read, [&](const std::string& word) { return words_.FindOrAdd(word); });
    Weigh(side, &row->text);
    rows.push_back(std::move(row));
  }
  return rows;
}

void ListingPool::DrawReference(const Snapshot& snapshot, const Rows& rows) {
  std::array<std::vector<std::pair<std::uint64_t, std::size_t>>, kTextLanguages> drawn;
  for (std::size_t o = 0; o < rows.offerings.size(); ++o) {
    // By content, not by place: the same offerings in another order give the same profiles.
    const ListingRecord& record = snapshot.listings(Side::kOffering)[o]->record;
    if (TextLevel(record) != Level::kOpen) continue;
    const std::uint64_t lot = StableHash(record.id, StableHash(record.title, seed_));
    drawn[static_cast<std::size_t>(rows.offerings[o]->text.language)].emplace_back(lot, o);
  }
  std::vector<std::size_t> chosen;
  for (auto& lots : drawn) {
    const std::size_t kept = std::min(lots.size(), kReferenceSample);
    std::partial_sort(lots.begin(), lots.begin() + static_cast<std::ptrdiff_t>(kept), lots.end());
    lots.resize(kept);
    for (const auto& [lot, offering] : lots) chosen.push_back(offering);
  }
  std::sort(chosen.begin(), chosen.end());
  std::vector<std::shared_ptr<const MatchText>> texts;
  for (std::size_t o : chosen) texts.emplace_back(rows.offerings[o], &rows.offerings[o]->text);
  reference_ = std::make_unique<const ReferenceSample>(words_, std::move(texts));

  // What a score depends on besides the pair itself and the ranker.
  hash_ = StableHash(analyzer().id(), seed_);
  if (encoder() != nullptr) hash_ = StableHash(encoder()->id(), hash_);
  if (models_.text_encoder != nullptr) hash_ = StableHash(models_.text_encoder->id(), hash_);
  if (models_.concepts != nullptr) hash_ = StableHash(models_.concepts->graph().id(), hash_);
  for (const auto& listing : snapshot.listings(Side::kOffering)) {
    if (TextLevel(listing->record) != Level::kOpen) continue;
    hash_ = StableHash(JoinedText(listing->record), StableHash(listing->record.id, hash_));
  }
}

MatchText ListingPool::ReadWords(const ListingText& read, Side side, std::vector<std::string>* outside) const {
  MatchText text;
  text.terms = read.terms;
  text.length = read.length;
  text.language = read.language;
  for (std::size_t w = 0; w < read.words.size(); ++w) {
    const std::string& word = read.words[w];
    std::uint32_t id = words_.Find(word);
    const double weight = id == WordPool::kNone ? words_.WeightOfUnknown(word) : words_.weight(id);
    if (id == WordPool::kNone) {
      const auto at = std::find(outside->begin(), outside->end(), word);
      id = MatchText::kOutside + static_cast<std::uint32_t>(at - outside->begin());
      if (at == outside->end()) outside->push_back(word);
    }
    text.words.push_back(id);
    if (side == Side::kNeed) text.weights.push_back(weight * Emphasis(read.counts[w]));
  }
  if (side == Side::kNeed) {
    text.question_weights = terms_.WeighQuestion(text.terms);
  } else {
    text.document_weights = terms_.WeighDocument(text.terms);
  }
  text.extra = FixedVectors(static_cast<std::int64_t>(outside->size()), words_.dimension());
  std::vector<float> row(static_cast<std::size_t>(words_.dimension()));
  for (std::size_t i = 0; i < outside->size() && encoder() != nullptr; ++i) {
    encoder()->EncodeWord((*outside)[i], row);
    text.extra.Set(static_cast<std::int64_t>(i), row);
  }
  return text;
}

absl::StatusOr<MatchText> ListingPool::ReadQuestion(const ListingRecord& question) const {
  Read read;
  const Source source{question.side, &question};
  MAGPIE_RETURN_IF_ERROR(ReadBlock({&source, 1}, {&read, 1}, RunContext()));
  std::vector<std::string> outside;
  MatchText text = ReadWords(read.text, question.side, &outside);
  text.vector = std::move(read.vector);
  text.title_vector = std::move(read.title_vector);
  text.own_vector = std::move(read.own_vector);
  return text;
}

std::vector<std::int16_t> ListingPool::EncodeOwn(const AnalyzedText& text) const {
  std::vector<float> row(static_cast<std::size_t>(encoder()->dimension()));
  const AnalyzedText* analyzed = &text;
  if (!encoder()->Encode({&analyzed, 1}, row, RunContext()).ok()) std::fill(row.begin(), row.end(), 0.0f);
  return ToFixed(row);
}

}  // namespace magpie
