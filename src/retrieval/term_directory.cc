#include "magpie/retrieval/term_directory.h"

#include <bit>

namespace magpie {
namespace {

constexpr std::size_t kBucketTerms = 8;

}  // namespace

TermDirectory::TermDirectory(std::vector<std::uint64_t> ascending) : terms_(std::move(ascending)) {
  terms_.shrink_to_fit();
  const int bits = std::max(1, static_cast<int>(std::bit_width(terms_.size() / kBucketTerms)));
  shift_ = 64 - bits;
  first_.assign((std::size_t{1} << bits) + 1, 0);
  for (const std::uint64_t term : terms_) ++first_[Bucket(term) + 1];
  for (std::size_t b = 1; b < first_.size(); ++b) first_[b] += first_[b - 1];
}

std::int64_t TermDirectory::bytes() const {
  return static_cast<std::int64_t>(terms_.size() * sizeof(terms_[0]) + first_.size() * sizeof(first_[0]));
}

}  // namespace magpie
