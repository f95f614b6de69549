// Unit vectors for the benches: gaussian on the sphere, or around centres.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "magpie/base/random.h"

namespace magpie::bench {

// Of the normal distribution (Box and Muller 1958).
inline double Gauss(Random& random) {
  constexpr double kTurn = 6.283185307179586;
  const double radius = std::sqrt(-2 * std::log(1 - random.Uniform()));
  return radius * std::cos(kTurn * random.Uniform());
}

inline void BringToLengthOne(std::span<float> row) {
  double squares = 0;
  for (float component : row) squares += static_cast<double>(component) * component;
  for (float& component : row) component = static_cast<float>(component / std::sqrt(squares));
}

// clusters = 0: without structure. Else a centre (the same for every seed) and a step of length about 1 from it.
inline std::vector<float> MakeVectors(std::int64_t count, int dimension, int clusters, std::uint64_t seed) {
  const auto columns = static_cast<std::size_t>(dimension);
  std::vector<float> centres(static_cast<std::size_t>(clusters) * columns);
  Random centre_random(777), random(seed);
  for (float& component : centres) component = static_cast<float>(Gauss(centre_random));
  for (std::size_t i = 0; i < centres.size(); i += columns) BringToLengthOne(std::span(centres).subspan(i, columns));
  std::vector<float> rows(static_cast<std::size_t>(count) * columns);
  for (std::size_t i = 0; i < rows.size(); i += columns) {
    const std::size_t centre = clusters > 0 ? random.Below(static_cast<std::uint64_t>(clusters)) * columns : 0;
    for (std::size_t j = 0; j < columns; ++j) {
      const double step = Gauss(random) / std::sqrt(dimension);
      rows[i + j] = static_cast<float>(clusters > 0 ? static_cast<double>(centres[centre + j]) + step : step);
    }
    BringToLengthOne(std::span(rows).subspan(i, columns));
  }
  return rows;
}

}  // namespace magpie::bench
