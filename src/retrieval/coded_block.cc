#include "retrieval/coded_block.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "retrieval/codes.h"

namespace magpie {
namespace {

// The bits of rows [16 * panel, 16 * panel + 16 * panels), at most 64 of them.
std::uint64_t Bits(std::span<const std::uint64_t> admitted, std::int64_t panel, std::int64_t panels) {
  if (admitted.empty()) return ~std::uint64_t{0};
  const auto word = static_cast<std::size_t>(panel / 4);
  const auto shift = static_cast<unsigned>(panel % 4 * kPanelRows);
  if (word >= admitted.size()) return 0;
  std::uint64_t bits = admitted[word] >> shift;
  if (shift > 0 && word + 1 < admitted.size()) bits |= admitted[word + 1] << (64 - shift);
  return panels == 4 ? bits : bits & ((std::uint64_t{1} << (panels * kPanelRows)) - 1);
}

bool IsAdmitted(const SegmentView& view, std::int64_t row) {
  return row < view.segment->count() &&
         (view.admitted.empty() || (view.admitted[static_cast<std::size_t>(row / 64)] >> (row % 64) & 1) != 0);
}

}  // namespace

CodedBlock::CodedBlock(std::span<const float> queries, std::int64_t first, int dimension, const ExactRows& rows,
                       std::int64_t top)
    : quads_((dimension + kQuad - 1) / kQuad), top_(top) {
  const std::int64_t count = std::ssize(queries) / dimension;
  const std::int64_t width = count == 1 ? 1 : kernels_.code_queries, panels = (count + width - 1) / width;
  panel_bytes_ = width * quads_ * kernels_.code_query_bytes;
  packed_ = MakeAligned<std::int8_t>(panels * panel_bytes_);
  std::vector<std::int8_t> codes(static_cast<std::size_t>(width * quads_ * kQuad));
  selections_.reserve(static_cast<std::size_t>(count));
  offsets_.resize(static_cast<std::size_t>(panels * width));
  least_.assign(offsets_.size(), std::numeric_limits<float>::infinity());  // of what only fills up the last panel
  hits_.resize(static_cast<std::size_t>(kernels_.code_queries * kernels_.code_panels * kPanelRows));
  for (std::int64_t p = 0; p < panels; ++p) {
    std::fill(codes.begin(), codes.end(), std::int8_t{0});
    for (std::int64_t i = p * width; i < std::min(count, (p + 1) * width); ++i) {
      std::int8_t* const row = codes.data() + (i - p * width) * quads_ * kQuad;
      const CodedRow coded =
          CodeRow(queries.subspan(static_cast<std::size_t>(i * dimension), static_cast<std::size_t>(dimension)), row);
      std::int32_t sum = 0;
      for (std::int64_t j = 0; j < quads_ * kQuad; ++j) sum += row[j];
      // 2^-52: the roundings of the definition.
      const double scale = coded.scale, inverse = coded.scale > 0 ? 1 / scale : 0;
      queries_.push_back({scale, inverse, (coded.error + coded.length * dimension * 0x1.0p-52) * (1 + 1e-9),
                          coded.coded_length * (1 + 1e-9), -kCodeZero * sum});
      selections_.emplace_back(rows, first + i, top, Selection::Bounds::kWide);
    }
    kernels_.pack_code_queries(codes.data(), std::min(width, count - p * width), quads_, width,
                               packed_.get() + p * panel_bytes_);
  }
}

bool CodedBlock::Offer(std::size_t query, const SegmentView& view, std::int64_t row, float value,
                       const RowNumbers& numbers) {
  if (!IsAdmitted(view, row)) return false;
  const auto at = static_cast<std::size_t>(row);
  const std::int32_t document =
      numbers.of_rows.empty() ? view.first_document + static_cast<std::int32_t>(row) : numbers.of_rows[at];
  if (document < 0) return false;
  if (!numbers.admitted.empty() &&
      (numbers.admitted[static_cast<std::size_t>(document) / 64] >> (document % 64) & 1) == 0) {
    return false;
  }
  const Query& q = queries_[query];
  const double scale = static_cast<double>(view.segment->scales()[at]), lifted = static_cast<double>(value);
  const double score = q.scale * (lifted - scale * q.lift);
  const double bound = q.length_factor * static_cast<double>(view.segment->length(row)) +
                       q.error_factor * static_cast<double>(view.segment->error(row)) +
                       q.scale * std::abs(lifted) * 0x1.0p-22;  // the rounding of the value
  return selections_[query].Offer(document, score - bound, score + bound);
}

void CodedBlock::SearchPanels(const SegmentView& view, std::int64_t first, std::int64_t last,
                              const RowNumbers& numbers) {
  for (std::size_t i = 0; i < queries_.size(); ++i) {
    Query& q = queries_[i];
    q.segment_bound = q.length_factor * static_cast<double>(view.segment->longest()) +
                      q.error_factor * static_cast<double>(view.segment->error_without_scale());
    if (q.scale > 0) {
      q.lift = static_cast<std::int32_t>(
          std::ceil(q.error_factor * static_cast<double>(view.segment->error_of_scale()) / q.scale));
    }
  }
  if (queries_.size() > 1 && numbers.of_rows.empty() && !sampled_) Sample(view, first, last);
  for (std::size_t i = 0; i < queries_.size(); ++i) {
    offsets_[i] = queries_[i].offset + queries_[i].lift;
    least_[i] = Least(i);
  }
  if (queries_.size() > 1) return Tiles(view, first, last, numbers);
  if (view.admitted.empty()) return Scan(view, first, last, numbers);
  for (std::int64_t panel = first; panel < last;) {
    if (Bits(view.admitted, panel, 1) == 0) {
      panel += Bits(view.admitted, panel, 4) == 0 ? 4 : 1;
      continue;
    }
    const std::int64_t start = panel;
    while (panel < last && Bits(view.admitted, panel, 1) != 0) ++panel;
    Scan(view, start, panel, numbers);
  }
}

void CodedBlock::Sample(const SegmentView& view, std::int64_t first, std::int64_t last) {
  constexpr std::int64_t kRowsOfTop = 128, kPeaksOfTop = 4, kSampleBytes = 1 << 20;
  const std::int64_t tile_rows = kernels_.code_panels * kPanelRows, row_bytes = quads_ * kQuad;
  const std::int64_t tiles =
      std::min({kRowsOfTop * top_, kSampleBytes / row_bytes, (last - first) * kPanelRows / 8}) / tile_rows;
  std::vector<std::int64_t> whole;  // tiles of admitted rows only
  const std::int64_t end = std::min(last, view.segment->count() / kPanelRows);
  for (std::int64_t panel = first; panel + kernels_.code_panels <= end && std::ssize(whole) < tiles;
       panel += kernels_.code_panels) {
    const std::uint64_t all = kernels_.code_panels == 4 ? ~std::uint64_t{0} : (std::uint64_t{1} << tile_rows) - 1;
    if ((Bits(view.admitted, panel, kernels_.code_panels) & all) == all) whole.push_back(panel);
  }
  if (std::ssize(whole) * tile_rows < 2 * top_) return;
  sampled_ = true;
  // Each row of the sample belongs to one peak, so `top` rows have scores of at least the `top`-th largest peak of lower bounds.
  const std::int64_t width = kernels_.code_queries;
  const std::int64_t sets = std::min((kPeaksOfTop * top_ + tile_rows - 1) / tile_rows, std::ssize(whole));
  std::vector<float> peaks(static_cast<std::size_t>(sets * width * tile_rows)), of_query;
  for (std::size_t i = 0; i < queries_.size(); ++i) offsets_[i] = queries_[i].offset - queries_[i].lift;
  for (std::size_t q = 0; q < queries_.size(); q += static_cast<std::size_t>(width)) {
    std::fill(peaks.begin(), peaks.end(), -std::numeric_limits<float>::infinity());
    for (std::int64_t t = 0; t < std::ssize(whole); ++t) {
      const std::int64_t panel = whole[static_cast<std::size_t>(t)];
      kernels_.code_peaks(packed_.get() + static_cast<std::int64_t>(q) / width * panel_bytes_, offsets_.data() + q,
                          view.segment->panels() + panel * row_bytes * kPanelRows,
                          view.segment->scales() + panel * kPanelRows, quads_,
                          peaks.data() + t % sets * width * tile_rows);
    }
    for (std::size_t i = q; i < std::min(queries_.size(), q + static_cast<std::size_t>(width)); ++i) {
      of_query.clear();
      for (std::int64_t set = 0; set < sets; ++set) {
        const auto at = peaks.begin() + (set * width + static_cast<std::int64_t>(i - q)) * tile_rows;
        of_query.insert(of_query.end(), at, at + tile_rows);
      }
      const auto last_of_top = of_query.begin() + (top_ - 1);
      std::nth_element(of_query.begin(), last_of_top, of_query.end(), std::greater<>());
      const Query& query = queries_[i];
      const double peak = static_cast<double>(*last_of_top);
      selections_[i].RaiseTo(query.scale * (peak - std::abs(peak) * 0x1.0p-21) - query.segment_bound);
    }
  }
}

void CodedBlock::Scan(const SegmentView& view, std::int64_t first, std::int64_t last, const RowNumbers& numbers) {
  while (first < last) {
    int found = 0;
    first = kernels_.code_scan(packed_.get(), offsets_[0], view.segment->panels(), view.segment->scales(), quads_,
                               first, last, least_[0], hits_.data(), &found);
    bool risen = false;
    for (const TileHit& hit : std::span(hits_).first(static_cast<std::size_t>(found))) {
      risen |= Offer(0, view, (first - 1) * kPanelRows + hit.row, hit.value, numbers);
    }
    if (risen) least_[0] = Least(0);
  }
}

void CodedBlock::Tiles(const SegmentView& view, std::int64_t first, std::int64_t last, const RowNumbers& numbers) {
  const std::int64_t width = kernels_.code_queries;
  for (; first < last; first += kernels_.code_panels) {
    const std::int64_t panels = std::min<std::int64_t>(kernels_.code_panels, last - first);
    if (Bits(view.admitted, first, panels) == 0) continue;
    for (std::size_t q = 0; q < least_.size(); q += static_cast<std::size_t>(width)) {
      const int found =
          kernels_.code_tile(packed_.get() + static_cast<std::int64_t>(q) / width * panel_bytes_, offsets_.data() + q,
                             view.segment->panels() + first * quads_ * kQuad * kPanelRows,
                             view.segment->scales() + first * kPanelRows, quads_, least_.data() + q, hits_.data());
      for (const TileHit& hit : std::span(hits_).first(static_cast<std::size_t>(found))) {
        if (hit.row >= panels * kPanelRows) continue;
        const std::size_t query = q + static_cast<std::size_t>(hit.query);
        if (Offer(query, view, first * kPanelRows + hit.row, hit.value, numbers)) {
          least_[query] = Least(query);
        }
      }
    }
  }
}

RankedDocument* CodedBlock::Finish(RankedDocument* out) {
  for (Selection& selection : selections_) {
    const std::vector<RankedDocument> ranked = selection.Finish();
    out = std::copy(ranked.begin(), ranked.end(), out);
  }
  return out;
}

}  // namespace magpie
