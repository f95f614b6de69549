#include "scoring/text_match.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "magpie/retrieval/tf_idf.h"

namespace magpie {
namespace {

constexpr double kLeastCosine = 0.15;  // below it two words have nothing to do with each other
constexpr std::int32_t kSameWord = std::int32_t{1} << (2 * FixedVectors::kBits + 1);  // above any dot product
constexpr std::int32_t kLeastDot = static_cast<std::int32_t>(kLeastCosine / FixedVectors::kDotScale);
constexpr std::size_t kLeastTogether = 16, kMostTogether = 64;  // words of needs compared at once
constexpr std::size_t kRowsTogether = 64;                       // words of a block
constexpr std::size_t kMostBest = 128 << 10;                    // figures of offerings kept at once, where not many

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

// Calls rows [first, end) near, as far as there are so many.
void Prefetch(std::span<const std::int16_t* const> rows, std::size_t first, std::size_t end, int dimension) {
  constexpr int kLine = 64 / sizeof(std::int16_t);
  for (std::size_t r = first; r < std::min(end, rows.size()); ++r) {
    for (int j = 0; j < dimension; j += kLine) __builtin_prefetch(rows[r] + j);
  }
}

// What a word of the need is answered by a nearest word with this dot, which is above kLeastDot.
double Answer(std::int32_t dot) {
  return dot == kSameWord ? 1 : TextMatcher::AnswerOf(dot * FixedVectors::kDotScale);
}

// Adds what one word of the need is worth, `best` being its dot with the offering's nearest word.
void AddWord(double weight, std::int32_t best, TextMeasures* measures) {
  if (best <= kLeastDot) return;
  measures->semantic += weight * Answer(best);
  if (best == kSameWord) measures->shared += weight;
}

}  // namespace

OfferingBlock::OfferingBlock(const WordPool& pool, std::vector<const MatchText*> offerings)
    : offerings_(std::move(offerings)) {
  // Words by their numbers; those outside the pool have numbers of their own.
  std::size_t said = 0, outside = 0;
  for (const MatchText* offering : offerings_) {
    said += offering->words.size();
    outside = std::max(outside, static_cast<std::size_t>(offering->extra.count()));
  }
  constexpr std::uint32_t kFree = 0xFFFFFFFF;
  thread_local std::vector<std::uint32_t> place_of_word;  // all kFree between two calls
  const std::size_t count = pool.word_count();
  if (place_of_word.size() < count + outside) place_of_word.resize(count + outside, kFree);
  const auto slot_of = [&](std::uint32_t word) {
    return word < MatchText::kOutside ? word : count + (word - MatchText::kOutside);
  };
  std::vector<std::uint32_t> places;
  places.reserve(said);
  for (const MatchText* offering : offerings_) {
    for (std::uint32_t word : offering->words) {
      std::uint32_t& place = place_of_word[slot_of(word)];
      if (place == kFree) {
        place = static_cast<std::uint32_t>(words_.size());
        words_.push_back(word);
        vectors_.push_back(offering->WordVector(pool, word));
      }
      places.push_back(place);
    }
  }
  for (std::uint32_t word : words_) place_of_word[slot_of(word)] = kFree;

  first_.assign(words_.size() + 1, 0);
  for (std::uint32_t place : places) ++first_[place + 1];
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  holders_.resize(said);
  std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
  auto place = places.begin();
  for (std::size_t i = 0; i < offerings_.size(); ++i) {
    for (std::size_t w = 0; w < offerings_[i]->words.size(); ++w)
      holders_[next[*place++]++] = static_cast<std::int32_t>(i);
  }
}

void MeasureVectors(std::span<const MatchText* const> needs, std::span<const MatchText* const> offerings,
                    std::span<std::vector<TextMeasures>> measures) {
  std::size_t dimension = 0;
  for (const MatchText* need : needs) dimension = std::max({dimension, need->vector.size(), need->title_vector.size()});
  if (dimension == 0) return;
  struct Asked {
    std::size_t need;
    double TextMeasures::*measure;
  };
  std::vector<Asked> asked;
  std::vector<const std::int16_t*> queries, rows;
  for (std::size_t n = 0; n < needs.size(); ++n) {
    const auto ask = [&](const std::vector<std::int16_t>& vector, double TextMeasures::*measure) {
      if (vector.size() != dimension) return;
      asked.push_back({n, measure});
      queries.push_back(vector.data());
    };
    ask(needs[n]->vector, &TextMeasures::text);
    ask(needs[n]->title_vector, &TextMeasures::title);
  }
  std::vector<std::size_t> known;  // offerings
  for (std::size_t i = 0; i < offerings.size(); ++i) {
    if (offerings[i]->vector.size() != dimension) continue;
    known.push_back(i);
    rows.push_back(offerings[i]->vector.data());
  }
  std::vector<std::int32_t> dots(queries.size() * rows.size());
  FixedDots(queries, rows, static_cast<int>(dimension), dots);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    std::vector<TextMeasures>& of_need = measures[asked[q].need];
    for (std::size_t r = 0; r < rows.size(); ++r) {
      of_need[known[r]].*asked[q].measure = dots[q * rows.size() + r] * FixedVectors::kDotScale;
    }
  }
}

std::vector<TextMeasures> TextMatcher::Measure(const MatchText& need, const OfferingBlock& block) const {
  std::vector<TextMeasures> measures(block.offerings_.size());
  if (measures.empty()) return measures;
  double total_weight = 0;
  ForEachWord(WordsOf(need), block, [&](std::size_t w, std::span<const std::int32_t> best) {
    const double weight = need.weights[w];
    total_weight += weight;
    for (std::size_t i = 0; i < best.size(); ++i) AddWord(weight, best[i], &measures[i]);
  });
  const TermQuestion question(need.terms, need.question_weights);
  for (std::size_t i = 0; i < measures.size(); ++i) {
    const MatchText& offering = *block.offerings_[i];
    if (total_weight > 0) {
      measures[i].semantic /= total_weight;
      measures[i].shared /= total_weight;
    }
    measures[i].lexical = question.Cosine(offering.terms, offering.document_weights);
  }
  const MatchText* one = &need;
  MeasureVectors({&one, 1}, block.offerings_, {&measures, 1});
  return measures;
}

std::vector<TextMatcher::Word> TextMatcher::WordsOf(const MatchText& need) const {
  std::vector<Word> words;
  words.reserve(need.words.size());
  for (std::uint32_t word : need.words) words.push_back({word, need.WordVector(pool_, word)});
  return words;
}

double TextMatcher::AnswerOf(double cosine) {
  return std::min(1.0, (cosine - kLeastCosine) / (1 - kLeastCosine));
}

void TextMatcher::RaiseBest(std::uint32_t word, const OfferingBlock& block, std::size_t first,
                            std::span<const std::int32_t> dots, std::span<std::int32_t> best) {
  for (std::size_t w = 0; w < dots.size(); ++w) {
    const std::int32_t dot = block.words_[first + w] == word ? kSameWord : dots[w];
    if (dot <= kLeastDot) continue;
    for (std::uint32_t h = block.first_[first + w]; h < block.first_[first + w + 1]; ++h) {
      std::int32_t& offering = best[static_cast<std::size_t>(block.holders_[h])];
      offering = std::max(offering, dot);
    }
  }
}

template <typename Use>
void TextMatcher::ForEachWord(std::span<const Word> words, const OfferingBlock& block, const Use& use) const {
  // Some of the block's words with all of the need's while they are near: they are read once from far away.
  const std::size_t offerings = block.offerings_.size();
  const std::size_t together =
      std::clamp(kMostBest / std::max<std::size_t>(offerings, 1), kLeastTogether, kMostTogether);
  std::vector<std::int32_t> dots(together * kRowsTogether), best(together * offerings);
  for (std::size_t first = 0; first < words.size(); first += together) {
    const std::size_t here = std::min(together, words.size() - first);
    std::array<const std::int16_t*, kMostTogether> queries;
    for (std::size_t q = 0; q < here; ++q) queries[q] = words[first + q].vector;
    std::fill(best.begin(), best.end(), 0);
    for (std::size_t row = 0; row < block.vectors_.size(); row += kRowsTogether) {
      const std::size_t rows = std::min(kRowsTogether, block.vectors_.size() - row);
      FixedDots(std::span(queries).first(here), std::span(block.vectors_).subspan(row, rows), pool_.dimension(), dots);
      const std::span<const std::int16_t* const> next = std::span(block.vectors_).subspan(row + rows);
      for (std::size_t q = 0; q < here; ++q) {
        Prefetch(next, q * kRowsTogether / here, (q + 1) * kRowsTogether / here, pool_.dimension());
        RaiseBest(words[first + q].number, block, row, std::span(dots).subspan(q * rows, rows),
                  std::span(best).subspan(q * offerings, offerings));
      }
    }
    for (std::size_t q = 0; q < here; ++q) {
      use(first + q, std::span<const std::int32_t>(best).subspan(q * offerings, offerings));
    }
  }
}

std::vector<std::vector<float>> TextMatcher::Answers(std::span<const Word> words, const OfferingBlock& block) const {
  std::vector<std::vector<float>> answers(words.size(), std::vector<float>(block.offerings_.size(), 0.0f));
  ForEachWord(words, block, [&](std::size_t w, std::span<const std::int32_t> best) {
    for (std::size_t i = 0; i < best.size(); ++i) {
      if (best[i] > kLeastDot) answers[w][i] = static_cast<float>(Answer(best[i]));
    }
  });
  return answers;
}

TextProfile MakeProfile(TextLanguage need_language, std::span<const SampledText> sample,
                        std::span<const TextMeasures> measures) {
  std::array<Sums, kTextLanguages> lexical, semantic, text, title;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const auto language = static_cast<std::size_t>(sample[i].language);
    lexical[language].Add(0, measures[i].lexical);
    semantic[language].Add(sample[i].log_length, measures[i].semantic);
    text[language].Add(0, measures[i].text);
    title[language].Add(0, measures[i].title);
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
