// One row as codes of one byte (coded_segment.h says what they promise).
#pragma once

#include <cstdint>
#include <span>

namespace magpie {

struct CodedRow {
  float scale = 0;
  double length = 0;        // |row|
  double coded_length = 0;  // |scale * codes|
  double error = 0;         // |row - scale * codes|
};

// codes[row.size()]; the row holds finite numbers no longer than kLongestRow.
CodedRow CodeRow(std::span<const float> row, std::int8_t* codes);

}  // namespace magpie
