// Retrieval by vector: batches and single queries beside OpenBLAS, faiss and hnswlib, all in the same run.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "bench/anchors.h"
#include "bench/bench.h"
#include "bench/read_all.h"
#include "bench/text_vectors.h"
#include "bench/vectors.h"
#include "magpie/base/instruction_set.h"
#include "magpie/retrieval/aligned.h"
#include "magpie/retrieval/batch_top.h"
#include "magpie/retrieval/cluster_index.h"
#include "magpie/retrieval/coded_search.h"
#include "retrieval/kernels.h"

namespace magpie {
extern const Kernels kKernelsNative;
}

namespace magpie::bench {
namespace {

constexpr int kDimension = 256, kTop = 10, kClusters = 1'000;

struct SizeOf {
  std::string_view name;
  std::int64_t queries, documents;     // of a batch
  std::int64_t rows;                   // that one query reads
  std::int64_t graph_rows, text_rows;  // of the approximate search: the anchor builds half a millisecond a row
};
constexpr SizeOf kSizes[] = {{"S", 2'000, 2'000, 10'000, 10'000, 10'000},
                             {"M", 10'000, 10'000, 100'000, 100'000, 40'000},
                             {"L", 20'000, 50'000, 500'000, 100'000, 100'000}};

const SizeOf& Sizes() {
  return *std::find_if(std::begin(kSizes), std::end(kSizes), [](const SizeOf& size) { return size.name == Sized(); });
}

Line MakeLine(const char* item, const std::string& unit, const std::string& size, int threads) {
  Line line;
  line.group = "retrieval";
  line.item = item;
  line.unit = unit;
  line.size = size;
  line.threads = threads;
  return line;
}

RunContext Threads(int threads) {
  RunContext context;
  context.threads = threads;
  return context;
}

// One thread is measured by its own time, several by the clock.
double Seconds(const Timed& timed, int threads) {
  return threads == 1 ? timed.cpu : timed.wall;
}

// Of the anchor's best `top`, what share is among ours.
double Recall(std::span<const RankedDocument> ours, std::span<const std::int64_t> anchor) {
  std::int64_t found = 0;
  for (std::size_t first = 0; first < anchor.size(); first += kTop) {
    for (const RankedDocument& document : ours.subspan(first, kTop)) {
      found += std::count(anchor.begin() + static_cast<std::ptrdiff_t>(first),
                          anchor.begin() + static_cast<std::ptrdiff_t>(first) + kTop, document.document);
    }
  }
  return static_cast<double>(found) / static_cast<double>(anchor.size());
}

// Documents as segments of the largest size.
struct Coded {
  std::vector<std::shared_ptr<const CodedSegment>> segments;
  std::vector<SegmentView> views;
  std::int64_t bytes = 0;

  explicit Coded(std::span<const float> documents) {
    constexpr std::size_t kSegment = CodedSegment::kMostRows * kDimension;
    for (std::size_t first = 0; first < documents.size(); first += kSegment) {
      segments.push_back(
          Must(CodedSegment::Make(documents.subspan(first, std::min(kSegment, documents.size() - first)), kDimension)));
      views.push_back({segments.back().get(), static_cast<std::int32_t>(first / kDimension), {}});
      bytes += segments.back()->bytes();
    }
  }

  std::vector<RankedDocument> Search(std::span<const float> queries, const ExactRows& exact, int threads) const {
    return Must(SearchCoded(queries, kDimension, views, exact, kTop, Threads(threads)));
  }
};

bool Same(std::span<const RankedDocument> a, std::span<const RankedDocument> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const RankedDocument& x, const RankedDocument& y) {
    return x.document == y.document && x.score == y.score;
  });
}

void BatchLines(std::vector<Line>& lines) {
  const std::int64_t n = Sizes().queries, m = Sizes().documents;
  const auto documents = MakeVectors(m, kDimension, kClusters, 1), queries = MakeVectors(n, kDimension, kClusters, 2);
  const std::string size = fmt::format("{} x {}, d = {}, top {}", n, m, kDimension, kTop);
  const FlatIndex flat(documents, kDimension);
  const Coded coded(documents);
  const FloatPairs exact(queries, documents, kDimension);
  for (int threads : {1, 2}) {
    std::vector<RankedDocument> ours, by_codes;
    std::vector<std::int64_t> labels;
    enum { kOurs, kFaiss, kCodes, kSmallBlocks, kLargeBlocks };
    const Rounds rounds({
        [&] { ours = Must(BatchTop(queries, documents, kDimension, kTop, Threads(threads))); },
        [&] { flat.Search(queries, kTop, threads, labels); },
        [&] { by_codes = coded.Search(queries, exact, threads); },
        [&] { BlockedProducts(queries, documents, kDimension, 384, 1'024, threads); },
        [&] { BlockedProducts(queries, documents, kDimension, 1'000, 2'500, threads); },
    });
    const double recall = Recall(ours, labels);
    const auto rate = [&](std::size_t body) {
      return 2e-9 * static_cast<double>(n * m) * kDimension / Seconds(rounds.Median(body), threads);
    };
    const std::string unit = threads == 1 ? "GFLOP/cpu-s" : "GFLOP/s";
    Line gemm = MakeLine("batch_f32_gemm", unit, size, threads);
    const std::size_t faster = rate(kSmallBlocks) > rate(kLargeBlocks) ? kSmallBlocks : kLargeBlocks;
    gemm.higher_is_better = true;
    gemm.ours = rate(kOurs);
    gemm.anchor = rate(faster);
    gemm.paired = rounds.Ratio(kOurs, faster, threads);
    gemm.quality = fmt::format("exact; products alone in blocks of 384 x 1,024 {:.0f}, of 1,000 x 2,500 {:.0f}",
                               rate(kSmallBlocks), rate(kLargeBlocks));
    lines.push_back(gemm);
    Line faiss = MakeLine(threads == 1 ? "batch_f32_faiss_1t" : "batch_f32_faiss_2t", unit, size, threads);
    faiss.higher_is_better = true;
    faiss.ours = rate(kOurs);
    faiss.anchor = rate(kFaiss);
    faiss.paired = rounds.Ratio(kOurs, kFaiss, threads);
    faiss.quality = fmt::format("exact; {:.4f} of faiss's ten are ours", recall);
    lines.push_back(faiss);
    Line codes = MakeLine("batch_int8_f32", threads == 1 ? "Gop/cpu-s" : "Gop/s", size, threads);
    codes.higher_is_better = true;
    codes.ours = rate(kCodes);
    codes.anchor = rate(kOurs);
    codes.paired = rounds.Ratio(kCodes, kOurs, threads);
    codes.quality =
        fmt::format("exact after scoring again: {}", Same(ours, by_codes) ? "the same bytes" : "NOT the same");
    lines.push_back(codes);
  }
}

// One query after another over all rows, by the thread's own time.
void QueryLines(std::vector<Line>& lines) {
  constexpr std::int64_t kQueries = 100, kWaiting = 32;
  const std::int64_t rows = Sizes().rows;
  const auto documents = MakeVectors(rows, kDimension, kClusters, 1),
             queries = MakeVectors(kQueries, kDimension, kClusters, 2);
  const std::string size = fmt::format("{} rows, d = {}, top {}", rows, kDimension, kTop);
  const FlatIndex flat(documents, kDimension);
  const Coded coded(documents);
  const AlignedArray<std::uint8_t> buffer = MakeAligned<std::uint8_t>(coded.bytes);
  std::fill_n(buffer.get(), coded.bytes, std::uint8_t{1});
  std::vector<RankedDocument> ours, together;
  std::vector<std::int64_t> labels, one_label;
  std::int64_t sink = 0;
  const auto query = [&](std::int64_t i) {
    return std::span(queries).subspan(static_cast<std::size_t>(i) * kDimension, kDimension);
  };
  const std::vector<Timed> timed = Interleave({
      [&] {
        ours.clear();
        for (std::int64_t i = 0; i < kQueries; ++i) {
          const auto found = coded.Search(query(i), FloatPairs(query(i), documents, kDimension), 1);
          ours.insert(ours.end(), found.begin(), found.end());
        }
      },
      [&] {
        labels.clear();
        for (std::int64_t i = 0; i < kQueries; ++i) {
          flat.Search(query(i), kTop, 1, one_label);
          labels.insert(labels.end(), one_label.begin(), one_label.end());
        }
      },
      [&] {
        for (std::int64_t i = 0; i < kQueries; ++i) sink += ReadAll(buffer.get(), coded.bytes);
      },
      [&] {
        for (std::int64_t i = 0; i + kWaiting <= kQueries; i += kWaiting) {
          const auto some = std::span(queries).subspan(static_cast<std::size_t>(i) * kDimension, kWaiting * kDimension);
          together = coded.Search(some, FloatPairs(some, documents, kDimension), 1);
        }
      },
  });
  if (sink == 0) std::abort();
  const double milliseconds = timed[0].cpu / kQueries * 1e3;
  Line faiss = MakeLine("query_int8_faiss", "cpu-ms", size, 1);
  faiss.ours = milliseconds;
  faiss.anchor = timed[1].cpu / kQueries * 1e3;
  faiss.quality = fmt::format("recall {:.4f}; {} waiting together {:.3f} ms each", Recall(ours, labels), kWaiting,
                              timed[3].cpu / (kQueries / kWaiting * kWaiting) * 1e3);
  lines.push_back(faiss);
  Line bandwidth = MakeLine("query_int8_bandwidth", "GB/cpu-s", size, 1);
  bandwidth.higher_is_better = true;
  bandwidth.ours = static_cast<double>(coded.bytes) * kQueries / timed[0].cpu / 1e9;
  bandwidth.anchor = static_cast<double>(coded.bytes) * kQueries / timed[2].cpu / 1e9;
  bandwidth.quality = fmt::format("exact; {:.1f} MB a query", static_cast<double>(coded.bytes) / 1e6);
  lines.push_back(bandwidth);
}

// At recall 0.99 of ten, by the process's own time; the build once, the queries five times.
Line ApproximateLine(const char* item, std::span<const float> documents, std::span<const float> queries) {
  constexpr int kBuildEffort = 200, kFirstEffort = 10, kLastEffort = 10'000;
  const std::int64_t asked = std::ssize(queries) / kDimension;
  const auto truth = Must(BatchTop(queries, documents, kDimension, kTop, Threads(1)));
  const auto query = [&](std::int64_t i) {
    return queries.subspan(static_cast<std::size_t>(i) * kDimension, kDimension);
  };
  const ClusterIndex clusters = Must(ClusterIndex::Build(documents, kDimension, {}, Threads(1)));
  fmt::print(stderr, "retrieval: {}\n", clusters.choice().Text());
  std::unique_ptr<SmallWorld> world;
  const double world_build =
      TimeOnce([&] { world = std::make_unique<SmallWorld>(documents, kDimension, kBuildEffort); }).cpu;

  std::vector<RankedDocument> ours;
  std::vector<std::int64_t> theirs, some;
  const auto ask_ours = [&] {
    ours.clear();
    for (std::int64_t i = 0; i < asked; ++i) {
      const auto found = Must(clusters.Search(query(i), FloatPairs(query(i), documents, kDimension), kTop));
      ours.insert(ours.end(), found.begin(), found.end());
    }
  };
  const auto ask_theirs = [&] {
    theirs.clear();
    for (std::int64_t i = 0; i < asked; ++i) {
      world->Search(query(i).data(), kTop, some);
      theirs.insert(theirs.end(), some.begin(), some.end());
    }
  };
  int effort = kFirstEffort;
  double recall = 0;
  for (; effort <= kLastEffort; effort += effort / 5) {
    world->SetEffort(effort);
    ask_theirs();
    if (recall = Recall(truth, theirs); recall >= 0.99) break;
  }
  const std::vector<Timed> timed = Interleave({ask_ours, ask_theirs});
  std::vector<std::int64_t> numbers;
  for (const RankedDocument& one : ours) numbers.push_back(one.document);
  const std::int64_t rows = std::ssize(documents) / kDimension;
  Line line = MakeLine(item, "cpu-ms", fmt::format("{} rows, d = {}, top {}", rows, kDimension, kTop), 1);
  line.ours = timed[0].cpu / static_cast<double>(asked) * 1e3;
  line.anchor = timed[1].cpu / static_cast<double>(asked) * 1e3;
  line.quality =
      fmt::format("recall {:.4f} ({} of {} clusters) against {:.4f} (ef {}); build {:.1f} against {:.1f} cpu-s",
                  Recall(truth, numbers), clusters.choice().probes, clusters.choice().clusters, recall, effort,
                  clusters.choice().build_seconds, world_build);
  return line;
}

void ApproximateLines(std::vector<Line>& lines) {
  constexpr std::int64_t kQueries = 1'000;
  lines.push_back(ApproximateLine("ann_hnswlib", MakeVectors(Sizes().graph_rows, kDimension, kClusters, 1),
                                  MakeVectors(kQueries, kDimension, kClusters, 2)));
  // Needs ask for offerings.
  const TextVectors offerings = MakeTextVectors(Side::kOffering, Sizes().text_rows),
                    needs = MakeTextVectors(Side::kNeed, kQueries);
  if (offerings.dimension != kDimension) std::abort();  // the kernels' lines are for this dimension
  lines.push_back(ApproximateLine("ann_text", offerings.rows, needs.rows));
}

// Each kernel over operands in the cache, as built in and as built for this machine.
void DispatchLine(std::vector<Line>& lines) {
  constexpr std::int64_t kQuads = kDimension / kQuad, kPanels = 256, kQueries = 240, kRounds = 400;
  const AlignedArray<float> floats = MakeAligned<float>(kQueries * kDimension),
                            rows = MakeAligned<float>(64 * kDimension);
  const AlignedArray<std::uint8_t> codes = MakeAligned<std::uint8_t>((kPanels + 4) * kPanelRows * kDimension);
  const AlignedArray<std::int8_t> code_queries = MakeAligned<std::int8_t>(kQueries * kQuads * 8);
  const std::vector<float> scales((kPanels + 4) * kPanelRows, 1.0f), never(16, 1e30f);
  const std::vector<std::int32_t> offsets(16, 0);
  std::vector<TileHit> hits(1'024);
  const auto float_tiles = [&](const Kernels& kernels) {
    return [&] {
      for (std::int64_t i = 0; i < kRounds * kQueries; i += kernels.float_queries) {
        kernels.float_tile(floats.get() + i % (kQueries - kernels.float_queries) * kDimension, rows.get(), kDimension,
                           never.data(), hits.data());
      }
    };
  };
  const auto code_tiles = [&](const Kernels& kernels) {
    return [&] {
      for (std::int64_t i = 0; i < 8 * kRounds * kQueries; i += kernels.code_queries) {
        kernels.code_tile(code_queries.get() + i % (kQueries - kernels.code_queries) * kQuads * 8, offsets.data(),
                          codes.get(), scales.data(), kQuads, never.data(), hits.data());
      }
    };
  };
  const auto code_scans = [&](const Kernels& kernels) {
    return [&] {
      int found = 0;
      for (std::int64_t i = 0; i < 8 * kRounds; ++i) {
        kernels.code_scan(code_queries.get(), 0, codes.get(), scales.data(), kQuads, 0, kPanels, never[0], hits.data(),
                          &found);
      }
    };
  };
  const Kernels &ours = ActiveKernels(), &native = kKernelsNative;
  const std::vector<Timed> timed = Interleave({float_tiles(ours), float_tiles(native), code_tiles(ours),
                                               code_tiles(native), code_scans(ours), code_scans(native)});
  Line line = MakeLine("dispatch_native", "cpu-s", fmt::format("tiles in the cache, d = {}", kDimension), 1);
  line.ours = timed[0].cpu + timed[2].cpu + timed[4].cpu;
  line.anchor = timed[1].cpu + timed[3].cpu + timed[5].cpu;
  line.quality = fmt::format("{}; floats {:.2f}, codes {:.2f}, scan {:.2f}", InstructionSetName(ActiveInstructionSet()),
                             timed[1].cpu / timed[0].cpu, timed[3].cpu / timed[2].cpu, timed[5].cpu / timed[4].cpu);
  lines.push_back(line);
}

}  // namespace

std::vector<Bench> RetrievalBenches() {
  return {{"retrieval", [] {
             std::vector<Line> lines;
             DispatchLine(lines);
             if constexpr (kHaveAnchors) {
               if (BlasFellBack()) {
                 fmt::print(stderr,
                            "retrieval: OpenBLAS has fallen back to its oldest kernels ({}); tools/bench sets "
                            "OPENBLAS_CORETYPE\n",
                            BlasConfig());
                 std::exit(2);
               }
               fmt::print(stderr, "retrieval: {}\n", BlasConfig());
               BatchLines(lines);
               QueryLines(lines);
               ApproximateLines(lines);
             } else {
               fmt::print(stderr,
                          "retrieval: faiss, hnswlib or OpenBLAS is not installed, so only dispatch_native is "
                          "measured; tools/install --bench installs them\n");
             }
             return lines;
           }}};
}

}  // namespace magpie::bench
