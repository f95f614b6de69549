#include "train/encoder_trainer.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "magpie/base/files.h"
#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "magpie/vector/vector_table.h"
#include "train/lexicon.h"
#include "train/pair_sampler.h"

namespace magpie::train {
namespace {

constexpr std::size_t kBatchSize = 1024;
constexpr float kTemperature = 0.05f;
constexpr int kNeighbourSteps = 300;  // neighbours are looked for after so many steps, and again after as many
constexpr int kKeptSteps = 900;       // a multiple of kNeighbourSteps, so that neighbours come out the same
constexpr float kTiny = 1e-12f;
constexpr std::int64_t kBlock = 64;

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Numbers the different values of a list, and lists for each where it occurs: a sparse matrix turned on its side.
class Occurrences {
 public:
  explicit Occurrences(std::size_t value_count) : number_of_(value_count, kNone) {}

  struct Place {
    std::uint32_t from = 0;
    float weight = 0;
  };

  void Clear() {
    for (std::uint32_t value : values) number_of_[value] = kNone;
    values.clear();
    entries_.clear();
  }
  void Add(std::uint32_t value, std::uint32_t from, float weight) {
    std::uint32_t& number = number_of_[value];
    if (number == kNone) {
      number = static_cast<std::uint32_t>(values.size());
      values.push_back(value);
    }
    entries_.push_back({number, {from, weight}});
  }
  void Sort() {
    first.assign(values.size() + 1, 0);
    for (const auto& [number, place] : entries_) ++first[number + 1];
    std::partial_sum(first.begin(), first.end(), first.begin());
    places.resize(entries_.size());
    std::vector<std::uint32_t> next(first.begin(), first.end() - 1);
    for (const auto& [number, place] : entries_) places[next[number]++] = place;
  }
  std::uint32_t number(std::uint32_t value) const { return number_of_[value]; }

  std::vector<std::uint32_t> values;  // by number, in the order of their first occurrence
  std::vector<std::uint32_t> first;   // places of number i: places[first[i]] .. places[first[i + 1]]
  std::vector<Place> places;

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  std::vector<std::uint32_t> number_of_;
  std::vector<std::pair<std::uint32_t, Place>> entries_;
};

class Trainer {
 public:
  Trainer(const TextPool& pool, const EncoderOptions& options, const RunContext& context)
      : pool_(pool),
        options_(options),
        context_(context),
        d_(static_cast<std::size_t>(options.dimension)),
        lexicon_(MakeLexicon(pool)),
        sampler_(pool, options.seed),
        words_(pool.words.size()),
        parts_(lexicon_.part_count()) {
    const std::size_t n = lexicon_.part_count();
    vectors_.resize(static_cast<Eigen::Index>(n), options.dimension);
    Random random(options.seed);
    // Normal with variance 1/d by the sum of twelve uniforms: exact enough, and the same everywhere.
    const double scale = 1.0 / std::sqrt(static_cast<double>(d_));
    for (Eigen::Index i = 0; i < vectors_.size(); ++i) {
      double sum = -6;
      for (int k = 0; k < 12; ++k) sum += random.Uniform();
      vectors_.data()[i] = static_cast<float>(sum * scale);
    }
    weights_ = lexicon_.start_weight;
    vector_squares_.assign(n, 0.0f);
    weight_squares_.assign(n, 0.0f);
  }

  absl::Status Run() {
    double recent = 0;
    MAGPIE_ASSIGN_OR_RETURN(const int first, Resume());
    for (int step = first; step < options_.steps; ++step) {
      MAGPIE_RETURN_IF_ERROR(context_.CheckCancelled());
      if (step > first && step % kKeptSteps == 0) MAGPIE_RETURN_IF_ERROR(Keep(step));
      if (step > 0 && step % kNeighbourSteps == 0) MAGPIE_RETURN_IF_ERROR(FindNeighbours(step));
      const double left = 1.0 - static_cast<double>(step) / options_.steps;
      const Batch batch = sampler_.Draw(static_cast<std::uint64_t>(step), kBatchSize);
      MAGPIE_RETURN_IF_ERROR(Step(batch, static_cast<float>(options_.rate * (0.1 + 0.9 * left))));
      recent += 0.01 * (batch_accuracy_ - recent);
      context_.Report("train", step + 1, options_.steps);
    }
    accuracy_ = recent;
    std::error_code ignored;
    if (!options_.state.empty()) std::filesystem::remove(options_.state, ignored);
    return absl::OkStatus();
  }

  EncoderResult Finish() const;

 private:
  template <typename Body>
  absl::Status For(std::size_t count, const Body& body, std::int64_t block = kBlock) const {
    return ParallelFor(context_, static_cast<std::int64_t>(count), block, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) body(static_cast<Eigen::Index>(i));
      return absl::OkStatus();
    });
  }

  // The vector of a word: the weighted sum of its parts.
  template <typename Row>
  void AddWord(std::uint32_t word, float weight, Row&& row) const {
    for (std::uint32_t p = lexicon_.first_part[word]; p < lexicon_.first_part[word + 1]; ++p) {
      const std::uint32_t part = lexicon_.part_of[p];
      row.noalias() += (weight * std::exp(weights_[part])) * vectors_.row(part);
    }
  }

  absl::Status Step(const Batch& batch, float rate);
  absl::Status Contrast(std::size_t n);
  absl::Status FindNeighbours(int step);

  // The step to begin with: 0, or the one after the kept state. A state of another run is refused (kModelMismatch).
  absl::StatusOr<int> Resume();
  absl::Status Keep(int step) const;
  std::string RunName() const;

  const TextPool& pool_;
  const EncoderOptions& options_;
  const RunContext& context_;
  const std::size_t d_;
  const Lexicon lexicon_;
  PairSampler sampler_;

  Matrix vectors_;              // E, a row for each part
  std::vector<float> weights_;  // u
  std::vector<float> vector_squares_, weight_squares_;

  // Scratch of a step. Texts 0 .. n are the left sides, n .. 2n the right sides.
  Occurrences words_, parts_;
  Matrix word_vectors_, word_gradients_, texts_, text_gradients_, scores_, columns_;
  std::vector<float> lengths_;
  double batch_accuracy_ = 0, accuracy_ = 0;
};

absl::Status Trainer::Step(const Batch& batch, float rate) {
  const std::size_t n = batch.left.size(), all = n + batch.right.size();
  words_.Clear();
  for (std::size_t i = 0; i < all; ++i) {
    for (const WeightedWord& word : i < n ? batch.left[i] : batch.right[i - n]) {
      words_.Add(word.word, static_cast<std::uint32_t>(i), word.weight);
    }
  }
  words_.Sort();
  const auto word_count = static_cast<Eigen::Index>(words_.values.size());
  const auto d = static_cast<Eigen::Index>(d_);
  word_vectors_.resize(word_count, d);
  word_gradients_.resize(word_count, d);
  MAGPIE_RETURN_IF_ERROR(For(words_.values.size(), [&](Eigen::Index w) {
    word_vectors_.row(w).setZero();
    AddWord(words_.values[static_cast<std::size_t>(w)], 1.0f, word_vectors_.row(w));
  }));

  texts_.resize(static_cast<Eigen::Index>(all), d);
  text_gradients_.resize(static_cast<Eigen::Index>(all), d);
  lengths_.resize(all);
  MAGPIE_RETURN_IF_ERROR(For(all, [&](Eigen::Index i) {
    const auto text = static_cast<std::size_t>(i);
    auto row = texts_.row(i);
    row.setZero();
    for (const WeightedWord& word : text < n ? batch.left[text] : batch.right[text - n]) {
      row.noalias() += word.weight * word_vectors_.row(words_.number(word.word));
    }
    lengths_[text] = std::max(row.norm(), 1e-6f);
    row /= lengths_[text];
  }));
  MAGPIE_RETURN_IF_ERROR(Contrast(n));

  MAGPIE_RETURN_IF_ERROR(For(words_.values.size(), [&](Eigen::Index w) {
    auto gradient = word_gradients_.row(w);
    gradient.setZero();
    for (std::uint32_t p = words_.first[static_cast<std::size_t>(w)]; p < words_.first[static_cast<std::size_t>(w) + 1];
         ++p) {
      gradient.noalias() += words_.places[p].weight * text_gradients_.row(words_.places[p].from);
    }
  }));
  parts_.Clear();
  for (std::size_t w = 0; w < words_.values.size(); ++w) {
    const std::uint32_t word = words_.values[w];
    for (std::uint32_t p = lexicon_.first_part[word]; p < lexicon_.first_part[word + 1]; ++p) {
      parts_.Add(lexicon_.part_of[p], static_cast<std::uint32_t>(w), 1.0f);
    }
  }
  parts_.Sort();
  return For(parts_.values.size(), [&](Eigen::Index i) {
    const auto number = static_cast<std::size_t>(i);
    const std::uint32_t part = parts_.values[number];
    Eigen::RowVectorXf gradient = Eigen::RowVectorXf::Zero(d);
    for (std::uint32_t p = parts_.first[number]; p < parts_.first[number + 1]; ++p) {
      gradient.noalias() += word_gradients_.row(parts_.places[p].from);
    }
    gradient *= std::exp(weights_[part]);
    const float weight_gradient = gradient.dot(vectors_.row(part));
    vector_squares_[part] += gradient.squaredNorm() / static_cast<float>(d_);
    weight_squares_[part] += weight_gradient * weight_gradient;
    vectors_.row(part).noalias() -= (rate / std::sqrt(vector_squares_[part] + kTiny)) * gradient;
    weights_[part] -= rate * weight_gradient / std::sqrt(weight_squares_[part] + kTiny);
  });
}

// From the texts' vectors to the gradient of the loss before they were brought to length 1.
absl::Status Trainer::Contrast(std::size_t n) {
  const auto rows = static_cast<Eigen::Index>(n);
  const auto partners = texts_.rows() - rows;  // as many as rows, or more: then the last are decoys
  const auto left = texts_.topRows(rows), right = texts_.bottomRows(partners);
  constexpr Eigen::Index kRows = 64;  // of the product that one thread computes at once
  const std::size_t blocks = (n + kRows - 1) / kRows;
  scores_.resize(rows, partners);
  columns_.resize(static_cast<Eigen::Index>(blocks), partners);
  Eigen::VectorXf row_sums(rows), partner(rows);
  std::vector<int> first(n, 0);
  const auto range = [&](Eigen::Index block) {
    return std::pair(block * kRows, std::min(kRows, rows - block * kRows));
  };
  MAGPIE_RETURN_IF_ERROR(For(
      blocks,
      [&](Eigen::Index block) {
        const auto [begin, count] = range(block);
        auto part = scores_.middleRows(begin, count);
        part.noalias() = left.middleRows(begin, count) * right.transpose();
        // Cosines are at most 1: with that taken off, no exponential grows over 1.
        part = ((part.array() - 1.0f) / kTemperature).exp().matrix();
        for (Eigen::Index i = begin; i < begin + count; ++i) {
          row_sums[i] = scores_.row(i).sum();
          partner[i] = scores_(i, i);
          first[static_cast<std::size_t>(i)] = scores_.row(i).maxCoeff() <= scores_(i, i);
        }
        columns_.row(block) = part.colwise().sum();
      },
      1));
  // A decoy has no partner to find, so its column only pushes.
  Eigen::RowVectorXf column_shares = columns_.colwise().sum().array().inverse().matrix();
  column_shares.tail(partners - rows).setZero();
  batch_accuracy_ = static_cast<double>(std::accumulate(first.begin(), first.end(), 0)) / static_cast<double>(n);
  const float factor = 1.0f / (2.0f * static_cast<float>(n) * kTemperature);
  // scores_ becomes the gradient with respect to the cosines.
  MAGPIE_RETURN_IF_ERROR(For(
      blocks,
      [&](Eigen::Index block) {
        const auto [begin, count] = range(block);
        for (Eigen::Index i = begin; i < begin + count; ++i) {
          auto row = scores_.row(i).array();
          row = row * (1.0f / row_sums[i] + column_shares.array()) * factor;
          scores_(i, i) -= 2.0f * factor;
        }
        text_gradients_.middleRows(begin, count).noalias() = scores_.middleRows(begin, count) * right;
      },
      1));
  MAGPIE_RETURN_IF_ERROR(For(
      static_cast<std::size_t>((partners + kRows - 1) / kRows),
      [&](Eigen::Index block) {
        const Eigen::Index begin = block * kRows, count = std::min(kRows, partners - begin);
        text_gradients_.middleRows(rows + begin, count).noalias() = scores_.middleCols(begin, count).transpose() * left;
      },
      1));
  return For(static_cast<std::size_t>(texts_.rows()), [&](Eigen::Index i) {
    auto gradient = text_gradients_.row(i);
    const float along = gradient.dot(texts_.row(i));
    gradient -= along * texts_.row(i);
    gradient /= lengths_[static_cast<std::size_t>(i)];
  });
}

absl::Status Trainer::FindNeighbours(int step) {
  const auto encode = [&](std::size_t count, auto&& bag_of) -> absl::StatusOr<std::vector<float>> {
    std::vector<float> rows(count * d_, 0.0f);
    MAGPIE_RETURN_IF_ERROR(For(count, [&](Eigen::Index i) {
      Eigen::Map<Eigen::RowVectorXf> row(rows.data() + static_cast<std::size_t>(i) * d_, static_cast<Eigen::Index>(d_));
      for (const WeightedWord& word : bag_of(static_cast<std::size_t>(i))) AddWord(word.word, word.weight, row);
      row /= std::max(row.norm(), 1e-6f);
    }));
    return rows;
  };
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<float> papers,
                          encode(pool_.papers.size(), [&](std::size_t i) { return sampler_.PaperBag(i); }));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<float> awards,
                          encode(pool_.awards.size(), [&](std::size_t i) { return sampler_.AwardBag(i); }));
  sampler_.SetNeighbourhood(papers, awards, d_, static_cast<std::uint64_t>(step));
  return absl::OkStatus();
}

// What must agree for a state to be gone on from: options, parts and words.
std::string Trainer::RunName() const {
  std::uint64_t hash = 0;
  for (const std::string& word : pool_.words) hash = StableHash(word, hash);
  for (std::uint32_t count : pool_.counts) hash = StableHash(std::to_string(count), hash);
  return fmt::format("magpie encoder state 1: d {} steps {} seed {} rate {} parts {} words {:016x}\n", d_,
                     options_.steps, options_.seed, options_.rate, lexicon_.part_count(), hash);
}

absl::Status Trainer::Keep(int step) const {
  if (options_.state.empty()) return absl::OkStatus();
  std::string bytes = RunName() + std::to_string(step) + "\n";
  const auto add = [&bytes](const float* data, std::size_t count) {
    bytes.append(reinterpret_cast<const char*>(data), count * sizeof(float));
  };
  add(vectors_.data(), static_cast<std::size_t>(vectors_.size()));
  for (const std::vector<float>* column : {&weights_, &vector_squares_, &weight_squares_}) {
    add(column->data(), column->size());
  }
  return WriteFile(options_.state, bytes);
}

absl::StatusOr<int> Trainer::Resume() {
  if (options_.state.empty() || !std::filesystem::exists(options_.state)) return 0;
  MAGPIE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(options_.state, std::uint64_t{4} << 30));
  const std::string name = RunName();
  const std::size_t line = bytes.find('\n', std::min(name.size(), bytes.size()));
  const std::size_t floats = static_cast<std::size_t>(vectors_.size()) + 3 * weights_.size();
  if (!bytes.starts_with(name) || line == std::string::npos || bytes.size() != line + 1 + floats * sizeof(float)) {
    return MakeError(Reason::kModelMismatch, "state",
                     fmt::format("{} is not the state of this run (other data, options or a broken file); remove it to "
                                 "begin from the start",
                                 options_.state.string()));
  }
  const int step = std::stoi(bytes.substr(name.size(), line - name.size()));
  const char* from = bytes.data() + line + 1;
  const auto take = [&from](float* data, std::size_t count) {
    std::memcpy(data, from, count * sizeof(float));
    from += count * sizeof(float);
  };
  take(vectors_.data(), static_cast<std::size_t>(vectors_.size()));
  for (std::vector<float>* column : {&weights_, &vector_squares_, &weight_squares_}) {
    take(column->data(), column->size());
  }
  return step;
}

EncoderResult Trainer::Finish() const {
  std::vector<std::uint32_t> words;
  for (std::uint32_t w = 0; w < pool_.words.size(); ++w) {
    if (lexicon_.first_part[w] != lexicon_.first_part[w + 1]) words.push_back(w);
  }
  std::stable_sort(words.begin(), words.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return pool_.texts[a] > pool_.texts[b]; });
  words.resize(std::min<std::size_t>(words.size(), options_.shipped_words));
  std::vector<std::uint32_t> subwords(lexicon_.subwords.size());
  std::iota(subwords.begin(), subwords.end(), 0u);
  std::stable_sort(subwords.begin(), subwords.end(), [&](std::uint32_t a, std::uint32_t b) {
    return lexicon_.part_counts[lexicon_.whole_words + a] > lexicon_.part_counts[lexicon_.whole_words + b];
  });
  subwords.resize(std::min<std::size_t>(subwords.size(), options_.shipped_subwords));

  std::vector<VectorRow> rows;
  for (std::uint32_t word : words) {
    VectorRow& row = rows.emplace_back();
    row.key = VectorTable::WordKey(pool_.words[word]);
    row.share = static_cast<float>(pool_.texts[word]) / static_cast<float>(pool_.text_count);
    row.components.assign(d_, 0.0f);
    AddWord(word, 1.0f, Eigen::Map<Eigen::RowVectorXf>(row.components.data(), static_cast<Eigen::Index>(d_)));
  }
  for (std::uint32_t subword : subwords) {
    VectorRow& row = rows.emplace_back();
    const std::uint32_t part = lexicon_.whole_words + subword;
    row.key = VectorTable::SubwordKey(lexicon_.subwords[subword]);
    row.components.resize(d_);
    Eigen::Map<Eigen::RowVectorXf>(row.components.data(), static_cast<Eigen::Index>(d_)) =
        std::exp(weights_[part]) * vectors_.row(part);
  }
  EncoderResult result;
  result.bytes = BuildVectorTable(rows, options_.dimension, pool_.text_count);
  result.parts = lexicon_.part_count();
  result.accuracy = accuracy_;
  return result;
}

}  // namespace

absl::StatusOr<EncoderResult> TrainEncoder(const TextPool& pool, const EncoderOptions& options,
                                           const RunContext& context) {
  Trainer trainer(pool, options, context);
  MAGPIE_RETURN_IF_ERROR(trainer.Run());
  return trainer.Finish();
}

}  // namespace magpie::train
