#include "scoring/text_match.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace magpie {
namespace {

constexpr double kLeastCosine = 0.15;  // below it two words have nothing to do with each other
constexpr std::int32_t kSameWord = std::int32_t{1} << (2 * FixedVectors::kBits + 1);  // above any dot product
constexpr std::int32_t kLeastDot = static_cast<std::int32_t>(kLeastCosine / FixedVectors::kDotScale);

// An ordinary pool, for evening out small ones: it weighs as much as this many offerings. The figures are those of
// sample-fair, rounded.
constexpr double kPriorWeight = 5;
struct Prior {
  double mean, deviation, slope;
};
struct Priors {
  Prior lexical, semantic, text;
};
constexpr Priors kSameLanguage = {{0.01, 0.02, 0}, {0.06, 0.03, 0.045}, {0.05, 0.10, 0}};
constexpr Priors kOtherLanguage = {{0.0, 0.02, 0}, {0.04, 0.015, 0.035}, {0.03, 0.10, 0}};
constexpr double kLogLengthDeviation = 0.3;  // of offerings, for the weight of the slope's prior

// One running sum each of what a regression line needs.
struct Sums {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  void Add(double length, double value) {
    n += 1;
    x += length;
    y += value;
    xx += length * length;
    xy += length * value;
    yy += value * value;
  }
};

Norm MakeNorm(const Sums& sums, const Prior& prior) {
  Norm norm;
  const double weight = sums.n + kPriorWeight;
  norm.mean = (sums.y + kPriorWeight * prior.mean) / weight;
  const double mean_x = sums.n > 0 ? sums.x / sums.n : 0;
  const double mean_y = sums.n > 0 ? sums.y / sums.n : 0;
  const double sxx = std::max(0.0, sums.xx - sums.n * mean_x * mean_x);
  const double sxy = sums.xy - sums.n * mean_x * mean_y;
  if (prior.slope > 0) {
    const double prior_sxx = kPriorWeight * kLogLengthDeviation * kLogLengthDeviation;
    norm.slope = (sxy + prior.slope * prior_sxx) / (sxx + prior_sxx);
    norm.centre = mean_x;
  }
  const double residual =
      std::max(0.0, sums.yy - sums.n * mean_y * mean_y - 2 * norm.slope * sxy + norm.slope * norm.slope * sxx);
  norm.deviation = std::sqrt((residual + kPriorWeight * prior.deviation * prior.deviation) / weight);
  return norm;
}

double WordSimilarity(std::int32_t dot) {
  const double cosine = dot * FixedVectors::kDotScale;
  return std::min(1.0, (cosine - kLeastCosine) / (1 - kLeastCosine));
}

// Adds what one word of the need is worth, `best` being its dot with the offering's nearest word.
void AddWord(double weight, std::int32_t best, TextMeasures* measures) {
  if (best <= kLeastDot) return;
  measures->semantic += weight * (best == kSameWord ? 1.0 : WordSimilarity(best));
  if (best == kSameWord) measures->shared += weight;
}

void DivideBy(double total_weight, std::span<TextMeasures> measures) {
  if (total_weight <= 0) return;
  for (TextMeasures& measure : measures) {
    measure.semantic /= total_weight;
    measure.shared /= total_weight;
  }
}

}  // namespace

double LogLength(const MatchText& text) {
  return std::log(5 + text.length);
}

std::span<const std::int16_t> TextMatcher::WordVector(const MatchText& text, std::uint32_t word) const {
  return word < pool_.word_count() ? pool_.vectors().row(word) : text.extra.row(word - pool_.word_count());
}

void TextMatcher::Measure(const MatchText& need, std::span<const MatchText* const> offerings,
                          std::span<const std::int32_t> documents, std::span<TextMeasures> measures) const {
  std::fill(measures.begin(), measures.end(), TextMeasures{});
  MeasureWords(need, offerings, measures);
  MeasureTexts(need, offerings, documents, measures);
}

void TextMatcher::MeasureBlock(const MatchText& need, const OfferingBlock& block,
                               std::span<const std::int32_t> documents, std::span<TextMeasures> measures) const {
  std::fill(measures.begin(), measures.end(), TextMeasures{});
  MeasureWordsOfBlock(need, block, measures);
  MeasureTexts(need, block.offerings_, documents, measures);
}

void TextMatcher::MeasureTexts(const MatchText& need, std::span<const MatchText* const> offerings,
                               std::span<const std::int32_t> documents, std::span<TextMeasures> measures) const {
  for (std::size_t i = 0; i < offerings.size(); ++i) {
    const std::vector<std::int16_t>& vector = offerings[i]->vector;
    if (!need.vector.empty() && vector.size() == need.vector.size()) {
      measures[i].text = FixedDot(need.vector, vector) * FixedVectors::kDotScale;
    }
  }
  // A listing from outside has no number.
  if (documents.empty()) {
    for (std::size_t i = 0; i < offerings.size(); ++i) {
      measures[i].lexical = index_.ScoreOutside(need.terms, offerings[i]->terms);
    }
    return;
  }
  // One pass over the postings costs about as much as this many single look-ups.
  constexpr std::size_t kFewOfAll = 16;
  if (documents.size() * kFewOfAll < static_cast<std::size_t>(index_.document_count())) {
    for (std::size_t i = 0; i < documents.size(); ++i) measures[i].lexical = index_.ScoreOne(need.terms, documents[i]);
  } else {
    std::vector<double> scores(static_cast<std::size_t>(index_.document_count()));
    index_.ScoreAll(need.terms, scores);
    for (std::size_t i = 0; i < documents.size(); ++i) {
      measures[i].lexical = scores[static_cast<std::size_t>(documents[i])];
    }
  }
}

void TextMatcher::MeasureWords(const MatchText& need, std::span<const MatchText* const> offerings,
                               std::span<TextMeasures> measures) const {
  // The different words of all these offerings, so that each is compared once with each word of the need.
  std::vector<std::uint32_t> place(pool_.word_count(), WordPool::kNone);
  std::vector<std::uint32_t> distinct;
  std::vector<std::uint32_t> first{0}, flat;  // the words of offering i are flat[first[i]..first[i+1]), as places
  for (const MatchText* offering : offerings) {
    for (std::uint32_t word : offering->words) {
      if (word >= pool_.word_count()) continue;  // only a listing from outside; below
      if (place[word] == WordPool::kNone) {
        place[word] = static_cast<std::uint32_t>(distinct.size());
        distinct.push_back(word);
      }
      flat.push_back(place[word]);
    }
    first.push_back(static_cast<std::uint32_t>(flat.size()));
  }
  const bool has_vectors = pool_.vectors().dimension() > 0;
  std::vector<std::int32_t> dots(distinct.size(), 0);
  double total_weight = 0;
  for (std::size_t q = 0; q < need.words.size(); ++q) {
    const std::uint32_t word = need.words[q];
    const double weight = need.weights[q];
    total_weight += weight;
    std::span<const std::int16_t> vector;
    if (has_vectors) {
      vector = WordVector(need, word);
      pool_.vectors().DotSome(vector, distinct, dots);
    }
    if (word < pool_.word_count() && place[word] != WordPool::kNone) dots[place[word]] = kSameWord;
    for (std::size_t i = 0; i < offerings.size(); ++i) {
      std::int32_t best = 0;
      for (std::uint32_t w = first[i]; w < first[i + 1]; ++w) best = std::max(best, dots[flat[w]]);
      for (std::uint32_t other : offerings[i]->words) {
        if (other < pool_.word_count()) break;  // words from outside stand first
        if (has_vectors) best = std::max(best, FixedDot(vector, WordVector(*offerings[i], other)));
      }
      AddWord(weight, best, &measures[i]);
    }
    if (!has_vectors && word < pool_.word_count() && place[word] != WordPool::kNone) dots[place[word]] = 0;
  }
  DivideBy(total_weight, measures);
}

OfferingBlock::OfferingBlock(const WordPool& pool, std::vector<const MatchText*> offerings)
    : offerings_(std::move(offerings)) {
  std::vector<std::pair<std::uint32_t, std::int32_t>> said;
  for (std::size_t i = 0; i < offerings_.size(); ++i) {
    for (std::uint32_t word : offerings_[i]->words) said.emplace_back(word, static_cast<std::int32_t>(i));
  }
  std::sort(said.begin(), said.end());
  for (const auto& [word, offering] : said) {
    if (words_.empty() || words_.back() != word) {
      words_.push_back(word);
      first_.push_back(static_cast<std::uint32_t>(holders_.size()));
    }
    holders_.push_back(offering);
  }
  first_.push_back(static_cast<std::uint32_t>(holders_.size()));
  tiles_ = FixedTiles(pool.vectors(), words_);
}

void TextMatcher::MeasureWordsOfBlock(const MatchText& need, const OfferingBlock& block,
                                      std::span<TextMeasures> measures) const {
  const auto stride = static_cast<std::size_t>(block.tiles_.padded_count());
  std::vector<std::int32_t> dots(stride * FixedTiles::kQueries, 0);
  std::vector<std::int32_t> best(block.offerings_.size());
  double total_weight = 0;
  for (std::size_t first = 0; first < need.words.size(); first += FixedTiles::kQueries) {
    const std::size_t count = std::min<std::size_t>(FixedTiles::kQueries, need.words.size() - first);
    if (pool_.vectors().dimension() > 0) {
      std::span<const std::int16_t> vectors[FixedTiles::kQueries];
      for (std::size_t q = 0; q < count; ++q) vectors[q] = WordVector(need, need.words[first + q]);
      block.tiles_.Dot({vectors, count}, dots);
    }
    for (std::size_t q = 0; q < count; ++q) {
      const std::span<std::int32_t> row = std::span(dots).subspan(q * stride, block.words_.size());
      const auto same = std::lower_bound(block.words_.begin(), block.words_.end(), need.words[first + q]);
      const bool is_said = same != block.words_.end() && *same == need.words[first + q];
      const auto at = static_cast<std::size_t>(same - block.words_.begin());
      if (is_said) row[at] = kSameWord;
      std::fill(best.begin(), best.end(), 0);
      for (std::size_t w = 0; w < row.size(); ++w) {
        if (row[w] <= kLeastDot) continue;
        for (std::uint32_t h = block.first_[w]; h < block.first_[w + 1]; ++h) {
          std::int32_t& offering = best[static_cast<std::size_t>(block.holders_[h])];
          offering = std::max(offering, row[w]);
        }
      }
      if (is_said) row[at] = 0;
      const double weight = need.weights[first + q];
      total_weight += weight;
      for (std::size_t i = 0; i < best.size(); ++i) AddWord(weight, best[i], &measures[i]);
    }
  }
  DivideBy(total_weight, measures);
}

TextProfile MakeProfile(TextLanguage need_language, std::span<const MatchText* const> sample,
                        std::span<const TextMeasures> measures) {
  std::array<Sums, kTextLanguages> lexical, semantic, text;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const auto language = static_cast<std::size_t>(sample[i]->language);
    const double length = LogLength(*sample[i]);
    lexical[language].Add(0, measures[i].lexical);
    semantic[language].Add(length, measures[i].semantic);
    text[language].Add(0, measures[i].text);
  }
  TextProfile profile;
  for (std::size_t l = 0; l < kTextLanguages; ++l) {
    const Priors& priors = static_cast<std::size_t>(need_language) == l ? kSameLanguage : kOtherLanguage;
    profile.lexical[l] = MakeNorm(lexical[l], priors.lexical);
    profile.semantic[l] = MakeNorm(semantic[l], priors.semantic);
    profile.text[l] = MakeNorm(text[l], priors.text);
  }
  return profile;
}

}  // namespace magpie
