#include "magpie/retrieval/coded_segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "magpie/base/status.h"
#include "magpie/retrieval/fixed_vectors.h"
#include "retrieval/codes.h"
#include "retrieval/kernels.h"
#include "retrieval/rows.h"

namespace magpie {
namespace {

constexpr std::int64_t kSparePanels = 3;  // that a tile may read beyond the last one

std::int64_t Quads(int dimension) {
  return (dimension + kQuad - 1) / kQuad;
}

// The smallest float that is not below a value of at least 0.
float FloatAbove(double value) {
  const auto rounded = static_cast<float>(value);
  return rounded < value ? std::nextafter(rounded, std::numeric_limits<float>::infinity()) : rounded;
}

}  // namespace

CodedSegment::CodedSegment(std::int64_t count, int dimension)
    : count_(count), dimension_(dimension), lengths_(static_cast<std::size_t>(count)), errors_(lengths_.size()) {
  const std::int64_t rows = ((count + kPanelRows - 1) / kPanelRows + kSparePanels) * kPanelRows;
  const std::int64_t codes = rows * Quads(dimension) * kQuad;
  codes_ = MakeAligned<std::uint8_t>(codes);
  std::fill_n(codes_.get(), codes, std::uint8_t{kCodeZero});
  scales_ = MakeAligned<float>(rows);
}

void CodedSegment::Set(std::int64_t row, std::span<const float> components) {
  std::int8_t codes[kLargestDimension];
  const CodedRow coded = CodeRow(components, codes);
  std::uint8_t* const panel = codes_.get() + row / kPanelRows * Quads(dimension_) * kPanelRows * kQuad;
  for (std::size_t j = 0; j < components.size(); ++j) {
    panel[j / kQuad * kPanelRows * kQuad + static_cast<std::size_t>(row % kPanelRows) * kQuad + j % kQuad] =
        static_cast<std::uint8_t>(codes[j] + kCodeZero);
  }
  const auto at = static_cast<std::size_t>(row);
  scales_[at] = coded.scale;
  lengths_[at] = FloatAbove(coded.length);
  errors_[at] = FloatAbove(coded.error);
  longest_ = std::max(longest_, lengths_[at]);
  if (coded.scale > 0) {
    error_of_scale_ = std::max(error_of_scale_, FloatAbove(coded.error / static_cast<double>(coded.scale)));
  } else {
    error_without_scale_ = std::max(error_without_scale_, errors_[at]);
  }
}

absl::StatusOr<std::shared_ptr<const CodedSegment>> CodedSegment::Make(std::span<const float> rows, int dimension) {
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<double> lengths, RowLengths("rows", rows, dimension));
  if (std::ssize(lengths) > kMostRows) {
    return MakeError(Reason::kBadArgument, "rows",
                     fmt::format("are {}; a segment holds up to {}", lengths.size(), kMostRows));
  }
  const std::shared_ptr<CodedSegment> segment(new CodedSegment(std::ssize(lengths), dimension));
  const auto columns = static_cast<std::size_t>(dimension);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    segment->Set(static_cast<std::int64_t>(i), rows.subspan(i * columns, columns));
  }
  return segment;
}

absl::StatusOr<std::shared_ptr<const CodedSegment>> CodedSegment::Make(std::span<const std::int16_t> rows,
                                                                       int dimension) {
  constexpr float kUnit = 1.0f / (1 << FixedVectors::kBits);
  std::vector<float> floats(rows.size());
  std::transform(rows.begin(), rows.end(), floats.begin(), [](std::int16_t component) { return component * kUnit; });
  return Make(floats, dimension);
}

std::int64_t CodedSegment::bytes() const {
  const std::int64_t rows = ((count_ + kPanelRows - 1) / kPanelRows + kSparePanels) * kPanelRows;
  return rows * (Quads(dimension_) * kQuad + std::int64_t{sizeof(float)}) + count_ * 2 * std::int64_t{sizeof(float)};
}

}  // namespace magpie
