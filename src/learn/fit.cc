#include "learn/fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

namespace magpie {
namespace {

constexpr int kRounds = 4;  // what exchanging two pairs costs is taken anew from the ranking of the round before
constexpr int kMostSteps = 60;
constexpr double kEnough = 1e-7;  // a step that lowers the loss by less ends the fit
constexpr double kWeightScale = 0.5, kCutScale = 1.0;

using Gradient = std::vector<double>;

// Goes down a differentiable function from x, each x[i] kept at or above lowest[i].
template <typename Loss>
void Descend(const Loss& loss, std::span<const double> lowest, std::vector<double>* x) {
  Gradient gradient(x->size()), next_gradient(x->size());
  double value = loss(*x, &gradient), step = 1;
  for (int i = 0; i < kMostSteps; ++i) {
    std::vector<double> next(x->size());
    double next_value = value, moved = 0;
    for (;; step /= 2) {
      moved = 0;
      for (std::size_t j = 0; j < next.size(); ++j) {
        next[j] = std::max(lowest[j], (*x)[j] - step * gradient[j]);
        moved += gradient[j] * ((*x)[j] - next[j]);
      }
      next_value = loss(next, &next_gradient);
      if (next_value <= value - 1e-4 * moved || step < 1e-12) break;
    }
    if (!(next_value < value)) return;
    // Barzilai and Borwein's step: the curvature met on the way sets the next length.
    double along = 0, bend = 0;
    for (std::size_t j = 0; j < next.size(); ++j) {
      const double d = next[j] - (*x)[j];
      along += d * d;
      bend += d * (next_gradient[j] - gradient[j]);
    }
    const double gained = value - next_value;
    *x = std::move(next);
    gradient = next_gradient;
    value = next_value;
    if (gained < kEnough) return;
    step = bend > 1e-12 ? std::clamp(along / bend, 1e-6, 1e6) : 1;
  }
}

double Dot(std::span<const double> weights, const PairFeatures& features) {
  double sum = 0;
  for (std::size_t f = 0; f < features.size(); ++f) sum += weights[f] * features[f];
  return sum;
}

// A pair of a need's pairs of which the first has the better grade.
struct Preference {
  PairFeatures difference{};  // of the features, first less second
  double weight = 0;          // what exchanging the two would cost in nDCG, over the number of needs
};

std::vector<Preference> Preferences(std::span<const NeedLesson* const> needs, const Ranker& ranker) {
  std::vector<Preference> preferences;
  const auto gain = [](int grade) { return std::exp2(grade) - 1; };
  for (const NeedLesson* need : needs) {
    const std::vector<PairLesson>& pairs = need->pairs;
    std::vector<double> points;
    for (const PairLesson& pair : pairs) points.push_back(ranker.Points(pair.features));
    std::vector<std::size_t> order(pairs.size()), by_grade(pairs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    by_grade = order;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return points[a] > points[b]; });
    std::stable_sort(by_grade.begin(), by_grade.end(),
                     [&](std::size_t a, std::size_t b) { return pairs[a].grade > pairs[b].grade; });
    std::vector<double> discount(pairs.size());
    double ideal = 0;
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
      const double at = 1 / std::log2(static_cast<double>(rank) + 2);
      discount[order[rank]] = at;
      ideal += at * gain(pairs[by_grade[rank]].grade);
    }
    if (ideal == 0) continue;
    for (std::size_t better = 0; better < pairs.size(); ++better) {
      if (pairs[better].grade == 0) continue;
      for (std::size_t worse = 0; worse < pairs.size(); ++worse) {
        if (pairs[worse].grade >= pairs[better].grade) continue;
        Preference preference;
        preference.weight = (gain(pairs[better].grade) - gain(pairs[worse].grade)) *
                            std::abs(discount[better] - discount[worse]) / ideal / static_cast<double>(needs.size());
        for (std::size_t f = 0; f < kFeatureCount; ++f) {
          preference.difference[f] = pairs[better].features[f] - pairs[worse].features[f];
        }
        preferences.push_back(preference);
      }
    }
  }
  return preferences;
}

void FitWeights(std::span<const NeedLesson* const> needs, const Ranker& prior, double shrinkage, Ranker* ranker) {
  const double pull = shrinkage / static_cast<double>(needs.size());
  const std::vector<double> lowest(kFeatureCount, 0.0);
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<Preference> preferences = Preferences(needs, *ranker);
    const auto loss = [&](std::span<const double> w, Gradient* gradient) {
      std::fill(gradient->begin(), gradient->end(), 0.0);
      double total = 0;
      for (const Preference& preference : preferences) {
        const double ahead = Dot(w, preference.difference);
        const double wrong = 1 / (1 + std::exp(ahead));  // the chance that the worse one comes first
        total += preference.weight * (ahead > 0 ? std::log1p(std::exp(-ahead)) : std::log1p(std::exp(ahead)) - ahead);
        for (std::size_t f = 0; f < w.size(); ++f) {
          (*gradient)[f] -= preference.weight * wrong * preference.difference[f];
        }
      }
      for (std::size_t f = 0; f < w.size(); ++f) {
        const double off = (w[f] - prior.weights[f]) / kWeightScale;
        total += pull * off * off / 2;
        (*gradient)[f] += pull * off / kWeightScale;
      }
      return total;
    };
    std::vector<double> w(ranker->weights.begin(), ranker->weights.end());
    Descend(loss, lowest, &w);
    std::copy(w.begin(), w.end(), ranker->weights.begin());
  }
}

// The parameters are the slope, the first cut, and by how much each further cut lies above the one before.
void FitCuts(std::span<const NeedLesson* const> needs, const Ranker& prior, double shrinkage, Ranker* ranker) {
  const auto count = static_cast<double>(needs.size());
  const std::array<double, 4> start = {prior.slope, prior.cuts[0], prior.cuts[1] - prior.cuts[0],
                                       prior.cuts[2] - prior.cuts[1]};
  const auto loss = [&](std::span<const double> x, Gradient* gradient) {
    std::fill(gradient->begin(), gradient->end(), 0.0);
    const double cuts[3] = {x[1], x[1] + x[2], x[1] + x[2] + x[3]};
    double total = 0;
    for (const NeedLesson* need : needs) {
      const auto all = static_cast<double>(need->pairs.size());
      for (const PairLesson& pair : need->pairs) {
        const double points = ranker->Points(pair.features), weight = 1 / all / count;
        for (int g = 1; g <= 3; ++g) {
          // Each "at least g" by itself; the cuts ascend, so the three agree.
          const double logit = x[0] * points - cuts[g - 1];
          const bool yes = pair.grade >= g;
          total += weight * (logit > 0 ? std::log1p(std::exp(-logit)) + (yes ? 0 : logit)
                                       : std::log1p(std::exp(logit)) - (yes ? logit : 0));
          const double miss = 1 / (1 + std::exp(-logit)) - (yes ? 1 : 0);
          (*gradient)[0] += weight * miss * points;
          for (int c = 0; c < g; ++c) (*gradient)[static_cast<std::size_t>(c) + 1] -= weight * miss;
        }
      }
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double off = (x[i] - start[i]) / kCutScale;
      // A need has many pairs, and its zeros are alike: the prior is that much weaker here.
      total += shrinkage / count / 100 * off * off / 2;
      (*gradient)[i] += shrinkage / count / 100 * off / kCutScale;
    }
    return total;
  };
  std::vector<double> x(start.begin(), start.end());
  const std::vector<double> lowest = {1e-3, -1e3, 0, 0};
  Descend(loss, lowest, &x);
  ranker->slope = x[0];
  ranker->cuts = {x[1], x[1] + x[2], x[1] + x[2] + x[3]};
}

}  // namespace

Ranker Fit(std::span<const NeedLesson* const> needs, const Ranker& prior, double shrinkage) {
  Ranker ranker = prior;
  FitWeights(needs, prior, shrinkage, &ranker);
  FitCuts(needs, prior, shrinkage, &ranker);
  return ranker;
}

}  // namespace magpie
