// How sure a difference of two systems is, by resampling the cases they were both measured on.
// Source   Efron, Tibshirani, An Introduction to the Bootstrap (1993), chapter 13, percentile intervals.
#pragma once

#include <cstdint>
#include <span>

namespace magpie {

// Difference of two systems over the same cases: mean, and a 95 % interval by paired bootstrap (10,000 draws of the
// cases with replacement, fixed seed). All zero where there is no case.
struct Difference {
  double mean = 0;
  double low = 0;
  double high = 0;
};
Difference BootstrapDifference(std::span<const double> ours, std::span<const double> theirs, std::uint64_t seed);

// The same for one system: its mean.
Difference BootstrapMean(std::span<const double> values, std::uint64_t seed);

}  // namespace magpie
