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
// sample-fair, rounded. Without enough of it a pool of four would call nothing a match, since no pair can lie far from
// the mean of four.
constexpr double kPriorWeight = 25;
struct Prior {
  double mean, deviation, slope;
};
struct Priors {
  Prior lexical, semantic, text;
};
constexpr Priors kSameLanguage = {{0.01, 0.02, 0}, {0.03, 0.03, 0.025}, {0.015, 0.11, 0}};
constexpr Priors kOtherLanguage = {{0.0, 0.02, 0}, {0.016, 0.0115, 0.016}, {0.005, 0.09, 0}};
constexpr double kLogLengthDeviation = 0.3;  // of offerings, for the weight of the slope's prior

// One running sum each of what a regression line needs.
struct Sums {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  void Add(double length, double value, double times) {
    n += times;
    x += times * length;
    y += times * value;
    xx += times * length * length;
    xy += times * length * value;
    yy += times * value * value;
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

// What a word of the need is answered by a nearest word with this dot, which is above kLeastDot.
double Answer(std::int32_t dot) {
  if (dot == kSameWord) return 1;
  const double cosine = dot * FixedVectors::kDotScale;
  return std::min(1.0, (cosine - kLeastCosine) / (1 - kLeastCosine));
}

// Adds what one word of the need is worth, `best` being its dot with the offering's nearest word.
void AddWord(double weight, std::int32_t best, TextMeasures* measures) {
  if (best <= kLeastDot) return;
  measures->semantic += weight * Answer(best);
  if (best == kSameWord) measures->shared += weight;
}

}  // namespace

double LogLength(const MatchText& text) {
  return std::log(5 + text.length);
}

OfferingBlock::OfferingBlock(const WordPool& pool, std::vector<const MatchText*> offerings,
                             std::vector<std::int32_t> documents)
    : offerings_(std::move(offerings)), documents_(std::move(documents)) {
  std::vector<std::pair<std::uint32_t, std::int32_t>> said;
  for (std::size_t i = 0; i < offerings_.size(); ++i) {
    for (std::uint32_t word : offerings_[i]->words) said.emplace_back(word, static_cast<std::int32_t>(i));
  }
  std::sort(said.begin(), said.end());
  std::vector<std::span<const std::int16_t>> rows;
  for (const auto& [word, offering] : said) {
    if (words_.empty() || words_.back() != word) {
      words_.push_back(word);
      first_.push_back(static_cast<std::uint32_t>(holders_.size()));
      rows.push_back(offerings_[static_cast<std::size_t>(offering)]->WordVector(pool, word));
    }
    holders_.push_back(offering);
  }
  first_.push_back(static_cast<std::uint32_t>(holders_.size()));
  tiles_ = FixedTiles(pool.vectors().dimension(), rows);
}

std::vector<TextMeasures> TextMatcher::Measure(const MatchText& need, const OfferingBlock& block) const {
  std::vector<TextMeasures> measures(block.offerings_.size());
  if (measures.empty()) return measures;
  MeasureWords(need, block, measures);
  MeasureTerms(need, block, measures);
  for (std::size_t i = 0; i < measures.size(); ++i) {
    const std::vector<std::int16_t>& vector = block.offerings_[i]->vector;
    if (!need.vector.empty() && vector.size() == need.vector.size()) {
      measures[i].text = FixedDot(need.vector, vector) * FixedVectors::kDotScale;
    }
    if (!need.title_vector.empty() && vector.size() == need.title_vector.size()) {
      measures[i].title = FixedDot(need.title_vector, vector) * FixedVectors::kDotScale;
    }
  }
  return measures;
}

void TextMatcher::MeasureTerms(const MatchText& need, const OfferingBlock& block,
                               std::span<TextMeasures> measures) const {
  if (block.documents_.empty()) {
    for (std::size_t i = 0; i < measures.size(); ++i) {
      measures[i].lexical = index_.ScoreOutside(need.terms, block.offerings_[i]->terms);
    }
    return;
  }
  // One pass over the postings costs about as much as this many single look-ups.
  constexpr std::size_t kFewOfAll = 16;
  if (measures.size() * kFewOfAll < static_cast<std::size_t>(index_.document_count())) {
    for (std::size_t i = 0; i < measures.size(); ++i) {
      measures[i].lexical = index_.ScoreOne(need.terms, block.documents_[i]);
    }
    return;
  }
  std::vector<double> scores(static_cast<std::size_t>(index_.document_count()));
  index_.ScoreAll(need.terms, scores);
  for (std::size_t i = 0; i < measures.size(); ++i) {
    measures[i].lexical = scores[static_cast<std::size_t>(block.documents_[i])];
  }
}

void TextMatcher::FindBest(std::uint32_t word, const OfferingBlock& block, std::span<std::int32_t> dots,
                           std::span<std::int32_t> best) {
  const auto same = std::lower_bound(block.words_.begin(), block.words_.end(), word);
  if (same != block.words_.end() && *same == word) {
    dots[static_cast<std::size_t>(same - block.words_.begin())] = kSameWord;
  }
  std::fill(best.begin(), best.end(), 0);
  for (std::size_t w = 0; w < dots.size(); ++w) {
    if (dots[w] <= kLeastDot) continue;
    for (std::uint32_t h = block.first_[w]; h < block.first_[w + 1]; ++h) {
      std::int32_t& offering = best[static_cast<std::size_t>(block.holders_[h])];
      offering = std::max(offering, dots[w]);
    }
  }
}

std::vector<std::vector<float>> TextMatcher::Answers(const MatchText& need, std::span<const std::uint32_t> words,
                                                     const OfferingBlock& block) const {
  const auto stride = static_cast<std::size_t>(block.tiles_.padded_count());
  std::vector<std::int32_t> dots(stride * FixedTiles::kQueries, 0);
  std::vector<std::int32_t> best(block.offerings_.size());
  std::vector<std::vector<float>> answers(words.size(), std::vector<float>(best.size(), 0.0f));
  for (std::size_t first = 0; first < words.size(); first += FixedTiles::kQueries) {
    const std::size_t count = std::min<std::size_t>(FixedTiles::kQueries, words.size() - first);
    std::span<const std::int16_t> vectors[FixedTiles::kQueries];
    for (std::size_t q = 0; q < count; ++q) vectors[q] = need.WordVector(pool_, words[first + q]);
    block.tiles_.Dot({vectors, count}, dots);
    for (std::size_t q = 0; q < count; ++q) {
      FindBest(words[first + q], block, std::span(dots).subspan(q * stride, block.words_.size()), best);
      for (std::size_t i = 0; i < best.size(); ++i) {
        if (best[i] > kLeastDot) answers[first + q][i] = static_cast<float>(Answer(best[i]));
      }
    }
  }
  return answers;
}

void TextMatcher::MeasureWords(const MatchText& need, const OfferingBlock& block,
                               std::span<TextMeasures> measures) const {
  const auto stride = static_cast<std::size_t>(block.tiles_.padded_count());
  std::vector<std::int32_t> dots(stride * FixedTiles::kQueries, 0);
  std::vector<std::int32_t> best(measures.size());
  double total_weight = 0;
  for (std::size_t first = 0; first < need.words.size(); first += FixedTiles::kQueries) {
    const std::size_t count = std::min<std::size_t>(FixedTiles::kQueries, need.words.size() - first);
    std::span<const std::int16_t> vectors[FixedTiles::kQueries];
    for (std::size_t q = 0; q < count; ++q) vectors[q] = need.WordVector(pool_, need.words[first + q]);
    block.tiles_.Dot({vectors, count}, dots);
    for (std::size_t q = 0; q < count; ++q) {
      const std::span<std::int32_t> row = std::span(dots).subspan(q * stride, block.words_.size());
      FindBest(need.words[first + q], block, row, best);
      const double weight = need.weights[first + q];
      total_weight += weight;
      for (std::size_t i = 0; i < best.size(); ++i) AddWord(weight, best[i], &measures[i]);
    }
  }
  if (total_weight <= 0) return;
  for (TextMeasures& measure : measures) {
    measure.semantic /= total_weight;
    measure.shared /= total_weight;
  }
}

TextProfile MakeProfile(TextLanguage need_language, std::span<const MatchText* const> sample,
                        std::span<const TextMeasures> measures, std::span<const double> times) {
  std::array<Sums, kTextLanguages> lexical, semantic, text, title;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const auto language = static_cast<std::size_t>(sample[i]->language);
    const double length = LogLength(*sample[i]);
    const double count = times.empty() ? 1 : times[i];
    lexical[language].Add(0, measures[i].lexical, count);
    semantic[language].Add(length, measures[i].semantic, count);
    text[language].Add(0, measures[i].text, count);
    title[language].Add(0, measures[i].title, count);
  }
  TextProfile profile;
  for (std::size_t l = 0; l < kTextLanguages; ++l) {
    const Priors& priors = static_cast<std::size_t>(need_language) == l ? kSameLanguage : kOtherLanguage;
    profile.lexical[l] = MakeNorm(lexical[l], priors.lexical);
    profile.semantic[l] = MakeNorm(semantic[l], priors.semantic);
    profile.text[l] = MakeNorm(text[l], priors.text);
    profile.title[l] = MakeNorm(title[l], priors.text);
  }
  return profile;
}

}  // namespace magpie
