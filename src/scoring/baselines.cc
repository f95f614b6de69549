#include "magpie/scoring/baselines.h"

#include <Eigen/Dense>
#include <Eigen/Sparse>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <unordered_map>

#include "magpie/base/random.h"
#include "magpie/text/analyzer.h"

namespace magpie {
namespace {

constexpr int kSpareColumns = 10;
constexpr int kPowerIterations = 5;
constexpr std::uint64_t kLsaSeed = 1;

using SparseRows = Eigen::SparseMatrix<double, Eigen::RowMajor>;

// Rows: 1 + ln tf times smoothed idf of the offerings, length 1.
SparseRows TfIdfMatrix(const std::vector<TermBag>& needs, const std::vector<TermBag>& offerings) {
  std::unordered_map<std::uint64_t, int> column;
  std::vector<double> frequency;
  for (const TermBag& bag : offerings) {
    for (const TermCount& term : bag) {
      const auto [it, is_new] = column.try_emplace(term.term, static_cast<int>(frequency.size()));
      if (is_new) frequency.push_back(0);
      ++frequency[static_cast<std::size_t>(it->second)];
    }
  }
  const double n = static_cast<double>(offerings.size());
  std::vector<Eigen::Triplet<double>> entries;
  int row = 0;
  for (const std::vector<TermBag>* side : {&needs, &offerings}) {
    for (const TermBag& bag : *side) {
      const std::size_t first = entries.size();
      double squares = 0;
      for (const TermCount& term : bag) {
        const auto it = column.find(term.term);
        if (it == column.end()) continue;
        const double idf = 1 + std::log((1 + n) / (1 + frequency[static_cast<std::size_t>(it->second)]));
        const double weight = (1 + std::log(static_cast<double>(term.count))) * idf;
        squares += weight * weight;
        entries.emplace_back(row, it->second, weight);
      }
      for (std::size_t i = first; i < entries.size(); ++i) {
        entries[i] = {entries[i].row(), entries[i].col(), entries[i].value() / std::sqrt(squares)};
      }
      ++row;
    }
  }
  SparseRows matrix(row, static_cast<int>(std::max<std::size_t>(frequency.size(), 1)));
  matrix.setFromTriplets(entries.begin(), entries.end());
  return matrix;
}

Eigen::MatrixXd Orthonormal(const Eigen::MatrixXd& columns) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(columns);
  return qr.householderQ() * Eigen::MatrixXd::Identity(columns.rows(), columns.cols());
}

// Coordinates of the rows along the first singular vectors: U * S of a truncated decomposition.
Eigen::MatrixXd ReduceRows(const SparseRows& matrix, int dimensions) {
  const int columns =
      static_cast<int>(std::min<Eigen::Index>(dimensions + kSpareColumns, std::min(matrix.rows(), matrix.cols())));
  Random random(kLsaSeed);
  Eigen::MatrixXd probe(matrix.cols(), columns);
  for (Eigen::Index j = 0; j < probe.cols(); ++j) {
    for (Eigen::Index i = 0; i < probe.rows(); ++i) {
      const double radius = std::sqrt(-2 * std::log(1 - random.Uniform()));  // Box and Muller
      probe(i, j) = radius * std::cos(2 * std::numbers::pi * random.Uniform());
    }
  }
  Eigen::MatrixXd range = matrix * probe;
  for (int i = 0; i < kPowerIterations; ++i) {
    range = Orthonormal(range);
    const Eigen::MatrixXd back = matrix.transpose() * range;
    range = matrix * back;
  }
  range = Orthonormal(range);
  const Eigen::MatrixXd small = matrix.transpose() * range;  // columns x k: the transposed reduced matrix
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(small.transpose() * small);
  const int kept = std::min(dimensions, columns);
  // Eigenvalues ascend; the last are the largest. Rows = range * U, scaled by S, is the projection of the matrix.
  const Eigen::MatrixXd vectors = solver.eigenvectors().rightCols(kept);
  const Eigen::VectorXd lengths = solver.eigenvalues().tail(kept).cwiseMax(0).cwiseSqrt();
  return range * vectors * lengths.asDiagonal();
}

}  // namespace

std::string_view BaselineName(Baseline baseline) {
  switch (baseline) {
    case Baseline::kBm25:
      return "bm25";
    case Baseline::kTfIdf:
      return "tfidf";
    case Baseline::kLsa:
      return "lsa200";
  }
  return "";
}

TermBag BigramBag(const ListingRecord& listing) {
  std::string text = listing.title + listing.title + listing.description;
  for (const std::string& keyword : listing.keywords) text += keyword;
  std::vector<std::uint64_t> terms;
  for (const std::string& gram : CharacterBigrams(text)) terms.push_back(TermKey(gram));
  return MakeTermBag(std::move(terms));
}

Baselines::Baselines(const Snapshot& snapshot)
    : need_count_(snapshot.need_count()), offering_count_(snapshot.offering_count()) {
  std::vector<TermBag> offerings;
  for (const auto& listing : snapshot.listings(Side::kNeed)) needs_.push_back(BigramBag(listing->record));
  for (const auto& listing : snapshot.listings(Side::kOffering)) offerings.push_back(BigramBag(listing->record));
  bm25_ = LexicalIndex(offerings, TermWeighting::kBm25);
  tfidf_ = LexicalIndex(offerings, TermWeighting::kTfIdf);
  if (needs_.empty() || offerings.empty()) return;
  Eigen::MatrixXd rows = ReduceRows(TfIdfMatrix(needs_, offerings), kLsaDimensions);
  lsa_dimension_ = static_cast<int>(rows.cols());
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    const double length = rows.row(i).norm();
    if (length > 0) rows.row(i) /= length;
  }
  lsa_.resize(static_cast<std::size_t>(rows.size()));
  Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(lsa_.data(), rows.rows(),
                                                                                     rows.cols()) = rows;
}

std::vector<double> Baselines::Scores(Baseline baseline, NeedIndex need) const {
  std::vector<double> scores(static_cast<std::size_t>(offering_count_), 0.0);
  if (baseline != Baseline::kLsa) {
    const LexicalIndex& index = baseline == Baseline::kBm25 ? bm25_ : tfidf_;
    index.ScoreAll(needs_[static_cast<std::size_t>(need.value)], scores);
    return scores;
  }
  using Row = Eigen::Map<const Eigen::VectorXd>;
  const Row query(lsa_.data() + static_cast<std::ptrdiff_t>(need.value) * lsa_dimension_, lsa_dimension_);
  for (std::int32_t o = 0; o < offering_count_; ++o) {
    const Row row(lsa_.data() + (static_cast<std::ptrdiff_t>(need_count_) + o) * lsa_dimension_, lsa_dimension_);
    scores[static_cast<std::size_t>(o)] = query.dot(row);
  }
  return scores;
}

}  // namespace magpie
