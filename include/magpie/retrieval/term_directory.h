// Distinct 64-bit terms in ascending order, found by their top bits: the compact dictionary of the lexical indexes.
//
// Terms are hashes, so their top bits spread evenly over buckets of about eight; a term's place in the order is its number.
// Terms that are no hashes are found too, by halving a full bucket.
// Cost     9 bytes a term at most; Find() two dependent reads from memory where it is large, both of which Prefetch() and
//          PrefetchTerms() hide when many terms are looked for.
// Threads  const methods may be called from several threads at once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace magpie {

class TermDirectory {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  TermDirectory() : TermDirectory(std::vector<std::uint64_t>()) {}
  explicit TermDirectory(std::vector<std::uint64_t> ascending);

  std::uint32_t size() const { return static_cast<std::uint32_t>(terms_.size()); }
  std::uint64_t term(std::uint32_t number) const { return terms_[number]; }
  std::int64_t bytes() const;

  // The term's number, or kNone.
  std::uint32_t Find(std::uint64_t term) const {
    const std::size_t bucket = Bucket(term);
    const std::uint64_t* const first = terms_.data() + first_[bucket];
    const std::uint64_t* const last = terms_.data() + first_[bucket + 1];
    const std::uint64_t* at = first;
    if (last - first > kScanned) {
      at = std::lower_bound(first, last, term);
    } else {
      while (at < last && *at < term) ++at;
    }
    return at < last && *at == term ? static_cast<std::uint32_t>(at - terms_.data()) : kNone;
  }

  void Prefetch(std::uint64_t term) const { __builtin_prefetch(first_.data() + Bucket(term)); }
  // After Prefetch() of the same term has had its time.
  void PrefetchTerms(std::uint64_t term) const { __builtin_prefetch(terms_.data() + first_[Bucket(term)]); }

 private:
  static constexpr std::ptrdiff_t kScanned = 32;  // a bucket up to this size is read from its start
  std::size_t Bucket(std::uint64_t term) const { return static_cast<std::size_t>(term >> shift_); }

  std::vector<std::uint64_t> terms_;
  std::vector<std::uint32_t> first_;  // of each bucket, one more at the end
  int shift_ = 63;
};

}  // namespace magpie
