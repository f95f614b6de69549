// Files of pairs: lines "need id TAB offering id", further columns ignored; a heading line "need_id TAB offering_id"
// and blank lines may stand in it.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "magpie/catalogue/snapshot.h"

namespace magpie::cli {

struct PairLine {
  std::string need_id, offering_id;
  std::int64_t line = 0;
};

// kFieldInvalid with the line where a line has no tab.
absl::StatusOr<std::vector<PairLine>> ReadPairs(const std::string& path);

// What is wrong with a pair ("need 'N9' is not in the list"), empty where both listings are there.
std::string PairProblem(const PairLine& pair, const Snapshot& snapshot);

}  // namespace magpie::cli
