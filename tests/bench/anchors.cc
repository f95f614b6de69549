#include "bench/anchors.h"

#if defined(MAGPIE_ANCHORS)
#include <cblas.h>
#include <faiss/IndexFlat.h>
#include <hnswlib/hnswlib.h>
#include <omp.h>

#include <algorithm>
#include <string_view>
#include <thread>

namespace magpie::bench {

std::string BlasConfig() {
  return std::string(openblas_get_config());
}

bool BlasFellBack() {
  return std::string_view(openblas_get_corename()) == "Prescott";
}

void BlockedProducts(std::span<const float> queries, std::span<const float> documents, std::int64_t dimension,
                     std::int64_t query_block, std::int64_t document_block, int threads) {
  openblas_set_num_threads(1);
  const std::int64_t n = std::ssize(queries) / dimension, m = std::ssize(documents) / dimension;
  const auto work = [&](std::int64_t first, std::int64_t last) {
    std::vector<float> products(static_cast<std::size_t>(query_block * document_block));
    for (std::int64_t q = first; q < last; q += query_block) {
      for (std::int64_t d = 0; d < m; d += document_block) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(std::min(query_block, last - q)),
                    static_cast<int>(std::min(document_block, m - d)), static_cast<int>(dimension), 1,
                    queries.data() + q * dimension, static_cast<int>(dimension), documents.data() + d * dimension,
                    static_cast<int>(dimension), 0, products.data(), static_cast<int>(document_block));
      }
    }
  };
  std::vector<std::jthread> pool;
  for (int t = 1; t < threads; ++t) pool.emplace_back(work, n * t / threads, n * (t + 1) / threads);
  work(0, n / threads);
}

struct FlatIndex::Impl {
  explicit Impl(int dimension) : index(dimension) {}
  faiss::IndexFlatIP index;
};

FlatIndex::FlatIndex(std::span<const float> documents, int dimension)
    : impl_(std::make_unique<Impl>(dimension)), dimension_(dimension) {
  impl_->index.add(std::ssize(documents) / dimension, documents.data());
}

FlatIndex::~FlatIndex() = default;

void FlatIndex::Search(std::span<const float> queries, int top, int threads, std::vector<std::int64_t>& labels) const {
  openblas_set_num_threads(threads);
  omp_set_num_threads(threads);
  const std::int64_t n = std::ssize(queries) / dimension_;
  labels.resize(static_cast<std::size_t>(n * top));
  std::vector<float> scores(labels.size());
  impl_->index.search(n, queries.data(), top, scores.data(), labels.data());
}

struct SmallWorld::Impl {
  Impl(std::size_t count, std::size_t dimension, std::size_t effort)
      : space(dimension), index(&space, count, 16, effort) {}
  hnswlib::InnerProductSpace space;
  hnswlib::HierarchicalNSW<float> index;
};

SmallWorld::SmallWorld(std::span<const float> documents, int dimension, int build_effort)
    : impl_(std::make_unique<Impl>(documents.size() / static_cast<std::size_t>(dimension),
                                   static_cast<std::size_t>(dimension), static_cast<std::size_t>(build_effort))) {
  for (std::size_t i = 0; i * static_cast<std::size_t>(dimension) < documents.size(); ++i) {
    impl_->index.addPoint(documents.data() + i * static_cast<std::size_t>(dimension), i);
  }
}

SmallWorld::~SmallWorld() = default;

void SmallWorld::SetEffort(int effort) {
  impl_->index.setEf(static_cast<std::size_t>(effort));
}

void SmallWorld::Search(const float* query, int top, std::vector<std::int64_t>& labels) const {
  auto found = impl_->index.searchKnn(query, static_cast<std::size_t>(top));
  labels.clear();
  for (; !found.empty(); found.pop()) labels.push_back(static_cast<std::int64_t>(found.top().second));
}

}  // namespace magpie::bench
#endif
