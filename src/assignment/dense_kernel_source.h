// The kernels of dense_kernels.h in the compiler's vectors. Included once by each dense_kernels_*.cc, which names its
// table MAGPIE_DENSE_TABLE and the bytes of its registers MAGPIE_DENSE_BYTES.
#include <cstdint>
#include <cstring>

#include "dense_kernels.h"

namespace magpie {
namespace {

typedef std::int32_t Vector __attribute__((vector_size(MAGPIE_DENSE_BYTES)));
constexpr std::int32_t kLanes = MAGPIE_DENSE_BYTES / 4;

inline Vector Load(const std::int32_t* from) {
  Vector v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
inline void Store(const Vector& v, std::int32_t* to) {
  std::memcpy(to, &v, sizeof v);
}
inline Vector LaneNumbers() {
  Vector v;
  for (std::int32_t lane = 0; lane < kLanes; ++lane) v[lane] = lane;
  return v;
}

inline void Take(std::int32_t value, std::int32_t index, TwoBest* two) {
  if (value > two->best || (value == two->best && two->index >= 0 && index < two->index)) {
    if (value > two->best || two->index >= 0) two->second = two->best;
    two->best = value;
    two->index = index;
  } else if (value > two->second) {
    two->second = value;
  }
}

TwoBest FindTwoBest(const std::int32_t* gain, const std::int32_t* price, std::int32_t count) {
  Vector best = {}, second = {}, index = {}, at = LaneNumbers();
  index -= 1;
  std::int32_t j = 0;
  for (; j + kLanes <= count; j += kLanes) {
    const Vector value = Load(gain + j) - Load(price + j);
    const auto better = value > best;
    const Vector loser = better ? best : value;
    second = loser > second ? loser : second;
    index = better ? at : index;
    best = better ? value : best;
    at += kLanes;
  }
  TwoBest two;
  for (std::int32_t lane = 0; lane < kLanes; ++lane) {
    if (index[lane] < 0) continue;
    Take(best[lane], index[lane], &two);
    if (second[lane] > two.second) two.second = second[lane];
  }
  for (; j < count; ++j) Take(gain[j] - price[j], j, &two);
  return two;
}

NearestColumn Relax(const std::int32_t* gain, const std::int32_t* price, const std::int32_t* state, std::int32_t count,
                    std::int32_t base, std::int32_t row, std::int32_t* distance, std::int32_t* from) {
  NearestColumn nearest;
  Vector key = {}, index = {}, at = LaneNumbers(), rows = {};
  key += nearest.key;
  index -= 1;
  rows += row;
  std::int32_t j = 0;
  for (; j + kLanes <= count; j += kLanes) {
    const Vector offered = base - (Load(gain + j) - Load(price + j));
    const Vector old = Load(distance + j);
    const auto shorter = offered < old;
    const Vector now = shorter ? offered : old;
    Store(now, distance + j);
    Store(shorter ? rows : Load(from + j), from + j);
    const Vector own = now + now + Load(state + j);
    const auto nearer = own < key;
    index = nearer ? at : index;
    key = nearer ? own : key;
    at += kLanes;
  }
  for (std::int32_t lane = 0; lane < kLanes; ++lane) {
    if (key[lane] < nearest.key || (key[lane] == nearest.key && index[lane] >= 0 && index[lane] < nearest.index)) {
      nearest = {key[lane], index[lane]};
    }
  }
  for (; j < count; ++j) {
    const std::int32_t offered = base - (gain[j] - price[j]);
    if (offered < distance[j]) {
      distance[j] = offered;
      from[j] = row;
    }
    const std::int32_t own = 2 * distance[j] + state[j];
    if (own < nearest.key) nearest = {own, j};
  }
  return nearest;
}

}  // namespace

const DenseKernels MAGPIE_DENSE_TABLE = {&FindTwoBest, &Relax};

}  // namespace magpie
