#include "magpie/retrieval/batch_top.h"

#include <algorithm>
#include <thread>

#include "magpie/base/status.h"
#include "magpie/retrieval/aligned.h"
#include "retrieval/blocks.h"
#include "retrieval/kernels.h"
#include "retrieval/rows.h"
#include "retrieval/selection.h"

namespace magpie {
namespace {

// One block of queries against all documents.
class FloatBlock {
 public:
  FloatBlock(std::span<const float> queries, std::span<const float> documents, std::int64_t dimension,
             const ExactRows& rows, std::int64_t top)
      : queries_(queries), documents_(documents), dimension_(dimension), rows_(rows), top_(top) {}

  // error[i] bounds how far a float sum of query i misses the score. Writes min(top, documents) a query to `out`.
  void Run(std::int64_t first, std::int64_t count, std::span<const double> error, RankedDocument* out) const {
    const std::int64_t wide = kernels_.float_queries, high = kernels_.float_rows;
    const std::int64_t query_panels = (count + wide - 1) / wide;
    const std::int64_t documents = std::ssize(documents_) / dimension_;
    const AlignedArray<float> packed_queries = MakeAligned<float>(query_panels * wide * dimension_);
    const AlignedArray<float> panel = MakeAligned<float>(high * dimension_);
    for (std::int64_t p = 0; p < query_panels; ++p) {
      kernels_.pack_floats(queries_.data() + (first + p * wide) * dimension_, std::min(wide, count - p * wide),
                           dimension_, wide, packed_queries.get() + p * wide * dimension_);
    }
    std::vector<Selection> selections;
    selections.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) selections.emplace_back(rows_, first + i, top_, Selection::Bounds::kSharp);
    // Queries that only fill up the last panel ask for the impossible.
    std::vector<float> least(static_cast<std::size_t>(query_panels * wide), std::numeric_limits<float>::infinity());
    std::fill_n(least.begin(), count, -std::numeric_limits<float>::infinity());
    std::vector<TileHit> hits(static_cast<std::size_t>(wide * high));

    for (std::int64_t d = 0; d < documents; d += high) {
      const std::int64_t here = std::min(high, documents - d);
      kernels_.pack_floats(documents_.data() + d * dimension_, here, dimension_, high, panel.get());
      for (std::int64_t p = 0; p < query_panels; ++p) {
        float* const panel_least = least.data() + p * wide;
        const int found = kernels_.float_tile(packed_queries.get() + p * wide * dimension_, panel.get(), dimension_,
                                              panel_least, hits.data());
        for (const TileHit& hit : std::span(hits).first(static_cast<std::size_t>(found))) {
          if (hit.row >= here) continue;
          const auto query = static_cast<std::size_t>(p * wide + hit.query);
          const double value = static_cast<double>(hit.value);
          if (selections[query].Offer(static_cast<std::int32_t>(d + hit.row), value - error[query],
                                      value + error[query])) {
            panel_least[hit.query] = FloatBelow(selections[query].least() - error[query]);
          }
        }
      }
    }
    for (Selection& selection : selections) {
      const std::vector<RankedDocument> ranked = selection.Finish();
      out = std::copy(ranked.begin(), ranked.end(), out);
    }
  }

 private:
  const Kernels& kernels_ = ActiveKernels();
  std::span<const float> queries_, documents_;
  std::int64_t dimension_;
  const ExactRows& rows_;
  std::int64_t top_;
};

}  // namespace

absl::StatusOr<std::vector<RankedDocument>> BatchTop(std::span<const float> queries, std::span<const float> documents,
                                                     int dimension, int top, const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(CheckTop(top));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<double> query_lengths, RowLengths("queries", queries, dimension));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<double> lengths, RowLengths("documents", documents, dimension));
  const std::int64_t taken = std::min<std::int64_t>(top, std::ssize(lengths));
  std::vector<RankedDocument> answer(query_lengths.size() * static_cast<std::size_t>(taken));
  if (answer.empty()) return answer;

  // The bound of the header, with a millionth more for the roundings of the definition, the lengths and the bound itself.
  const double unit = dimension * 0x1.0p-24, longest = *std::max_element(lengths.begin(), lengths.end());
  std::vector<double> error(query_lengths);
  for (double& length : error) length = (unit / (1 - unit) * length * longest + dimension * 0x1.0p-148) * (1 + 1e-6);

  const FloatPairs rows(queries, documents, dimension);
  const FloatBlock whole(queries, documents, dimension, rows, taken);
  const std::int64_t block = QueryBlock(std::ssize(error), dimension * std::int64_t{sizeof(float)},
                                        Selection::Bytes(taken, Selection::Bounds::kSharp), context);
  MAGPIE_RETURN_IF_ERROR(
      ParallelFor(context, std::ssize(error), block, [&](std::int64_t begin, std::int64_t end) -> absl::Status {
        whole.Run(begin, end - begin, std::span(error).subspan(static_cast<std::size_t>(begin)),
                  answer.data() + begin * taken);
        return absl::OkStatus();
      }));
  return answer;
}

}  // namespace magpie
