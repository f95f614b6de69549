// The programs that retrieval is measured against, behind plain functions: OpenBLAS, faiss and hnswlib. Where they are not
// installed (tools/install --bench), kHaveAnchors is false and none of the functions is there to be called.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace magpie::bench {

#if defined(MAGPIE_ANCHORS)
constexpr bool kHaveAnchors = true;
#else
constexpr bool kHaveAnchors = false;
#endif

// The kernels that OpenBLAS has chosen, with its version. Debian's knows no processor of the last years and falls back to
// those of 2004 unless OPENBLAS_CORETYPE is set before it is loaded.
std::string BlasConfig();
bool BlasFellBack();

// queries x documents^T in blocks, one thread of each block's own: nothing is selected.
void BlockedProducts(std::span<const float> queries, std::span<const float> documents, std::int64_t dimension,
                     std::int64_t query_block, std::int64_t document_block, int threads);

class FlatIndex {  // faiss::IndexFlatIP
 public:
  FlatIndex(std::span<const float> documents, int dimension);
  ~FlatIndex();
  // labels[n * top]
  void Search(std::span<const float> queries, int top, int threads, std::vector<std::int64_t>& labels) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  int dimension_;
};

class SmallWorld {  // hnswlib::HierarchicalNSW, M = 16, inner product
 public:
  SmallWorld(std::span<const float> documents, int dimension, int build_effort);
  ~SmallWorld();
  void SetEffort(int effort);
  void Search(const float* query, int top, std::vector<std::int64_t>& labels) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace magpie::bench
