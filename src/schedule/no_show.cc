#include "magpie/schedule/no_show.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <numeric>

#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr double kSurest = 0.999999;  // beyond it the rounding of the sums would decide

absl::Status OutOfRange(std::string_view field, double value, std::string_view range) {
  return MakeError(Reason::kBadArgument, field, fmt::format("{} must lie in {}", value, range));
}

}  // namespace

std::vector<double> BinomialOdds(std::int32_t n, double probability) {
  std::vector<double> odds(static_cast<std::size_t>(n) + 1, 0);
  if (probability <= 0 || probability >= 1) {
    odds[probability <= 0 ? 0 : static_cast<std::size_t>(n)] = 1;
    return odds;
  }
  // Outwards from the likeliest count by the ratio of neighbours, so nothing overflows; then scaled to the sum of 1.
  const auto mode = static_cast<std::size_t>(std::min<double>(n, std::floor((n + 1.0) * probability)));
  const double ratio = probability / (1 - probability);
  odds[mode] = 1;
  for (std::size_t k = mode; k < odds.size() - 1; ++k) {
    odds[k + 1] = odds[k] * ratio * (static_cast<double>(n) - static_cast<double>(k)) / static_cast<double>(k + 1);
  }
  for (std::size_t k = mode; k > 0; --k) {
    odds[k - 1] = odds[k] / ratio * static_cast<double>(k) / (static_cast<double>(n) - static_cast<double>(k - 1));
  }
  const double sum = std::accumulate(odds.begin(), odds.end(), 0.0);
  for (double& value : odds) value /= sum;
  return odds;
}

double ChanceOfAtLeast(std::int32_t least, std::int32_t n, double probability) {
  if (least <= 0) return 1;
  if (least > n) return 0;
  const std::vector<double> odds = BinomialOdds(n, probability);
  return std::min(1.0, std::accumulate(odds.begin() + least, odds.end(), 0.0));
}

absl::StatusOr<NoShowRate> EstimateNoShow(const NoShowHistory& history, const NoShowPrior& prior, double confidence) {
  if (history.expected < 0 || history.absent < 0 || history.absent > history.expected) {
    return MakeError(
        Reason::kBadArgument, "history",
        fmt::format("{} absent of {} expected; give 0 <= absent <= expected", history.absent, history.expected));
  }
  if (!(prior.rate > 0 && prior.rate < 1)) return OutOfRange("prior.rate", prior.rate, "(0, 1)");
  if (!(prior.weight > 0 && prior.weight <= 1e9)) return OutOfRange("prior.weight", prior.weight, "(0, 1e9]");
  if (!(confidence > 0 && confidence < 1)) return OutOfRange("confidence", confidence, "(0, 1)");
  const double absent = prior.rate * prior.weight + static_cast<double>(history.absent);
  const double came = (1 - prior.rate) * prior.weight + static_cast<double>(history.expected - history.absent);
  return NoShowRate{absent / (absent + came), boost::math::ibeta_inv(absent, came, confidence)};
}

absl::StatusOr<StandBy> StandByPairs(std::span<const double> fall_out, double stand_by_fall_out, double probability) {
  if (!(stand_by_fall_out >= 0 && stand_by_fall_out < 1)) {
    return OutOfRange("stand_by_fall_out", stand_by_fall_out, "[0, 1)");
  }
  if (!(probability > 0 && probability <= kSurest)) {
    return OutOfRange("probability", probability, fmt::format("(0, {}]", kSurest));
  }
  StandBy answer;
  std::vector<double> empty = {1};  // the odds of so many meetings falling out
  for (std::size_t m = 0; m < fall_out.size(); ++m) {
    if (!(fall_out[m] >= 0 && fall_out[m] <= 1)) {
      return OutOfRange(fmt::format("fall_out[{}]", m), fall_out[m], "[0, 1]");
    }
    answer.expected_empty += fall_out[m];
    empty.push_back(0);
    for (std::size_t k = empty.size(); k-- > 1;) empty[k] += (empty[k - 1] - empty[k]) * fall_out[m];
    empty[0] -= empty[0] * fall_out[m];
  }
  // present[k]: the odds that k of the stand-by pairs are there; the last entry holds all who are enough anyway.
  std::vector<double> present(empty.size(), 0);
  present[0] = 1;
  for (;;) {
    double filled = 0, enough = 0;
    for (std::size_t k = 0; k < empty.size(); ++k) {
      enough += empty[k];
      filled += present[k] * enough;
    }
    answer.probability = std::min(filled, 1.0);
    if (answer.probability >= probability) return answer;
    ++answer.pairs;
    const std::size_t last = present.size() - 1;
    present[last] += present[last - 1] * (1 - stand_by_fall_out);
    for (std::size_t k = last; k-- > 1;) {
      present[k] = present[k] * stand_by_fall_out + present[k - 1] * (1 - stand_by_fall_out);
    }
    present[0] *= stand_by_fall_out;
  }
}

}  // namespace magpie
