#include "magpie/base/bootstrap.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "magpie/base/random.h"

namespace magpie {
namespace {

constexpr int kBootstrapDraws = 10'000;

}  // namespace

Difference BootstrapDifference(std::span<const double> ours, std::span<const double> theirs, std::uint64_t seed) {
  std::vector<double> differences(std::min(ours.size(), theirs.size()));
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] = ours[i] - theirs[i];
  return BootstrapMean(differences, seed);
}

Difference BootstrapMean(std::span<const double> values, std::uint64_t seed) {
  Difference result;
  const std::size_t n = values.size();
  if (n == 0) return result;
  for (double value : values) result.mean += value / static_cast<double>(n);
  Random random(seed);
  std::vector<double> means(kBootstrapDraws);
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += values[random.Below(n)];
    mean = sum / static_cast<double>(n);
  }
  std::sort(means.begin(), means.end());
  result.low = means[kBootstrapDraws / 40];
  result.high = means[kBootstrapDraws - 1 - kBootstrapDraws / 40];
  return result;
}

}  // namespace magpie
