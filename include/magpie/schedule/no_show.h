// Who will not come: how likely that is, and how many stand-by pairs make up for it.
//
// Units    probabilities in [0, 1]; a rate is the probability that one who said yes does not come.
// Assumed  absences are independent of each other. A storm or a strike breaks that: then every figure here is too good.
// Errors   kBadArgument names the number that lies outside its range (NaN too).
// Cost     BinomialOdds O(n); StandByPairs O(M * (M + S)) for M meetings and S stand-by pairs.
// Threads  no state.
// Source   docs/design/schedule.md
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace magpie {

// The odds of 0, 1, ..., n successes in n independent trials; they sum to 1. n >= 0, probability in [0, 1].
std::vector<double> BinomialOdds(std::int32_t n, double probability);

// The probability of at least `least` successes in n trials.
double ChanceOfAtLeast(std::int32_t least, std::int32_t n, double probability);

struct NoShowHistory {
  std::int64_t expected = 0;  // who had said yes, over the earlier events
  std::int64_t absent = 0;    // how many of them did not come
};

// What is believed before there are own numbers: a rate, and how many of one's own numbers weigh as much as it.
struct NoShowPrior {
  double rate = 0.15;  // an assumption, not a measurement; own numbers soon outweigh it
  double weight = 20;
};

struct NoShowRate {
  double expected = 0;  // the mean of the beta posterior
  double cautious = 0;  // the rate is below it with the probability asked for
};

// `confidence` in (0, 1) belongs to NoShowRate::cautious. Take `cautious` for those whose absence hurts a promise, and
// `expected` for those whose absence frees places.
absl::StatusOr<NoShowRate> EstimateNoShow(const NoShowHistory& history, const NoShowPrior& prior = {},
                                          double confidence = 0.9);

// The probability that a meeting falls out because at least one of its sides does not come.
inline double FallOut(double guest_no_show, double team_no_show) {
  return 1 - (1 - guest_no_show) * (1 - team_no_show);
}

struct StandBy {
  std::int32_t pairs = 0;     // stand-by pairs to keep for the slot
  double expected_empty = 0;  // tables that would stay empty on average without any
  double probability = 0;     // that with `pairs` of them no table stays empty; at least what was asked for
};

// The fewest stand-by pairs with which, at least at `probability`, every meeting of one slot that falls out
// is replaced. fall_out[M] = the probability of each meeting; a stand-by pair itself falls out with stand_by_fall_out
// in [0, 1) and takes part in no meeting of the slot. `probability` lies in (0, 0.999999].
absl::StatusOr<StandBy> StandByPairs(std::span<const double> fall_out, double stand_by_fall_out, double probability);

}  // namespace magpie
