// Tables with tabs ("-" = standard input), and those of pairs: lines "need id TAB offering id", further columns ignored; a heading line "need_id TAB offering_id"
// and blank lines may stand in it.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "magpie/catalogue/snapshot.h"
#include "magpie/learn/feedback.h"

namespace magpie::cli {

struct PairLine {
  std::string need_id, offering_id;
  std::int64_t line = 0;
};

// A line of a table with tabs, as its fields. Blank lines are left out.
struct TableLine {
  std::int64_t number = 0;  // from 1
  std::vector<std::string> fields;
};
absl::StatusOr<std::vector<TableLine>> ReadTable(const std::string& path);

// Graded pairs: lines "need id TAB offering id TAB grade 0..3". kBadFile with the line.
absl::StatusOr<std::vector<PairGrade>> ReadGrades(const std::string& path);

// kFieldInvalid with the line where a line has no tab.
absl::StatusOr<std::vector<PairLine>> ReadPairs(const std::string& path);

// What is wrong with a pair ("need 'N9' is not in the list"), empty where both listings are there.
std::string PairProblem(const PairLine& pair, const Snapshot& snapshot);

}  // namespace magpie::cli
