#include "scoring/reference_sample.h"

#include <algorithm>
#include <utility>

namespace magpie {
namespace {

std::vector<const MatchText*> Pointers(const std::vector<std::shared_ptr<const MatchText>>& texts) {
  std::vector<const MatchText*> pointers;
  for (const auto& text : texts) pointers.push_back(text.get());
  return pointers;
}

}  // namespace

ReferenceSample::ReferenceSample(const WordPool& pool, std::vector<std::shared_ptr<const MatchText>> offerings)
    : pool_(pool), offerings_(std::move(offerings)), block_(pool, Pointers(offerings_)), kept_(pool.word_count()) {
  struct Said {
    std::uint64_t term;
    Posting posting;
  };
  std::vector<Said> said;
  std::size_t dimension = 0;
  for (std::size_t i = 0; i < offerings_.size(); ++i) {
    const MatchText& offering = *offerings_[i];
    sampled_.push_back({offering.language, LogLength(offering)});
    for (std::size_t t = 0; t < offering.terms.size(); ++t) {
      said.push_back({offering.terms[t].term, {static_cast<std::uint32_t>(i), offering.document_weights[t]}});
    }
    dimension = std::max(dimension, offering.vector.size());
  }
  std::stable_sort(said.begin(), said.end(), [](const Said& a, const Said& b) { return a.term < b.term; });
  for (std::size_t i = 0; i < said.size(); ++i) {
    if (i == 0 || said[i].term != said[i - 1].term) {
      list_of_term_.emplace(said[i].term, static_cast<std::uint32_t>(first_.size()));
      first_.push_back(static_cast<std::uint32_t>(i));
    }
    postings_.push_back(said[i].posting);
  }
  first_.push_back(static_cast<std::uint32_t>(postings_.size()));

  vectors_ = FixedVectors(static_cast<std::int64_t>(offerings_.size()), static_cast<int>(dimension));
  for (std::size_t i = 0; i < offerings_.size(); ++i) {
    if (offerings_[i]->vector.size() == dimension)
      vectors_.SetFixed(static_cast<std::int64_t>(i), offerings_[i]->vector);
  }
}

ReferenceSample::~ReferenceSample() {
  for (std::atomic<const float*>& row : kept_) delete[] row.load();
}

const float* ReferenceSample::Keep(std::uint32_t word, std::vector<float> answers,
                                   std::vector<std::vector<float>>* mine) const {
  const std::size_t bytes = answers.size() * sizeof(float);
  if (word < kept_.size() && kept_bytes_.fetch_add(bytes) + bytes <= kMostKept) {
    auto* row = new float[answers.size()];
    std::copy(answers.begin(), answers.end(), row);
    const float* there = nullptr;
    if (kept_[word].compare_exchange_strong(there, row)) return row;
    delete[] row;  // another thread was first, with the same values
    kept_bytes_ -= bytes;
    return there;
  }
  if (word < kept_.size()) kept_bytes_ -= bytes;
  return mine->emplace_back(std::move(answers)).data();
}

std::vector<double> ReferenceSample::MeasureWords(const MatchText& need) const {
  std::vector<const float*> rows(need.words.size(), nullptr);
  std::vector<std::uint32_t> unknown;
  for (std::size_t w = 0; w < need.words.size(); ++w) {
    if (need.words[w] < kept_.size()) rows[w] = kept_[need.words[w]].load(std::memory_order_acquire);
    if (rows[w] == nullptr) unknown.push_back(need.words[w]);
  }
  std::vector<std::vector<float>> answers, mine;
  if (!unknown.empty()) answers = TextMatcher(pool_).Answers(need, unknown, block_);
  mine.reserve(unknown.size());
  auto answer = answers.begin();
  for (std::size_t w = 0; w < need.words.size(); ++w) {
    if (rows[w] == nullptr) rows[w] = Keep(need.words[w], std::move(*answer++), &mine);
  }

  std::vector<double> sums(offerings_.size());
  double total = 0;
  for (std::size_t w = 0; w < need.words.size(); ++w) {
    const double weight = need.weights[w];
    const float* row = rows[w];
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += weight * static_cast<double>(row[i]);
    total += weight;
  }
  if (total > 0) {
    for (double& sum : sums) sum /= total;
  }
  return sums;
}

std::vector<double> ReferenceSample::MeasureTerms(const MatchText& need) const {
  std::vector<double> sums(offerings_.size());
  for (std::size_t t = 0; t < need.terms.size(); ++t) {
    const auto list = list_of_term_.find(need.terms[t].term);
    if (list == list_of_term_.end()) continue;
    for (std::uint32_t p = first_[list->second]; p < first_[list->second + 1]; ++p) {
      sums[postings_[p].offering] += need.question_weights[t] * static_cast<double>(postings_[p].weight);
    }
  }
  return sums;
}

std::vector<TextMeasures> ReferenceSample::Measure(const MatchText& need) const {
  std::vector<TextMeasures> measures(offerings_.size());
  const std::vector<double> semantic = MeasureWords(need), lexical = MeasureTerms(need);
  for (std::size_t i = 0; i < measures.size(); ++i) {
    measures[i].semantic = semantic[i];
    measures[i].lexical = lexical[i];
  }
  std::vector<std::int32_t> dots(measures.size());
  const auto dimension = static_cast<std::size_t>(vectors_.dimension());
  if (dimension > 0 && need.vector.size() == dimension) {
    vectors_.DotAll(need.vector, dots);
    for (std::size_t i = 0; i < dots.size(); ++i) measures[i].text = dots[i] * FixedVectors::kDotScale;
  }
  if (dimension > 0 && need.title_vector.size() == dimension) {
    vectors_.DotAll(need.title_vector, dots);
    for (std::size_t i = 0; i < dots.size(); ++i) measures[i].title = dots[i] * FixedVectors::kDotScale;
  }
  return measures;
}

TextProfile ReferenceSample::Profile(const MatchText& need) const {
  return MakeProfile(need.language, sampled_, Measure(need));
}

TextProfile ReferenceSample::ProfileWith(const MatchText& need, const MatchText& offering, const MatchText& changed,
                                         const TextMeasures& measures) const {
  std::vector<TextMeasures> of_sample = Measure(need);
  std::vector<SampledText> sampled = sampled_;
  for (std::size_t i = 0; i < offerings_.size(); ++i) {
    if (offerings_[i].get() != &offering) continue;
    of_sample[i] = measures;
    sampled[i] = {changed.language, LogLength(changed)};
  }
  return MakeProfile(need.language, sampled, of_sample);
}

}  // namespace magpie
