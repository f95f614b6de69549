#include "magpie/retrieval/coded_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "magpie/base/status.h"
#include "magpie/retrieval/aligned.h"
#include "retrieval/blocks.h"
#include "retrieval/coded_block.h"
#include "retrieval/rows.h"

namespace magpie {
namespace {

absl::Status CheckSegments(std::span<const SegmentView> segments, int dimension) {
  for (const SegmentView& view : segments) {
    const std::int64_t rows = view.segment->count();
    if (view.segment->dimension() != dimension) {
      return MakeError(Reason::kBadArgument, "segments",
                       fmt::format("one has dimension {}, the queries {}", view.segment->dimension(), dimension));
    }
    if (!view.admitted.empty() && std::ssize(view.admitted) * 64 < rows) {
      return MakeError(Reason::kBadArgument, "segments",
                       fmt::format("one of {} rows has {} bits of a filter", rows, view.admitted.size() * 64));
    }
  }
  return absl::OkStatus();
}

std::int64_t Admitted(const SegmentView& view) {
  const std::int64_t rows = view.segment->count();
  if (view.admitted.empty()) return rows;
  std::int64_t admitted = 0;
  for (std::int64_t row = 0; row < rows; row += 64) {
    const std::uint64_t word = view.admitted[static_cast<std::size_t>(row / 64)];
    admitted += std::popcount(rows - row < 64 ? word & ((std::uint64_t{1} << (rows - row)) - 1) : word);
  }
  return admitted;
}

}  // namespace

absl::StatusOr<std::vector<RankedDocument>> SearchCoded(std::span<const float> queries, int dimension,
                                                        std::span<const SegmentView> segments, const ExactRows& rows,
                                                        int top, const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(CheckTop(top));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<double> lengths, RowLengths("queries", queries, dimension));
  MAGPIE_RETURN_IF_ERROR(CheckSegments(segments, dimension));
  std::int64_t admitted = 0;
  for (const SegmentView& view : segments) admitted += Admitted(view);
  const std::int64_t taken = std::min<std::int64_t>(top, admitted), count = std::ssize(lengths);
  std::vector<RankedDocument> answer(static_cast<std::size_t>(count * taken));
  if (answer.empty()) return answer;
  const std::int64_t block =
      QueryBlock(count, 2 * dimension, Selection::Bytes(taken, Selection::Bounds::kWide), context);
  MAGPIE_RETURN_IF_ERROR(ParallelFor(context, count, block, [&](std::int64_t begin, std::int64_t end) -> absl::Status {
    CodedBlock queries_here(queries.subspan(static_cast<std::size_t>(begin * dimension),
                                            static_cast<std::size_t>((end - begin) * dimension)),
                            begin, dimension, rows, taken);
    for (const SegmentView& view : segments) {
      if (context.cancelled()) return context.CheckCancelled();
      queries_here.Search(view);
    }
    queries_here.Finish(answer.data() + begin * taken);
    return absl::OkStatus();
  }));
  return answer;
}

}  // namespace magpie
