// Rows of one byte a component for a first pass at a quarter of the memory of floats, with what the coding cost each of them.
//
// Row      component j is about scale * code[j], code in [-127, 127], scale = the largest component / 127; length >= |row| and
//          error >= |row - scale * code| are kept beside it. For a query coded likewise (q^ = its codes, e_q = its error)
//            |score - scale_q scale <code_q, code>| <= |e_q| length + |q^| error,
//          which is all a search needs to keep every row that may be among the best (Cauchy and Schwarz).
// Layout   panels of 16 rows, contiguous and aligned to 64 bytes: [panel][quad][16 rows][4 components].
// Cost     dimension + 12 bytes a row.
// Threads  a segment never changes; use it from as many threads as you like. A live index holds a list of them, replaces those
//          that change, and masks deleted rows (coded_search.h).
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "magpie/retrieval/aligned.h"

namespace magpie {

class CodedSegment {
 public:
  static constexpr std::int64_t kMostRows = 65'536;

  // rows[count * dimension], at most kMostRows. kBadArgument as BatchTop says (field "rows"), or too many rows.
  static absl::StatusOr<std::shared_ptr<const CodedSegment>> Make(std::span<const float> rows, int dimension);
  // The same for rows as FixedVectors holds them.
  static absl::StatusOr<std::shared_ptr<const CodedSegment>> Make(std::span<const std::int16_t> rows, int dimension);

  std::int64_t count() const { return count_; }
  int dimension() const { return dimension_; }
  std::int64_t bytes() const;

  // For the search; `row` in [0, count()).
  const std::uint8_t* panels() const { return codes_.get(); }
  const float* scales() const { return scales_.get(); }
  float length(std::int64_t row) const { return lengths_[static_cast<std::size_t>(row)]; }
  float error(std::int64_t row) const { return errors_[static_cast<std::size_t>(row)]; }
  float longest() const { return longest_; }
  // No row's error is above error_of_scale() * its scale, or above error_without_scale() where its scale is 0.
  float error_of_scale() const { return error_of_scale_; }
  float error_without_scale() const { return error_without_scale_; }

 private:
  CodedSegment(std::int64_t count, int dimension);
  void Set(std::int64_t row, std::span<const float> components);

  std::int64_t count_;
  int dimension_;
  AlignedArray<std::uint8_t> codes_;
  AlignedArray<float> scales_;
  std::vector<float> lengths_, errors_;
  float longest_ = 0, error_of_scale_ = 0, error_without_scale_ = 0;
};

}  // namespace magpie
