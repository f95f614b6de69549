#include "scoring/reference_sample.h"

#include <algorithm>
#include <functional>
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
  for (std::size_t i = 0; i < offerings_.size(); ++i) {
    const MatchText& offering = *offerings_[i];
    sampled_.push_back({offering.language, LogLength(offering)});
    for (std::size_t t = 0; t < offering.terms.size(); ++t) {
      said.push_back({offering.terms[t].term, {static_cast<std::uint32_t>(i), offering.document_weights[t]}});
    }
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
  HoldRoom();
}

ReferenceSample::~ReferenceSample() {
  for (std::atomic<const float*>& row : kept_) delete[] row.load();
}

void ReferenceSample::HoldRoom() {
  const std::size_t room = kMostKept / (sizeof(float) * std::max<std::size_t>(offerings_.size(), 1));
  std::vector<std::int32_t> asked;
  for (std::uint32_t word = 0; word < kept_.size(); ++word) {
    if (pool_.asked(word) > 0) asked.push_back(pool_.asked(word));
  }
  if (asked.size() > room) {
    std::nth_element(asked.begin(), asked.begin() + static_cast<std::ptrdiff_t>(room), asked.end(), std::greater<>());
    least_asked_ = asked[room] + 1;
  }
  const auto held =
      std::count_if(asked.begin(), asked.end(), [&](std::int32_t needs) { return needs >= least_asked_; });
  room_left_ = room - static_cast<std::size_t>(held);
}

const float* ReferenceSample::Keep(std::uint32_t word, std::vector<float> answers,
                                   std::vector<std::vector<float>>* mine) const {
  const bool held = word < kept_.size() && pool_.asked(word) >= least_asked_;
  bool keeps = held;
  if (word < kept_.size() && !held) {
    std::size_t left = room_left_;
    while (left > 0 && !room_left_.compare_exchange_weak(left, left - 1)) {
    }
    keeps = left > 0;
  }
  if (!keeps) return mine->emplace_back(std::move(answers)).data();
  auto* row = new float[answers.size()];
  std::copy(answers.begin(), answers.end(), row);
  const float* there = nullptr;
  if (kept_[word].compare_exchange_strong(there, row)) return row;
  delete[] row;  // another thread was first, with the same values
  if (!held) ++room_left_;
  return there;
}

ReferenceSample::Answers ReferenceSample::AnswersOf(std::span<const MatchText* const> needs) const {
  struct Asked {
    std::size_t need, word;
    std::size_t unknown;
  };
  Answers answers;
  std::vector<Asked> asked;
  std::vector<TextMatcher::Word> unknown;
  absl::flat_hash_map<std::uint32_t, std::size_t> place;  // in `unknown`, of words of the pool
  for (std::size_t n = 0; n < needs.size(); ++n) {
    std::vector<const float*>& rows = answers.rows.emplace_back(needs[n]->words.size(), nullptr);
    for (std::size_t w = 0; w < rows.size(); ++w) {
      const std::uint32_t word = needs[n]->words[w];
      const bool of_pool = word < kept_.size();
      if (of_pool) rows[w] = kept_[word].load(std::memory_order_acquire);
      if (rows[w] != nullptr) continue;
      const std::size_t at = of_pool ? place.emplace(word, unknown.size()).first->second : unknown.size();
      if (at == unknown.size()) unknown.push_back({word, needs[n]->WordVector(pool_, word)});
      asked.push_back({n, w, at});
    }
  }
  std::vector<const float*> found;
  answers.mine.reserve(unknown.size());
  if (!unknown.empty()) {
    std::vector<std::vector<float>> made = TextMatcher(pool_).Answers(unknown, block_);
    for (std::size_t u = 0; u < unknown.size(); ++u) {
      found.push_back(Keep(unknown[u].number, std::move(made[u]), &answers.mine));
    }
  }
  for (const Asked& one : asked) answers.rows[one.need][one.word] = found[one.unknown];
  return answers;
}

std::vector<double> ReferenceSample::MeasureWords(const MatchText& need, std::span<const float* const> rows) const {
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

std::vector<std::vector<TextMeasures>> ReferenceSample::Measure(std::span<const MatchText* const> needs) const {
  const Answers answers = AnswersOf(needs);
  std::vector<std::vector<TextMeasures>> measures(needs.size(), std::vector<TextMeasures>(offerings_.size()));
  for (std::size_t n = 0; n < needs.size(); ++n) {
    const std::vector<double> semantic = MeasureWords(*needs[n], answers.rows[n]), lexical = MeasureTerms(*needs[n]);
    for (std::size_t i = 0; i < offerings_.size(); ++i) {
      measures[n][i].semantic = semantic[i];
      measures[n][i].lexical = lexical[i];
    }
  }
  MeasureVectors(needs, block_.offerings(), measures);
  return measures;
}

std::vector<TextProfile> ReferenceSample::Profiles(std::span<const MatchText* const> needs) const {
  const std::vector<std::vector<TextMeasures>> measures = Measure(needs);
  std::vector<TextProfile> profiles;
  for (std::size_t n = 0; n < needs.size(); ++n) {
    profiles.push_back(MakeProfile(needs[n]->language, sampled_, measures[n]));
  }
  return profiles;
}

TextProfile ReferenceSample::Profile(const MatchText& need) const {
  const MatchText* one = &need;
  return Profiles({&one, 1}).front();
}

TextProfile ReferenceSample::ProfileWith(const MatchText& need, const MatchText& offering, const MatchText& changed,
                                         const TextMeasures& measures) const {
  const MatchText* one = &need;
  std::vector<TextMeasures> of_sample = Measure({&one, 1}).front();
  std::vector<SampledText> sampled = sampled_;
  for (std::size_t i = 0; i < offerings_.size(); ++i) {
    if (offerings_[i].get() != &offering) continue;
    of_sample[i] = measures;
    sampled[i] = {changed.language, LogLength(changed)};
  }
  return MakeProfile(need.language, sampled, of_sample);
}

}  // namespace magpie
