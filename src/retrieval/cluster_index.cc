#include "magpie/retrieval/cluster_index.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "magpie/base/status.h"
#include "magpie/retrieval/batch_top.h"
#include "magpie/retrieval/coded_search.h"
#include "retrieval/blocks.h"
#include "retrieval/coded_block.h"
#include "retrieval/rows.h"

namespace magpie {
namespace {

constexpr std::int64_t kFewestRows = 4'096;      // below, reading all takes some ten microseconds
constexpr std::int64_t kRowsOfCluster = 32;      // at least, on average
constexpr double kClustersOfRoot = 4;            // clusters = 4 * the root of the rows: centres and probes cost alike
constexpr std::int64_t kTrainingOfCluster = 32;  // rows of the sample
constexpr std::int64_t kAsked = 500;             // rows that measure recall
constexpr double kWorthwhile = 0.5;              // of the rows that a scan of everything reads
constexpr std::int64_t kPanelsOfSegment = CodedSegment::kMostRows / kPanelRows;

double ThreadSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double ProcessSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// `count` of the rows, evenly spread.
std::vector<float> EvenSample(std::span<const float> rows, std::size_t columns, std::int64_t count) {
  const std::int64_t all = std::ssize(rows) / static_cast<std::int64_t>(columns);
  std::vector<float> sample;
  sample.reserve(static_cast<std::size_t>(count) * columns);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto row = rows.subspan(static_cast<std::size_t>(i * all / count) * columns, columns);
    sample.insert(sample.end(), row.begin(), row.end());
  }
  return sample;
}

absl::StatusOr<std::vector<std::int32_t>> Assign(std::span<const float> rows, std::span<const float> centres,
                                                 int dimension, const RunContext& context) {
  MAGPIE_ASSIGN_OR_RETURN(const auto nearest, BatchTop(rows, centres, dimension, 1, context));
  std::vector<std::int32_t> cluster_of(nearest.size());
  std::transform(nearest.begin(), nearest.end(), cluster_of.begin(), [](const auto& one) { return one.document; });
  return cluster_of;
}

// Every centre becomes the direction of its rows' sum; one without rows, or whose rows cancel out, stays.
void MoveCentres(std::span<const float> rows, std::span<const std::int32_t> cluster_of, std::size_t columns,
                 std::vector<float>& centres) {
  std::vector<double> sums(centres.size());
  for (std::size_t i = 0; i < cluster_of.size(); ++i) {
    double* const sum = sums.data() + static_cast<std::size_t>(cluster_of[i]) * columns;
    for (std::size_t j = 0; j < columns; ++j) sum[j] += static_cast<double>(rows[i * columns + j]);
  }
  for (std::size_t first = 0; first < sums.size(); first += columns) {
    double squares = 0;
    for (std::size_t j = first; j < first + columns; ++j) squares += sums[j] * sums[j];
    if (!(squares > 1e-30)) continue;
    for (std::size_t j = first; j < first + columns; ++j) centres[j] = static_cast<float>(sums[j] / std::sqrt(squares));
  }
}

}  // namespace

absl::StatusOr<ClusterIndex> ClusterIndex::Build(std::span<const float> rows, int dimension,
                                                 const ClusterOptions& options, const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(CheckTop(options.top));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<double> lengths, RowLengths("rows", rows, dimension));
  const double start = ProcessSeconds();
  const std::int64_t count = std::ssize(lengths);
  const auto columns = static_cast<std::size_t>(dimension);
  ClusterIndex index;
  index.dimension_ = dimension;
  std::int64_t clusters = count == 0 ? 0 : 1;
  if (count >= kFewestRows) {
    clusters = std::min({static_cast<std::int64_t>(kClustersOfRoot * std::sqrt(static_cast<double>(count))),
                         count / kRowsOfCluster, CodedSegment::kMostRows});
  }
  index.centres_ = EvenSample(rows, columns, clusters);
  std::vector<std::int32_t> cluster_of(lengths.size());
  if (clusters > 1) {
    const std::vector<float> sample = EvenSample(rows, columns, std::min(count, clusters * kTrainingOfCluster));
    for (int round = 0; round < options.iterations; ++round) {
      MAGPIE_ASSIGN_OR_RETURN(const auto nearest, Assign(sample, index.centres_, dimension, context));
      MoveCentres(sample, nearest, columns, index.centres_);
      context.Report("cluster", round + 1, options.iterations + 1);
    }
    MAGPIE_ASSIGN_OR_RETURN(cluster_of, Assign(rows, index.centres_, dimension, context));
  }
  MAGPIE_ASSIGN_OR_RETURN(index.coded_centres_, CodedSegment::Make(std::span<const float>(index.centres_), dimension));
  index.Store(rows, cluster_of);
  index.choice_ = {.rows = count, .clusters = clusters, .rows_read = static_cast<double>(count)};
  if (clusters > 1) MAGPIE_RETURN_IF_ERROR(index.Choose(rows, cluster_of, options, context));
  index.choice_.build_seconds = ProcessSeconds() - start;
  return index;
}

void ClusterIndex::Store(std::span<const float> rows, std::span<const std::int32_t> cluster_of) {
  const auto columns = static_cast<std::size_t>(dimension_), clusters = centres_.size() / columns;
  std::vector<std::int64_t> sizes(clusters);
  for (std::int32_t cluster : cluster_of) ++sizes[static_cast<std::size_t>(cluster)];
  first_panel_.assign(clusters + 1, 0);
  for (std::size_t c = 0; c < clusters; ++c) {
    first_panel_[c + 1] = first_panel_[c] + (sizes[c] + kPanelRows - 1) / kPanelRows;
  }
  numbers_.assign(static_cast<std::size_t>(first_panel_.back() * kPanelRows), -1);
  std::vector<std::int64_t> next(clusters);
  for (std::size_t c = 0; c < clusters; ++c) next[c] = first_panel_[c] * kPanelRows;
  for (std::size_t i = 0; i < cluster_of.size(); ++i) {
    numbers_[static_cast<std::size_t>(next[static_cast<std::size_t>(cluster_of[i])]++)] = static_cast<std::int32_t>(i);
  }
  constexpr std::size_t kMost = CodedSegment::kMostRows;
  for (std::size_t first = 0; first < numbers_.size(); first += kMost) {
    const std::size_t here = std::min(kMost, numbers_.size() - first);
    std::vector<float> placed(here * columns);
    for (std::size_t i = 0; i < here; ++i) {
      if (numbers_[first + i] < 0) continue;
      const auto row = rows.subspan(static_cast<std::size_t>(numbers_[first + i]) * columns, columns);
      std::copy(row.begin(), row.end(), placed.begin() + static_cast<std::ptrdiff_t>(i * columns));
    }
    segments_.push_back(CodedSegment::Make(std::span<const float>(placed), dimension_).value());  // rows are checked
  }
}

absl::Status ClusterIndex::Choose(std::span<const float> rows, std::span<const std::int32_t> cluster_of,
                                  const ClusterOptions& options, const RunContext& context) {
  const auto columns = static_cast<std::size_t>(dimension_);
  const std::int64_t asked = std::min(kAsked, choice_.rows), clusters = choice_.clusters;
  // found[p]: true neighbours in the cluster that is probed as number p; read[p]: rows in it, of all that asked.
  std::vector<std::int64_t> found(static_cast<std::size_t>(clusters)), read(found.size());
  std::int64_t wanted = 0;
  for (std::int64_t i = 0; i < asked; ++i) {
    if (context.cancelled()) return context.CheckCancelled();
    const auto self = static_cast<std::int32_t>(i * choice_.rows / asked);
    const auto query = rows.subspan(static_cast<std::size_t>(self) * columns, columns);
    const FloatPairs exact(query, rows, dimension_);
    const double start = ThreadSeconds();
    MAGPIE_ASSIGN_OR_RETURN(const auto nearest, Search(query, exact, options.top + 1));
    choice_.exact_ms += (ThreadSeconds() - start) * 1e3 / static_cast<double>(asked);
    MAGPIE_ASSIGN_OR_RETURN(const auto order, Nearest(query, clusters));
    std::vector<std::size_t> place(static_cast<std::size_t>(clusters));
    for (std::size_t p = 0; p < order.size(); ++p) {
      const auto cluster = static_cast<std::size_t>(order[p].document);
      place[cluster] = p;
      read[p] += (first_panel_[cluster + 1] - first_panel_[cluster]) * kPanelRows;
    }
    int others = 0;
    for (const RankedDocument& one : nearest) {
      if (one.document == self || others == options.top) continue;
      ++found[place[static_cast<std::size_t>(cluster_of[static_cast<std::size_t>(one.document)])]];
      ++others;
    }
    wanted += others;
  }
  const auto enough = static_cast<double>(wanted) * (1 + options.recall) / 2;
  std::int64_t sum = 0, rows_read = 0;
  std::size_t probes = 0;
  while (probes < found.size() && (probes == 0 || static_cast<double>(sum) < enough)) {
    sum += found[probes];
    rows_read += read[probes++];
  }
  choice_.asked = asked;
  choice_.probes = static_cast<std::int64_t>(probes);
  choice_.recall = static_cast<double>(sum) / static_cast<double>(wanted);
  choice_.rows_read = static_cast<double>(clusters) + static_cast<double>(rows_read) / static_cast<double>(asked);
  choice_.approximate = choice_.rows_read <= kWorthwhile * static_cast<double>(choice_.rows);
  for (std::int64_t i = 0; i < asked; ++i) {
    const auto query = rows.subspan(static_cast<std::size_t>(i * choice_.rows / asked) * columns, columns);
    const double start = ThreadSeconds();
    MAGPIE_ASSIGN_OR_RETURN(const auto nearest,
                            Search(query, FloatPairs(query, rows, dimension_), options.top, {}, choice_.probes));
    choice_.query_ms += (ThreadSeconds() - start) * 1e3 / static_cast<double>(asked);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<RankedDocument>> ClusterIndex::Nearest(std::span<const float> query,
                                                                  std::int64_t count) const {
  const SegmentView centres{coded_centres_.get(), 0, {}};
  RunContext alone;
  alone.threads = 1;
  return SearchCoded(query, dimension_, {&centres, 1}, FloatPairs(query, centres_, dimension_), static_cast<int>(count),
                     alone);
}

absl::StatusOr<std::vector<RankedDocument>> ClusterIndex::Search(std::span<const float> query, const ExactRows& exact,
                                                                 int top, std::span<const std::uint64_t> admitted,
                                                                 std::int64_t probes) const {
  MAGPIE_RETURN_IF_ERROR(CheckTop(top));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<double> lengths, RowLengths("queries", query, dimension_));
  if (lengths.size() != 1) {
    return MakeError(Reason::kBadArgument, "queries", fmt::format("are {}; ask one at a time", lengths.size()));
  }
  if (choice_.rows == 0) return std::vector<RankedDocument>();
  CodedBlock block(query, 0, dimension_, exact, std::min<std::int64_t>(top, choice_.rows));
  const auto read = [&](std::int64_t first, std::int64_t last) {  // panels, in whichever segments they lie
    while (first < last) {
      const std::int64_t segment = first / kPanelsOfSegment, start = segment * kPanelsOfSegment;
      const std::int64_t end = std::min(last, start + kPanelsOfSegment);
      const SegmentView view{segments_[static_cast<std::size_t>(segment)].get(), 0, {}};
      block.SearchPanels(view, first - start, end - start,
                         {std::span(numbers_).subspan(static_cast<std::size_t>(start * kPanelRows)), admitted});
      first = end;
    }
  };
  if (probes <= 0 && choice_.approximate) probes = choice_.probes;
  if (probes <= 0) {
    read(0, first_panel_.back());
  } else {
    MAGPIE_ASSIGN_OR_RETURN(const auto nearest, Nearest(query, std::min(probes, choice_.clusters)));
    for (const RankedDocument& cluster : nearest) {
      const auto c = static_cast<std::size_t>(cluster.document);
      read(first_panel_[c], first_panel_[c + 1]);
    }
  }
  std::vector<RankedDocument> best(static_cast<std::size_t>(std::min<std::int64_t>(top, choice_.rows)));
  best.resize(static_cast<std::size_t>(block.Finish(best.data()) - best.data()));
  return best;
}

void ClusterIndex::Renumber(std::span<const std::int32_t> numbers) {
  for (std::int32_t& number : numbers_) {
    if (number >= 0) number = numbers[static_cast<std::size_t>(number)];
  }
}

std::int64_t ClusterIndex::bytes() const {
  std::int64_t sum = coded_centres_->bytes();
  for (const auto& segment : segments_) sum += segment->bytes();
  return sum + static_cast<std::int64_t>(centres_.size() * sizeof(float) + numbers_.size() * sizeof(std::int32_t) +
                                         first_panel_.size() * sizeof(std::int64_t));
}

std::string ClusterChoice::Text() const {
  if (clusters <= 1) return fmt::format("every one of {} rows is read: too few for clusters", rows);
  return fmt::format(
      "{}: {} of {} clusters hold {:.4f} of what {} rows looked for; {:.0f} of {} rows a query, {:.3f} ms against "
      "{:.3f} ms for all; built in {:.1f} s",
      approximate ? "approximate" : "every row is read", probes, clusters, recall, asked, rows_read, rows, query_ms,
      exact_ms, build_seconds);
}

}  // namespace magpie
